//! What a question is answered when the one who asks is not there any more.

use crate::support::Site;
use rolecall::{
    app::checks::{Ask, Subject},
    domain::{Error, condition::Attributes, permission::Pattern, scope::Scope},
};

fn ask(subject: Subject) -> Ask {
    Ask {
        subject,
        permission: Pattern::parse("posts:read").unwrap(),
        scope: Scope::default(),
        at: None,
        attributes: Attributes::default(),
    }
}

#[test]
fn whose_session_ended_while_he_asked_for_himself_must_sign_in_again() {
    let site = Site::new();
    let bob = site.actor("bob");
    assert!(site.app.grounds(&bob, &ask(Subject::Me)).unwrap().decision.allowed);
    // As an admin does on another node after this node has seen that the session lives.
    site.app.end_user_sessions(&site.actor("ada"), site.id("bob"), None, "").unwrap();
    assert!(matches!(site.app.grounds(&bob, &ask(Subject::Me)), Err(Error::SignInRequired)));
}

#[test]
fn a_session_that_is_asked_for_by_its_number_and_has_ended_is_told_as_a_wrong_field() {
    let site = Site::new();
    let (ada, bob) = (site.actor("ada"), site.actor("bob"));
    let question = ask(Subject::Session(bob.session_id.unwrap()));
    assert!(site.app.grounds(&ada, &question).unwrap().decision.allowed);
    site.app.end_user_sessions(&ada, site.id("bob"), None, "").unwrap();
    match site.app.grounds(&ada, &question) {
        Err(Error::Invalid(fields)) => assert!(!fields.get("session_id").is_empty()),
        other => panic!("{:?}", other.map(|grounds| grounds.decision.allowed)),
    }
}

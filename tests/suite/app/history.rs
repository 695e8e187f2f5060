//! Changes are audited and numbered in their transaction, and nothing of the past is lost.

use crate::support::Site;
use rolecall::{
    app::{Actor, Origin},
    domain::{
        Error,
        page::ListQuery,
        role::{Assign, RoleDraft},
    },
};

fn log(site: &Site) -> Vec<String> {
    let page = site
        .app
        .audit_log(
            &Actor::operator(),
            &ListQuery { limit: Some(100), ..ListQuery::default() },
            &rolecall::db::audit::Filter::default(),
        )
        .unwrap();
    page.items.into_iter().map(|event| format!("{} {} {}", event.actor_name, event.action, event.object_name)).collect()
}

#[test]
fn a_change_of_rights_is_audited_and_grows_the_revision_by_one() {
    let site = Site::new();
    let ada = site.actor("ada");
    let give = Assign::parse(site.id("eve"), site.role("member"), "project/1", "", "", "helps out").unwrap();
    let given = site.app.give_role(&ada, &give).unwrap();
    assert_eq!(log(&site)[0], "ada role.give eve");
    let taken = site.app.take_role(&ada, site.id("eve"), given.value.id, "done").unwrap();
    assert_eq!(taken.revision, given.revision + 1);
    assert_eq!(log(&site)[0], "ada role.take eve");
}

#[test]
fn a_refused_change_leaves_no_trace() {
    let site = Site::new();
    let ada = site.actor("ada");
    let before = log(&site);
    let give = Assign::parse(site.id("bob"), site.role("member"), "", "", "", "").unwrap();
    assert!(matches!(site.app.give_role(&ada, &give), Err(Error::Taken(_))));
    assert!(matches!(site.app.delete_user(&ada, site.id("ada"), ""), Err(Error::Conflict { .. })));
    assert_eq!(log(&site), before);
}

#[test]
fn ending_an_assignment_keeps_its_row() {
    let site = Site::new();
    let ada = site.actor("ada");
    let bob = site.id("bob");
    let held = site.app.user(&ada, bob).unwrap().assignments[0].row.clone();
    site.pass(60);
    site.app.take_role(&ada, bob, held.id, "left the team").unwrap();
    assert!(site.app.user(&ada, bob).unwrap().assignments.is_empty());
    // A CHECK that fails unless the closed interval is still there.
    site.database.tamper("CREATE TABLE kept (n BIGINT CHECK (n = 1)); INSERT INTO kept SELECT count(*) FROM user_assignments WHERE end_reason = 'left the team' AND valid_to > valid_from");
    // It can be given again, and taken again: two intervals.
    let give = Assign::parse(bob, held.role_id, "", "", "", "").unwrap();
    assert!(site.app.give_role(&ada, &give).is_ok());
}

#[test]
fn an_assignment_that_ran_out_makes_room_for_a_new_one() {
    let site = Site::new();
    let ada = site.actor("ada");
    let give = |to: &str| Assign::parse(site.id("eve"), site.role("member"), "", "", to, "").unwrap();
    site.app.give_role(&ada, &give("2026-03-02T10:00")).unwrap();
    assert!(matches!(site.app.give_role(&ada, &give("")), Err(Error::Taken(_))));
    site.pass(3600);
    let ada = site.actor("ada");
    assert!(site.app.give_role(&ada, &give("")).is_ok());
}

#[test]
fn a_deleted_users_names_are_free_again() {
    let site = Site::new();
    let ada = site.actor("ada");
    site.app.delete_user(&ada, site.id("eve"), "").unwrap();
    let again = rolecall::domain::user::Profile::parse("Eve", "", "eve", "eve@example.com").unwrap();
    assert!(site.app.create_user(&ada, &again).is_ok());
}

#[test]
fn tidying_up_removes_what_ran_out_and_nothing_else() {
    let site = Site::new();
    site.program().post("/login", serde_json::json!({ "username_or_email": "bob", "password": "wrong" }));
    // Otherwise hers would be a sign-up that nobody finished.
    site.actor("eve");
    let before = log(&site);
    assert_eq!(site.app.tidy().unwrap(), 0);
    site.pass(9 * 24 * 3600);
    assert!(site.app.tidy().unwrap() > 0);
    assert_eq!(site.app.tidy().unwrap(), 0);
    assert_eq!(log(&site), before);
    assert!(site.app.verify_audit(&Actor::operator()).unwrap().broken_at.is_none());
}

#[test]
fn an_address_that_gets_codes_is_not_moved_by_the_password_alone() {
    let site = Site::new();
    let bob = site.actor("bob");
    let password = crate::support::password("bob");
    site.app.begin_email_factor(&bob).unwrap();
    let code = site.last_mail("bob@example.com").code();
    site.app.confirm_email_factor(&bob, &code, false).unwrap();
    let moved = site.app.request_email_change(&bob, "eve+bob@example.com", &password);
    assert!(matches!(moved, Err(Error::Invalid(fields)) if fields.get("email").contains("Turn them off")));
    assert!(site.app.update_account(&bob, "Robert", "", "bob").is_ok());
}

#[test]
fn nor_by_a_link_that_was_mailed_before_it_got_codes() {
    let site = Site::new();
    let bob = site.actor("bob");
    site.app.request_email_change(&bob, "eve+bob@example.com", &crate::support::password("bob")).unwrap();
    let mails = site.mails("eve+bob@example.com");
    let path = mails.iter().find(|mail| mail.kind == "change_email").unwrap().path();
    let token = path.rsplit('/').next().unwrap().to_owned();
    site.app.begin_email_factor(&bob).unwrap();
    site.app.confirm_email_factor(&bob, &site.last_mail("bob@example.com").code(), false).unwrap();
    let confirmed = site.app.confirm_email_change(Origin::default(), &token);
    assert!(matches!(confirmed, Err(Error::Invalid(fields)) if fields.get("email").contains("Turn them off")));
}

#[test]
fn what_is_given_holds_at_once_on_a_node_whose_clock_is_behind() {
    use rolecall::{
        app::{
            App,
            checks::{Ask, Subject},
            entropy::Rng,
        },
        db::Db,
        domain::{condition::Attributes, keys::Keys, permission::Pattern, scope::Scope},
    };
    let site = Site::new();
    let behind = site.now().minus_seconds(5);
    let config = crate::support::config(site.database.target.clone(), site.address);
    let db = Db::open(&site.database.target, 2).unwrap();
    let other = App::new(
        config,
        Keys::derive(b"a secret of the tests"),
        db,
        std::sync::Arc::new(move || behind),
        Rng::seeded(1),
    );
    let (operator, eve) = (Actor::operator(), site.id("eve"));
    let posts = Pattern::parse("posts:read").unwrap();
    let may = || {
        let ask = Ask {
            subject: Subject::User(eve),
            permission: posts.clone(),
            scope: Scope::root(),
            at: None,
            attributes: Attributes::default(),
        };
        other.check(&operator, other.fresh().unwrap(), &ask).unwrap().allowed
    };
    let who = || {
        let page = other.who_can(&operator, &posts, &Scope::root(), None, &ListQuery::default()).unwrap().0;
        page.items.into_iter().map(|(user, _)| user.username).collect::<Vec<_>>()
    };
    assert!(!may());
    let role = site.app.create_role(&operator, &RoleDraft::parse("empty", "", "").unwrap()).unwrap().value.id;
    let given = site.app.give_role(&operator, &Assign::parse(eve, role, "", "", "", "").unwrap()).unwrap().value;
    assert!(!may());
    site.app.include_role(&operator, role, site.role("member"), "").unwrap();
    assert!(may());
    assert_eq!(who(), ["ada", "bob", "eve"]);
    site.app.take_role(&operator, eve, given.id, "").unwrap();
    assert!(!may());
    assert_eq!(who(), ["ada", "bob"]);
}

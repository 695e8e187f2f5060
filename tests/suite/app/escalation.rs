//! Nobody gives more than he has, by whatever path.

use crate::support::Site;
use proptest::prelude::*;
use rolecall::{
    app::Actor,
    domain::{
        Error,
        permission::{NewPermission, Pattern},
        policy::Holding,
        role::{Assign, NewGrant, RoleDraft},
        scope::Scope,
        user::Profile,
    },
};

fn pattern(text: &str) -> Pattern {
    Pattern::parse(text).unwrap()
}

fn grant(pattern: Pattern) -> NewGrant {
    NewGrant { pattern, condition: None, reason: String::new() }
}

fn scope(text: &str) -> Scope {
    Scope::parse(text).unwrap()
}

fn assign(user_id: i64, role_id: i64, place: &str) -> Assign {
    Assign::parse(user_id, role_id, place, "", "", "").unwrap()
}

/// Makes a role with these patterns and gives it to somebody.
fn empower(site: &Site, name: &str, role: &str, patterns: &[&str], place: &str) -> i64 {
    let operator = Actor::operator();
    let id = site.app.create_role(&operator, &RoleDraft::parse(role, "", "").unwrap()).unwrap().value.id;
    for text in patterns {
        site.app.grant(&operator, id, &grant(pattern(text))).unwrap();
    }
    site.app.give_role(&operator, &assign(site.id(name), id, place)).unwrap();
    id
}

fn register(site: &Site, names: &[&str]) {
    for name in names {
        let (resource, action) = name.split_once(':').unwrap();
        site.app
            .create_permission(&Actor::operator(), &NewPermission::parse(resource, action, "", "").unwrap())
            .unwrap();
    }
}

fn is_escalation<T: std::fmt::Debug>(result: Result<T, Error>) -> bool {
    matches!(result, Err(Error::Escalation { .. }))
}

#[test]
fn a_role_writer_gives_roles_only_what_he_has() {
    let site = Site::new();
    register(&site, &["invoices:pay", "invoices:read"]);
    empower(&site, "bob", "keeper", &["rolecall.roles:*", "invoices:read"], "");
    let bob = site.actor("bob");
    let role = site.app.create_role(&bob, &RoleDraft::parse("clerk", "", "").unwrap()).unwrap().value.id;
    assert!(site.app.grant(&bob, role, &grant(pattern("invoices:read"))).is_ok());
    for more in ["invoices:pay", "invoices:*", "*:read", "*:*"] {
        assert!(is_escalation(site.app.grant(&bob, role, &grant(pattern(more)))), "{more}");
    }
    assert!(is_escalation(site.app.include_role(&bob, role, site.role("admin"), "")));
    assert!(is_escalation(site.app.include_role(&bob, site.role("keeper"), site.role("admin"), "")));
}

#[test]
fn a_giver_in_one_scope_gives_only_there() {
    let site = Site::new();
    register(&site, &["docs:read"]);
    let lead = empower(&site, "bob", "lead", &["rolecall.assignments:write", "docs:read"], "project/42");
    let (bob, eve) = (site.actor("bob"), site.id("eve"));
    assert!(site.app.give_role(&bob, &assign(eve, lead, "project/42/docs")).is_ok());
    assert!(site.app.give_role(&bob, &assign(eve, lead, "project/42")).is_ok());
    for elsewhere in ["", "project", "project/420", "project/7"] {
        assert!(
            matches!(site.app.give_role(&bob, &assign(eve, lead, elsewhere)), Err(Error::Forbidden { .. })),
            "{elsewhere}"
        );
    }
    assert!(is_escalation(site.app.give_role(&bob, &assign(eve, site.role("admin"), "project/42"))));
    let ada = site.id("ada");
    let admin = site.app.user(&Actor::operator(), ada).unwrap().assignments[0].row.id;
    assert!(matches!(site.app.take_role(&bob, ada, admin, ""), Err(Error::Forbidden { .. })));
}

#[test]
fn nobody_acts_on_somebody_who_may_do_more() {
    let site = Site::new();
    empower(&site, "bob", "help desk", &["rolecall.users:*", "rolecall.sessions:*"], "");
    let (bob, ada, eve) = (site.actor("bob"), site.id("ada"), site.id("eve"));
    let stolen = Profile::parse("Ada", "", "ada", "bob+ada@example.com").unwrap();
    assert!(is_escalation(site.app.update_user(&bob, ada, &stolen)));
    assert!(is_escalation(site.app.start_password_reset(&bob, ada)));
    assert!(is_escalation(site.app.set_user_disabled(&bob, ada, true, "")));
    assert!(is_escalation(site.app.delete_user(&bob, ada, "")));
    assert!(is_escalation(site.app.end_user_sessions(&bob, ada, None)));
    assert!(site.app.set_user_disabled(&bob, eve, true, "").is_ok());
}

#[test]
fn the_last_admin_stays() {
    let site = Site::new();
    let (ada, id) = (site.actor("ada"), site.id("ada"));
    let held = site.app.user(&ada, id).unwrap().assignments[0].row.id;
    let last = |result: Result<(), Error>| matches!(result, Err(Error::Conflict { code: "last_admin", .. }));
    assert!(last(site.app.take_role(&ada, id, held, "").map(drop)));
    assert!(last(site.app.set_user_disabled(&ada, id, true, "").map(drop)));
    assert!(last(site.app.delete_user(&ada, id, "").map(drop)));
    // One whose admin role ends, or holds somewhere only, is no admin to rely on.
    let until = Assign::parse(site.id("bob"), site.role("admin"), "", "", "2026-03-10", "").unwrap();
    site.app.give_role(&ada, &until).unwrap();
    assert!(last(site.app.take_role(&ada, id, held, "").map(drop)));
    site.app.give_role(&ada, &assign(site.id("eve"), site.role("admin"), "")).unwrap();
    assert!(site.app.take_role(&ada, id, held, "").is_ok());
}

#[test]
fn what_is_built_in_stays_as_it_is() {
    let site = Site::new();
    let ada = site.actor("ada");
    let admin = site.role("admin");
    let built_in = |result: Result<(), Error>| matches!(result, Err(Error::Conflict { code: "built_in", .. }));
    assert!(built_in(site.app.delete_role(&ada, admin, "").map(drop)));
    assert!(built_in(site.app.update_role(&ada, admin, &RoleDraft::parse("boss", "", "").unwrap()).map(drop)));
    let own = site.app.role(&ada, admin).unwrap().own[0].id;
    assert!(built_in(site.app.revoke(&ada, admin, own, "").map(drop)));
    let right = site.app.permission_by_name(&ada, "rolecall.users:read").unwrap().id;
    assert!(built_in(site.app.delete_permission(&ada, right, "").map(drop)));
}

#[test]
fn rights_end_and_begin_by_themselves() {
    let site = Site::new();
    let operator = Actor::operator();
    register(&site, &["docs:read"]);
    let role = empower(&site, "eve", "reader", &["docs:read"], "elsewhere");
    site.app
        .give_role(
            &operator,
            &Assign::parse(site.id("bob"), role, "", "2026-03-02T10:00", "2026-03-02T11:00", "").unwrap(),
        )
        .unwrap();
    let holds = || {
        site.app.user(&operator, site.id("bob")).unwrap().rights.iter().any(|held| held.pattern == pattern("docs:read"))
    };
    assert!(!holds());
    site.pass(3600);
    assert!(holds());
    site.pass(3599);
    assert!(holds());
    site.pass(1);
    assert!(!holds());
}

#[derive(Debug, Clone)]
enum Command {
    Grant(usize, usize),
    Include(usize, usize),
    Give(usize, usize, usize),
    Create,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Two limited managers who do what they like, to themselves and each other, in any order: nobody ever has a right
    /// that neither of them had at the beginning.
    #[test]
    fn limited_managers_never_reach_beyond_what_they_had(commands in prop::collection::vec(prop_oneof![
        (0usize..6, 0usize..6).prop_map(|(r, p)| Command::Grant(r, p)),
        (0usize..6, 0usize..6).prop_map(|(a, b)| Command::Include(a, b)),
        (0usize..2, 0usize..6, 0usize..3).prop_map(|(u, r, s)| Command::Give(u, r, s)),
        Just(Command::Create),
    ], 1..40), who in prop::collection::vec(0usize..2, 40)) {
        let site = Site::new();
        register(&site, &["a:x", "a:y", "b:x", "b:y"]);
        let operator = Actor::operator();
        empower(&site, "bob", "manager of a", &["rolecall.roles:*", "rolecall.assignments:*", "a:*"], "");
        empower(&site, "eve", "manager of b here", &["rolecall.assignments:*", "b:x"], "here");
        let patterns = ["a:x", "a:*", "b:x", "b:y", "*:*", "rolecall.users:write"].map(pattern);
        let places = ["", "here", "here/below"];
        let names = ["bob", "eve"];
        let mut roles = vec![site.role("manager of a"), site.role("manager of b here"), site.role("admin"), site.role("member")];
        let sessions = names.map(|name| site.actor(name).session_id.unwrap());
        for (number, (command, by)) in commands.into_iter().zip(who).enumerate() {
            let actor = site.app.actor(sessions[by], rolecall::app::Origin::default()).unwrap();
            let role = |index: usize, roles: &[i64]| roles[index % roles.len()];
            // Whether it is refused does not matter here, only what it leads to.
            let _ = match command {
                Command::Grant(r, p) => site.app.grant(&actor, role(r, &roles), &grant(patterns[p].clone())).map(drop),
                Command::Include(a, b) => site.app.include_role(&actor, role(a, &roles), role(b, &roles), "").map(drop),
                Command::Give(u, r, s) => site.app.give_role(&actor, &assign(site.id(names[u]), role(r, &roles), places[s])).map(drop),
                Command::Create => site.app.create_role(&actor, &RoleDraft::parse(&format!("new {number}"), "", "").unwrap()).map(|made| roles.push(made.value.id)),
            };
        }
        for name in names {
            for Holding { pattern: held, scope: place, .. } in site.app.user(&operator, site.id(name)).unwrap().rights {
                let of_bob = ["rolecall.roles:*", "rolecall.assignments:*", "a:*", "posts:read"].iter().any(|had| pattern(had).covers(&held));
                let of_eve = scope("here").covers(&place) && ["rolecall.assignments:*", "b:x"].iter().any(|had| pattern(had).covers(&held));
                prop_assert!(of_bob || of_eve, "{name} reached {held} {place}");
            }
        }
    }
}

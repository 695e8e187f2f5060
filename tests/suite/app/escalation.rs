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
    assert!(is_escalation(site.app.end_user_sessions(&bob, ada, None, "")));
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

#[test]
fn the_right_to_give_one_role_gives_just_that_within_its_scope() {
    let site = Site::new();
    register(&site, &["secrets:read"]);
    let operator = Actor::operator();
    let keeper = empower(&site, "ada", "keeper of secrets", &["secrets:read"], "");
    let right = format!("rolecall.give:{keeper}");
    empower(&site, "bob", "head of here", &[&right], "here");
    let (bob, eve) = (site.actor("bob"), site.id("eve"));
    assert!(matches!(site.app.give_role(&bob, &assign(eve, keeper, "")), Err(Error::Forbidden { .. })));
    assert!(matches!(
        site.app.give_role(&bob, &assign(eve, site.role("member"), "here")),
        Err(Error::Forbidden { .. })
    ));
    let given = site.app.give_role(&bob, &assign(eve, keeper, "here/below")).unwrap().value;
    assert!(site.app.take_role(&bob, eve, given.id, "").is_ok());
    // Who may give a role may not change what it has, nor put it into others.
    assert!(matches!(site.app.grant(&bob, keeper, &grant(pattern("posts:read"))), Err(Error::Forbidden { .. })));
    // The right itself is given only by who has it, and goes with the role.
    let lead = empower(&site, "eve", "role writer", &["rolecall.roles:*"], "");
    let eve = site.actor("eve");
    assert!(is_escalation(site.app.grant(&eve, lead, &grant(pattern(&right)))));
    assert!(matches!(site.app.grant(&operator, lead, &grant(pattern("rolecall.give:4711"))), Err(Error::Invalid(_))));
    site.app.delete_role(&operator, keeper, "").unwrap();
    assert!(site.app.permission_by_name(&operator, &right).is_err());
    assert!(!bob_may_give(&site));
}

fn bob_may_give(site: &Site) -> bool {
    site.actor("bob").may_give_somewhere()
}

#[test]
fn a_conditional_or_an_inactive_right_is_none_to_give() {
    let site = Site::new();
    register(&site, &["invoices:read"]);
    empower(&site, "bob", "role writer", &["rolecall.roles:*"], "");
    let operator = Actor::operator();
    let reader = site.app.create_role(&operator, &RoleDraft::parse("reader", "", "").unwrap()).unwrap().value.id;
    site.app.grant(&operator, reader, &NewGrant::parse("invoices:read", "action.soft == true", "").unwrap()).unwrap();
    site.app.give_role(&operator, &assign(site.id("bob"), reader, "")).unwrap();
    let bob = site.actor("bob");
    let own = site.app.create_role(&bob, &RoleDraft::parse("own", "", "").unwrap()).unwrap().value.id;
    assert!(is_escalation(site.app.grant(&bob, own, &grant(pattern("invoices:read")))));
    assert!(is_escalation(site.app.include_role(&bob, own, reader, "")));
    let ada = site.actor("ada");
    let member = std::collections::BTreeSet::from([site.role("member")]);
    site.app.give_role(&operator, &assign(site.id("ada"), site.role("member"), "")).unwrap();
    site.app.activate(&ada, ada.session_id.unwrap(), Some(member)).unwrap();
    let ada = site.app.actor(ada.session_id.unwrap(), rolecall::app::Origin::default()).unwrap();
    assert!(matches!(site.app.grant(&ada, own, &grant(pattern("posts:read"))), Err(Error::Forbidden { .. })));
}

/// What the three of the property do, in any order. Numbers choose among what is there.
#[derive(Debug, Clone)]
enum Command {
    Grant(usize, usize, bool),
    Revoke(usize),
    Include(usize, usize),
    Exclude(usize),
    Give(usize, usize, usize),
    Take(usize),
    Create(usize),
    Turn(usize, bool),
    Delete(usize),
    Register,
    Activate(usize),
}

fn command() -> impl Strategy<Value = Command> {
    use Command::*;
    prop_oneof![
        6 => (0usize..9, 0usize..9, any::<bool>()).prop_map(|(r, p, c)| Grant(r, p, c)),
        1 => (0usize..9).prop_map(Revoke),
        6 => (0usize..9, 0usize..9).prop_map(|(a, b)| Include(a, b)),
        1 => (0usize..9).prop_map(Exclude),
        8 => (0usize..3, 0usize..9, 0usize..3).prop_map(|(u, r, s)| Give(u, r, s)),
        2 => (0usize..9).prop_map(Take),
        3 => (0usize..9).prop_map(Create),
        1 => (0usize..9, any::<bool>()).prop_map(|(r, group)| Turn(r, group)),
        1 => (0usize..9).prop_map(Delete),
        1 => Just(Register),
        1 => (0usize..9).prop_map(Activate),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    /// Three limited managers who work together and do what they like, in any order: nobody, they or others, ever has a
    /// right that none of the three had, or could have given, at the beginning.
    #[test]
    fn limited_managers_never_reach_beyond_what_they_could_give(commands in prop::collection::vec((0usize..3, command()), 1..60)) {
        let site = Site::new();
        register(&site, &["a:x", "a:y", "b:x", "b:y", "secret:x", "secret:y"]);
        let operator = Actor::operator();
        empower(&site, "bob", "manager of a", &["rolecall.roles:*", "rolecall.permissions:*", "rolecall.assignments:*", "a:*"], "");
        empower(&site, "eve", "manager of b here", &["rolecall.assignments:*", "b:x"], "here");
        let keeper = empower(&site, "ada", "keeper", &["secret:x"], "");
        let right = format!("rolecall.give:{keeper}");
        // The third manager is ada with a session of only this role.
        empower(&site, "ada", "head of here", &[&right], "here");
        let head = site.role("head of here");
        let patterns = ["a:x", "a:*", "b:x", "b:y", "*:*", "rolecall.users:write", &right, "secret:x", "secret:*"].map(pattern);
        let places = ["", "here", "here/below"];
        let names = ["bob", "eve", "ada"];
        let mut roles = vec![site.role("manager of a"), site.role("manager of b here"), site.role("admin"), site.role("member"), keeper, head];
        let sessions = names.map(|name| site.actor(name).session_id.unwrap());
        let ada = site.app.actor(sessions[2], rolecall::app::Origin::default()).unwrap();
        site.app.activate(&ada, sessions[2], Some([head].into())).unwrap();
        for (number, (by, command)) in commands.into_iter().enumerate() {
            let actor = site.app.actor(sessions[by], rolecall::app::Origin::default()).unwrap();
            let role = |index: usize| roles[index % roles.len()];
            let view = |index: usize| site.app.role(&operator, role(index)).ok();
            // Whether it is refused does not matter here, only what it leads to.
            let _ = match command {
                Command::Grant(r, p, conditional) => {
                    let condition = if conditional { "action.soft == true" } else { "" };
                    site.app.grant(&actor, role(r), &NewGrant::parse(&patterns[p].to_string(), condition, "").unwrap()).map(drop)
                }
                Command::Revoke(r) => match view(r).and_then(|view| view.own.first().cloned()) {
                    Some(own) => site.app.revoke(&actor, own.role_id, own.id, "").map(drop),
                    None => Ok(()),
                },
                Command::Include(a, b) => site.app.include_role(&actor, role(a), role(b), "").map(drop),
                Command::Exclude(r) => match view(r).and_then(|view| view.juniors.first().map(|(id, _)| *id)) {
                    Some(inclusion) => site.app.exclude_role(&actor, role(r), inclusion, "").map(drop),
                    None => Ok(()),
                },
                Command::Give(u, r, s) => site.app.give_role(&actor, &assign(site.id(names[u]), role(r), places[s])).map(drop),
                Command::Take(r) => match site.first_assignment(role(r)) {
                    // Ada must stay what she is: the managers cannot take from her, and that is part of the property.
                    Some((user, row)) => site.app.take_role(&actor, user, row, "").map(drop),
                    None => Ok(()),
                },
                Command::Create(junior) => {
                    let draft = RoleDraft::parse(&format!("new {number}"), "", "").unwrap();
                    site.app.create_role_between(&actor, &draft, &[role(junior)], &[]).or_else(|_| site.app.create_role(&actor, &draft)).map(|made| roles.push(made.value.id))
                }
                Command::Turn(r, group) => {
                    let kind = if group { "group" } else { "role" };
                    site.app.patch_role(&actor, role(r), |role| RoleDraft::parse(&role.name, kind, "")).map(drop)
                }
                Command::Delete(r) => site.app.delete_role(&actor, role(r), "").map(drop),
                Command::Register => site.app.create_permission(&actor, &NewPermission::parse("a", &format!("z{number}"), "", "").unwrap()).map(drop),
                Command::Activate(r) if by != 2 => site.app.activate(&actor, sessions[by], (r > 0).then(|| [role(r)].into())).map(drop),
                Command::Activate(_) => Ok(()),
            };
        }
        for name in ["bob", "eve"] {
            for Holding { pattern: held, scope: place, .. } in site.app.user(&operator, site.id(name)).unwrap().rights {
                let within = |had: &[&str]| had.iter().any(|had| pattern(had).covers(&held));
                let everywhere = within(&["rolecall.roles:*", "rolecall.permissions:*", "rolecall.assignments:*", "a:*", "posts:read"]);
                let here = scope("here").covers(&place) && within(&["rolecall.assignments:*", "b:x", &right, "secret:x"]);
                prop_assert!(everywhere || here, "{name} reached {held} {place}");
            }
        }
        let ada = site.app.user(&operator, site.id("ada")).unwrap();
        prop_assert!(ada.rights.iter().any(|held| held.pattern == Pattern::everything()), "nobody takes from ada what he does not have");
    }
}

//! Whatever was changed, by whomever: undone, everything is as it was.

use super::*;
use proptest::prelude::*;

/// What happens before, by the operator; numbers choose among what is there.
#[derive(Debug, Clone)]
enum Act {
    Give(usize, usize, usize, bool),
    Take(usize),
    Grant(usize, usize, bool),
    Revoke(usize),
    Include(usize, usize),
    Exclude(usize),
    Delete(usize),
    Turn(usize, bool),
    Disable(usize, bool),
    Unregister(usize),
}

fn act() -> impl Strategy<Value = Act> {
    use Act::*;
    prop_oneof![
        6 => (0usize..3, 0usize..6, 0usize..3, any::<bool>()).prop_map(|(u, r, s, t)| Give(u, r, s, t)),
        3 => (0usize..9).prop_map(Take),
        5 => (0usize..6, 0usize..4, any::<bool>()).prop_map(|(r, p, c)| Grant(r, p, c)),
        2 => (0usize..9).prop_map(Revoke),
        4 => (0usize..6, 0usize..6).prop_map(|(a, b)| Include(a, b)),
        1 => (0usize..9).prop_map(Exclude),
        2 => (0usize..6).prop_map(Delete),
        1 => (0usize..6, any::<bool>()).prop_map(|(r, group)| Turn(r, group)),
        1 => (0usize..3, any::<bool>()).prop_map(|(u, on)| Disable(u, on)),
        1 => (0usize..2).prop_map(Unregister),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Changes at random by an admin; each that can be undone at once leaves all as it was; and at the end a limited manager
    /// who tries to undo everything gives nobody anything that he does not have himself.
    #[test]
    fn a_change_and_its_undoing_leave_everything_as_it_was(acts in prop::collection::vec((act(), any::<bool>()), 1..30)) {
        let site = Site::new();
        let (operator, ada) = (Actor::operator(), site.actor("ada"));
        for action in ["x", "y"] {
            site.app.create_permission(&operator, &NewPermission::parse("a", action, "", "").unwrap()).unwrap();
        }
        let clerk = make_role(&site, "clerk", "");
        for pattern in ["rolecall.audit:read", "rolecall.roles:*", "rolecall.assignments:*", "a:x"] {
            site.app.grant(&operator, clerk, &grant(pattern)).unwrap();
        }
        site.app.create_user(&operator, &Profile::parse("Cl", "Erk", "cl", "cl@example.com").unwrap()).unwrap();
        let names = ["bob", "eve", "cl"];
        let users = names.map(|name| site.id(name));
        let roles: Vec<i64> = ["r0", "r1", "r2", "r3"].map(|name| make_role(&site, name, "")).into_iter().chain([make_role(&site, "g", "group"), site.role("member")]).collect();
        let patterns = ["a:x", "a:y", "a:*", "*:*"];
        let mut done = vec![];
        for (act, undo) in acts {
            site.pass(1);
            let before = state(&site);
            let view = |index: usize| site.app.role(&operator, roles[index % roles.len()]).ok();
            let change = match act {
                Act::Give(u, r, s, dated) => site.app.give_role(&ada, &assign(users[u], roles[r], ["", "here", "here/below"][s], if dated { "2026-12-01" } else { "" })).map(|c| c.map(drop)),
                Act::Take(r) => match site.first_assignment(roles[r % roles.len()]) {
                    Some((user, row)) => site.app.take_role(&ada, user, row, ""),
                    None => continue,
                },
                Act::Grant(r, p, conditional) => site.app.grant(&ada, roles[r], &NewGrant::parse(patterns[p], if conditional { "action.soft == true" } else { "" }, "").unwrap()).map(|c| c.map(drop)),
                Act::Revoke(r) => match view(r).and_then(|view| view.own.first().cloned()) {
                    Some(own) => site.app.revoke(&ada, own.role_id, own.id, ""),
                    None => continue,
                },
                Act::Include(a, b) => site.app.include_role(&ada, roles[a], roles[b], "").map(|c| c.map(drop)),
                Act::Exclude(r) => match view(r).and_then(|view| view.juniors.first().map(|(id, _)| *id)) {
                    Some(inclusion) => site.app.exclude_role(&ada, roles[r % roles.len()], inclusion, ""),
                    None => continue,
                },
                Act::Delete(r) => site.app.delete_role(&ada, roles[r], ""),
                Act::Turn(r, group) => site.app.patch_role(&ada, roles[r], |role| RoleDraft::parse(&role.name, if group { "group" } else { "role" }, "")).map(|c| c.map(drop)),
                Act::Disable(u, on) => site.app.set_user_disabled(&ada, users[u], on, ""),
                Act::Unregister(p) => match site.app.permission_by_name(&ada, ["a:x", "a:y"][p]) {
                    Ok(permission) => site.app.delete_permission(&ada, permission.id, ""),
                    Err(_) => continue,
                },
            };
            let Ok(change) = change else { continue };
            if undo && change.undoable {
                site.pass(1);
                site.app.undo(&ada, change.revision, "").unwrap();
                prop_assert_eq!(state(&site), before);
            } else {
                done.push(change.revision);
            }
        }
        // The clerk may read the log, write roles and assignments, and has a:x.
        site.app.give_role(&operator, &assign(site.id("bob"), clerk, "", "")).unwrap();
        for row in site.app.user(&operator, site.id("bob")).unwrap().assignments {
            if row.row.role_id != clerk {
                site.app.take_role(&operator, row.row.user_id, row.row.id, "").unwrap();
            }
        }
        site.app.set_user_disabled(&operator, site.id("bob"), false, "").unwrap();
        let bob = site.actor("bob");
        let own: Vec<Pattern> = site.app.user(&operator, site.id("bob")).unwrap().rights.iter().map(|held| held.pattern.clone()).collect();
        let rights = |name: &str| site.app.user(&operator, site.id(name)).unwrap().rights;
        let before: BTreeMap<&str, _> = ["eve", "cl"].map(|name| (name, rights(name))).into();
        for revision in done.into_iter().rev() {
            let _ = site.app.undo(&bob, revision, "");
        }
        for name in ["eve", "cl"] {
            for held in rights(name) {
                let had = before[name].iter().any(|old| old.pattern.covers(&held.pattern) && old.scope.covers(&held.scope) && (!old.conditional || held.conditional));
                let could = own.iter().any(|own| own.covers(&held.pattern));
                prop_assert!(had || could, "{name} came to {} {} by bob's undoing", held.pattern, held.scope);
            }
        }
    }
}

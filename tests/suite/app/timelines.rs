//! The bars of a time line are what the engine says of each moment.

use crate::support::Site;
use proptest::prelude::*;
use rolecall::{
    app::Actor,
    domain::{
        Time,
        page::ListQuery,
        role::{Assign, NewGrant, RoleDraft},
        timeline::{Kind, Range},
    },
};
use std::collections::BTreeSet;

fn range() -> Range {
    Range { from: Time::parse("2020-01-01").unwrap(), to: Time::parse("2030-01-01").unwrap() }
}

fn all() -> ListQuery {
    ListQuery { limit: Some(100), ..ListQuery::default() }
}

/// What eve has at the moment by the bars of her and of the role.
fn by_bars(site: &Site, roles: &[i64], at: Time) -> BTreeSet<(String, String)> {
    let operator = Actor::operator();
    let (_, hers) = site.app.user_timeline(&operator, site.id("eve"), range(), &all()).unwrap();
    let bars: Vec<_> = hers.rows.items.iter().map(|row| &row.interval).filter(|one| one.holds_at(at)).collect();
    if bars.iter().any(|one| one.kind == Kind::Suspension) {
        return BTreeSet::new();
    }
    let mut found = BTreeSet::new();
    for role in roles {
        let (_, of_role) = site.app.role_timeline(&operator, *role, range(), &all()).unwrap();
        let given = of_role.rows.items.iter().map(|row| &row.interval);
        let given: Vec<_> = given.filter(|one| one.kind == Kind::Permission && one.holds_at(at)).collect();
        for bar in bars.iter().filter(|one| one.role_id == Some(*role)) {
            found.extend(given.iter().map(|one| (one.pattern.clone(), bar.scope.clone())));
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn the_bars_at_a_moment_are_what_the_engine_says_of_it(steps in prop::collection::vec((0..7_u8, 0..2_usize, 1..500_i64), 1..12)) {
        let site = Site::new();
        let operator = Actor::operator();
        let role = |name: &str| {
            let draft = RoleDraft::parse(name, "role", "").unwrap();
            site.app.create_role(&operator, &draft).unwrap().value.id
        };
        let roles = [role("clerk"), role("checker")];
        let eve = site.id("eve");
        let mut moments = vec![site.app.now()];
        for (step, which, seconds) in steps {
            let now = site.app.now();
            let id = roles[which];
            let pattern = ["posts:*", "bills:*"][which];
            let assign = |scope: &str, from: String, to: String| Assign::parse(eve, id, scope, &from, &to, "").unwrap();
            let (soon, later) = (now.plus_seconds(seconds).rfc3339(), now.plus_seconds(2 * seconds).rfc3339());
            // What is refused changes nothing.
            match step {
                0 => drop(site.app.give_role(&operator, &assign("", String::new(), String::new()))),
                1 => drop(site.app.give_role(&operator, &assign("project/1", soon, later))),
                2 => {
                    let view = site.app.user(&operator, eve).unwrap();
                    if let Some(held) = view.assignments.first() {
                        site.app.take_role(&operator, eve, held.row.id, "").unwrap();
                    }
                }
                3 => drop(site.app.grant(&operator, id, &NewGrant::parse(pattern, "", "").unwrap())),
                4 => {
                    let view = site.app.role(&operator, id).unwrap();
                    if let Some(grant) = view.own.first() {
                        site.app.revoke(&operator, id, grant.id, "").unwrap();
                    }
                }
                5 => drop(site.app.set_user_disabled(&operator, eve, true, "")),
                _ => drop(site.app.set_user_disabled(&operator, eve, false, "")),
            }
            site.pass(seconds);
            moments.extend([now, now.plus_seconds(seconds / 2), now.plus_seconds(2 * seconds)]);
        }
        for at in moments {
            let (held, _) = site.app.what_can(&operator, eve, None, Some(at)).unwrap();
            let held: BTreeSet<_> =
                held.iter().map(|one| (one.pattern.to_string(), one.scope.as_str().to_owned())).collect();
            prop_assert_eq!(by_bars(&site, &roles, at), held, "at {}", at);
        }
    }
}

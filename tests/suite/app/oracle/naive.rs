//! Scopes and times, which the standard does not know: the product's checks beside a list of tuples.

use crate::support::Site;
use proptest::prelude::*;
use rolecall::{
    app::{
        Actor,
        checks::{Ask, Subject},
    },
    domain::{
        condition::Attributes,
        permission::Pattern,
        role::{Assign, NewGrant, RoleDraft},
        scope::Scope,
    },
};

const SCOPES: [&str; 6] = ["", "a", "a/b", "a/b/c", "ab", "b"];
const HOUR: i64 = 3600;

/// Whether one path is the other or lies below it, part by part.
fn below(asked: &str, held: &str) -> bool {
    let parts = |path: &str| path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    parts(asked).starts_with(&parts(held))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 16))]

    /// Each assignment: where, from which hour, for how many hours (0: for ever). Asked at any hour, as of then and when it
    /// has come.
    #[test]
    fn an_assignment_counts_in_its_scope_and_its_time_only(
        given in prop::collection::vec((0usize..6, 0i64..6, 0i64..4), 0..6),
        asked in prop::collection::vec((0usize..6, 0i64..9), 1..12),
    ) {
        let site = Site::new();
        let (operator, eve, began) = (Actor::operator(), site.id("eve"), site.now());
        let mut held = vec![];
        for (number, (scope, from, hours)) in given.into_iter().enumerate() {
            let role = site.app.create_role(&operator, &RoleDraft::parse(&format!("r{number}"), "", "").unwrap()).unwrap();
            site.app.grant(&operator, role.value.id, &NewGrant::parse("posts:read", "", "").unwrap()).unwrap();
            let begins = began.plus_seconds(from * HOUR);
            let ends = (hours > 0).then(|| begins.plus_seconds(hours * HOUR));
            let assign = Assign {
                valid_from: Some(begins),
                valid_to: ends,
                ..Assign::parse(eve, role.value.id, SCOPES[scope], "", "", "").unwrap()
            };
            site.app.give_role(&operator, &assign).unwrap();
            held.push((SCOPES[scope], from, (hours > 0).then_some(from + hours)));
        }
        let expected = |scope: &str, hour: i64| {
            held.iter().any(|(place, from, to)| below(scope, place) && *from <= hour && to.is_none_or(|to| hour < to))
        };
        let question = |scope: &str, at| Ask {
            subject: Subject::User(eve),
            permission: Pattern::parse("posts:read").unwrap(),
            scope: Scope::parse(scope).unwrap(),
            at,
            attributes: Attributes::default(),
        };
        for (scope, hour) in &asked {
            let ask = question(SCOPES[*scope], Some(began.plus_seconds(hour * HOUR)));
            let answer = site.app.check(&operator, site.app.fresh().unwrap(), &ask).unwrap();
            prop_assert_eq!(answer.allowed, expected(SCOPES[*scope], *hour), "{} at {}, ahead", SCOPES[*scope], hour);
        }
        let mut hours: Vec<_> = asked.iter().map(|(scope, hour)| (*hour, SCOPES[*scope])).collect();
        hours.sort();
        let mut now = 0;
        for (hour, scope) in hours {
            site.pass((hour - now) * HOUR);
            now = hour;
            let answer = site.app.check(&operator, site.app.fresh().unwrap(), &question(scope, None)).unwrap();
            prop_assert_eq!(answer.allowed, expected(scope, hour), "{} at {}, now", scope, hour);
            let changes = (hour + 1..24).find(|later| expected(scope, *later) != answer.allowed);
            prop_assert_eq!(answer.valid_until, changes.map(|later| began.plus_seconds(later * HOUR)), "until when");
        }
    }
}

//! Made-up roles and permissions.

use super::{Dice, Plan, Rows, row};
use crate::domain::{
    role::{GROUP, ROLE},
    search,
};

const PLACES: [&str; 12] =
    ["oslo", "lyon", "porto", "krakow", "izmir", "lagos", "accra", "nairobi", "pune", "osaka", "hanoi", "lima"];
const WORK: [&str; 16] = [
    "accounts",
    "archive",
    "audits",
    "billing",
    "claims",
    "contracts",
    "fleet",
    "grants",
    "imaging",
    "ledger",
    "orders",
    "payroll",
    "purchasing",
    "returns",
    "stock",
    "travel",
];
const RANKS: [&str; 8] = ["reader", "clerk", "editor", "approver", "planner", "lead", "auditor", "keeper"];
pub const ACTIONS: [&str; 10] =
    ["read", "create", "update", "delete", "approve", "export", "import", "assign", "close", "print"];

fn word(words: &[&str], n: i64) -> String {
    let place = usize::try_from(n).unwrap_or(0) % words.len().max(1);
    words.get(place).copied().unwrap_or_default().to_owned()
}

/// One in so many roles is a group.
fn is_group(number: i64) -> bool {
    number % 20 == 7
}

/// Its name: the first one is what most people have.
pub fn name(number: i64) -> String {
    match number {
        0 => "employee".to_owned(),
        n if is_group(n) => format!("team-{}-{n}", word(&PLACES, n / 20)),
        n => format!("{}-{}-{}-{n}", word(&WORK, n / 8), word(&RANKS, n), word(&PLACES, n / 128)),
    }
}

fn resource(permission: i64) -> String {
    let n = permission / 10;
    format!("{}-{n}", word(&WORK, n))
}

pub fn rows(plan: &Plan<'_>, from: i64, to: i64) -> Vec<Rows> {
    let (mut roles, mut grants, mut inclusions) = (vec![], vec![], vec![]);
    for number in from..to {
        let mut dice = Dice::of(plan.crowd.seed, 1, number);
        let (id, at) = (plan.role + number, plan.begin);
        let kind = if is_group(number) { GROUP } else { ROLE };
        let about = format!("Made up: number {number} of {}.", plan.roles);
        roles.push(row![id, name(number), name(number), kind, about, false, at, Some(1), at]);
        // What a role includes comes after it, so there are no circles.
        let mut junior = number;
        for _ in 0..if is_group(number) { 3 } else { dice.below(3) } {
            junior += 1 + dice.below(40);
            if junior < plan.roles && !is_group(junior) {
                inclusions.push(row![id, plan.role + junior, at, None::<crate::domain::Time>, "", at, Some(1)]);
            }
        }
        if is_group(number) {
            continue;
        }
        // One place in each tenth of the permissions, so that none comes twice; some roles have all of a resource.
        let part = (plan.permissions / 10).max(1);
        for tenth in 0..10 {
            let permission = (tenth * part + dice.below(part)).min(plan.permissions - 1);
            let action = if dice.one_in(20) { "*".to_owned() } else { word(&ACTIONS, permission) };
            grants.push(row![
                id,
                resource(permission),
                action,
                at,
                None::<crate::domain::Time>,
                "as agreed",
                at,
                Some(1)
            ]);
        }
    }
    vec![
        Rows {
            table: "roles",
            columns: "id, name, name_key, kind, description, built_in, created_at, created_by, updated_at",
            rows: roles,
        },
        Rows {
            table: "permission_assignments",
            columns: "role_id, resource, action, valid_from, valid_to, reason, given_at, given_by",
            rows: grants,
        },
        Rows {
            table: "role_inclusions",
            columns: "senior_id, junior_id, valid_from, valid_to, reason, given_at, given_by",
            rows: inclusions,
        },
    ]
}

pub fn permissions(plan: &Plan<'_>, from: i64, to: i64) -> Vec<Rows> {
    let rows = (from..to).map(|number| {
        let (resource, action) = (resource(number), word(&ACTIONS, number));
        let name = format!("{resource}:{action}");
        let label =
            format!("{}{} {}", action.get(..1).unwrap_or("").to_uppercase(), action.get(1..).unwrap_or(""), resource);
        let key = search::key(&[&name, &action, &label]);
        row![plan.permission + number, resource, action, name, label, "", key, false, plan.begin, Some(1), plan.begin]
    });
    vec![Rows {
        table: "permissions",
        columns: "id, resource, action, name, label, description, search_key, built_in, created_at, created_by, updated_at",
        rows: rows.collect(),
    }]
}

//! The made-up past: five events for each user, in one chain.

use super::{App, CHUNK, Dice, PAST, Plan, Progress, Rng, people, row};
use crate::{
    db,
    domain::{
        Result, Time,
        audit::AuditEvent,
        audit_mark::{HEAD, Mark},
    },
};
use serde_json::json;
use std::collections::BTreeMap;

const COLUMNS: &str = "id, at, revision, action, actor_id, object_kind, object_id, request_id, ip, actor_name, object_name, before, after, \
                       reason, detail_salt, detail_hash, hash";

impl App {
    pub(super) fn write_past(&self, plan: &Plan<'_>, rng: &Rng, progress: Progress<'_>) -> Result<()> {
        let last = self.read(db::audit::last)?;
        let (mut id, mut previous) = last.map(|(id, hash, _)| (id, hash)).unwrap_or_default();
        let first_id = id;
        let all = plan.crowd.users * 5;
        while id - first_id < all {
            let (mut rows, mut last_at) = (vec![], Time::default());
            let mut days: BTreeMap<(String, String), i64> = BTreeMap::new();
            while id - first_id < all && i64::try_from(rows.len()).unwrap_or(CHUNK) < CHUNK {
                let number = id - first_id;
                id += 1;
                let event = AuditEvent { id, detail_salt: rng.token(), ..event(plan, number) };
                let event = event.chain(&self.keys, &previous);
                previous.clone_from(&event.hash);
                last_at = event.at;
                *days.entry((event.at.day(), event.action.clone())).or_default() += 1;
                rows.push(row![
                    event.id,
                    event.at,
                    event.revision,
                    event.action,
                    event.actor_id,
                    event.object_kind,
                    event.object_id,
                    event.request_id,
                    event.ip,
                    event.actor_name,
                    event.object_name,
                    event.before,
                    event.after,
                    event.reason,
                    event.detail_salt,
                    event.detail_hash,
                    event.hash
                ]);
            }
            let head = Mark::new(&self.keys, HEAD, (id, &previous, last_at));
            self.db.write(|conn| {
                db::crowd::insert(conn, "audit_events", COLUMNS, rows)?;
                days.iter().try_for_each(|((day, action), n)| db::daily_counts::add(conn, action, day, *n))?;
                db::audit_marks::set(conn, &head)
            })?;
            progress("audit events", id - first_id, all);
        }
        Ok(())
    }
}

/// The event of this number: each fifth one brings a user, the next one gives him a role, and in the others those do
/// something who are there already.
fn event(plan: &Plan<'_>, number: i64) -> AuditEvent {
    let mut dice = Dice::of(plan.crowd.seed, 6, number);
    let newest = number / 5;
    let step = PAST / (plan.crowd.users * 5).max(1);
    let at = plan.came(newest).plus_seconds((number % 5) * step);
    let admin = |event: AuditEvent| AuditEvent { actor_id: Some(1), actor_name: "ada".into(), ..event };
    match number % 5 {
        0 => {
            let person = people::profile(plan, newest);
            let after = json!({ "username": person.username, "email": person.email, "first_name": person.first_name, "last_name": person.last_name });
            admin(AuditEvent { after: Some(after.to_string()), ..about(plan, newest, at, "user.create") })
        }
        1 => {
            let mut event = admin(about(plan, newest, at, "role.give"));
            if let Some(given) = people::given(plan, newest).first() {
                event.after = Some(json!({ "assignment_id": 2 + newest * people::EACH, "role": people::role_name(given), "role_id": plan.role + given.role, "scope": given.scope, "valid_from": given.at, "valid_to": given.to, "condition": null }).to_string());
            }
            "made up".clone_into(&mut event.reason);
            event
        }
        _ => {
            // Whoever came lately is the most active.
            let user = (newest - dice.zipf(newest + 1)).max(0);
            let own = |event: AuditEvent| AuditEvent {
                actor_id: event.object_id,
                actor_name: event.object_name.clone(),
                ..event
            };
            match dice.below(100) {
                0..60 => own(AuditEvent {
                    after: Some(json!({ "factors": "password" }).to_string()),
                    ..about(plan, user, at, "session.begin")
                }),
                60..80 => own(AuditEvent { reason: "signed out".into(), ..about(plan, user, at, "session.end") }),
                80..90 => AuditEvent { reason: "wrong password".into(), ..about(plan, user, at, "session.refused") },
                90..95 => own(about(plan, user, at, "password.change")),
                95 => admin(AuditEvent {
                    reason: format!("ticket {}", dice.below(100_000)),
                    ..about(plan, user, at, "password.send_reset")
                }),
                _ => own(about(plan, user, at, "password.forgotten")),
            }
        }
    }
}

/// Something on a user.
fn about(plan: &Plan<'_>, user: i64, at: Time, action: &str) -> AuditEvent {
    AuditEvent {
        id: 0,
        at,
        revision: None,
        action: action.to_owned(),
        actor_id: None,
        object_kind: "user".to_owned(),
        object_id: Some(plan.user + user),
        request_id: String::new(),
        ip: format!("192.0.2.{}", user % 250),
        actor_name: String::new(),
        object_name: people::profile(plan, user).username,
        before: None,
        after: None,
        reason: String::new(),
        detail_salt: String::new(),
        detail_hash: String::new(),
        hash: String::new(),
        token_id: None,
        token_name: None,
    }
}

//! All that is kept of a user, for himself.

use super::{
    Actor, App, Entry,
    email::PendingEmail,
    users::{AssignmentView, UserView, name_assignments},
};
use crate::{
    db::{self, audit::Filter},
    domain::{Result, Time, audit::AuditEvent, factor::Factor, mail::Mail, page::Total},
};

pub use crate::db::sessions::Kept;

/// Of what grows with the years, at most so many, the latest first.
const MOST: i64 = 10_000;

/// What is kept of one user; no secrets.
#[derive(Debug)]
pub struct MyData {
    /// When it was put together.
    pub at: Time,
    pub view: UserView,
    pub pending_email: Option<PendingEmail>,
    /// Confirmed ones and those that wait for it.
    pub factors: Vec<Factor>,
    pub recovery_codes_left: i64,
    pub sessions: Vec<Kept>,
    /// When each browser was first and last seen.
    pub devices: Vec<(Time, Time)>,
    /// Past, present and to come.
    pub assignments: Vec<AssignmentView>,
    /// By him and on him, and how many there are in all, as far as was counted.
    pub events: Vec<AuditEvent>,
    pub events_total: Total,
    pub mails: Vec<Mail>,
    /// Name and last use of each permission.
    pub uses: Vec<(String, Time)>,
}

impl App {
    /// One's own data: profile, factors, sessions, devices, roles, what the audit log tells of and by one, mails, and what
    /// one used when. Where others were when they acted is left out, and so is what they changed of third ones.
    pub fn my_data(&self, actor: &Actor) -> Result<MyData> {
        let user_id = actor.user_id()?;
        actor.require_himself()?;
        self.require_recent_proof(actor)?;
        self.write_uses()?;
        let view = self.me(actor)?;
        self.change(actor, |tx| {
            tx.audit(Entry {
                action: "user.download",
                kind: "user",
                id: Some(user_id),
                name: &view.user.username,
                ..Entry::default()
            })
        })?;
        let pending_email = self.pending_email(actor)?;
        self.read(|conn| {
            let now = self.now();
            let filter = Filter { about_user: Some(user_id), ..Filter::default() };
            let (events, events_total) = db::audit::latest(conn, &filter, MOST)?;
            let rows = db::user_assignments::ever(conn, user_id)?;
            Ok(MyData {
                at: now,
                pending_email,
                factors: db::factors::of_user(conn, user_id)?,
                recovery_codes_left: db::recovery_codes::left(conn, user_id)?,
                sessions: db::sessions::ever(conn, user_id, MOST)?,
                devices: db::devices::of_user(conn, user_id)?,
                assignments: name_assignments(conn, rows, now)?,
                events: events.into_iter().map(|event| for_himself(event, user_id)).collect(),
                events_total,
                mails: db::mails::of_user(conn, user_id, MOST)?,
                uses: db::permission_uses::of_user(conn, user_id)?,
                view,
            })
        })
    }
}

/// The event without what is not the user's affair.
fn for_himself(mut event: AuditEvent, user_id: i64) -> AuditEvent {
    if event.actor_id.is_some_and(|actor| actor != user_id) {
        event.ip.clear();
    }
    if (event.object_kind.as_str(), event.object_id) != ("user", Some(user_id)) {
        (event.before, event.after) = (None, None);
    }
    event
}

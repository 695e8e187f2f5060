//! All that is kept of oneself, as a file.

use super::{
    audit::EventWire, mails::MailWire, sessions::SessionWire, user_permissions::HeldWire, user_roles::HoldingWire,
};
use crate::{
    app::{
        Actor, App,
        my_data::{Kept, MyData},
        users::AssignmentView,
    },
    domain::{Result, Time, factor::Factor},
    web::{api::answer::File, error::ApiError, extract::Caller, wire::UserWire},
};
use schemars::JsonSchema;
use serde::Serialize;

#[derive(Serialize, JsonSchema)]
pub struct DataWire {
    /// When it was put together.
    at: Time,
    /// Who it is about.
    user: UserWire,
    /// When he made the account himself.
    signed_up_at: Option<Time>,
    /// When the password was last changed.
    password_changed_at: Option<Time>,
    /// An address that waits to be confirmed.
    pending_email: Option<String>,
    /// Second factors, begun ones too.
    factors: Vec<FactorWire>,
    /// Recovery codes that were not used.
    recovery_codes_left: i64,
    /// Ended ones too, the latest first.
    sessions: Vec<KeptWire>,
    /// Browsers he signed in with.
    devices: Vec<DeviceWire>,
    /// Past, present and to come.
    roles: Vec<PastWire>,
    /// What he has in the end.
    permissions: Vec<HeldWire>,
    /// What he used when.
    uses: Vec<UseWire>,
    /// Mails to him, without bodies.
    mails: Vec<MailWire>,
    /// By oneself and on oneself, the latest first.
    events: Vec<EventWire>,
    /// How many of them there are in all; the oldest are left out if there are very many.
    events_total: i64,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "KeptFactor")]
struct FactorWire {
    /// `totp` or `email`.
    kind: String,
    created_at: Time,
    /// `null`: it was begun, and is not on.
    confirmed_at: Option<Time>,
}

#[derive(Serialize, JsonSchema)]
struct KeptWire {
    #[serde(flatten)]
    session: SessionWire,
    /// When it ended; null: it is live.
    ended_at: Option<Time>,
    /// Why it ended.
    end_reason: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct DeviceWire {
    /// When it was seen first.
    first_seen_at: Time,
    /// When it was seen last.
    last_seen_at: Time,
}

#[derive(Serialize, JsonSchema)]
struct PastWire {
    #[serde(flatten)]
    holding: HoldingWire,
    /// When it was ended before its time.
    ended_at: Option<Time>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "KeptUse")]
struct UseWire {
    permission: String,
    /// When it was used last.
    last_used_at: Time,
}

impl DataWire {
    fn new(data: MyData, current: Option<i64>) -> Self {
        let kept = |(session, ended_at, end_reason): Kept| KeptWire {
            session: SessionWire::new(session, current),
            ended_at,
            end_reason,
        };
        let past = |view: AssignmentView| PastWire { ended_at: view.row.ended_at, holding: view.into() };
        let factor = |factor: Factor| FactorWire {
            kind: factor.kind,
            created_at: factor.created_at,
            confirmed_at: factor.confirmed_at,
        };
        Self {
            at: data.at,
            user: UserWire::new(&data.view.user, data.at),
            signed_up_at: data.view.user.signed_up_at,
            password_changed_at: data.view.user.password_changed_at,
            pending_email: data.pending_email.map(|pending| pending.address),
            factors: data.factors.into_iter().map(factor).collect(),
            recovery_codes_left: data.recovery_codes_left,
            sessions: data.sessions.into_iter().map(kept).collect(),
            devices: data
                .devices
                .into_iter()
                .map(|(first_seen_at, last_seen_at)| DeviceWire { first_seen_at, last_seen_at })
                .collect(),
            roles: data.assignments.into_iter().map(past).collect(),
            permissions: data.view.rights.into_iter().map(HeldWire::from).collect(),
            uses: data
                .uses
                .into_iter()
                .map(|(permission, last_used_at)| UseWire { permission, last_used_at })
                .collect(),
            mails: data.mails.into_iter().map(MailWire::from).collect(),
            events: data.events.into_iter().map(EventWire::from).collect(),
            events_total: data.events_total.number(),
        }
    }
}

/// The file, for the browser to keep; like every answer it is for no cache.
pub fn file(app: &App, actor: &Actor) -> Result<File<DataWire>> {
    let data = app.my_data(actor)?;
    let name = format!("rolecall-{}.json", data.at.format("%Y-%m-%d"));
    Ok(File { name, value: DataWire::new(data, actor.session_id) })
}

/// Needs a recent proof.
pub async fn get(caller: Caller) -> Result<File<DataWire>, ApiError> {
    Ok(caller.run(file).await?)
}

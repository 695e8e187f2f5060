//! What programs are shown of users. Explicit, so that a new column cannot leak.

use crate::domain::{
    Time,
    permission::Pattern,
    policy::Holding,
    preview::{Broken, Preview, Shift},
    user::User,
};
use schemars::JsonSchema;
use serde::Serialize;

#[derive(Debug, Serialize, JsonSchema)]
pub struct UserWire {
    pub id: i64,
    /// `person` or `service`.
    pub kind: String,
    pub username: String,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    /// `active`, `disabled`, `waiting` (for an approval) or `leaving` (to be deleted).
    pub status: &'static str,
    /// From when on he is disabled, and enabled again, where that was set beforehand and is still to come.
    pub disable_at: Option<Time>,
    /// From when on he is enabled again.
    pub enable_at: Option<Time>,
    /// When the account will be deleted, because its owner asked for it.
    pub delete_at: Option<Time>,
    /// Whether he showed that the address is his.
    pub email_verified: bool,
    pub created_at: Time,
    /// When he signed in last.
    pub last_sign_in_at: Option<Time>,
}

impl UserWire {
    pub fn new(user: &User, now: Time) -> Self {
        let to_come = |at: Option<Time>| at.filter(|at| *at > now);
        Self {
            id: user.id,
            kind: user.kind.clone(),
            username: user.username.clone(),
            email: user.email.clone(),
            first_name: user.first_name.clone(),
            last_name: user.last_name.clone(),
            status: user.status(now),
            disable_at: to_come(user.bars.disable_at),
            enable_at: to_come(user.bars.enable_at),
            delete_at: user.bars.delete_at,
            email_verified: user.email_verified_at.is_some(),
            created_at: user.created_at,
            last_sign_in_at: user.last_sign_in_at,
        }
    }
}

/// The answer to a dry run: what the change would do.
#[derive(Serialize, JsonSchema)]
pub struct PreviewWire<'a> {
    /// True.
    dry_run: bool,
    /// Nothing stands against it: no constraint would be broken.
    possible: bool,
    /// Users who would gain or lose.
    users: Vec<ShiftWire<'a>>,
    /// Roles that would.
    roles: Vec<ShiftWire<'a>>,
    /// All affected users were looked at.
    complete: bool,
    /// Constraints that would be broken.
    broken: Vec<BrokenWire<'a>>,
    /// Live sessions that the change touches or ends.
    sessions: usize,
    /// What one should know before.
    warnings: &'a [String],
    /// The state that it was computed on.
    revision: i64,
}

/// What one user or role gains and loses.
#[derive(Serialize, JsonSchema)]
struct ShiftWire<'a> {
    id: i64,
    name: &'a str,
    /// What it would have more.
    gains: Vec<HoldingWire<'a>>,
    /// What it would have less.
    losses: Vec<HoldingWire<'a>>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ShiftedRight")]
struct HoldingWire<'a> {
    permission: &'a Pattern,
    scope: &'a str,
    conditional: bool,
}

#[derive(Serialize, JsonSchema)]
struct BrokenWire<'a> {
    /// The number of the constraint.
    constraint_id: i64,
    name: &'a str,
    /// By what, in words.
    why: &'a str,
}

impl<'a> From<&'a Preview> for PreviewWire<'a> {
    fn from(preview: &'a Preview) -> Self {
        Self {
            dry_run: true,
            possible: preview.broken.is_empty(),
            users: preview.users.iter().map(ShiftWire::from).collect(),
            roles: preview.roles.iter().map(ShiftWire::from).collect(),
            complete: preview.complete,
            broken: preview
                .broken
                .iter()
                .map(|Broken { constraint_id, name, why }| BrokenWire { constraint_id: *constraint_id, name, why })
                .collect(),
            sessions: preview.sessions,
            warnings: &preview.warnings,
            revision: preview.revision,
        }
    }
}

impl<'a> From<&'a Shift> for ShiftWire<'a> {
    fn from(shift: &'a Shift) -> Self {
        let held = |held: &'a Vec<Holding>| {
            held.iter()
                .map(|one| HoldingWire {
                    permission: &one.pattern,
                    scope: one.scope.as_str(),
                    conditional: one.conditional,
                })
                .collect()
        };
        Self { id: shift.id, name: &shift.name, gains: held(&shift.gains), losses: held(&shift.losses) }
    }
}

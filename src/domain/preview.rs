//! What a change of rights would do, before it is done.

use super::{audit::AuditEvent, policy::Holding};

/// Who gains and who loses what, which constraints would break, whose sessions it touches.
#[derive(Debug, Clone, Default)]
pub struct Preview {
    /// Users whose rights change, by username. What begins later counts as gained, what ends later as had.
    pub users: Vec<Shift>,
    /// Roles whose own or included permissions change, by name.
    pub roles: Vec<Shift>,
    /// All users were looked at; otherwise there are more than [`Preview::MANY`] that could be affected.
    pub complete: bool,
    pub broken: Vec<Broken>,
    /// Live sessions of those users, and sessions that the change ends.
    pub sessions: usize,
    /// Odd, and not wrong.
    pub warnings: Vec<String>,
    /// What the audit log would say: the first [`Preview::LOGGED`] events.
    pub log: Vec<AuditEvent>,
    /// The state that it was computed on.
    pub revision: i64,
}

/// What one user or role gains and loses.
#[derive(Debug, Clone)]
pub struct Shift {
    pub id: i64,
    pub name: String,
    /// It is not there before the change, and so has no page yet.
    pub is_new: bool,
    pub gains: Vec<Holding>,
    pub losses: Vec<Holding>,
}

/// A constraint that a change would break.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    pub constraint_id: i64,
    pub name: String,
    /// Who breaks it, or how the numbers stand.
    pub why: String,
}

impl Preview {
    /// Users that a preview looks at, at most.
    pub const MANY: usize = 10_000;
    /// Events that a preview tells, at most.
    pub const LOGGED: usize = 50;
}

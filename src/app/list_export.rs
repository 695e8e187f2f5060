//! Taking a list away, as a table.

use super::{Actor, App, Entry};
use crate::{
    db,
    domain::{
        Result,
        page::ListQuery,
        permission::{MAILS_READ, PERMISSIONS_READ, ROLES_READ, Right, SESSIONS_READ, SETTINGS_READ, USERS_READ},
    },
};
use serde_json::json;

/// What is taken away.
#[derive(Debug, Clone)]
pub enum Listed {
    /// The list of users; with a role: those who hold it now.
    Users(Option<i64>),
    /// So many users who were chosen one by one, or all that matched.
    Chosen(usize),
    Roles,
    Permissions,
    /// Of this role.
    Members(i64),
    Sessions,
    /// What ends within so many days.
    Ending(i64),
    /// What this user had, and when.
    UserTimeline(i64),
    /// What this role had, and who had it, and when.
    RoleTimeline(i64),
    /// Those that the actor may see.
    Jobs,
    /// What came of each user of this job.
    JobRows(i64),
    Mails,
    Constraints,
    ForwardRules,
    /// Who can do this, as asked: permission, scope, moment.
    WhoCan([String; 3]),
    /// What this user can do.
    WhatCan(i64),
    /// What this user can do beside somebody else, or beside what he could at another time.
    Comparison(i64),
}

impl Listed {
    /// What it takes to see it, the action, and the kind of its rows.
    fn facts(&self) -> (&'static [Right], &'static str, &'static str) {
        match self {
            Self::Users(_) | Self::Chosen(_) => (&[USERS_READ], "user.export", "user"),
            Self::Roles => (&[ROLES_READ], "role.export", "role"),
            Self::Permissions => (&[PERMISSIONS_READ], "permission.export", "permission"),
            Self::Members(_) => (&[ROLES_READ, USERS_READ], "role.export_members", "role"),
            Self::Sessions => (&[SESSIONS_READ], "session.export", "session"),
            Self::Ending(_) => (&[USERS_READ], "role.export_ending", "role"),
            Self::UserTimeline(_) => (&[USERS_READ], "user.export_timeline", "user"),
            Self::RoleTimeline(_) => (&[ROLES_READ], "role.export_timeline", "role"),
            Self::Jobs => (&[], "job.export", "job"),
            Self::JobRows(_) => (&[], "job.export_rows", "job"),
            Self::Mails => (&[MAILS_READ], "mail.export", "mail"),
            Self::Constraints => (&[ROLES_READ], "constraint.export", "constraint"),
            Self::ForwardRules => (&[SETTINGS_READ], "forward_rule.export", "forward_rule"),
            Self::WhoCan(_) => (&[USERS_READ], "permission.export_holders", "permission"),
            // Whose first page was answered may ask.
            Self::WhatCan(_) => (&[], "user.export_rights", "user"),
            Self::Comparison(_) => (&[], "user.export_comparison", "user"),
        }
    }
}

impl App {
    /// Notes in the audit log that the actor takes away what `query` shows of a list, which he must be allowed to see.
    pub fn begin_list_export(&self, actor: &Actor, listed: Listed, query: &ListQuery) -> Result<()> {
        let (rights, action, kind) = listed.facts();
        rights.iter().try_for_each(|right| actor.require_everywhere(*right))?;
        if rights.is_empty() {
            // Everybody has a list of his own.
            actor.user_id()?;
        }
        let (q, filter) = (&query.q, &query.filter);
        let asked = match &listed {
            Listed::Users(Some(role)) => json!({ "words": q, "filter": filter, "role_id": role }),
            Listed::Chosen(users) => json!({ "chosen": users }),
            Listed::Ending(days) => json!({ "days": days, "words": q }),
            Listed::WhoCan([permission, scope, at]) => {
                json!({ "permission": permission, "scope": scope, "at": at, "words": q })
            }
            _ => json!({ "words": q, "filter": filter }),
        };
        self.change(actor, |tx| {
            let (id, name) = match listed {
                Listed::JobRows(id) => (Some(id), db::jobs::get(tx.conn, id)?.title),
                Listed::Members(id) => (Some(id), db::roles::get(tx.conn, id)?.name),
                // Of deleted ones, too.
                Listed::RoleTimeline(id) => {
                    (Some(id), db::roles::find_ever(tx.conn, id)?.map(|(role, _)| role.name).unwrap_or_default())
                }
                Listed::UserTimeline(id) | Listed::WhatCan(id) | Listed::Comparison(id) => {
                    (Some(id), db::users::find_ever(tx.conn, id)?.map(|user| user.username).unwrap_or_default())
                }
                Listed::WhoCan([permission, ..]) => (None, permission),
                _ => (None, String::new()),
            };
            tx.audit(Entry { action, kind, id, name: &name, after: Some(asked), ..Entry::default() })
        })?;
        Ok(())
    }
}

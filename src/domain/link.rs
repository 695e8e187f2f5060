//! One-time links that are mailed or printed.

use super::Time;
use diesel::prelude::*;

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = crate::schema::links)]
pub struct Link {
    pub id: i64,
    pub purpose: String,
    pub user_id: Option<i64>,
    pub email_key: Option<String>,
    pub created_at: Time,
    pub expires_at: Time,
    pub used_at: Option<Time>,
    /// The address that the link is about, as it was typed, where that is not the user's own.
    pub address: Option<String>,
}

/// What a link is for. A token of one purpose is nothing for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Setup,
    Invite,
    VerifyEmail,
    ResetPassword,
    /// A sign-in was not the user's.
    NotMe,
    /// The address is to be the user's.
    ChangeEmail,
    /// The address that the user had is to be his again.
    UndoEmail,
}

impl Purpose {
    /// All that are a user's, but for those by which an address that he had comes back.
    pub const OF_USERS: [Self; 5] =
        [Self::Invite, Self::VerifyEmail, Self::ResetPassword, Self::NotMe, Self::ChangeEmail];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::Invite => "invite",
            Self::VerifyEmail => "verify_email",
            Self::ResetPassword => "reset_password",
            Self::NotMe => "not_me",
            Self::ChangeEmail => "change_email",
            Self::UndoEmail => "undo_email",
        }
    }

    /// How long the link lives, in seconds.
    pub fn seconds(self) -> i64 {
        match self {
            Self::Setup | Self::VerifyEmail | Self::ChangeEmail => 24 * 3600,
            Self::Invite | Self::NotMe | Self::UndoEmail => 7 * 24 * 3600,
            Self::ResetPassword => 15 * 60,
        }
    }

    /// Whether a new link of the user leaves his older ones alive: each tells of something else that happened.
    pub fn stands_beside_others(self) -> bool {
        matches!(self, Self::NotMe | Self::UndoEmail)
    }

    /// The path of the page that the link opens.
    pub fn path(self) -> &'static str {
        match self {
            Self::Setup => "/setup/",
            Self::VerifyEmail => "/verify/",
            Self::Invite | Self::ResetPassword => "/reset/",
            Self::NotMe => "/not-me/",
            Self::ChangeEmail => "/change-email/",
            Self::UndoEmail => "/undo-email/",
        }
    }
}

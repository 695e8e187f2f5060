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
}

impl Purpose {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::Invite => "invite",
            Self::VerifyEmail => "verify_email",
            Self::ResetPassword => "reset_password",
            Self::NotMe => "not_me",
        }
    }

    /// How long the link lives, in seconds.
    pub fn seconds(self) -> i64 {
        match self {
            Self::Setup | Self::VerifyEmail => 24 * 3600,
            Self::Invite | Self::NotMe => 7 * 24 * 3600,
            Self::ResetPassword => 15 * 60,
        }
    }

    /// The path of the page that the link opens.
    pub fn path(self) -> &'static str {
        match self {
            Self::Setup => "/setup/",
            Self::VerifyEmail => "/verify/",
            Self::Invite | Self::ResetPassword => "/reset/",
            Self::NotMe => "/not-me/",
        }
    }
}

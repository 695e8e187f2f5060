//! What programs are shown of users. Explicit, so that a new column cannot leak.

use crate::domain::{Time, user::User};
use serde::Serialize;

#[derive(Debug, Serialize)]
pub struct UserWire {
    pub id: i64,
    pub username: String,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    /// `active` or `disabled`.
    pub status: &'static str,
    pub email_verified: bool,
    pub created_at: Time,
    pub last_sign_in_at: Option<Time>,
}

impl From<&User> for UserWire {
    fn from(user: &User) -> Self {
        Self {
            id: user.id,
            username: user.username.clone(),
            email: user.email.clone(),
            first_name: user.first_name.clone(),
            last_name: user.last_name.clone(),
            status: user.status(),
            email_verified: user.email_verified_at.is_some(),
            created_at: user.created_at,
            last_sign_in_at: user.last_sign_in_at,
        }
    }
}

//! One's own account: everybody who is signed in has these pages.

pub mod access;
pub mod activity;
pub mod data;
pub mod deletion;
pub mod email;
pub mod password;
pub mod profile;
pub mod reauthentication;
pub mod role_return;
pub mod second_factor;
pub mod session_roles;
pub mod sessions;
pub mod tokens;
pub mod verification;
pub mod why;

use super::Page;
use crate::web::extract::SignedIn;

impl SignedIn {
    /// The frame of a page of the account; `part` is its tab.
    fn account_page(&self, part: &str) -> Page {
        self.page(&format!("{part} · My account"))
    }
}

//! The HTML pages.

mod account;
mod admin;
mod errors;
mod forgot;
mod held;
mod login;
mod not_me;
mod reset;
mod setup;
mod sign_up_modes;
mod signup;
mod verify;

use crate::support::Answer;

/// The tokens and request ids of a page differ each time; the rest of it must not.
fn lasting(answer: &Answer) -> (u16, String, String) {
    (answer.status, answer.location().to_owned(), answer.text("main"))
}

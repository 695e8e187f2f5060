//! The HTML pages.

mod admin;
mod login;

//! The HTML pages.

mod login;

//! For people who come from an application behind a proxy.

pub mod sign_in;

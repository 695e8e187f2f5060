//! For proxies in front of applications (forward-auth).

pub mod verify;

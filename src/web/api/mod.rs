//! JSON: the wire structs and the handler together.

pub mod answer;
pub mod auth;
pub mod authzen;
pub mod conditional;
pub mod idempotency;
pub mod legacy;
pub mod limits;
pub mod noun;
pub mod openapi;
pub mod v1;

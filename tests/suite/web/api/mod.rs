//! The JSON routes.

mod auth;
mod authzen;
mod compat;
mod holes;
mod openapi;
mod races;
mod v1;

//! The JSON routes.

mod authzen;
mod compat;
mod holes;
mod races;
mod v1;

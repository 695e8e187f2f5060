//! The JSON routes.

mod compat;
mod holes;
mod races;
mod v1;

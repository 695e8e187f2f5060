//! The JSON routes.

//! JSON: the wire structs and the handler together.

pub mod legacy;

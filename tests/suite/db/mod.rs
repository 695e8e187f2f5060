//! Tests of `src/db`.

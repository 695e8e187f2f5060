//! Tests of `src/app`.

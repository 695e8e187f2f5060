//! API tokens, and what programs may do with them.

use super::Reader;

#[derive(Debug, Clone)]
pub struct Tokens {
    /// `TOKEN_DAYS` (default 366; 1 to 3660), in seconds: so long may an API token live.
    pub longest: i64,
    /// `API_RATE_LIMIT` (default 3000; to 1000000): requests to `/api/v1` that one user, or one token, may make in a minute of one
    /// process, questions not counted; 0: any number.
    pub requests: u32,
}

impl Tokens {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            longest: i64::from(reader.number::<u32>("TOKEN_DAYS", 366, 1, 3660)) * 24 * 3600,
            requests: reader.number::<u32>("API_RATE_LIMIT", 3000, 0, 1_000_000),
        }
    }
}

impl Default for Tokens {
    fn default() -> Self {
        Self { longest: 366 * 24 * 3600, requests: 3000 }
    }
}

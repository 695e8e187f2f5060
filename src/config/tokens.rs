//! API tokens.

use super::Reader;

#[derive(Debug, Clone)]
pub struct Tokens {
    /// `TOKEN_DAYS` (default 366; 1 to 3660), in seconds: so long may an API token live.
    pub longest: i64,
}

impl Tokens {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self { longest: i64::from(reader.number::<u32>("TOKEN_DAYS", 366, 1, 3660)) * 24 * 3600 }
    }
}

impl Default for Tokens {
    fn default() -> Self {
        Self { longest: 366 * 24 * 3600 }
    }
}

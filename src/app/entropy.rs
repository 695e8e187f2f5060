//! Randomness, as an argument: tests seed it.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use rand::{Rng as _, RngCore, SeedableRng, rngs::StdRng};
use std::sync::{Mutex, PoisonError};

/// A cryptographically secure generator (ChaCha12).
pub struct Rng(Mutex<StdRng>);

impl Rng {
    pub fn from_os() -> Self {
        Self(Mutex::new(StdRng::from_os_rng()))
    }

    pub fn seeded(seed: u64) -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(seed)))
    }

    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut bytes);
        bytes
    }

    /// 256 random bits as base64url: for links, cookies and keys.
    pub fn token(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.bytes::<32>())
    }

    /// A number of so many decimal digits, each number as likely.
    pub fn digits(&self, digits: usize) -> String {
        let mut rng = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (0..digits).map(|_| char::from(b'0' + rng.random_range(0..10))).collect()
    }

    /// From 0 to 1.
    pub fn fraction(&self) -> f64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).random()
    }
}

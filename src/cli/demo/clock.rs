//! A clock that is set by hand while the past is made up, and then let go.

use crate::{app::Clock, domain::Time};
use std::sync::{Arc, Mutex, PoisonError};

#[derive(Clone, Default)]
pub struct HandClock(Arc<Mutex<Option<Time>>>);

impl HandClock {
    /// The App's clock: shows the time that was set, or that of `real` when none is.
    pub fn clock(&self, real: Clock) -> Clock {
        let hands = self.clone();
        Arc::new(move || hands.get().unwrap_or_else(|| real()))
    }

    pub fn set(&self, at: Time) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(at);
    }

    /// From now on the real time is shown.
    pub fn let_go(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn get(&self) -> Option<Time> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

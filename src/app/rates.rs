//! How many requests a caller makes. Counted in memory, by each process for itself: it keeps one program from being in everybody's way,
//! and is no wall against strangers.

use super::{Actor, App};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// Seconds of a window.
pub const WINDOW: i64 = 60;

/// Callers that are counted in one window; of more, all counts begin anew.
const MANY: usize = 100_000;

/// The counts of the present window, by user and token.
#[derive(Default)]
pub(super) struct Rates(Mutex<Window>);

#[derive(Default)]
struct Window {
    began: i64,
    counts: HashMap<(i64, Option<i64>), u32>,
}

/// How a caller stands to the limit after his request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Requests of one window.
    pub most: u32,
    /// How many more he may make in this one.
    pub left: u32,
    /// Seconds until the next.
    pub resets_in: i64,
    /// This one is too many.
    pub exceeded: bool,
}

impl Rates {
    fn count(&self, caller: (i64, Option<i64>), most: u32, now: i64) -> Rate {
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let began = now - now.rem_euclid(WINDOW);
        if window.began != began || (window.counts.len() >= MANY && !window.counts.contains_key(&caller)) {
            // Whoever is still there counts from nothing, so nobody need be remembered.
            *window = Window { began, counts: HashMap::new() };
        }
        let count = window.counts.entry(caller).or_default();
        *count = count.saturating_add(1);
        Rate { most, left: most.saturating_sub(*count), resets_in: began + WINDOW - now, exceeded: *count > most }
    }
}

impl App {
    /// Counts a request; `None`: nothing is limited, or nobody is signed in.
    pub fn count_request(&self, actor: &Actor) -> Option<Rate> {
        let most = self.config.tokens.requests;
        let id = actor.id.filter(|_| most > 0)?;
        let token = actor.token.as_ref().map(|bearer| bearer.token.id);
        Some(self.rates.count((id, token), most, self.now().unix()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_begins_anew_and_no_more_callers_are_kept_than_may_be() {
        let rates = Rates::default();
        let rate = |left, resets_in, exceeded| Rate { most: 2, left, resets_in, exceeded };
        assert_eq!(rates.count((1, None), 2, 119), rate(1, 1, false));
        assert_eq!(rates.count((1, None), 2, 119), rate(0, 1, false));
        assert_eq!(rates.count((1, None), 2, 119), rate(0, 1, true));
        assert_eq!(rates.count((1, Some(1)), 2, 119), rate(1, 1, false));
        assert_eq!(rates.count((1, None), 2, 120), rate(1, 60, false));
        for id in 0..250_000 {
            rates.count((id, None), 2, 121);
        }
        assert!(rates.0.lock().unwrap().counts.len() <= MANY);
    }
}

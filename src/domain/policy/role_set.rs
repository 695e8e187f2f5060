//! Sets of roles by their numbers in a graph.

use std::sync::Arc;

/// A bit for each role. Cloning shares the bits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoleSet(Arc<[u64]>);

/// A set that still grows.
#[derive(Debug, Default)]
pub(super) struct Growing(Vec<u64>);

impl Growing {
    /// Whether it was not in yet.
    pub(super) fn insert(&mut self, slot: u32) -> bool {
        let (word, bit) = place(slot);
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        let Some(bits) = self.0.get_mut(word) else { return false };
        let new = *bits & bit == 0;
        *bits |= bit;
        new
    }

    /// Adds all of another set.
    pub(super) fn join(&mut self, other: &RoleSet) {
        if other.0.len() > self.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        self.0.iter_mut().zip(other.0.iter()).for_each(|(own, more)| *own |= more);
    }
}

impl From<Growing> for RoleSet {
    fn from(grown: Growing) -> Self {
        Self(grown.0.into())
    }
}

impl RoleSet {
    pub fn contains(&self, slot: u32) -> bool {
        let (word, bit) = place(slot);
        self.0.get(word).is_some_and(|bits| bits & bit != 0)
    }

    pub fn intersects(&self, other: &Self) -> bool {
        self.0.iter().zip(other.0.iter()).any(|(a, b)| a & b != 0)
    }

    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.0.iter().zip(0u32..).flat_map(|(word, number)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                (rest != 0).then(|| {
                    let bit = rest.trailing_zeros();
                    rest &= rest - 1;
                    number * 64 + bit
                })
            })
        })
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.0.len() * 8 + 16
    }
}

fn place(slot: u32) -> (usize, u64) {
    ((slot / 64) as usize, 1 << (slot % 64))
}

impl FromIterator<u32> for RoleSet {
    fn from_iter<I: IntoIterator<Item = u32>>(slots: I) -> Self {
        let mut set = Growing::default();
        for slot in slots {
            set.insert(slot);
        }
        set.into()
    }
}

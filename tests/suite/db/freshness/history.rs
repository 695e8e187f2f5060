//! What was written and what was answered, and whether every answer can be true.

use std::time::Instant;

/// Something that is so or not, and is changed by one writer.
pub type Key = usize;

/// A change that was answered between these moments took effect somewhere in between.
#[derive(Debug, Clone)]
pub struct Write {
    pub key: Key,
    pub began: Instant,
    pub ended: Instant,
    pub value: bool,
    /// As the answer told it; 0 where it told none.
    pub revision: i64,
}

#[derive(Debug, Clone)]
pub struct Check {
    pub key: Key,
    pub began: Instant,
    pub ended: Instant,
    pub answer: bool,
    /// `None`: the answer told none.
    pub revision: Option<i64>,
}

/// The checks that cannot be true: the answer is neither the last value written before the check began nor one whose
/// writing overlaps it; or its revision is older than one that was answered before the check began.
pub fn violations<'a>(initial: &[bool], writes: &[Write], checks: &'a [Check]) -> Vec<&'a Check> {
    let mut by_key: Vec<Vec<&Write>> = vec![vec![]; initial.len()];
    for write in writes {
        by_key[write.key].push(write);
    }
    by_key.iter_mut().for_each(|of_key| of_key.sort_by_key(|write| write.began));
    let mut ends: Vec<(Instant, i64)> = writes.iter().map(|write| (write.ended, write.revision)).collect();
    ends.sort();
    let mut newest = 0;
    for (_, revision) in &mut ends {
        newest = newest.max(*revision);
        *revision = newest;
    }
    let stale = |check: &&Check| {
        let of_key = &by_key[check.key];
        let before = of_key.partition_point(|write| write.ended < check.began);
        let last = before.checked_sub(1).map_or(initial[check.key], |at| of_key[at].value);
        let overlapping = of_key[before..].iter().take_while(|write| write.began <= check.ended);
        let possible = last == check.answer || overlapping.into_iter().any(|write| write.value == check.answer);
        let answered = ends.partition_point(|(ended, _)| *ended < check.began);
        let least = answered.checked_sub(1).map_or(0, |at| ends[at].1);
        !possible || check.revision.is_some_and(|revision| revision < least)
    };
    checks.iter().filter(stale).collect()
}

#[test]
fn a_stale_answer_is_found_and_a_concurrent_one_is_none() {
    let zero = Instant::now();
    let at = |ms: u64| zero + std::time::Duration::from_millis(ms);
    let write = |began, ended, value, revision| Write { key: 0, began: at(began), ended: at(ended), value, revision };
    let check = |began, ended, answer, revision| Check { key: 0, began: at(began), ended: at(ended), answer, revision };
    let writes = [write(10, 20, true, 1), write(30, 40, false, 2)];
    let found = |check: Check| !violations(&[false], &writes, &[check]).is_empty();
    for (good, why) in [
        (check(0, 5, false, Some(0)), "before"),
        (check(5, 15, false, Some(0)), "during the first write, old"),
        (check(5, 15, true, Some(1)), "during the first write, new"),
        (check(21, 29, true, Some(1)), "between"),
        (check(15, 35, false, Some(2)), "over both"),
        (check(41, 42, false, Some(2)), "after"),
        (check(41, 42, false, None), "after, without a revision"),
    ] {
        assert!(!found(good), "{why}");
    }
    for (bad, why) in [
        (check(21, 29, false, Some(1)), "the old value after the first write"),
        (check(41, 42, true, Some(2)), "the old value after the second write"),
        (check(41, 42, false, Some(1)), "an old revision"),
        (check(0, 5, true, Some(1)), "a value that nobody had begun to write"),
    ] {
        assert!(found(bad), "{why}");
    }
}

use rolecall::{app::hasher::Hasher, domain::Error};
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Instant,
};

#[test]
fn a_hash_verifies_its_password_only_and_no_hash_verifies_none() {
    let hasher = Hasher::start(4);
    let hash = hasher.hash("right".into(), [1; 16]).unwrap();
    assert!(hash.starts_with("$2b$04$"));
    assert!(hasher.verify("right".into(), Some(hash.clone())).unwrap());
    assert!(!hasher.verify("wrong".into(), Some(hash.clone())).unwrap());
    assert!(!hasher.verify("right".into(), None).unwrap());
    assert!(Hasher::start(5).is_outdated(&hash) && !hasher.is_outdated(&hash));
}

#[test]
fn a_flood_is_refused_at_once_instead_of_queueing() {
    let hasher = Hasher::start(10);
    let (busy, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..100 {
            scope.spawn(|| match hasher.verify("x".into(), None) {
                Err(Error::Busy { retry_after }) if retry_after > 0 => busy.fetch_add(1, Ordering::Relaxed),
                Ok(false) => done.fetch_add(1, Ordering::Relaxed),
                other => panic!("{other:?}"),
            });
        }
    });
    assert!(busy.load(Ordering::Relaxed) > 0 && done.load(Ordering::Relaxed) > 0);
    assert!(!hasher.verify("x".into(), None).unwrap(), "it recovers by itself");
}

#[test]
fn a_hash_of_a_lower_cost_takes_as_long_as_one_of_the_present_one() {
    let hasher = Hasher::start(8);
    let old = Hasher::start(5).hash("right".into(), [1; 16]).unwrap();
    let time = |hash: Option<String>| {
        let began = Instant::now();
        assert!(!hasher.verify("wrong".into(), hash).unwrap());
        began.elapsed().as_secs_f64()
    };
    let mut ratios: Vec<f64> = (0..41).map(|_| time(Some(old.clone())) / time(None)).collect();
    ratios.sort_by(f64::total_cmp);
    assert!((0.6..1.7).contains(&ratios[20]), "{}", ratios[20]);
}

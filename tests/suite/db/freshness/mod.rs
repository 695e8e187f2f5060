//! No node ever answers by an old state: many clients ask several server processes while others change rights and
//! sessions through all of them, a node is stopped and goes on, and PostgreSQL restarts. Every answer is recorded and
//! held against the history.

mod history;
mod world;

use history::{Check, Key, Write, violations};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use std::{
    process::Command,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};
use world::{Client, KEYS, World};

/// Clients that only ask; each keeps to its node, so that a stopped node stops only its own.
const ASKERS: usize = 6;
/// Sessions that are begun and ended. Few: signing in is slow on purpose, and limited.
const SESSIONS: usize = 12;
/// Tokens that are made and revoked.
const TOKENS: usize = 30;
/// The test goes on until there are so many answers, writes, ended sessions and revoked tokens, but not for ever.
const ANSWERS: usize = if cfg!(debug_assertions) { 110_000 } else { 300_000 };
const WRITES: usize = 120;
const ENDED: usize = 3;
const LONGEST: Duration = Duration::from_secs(240);

#[derive(Default)]
struct Record {
    writes: Mutex<Vec<Write>>,
    checks: Mutex<Vec<Check>>,
    answers: AtomicUsize,
    refused: AtomicUsize,
    stop: AtomicBool,
    /// The session that is asked for now: its key, and its cookie.
    session: Mutex<Option<(Key, String)>>,
    /// The token that is asked by now: its key, and `Bearer …`.
    token: Mutex<Option<(Key, String)>>,
}

impl Record {
    fn done(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// Turns one right on and off through any node.
fn write_one(world: &World, record: &Record, key: Key) {
    let mut rng = StdRng::seed_from_u64(key as u64);
    let mut clients = world.clients();
    let mut value = world.initial(key);
    while !record.done() {
        let node = rng.random_range(0..clients.len());
        let (began, next) = (Instant::now(), !value);
        match world.turn(&mut clients[node], key, next) {
            Some(revision) => {
                value = next;
                let write = Write { key, began, ended: Instant::now(), value, revision };
                record.writes.lock().unwrap().push(write);
            }
            // Perhaps it was done and only the answer was lost: what there is now tells.
            None => {
                record.refused.fetch_add(1, Ordering::Relaxed);
                let found = world.read_back(&mut clients[node], key);
                if found != value {
                    value = found;
                    let write = Write { key, began, ended: Instant::now(), value, revision: 0 };
                    record.writes.lock().unwrap().push(write);
                }
            }
        }
        thread::sleep(Duration::from_millis(rng.random_range(0..60)));
    }
}

/// Begins a session, lets it be asked for, ends it.
fn write_sessions(world: &World, record: &Record) {
    let mut clients = world.clients();
    for number in 0..SESSIONS {
        if record.done() {
            return;
        }
        let key = KEYS + number;
        let at = number % clients.len();
        let Some((cookie, id)) = world.sign_in(&mut clients[at]) else { continue };
        *record.session.lock().unwrap() = Some((key, cookie));
        thread::sleep(Duration::from_millis(400));
        let (began, node) = (Instant::now(), (number + 1) % clients.len());
        let revision = loop {
            match world.end_session(&mut clients[node], id) {
                Some(revision) => break revision,
                None => thread::sleep(Duration::from_millis(50)),
            }
        };
        record.writes.lock().unwrap().push(Write { key, began, ended: Instant::now(), value: false, revision });
        thread::sleep(Duration::from_millis(400));
    }
}

/// Makes a token, lets it be asked by, revokes it through another node.
fn write_tokens(world: &World, record: &Record) {
    let mut clients = world.clients();
    for number in 0..TOKENS {
        if record.done() {
            return;
        }
        let key = KEYS + SESSIONS + number;
        let at = number % clients.len();
        let Some((bearer, id)) = world.make_token(&mut clients[at]) else { continue };
        *record.token.lock().unwrap() = Some((key, bearer));
        thread::sleep(Duration::from_millis(200));
        let (began, node) = (Instant::now(), (number + 1) % clients.len());
        let revision = loop {
            match world.revoke_token(&mut clients[node], id) {
                Some(revision) => break revision,
                None => thread::sleep(Duration::from_millis(50)),
            }
        };
        record.writes.lock().unwrap().push(Write { key, began, ended: Instant::now(), value: false, revision });
        thread::sleep(Duration::from_millis(200));
    }
}

/// Asks, one by one, many at once, and by the session and the token that come and go.
fn ask(world: &World, record: &Record, number: usize) {
    let mut rng = StdRng::seed_from_u64(1000 + number as u64);
    let mut clients = world.clients();
    let many = clients.len();
    let client: &mut Client = &mut clients[number % many];
    let mut found = vec![];
    while !record.done() {
        let began = Instant::now();
        let asked = match rng.random_range(0..9) {
            which @ (0 | 1) => {
                let by = if which == 0 { &record.session } else { &record.token };
                let Some((key, proof)) = by.lock().unwrap().clone() else { continue };
                let began = Instant::now();
                world.ask_by(client, &proof).map(|answer| vec![(key, answer, None, began)])
            }
            2..5 => {
                let key = rng.random_range(0..KEYS);
                world.ask(client, &[key]).map(|all| all.into_iter().map(|(a, r)| (key, a, Some(r), began)).collect())
            }
            _ => {
                let keys: Vec<Key> = (0..10).map(|_| rng.random_range(0..KEYS)).collect();
                let pair = |((answer, revision), key)| (key, answer, Some(revision), began);
                world.ask(client, &keys).map(|all| all.into_iter().zip(keys).map(pair).collect())
            }
        };
        let ended = Instant::now();
        match asked {
            None => drop(record.refused.fetch_add(1, Ordering::Relaxed)),
            Some(asked) => {
                record.answers.fetch_add(asked.len(), Ordering::Relaxed);
                let check = |(key, answer, revision, began)| Check { key, began, ended, answer, revision };
                found.extend(asked.into_iter().map(check));
            }
        }
    }
    record.checks.lock().unwrap().extend(found);
}

/// What happens meanwhile to the nodes and the database.
fn disturb(world: &World, record: &Record) {
    let began = Instant::now();
    // On a busy machine those who ask are much faster than those who write.
    let enough = |part: usize| {
        let writes = record.writes.lock().unwrap();
        let of = |keys: std::ops::Range<Key>| writes.iter().filter(|write| keys.contains(&write.key)).count();
        let (ended, revoked) = (of(KEYS..KEYS + SESSIONS), of(KEYS + SESSIONS..KEYS + SESSIONS + TOKENS));
        let answers = record.answers.load(Ordering::Relaxed);
        let part_of = |all: usize| all * part / 10;
        (answers >= part_of(ANSWERS) && writes.len() >= part_of(WRITES) && ended.min(revoked) >= part_of(ENDED))
            || began.elapsed() > LONGEST
    };
    let wait = |part: usize| {
        while !enough(part) {
            thread::sleep(Duration::from_millis(50));
        }
    };
    for part in [2, 4] {
        wait(part);
        for (signal, pause) in [("-STOP", 1500), ("-CONT", 0)] {
            let pid = world.pid(part % world.nodes()).to_string();
            assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
            thread::sleep(Duration::from_millis(pause));
        }
    }
    for (part, mode) in [(6, "fast"), (8, "immediate")] {
        wait(part);
        world.restart_database(mode);
    }
    wait(10);
    record.stop.store(true, Ordering::Relaxed);
}

#[test]
fn no_answer_is_older_than_the_last_write_answered_before_it() {
    let (world, record) = (World::new(), Record::default());
    thread::scope(|scope| {
        for key in 0..KEYS {
            let (world, record) = (&world, &record);
            scope.spawn(move || write_one(world, record, key));
        }
        for number in 0..ASKERS {
            let (world, record) = (&world, &record);
            scope.spawn(move || ask(world, record, number));
        }
        scope.spawn(|| write_sessions(&world, &record));
        scope.spawn(|| write_tokens(&world, &record));
        disturb(&world, &record);
    });
    let initial: Vec<bool> = (0..KEYS).map(|key| world.initial(key)).chain([true; SESSIONS + TOKENS]).collect();
    let (writes, checks) = (record.writes.into_inner().unwrap(), record.checks.into_inner().unwrap());
    let stale = violations(&initial, &writes, &checks);
    let of = |keys: std::ops::Range<Key>| writes.iter().filter(|write| keys.contains(&write.key)).count();
    let ended = of(KEYS..KEYS + SESSIONS);
    let revoked = of(KEYS + SESSIONS..KEYS + SESSIONS + TOKENS);
    let figures = format!(
        "{} checks, {} writes ({ended} ended sessions, {revoked} revoked tokens), {} refused, {} nodes, {} stale",
        checks.len(),
        writes.len(),
        record.refused.into_inner(),
        world.nodes(),
        stale.len()
    );
    println!("{figures}");
    assert!(stale.is_empty(), "{figures}; the first: {:?}", stale[0]);
    assert!(checks.len() >= 100_000 && writes.len() > 100 && ended >= ENDED && revoked >= ENDED, "{figures}");
    let late = |check: &Check| check.key >= KEYS + SESSIONS && !check.answer;
    assert!(checks.iter().any(late), "a revoked token was asked by, too");
    for key in 0..KEYS {
        for answer in [false, true] {
            assert!(checks.iter().any(|check| check.key == key && check.answer == answer), "{key} was never {answer}");
        }
    }
}

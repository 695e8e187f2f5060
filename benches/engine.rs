//! How long a decision takes, without database and network: `cargo bench --bench engine` prints a table. Every time
//! stands beside one look into a table of a million numbers, measured in the same run, so that a slow or busy machine slows
//! both. `cargo bench --bench engine -- --short` only shows that it runs.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench prints, and may fail loudly"
)]

use rolecall::domain::{
    Time,
    condition::Attributes,
    permission::Pattern,
    policy::{Graph, Held, Question, Rights},
    role::{PermissionAssignment, RoleInclusion, UserAssignment},
    scope::Scope,
};
use std::{
    collections::HashMap,
    hint::black_box,
    sync::{Arc, LazyLock},
    time::{Duration, Instant},
};

/// How large the company is.
#[derive(Clone, Copy)]
struct Size {
    roles: i64,
    permissions: i64,
    depth: i64,
    users: i64,
    each: i64,
}

const LARGE: Size = Size { roles: 10_000, permissions: 100_000, depth: 10, users: 1_000_000, each: 5 };
/// What the casbin crate can hold: a rule for each permission of a role, a rule for each user's role.
const SMALL: Size = Size { roles: 1_000, permissions: 90_000, depth: 10, users: 10_000, each: 1 };
const SHORT: Size = Size { roles: 200, permissions: 1_000, depth: 5, users: 1_000, each: 5 };

/// A row of numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((self.0 >> 33) % u64::try_from(n).unwrap()).unwrap()
    }
}

/// Read once: reading a date takes longer than deciding.
static AT: LazyLock<Time> = LazyLock::new(|| Time::parse("2026-03-01").unwrap());

fn at() -> Time {
    *AT
}

fn name(permission: i64) -> (String, String) {
    (format!("resource-{}", permission / 10), format!("action-{}", permission % 10))
}

fn grant(id: i64, role_id: i64, (resource, action): (String, String)) -> PermissionAssignment {
    let (valid_from, given_at) = (at(), at());
    PermissionAssignment {
        id,
        role_id,
        resource,
        action,
        valid_from,
        valid_to: None,
        reason: String::new(),
        given_at,
        given_by: None,
        condition: None,
    }
}

fn include(id: i64, senior_id: i64, junior_id: i64) -> RoleInclusion {
    let (valid_from, given_at) = (at(), at());
    RoleInclusion {
        id,
        senior_id,
        junior_id,
        valid_from,
        valid_to: None,
        reason: String::new(),
        given_at,
        given_by: None,
    }
}

/// Each permission belongs to one role; each role but those of the lowest layer includes two of the layer below.
fn rows(size: Size) -> (Vec<PermissionAssignment>, Vec<RoleInclusion>) {
    let mut dice = Dice(7);
    let grants = (0..size.permissions).map(|id| grant(id, id % size.roles, name(id))).collect();
    let layer = size.roles / size.depth;
    let below = |senior: i64, dice: &mut Dice| (senior / layer - 1) * layer + dice.below(layer);
    let inclusions = (layer..size.roles)
        .flat_map(|senior| [senior; 2])
        .enumerate()
        .map(|(id, senior)| include(i64::try_from(id).unwrap(), senior, below(senior, &mut dice)))
        .collect();
    (grants, inclusions)
}

fn users(size: Size, graph: &Graph) -> Vec<Arc<[Held]>> {
    let mut dice = Dice(11);
    let scopes = ["", "project/42", "country/de", "country/fr"];
    let mut assignment = |id: i64, user_id: i64| UserAssignment {
        id,
        user_id,
        role_id: dice.below(size.roles),
        scope: scopes[usize::try_from(dice.below(4)).unwrap()].to_owned(),
        valid_from: at(),
        valid_to: None,
        reason: String::new(),
        given_at: at(),
        given_by: None,
        ended_at: None,
        condition: None,
        planned_to: None,
    };
    (0..size.users)
        .map(|user| (0..size.each).map(|n| graph.hold_now(&assignment(user * size.each + n, user))).collect())
        .collect()
}

/// The median of nine rounds, each of so many calls.
fn time<T>(calls: u32, mut f: impl FnMut(u32) -> T) -> Duration {
    let mut rounds: Vec<Duration> = (0..9)
        .map(|round| {
            let began = Instant::now();
            for call in 0..calls {
                black_box(f(round * calls + call));
            }
            began.elapsed() / calls
        })
        .collect();
    rounds.sort();
    rounds[4]
}

/// One look into a table of a million numbers, at random: what a tick of this machine is.
fn tick() -> Duration {
    let table: HashMap<i64, i64> = (0..1_000_000).map(|n| (n, n)).collect();
    let mut dice = Dice(3);
    time(200_000, |_| table.get(&dice.below(1_000_000)).copied())
}

fn show(what: &str, took: Duration, tick: Duration) {
    println!("| {what} | {} | {:.1} × |", human(took), took.as_secs_f64() / tick.as_secs_f64());
}

fn human(took: Duration) -> String {
    match took.as_nanos() {
        ns if ns < 10_000 => format!("{ns} ns"),
        ns if ns < 10_000_000 => format!("{:.1} µs", ns as f64 / 1e3),
        ns => format!("{:.1} ms", ns as f64 / 1e6),
    }
}

/// Bytes that the process has in memory, as Linux tells.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<u64>().ok()).unwrap_or(0) * 1024
}

fn engine(size: Size, tick: Duration, title: &str) -> (Graph, Vec<Arc<[Held]>>) {
    let (grants, inclusions) = rows(size);
    println!(
        "\n{title}: {} roles, {} permissions, depth {}, {} users with {} roles\n\n| | median | of one table look-up |\n|---|---|---|",
        size.roles, size.permissions, size.depth, size.users, size.each
    );
    let began = Instant::now();
    let graph = Graph::new(&grants, &inclusions);
    show("compile from rows", began.elapsed(), tick);
    let began = Instant::now();
    for role in 0..size.roles {
        black_box(graph.included(role));
    }
    show("all closures", began.elapsed(), tick);
    println!("| memory of the roles | {:.1} MB | |", graph.bytes() as f64 / 1e6);
    let before = resident();
    let held = users(size, &graph);
    let each = resident().saturating_sub(before) / u64::try_from(size.users).unwrap();
    println!("| memory of an active user | {each} B | |");
    let mut dice = Dice(5);
    let scope = Scope::parse("project/42/docs").unwrap();
    let nothing = Attributes::default();
    let questions: Vec<(usize, Pattern)> = (0..4096)
        .map(|number| {
            let user = usize::try_from(dice.below(size.users)).unwrap();
            // Every second question is about something that one of his roles has.
            let role = held[user].first().map_or(0, |held| held.role);
            let of_role: Vec<Pattern> = graph.patterns(role).into_iter().take(20).collect();
            let (resource, action) = name(dice.below(size.permissions));
            let other = Pattern::from_parts(&resource, &action);
            let own = of_role.get(usize::try_from(dice.below(20)).unwrap() % of_role.len().max(1)).cloned();
            (user, if number % 2 == 0 { own.unwrap_or(other) } else { other })
        })
        .collect();
    let allowed = questions.iter().filter(|(user, p)| graph.allows(&held[*user], &ask(p, &scope, &nothing))).count();
    let pick = |call: u32| &questions[call as usize % questions.len()];
    let decided = time(100_000, |call| {
        let (user, permission) = pick(call);
        graph.allows(&held[*user], &ask(permission, &scope, &nothing))
    });
    show(&format!("decide ({} % allowed)", allowed * 100 / questions.len()), decided, tick);
    let explained = time(2_000, |call| {
        let (user, permission) = pick(call);
        graph.decide(&held[*user], &ask(permission, &scope, &nothing))
    });
    show("explain", explained, tick);
    let shared = Arc::new(graph.clone());
    show("what can", time(50, |call| Rights::new(shared.clone(), held[pick(call).0].clone(), at()).list()), tick);
    show("who can: the roles", time(20, |call| graph.roles_with(&pick(call).1)), tick);
    let began = Instant::now();
    let wanted = ask(&questions[0].1, &scope, &nothing);
    black_box(held.iter().filter(|held| graph.allows(held, &wanted)).count());
    show("who can: all users held", began.elapsed(), tick);
    drop(shared);
    changes(&graph, &grants, &inclusions, size, tick);
    (graph, held)
}

fn ask<'a>(permission: &'a Pattern, scope: &'a Scope, attributes: &'a Attributes) -> Question<'a> {
    Question { permission, scope, at: at(), attributes }
}

/// A role that gets one permission more and loses it again, and one that includes another; alone, and while somebody
/// still holds the state before.
fn changes(graph: &Graph, grants: &[PermissionAssignment], inclusions: &[RoleInclusion], size: Size, tick: Duration) {
    let role = size.roles / 2;
    let own: Vec<_> = grants.iter().filter(|row| row.role_id == role).cloned().collect();
    let included: Vec<_> = inclusions.iter().filter(|row| row.senior_id == role).cloned().collect();
    let mut more = own.clone();
    more.push(grant(-1, role, name(1)));
    let mut wider = included.clone();
    wider.push(include(-1, role, 1));
    let mut changed = graph.clone();
    changed.replace(role, &more, &included);
    let turned = |call: u32| call.is_multiple_of(2);
    let mut alone = changed;
    let took = time(200, |call| alone.replace(role, if turned(call) { &own } else { &more }, &included));
    show("apply a permission of a role", took, tick);
    let took = time(200, |call| alone.replace(role, &own, if turned(call) { &wider } else { &included }));
    show("apply an inclusion", took, tick);
    let took = time(50, |call| {
        let mut copy = alone.clone();
        copy.replace(role, if turned(call) { &more } else { &own }, &included);
        copy
    });
    show("apply while the state before is still held", took, tick);
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let short = arguments.iter().any(|argument| argument == "--short");
    // `cargo bench` says so; `cargo test --benches` runs this too, and there is nothing to test in it.
    if !short && !arguments.iter().any(|argument| argument == "--bench") {
        return;
    }
    let tick = tick();
    println!("one look into a table of a million numbers: {}", human(tick));
    if short {
        engine(SHORT, tick, "Short");
        return;
    }
    drop(engine(SMALL, tick, "As many as casbin holds"));
    drop(engine(Size { users: 10_000, ..LARGE }, tick, "Large, few users"));
    drop(engine(LARGE, tick, "Large"));
}

//! How long the decision takes, without database and network. `cargo bench --bench engine`.
#![allow(missing_docs, reason = "criterion's macros make functions without")]

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use rolecall::domain::{
    Time,
    permission::Pattern,
    policy::{Rights, RoleGraph},
    role::{PermissionAssignment, RoleInclusion},
    scope::Scope,
};
use std::{hint::black_box, time::Duration};

/// A small company and a large one.
const SIZES: [i64; 2] = [25, 1000];
/// Patterns that each role has itself.
const OWN: i64 = 6;

fn at() -> Time {
    Time::parse("2026-03-01").unwrap_or_else(|text| unreachable!("{text}"))
}

/// So many roles with their own patterns; each but the first includes the one at half its number, so that the deepest
/// chain is as long as the binary logarithm of the number of roles.
fn rows(roles: i64) -> (Vec<PermissionAssignment>, Vec<RoleInclusion>) {
    let own = (0..roles * OWN).map(|id| PermissionAssignment {
        id,
        role_id: id / OWN,
        resource: format!("resource-{}", id % 97),
        action: format!("action-{}", id % 5),
        valid_from: at(),
        valid_to: None,
        reason: String::new(),
        given_at: at(),
        given_by: None,
    });
    let included = (1..roles).map(|senior| RoleInclusion {
        id: senior,
        senior_id: senior,
        junior_id: senior / 2,
        valid_from: at(),
        valid_to: None,
        reason: String::new(),
        given_at: at(),
        given_by: None,
    });
    (own.collect(), included.collect())
}

fn scope(text: &str) -> Scope {
    Scope::parse(text).unwrap_or_default()
}

fn engine(c: &mut Criterion) {
    let mut group = c.benchmark_group("engine");
    group.sample_size(30).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    for roles in SIZES {
        let (own, included) = rows(roles);
        let graph = RoleGraph::new(&own, &included);
        let deepest = roles - 1;
        let rights = Rights::new(
            &graph,
            [(Scope::root(), deepest), (scope("project/42"), deepest / 3), (scope("country/de"), deepest / 5)],
        );
        let (there, missing) = (Pattern::from_parts("resource-0", "action-0"), Pattern::from_parts("nowhere", "read"));
        let place = scope("project/42/docs");
        group.bench_function(BenchmarkId::new("build the graph", roles), |b| {
            b.iter(|| RoleGraph::new(black_box(&own), black_box(&included)))
        });
        group.bench_function(BenchmarkId::new("patterns of the deepest role", roles), |b| {
            b.iter(|| graph.patterns(black_box(deepest)))
        });
        group.bench_function(BenchmarkId::new("rights of a user with 3 roles", roles), |b| {
            b.iter(|| {
                Rights::new(
                    &graph,
                    black_box([
                        (Scope::root(), deepest),
                        (scope("project/42"), deepest / 3),
                        (scope("country/de"), deepest / 5),
                    ]),
                )
            })
        });
        group.bench_function(BenchmarkId::new("check: allowed", roles), |b| {
            b.iter(|| rights.cover(black_box(&there), black_box(&place)))
        });
        group.bench_function(BenchmarkId::new("check: denied", roles), |b| {
            b.iter(|| rights.cover(black_box(&missing), black_box(&place)))
        });
        group.bench_function(BenchmarkId::new("look for a circle", roles), |b| {
            b.iter(|| graph.circle(black_box(0), black_box(deepest)))
        });
    }
    group.finish();
}

criterion_group!(benches, engine);
criterion_main!(benches);

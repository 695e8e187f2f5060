//! The casbin crate on the company of the bench `engine` that it can hold: 1,000 roles, 10,000 users with one role each,
//! 90,000 permissions of roles, so 100,000 rules. Beside it, as there, one look into a table of a million numbers.

use casbin::{CoreApi, DefaultModel, Enforcer, MemoryAdapter, MgmtApi};
use std::{collections::HashMap, hint::black_box, time::Instant};

const ROLES: usize = 1_000;
const PERMISSIONS: usize = 90_000;
const USERS: usize = 10_000;

const MODEL: &str = "
[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = g(r.sub, p.sub) && r.obj == p.obj && r.act == p.act
";

fn rule(permission: usize) -> Vec<String> {
    let resource = format!("resource-{}", permission / 10);
    vec![format!("role-{}", permission % ROLES), resource, format!("action-{}", permission % 10)]
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> casbin::Result<()> {
    let table: HashMap<u64, u64> = (0..1_000_000).map(|n| (n, n)).collect();
    let (mut seed, began) = (3u64, Instant::now());
    for _ in 0..1_000_000 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        black_box(table.get(&((seed >> 33) % 1_000_000)));
    }
    let tick = began.elapsed().as_secs_f64() / 1e6;
    let model = DefaultModel::from_str(MODEL).await?;
    let mut enforcer = Enforcer::new(model, MemoryAdapter::default()).await?;
    let began = Instant::now();
    enforcer.add_policies((0..PERMISSIONS).map(rule).collect()).await?;
    let users = (0..USERS).map(|user| vec![format!("user-{user}"), format!("role-{}", user % ROLES)]);
    enforcer.add_grouping_policies(users.collect()).await?;
    println!("one look into a table: {:.0} ns", tick * 1e9);
    println!("compile: {:.0} ms", began.elapsed().as_secs_f64() * 1e3);
    for (what, permission) in [("the first rule", 0), ("the middle rule", PERMISSIONS / 2), ("a deny", 1)] {
        // User 0 has role 0, which owns every thousandth permission.
        let [_, object, action] = <[String; 3]>::try_from(rule(permission)).unwrap_or_default();
        let calls = if permission == 0 { 200 } else { 5 };
        let began = Instant::now();
        for _ in 0..calls {
            black_box(enforcer.enforce(("user-0", object.as_str(), action.as_str()))?);
        }
        let took = began.elapsed().as_secs_f64() / f64::from(calls);
        println!("{what}: {:.1} µs, {:.0} × a look-up", took * 1e6, took / tick);
    }
    Ok(())
}

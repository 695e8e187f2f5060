//! Roles and who has them, made in a line.

use super::Site;
use rolecall::{
    app::Actor,
    domain::role::{Assign, NewGrant, RoleDraft},
};

/// Makes a role with these patterns.
pub fn role(site: &Site, name: &str, patterns: &[&str]) -> i64 {
    let operator = Actor::operator();
    let id = site.app.create_role(&operator, &RoleDraft::parse(name, "", "").unwrap()).unwrap().value.id;
    for pattern in patterns {
        site.app.grant(&operator, id, &NewGrant::parse(pattern, "", "").unwrap()).unwrap();
    }
    id
}

/// Gives a user a role, everywhere, from now on.
pub fn give(site: &Site, user: &str, role: i64) -> i64 {
    site.app
        .give_role(&Actor::operator(), &Assign::parse(site.id(user), role, "", "", "", "").unwrap())
        .unwrap()
        .value
        .id
}

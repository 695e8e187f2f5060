//! Constraints: separation of duty and standing rules.

use super::{Conn, Taken as _};
use crate::{
    domain::{
        Error, Result, Time,
        constraint::{Constraint, Rule},
        permission::Pattern,
        text,
    },
    schema::{constraint_roles, constraints},
};
use diesel::prelude::*;
use std::collections::{BTreeSet, HashMap};

#[derive(Queryable, Selectable)]
#[diesel(table_name = constraints)]
struct Row {
    id: i64,
    name: String,
    kind: String,
    n: Option<i64>,
    role_id: Option<i64>,
    required_id: Option<i64>,
    resource: Option<String>,
    action: Option<String>,
}

impl Row {
    fn read(self, roles: BTreeSet<i64>) -> Result<Constraint> {
        let missing = || anyhow::anyhow!("the constraint {} is not whole", self.id);
        let n = || self.n.ok_or_else(missing);
        let role = || self.role_id.ok_or_else(missing);
        let pattern = || match (&self.resource, &self.action) {
            (Some(resource), Some(action)) => Ok(Pattern::from_parts(resource, action)),
            _ => Err(missing()),
        };
        let rule = match self.kind.as_str() {
            "ssd" => Rule::Ssd { roles, n: n()? },
            "dsd" => Rule::Dsd { roles, n: n()? },
            "at_least" => Rule::AtLeast { role: role()?, n: n()? },
            "at_most" => Rule::AtMost { role: role()?, n: n()? },
            "requires" => Rule::Requires { role: role()?, required: self.required_id.ok_or_else(missing)? },
            "never" => Rule::Never { group: role()?, pattern: pattern()? },
            "only_within" => Rule::OnlyWithin { group: role()?, pattern: pattern()? },
            _ => return Err(missing().into()),
        };
        Ok(Constraint { id: self.id, name: self.name, rule })
    }
}

/// All that are in force, by name.
pub fn all(conn: &mut Conn) -> Result<Vec<Constraint>> {
    let rows: Vec<Row> = constraints::table
        .filter(constraints::ended_at.is_null())
        .order((constraints::name_key, constraints::id))
        .select(Row::as_select())
        .load(conn)?;
    let mut sets: HashMap<i64, BTreeSet<i64>> = HashMap::new();
    let members = constraint_roles::table.filter(constraint_roles::valid_to.is_null());
    for (constraint, role) in
        members.select((constraint_roles::constraint_id, constraint_roles::role_id)).load::<(i64, i64)>(conn)?
    {
        sets.entry(constraint).or_default().insert(role);
    }
    rows.into_iter()
        .map(|row| {
            let set = sets.remove(&row.id).unwrap_or_default();
            row.read(set)
        })
        .collect()
}

/// When, by whom and why a constraint was made and ended.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = constraints)]
pub struct Life {
    pub created_at: Time,
    pub created_by: Option<i64>,
    pub reason: String,
    pub ended_at: Option<Time>,
    pub ended_by: Option<i64>,
    pub end_reason: Option<String>,
}

/// The one with this id, ended or not.
pub fn find_ever(conn: &mut Conn, id: i64) -> Result<Option<(Constraint, Life)>> {
    let row: Option<(Row, Life)> =
        constraints::table.find(id).select((Row::as_select(), Life::as_select())).first(conn).optional()?;
    let Some((row, life)) = row else { return Ok(None) };
    let roles = constraint_roles::table
        .filter(constraint_roles::constraint_id.eq(id))
        .filter(constraint_roles::valid_to.is_null())
        .select(constraint_roles::role_id)
        .load(conn)?;
    Ok(Some((row.read(roles.into_iter().collect())?, life)))
}

/// The one with this id, or [`Error::NotFound`].
pub fn get(conn: &mut Conn, id: i64) -> Result<Constraint> {
    all(conn)?.into_iter().find(|constraint| constraint.id == id).ok_or(Error::not_found("constraint"))
}

pub fn insert(
    conn: &mut Conn,
    name: &str,
    rule: &Rule,
    by: Option<i64>,
    reason: &str,
    now: Time,
) -> Result<Constraint> {
    let (mut n, mut role_id, mut required_id, mut pattern) = (None, None, None, None);
    match rule {
        Rule::Ssd { n: number, .. } | Rule::Dsd { n: number, .. } => n = Some(*number),
        Rule::AtLeast { role, n: number } | Rule::AtMost { role, n: number } => {
            (role_id, n) = (Some(*role), Some(*number));
        }
        Rule::Requires { role, required } => (role_id, required_id) = (Some(*role), Some(*required)),
        Rule::Never { group, pattern: of } | Rule::OnlyWithin { group, pattern: of } => {
            (role_id, pattern) = (Some(*group), Some(of));
        }
    }
    let row = (
        (constraints::name.eq(name), constraints::name_key.eq(text::fold(name)), constraints::kind.eq(rule.kind())),
        (constraints::n.eq(n), constraints::role_id.eq(role_id), constraints::required_id.eq(required_id)),
        (
            constraints::resource.eq(pattern.map(Pattern::resource)),
            constraints::action.eq(pattern.map(Pattern::action)),
        ),
        (constraints::reason.eq(reason), constraints::created_at.eq(now), constraints::created_by.eq(by)),
    );
    let id: i64 = diesel::insert_into(constraints::table)
        .values(row)
        .returning(constraints::id)
        .get_result(conn)
        .taken("name", "Another constraint has this name.")?;
    if let Rule::Ssd { roles, .. } | Rule::Dsd { roles, .. } = rule {
        for role in roles {
            add_role(conn, id, *role, now)?;
        }
    }
    get(conn, id)
}

pub fn set_n(conn: &mut Conn, id: i64, n: i64) -> Result<()> {
    diesel::update(constraints::table.find(id)).set(constraints::n.eq(n)).execute(conn)?;
    Ok(())
}

pub fn add_role(conn: &mut Conn, id: i64, role_id: i64, now: Time) -> Result<()> {
    let row = (
        constraint_roles::constraint_id.eq(id),
        constraint_roles::role_id.eq(role_id),
        constraint_roles::valid_from.eq(now),
    );
    diesel::insert_into(constraint_roles::table)
        .values(row)
        .execute(conn)
        .taken("role_id", "The set has this role already.")?;
    Ok(())
}

/// `false`: the set did not have it.
pub fn remove_role(conn: &mut Conn, id: i64, role_id: i64, now: Time) -> Result<bool> {
    let member = constraint_roles::table
        .filter(constraint_roles::constraint_id.eq(id))
        .filter(constraint_roles::role_id.eq(role_id))
        .filter(constraint_roles::valid_to.is_null());
    Ok(diesel::update(member).set(constraint_roles::valid_to.eq(now)).execute(conn)? > 0)
}

pub fn end(conn: &mut Conn, id: i64, by: Option<i64>, reason: &str, now: Time) -> Result<()> {
    diesel::update(constraints::table.find(id))
        .set((constraints::ended_at.eq(now), constraints::ended_by.eq(by), constraints::end_reason.eq(reason)))
        .execute(conn)?;
    Ok(())
}

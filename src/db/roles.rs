//! Roles.

use super::{Conn, MultiBackend, Taken as _, cols, contains, counters, window};
use crate::{
    domain::{
        Error, Result, Time,
        page::{Cursor, ListQuery, Page, Total},
        role::{Role, RoleDraft},
        text,
    },
    schema::roles,
};
use diesel::prelude::*;
use std::collections::HashMap;

const TAKEN: &str = "Another role has this name.";

type Query<'a> = roles::BoxedQuery<'a, MultiBackend>;

fn living<'a>() -> Query<'a> {
    roles::table.filter(roles::deleted_at.is_null()).into_boxed()
}

pub fn find(conn: &mut Conn, id: i64) -> Result<Option<Role>> {
    Ok(living().filter(roles::id.eq(id)).select(Role::as_select()).first(conn).optional()?)
}

/// The role, deleted or not, and when it was deleted.
pub fn find_ever(conn: &mut Conn, id: i64) -> Result<Option<(Role, Option<Time>)>> {
    Ok(roles::table.find(id).select((Role::as_select(), roles::deleted_at)).first(conn).optional()?)
}

/// The living role, or [`Error::NotFound`].
pub fn get(conn: &mut Conn, id: i64) -> Result<Role> {
    find(conn, id)?.ok_or(Error::not_found("role"))
}

pub fn find_by_name(conn: &mut Conn, name: &str) -> Result<Option<Role>> {
    Ok(living().filter(roles::name_key.eq(text::fold(name))).select(Role::as_select()).first(conn).optional()?)
}

pub fn all(conn: &mut Conn) -> Result<Vec<Role>> {
    Ok(living().order((roles::name_key, roles::id)).select(Role::as_select()).load(conn)?)
}

/// The living ones of these roles, by name.
pub fn by_ids(conn: &mut Conn, ids: &[i64]) -> Result<Vec<Role>> {
    let rows = living().filter(roles::id.eq_any(ids.to_vec())).order((roles::name_key, roles::id));
    Ok(rows.select(Role::as_select()).load(conn)?)
}

/// The names of the roles with these ids, deleted ones too.
pub fn names(conn: &mut Conn, ids: &[i64]) -> Result<HashMap<i64, String>> {
    Ok(roles::table
        .filter(roles::id.eq_any(ids.to_vec()))
        .select((roles::id, roles::name))
        .load::<(i64, String)>(conn)?
        .into_iter()
        .collect())
}

pub fn insert(conn: &mut Conn, draft: &RoleDraft, built_in: bool, by: Option<i64>, now: Time) -> Result<Role> {
    let row = (
        (
            roles::name.eq(&draft.name),
            roles::name_key.eq(draft.key()),
            roles::kind.eq(&draft.kind),
            roles::description.eq(&draft.description),
        ),
        (roles::built_in.eq(built_in), roles::created_at.eq(now), roles::created_by.eq(by), roles::updated_at.eq(now)),
    );
    diesel::insert_into(roles::table).values(row).returning(cols::<Role>()).get_result(conn).taken("name", TAKEN)
}

pub fn update(conn: &mut Conn, id: i64, draft: &RoleDraft, now: Time) -> Result<Role> {
    let changes = (
        roles::name.eq(&draft.name),
        roles::name_key.eq(draft.key()),
        roles::kind.eq(&draft.kind),
        roles::description.eq(&draft.description),
        roles::updated_at.eq(now),
    );
    diesel::update(roles::table.find(id)).set(changes).returning(cols::<Role>()).get_result(conn).taken("name", TAKEN)
}

/// The row stays, for history; the name becomes free.
pub fn delete(conn: &mut Conn, id: i64, now: Time) -> Result<()> {
    diesel::update(roles::table.find(id)).set((roles::deleted_at.eq(now), roles::updated_at.eq(now))).execute(conn)?;
    Ok(())
}

/// Takes a deletion back, if the name is still free.
pub fn restore(conn: &mut Conn, id: i64, now: Time) -> Result<Role> {
    diesel::update(roles::table.find(id))
        .set((roles::deleted_at.eq(None::<Time>), roles::updated_at.eq(now)))
        .returning(cols::<Role>())
        .get_result(conn)
        .optional()
        .taken("name", TAKEN)?
        .ok_or(Error::not_found("role"))
}

pub fn count(conn: &mut Conn) -> Result<i64> {
    counters::get(conn, counters::ROLES)
}

fn filtered<'a>(query: &ListQuery) -> Query<'a> {
    let mut list = living();
    for word in text::fold(&query.q).split_whitespace() {
        list = list.filter(roles::name_key.like(contains(word)).escape('\\'));
    }
    match query.filter.as_str() {
        kind @ ("role" | "group") => list.filter(roles::kind.eq(kind.to_owned())),
        _ => list,
    }
}

/// A page of roles, by name; `-name` turns it round. Filters: `role`, `group`.
pub fn list(conn: &mut Conn, query: &ListQuery) -> Result<Page<Role>> {
    list_within(conn, query, None)
}

/// As [`list`], of the roles with these ids only.
pub fn list_within(conn: &mut Conn, query: &ListQuery, ids: Option<&[i64]>) -> Result<Page<Role>> {
    let filtered = |query: &ListQuery| match ids {
        Some(ids) => filtered(query).filter(roles::id.eq_any(ids.to_vec())),
        None => filtered(query),
    };
    let (_, descending) = query.order("Roles", &["name"], "name")?;
    let total = match query.is_narrowed() || ids.is_some() {
        false => Total::Exactly(count(conn)?),
        true => counters::capped(conn, filtered(query).select(roles::id))?,
    };
    let cursor = Cursor::<String>::read(&query.cursor)?;
    let downward = descending != cursor.as_ref().is_some_and(|c| c.backward);
    let rows = window!(filtered(query), downward, cursor.as_ref().map(|c| c.key.clone()), roles::name_key);
    let found = rows.limit(query.limit() + 1).select(Role::as_select()).load(conn)?;
    Ok(Cursor::page(found, total, query.limit(), cursor.as_ref(), |role: &Role| text::fold(&role.name)))
}

/// The first `limit` whose names have all words of `text`; first those that begin with it.
pub fn best(conn: &mut Conn, text: &str, limit: i64) -> Result<Vec<Role>> {
    let key = text::fold(text);
    let begins = contains(&key).trim_start_matches('%').to_owned();
    let first = living().filter(roles::name_key.like(begins.clone()).escape('\\')).order(roles::name_key).limit(limit);
    let mut found: Vec<Role> = first.select(Role::as_select()).load(conn)?;
    let rest = limit - i64::try_from(found.len()).unwrap_or(limit);
    if rest > 0 {
        let query = ListQuery { q: key, ..ListQuery::default() };
        let others =
            filtered(&query).filter(roles::name_key.not_like(begins).escape('\\')).order(roles::name_key).limit(rest);
        found.extend(others.select(Role::as_select()).load(conn)?);
    }
    Ok(found)
}

/// Up to `limit` on each side of `text` in the order of names: what begins alike.
pub fn neighbours(conn: &mut Conn, text: &str, limit: i64) -> Result<Vec<Role>> {
    let key = text::fold(text);
    let before = living().filter(roles::name_key.lt(key.clone())).order(roles::name_key.desc()).limit(limit);
    let mut found: Vec<Role> = before.select(Role::as_select()).load(conn)?;
    let after = living().filter(roles::name_key.ge(key)).order(roles::name_key).limit(limit);
    found.extend(after.select(Role::as_select()).load(conn)?);
    Ok(found)
}

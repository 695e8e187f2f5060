//! Registered permissions.

use super::{Conn, MultiBackend, Taken as _, cols, contains, counters};
use crate::{
    domain::{
        Error, Result, Time,
        page::{Cursor, ListQuery, Page, Total},
        permission::{NewPermission, Permission},
        text,
    },
    schema::permissions,
};
use diesel::prelude::*;

const TAKEN: &str = "This permission is registered already.";

type Query<'a> = permissions::BoxedQuery<'a, MultiBackend>;

fn living<'a>() -> Query<'a> {
    permissions::table.filter(permissions::deleted_at.is_null()).into_boxed()
}

/// The living permission, or [`Error::NotFound`].
pub fn get(conn: &mut Conn, id: i64) -> Result<Permission> {
    let found = living().filter(permissions::id.eq(id)).select(Permission::as_select()).first(conn).optional()?;
    found.ok_or(Error::not_found("permission"))
}

/// By `resource:action`.
pub fn find_by_name(conn: &mut Conn, name: &str) -> Result<Option<Permission>> {
    Ok(living().filter(permissions::name.eq(name.to_owned())).select(Permission::as_select()).first(conn).optional()?)
}

/// Id and name of each.
pub fn names(conn: &mut Conn) -> Result<Vec<(i64, String)>> {
    Ok(living().select((permissions::id, permissions::name)).load(conn)?)
}

/// Those of a resource, by name.
pub fn of_resource(conn: &mut Conn, resource: &str) -> Result<Vec<Permission>> {
    let rows = living().filter(permissions::resource.eq(resource.to_owned())).order(permissions::name);
    Ok(rows.select(Permission::as_select()).load(conn)?)
}

/// Whether a permission of this name was registered at `at`.
pub fn was_registered(conn: &mut Conn, name: &str, at: Time) -> Result<bool> {
    let rows = permissions::table
        .filter(permissions::name.eq(name.to_owned()))
        .filter(permissions::created_at.le(at))
        .filter(permissions::deleted_at.is_null().or(permissions::deleted_at.gt(at)));
    Ok(rows.count().get_result::<i64>(conn)? > 0)
}

/// All, by name.
pub fn all(conn: &mut Conn) -> Result<Vec<Permission>> {
    Ok(living().order(permissions::name).select(Permission::as_select()).load(conn)?)
}

pub fn insert(conn: &mut Conn, new: &NewPermission, built_in: bool, by: Option<i64>, now: Time) -> Result<Permission> {
    let row = (
        (
            permissions::resource.eq(&new.resource),
            permissions::action.eq(&new.action),
            permissions::name.eq(new.name()),
        ),
        (
            permissions::label.eq(&new.label),
            permissions::description.eq(&new.description),
            permissions::built_in.eq(built_in),
        ),
        (permissions::created_at.eq(now), permissions::created_by.eq(by), permissions::updated_at.eq(now)),
    );
    diesel::insert_into(permissions::table)
        .values(row)
        .returning(cols::<Permission>())
        .get_result(conn)
        .taken("name", TAKEN)
}

pub fn describe(conn: &mut Conn, id: i64, label: &str, description: &str, now: Time) -> Result<Permission> {
    let changes =
        (permissions::label.eq(label), permissions::description.eq(description), permissions::updated_at.eq(now));
    Ok(diesel::update(permissions::table.find(id)).set(changes).returning(cols::<Permission>()).get_result(conn)?)
}

/// The row stays, for history; the name becomes free.
pub fn delete(conn: &mut Conn, id: i64, now: Time) -> Result<()> {
    diesel::update(permissions::table.find(id))
        .set((permissions::deleted_at.eq(now), permissions::updated_at.eq(now)))
        .execute(conn)?;
    Ok(())
}

pub fn count(conn: &mut Conn) -> Result<i64> {
    counters::get(conn, counters::PERMISSIONS)
}

fn filtered<'a>(query: &ListQuery) -> Query<'a> {
    let mut list = living();
    for word in text::fold(&query.q).split_whitespace() {
        let word = contains(word);
        list = list
            .filter(permissions::name.like(word.clone()).escape('\\').or(permissions::label.like(word).escape('\\')));
    }
    list
}

/// A page of permissions, by name.
pub fn list(conn: &mut Conn, query: &ListQuery) -> Result<Page<Permission>> {
    let descending = match query.sort.as_str() {
        "" | "name" => false,
        "-name" => true,
        _ => return Err(Error::Malformed("Permissions can be sorted by name.".into())),
    };
    let total = match query.is_narrowed() {
        false => Total::Exactly(count(conn)?),
        true => counters::capped(conn, filtered(query).select(permissions::id))?,
    };
    let cursor = Cursor::<String>::read(&query.cursor)?;
    let downward = descending != cursor.as_ref().is_some_and(|c| c.backward);
    let mut rows = filtered(query);
    if let Some(cursor) = &cursor {
        let key = cursor.key.clone();
        rows = if downward { rows.filter(permissions::name.lt(key)) } else { rows.filter(permissions::name.gt(key)) };
    }
    rows = if downward { rows.order(permissions::name.desc()) } else { rows.order(permissions::name.asc()) };
    let found = rows.limit(query.limit() + 1).select(Permission::as_select()).load(conn)?;
    Ok(Cursor::page(found, total, query.limit(), cursor.as_ref(), |permission: &Permission| permission.name.clone()))
}

/// The first `limit` whose names or labels have all words of `text`; first those that begin with it.
pub fn best(conn: &mut Conn, text: &str, limit: i64) -> Result<Vec<Permission>> {
    let key = text::fold(text);
    let begins = contains(&key).trim_start_matches('%').to_owned();
    let first =
        living().filter(permissions::name.like(begins.clone()).escape('\\')).order(permissions::name).limit(limit);
    let mut found: Vec<Permission> = first.select(Permission::as_select()).load(conn)?;
    let rest = limit - i64::try_from(found.len()).unwrap_or(limit);
    if rest > 0 {
        let query = ListQuery { q: key, ..ListQuery::default() };
        let others = filtered(&query)
            .filter(permissions::name.not_like(begins).escape('\\'))
            .order(permissions::name)
            .limit(rest);
        found.extend(others.select(Permission::as_select()).load(conn)?);
    }
    Ok(found)
}

/// Up to `limit` on each side of `text` in the order of names: what begins alike.
pub fn neighbours(conn: &mut Conn, text: &str, limit: i64) -> Result<Vec<Permission>> {
    let key = text::fold(text);
    let before = living().filter(permissions::name.lt(key.clone())).order(permissions::name.desc()).limit(limit);
    let mut found: Vec<Permission> = before.select(Permission::as_select()).load(conn)?;
    let after = living().filter(permissions::name.ge(key)).order(permissions::name).limit(limit);
    found.extend(after.select(Permission::as_select()).load(conn)?);
    Ok(found)
}

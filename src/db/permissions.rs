//! Registered permissions.

use super::{
    Conn, MultiBackend, Taken as _, cols, contains, counters, raw, raw::Raw, users::by_index, users::phrases, window,
};
use crate::{
    domain::{
        Error, Result, Time,
        page::{COUNTED, Cursor, ListQuery, Page, Total},
        permission::{NewPermission, Pattern, Permission},
        search, text,
    },
    schema::permissions,
};
use diesel::{
    prelude::*,
    sql_types::{BigInt, Bool},
};

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

/// Id and name of each, or of the living ones of some.
pub fn names(conn: &mut Conn, some: Option<&[i64]>) -> Result<Vec<(i64, String)>> {
    let rows = match some {
        Some(ids) => living().filter(permissions::id.eq_any(ids.to_vec())),
        None => living(),
    };
    Ok(rows.select((permissions::id, permissions::name)).load(conn)?)
}

/// Whether a pattern covers any permission.
pub fn has_covered(conn: &mut Conn, pattern: &Pattern) -> Result<bool> {
    let mut rows = living();
    if pattern.resource() != "*" {
        rows = rows.filter(permissions::resource.eq(pattern.resource().to_owned()));
    }
    if pattern.action() != "*" {
        rows = rows.filter(permissions::action.eq(pattern.action().to_owned()));
    }
    Ok(rows.select(permissions::id).first::<i64>(conn).optional()?.is_some())
}

/// The living ones of these, by name.
pub fn by_ids(conn: &mut Conn, ids: &[i64]) -> Result<Vec<Permission>> {
    let rows = living().filter(permissions::id.eq_any(ids.to_vec())).order(permissions::name);
    Ok(rows.select(Permission::as_select()).load(conn)?)
}

/// The names of those with these ids, deleted ones too.
pub fn names_of(conn: &mut Conn, ids: &[i64]) -> Result<Vec<String>> {
    Ok(permissions::table.filter(permissions::id.eq_any(ids.to_vec())).select(permissions::name).load(conn)?)
}

/// A page of the resources that permissions speak of, each with how many it has; `q`: a part of the name.
pub fn resources(conn: &mut Conn, query: &ListQuery) -> Result<Page<(String, i64)>> {
    let some = |rows: Raw<Bool>| {
        let words = text::fold(&query.q);
        words
            .split_whitespace()
            .fold(rows, |rows, word| rows.sql(" AND resource LIKE ").text(contains(word)).sql(" ESCAPE '\\'"))
    };
    let all = Raw::new("SELECT DISTINCT resource FROM permissions WHERE deleted_at IS NULL");
    // By the index of resources; PostgreSQL would read all permissions.
    let total = Total::counted(by_index(conn, |conn| Ok(raw::count(conn, some(all), COUNTED + 1)?))?);
    let cursor = Cursor::<String>::read(&query.cursor)?;
    let backward = cursor.as_ref().is_some_and(|cursor| cursor.backward);
    let mut living = some(Raw::new("permissions.deleted_at IS NULL"));
    if let Some(cursor) = &cursor {
        living = living.sql(if backward { " AND resource < " } else { " AND resource > " }).text(cursor.key.clone());
    }
    let rows = permissions::table
        .filter(living)
        .group_by(permissions::resource)
        .select((permissions::resource, diesel::dsl::count_star()))
        .limit(query.limit() + 1);
    let found = match backward {
        true => rows.order(permissions::resource.desc()).load(conn)?,
        false => rows.order(permissions::resource.asc()).load(conn)?,
    };
    Ok(Cursor::page(found, total, query.limit(), cursor.as_ref(), |(resource, _): &(String, i64)| resource.clone()))
}

/// A page of those of a resource, by name.
pub fn list_of_resource(conn: &mut Conn, resource: &str, query: &ListQuery) -> Result<Page<Permission>> {
    let of_it = || living().filter(permissions::resource.eq(resource.to_owned()));
    let total = counters::capped(conn, of_it().select(permissions::id))?;
    let cursor = Cursor::<String>::read(&query.cursor)?;
    let rows = match &cursor {
        None => of_it().order(permissions::name.asc()),
        Some(at) if at.backward => of_it().filter(permissions::name.lt(at.key.clone())).order(permissions::name.desc()),
        Some(at) => of_it().filter(permissions::name.gt(at.key.clone())).order(permissions::name.asc()),
    };
    let found = rows.limit(query.limit() + 1).select(Permission::as_select()).load(conn)?;
    Ok(Cursor::page(found, total, query.limit(), cursor.as_ref(), |permission: &Permission| permission.name.clone()))
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
            permissions::search_key.eq(search_key(&new.name(), &new.label)),
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
    let name: String = permissions::table.find(id).select(permissions::name).first(conn)?;
    let changes = (
        permissions::label.eq(label),
        permissions::search_key.eq(search_key(&name, label)),
        permissions::description.eq(description),
        permissions::updated_at.eq(now),
    );
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

/// The name, its action by itself, and the label.
fn search_key(name: &str, label: &str) -> String {
    search::key(&[name, name.rsplit(':').next().unwrap_or_default(), label])
}

/// The ids of those in which all needles stand, by the index of three letters.
fn by_words(needles: &[String], postgres: bool) -> Raw<BigInt> {
    if postgres {
        let rows = Raw::new("SELECT f.id FROM permissions f WHERE f.deleted_at IS NULL");
        return needles.iter().fold(rows, |rows, needle| rows.sql(" AND f.search_key LIKE ").text(contains(needle)));
    }
    Raw::new("SELECT rowid FROM permissions_search WHERE permissions_search MATCH ").text(phrases(needles))
}

/// So many are found by the index and sorted; with more, a page is soon full by walking along the names.
const FEW: i64 = 5000;

/// Those in which the words stand, and how many they are.
fn searched<'a>(conn: &mut Conn, query: &ListQuery) -> Result<(Query<'a>, Total)> {
    let needles = search::needles(&query.q);
    if needles.is_empty() {
        return Ok((living(), Total::Exactly(count(conn)?)));
    }
    let postgres = matches!(conn, Conn::Pg(_));
    let n = raw::count(conn, by_words(&needles, postgres), COUNTED + 1)?;
    let rows = if n <= FEW {
        living().filter(Raw::<Bool>::new("permissions.id IN (").then(by_words(&needles, postgres)).sql(")"))
    } else {
        needles.iter().fold(living(), |rows, needle| {
            rows.filter(
                Raw::<Bool>::new("permissions.search_key || '' LIKE ").text(contains(needle)).sql(" ESCAPE '\\'"),
            )
        })
    };
    Ok((rows, Total::counted(n)))
}

/// At most `limit`: first the one with just this name, then those in which the words are beginnings, then those in which they
/// stand anywhere.
pub fn best(conn: &mut Conn, typed: &str, limit: i64) -> Result<Vec<Permission>> {
    let postgres = matches!(conn, Conn::Pg(_));
    if typed.trim().is_empty() {
        let first = living().order(permissions::name).limit(limit);
        return Ok(first.select(Permission::as_select()).load(conn)?);
    }
    let mut found: Vec<Permission> = find_by_name(conn, &text::fold(typed))?.into_iter().collect();
    for needles in [search::beginnings(typed), search::needles(typed)] {
        if needles.is_empty() || i64::try_from(found.len()).is_ok_and(|n| n >= limit) {
            break;
        }
        let ids = by_words(&needles, postgres).sql(" LIMIT ").number(limit);
        let rows = living().filter(Raw::<Bool>::new("permissions.id IN (").then(ids).sql(")"));
        for permission in rows.order(permissions::name).limit(limit).select(Permission::as_select()).load(conn)? {
            if found.iter().all(|known| known.id != permission.id) {
                found.push(permission);
            }
        }
    }
    found.truncate(usize::try_from(limit).unwrap_or(0));
    Ok(found)
}

/// A page of permissions, by name.
pub fn list(conn: &mut Conn, query: &ListQuery) -> Result<Page<Permission>> {
    let (_, descending) = query.order("Permissions", &["name"], "name")?;
    let cursor = Cursor::<String>::read(&query.cursor)?;
    let downward = descending != cursor.as_ref().is_some_and(|c| c.backward);
    let (rows, total) = searched(conn, query)?;
    let rows = window!(rows, downward, cursor.as_ref().map(|c| c.key.clone()), permissions::name);
    let found = rows.limit(query.limit() + 1).select(Permission::as_select()).load(conn)?;
    Ok(Cursor::page(found, total, query.limit(), cursor.as_ref(), |permission: &Permission| permission.name.clone()))
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

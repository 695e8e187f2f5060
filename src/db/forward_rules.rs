//! The rules of forward-auth.

use super::{Conn, Taken as _};
use crate::{
    domain::{
        Error, Result, Time,
        forward::{ForwardRule, Wanted},
        permission::Pattern,
        scope::Scope,
        text,
    },
    schema::forward_rules,
};
use diesel::prelude::*;

const TAKEN: &str = "Another rule is for just these requests.";

#[derive(Queryable, Selectable)]
#[diesel(table_name = forward_rules)]
struct Row {
    id: i64,
    host: String,
    path: String,
    methods: String,
    permission: String,
    scope: String,
    note: String,
    created_at: Time,
    created_by: Option<i64>,
    changed_at: Time,
    changed_by: Option<i64>,
}

impl From<Row> for ForwardRule {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            host: row.host,
            path: row.path,
            methods: row.methods.split(',').filter(|method| !method.is_empty()).map(str::to_owned).collect(),
            permission: row.permission.split_once(':').map(|(resource, action)| Pattern::from_parts(resource, action)),
            scope: Scope::from_stored(&row.scope),
            note: row.note,
            created_at: row.created_at,
            created_by: row.created_by,
            changed_at: row.changed_at,
            changed_by: row.changed_by,
        }
    }
}

/// All.
pub fn all(conn: &mut Conn) -> Result<Vec<ForwardRule>> {
    let rows: Vec<Row> = forward_rules::table.select(Row::as_select()).load(conn)?;
    Ok(rows.into_iter().map(ForwardRule::from).collect())
}

/// The one with this id, or [`Error::NotFound`].
pub fn get(conn: &mut Conn, id: i64) -> Result<ForwardRule> {
    let row: Option<Row> = forward_rules::table.find(id).select(Row::as_select()).first(conn).optional()?;
    row.map(ForwardRule::from).ok_or(Error::not_found("rule"))
}

type Values = (
    (diesel::dsl::Eq<forward_rules::host, String>, diesel::dsl::Eq<forward_rules::path, String>),
    (diesel::dsl::Eq<forward_rules::path_key, String>, diesel::dsl::Eq<forward_rules::methods, String>),
    (diesel::dsl::Eq<forward_rules::permission, String>, diesel::dsl::Eq<forward_rules::scope, String>),
    (
        diesel::dsl::Eq<forward_rules::note, String>,
        diesel::dsl::Eq<forward_rules::changed_at, Time>,
        diesel::dsl::Eq<forward_rules::changed_by, Option<i64>>,
    ),
);

fn values(wanted: &Wanted, by: Option<i64>, now: Time) -> Values {
    let methods = wanted.methods.iter().map(String::as_str).collect::<Vec<_>>().join(",");
    let permission = wanted.permission.as_ref().map(ToString::to_string).unwrap_or_default();
    (
        (forward_rules::host.eq(wanted.host.clone()), forward_rules::path.eq(wanted.path.clone())),
        (forward_rules::path_key.eq(text::fold(&wanted.path)), forward_rules::methods.eq(methods)),
        (forward_rules::permission.eq(permission), forward_rules::scope.eq(wanted.scope.as_str().to_owned())),
        (
            forward_rules::note.eq(wanted.note.clone()),
            forward_rules::changed_at.eq(now),
            forward_rules::changed_by.eq(by),
        ),
    )
}

pub fn insert(conn: &mut Conn, wanted: &Wanted, by: Option<i64>, now: Time) -> Result<ForwardRule> {
    let made = (forward_rules::created_at.eq(now), forward_rules::created_by.eq(by));
    let id: i64 = diesel::insert_into(forward_rules::table)
        .values((values(wanted, by, now), made))
        .returning(forward_rules::id)
        .get_result(conn)
        .taken("path", TAKEN)?;
    get(conn, id)
}

pub fn update(conn: &mut Conn, id: i64, wanted: &Wanted, by: Option<i64>, now: Time) -> Result<ForwardRule> {
    diesel::update(forward_rules::table.find(id)).set(values(wanted, by, now)).execute(conn).taken("path", TAKEN)?;
    get(conn, id)
}

pub fn delete(conn: &mut Conn, id: i64) -> Result<()> {
    diesel::delete(forward_rules::table.find(id)).execute(conn)?;
    Ok(())
}

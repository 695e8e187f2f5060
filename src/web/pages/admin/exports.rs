//! What a list shows, as a table to download: all its pages, read one after the other while they are sent.

use super::{access::ending::Within, timelines::Dates};
use crate::{
    app::{
        Actor, App,
        list_export::Listed,
        permissions::PermissionRow,
        role_members::RoleMember,
        roles::RoleRow,
        session_list::SessionRow,
        timelines::Stretch,
        users::{AssignmentView, UserRow},
    },
    domain::{
        Error, Result as DomainResult, Time, csv,
        job::Job,
        page::{ListQuery, PART, Page},
    },
    web::{
        download,
        error::PageError,
        extract::{ListParams, SignedIn, Visitor},
    },
};
use actix_web::{
    HttpResponse,
    web::{Path, Query},
};

/// Sends a list under this name. `page` gives a page of it, `line` what one of its rows becomes.
async fn send<T: Send + 'static>(
    visitor: &Visitor,
    name: &str,
    columns: &'static str,
    (listed, params): (Listed, &ListParams),
    page: impl Fn(&App, &Actor, &ListQuery) -> DomainResult<Page<T>> + Send + 'static,
    line: impl Fn(T, Time) -> String + Send + 'static,
) -> Result<HttpResponse, PageError> {
    let mut query = ListQuery { cursor: String::new(), limit: Some(PART), ..params.query()? };
    // The first page is read before anything is sent, so that a wrong question is answered as the list answers it.
    let asked = query.clone();
    let (first, page) = visitor
        .run(move |app, actor| {
            let first = page(app, actor, &asked)?;
            app.begin_list_export(actor, listed, &asked)?;
            Ok((first, page))
        })
        .await?;
    let (app, actor, mut ahead) = (visitor.app.clone(), visitor.actor.clone(), Some(first));
    let name = format!("{name}-{}.csv", app.now().format("%Y-%m-%d"));
    Ok(download::table(&name, columns, move || {
        let rows = match ahead.take() {
            Some(first) => first,
            None if query.cursor.is_empty() => return Ok(vec![]),
            None => page(&app, &actor, &query)?,
        };
        query.cursor = rows.next.unwrap_or_default();
        let now = app.now();
        Ok(rows.items.into_iter().map(|row| line(row, now)).collect())
    }))
}

/// The columns of [`user`].
pub const USER: &str = "id,username,email,first_name,last_name,status,second_factors,roles,created_at,last_sign_in_at";

/// A user in a table.
pub fn user(UserRow { user, factors, roles }: UserRow, now: Time) -> String {
    let roles: Vec<String> = roles.into_iter().map(|(_, name)| name).collect();
    let (id, status, created) = (user.id.to_string(), user.status(now).to_owned(), user.created_at.rfc3339());
    let who = [id, user.username, user.email, user.first_name, user.last_name];
    csv::row(who.into_iter().chain([
        status,
        factors.join(" "),
        roles.join("; "),
        created,
        moment(user.last_sign_in_at),
    ]))
}

fn moment(at: Option<Time>) -> String {
    at.map(Time::rfc3339).unwrap_or_default()
}

pub async fn users(visitor: SignedIn, Query(params): Query<ListParams>) -> Result<HttpResponse, PageError> {
    let role = match params.role.trim() {
        "" => None,
        text => Some(text.parse::<i64>().map_err(|_| Error::not_found("role"))?),
    };
    let page = move |app: &App, actor: &Actor, query: &ListQuery| app.users(actor, query, role);
    send(&visitor, "users", USER, (Listed::Users(role), &params), page, user).await
}

pub async fn roles(visitor: SignedIn, Query(params): Query<ListParams>) -> Result<HttpResponse, PageError> {
    let line = |RoleRow { role, members, all_members, own, all, includes }: RoleRow, _| {
        let numbers = [members.to_string(), all_members.to_string(), own.to_string(), all.to_string()];
        let what = [role.id.to_string(), role.name, role.kind, role.description];
        csv::row(what.into_iter().chain(numbers).chain([includes.join("; "), role.created_at.rfc3339()]))
    };
    let columns = "id,name,kind,description,members,all_members,own_permissions,all_permissions,includes,created_at";
    send(&visitor, "roles", columns, (Listed::Roles, &params), App::roles, line).await
}

pub async fn permissions(visitor: SignedIn, Query(params): Query<ListParams>) -> Result<HttpResponse, PageError> {
    let line = |PermissionRow { permission, roles, people, last_used_at }: PermissionRow, _| {
        let what = [permission.id.to_string(), permission.name, permission.label, permission.description];
        let reach = [roles.to_string(), people.to_string(), moment(last_used_at)];
        csv::row(what.into_iter().chain(reach).chain([permission.created_at.rfc3339()]))
    };
    let columns = "id,name,label,description,roles,people,last_used_at,created_at";
    let holders = visitor.run(App::first_holders).await?;
    let page = move |app: &App, actor: &Actor, query: &ListQuery| app.permissions_by(actor, query, &holders);
    send(&visitor, "permissions", columns, (Listed::Permissions, &params), page, line).await
}

/// A line for each assignment by which somebody has the role.
pub async fn members(
    visitor: SignedIn,
    id: Path<i64>,
    Query(params): Query<ListParams>,
) -> Result<HttpResponse, PageError> {
    let id = *id;
    let page = move |app: &App, actor: &Actor, query: &ListQuery| app.role_members(actor, id, query);
    let line = |RoleMember { user, held }: RoleMember, _| {
        let lines = held.into_iter().map(|held| {
            let (name, row) = (user.name(), held.row);
            let who = [user.id.to_string(), user.username.clone(), user.email.clone(), name, held.role_name];
            let when = [row.valid_from.rfc3339(), moment(row.valid_to)];
            let condition = row.condition.unwrap_or_default();
            let given = [held.giver, row.given_at.rfc3339(), row.reason];
            csv::row(who.into_iter().chain([row.scope, condition]).chain(when).chain(given))
        });
        lines.collect()
    };
    let columns = "user_id,username,email,name,role,scope,condition,valid_from,valid_to,given_by,given_at,reason";
    send(&visitor, &format!("role-{id}-members"), columns, (Listed::Members(id), &params), page, line).await
}

/// What ends within the days that the address says.
pub async fn ending(
    visitor: SignedIn,
    Query(within): Query<Within>,
    Query(params): Query<ListParams>,
) -> Result<HttpResponse, PageError> {
    let days = within.days().map_err(Error::Invalid)?;
    let page = move |app: &App, actor: &Actor, query: &ListQuery| app.ending(actor, days * 24 * 3600, query);
    let line = |held: AssignmentView, _| {
        let row = held.row;
        let who = [moment(row.valid_to), row.user_id.to_string(), held.user_name, held.role_name, row.scope];
        csv::row(who.into_iter().chain([row.condition.unwrap_or_default(), held.giver, row.reason]))
    };
    let columns = "valid_to,user_id,username,role,scope,condition,given_by,reason";
    send(&visitor, "ending", columns, (Listed::Ending(days), &params), page, line).await
}

/// The columns of [`stretch`].
const TIMELINE: &str = "kind,user_id,user,role_id,role,included_role_id,included_role,permission,scope,condition,from,to,given_by,given_at,reason,ended_by,ended_at,end_reason";

/// An interval of a time line in a table.
fn stretch(one: Stretch, _: Time) -> String {
    let (interval, id) = (one.interval, |id: Option<i64>| id.map(|id| id.to_string()).unwrap_or_default());
    let (user, role, junior) = (id(interval.user_id), id(interval.role_id), id(interval.junior_id));
    let who = [interval.kind.as_str().to_owned(), user, one.user, role, one.role, junior, one.junior];
    let what = [interval.pattern, interval.scope, interval.condition.unwrap_or_default()];
    let given = [one.given_by, interval.given.at.rfc3339(), interval.given.reason];
    let (at, reason) = interval.ended.map_or_else(Default::default, |end| (end.at.rfc3339(), end.reason));
    let when = [interval.from.rfc3339(), moment(interval.to)];
    csv::row(who.into_iter().chain(what).chain(when).chain(given).chain([one.ended_by, at, reason]))
}

/// Of a user, between the dates that the address says.
pub async fn user_timeline(
    visitor: SignedIn,
    id: Path<i64>,
    Query(dates): Query<Dates>,
    Query(params): Query<ListParams>,
) -> Result<HttpResponse, PageError> {
    let (id, range) = (*id, dates.range(visitor.app.now())?);
    let page =
        move |app: &App, actor: &Actor, query: &ListQuery| Ok(app.user_timeline(actor, id, range, query)?.1.rows);
    send(&visitor, &format!("user-{id}-timeline"), TIMELINE, (Listed::UserTimeline(id), &params), page, stretch).await
}

/// Of a role, likewise.
pub async fn role_timeline(
    visitor: SignedIn,
    id: Path<i64>,
    Query(dates): Query<Dates>,
    Query(params): Query<ListParams>,
) -> Result<HttpResponse, PageError> {
    let (id, range) = (*id, dates.range(visitor.app.now())?);
    let page =
        move |app: &App, actor: &Actor, query: &ListQuery| Ok(app.role_timeline(actor, id, range, query)?.1.rows);
    send(&visitor, &format!("role-{id}-timeline"), TIMELINE, (Listed::RoleTimeline(id), &params), page, stretch).await
}

pub async fn jobs(visitor: SignedIn, Query(params): Query<ListParams>) -> Result<HttpResponse, PageError> {
    let line = |job: Job, now: Time| {
        let what = [job.id.to_string(), job.kind.clone(), job.title.clone(), job.status(now).to_owned()];
        let far = [job.done.to_string(), job.total.map(|total| total.to_string()).unwrap_or_default()];
        let when = [job.begun_by.to_string(), job.created_at.rfc3339(), moment(job.finished_at)];
        csv::row(what.into_iter().chain(far).chain(when))
    };
    let columns = "id,kind,title,status,done,total,begun_by_id,begun_at,ended_at";
    send(&visitor, "jobs", columns, (Listed::Jobs, &params), App::jobs, line).await
}

pub async fn sessions(visitor: SignedIn, Query(params): Query<ListParams>) -> Result<HttpResponse, PageError> {
    let line = |SessionRow { session, username }: SessionRow, _| {
        let times = [session.created_at, session.last_seen_at, session.expires_at].map(Time::rfc3339);
        let device = session.device();
        let who = [session.id.to_string(), session.user_id.to_string(), username, device, session.ip];
        let restricted = session.restricted.to_string();
        csv::row(who.into_iter().chain(times).chain([session.factors, restricted]))
    };
    let columns = "id,user_id,username,device,ip,signed_in_at,last_seen_at,expires_at,factors,restricted";
    send(&visitor, "sessions", columns, (Listed::Sessions, &params), App::session_list, line).await
}

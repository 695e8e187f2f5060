//! What a list shows, as a table to download: all its pages, read one after the other while they are sent.

use super::timelines::Dates;
use crate::{
    app::{
        Actor, App, bulk::RowView, forward_rules::RuleRow, list_export::Listed, permissions::PermissionRow,
        role_members::RoleMember, roles::RoleRow, session_list::SessionRow, timelines::Stretch, users::UserRow,
        violations::Finding,
    },
    domain::{
        Error, Result as DomainResult, Time, csv,
        job::Job,
        mail::Mail,
        page::{ListQuery, PART, Page},
    },
    web::{
        download,
        error::PageError,
        extract::{ListParams, SignedIn, Visitor},
        pages::words::rule,
    },
};
use actix_web::{
    HttpResponse,
    web::{Path, Query},
};

/// Sends a list under this name. `page` gives a page of it, `line` what one of its rows becomes.
pub(super) async fn send<T: Send + 'static>(
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

pub(super) fn moment(at: Option<Time>) -> String {
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

/// What came of each user of a job.
pub async fn job_rows(
    visitor: SignedIn,
    id: Path<i64>,
    Query(params): Query<ListParams>,
) -> Result<HttpResponse, PageError> {
    let id = *id;
    let page = move |app: &App, actor: &Actor, query: &ListQuery| app.job_rows(actor, id, query);
    let line = |row: RowView, _| csv::row([row.user_id.to_string(), row.username, row.outcome, row.why]);
    let listed = (Listed::JobRows(id), &params);
    send(&visitor, &format!("job-{id}"), "user_id,username,result,why", listed, page, line).await
}

pub async fn mails(visitor: SignedIn, Query(params): Query<ListParams>) -> Result<HttpResponse, PageError> {
    let line = |mail: Mail, _| {
        let to = mail.user_id.map(|id| id.to_string()).unwrap_or_default();
        let what = [mail.id.to_string(), mail.kind, mail.subject, to, mail.to_name, mail.to_address];
        let when = [mail.created_at.rfc3339(), moment(mail.sent_at), moment(mail.failed_at)];
        let error = mail.last_error.unwrap_or_default();
        csv::row(what.into_iter().chain(when).chain([mail.tries.to_string(), error]))
    };
    let columns = "id,kind,subject,user_id,to_name,to_address,written_at,sent_at,failed_at,tries,error";
    send(&visitor, "mails", columns, (Listed::Mails, &params), App::mails, line).await
}

pub async fn constraints(visitor: SignedIn, Query(params): Query<ListParams>) -> Result<HttpResponse, PageError> {
    let page = |app: &App, actor: &Actor, query: &ListQuery| {
        let found = app.constraint_list(actor, query)?;
        let roles = found.roles;
        Ok(found.page.map(|one| {
            let told = rule::sentence(&one.constraint.rule, &roles).into_iter().map(|part| part.text).collect();
            (one, told)
        }))
    };
    let line = |(one, told): (Finding, String), _| {
        let state = if one.is_broken() { "broken" } else { "holds" };
        let what = [one.constraint.id.to_string(), one.constraint.name.clone(), one.constraint.rule.kind().to_owned()];
        let who = one.users.iter().map(|user| user.name.as_str()).collect::<Vec<_>>().join("; ");
        csv::row(what.into_iter().chain([told, state.to_owned(), one.count.to_string(), who]))
    };
    let columns = "id,name,kind,what_must_hold,state,broken_by,the_first_of_them";
    send(&visitor, "constraints", columns, (Listed::Constraints, &params), page, line).await
}

/// The rules of forward-auth.
pub async fn forward_rules(visitor: SignedIn, Query(params): Query<ListParams>) -> Result<HttpResponse, PageError> {
    let line = |RuleRow { rule, registered }: RuleRow, _| {
        let (methods, permission) = (rule.methods_text(), rule.permission_name());
        let what = [rule.id.to_string(), rule.host, rule.path, methods, permission, registered.to_string()];
        let scope = rule.scope.as_str().to_owned();
        csv::row(what.into_iter().chain([scope, rule.note, rule.created_at.rfc3339(), rule.changed_at.rfc3339()]))
    };
    let columns = "id,host,path,methods,permission,permission_registered,scope,note,created_at,changed_at";
    send(&visitor, "forward-auth", columns, (Listed::ForwardRules, &params), App::forward_rules, line).await
}

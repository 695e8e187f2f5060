//! One act on many users: chosen by ticks in the list, by a search, or as the members of a role; looked at, then done.
//!
//! `/admin/users/bulk` takes the choice (`id=…` for each, `ids=1,2`, `all=1` with `q`, `filter` and `role`, `members={role}`,
//! `retry={job}`) and the act. `/admin/roles/{id}/members/take` is the same page for taking that role: from all members with
//! `all=1`, or from `users=bob,eve` by their usernames or addresses.

use super::exports;
use crate::{
    app::{Actor, App, bulk::BulkPreview, list_export::Listed},
    domain::{
        Error, FieldErrors, Result as DomainResult,
        bulk::{AT_ONCE, BulkDraft, Filter, Mode, Selection},
        job::{Job, Outcome},
        page::ListQuery,
        permission::{ROLES_READ, SESSIONS_WRITE, USERS_WRITE},
        text::thousands,
    },
    web::{
        download,
        error::PageError,
        extract::{Form, Query, SignedIn, Visitor},
        pages::{Page, field_errors},
    },
};
use actix_web::{HttpResponse, http::StatusCode, web::Path};
use askama::Template;
use serde::Deserialize;
use std::sync::Arc;

/// The acts, as they are offered.
const ACTS: [(&str, &str); 8] = [
    ("give_role", "Give a role"),
    ("take_role", "Take a role"),
    ("disable", "Disable"),
    ("enable", "Enable"),
    ("end_sessions", "End sessions"),
    ("require_second_factor", "Require a second factor"),
    ("waive_second_factor", "Require no second factor"),
    ("send_reset", "Send a link for a new password"),
];

/// Those of the acts that the actor may do to somebody.
pub fn acts(actor: &Actor) -> Vec<(&'static str, &'static str)> {
    let may = |act: &str| match act {
        "give_role" | "take_role" => actor.may_give_somewhere(),
        "end_sessions" => actor.can(SESSIONS_WRITE),
        _ => actor.can(USERS_WRITE),
    };
    ACTS.into_iter().filter(|(act, _)| may(act)).chain([(EXPORT, "Download as CSV")]).collect()
}

/// Not an act on users, but done with those who are chosen like one.
const EXPORT: &str = "export";
/// Users of the table that are read at a time.
const PART: usize = 500;

/// What is chosen, what is to be done, and how.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct BulkForm {
    ids: String,
    all: String,
    q: String,
    filter: String,
    role: String,
    members: String,
    retry: String,
    act: String,
    role_id: String,
    /// The role by its name, as it is typed.
    role_name: String,
    scope: String,
    valid_from: String,
    valid_to: String,
    due_at: String,
    reason: String,
    /// A box: not sent when it is empty.
    tell: String,
    mode: String,
    seen: String,
}

fn number(text: &str, kind: &'static str) -> DomainResult<i64> {
    text.trim().parse().map_err(|_| Error::not_found(kind))
}

impl BulkForm {
    fn selection(&self) -> DomainResult<Selection> {
        if !self.retry.is_empty() {
            return Ok(Selection::RefusedBy(number(&self.retry, "job")?));
        }
        if !self.members.is_empty() {
            return Ok(Selection::Members(number(&self.members, "role")?));
        }
        if !self.all.is_empty() {
            let role = if self.role.is_empty() { None } else { Some(number(&self.role, "role")?) };
            let query = Filter { q: self.q.clone(), filter: self.filter.clone() };
            return Ok(Selection::Matching { query, role });
        }
        let ids = self.ids.split(',').filter(|id| !id.is_empty()).map(|id| number(id, "user"));
        Ok(Selection::Ids(ids.collect::<DomainResult<_>>()?))
    }

    fn draft(&self) -> BulkDraft {
        BulkDraft {
            act: self.act.clone(),
            role_id: self.role_id.clone(),
            scope: self.scope.clone(),
            valid_from: self.valid_from.clone(),
            valid_to: self.valid_to.clone(),
            condition: String::new(),
            due_at: self.due_at.clone(),
            reason: self.reason.clone(),
            tell: !self.tell.is_empty(),
        }
    }

    /// Whether the act is about a role.
    fn has_role(&self) -> bool {
        matches!(self.act.as_str(), "give_role" | "take_role")
    }

    /// Finds the role by its name, or the name by the id. A list that is narrowed to a role is about taking just that.
    fn find_role(&mut self, app: &App, actor: &Actor) -> DomainResult<()> {
        if !self.has_role() {
            return Ok(());
        }
        if !self.role_name.trim().is_empty() {
            self.role_id = app.role_named(actor, "role_name", &self.role_name)?.id.to_string();
        } else if self.role_id.is_empty() && self.act == "take_role" {
            self.role_id.clone_from(&self.role);
        }
        if self.role_name.is_empty() && !self.role_id.is_empty() && actor.can(ROLES_READ) {
            self.role_name = app.role_name(actor, number(&self.role_id, "role")?)?;
        }
        Ok(())
    }

    /// What the confirming form carries along: which users, and what is done.
    fn carried(&self) -> Vec<(&'static str, &str)> {
        let mut all = self.choice();
        all.extend([
            ("act", self.act.as_str()),
            ("role_id", &self.role_id),
            ("scope", &self.scope),
            ("valid_from", &self.valid_from),
            ("valid_to", &self.valid_to),
            ("due_at", &self.due_at),
        ]);
        all.retain(|(_, value)| !value.is_empty());
        all
    }

    /// Which users.
    fn choice(&self) -> Vec<(&'static str, &str)> {
        let mut all = vec![
            ("ids", self.ids.as_str()),
            ("all", &self.all),
            ("q", &self.q),
            ("filter", &self.filter),
            ("role", &self.role),
            ("members", &self.members),
            ("retry", &self.retry),
        ];
        all.retain(|(_, value)| !value.is_empty());
        all
    }

    /// Where the choice was made.
    fn back(&self) -> String {
        if !self.retry.is_empty() {
            return format!("/admin/jobs/{}", self.retry);
        }
        if !self.members.is_empty() {
            return format!("/admin/roles/{}", self.members);
        }
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in [("q", &self.q), ("filter", &self.filter), ("role", &self.role)] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        match query.finish() {
            query if query.is_empty() => "/admin/users".to_owned(),
            query => format!("/admin/users?{query}"),
        }
    }
}

#[derive(Template)]
#[template(path = "admin/users/bulk.html")]
struct BulkPage {
    page: Page,
    form: BulkForm,
    /// `None`: the act is not said whole yet, or cannot be done at all.
    found: Option<BulkPreview>,
    errors: FieldErrors,
}

impl BulkPage {
    fn heading(&self) -> String {
        if let Some(found) = &self.found {
            return format!("{}?", found.title);
        }
        let act = ACTS.into_iter().find(|(act, _)| *act == self.form.act).map_or("Change", |(_, label)| label);
        format!("{act}: chosen users")
    }

    /// The words of the button.
    fn act(&self) -> &str {
        self.found.as_ref().map_or("", |found| &found.title)
    }

    /// What the act does besides changing rights.
    fn besides(&self) -> String {
        let ended = self.found.as_ref().map_or(0, |found| found.preview.sessions);
        let sessions = super::counted(ended, "session ends", "sessions end");
        match self.form.act.as_str() {
            "disable" => format!("They can do nothing any more until somebody enables them; {sessions} now."),
            "end_sessions" => format!("{sessions} now. Everybody can sign in again at once."),
            "require_second_factor" => {
                "Whoever has none must set one up in time; after it nothing else opens to him.".to_owned()
            }
            "waive_second_factor" => "Their roles and the configuration may still demand one.".to_owned(),
            "send_reset" => "Each is mailed a link. His password works until he sets a new one.".to_owned(),
            _ => String::new(),
        }
    }

    /// Whether there is anything to tell of rights: it is not where the act is about something else.
    fn changes_rights(&self) -> bool {
        let told = |found: &BulkPreview| {
            let preview = &found.preview;
            !(preview.users.is_empty() && preview.broken.is_empty() && preview.warnings.is_empty())
        };
        self.form.has_role() || self.found.as_ref().is_some_and(told)
    }

    fn takes_away(&self) -> bool {
        matches!(self.form.act.as_str(), "take_role" | "disable" | "end_sessions" | "waive_second_factor")
    }

    fn n(&self, n: &usize) -> String {
        thousands(i64::try_from(*n).unwrap_or(i64::MAX))
    }

    fn count(&self, outcome: Outcome) -> usize {
        let groups = self.found.iter().flat_map(|found| &found.groups);
        groups.filter(|group| group.outcome == outcome).map(|group| group.count).sum()
    }

    /// Whether anybody would be changed, as far as was looked.
    fn changes(&self) -> bool {
        self.count(Outcome::Done) > 0 || self.found.as_ref().is_some_and(|found| found.looked_at < found.chosen)
    }

    fn may_be_at_once(&self) -> bool {
        self.found.as_ref().is_some_and(|found| found.chosen <= AT_ONCE)
    }

    /// All or nothing, unless it could not be or something else was chosen.
    fn is_at_once(&self) -> bool {
        match self.form.mode.as_str() {
            "" => self.may_be_at_once() && self.count(Outcome::Refused) == 0,
            mode => mode == "all",
        }
    }
}

/// The page, with what a dry run finds.
async fn ask(
    visitor: &Visitor,
    form: BulkForm,
    mut status: StatusCode,
    mut errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    let (form, found) = visitor
        .run(move |app, actor| {
            let mut form = form;
            let found = form.find_role(app, actor).and_then(|()| {
                let unsaid = form.has_role() && form.role_id.is_empty();
                if unsaid { Ok(None) } else { app.preview_bulk(actor, &form.draft(), &form.selection()?).map(Some) }
            });
            Ok((form, found))
        })
        .await?;
    let found = match found {
        Ok(found) => found,
        Err(error) => {
            let (refused, fields) = field_errors(error)?;
            if errors.is_empty() {
                (status, errors) = (refused, fields.rename("role_id", "role_name"));
            }
            None
        }
    };
    let mut template = BulkPage { page: visitor.page("Users"), form, found, errors };
    template.page = visitor.page(&format!("{} · Users", template.heading()));
    visitor.show_with(status, &template)
}

/// The ids that are ticked: `id=…` for each.
fn ticked(visitor: &Visitor) -> Vec<String> {
    let pairs = url::form_urlencoded::parse(visitor.req.query_string().as_bytes());
    pairs.filter(|(name, _)| name == "id").map(|(_, id)| id.into_owned()).collect()
}

pub async fn confirm(visitor: SignedIn, Query(mut form): Query<BulkForm>) -> Result<HttpResponse, PageError> {
    if form.ids.is_empty() {
        form.ids = ticked(&visitor).join(",");
    }
    if form.act == EXPORT {
        return export(&visitor, form).await;
    }
    form.tell = "1".into();
    ask(&visitor, form, StatusCode::OK, FieldErrors::default()).await
}

/// The chosen users as a table.
async fn export(visitor: &Visitor, form: BulkForm) -> Result<HttpResponse, PageError> {
    let asked = form.clone();
    let chosen = move |app: &App, actor: &Actor| {
        let ids = app.chosen_users(actor, &asked.selection()?)?;
        app.begin_list_export(actor, Listed::Chosen(ids.len()), &ListQuery::default())?;
        Ok(ids)
    };
    let ids = match visitor.run(chosen).await {
        Ok(ids) => Arc::new(ids),
        Err(error) => {
            let (status, errors) = field_errors(error)?;
            return visitor.show_with(status, &BulkPage { page: visitor.page("Users"), form, found: None, errors });
        }
    };
    let (app, actor, mut from) = (visitor.app.clone(), visitor.actor.clone(), 0);
    Ok(download::table("users.csv", exports::USER, move || {
        let part = ids.get(from..ids.len().min(from + PART)).unwrap_or_default();
        from += PART;
        if part.is_empty() {
            return Ok(vec![]);
        }
        let now = app.now();
        Ok(app.users_by_ids(&actor, part)?.into_iter().map(|row| exports::user(row, now)).collect())
    }))
}

/// What the address of a role's members says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct TakeParams {
    /// From all members.
    all: String,
    /// From these, by their usernames or addresses, with commas between.
    users: String,
    reason: String,
}

/// Taking a role from its members.
pub async fn take(
    visitor: SignedIn,
    id: Path<i64>,
    Query(params): Query<TakeParams>,
) -> Result<HttpResponse, PageError> {
    let mut form = BulkForm {
        act: "take_role".into(),
        role_id: id.to_string(),
        ids: ticked(&visitor).join(","),
        reason: params.reason,
        tell: "1".into(),
        ..BulkForm::default()
    };
    if !params.all.is_empty() {
        form.members = id.to_string();
    } else if !params.users.is_empty() {
        let found = visitor.run(move |app, actor| Ok(app.users_named(actor, "users", &params.users))).await?;
        match found {
            Ok(users) => form.ids = users.iter().map(|user| user.id.to_string()).collect::<Vec<_>>().join(","),
            Err(error) => {
                let (status, errors) = field_errors(error)?;
                return ask(&visitor, form, status, errors.rename("users", "")).await;
            }
        }
    }
    ask(&visitor, form, StatusCode::OK, FieldErrors::default()).await
}

pub async fn create(visitor: SignedIn, Form(form): Form<BulkForm>) -> Result<HttpResponse, PageError> {
    let asked = form.clone();
    let done = visitor
        .run(move |app, actor| {
            let mut form = asked;
            form.find_role(app, actor)?;
            app.bulk(actor, &form.draft(), &form.selection()?, Mode::parse(&form.mode)?, Some(&form.seen))
        })
        .await;
    match done {
        Ok(change) => {
            let job: &Job = &change.value;
            let told = if job.finished_at.is_some() {
                format!("{}: done.", job.title)
            } else {
                format!("{}: begun.", job.title)
            };
            Ok(visitor.done(&format!("/admin/jobs/{}", job.id), told, &change))
        }
        Err(error) => {
            let (status, errors) = field_errors(error)?;
            ask(&visitor, form, status, errors.rename("role_id", "role_name")).await
        }
    }
}

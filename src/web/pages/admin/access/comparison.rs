//! What two users have beside each other, or one user at two moments.

use super::{Tab, all, answer, at_kind, called, can_href, moment, note, tabs, user, what_can};
use crate::{
    app::{Actor, App, access::Comparison},
    domain::{
        FieldErrors, Result as DomainResult, Time,
        page::{Cursor, ListQuery, Page as Rows},
        permission::CHECKS_READ,
        policy::Holding,
        text,
        user::User,
    },
    web::{
        error::PageError,
        extract::{ListParams, Query, SignedIn},
        pages::{Page, admin::list::List},
    },
};
use actix_web::HttpResponse;
use askama::Template;
use serde::Deserialize;

/// Two users and a moment, or a user and two moments.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Compared {
    user: String,
    other: String,
    at: String,
    from: String,
    /// Empty: now.
    to: String,
}

#[derive(Template)]
#[template(path = "admin/access/comparison.html")]
struct ComparisonPage {
    page: Page,
    tabs: Vec<Tab>,
    asked: Compared,
    found: Option<Found>,
    errors: FieldErrors,
}

struct Found {
    /// What stands over the two columns: whose, or when.
    heads: [String; 2],
    /// `what only ada has`, `what both have`, …
    words: [String; 3],
    numbers: [usize; 3],
    list: List,
    rows: Vec<Row>,
}

/// A right, on which of the two sides it is, and where its way is shown.
struct Row {
    held: Holding,
    sides: [Option<String>; 2],
}

/// The two sides: who, and when.
pub type Sides = [(User, Option<Time>); 2];

/// A right, and on which of the two sides it is.
pub type Side = (Holding, [bool; 2]);

/// A page of the rights that differ, or of those that the filter names, by `permission` or `where`.
pub fn page(found: Comparison, query: &ListQuery) -> DomainResult<Rows<Side>> {
    let (sort, downward) = query.order("Comparisons", &["permission", "where"], "permission")?;
    let Comparison { only_first, both, only_second } = found;
    let shown = |name: &str| match query.filter.as_str() {
        "first" | "both" | "second" => query.filter == name,
        _ => name != "both",
    };
    let words = text::fold(&query.q);
    let told = |one: &Holding| format!("{} {}", one.pattern, text::fold(one.scope.as_str()));
    let parts =
        [("first", only_first, [true, false]), ("both", both, [true, true]), ("second", only_second, [false, true])];
    let rows = parts
        .into_iter()
        .filter(|part| shown(part.0))
        .flat_map(|(_, held, sides)| held.into_iter().map(move |held| (held, sides)));
    let rows = rows.filter(|(held, _)| words.split_whitespace().all(|word| told(held).contains(word)));
    let place = |one: &Holding| if sort == "where" { one.scope.as_str().to_owned() } else { String::new() };
    Cursor::slice(rows.collect(), query, downward, |(held, sides)| (place(held), what_can::key(held), *sides))
}

impl Compared {
    fn is_of_users(&self) -> bool {
        !self.user.trim().is_empty() && !self.other.trim().is_empty()
    }

    fn is_of_times(&self) -> bool {
        !self.user.trim().is_empty() && !self.from.trim().is_empty()
    }

    fn kind(&self, text: &str) -> &'static str {
        at_kind(text)
    }

    fn field(&self, text: &str) -> String {
        Time::parse(text).map_or_else(|_| text.to_owned(), Time::input)
    }

    pub fn compare(&self, app: &App, actor: &Actor) -> DomainResult<(Sides, Comparison)> {
        let mut errors = FieldErrors::default();
        let first = note(&mut errors, user(app, actor, "user", &self.user))?;
        if self.is_of_users() {
            let at = errors.keep("at", moment(&self.at));
            let second = note(&mut errors, user(app, actor, "other", &self.other))?;
            errors.into_result()?;
            let (first, second) = (all(first)?, all(second)?);
            let found = app.compare_users(actor, first.id, second.id, at)?;
            return Ok(([(first, at), (second, at)], found));
        }
        let (from, to) = (errors.keep("from", moment(&self.from)), errors.keep("to", moment(&self.to)));
        if errors.is_empty() && from > Some(to.unwrap_or(app.now())) {
            errors.add("to", "The second moment must not lie before the first.");
        }
        errors.into_result()?;
        let first = all(first)?;
        let found = app.compare_times(actor, first.id, from, to)?;
        Ok(([(first.clone(), from), (first, to)], found))
    }

    fn found(&self, params: ListParams, sides: &Sides, comparison: Comparison) -> Result<Found, PageError> {
        let of_users = self.is_of_users();
        let when = |at: &Option<Time>| at.map_or_else(|| "now".to_owned(), |at| at.to_string());
        let [(first, from), (second, to)] = sides;
        let heads = match of_users {
            true => [first.username.clone(), second.username.clone()],
            false => [when(from), when(to)],
        };
        let words = match of_users {
            true => [format!("Only {}", heads[0]), "Both".to_owned(), format!("Only {}", heads[1])],
            false => ["Lost".to_owned(), "Kept".to_owned(), "Gained".to_owned()],
        };
        let numbers = [comparison.only_first.len(), comparison.both.len(), comparison.only_second.len()];
        let page = page(comparison, &params.query()?)?;
        let list = List::new("/admin/access/comparison", params, "permission", &page)
            .keep("user", &self.user)
            .keep("other", &self.other)
            .keep("at", &self.at)
            .keep("from", &self.from)
            .keep("to", &self.to)
            .filters(&[("first", &words[0]), ("both", &words[1]), ("second", &words[2])]);
        let way = |(user, at): &(User, Option<Time>), held: &Holding| {
            can_href(&called(user), &held.pattern, held.scope.as_str(), &at.map(Time::input).unwrap_or_default())
        };
        let row = |(held, [one, two]): Side| Row {
            sides: [one.then(|| way(&sides[0], &held)), two.then(|| way(&sides[1], &held))],
            held,
        };
        Ok(Found { heads, words, numbers, rows: page.items.into_iter().map(row).collect(), list })
    }
}

pub async fn show(
    visitor: SignedIn,
    Query(asked): Query<Compared>,
    Query(params): Query<ListParams>,
) -> Result<HttpResponse, PageError> {
    visitor.actor.require_somewhere(CHECKS_READ)?;
    let _: ListQuery = params.query()?;
    let question = asked.clone();
    let whole = asked.is_of_users() || asked.is_of_times();
    let (status, answered, errors) = answer(&visitor, whole, move |app, actor| question.compare(app, actor)).await?;
    let found = answered.map(|(sides, comparison)| asked.found(params, &sides, comparison)).transpose()?;
    let title = match &found {
        Some(found) => format!("{} and {} · Access", found.heads[0], found.heads[1]),
        None => "Compare · Access".to_owned(),
    };
    let page =
        ComparisonPage { page: visitor.page(&title), tabs: tabs(&visitor.actor, "Compare"), asked, found, errors };
    visitor.show_with(status, &page)
}

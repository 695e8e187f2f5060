//! Intervals as bars along time, with a list behind them. Drawn on the server; across, everything is in percent, so that bars
//! grow with the page and letters do not.

use super::{access::href, list::List};
use crate::{
    app::timelines::{Stretch, Timeline},
    domain::{
        Error, FieldErrors, Result as DomainResult, Time,
        page::{ListQuery, Page as Rows},
        timeline::{Kind, Range},
    },
    web::extract::{ListParams, Visitor},
};
use actix_web::http::StatusCode;
use serde::Deserialize;

/// Height of a row of the drawing: its name, and its bars below.
const LANE: usize = 40;
/// Room above the rows for the dates.
const HEAD: usize = 24;
/// Height of the curve of members.
const CURVE: usize = 90;

/// The dates as they stand in the address.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Dates {
    pub from: String,
    pub to: String,
}

impl Dates {
    /// The range that they name.
    pub fn range(&self, now: Time) -> DomainResult<Range> {
        let (range, errors) = Range::read(&self.from, &self.to, now);
        if errors.is_empty() { Ok(range) } else { Err(Error::Invalid(errors)) }
    }
}

/// What is asked of a time line: its dates, and which of its rows.
pub struct Asked {
    pub range: Range,
    pub query: ListQuery,
    dates: Dates,
    errors: FieldErrors,
    params: ListParams,
    now: Time,
}

impl Asked {
    /// Dates that are none are told at their fields, above the usual range.
    pub fn read(visitor: &Visitor, dates: Dates, params: ListParams) -> DomainResult<Self> {
        let now = visitor.app.now();
        let (range, errors) = Range::read(&dates.from, &dates.to, now);
        Ok(Self { range, query: params.query()?, dates, errors, params, now })
    }

    pub fn status(&self) -> StatusCode {
        if self.errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
    }
}

/// A page of a time line.
pub struct Drawn {
    pub list: List,
    pub rows: Vec<Row>,
    pub lanes: Vec<Lane>,
    pub curve: Option<Curve>,
    pub cut: bool,
    pub range: Range,
    pub dates: Dates,
    /// Where it is now, in percent, if it is shown.
    pub now: Option<String>,
    pub errors: FieldErrors,
}

/// Bars that stand in one line.
pub struct Lane {
    pub y: usize,
    pub label: String,
    /// The label is a permission or pattern.
    pub mono: bool,
    pub bars: Vec<Bar>,
}

/// A bar: what is to come is drawn apart.
pub struct Bar {
    pub id: String,
    pub title: String,
    pub past: Option<(String, String)>,
    pub future: Option<(String, String)>,
}

/// How many had the role, as a line.
pub struct Curve {
    pub points: String,
    pub most: usize,
    pub last: usize,
}

pub struct Row {
    pub id: String,
    pub stretch: Stretch,
    pub label: String,
    /// `user`, `role` or nothing: where its name leads.
    pub link: Option<String>,
    pub state: &'static str,
    /// What could the user do when it began, and what changed from its beginning to its end.
    pub what_can: Option<String>,
    pub compare: Option<String>,
}

fn percent(part: f64) -> String {
    format!("{:.2}%", part * 100.0)
}

impl Drawn {
    pub fn new(
        path: String,
        asked: Asked,
        timeline: Timeline,
        of_user: Option<&str>,
        kinds: &'static [(&'static str, &'static str)],
    ) -> Self {
        let Asked { range, dates, errors, params, now, .. } = asked;
        let Timeline { rows, cut, members, .. } = timeline;
        let own = vec![("from", dates.from.clone()), ("to", dates.to.clone())];
        let state = Rows { items: vec![(); rows.items.len()], total: rows.total, next: rows.next, prev: rows.prev };
        let list = List::with_own(path, params, own, "what", &state).filters(kinds);
        let rows: Vec<Row> = rows.items.into_iter().map(|one| Row::new(one, now, of_user)).collect();
        let mut lanes: Vec<Lane> = vec![];
        for row in &rows {
            let bar = row.bar(range, now);
            match lanes.iter_mut().find(|lane| lane.label == row.label) {
                Some(lane) => lane.bars.push(bar),
                None => lanes.push(Lane {
                    y: HEAD + lanes.len() * LANE,
                    label: row.label.clone(),
                    mono: row.is_pattern(),
                    bars: vec![bar],
                }),
            }
        }
        // A role has members; what is counted of a user are his own roles.
        let curve = if of_user.is_none() { Curve::new(&members) } else { None };
        let now = (range.from <= now && now < range.to).then(|| percent(range.part(now)));
        Self { list, rows, lanes, curve, cut, range, dates, now, errors }
    }

    /// Where its rows are a table.
    pub fn csv(&self) -> String {
        format!("{}.csv", self.list.path)
    }

    pub fn height(&self) -> usize {
        HEAD + self.lanes.len() * LANE
    }

    /// The value of a date field: what was typed, or the day of the range.
    pub fn field<'a>(&self, typed: &'a str, at: &Time) -> std::borrow::Cow<'a, str> {
        if typed.trim().is_empty() { at.day().into() } else { typed.into() }
    }
}

impl Curve {
    pub const HEIGHT: usize = CURVE;

    fn new(members: &[(Time, usize)]) -> Option<Self> {
        let most = members.iter().map(|(_, n)| *n).max().filter(|most| *most > 0)?;
        let width = members.len().saturating_sub(1).max(1) as f64;
        let point = |(i, (_, n)): (usize, &(Time, usize))| {
            let (x, y) = (100.0 * i as f64 / width, CURVE as f64 * (1.0 - *n as f64 / most as f64));
            format!("{x:.2},{y:.1}")
        };
        let points: Vec<String> = members.iter().enumerate().map(point).collect();
        let last = members.last().map_or(0, |(_, n)| *n);
        Some(Self { points: points.join(" "), most, last })
    }
}

impl Row {
    fn new(stretch: Stretch, now: Time, of_user: Option<&str>) -> Self {
        let one = &stretch.interval;
        let role_page = |id: Option<i64>| id.map(|id| format!("/admin/roles/{id}"));
        let (mut label, link) = match one.kind {
            Kind::Suspension => ("could not sign in".to_owned(), None),
            Kind::Permission => (one.pattern.clone(), None),
            Kind::Inclusion => (format!("{} includes {}", stretch.role, stretch.junior), role_page(one.junior_id)),
            Kind::Assignment if of_user.is_some() => (stretch.role.clone(), role_page(one.role_id)),
            Kind::Assignment => (stretch.user.clone(), one.user_id.map(|id| format!("/admin/users/{id}"))),
        };
        if !one.scope.is_empty() {
            label += &format!(" in {}", one.scope);
        }
        let user = of_user.unwrap_or(&stretch.user);
        let asked = (!user.is_empty()).then_some(user);
        let (from, to) = (one.from.rfc3339(), one.to.map(Time::rfc3339).unwrap_or_default());
        let state = match (one.holds_at(now), one.from > now) {
            (true, _) => "now",
            (_, true) => "to come",
            _ => "past",
        };
        Self {
            id: format!("{}-{}", one.kind.as_str(), one.id),
            what_can: asked.map(|user| href("/admin/access/what-can", &[("user", user), ("at", &from)])),
            compare: asked
                .filter(|_| one.from < now || one.to.is_some())
                .map(|user| href("/admin/access/comparison", &[("user", user), ("from", &from), ("to", &to)])),
            label,
            link,
            state,
            stretch,
        }
    }

    /// Whether it is of a permission or pattern.
    pub fn is_pattern(&self) -> bool {
        self.stretch.interval.kind == Kind::Permission
    }

    /// The colour of its state.
    pub fn colour(&self) -> &'static str {
        match self.state {
            "now" => "ok",
            "past" => "",
            _ => "info",
        }
    }

    fn bar(&self, range: Range, now: Time) -> Bar {
        let one = &self.stretch.interval;
        let (from, to) = (one.from.max(range.from), one.to.unwrap_or(range.to).min(range.to));
        let stretch = |from: Time, to: Time| {
            let (x, end) = (range.part(from), range.part(to));
            // What is there is seen.
            (from < to).then(|| (percent(x), percent((end - x).max(0.004))))
        };
        let until = one.to.map_or_else(|| "no end".to_owned(), |to| to.to_string());
        Bar {
            id: self.id.clone(),
            title: format!("{}: {} to {until}", self.label, one.from),
            past: stretch(from, to.min(now)),
            future: stretch(from.max(now), to),
        }
    }
}

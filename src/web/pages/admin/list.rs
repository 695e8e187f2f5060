//! What every list has around its rows. Its state stands in the address: each link changes one thing of it.

use crate::{
    domain::page::{LIMIT, Page, Total},
    web::extract::ListParams,
};

pub use crate::domain::text::thousands;

/// Rows of a page that are offered.
const SIZES: [i64; 3] = [25, 50, 100];

pub struct List {
    pub path: String,
    params: ListParams,
    /// What this list alone has in its address.
    own: Vec<(&'static str, String)>,
    /// What else of the address its links carry along.
    kept: Vec<(&'static str, String)>,
    cursors: [Option<String>; 2],
    default_sort: &'static str,
    pub filters: Vec<Filter>,
    pub total: Total,
    shown: usize,
    /// Addresses of the neighbours.
    pub next: Option<String>,
    pub prev: Option<String>,
}

/// A chip: a filter that is on (its link takes it away) or one that is offered.
pub struct Filter {
    pub label: String,
    pub on: bool,
    pub href: String,
}

/// A choice of rows per page.
pub struct Size {
    pub rows: i64,
    pub href: String,
    pub on: bool,
}

impl List {
    /// `default_sort`: the column that the list is sorted by when the address says nothing; empty: none can be chosen.
    pub fn new<T>(path: impl Into<String>, params: ListParams, default_sort: &'static str, rows: &Page<T>) -> Self {
        Self::with_own(path, params, vec![], default_sort, rows)
    }

    /// As [`List::new`], for a list that has more in its address: names and values.
    pub fn with_own<T>(
        path: impl Into<String>,
        params: ListParams,
        own: Vec<(&'static str, String)>,
        default_sort: &'static str,
        rows: &Page<T>,
    ) -> Self {
        let mut list = Self {
            path: path.into(),
            params,
            own,
            kept: vec![],
            cursors: [rows.next.clone(), rows.prev.clone()],
            default_sort,
            filters: vec![],
            total: rows.total,
            shown: rows.items.len(),
            next: None,
            prev: None,
        };
        list.step();
        list
    }

    fn step(&mut self) {
        let [next, prev] = self.cursors.each_ref().map(|cursor| cursor.as_ref().map(|at| self.with("cursor", at)));
        (self.next, self.prev) = (next, prev);
    }

    /// Carries something else of the address along: what the list is of.
    pub fn keep(mut self, name: &'static str, value: &str) -> Self {
        self.kept.push((name, value.to_owned()));
        self.step();
        self
    }

    /// Offers filters: each value of `filter` with its label.
    pub fn filters(mut self, known: &[(&str, &str)]) -> Self {
        for (value, label) in known {
            let on = self.params.filter == *value;
            let href = self.with("filter", if on { "" } else { value });
            self.filters.push(Filter { label: (*label).to_owned(), on, href });
        }
        self
    }

    /// Shows what one of its own parameters narrows the list to.
    pub fn chip(mut self, name: &str, label: String) -> Self {
        let href = self.with(name, "");
        self.filters.push(Filter { label, on: true, href });
        self
    }

    /// The address of another form of the same rows.
    pub fn elsewhere(&self, path: impl AsRef<str>) -> String {
        let here = self.with("", "");
        format!("{}{}", path.as_ref(), here.strip_prefix(&self.path).unwrap_or_default())
    }

    /// The address with one of its own parameters changed.
    pub fn href(&self, name: &str, value: &str) -> String {
        self.with(name, value)
    }

    /// The value of one of its own parameters.
    pub fn own(&self, name: &str) -> &str {
        self.own.iter().find(|(own, _)| *own == name).map_or("", |(_, value)| value)
    }

    /// Shows the role that the list is narrowed to.
    pub fn role(mut self, name: Option<&str>) -> Self {
        if let Some(name) = name {
            let href = self.with("role", "");
            self.filters.push(Filter { label: format!("Role {name}"), on: true, href });
        }
        self
    }

    /// The address with one thing changed. Whatever changes the rows begins at the first page.
    fn with(&self, key: &str, value: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, old) in self.state() {
            let value = if name == key { value } else { old };
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        if key == "cursor" {
            query.append_pair(key, value);
        }
        match query.finish() {
            query if query.is_empty() => self.path.clone(),
            query => format!("{}?{query}", self.path),
        }
    }

    fn state(&self) -> Vec<(&'static str, &str)> {
        let p = &self.params;
        let common =
            [("q", p.q.as_str()), ("filter", &p.filter), ("role", &p.role), ("sort", &p.sort), ("limit", &p.limit)];
        let kept = self.kept.iter().map(|(name, value)| (*name, value.as_str()));
        kept.chain(common).chain(self.own.iter().map(|(name, value)| (*name, value.as_str()))).collect()
    }

    /// The words that are searched for.
    pub fn q(&self) -> &str {
        &self.params.q
    }

    /// What the search form carries along.
    pub fn kept(&self) -> Vec<(&'static str, &str)> {
        self.state().into_iter().filter(|(name, value)| *name != "q" && !value.is_empty()).collect()
    }

    /// What rows are chosen by: the words and the filters.
    pub fn narrowed_by(&self) -> Vec<(&'static str, &str)> {
        let by = |name: &str| matches!(name, "q" | "filter" | "role");
        self.state().into_iter().filter(|(name, value)| by(name) && !value.is_empty()).collect()
    }

    /// Whether there are more rows than this page shows.
    pub fn goes_on(&self) -> bool {
        self.next.is_some() || self.prev.is_some()
    }

    /// This page of the list, with all of its rows ticked.
    pub fn ticked(&self) -> String {
        let here = self.with("cursor", &self.params.cursor);
        format!("{here}&tick=page")
    }

    /// The list without words and filters.
    pub fn cleared(&self) -> String {
        let kept: Vec<(&str, &str)> = self.kept.iter().map(|(name, value)| (*name, value.as_str())).collect();
        super::access::href(&self.path, &kept)
    }

    /// Whether words or filters leave rows out.
    pub fn is_narrowed(&self) -> bool {
        let p = &self.params;
        [&p.q, &p.filter, &p.role]
            .into_iter()
            .chain(self.own.iter().map(|(_, value)| value))
            .any(|text| !text.is_empty())
    }

    /// `ascending`, `descending`, or empty when the list is not sorted by `column`.
    pub fn sorted(&self, column: &str) -> &'static str {
        let sort = if self.params.sort.is_empty() { self.default_sort } else { &self.params.sort };
        match sort.strip_prefix('-') {
            Some(name) if name == column => "descending",
            None if sort == column => "ascending",
            _ => "",
        }
    }

    /// Sorts by `column`, or turns the order round.
    pub fn sort_by(&self, column: &str) -> String {
        if self.sorted(column) == "ascending" {
            self.with("sort", &format!("-{column}"))
        } else {
            self.with("sort", column)
        }
    }

    /// `25 of 1,240`, `25 of more than 10,000`.
    pub fn shown(&self) -> String {
        format!("{} of {}", self.shown, self.total)
    }

    pub fn sizes(&self) -> Vec<Size> {
        let now = self.params.limit.parse().unwrap_or(LIMIT);
        SIZES
            .into_iter()
            .map(|rows| Size { rows, href: self.with("limit", &rows.to_string()), on: rows == now })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(params: ListParams) -> List {
        List::new(
            "/admin/users",
            params,
            "username",
            &Page { items: vec![1, 2], total: Total::Exactly(1240), next: Some("c=1".into()), prev: None },
        )
    }

    #[test]
    fn a_link_changes_one_thing_and_begins_at_the_first_page() {
        let list = list(ListParams {
            q: "a b".into(),
            filter: "active".into(),
            cursor: "old".into(),
            limit: "50".into(),
            ..ListParams::default()
        });
        assert_eq!(list.next.as_deref(), Some("/admin/users?q=a+b&filter=active&limit=50&cursor=c%3D1"));
        assert_eq!(list.sort_by("email"), "/admin/users?q=a+b&filter=active&sort=email&limit=50");
        let list = list.filters(&[("active", "Active"), ("disabled", "Disabled")]);
        assert_eq!((list.filters[0].on, list.filters[0].href.as_str()), (true, "/admin/users?q=a+b&limit=50"));
        assert_eq!(
            (list.filters[1].on, list.filters[1].href.as_str()),
            (false, "/admin/users?q=a+b&filter=disabled&limit=50")
        );
    }

    #[test]
    fn the_column_that_is_sorted_by_turns_round() {
        assert_eq!(list(ListParams::default()).sorted("username"), "ascending");
        assert_eq!(list(ListParams::default()).sort_by("username"), "/admin/users?sort=-username");
        let down = list(ListParams { sort: "-email".into(), ..ListParams::default() });
        assert_eq!(
            (down.sorted("email"), down.sorted("username"), down.sort_by("email").as_str()),
            ("descending", "", "/admin/users?sort=email")
        );
    }
}

//! Pages of lists: a window by key, never by offset, so that a deep page costs what the first costs.

use super::text::thousands;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Rows of a page when nothing else was asked, and the most that can be asked.
pub const LIMIT: i64 = 25;
pub const LIMIT_MAX: i64 = 100;
/// Rows that an export reads at a time.
pub const PART: i64 = 1000;

/// What is asked of a list.
#[derive(Debug, Clone, Default)]
pub struct ListQuery {
    /// Words to search for; all must be found.
    pub q: String,
    /// A column of the list's own set; `-` before it: descending. Empty: the list's default.
    pub sort: String,
    /// Opaque; from [`Page::next`] or [`Page::prev`].
    pub cursor: String,
    /// Rows of a page: up to [`LIMIT_MAX`] for people and programs, up to [`PART`] for an export.
    pub limit: Option<i64>,
    /// A filter of the list's own set, such as `disabled`; empty: all.
    pub filter: String,
}

impl ListQuery {
    pub fn limit(&self) -> i64 {
        self.limit.unwrap_or(LIMIT).clamp(1, PART)
    }

    /// By which of `columns` the list is sorted, and whether downward; nothing asked: by `default`, written alike. `noun`: of
    /// what the list is, for the error.
    pub fn order<'c>(&self, noun: &str, columns: &[&'c str], default: &str) -> Result<(&'c str, bool), super::Error> {
        let sort = if self.sort.is_empty() { default } else { &self.sort };
        let (name, downward) = sort.strip_prefix('-').map_or((sort, false), |name| (name, true));
        match columns.iter().find(|column| **column == name) {
            Some(column) => Ok((column, downward)),
            None => Err(super::Error::Malformed(format!("{noun} can be sorted by {}.", either(columns)))),
        }
    }

    /// Whether words or a filter may leave rows out.
    pub fn is_narrowed(&self) -> bool {
        !self.q.trim().is_empty() || !self.filter.is_empty()
    }
}

/// `name`, `name or kind`, `name, kind or place`.
fn either(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [all @ .., last] => format!("{} or {last}", all.join(", ")),
    }
}

/// Rows of a narrowed list are counted no further than this: to count a million for each page is what makes lists slow.
pub const COUNTED: i64 = 10_000;

/// How many rows there are in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Total {
    Exactly(i64),
    /// There are more; how many more was not counted.
    MoreThan(i64),
}

impl Total {
    /// Of a count that went no further than one beyond [`COUNTED`].
    pub fn counted(n: i64) -> Self {
        if n > COUNTED { Self::MoreThan(COUNTED) } else { Self::Exactly(n) }
    }

    /// The number that is known.
    pub fn number(self) -> i64 {
        match self {
            Self::Exactly(n) | Self::MoreThan(n) => n,
        }
    }

    pub fn is_exact(self) -> bool {
        matches!(self, Self::Exactly(_))
    }

    /// `1 user`, `1,240 users`, `more than 10,000 users`.
    pub fn of(self, one: &str, many: &str) -> String {
        format!("{self} {}", if self == Self::Exactly(1) { one } else { many })
    }
}

/// `1,240` or `more than 10,000`.
impl std::fmt::Display for Total {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exactly(n) => f.write_str(&thousands(*n)),
            Self::MoreThan(n) => write!(f, "more than {}", thousands(*n)),
        }
    }
}

#[derive(Debug, Clone)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub total: Total,
    pub next: Option<String>,
    pub prev: Option<String>,
}

impl<T> Page<T> {
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(f).collect(), total: self.total, next: self.next, prev: self.prev }
    }
}

/// Where a window begins: after (or before) the row with this key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor<K> {
    #[serde(rename = "k")]
    pub key: K,
    #[serde(rename = "b")]
    pub backward: bool,
}

impl<K: Serialize + DeserializeOwned> Cursor<K> {
    /// `Ok(None)` for an empty text: the first page.
    pub fn read(text: &str) -> Result<Option<Self>, super::Error> {
        if text.is_empty() {
            return Ok(None);
        }
        BASE64_URL_SAFE_NO_PAD
            .decode(text)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .map(Some)
            .ok_or_else(|| {
                super::Error::Malformed("This page of the list does not exist; begin at the first one.".into())
            })
    }

    /// A page of rows that are all there already, by their unique `key`.
    pub fn slice<T>(
        mut all: Vec<T>,
        query: &ListQuery,
        downward: bool,
        key: impl Fn(&T) -> K,
    ) -> Result<Page<T>, super::Error>
    where
        K: Ord,
    {
        let cursor = Self::read(&query.cursor)?;
        let total = Total::Exactly(i64::try_from(all.len()).unwrap_or(i64::MAX));
        let most = usize::try_from(query.limit() + 1).unwrap_or(1);
        let downward = downward != cursor.as_ref().is_some_and(|at| at.backward);
        all.sort_by_cached_key(&key);
        let after = |row: &T| match &cursor {
            Some(at) if downward => key(row) < at.key,
            Some(at) => key(row) > at.key,
            None => true,
        };
        let rows: Vec<T> = match downward {
            true => all.into_iter().rev().filter(after).take(most).collect(),
            false => all.into_iter().filter(after).take(most).collect(),
        };
        Ok(Self::page(rows, total, query.limit(), cursor.as_ref(), key))
    }

    /// The text of a cursor.
    pub fn write(key: K, backward: bool) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(&Self { key, backward }).unwrap_or_default())
    }

    /// Makes a page of `rows`, which were read in the direction of `cursor`, one more than `limit` if there were.
    pub fn page<T>(
        mut rows: Vec<T>,
        total: Total,
        limit: i64,
        cursor: Option<&Self>,
        key: impl Fn(&T) -> K,
    ) -> Page<T> {
        let more = rows.len() > usize::try_from(limit).unwrap_or(0);
        rows.truncate(usize::try_from(limit).unwrap_or(0));
        let backward = cursor.is_some_and(|c| c.backward);
        if backward {
            rows.reverse();
        }
        let has_next = if backward { true } else { more };
        let has_prev = if backward { more } else { cursor.is_some() };
        let next = rows.last().filter(|_| has_next).map(|row| Self::write(key(row), false));
        let prev = rows.first().filter(|_| has_prev).map(|row| Self::write(key(row), true));
        Page { items: rows, total, next, prev }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A list in memory that is read as the database is.
    fn window(all: &[i64], cursor: &str, limit: i64) -> Page<i64> {
        let cursor = Cursor::<i64>::read(cursor).unwrap();
        let rows: Vec<i64> = match &cursor {
            None => all.iter().copied().take(limit as usize + 1).collect(),
            Some(c) if c.backward => {
                all.iter().rev().copied().filter(|x| *x < c.key).take(limit as usize + 1).collect()
            }
            Some(c) => all.iter().copied().filter(|x| *x > c.key).take(limit as usize + 1).collect(),
        };
        Cursor::page(rows, Total::Exactly(all.len() as i64), limit, cursor.as_ref(), |x| *x)
    }

    proptest! {
        #[test]
        fn walking_forth_and_back_shows_every_row_once(n in 0i64..40, limit in 1i64..9) {
            let all: Vec<i64> = (0..n).collect();
            let (mut seen, mut pages, mut cursor) = (vec![], vec![], String::new());
            loop {
                let page = window(&all, &cursor, limit);
                seen.extend(page.items.clone());
                pages.push(page.items.clone());
                match page.next { Some(next) => cursor = next, None => break }
            }
            prop_assert_eq!(&seen, &all);
            let mut page = window(&all, &cursor, limit);
            while let Some(prev) = page.prev.clone() {
                pages.pop();
                page = window(&all, &prev, limit);
                prop_assert_eq!(&page.items, pages.last().unwrap());
            }
            prop_assert_eq!(pages.len(), 1);
        }
    }

    #[test]
    fn a_list_in_memory_is_walked_both_ways_in_both_orders() {
        let all = vec![3, 1, 2, 5, 4];
        let page = |cursor: String, downward| {
            let query = ListQuery { limit: Some(2), cursor, ..ListQuery::default() };
            Cursor::slice(all.clone(), &query, downward, |x: &i64| *x).unwrap()
        };
        for (downward, pages) in [(false, [vec![1, 2], vec![3, 4], vec![5]]), (true, [vec![5, 4], vec![3, 2], vec![1]])]
        {
            let first = page(String::new(), downward);
            let second = page(first.next.clone().unwrap(), downward);
            let third = page(second.next.clone().unwrap(), downward);
            assert_eq!([first.items.clone(), second.items.clone(), third.items], pages);
            assert_eq!((first.prev, third.next), (None, None));
            assert_eq!(page(third.prev.unwrap(), downward).items, second.items);
            assert_eq!(page(second.prev.unwrap(), downward).items, first.items);
        }
    }

    #[test]
    fn a_list_says_by_what_it_can_be_sorted() {
        let asked = |sort: &str| {
            let query = ListQuery { sort: sort.to_owned(), ..ListQuery::default() };
            query.order("Mails", &["written", "to", "state"], "-written")
        };
        assert_eq!(asked("").unwrap(), ("written", true));
        assert_eq!(asked("to").unwrap(), ("to", false));
        let Err(crate::domain::Error::Malformed(told)) = asked("-height") else { panic!("it is refused") };
        assert_eq!(told, "Mails can be sorted by written, to or state.");
    }

    #[test]
    fn a_total_says_what_was_counted_and_no_more() {
        let said = |n| Total::counted(n).of("user", "users");
        assert_eq!([0, 1, 1240].map(said), ["0 users", "1 user", "1,240 users"]);
        assert_eq!([COUNTED, COUNTED + 1].map(said), ["10,000 users", "more than 10,000 users"]);
        assert_eq!((Total::counted(COUNTED + 1).number(), Total::counted(COUNTED + 1).is_exact()), (COUNTED, false));
    }

    #[test]
    fn a_made_up_cursor_is_refused() {
        for bad in ["x", "e30", "%%%", "eyJrIjoiYSJ9"] {
            assert!(Cursor::<(String, i64)>::read(bad).is_err(), "{bad}");
        }
    }
}

//! Users by words, in a list of something that is of users.

use super::{list::matching, narrow::phrases};
use crate::{
    db::{Conn, contains, raw::Raw},
    domain::{Result, Time, search},
};
use diesel::sql_types::Bool;

/// Whom words name.
#[derive(Debug, Clone)]
pub enum Named {
    /// There are no words.
    Everybody,
    These(Vec<i64>),
    /// Too many to tell them one by one: what stands in their search keys. Rows are looked at in order, and soon fill a page.
    Many(Vec<String>),
}

impl Named {
    /// `most`: how many may be told one by one.
    pub fn find(conn: &mut Conn, q: &str, now: Time, most: i64) -> Result<Self> {
        let needles = search::needles(q);
        if needles.is_empty() {
            return Ok(Self::Everybody);
        }
        Ok(matching(conn, q, now, most)?.map_or(Self::Many(needles), Self::These))
    }

    /// That the user whose id stands in `column` is one of them; `None`: whoever it is.
    pub fn condition(&self, column: &str, postgres: bool) -> Option<Raw<Bool>> {
        match self {
            Self::Everybody => None,
            Self::These(ids) => Some(Raw::new(format!("{column} IN ")).numbers(ids)),
            // The sign keeps SQLite from going through all users first.
            Self::Many(needles) if !postgres => {
                let having = format!("+{column} IN (SELECT rowid FROM users_search WHERE users_search MATCH ");
                Some(Raw::new(having).text(phrases(needles)).sql(")"))
            }
            // Not `EXISTS`, for which PostgreSQL may go through all users.
            Self::Many(needles) => Some(needles.iter().enumerate().fold(Raw::new(""), |all, (place, needle)| {
                let key = format!("(SELECT u.search_key FROM users u WHERE u.id = {column}) LIKE ");
                all.sql(if place > 0 { " AND " } else { "" }).sql(&key).text(contains(needle))
            })),
        }
    }

    pub fn is_many(&self) -> bool {
        matches!(self, Self::Many(_))
    }
}

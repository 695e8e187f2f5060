//! Where an assignment holds.

use std::fmt;

/// A path: empty is everywhere; `project/42` covers itself and everything below it, not `project/420`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scope(String);

impl Scope {
    pub const MAX: usize = 200;

    /// Everywhere.
    pub fn root() -> Self {
        Self::default()
    }

    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let text = text.strip_prefix('/').unwrap_or(text);
        let text = text.strip_suffix('/').unwrap_or(text);
        let good = |segment: &str| {
            !segment.is_empty()
                && segment != "."
                && segment != ".."
                && segment.chars().all(|c| c.is_ascii_alphanumeric() || "._-:~".contains(c))
        };
        if text.is_empty() {
            return Ok(Self::root());
        }
        if text.len() > Self::MAX {
            return Err(format!("A scope may have at most {} characters.", Self::MAX));
        }
        if !text.split('/').all(good) {
            return Err("Write a scope as a path of letters, digits and . _ - : ~, such as project/42.".into());
        }
        Ok(Self(text.to_owned()))
    }

    /// The scope of one thing in this one, whatever the thing is called: signs that a path has not are written `~` and two
    /// hexadecimal digits for each byte, an empty name as `~`.
    pub fn below(&self, name: &str) -> Result<Self, String> {
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || (b"._-:".contains(byte) && !matches!(name, "." | ".."));
        let mut part: String = name
            .bytes()
            .map(|byte| if plain(&byte) { char::from(byte).to_string() } else { format!("~{byte:02X}") })
            .collect();
        if part.is_empty() {
            part.push('~');
        }
        let path = if self.0.is_empty() { part } else { format!("{}/{part}", self.0) };
        if path.len() > Self::MAX {
            return Err(format!("A scope may have at most {} characters.", Self::MAX));
        }
        Ok(Self(path))
    }

    /// The name that [`Scope::below`] was given for this part of a path; `None`: it makes no such part.
    pub fn name_of(part: &str) -> Option<String> {
        let mut bytes = vec![];
        let mut rest = part.as_bytes().iter();
        while let Some(byte) = rest.next() {
            match byte {
                b'~' if part == "~" => {}
                b'~' => {
                    let digits = [*rest.next()?, *rest.next()?];
                    bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
                }
                byte => bytes.push(*byte),
            }
        }
        let name = String::from_utf8(bytes).ok()?;
        // Not what only reads like it: `~61` for `a`.
        (Self::root().below(&name).ok()?.0 == part).then_some(name)
    }

    /// From the database, where only parsed scopes are.
    pub fn from_stored(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Whether a right held here also holds in `other`.
    pub fn covers(&self, other: &Self) -> bool {
        self.0.is_empty() || other.0.strip_prefix(&self.0).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// The part of the tree that lies below both; `None`: they lie apart.
    pub fn both(&self, other: &Self) -> Option<Self> {
        [(self, other), (other, self)]
            .into_iter()
            .find(|(upper, lower)| upper.covers(lower))
            .map(|(_, lower)| lower.clone())
    }

    /// All scopes that cover this one, from everywhere down to itself.
    pub fn covering(&self) -> Vec<String> {
        let ends = self.0.match_indices('/').map(|(at, _)| at).chain([self.0.len()]).filter(|_| !self.0.is_empty());
        std::iter::once(String::new()).chain(ends.filter_map(|end| self.0.get(..end)).map(str::to_owned)).collect()
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// For people: `everywhere` instead of an empty path.
impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "everywhere" } else { &self.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::Scope;
    use proptest::prelude::*;

    fn scope(text: &str) -> Scope {
        Scope::parse(text).unwrap()
    }

    #[test]
    fn a_scope_covers_what_is_below_it_and_not_its_namesakes() {
        assert!(scope("project/42").covers(&scope("project/42/docs")));
        assert!(!scope("project/42").covers(&scope("project/420")));
        assert!(!scope("project/42").covers(&scope("project")));
        assert!(Scope::root().covers(&scope("project/42")));
        assert!(!scope("project/42").covers(&Scope::root()));
    }

    #[test]
    fn a_scope_is_a_clean_path() {
        assert_eq!(scope("/project/42/"), scope("project/42"));
        for bad in ["a//b", "a b", "a/../b", "..", "a/.", "ä", "a\nb", "a\0b"] {
            assert!(Scope::parse(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn every_name_makes_a_part_of_a_path_and_is_read_back(name in "[a-z~./ ä:%-]{0,12}") {
            let below = scope("a/b").below(&name).unwrap();
            prop_assert_eq!(Scope::parse(below.as_str()).unwrap(), below.clone());
            prop_assert!(scope("a/b").covers(&below));
            prop_assert_eq!(Scope::name_of(below.as_str().strip_prefix("a/b/").unwrap()), Some(name));
        }

        #[test]
        fn covering_is_a_partial_order(a in "[ab]{0,2}(/[ab]{1,2}){0,2}", b in "[ab]{0,2}(/[ab]{1,2}){0,2}", c in "[ab]{0,2}(/[ab]{1,2}){0,2}") {
            let (Ok(a), Ok(b), Ok(c)) = (Scope::parse(&a), Scope::parse(&b), Scope::parse(&c)) else { return Ok(()) };
            prop_assert!(a.covers(&a));
            if a.covers(&b) && b.covers(&c) { prop_assert!(a.covers(&c)); }
            if a.covers(&b) && b.covers(&a) { prop_assert_eq!(a, b); }
        }
    }
}

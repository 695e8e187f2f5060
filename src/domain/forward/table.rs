//! The rules, so kept that the one for an address is found at once, however many there are.

use super::{Address, ForwardRule, address::ambiguous};
use crate::domain::{Result, text};
use std::{collections::HashMap, sync::Arc};

/// All rules. The most specific one counts: a host by name goes before `*.…`, the longer one of these first, and that before any
/// host; then the longer path; then a rule that names the method. Two rules are never alike in all three.
#[derive(Debug, Default)]
pub struct Table {
    /// By host and by path, without case.
    hosts: HashMap<String, HashMap<String, Vec<Arc<ForwardRule>>>>,
}

impl Table {
    pub fn new(rules: impl IntoIterator<Item = ForwardRule>) -> Self {
        let mut hosts: HashMap<String, HashMap<String, Vec<Arc<ForwardRule>>>> = HashMap::new();
        for rule in rules {
            let paths = hosts.entry(rule.host.clone()).or_default();
            paths.entry(text::fold(&rule.path)).or_default().push(Arc::new(rule));
        }
        Self { hosts }
    }

    /// The rule that requests of `rule` would fall to if it were not among these: those to its own path, by its first method,
    /// to a host that it is for.
    pub fn behind(&self, rule: &ForwardRule) -> Option<&Arc<ForwardRule>> {
        let host = rule.host.strip_prefix("*.").map_or(rule.host.clone(), |rest| format!("any.{rest}"));
        let method = rule.methods.first().cloned().unwrap_or_else(|| "GET".to_owned());
        self.find(&Address { host, path: rule.path.clone(), method }).ok().flatten()
    }

    /// The rule for this address. An address that a rule would cover if only it were written with other capital letters is
    /// refused: some applications tell them apart, and some do not.
    pub fn find(&self, asked: &Address) -> Result<Option<&Arc<ForwardRule>>> {
        let (exact, folded) = (prefixes(&asked.path), text::fold(&asked.path));
        let folded = prefixes(&folded);
        for paths in hosts(&asked.host).filter_map(|host| self.hosts.get(&host)) {
            for (prefix, written) in folded.iter().zip(&exact) {
                let Some(rule) = paths.get(*prefix).and_then(|rules| by_method(rules, &asked.method)) else { continue };
                if rule.path != *written {
                    return Err(ambiguous("a rule covers it in other letters"));
                }
                return Ok(Some(rule));
            }
        }
        Ok(None)
    }
}

fn by_method<'r>(rules: &'r [Arc<ForwardRule>], method: &str) -> Option<&'r Arc<ForwardRule>> {
    let named = rules.iter().find(|rule| rule.methods.contains(method));
    named.or_else(|| rules.iter().find(|rule| rule.methods.is_empty()))
}

/// The host itself, `*.` with what is after each of its dots, and any.
fn hosts(host: &str) -> impl Iterator<Item = String> {
    let above = host.match_indices('.').filter_map(|(dot, _)| host.get(dot..)).map(|rest| format!("*{rest}"));
    std::iter::once(host.to_owned()).chain(above).chain([String::new()])
}

/// The path and all above it, the longest first.
fn prefixes(path: &str) -> Vec<&str> {
    let inner = path.match_indices('/').map(|(at, _)| at).filter(|at| *at > 0).filter_map(|at| path.get(..at));
    let mut all: Vec<&str> = inner.collect();
    if path != "/" {
        all.insert(0, "/");
    }
    all.push(path);
    all.reverse();
    all
}

#[cfg(test)]
mod tests {
    use super::super::{RuleDraft, address};
    use super::*;
    use crate::domain::Time;
    use proptest::prelude::*;

    fn rule(id: i64, text: &str) -> ForwardRule {
        let (place, methods) = text.split_once(' ').unwrap_or((text, ""));
        let (host, path) = place.split_once('/').unwrap();
        let draft =
            RuleDraft { host: host.into(), path: format!("/{path}"), methods: methods.into(), ..RuleDraft::default() };
        let wanted = draft.parse().unwrap();
        ForwardRule {
            id,
            host: wanted.host,
            path: wanted.path,
            methods: wanted.methods,
            permission: None,
            scope: wanted.scope,
            note: String::new(),
            created_at: Time::default(),
            created_by: None,
            changed_at: Time::default(),
            changed_by: None,
        }
    }

    fn table(rules: &[&str]) -> Table {
        Table::new((0..).zip(rules).map(|(id, text)| rule(id, text)))
    }

    fn found(table: &Table, host: &str, uri: &str, method: &str) -> Option<i64> {
        table.find(&Address::read(host, uri, method).unwrap()).unwrap().map(|rule| rule.id)
    }

    #[test]
    fn the_most_specific_rule_counts() {
        let rules = [
            "/",                       // 0
            "/admin",                  // 1
            "*.example.com/",          // 2
            "*.b.example.com/",        // 3
            "app.example.com/",        // 4
            "app.example.com/admin",   // 5
            "app.example.com/ POST",   // 6
            "*.example.com/admin/new", // 7
        ];
        let table = table(&rules);
        let get = |host: &str, uri: &str| found(&table, host, uri, "GET");
        assert_eq!(get("other.net", "/x"), Some(0));
        assert_eq!(get("other.net", "/admin"), Some(1));
        assert_eq!(get("other.net", "/admin/x?y"), Some(1));
        assert_eq!(get("other.net", "/administrator"), Some(0));
        assert_eq!(get("x.example.com", "/admin"), Some(2), "a host goes before a path");
        assert_eq!(get("x.example.com", "/admin/new/1"), Some(7));
        assert_eq!(get("x.b.example.com", "/admin/new"), Some(3), "the longer * goes first");
        assert_eq!(get("example.com", "/"), Some(0), "* does not stand for nothing");
        assert_eq!(get("evilexample.com", "/"), Some(0));
        assert_eq!(get("app.example.com", "/admin/new"), Some(5));
        assert_eq!(found(&table, "app.example.com", "/admin", "POST"), Some(5), "a path goes before a method");
        assert_eq!(found(&table, "app.example.com", "/x", "POST"), Some(6));
        assert_eq!(found(&table, "APP.example.com:8080", "/x/", "HEAD"), Some(4));
        assert_eq!(found(&Table::default(), "a", "/", "GET"), None);
    }

    #[test]
    fn capital_letters_are_no_way_round_a_rule() {
        let table = table(&["/", "/Admin"]);
        assert_eq!(found(&table, "a", "/Admin/x", "GET"), Some(1));
        for odd in ["/admin", "/ADMIN/x", "/admin/", "/%41DMIN"] {
            let error = table.find(&Address::read("a", odd, "GET").unwrap()).unwrap_err();
            assert_eq!(error.code(), address::AMBIGUOUS, "{odd}");
        }
        assert_eq!(found(&table, "a", "/administrator", "GET"), Some(0));
    }

    /// What the most forgiving of applications could make of an address: decoded as often as it goes, without parameters, with
    /// dots and slashes put right, in small letters.
    fn lenient(raw: &str) -> String {
        let mut text = raw.split(['?', '#']).next().unwrap().to_owned();
        for _ in 0..4 {
            text = percent(&text);
        }
        let text = text.replace('\\', "/").to_lowercase();
        let mut parts: Vec<&str> = vec![];
        for part in text.split('/').map(|part| part.split(';').next().unwrap().trim()) {
            match part {
                "" | "." => {}
                ".." => drop(parts.pop()),
                part => parts.push(part),
            }
        }
        format!("/{}", parts.join("/"))
    }

    fn percent(text: &str) -> String {
        let bytes = text.as_bytes();
        let (mut out, mut at) = (vec![], 0);
        while at < bytes.len() {
            let hex = text.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
            match (bytes[at], hex) {
                (b'%', Some(byte)) => {
                    out.push(byte);
                    at += 3;
                }
                (byte, _) => {
                    out.push(byte);
                    at += 1;
                }
            }
        }
        String::from_utf8_lossy(&out).into_owned()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]
        #[test]
        fn no_spelling_leads_to_another_rule_than_the_address_that_it_means(
            raw in "(/|//|\\\\|%2[fF]|%5c|\\.|\\.\\.|%2[eE]|%252e|;x=1|;|%3b|%20|%00|\\?x|#|(%61|%41|a|A)(%62|b|B)?|ab|ab/b|b){0,9}",
            host in "(App|app)\\.example\\.com(:80|\\.)?",
            method in "(GET|HEAD|get|POST|Post)",
        ) {
            let rules = table(&["/", "/ab", "/ab/b", "/b POST", "app.example.com/ab/a", "app.example.com/", "*.example.com/b"]);
            let raw = format!("/{raw}");
            let Ok(asked) = Address::read(&host, &raw, &method) else { return Ok(()) };
            let Ok(rule) = rules.find(&asked) else { return Ok(()) };
            let path = lenient(&raw).replace(' ', "%20");
            let meant = Address::read("app.example.com", &path, &method.to_uppercase()).unwrap();
            prop_assert_eq!(rule, rules.find(&meant).unwrap(), "{} means {}", raw, meant.path);
        }
    }
}

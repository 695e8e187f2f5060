//! Forward-auth: a proxy asks whether a request may go on to an application. Which permission that takes stands in a table
//! of rules, by host, path and method.

mod address;
mod table;

pub use address::{AMBIGUOUS, Address, Origin, target};
pub use table::Table;

use super::{FieldErrors, Result, Time, permission::Pattern, scope::Scope, text};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, fmt};

/// Who may send which requests to which part of which application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForwardRule {
    pub id: i64,
    /// `app.example.com`; `*.example.com` for all below it, not itself; empty: any.
    pub host: String,
    /// Decoded, without a slash at its end unless it is `/`. It covers itself and what is below it.
    pub path: String,
    /// In capital letters; `GET` stands for `HEAD` too. Empty: all.
    pub methods: BTreeSet<String>,
    /// `None`: whoever is signed in.
    pub permission: Option<Pattern>,
    pub scope: Scope,
    pub note: String,
    pub created_at: Time,
    pub created_by: Option<i64>,
    pub changed_at: Time,
    pub changed_by: Option<i64>,
}

/// `app.example.com/admin (GET, POST)`.
impl fmt::Display for ForwardRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = if self.host.is_empty() { "*" } else { &self.host };
        write!(f, "{host}{}", self.path)?;
        if self.methods.is_empty() { Ok(()) } else { write!(f, " ({})", self.methods_text()) }
    }
}

impl ForwardRule {
    /// By host, from the right, so that what is below a domain stands together; then path, then methods.
    pub fn key(&self) -> (Vec<String>, String, Vec<String>) {
        let host = self.host.rsplit('.').map(str::to_owned).collect();
        (host, text::fold(&self.path), self.methods.iter().cloned().collect())
    }

    /// `GET, POST`; empty: all.
    pub fn methods_text(&self) -> String {
        self.methods.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
    }

    /// The permission's name; empty: none is needed.
    pub fn permission_name(&self) -> String {
        self.permission.as_ref().map(ToString::to_string).unwrap_or_default()
    }

    /// Whether a request could be meant by both, neither being the more specific one.
    pub fn collides(&self, with: &Wanted) -> bool {
        self.host == with.host
            && text::fold(&self.path) == text::fold(&with.path)
            && (self.methods == with.methods || !self.methods.is_disjoint(&with.methods))
    }

    /// What can be changed of it, as it stands.
    pub fn draft(&self) -> RuleDraft {
        RuleDraft {
            host: self.host.clone(),
            path: self.path.clone(),
            methods: self.methods_text(),
            permission: self.permission_name(),
            scope: self.scope.as_str().to_owned(),
            note: self.note.clone(),
        }
    }
}

/// What a form or a program says of a rule; as the audit log keeps it, too.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleDraft {
    pub host: String,
    pub path: String,
    pub methods: String,
    pub permission: String,
    pub scope: String,
    pub note: String,
}

/// A draft that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    pub host: String,
    pub path: String,
    pub methods: BTreeSet<String>,
    pub permission: Option<Pattern>,
    pub scope: Scope,
    pub note: String,
}

const METHODS: usize = 20;
const PATH: usize = 500;

impl RuleDraft {
    /// Cleans and judges all fields at once.
    pub fn parse(&self) -> Result<Wanted> {
        let mut errors = FieldErrors::default();
        let wanted = Wanted {
            host: errors.keep("host", host(&self.host)),
            path: errors.keep("path", path(&self.path)),
            methods: errors.keep("methods", methods(&self.methods)),
            permission: errors.keep("permission", permission(&self.permission)),
            scope: errors.keep("scope", Scope::parse(&self.scope)),
            note: errors.keep("note", text::optional_line(&self.note, "The note", 200)),
        };
        if self.permission.trim().is_empty() && wanted.scope != Scope::root() {
            errors.add("scope", "A scope is that of a permission: name one, or leave the scope empty.");
        }
        errors.into_result()?;
        Ok(wanted)
    }
}

fn host(typed: &str) -> Result<String, String> {
    let typed = text::clean(typed);
    let (star, rest) = match typed.strip_prefix("*.") {
        Some(rest) => ("*.", rest),
        None => ("", typed.as_str()),
    };
    if typed.is_empty() || typed == "*" {
        return Ok(String::new());
    }
    let expected =
        || "Write a host such as app.example.com, *.example.com for all below it, or nothing for any.".to_owned();
    if rest.contains("://") || rest.contains('/') || rest.contains('*') {
        return Err(expected());
    }
    if rest.contains(':') && !rest.starts_with('[') {
        return Err("Write the host without a port: a rule holds for all of them.".to_owned());
    }
    let host = address::host(rest, true).ok_or_else(expected)?;
    if !star.is_empty() && host.parse::<std::net::IpAddr>().is_ok() {
        return Err("Nothing is below an address of numbers: write it without *.".to_owned());
    }
    Ok(format!("{star}{host}"))
}

fn path(typed: &str) -> Result<String, String> {
    let typed = text::clean(typed);
    if typed.is_empty() {
        return Ok("/".to_owned());
    }
    if typed.contains('*') {
        return Err("A path covers all that is below it: write /admin, without *.".to_owned());
    }
    if typed.contains(['?', '#']) {
        return Err("Write the path alone, without ? and what comes after it.".to_owned());
    }
    if typed.chars().count() > PATH {
        return Err(format!("A path may have at most {PATH} characters."));
    }
    let path = address::path(&typed.replace(' ', "%20")).map_err(|why| format!("{why}."))?;
    if path.contains(['?', '#']) {
        return Err("A path with %3F or %23 cannot be a rule's.".to_owned());
    }
    Ok(path)
}

fn methods(typed: &str) -> Result<BTreeSet<String>, String> {
    let all: BTreeSet<String> =
        typed.split([',', ' ']).filter(|word| !word.is_empty()).map(str::to_ascii_uppercase).collect();
    if !all.iter().all(|method| address::is_method(method)) {
        return Err("Write methods such as GET, POST; nothing: all.".to_owned());
    }
    if all.contains("HEAD") {
        return Err("Write GET: it stands for HEAD too.".to_owned());
    }
    if all.len() > METHODS { Err(format!("At most {METHODS} methods; nothing: all.")) } else { Ok(all) }
}

fn permission(typed: &str) -> Result<Option<Pattern>, String> {
    if typed.trim().is_empty() {
        return Ok(None);
    }
    match Pattern::parse(typed)? {
        pattern if pattern.is_single() => Ok(Some(pattern)),
        _ => Err("Name one permission; a pattern with * is given, not asked.".to_owned()),
    }
}

/// The text of a response header with these names, sorted, separated by commas; `,` and `%` in a name are percent-encoded.
/// Cut after a whole name to at most `most` bytes.
pub fn groups(names: &BTreeSet<String>, most: usize) -> String {
    let mut line = String::new();
    for name in names {
        let name = name.replace('%', "%25").replace(',', "%2C");
        let comma = usize::from(!line.is_empty());
        if line.len() + comma + name.len() > most {
            break;
        }
        if comma == 1 {
            line.push(',');
        }
        line.push_str(&name);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(host: &str, path: &str, methods: &str, permission: &str) -> Result<Wanted> {
        let own = |text: &str| text.to_owned();
        RuleDraft {
            host: own(host),
            path: own(path),
            methods: own(methods),
            permission: own(permission),
            ..RuleDraft::default()
        }
        .parse()
    }

    #[test]
    fn a_rule_is_written_as_people_write_and_kept_in_one_form() {
        let rule = draft(" *.Example.COM ", "/Admin/", "post get", "Invoices:Read").unwrap();
        assert_eq!((rule.host.as_str(), rule.path.as_str()), ("*.example.com", "/Admin"));
        assert_eq!(rule.methods.into_iter().collect::<Vec<_>>(), ["GET", "POST"]);
        assert_eq!(rule.permission.unwrap().to_string(), "invoices:read");
        let any = draft("*", "", "", "").unwrap();
        assert_eq!((any.host.as_str(), any.path.as_str(), any.permission), ("", "/", None));
        assert_eq!(draft("bücher.example", "/a b/ü", "", "").unwrap().host, "xn--bcher-kva.example");
        assert_eq!(draft("", "/a%20b/%C3%BC", "", "").unwrap().path, "/a b/ü");
    }

    #[test]
    fn what_could_not_be_a_rule_is_told_at_its_field() {
        for (field, bad) in [
            ("host", draft("https://app.example.com", "/", "", "")),
            ("host", draft("app.example.com:8080", "/", "", "")),
            ("host", draft("a.*.example.com", "/", "", "")),
            ("host", draft("*.127.0.0.1", "/", "", "")),
            ("host", draft("-_-!", "/", "", "")),
            ("path", draft("", "admin", "", "")),
            ("path", draft("", "/admin/*", "", "")),
            ("path", draft("", "/admin?x=1", "", "")),
            ("path", draft("", "/a/../b", "", "")),
            ("path", draft("", "/a%2Fb", "", "")),
            ("path", draft("", "/a%3Fb", "", "")),
            ("path", draft("", &"/a".repeat(300), "", "")),
            ("methods", draft("", "/", "GET, P0ST", "")),
            ("methods", draft("", "/", "HEAD", "")),
            ("permission", draft("", "/", "", "invoices:*")),
            ("permission", draft("", "/", "", "invoices")),
        ] {
            let error = bad.unwrap_err();
            assert!(!error.fields().unwrap().get(field).is_empty(), "{field}: {error:?}");
        }
        let scoped = RuleDraft { scope: "project/1".into(), ..RuleDraft::default() };
        assert!(!scoped.parse().unwrap_err().fields().unwrap().get("scope").is_empty());
    }

    #[test]
    fn groups_are_cut_at_a_whole_name_and_their_commas_are_not_the_lists() {
        let names = ["admin", "a,b", "100%", "zoo"].map(str::to_owned).into();
        assert_eq!(groups(&names, 100), "100%25,a%2Cb,admin,zoo");
        assert_eq!(groups(&names, 17), "100%25,a%2Cb");
        assert_eq!(groups(&names, 3), "");
    }
}

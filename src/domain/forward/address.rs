//! The address of a request, as a proxy tells it. What two readers could take for two addresses is refused: the proxy, Rolecall
//! and the application must mean the same one.

use crate::domain::{Error, Result};
use url::{Host, Url};

/// The code of that refusal.
pub const AMBIGUOUS: &str = "ambiguous_address";

/// What is asked for, in the one form in which it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// In small letters, without a port.
    pub host: String,
    /// Percent-decoded once, without a query, and without a slash at its end unless it is `/`.
    pub path: String,
    /// In capital letters; `HEAD` counts as `GET`.
    pub method: String,
}

const PATH: usize = 8000;

pub(super) fn ambiguous(why: &str) -> Error {
    Error::Refused { code: AMBIGUOUS, message: format!("this address can be read in two ways: {why}") }
}

impl Address {
    /// `host` may have a port, `uri` a query.
    pub fn read(host: &str, uri: &str, method: &str) -> Result<Self> {
        if !is_method(method) {
            return Err(ambiguous("its method is not written in capital letters"));
        }
        let method = if method == "HEAD" { "GET" } else { method };
        Ok(Self {
            host: self::host(host, false).ok_or_else(|| ambiguous("its host is not a plain one"))?,
            path: path(uri.split('?').next().unwrap_or_default()).map_err(ambiguous)?,
            method: method.to_owned(),
        })
    }
}

pub(super) fn is_method(text: &str) -> bool {
    (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-')
}

/// In small letters, without a port; an address of numbers in its usual form, an international name in ASCII if people may
/// write it (`typed`).
pub(super) fn host(text: &str, typed: bool) -> Option<String> {
    let end = if text.starts_with('[') { text.find(']')? + 1 } else { text.find(':').unwrap_or(text.len()) };
    let (name, port) = text.split_at_checked(end)?;
    if !port.is_empty() && !port.strip_prefix(':')?.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
    if !typed && !name.bytes().all(plain) {
        return None;
    }
    match Host::parse(name).ok()? {
        Host::Domain(name) => {
            let good = |label: &str| {
                !label.is_empty()
                    && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
                    && label.bytes().any(|byte| byte.is_ascii_alphanumeric())
            };
            (name.len() <= 253 && name.split('.').all(good)).then_some(name)
        }
        other => Some(other.to_string()),
    }
}

/// The path, decoded once; or why it can be read in two ways.
pub(super) fn path(raw: &str) -> Result<String, &'static str> {
    if !raw.starts_with('/') {
        return Err("it does not begin with a slash");
    }
    if raw.len() > PATH {
        return Err("it is too long");
    }
    let decoded = String::from_utf8(decode(raw)?).map_err(|_| "it is not in UTF-8")?;
    if decoded.chars().any(char::is_control) {
        return Err("it has control characters");
    }
    if decoded.contains("//") {
        return Err("it has two slashes in a row");
    }
    if decoded.split('/').any(|segment| matches!(segment, "." | "..")) {
        return Err("it has . or .. as a part");
    }
    if decoded.split('/').any(|segment| segment.trim() != segment) {
        return Err("a part of it begins or ends with a space");
    }
    match decoded.strip_suffix('/') {
        None | Some("") => Ok(decoded),
        Some(rest) => Ok(rest.to_owned()),
    }
}

fn decode(raw: &str) -> Result<Vec<u8>, &'static str> {
    let mut bytes = raw.bytes();
    let mut decoded = Vec::with_capacity(raw.len());
    while let Some(byte) = bytes.next() {
        match byte {
            b'%' => {
                let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
                let value = digit(bytes.next()).zip(digit(bytes.next())).map(|(high, low)| high * 16 + low);
                let value = value.and_then(|value| u8::try_from(value).ok()).ok_or("a % in it encodes nothing")?;
                if b"/\\.%;".contains(&value) || value.is_ascii_control() {
                    return Err("it hides a / \\ . % ; or a control character behind a %");
                }
                decoded.push(value);
            }
            b'\\' => return Err("it has a \\"),
            b';' => return Err("it has a ;"),
            b'#' => return Err("it has a #"),
            byte if byte <= b' ' || byte == 0x7f => return Err("it has spaces or control characters"),
            byte => decoded.push(byte),
        }
    }
    Ok(decoded)
}

/// What of a page of ours a browser may be sent on to.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// Rolecall's own address.
    pub own: &'a Url,
    /// Below which other hosts may be; `None`: none.
    pub domain: Option<&'a str>,
}

/// The address to which a browser comes back after it signed in: on Rolecall's own host, or at or below the domain. `None`:
/// anywhere else, or written so that a browser could take it for something else.
pub fn target(to: &str, origin: Origin<'_>) -> Option<Url> {
    let plain = !to.is_empty() && to.len() <= PATH && to.chars().all(|c| c.is_ascii_graphic() && c != '\\');
    let (scheme, rest) = to.split_once("://").filter(|_| plain)?;
    // What comes before the path is compared with what the parser made of it: nothing may have been put right.
    let authority = rest.split(['/', '?', '#']).next()?;
    let url = Url::parse(to).ok()?;
    let host = url.host_str()?.to_owned();
    let same = |read: &str| read.eq_ignore_ascii_case(authority);
    let port = url.port_or_known_default()?;
    if !matches!(scheme, "http" | "https")
        || (origin.own.scheme() == "https" && scheme != "https")
        || !(same(&host) || same(&format!("{host}:{port}")))
    {
        return None;
    }
    let below = |domain: &str| host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    (origin.own.host_str() == Some(&host) || origin.domain.is_some_and(below)).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_read_in_two_ways_is_refused() {
        for bad in [
            "",
            "admin",
            "*",
            "http://evil/",
            "/a/../b",
            "/a/./b",
            "/..",
            "/.",
            "//a",
            "/a//b",
            "/a\\b",
            "/a;x=1/b",
            "/a;x",
            "/a%2Fb",
            "/a%2fb",
            "/a%5Cb",
            "/%2e%2e/b",
            "/a%2Eb",
            "/a%25b",
            "/a%252Fb",
            "/a%3Bb",
            "/a%00",
            "/a%0A",
            "/a%7F",
            "/a%",
            "/a%4",
            "/a%zz",
            "/a%C0%AE",
            "/a%FF",
            "/a b",
            "/a#b",
            "/a\tb",
            "/a%C2%80",
            "/a%20/b",
            "/a/%20b",
            "/a%20",
        ] {
            assert!(path(bad).is_err(), "{bad:?}");
        }
        assert!(path(&"/a".repeat(PATH)).is_err());
        for (good, read) in [
            ("/", "/"),
            ("/admin/", "/admin"),
            ("/%61dmin", "/admin"),
            ("/a%20b", "/a b"),
            ("/%C3%BC/ü", "/ü/ü"),
            ("/wiki/Inc.", "/wiki/Inc."),
            ("/...", "/..."),
            ("/a+b=c&d", "/a+b=c&d"),
        ] {
            assert_eq!(path(good).as_deref(), Ok(read));
        }
    }

    #[test]
    fn a_host_is_compared_without_port_and_case() {
        let read = |text: &str| host(text, false);
        assert_eq!(read("App.Example.com:8443").as_deref(), Some("app.example.com"));
        assert_eq!(read("127.1").as_deref(), Some("127.0.0.1"));
        assert_eq!(read("[::1]:80").as_deref(), Some("[::1]"));
        for bad in [
            "",
            ":80",
            "app.example.com.",
            "a..b",
            ".a",
            "a b",
            "a/b",
            "a@b",
            "a,b",
            "bücher.de",
            "a%2eb",
            "a:b",
            "a:80:1",
            "[::1]x",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
        assert_eq!(Address::read("a", "/x?y=/../z", "HEAD").unwrap().method, "GET");
        for bad in ["", "get", "G T", "POST,GET"] {
            assert_eq!(Address::read("a", "/", bad).unwrap_err().code(), AMBIGUOUS);
        }
    }

    #[test]
    fn one_is_sent_back_only_to_ones_own_hosts() {
        let https = Url::parse("https://roles.example.com").unwrap();
        let origin = Origin { own: &https, domain: Some("example.com") };
        for good in [
            "https://app.example.com/",
            "https://app.example.com",
            "https://example.com/a?b=https://evil.net",
            "https://a.b.example.com:8443/x",
            "https://roles.example.com/admin",
            "https://APP.example.com:443/",
        ] {
            assert!(target(good, origin).is_some(), "{good}");
        }
        for bad in [
            "",
            "/",
            "//evil.net",
            "//app.example.com",
            "https:evil.net",
            "https:/evil.net",
            "https:app.example.com/",
            "\\\\evil.net",
            "https:\\\\evil.net",
            "https://evil.net",
            "https://example.com.evil.net/",
            "https://evilexample.com/",
            "http://app.example.com/",
            "javascript:alert(1)",
            "javascript://app.example.com/%0aalert(1)",
            "https://user@app.example.com/",
            "https://app.example.com@evil.net/",
            "https://app.example.com:80:80/",
            "https://app.example.com\\@evil.net/",
            "https://evil.net\\.example.com/",
            "https://evil.net#.example.com",
            "https://evil.net/.example.com",
            "https://evil.net?.example.com",
            "ftp://app.example.com/",
            "https://app.example.com\n.evil.net/",
            " https://app.example.com/",
            "https://app.example.com/ü",
            "https://app%2eexample.com/",
            "https:///app.example.com/",
            "https://app.example.com:/",
            "https://app.example.com./",
        ] {
            assert!(target(bad, origin).is_none(), "{bad:?}");
        }
        let alone = Origin { domain: None, ..origin };
        assert!(target("https://roles.example.com/x", alone).is_some());
        assert!(target("https://app.example.com/x", alone).is_none());
        let http = Url::parse("http://localhost:8080").unwrap();
        assert!(target("http://localhost:3000/", Origin { own: &http, domain: None }).is_some());
    }
}

//! API tokens: what a program proves itself by, without a session.
//!
//! `rc_pat_…` acts as a person, `rc_svc_…` as a service account. After the kind come 256 random bits as 52 characters of
//! base32 (RFC 4648, small letters, no padding) and 7 more: the CRC-32 (ISO-HDLC, as in zip), big-endian, of all the
//! characters before. So whoever searches texts for secrets finds them, and knows a real one from a look-alike.

use super::{
    Error, FieldErrors, Result, Time,
    permission::Pattern,
    policy::{Holding, Limit},
    scope::Scope,
    text,
};
use data_encoding::BASE32_NOPAD;
use diesel::prelude::*;
use ipnet::IpNet;
use std::net::IpAddr;

/// Live tokens of one user, at most.
pub const MANY: i64 = 100;
/// Patterns, or networks, of one token, at most.
const PARTS: usize = 100;
/// Seconds that a token lives when nothing else is said: 90 days.
pub const LIFE: i64 = 90 * DAY;
/// Seconds for which the old token works beside the new one when nothing else is said, and at most.
pub const OVERLAP: i64 = DAY;
pub const OVERLAP_MAX: i64 = 30 * DAY;
/// Seconds before its end at which the owner of a token is told.
pub const WARNING: i64 = 7 * DAY;
const DAY: i64 = 24 * 3600;

/// As whom a token acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Personal,
    Service,
}

impl Kind {
    fn head(self) -> &'static str {
        match self {
            Self::Personal => "rc_pat_",
            Self::Service => "rc_svc_",
        }
    }
}

/// Characters of the random part, and of the checksum after it.
const SECRET: usize = 52;
const SUM: usize = 7;
/// Characters of the random part that are kept readable: enough to tell one's tokens apart, nothing to guess the rest by.
const SHOWN: usize = 5;

/// The token of these random bits, as its owner is given it.
pub fn write(kind: Kind, secret: &[u8; 32]) -> String {
    let token = format!("{}{}", kind.head(), base32(secret));
    let sum = checksum(&token);
    token + &sum
}

/// What is kept readable of a token.
pub fn prefix(token: &str) -> String {
    token.chars().take(Kind::Personal.head().len() + SHOWN).collect()
}

/// Whether the text has the form of a token, its checksum included: what has not is none, whatever the database says.
pub fn is_well_formed(token: &str) -> bool {
    let Some((body, sum)) = token.len().checked_sub(SUM).and_then(|at| token.split_at_checked(at)) else {
        return false;
    };
    [Kind::Personal, Kind::Service]
        .iter()
        .any(|kind| body.strip_prefix(kind.head()).is_some_and(|secret| secret.len() == SECRET))
        && sum == checksum(body)
}

fn base32(bytes: &[u8]) -> String {
    BASE32_NOPAD.encode(bytes).to_ascii_lowercase()
}

fn checksum(text: &str) -> String {
    base32(&crc32(text.as_bytes()).to_be_bytes())
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}

/// A token as it is kept: without what it proves.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = crate::schema::api_tokens)]
pub struct ApiToken {
    pub id: i64,
    /// As whom it acts.
    pub user_id: i64,
    pub name: String,
    /// The beginning of its text.
    pub prefix: String,
    /// Separated by spaces.
    patterns: Option<String>,
    scope: String,
    /// Separated by spaces.
    networks: String,
    pub created_at: Time,
    /// Who made it; `None`: the operator at the machine.
    pub created_by: Option<i64>,
    pub expires_at: Time,
    /// Written once a minute at most.
    pub last_used_at: Option<Time>,
    pub last_used_ip: Option<String>,
    pub revoked_at: Option<Time>,
    /// The token that took its place.
    pub replaced_by: Option<i64>,
    /// Until when it works beside that one.
    pub retires_at: Option<Time>,
}

impl ApiToken {
    /// What it has of what its owner has.
    pub fn limit(&self) -> Limit {
        // What does not parse any more allows nothing.
        let patterns = |text: &str| text.split(' ').filter_map(|one| Pattern::parse(one).ok()).collect();
        Limit { patterns: self.patterns.as_deref().map(patterns), scope: Scope::from_stored(&self.scope) }
    }

    /// Where it is taken from; empty: anywhere.
    pub fn networks(&self) -> Vec<IpNet> {
        self.networks.split(' ').filter_map(|one| one.parse().ok()).collect()
    }

    /// The patterns that it names, as texts; `None`: it has all that its owner has.
    pub fn named(&self) -> Option<Vec<&str>> {
        self.patterns.as_deref().map(|text| text.split(' ').collect())
    }

    /// The scope of its limit, as a path; empty: everywhere.
    pub fn place(&self) -> &str {
        &self.scope
    }

    /// The networks that it is taken from, as texts.
    pub fn sources(&self) -> Vec<&str> {
        self.networks.split(' ').filter(|network| !network.is_empty()).collect()
    }

    /// The moment from which on it works no more, if nobody revokes it.
    pub fn ends_at(&self) -> Time {
        self.retires_at.map_or(self.expires_at, |at| at.min(self.expires_at))
    }

    pub fn is_live(&self, now: Time) -> bool {
        self.revoked_at.is_none() && now < self.ends_at()
    }

    /// `active`, `replaced` (works until its successor has taken over), `revoked` or `expired`.
    pub fn status(&self, now: Time) -> &'static str {
        match self {
            _ if self.revoked_at.is_some() => "revoked",
            _ if self.replaced_by.is_some() => "replaced",
            _ if now >= self.expires_at => "expired",
            _ => "active",
        }
    }

    /// The same again, from `now` on, for as long as it was made for.
    pub fn successor(&self, now: Time, longest: i64) -> NewToken {
        let life = self.expires_at.seconds_since(self.created_at).min(longest);
        NewToken {
            name: self.name.clone(),
            limit: self.limit(),
            networks: self.networks(),
            expires_at: now.plus_seconds(life),
        }
    }
}

/// Whether a request from this address may use what is taken from these networks only.
pub fn takes(networks: &[IpNet], address: &str) -> bool {
    networks.is_empty()
        || address
            .parse::<IpAddr>()
            .is_ok_and(|address| networks.iter().any(|network| network.contains(&address.to_canonical())))
}

/// What to make.
#[derive(Debug, Clone)]
pub struct NewToken {
    pub name: String,
    pub limit: Limit,
    pub networks: Vec<IpNet>,
    pub expires_at: Time,
}

/// What a form or a program says of a new token.
#[derive(Debug, Clone, Default)]
pub struct TokenDraft {
    pub name: String,
    /// `None`: all that the owner has.
    pub permissions: Option<Vec<String>>,
    pub scope: String,
    pub networks: Vec<String>,
    /// Empty: 90 days from now, or as long as a token may live if that is shorter.
    pub expires_at: String,
}

impl TokenDraft {
    /// Cleans and judges all fields at once. `longest`: seconds that a token may live.
    pub fn parse(&self, now: Time, longest: i64) -> Result<NewToken> {
        let mut errors = FieldErrors::default();
        let new = NewToken {
            name: errors.keep("name", text::line(&self.name, "The name", 100)),
            limit: Limit {
                patterns: errors.keep("permissions", self.permissions.as_deref().map(patterns).transpose()),
                scope: errors.keep("scope", Scope::parse(&self.scope)),
            },
            networks: errors.keep("networks", networks(&self.networks)),
            expires_at: errors.keep("expires_at", expiry(&self.expires_at, now, longest)),
        };
        errors.into_result().map(|()| new)
    }
}

fn patterns(texts: &[String]) -> Result<Vec<Pattern>, String> {
    let mut patterns = texts.iter().map(|text| Pattern::parse(text)).collect::<Result<Vec<_>, _>>()?;
    patterns.sort();
    patterns.dedup();
    match patterns.len() {
        0 => Err("Name at least one permission, or choose all that the owner has.".into()),
        n if n > PARTS => {
            Err(format!("A token may name at most {PARTS} permissions; name patterns such as invoices:*."))
        }
        _ => Ok(patterns),
    }
}

fn networks(texts: &[String]) -> Result<Vec<IpNet>, String> {
    let one = |text: &String| {
        let text = text.trim();
        let address = text.parse::<IpAddr>().map(IpNet::from);
        let network = text.parse::<IpNet>().or(address).map(|network| network.trunc());
        network.map_err(|_| format!("{text} is no network: write 192.0.2.0/24, 2001:db8::/32 or one address."))
    };
    let networks = texts.iter().filter(|text| !text.trim().is_empty()).map(one).collect::<Result<Vec<_>, _>>()?;
    if networks.len() > PARTS { Err(format!("A token may name at most {PARTS} networks.")) } else { Ok(networks) }
}

fn expiry(text: &str, now: Time, longest: i64) -> Result<Time, String> {
    if text.trim().is_empty() {
        return Ok(now.plus_seconds(LIFE.min(longest)));
    }
    let at = Time::parse(text)?;
    if at <= now {
        Err("The end must lie in the future.".into())
    } else if at > now.plus_seconds(longest) {
        Err(format!("A token may live {} days at most here, until {}.", longest / DAY, now.plus_seconds(longest)))
    } else {
        Ok(at)
    }
}

impl NewToken {
    /// The columns in which its parts are kept: patterns, scope, networks.
    pub fn stored(&self) -> (Option<String>, String, String) {
        let patterns = self.limit.patterns.as_ref().map(|patterns| join(patterns));
        (patterns, self.limit.scope.as_str().to_owned(), join(&self.networks))
    }

    /// That each of its patterns gives something of what the owner has: one that gives nothing is a mistake.
    pub fn require_some_of(&self, rights: &[Holding]) -> Result<()> {
        let idle = |pattern: &&Pattern| !rights.iter().any(|right| right.pattern.both(pattern).is_some());
        match self.limit.patterns.iter().flatten().find(idle) {
            None => Ok(()),
            Some(pattern) => {
                let text = format!("The owner of the token has nothing of {pattern}, so it would give nothing.");
                Err(Error::Invalid(FieldErrors::one("permissions", text)))
            }
        }
    }
}

fn join(parts: &[impl ToString]) -> String {
    parts.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_tells_a_token_from_a_look_alike() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926, "the check value of CRC-32/ISO-HDLC");
        for kind in [Kind::Personal, Kind::Service] {
            let token = write(kind, &[7; 32]);
            assert_eq!(token.len(), 66);
            assert!(is_well_formed(&token), "{token}");
            for at in 0..token.len() {
                let mut bytes = token.clone().into_bytes();
                bytes[at] = if bytes[at] == b'a' { b'b' } else { b'a' };
                assert!(!is_well_formed(std::str::from_utf8(&bytes).unwrap()), "{at}");
            }
        }
        for odd in ["", "rc_pat_", "ü", "rc_pat_ü", &"ü".repeat(40)] {
            assert!(!is_well_formed(odd), "{odd}");
        }
    }

    #[test]
    fn the_readable_part_tells_nothing_of_most_of_the_secret() {
        let token = write(Kind::Personal, &[9; 32]);
        assert_eq!(prefix(&token).len(), 12);
        assert!(token.starts_with(&prefix(&token)));
    }

    #[test]
    fn a_draft_tells_all_its_errors_at_once() {
        let now = Time::parse("2026-03-01").unwrap();
        let list = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let bad = TokenDraft {
            name: String::new(),
            permissions: Some(list(&["invoices"])),
            scope: "a b".into(),
            networks: list(&["10.0.0.0/33"]),
            expires_at: "2026-02-01".into(),
        };
        let Err(Error::Invalid(errors)) = bad.parse(now, LIFE) else { panic!() };
        let fields: Vec<_> = errors.iter().map(|(field, _)| field.to_owned()).collect();
        assert_eq!(fields, ["name", "permissions", "scope", "networks", "expires_at"]);
        let good = TokenDraft { name: "ci".into(), networks: list(&["10.1.2.3/8", "::1"]), ..TokenDraft::default() };
        let new = good.parse(now, LIFE * 2).unwrap();
        assert_eq!(new.stored(), (None, String::new(), "10.0.0.0/8 ::1/128".into()));
        assert_eq!(new.expires_at, now.plus_seconds(LIFE));
        assert!(TokenDraft { permissions: Some(vec![]), ..good.clone() }.parse(now, LIFE).is_err(), "none is not all");
        assert!(TokenDraft { expires_at: "2026-09-01".into(), ..good }.parse(now, LIFE).is_err(), "too long");
    }

    #[test]
    fn an_address_counts_as_the_same_in_both_families() {
        let networks = ["10.0.0.0/8".parse().unwrap()];
        assert!(takes(&networks, "10.1.2.3") && takes(&networks, "::ffff:10.1.2.3") && takes(&[], "anything"));
        assert!(!takes(&networks, "11.1.2.3") && !takes(&networks, "") && !takes(&networks, "::1"));
    }
}

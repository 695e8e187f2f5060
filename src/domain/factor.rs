//! Second factors: TOTP (RFC 6238) and mailed codes.

use super::{Time, keys, text};
use diesel::prelude::*;
use sha1::Sha1;

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = crate::schema::factors)]
pub struct Factor {
    pub id: i64,
    pub user_id: i64,
    pub kind: String,
    pub secret: Option<Vec<u8>>,
    pub last_step: i64,
    pub created_at: Time,
    pub confirmed_at: Option<Time>,
    /// What its owner calls the app; empty for mailed codes.
    pub name: String,
    pub last_used_at: Option<Time>,
}

impl Factor {
    /// Whether it is on, and of this method.
    pub fn is_on(&self, method: Method) -> bool {
        self.confirmed_at.is_some() && self.kind == method.as_str()
    }
}

/// How many authenticator apps a person may have.
pub const MOST_APPS: usize = 10;
const MOST_NAME: usize = 40;

/// The name of an app, if it is one and none of the `taken`.
pub fn app_name<'a>(name: &str, taken: impl IntoIterator<Item = &'a str>) -> Result<String, String> {
    let name = text::line(name, "The name", MOST_NAME)?;
    if taken.into_iter().any(|other| text::fold(other) == text::fold(&name)) {
        return Err("Another app of yours has this name.".into());
    }
    Ok(name)
}

/// The name that is offered for a new app.
pub fn free_name<'a>(taken: impl IntoIterator<Item = &'a str> + Clone) -> String {
    let offers = std::iter::once("Phone".to_owned()).chain((2..).map(|number| format!("App {number}")));
    offers.into_iter().find(|offer| app_name(offer, taken.clone()).is_ok()).unwrap_or_default()
}

/// A way to prove the second step, in the words of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    Totp,
    Email,
    /// A recovery code: no factor of its own, but what stands in for a lost one.
    Recovery,
}

impl Method {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Totp => "totp",
            Self::Email => "email",
            Self::Recovery => "recovery",
        }
    }

    /// A factor that can be turned on and off.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Totp, Self::Email].into_iter().find(|method| method.as_str() == text)
    }
}

/// Length of a TOTP secret in bytes: 160 bits (RFC 4226, section 4).
pub const SECRET_BYTES: usize = 20;
/// Seconds of one step.
pub const STEP: i64 = 30;
const DIGITS: u32 = 6;

/// Digits of a mailed code, its life in seconds, and how often it may be tried.
pub const CODE_DIGITS: usize = 8;
pub const CODE_SECONDS: i64 = 600;
pub const CODE_TRIES: i64 = 5;

/// How many recovery codes there are at a time.
pub const RECOVERY_CODES: usize = 8;
/// Length of a recovery code, in characters of base32: 125 bits, so that a fast keyed hash suffices (ASVS 6.5.2).
pub const RECOVERY_LENGTH: usize = 25;

/// A recovery code of these random bits.
pub fn recovery_code(random: &[u8; 16]) -> String {
    data_encoding::BASE32_NOPAD.encode(random).chars().take(RECOVERY_LENGTH).collect()
}

/// A recovery code as it is shown: in groups of five.
pub fn grouped(code: &str) -> String {
    let chars: Vec<char> = code.chars().collect();
    chars.chunks(5).map(String::from_iter).collect::<Vec<_>>().join("-")
}

/// A code as typed: without the spaces and hyphens that people and mail programs put in, and in capital letters.
pub fn typed_code(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '-').take(64).collect::<String>().to_ascii_uppercase()
}

/// Of which method a typed code can be: each has a length of its own.
pub fn method_of(code: &str) -> Method {
    match code.len() {
        CODE_DIGITS => Method::Email,
        RECOVERY_LENGTH => Method::Recovery,
        _ => Method::Totp,
    }
}

fn totp_at(secret: &[u8], step: i64) -> String {
    totp_lite::totp_custom::<Sha1>(1, DIGITS, secret, u64::try_from(step).unwrap_or(0))
}

/// The code of this moment: what an authenticator app shows.
pub fn totp(secret: &[u8], at: Time) -> String {
    totp_at(secret, at.unix() / STEP)
}

/// The step whose code this is: now, one before or one after; only a later one than `last_step`, since a code
/// is accepted once (RFC 6238, section 5.2). Takes the same time whichever it is.
pub fn totp_step(secret: &[u8], code: &str, at: Time, last_step: i64) -> Option<i64> {
    let now = at.unix() / STEP;
    let mut found = None;
    for step in [now - 1, now, now + 1] {
        if keys::same(&totp_at(secret, step), code) && step > last_step {
            found = Some(step);
        }
    }
    found
}

/// The secret as people type it: base32 without padding.
pub fn base32(secret: &[u8]) -> String {
    data_encoding::BASE32_NOPAD.encode(secret)
}

/// The `otpauth` address that authenticator apps read from the QR code.
pub fn otpauth_uri(secret: &[u8], username: &str) -> String {
    let encode =
        |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20");
    format!(
        "otpauth://totp/Rolecall:{}?secret={}&issuer=Rolecall&algorithm=SHA1&digits={DIGITS}&period={STEP}",
        encode(username),
        base32(secret)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(unix: i64) -> Time {
        Time::from(chrono::DateTime::from_timestamp(unix, 0).unwrap())
    }

    #[test]
    fn codes_are_those_of_rfc_4226() {
        let codes =
            ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"];
        for (count, code) in (0..).zip(codes) {
            assert_eq!(totp(b"12345678901234567890", at(count * STEP)), code, "{count}");
        }
    }

    #[test]
    fn codes_are_those_of_rfc_6238() {
        let secret = b"12345678901234567890";
        for (unix, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(totp(secret, at(unix)), code);
        }
    }

    #[test]
    fn a_step_is_accepted_once_and_only_near_its_time() {
        let secret = b"12345678901234567890";
        let now = at(1_111_111_111);
        let code = totp(secret, now);
        let step = totp_step(secret, &code, now, 0).unwrap();
        assert_eq!(totp_step(secret, &code, now, step), None);
        assert!(totp_step(secret, &code, now.plus_seconds(STEP), 0).is_some());
        assert!(totp_step(secret, &code, now.plus_seconds(2 * STEP), 0).is_none());
        assert!(totp_step(secret, &code, now.minus_seconds(2 * STEP), 0).is_none());
        assert!(totp_step(secret, "", now, 0).is_none());
    }

    #[test]
    fn a_name_that_is_free_is_offered_and_a_taken_one_refused() {
        assert_eq!(free_name([]), "Phone");
        assert_eq!(free_name(["phone", "APP 2"]), "App 3");
        assert_eq!(app_name(" My phone ", ["Phone"]).as_deref(), Ok("My phone"));
        assert!(app_name("PHONE", ["Phone"]).is_err() && app_name(" ", []).is_err());
        assert!(app_name("a\r\nBcc: eve@example.com", []).is_err() && app_name(&"x".repeat(41), []).is_err());
    }

    #[test]
    fn the_otpauth_address_encodes_the_name() {
        let uri = otpauth_uri(b"12345678901234567890", "åse b");
        assert!(
            uri.starts_with("otpauth://totp/Rolecall:%C3%A5se%20b?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&"),
            "{uri}"
        );
    }
}

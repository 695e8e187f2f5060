//! Users: people who sign in.

use super::{
    Error, FieldErrors, Result, Time,
    bars::Bars,
    search,
    sign_in_rules::{Demand, SignInRules},
    text,
};
use diesel::prelude::*;

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = crate::schema::users)]
pub struct User {
    pub id: i64,
    pub username: String,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub password_hash: Option<String>,
    pub password_changed_at: Option<Time>,
    pub email_verified_at: Option<Time>,
    pub last_sign_in_at: Option<Time>,
    pub created_at: Time,
    pub updated_at: Time,
    pub deleted_at: Option<Time>,
    /// From when on he can do nothing but set up the second factor that is demanded of him.
    pub second_factor_due_at: Option<Time>,
    /// Since when an admin demands a second factor of just him.
    pub second_factor_demanded_at: Option<Time>,
    /// When he signed up by himself; `None`: somebody else made the account.
    pub signed_up_at: Option<Time>,
    /// `person` or `service`.
    pub kind: String,
    #[diesel(embed)]
    pub bars: Bars,
}

/// What [`User::kind`] says of a service account.
pub const SERVICE: &str = "service";

impl User {
    /// First and last name.
    pub fn name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name).trim().to_owned()
    }

    /// What he says of himself.
    pub fn profile(&self) -> Profile {
        Profile {
            first_name: self.first_name.clone(),
            last_name: self.last_name.clone(),
            username: self.username.clone(),
            email: self.email.clone(),
        }
    }

    /// What is demanded of him alone, besides what his roles and the configuration demand.
    pub fn own_rules(&self) -> SignInRules {
        let second_factor = if self.second_factor_demanded_at.is_some() { Demand::Any } else { Demand::Optional };
        SignInRules { second_factor, ..SignInRules::default() }
    }

    /// Whether it is a program's, which never signs in.
    pub fn is_service(&self) -> bool {
        self.kind == SERVICE
    }

    /// The profile that was asked for: of a service account only its name and its username.
    pub fn revised(&self, first_name: &str, last_name: &str, username: &str, email: &str) -> Result<Profile> {
        let parsed = if self.is_service() {
            Profile::of_service(first_name, username)
        } else {
            Profile::parse(first_name, last_name, username, email)
        };
        parsed.map_err(Error::Invalid)
    }

    pub fn is_disabled(&self, now: Time) -> bool {
        self.bars.is_disabled(now)
    }

    /// Whether somebody else made the account, and he has never come in.
    pub fn is_invited(&self) -> bool {
        self.password_hash.is_none()
            && self.last_sign_in_at.is_none()
            && self.signed_up_at.is_none()
            && !self.is_service()
    }

    /// Whether an admin must still let him in, and could: his address is verified.
    pub fn is_waiting(&self) -> bool {
        self.bars.awaits_approval_since.is_some() && self.email_verified_at.is_some()
    }

    /// `active`, `disabled`, `waiting` (for an approval), `leaving` (the account will be deleted) or `deleted`.
    pub fn status(&self, now: Time) -> &'static str {
        match self.bars {
            _ if self.deleted_at.is_some() => "deleted",
            bars if bars.is_disabled(now) => "disabled",
            Bars { awaits_approval_since: Some(_), .. } => "waiting",
            Bars { delete_at: Some(_), .. } => "leaving",
            _ => "active",
        }
    }
}

/// What a person says of himself: cleaned and judged.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize)]
pub struct Profile {
    pub first_name: String,
    pub last_name: String,
    pub username: String,
    pub email: String,
}

impl Profile {
    /// Judges all fields at once. The last name may be empty: some people have one name.
    pub fn parse(first_name: &str, last_name: &str, username: &str, email: &str) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let profile = Self {
            first_name: errors.keep("first_name", text::line(first_name, "The first name", 100).and_then(no_address)),
            last_name: errors
                .keep("last_name", text::optional_line(last_name, "The last name", 100).and_then(no_address)),
            username: errors.keep("username", parse_username(username)),
            email: errors.keep("email", parse_email(email)),
        };
        if errors.is_empty() { Ok(profile) } else { Err(errors) }
    }

    /// Of a service account: what it is called, and the username by which programs and searches name it.
    pub fn of_service(name: &str, username: &str) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let profile = Self {
            first_name: errors.keep("first_name", text::line(name, "The name", 100).and_then(no_address)),
            username: errors.keep("username", parse_username(username)),
            ..Self::default()
        };
        if errors.is_empty() { Ok(profile) } else { Err(errors) }
    }

    pub fn username_key(&self) -> String {
        text::fold(&self.username)
    }

    /// By what addresses are told apart. Who has none, as service accounts, is told apart by what no address is.
    pub fn email_key(&self) -> String {
        if self.email.is_empty() { format!("service {}", self.username_key()) } else { text::fold(&self.email) }
    }

    /// What the search of users looks into: name, username and e-mail.
    pub fn search_key(&self) -> String {
        search::key(&[&self.first_name, &self.last_name, &self.username, &self.email])
    }
}

/// A mail greets by this name, and may go to somebody whom a stranger named: an address in it would be followed.
fn no_address(name: String) -> Result<String, String> {
    let is_domain = |word: &str| {
        word.trim_matches(|c: char| !c.is_alphanumeric()).rsplit_once('.').is_some_and(|(before, top)| {
            before.chars().filter(|c| c.is_alphanumeric()).count() > 1
                && top.len() > 1
                && top.chars().all(|c| c.is_ascii_lowercase())
        })
    };
    let lower = name.to_lowercase();
    let found = ["://", "www.", "@"].iter().any(|mark| lower.contains(mark))
        || name.split(|c: char| c.is_whitespace() || "/?#:".contains(c)).any(is_domain);
    if found { Err("A name has no web or e-mail address in it.".into()) } else { Ok(name) }
}

/// Letters and digits of any script and `. _ -`; never like an e-mail address, so that sign-in by either is clear.
fn parse_username(text: &str) -> Result<String, String> {
    let name = text::line(text, "The username", 64)?;
    let good = |c: char| c.is_alphanumeric() || "._-".contains(c);
    if name.contains('@') {
        Err("A username must not look like an e-mail address: leave out the @.".into())
    } else if !name.chars().all(good) {
        Err("The username may have letters, digits and . _ - only.".into())
    } else {
        Ok(name)
    }
}

/// RFC 5321 limits (254 octets), a domain with a dot or `localhost`.
fn parse_email(text: &str) -> Result<String, String> {
    let address = text::line(text, "The e-mail address", 254)?;
    let options = email_address::Options::default().without_display_text().without_domain_literal();
    match email_address::EmailAddress::parse_with_options(&address, options) {
        Ok(parsed)
            if address.len() <= 254
                && !address.contains(' ')
                && (parsed.domain().contains('.') || parsed.domain() == "localhost") =>
        {
            Ok(address)
        }
        _ => Err("Write the e-mail address as name@example.com.".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_tells_all_its_errors_at_once() {
        let errors = Profile::parse("", "Doe", "john@doe", "john").unwrap_err();
        let fields: Vec<_> = errors.iter().map(|(field, _)| field.to_owned()).collect();
        assert_eq!(fields, ["first_name", "username", "email"]);
    }

    #[test]
    fn usernames_and_addresses_are_compared_folded() {
        let a = Profile::parse("J", "", " JohnDoe ", "John.Doe@Example.com").unwrap();
        assert_eq!((a.username_key().as_str(), a.email_key().as_str()), ("johndoe", "john.doe@example.com"));
        assert_eq!(a.username, "JohnDoe");
    }

    #[test]
    fn odd_addresses_are_refused() {
        for bad in [
            "a b@example.com",
            "a@b@c.de",
            "@example.com",
            "a@",
            "a@example",
            "a@example.com\r\nBcc: b@c.de",
            "<a@example.com>",
            "a@[127.0.0.1]",
            "\"a b\"@example.com",
        ] {
            assert!(parse_email(bad).is_err(), "{bad}");
        }
        for good in ["a@example.com", "a+b@sub.example.com", "jürgen@bücher.example", "root@localhost"] {
            assert!(parse_email(good).is_ok(), "{good}");
        }
    }
}

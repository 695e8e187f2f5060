//! The one error of Rolecall. Surfaces (pages, JSON) only choose how it looks.

use super::{Time, permission::Pattern, preview::Preview};
use std::borrow::Cow;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What is wrong with each field of a form or a JSON body, in the order of the fields.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldErrors {
    told: Vec<(Cow<'static, str>, String)>,
    choices: Vec<(&'static str, Vec<Choice>)>,
}

/// What may have been meant in a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The whole text of the field, put right.
    pub value: String,
    /// What a person reads.
    pub label: String,
}

impl FieldErrors {
    pub fn one(field: &'static str, message: impl Into<String>) -> Self {
        Self { told: vec![(field.into(), message.into())], choices: vec![] }
    }

    /// As [`FieldErrors::one`], for a field whose name is known only at run time (a wrong type in JSON).
    pub fn named(field: &str, message: impl Into<String>) -> Self {
        Self { told: vec![(field.to_owned().into(), message.into())], choices: vec![] }
    }

    pub fn add(&mut self, field: &'static str, message: impl Into<String>) {
        self.told.push((field.into(), message.into()));
    }

    /// Keeps a parsed value, or notes its error and gives the default, so that all fields are judged at once.
    pub fn keep<T: Default>(&mut self, field: &'static str, parsed: std::result::Result<T, String>) -> T {
        parsed.unwrap_or_else(|message| {
            self.add(field, message);
            T::default()
        })
    }

    /// `Err(Error::Invalid)` when anything was noted.
    pub fn into_result(self) -> Result<()> {
        if self.told.is_empty() { Ok(()) } else { Err(Error::Invalid(self)) }
    }

    /// For a form that calls a field otherwise than the App does.
    pub fn rename(mut self, from: &str, to: &'static str) -> Self {
        for (field, _) in self.told.iter_mut().filter(|(field, _)| field == from) {
            *field = to.into();
        }
        for (field, _) in self.choices.iter_mut().filter(|(field, _)| *field == from) {
            *field = to;
        }
        self
    }

    /// These and those.
    pub fn and(mut self, others: Self) -> Self {
        self.told.extend(others.told);
        self.choices.extend(others.choices);
        self
    }

    /// What may have been meant in `field`, for a form to offer.
    pub fn offering(mut self, field: &'static str, choices: Vec<Choice>) -> Self {
        self.choices.push((field, choices));
        self
    }

    /// What a form offers instead of what was typed into `field`.
    pub fn choices(&self, field: &str) -> &[Choice] {
        self.choices.iter().find(|(name, _)| *name == field).map_or(&[], |(_, choices)| choices)
    }

    /// For a form that has the fields of several places once: `roles[1].scope` becomes `scope`.
    pub fn everywhere(self) -> Self {
        let field = |field: Cow<'static, str>| match field.rsplit_once('.') {
            Some((_, field)) => field.to_owned().into(),
            None => field,
        };
        Self { told: self.told.into_iter().map(|(name, message)| (field(name), message)).collect(), ..self }
    }

    /// For fields of a part of a body: `permission` becomes `checks[3].permission`.
    pub fn within(self, place: &str) -> Self {
        let told = self.told.into_iter().map(|(field, message)| (format!("{place}.{field}").into(), message));
        Self { told: told.collect(), choices: vec![] }
    }

    pub fn is_empty(&self) -> bool {
        self.told.is_empty()
    }

    /// The first message for `field`, or an empty string.
    pub fn get(&self, field: &str) -> &str {
        self.told.iter().find(|(name, _)| name == field).map_or("", |(_, message)| message)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.told.iter().map(|(field, message)| (field.as_ref(), message.as_str()))
    }
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Fields that break a rule of the domain.
    #[error("some fields need another value")]
    Invalid(FieldErrors),
    /// The input could not be read at all: broken JSON, a wrong type, a bad cursor.
    #[error("{0}")]
    Malformed(String),
    #[error("the request is larger than 64 kB")]
    TooLarge,
    /// A body that is not declared as what is read here.
    #[error("send the body as JSON in UTF-8, with the header Content-Type: application/json")]
    MediaType,
    /// A unique name that somebody else has; tells the field.
    #[error("that name is taken")]
    Taken(FieldErrors),
    /// What is to be changed was changed since the caller looked.
    #[error("this was changed after the state that If-Match names: look again, and decide anew")]
    Precondition,
    /// A rule about the present state forbids the act; the text says which and what to do.
    #[error("{message}")]
    Conflict { code: &'static str, message: String },
    #[error("sign in first")]
    SignInRequired,
    /// One answer for a token that is unknown, has ended, comes from a network that it is not taken from, or whose owner may
    /// not come in.
    #[error("the token is unknown, has ended, or is not taken from this address")]
    InvalidToken,
    /// What no token may do: see to the sign-in of its owner.
    #[error("a token cannot do this: its owner must sign in")]
    NotByToken,
    /// A sensitive act by a token that names no permissions.
    #[error("this needs a token that names the permissions which it is for; this one has all that its owner has")]
    TokenTooWide,
    /// One answer for an unknown user, a wrong password and a disabled user.
    #[error("the name or the password is wrong")]
    BadCredentials,
    /// Too many wrong ones in a row; told alike for known and unknown names.
    #[error(
        "too many wrong passwords in a row: sign in with a device that you have used before, or choose a new password by the mail that you get under “Forgot the password?”"
    )]
    PasswordOff,
    /// Too many wrong codes in a row.
    #[error(
        "too many wrong codes in a row: choose a new password by the mail that you get under “Forgot the password?”, then codes are taken again"
    )]
    CodesOff,
    /// The password was right, and a second factor is due.
    #[error("send the code of your second factor as token")]
    SecondFactorRequired,
    #[error("verify your e-mail address first: a new link is on its way to you")]
    UnverifiedEmail,
    /// The password was right.
    #[error("your account waits for an administrator, who must let you in first; you get a mail when that is done")]
    AwaitsApproval,
    /// Nobody makes an account by himself here.
    #[error("{}", no_sign_up(.invitation))]
    SignUpClosed {
        /// Those whom an admin invited can come in.
        invitation: bool,
    },
    /// The owner asked for the end of his account; until then he can only keep it.
    #[error("your account will be deleted on {at}: keep it first")]
    Leaving { at: Time },
    #[error("the code is wrong, was used already or has expired")]
    BadCode,
    /// The second factor that is demanded of the user is overdue.
    #[error("a second factor is demanded of you: set it up first")]
    EnrolmentRequired,
    /// A sensitive act, and the last proof of who acts is too long ago or was too weak.
    #[error("confirm first that it is you")]
    ReauthenticationRequired,
    #[error("you need the permission {permission} for this")]
    Forbidden { permission: String },
    /// What a proxy asked about goes no further, whoever sent it; the text says why.
    #[error("{message}")]
    Refused { code: &'static str, message: String },
    /// Nobody gives more than he has.
    #[error("you cannot give what you do not have: {}", list(.missing))]
    Escalation { missing: Vec<Pattern> },
    /// Not an error: a dry run ends like one, so that nothing is kept.
    #[error("this was a dry run")]
    DryRun(Box<Preview>),
    /// The state that was asked for is not there yet.
    #[error("the revision {asked} is not reached yet; it is {current} now")]
    Behind { asked: i64, current: i64 },
    #[error("there is no such {kind}")]
    NotFound { kind: &'static str },
    /// A one-time link that was used, was replaced or has expired.
    #[error("this link was used already or has expired")]
    Gone,
    #[error("the request did not come from Rolecall's own pages")]
    CrossSite,
    #[error("too many attempts; try again in {retry_after} s")]
    Throttled { retry_after: i64 },
    /// More requests than one caller may make.
    #[error("too many requests; go on in {retry_after} s")]
    TooMany { retry_after: i64 },
    #[error("Rolecall is busy; try again in {retry_after} s")]
    Busy { retry_after: i64 },
    #[error("the database cannot be reached; try again in a moment")]
    Unavailable(#[source] anyhow::Error),
    #[error("something went wrong on our side")]
    Internal(#[from] anyhow::Error),
}

fn no_sign_up(invitation: &bool) -> &'static str {
    if *invitation {
        "accounts are made by invitation here: ask an administrator for one, and come in by the link that you are mailed"
    } else {
        "sign-up is closed here: nobody can make an account"
    }
}

fn list(patterns: &[Pattern]) -> String {
    patterns.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

impl Error {
    pub fn conflict(code: &'static str, message: impl Into<String>) -> Self {
        Self::Conflict { code, message: message.into() }
    }

    pub fn not_found(kind: &'static str) -> Self {
        Self::NotFound { kind }
    }

    /// The stable word by which programs know the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "invalid",
            Self::Malformed(_) => "malformed",
            Self::TooLarge => "too_large",
            Self::MediaType => "unsupported_media_type",
            Self::Taken(_) => "taken",
            Self::Precondition => "precondition_failed",
            Self::Conflict { code, .. } => code,
            Self::SignInRequired => "sign_in_required",
            Self::InvalidToken => "invalid_token",
            Self::NotByToken => "not_by_token",
            Self::TokenTooWide => "token_too_wide",
            Self::BadCredentials => "bad_credentials",
            Self::PasswordOff => "password_off",
            Self::CodesOff => "codes_off",
            Self::SecondFactorRequired => "second_factor_required",
            Self::UnverifiedEmail => "unverified_email",
            Self::AwaitsApproval => "awaits_approval",
            Self::SignUpClosed { invitation: true } => "invitation_only",
            Self::SignUpClosed { invitation: false } => "sign_up_closed",
            Self::Leaving { .. } => "leaving",
            Self::BadCode => "bad_code",
            Self::EnrolmentRequired => "second_factor_demanded",
            Self::ReauthenticationRequired => "reauthentication_required",
            Self::Forbidden { .. } => "forbidden",
            Self::Refused { code, .. } => code,
            Self::Escalation { .. } => "escalation",
            Self::DryRun(_) => "dry_run",
            Self::Behind { .. } => "behind",
            Self::NotFound { .. } => "not_found",
            Self::Gone => "gone",
            Self::CrossSite => "cross_site",
            Self::Throttled { .. } | Self::TooMany { .. } => "throttled",
            Self::Busy { .. } => "busy",
            Self::Unavailable(_) => "unavailable",
            Self::Internal(_) => "internal",
        }
    }

    /// The errors of single fields, if this error is about fields.
    pub fn fields(&self) -> Option<&FieldErrors> {
        match self {
            Self::Invalid(fields) | Self::Taken(fields) => Some(fields),
            _ => None,
        }
    }
}

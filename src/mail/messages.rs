//! What mails say. The words stand in `templates/mail/<message>/`.

use crate::domain::{
    Time,
    mail::{Body, Message},
    session::device,
    user::User,
};
use askama::Template;
use std::borrow::Cow;

/// What every message may tell.
pub struct Context {
    pub name: String,
    pub username: String,
    /// The address of this Rolecall.
    pub site: String,
    /// Where to go; empty if nowhere.
    pub link: String,
    pub code: String,
    /// The address that it is about; empty if that is only the one that it goes to.
    pub address: String,
    /// Until when something is so or can be done.
    pub until: Option<Time>,
    /// Completes "your code to …".
    pub purpose: &'static str,
    /// What happened, without a full stop.
    pub what: Cow<'static, str>,
    pub at: Time,
    pub ip: String,
    /// `Firefox on Linux`; empty if nothing is known of it.
    pub device: String,
}

impl Context {
    pub fn new(user: &User, site: String, ip: &str, user_agent: &str, at: Time) -> Self {
        Self {
            name: user.first_name.clone(),
            username: user.username.clone(),
            site,
            link: String::new(),
            code: String::new(),
            address: String::new(),
            until: None,
            purpose: "",
            what: Cow::Borrowed(""),
            at,
            ip: ip.to_owned(),
            device: if user_agent.is_empty() { String::new() } else { device(user_agent) },
        }
    }
}

/// One message: a function that fills its three templates.
macro_rules! message {
    ($(#[$doc:meta])* $name:ident, $subject:literal, $text:literal, $html:literal) => {
        $(#[$doc])*
        pub fn $name(to: &User, m: &Context) -> anyhow::Result<Message> {
            #[derive(Template)]
            #[template(path = $subject)]
            struct Subject<'a> { m: &'a Context }
            #[derive(Template)]
            #[template(path = $text)]
            struct Text<'a> { m: &'a Context }
            #[derive(Template)]
            #[template(path = $html)]
            struct Html<'a> { m: &'a Context }
            // A template that does not use `m` must not make the field a dead one.
            let _ = (|s: &Subject<'_>| s.m.at, |t: &Text<'_>| t.m.at, |h: &Html<'_>| h.m.at);
            Ok(Message {
                kind: stringify!($name),
                user_id: Some(to.id),
                to_name: to.name(),
                to_address: to.email.clone(),
                subject: Subject { m }.render()?.trim().to_owned(),
                body: Body { text: Text { m }.render()?, html: Html { m }.render()? },
            })
        }
    };
}

message!(
    /// After sign-up: the verification link.
    welcome, "mail/welcome/subject.txt", "mail/welcome/body.txt", "mail/welcome/body.html");
message!(
    /// Instead of a second account with the same address.
    account_exists, "mail/account_exists/subject.txt", "mail/account_exists/body.txt", "mail/account_exists/body.html");
message!(
    /// A new verification link.
    verify_email, "mail/verify_email/subject.txt", "mail/verify_email/body.txt", "mail/verify_email/body.html");
message!(
    /// A one-time code.
    sign_in_code, "mail/sign_in_code/subject.txt", "mail/sign_in_code/body.txt", "mail/sign_in_code/body.html");
message!(
    /// The link of a forgotten password.
    reset_password, "mail/reset_password/subject.txt", "mail/reset_password/body.txt", "mail/reset_password/body.html");
message!(
    /// An account that an admin made.
    invite, "mail/invite/subject.txt", "mail/invite/body.txt", "mail/invite/body.html");
message!(
    /// Something about the security of the account changed.
    security_notice, "mail/security_notice/subject.txt", "mail/security_notice/body.txt", "mail/security_notice/body.html");
message!(
    /// A device signed in that had not done so before.
    new_device, "mail/new_device/subject.txt", "mail/new_device/body.txt", "mail/new_device/body.html");
message!(
    /// To a new address: the link that makes it the user's.
    change_email, "mail/change_email/subject.txt", "mail/change_email/body.txt", "mail/change_email/body.html");
message!(
    /// To the owner of an address that somebody else wanted to have.
    address_in_use, "mail/address_in_use/subject.txt", "mail/address_in_use/body.txt", "mail/address_in_use/body.html");
message!(
    /// To the address that a user had: the link that puts it back.
    email_changed, "mail/email_changed/subject.txt", "mail/email_changed/body.txt", "mail/email_changed/body.html");
message!(
    /// To somebody who signed up: an admin let him in.
    sign_up_approved, "mail/sign_up_approved/subject.txt", "mail/sign_up_approved/body.txt", "mail/sign_up_approved/body.html");
message!(
    /// To somebody who signed up: he was turned away, and why.
    sign_up_rejected, "mail/sign_up_rejected/subject.txt", "mail/sign_up_rejected/body.txt", "mail/sign_up_rejected/body.html");
message!(
    /// To somebody who asked for the end of his account: until when he can keep it.
    account_leaving, "mail/account_leaving/subject.txt", "mail/account_leaving/body.txt", "mail/account_leaving/body.html");
message!(
    /// The account is gone.
    account_deleted, "mail/account_deleted/subject.txt", "mail/account_deleted/body.txt", "mail/account_deleted/body.html");
message!(
    /// A role was given or taken.
    rights_changed, "mail/rights_changed/subject.txt", "mail/rights_changed/body.txt", "mail/rights_changed/body.html");

message!(
    /// To whoever has an API token, or made it for a service account: it ends soon.
    token_ending, "mail/token_ending/subject.txt", "mail/token_ending/body.txt", "mail/token_ending/body.html");

message!(
    /// To an admin who wants to see whether mails arrive.
    test, "mail/test/subject.txt", "mail/test/body.txt", "mail/test/body.html");

/// Writes one message.
pub type Write = fn(&User, &Context) -> anyhow::Result<Message>;

/// All of them.
pub const ALL: [Write; 18] = [
    welcome,
    account_exists,
    verify_email,
    sign_in_code,
    reset_password,
    invite,
    security_notice,
    new_device,
    change_email,
    address_in_use,
    email_changed,
    sign_up_approved,
    sign_up_rejected,
    account_leaving,
    account_deleted,
    rights_changed,
    token_ending,
    test,
];

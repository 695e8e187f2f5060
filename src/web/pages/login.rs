//! Sign-in: password, then the second step if one is due; and sign-out.

use super::{
    Page, field_errors,
    held::{self, Held},
    own_path,
};
use crate::{
    app::login::{Client, Due, SignIn},
    domain::{
        Error, FieldErrors, Result,
        factor::{CODE_DIGITS, Method},
    },
    web::{
        cookies,
        error::PageError,
        extract::{Form, Visitor},
        session,
    },
};
use actix_web::{HttpResponse, cookie::time::Duration, http::StatusCode, web::Query};
use askama::Template;
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct LoginForm {
    username_or_email: String,
    password: String,
    next: String,
    /// A form that was sent without a session, to be sent after the sign-in.
    held: String,
}

#[derive(Template)]
#[template(path = "login/new.html")]
struct LoginPage {
    page: Page,
    form: LoginForm,
    /// There is something to sign up for.
    sign_up: bool,
    /// What an admin wants to be read here; may be empty.
    notice: String,
    /// Why the session that this browser had is no more.
    farewell: Option<String>,
    errors: FieldErrors,
}

impl LoginPage {
    fn new(visitor: &Visitor, form: LoginForm, errors: FieldErrors) -> Self {
        let settings = visitor.app.sign_in_settings();
        Self {
            page: visitor.page("Sign in"),
            form,
            sign_up: settings.sign_up.takes_forms(),
            notice: settings.notice.clone(),
            farewell: session::farewell(&visitor.req),
            errors,
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Next {
    next: String,
}

pub async fn new(visitor: Visitor, Query(query): Query<Next>) -> Result<HttpResponse, PageError> {
    if visitor.actor.id.is_some() {
        return Ok(visitor.go(own_path(&query.next).unwrap_or("/")));
    }
    visitor.catch_up().await;
    let form = LoginForm { next: query.next, ..LoginForm::default() };
    visitor.show(&LoginPage::new(&visitor, form, FieldErrors::default()))
}

/// The page for somebody who sent a form and is not signed in (any more). `held`: that form.
pub fn hold(visitor: &Visitor, held: String) -> Result<HttpResponse, PageError> {
    let form = LoginForm { held, ..LoginForm::default() };
    let template = LoginPage::new(visitor, form, FieldErrors::default());
    visitor.show_with(StatusCode::FORBIDDEN, &template)
}

pub async fn create(visitor: Visitor, Form(form): Form<LoginForm>) -> Result<HttpResponse, PageError> {
    let (origin, name, password) = (visitor.browser(), form.username_or_email.clone(), form.password.clone());
    match crate::web::run(&visitor.app, move |app| app.sign_in(origin, &name, &password, Client::Browser)).await {
        Ok(done) => go_on(&visitor, done, &form.next, &form.held).await,
        Err(error) => {
            let (status, errors) = field_errors(error)?;
            let form = LoginForm { password: String::new(), ..form };
            visitor.show_with(status, &LoginPage::new(&visitor, form, errors))
        }
    }
}

/// As [`finish`]; with a form that was kept, the next page is one that has it.
async fn go_on(visitor: &Visitor, outcome: SignIn, next: &str, held: &str) -> Result<HttpResponse, PageError> {
    let redirect = |outcome| finish(visitor, outcome, next);
    let Some(form) = Held::read(held) else { return redirect(outcome) };
    let page = match &outcome {
        SignIn::Done { session_id, .. } => held::show(visitor, *session_id, form).await?,
        SignIn::SecondFactor { key, .. } => {
            let key = key.clone();
            let due = crate::web::run(&visitor.app, move |app| app.due(&key)).await?;
            let form = CodeForm { next: next.to_owned(), held: held.to_owned(), ..CodeForm::default() };
            visitor.show(&CodePage::new(visitor, due, form, FieldErrors::default()))?
        }
    };
    let mut page = page;
    for cookie in redirect(outcome)?.cookies() {
        page.add_cookie(&cookie).map_err(|error| Error::Internal(error.into()))?;
    }
    Ok(page)
}

/// Binds the browser to its session, or sends it to the second step.
pub fn finish(visitor: &Visitor, outcome: SignIn, next: &str) -> Result<HttpResponse, PageError> {
    let next = own_path(next).unwrap_or("/");
    match outcome {
        SignIn::Done { user, session_id, device, failures } => {
            session::begin(&visitor.req, user.id, session_id)?;
            let mut response = match failures {
                Some(failures) => {
                    let text = format!(
                        "Since your last sign-in there were failed tries to sign in as you: {failures}. Was it not you? Then choose a new password."
                    );
                    visitor.go_with(next, "warn", text)
                }
                None => visitor.go(next),
            };
            if let Some(device) = device {
                let cookie = cookies::add_device(&visitor.req, &visitor.app, device);
                response.add_cookie(&cookie).map_err(|error| Error::Internal(error.into()))?;
            }
            // The pre-session and the pending login have done their work.
            for spent in [cookies::PRE, cookies::LOGIN] {
                response
                    .add_cookie(&cookies::remove(&visitor.app, spent))
                    .map_err(|error| Error::Internal(error.into()))?;
            }
            Ok(response)
        }
        SignIn::SecondFactor { key, .. } => {
            let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
            let mut response = visitor.go(&format!("/login/code?next={next}"));
            let cookie = cookies::make(
                &visitor.app,
                cookies::LOGIN,
                key,
                Some(Duration::seconds(crate::domain::login::PENDING_SECONDS)),
            );
            response.add_cookie(&cookie).map_err(|error| Error::Internal(error.into()))?;
            Ok(response)
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct CodeForm {
    code: String,
    /// From the form for those whose device is gone.
    recovery_code: String,
    next: String,
    /// The button "send a (new) code" was pressed.
    send: String,
    held: String,
    /// A box: not sent when it is empty.
    trust: String,
}

#[derive(Template)]
#[template(path = "login/code.html")]
struct CodePage {
    page: Page,
    next: String,
    held: String,
    totp: bool,
    email: bool,
    recovery: bool,
    address: String,
    /// A mailed code is on its way.
    code_sent: bool,
    /// For how many days the device may be trusted; 0: it may not.
    trust_days: i64,
    trust: bool,
    errors: FieldErrors,
}

impl CodePage {
    fn new(visitor: &Visitor, due: Due, form: CodeForm, errors: FieldErrors) -> Self {
        Self {
            page: visitor.page("Second step"),
            next: form.next,
            held: form.held,
            totp: due.methods.contains(&Method::Totp),
            email: due.methods.contains(&Method::Email),
            recovery: due.methods.contains(&Method::Recovery),
            address: due.address,
            code_sent: due.code_sent_at.is_some(),
            trust_days: if due.may_trust { visitor.app.trusted_device_days() } else { 0 },
            trust: !form.trust.is_empty(),
            errors,
        }
    }

    fn digits(&self) -> String {
        if self.totp { "6".to_owned() } else { CODE_DIGITS.to_string() }
    }
}

pub async fn code(visitor: Visitor, Query(query): Query<Next>) -> Result<HttpResponse, PageError> {
    let Some(key) = cookies::read(&visitor.req, &visitor.app, cookies::LOGIN) else { return Ok(visitor.go("/login")) };
    match crate::web::run(&visitor.app, move |app| app.due(&key)).await {
        Ok(due) => visitor.show(&CodePage::new(
            &visitor,
            due,
            CodeForm { next: query.next, ..CodeForm::default() },
            FieldErrors::default(),
        )),
        Err(Error::Gone) => Ok(start_again(&visitor)),
        Err(error) => Err(error.into()),
    }
}

pub async fn create_code(visitor: Visitor, Form(form): Form<CodeForm>) -> Result<HttpResponse, PageError> {
    let Some(key) = cookies::read(&visitor.req, &visitor.app, cookies::LOGIN) else { return Ok(start_again(&visitor)) };
    let recovery = !form.recovery_code.is_empty();
    let code = if recovery { form.recovery_code.clone() } else { form.code.clone() };
    let (origin, pending, send) = (visitor.browser(), key.clone(), !form.send.is_empty());
    let trust = !form.trust.is_empty();
    let done = crate::web::run(&visitor.app, move |app| {
        if send {
            app.send_code(origin, &pending).map(|()| None)
        } else {
            app.finish_sign_in(origin, &pending, &code, trust).map(Some)
        }
    })
    .await;
    match done {
        // Whoever needs one has probably lost his device.
        Ok(Some(outcome)) if recovery && form.held.is_empty() => finish(&visitor, outcome, "/account/second-factor"),
        Ok(Some(outcome)) => go_on(&visitor, outcome, &form.next, &form.held).await,
        Ok(None) if !form.held.is_empty() => {
            let due = crate::web::run(&visitor.app, move |app| app.due(&key)).await?;
            visitor.show(&CodePage::new(&visitor, due, form, FieldErrors::default()))
        }
        Ok(None) => {
            let next: String = url::form_urlencoded::byte_serialize(form.next.as_bytes()).collect();
            Ok(visitor.go_with(
                &format!("/login/code?next={next}"),
                "ok",
                "A new code is on its way. The one before does not work any more.",
            ))
        }
        Err(Error::Gone) => Ok(start_again(&visitor)),
        Err(error) => {
            let (status, mut errors) = field_errors(error)?;
            if status == StatusCode::UNPROCESSABLE_ENTITY {
                let field = if recovery { "recovery_code" } else { "code" };
                errors = FieldErrors::one(field, "This code is wrong, was used already or has expired.");
            }
            let due = crate::web::run(&visitor.app, move |app| app.due(&key)).await?;
            visitor.show_with(status, &CodePage::new(&visitor, due, form, errors))
        }
    }
}

fn start_again(visitor: &Visitor) -> HttpResponse {
    visitor.go_with("/login", "info", "The second step took too long or was done already. Please sign in again.")
}

#[derive(Template)]
#[template(path = "login/logout.html")]
struct LogoutPage {
    page: Page,
}

/// Shows the one button: a GET never signs out.
pub async fn logout(visitor: Visitor) -> Result<HttpResponse, PageError> {
    if visitor.actor.id.is_none() {
        return Ok(visitor.go("/login"));
    }
    visitor.show(&LogoutPage { page: visitor.page("Sign out") })
}

pub async fn delete(visitor: Visitor, Form(_): Form<Next>) -> Result<HttpResponse, PageError> {
    if visitor.actor.id.is_some() {
        visitor.run(|app, actor| app.sign_out(actor)).await?;
    }
    session::end(&visitor.req);
    Ok(visitor.go_with("/login", "ok", "You are signed out."))
}

/// `/`: the panel for those who have one, the account for the others, sign-in for the rest.
pub async fn home(visitor: Visitor) -> HttpResponse {
    let target = match (visitor.actor.id, visitor.actor.is_some_admin()) {
        (None, _) => "/login",
        (Some(_), true) => "/admin",
        (Some(_), false) => "/account",
    };
    visitor.go(target)
}

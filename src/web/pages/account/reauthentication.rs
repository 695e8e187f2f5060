//! Before a sensitive act: the user proves again that it is he, and the act goes on as if nothing had been asked.

use super::super::{Page, field_errors, held, own_path};
use crate::{
    app::reauthentication::Reauthentication,
    domain::{
        Error, FieldErrors,
        factor::{CODE_DIGITS, Method},
    },
    web::{
        error::PageError,
        extract::{Form, SignedIn},
        session,
    },
};
use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::Query,
};
use askama::Template;
use serde::Deserialize;

/// What the fields of this page begin with: the others on it belong to the act.
const OWN: &str = "reauth_";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ProofForm {
    reauth_password: String,
    reauth_code: String,
    /// The button "send a (new) code" was pressed.
    reauth_send: String,
    /// Where it goes on.
    reauth_path: String,
    /// Set if what goes on is a form, and not a page that is only looked at.
    reauth_post: String,
}

#[derive(Template)]
#[template(path = "account/reauthentication.html")]
struct ProofPage {
    page: Page,
    proof: Reauthentication,
    minutes: i64,
    path: String,
    post: bool,
    /// The fields of the form that goes on.
    kept: Vec<(String, String)>,
    errors: FieldErrors,
}

impl ProofPage {
    fn totp(&self) -> bool {
        self.proof.methods.contains(&Method::Totp)
    }

    fn email(&self) -> bool {
        self.proof.methods.contains(&Method::Email)
    }

    fn digits(&self) -> String {
        if self.totp() { "6".to_owned() } else { CODE_DIGITS.to_string() }
    }

    fn code_help(&self) -> &'static str {
        if self.proof.methods.contains(&Method::Recovery) { "A recovery code does it too." } else { "" }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Next {
    next: String,
}

pub async fn new(visitor: SignedIn, Query(query): Query<Next>) -> Result<HttpResponse, PageError> {
    let form =
        ProofForm { reauth_path: own_path(&query.next).unwrap_or("/account").to_owned(), ..ProofForm::default() };
    let proof = visitor.run(|app, actor| app.reauthentication(actor)).await?;
    if proof.until.is_some_and(|until| until > visitor.app.now()) {
        return Ok(visitor.go(&form.reauth_path));
    }
    show(&visitor, StatusCode::OK, form, vec![], FieldErrors::default()).await
}

pub async fn create(visitor: SignedIn, Form(form): Form<ProofForm>) -> Result<HttpResponse, PageError> {
    let kept = kept_fields(&visitor.req);
    if !form.reauth_send.is_empty() {
        let (status, errors) = match visitor.run(|app, actor| app.send_reauthentication_code(actor)).await {
            Ok(()) => (StatusCode::OK, FieldErrors::default()),
            Err(error) => field_errors(error)?,
        };
        return show(&visitor, status, form, kept, errors).await;
    }
    let (password, code) = (form.reauth_password.clone(), form.reauth_code.clone());
    match visitor.run(move |app, actor| app.reauthenticate(actor, &password, &code)).await {
        Ok(_) => {
            session::renew(&visitor.req);
            let path = own_path(&form.reauth_path).unwrap_or("/account");
            if form.reauth_post.is_empty() {
                return Ok(visitor.go(path));
            }
            // 307 makes the browser send this very form, and so the one that it carries, to where that was going.
            Ok(HttpResponse::TemporaryRedirect().insert_header((header::LOCATION, path)).finish())
        }
        Err(error) => {
            let (status, errors) = field_errors(error)?;
            let errors = errors.rename("password", "reauth_password").rename("code", "reauth_code");
            show(&visitor, status, form, kept, errors).await
        }
    }
}

async fn show(
    visitor: &SignedIn,
    status: StatusCode,
    form: ProofForm,
    kept: Vec<(String, String)>,
    errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    let proof = visitor.run(|app, actor| app.reauthentication(actor)).await?;
    let template = ProofPage {
        page: visitor.page("Confirm that it is you"),
        proof,
        minutes: visitor.app.config.sign_in.reauthenticate / 60,
        path: form.reauth_path,
        post: !form.reauth_post.is_empty(),
        kept,
        errors,
    };
    visitor.show_with(status, &template)
}

/// The answer in place of a sensitive act: the page that asks for the proof and carries the form that was sent.
pub async fn interpose(req: &HttpRequest) -> Result<HttpResponse, actix_web::Error> {
    let visitor = SignedIn::from_request(req, &mut actix_web::dev::Payload::None).await?;
    let path = req.uri().to_string();
    if req.method() == actix_web::http::Method::GET {
        let next: String = url::form_urlencoded::byte_serialize(path.as_bytes()).collect();
        return Ok(visitor.go(&format!("/account/reauthentication?next={next}")));
    }
    let form = ProofForm { reauth_path: path, reauth_post: "1".into(), ..ProofForm::default() };
    Ok(show(&visitor, StatusCode::FORBIDDEN, form, kept_fields(req), FieldErrors::default()).await?)
}

/// The fields of the form that goes on, without those of this page.
fn kept_fields(req: &HttpRequest) -> Vec<(String, String)> {
    held::fields(req).into_iter().filter(|(name, _)| !name.starts_with(OWN)).collect()
}

/// Whether the failure is one that this page mends.
pub fn mends(code: &str) -> bool {
    code == Error::ReauthenticationRequired.code()
}

//! What the pages of API tokens share: one's own, and those of a user.

use super::{Page, admin::confirm::Confirm, field_errors};
use crate::{
    app::tokens::Issued,
    domain::{
        Error, FieldErrors, Time,
        policy::Holding,
        token::{ApiToken, TokenDraft},
    },
    web::{
        error::PageError,
        extract::{Posted, SignedIn},
    },
};
use actix_web::{HttpMessage, HttpResponse, http::StatusCode};
use askama::Template;
use serde::Deserialize;

/// Patterns that are offered with a box each, at most; others are typed.
const OFFERED: usize = 30;
/// Overlaps of a rotation, in seconds.
const OVERLAPS: [(&str, &str); 4] =
    [("0", "The old one ends at once"), ("3600", "An hour"), ("86400", "A day"), ("604800", "A week")];

/// Whose tokens a page is about.
#[derive(Debug, Clone)]
pub struct Owner {
    pub id: i64,
    /// The way here: label and address; the last is the list.
    pub trail: Vec<(String, String)>,
    /// The address of the list.
    pub base: String,
}

/// Whether there is more than one to revoke at once.
pub fn several_live(tokens: &[ApiToken], now: Time) -> bool {
    tokens.iter().filter(|token| token.is_live(now)).count() > 1
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct TokenForm {
    name: String,
    /// `all`: whatever the owner has.
    extent: String,
    /// Patterns besides those that are ticked, with commas or spaces between.
    others: String,
    scope: String,
    networks: String,
    expires_at: String,
    #[serde(skip)]
    ticked: Vec<String>,
}

impl TokenForm {
    /// With the boxes that are ticked.
    fn with_boxes(self, visitor: &SignedIn) -> Self {
        let body = visitor.req.extensions().get::<Posted>().map(|posted| posted.0.clone()).unwrap_or_default();
        let pairs = url::form_urlencoded::parse(&body);
        Self {
            ticked: pairs.filter(|(name, _)| name == "pattern").map(|(_, text)| text.into_owned()).collect(),
            ..self
        }
    }

    fn draft(&self) -> TokenDraft {
        let words = |text: &str| -> Vec<String> {
            text.split(|c: char| c == ',' || c.is_whitespace())
                .filter(|word| !word.is_empty())
                .map(str::to_owned)
                .collect()
        };
        let named = || self.ticked.iter().cloned().chain(words(&self.others)).collect();
        TokenDraft {
            name: self.name.clone(),
            permissions: (self.extent != "all").then(named),
            scope: self.scope.clone(),
            networks: words(&self.networks),
            expires_at: self.expires_at.clone(),
        }
    }
}

#[derive(Template)]
#[template(path = "tokens/new.html")]
struct NewPage {
    page: Page,
    owner: Owner,
    form: TokenForm,
    offered: Vec<String>,
    errors: FieldErrors,
}

/// The form of a new token, with the patterns that the owner has.
pub async fn show_new(
    visitor: &SignedIn,
    owner: Owner,
    status: StatusCode,
    form: TokenForm,
    errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    let id = owner.id;
    let rights: Vec<Holding> =
        visitor.run(move |app, actor| app.what_can(actor, id, None, None)).await.map(|(rights, _)| rights)?;
    let mut offered: Vec<String> = rights.iter().map(|right| right.pattern.to_string()).collect();
    offered.sort();
    offered.dedup();
    offered.truncate(OFFERED);
    let page = visitor.page("New token · Tokens");
    visitor.show_with(status, &NewPage { page, owner, form, offered, errors })
}

#[derive(Template)]
#[template(path = "tokens/made.html")]
struct MadePage {
    page: Page,
    owner: Owner,
    token: ApiToken,
    text: String,
    /// The old one, if it took its place, and still works.
    replaced: Option<ApiToken>,
}

fn show_made(
    visitor: &SignedIn,
    owner: Owner,
    issued: Issued,
    replaced: Option<ApiToken>,
) -> Result<HttpResponse, PageError> {
    let page = visitor.page("Your new token · Tokens");
    visitor.show(&MadePage { page, owner, token: issued.token, text: issued.text, replaced })
}

/// Answers with the token itself and not with a redirect: nothing keeps it that could show it later.
pub async fn create(visitor: SignedIn, owner: Owner, form: TokenForm) -> Result<HttpResponse, PageError> {
    let form = form.with_boxes(&visitor);
    let (id, draft) = (owner.id, form.draft());
    match visitor.run(move |app, actor| app.create_token(actor, id, &draft)).await {
        Ok(change) => show_made(&visitor, owner, change.value, None),
        Err(error) => {
            let (status, errors) = field_errors(error)?;
            show_new(&visitor, owner, status, form, errors).await
        }
    }
}

#[derive(Debug, Deserialize)]
pub struct RotationForm {
    overlap_seconds: i64,
}

#[derive(Template)]
#[template(path = "tokens/rotation.html")]
struct RotationPage {
    page: Page,
    owner: Owner,
    token: ApiToken,
    overlaps: &'static [(&'static str, &'static str)],
    errors: FieldErrors,
}

async fn ask_rotation(
    visitor: &SignedIn,
    owner: Owner,
    token_id: i64,
    (status, errors): (StatusCode, FieldErrors),
) -> Result<HttpResponse, PageError> {
    let id = owner.id;
    let token = visitor.run(move |app, actor| app.token(actor, id, token_id)).await?;
    let page = visitor.page(&format!("Replace {} · Tokens", token.name));
    visitor.show_with(status, &RotationPage { page, owner, token, overlaps: &OVERLAPS, errors })
}

pub async fn rotation(visitor: SignedIn, owner: Owner, token_id: i64) -> Result<HttpResponse, PageError> {
    ask_rotation(&visitor, owner, token_id, (StatusCode::OK, FieldErrors::default())).await
}

/// As [`create`].
pub async fn rotate(
    visitor: SignedIn,
    owner: Owner,
    token_id: i64,
    form: RotationForm,
) -> Result<HttpResponse, PageError> {
    let id = owner.id;
    let rotate = move |app: &crate::app::App, actor: &crate::app::Actor| {
        let issued = app.rotate_token(actor, id, token_id, form.overlap_seconds)?.value;
        Ok((issued, app.token(actor, id, token_id)?))
    };
    match visitor.run(rotate).await {
        Ok((issued, old)) => show_made(&visitor, owner, issued, Some(old)),
        Err(error) => ask_rotation(&visitor, owner, token_id, field_errors(error)?).await,
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NameForm {
    name: String,
}

#[derive(Template)]
#[template(path = "tokens/name.html")]
struct NamePage {
    page: Page,
    owner: Owner,
    token: ApiToken,
    name: String,
    errors: FieldErrors,
}

async fn ask_name(
    visitor: &SignedIn,
    owner: Owner,
    token_id: i64,
    typed: Option<String>,
    (status, errors): (StatusCode, FieldErrors),
) -> Result<HttpResponse, PageError> {
    let id = owner.id;
    let token = visitor.run(move |app, actor| app.token(actor, id, token_id)).await?;
    let page = visitor.page(&format!("Rename {} · Tokens", token.name));
    let name = typed.unwrap_or_else(|| token.name.clone());
    visitor.show_with(status, &NamePage { page, owner, token, name, errors })
}

/// The form of another name for a token.
pub async fn name(visitor: SignedIn, owner: Owner, token_id: i64) -> Result<HttpResponse, PageError> {
    ask_name(&visitor, owner, token_id, None, (StatusCode::OK, FieldErrors::default())).await
}

pub async fn rename(visitor: SignedIn, owner: Owner, token_id: i64, form: NameForm) -> Result<HttpResponse, PageError> {
    let (id, name) = (owner.id, form.name.clone());
    match visitor.run(move |app, actor| app.rename_token(actor, id, token_id, &name)).await {
        Ok(change) => {
            Ok(visitor.go_with(&owner.base, "ok", format!("The token is called “{}” now.", change.value.name)))
        }
        Err(error) => ask_name(&visitor, owner, token_id, Some(form.name), field_errors(error)?).await,
    }
}

/// The page before all live tokens are revoked.
pub async fn ask_all(visitor: &SignedIn, owner: &Owner) -> Result<Confirm, PageError> {
    let id = owner.id;
    let tokens = visitor.run(move |app, actor| app.tokens(actor, id)).await?;
    let now = visitor.app.now();
    let live = tokens.iter().filter(|token| token.is_live(now)).count();
    let live = super::admin::counted(live, "token", "tokens");
    let confirm = Confirm::new(visitor, format!("Revoke {live}?"), "Revoke all tokens");
    let confirm = owner.trail.iter().fold(confirm, |confirm, (label, href)| confirm.from(label, href));
    Ok(confirm
        .loses("Programs that send any of them are refused from now on.")
        .keeps("Their rows stay in the list and in the audit log."))
}

pub async fn delete_all(
    visitor: SignedIn,
    owner: Owner,
    form: super::admin::confirm::Reason,
) -> Result<HttpResponse, PageError> {
    let (id, reason) = (owner.id, form.reason.clone());
    match visitor.run(move |app, actor| app.revoke_tokens(actor, id, &reason)).await {
        Ok(change) => {
            let ended = super::admin::counted(change.value, "token is", "tokens are");
            Ok(visitor.go_with(&owner.base, "ok", format!("{ended} revoked.")))
        }
        Err(error @ Error::NotFound { .. }) => Err(error.into()),
        Err(error) => ask_all(&visitor, &owner).await?.refused(&visitor, form, error),
    }
}

/// The page before a token is revoked.
pub async fn ask(visitor: &SignedIn, owner: &Owner, token_id: i64) -> Result<Confirm, PageError> {
    let id = owner.id;
    let token = visitor.run(move |app, actor| app.token(actor, id, token_id)).await?;
    let used = match (token.last_used_at, token.last_used_ip) {
        (Some(at), Some(ip)) => format!("It was last used on {at} from {ip}."),
        _ => "It was never used.".to_owned(),
    };
    let confirm = Confirm::new(visitor, format!("Revoke the token {}?", token.name), "Revoke token");
    let confirm = owner.trail.iter().fold(confirm, |confirm, (label, href)| confirm.from(label, href));
    Ok(confirm
        .loses("Programs that send it are refused from now on.")
        .loses(used)
        .keeps("Its row stays in the list and in the audit log."))
}

pub async fn delete(
    visitor: SignedIn,
    owner: Owner,
    token_id: i64,
    form: super::admin::confirm::Reason,
) -> Result<HttpResponse, PageError> {
    let (id, reason) = (owner.id, form.reason.clone());
    match visitor.run(move |app, actor| app.revoke_token(actor, id, token_id, &reason)).await {
        Ok(_) => Ok(visitor.go_with(&owner.base, "ok", "The token is revoked.")),
        Err(error @ Error::NotFound { .. }) => Err(error.into()),
        Err(error) => ask(&visitor, &owner, token_id).await?.refused(&visitor, form, error),
    }
}

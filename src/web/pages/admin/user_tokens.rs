//! The API tokens of a user: to see and revoke; of a service account also to make and replace.

use super::confirm::Reason;
use crate::{
    app::Actor,
    domain::{
        FieldErrors,
        permission::{SESSIONS_WRITE, USERS_WRITE},
        token::ApiToken,
        user::User,
    },
    web::{
        error::PageError,
        extract::{Form, SignedIn},
        pages::{
            Page,
            tokens::{self as shared, NameForm, Owner, RotationForm, TokenForm},
        },
    },
};
use actix_web::{HttpResponse, http::StatusCode, web::Path};
use askama::Template;

#[derive(Template)]
#[template(path = "admin/user_tokens/index.html")]
struct TokensPage {
    page: Page,
    actor: Actor,
    tab: &'static str,
    user: User,
    factors: Vec<String>,
    tokens: Vec<ApiToken>,
    base: String,
    may_make: bool,
    may_rename: bool,
    may_revoke: bool,
}

impl TokensPage {
    fn may_revoke_all(&self) -> bool {
        self.may_revoke && shared::several_live(&self.tokens, self.page.now)
    }
}

fn base(id: i64) -> String {
    format!("/admin/users/{id}/tokens")
}

async fn owner(visitor: &SignedIn, id: i64) -> Result<Owner, PageError> {
    let user = visitor.run(move |app, actor| app.user(actor, id)).await?.user;
    let trail = vec![
        ("Users".to_owned(), "/admin/users".to_owned()),
        (user.name(), format!("/admin/users/{id}")),
        ("Tokens".to_owned(), base(id)),
    ];
    Ok(Owner { id, trail, base: base(id) })
}

pub async fn index(visitor: SignedIn, id: Path<i64>) -> Result<HttpResponse, PageError> {
    let id = *id;
    let (view, tokens) = visitor.run(move |app, actor| Ok((app.user(actor, id)?, app.tokens(actor, id)?))).await?;
    visitor.show(&TokensPage {
        page: visitor.page(&format!("Tokens of {} · Users", view.user.name())),
        actor: visitor.actor.clone(),
        tab: "tokens",
        may_make: view.user.is_service() && visitor.actor.can(USERS_WRITE),
        may_rename: visitor.actor.can(USERS_WRITE),
        may_revoke: visitor.actor.can(SESSIONS_WRITE),
        user: view.user,
        factors: view.factors,
        tokens,
        base: base(id),
    })
}

pub async fn new(visitor: SignedIn, id: Path<i64>) -> Result<HttpResponse, PageError> {
    visitor.actor.require_everywhere(USERS_WRITE)?;
    let owner = owner(&visitor, *id).await?;
    shared::show_new(&visitor, owner, StatusCode::OK, TokenForm::default(), FieldErrors::default()).await
}

pub async fn create(visitor: SignedIn, id: Path<i64>, Form(form): Form<TokenForm>) -> Result<HttpResponse, PageError> {
    let owner = owner(&visitor, *id).await?;
    shared::create(visitor, owner, form).await
}

pub async fn rotation(visitor: SignedIn, path: Path<(i64, i64)>) -> Result<HttpResponse, PageError> {
    visitor.actor.require_everywhere(USERS_WRITE)?;
    let (id, token_id) = path.into_inner();
    let owner = owner(&visitor, id).await?;
    shared::rotation(visitor, owner, token_id).await
}

pub async fn rotate(
    visitor: SignedIn,
    path: Path<(i64, i64)>,
    Form(form): Form<RotationForm>,
) -> Result<HttpResponse, PageError> {
    let (id, token_id) = path.into_inner();
    let owner = owner(&visitor, id).await?;
    shared::rotate(visitor, owner, token_id, form).await
}

pub async fn name(visitor: SignedIn, path: Path<(i64, i64)>) -> Result<HttpResponse, PageError> {
    visitor.actor.require_everywhere(USERS_WRITE)?;
    let (id, token_id) = path.into_inner();
    let owner = owner(&visitor, id).await?;
    shared::name(visitor, owner, token_id).await
}

pub async fn rename(
    visitor: SignedIn,
    path: Path<(i64, i64)>,
    Form(form): Form<NameForm>,
) -> Result<HttpResponse, PageError> {
    let (id, token_id) = path.into_inner();
    let owner = owner(&visitor, id).await?;
    shared::rename(visitor, owner, token_id, form).await
}

pub async fn confirm_all(visitor: SignedIn, id: Path<i64>) -> Result<HttpResponse, PageError> {
    visitor.actor.require_everywhere(SESSIONS_WRITE)?;
    let owner = owner(&visitor, *id).await?;
    shared::ask_all(&visitor, &owner).await?.show(&visitor)
}

pub async fn delete_all(visitor: SignedIn, id: Path<i64>, Form(form): Form<Reason>) -> Result<HttpResponse, PageError> {
    let owner = owner(&visitor, *id).await?;
    shared::delete_all(visitor, owner, form).await
}

pub async fn confirm(visitor: SignedIn, path: Path<(i64, i64)>) -> Result<HttpResponse, PageError> {
    visitor.actor.require_everywhere(SESSIONS_WRITE)?;
    let (id, token_id) = path.into_inner();
    let owner = owner(&visitor, id).await?;
    shared::ask(&visitor, &owner, token_id).await?.show(&visitor)
}

pub async fn delete(
    visitor: SignedIn,
    path: Path<(i64, i64)>,
    Form(form): Form<Reason>,
) -> Result<HttpResponse, PageError> {
    let (id, token_id) = path.into_inner();
    let owner = owner(&visitor, id).await?;
    shared::delete(visitor, owner, token_id, form).await
}

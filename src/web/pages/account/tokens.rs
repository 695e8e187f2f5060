//! One's own API tokens.

use super::super::{
    Page,
    admin::confirm::Reason,
    tokens::{self as shared, NameForm, Owner, RotationForm, TokenForm},
};
use crate::{
    domain::{FieldErrors, token::ApiToken},
    web::{
        error::PageError,
        extract::{Form, SignedIn},
    },
};
use actix_web::{HttpResponse, http::StatusCode, web::Path};
use askama::Template;

const INDEX: &str = "/account/tokens";

#[derive(Template)]
#[template(path = "account/tokens/index.html")]
struct TokensPage {
    page: Page,
    tokens: Vec<ApiToken>,
    base: String,
    /// Whether they may be replaced and revoked here.
    may_make: bool,
    may_rename: bool,
    may_revoke: bool,
}

impl TokensPage {
    fn may_revoke_all(&self) -> bool {
        shared::several_live(&self.tokens, self.page.now)
    }
}

fn me(visitor: &SignedIn) -> Result<Owner, PageError> {
    let trail = vec![("My account".to_owned(), "/account".to_owned()), ("Tokens".to_owned(), INDEX.to_owned())];
    Ok(Owner { id: visitor.actor.user_id()?, trail, base: INDEX.to_owned() })
}

pub async fn index(visitor: SignedIn) -> Result<HttpResponse, PageError> {
    let me = visitor.actor.user_id()?;
    let tokens = visitor.run(move |app, actor| app.tokens(actor, me)).await?;
    let page = visitor.account_page("Tokens");
    visitor.show(&TokensPage {
        page,
        tokens,
        base: INDEX.to_owned(),
        may_make: true,
        may_rename: true,
        may_revoke: true,
    })
}

pub async fn new(visitor: SignedIn) -> Result<HttpResponse, PageError> {
    let owner = me(&visitor)?;
    shared::show_new(&visitor, owner, StatusCode::OK, TokenForm::default(), FieldErrors::default()).await
}

pub async fn create(visitor: SignedIn, Form(form): Form<TokenForm>) -> Result<HttpResponse, PageError> {
    let owner = me(&visitor)?;
    shared::create(visitor, owner, form).await
}

pub async fn rotation(visitor: SignedIn, id: Path<i64>) -> Result<HttpResponse, PageError> {
    let owner = me(&visitor)?;
    shared::rotation(visitor, owner, *id).await
}

pub async fn rotate(
    visitor: SignedIn,
    id: Path<i64>,
    Form(form): Form<RotationForm>,
) -> Result<HttpResponse, PageError> {
    let owner = me(&visitor)?;
    shared::rotate(visitor, owner, *id, form).await
}

pub async fn name(visitor: SignedIn, id: Path<i64>) -> Result<HttpResponse, PageError> {
    let owner = me(&visitor)?;
    shared::name(visitor, owner, *id).await
}

pub async fn rename(visitor: SignedIn, id: Path<i64>, Form(form): Form<NameForm>) -> Result<HttpResponse, PageError> {
    let owner = me(&visitor)?;
    shared::rename(visitor, owner, *id, form).await
}

pub async fn confirm_all(visitor: SignedIn) -> Result<HttpResponse, PageError> {
    let owner = me(&visitor)?;
    shared::ask_all(&visitor, &owner).await?.show(&visitor)
}

pub async fn delete_all(visitor: SignedIn, Form(form): Form<Reason>) -> Result<HttpResponse, PageError> {
    let owner = me(&visitor)?;
    shared::delete_all(visitor, owner, form).await
}

pub async fn confirm(visitor: SignedIn, id: Path<i64>) -> Result<HttpResponse, PageError> {
    let owner = me(&visitor)?;
    shared::ask(&visitor, &owner, *id).await?.show(&visitor)
}

pub async fn delete(visitor: SignedIn, id: Path<i64>, Form(form): Form<Reason>) -> Result<HttpResponse, PageError> {
    let owner = me(&visitor)?;
    shared::delete(visitor, owner, *id, form).await
}

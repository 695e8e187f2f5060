//! Where a proxy sends somebody who is not signed in, and the one place that gives his browser the cookie for applications.

use crate::{
    domain::forward::{self, Origin},
    web::{
        cookies,
        error::PageError,
        extract::{Query, SignedIn},
        pages::Page,
    },
};
use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use askama::Template;
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Back {
    /// The address that was asked for.
    to: String,
}

#[derive(Template)]
#[template(path = "auth/sign_in.html")]
struct OnPage {
    page: Page,
    /// The host that is gone on to.
    host: String,
    to: String,
}

#[derive(Template)]
#[template(path = "auth/elsewhere.html")]
struct ElsewherePage {
    page: Page,
    to: String,
    own: String,
    domain: Option<String>,
}

/// Goes on to the application, if it is one of ours. By a page and not by a redirect: browsers hold the form of the sign-in,
/// from which one comes here, to `form-action 'self'` through all redirects.
pub async fn show(visitor: SignedIn, Query(back): Query<Back>) -> Result<HttpResponse, PageError> {
    if back.to.is_empty() {
        return Ok(visitor.go("/"));
    }
    let app = visitor.app.clone();
    let own = &app.config.web.public_url;
    let domain = app.config.forward.domain.as_deref();
    let Some(url) = forward::target(&back.to, Origin { own, domain }) else {
        return visitor.show_with(
            StatusCode::BAD_REQUEST,
            &ElsewherePage {
                page: visitor.page("This is not an address of ours"),
                to: back.to,
                own: own.host_str().unwrap_or_default().to_owned(),
                domain: domain.map(str::to_owned),
            },
        );
    };
    let token = visitor.run(move |app, actor| app.forward_token(actor)).await?;
    let host = url.host_str().unwrap_or_default().to_owned();
    let mut response = visitor.show(&OnPage { page: visitor.page("Signed in"), host, to: url.to_string() })?;
    if let Some(token) = token {
        response
            .add_cookie(&cookies::forward(&app, token))
            .map_err(|error| crate::domain::Error::Internal(error.into()))?;
    }
    if let Ok(refresh) = header::HeaderValue::from_str(&format!("0; url={url}")) {
        response.headers_mut().insert(header::REFRESH, refresh);
    }
    Ok(response)
}

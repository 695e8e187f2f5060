//! Proving again, in a session, that it is its user who asks: what sensitive acts need.

use super::Revision;
use crate::{
    app::{App, reauthentication::Reauthentication},
    domain::{Time, factor::Method},
    web::{
        api::{
            answer::Shaped,
            openapi::describe::{Draft, Shape},
        },
        error::ApiError,
        extract::{Caller, Json as Body},
        session,
    },
};
use actix_web::{HttpResponse, web::Json};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Serialize, JsonSchema)]
pub struct ReauthenticationWire {
    /// What a new proof takes: `password`, or `totp` or `email` and, where there are any codes left, `recovery`.
    methods: Vec<&'static str>,
    /// Until when none is needed; `null`: it is needed now.
    until: Option<Time>,
}

impl ReauthenticationWire {
    fn new(found: &Reauthentication, now: Time) -> Self {
        let methods: Vec<_> = found.methods.iter().map(|method| method.as_str()).collect();
        Self {
            methods: if methods.is_empty() { vec!["password"] } else { methods },
            until: found.until.filter(|until| *until > now),
        }
    }
}

pub async fn get(caller: Caller) -> Result<Json<ReauthenticationWire>, ApiError> {
    let found = caller.run(App::reauthentication).await?;
    Ok(Json(ReauthenticationWire::new(&found, caller.app.now())))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = json!({ "password": "the long password of ada" }))]
pub struct Proof {
    /// Where the account has no second factor.
    #[serde(default)]
    password: String,
    /// Of the strongest second factor, or a recovery code. Where that is mailed codes and both are left out, one is mailed.
    #[serde(default)]
    code: String,
}

/// A code is on its way.
#[derive(Serialize, JsonSchema)]
pub struct Sent {
    /// True.
    pub code_sent: bool,
}

/// What comes of a proof.
pub struct Proven;

impl Shape for Proven {
    fn describe(draft: &mut Draft<'_>) {
        draft.answer::<Revision>(200, "It is oneself: the cookie has a new key.");
        draft.answer::<Sent>(202, "A code was mailed: send it as `code`.");
    }
}

/// 200: proven; the cookie has a new key. 202: a code is on its way.
pub async fn create(caller: Caller, Body(proof): Body<Proof>) -> Result<Shaped<Proven>, ApiError> {
    let done = caller
        .run(move |app, actor| {
            let mailed = app.reauthentication(actor)?.methods.contains(&Method::Email);
            if mailed && proof.code.is_empty() {
                return app.send_reauthentication_code(actor).map(|()| None);
            }
            app.reauthenticate(actor, &proof.password, &proof.code).map(Some)
        })
        .await?;
    let answer = match done {
        None => HttpResponse::Accepted().json(Sent { code_sent: true }),
        Some(change) => {
            session::renew(&caller.req);
            HttpResponse::Ok().json(Revision::of(&change))
        }
    };
    Ok(answer.into())
}

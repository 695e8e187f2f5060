//! `POST /login` and `POST /logout` for programs.

use super::{Nothing, Said, done};
use crate::{
    app::login::SignIn,
    domain::factor::Method,
    web::{
        error::LegacyError,
        extract::{Caller, LegacyBody},
        session,
        wire::UserWire,
    },
};
use actix_web::{HttpResponse, web::Json};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
pub struct Login {
    username_or_email: String,
    password: String,
    #[serde(default)]
    token: Option<String>,
}

#[derive(Serialize)]
struct SignedIn {
    success: bool,
    message: &'static str,
    user: UserWire,
}

#[derive(Serialize)]
struct SecondFactorDue {
    success: bool,
    message: &'static str,
    two_factor_required: bool,
    methods: Vec<Method>,
    /// A code is on its way by e-mail.
    code_sent: bool,
}

/// 200 and the session's cookie; 401 with `two_factor_required` when a second factor is due and no token came.
pub async fn create(caller: Caller, LegacyBody(login): LegacyBody<Login>) -> Result<HttpResponse, LegacyError> {
    let origin = caller.origin();
    let outcome = crate::web::run(&caller.app, move |app| {
        app.sign_in_program(origin, &login.username_or_email, &login.password, login.token.as_deref())
    })
    .await?;
    match outcome {
        SignIn::Done { user, session_id, .. } => {
            session::begin(&caller.req, user.id, session_id)?;
            Ok(HttpResponse::Ok().json(SignedIn {
                success: true,
                message: "Login successful",
                user: UserWire::new(&user, caller.app.now()),
            }))
        }
        SignIn::SecondFactor { methods, code_sent, .. } => {
            let body = SecondFactorDue {
                success: false,
                message: "2FA token required",
                two_factor_required: true,
                methods,
                code_sent,
            };
            Ok(HttpResponse::Unauthorized().json(body))
        }
    }
}

pub async fn delete(caller: Caller) -> Result<Json<Said<Nothing>>, LegacyError> {
    caller.run(|app, actor| app.sign_out(actor)).await?;
    session::end(&caller.req);
    Ok(done("Logout successful"))
}

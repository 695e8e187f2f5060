//! `POST /login` and `POST /logout` for programs.

use super::{Nothing, Said, done};
use crate::{
    app::login::SignIn,
    domain::factor::Method,
    web::{
        api::{
            answer::Shaped,
            openapi::describe::{Draft, Shape},
        },
        error::LegacyError,
        extract::{Caller, LegacyBody},
        session,
        wire::UserWire,
    },
};
use actix_web::{HttpResponse, web::Json};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Deserialize, JsonSchema)]
pub struct Login {
    /// The username or the e-mail address.
    username_or_email: String,
    password: String,
    /// The code of the second factor.
    #[serde(default)]
    token: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct SignedIn {
    /// True.
    success: bool,
    /// In a sentence.
    message: &'static str,
    /// Who signed in.
    user: UserWire,
}

#[derive(Serialize, JsonSchema)]
struct SecondFactorDue {
    /// False.
    success: bool,
    /// In a sentence.
    message: &'static str,
    /// True.
    two_factor_required: bool,
    /// What is taken: `totp`, `email`.
    methods: Vec<Method>,
    /// A code is on its way by e-mail.
    code_sent: bool,
}

/// What comes of a sign-in.
pub struct Outcome;

impl Shape for Outcome {
    fn describe(draft: &mut Draft<'_>) {
        draft.answer::<SignedIn>(200, "Signed in.");
        draft.failure_or::<SecondFactorDue>(401);
    }
}

/// 200 and the session's cookie; 401 with `two_factor_required` when a second factor is due and no token came.
pub async fn create(caller: Caller, LegacyBody(login): LegacyBody<Login>) -> Result<Shaped<Outcome>, LegacyError> {
    let origin = caller.origin();
    let outcome = crate::web::run(&caller.app, move |app| {
        app.sign_in_program(origin, &login.username_or_email, &login.password, login.token.as_deref())
    })
    .await?;
    match outcome {
        SignIn::Done { user, session_id, .. } => {
            session::begin(&caller.req, user.id, session_id)?;
            let user = UserWire::new(&user, caller.app.now());
            Ok(HttpResponse::Ok().json(SignedIn { success: true, message: "Login successful", user }).into())
        }
        SignIn::SecondFactor { methods, code_sent, .. } => {
            let body = SecondFactorDue {
                success: false,
                message: "2FA token required",
                two_factor_required: true,
                methods,
                code_sent,
            };
            Ok(HttpResponse::Unauthorized().json(body).into())
        }
    }
}

pub async fn delete(caller: Caller) -> Result<Json<Said<Nothing>>, LegacyError> {
    caller.run(|app, actor| app.sign_out(actor)).await?;
    session::end(&caller.req);
    Ok(done("Logout successful"))
}

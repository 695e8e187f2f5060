//! An application that asks Rolecall: `PORT=3000 cargo run --example client`

#![expect(clippy::disallowed_methods, reason = "an example is small enough to read its settings where it needs them")]

use actix_web::{
    App, FromRequest, HttpRequest, HttpServer, Responder,
    dev::Payload,
    error::{ErrorForbidden, ErrorServiceUnavailable, ErrorUnauthorized},
    web,
};
use serde_json::{Value, json};
use std::{env, future::Future, marker::PhantomData, pin::Pin, time::Duration};

/// A permission on the resource that a part of the address names.
trait Permission: 'static {
    const RESOURCE: &'static str;
    const ACTION: &'static str;
    const PART: &'static str;
}

/// Proves that whoever asks has the permission: a handler that takes it is called for nobody else.
struct May<P>(PhantomData<P>);

impl<P: Permission> FromRequest for May<P> {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, actix_web::Error>>>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let user = req.headers().get("Remote-User").and_then(|user| user.to_str().ok()).unwrap_or_default().to_owned();
        let id = req.match_info().get(P::PART).unwrap_or_default().to_owned();
        Box::pin(async move {
            if user.is_empty() {
                return Err(ErrorUnauthorized("Sign in first."));
            }
            let question = json!({ "subject": { "type": "user", "id": user }, "action": { "name": P::ACTION },
                "resource": { "type": P::RESOURCE, "id": id } });
            match web::block(move || ask(question)).await? {
                Ok(true) => Ok(Self(PhantomData)),
                Ok(false) => Err(ErrorForbidden("You may not.")),
                Err(_) => Err(ErrorServiceUnavailable("Try again in a moment.")),
            }
        })
    }
}

fn ask(question: Value) -> Result<bool, ureq::Error> {
    let var = |name| env::var(name).unwrap_or_default();
    let answer = ureq::post(format!("{}/access/v1/evaluation", var("ROLECALL_URL")))
        .config()
        .timeout_global(Some(Duration::from_secs(2)))
        .build()
        .header("Authorization", format!("Bearer {}", var("ROLECALL_TOKEN")))
        .content_type("application/json")
        .send(question.to_string())?
        .body_mut()
        .read_to_string()?;
    Ok(serde_json::from_str::<Value>(&answer).is_ok_and(|answer| answer.get("decision") == Some(&Value::Bool(true))))
}

struct Approve;

impl Permission for Approve {
    const RESOURCE: &'static str = "invoices";
    const ACTION: &'static str = "approve";
    const PART: &'static str = "invoice";
}

async fn approve(_: May<Approve>, invoice: web::Path<String>) -> impl Responder {
    format!("Invoice {invoice} is approved.")
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let port = env::var("PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(3000);
    HttpServer::new(|| App::new().route("/invoices/{invoice}/approval", web::post().to(approve)))
        .bind(("127.0.0.1", port))?
        .run()
        .await
}

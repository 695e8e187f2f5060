//! The header `Idempotency-Key`: a write that is sent again is done once.

use super::boxed;
use crate::{
    app::{
        App,
        idempotency::{Answer, Once, judge_key},
    },
    domain::Result,
    web::{
        self, BODY_LIMIT,
        error::ApiError,
        extract::{self, Buffered},
    },
};
use actix_web::{
    Error as ActixError, HttpMessage, HttpResponse,
    body::{BoxBody, MessageBody, to_bytes_limited},
    dev::{ServiceRequest, ServiceResponse},
    http::{Method, StatusCode, header},
    middleware::Next,
    web::Data,
};

const KEY: &str = "idempotency-key";
/// Marks an answer that was given before.
const REPLAYED: &str = "idempotency-replayed";

/// Within [`extract::signed_in`]: keys are everybody's own. A stranger, a dry run and a read have none.
pub async fn once(
    mut req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> std::result::Result<ServiceResponse<BoxBody>, ActixError> {
    let safe = matches!(*req.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let actor = extract::known_actor(req.request()).filter(|actor| actor.id.is_some());
    let (Some(actor), Some(app)) = (actor, req.app_data::<Data<App>>().cloned()) else { return boxed(next, req).await };
    if safe || !req.headers().contains_key(KEY) {
        return boxed(next, req).await;
    }
    let key = req.headers().get(KEY).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    if let Err(error) = judge_key(&key) {
        return Ok(req.error_response(ApiError(error)).map_into_boxed_body());
    }
    if actor.dry_run {
        return boxed(next, req).await;
    }
    let body = match extract::buffer(&mut req).await {
        Ok(body) => body,
        Err(error) => return Ok(req.error_response(ApiError(error)).map_into_boxed_body()),
    };
    let request = [req.method().as_str(), &req.uri().to_string(), &String::from_utf8_lossy(&body)].map(str::to_owned);
    let asked = web::run(&app, move |app| app.once(&actor, &key, &request.each_ref().map(String::as_str))).await;
    let id = match asked {
        Ok(Once::First(id)) => id,
        Ok(Once::Again(answer)) => return Ok(req.into_response(replay(answer))),
        Err(error) => return Ok(req.error_response(ApiError(error)).map_into_boxed_body()),
    };
    req.extensions_mut().insert(Buffered(body));
    // On its own: whoever hangs up asks again, and then the answer must be there.
    let done = actix_web::rt::spawn(async move { keep(&app, id, boxed(next, req).await).await });
    done.await.unwrap_or_else(|error| Err(actix_web::error::ErrorInternalServerError(error)))
}

fn replay(answer: Answer) -> HttpResponse {
    let mut response = HttpResponse::build(StatusCode::from_u16(answer.status).unwrap_or_default());
    response.insert_header((REPLAYED, "true"));
    for (name, value) in [(header::LOCATION, answer.location), (header::CONTENT_TYPE, answer.content_type)] {
        if let Some(value) = value {
            response.insert_header((name, value));
        }
    }
    response.body(answer.body)
}

/// A success is kept for who asks again; after anything else nothing was done, so the key is free.
async fn keep(
    app: &Data<App>,
    id: i64,
    outcome: std::result::Result<ServiceResponse<BoxBody>, ActixError>,
) -> std::result::Result<ServiceResponse<BoxBody>, ActixError> {
    let response = match outcome {
        Ok(response) if response.status().is_success() => response,
        other => {
            free(app, id).await;
            return other;
        }
    };
    let (req, response) = response.into_parts();
    let (response, body) = response.into_parts();
    let body = match to_bytes_limited(body, 16 * BODY_LIMIT).await {
        Ok(Ok(body)) => body,
        _ => {
            free(app, id).await;
            return Err(actix_web::error::ErrorInternalServerError("the answer is too long to be kept"));
        }
    };
    let text = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let answer = Answer {
        status: response.status().as_u16(),
        location: text(header::LOCATION),
        content_type: text(header::CONTENT_TYPE),
        body: body.to_vec(),
    };
    note(web::run(app, move |app| app.answered(id, Some(&answer))).await);
    Ok(ServiceResponse::new(req, response.set_body(body).map_into_boxed_body()))
}

async fn free(app: &Data<App>, id: i64) {
    note(web::run(app, move |app| app.answered(id, None)).await);
}

/// What was done is done: an answer that cannot be kept is no reason to hide it.
fn note(kept: Result<()>) {
    if let Err(error) = kept {
        tracing::warn!(code = error.code(), "an idempotent answer could not be kept");
    }
}

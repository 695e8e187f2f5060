//! `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10): how many requests a caller may make.

use crate::{
    app::{
        App,
        rates::{Rate, WINDOW},
    },
    domain::Error,
    web::{error::ApiError, extract::known_actor},
};
use actix_web::{
    Error as ActixError,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
    web::Data,
};

pub const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
pub const LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// Within [`crate::web::extract::signed_in`]: strangers have no count. Questions have none either.
pub async fn count(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, ActixError> {
    let app = req.app_data::<Data<App>>();
    let rate = app.and_then(|app| app.count_request(&known_actor(req.request())?));
    let Some(rate) = rate else { return Ok(next.call(req).await?.map_into_boxed_body()) };
    let mut answer = if rate.exceeded {
        req.error_response(ApiError(Error::TooMany { retry_after: rate.resets_in })).map_into_boxed_body()
    } else {
        next.call(req).await?.map_into_boxed_body()
    };
    tell(rate, answer.headers_mut())?;
    Ok(answer)
}

fn tell(rate: Rate, headers: &mut HeaderMap) -> Result<(), ActixError> {
    let Rate { most, left, resets_in, .. } = rate;
    headers.insert(POLICY, HeaderValue::from_str(&format!("\"requests\";q={most};w={WINDOW}"))?);
    headers.insert(LIMIT, HeaderValue::from_str(&format!("\"requests\";r={left};t={resets_in}"))?);
    Ok(())
}

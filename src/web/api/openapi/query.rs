//! The query of a request against what the document says that its operation takes.

use super::{address, document, resolved};
use crate::domain::{Error, FieldErrors, Result};
use actix_web::{HttpRequest, body::MessageBody, dev::ServiceResponse, http::header};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Names the parameters that the operation does not take, and those whose value is none of its own: a mistyped filter must
/// not be taken for none.
///
/// # Errors
/// [`Error::Invalid`] with each of them.
pub fn judge(req: &HttpRequest) -> Result<()> {
    let Some(operation) = operation(req) else { return Ok(()) };
    let taken: Vec<&Value> = parameters(operation).collect();
    let mut errors = FieldErrors::default();
    for (name, value) in url::form_urlencoded::parse(req.query_string().as_bytes()) {
        let Some(parameter) = taken.iter().find(|taken| taken.get("name").is_some_and(|known| *known == *name)) else {
            errors = errors.and(FieldErrors::named(&name, "There is no such parameter here."));
            continue;
        };
        let values = parameter.pointer("/schema/enum").and_then(Value::as_array);
        if let Some(values) = values.filter(|values| values.iter().all(|known| *known != *value)) {
            let values: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
            errors = errors.and(FieldErrors::named(&name, format!("This must be one of: {}.", values.join(", "))));
        }
    }
    errors.into_result()
}

/// The fields that are asked for, if some are.
///
/// # Errors
/// [`Error::Invalid`]: the answer has no such field.
pub fn fields(req: &HttpRequest) -> Result<Option<BTreeSet<String>>> {
    let asked = url::form_urlencoded::parse(req.query_string().as_bytes()).find(|(name, _)| name == "fields");
    let Some((_, asked)) = asked.filter(|(_, asked)| !asked.trim().is_empty()) else { return Ok(None) };
    let asked: BTreeSet<String> = asked.split(',').map(|field| field.trim().to_owned()).collect();
    let there = operation(req).map(answered).unwrap_or_default();
    match asked.iter().find(|field| !there.contains(field.as_str())) {
        None => Ok(Some(asked)),
        Some(unknown) => {
            let there: Vec<&str> = there.into_iter().collect();
            let message = format!("There is no field {unknown}. There are: {}.", there.join(", "));
            Err(Error::Invalid(FieldErrors::one("fields", message)))
        }
    }
}

/// The answer with only these fields: of each item where it is a list.
pub async fn narrow(
    answer: ServiceResponse<impl MessageBody>,
    fields: &BTreeSet<String>,
) -> std::result::Result<ServiceResponse<Vec<u8>>, actix_web::Error> {
    let (req, answer) = answer.into_parts();
    let (mut answer, body) = answer.into_parts();
    let lost = |_| actix_web::error::ErrorInternalServerError("an answer was lost");
    let body = actix_web::body::to_bytes(body).await.map_err(lost)?;
    let mut told: Value = serde_json::from_slice(&body)?;
    let keep = |object: &mut Map<String, Value>| object.retain(|name, _| fields.contains(name));
    match told.get_mut("items") {
        Some(Value::Array(items)) => items.iter_mut().filter_map(Value::as_object_mut).for_each(keep),
        _ => drop(told.as_object_mut().map(keep)),
    }
    answer.headers_mut().remove(header::CONTENT_LENGTH);
    Ok(ServiceResponse::new(req, answer.set_body(serde_json::to_vec(&told)?)))
}

/// What the document says of the operation that is asked for.
fn operation(req: &HttpRequest) -> Option<&'static Value> {
    let (path, _) = address(&req.match_pattern()?);
    let method = if req.method() == actix_web::http::Method::HEAD {
        "get".to_owned()
    } else {
        req.method().as_str().to_ascii_lowercase()
    };
    document().get("paths")?.get(path)?.get(method)
}

fn parameters(operation: &'static Value) -> impl Iterator<Item = &'static Value> {
    let listed = operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
    listed.map(resolved).filter(|parameter| parameter.get("in").is_some_and(|place| place == "query"))
}

/// The names of the fields of an answer: of an item where it is a list.
pub fn answered(operation: &'static Value) -> BTreeSet<&'static str> {
    let schema = operation.pointer("/responses/200/content/application~1json/schema").map(resolved);
    let items = schema.and_then(|schema| schema.pointer("/properties/items/items")).map(resolved);
    let properties = items.or(schema).and_then(|schema| schema.get("properties")).and_then(Value::as_object);
    properties.into_iter().flat_map(|fields| fields.keys().map(String::as_str)).collect()
}

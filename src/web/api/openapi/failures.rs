//! What can go wrong, and how it is told.

use super::describe::{Draft, insert};
use crate::web::error::Look;
use actix_web::http::{Method, StatusCode};
use serde_json::{Map, Value, json};

/// What of an operation brings failures of its own with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum When {
    /// Its address names something.
    Path,
    /// It reads the query.
    Query,
    /// It reads a body.
    Body,
}

/// Every code by which programs tell failures apart: its status, and what it means.
pub const CODES: &[(u16, &str, &str)] = &[
    (400, "malformed", "the body, the query, a header or a cursor cannot be read"),
    (401, "sign_in_required", "sign in, or send a token"),
    (401, "invalid_token", "the token is unknown, has ended, or is not taken from this address"),
    (401, "bad_credentials", "the name or the password is wrong, or the user is disabled"),
    (401, "bad_code", "the code is wrong, was used already or has expired"),
    (401, "second_factor_required", "the password is right: again, with the code of a second factor"),
    (403, "forbidden", "the permission that `detail` names is missing"),
    (403, "not_by_token", "its owner must sign in for this: no token can do it"),
    (403, "token_too_wide", "a sensitive act takes a token that names its permissions"),
    (403, "reauthentication_required", "the act is sensitive, and the last proof is too old or too weak"),
    (403, "second_factor_demanded", "a second factor is demanded of the user, and overdue"),
    (403, "escalation", "nobody gives or takes what he does not have himself; `detail` lists it"),
    (403, "cross_site", "another site's page made the browser send it"),
    (403, "leaving", "the end of the account was asked for: keep it first"),
    (403, "awaits_approval", "an administrator must let the account in first"),
    (403, "unverified_email", "the address must be verified first; a link was mailed"),
    (403, "sign_up_closed", "nobody can make an account by himself"),
    (403, "invitation_only", "accounts are made by invitation"),
    (403, "ambiguous_address", "the address of the request can be read in two ways"),
    (403, "no_address", "the proxy does not tell which request it asks about"),
    (403, "no_rule", "no rule covers the request"),
    (403, "permission_not_registered", "the rule names a permission that nobody registered"),
    (403, "query_passed_on", "the proxy passes the client's own query on"),
    (404, "not_found", "there is no such address, or nothing with this id"),
    (409, "taken", "the name is in use, or what is to be given is given already"),
    (409, "constraint", "a separation of duty or a standing rule would be broken"),
    (409, "last_admin", "nobody would be left who can administer"),
    (409, "built_in", "it belongs to Rolecall and cannot be changed"),
    (409, "circle", "a role would include itself"),
    (409, "limited_hierarchy", "the roles may not include each other so"),
    (409, "group", "a group has no permission of its own, and only groups include groups"),
    (409, "behind", "the `min_revision` is not reached yet"),
    (409, "under_way", "a request with this `Idempotency-Key` is being carried out"),
    (409, "changed_meanwhile", "somebody changed the same after what was looked at"),
    (409, "changed_since", "what is to be undone was changed since"),
    (409, "already_undone", "it was undone before"),
    (409, "not_undoable", "it is nothing that can be undone"),
    (409, "selection_changed", "others are chosen by now than were seen"),
    (409, "not_all", "with `mode` `all`, one of them cannot be changed"),
    (409, "nobody", "nobody is chosen"),
    (409, "nothing_to_do", "there is nothing left to change"),
    (409, "job_over", "the job has ended"),
    (409, "job_under_way", "such a job is under way already"),
    (409, "not_interrupted", "the job is not interrupted"),
    (409, "unknown_job", "this version knows no such kind of job"),
    (409, "not_held", "the role is not held so"),
    (409, "not_a_set", "the constraint is no set of roles"),
    (409, "not_a_service_account", "it can be done with a service account only"),
    (409, "service_account", "it cannot be done with a service account"),
    (409, "token_over", "the token has ended"),
    (409, "too_many_tokens", "the user has as many tokens as he may"),
    (409, "too_many_sessions", "the user has as many sessions as he may"),
    (409, "too_many_apps", "the user has as many authenticator apps as he may"),
    (409, "no_enrolment", "no authenticator app was begun"),
    (409, "already_on", "the second factor is on already"),
    (409, "not_on", "the second factor is not on"),
    (409, "no_factor", "the user has no second factor"),
    (409, "own_factors", "one's own second factors are taken off in one's own account"),
    (409, "no_email_code", "no code is mailed for this"),
    (409, "email_codes_off", "mailed codes are switched off here"),
    (409, "unverified", "the address must be verified first"),
    (409, "already_verified", "the address is verified already"),
    (409, "active", "the account is active"),
    (409, "disabled", "the account is disabled"),
    (409, "barred", "the account is barred for another reason"),
    (409, "not_invited", "the account was not invited, or has come"),
    (409, "not_waiting", "the account waits for no approval"),
    (409, "not_failed", "the mail has not failed"),
    (410, "gone", "the link was used already or has expired"),
    (412, "precondition_failed", "what `If-Match` names is not the present state: look again, and decide anew"),
    (413, "too_large", "the body is larger than it may be"),
    (415, "unsupported_media_type", "the body is not declared as JSON in UTF-8"),
    (422, "invalid", "a field or parameter is missing, of a wrong type, unknown, or breaks a rule; `errors` names it"),
    (429, "throttled", "too many attempts or requests: wait as long as `Retry-After` says"),
    (429, "password_off", "too many wrong passwords in a row"),
    (429, "codes_off", "too many wrong codes in a row"),
    (500, "internal", "something went wrong in Rolecall"),
    (503, "busy", "the server is busy: wait as long as `Retry-After` says"),
    (503, "unavailable", "the database cannot be reached: wait as long as `Retry-After` says"),
];

/// Adds the failures that this operation can have.
pub fn describe(draft: &mut Draft<'_>) {
    let mut statuses = vec![500, 503];
    if draft.caller {
        statuses.extend([400, 401, 403, 429]);
    }
    for when in &draft.failures {
        statuses.extend(match when {
            When::Path => &[404][..],
            When::Query => &[400, 422],
            // What a body names may not be there.
            When::Body => &[400, 404, 413, 415, 422],
        });
    }
    if draft.conditional && draft.method != Method::GET {
        statuses.push(412);
    }
    if draft.method != Method::GET && draft.caller {
        statuses.extend([409, 422]);
    }
    let reads_revision = |parameter: &Value| parameter.get("name").is_some_and(|name| name == "min_revision");
    if draft.parameters.iter().any(reads_revision) {
        statuses.push(409);
    }
    for status in statuses {
        let status = match (draft.look, status) {
            // Both answer every bad input alike.
            (Look::Legacy | Look::Authzen, 415 | 422) => 400,
            (_, status) => status,
        };
        let answer = match draft.failures_or.get(&status) {
            Some(own) => with(response(status, kind(draft.look), schema(draft.look)), kind(draft.look), own),
            None => json!({ "$ref": format!("#/components/responses/{}{status}", schema(draft.look)) }),
        };
        draft.answers.insert(status, answer);
    }
}

/// The name of a failure's schema.
fn schema(look: Look) -> &'static str {
    if look == Look::Legacy { "Failure" } else { "Problem" }
}

fn kind(look: Look) -> &'static str {
    if look == Look::Legacy { "application/json" } else { "application/problem+json" }
}

/// The response, whose body may be another one too.
fn with(mut response: Value, kind: &str, own: &Value) -> Value {
    if let Some(schema) = response.get_mut("content").and_then(|content| content.get_mut(kind)?.get_mut("schema")) {
        *schema = json!({ "anyOf": [schema.take(), own] });
    }
    response
}

/// All of them, for the document's components.
pub fn responses() -> Map<String, Value> {
    let mut all = Map::new();
    for look in [Look::Problem, Look::Legacy] {
        for status in [400, 401, 403, 404, 409, 410, 412, 413, 415, 422, 429, 500, 503] {
            all.insert(format!("{}{status}", schema(look)), response(status, kind(look), schema(look)));
        }
    }
    all
}

fn response(status: u16, kind: &str, schema: &str) -> Value {
    let codes: Vec<String> = CODES
        .iter()
        .filter(|(of, ..)| *of == status)
        .map(|(_, code, meaning)| format!("- `{code}`: {meaning}"))
        .collect();
    let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or_default();
    let mut response = json!({
        "description": format!("{reason}\n\n{}", codes.join("\n")),
        "content": { (kind): { "schema": { "$ref": format!("#/components/schemas/{schema}") } } },
    });
    if let Some(headers) = headers(status) {
        insert(&mut response, "headers", headers);
    }
    response
}

fn headers(status: u16) -> Option<Value> {
    match status {
        401 => Some(json!({ "WWW-Authenticate": {
            "description": "How a program proves who it is (RFC 6750).", "schema": { "type": "string" } } })),
        415 => Some(json!({ "Accept": {
            "description": "What is taken instead.", "schema": { "type": "string" } } })),
        429 | 503 => Some(json!({ "Retry-After": {
            "description": "Seconds to wait.", "schema": { "type": "integer", "minimum": 0 } } })),
        _ => None,
    }
}

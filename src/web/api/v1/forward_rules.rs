//! The rules of forward-auth: see docs/forward-auth.md.

use super::{List, Revision, Written};
use crate::{
    app::forward_rules::RuleRow,
    domain::{
        Time,
        forward::{ForwardRule, RuleDraft},
    },
    web::{
        api::answer::Created,
        error::ApiError,
        extract::{Caller, Json as Body, ListParams, Reason},
    },
};
use actix_web::web::{Json, Path, Query};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Serialize, JsonSchema)]
pub struct ForwardRuleWire {
    id: i64,
    /// `app.example.com`; `*.example.com`: all below it; empty: any.
    host: String,
    /// Decoded. It covers itself and what is below it.
    path: String,
    /// `GET` stands for `HEAD` too; empty: all.
    methods: Vec<String>,
    /// Null: whoever is signed in.
    permission: Option<String>,
    /// Not: nobody passes.
    permission_registered: bool,
    /// Where the permission must hold.
    scope: String,
    /// For whoever reads it.
    note: String,
    created_at: Time,
    /// The number of the user who made it.
    created_by: Option<i64>,
    /// When it was last changed.
    changed_at: Time,
    /// By whom.
    changed_by: Option<i64>,
}

impl From<ForwardRule> for ForwardRuleWire {
    fn from(rule: ForwardRule) -> Self {
        RuleRow { rule, registered: true }.into()
    }
}

impl From<RuleRow> for ForwardRuleWire {
    fn from(RuleRow { rule, registered }: RuleRow) -> Self {
        let ForwardRule {
            id,
            host,
            path,
            methods,
            permission,
            scope,
            note,
            created_at,
            created_by,
            changed_at,
            changed_by,
        } = rule;
        Self {
            id,
            host,
            path,
            methods: methods.into_iter().collect(),
            permission: permission.map(|permission| permission.to_string()),
            permission_registered: registered,
            scope: scope.as_str().to_owned(),
            note,
            created_at,
            created_by,
            changed_at,
            changed_by,
        }
    }
}

/// `q`: words in host, path, permission or note.
pub async fn list(caller: Caller, params: Query<ListParams>) -> Result<Json<List<ForwardRuleWire>>, ApiError> {
    let query = params.query()?;
    let page = caller.run(move |app, actor| app.forward_rules(actor, &query)).await?;
    Ok(Json(List::page(page, ForwardRuleWire::from)))
}

pub async fn get(caller: Caller, id: Path<i64>) -> Result<Json<ForwardRuleWire>, ApiError> {
    Ok(Json(caller.run(move |app, actor| app.forward_rule_view(actor, *id)).await?.row.into()))
}

/// A request to try.
#[derive(Deserialize, JsonSchema)]
pub struct TrialParams {
    /// As a browser shows it.
    address: String,
    /// Left out: `GET`.
    #[serde(default)]
    method: String,
    /// A username or an e-mail address.
    #[serde(default)]
    user: String,
}

#[derive(Serialize, JsonSchema)]
pub struct TrialWire {
    /// Null: it is refused, whoever sends it.
    rule: Option<ForwardRuleWire>,
    /// The code by which it is.
    refused: Option<&'static str>,
    /// Whether the user passes; null: none was named.
    passes: Option<bool>,
}

/// What would become of a request.
pub async fn try_out(caller: Caller, params: Query<TrialParams>) -> Result<Json<TrialWire>, ApiError> {
    let TrialParams { address, method, user } = params.into_inner();
    let trial = caller.run(move |app, actor| app.try_forward(actor, &address, &method, &user)).await?;
    let refused = Some(trial.code).filter(|code| !code.is_empty());
    Ok(Json(TrialWire { rule: trial.row.map(ForwardRuleWire::from), refused, passes: trial.passes }))
}

/// A whole new rule, or what of one changes.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = json!({ "host": "app.example.com", "path": "/reports", "methods": ["GET"], "permission": "posts:read" }))]
pub struct RuleBody {
    /// `app.example.com`; `*.example.com`: all below it; empty: any.
    host: Option<String>,
    /// It covers itself and what is below it.
    path: Option<String>,
    /// Empty: all.
    methods: Option<Vec<String>>,
    /// Empty: whoever is signed in.
    permission: Option<String>,
    /// Where the permission must hold.
    scope: Option<String>,
    /// For whoever reads it.
    note: Option<String>,
    #[serde(default)]
    reason: String,
}

impl RuleBody {
    /// The draft with what is said here.
    fn over(self, before: RuleDraft) -> RuleDraft {
        RuleDraft {
            host: self.host.unwrap_or(before.host),
            path: self.path.unwrap_or(before.path),
            methods: self.methods.map_or(before.methods, |methods| methods.join(", ")),
            permission: self.permission.unwrap_or(before.permission),
            scope: self.scope.unwrap_or(before.scope),
            note: self.note.unwrap_or(before.note),
        }
    }
}

pub async fn create(
    caller: Caller,
    Body(mut new): Body<RuleBody>,
) -> Result<Created<Written<ForwardRuleWire>>, ApiError> {
    let reason = std::mem::take(&mut new.reason);
    let draft = new.over(RuleDraft::default());
    let made = caller.run(move |app, actor| app.create_forward_rule(actor, &draft, &reason)).await?;
    Ok(Created {
        address: format!("/api/v1/forward-rules/{}", made.value.id),
        value: Written::new(made, ForwardRuleWire::from),
    })
}

pub async fn update(
    caller: Caller,
    id: Path<i64>,
    Body(mut patch): Body<RuleBody>,
) -> Result<Json<Written<ForwardRuleWire>>, ApiError> {
    let reason = std::mem::take(&mut patch.reason);
    let change = caller.run(move |app, actor| app.update_forward_rule(actor, *id, |rule| patch.over(rule), &reason));
    Ok(Json(Written::new(change.await?, ForwardRuleWire::from)))
}

pub async fn delete(caller: Caller, id: Path<i64>, Reason(reason): Reason) -> Result<Json<Revision>, ApiError> {
    let change = caller.run(move |app, actor| app.delete_forward_rule(actor, *id, &reason)).await?;
    Ok(Json(Revision::of(&change)))
}

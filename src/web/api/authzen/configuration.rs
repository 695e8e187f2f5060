//! What this policy decision point can do, and where.

use crate::app::App;
use actix_web::web::{Data, Json};
use schemars::JsonSchema;
use serde::Serialize;

#[derive(Serialize, JsonSchema)]
pub struct Configuration {
    /// The address of this policy decision point.
    policy_decision_point: String,
    /// Where one question is asked.
    access_evaluation_endpoint: String,
    /// Where many are.
    access_evaluations_endpoint: String,
    /// Where subjects are searched.
    search_subject_endpoint: String,
    /// Where resources are.
    search_resource_endpoint: String,
    /// Where actions are.
    search_action_endpoint: String,
    /// What it can do besides.
    capabilities: [&'static str; 1],
}

/// For everybody.
pub async fn get(app: Data<App>) -> Json<Configuration> {
    let base = app.config.web.origin();
    let at = |path: &str| format!("{base}/access/v1/{path}");
    Json(Configuration {
        access_evaluation_endpoint: at("evaluation"),
        access_evaluations_endpoint: at("evaluations"),
        search_subject_endpoint: at("search/subject"),
        search_resource_endpoint: at("search/resource"),
        search_action_endpoint: at("search/action"),
        capabilities: ["urn:ietf:params:authzen:capability:search-pagination"],
        policy_decision_point: base,
    })
}

//! What this policy decision point can do, and where.

use crate::app::App;
use actix_web::web::{Data, Json};
use serde::Serialize;

#[derive(Serialize)]
pub struct Configuration {
    policy_decision_point: String,
    access_evaluation_endpoint: String,
    access_evaluations_endpoint: String,
    search_subject_endpoint: String,
    search_resource_endpoint: String,
    search_action_endpoint: String,
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

//! The addresses of the AuthZEN API.

use super::*;
use crate::web::api::noun::{Noun, get, noun, post};

pub fn all() -> Vec<Noun> {
    vec![
        noun(
            "/.well-known/authzen-configuration",
            [get(configuration::get, "Where the AuthZEN API is, and what it can do.").details("For everybody.").open()],
        ),
        noun("/access/v1/evaluation", [post(evaluation::create, "May this subject do this to this resource?")]),
        noun("/access/v1/evaluations", [post(evaluations::create, "Many such questions at once.")]),
        noun("/access/v1/search/subject", [post(search::subjects, "Which subjects may do this to this resource?")]),
        noun("/access/v1/search/resource", [post(search::resources, "On which resources may this subject do this?")]),
        noun("/access/v1/search/action", [post(search::actions, "What may this subject do to this resource?")]),
    ]
}

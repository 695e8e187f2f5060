//! What became of API tokens.

use super::{
    Part,
    facts::text,
    teller::{Teller, name, say},
};
use serde_json::Value;

pub(super) fn parts(teller: &Teller<'_>, act: &str) -> Option<Vec<Part>> {
    let token = |facts: &Value| name(text(facts, "name"), String::new());
    let of = if teller.by_its_owner() { vec![] } else { vec![say(" of "), teller.object()] };
    let (verb, facts) = match act {
        "create" => (" made the token ", &teller.after),
        "rotate" => (" replaced the token ", &teller.before),
        "revoke" => (" revoked the token ", &teller.before),
        "rename" => {
            let names = (text(&teller.before, "name"), text(&teller.after, "name"));
            let told = format!(" called the token “{}” now “{}”", names.0, names.1);
            return Some([vec![teller.actor(), say(told)], of].concat());
        }
        _ => return None,
    };
    Some([vec![teller.actor(), say(verb), token(facts)], of].concat())
}

//! Conditions on the attributes of a request: `resource.status == "active" and action.soft == true`.
//!
//! Parsed once, when they are written; judged with three values (Kleene's strong logic), because an attribute may not be
//! there: what cannot be told is never taken for true, not even under `not`.

mod parse;

use serde_json::{Map, Value};
use std::{cmp::Ordering, fmt};

/// Characters that a condition may have.
pub const MAX: usize = 500;
/// How deep parentheses and `not` may be nested.
const DEPTH: usize = 32;
/// What an attribute may belong to, as in the OpenID AuthZEN Authorization API.
pub const ENTITIES: [&str; 4] = ["subject", "resource", "action", "context"];

/// A parsed condition with its text.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    text: String,
    expression: Expression,
}

#[derive(Debug, Clone, PartialEq)]
enum Expression {
    Or(Vec<Expression>),
    And(Vec<Expression>),
    Not(Box<Expression>),
    Compare(Operand, Operator, Operand),
}

#[derive(Debug, Clone, PartialEq)]
enum Operand {
    /// `resource.owner.name`
    Attribute(Vec<String>),
    Literal(Value),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    In,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

/// The attributes of a request: `subject`, `resource`, `action`, `context`, each an object.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Attributes(Map<String, Value>);

/// What a condition says of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    True,
    False,
    /// Why it cannot be told: an attribute is missing, or is of another type.
    Unknown(String),
}

impl Attributes {
    /// From a JSON object with nothing but the four entities, each an object; the error names what is wrong.
    pub fn parse(object: Map<String, Value>) -> Result<Self, String> {
        for (name, value) in &object {
            if !ENTITIES.contains(&name.as_str()) {
                return Err(format!("Attributes belong to {}; there is no “{name}”.", ENTITIES.join(", ")));
            }
            if !value.is_object() {
                return Err(format!("“{name}” must be an object of attributes."));
            }
        }
        Ok(Self(object))
    }

    /// Of entities that are objects already.
    pub fn of(
        subject: Map<String, Value>,
        resource: Map<String, Value>,
        action: Map<String, Value>,
        context: Map<String, Value>,
    ) -> Self {
        let objects = ENTITIES.into_iter().zip([subject, resource, action, context]);
        Self(objects.map(|(name, object)| (name.to_owned(), Value::Object(object))).collect())
    }

    fn get(&self, path: &[String]) -> Option<&Value> {
        let (first, rest) = path.split_first()?;
        rest.iter().try_fold(self.0.get(first)?, |value, name| value.get(name))
    }
}

impl Condition {
    /// Parses and types a condition. The error says where and what to write instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.chars().count() > MAX {
            return Err(format!("A condition may have at most {MAX} characters."));
        }
        Ok(Self { text: text.to_owned(), expression: parse::expression(text)? })
    }

    /// As [`Condition::parse`]; an empty text is no condition.
    pub fn parse_optional(text: &str) -> Result<Option<Self>, String> {
        if text.trim().is_empty() { Ok(None) } else { Self::parse(text).map(Some) }
    }

    /// A condition that nothing fulfils.
    pub fn never(text: &str) -> Self {
        Self { text: text.to_owned(), expression: Expression::Or(vec![]) }
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn judge(&self, attributes: &Attributes) -> Verdict {
        self.expression.judge(attributes)
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Verdict {
    fn of(truth: bool) -> Self {
        if truth { Self::True } else { Self::False }
    }
}

impl Expression {
    fn judge(&self, attributes: &Attributes) -> Verdict {
        match self {
            Self::Or(parts) => Self::fold(parts, attributes, &Verdict::True, Verdict::False),
            Self::And(parts) => Self::fold(parts, attributes, &Verdict::False, Verdict::True),
            Self::Not(inner) => match inner.judge(attributes) {
                Verdict::True => Verdict::False,
                Verdict::False => Verdict::True,
                unknown => unknown,
            },
            Self::Compare(left, operator, right) => compare(left, *operator, right, attributes),
        }
    }

    /// `decisive` decides at once; otherwise the first unknown stays; otherwise `neutral`.
    fn fold(parts: &[Self], attributes: &Attributes, decisive: &Verdict, neutral: Verdict) -> Verdict {
        let mut result = neutral;
        for part in parts {
            let verdict = part.judge(attributes);
            if verdict == *decisive {
                return verdict;
            }
            if matches!(verdict, Verdict::Unknown(_)) && !matches!(result, Verdict::Unknown(_)) {
                result = verdict;
            }
        }
        result
    }
}

fn compare(left: &Operand, operator: Operator, right: &Operand, attributes: &Attributes) -> Verdict {
    let (a, b) = match (left.value(attributes), right.value(attributes)) {
        (Ok(a), Ok(b)) => (a, b),
        (Err(missing), _) | (_, Err(missing)) => return Verdict::Unknown(missing),
    };
    match operator {
        Operator::Equal => Verdict::of(same(a, b)),
        Operator::NotEqual => Verdict::of(!same(a, b)),
        Operator::In => match b {
            Value::Array(list) => Verdict::of(list.iter().any(|item| same(a, item))),
            _ => Verdict::Unknown(format!("{right} is no list")),
        },
        _ => match order(a, b) {
            None => Verdict::Unknown(format!("{left} and {right} cannot be put in order")),
            Some(order) => Verdict::of(match operator {
                Operator::Less => order == Ordering::Less,
                Operator::AtMost => order != Ordering::Greater,
                Operator::Greater => order == Ordering::Greater,
                _ => order != Ordering::Less,
            }),
        },
    }
}

/// Numbers are equal by value: `1` and `1.0` are the same.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(_), Value::Number(_)) => order(a, b) == Some(Ordering::Equal),
        _ => a == b,
    }
}

/// The order of two numbers or of two texts (RFC 3339 times in UTC sort as text).
fn order(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => match (x.as_i64(), y.as_i64()) {
            (Some(x), Some(y)) => Some(x.cmp(&y)),
            _ => x.as_f64()?.partial_cmp(&y.as_f64()?),
        },
        (Value::String(x), Value::String(y)) => Some(x.cmp(y)),
        _ => None,
    }
}

impl Operand {
    fn value<'a>(&'a self, attributes: &'a Attributes) -> Result<&'a Value, String> {
        match self {
            Self::Literal(value) => Ok(value),
            Self::Attribute(path) => attributes.get(path).ok_or_else(|| format!("{self} was not given")),
        }
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attribute(path) => f.write_str(&path.join(".")),
            Self::Literal(value) => value.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn judge(text: &str, attributes: Value) -> Verdict {
        let Value::Object(map) = attributes else { unreachable!() };
        Condition::parse(text).unwrap().judge(&Attributes::parse(map).unwrap())
    }

    #[test]
    fn conditions_compare_attributes_with_values_and_each_other() {
        let given = || {
            json!({ "resource": { "status": "active", "owner": "bob", "size": 3, "tags": ["a", "b"] },
                    "subject": { "id": "bob" }, "action": { "soft": true } })
        };
        for (text, expected) in [
            (r#"resource.status == "active""#, true),
            (r#"resource.status != "active""#, false),
            ("action.soft == true", true),
            ("resource.size < 4 and resource.size >= 3.0", true),
            ("resource.size > 3 or not (action.soft == false)", true),
            (r#"resource.status in ["draft", "active"]"#, true),
            (r#""b" in resource.tags"#, true),
            ("resource.owner == subject.id", true),
            (r#"!(resource.owner == subject.id) || resource.status == "gone""#, false),
            (r#"resource.owner == "it's \"quoted\"""#, false),
        ] {
            assert_eq!(judge(text, given()), Verdict::of(expected), "{text}");
        }
    }

    #[test]
    fn what_was_not_given_is_never_true_not_even_under_not() {
        let missing = |text| matches!(judge(text, json!({})), Verdict::Unknown(why) if why.contains("was not given"));
        assert!(missing("action.soft == true"));
        assert!(missing("not (action.soft == true)"));
        assert!(missing("action.soft != true"));
        assert_eq!(judge("action.soft == true or 1 < 2", json!({})), Verdict::True);
        assert_eq!(judge("action.soft == true and 2 < 1", json!({})), Verdict::False);
        assert!(matches!(judge("resource.size < 3", json!({"resource": {"size": "3"}})), Verdict::Unknown(_)));
    }

    #[test]
    fn what_does_not_parse_or_type_is_told_with_its_place() {
        for (text, part) in [
            ("", "empty"),
            ("resource.status", "Compare"),
            ("resource.status = \"a\"", "=="),
            ("resource.status == ", "ends"),
            ("resource.status == \"a", "quot"),
            ("status == 1", "subject, resource, action, context"),
            ("resource == 1", "attribute"),
            ("resource.a in 3", "list"),
            ("resource.a < true", "order"),
            ("(resource.a == 1", ")"),
            ("resource.a == 1 resource.b == 2", "and"),
            ("resource.a == 1 and", "ends"),
            ("resource.a == 1 == 2", "and"),
            ("resource.a == [1, [2]]", "list"),
        ] {
            let error = Condition::parse(text).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
        assert!(Condition::parse(&"(".repeat(200)).is_err());
        assert!(Condition::parse(&format!("resource.a == \"{}\"", "x".repeat(MAX))).is_err());
    }

    proptest! {
        /// Whatever is typed is parsed or refused, and never breaks anything.
        #[test]
        fn any_text_is_judged_calmly(text in "(resource\\.a|not|and|or|==|<|in|\\(|\\)|\\[|\\]|\"x\"|1|true|,| |\\PC){0,20}") {
            if let Ok(condition) = Condition::parse(&text) {
                let again = Condition::parse(condition.as_str()).unwrap();
                prop_assert_eq!(&again, &condition);
                condition.judge(&Attributes::default());
            }
        }
    }
}

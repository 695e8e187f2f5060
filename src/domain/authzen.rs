//! The entities of the OpenID AuthZEN Authorization API 1.0, and what they are here: a subject is a user, a resource's type
//! with an action's name is a permission, the resource itself is a scope, properties are the attributes of conditions.

use super::{FieldErrors, Result, condition::Attributes, permission, permission::Pattern, scope::Scope};
use serde_json::{Map, Value};

/// The only type of subjects: people and service accounts.
pub const USER: &str = "user";
/// The property of a resource that says in which scope it lies.
const SCOPE: &str = "scope";

/// A subject or a resource.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Entity {
    pub kind: String,
    /// Empty where a search leaves it out.
    pub id: String,
    pub properties: Map<String, Value>,
}

/// What is done. The name is empty where a search leaves it out.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Action {
    pub name: String,
    pub properties: Map<String, Value>,
}

/// The four entities of a request as they were sent; those that were not are `None`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Entities {
    subject: Option<Map<String, Value>>,
    action: Option<Map<String, Value>>,
    resource: Option<Map<String, Value>>,
    context: Option<Map<String, Value>>,
}

/// What a request asks. What a search looks for is left empty in it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tuple {
    pub subject: Entity,
    pub action: Action,
    pub resource: Entity,
    pub context: Map<String, Value>,
}

/// What a request need not name, because it is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sought {
    /// Nothing: a decision is asked for.
    Decision,
    Subject,
    Resource,
    Action,
}

impl Entities {
    /// Of a body, or of one item of a batch; other fields are left alone.
    pub fn read(body: &Map<String, Value>) -> Result<Self> {
        let mut errors = FieldErrors::default();
        let mut object = |name: &'static str| match body.get(name) {
            None => None,
            Some(Value::Object(object)) => Some(object.clone()),
            Some(_) => {
                errors.add(name, "This must be an object.");
                None
            }
        };
        let read = Self {
            subject: object("subject"),
            action: object("action"),
            resource: object("resource"),
            context: object("context"),
        };
        errors.into_result().map(|()| read)
    }

    /// An entity that an item names replaces that of the whole batch; only what tells which one it is, and is left out, is
    /// taken from there.
    pub fn over(self, defaults: &Self) -> Self {
        let merge = |own: Option<Map<String, Value>>, default: &Option<Map<String, Value>>, keys: &[&str]| {
            let (Some(mut own), Some(default)) = (own.clone(), default) else { return own.or_else(|| default.clone()) };
            for key in keys {
                if let (false, Some(value)) = (own.contains_key(*key), default.get(*key)) {
                    own.insert((*key).to_owned(), value.clone());
                }
            }
            Some(own)
        };
        Self {
            subject: merge(self.subject, &defaults.subject, &["type", "id"]),
            action: merge(self.action, &defaults.action, &["name"]),
            resource: merge(self.resource, &defaults.resource, &["type", "id"]),
            context: self.context.or_else(|| defaults.context.clone()),
        }
    }

    /// Judges all fields at once. What is sought may be named, and is ignored.
    pub fn judge(self, sought: Sought) -> Result<Tuple> {
        let mut errors = FieldErrors::default();
        let subject = entity(&mut errors, "subject", self.subject, sought != Sought::Subject);
        let action = match sought {
            Sought::Action => Action::default(),
            _ => action(&mut errors, self.action),
        };
        let resource = entity(&mut errors, "resource", self.resource, sought != Sought::Resource);
        let tuple = Tuple { subject, action, resource, context: self.context.unwrap_or_default() };
        errors.into_result().map(|()| tuple)
    }
}

fn note(errors: &mut FieldErrors, entity: &str, key: &str, message: &str) {
    *errors = std::mem::take(errors).and(FieldErrors::named(&format!("{entity}.{key}"), message));
}

fn text(errors: &mut FieldErrors, entity: &str, key: &str, from: &Map<String, Value>) -> String {
    match from.get(key) {
        Some(Value::String(text)) => return text.clone(),
        Some(_) => note(errors, entity, key, "This must be a text."),
        None => note(errors, entity, key, "This field is missing."),
    }
    String::new()
}

fn properties(errors: &mut FieldErrors, entity: &str, from: &mut Map<String, Value>) -> Map<String, Value> {
    match from.remove("properties") {
        None => Map::new(),
        Some(Value::Object(properties)) => properties,
        Some(_) => {
            note(errors, entity, "properties", "This must be an object.");
            Map::new()
        }
    }
}

fn entity(errors: &mut FieldErrors, name: &'static str, sent: Option<Map<String, Value>>, with_id: bool) -> Entity {
    let Some(mut sent) = sent else {
        errors.add(name, "This field is missing.");
        return Entity::default();
    };
    let kind = text(errors, name, "type", &sent);
    let id = if with_id { text(errors, name, "id", &sent) } else { String::new() };
    Entity { kind, id, properties: properties(errors, name, &mut sent) }
}

fn action(errors: &mut FieldErrors, sent: Option<Map<String, Value>>) -> Action {
    let Some(mut sent) = sent else {
        errors.add("action", "This field is missing.");
        return Action::default();
    };
    Action { name: text(errors, "action", "name", &sent), properties: properties(errors, "action", &mut sent) }
}

impl Tuple {
    /// `invoices:approve`, of the resource's type and the action's name; `None`: no permission can be called so.
    pub fn permission(&self) -> Option<Pattern> {
        let resource = permission::resource(&self.resource.kind).ok()?;
        Some(Pattern::from_parts(&resource, &permission::action(&self.action.name).ok()?))
    }

    /// The scope of all resources of this type: the one that the property `scope` names, and the type below it.
    pub fn scope_of_kind(&self) -> std::result::Result<Scope, String> {
        let above = match self.resource.properties.get(SCOPE) {
            None => Scope::root(),
            Some(Value::String(text)) => Scope::parse(text)?,
            Some(_) => return Err("The property scope must be a text.".into()),
        };
        above.below(&self.resource.kind)
    }

    /// The scope of the resource: `invoices/17`, or `project/42/invoices/17` with the property `scope` of `project/42`.
    pub fn scope(&self) -> std::result::Result<Scope, String> {
        self.scope_of_kind()?.below(&self.resource.id)
    }

    /// What conditions are judged by: the properties of each entity, with its `type` and `id`, or `name`.
    pub fn attributes(&self) -> Attributes {
        let entity = |entity: &Entity| with(&entity.properties, &[("type", &entity.kind), ("id", &entity.id)]);
        Attributes::of(
            entity(&self.subject),
            entity(&self.resource),
            with(&self.action.properties, &[("name", &self.action.name)]),
            self.context.clone(),
        )
    }
}

/// The properties, with what the entity itself says, which counts.
fn with(properties: &Map<String, Value>, own: &[(&str, &String)]) -> Map<String, Value> {
    let own = own.iter().map(|(key, value)| ((*key).to_owned(), Value::String((*value).clone())));
    properties.clone().into_iter().chain(own).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn entities(value: Value) -> Entities {
        let Value::Object(map) = value else { unreachable!() };
        Entities::read(&map).unwrap()
    }

    fn fields(error: &super::super::Error) -> Vec<&str> {
        let mut fields: Vec<&str> = error.fields().unwrap().iter().map(|(field, _)| field).collect();
        fields.sort_unstable();
        fields
    }

    #[test]
    fn an_item_replaces_whole_entities_and_keeps_only_who_or_what_it_is() {
        let batch = entities(json!({ "subject": { "type": "user", "id": "bob", "properties": { "role": "admin" } },
            "resource": { "type": "record", "properties": { "status": "active" } }, "action": { "name": "read" } }));
        let item = entities(json!({ "resource": { "id": "7" } })).over(&batch).judge(Sought::Decision).unwrap();
        assert_eq!((item.resource.kind.as_str(), item.resource.id.as_str()), ("record", "7"));
        assert!(item.resource.properties.is_empty(), "properties are not merged");
        assert_eq!(item.subject.properties["role"], "admin");
    }

    #[test]
    fn all_that_is_missing_or_wrong_is_named_at_once() {
        let errors = entities(
            json!({ "subject": { "id": 3 }, "action": {}, "resource": { "type": "r", "id": "1", "properties": [] } }),
        )
        .judge(Sought::Decision)
        .unwrap_err();
        assert_eq!(fields(&errors), ["action.name", "resource.properties", "subject.id", "subject.type"]);
        let errors = entities(json!({ "subject": { "type": "user" }, "resource": { "type": "r", "id": "1" } }))
            .judge(Sought::Action)
            .unwrap_err();
        assert_eq!(fields(&errors), ["subject.id"]);
    }

    #[test]
    fn a_resource_is_a_scope_whatever_its_id_is() {
        let scope = |resource: Value| {
            let request = json!({ "subject": { "type": "user", "id": "bob" }, "action": { "name": "read" }, "resource": resource });
            entities(request).judge(Sought::Decision).unwrap().scope().map(|scope| scope.as_str().to_owned())
        };
        assert_eq!(scope(json!({ "type": "record", "id": "record-1" })).unwrap(), "record/record-1");
        let nested = json!({ "type": "record", "id": "a/b ä", "properties": { "scope": "/project/42/" } });
        assert_eq!(scope(nested).unwrap(), "project/42/record/a~2Fb~20~C3~A4");
        assert_eq!(scope(json!({ "type": "record", "id": ".." })).unwrap(), "record/~2E~2E");
        assert_eq!(scope(json!({ "type": "record", "id": "" })).unwrap(), "record/~");
        assert!(scope(json!({ "type": "record", "id": "x".repeat(300) })).is_err());
        assert!(scope(json!({ "type": "record", "id": "1", "properties": { "scope": "a//b" } })).is_err());
    }

    #[test]
    fn properties_cannot_pretend_to_be_another_subject() {
        let request = json!({ "subject": { "type": "user", "id": "eve", "properties": { "id": "bob" } },
            "action": { "name": "read" }, "resource": { "type": "record", "id": "1", "properties": { "owner": "bob" } } });
        let tuple = entities(request).judge(Sought::Decision).unwrap();
        let condition = super::super::condition::Condition::parse("resource.owner == subject.id").unwrap();
        assert_eq!(condition.judge(&tuple.attributes()), super::super::condition::Verdict::False);
    }
}

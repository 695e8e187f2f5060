//! What the types of a handler tell of its operation: each argument what it takes, the answer what it gives.

use super::failures::{self, When};
use crate::web::{
    api::answer::{Begun, Created, File, NoContent, Shaped},
    error::{ApiError, AuthzenError, LegacyError, Look},
    extract::{BodyOrQuery, Caller, Json as Body, LegacyBody, Object, Reason},
    wire::PreviewWire,
};
use actix_web::{
    HttpRequest,
    http::Method,
    web::{Data, Json, Path, Query},
};
use schemars::{JsonSchema, SchemaGenerator, generate::Contract, generate::SchemaSettings};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The schemas of all operations: of what is read, and of what is written.
pub struct Schemas {
    read: SchemaGenerator,
    written: SchemaGenerator,
}

impl Default for Schemas {
    fn default() -> Self {
        let settings = |contract| {
            let mut settings = SchemaSettings::draft2020_12();
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
            settings.contract = contract;
            settings
        };
        Self {
            read: settings(Contract::Deserialize).into_generator(),
            written: settings(Contract::Serialize).into_generator(),
        }
    }
}

impl Schemas {
    /// Names what no handler's type tells of.
    pub fn name<T: JsonSchema>(&mut self) {
        self.written.subschema_for::<T>();
    }

    /// All that were named, by their names. One of the same name that is read and written must be the same in both.
    pub fn take(mut self) -> Map<String, Value> {
        let mut all = self.written.take_definitions(true);
        all.extend(self.read.take_definitions(true));
        all
    }
}

/// An operation as far as it is described.
pub struct Draft<'a> {
    pub method: Method,
    /// The names of the address's parts in braces, in order.
    pub places: Vec<String>,
    pub schemas: &'a mut Schemas,
    pub parameters: Vec<Value>,
    pub body: Option<Value>,
    pub answers: BTreeMap<u16, Value>,
    pub failures: BTreeSet<When>,
    /// Bodies of failures that the operation has beside the usual one.
    pub failures_or: BTreeMap<u16, Value>,
    pub look: Look,
    /// Whether it asks who calls.
    pub caller: bool,
    /// Whether it can be tried without being done.
    pub dry: bool,
    /// Whether `If-Match` is judged, or an `ETag` answered.
    pub conditional: bool,
}

impl<'a> Draft<'a> {
    pub fn new(method: Method, places: Vec<String>, schemas: &'a mut Schemas) -> Self {
        Self {
            method,
            places,
            schemas,
            parameters: vec![],
            body: None,
            answers: BTreeMap::new(),
            failures: BTreeSet::new(),
            failures_or: BTreeMap::new(),
            look: Look::Problem,
            caller: false,
            dry: false,
            conditional: false,
        }
    }

    fn read<T: JsonSchema>(&mut self) -> Value {
        self.schemas.read.subschema_for::<T>().to_value()
    }

    fn written<T: JsonSchema>(&mut self) -> Value {
        self.schemas.written.subschema_for::<T>().to_value()
    }

    fn succeed(&mut self, status: u16, description: &str, schema: &Value) {
        let answer = json!({ "description": description, "content": { "application/json": { "schema": schema } } });
        self.answers.insert(status, answer);
    }

    /// A success with a body.
    pub fn answer<T: JsonSchema>(&mut self, status: u16, description: &str) {
        let schema = self.written::<T>();
        self.succeed(status, description, &schema);
    }

    /// A success with one of two bodies.
    pub fn either<T: JsonSchema, U: JsonSchema>(&mut self, status: u16, description: &str) {
        let schema = json!({ "anyOf": [self.written::<T>(), self.written::<U>()] });
        self.succeed(status, description, &schema);
    }

    /// A failure that may have a body of its own.
    pub fn failure_or<T: JsonSchema>(&mut self, status: u16) {
        let own = self.written::<T>();
        self.failures_or.insert(status, own);
    }

    /// With `dry_run` it answers the preview, whatever else.
    fn may_be_dry(&mut self) {
        let preview = self.written::<PreviewWire<'static>>();
        let done =
            self.answers.remove(&200).and_then(|answer| answer.pointer("/content/application~1json/schema").cloned());
        let (schema, description) = match done {
            Some(schema) if schema.get("anyOf").is_some() => (schema, "Done; with `dry_run`: what it would do."),
            Some(schema) => (json!({ "anyOf": [schema, preview] }), "Done; with `dry_run`: what it would do."),
            None => (preview, "With `dry_run`: what it would do."),
        };
        self.succeed(200, description, &schema);
    }

    /// A success without one.
    pub fn empty(&mut self, status: u16, description: &str) {
        self.answers.insert(status, json!({ "description": description }));
    }

    fn takes_body(&mut self, schema: Value, kinds: &[&str], required: bool) {
        let content: Map<String, Value> =
            kinds.iter().map(|kind| ((*kind).to_owned(), json!({ "schema": schema }))).collect();
        self.body = Some(json!({ "required": required, "content": content }));
        self.failures.insert(When::Body);
    }

    /// Each field of `T` is a parameter of the query.
    fn takes_query<T: JsonSchema>(&mut self) {
        let mut schema = self.schemas.read.root_schema_for::<T>().to_value();
        let required: BTreeSet<String> = schema
            .get("required")
            .and_then(Value::as_array)
            .map(|names| names.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect())
            .unwrap_or_default();
        let Some(Value::Object(fields)) = schema.get_mut("properties").map(Value::take) else { return };
        for (name, mut schema) in fields {
            as_text(&mut schema);
            let description = schema.as_object_mut().and_then(|schema| schema.remove("description"));
            let mut parameter = json!({ "name": name, "in": "query", "schema": schema });
            if required.contains(&name) {
                insert(&mut parameter, "required", true.into());
            }
            if let Some(description) = description {
                insert(&mut parameter, "description", description);
            }
            self.parameters.push(parameter);
        }
        self.failures.insert(When::Query);
    }
}

/// In an address nothing is null: what is left out is not there.
fn as_text(schema: &mut Value) {
    let Some(schema) = schema.as_object_mut() else { return };
    if schema.get("default").is_some_and(|default| default.is_null() || default == "") {
        schema.remove("default");
    }
    if let Some(Value::Array(kinds)) = schema.get_mut("type") {
        kinds.retain(|kind| kind != "null");
        if let [only] = kinds.as_slice() {
            let only = only.clone();
            schema.insert("type".into(), only);
        }
    }
}

/// Puts a field into an object.
pub fn insert(object: &mut Value, field: &str, value: Value) {
    if let Some(object) = object.as_object_mut() {
        object.insert(field.to_owned(), value);
    }
}

/// What a handler takes.
pub trait Inputs {
    fn describe(draft: &mut Draft<'_>);
}

impl Inputs for () {
    fn describe(_: &mut Draft<'_>) {}
}

macro_rules! inputs {
    ($($name:ident)+) => {
        impl<$($name: Input),+> Inputs for ($($name,)+) {
            fn describe(draft: &mut Draft<'_>) {
                $($name::describe(draft);)+
            }
        }
    };
}

inputs!(A);
inputs!(A B);
inputs!(A B C);
inputs!(A B C D);
inputs!(A B C D E);

/// One argument of a handler.
pub trait Input {
    fn describe(draft: &mut Draft<'_>);
}

impl Input for Caller {
    fn describe(draft: &mut Draft<'_>) {
        draft.caller = true;
    }
}

impl Input for HttpRequest {
    fn describe(_: &mut Draft<'_>) {}
}

impl<T> Input for Data<T> {
    fn describe(_: &mut Draft<'_>) {}
}

impl<T: Places> Input for Path<T> {
    fn describe(draft: &mut Draft<'_>) {
        for (place, schema) in draft.places.clone().into_iter().zip(T::schemas()) {
            draft.parameters.push(json!({ "name": place, "in": "path", "required": true, "schema": schema }));
        }
        draft.failures.insert(When::Path);
    }
}

/// The parts of an address that are in braces.
pub trait Places {
    fn schemas() -> Vec<Value>;
}

/// One of them.
trait Place {
    fn schema() -> Value;
}

impl Place for i64 {
    fn schema() -> Value {
        json!({ "type": "integer", "format": "int64", "minimum": 1 })
    }
}

impl Place for String {
    fn schema() -> Value {
        json!({ "type": "string", "minLength": 1 })
    }
}

impl Places for i64 {
    fn schemas() -> Vec<Value> {
        vec![<Self as Place>::schema()]
    }
}

impl Places for String {
    fn schemas() -> Vec<Value> {
        vec![<Self as Place>::schema()]
    }
}

impl<A: Place, B: Place> Places for (A, B) {
    fn schemas() -> Vec<Value> {
        vec![A::schema(), B::schema()]
    }
}

impl<T: JsonSchema> Input for Query<T> {
    fn describe(draft: &mut Draft<'_>) {
        draft.takes_query::<T>();
    }
}

impl<T: JsonSchema> Input for Body<T> {
    fn describe(draft: &mut Draft<'_>) {
        let schema = draft.read::<T>();
        draft.takes_body(schema, &["application/json"], true);
    }
}

impl<T: JsonSchema> Input for BodyOrQuery<T> {
    fn describe(draft: &mut Draft<'_>) {
        let schema = draft.read::<T>();
        draft.takes_query::<T>();
        draft.takes_body(schema, &["application/json"], false);
    }
}

/// Why something is done, in the body or in the address.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Reason")]
#[expect(dead_code, reason = "the shape of what `Reason` reads; only its schema is used")]
struct ReasonBody {
    /// Why it is done: kept in the audit log, and told to whom it concerns.
    #[serde(default)]
    reason: String,
}

impl Input for Reason {
    fn describe(draft: &mut Draft<'_>) {
        <BodyOrQuery<ReasonBody> as Input>::describe(draft);
    }
}

impl<T: JsonSchema> Input for LegacyBody<T> {
    fn describe(draft: &mut Draft<'_>) {
        let schema = draft.read::<T>();
        draft.takes_body(schema, &["application/json", "application/x-www-form-urlencoded"], true);
    }
}

impl<T: JsonSchema> Input for Object<T> {
    fn describe(draft: &mut Draft<'_>) {
        let schema = draft.read::<T>();
        draft.takes_body(schema, &["application/json"], true);
    }
}

/// What a handler gives.
pub trait Answers {
    fn describe(draft: &mut Draft<'_>);
}

impl<T: Answers, E: Fails> Answers for Result<T, E> {
    fn describe(draft: &mut Draft<'_>) {
        draft.look = E::LOOK;
        T::describe(draft);
        if draft.dry {
            draft.may_be_dry();
        }
        failures::describe(draft);
    }
}

impl<T: JsonSchema> Answers for Json<T> {
    fn describe(draft: &mut Draft<'_>) {
        draft.answer::<T>(200, "Done.");
    }
}

impl<T: JsonSchema + Serialize> Answers for Created<T> {
    fn describe(draft: &mut Draft<'_>) {
        draft.answer::<T>(201, "Made.");
        let location =
            json!({ "description": "Where it is.", "schema": { "type": "string", "format": "uri-reference" } });
        if let Some(answer) = draft.answers.get_mut(&201) {
            insert(answer, "headers", json!({ "Location": location }));
        }
    }
}

impl<T: JsonSchema + Serialize> Answers for Begun<T> {
    fn describe(draft: &mut Draft<'_>) {
        draft.answer::<T>(202, "Begun: what will come of it.");
        draft.empty(204, "Done.");
    }
}

impl Answers for NoContent {
    fn describe(draft: &mut Draft<'_>) {
        draft.empty(204, "Done.");
    }
}

impl<T: JsonSchema + Serialize> Answers for File<T> {
    fn describe(draft: &mut Draft<'_>) {
        draft.answer::<T>(200, "A file.");
    }
}

impl<S: Shape> Answers for Shaped<S> {
    fn describe(draft: &mut Draft<'_>) {
        S::describe(draft);
    }
}

/// The shapes of an answer that has several.
pub trait Shape {
    fn describe(draft: &mut Draft<'_>);
}

/// The error of a handler.
pub trait Fails {
    const LOOK: Look;
}

impl Fails for ApiError {
    const LOOK: Look = Look::Problem;
}

impl Fails for LegacyError {
    const LOOK: Look = Look::Legacy;
}

impl Fails for AuthzenError {
    const LOOK: Look = Look::Authzen;
}

//! The OpenAPI document: what the routes say of themselves, finished with what all of them share.

use crate::access::{Needs, op::OPERATIONS};
use crate::app;
use crate::idempotency::{hex, sha256};
use crate::parent::Parent;
use actix_web::dev::ResourceDef;
use actix_web::web::Bytes;
use recoup_engine::words::code::Code;
use serde_json::{Map, Value, json};
use std::collections::{BTreeSet, HashMap, HashSet};
use utoipa::OpenApi as _;

/// The methods a path item may have.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// What the document says before any route is added.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Recoup",
        description = "A headless receivables and collections engine: who owes what, whether an order may ship on credit, and what \
            happens to a claim from the first reminder to the lawyer. Refusals are `application/problem+json`; branch on `code`.",
        contact(name = "Recoup"),
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    tags(
        (name = "access", description = "Tenants, tokens, approvals, audit."),
        (name = "accounts", description = "Customers, their contacts, limits and history."),
        (name = "ledger", description = "Invoices, payments, credit notes and what settles what."),
        (name = "credit", description = "Limits, exposure, orders and holds."),
        (name = "collections", description = "Cases, steps, tasks and notices."),
        (name = "setup", description = "Policies, calendars and settings."),
        (name = "plugins", description = "Scripts, their versions, and the decisions they took part in."),
        (name = "work", description = "Runs and imports, with their progress."),
        (name = "reports", description = "Ageing, key figures and plans, as of any day.")
    )
)]
pub(crate) struct Shell;

/// The finished document, and which path takes which methods.
pub struct Document {
    /// The document as it is committed and served.
    pub text: Bytes,
    /// Its strong ETag.
    pub etag: String,
    /// The same, to be added to.
    pub(crate) value: Value,
    routes: Vec<(ResourceDef, String)>,
    /// Operations that take no parameters in the query, as `GET /v1/accounts/{id}`.
    without_query: HashSet<String>,
    /// The media types of answers, by operation, where they are others than JSON alone.
    media_types: HashMap<String, Vec<String>>,
}

impl Document {
    /// The document of everything `app.rs` lists.
    pub fn of_all_routes() -> Self {
        Self::of(finished(app::collected()))
    }

    fn of(document: Value) -> Self {
        let text = pretty(&document);
        let mut routes: Vec<(ResourceDef, String)> = Vec::new();
        for (path, item) in members(&document["paths"]) {
            let allow: Vec<String> =
                METHODS.iter().filter(|method| item.get(**method).is_some()).map(|method| method.to_uppercase()).collect();
            let mut allow = allow.join(", ");
            if item.get("get").is_some() {
                allow.push_str(", HEAD");
            }
            routes.push((ResourceDef::new(path.as_str()), allow));
        }
        for path in app::BESIDE_THE_DOCUMENT {
            routes.push((ResourceDef::new(*path), "GET, HEAD".to_owned()));
        }
        let without_query = members(&document["paths"]).flat_map(|(path, item)| operations_without_query(path, item)).collect();
        let media_types = members(&document["paths"]).flat_map(|(path, item)| operations_beside_json(path, item)).collect();
        let etag = format!("\"{}\"", hex(sha256(text.as_bytes()).get(..16).unwrap_or_default()));
        Self { text: Bytes::from(text), etag, value: document, routes, without_query, media_types }
    }

    /// Does this operation take no parameters in the query? Then one that is sent is unknown.
    pub(crate) fn takes_no_query(&self, method: &str, pattern: &str) -> bool {
        let method = if method == "HEAD" { "GET" } else { method };
        self.without_query.contains(&format!("{method} {pattern}"))
    }

    /// The media types in which an operation can answer.
    pub(crate) fn media_types(&self, method: &str, pattern: &str) -> impl Iterator<Item = &str> {
        let method = if method == "HEAD" { "GET" } else { method };
        let named = self.media_types.get(&format!("{method} {pattern}"));
        named.into_iter().flatten().map(String::as_str).chain(named.is_none().then_some("application/json"))
    }

    /// The methods of the route this path belongs to, for `Allow`.
    pub(crate) fn methods_of(&self, path: &str) -> Option<&str> {
        self.routes.iter().find(|(route, _)| route.is_match(path)).map(|(_, allow)| allow.as_str())
    }
}

/// The operations of a path that take no parameters in the query.
fn operations_without_query<'a>(path: &'a str, item: &'a Value) -> impl Iterator<Item = String> + 'a {
    let has_query = |operation: &Value| operation["parameters"].as_array().is_some_and(|all| all.iter().any(|one| one["in"] == "query"));
    let there = METHODS.iter().filter(move |method| item.get(**method).is_some_and(|operation| !has_query(operation)));
    there.map(move |method| format!("{} {path}", method.to_uppercase()))
}

/// The operations of a path that answer with other media types than JSON alone, each with its media types.
fn operations_beside_json<'a>(path: &'a str, item: &'a Value) -> impl Iterator<Item = (String, Vec<String>)> + 'a {
    METHODS.iter().filter_map(move |method| {
        let answers = members(&item.get(*method)?["responses"]).filter(|(status, _)| status.starts_with('2'));
        let kinds: Vec<String> = answers.flat_map(|(_, answer)| members(&answer["content"]).map(|(kind, _)| kind.clone())).collect();
        let is_json_alone = kinds.iter().all(|kind| kind == "application/json");
        (!is_json_alone).then(|| (format!("{} {path}", method.to_uppercase()), kinds))
    })
}

/// The document as text: as it is committed, printed and served.
pub fn text() -> String {
    pretty(&finished(app::collected()))
}

pub(crate) fn pretty(document: &Value) -> String {
    let mut text = serde_json::to_string_pretty(document).unwrap_or_default();
    text.push('\n');
    text
}

/// Adds to the collected routes what every operation shares.
fn finished(collected: utoipa::openapi::OpenApi) -> Value {
    let mut document = serde_json::to_value(collected).unwrap_or_default();
    document["info"]["version"] = env!("CARGO_PKG_VERSION").into();
    document["servers"] = json!([{"url": "/", "description": "this server, production or test", "x-internal": false}]);
    for (path, item) in members_mut(&mut document["paths"]) {
        for method in METHODS {
            if let Some(operation) = item.get_mut(method) {
                finish_operation(path, method, operation);
            }
        }
    }
    add_components(&mut document);
    add_examples(&mut document);
    merge_described(&mut document);
    require_what_answers_hold(&mut document);
    open_enumerations(&mut document);
    drop_null_defaults(&mut document["components"]["schemas"]);
    document
}

fn finish_operation(path: &str, method: &str, operation: &mut Value) {
    let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
    let needs = OPERATIONS.iter().find(|(known, _)| *known == id).map(|(_, needs)| *needs);
    let security = match needs {
        Some(Needs::Scope(scope)) => json!([{"bearer": [scope.as_str()]}]),
        // One requirement after the other: any of them is enough.
        Some(Needs::Any(scopes)) => scopes.iter().map(|scope| json!({"bearer": [scope.as_str()]})).collect(),
        Some(Needs::Operator) => json!([{"bearer": ["operator"]}]),
        None => json!([{}]),
    };
    operation["security"] = security;
    let mut statuses = vec!["400", "401", "429", "500", "503"];
    let is_write = method != "get";
    if needs.is_some() {
        statuses.push("403");
    }
    if path.contains('{') {
        statuses.push("404");
    }
    if is_write {
        statuses.push("409");
        statuses.push("422");
        add_parameter(operation, "IdempotencyKey");
    }
    if operation.get("requestBody").is_some() {
        statuses.extend(["413", "415"]);
    }
    if matches!(method, "patch" | "put" | "delete") {
        statuses.extend(["412", "428"]);
        add_parameter(operation, "IfMatch");
    }
    if method == "post" && Parent::of(path).is_some() {
        statuses.push("412");
        add_parameter(operation, "IfMatchParent");
    }
    statuses.sort_unstable();
    let responses = &mut operation["responses"];
    for status in statuses {
        if responses.get(status).is_none() {
            responses[status] = json!({"$ref": format!("#/components/responses/Problem{status}")});
        }
    }
    if let Some(responses) = responses.as_object_mut() {
        responses.sort_keys();
    }
}

fn add_parameter(operation: &mut Value, name: &str) {
    let reference = json!({"$ref": format!("#/components/parameters/{name}")});
    match operation["parameters"].as_array_mut() {
        Some(parameters) => parameters.push(reference),
        None => operation["parameters"] = json!([reference]),
    }
}

/// Problems by status, shared parameters, and how to sign in.
fn add_components(document: &mut Value) {
    let components = &mut document["components"];
    components["securitySchemes"] = json!({"bearer": {
        "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
        "description": "A JWT access token (RFC 9068), checked as RFC8725 asks. `recoup token` prints one.",
    }});
    components["parameters"] = json!({
        "IdempotencyKey": {
            "name": "Idempotency-Key", "in": "header", "required": false,
            "description": "The same key with the same body takes effect once and is answered the same for 24 hours.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
        },
        "IfMatch": {
            "name": "If-Match", "in": "header", "required": true,
            "description": "The ETag you read, or `*`.",
            "schema": {"type": "string", "maxLength": 200},
        },
        "IfMatchParent": {
            "name": "If-Match", "in": "header", "required": false,
            "description": "The ETag of the thing in the path, of a plugin that of its settings: this is done to that version of it, or not at all.",
            "schema": {"type": "string", "maxLength": 200},
        },
    });
    for (status, description) in PROBLEMS {
        components["responses"][format!("Problem{status}")] = json!({
            "description": description,
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        });
    }
    let codes: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
    components["schemas"]["Problem"] = json!({
        "type": "object",
        "description": "A refusal (RFC 9457). Some codes add members of their own.",
        "required": ["type", "title", "status", "code", "detail", "instance", "request_id", "errors"],
        "properties": {
            "type": {"type": "string", "format": "uri-reference", "maxLength": 200, "description": "A page for people about this code."},
            "title": {"type": "string", "maxLength": 200},
            "status": {"type": "integer", "format": "int32", "minimum": 400, "maximum": 599},
            "code": {"type": "string", "maxLength": 100, "x-extensible-enum": codes, "description": "Branch on this."},
            "detail": {"type": "string", "maxLength": 2000, "description": "For people; the wording may change."},
            "instance": {"type": "string", "format": "uri", "maxLength": 200},
            "request_id": {"type": "string", "maxLength": 64},
            "errors": {"type": "array", "maxItems": 100, "items": {"$ref": "#/components/schemas/Fault"}},
        },
    });
    components["schemas"]["Fault"] = json!({
        "type": "object",
        "required": ["pointer", "code", "detail"],
        "properties": {
            "pointer": {"type": "string", "maxLength": 1000, "description": "`#/…` into the body, `?name` a parameter, `@Name` a header."},
            "code": {"type": "string", "maxLength": 100, "x-extensible-enum": codes},
            "detail": {"type": "string", "maxLength": 2000},
        },
    });
    if let Some(schemas) = components["schemas"].as_object_mut() {
        schemas.sort_keys();
    }
}

/// Every status a refusal may have, and when.
const PROBLEMS: [(&str, &str); 14] = [
    ("400", "The request cannot be read."),
    ("401", "No token, or one that is not valid."),
    ("403", "The token is valid, but does not allow this."),
    ("404", "There is no such thing, or it is not yours to know."),
    ("409", "It clashes with the present state."),
    ("412", "The thing changed since you read it."),
    ("413", "The body is too large."),
    ("415", "The body has a media type this operation does not take."),
    ("422", "It was read, but is not acceptable."),
    ("428", "If-Match is missing."),
    ("429", "Too many requests; wait for Retry-After."),
    ("500", "Our fault; nothing was changed."),
    ("503", "Busy or failing over; wait for Retry-After."),
    ("507", "The disk is full; nothing was changed."),
];

/// An answer always holds every documented member, so the schemas that only answers use require them all.
fn require_what_answers_hold(document: &mut Value) {
    let asked = reachable(document, |operation| operation.get("requestBody"));
    for (name, schema) in members_mut(&mut document["components"]["schemas"]) {
        if asked.contains(name.as_str()) || schema.get("properties").is_none() {
            continue;
        }
        let names: Vec<String> = members(&schema["properties"]).map(|(name, _)| name.clone()).collect();
        schema["required"] = names.into();
    }
}

/// A body for every operation that takes one, by the name of its schema: what an integrator pastes first.
const EXAMPLES: &str = include_str!("examples.json");

fn add_examples(document: &mut Value) {
    let examples: Map<String, Value> = serde_json::from_str(EXAMPLES).unwrap_or_default();
    for (_, item) in members_mut(&mut document["paths"]) {
        for method in METHODS {
            let Some(operation) = item.get_mut(method).filter(|operation| operation.get("requestBody").is_some()) else { continue };
            for (_, media) in members_mut(&mut operation["requestBody"]["content"]) {
                let example = body_schema(&media["schema"]).and_then(|name| examples.get(name)).cloned();
                if let Some(example) = example.filter(|_| media.get("example").is_none()) {
                    media["example"] = example;
                }
            }
        }
    }
}

/// The name of the schema of a body, which may be optional.
fn body_schema(schema: &Value) -> Option<&str> {
    let among = schema["oneOf"].as_array().into_iter().flatten().chain([schema]);
    among.filter_map(|one| one["$ref"].as_str()).find_map(|reference| reference.strip_prefix("#/components/schemas/"))
}

/// A member with a description of its own, of a type that is written out in place, is collected as both the type and an object: no value
/// would fit. The description belongs to the type.
fn merge_described(value: &mut Value) {
    match value {
        Value::Object(members) => {
            let is_twice = |all: &[Value]| {
                matches!(all, [of, said] if of.get("type").is_some() && of["type"] != "object"
                && said["type"] == "object" && said.get("properties").is_none())
            };
            if let Some(all) = members.get("allOf").and_then(Value::as_array).filter(|all| is_twice(all)).cloned() {
                members.shift_remove("allOf");
                for (name, one) in all.iter().flat_map(self::members) {
                    if name != "type" || !members.contains_key("type") {
                        members.insert(name.clone(), one.clone());
                    }
                }
            }
            members.values_mut().for_each(merge_described);
        }
        Value::Array(items) => items.iter_mut().for_each(merge_described),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// An enumeration that appears in an answer may grow one day, so a client must not be generated as if it could not.
fn open_enumerations(document: &mut Value) {
    let answered = reachable(document, |operation| operation.get("responses"));
    let asked = reachable(document, |operation| operation.get("requestBody").or_else(|| operation.get("parameters")));
    for (name, schema) in members_mut(&mut document["components"]["schemas"]) {
        if answered.contains(name.as_str()) || !asked.contains(name.as_str()) {
            open_enumeration(schema);
        }
    }
}

pub(crate) fn open_enumeration(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if let (Some(values), false) = (members.shift_remove("enum"), members.contains_key("const")) {
                members.insert("x-extensible-enum".into(), values);
                members.insert("maxLength".into(), 100.into());
            }
            members.values_mut().for_each(open_enumeration);
        }
        Value::Array(items) => items.iter_mut().for_each(open_enumeration),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Leaving a member out is not the same as sending `null`, least of all in a merge patch.
fn drop_null_defaults(value: &mut Value) {
    match value {
        Value::Object(members) => {
            if members.get("default").is_some_and(Value::is_null) {
                members.shift_remove("default");
            }
            members.values_mut().for_each(drop_null_defaults);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_null_defaults),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The names of all schemas that this part of any operation leads to.
fn reachable(document: &Value, part: impl Fn(&Value) -> Option<&Value>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open: Vec<String> = Vec::new();
    for (_, item) in members(&document["paths"]) {
        for operation in METHODS.iter().filter_map(|method| item.get(*method)) {
            if let Some(part) = part(operation) {
                references(part, &mut open);
            }
        }
    }
    while let Some(name) = open.pop() {
        if found.insert(name.clone()) {
            references(&document["components"]["schemas"][&name], &mut open);
        }
    }
    found
}

pub(crate) fn references(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            if let Some(name) = members.get("$ref").and_then(Value::as_str).and_then(|text| text.strip_prefix("#/components/schemas/")) {
                into.push(name.to_owned());
            }
            members.values().for_each(|member| references(member, into));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

fn members_mut(value: &mut Value) -> impl Iterator<Item = (&String, &mut Value)> {
    value.as_object_mut().into_iter().flat_map(Map::iter_mut)
}

/// The document before any route: its title, tags and nothing else.
pub(crate) fn shell() -> utoipa::openapi::OpenApi {
    Shell::openapi()
}

#[cfg(test)]
#[path = "openapi_tests.rs"]
mod tests;

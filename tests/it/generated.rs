//! A client made from a document and nothing else: it finds an operation by its name, writes a body by its schema, and judges the answer by
//! the schema of that. It knows no path, no member and no type of the product.

use crate::client::{Answer, Client};
use reqwest::Method;
use serde_json::{Map, Value, json};

/// What a generator makes of one operation.
pub struct Generated {
    document: Value,
    method: Method,
    path: String,
    operation: Value,
}

impl Generated {
    /// The operation of this name, if the document has it.
    pub fn of(document: &Value, operation_id: &str) -> Option<Self> {
        let paths = document["paths"].as_object()?;
        let all = paths.iter().flat_map(|(path, item)| item.as_object().into_iter().flatten().map(move |(method, of)| (path, method, of)));
        let (path, method, operation) = all.into_iter().find(|(_, _, operation)| operation["operationId"] == operation_id)?;
        let method = method.to_uppercase().parse().ok()?;
        Some(Self { document: document.clone(), method, path: path.clone(), operation: operation.clone() })
    }

    /// Follows a reference.
    fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str().and_then(|at| at.strip_prefix('#')) {
            Some(pointer) => self.document.pointer(pointer).expect("a reference leads somewhere"),
            None => schema,
        }
    }

    /// Calls it with these members wherever their names stand in the schema of the body, and with these parameters.
    pub async fn call(&self, client: &Client, query: &str, headers: &[(&str, &str)], given: &Value) -> Answer {
        let content = &self.operation["requestBody"]["content"];
        let (kind, media) = content.as_object().and_then(|content| content.iter().next()).expect("the operation takes a body");
        let body = self.body(&media["schema"], given);
        let mut all = vec![("content-type", kind.as_str())];
        all.extend_from_slice(headers);
        let path = format!("{}{query}", self.path);
        client.send(self.method.clone(), &path, &all, Some(body.to_string().into_bytes())).await.expect("the server answers")
    }

    fn body(&self, schema: &Value, given: &Value) -> Value {
        let mut body = Map::new();
        for (name, member) in self.resolved(schema)["properties"].as_object().into_iter().flatten() {
            let inner = self.resolved(member);
            match given.get(name) {
                Some(value) => drop(body.insert(name.clone(), value.clone())),
                None if inner["properties"].is_object() => drop(body.insert(name.clone(), self.body(inner, given))),
                None => {}
            }
        }
        Value::Object(body)
    }

    /// What is wrong with an answer of this status, by its schema; empty when nothing is.
    pub fn misfits(&self, answer: &Answer) -> Vec<String> {
        let response = self.resolved(&self.operation["responses"][answer.status.to_string()]);
        let Some(media) = response["content"].as_object().and_then(|content| content.values().next()) else {
            return vec![format!("the document knows no answer {}", answer.status)];
        };
        let mut found = Vec::new();
        self.judge("#", &media["schema"], &answer.json, &mut found);
        found
    }

    fn judge(&self, at: &str, schema: &Value, value: &Value, found: &mut Vec<String>) {
        let schema = self.resolved(schema);
        if let Some(any) = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array()) {
            let fits = any.iter().any(|one| {
                let mut inner = Vec::new();
                self.judge(at, one, value, &mut inner);
                inner.is_empty()
            });
            if !fits {
                found.push(format!("{at}: {value} is none of the kinds"));
            }
            return;
        }
        let is_kind = |kind: &Value| match kind.as_str().unwrap_or_default() {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "integer" => value.is_i64(),
            "number" => value.is_number(),
            "boolean" => value.is_boolean(),
            "null" => value.is_null(),
            _ => true,
        };
        let kinds = match &schema["type"] {
            Value::Array(kinds) => kinds.clone(),
            Value::Null => Vec::new(),
            one @ (Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => vec![one.clone()],
        };
        if !kinds.is_empty() && !kinds.iter().any(is_kind) {
            found.push(format!("{at}: {value} is not of type {}", schema["type"]));
        }
        if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
            found.push(format!("{at}: {value} is not one of {}", schema["enum"]));
        }
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if value.is_object() && value.get(name).is_none() {
                found.push(format!("{at}: {name} is missing"));
            }
        }
        for (name, member) in value.as_object().into_iter().flatten() {
            match schema["properties"].get(name) {
                Some(inner) => self.judge(&format!("{at}/{name}"), inner, member, found),
                None if schema["additionalProperties"] == json!(false) => found.push(format!("{at}: {name} is not in the schema")),
                None => {}
            }
        }
        for (no, item) in value.as_array().into_iter().flatten().enumerate() {
            self.judge(&format!("{at}/{no}"), &schema["items"], item, found);
        }
    }
}

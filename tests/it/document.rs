//! The served OpenAPI document, read as an outsider reads it: which operations there are, and how to call each.

use crate::client::{Answer, Client};
use reqwest::Method;
use serde_json::Value;

/// In the place of a scope: only whoever runs the installation.
pub const OPERATOR: &str = "operator";

/// One operation of the document.
#[derive(Clone, Debug)]
pub struct Operation {
    /// GET, POST, …
    pub method: Method,
    /// `/v1/accounts/{id}`.
    pub path: String,
    /// What a token must hold one of, [`OPERATOR`] where it must be the operator's; `None` where no token is needed.
    pub scopes: Option<Vec<String>>,
    /// Media type of the body, if it takes one.
    pub body: Option<String>,
}

impl Operation {
    /// Can this change anything?
    pub fn is_write(&self) -> bool {
        self.method != Method::GET
    }

    /// The collection this belongs to: `accounts` of `/v1/accounts/{id}/contacts`.
    pub fn collection(&self) -> &str {
        self.path.split('/').nth(2).unwrap_or_default()
    }

    /// The path with this in the place of its first placeholder, and a well-formed stranger in every other.
    pub fn path_with(&self, id: &str) -> String {
        let mut first = true;
        let parts = self.path.split('/').map(|part| match part.starts_with('{') {
            true if std::mem::take(&mut first) => id,
            true => "unknown",
            false => part,
        });
        parts.collect::<Vec<_>>().join("/")
    }

    /// Calls it with an empty body of the right type, or none.
    pub async fn call(&self, client: &Client, path: &str) -> Answer {
        let kind = self.body.as_deref().unwrap_or("application/json");
        let body = self.body.as_ref().map(|kind| if kind.ends_with("json") { b"{}".to_vec() } else { Vec::new() });
        let headers = [("content-type", kind), ("if-match", "*")];
        let sent = if body.is_some() { &headers[..] } else { &headers[1..] };
        client.send(self.method.clone(), path, sent, body).await.expect("the server answers")
    }
}

/// Every operation the document names.
pub async fn operations(client: &Client) -> Vec<Operation> {
    let document = client.get("/openapi.json").await.expect(200);
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let operation = &item[method.as_str().to_lowercase()];
            if operation.is_null() {
                continue;
            }
            let wanted = operation["security"].as_array().into_iter().flatten().filter_map(|one| one["bearer"].as_array());
            let wanted: Vec<String> = wanted.map(|scopes| scopes.first().and_then(Value::as_str).unwrap_or(OPERATOR).to_owned()).collect();
            let scopes = (!wanted.is_empty()).then_some(wanted);
            let body = operation["requestBody"]["content"].as_object().and_then(|content| content.keys().next().cloned());
            found.push(Operation { method, path: path.clone(), scopes, body });
        }
    }
    found
}

/// An answer without what differs between any two requests.
pub fn comparable(answer: &Answer, id: &str) -> (u16, String) {
    let mut body = answer.json.clone();
    if let Some(body) = body.as_object_mut() {
        body.remove("request_id");
        body.remove("instance");
    }
    let text = if body == Value::Null { answer.text.clone() } else { body.to_string() };
    (answer.status, text.replace(id, "ID"))
}

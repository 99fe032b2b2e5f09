//! The document is committed, complete, and says of every operation what the guard does.

use super::*;
use std::path::Path;

fn document() -> Value {
    serde_json::from_str(&text()).unwrap()
}

fn operations(document: &Value) -> Vec<(String, Value)> {
    let of_item = |(path, item): (&String, &Value)| {
        let path = path.clone();
        let item = item.clone();
        METHODS
            .into_iter()
            .filter_map(move |method| item.get(method).map(|operation| (format!("{method} {path}"), operation.clone())))
            .collect::<Vec<_>>()
    };
    members(&document["paths"]).flat_map(of_item).collect()
}

#[test]
fn the_committed_document_is_the_one_the_routes_make() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi/openapi.json");
    let made = text();
    if std::env::var_os("RECOUP_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &made).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == made,
        "openapi/openapi.json is stale: RECOUP_BLESS=1 cargo test -p recoup-api committed_document, and read the diff"
    );
}

#[test]
fn every_operation_has_a_row_in_the_table_a_tag_a_summary_and_a_name_of_its_own() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    let mut names = BTreeSet::new();
    for (route, operation) in operations(&document) {
        let id = operation["operationId"].as_str().unwrap();
        assert!(names.insert(id.to_owned()), "{id} twice");
        assert!(id.bytes().all(|b| b.is_ascii_alphanumeric()) && id.as_bytes()[0].is_ascii_lowercase(), "{id}");
        assert!(OPERATIONS.iter().any(|(known, _)| *known == id), "{route} {id} has no row in the table of operations");
        assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{route} has no summary");
        assert!(operation["tags"].as_array().is_some_and(|tags| tags.len() == 1), "{route} has no tag of its own");
        for status in ["401", "429", "500", "503"] {
            assert!(operation["responses"].get(status).is_some(), "{route} does not list {status}");
        }
    }
    for (id, _) in OPERATIONS {
        assert!(names.contains(*id), "{id} has a row in the table of operations, but no route");
    }
}

#[test]
fn every_reference_of_the_document_leads_somewhere() {
    let document = document();
    let mut open = Vec::new();
    all_references(&document, &mut open);
    for reference in open {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

fn all_references(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            into.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|member| all_references(member, into));
        }
        Value::Array(items) => items.iter().for_each(|item| all_references(item, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn what_clients_send_is_closed_and_what_they_read_may_grow() {
    let document = document();
    let asked = reachable(&document, |operation| operation.get("requestBody"));
    let answered = reachable(&document, |operation| operation.get("responses"));
    for (name, schema) in members(&document["components"]["schemas"]) {
        if asked.contains(name) && schema.get("properties").is_some() {
            assert_eq!(schema.get("additionalProperties"), Some(&Value::Bool(false)), "{name} takes unknown members");
        }
        if answered.contains(name) {
            assert!(!schema.to_string().contains("\"enum\""), "{name} cannot grow");
        }
    }
}

#[test]
fn a_path_knows_its_methods_whatever_stands_for_its_id() {
    let asked = json!([{"name": "as_of", "in": "query"}, {"name": "id", "in": "path"}]);
    let paths = json!({"/v1/things/{id}": {"get": {"parameters": asked}, "patch": {}}, "/v1/things": {"post": {}}});
    let document = Document::of(json!({ "paths": paths }));
    assert_eq!(document.methods_of("/v1/things/thi_1"), Some("GET, PATCH, HEAD"));
    assert_eq!(document.methods_of("/v1/things"), Some("POST"));
    assert_eq!(document.methods_of("/healthz"), Some("GET, HEAD"));
    assert_eq!(document.methods_of("/v1/things/thi_1/parts"), None);
    assert!(!document.takes_no_query("HEAD", "/v1/things/{id}") && document.takes_no_query("PATCH", "/v1/things/{id}"));
    assert!(!document.takes_no_query("GET", "/v1/plugins/greeter/actions/hello"), "what only the live document knows judges its own");
}

#[test]
fn every_body_has_an_example_that_fits_it() {
    let document = Document::of_all_routes().value;
    let mut root = json!({ "components": document["components"] });
    let mut missing = Vec::new();
    for (path, item) in members(&document["paths"]) {
        for (method, operation) in members(item).filter(|(method, _)| METHODS.contains(&method.as_str())) {
            for (kind, media) in members(&operation["requestBody"]["content"]).filter(|(kind, _)| kind.ends_with("json")) {
                let named = body_schema(&media["schema"]).map(|name| &document["components"]["schemas"][name]);
                let of_schema = named.and_then(|schema| schema.get("example").or_else(|| schema["examples"].get(0)));
                let Some(example) = media.get("example").or(of_schema) else {
                    missing.push(format!("{method} {path} {kind}"));
                    continue;
                };
                root["allOf"] = json!([media["schema"]]);
                let faults: Vec<String> =
                    jsonschema::validator_for(&root).unwrap().iter_errors(example).map(|fault| fault.to_string()).collect();
                assert!(faults.is_empty(), "{method} {path}: {faults:?}");
            }
        }
    }
    assert!(missing.is_empty(), "without an example: {missing:#?}");
}

#[test]
fn no_value_is_asked_to_be_of_two_types() {
    let mut twice = json!({ "allOf": [{ "type": "string", "enum": ["a"] }, { "type": "object", "description": "Which." }] });
    merge_described(&mut twice);
    assert_eq!(twice, json!({ "type": "string", "enum": ["a"], "description": "Which." }));
    let mut both = json!({ "allOf": [{ "$ref": "#/x" }, { "type": "object", "properties": {} }] });
    let before = both.clone();
    merge_described(&mut both);
    assert_eq!(both, before, "what is made of two objects stays so");
}

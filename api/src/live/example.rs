//! An example of a value by its JSON Schema: what a reader of the document can send as it stands.

use recoup_engine::words::money::{Currency, Money};
use serde_json::{Map, Value, json};

/// A day of no importance, for schemas that want one.
const A_DAY: &str = "2026-03-31";

/// A value of this schema: the schema's own example, its default, its first word, or what its type and format ask for. Money is a hundred
/// units of the given currency. None where the schema asks for something that cannot be told from it, a pattern for one.
pub(super) fn example(schema: &Value, currency: Currency) -> Option<Value> {
    let own = [schema.pointer("/examples/0"), schema.get("const"), schema.get("default"), schema.pointer("/enum/0")];
    if let Some(own) = own.into_iter().flatten().next() {
        return Some(own.clone());
    }
    match schema.get("format").and_then(Value::as_str) {
        Some("money") => return Money::parse("100", currency).ok().map(|money| json!(money)),
        Some("date") => return Some(json!(A_DAY)),
        Some("rate") => return Some(json!("0.05")),
        Some("role") => return Some(json!("sales")),
        Some("template" | "step") => return Some(json!("reminder")),
        _ => {}
    }
    // Where several types may be, the first one is shown.
    let kind = schema.get("type").map(|kind| kind.get(0).unwrap_or(kind)).and_then(Value::as_str);
    match kind {
        Some("object") => object(schema, currency),
        Some("array") => Some(schema.get("items").and_then(|items| example(items, currency)).into_iter().collect()),
        Some("integer" | "number") => Some(schema.get("minimum").cloned().unwrap_or_else(|| json!(1))),
        Some("boolean") => Some(json!(true)),
        Some("string") if schema.get("pattern").is_none() => Some(json!("text")),
        _ => None,
    }
}

/// Every member there is; one that cannot be told is left out where it may be.
fn object(schema: &Value, currency: Currency) -> Option<Value> {
    let mut members = Map::new();
    for (name, member) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let is_required = schema["required"].as_array().is_some_and(|names| names.iter().any(|known| known == name));
        match example(member, currency) {
            Some(value) => drop(members.insert(name.clone(), value)),
            None if is_required => return None,
            None => {}
        }
    }
    Some(Value::Object(members))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_made_from_every_kind_of_schema() {
        let made = |schema: Value| example(&schema, "JPY".parse().unwrap()).unwrap_or(Value::Null);
        let cases = [
            (json!({ "type": "integer", "minimum": 3, "default": 5 }), json!(5)),
            (json!({ "type": "integer", "minimum": 3 }), json!(3)),
            (json!({ "type": "string", "enum": ["a", "b"] }), json!("a")),
            (json!({ "type": "string", "examples": ["x"], "default": "y" }), json!("x")),
            (json!({ "type": "string", "format": "date" }), json!("2026-03-31")),
            (json!({ "type": ["object", "array"], "format": "money" }), json!({ "amount": "100", "currency": "JPY" })),
            (json!({ "type": "array", "items": { "type": "boolean" } }), json!([true])),
            (json!({ "type": "string", "pattern": "^[A-Z]{3}$" }), Value::Null),
            (
                json!({ "type": "object", "properties": { "a": { "type": "string" }, "b": { "type": "string", "pattern": "x" } } }),
                json!({ "a": "text" }),
            ),
            (json!({ "type": "object", "required": ["b"], "properties": { "b": { "type": "string", "pattern": "x" } } }), Value::Null),
        ];
        for (schema, wanted) in cases {
            assert_eq!(made(schema.clone()), wanted, "{schema}");
        }
    }
}

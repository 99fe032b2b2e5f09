//! May a version take the place of another whose actions somebody calls? A client written against the older schemas must go on working;
//! what breaks it needs a new name (plugins.md §7).

use crate::words::action::ActionSubject;
use crate::words::asked::JudgedAction;
use serde_json::{Map, Value as Json};

/// The first change that would break a client, in words; none when there is none. An action that is gone is no broken promise: its path
/// is gone too.
pub(super) fn broken(before: &[JudgedAction], after: &[JudgedAction]) -> Option<String> {
    before.iter().find_map(|old| {
        let new = after.iter().find(|new| new.name == old.name)?;
        let what = subject(old, new).or_else(|| params(&old.params, &new.params)).or_else(|| result(&old.result, &new.result))?;
        Some(format!("action {}: {what}; give the changed action a new name", old.name))
    })
}

/// Whoever names what it is about names the same thing.
fn subject(old: &JudgedAction, new: &JudgedAction) -> Option<String> {
    let about = |subject: ActionSubject| if subject == ActionSubject::None { "no account".to_owned() } else { format!("one {subject}") };
    (old.subject != new.subject).then(|| format!("it was about {}, and would be about {}", about(old.subject), about(new.subject)))
}

/// What was taken is still taken, and nothing more is asked for.
fn params(old: &Json, new: &Json) -> Option<String> {
    if let Some(name) = required(new).into_iter().find(|name| !required(old).contains(name)) {
        return Some(format!("the parameter {name} would be required"));
    }
    properties(old).find_map(|(name, was)| match property(new, name) {
        None => Some(format!("the parameter {name} is gone")),
        Some(is) if kind(is) != kind(was) => Some(format!("the parameter {name} is of another type")),
        Some(is) if is_narrower(was, is) => Some(format!("the parameter {name} takes less than before")),
        Some(_) => None,
    })
}

/// What was answered is still answered.
fn result(old: &Json, new: &Json) -> Option<String> {
    if let Some(name) = required(old).into_iter().find(|name| !required(new).contains(name)) {
        return Some(format!("the answer need not have {name} any more"));
    }
    properties(old).find_map(|(name, was)| match property(new, name) {
        None => Some(format!("{name} is gone from the answer")),
        Some(is) if kind(is) != kind(was) => Some(format!("{name} in the answer is of another type")),
        Some(_) => None,
    })
}

fn properties(schema: &Json) -> impl Iterator<Item = (&String, &Json)> {
    schema.get("properties").and_then(Json::as_object).into_iter().flat_map(Map::iter)
}

fn property<'a>(schema: &'a Json, name: &str) -> Option<&'a Json> {
    schema.get("properties")?.get(name)
}

fn required(schema: &Json) -> Vec<&str> {
    schema.get("required").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str).collect()
}

/// Type, format, and what lies inside.
fn kind(property: &Json) -> [Option<&Json>; 4] {
    ["type", "format", "items", "properties"].map(|key| property.get(key))
}

fn is_narrower(was: &Json, is: &Json) -> bool {
    let lost = |values: &Json| {
        let before = was.get("enum").and_then(Json::as_array);
        let now = values.as_array();
        before.is_none() || before.zip(now).is_some_and(|(before, now)| before.iter().any(|value| !now.contains(value)))
    };
    let is_less = |key: &str, is_lower: bool| match (was.get(key).and_then(Json::as_i64), is.get(key).and_then(Json::as_i64)) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(was), Some(is)) => {
            if is_lower {
                is < was
            } else {
                is > was
            }
        }
    };
    is.get("enum").is_some_and(lost)
        || ["maximum", "maxLength", "maxItems"].into_iter().any(|key| is_less(key, true))
        || ["minimum", "minLength", "minItems"].into_iter().any(|key| is_less(key, false))
        || (is.get("pattern").is_some() && is.get("pattern") != was.get("pattern"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn action(params: Json, result: Json) -> Vec<JudgedAction> {
        vec![JudgedAction { name: "preview".into(), subject: ActionSubject::Order, params, result }]
    }

    fn says(before: (Json, Json), after: (Json, Json)) -> String {
        broken(&action(before.0, before.1), &action(after.0, after.1)).unwrap_or_default()
    }

    #[test]
    fn a_version_may_add_and_widen_but_neither_take_away_nor_ask_for_more() {
        let of = |properties: Json, required: Json| json!({"type": "object", "properties": properties, "required": required});
        let days = || of(json!({"days": {"type": "integer", "minimum": 0, "maximum": 9}}), json!([]));
        let said = || of(json!({"code": {"type": "string"}}), json!(["code"]));
        let same = (days(), said());
        for (params, result, expected) in [
            (days(), said(), ""),
            (of(json!({"days": {"type": "integer", "maximum": 10}, "more": {"type": "string"}}), json!([])), said(), ""),
            (days(), of(json!({"code": {"type": "string"}, "why": {"type": "string"}}), json!(["code", "why"])), ""),
            (of(json!({}), json!([])), said(), "days is gone"),
            (of(json!({"days": {"type": "string"}}), json!([])), said(), "another type"),
            (of(json!({"days": {"type": "integer", "maximum": 8}}), json!([])), said(), "takes less"),
            (of(json!({"days": {"type": "integer", "minimum": 1, "maximum": 9}}), json!([])), said(), "takes less"),
            (of(json!({"days": {"type": "integer", "enum": [1]}}), json!([])), said(), "takes less"),
            (of(json!({"days": {"type": "integer", "maximum": 9}}), json!(["days"])), said(), "would be required"),
            (days(), of(json!({"code": {"type": "string"}}), json!([])), "need not have code"),
            (days(), of(json!({"code": {"type": "integer"}}), json!(["code"])), "another type"),
            (days(), of(json!({"why": {"type": "string"}}), json!(["code"])), "code is gone"),
        ] {
            let said = says(same.clone(), (params.clone(), result.clone()));
            assert!(if expected.is_empty() { said.is_empty() } else { said.contains(expected) }, "{params} {result}: {said}");
        }
        assert_eq!(broken(&action(days(), said()), &[]), None, "an action may go");
        let moved: Vec<JudgedAction> =
            action(days(), said()).into_iter().map(|one| JudgedAction { subject: ActionSubject::None, ..one }).collect();
        let told = broken(&action(days(), said()), &moved).unwrap();
        assert!(told.starts_with("action preview: it was about one order, and would be about no account"), "{told}");
    }
}

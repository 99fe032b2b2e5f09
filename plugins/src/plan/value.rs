//! Script values on their way out: figures for texts, rounded here and nowhere else.

use crate::words::date::Date;
use crate::words::money::Money;
use crate::words::table::IntoScript;
use recoup_engine::words::effect::{FactValue, Values};
use rhai::{Dynamic, ImmutableString};
use rust_decimal::Decimal;
use serde_json::Value;

/// Most values of one reason.
const VALUES_MAX: usize = 32;

/// The values of a map, ready to be stored. An amount finer than its minor unit is rounded half-up; the exact one stays
/// beside it under `NAME.exact`.
pub(crate) fn values(map: Dynamic) -> Result<Values, String> {
    let kind = map.type_name();
    let Some(map) = map.try_cast::<rhai::Map>() else { return Err(format!("after a code follows a map of values or a text, not {kind}")) };
    if map.len() > VALUES_MAX {
        return Err(format!("a reason has at most {VALUES_MAX} values"));
    }
    let mut values = Values::new();
    for (name, value) in map {
        if let Some(money) = value.clone().try_cast::<Money>().filter(|money| money.is_finer_than_minor()) {
            values.insert(format!("{name}.exact"), FactValue::Text(money.units.normalize().to_string()));
        }
        let told = one(value).map_err(|why| format!("value {name}: {why}"))?;
        values.insert(name.to_string(), told);
    }
    Ok(values)
}

/// One value.
pub(crate) fn one(value: Dynamic) -> Result<FactValue, String> {
    if let Some(money) = value.clone().try_cast::<Money>() {
        return money.rounded().map(FactValue::Money).map_err(|error| error.to_string());
    }
    if let Some(date) = value.clone().try_cast::<Date>() {
        return Ok(FactValue::Text(date.to_string()));
    }
    if let Some(number) = value.clone().try_cast::<Decimal>() {
        return Ok(FactValue::Text(number.normalize().to_string()));
    }
    if let Ok(number) = value.as_int() {
        return Ok(FactValue::Int(number));
    }
    if let Ok(truth) = value.as_bool() {
        return Ok(FactValue::Bool(truth));
    }
    let kind = value.type_name();
    match value.try_cast_result::<rhai::Array>() {
        Ok(list) => list.into_iter().map(word).collect::<Result<Vec<_>, _>>().map(FactValue::List),
        Err(other) => other.into_string().map(FactValue::Text).map_err(|_| match kind {
            "()" => "it is (), ask before whether it is there".to_owned(),
            other => format!("{other} cannot be said in a text"),
        }),
    }
}

/// Deepest nesting of an answer.
const DEPTH_MAX: usize = 16;

/// A map of an answer as JSON. Money is rounded half-up to the minor unit; dates and decimals are told as text, and `()` as null.
pub(crate) fn json(value: Dynamic) -> Result<Value, String> {
    nested(value, DEPTH_MAX)
}

fn nested(value: Dynamic, left: usize) -> Result<Value, String> {
    if left == 0 {
        return Err(format!("an answer is at most {DEPTH_MAX} deep"));
    }
    if value.is_unit() {
        return Ok(Value::Null);
    }
    if value.is_map() {
        let map = value.try_cast::<rhai::Map>().unwrap_or_default();
        let pairs = map.into_iter().map(|(key, value)| Ok((key.to_string(), nested(value, left - 1)?)));
        return pairs.collect::<Result<serde_json::Map<_, _>, String>>().map(Value::Object);
    }
    if value.is_array() {
        let list = value.try_cast::<rhai::Array>().unwrap_or_default();
        return list.into_iter().map(|value| nested(value, left - 1)).collect::<Result<Vec<_>, String>>().map(Value::Array);
    }
    match one(value)? {
        FactValue::Int(number) => Ok(Value::from(number)),
        FactValue::Bool(truth) => Ok(Value::from(truth)),
        FactValue::Text(text) => Ok(Value::from(text)),
        FactValue::Money(money) => serde_json::to_value(money).map_err(|error| error.to_string()),
        FactValue::List(list) => Ok(Value::from(list)),
    }
}

/// A value as a script sees it again.
pub(crate) fn script(value: &FactValue) -> Dynamic {
    match value {
        FactValue::Money(money) => Money::from(*money).into_script(),
        FactValue::Int(number) => (*number).into_script(),
        FactValue::Bool(truth) => (*truth).into_script(),
        FactValue::Text(text) => ImmutableString::from(text).into_script(),
        FactValue::List(list) => list.iter().map(|one| one.clone().into_script()).collect::<rhai::Array>().into_script(),
    }
}

fn word(value: Dynamic) -> Result<String, String> {
    let single = one(value)?;
    if matches!(single, FactValue::List(_)) {
        return Err("a list inside a list cannot be said in a text".to_owned());
    }
    Ok(said(&single, "en"))
}

/// A value inside a sentence.
pub(crate) fn said(value: &FactValue, language: &str) -> String {
    match value {
        FactValue::Money(money) => money.to_string(),
        FactValue::Int(number) => number.to_string(),
        FactValue::Bool(truth) => match (language, truth) {
            ("en", true) => "yes".to_owned(),
            ("en", false) => "no".to_owned(),
            (_, true) => "是".to_owned(),
            (_, false) => "否".to_owned(),
        },
        FactValue::Text(text) => text.clone(),
        FactValue::List(words) => words.join(if language == "en" { ", " } else { "、" }),
    }
}

/// Does a value fit the type the manifest gives it under `[codes]`?
pub(crate) fn fits(value: &FactValue, kind: &str) -> bool {
    match (kind, value) {
        ("money", FactValue::Money(_))
        | ("int", FactValue::Int(_))
        | ("rate" | "number", FactValue::Int(_))
        | ("bool", FactValue::Bool(_))
        | ("text", FactValue::Text(_))
        | ("list", FactValue::List(_)) => true,
        ("date", FactValue::Text(text)) => recoup_engine::words::day::parse_date(text).is_ok(),
        ("rate" | "number", FactValue::Text(text)) => Decimal::from_str_exact(text).is_ok(),
        _ => false,
    }
}

/// The types a value may have in a manifest.
pub(crate) const KINDS: [&str; 8] = ["money", "int", "number", "rate", "date", "text", "bool", "list"];

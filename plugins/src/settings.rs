//! Settings: checked against their schema when they are written, and turned once into typed values.

use crate::words::date::Date;
use crate::words::money::{self, Money};
use recoup_engine::words::code::Code;
use recoup_engine::words::error::{Error, Fault, Result};
use recoup_engine::words::money::Currency;
use recoup_engine::words::text::Bilingual;
use rhai::{Dynamic, ImmutableString, Map};
use rust_decimal::Decimal;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, OnceLock, PoisonError};

/// What a setting may be beyond plain JSON.
const FORMATS: [&str; 6] = ["money", "rate", "date", "role", "template", "step"];

/// The schema of a package's settings. Clones share what was made of it.
#[derive(Clone, Debug)]
pub struct SettingsSchema {
    document: Arc<Value>,
    check: Arc<jsonschema::Validator>,
}

/// Longer schemas are made anew each time.
const KEPT_BYTES_MAX: usize = 8 * 1024;
/// Schemas kept; beyond it all are let go, for they are quickly made.
const KEPT_MAX: usize = 128;

/// Schemas by the hash of their text. A new version of a package seldom changes its schemas, and making one costs more than compiling a script.
static KEPT: LazyLock<Mutex<HashMap<[u8; 32], SettingsSchema>>> = LazyLock::new(Mutex::default);

fn kept() -> MutexGuard<'static, HashMap<[u8; 32], SettingsSchema>> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}

impl SettingsSchema {
    /// Reads `settings.schema.json`; the same text is read once.
    pub fn parse(text: &str) -> std::result::Result<Self, String> {
        if text.len() > KEPT_BYTES_MAX {
            return Self::read_schema(text);
        }
        let hash: [u8; 32] = Sha256::digest(text.as_bytes()).into();
        if let Some(known) = kept().get(&hash) {
            return Ok(known.clone());
        }
        let schema = Self::read_schema(text)?;
        let mut kept = kept();
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert(hash, schema.clone());
        Ok(schema)
    }

    fn read_schema(text: &str) -> std::result::Result<Self, String> {
        let document: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let properties = document.get("properties").and_then(Value::as_object).ok_or("the schema is of an object with properties")?;
        if document.get("additionalProperties") != Some(&Value::Bool(false)) {
            return Err("additionalProperties must be false, so that a misspelt name is refused".to_owned());
        }
        for (key, property) in properties {
            if !crate::manifest::is_name(key, 1) {
                return Err(format!("{key:?} cannot be the name of a property"));
            }
            let format = property.get("format").and_then(Value::as_str);
            if format.is_some_and(|format| !FORMATS.contains(&format)) {
                return Err(format!("{key}: format {} is not one of {}", format.unwrap_or_default(), FORMATS.join(", ")));
            }
        }
        let check = jsonschema::options()
            .with_draft(jsonschema::Draft::Draft202012)
            .with_format("money", |text: &str| !text.is_empty())
            .with_format("rate", is_rate)
            .with_format("role", |role: &str| crate::plan::close::ROLES.contains(&role))
            .with_format("template", |text: &str| !text.is_empty())
            .with_format("step", |text: &str| !text.is_empty())
            .should_validate_formats(true)
            .build(&document)
            .map_err(|error| error.to_string())?;
        let schema = Self { document: Arc::new(document), check: Arc::new(check) };
        let required = schema.document.get("required").and_then(Value::as_array).is_some_and(|list| !list.is_empty());
        if !required {
            schema.read(&Value::Object(serde_json::Map::new())).map_err(|error| format!("the defaults do not fit: {}", error.detail()))?;
        }
        Ok(schema)
    }

    /// A package without settings.
    pub fn none() -> Self {
        let document = serde_json::json!({"type": "object", "additionalProperties": false, "properties": {}});
        let check = jsonschema::validator_for(&document).expect("the schema of no settings is a schema");
        Self { document: Arc::new(document), check: Arc::new(check) }
    }

    /// The schema as JSON.
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// The schema for people: each setting with what it is called, and in its description what it does, as the package's texts say it in
    /// both languages. `texts` gives title and help of a setting.
    pub(crate) fn described(&self, texts: impl Fn(&str) -> Option<(Bilingual, Bilingual)>) -> Value {
        let mut document = Value::clone(&self.document);
        for (key, property) in document.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten() {
            if let Some((title, help)) = texts(key) {
                property["title"] = title.en.into();
                property["description"] = format!("{}\n\n{}：{}", help.en, title.zh, help.zh).into();
            }
        }
        document
    }

    /// The names of the settings.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.properties().map(|(key, _)| key)
    }

    fn properties(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.document.get("properties").and_then(Value::as_object).into_iter().flatten().map(|(key, value)| (key.as_str(), value))
    }

    /// The `format` of a setting, if it has one.
    pub(crate) fn shape(&self, key: &str) -> Option<&Value> {
        self.properties().find(|(name, _)| *name == key).map(|(_, property)| property)
    }

    /// Values with the defaults filled in, checked: every fault with its pointer.
    pub fn read(&self, given: &Value) -> Result<Settings> {
        let mut values =
            given.as_object().cloned().ok_or_else(|| Error::new(Code::ValidationFailed, "this is an object of keys and values").at("#"))?;
        for (key, property) in self.properties() {
            if let Some(default) = property.get("default").filter(|_| !values.contains_key(key)) {
                values.insert(key.to_owned(), default.clone());
            }
        }
        let values = Value::Object(values);
        let faults: Vec<Fault> = self.check.iter_errors(&values).map(|error| fault(&error)).collect();
        if !faults.is_empty() {
            return Err(Error::all(faults));
        }
        let typed = self.properties().filter_map(|(key, property)| Some((key, typed(values.get(key)?, property))));
        let typed = typed
            .map(|(key, value)| {
                value.map(|value| (key.to_owned(), value)).map_err(|why| Error::new(Code::ValidationFailed, why).at(format!("#/{key}")))
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(Settings { values, typed, first: OnceLock::new() })
    }
}

fn fault(error: &jsonschema::ValidationError<'_>) -> Fault {
    Fault { pointer: format!("#{}", error.instance_path()), code: Code::ValidationFailed, detail: error.to_string() }
}

fn is_rate(text: &str) -> bool {
    text.parse::<recoup_engine::words::rate::Rate>().is_ok()
}

/// One setting, typed once.
#[derive(Clone, Debug)]
enum Typed {
    /// The same for every account.
    Plain(Dynamic),
    /// An exact figure per currency.
    Money(Vec<Money>),
    /// A table of settings.
    List(Vec<Typed>),
    /// A group of settings.
    Group(Vec<(String, Typed)>),
}

/// Settings of a tenant or segment, typed.
#[derive(Clone, Debug)]
pub struct Settings {
    values: Value,
    typed: Vec<(String, Typed)>,
    /// The map of the first currency that asked: nearly always the only one.
    first: OnceLock<(Currency, InCurrency)>,
}

/// Settings as a script sees them, or why they cannot be had.
pub(crate) type InCurrency = std::result::Result<Arc<Map>, Arc<str>>;

impl Settings {
    /// The values as JSON, defaults included.
    pub fn values(&self) -> &Value {
        &self.values
    }

    /// The settings as a script sees them on an account in this currency. Money without a figure in it is an error, unless it is
    /// zero: the facts hold no rate to convert at.
    pub(crate) fn map(&self, currency: Currency) -> InCurrency {
        let (first, map) = self.first.get_or_init(|| (currency, self.in_currency(currency)));
        if *first == currency { map.clone() } else { self.in_currency(currency) }
    }

    /// The values as a script sees them, money as it was given; what has no value is `()`.
    pub(crate) fn as_given(&self, schema: &SettingsSchema) -> Map {
        let mut map: Map = schema.keys().map(|key| (key.into(), Dynamic::UNIT)).collect();
        map.extend(self.typed.iter().map(|(key, value)| (key.as_str().into(), value.given())));
        map
    }

    fn in_currency(&self, currency: Currency) -> InCurrency {
        let mut map = Map::new();
        for (key, value) in &self.typed {
            let value = value.at(currency).map_err(|why| Arc::from(format!("setting {key}: {why}")))?;
            map.insert(key.as_str().into(), value);
        }
        Ok(Arc::new(map))
    }
}

impl Typed {
    /// The value with its money as it was given: one figure, or a list of several.
    fn given(&self) -> Dynamic {
        match self {
            Self::Plain(value) => value.clone(),
            Self::Money(figures) => match figures.as_slice() {
                [one] => Dynamic::from(*one),
                several => Dynamic::from(several.iter().copied().map(Dynamic::from).collect::<rhai::Array>()),
            },
            Self::List(list) => Dynamic::from(list.iter().map(Self::given).collect::<rhai::Array>()),
            Self::Group(group) => Dynamic::from(group.iter().map(|(key, one)| (key.as_str().into(), one.given())).collect::<Map>()),
        }
    }

    fn at(&self, currency: Currency) -> std::result::Result<Dynamic, String> {
        match self {
            Self::Plain(value) => Ok(value.clone()),
            Self::Money(figures) => figures
                .iter()
                .find(|money| money.currency == currency)
                .copied()
                .or_else(|| figures.iter().any(|money| money.units.is_zero()).then(|| Money::zero(currency)))
                .map(Dynamic::from)
                .ok_or_else(|| format!("no figure in {currency}, and no rate to convert at")),
            Self::List(list) => list.iter().map(|one| one.at(currency)).collect::<std::result::Result<rhai::Array, _>>().map(Dynamic::from),
            Self::Group(group) => {
                let map = group.iter().map(|(key, one)| Ok((key.as_str().into(), one.at(currency)?)));
                map.collect::<std::result::Result<Map, String>>().map(Dynamic::from)
            }
        }
    }
}

/// A value by the schema beside it.
fn typed(value: &Value, schema: &Value) -> std::result::Result<Typed, String> {
    let format = schema.get("format").and_then(Value::as_str).unwrap_or("");
    match (format, value) {
        ("money", one_or_more) => figures(one_or_more).map(Typed::Money),
        ("rate", Value::String(text)) => decimal(text).map(|number| Typed::Plain(Dynamic::from_decimal(number))),
        ("date", Value::String(text)) => recoup_engine::words::day::parse_date(text)
            .map(|day| Typed::Plain(Dynamic::from(Date(day))))
            .map_err(|error| error.detail().to_owned()),
        (_, Value::Bool(truth)) => Ok(Typed::Plain(Dynamic::from(*truth))),
        (_, Value::Number(number)) => match number.as_i64() {
            Some(whole) => Ok(Typed::Plain(Dynamic::from(whole))),
            None => decimal(&number.to_string()).map(|number| Typed::Plain(Dynamic::from_decimal(number))),
        },
        (_, Value::String(text)) => Ok(Typed::Plain(Dynamic::from(ImmutableString::from(text)))),
        (_, Value::Null) => Ok(Typed::Plain(Dynamic::UNIT)),
        (_, Value::Array(list)) => {
            let items = schema.get("items").unwrap_or(&Value::Null);
            list.iter().map(|one| typed(one, items)).collect::<std::result::Result<_, _>>().map(Typed::List)
        }
        (_, Value::Object(group)) => {
            let shape = |key: &str| schema.get("properties").and_then(|all| all.get(key)).unwrap_or(&Value::Null);
            let pairs = group.iter().map(|(key, one)| typed(one, shape(key)).map(|one| (key.clone(), one)));
            pairs.collect::<std::result::Result<_, _>>().map(Typed::Group)
        }
    }
}

fn decimal(text: &str) -> std::result::Result<Decimal, String> {
    Decimal::from_str_exact(text).map(|number| number.normalize()).map_err(|_| format!("{text:?} is not an exact decimal number"))
}

/// One figure `{amount, currency}` or several in different currencies.
fn figures(value: &Value) -> std::result::Result<Vec<Money>, String> {
    let list = value.as_array().map_or_else(|| vec![value], |list| list.iter().collect());
    let figure = |one: &Value| {
        let part = |key| one.get(key).and_then(Value::as_str);
        match (part("amount"), part("currency")) {
            (Some(amount), Some(currency)) => money::parse(amount, currency).map_err(|error| error.to_string()),
            _ => Err("money is {\"amount\": \"500.00\", \"currency\": \"CNY\"}, or a list of such figures".to_owned()),
        }
    };
    let figures: Vec<Money> = list.into_iter().map(figure).collect::<std::result::Result<_, _>>()?;
    let mut currencies: Vec<_> = figures.iter().map(|money| money.currency).collect();
    currencies.sort_unstable();
    currencies.dedup();
    if currencies.len() == figures.len() && !figures.is_empty() {
        Ok(figures)
    } else {
        Err("one figure per currency, at least one".to_owned())
    }
}

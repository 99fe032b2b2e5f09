//! The live document of a tenant: the core, and for the plugins that are switched on a concrete path for each action with an example of its
//! call, the schemas of their settings, and their step types and reason codes as examples. A client made from it calls a company's own
//! actions with their own types.

mod example;
mod packages;

use crate::idempotency::{hex, sha256};
use crate::openapi::{Document, open_enumeration, pretty};
use actix_web::web::Bytes;
use recoup_engine::ground::Ground;
use recoup_engine::words::action::{ActionSpec, ActionSubject};
use recoup_engine::words::asked::PluginSet;
use recoup_engine::words::id::TenantId;
use recoup_engine::words::money::Currency;
use serde_json::{Map, Value, json};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

/// Documents kept; beyond it all are let go, for they are quickly made.
const KEPT_MAX: usize = 64;

/// One tenant's document at one revision.
pub(crate) struct Live {
    revision: i64,
    pub(crate) text: Bytes,
    pub(crate) etag: String,
}

/// The documents that were made, the newest of each tenant.
#[derive(Default)]
pub(crate) struct LiveDocuments(Mutex<HashMap<TenantId, Arc<Live>>>);

impl LiveDocuments {
    /// The document of this ground, made once per revision.
    pub(crate) fn of(&self, core: &Document, ground: &Ground) -> Arc<Live> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = kept.get(&ground.tenant.id).filter(|known| known.revision == ground.revision) {
            return Arc::clone(known);
        }
        let text = match merged(&core.value, &*ground.plugins, ground.tenant.currency) {
            Some(document) => Bytes::from(pretty(&document)),
            None => core.text.clone(),
        };
        let named = format!("{} {} {}", core.etag, ground.tenant.slug, ground.revision);
        let etag = format!("\"{}\"", hex(sha256(named.as_bytes()).get(..16).unwrap_or_default()));
        let live = Arc::new(Live { revision: ground.revision, text, etag });
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert(ground.tenant.id, Arc::clone(&live));
        live
    }
}

/// The core with a path, an operation and schemas for each action, and the words of each package; none where no package is on.
fn merged(core: &Value, set: &dyn PluginSet, currency: Currency) -> Option<Value> {
    let packages = set.packages();
    if packages.is_empty() {
        return None;
    }
    let mut document = with_actions(core, &set.actions(), |spec| called(spec, set, currency));
    packages::add(&mut document, &packages, currency);
    Some(document)
}

/// An example of a call, where its parameters fit their own schema.
fn called(spec: &ActionSpec, set: &dyn PluginSet, currency: Currency) -> Option<Value> {
    let params = example::example(&spec.params, currency)?;
    set.action_params(&spec.plugin, &spec.name, &params).ok()?;
    let mut call = match spec.subject {
        ActionSubject::Account => json!({ "account_external_id": "C-1001" }),
        ActionSubject::Case => json!({ "case_id": "cas_01h455vb4pex5vsknk084sn02q" }),
        ActionSubject::Order => json!({ "order_external_id": "SO-1001" }),
        ActionSubject::Invoice => json!({ "invoice_external_id": "INV-1001" }),
        ActionSubject::None => json!({}),
    };
    if params.as_object().is_some_and(|params| !params.is_empty()) {
        call["params"] = params;
    }
    Some(call)
}

fn with_actions(core: &Value, actions: &[ActionSpec], called: impl Fn(&ActionSpec) -> Option<Value>) -> Value {
    let mut document = core.clone();
    let mut names: BTreeSet<String> = BTreeSet::new();
    for spec in actions {
        let plain = format!("plugin{}{}", pascal(&spec.plugin), pascal(&spec.name));
        // `a.b_c` and `a_b.c` would read the same.
        let id = if names.contains(&plain) { format!("plugin{}Action{}", pascal(&spec.plugin), pascal(&spec.name)) } else { plain };
        names.insert(id.clone());
        let path = format!("/v1/plugins/{}/actions/{}", spec.plugin, spec.name);
        document["paths"][path.as_str()] = json!({ "post": operation(&id, spec) });
        if let Some(example) = called(spec) {
            document["paths"][path.as_str()]["post"]["requestBody"]["content"]["application/json"]["example"] = example;
        }
        add_schemas(&mut document, spec);
        add_tag(&mut document, spec);
    }
    document
}

/// `order_hold` → `OrderHold`.
fn pascal(name: &str) -> String {
    let part = |part: &str| {
        let mut letters = part.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    };
    name.split('_').map(part).collect()
}

/// `plg_order_hold_preview_call`.
fn schema_name(spec: &ActionSpec, what: &str) -> String {
    format!("plg_{}_{}_{what}", spec.plugin, spec.name)
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn operation(id: &str, spec: &ActionSpec) -> Value {
    let mut responses = json!({
        "200": {
            "description": "The answer; of a preview, with what would follow.",
            "content": { "application/json": { "schema": reference(&schema_name(spec, "answer")) } },
        },
    });
    for status in ["400", "401", "403", "404", "409", "412", "413", "415", "422", "429", "500", "503"] {
        responses[status] = json!({ "$ref": format!("#/components/responses/Problem{status}") });
    }
    let about = if spec.subject == ActionSubject::None { "no account".to_owned() } else { format!("one {}", spec.subject) };
    let effects = if spec.effects.is_empty() { "It only reads.".to_owned() } else { format!("It may use: {}.", spec.effects.join(", ")) };
    json!({
        "tags": [spec.title.en],
        "summary": spec.summary.en,
        "description": format!("{}\n\n{} About {about}. {effects}", spec.summary.zh, spec.title.zh),
        "operationId": id,
        "x-plugin": { "name": spec.plugin, "version": spec.version, "label": spec.label },
        "security": [{ "bearer": ["plugins:run"] }],
        "parameters": [
            {
                "name": "mode", "in": "query", "required": false,
                "description": "`preview` answers and writes nothing; `apply` keeps the decision and lets happen what is proposed, and needs an Idempotency-Key.",
                "schema": { "type": "string", "enum": ["preview", "apply"], "default": "preview" },
            },
            { "$ref": "#/components/parameters/IdempotencyKey" },
            { "$ref": "#/components/parameters/IfMatchParent" },
        ],
        "requestBody": {
            "required": true,
            "content": { "application/json": { "schema": reference(&schema_name(spec, "call")) } },
        },
        "responses": responses,
    })
}

fn add_schemas(document: &mut Value, spec: &ActionSpec) {
    let core = &document["components"]["schemas"];
    let mut answer = core["ActionView"].clone();
    answer["description"] = json!(format!("The answer to {}.", spec.full_name()));
    answer["properties"]["result"] = reference(&schema_name(spec, "result"));
    let members: &[&str] = match spec.subject {
        ActionSubject::Account => &["account_id", "account_external_id"],
        ActionSubject::Case => &["case_id"],
        ActionSubject::Order => &["order_id", "order_external_id"],
        ActionSubject::Invoice => &["invoice_id", "invoice_external_id"],
        ActionSubject::None => &[],
    };
    let says = if members.is_empty() { "its parameters" } else { "what it is about, by one of the names, and its parameters" };
    let mut properties = serde_json::Map::new();
    for member in members {
        properties.insert((*member).to_owned(), core["ActionIn"]["properties"][*member].clone());
    }
    properties.insert("params".to_owned(), reference(&schema_name(spec, "params")));
    let needs_params = spec.params["required"].as_array().is_some_and(|names| !names.is_empty());
    let mut required: Vec<&str> = if members.len() == 1 { members.to_vec() } else { Vec::new() };
    required.extend(needs_params.then_some("params"));
    let mut call = json!({
        "type": "object", "additionalProperties": false, "properties": properties,
        "description": format!("A call of {}: {says}.", spec.full_name()),
    });
    if !required.is_empty() {
        call["required"] = json!(required);
    }
    let schemas = &mut document["components"]["schemas"];
    schemas[schema_name(spec, "params")] = plain(&spec.params);
    let mut result = plain(&spec.result);
    // What is answered may grow, here as everywhere.
    open_enumeration(&mut result);
    schemas[schema_name(spec, "result")] = result;
    schemas[schema_name(spec, "call")] = call;
    schemas[schema_name(spec, "answer")] = answer;
}

/// A package's schema as the document holds it: without its own header, and with the product's money.
fn plain(schema: &Value) -> Value {
    match schema {
        Value::Object(members) => {
            if members.get("format").is_some_and(|format| format == "money") {
                return money(members);
            }
            let kept = members.iter().filter(|(name, _)| *name != "$schema" && *name != "$id");
            Value::Object(kept.map(|(name, member)| (name.clone(), plain(member))).collect())
        }
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => schema.clone(),
    }
}

/// Money, or where the schema takes several figures one or a list of them; what the schema says of it beside that stays.
fn money(members: &Map<String, Value>) -> Value {
    let said = ["title", "description", "default", "examples"].into_iter();
    let mut schema: Map<String, Value> = said.filter_map(|name| Some((name.to_owned(), members.get(name)?.clone()))).collect();
    if members.get("type").is_some_and(Value::is_array) {
        let one_or_more = json!([reference("Money"), { "type": "array", "items": reference("Money") }]);
        schema.insert("oneOf".to_owned(), one_or_more);
    } else {
        schema.insert("$ref".to_owned(), json!("#/components/schemas/Money"));
    }
    Value::Object(schema)
}

fn add_tag(document: &mut Value, spec: &ActionSpec) {
    let Some(tags) = document["tags"].as_array_mut() else { return };
    if tags.iter().all(|tag| tag["name"] != spec.title.en.as_str()) {
        tags.push(json!({ "name": spec.title.en, "description": format!("{}: the plugin {}.", spec.title.zh, spec.plugin) }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use recoup_engine::words::text::Bilingual;

    fn spec(plugin: &str, name: &str) -> ActionSpec {
        ActionSpec {
            plugin: plugin.into(),
            name: name.into(),
            version: 3,
            label: "1.2.0".into(),
            title: Bilingual::new("Order hold", "信用冻结"),
            summary: Bilingual::new("What would happen", "试算"),
            subject: ActionSubject::Order,
            effects: vec![],
            params: json!({"$schema": "x", "type": "object", "additionalProperties": false, "properties": {"at": {"type": "object", "format": "money"}}}),
            result: json!({"type": "object", "additionalProperties": false, "properties": {}}),
        }
    }

    #[test]
    fn an_action_is_a_path_of_its_own_and_every_reference_leads_somewhere() {
        let core: Value = serde_json::from_str(&crate::openapi::text()).unwrap();
        let live = with_actions(&core, &[spec("order_hold", "preview")], |_| None);
        let operation = &live["paths"]["/v1/plugins/order_hold/actions/preview"]["post"];
        assert_eq!(operation["operationId"], "pluginOrderHoldPreview");
        assert_eq!((&operation["tags"][0], &operation["x-plugin"]["version"]), (&json!("Order hold"), &json!(3)));
        let schemas = &live["components"]["schemas"];
        assert_eq!(schemas["plg_order_hold_preview_params"]["properties"]["at"], json!({"$ref": "#/components/schemas/Money"}));
        assert_eq!(schemas["plg_order_hold_preview_params"]["$schema"], Value::Null);
        let mut found = Vec::new();
        crate::openapi::references(&live, &mut found);
        let missing: Vec<&String> = found.iter().filter(|name| schemas.get(name.as_str()).is_none()).collect();
        assert!(missing.is_empty(), "{missing:?}");
        assert_eq!(core["paths"].as_object().unwrap().len() + 1, live["paths"].as_object().unwrap().len());
    }

    #[test]
    fn two_actions_never_share_a_name() {
        let core: Value = serde_json::from_str(&crate::openapi::text()).unwrap();
        let live = with_actions(&core, &[spec("a_b_c", "d"), spec("a_b", "c_d")], |_| None);
        let id = |path: &str| live["paths"][path]["post"]["operationId"].as_str().unwrap().to_owned();
        assert_ne!(id("/v1/plugins/a_b_c/actions/d"), id("/v1/plugins/a_b/actions/c_d"));
    }
}

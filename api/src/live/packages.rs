//! What active packages bring into the live document beside their actions: the schemas of their settings, and the step types and reason
//! codes that a policy may name and an answer may hold.

use super::{example::example, plain};
use recoup_engine::words::action::PackageSpec;
use recoup_engine::words::money::Currency;
use serde_json::{Value, json};

/// Most words given as examples of one member.
const EXAMPLES_MAX: usize = 20;

/// Adds the settings of each package as a schema, and its words as examples where the core has members for them.
pub(super) fn add(document: &mut Value, packages: &[PackageSpec], currency: Currency) {
    let schemas = &mut document["components"]["schemas"];
    let mut examples = Vec::new();
    for spec in packages {
        let mut schema = plain(&spec.settings);
        schema["title"] = json!(spec.title.en);
        schema["description"] = json!(format!("Settings of {}. {}：设置。", spec.plugin, spec.title.zh));
        schema["x-plugin"] = json!({ "name": spec.plugin, "version": spec.version, "label": spec.label });
        let own = example(&spec.settings, currency).filter(|own| own.as_object().is_some_and(|own| !own.is_empty()));
        if let Some(own) = own {
            schema["examples"] = json!([own]);
            examples.push(own);
        }
        schemas[settings_name(spec)] = schema;
    }
    let names: Vec<String> = packages.iter().map(settings_name).collect();
    let settings = &mut schemas["PluginSettingsIn"]["properties"]["settings"];
    if settings.is_object() && !names.is_empty() {
        let known = settings["description"].as_str().unwrap_or_default().to_owned();
        settings["description"] = json!(format!("{known} Of the plugins that are on: {}.", names.join(", ")));
        settings["examples"] = json!(examples);
    }
    let steps = packages.iter().flat_map(|spec| spec.steps.iter().cloned());
    give_examples(&mut schemas["Step"]["properties"]["type"], steps.collect());
    let codes = packages.iter().flat_map(|spec| spec.codes.iter().cloned());
    give_examples(&mut schemas["Reason"]["properties"]["code"], codes.collect());
}

/// `plg_order_hold_settings`.
fn settings_name(spec: &PackageSpec) -> String {
    format!("plg_{}_settings", spec.plugin)
}

fn give_examples(member: &mut Value, mut words: Vec<String>) {
    words.sort_unstable();
    words.dedup();
    words.truncate(EXAMPLES_MAX);
    if member.is_object() && !words.is_empty() {
        member["examples"] = json!(words);
    }
}

//! Custom actions of a package: their schemas, and what a version may not change about them.

use crate::diagnostic::Diagnostic;
use crate::manifest::Manifest;
use crate::package::Files;
use crate::settings::SettingsSchema;
use std::collections::BTreeMap;

/// Most bytes of an answer.
pub(crate) const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// One action, ready to be called.
#[derive(Debug)]
pub(crate) struct Action {
    /// Of its parameters; none are taken where the package has no such file.
    pub(crate) params: SettingsSchema,
    /// Of its answer.
    pub(crate) result: SettingsSchema,
}

/// The schema files of the manifest's actions, or what is wrong with them.
pub(crate) fn read(manifest: &Manifest, files: &Files) -> Result<BTreeMap<String, Action>, Vec<Diagnostic>> {
    let mut found = Vec::new();
    let mut actions = BTreeMap::new();
    for name in manifest.actions.keys() {
        let mut schema = |kind: &str| {
            let path = format!("actions/{name}.{kind}.json");
            let text = files.get(&path)?;
            let read = SettingsSchema::parse(text).map_err(|why| Diagnostic::error(&path, (0, 0), "action_schema", why));
            Some(read.map_err(|fault| found.push(fault)).ok())
        };
        let (params, result) = (schema("params"), schema("result"));
        if result.is_none() {
            let path = format!("actions/{name}.result.json");
            let message = format!("[actions.{name}] needs {path}, the schema of its answer");
            found.push(Diagnostic::error(&path, (0, 0), "missing_file", message));
        }
        if let (Some(params), Some(Some(result))) = (params.unwrap_or_else(|| Some(SettingsSchema::none())), result) {
            actions.insert(name.clone(), Action { params, result });
        }
    }
    for path in files.keys().filter(|path| path.starts_with("actions/") && !is_schema(path, manifest)) {
        let message = "an action has actions/NAME.params.json and actions/NAME.result.json, and stands in the manifest";
        found.push(Diagnostic::error(path, (0, 0), "unknown_file", message));
    }
    if found.is_empty() { Ok(actions) } else { Err(found) }
}

fn is_schema(path: &str, manifest: &Manifest) -> bool {
    let name =
        path.strip_prefix("actions/").and_then(|name| name.strip_suffix(".params.json").or_else(|| name.strip_suffix(".result.json")));
    name.is_some_and(|name| manifest.actions.contains_key(name))
}

#[cfg(test)]
mod tests {
    use crate::check;
    use crate::package::{Files, shipped};

    fn order_hold() -> Files {
        shipped().into_iter().find(|(name, _)| name == "order_hold").unwrap().1
    }

    fn first(files: &Files) -> String {
        check::findings(files).first().map_or_else(String::new, |found| found.line())
    }

    #[test]
    fn an_action_has_a_function_a_schema_of_its_answer_and_a_line_in_the_manifest() {
        assert_eq!(first(&order_hold()), "");
        let mut files = order_hold();
        files.remove("actions/preview.result.json");
        assert!(first(&files).contains("needs actions/preview.result.json"), "{}", first(&files));
        let mut files = order_hold();
        files.insert("actions/prevue.result.json".to_owned(), "{}".to_owned());
        assert!(first(&files).contains("actions/prevue.result.json"), "{}", first(&files));
        let mut files = order_hold();
        let manifest = files.get_mut("plugin.toml").unwrap();
        *manifest = manifest.replace("[actions.preview]", "[actions.prevue]");
        for kind in ["params", "result"] {
            let schema = files.remove(&format!("actions/preview.{kind}.json")).unwrap();
            files.insert(format!("actions/prevue.{kind}.json"), schema);
        }
        assert!(check::findings(&files).iter().any(|found| found.line().contains("fn action_prevue")));
        let mut files = order_hold();
        let manifest = files.get_mut("plugin.toml").unwrap();
        *manifest = manifest.replace("effects = []", "effects = [\"hold\"]");
        assert!(check::findings(&files).iter().any(|found| found.line().contains("actions.preview")), "more than the package may");
    }

    #[test]
    fn an_action_about_no_account_has_no_effects_and_no_filter_on_accounts() {
        let (_, quote) = shipped().into_iter().find(|(name, _)| name == "early_discount").unwrap();
        assert_eq!(first(&quote), "");
        let with = |from: &str, to: &str| {
            let mut files = quote.clone();
            let manifest = files.get_mut("plugin.toml").unwrap();
            assert!(manifest.contains(from), "{manifest}");
            *manifest = manifest.replace(from, to);
            first(&files)
        };
        let expected = "plugin.toml:25:1 error [manifest] actions.quote is about no account, so it has no effects: \
            write effects = [], or a subject: account, case, order or invoice";
        assert_eq!(with("effects = []", "effects = [\"contact\"]"), expected);
        let filter = "[hooks.action_quote]\nwhen = { grades = [\"A\"] }\n\n[actions.quote]";
        assert!(with("[actions.quote]", filter).starts_with("plugin.toml:23:1 error [manifest] hooks.action_quote has a filter"));
        assert_eq!(
            with("[actions.quote]", "[hooks.action_quote]\n\n[actions.quote]"),
            "",
            "options that filter nothing are none of its business"
        );
    }

    #[test]
    fn a_test_of_such_an_action_sets_up_no_account() {
        let (_, mut files) = shipped().into_iter().find(|(name, _)| name == "early_discount").unwrap();
        let test = "fn test_it(t) {\n    t.account(#{ name: \"x\" });\n    t.params(#{ amount: money(\"1\", \"CNY\"), rate: 0.01, days: 1 });\n    t.run(\"action_quote\");\n}\n";
        files.insert("tests/odd.test.rhai".to_owned(), test.to_owned());
        let report = check::run_tests(&files, None).unwrap();
        let failed: Vec<_> = report.failed().collect();
        assert_eq!(failed.len(), 1, "{failed:?}");
        assert!(format!("{failed:?}").contains("action_quote is about no account"), "{failed:?}");
    }

    #[test]
    fn a_reserved_word_is_neither_an_action_nor_a_parameter() {
        let mut files = order_hold();
        let text = r#"{"type":"object","additionalProperties":false,"properties":{"default":{"type":"integer","default":1}}}"#;
        files.insert("actions/preview.params.json".to_owned(), text.to_owned());
        assert!(first(&files).contains("\"default\" cannot be the name"), "{}", first(&files));
        let mut files = order_hold();
        let manifest = files.get_mut("plugin.toml").unwrap();
        *manifest = manifest.replace("[actions.preview]", "[actions.import]");
        assert!(check::findings(&files).iter().any(|found| found.line().contains("\"import\"")));
    }
}

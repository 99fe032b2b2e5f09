//! The sentences of a package, in both languages: reasons, tasks, settings.

use crate::diagnostic::Diagnostic;
use crate::manifest::line_column;
use crate::package::Files;
use recoup_engine::words::text::Bilingual;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The files of the two languages.
pub(crate) const LANGUAGES: [(&str, &str); 2] = [("en", "texts/en.toml"), ("zh-CN", "texts/zh-CN.toml")];

/// The sentences of one language.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct OneLanguage {
    #[serde(default)]
    codes: BTreeMap<String, String>,
    #[serde(default)]
    tasks: BTreeMap<String, String>,
    #[serde(default)]
    settings: BTreeMap<String, SettingText>,
}

/// What a setting is called, and what it does.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SettingText {
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) help: String,
}

/// The sentences of a package.
#[derive(Clone, Debug, Default)]
pub(crate) struct Texts {
    /// Reason code to sentence.
    pub(crate) codes: BTreeMap<String, Bilingual>,
    /// Kind of task to sentence.
    pub(crate) tasks: BTreeMap<String, Bilingual>,
    /// Setting to title and help, by language.
    pub(crate) settings: [BTreeMap<String, SettingText>; 2],
}

impl Texts {
    /// Reads both files; a missing one counts as empty, and the linter then names what is missing in it.
    pub(crate) fn read(files: &Files) -> Result<Self, Vec<Diagnostic>> {
        let mut found = Vec::new();
        let [en, zh] = LANGUAGES.map(|(_, path)| {
            let text = files.get(path).map_or("", String::as_str);
            toml::from_str::<OneLanguage>(text).unwrap_or_else(|error| {
                let at = error.span().map_or((0, 0), |span| line_column(text, span.start));
                found.push(Diagnostic::error(path, at, "texts", error.message()));
                OneLanguage::default()
            })
        });
        if !found.is_empty() {
            return Err(found);
        }
        Ok(Self { codes: both(&en.codes, &zh.codes), tasks: both(&en.tasks, &zh.tasks), settings: [en.settings, zh.settings] })
    }
}

impl Texts {
    /// What a setting is called and what it does, in both languages.
    pub(crate) fn setting(&self, key: &str) -> Option<(Bilingual, Bilingual)> {
        let [en, zh] = self.settings.each_ref().map(|texts| texts.get(key).cloned().unwrap_or_default());
        let is_said = !en.title.is_empty() || !zh.title.is_empty();
        is_said.then(|| (Bilingual::new(en.title, zh.title), Bilingual::new(en.help, zh.help)))
    }
}

/// One entry per key of either language; what is missing stays empty.
fn both(en: &BTreeMap<String, String>, zh: &BTreeMap<String, String>) -> BTreeMap<String, Bilingual> {
    let keys = en.keys().chain(zh.keys());
    let text = |map: &BTreeMap<String, String>, key: &str| map.get(key).cloned().unwrap_or_default();
    keys.map(|key| (key.clone(), Bilingual::new(text(en, key), text(zh, key)))).collect()
}

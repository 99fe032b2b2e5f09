//! A package: a folder of text. Nothing in it is parsed before its paths and sizes are known to be harmless.

use crate::actions::{self, Action};
use crate::compile::{Script, compile};
use crate::diagnostic::Diagnostic;
use crate::manifest::{self, Manifest};
use crate::sandbox::SCRIPT;
use crate::settings::SettingsSchema;
use crate::texts::Texts;
use include_dir::{Dir, include_dir};
use recoup_engine::plugin::file_pointer;
use recoup_engine::words::asked::{Hook, Needs};
use recoup_engine::words::code::Code;
use recoup_engine::words::error::{Error, Fault, Result};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Largest file, in bytes.
pub const FILE_BYTES_MAX: usize = 128 * 1024;
/// Largest package, in bytes.
pub const PACKAGE_BYTES_MAX: usize = 512 * 1024;
/// Most files of a package.
pub const FILES_MAX: usize = 200;

/// The manifest's file.
pub const MANIFEST: &str = "plugin.toml";
/// The settings schema's file.
pub const SCHEMA: &str = "settings.schema.json";

/// The files of a package, path to text.
pub type Files = BTreeMap<String, String>;

static SHIPPED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../scripts");

/// The official packages, embedded in the program: every tenant has them, switched off.
pub fn shipped() -> Vec<(String, Files)> {
    let folders = SHIPPED.dirs().filter(|dir| dir.get_file(dir.path().join(MANIFEST)).is_some());
    let mut packages: Vec<(String, Files)> = folders
        .map(|dir| {
            let mut files = Files::new();
            embedded(dir, dir.path(), &mut files);
            (dir.path().to_string_lossy().into_owned(), files)
        })
        .collect();
    packages.sort();
    packages
}

static SKELETON: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/skeleton");

/// The name in the skeleton's files.
const SKELETON_NAME: &str = "my_plugin";

/// A new package of this name: small, and it passes its check and its test as it is.
pub fn skeleton(name: &str) -> Files {
    let mut files = Files::new();
    embedded(&SKELETON, SKELETON.path(), &mut files);
    files.into_iter().map(|(path, text)| (path, text.replace(SKELETON_NAME, name))).collect()
}

fn embedded(dir: &Dir<'_>, root: &Path, files: &mut Files) {
    for file in dir.files() {
        let path = file.path().strip_prefix(root).unwrap_or(file.path());
        if let Some(text) = file.contents_utf8() {
            files.insert(slashed(path), text.to_owned());
        }
    }
    dir.dirs().for_each(|inner| embedded(inner, root, files));
}

fn slashed(path: &Path) -> String {
    path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// The files of a package in a folder. Links, hidden files and anything that is not UTF-8 text are refused.
pub fn read_dir(folder: &Path) -> Result<Files> {
    let mut files = Files::new();
    walk(folder, folder, &mut files)?;
    check_files(&files)?;
    Ok(files)
}

fn walk(folder: &Path, root: &Path, files: &mut Files) -> Result<()> {
    let refused = |what: &Path, why: &str| Error::new(Code::ScriptRefused, format!("{}: {why}", what.display()));
    for entry in std::fs::read_dir(folder).map_err(|error| refused(folder, &error.to_string()))? {
        let path = entry.map_err(|error| refused(folder, &error.to_string()))?.path();
        let kind = path.symlink_metadata().map_err(|error| refused(&path, &error.to_string()))?.file_type();
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')) {
            continue;
        }
        if kind.is_dir() {
            walk(&path, root, files)?;
        } else if kind.is_file() {
            let size = path.metadata().map_or(0, |meta| meta.len());
            if size > u64::try_from(FILE_BYTES_MAX).unwrap_or(u64::MAX) {
                return Err(Error::new(Code::TooLarge, format!("{}: a file has at most {FILE_BYTES_MAX} bytes", path.display())));
            }
            if files.len() >= FILES_MAX {
                let detail = format!("{}: a package has at most {PACKAGE_BYTES_MAX} bytes and {FILES_MAX} files", root.display());
                return Err(Error::new(Code::TooLarge, detail));
            }
            let text = std::fs::read(&path).map_err(|error| refused(&path, &error.to_string()))?;
            let text = String::from_utf8(text).map_err(|_| refused(&path, "not UTF-8 text"))?;
            files.insert(slashed(path.strip_prefix(root).unwrap_or(&path)), text);
        } else {
            return Err(refused(&path, "neither a file nor a folder"));
        }
    }
    Ok(())
}

/// Paths and sizes of a package, before anything is parsed.
pub fn check_files(files: &Files) -> Result<()> {
    let total: usize = files.values().map(String::len).sum();
    if total > PACKAGE_BYTES_MAX || files.len() > FILES_MAX {
        let detail = format!("a package has at most {PACKAGE_BYTES_MAX} bytes and {FILES_MAX} files");
        return Err(Error::new(Code::TooLarge, detail));
    }
    if let Some((path, _)) = files.iter().find(|(_, text)| text.len() > FILE_BYTES_MAX) {
        return Err(Error::new(Code::TooLarge, format!("{path}: a file has at most {FILE_BYTES_MAX} bytes")));
    }
    let odd = |path: &String| Fault {
        pointer: file_pointer(path),
        code: Code::ScriptRefused,
        detail: format!("{path:?} is not a file of a package, which has {LAYOUT}"),
    };
    let faults: Vec<Fault> = files.keys().filter(|path| !is_path(path) || !has_place(path)).map(odd).collect();
    if faults.is_empty() { Ok(()) } else { Err(Error::all(faults)) }
}

/// The file a pointer into a package is about: what [`file_pointer`] made.
fn file_at(pointer: &str) -> String {
    pointer.trim_start_matches("#/files/").replace("~1", "/").replace("~0", "~")
}

/// What a package consists of, for whoever put something else into it.
const LAYOUT: &str = "plugin.toml, main.rhai, settings.schema.json, texts/*.toml, templates/*.txt, tests/*.test.rhai, \
    tests/recorded/*.json, tests/fixtures/*.json, tests/*.json, actions/*.json, *.md and LICENSE";

/// Is this one of the files a package consists of? Anything else would be stored for ever and read by nobody.
fn has_place(path: &str) -> bool {
    match path.split('/').collect::<Vec<_>>().as_slice() {
        [MANIFEST | "main.rhai" | "settings.schema.json" | "LICENSE"] => true,
        [name] => name.ends_with(".md"),
        ["texts", name] => name.ends_with(".toml"),
        ["templates", name] => name.ends_with(".txt"),
        ["tests", name] => name.ends_with(".test.rhai") || name.ends_with(".json"),
        ["tests", "recorded" | "fixtures", name] | ["actions", name] => name.ends_with(".json"),
        _ => false,
    }
}

/// A relative path of plain names with forward slashes.
fn is_path(path: &str) -> bool {
    let is_name = |name: &str| {
        !name.is_empty() && !name.starts_with('.') && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
    };
    path.len() <= 200 && path.split('/').all(is_name)
}

/// The identity of a version: sha256 over its sorted paths and contents, as hexadecimal text.
pub fn content_hash(files: &Files) -> String {
    let mut hash = Sha256::new();
    for (path, text) in files {
        for part in [path, text] {
            // The length stands in front, so that no two packages share one stream of bytes.
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part.as_bytes());
        }
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A package that can be asked.
#[derive(Debug)]
pub struct Package {
    /// Its manifest.
    pub manifest: Manifest,
    /// The schema of its settings.
    pub schema: SettingsSchema,
    pub(crate) script: Script,
    pub(crate) texts: Texts,
    pub(crate) templates: BTreeMap<String, BTreeMap<String, String>>,
    /// Its custom actions.
    pub(crate) actions: BTreeMap<String, Action>,
    /// Its hook functions.
    functions: BTreeSet<String>,
    /// What the functions of each hook look at.
    needs: BTreeMap<Hook, Needs>,
}

impl Package {
    /// Reads and compiles a package; what keeps it from running comes back as findings.
    pub fn parse(files: &Files) -> std::result::Result<Self, Vec<Diagnostic>> {
        if let Err(error) = check_files(files) {
            let about = |file: &str, detail: &str| Diagnostic::error(file, (0, 0), error.code().name(), detail);
            let odd = error.faults().iter().map(|fault| about(&file_at(&fault.pointer), &fault.detail));
            return Err(if error.faults().is_empty() { vec![about("", error.detail())] } else { odd.collect() });
        }
        let mut found = Vec::new();
        let manifest = manifest(files).map_err(|faults| found.extend(faults)).ok();
        let schema = schema(files).map_err(|fault| found.push(*fault)).ok();
        let texts = Texts::read(files).map_err(|faults| found.extend(faults)).ok();
        let script = match files.get(SCRIPT) {
            Some(text) => compile(SCRIPT, text).map_err(|fault| found.push(*fault)).ok(),
            None => {
                found.push(Diagnostic::error(SCRIPT, (0, 0), "missing_file", "a package has its hooks in main.rhai"));
                None
            }
        };
        let actions = manifest.as_ref().and_then(|manifest| actions::read(manifest, files).map_err(|faults| found.extend(faults)).ok());
        match (manifest, schema, texts, script, actions) {
            (Some(manifest), Some(schema), Some(texts), Some(script), Some(actions)) if found.is_empty() => {
                let functions = script.hooks().map(|(function, _)| function.to_owned()).collect();
                let mut needs = BTreeMap::new();
                for (function, hook) in script.hooks() {
                    let all = needs.entry(hook).or_default();
                    *all = either(*all, script.needs(function));
                }
                Ok(Self { manifest, schema, script, texts, templates: templates(files), actions, functions, needs })
            }
            _ => Err(found),
        }
    }

    /// The script function that answers a hook; for a custom step by its type, for an action by its name.
    pub(crate) fn function(&self, hook: Hook, kind: Option<&str>) -> Option<String> {
        let name = match (hook, kind) {
            (Hook::Step | Hook::Action, Some(kind)) => format!("{hook}_{kind}"),
            (Hook::Step | Hook::Action, None) => return None,
            (plain, _) => plain.as_str().to_owned(),
        };
        self.functions.contains(&name).then_some(name)
    }

    /// Does it answer this hook?
    pub fn has(&self, hook: Hook) -> bool {
        self.needs.contains_key(&hook)
    }

    /// The hooks it answers.
    pub fn hooks(&self) -> impl Iterator<Item = Hook> {
        self.needs.keys().copied()
    }

    /// What its functions for a hook look at.
    pub(crate) fn needs(&self, hook: Hook) -> Needs {
        self.needs.get(&hook).copied().unwrap_or_default()
    }

    /// The text of a template in a language; English when there is none in it.
    pub(crate) fn template(&self, key: &str, language: &str) -> Option<&str> {
        let by_language = self.templates.get(key)?;
        let language = if language.to_ascii_lowercase().starts_with("zh") { "zh-CN" } else { "en" };
        by_language.get(language).or_else(|| by_language.get("en")).map(String::as_str)
    }
}

/// What either of two functions looks at.
pub(crate) fn either(a: Needs, b: Needs) -> Needs {
    Needs {
        open_items: a.open_items || b.open_items,
        holds: a.holds || b.holds,
        evidence: a.evidence || b.evidence,
        contacts: a.contacts || b.contacts,
        offers: a.offers || b.offers,
        case: a.case || b.case,
        state: a.state || b.state,
    }
}

/// The manifest of a package, or what is wrong with it.
pub(crate) fn manifest(files: &Files) -> std::result::Result<Manifest, Vec<Diagnostic>> {
    let Some(text) = files.get(MANIFEST) else {
        return Err(vec![Diagnostic::error(MANIFEST, (0, 0), "missing_file", "a package has a plugin.toml")]);
    };
    let manifest = Manifest::parse(text).map_err(|(at, why)| vec![Diagnostic::error(MANIFEST, at, "manifest", why)])?;
    let faults = manifest.faults();
    if faults.is_empty() {
        Ok(manifest)
    } else {
        let finding = |fault: manifest::Fault| Diagnostic {
            hint: fault.hint.clone(),
            ..Diagnostic::error(MANIFEST, fault.place(text), "manifest", fault.why)
        };
        Err(faults.into_iter().map(finding).collect())
    }
}

fn schema(files: &Files) -> std::result::Result<SettingsSchema, Box<Diagnostic>> {
    let Some(text) = files.get(SCHEMA) else { return Ok(SettingsSchema::none()) };
    SettingsSchema::parse(text).map_err(|why| Box::new(Diagnostic::error(SCHEMA, (0, 0), "settings_schema", why)))
}

/// `templates/KEY.LANGUAGE.txt`, by key and language.
fn templates(files: &Files) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut templates: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for (path, text) in files {
        let name = path.strip_prefix("templates/").and_then(|name| name.strip_suffix(".txt"));
        if let Some((key, language)) = name.and_then(|name| name.split_once('.')) {
            templates.entry(key.to_owned()).or_default().insert(language.to_owned(), text.clone());
        }
    }
    templates
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_leaves_the_package_is_refused() {
        for path in ["../main.rhai", "/etc/passwd", "a//b", "a\\b", "tests/../../x", ".git/config", "a/./b", "", "a b", "C:/x", "é.txt"] {
            let files = Files::from([(path.to_owned(), String::new())]);
            assert!(check_files(&files).is_err(), "{path:?}");
        }
        let files = Files::from([("tests/paid.test.rhai".to_owned(), String::new()), ("README.zh-CN.md".to_owned(), String::new())]);
        check_files(&files).unwrap();
    }

    #[test]
    fn a_file_that_no_package_has_is_refused_with_what_one_has() {
        for path in ["evil.sh", "main.RHAI", "com1", "texts/en.toml/x", "tests/notes.rhai", "lib/a.rhai", "Plugin.toml"] {
            let refused = check_files(&Files::from([(path.to_owned(), String::new())])).unwrap_err();
            assert_eq!(refused.code(), Code::ScriptRefused, "{path}");
            assert_eq!(refused.faults()[0].pointer, format!("#/files/{}", path.replace('/', "~1")), "{path}");
            assert!(refused.detail().ends_with("*.md and LICENSE"), "{}", refused.detail());
        }
    }

    #[test]
    fn a_package_that_is_too_large_is_refused_before_it_is_parsed() {
        let file = |bytes: usize| " ".repeat(bytes);
        let one = Files::from([("main.rhai".to_owned(), file(FILE_BYTES_MAX + 1))]);
        assert_eq!(check_files(&one).unwrap_err().code(), Code::TooLarge);
        let many: Files = (0..5).map(|n| (format!("tests/{n}.txt"), file(FILE_BYTES_MAX))).collect();
        assert_eq!(check_files(&many).unwrap_err().code(), Code::TooLarge);
    }

    #[test]
    fn the_hash_tells_apart_what_a_plain_concatenation_would_not() {
        let files = |path: &str, text: &str| Files::from([(path.to_owned(), text.to_owned())]);
        assert_ne!(content_hash(&files("ab", "c")), content_hash(&files("a", "bc")));
        assert_eq!(content_hash(&files("a", "b")), content_hash(&files("a", "b")));
    }
}

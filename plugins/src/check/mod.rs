//! Everything that can be said about a package before it goes live: its findings, and its own tests.

mod acts;
mod credit;
mod fields;
mod happened;
mod settle;
mod tester;
pub(crate) mod world;

use crate::compile::compile;
use crate::diagnostic::{Diagnostic, Severity};
use crate::limits::{Allowance, Budget};
use crate::lint;
use crate::package::{self, Files, Package};
use crate::sandbox;
use crate::words::table::{Table, Word};
use recoup_engine::words::asked::Hook;
use recoup_engine::words::text::Bilingual;
use rhai::{CallFnOptions, Dynamic, Module, Scope, Shared};
use serde::Serialize;
use std::sync::{Arc, LazyLock};
use tester::Tester;

/// Operations of one test; the hooks it asks have their own budget.
const TEST_OPERATIONS: u64 = 1_000_000;

/// Words of a test, beside those of a hook.
pub(crate) struct TestWords {
    module: Shared<Module>,
    pub(crate) table: Vec<Word>,
}

/// Built once per process.
pub(crate) static TEST_WORDS: LazyLock<TestWords> = LazyLock::new(|| {
    let mut table = Table::new(Module::new());
    tester::register(&mut table);
    let Table { words, mut module, .. } = table;
    module.build_index();
    TestWords { module: module.into(), table: words }
});

/// How one test went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TestResult {
    /// File inside the package.
    pub file: String,
    /// Name of the test.
    pub name: String,
    /// Did it pass?
    pub passed: bool,
    /// Line at which it failed.
    pub line: i64,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// How the tests of a package went.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TestReport {
    /// Every test, in order of file and name.
    pub tests: Vec<TestResult>,
}

impl TestReport {
    /// Did at least one test run, and none fail?
    pub fn is_good(&self) -> bool {
        !self.tests.is_empty() && self.tests.iter().all(|test| test.passed)
    }

    /// Tests that failed.
    pub fn failed(&self) -> impl Iterator<Item = &TestResult> {
        self.tests.iter().filter(|test| !test.passed)
    }
}

/// What a check found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// Findings, by file and line.
    pub diagnostics: Vec<Diagnostic>,
    /// Its tests; none ran if it does not compile.
    pub tests: TestReport,
}

impl Report {
    /// May it go live, as far as a program can say?
    pub fn is_good(&self) -> bool {
        !self.diagnostics.iter().any(Diagnostic::is_error) && self.tests.is_good()
    }
}

/// What a package says about itself, for lists and for four eyes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// `order_hold`.
    pub name: String,
    /// The version its author gave it.
    pub version: String,
    /// What people call it.
    pub title: Bilingual,
    /// Does making it live need a second person?
    pub needs_second_person: bool,
    /// Its custom step types, `plugin.type`.
    pub step_types: Vec<String>,
    /// The hooks it answers.
    pub hooks: Vec<Hook>,
    /// Its permissions.
    pub permissions: Vec<String>,
    /// Is a node without it not ready?
    pub required: bool,
}

/// Findings and tests of a package.
pub fn check(files: &Files) -> Report {
    let diagnostics = findings(files);
    let tests = match Package::parse(files) {
        Ok(package) => run(&Arc::new(package), files, None),
        Err(_) => TestReport::default(),
    };
    Report { diagnostics, tests }
}

/// Findings of a package: manifest, schema, texts, script, lint.
pub fn findings(files: &Files) -> Vec<Diagnostic> {
    let mut found = match Package::parse(files) {
        Ok(package) => lint::lint(&package, files),
        Err(found) => found,
    };
    found.sort_by(|a, b| {
        (a.severity == Severity::Warning, &a.file, a.line, a.column).cmp(&(b.severity == Severity::Warning, &b.file, b.line, b.column))
    });
    found.dedup();
    found
}

/// What a package says about itself; its first finding when it cannot be read.
pub fn manifest(files: &Files) -> Result<Summary, Vec<Diagnostic>> {
    let package = Package::parse(files)?;
    let manifest = &package.manifest;
    Ok(Summary {
        name: manifest.plugin.name.clone(),
        version: manifest.plugin.version.clone(),
        title: manifest.plugin.title.clone(),
        needs_second_person: manifest.needs_second_person(),
        step_types: manifest.steps.keys().map(|kind| format!("{}.{kind}", manifest.plugin.name)).collect(),
        hooks: package.hooks().collect(),
        permissions: manifest.effects.allow.clone(),
        required: manifest.plugin.required,
    })
}

/// Checks settings against a package's schema and gives them back with the defaults filled in.
pub fn settings(files: &Files, given: &serde_json::Value) -> recoup_engine::words::error::Result<serde_json::Value> {
    let text = files.get(package::SCHEMA);
    let schema = text.map_or_else(|| Ok(crate::settings::SettingsSchema::none()), |text| crate::settings::SettingsSchema::parse(text));
    let refused = |why: String| recoup_engine::words::error::Error::new(recoup_engine::words::code::Code::ScriptRefused, why);
    Ok(schema.map_err(refused)?.read(given)?.values().clone())
}

/// Runs the tests of a package whose name contains the filter.
pub fn run_tests(files: &Files, filter: Option<&str>) -> Result<TestReport, Vec<Diagnostic>> {
    Package::parse(files).map(|package| run(&Arc::new(package), files, filter))
}

fn run(package: &Arc<Package>, files: &Files, filter: Option<&str>) -> TestReport {
    let is_test = |path: &str| path.starts_with("tests/") && path.ends_with(".test.rhai");
    let tests = files.iter().filter(|(path, _)| is_test(path)).flat_map(|(path, text)| run_file(package, path, text, filter)).collect();
    TestReport { tests }
}

fn run_file(package: &Arc<Package>, file: &str, text: &str, filter: Option<&str>) -> Vec<TestResult> {
    let script = match compile(file, text) {
        Ok(script) => script,
        Err(fault) => {
            let name = "compiles".to_owned();
            return vec![TestResult { file: file.to_owned(), name, passed: false, line: fault.line, message: Some(fault.message) }];
        }
    };
    let names = script.functions.iter().filter(|(name, function)| name.starts_with("test_") && function.params.len() == 1);
    let chosen = names.filter(|(name, _)| filter.is_none_or(|part| name.contains(part)));
    chosen.map(|(name, _)| run_one(package, file, &script.ast, name)).collect()
}

fn run_one(package: &Arc<Package>, file: &str, ast: &rhai::AST, name: &str) -> TestResult {
    let tester = Tester::new(package);
    let mut engine = sandbox::engine(&crate::words::WORDS.module);
    engine.register_global_module(Shared::clone(&TEST_WORDS.module));
    let budget = Budget::start(Allowance { operations: TEST_OPERATIONS, cpu: None });
    let options = CallFnOptions::new().eval_ast(false).with_tag(tester.clone());
    let end = sandbox::walled(|| engine.call_fn_with_options::<Dynamic>(options, &mut Scope::new(), ast, name, (tester,)));
    drop(budget);
    let error = end.err().map(|failure| failure.error);
    TestResult {
        file: file.to_owned(),
        name: name.to_owned(),
        passed: error.is_none(),
        line: error.as_ref().map_or(0, |error| error.line),
        message: error.map(|error| error.message),
    }
}

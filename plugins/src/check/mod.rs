//! Everything that can be said about a package before it goes live: its findings, and its own tests.

mod acts;
mod called;
mod credit;
mod fields;
mod order_lines;
mod fuzz;
mod recorded;
mod report;
mod happened;
mod settle;
mod tester;
pub(crate) mod world;

pub use report::{Coverage, Report, TestReport, TestResult, Throw};

use crate::actions::Action;
use crate::compile::compile;
use crate::diagnostic::{Diagnostic, Severity};
use crate::limits::{Allowance, Budget};
use crate::lint;
use crate::manifest::{COVERAGE_LEAST, Manifest};
use crate::package::{self, Files, Package};
use crate::sandbox::{self, SCRIPT};
use crate::watch::{Visited, Watch, statements};
use crate::words::table::{Table, Word};
use recoup_engine::words::asked::{Hook, JudgedAction};
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
    /// Its custom actions with the schemas of their parameters and answers.
    pub actions: Vec<JudgedAction>,
}

/// The share of statements the tests of a package have to reach before it goes live, in per cent.
pub fn least_percent(files: &Files) -> i64 {
    package::manifest(files).map_or(COVERAGE_LEAST, |manifest| manifest.quality.least_percent())
}

/// What is wanted of a run of tests.
#[derive(Clone, Debug, Default)]
pub struct TestOptions {
    /// Only tests whose name contains this.
    pub filter: Option<String>,
    /// Count the statements they reach.
    pub is_covered: bool,
    /// Ask every hook so often about odd facts, made from this seed.
    pub fuzz: Option<Fuzz>,
}

/// How often a script is asked about odd facts, and which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fuzz {
    /// Rounds of each hook.
    pub rounds: u64,
    /// The same seed makes the same facts.
    pub seed: u64,
}

/// Findings and tests of a package.
pub fn check(files: &Files) -> Report {
    let diagnostics = findings(files);
    let Ok(package) = Package::parse(files) else { return Report { diagnostics, ..Report::default() } };
    let least_percent = package.manifest.quality.least_percent();
    let tests = run(&Arc::new(package), files, &TestOptions { is_covered: true, ..TestOptions::default() });
    let unfit = tests.unfit(least_percent);
    Report { diagnostics, tests, unfit }
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
        actions: package.actions.iter().filter_map(|(name, action)| judged(manifest, name, action)).collect(),
    })
}

fn judged(manifest: &Manifest, name: &str, action: &Action) -> Option<JudgedAction> {
    let subject = manifest.actions.get(name)?.subject;
    Some(JudgedAction {
        name: name.to_owned(),
        subject,
        params: action.params.document().clone(),
        result: action.result.document().clone(),
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
    run_tests_as(files, &TestOptions { filter: filter.map(str::to_owned), ..TestOptions::default() })
}

/// Runs the tests of a package; a package that cannot be read has none.
pub fn run_tests_as(files: &Files, options: &TestOptions) -> Result<TestReport, Vec<Diagnostic>> {
    Package::parse(files).map(|package| run(&Arc::new(package), files, options))
}

/// The tests of one package on their way.
struct Running<'a> {
    package: &'a Arc<Package>,
    files: Arc<Files>,
    filter: Option<&'a str>,
    visited: Option<Arc<Visited>>,
}

fn run(package: &Arc<Package>, files: &Files, options: &TestOptions) -> TestReport {
    let visited: Option<Arc<Visited>> = options.is_covered.then(Arc::default);
    let filter = options.filter.as_deref();
    let running = Running { package, files: Arc::new(files.clone()), filter, visited: visited.clone() };
    let is_test = |path: &str| path.starts_with("tests/") && path.ends_with(".test.rhai");
    let written = files.iter().filter(|(path, _)| is_test(path)).flat_map(|(path, text)| running.file(path, text));
    let recorded = files.iter().filter(|(path, _)| recorded::is_case(path)).filter_map(|(path, text)| running.case(path, text));
    let tests: Vec<TestResult> = written.chain(recorded).collect();
    let covered = |visited: Arc<Visited>| {
        let all = statements(&package.script.ast);
        Coverage::of(SCRIPT, all.len(), &visited.missed(&all))
    };
    let throws = options.fuzz.map_or_else(Vec::new, |fuzz| fuzz::throws(package, fuzz));
    TestReport { tests, coverage: visited.map(covered).into_iter().collect(), throws }
}

impl Running<'_> {
    fn watcher(&self) -> Option<Arc<dyn Watch>> {
        self.visited.clone().map(|visited| -> Arc<dyn Watch> { visited })
    }

    fn is_wanted(&self, name: &str) -> bool {
        self.filter.is_none_or(|part| name.contains(part))
    }

    fn file(&self, file: &str, text: &str) -> Vec<TestResult> {
        let script = match compile(file, text) {
            Ok(script) => script,
            Err(fault) => return vec![result(file, "compiles", Err(((fault.line, fault.column), fault.message)))],
        };
        let names = script.functions.iter().filter(|(name, function)| name.starts_with("test_") && function.params.len() == 1);
        names.filter(|(name, _)| self.is_wanted(name)).map(|(name, _)| self.one(file, &script.ast, name)).collect()
    }

    fn one(&self, file: &str, ast: &rhai::AST, name: &str) -> TestResult {
        let tester = Tester::new(self.package, &self.files, self.watcher());
        let mut engine = sandbox::engine(&crate::words::WORDS.module);
        engine.register_global_module(Shared::clone(&TEST_WORDS.module));
        let budget = Budget::start(Allowance { operations: TEST_OPERATIONS, cpu: None });
        let options = CallFnOptions::new().eval_ast(false).with_tag(tester.clone());
        let end = sandbox::walled(|| engine.call_fn_with_options::<Dynamic>(options, &mut Scope::new(), ast, name, (tester,)));
        drop(budget);
        let failed = |failure: sandbox::Failure| ((failure.error.line, failure.error.column), failure.error.message);
        result(file, name, end.map(drop).map_err(failed))
    }

    /// A recorded case, which is a test by itself.
    fn case(&self, path: &str, text: &str) -> Option<TestResult> {
        let name = recorded::name(path);
        self.is_wanted(name).then(|| result(path, name, recorded::run(self.package, text, self.watcher())))
    }
}

fn result(file: &str, name: &str, end: Result<(), ((i64, i64), String)>) -> TestResult {
    let (place, message) = match end {
        Ok(()) => ((0, 0), None),
        Err((place, why)) => (place, Some(why)),
    };
    TestResult { file: file.to_owned(), name: name.to_owned(), passed: message.is_none(), line: place.0, column: place.1, message }
}

//! Writing plugins: what a script can say, drafts, checks, tests, and pushing versions.

use crate::access::op;
use crate::auth::Permit;
use crate::extract::{At, Body, IfMatch};
use crate::problem::Problem;
use crate::reply::{self, Answer, Reply};
use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse, get, post, put};
use recoup_engine::Engine;
use recoup_engine::plugin::{self, DraftView, PushVersion, Rehearsal, SaveDraft, VersionView};
use recoup_engine::words::asked::Files;
use recoup_engine::words::code::Code;
use recoup_engine::words::error::{Error, Result};
use recoup_plugins::check::{Fuzz, TestOptions, TestReport};
use recoup_plugins::diagnostic::Diagnostic;
use recoup_plugins::{check, package, symbols};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

/// Most rounds of odd facts in one request.
const ROUNDS_MAX: u64 = 1_000;
/// Most recorded decisions of one rehearsal.
const REHEARSED_MAX: u64 = 500;

pub(super) fn all(list: &mut ServiceConfig) {
    list.service(script_symbols).service(reference).service(lint);
    list.service(show_draft).service(save_draft).service(test_draft).service(push);
}

/// Read what a script can say, for editors: completion, hover, values.
#[utoipa::path(operation_id = "getScriptSymbols", tag = "plugins",
    responses((status = 200, description = "Every hook, type, function and fixed word.", body = Object)))]
#[get("/plugins/symbols")]
async fn script_symbols(_permit: Permit<op::GetScriptSymbols>) -> Reply {
    reply::ok(&symbols::symbols())
}

/// Read the reference of the script language, for people.
#[utoipa::path(operation_id = "getScriptReference", tag = "plugins",
    responses((status = 200, description = "Markdown.", content_type = "text/markdown", body = String)))]
#[get("/plugins/reference")]
async fn reference(_permit: Permit<op::GetScriptReference>) -> Reply {
    Ok(HttpResponse::Ok().content_type("text/markdown; charset=utf-8").body(symbols::reference()))
}

/// The files of a package.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FilesIn {
    /// Path to text, UTF-8.
    #[schema(value_type = HashMap<String, String>)]
    files: Files,
}

/// What is wrong with a package, and where.
#[derive(Serialize, ToSchema)]
struct LintView {
    /// May it go live, as far as its text goes?
    ok: bool,
    /// Findings, errors first.
    #[schema(max_items = 1000)]
    diagnostics: Vec<DiagnosticView>,
}

/// One finding about a package, with its place.
#[derive(Serialize, ToSchema)]
struct DiagnosticView {
    /// File inside the package.
    file: String,
    /// Line, from 1; 0 when it is about the whole file.
    line: i64,
    /// Column, from 1; 0 when it is about the whole line.
    column: i64,
    /// Column after the last character.
    end_column: i64,
    /// `error` or `warning`.
    severity: &'static str,
    /// What kind of finding.
    code: String,
    /// One sentence.
    message: String,
    /// What to do about it.
    hint: Option<String>,
}

impl From<Diagnostic> for DiagnosticView {
    fn from(found: Diagnostic) -> Self {
        let severity = if found.is_error() { "error" } else { "warning" };
        let Diagnostic { file, line, column, end_column, code, message, hint, .. } = found;
        Self { file, line, column, end_column, severity, code, message, hint }
    }
}

/// Check a package without storing it, at typing speed.
#[utoipa::path(operation_id = "lintPlugin", tag = "plugins", request_body = FilesIn,
    responses((status = 200, description = "What was found.", body = LintView)))]
#[post("/plugins/lint")]
async fn lint(_permit: Permit<op::LintPlugin>, body: Body<FilesIn>) -> Reply {
    let files = body.value.files;
    let found = aside(move || check::findings(&files)).await?;
    let ok = !found.iter().any(Diagnostic::is_error);
    reply::ok(&LintView { ok, diagnostics: found.into_iter().map(DiagnosticView::from).collect() })
}

/// Read your draft of a plugin.
#[utoipa::path(operation_id = "getPluginDraft", tag = "plugins", params(("plugin" = String, Path, description = "Its name.")),
    responses((status = 200, description = "Your draft; nobody else sees it.", body = DraftView),
        (status = 304, description = "You have this version already.")))]
#[get("/plugins/{plugin}/draft")]
async fn show_draft(permit: Permit<op::GetPluginDraft>, name: At<String>, engine: Data<Engine>, request: HttpRequest) -> Reply {
    let draft = plugin::draft(&engine.read(&permit.caller), &name.0, &permit.caller.actor).await?;
    reply::read(&request, draft.version, &draft)
}

/// Save your draft of a plugin.
///
/// The first one has no version yet: send `If-Match: *`. Drafts need not be right; only their paths and sizes are judged.
#[utoipa::path(operation_id = "savePluginDraft", tag = "plugins", params(("plugin" = String, Path, description = "Its name.")),
    request_body = FilesIn, responses((status = 200, description = "Saved.", body = DraftView)))]
#[put("/plugins/{plugin}/draft")]
async fn save_draft(
    permit: Permit<op::SavePluginDraft>,
    name: At<String>,
    version: IfMatch,
    body: Body<FilesIn>,
    engine: Data<Engine>,
) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let files = body.value.files;
    harmless(&files)?;
    let outcome = engine.execute(&who, SaveDraft { name: name.0, version: version.0, files }).await?;
    Answer::ok().version(outcome.done.version).replayed(outcome.is_replay).json(&outcome.done)
}

/// Paths and sizes, before anything is stored (decision 56).
fn harmless(files: &Files) -> Result<()> {
    package::check_files(files)
        .map_err(|error| if error.code() == Code::TooLarge { Error::new(Code::ScriptRefused, error.detail()).at("#/files") } else { error })
}

/// Which tests are run.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TestsIn {
    /// Only those whose name contains this.
    #[serde(default)]
    #[schema(max_length = 100)]
    filter: Option<String>,
    /// Ask every hook so often about odd facts, too: nothing open, sums without end, values that are absent.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 1000)]
    fuzz: Option<u64>,
    /// The same seed makes the same odd facts.
    #[serde(default)]
    seed: u64,
    /// Put the questions of so many recorded decisions to the draft, too, the newest first.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 500)]
    rehearse: Option<u64>,
}

/// How the tests of a draft went.
#[derive(Serialize, ToSchema)]
struct TestsView {
    /// Did at least one run, did none fail, and did the script answer all odd facts?
    ok: bool,
    /// How many passed.
    passed: usize,
    /// How many failed.
    failed: usize,
    /// Each with its file, name, line and message.
    #[schema(max_items = 1000, value_type = Vec<Object>)]
    tests: Vec<check::TestResult>,
    /// Of each file the statements there are and those that ran, their share in per cent, and the lines that were missed.
    #[schema(max_items = 200, value_type = Vec<Object>)]
    coverage: Vec<check::Coverage>,
    /// Where the script failed on odd facts: function, round, file, line, column, message.
    #[schema(max_items = 1000, value_type = Vec<Object>)]
    throws: Vec<check::Throw>,
    /// What the draft would have answered to recorded decisions, where that was asked.
    rehearsal: Option<Rehearsal>,
}

/// Run the tests of your draft.
#[utoipa::path(operation_id = "testPluginDraft", tag = "plugins", params(("plugin" = String, Path, description = "Its name.")),
    request_body = TestsIn, responses((status = 200, description = "How they went.", body = TestsView)))]
#[post("/plugins/{plugin}/draft/tests")]
async fn test_draft(permit: Permit<op::TestPluginDraft>, name: At<String>, body: Body<TestsIn>, engine: Data<Engine>) -> Reply {
    engine.judge_expected(&permit.caller).await?;
    let draft = plugin::draft(&engine.read(&permit.caller), &name.0, &permit.caller.actor).await?;
    let TestsIn { filter, fuzz, seed, rehearse } = body.value;
    let fuzz = fuzz.map(|rounds| within(rounds, ROUNDS_MAX, "#/fuzz").map(|rounds| Fuzz { rounds, seed })).transpose()?;
    let rehearsal = match rehearse.map(|most| within(most, REHEARSED_MAX, "#/rehearse")).transpose()? {
        Some(most) => Some(engine.rehearse(&permit.caller, &name.0, &draft.files, most).await?),
        None => None,
    };
    let options = TestOptions { filter, is_covered: true, fuzz };
    let report = aside(move || check::run_tests_as(&draft.files, &options)).await?;
    let report = report.map_err(|found| refused(&found))?;
    let (ok, failed) = (report.is_good(), report.failed().count());
    let passed = report.tests.len() - failed;
    let TestReport { tests, coverage, throws } = report;
    reply::ok(&TestsView { ok, passed, failed, tests, coverage, throws, rehearsal })
}

fn within(number: u64, most: u64, pointer: &str) -> Result<u64> {
    let wrong = || Error::new(Code::ValidationFailed, format!("a number from 1 to {most}")).at(pointer);
    if (1..=most).contains(&number) { Ok(number) } else { Err(wrong()) }
}

/// A package that cannot be read, with its findings.
fn refused(found: &[Diagnostic]) -> Error {
    let first = found.iter().find(|one| one.is_error()).map_or_else(|| "the package cannot be read".to_owned(), Diagnostic::line);
    Error::new(Code::ScriptRefused, first).with(json!({ "diagnostics": found }))
}

/// A new version of a plugin.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct VersionIn {
    /// What changed.
    #[serde(default)]
    #[schema(max_length = 500)]
    message: Option<String>,
    /// A name for it, which no other version of the plugin has: letters, digits, dots, dashes and underscores.
    #[serde(default)]
    #[schema(max_length = 60, pattern = "^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    tag: Option<String>,
    /// Its files; those of your draft when absent.
    #[serde(default)]
    #[schema(value_type = Option<HashMap<String, String>>)]
    files: Option<Files>,
}

/// Push a version: checked, numbered, and never changed again.
#[utoipa::path(operation_id = "pushPluginVersion", tag = "plugins", params(("plugin" = String, Path, description = "Its name.")),
    request_body = VersionIn, responses(
    (status = 201, description = "Stored, not switched on.", body = VersionView),
    (status = 200, description = "The same content was there.", body = VersionView)
))]
#[post("/plugins/{plugin}/versions")]
async fn push(permit: Permit<op::PushPluginVersion>, name: At<String>, body: Body<VersionIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let VersionIn { message, tag, files } = body.value;
    let files = match files {
        Some(files) => files,
        None => plugin::draft(&engine.read(&who), &name.0, &who.actor).await?.files,
    };
    let host = engine.plugins();
    let (judged, files) = aside(move || (host.judge(&files), files)).await?;
    if !judged.has_errors && judged.name != name.0 {
        let detail = format!("the package says it is {:?}; push it to /v1/plugins/{}/versions", judged.name, judged.name);
        return Err(Error::new(Code::ValidationFailed, detail).at("#/files/plugin.toml").into());
    }
    let outcome = engine.execute(&who, PushVersion { judged, files, message, tag }).await?;
    reply::made(&outcome, &format!("/v1/plugins/{}/versions", outcome.done.name), None)
}

/// Work of a script on a thread that serves nobody.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> std::result::Result<T, Problem> {
    web::block(work).await.map_err(|gone| Error::internal(gone).into())
}

//! Packages and what was decided: dry-runs, rehearsals, replays, and questions of decisions kept as tests. Nothing of it changes the database.

use super::text::packages;
use super::{Format, RunLine, refused};
use crate::cli::open::{self, Home};
use crate::cli::show::{say, say_json};
use crate::settings::Settings;
use recoup_engine::account::resolve;
use recoup_engine::credit::find_order;
use recoup_engine::plugin::Rehearsal;
use recoup_engine::trial::{Trial, TrialCall, TrialOn, TrialView};
use recoup_engine::words::code::Code;
use recoup_engine::words::error::{Error, Result};
use recoup_engine::words::fixture::Fixture;
use recoup_engine::words::id::{AccountId, DecisionId, OrderId};
use recoup_plugins::check;
use recoup_plugins::package::{self, Files};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// `recoup plugin run`.
pub(super) async fn run(settings: &Settings, path: &Path, wanted: RunLine) -> Result<()> {
    let files = package::read_dir(path)?;
    let name = name_of(path, &files)?;
    let home = open::home(settings, &wanted.tenant).await?;
    let on = on(&home, path, &wanted).await?;
    let RunLine { hook, as_of, format, .. } = wanted;
    let trial = Trial { name, files, number: None, settings: None, hook, on, as_of };
    let told = home.engine.try_plugin(&home.who, trial).await;
    home.engine.store().close().await;
    match format {
        Format::Json => say_json(&told?),
        Format::Text => tell(&told?),
    }
}

fn name_of(path: &Path, files: &Files) -> Result<String> {
    let summary = check::manifest(files).map_err(|found| {
        let first = found.first().map_or_else(String::new, recoup_plugins::diagnostic::Diagnostic::line);
        Error::new(Code::ScriptRefused, format!("{}/{first}", path.display()))
    })?;
    Ok(summary.name)
}

async fn on(home: &Home, path: &Path, wanted: &RunLine) -> Result<TrialOn> {
    if let Some(decision) = wanted.decision {
        return Ok(TrialOn::Decision(decision));
    }
    if let Some(file) = &wanted.fixture {
        // A file of the package by its place in there, or any other file.
        let inside = path.join(file);
        let file = if inside.is_file() { &inside } else { file };
        let text = std::fs::read_to_string(file).map_err(|cause| refused(format!("{}: {cause}", file.display())))?;
        return Ok(TrialOn::Fixture(Box::new(Fixture::read(&text)?)));
    }
    let subject = wanted.subject.as_deref().ok_or_else(|| refused("name what to try it on: --subject, --fixture or --decision"))?;
    if let Ok(order) = subject.parse::<OrderId>() {
        return Ok(TrialOn::Order(order));
    }
    if let Ok(account) = subject.parse::<AccountId>() {
        return Ok(TrialOn::Account(account));
    }
    let read = home.engine.read(&home.who);
    if let Some(order) = find_order(&read, subject).await? {
        return Ok(TrialOn::Order(order.id));
    }
    let account = resolve(&read, None, Some(subject)).await;
    account.map(TrialOn::Account).map_err(|_| refused(format!("there is no order and no account {subject:?}")))
}

fn tell(told: &TrialView) -> Result<()> {
    told.calls.iter().try_for_each(tell_call)?;
    match &told.merged {
        None => Ok(()),
        Some(merged) => say(&format!("with the core rule and the plugins that are on: {}", merged.decision)),
    }
}

fn tell_call(call: &TrialCall) -> Result<()> {
    for step in &call.trace {
        let values: Vec<String> = step.values.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        say(format!("{:>5}:{:<3} {:>7}  {}", step.line, step.column, step.operations, values.join(", ")).trim_end())?;
    }
    if call.is_cut {
        say("  …")?;
    }
    let advice = &call.advice;
    let list = |member: &str| advice[member].as_array().cloned().unwrap_or_default();
    for vote in list("votes") {
        say(&format!("vote    line {}: {} {} {}", vote["line"], text(&vote["vote"]), text(&vote["code"]), text(&vote["text"]["en"])))?;
    }
    for effect in list("effects") {
        let mut fields = effect.clone();
        let taken: Vec<Value> = ["kind", "line", "code"].iter().map(|member| fields[*member].take()).collect();
        if let Some(members) = fields.as_object_mut() {
            members.retain(|_, value| !value.is_null());
        }
        say(&format!("effect  line {}: {} {fields}", taken[1], text(&taken[0])))?;
    }
    for note in list("notes") {
        say(&format!("note    {}", text(&note)))?;
    }
    let error = &advice["error"];
    if !error.is_null() {
        say(&format!("error   {}:{}:{}: {}", text(&error["file"]), error["line"], error["column"], text(&error["message"])))?;
    }
    say(&format!("{}: {} of {} operations", text(&advice["status"]), advice["operations"], advice["budget"]))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// `recoup plugin check --rehearse N`.
pub(super) async fn rehearse_all(settings: &Settings, paths: &[PathBuf], most: u64, tenant: &str, format: Format) -> Result<()> {
    let home = open::home(settings, tenant).await?;
    let mut all = Vec::new();
    for (path, files) in packages(paths)? {
        let name = name_of(&path, &files)?;
        let told = home.engine.rehearse(&home.who, &name, &files, most).await;
        all.push((path, told?));
    }
    home.engine.store().close().await;
    match format {
        Format::Json => say_json(&all.iter().map(|(path, told)| serde_json::json!({"path": path, "rehearsal": told})).collect::<Vec<_>>()),
        Format::Text => all.iter().try_for_each(|(path, told)| {
            say(&format!("{}:", path.display()))?;
            rehearsal_told(told)
        }),
    }
}

/// What a version would have answered.
pub(super) fn rehearsal_told(told: &Rehearsal) -> Result<()> {
    let Rehearsal { asked, changed, transitions, .. } = told;
    say(&format!("rehearsed on {asked} recorded questions: {changed} would be answered in another way"))?;
    transitions.iter().try_for_each(|one| say(&format!("  {:>5} × {} → {}", one.times, one.from, one.to)))
}

/// `recoup plugin replay`.
pub(super) async fn replay(settings: &Settings, decision: DecisionId, tenant: &str) -> Result<()> {
    let home = open::home(settings, tenant).await?;
    let told = home.engine.replay(&home.who, decision).await;
    home.engine.store().close().await;
    let told = told?;
    for call in &told.calls {
        let word = if call.same {
            "same"
        } else if call.reproducible {
            "other"
        } else {
            "cannot be repeated"
        };
        say(&format!("{} version {} {}: {word}", call.plugin, call.version, call.hook))?;
        if !call.same {
            say(&format!("  recorded  {}\n  replayed  {}", call.recorded, call.replayed))?;
        }
    }
    if told.same { say("the same") } else { Err(Error::new(Code::IllegalState, "the decision is not the same")) }
}

/// `recoup plugin test --record DEC`: the question the package was asked in a decision becomes one of its tests.
pub(super) async fn record(settings: &Settings, paths: &[PathBuf], decision: DecisionId, tenant: &str) -> Result<()> {
    let home = open::home(settings, tenant).await?;
    for (path, files) in packages(paths)? {
        let name = name_of(&path, &files)?;
        let fixture = home.engine.fixture(&home.who, decision, &name).await?;
        let text = serde_json::to_string_pretty(&fixture).map_err(Error::internal)?;
        let file = path.join("tests/recorded").join(format!("{decision}.json"));
        file.parent()
            .map_or(Ok(()), std::fs::create_dir_all)
            .and_then(|()| std::fs::write(&file, text + "\n"))
            .map_err(|cause| refused(format!("{}: {cause}", file.display())))?;
        say(&format!("kept {}", file.display()))?;
    }
    home.engine.store().close().await;
    Ok(())
}

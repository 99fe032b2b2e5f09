//! `recoup plugin`: writing, checking and switching packages without a server.

use super::open::{self, Home};
use super::show::{say, say_json};
use crate::settings::Settings;
use recoup_engine::approval::Acted;
use recoup_engine::plugin::{ActivatePlugin, Activation, ActivationView, PushVersion, RollbackPlugin};
use recoup_engine::words::code::Code;
use recoup_engine::words::error::{Error, Result};
use recoup_plugins::check::{self, TestReport};
use recoup_plugins::diagnostic::Diagnostic;
use recoup_plugins::package::{self, Files, MANIFEST};
use recoup_plugins::symbols;
use std::path::{Path, PathBuf};

/// How findings are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    Text,
    Json,
}

#[derive(clap::Subcommand)]
pub(super) enum PluginLine {
    /// Make a package that passes its own tests
    New {
        /// Its name, and the folder it is made in
        name: String,
        /// The shipped package it begins as
        #[arg(long, default_value = "order_hold")]
        from: String,
    },
    /// Check packages: manifest, script, texts, settings
    Check {
        /// Folders of packages, or folders of such folders
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// How findings are shown
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
        /// Write what a script can say into this folder, for editors
        #[arg(long, value_name = "DIR")]
        definitions: Option<PathBuf>,
    },
    /// Run the tests of packages
    Test {
        /// Folders of packages, or folders of such folders
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// Only tests whose name contains this
        #[arg(long)]
        filter: Option<String>,
        /// How results are shown
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
    },
    /// Store a package as a new version in the local database
    Push {
        /// The folder of the package
        path: PathBuf,
        /// What changed
        #[arg(long)]
        message: Option<String>,
        /// A name for the version
        #[arg(long)]
        tag: Option<String>,
        /// The tenant
        #[arg(long, default_value = "default")]
        tenant: String,
    },
    /// Switch a version on in the local database
    Activate {
        /// The plugin
        name: String,
        /// The number of the version
        version: i64,
        /// Why
        #[arg(long)]
        reason: Option<String>,
        /// The tenant
        #[arg(long, default_value = "default")]
        tenant: String,
    },
    /// Go back to a version that was on before
    Rollback {
        /// The plugin
        name: String,
        /// The number of the version; the one that was on before when absent
        #[arg(long)]
        to: Option<i64>,
        /// Why
        #[arg(long)]
        reason: Option<String>,
        /// The tenant
        #[arg(long, default_value = "default")]
        tenant: String,
    },
}

pub(super) async fn plugin(settings: &Settings, line: PluginLine) -> Result<()> {
    match line {
        PluginLine::New { name, from } => new(&name, &from),
        PluginLine::Check { paths, format, definitions } => check_all(&paths, format, definitions.as_deref()),
        PluginLine::Test { paths, filter, format } => test_all(&paths, filter.as_deref(), format),
        PluginLine::Push { path, message, tag, tenant } => push(settings, &path, message, tag, &tenant).await,
        PluginLine::Activate { name, version, reason, tenant } => {
            let home = open::home(settings, &tenant).await?;
            let wanted = Activation { name, number: Some(version), reason, ..Activation::default() };
            let done = home.engine.execute(&home.who, ActivatePlugin { host: home.engine.plugins(), wanted }).await;
            switched(&home, done.map(|outcome| outcome.done)).await
        }
        PluginLine::Rollback { name, to, reason, tenant } => {
            let home = open::home(settings, &tenant).await?;
            let done = home.engine.execute(&home.who, RollbackPlugin { name, number: to, reason }).await;
            switched(&home, done.map(|outcome| outcome.done)).await
        }
    }
}

async fn switched(home: &Home, done: Result<Acted<ActivationView>>) -> Result<()> {
    let done = match done? {
        Acted::Done(done) => done,
        Acted::Waits(waiting) => return say(&format!("it waits for the yes of a {}: {}", waiting.approval.needs, waiting.id)),
    };
    home.engine.replan(home.who.tenant).await?;
    home.engine.store().close().await;
    say(&format!("{} version {} is {} from revision {} on", done.name, done.number, done.mode, done.revision))
}

async fn push(settings: &Settings, path: &Path, message: Option<String>, tag: Option<String>, tenant: &str) -> Result<()> {
    let files = package::read_dir(path)?;
    let home = open::home(settings, tenant).await?;
    let judged = home.engine.plugins().judge(&files);
    for found in check::findings(&files) {
        say(&format!("{}/{}", path.display(), found.line()))?;
    }
    let outcome = home.engine.execute(&home.who, PushVersion { judged, files, message, tag }).await?;
    home.engine.store().close().await;
    let (done, known) = (&outcome.done, if outcome.is_replay { ", which was there" } else { "" });
    say(&format!("{} version {}{known}; switch it on with: recoup plugin activate {} {}", done.name, done.number, done.name, done.number))
}

/// A shipped package under another name.
fn new(name: &str, from: &str) -> Result<()> {
    let is_name = name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.len() <= 40
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if !is_name {
        return Err(refused("a name has up to 40 of a-z, 0-9 and _, and begins with a letter"));
    }
    let shipped = package::shipped();
    let found = shipped.iter().find(|(known, _)| known == from).ok_or_else(|| {
        let known: Vec<&str> = shipped.iter().map(|(known, _)| known.as_str()).collect();
        refused(format!("there is no shipped package {from:?}; there are {}", known.join(", ")))
    })?;
    let files: Files = found.1.iter().map(|(path, text)| (path.clone(), renamed(text, from, name))).collect();
    if !check::check(&files).is_good() {
        return Err(Error::internal("the new package does not pass its own tests"));
    }
    let folder = Path::new(name);
    if folder.exists() {
        return Err(refused(format!("{name} exists already")));
    }
    for (path, text) in &files {
        let path = folder.join(path);
        path.parent()
            .map_or(Ok(()), std::fs::create_dir_all)
            .and_then(|()| std::fs::write(&path, text))
            .map_err(|cause| refused(format!("{}: {cause}", path.display())))?;
    }
    say(&format!("made {name}; next: recoup plugin test {name}"))
}

/// The text with another name where the package is meant: `credit_review` is not what `credit_review_due` begins with.
fn renamed(text: &str, from: &str, name: &str) -> String {
    let goes_on = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
    let mut told = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(from) {
        told.push_str(before);
        let is_part = goes_on(told.chars().next_back()) || goes_on(after.chars().next());
        told.push_str(if is_part { from } else { name });
        rest = after;
    }
    told.push_str(rest);
    told
}

/// The packages in these folders, or in the folders inside them.
fn packages(paths: &[PathBuf]) -> Result<Vec<(PathBuf, Files)>> {
    let mut found = Vec::new();
    for path in paths {
        if path.join(MANIFEST).is_file() {
            found.push(path.clone());
            continue;
        }
        let inside = std::fs::read_dir(path).map_err(|cause| refused(format!("{}: {cause}", path.display())))?;
        let mut inside: Vec<PathBuf> =
            inside.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.join(MANIFEST).is_file()).collect();
        if inside.is_empty() {
            return Err(refused(format!("{}: there is no {MANIFEST}", path.display())));
        }
        inside.sort();
        found.append(&mut inside);
    }
    found.into_iter().map(|path| package::read_dir(&path).map(|files| (path, files))).collect()
}

fn check_all(paths: &[PathBuf], format: Format, definitions: Option<&Path>) -> Result<()> {
    let checked: Vec<(PathBuf, Vec<Diagnostic>)> =
        packages(paths)?.into_iter().map(|(path, files)| (path, check::findings(&files))).collect();
    if let Some(folder) = definitions {
        std::fs::create_dir_all(folder).map_err(|cause| refused(format!("{}: {cause}", folder.display())))?;
        for (name, text) in symbols::files() {
            std::fs::write(folder.join(name), text).map_err(|cause| refused(format!("{name}: {cause}")))?;
        }
    }
    let errors = checked.iter().flat_map(|(_, found)| found).filter(|one| one.is_error()).count();
    match format {
        Format::Json => {
            let each = checked.iter().map(|(path, found)| serde_json::json!({"path": path, "diagnostics": found}));
            say_json(&each.collect::<Vec<_>>())?;
        }
        Format::Text => {
            for (path, found) in &checked {
                for one in found {
                    say(&format!("{}/{}", path.display(), one.line()))?;
                }
                let errors = found.iter().filter(|one| one.is_error()).count();
                say(&format!("{}: {errors} errors, {} warnings", path.display(), found.len() - errors))?;
            }
        }
    }
    if errors == 0 { Ok(()) } else { Err(Error::new(Code::ScriptRefused, format!("{errors} errors"))) }
}

fn test_all(paths: &[PathBuf], filter: Option<&str>, format: Format) -> Result<()> {
    let mut reports = Vec::new();
    for (path, files) in packages(paths)? {
        let report = check::run_tests(&files, filter).map_err(|found| {
            let first = found.iter().find(|one| one.is_error()).map_or_else(String::new, Diagnostic::line);
            Error::new(Code::ScriptRefused, format!("{}/{first}", path.display()))
        })?;
        reports.push((path, report));
    }
    match format {
        Format::Json => {
            let each = reports.iter().map(|(path, report)| serde_json::json!({"path": path, "tests": report.tests}));
            say_json(&each.collect::<Vec<_>>())?;
        }
        Format::Text => reports.iter().try_for_each(|(path, report)| say(&tests_told(path, report)))?,
    }
    let failed: usize = reports.iter().map(|(_, report)| report.failed().count()).sum();
    if failed > 0 {
        return Err(Error::new(Code::ScriptRefused, format!("{failed} tests failed")));
    }
    let without = reports.iter().find(|(_, report)| report.tests.is_empty());
    without.map_or(Ok(()), |(path, _)| Err(Error::new(Code::ScriptRefused, format!("{}: no test ran", path.display()))))
}

fn tests_told(path: &Path, report: &TestReport) -> String {
    let mut text = String::new();
    for test in &report.tests {
        match &test.message {
            None => text.push_str(&format!("ok      {}\n", test.name)),
            Some(why) => text.push_str(&format!("failed  {}  {}/{}:{}: {why}\n", test.name, path.display(), test.file, test.line)),
        }
    }
    let failed = report.failed().count();
    format!("{text}{}: {} passed, {failed} failed", path.display(), report.tests.len() - failed)
}

fn refused(detail: impl Into<String>) -> Error {
    Error::new(Code::ValidationFailed, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_package_under_another_name_still_passes_its_own_tests() {
        for (from, files) in package::shipped() {
            let files: Files = files.into_iter().map(|(path, text)| (path, renamed(&text, &from, "my_plugin"))).collect();
            let report = check::check(&files);
            assert!(report.is_good(), "{from}: {:?} {:?}", report.diagnostics, report.tests);
        }
    }
}

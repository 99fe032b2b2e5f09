//! Packages as text: made, checked and tested, without a database.

use super::{Format, TestLine, refused};
use crate::cli::show::{say, say_json};
use recoup_engine::words::code::Code;
use recoup_engine::words::error::{Error, Result};
use recoup_plugins::check::{self, Fuzz, TestOptions, TestReport, Throw};
use recoup_plugins::diagnostic::Diagnostic;
use recoup_plugins::package::{self, Files, MANIFEST};
use recoup_plugins::symbols;
use std::path::{Path, PathBuf};

/// A small package that passes its own test, or a shipped one under another name.
pub(super) fn new(name: &str, from: Option<&str>) -> Result<()> {
    let is_name = name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.len() <= 40
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if !is_name {
        return Err(refused("a name has up to 40 of a-z, 0-9 and _, and begins with a letter"));
    }
    let files = match from {
        None => package::skeleton(name),
        Some(from) => copied(from, name)?,
    };
    // A name the language has taken is told like any other finding.
    let report = check::check(&files);
    if let Some(first) = report.diagnostics.iter().find(|one| one.is_error()).or(report.unfit.first()) {
        return Err(refused(format!("{name:?} cannot be the name of a plugin: {}", first.message)));
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

fn copied(from: &str, name: &str) -> Result<Files> {
    let shipped = package::shipped();
    let found = shipped.iter().find(|(known, _)| known == from).ok_or_else(|| {
        let known: Vec<&str> = shipped.iter().map(|(known, _)| known.as_str()).collect();
        refused(format!("there is no shipped package {from:?}; there are {}", known.join(", ")))
    })?;
    Ok(found.1.iter().map(|(path, text)| (path.clone(), renamed(text, from, name))).collect())
}

/// The packages in these folders, or in the folders inside them.
pub(super) fn packages(paths: &[PathBuf]) -> Result<Vec<(PathBuf, Files)>> {
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

pub(super) fn check_all(paths: &[PathBuf], format: Format, definitions: Option<&Path>) -> Result<()> {
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

pub(super) fn test_all(paths: &[PathBuf], wanted: &TestLine) -> Result<()> {
    let fuzz = wanted.fuzz.map(|rounds| Fuzz { rounds, seed: wanted.seed });
    let options = TestOptions { filter: wanted.filter.clone(), is_covered: wanted.coverage, fuzz };
    let mut reports = Vec::new();
    for (path, files) in packages(paths)? {
        let report = check::run_tests_as(&files, &options).map_err(|found| {
            let first = found.iter().find(|one| one.is_error()).map_or_else(String::new, Diagnostic::line);
            Error::new(Code::ScriptRefused, format!("{}/{first}", path.display()))
        })?;
        reports.push((path, report, check::least_percent(&files)));
    }
    match wanted.format {
        Format::Json => {
            let each = reports.iter().map(|(path, report, _)| {
                let TestReport { tests, coverage, throws } = report;
                serde_json::json!({"path": path, "tests": tests, "coverage": coverage, "throws": throws})
            });
            say_json(&each.collect::<Vec<_>>())?;
        }
        Format::Text => reports.iter().try_for_each(|(path, report, _)| say(&tests_told(path, report)))?,
    }
    let failed: usize = reports.iter().map(|(_, report, _)| report.failed().count()).sum();
    if failed > 0 {
        return Err(Error::new(Code::ScriptRefused, format!("{failed} tests failed")));
    }
    if let Some((path, ..)) = reports.iter().find(|(_, report, _)| report.tests.is_empty()) {
        return Err(Error::new(Code::ScriptRefused, format!("{}: no test ran", path.display())));
    }
    let thrown: usize = reports.iter().map(|(_, report, _)| report.throws.len()).sum();
    if thrown > 0 {
        return Err(Error::new(Code::ScriptRefused, format!("odd facts failed in {thrown} places")));
    }
    // A part of the tests says nothing about all of them.
    let whole = reports.iter().filter(|_| wanted.filter.is_none());
    let unfit = whole.flat_map(|(path, report, least)| report.unfit(*least).into_iter().map(move |fault| (path, fault))).next();
    unfit.map_or(Ok(()), |(path, fault)| Err(Error::new(Code::ScriptRefused, format!("{}/{}", path.display(), fault.line()))))
}

fn tests_told(path: &Path, report: &TestReport) -> String {
    let mut text = String::new();
    for test in &report.tests {
        match &test.message {
            None => text.push_str(&format!("ok      {}\n", test.name)),
            Some(why) => {
                text.push_str(&format!("failed  {}  {}/{}:{}:{}: {why}\n", test.name, path.display(), test.file, test.line, test.column));
            }
        }
    }
    for throw in &report.throws {
        let Throw { hook, round, file, line, column, message, times } = throw;
        text.push_str(&format!(
            "threw   {hook}  {}/{file}:{line}:{column}: {message} ({times} times, first in round {round})\n",
            path.display()
        ));
    }
    for file in &report.coverage {
        text.push_str(&format!("reached {}\n", file.line()));
    }
    let failed = report.failed().count();
    format!("{text}{}: {} passed, {failed} failed", path.display(), report.tests.len() - failed)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_package_under_another_name_still_passes_its_own_tests() {
        for (from, files) in package::shipped() {
            let files: Files = files.into_iter().map(|(path, text)| (path, renamed(&text, &from, "my_plugin"))).collect();
            let report = check::check(&files);
            assert!(report.is_good(), "{from}: {:?} {:?}", report.diagnostics, report.unfit);
        }
    }
}

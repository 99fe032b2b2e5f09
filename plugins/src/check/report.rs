//! How a look at a package went: its findings, its tests, and how much of the script they reached.

use crate::diagnostic::Diagnostic;
use crate::watch::Place;
use serde::Serialize;

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
    /// Column at which it failed.
    pub column: i64,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// How much of a file the tests reached, counted in statements.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// File inside the package.
    pub file: String,
    /// Statements there are.
    pub statements: usize,
    /// Statements that ran.
    pub covered: usize,
    /// Their share in whole per cent, rounded down.
    pub percent: i64,
    /// Lines with a statement that never ran.
    pub missed: Vec<i64>,
    /// The first of these statements.
    #[serde(skip)]
    pub(crate) first: Option<Place>,
}

impl Coverage {
    pub(crate) fn of(file: &str, statements: usize, missed: &[Place]) -> Self {
        let covered = statements - missed.len();
        let share = (covered * 100).checked_div(statements).unwrap_or(100);
        let mut lines: Vec<i64> = missed.iter().map(|(line, _)| *line).collect();
        lines.dedup();
        let percent = i64::try_from(share).unwrap_or(0);
        Self { file: file.to_owned(), statements, covered, percent, missed: lines, first: missed.first().copied() }
    }

    /// `main.rhai: 23 of 24 statements, 95 %; missed lines: 12`
    pub fn line(&self) -> String {
        let Self { file, statements, covered, percent, .. } = self;
        let missed = if self.missed.is_empty() { String::new() } else { format!("; missed lines: {}", ranges(&self.missed)) };
        format!("{file}: {covered} of {statements} statements, {percent} %{missed}")
    }
}

/// `5, 9-12, 20`
fn ranges(lines: &[i64]) -> String {
    let mut runs: Vec<(i64, i64)> = Vec::new();
    for line in lines {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == *line => *last = *line,
            _ => runs.push((*line, *line)),
        }
    }
    let told = runs.iter().map(|(first, last)| if first == last { first.to_string() } else { format!("{first}-{last}") });
    told.collect::<Vec<_>>().join(", ")
}

/// A script that failed on odd facts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Throw {
    /// The function that was asked.
    pub hook: String,
    /// Which of the rounds, from 1; the same seed makes the same ones.
    pub round: u64,
    /// File inside the package.
    pub file: String,
    /// Line, from 1.
    pub line: i64,
    /// Column, from 1.
    pub column: i64,
    /// What happened.
    pub message: String,
    /// How many rounds failed here in this way.
    pub times: u64,
}

/// How the tests of a package went.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TestReport {
    /// Every test, in order of file and name.
    pub tests: Vec<TestResult>,
    /// How much of each file they reached, where that was asked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub coverage: Vec<Coverage>,
    /// Where the script failed on odd facts, where that was tried.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub throws: Vec<Throw>,
}

impl TestReport {
    /// Did at least one test run, and none fail?
    pub fn is_good(&self) -> bool {
        !self.tests.is_empty() && self.tests.iter().all(|test| test.passed) && self.throws.is_empty()
    }

    /// Tests that failed.
    pub fn failed(&self) -> impl Iterator<Item = &TestResult> {
        self.tests.iter().filter(|test| !test.passed)
    }

    /// What keeps a package from going live, beyond its text: no test, tests that fail, and files that they do not reach well enough.
    pub fn unfit(&self, least_percent: i64) -> Vec<Diagnostic> {
        if self.tests.is_empty() {
            let hint = "write one in tests/NAME.test.rhai";
            return vec![Diagnostic::error("tests", (0, 0), "no_test", "a package goes live with at least one test").hint(hint)];
        }
        let failed = self.failed().map(|test| {
            let why = test.message.as_deref().unwrap_or("failed");
            Diagnostic::error(&test.file, (test.line, test.column), "test_failed", format!("{}: {why}", test.name))
        });
        let low = self.coverage.iter().filter(|file| file.percent < least_percent).map(|file| {
            let why = format!("its tests reach {} % of the statements, and {least_percent} % are wanted", file.percent);
            let hint = format!("missed lines: {}", ranges(&file.missed));
            Diagnostic::error(&file.file, file.first.unwrap_or_default(), "coverage", why).hint(hint)
        });
        failed.chain(low).collect()
    }
}

/// What a check found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// Findings, by file and line.
    pub diagnostics: Vec<Diagnostic>,
    /// Its tests; none ran if it does not compile.
    pub tests: TestReport,
    /// What keeps it from going live although its text is right.
    pub unfit: Vec<Diagnostic>,
}

impl Report {
    /// May it go live, as far as a program can say?
    pub fn is_good(&self) -> bool {
        !self.diagnostics.iter().any(Diagnostic::is_error) && self.unfit.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_rounded_down_and_missed_lines_are_told_as_ranges() {
        let missed = [(5, 1), (9, 1), (10, 1), (10, 9), (11, 5)];
        let coverage = Coverage::of("main.rhai", 100, &missed);
        assert_eq!(coverage.line(), "main.rhai: 95 of 100 statements, 95 %; missed lines: 5, 9-11");
        assert_eq!(Coverage::of("main.rhai", 21, &missed[..1]).percent, 95);
        assert_eq!(Coverage::of("main.rhai", 20, &missed[..2]).percent, 90);
        assert_eq!(Coverage::of("main.rhai", 0, &[]).percent, 100);
    }
}

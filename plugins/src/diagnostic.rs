//! What is wrong with a package, and where.

use serde::{Deserialize, Serialize};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The package cannot go live.
    Error,
    /// Worth a look.
    Warning,
}

/// One finding about a package, with its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// File inside the package.
    pub file: String,
    /// Line, from 1; 0 when it is about the whole file.
    pub line: i64,
    /// Column, from 1; 0 when it is about the whole line.
    pub column: i64,
    /// Column after the last character.
    pub end_column: i64,
    /// How bad it is.
    pub severity: Severity,
    /// What kind of finding, `unknown_property`.
    pub code: String,
    /// One sentence.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hint: Option<String>,
}

impl Diagnostic {
    /// An error at a place of a file.
    pub fn error(file: &str, (line, column): (i64, i64), code: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            file: file.to_owned(),
            line,
            column,
            end_column: column,
            severity: Severity::Error,
            code: code.to_owned(),
            message,
            hint: None,
        }
    }

    /// A warning at a place of a file.
    pub fn warning(file: &str, place: (i64, i64), code: &str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(file, place, code, message) }
    }

    /// The word the finding is about, which gives its end.
    pub fn word(mut self, word: &str) -> Self {
        self.end_column = self.column + i64::try_from(word.chars().count()).unwrap_or(0);
        self
    }

    /// What to do about it.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Does it keep the package from going live?
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// `main.rhai:20:32 unknown function 'next_du': did you mean 'next_due'?`
    pub fn line(&self) -> String {
        let place = if self.line > 0 { format!("{}:{}:{}", self.file, self.line, self.column) } else { self.file.clone() };
        let level = if self.is_error() { "error" } else { "warning" };
        let hint = self.hint.as_ref().map_or_else(String::new, |hint| format!(": {hint}"));
        format!("{place} {level} [{}] {}{hint}", self.code, self.message)
    }
}

/// `did you mean 'next_due'?`, when one of the known words is near.
pub(crate) fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(word, known).map(|near| format!("did you mean '{near}'?"))
}

/// The known word that is most like this one, if any is like it at all.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let far = (word.chars().count() / 3).max(1);
    let scored = known.into_iter().map(|other| (strsim::damerau_levenshtein(word, other), other));
    scored.filter(|(distance, _)| *distance <= far).min().map(|(_, other)| other)
}

//! A refusal or failure: its code, one clear sentence, where in the input it lies, and the places it passed.

use crate::words::code::Code;
use std::fmt;
use std::panic::Location;

/// The result of everything that can be refused.
pub type Result<T> = std::result::Result<T, Error>;

/// One fault of a request, as it is shown beside others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// JSON pointer `#/amount`, parameter `?limit` or header `@If-Match`.
    pub pointer: String,
    /// What kind of fault it is.
    pub code: Code,
    /// One sentence for people.
    pub detail: String,
}

/// Why something was not done.
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    code: Code,
    detail: String,
    faults: Vec<Fault>,
    extra: Option<serde_json::Value>,
    is_lost_race: bool,
    trail: Vec<&'static Location<'static>>,
}

impl Error {
    /// A refusal with its sentence.
    #[track_caller]
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        let trail = vec![Location::caller()];
        Self(Box::new(Inner { code, detail: detail.into(), faults: Vec::new(), extra: None, is_lost_race: false, trail }))
    }

    /// Someone was faster: the attempt starts again from the top.
    #[track_caller]
    pub fn lost_race() -> Self {
        let mut error = Self::new(Code::TryAgain, "another change was faster; nothing was changed");
        error.0.is_lost_race = true;
        error
    }

    /// Our own fault, with what went wrong for the log; outsiders see an empty 500.
    #[track_caller]
    pub fn internal(cause: impl fmt::Display) -> Self {
        Self::new(Code::Internal, cause.to_string())
    }

    /// The fault lies at this pointer of the request.
    pub fn at(mut self, pointer: impl Into<String>) -> Self {
        let fault = Fault { pointer: pointer.into(), code: self.0.code, detail: self.0.detail.clone() };
        self.0.faults.push(fault);
        self
    }

    /// All faults of one request at once; the first one names the code if they differ.
    #[track_caller]
    pub fn all(faults: Vec<Fault>) -> Self {
        let code = match faults.as_slice() {
            [one] => one.code,
            _ => Code::ValidationFailed,
        };
        let detail = faults.first().map_or_else(String::new, |first| first.detail.clone());
        let mut error = Self::new(code, detail);
        error.0.faults = faults;
        error
    }

    /// Adds the places of a refusal whose sentence is told already.
    pub fn with_faults(mut self, faults: impl IntoIterator<Item = Fault>) -> Self {
        self.0.faults.extend(faults);
        self
    }

    /// Adds members for the problem answer, such as the id of the thing in the way.
    pub fn with(mut self, extra: serde_json::Value) -> Self {
        self.0.extra = Some(extra);
        self
    }

    /// Remembers this place on the way up.
    #[track_caller]
    pub fn passed(mut self) -> Self {
        self.0.trail.push(Location::caller());
        self
    }

    /// The name of the refusal.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// One sentence for people.
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// Where in the request the faults lie.
    pub fn faults(&self) -> &[Fault] {
        &self.0.faults
    }

    /// More members for the problem answer.
    pub fn extra(&self) -> Option<&serde_json::Value> {
        self.0.extra.as_ref()
    }

    /// Was someone faster, so that starting again may help?
    pub fn is_lost_race(&self) -> bool {
        self.0.is_lost_race
    }

    /// Is it a fault of the whole house, which no other account would escape?
    pub fn is_outage(&self) -> bool {
        matches!(self.0.code, Code::DatabaseUnavailable | Code::Overloaded | Code::StorageFull)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The code goes first: a refusal that crosses serde is recognised by it on the other side.
        write!(f, "{}: {}", self.0.code.name(), self.0.detail)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        self.0.trail.iter().try_for_each(|place| write!(f, " at {place}"))
    }
}

impl std::error::Error for Error {}

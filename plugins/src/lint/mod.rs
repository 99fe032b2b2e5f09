//! Findings on a script that compiles.

use crate::diagnostic::Diagnostic;
use crate::package::{Files, Package};

/// Everything the linter finds.
pub(crate) fn lint(_package: &Package, _files: &Files) -> Vec<Diagnostic> {
    Vec::new()
}

//! The shipped packages pass every check their own users' packages have to pass.

use crate::check;
use crate::package;

#[test]
fn every_shipped_package_passes_its_check_its_lint_and_at_least_twelve_tests() {
    let shipped = package::shipped();
    let names: Vec<&str> = shipped.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["early_discount", "legal_handoff", "order_hold"]);
    for (name, files) in &shipped {
        let report = check::check(files);
        let findings: Vec<String> = report.diagnostics.iter().map(crate::diagnostic::Diagnostic::line).collect();
        assert!(findings.is_empty(), "{name}: {findings:#?}");
        let failed: Vec<_> = report.tests.failed().collect();
        assert!(failed.is_empty(), "{name}: {failed:#?}");
        assert!(report.tests.tests.len() >= 12, "{name} has {} tests", report.tests.tests.len());
    }
}

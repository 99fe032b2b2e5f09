//! The shipped packages pass every check their own users' packages have to pass, and the tutorial works as printed.

use crate::check::{self, Fuzz, TestOptions};
use crate::diagnostic::Diagnostic;
use crate::package::{self, Files};

#[test]
fn every_shipped_package_passes_its_check_its_lint_and_at_least_twelve_tests() {
    let shipped = package::shipped();
    let names: Vec<&str> = shipped.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        ["credit_review", "early_discount", "key_account_care", "legal_handoff", "order_hold", "staged_release", "throttled_limit"]
    );
    let mut wrong: Vec<String> = Vec::new();
    for (name, files) in &shipped {
        let report = check::check(files);
        wrong.extend(report.diagnostics.iter().map(|found| format!("{name}: {}", found.line())));
        wrong.extend(report.tests.failed().map(|failed| format!("{name}: {failed:?}")));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    for (name, files) in &shipped {
        let report = check::check(files);
        assert!(report.tests.tests.len() >= 12, "{name} has {} tests", report.tests.tests.len());
        assert!(files.contains_key("README.md") && files.contains_key("README.zh-CN.md"), "{name}");
        assert!(report.is_good(), "{name}: {:#?}", report.unfit);
        let recorded = files.keys().filter(|path| path.starts_with("tests/recorded/")).count();
        assert!(recorded >= 3, "{name} has {recorded} recorded cases");
        let reached: Vec<String> = report.tests.coverage.iter().filter(|file| file.percent < 95).map(|file| file.line()).collect();
        assert!(reached.is_empty(), "{name} has to reach 95 %: {reached:#?}");
        let summary = check::manifest(files).unwrap();
        assert_eq!(&summary.name, name);
        assert!(summary.needs_second_person, "{name}");
    }
}

#[test]
fn every_shipped_package_answers_odd_facts_without_failing() {
    let options = TestOptions { fuzz: Some(Fuzz { rounds: 200, seed: 7 }), ..TestOptions::default() };
    for (name, files) in package::shipped() {
        let report = check::run_tests_as(&files, &options).unwrap();
        assert!(report.throws.is_empty(), "{name}: {:#?}", report.throws);
    }
}

#[test]
fn a_script_that_fails_on_odd_facts_is_told_with_its_place_and_the_same_seed_finds_the_same() {
    let mut files = package::skeleton("my_hold");
    replace(&mut files, "main.rhai", "let s = ctx.settings;", "let s = ctx.settings;\n    let n = 100 / ctx.open_items.len;");
    let throws = |seed| {
        let options = TestOptions { fuzz: Some(Fuzz { rounds: 50, seed }), ..TestOptions::default() };
        check::run_tests_as(&files, &options).unwrap().throws
    };
    let found = throws(7);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!((found[0].hook.as_str(), found[0].file.as_str(), found[0].line), ("order_check", "main.rhai", 4), "{found:#?}");
    assert_eq!(found, throws(7));
    assert_ne!(found, throws(8));
}

#[test]
fn the_skeleton_passes_its_check_and_reaches_all_of_itself() {
    let files = package::skeleton("my_hold");
    let report = check::check(&files);
    assert!(report.is_good() && report.diagnostics.is_empty(), "{report:#?}");
    assert_eq!((report.tests.tests.len(), report.tests.coverage[0].percent), (1, 100), "{report:#?}");
    assert!(files.keys().all(|path| !path.starts_with('/')) && files.contains_key("README.md") && files.contains_key("texts/zh-CN.toml"));
    assert_eq!(check::manifest(&files).unwrap().name, "my_hold");
}

#[test]
fn a_package_whose_tests_reach_too_little_is_not_good_and_the_missed_lines_are_named() {
    let mut files = package::skeleton("my_hold");
    let text = "fn test_one(t) {\n    t.run(\"order_check\");\n    expect(t.decision, \"approve\");\n}\n";
    files.insert("tests/order_check.test.rhai".to_owned(), text.to_owned());
    let report = check::check(&files);
    let coverage = &report.tests.coverage[0];
    assert_eq!(coverage.line(), "main.rhai: 4 of 5 statements, 80 %; missed lines: 6");
    assert!(!report.is_good());
    let fault = &report.unfit[0];
    assert_eq!((fault.code.as_str(), fault.file.as_str(), fault.line), ("coverage", "main.rhai", 6), "{fault:?}");
    replace(&mut files, "plugin.toml", "min_coverage = 90", "min_coverage = 80");
    assert!(check::check(&files).is_good());
    replace(&mut files, "plugin.toml", "min_coverage = 80", "min_coverage = 101");
    assert!(!check::check(&files).is_good());
}

#[test]
fn a_folder_is_read_like_the_embedded_one() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts");
    for (name, files) in package::shipped() {
        let read = package::read_dir(&folder.join(&name)).unwrap();
        assert_eq!(package::content_hash(&read), package::content_hash(&files), "{name}");
    }
    assert!(package::read_dir(&folder.join("nowhere")).is_err());
}

/// The code of a numbered section of the tutorial, block by block.
fn blocks(section: &str) -> Vec<String> {
    let readme = include_str!("../../scripts/README.md");
    let after = readme.split(&format!("## {section}")).nth(1).unwrap_or_default();
    let text = after.split("\n## ").next().unwrap_or_default();
    text.split("```").skip(1).step_by(2).map(|block| block.split_once('\n').map_or("", |(_, code)| code).trim().to_owned()).collect()
}

fn replace(files: &mut Files, path: &str, from: &str, to: &str) {
    let text = &files[path];
    assert!(text.contains(from), "{path} has no {from}");
    let changed = text.replacen(from, to, 1);
    files.insert(path.to_owned(), changed);
}

#[test]
fn the_first_plugin_in_ten_minutes_works_as_printed() {
    let mut files = package::skeleton("my_hold");
    let [script, manifest, text] = blocks("3.").try_into().unwrap();
    let first_line = "    let s = ctx.settings;\n";
    replace(&mut files, "main.rhai", first_line, &format!("{first_line}    {script}\n"));
    replace(&mut files, "plugin.toml", "NOTHING_LATE = {}\n", &format!("NOTHING_LATE = {{}}\n{manifest}\n"));
    for path in ["texts/en.toml", "texts/zh-CN.toml"] {
        replace(&mut files, path, "[codes]\n", &format!("[codes]\n{text}\n"));
    }
    let test = blocks("5.").into_iter().find(|block| block.starts_with("fn test_")).unwrap();
    files.get_mut("tests/order_check.test.rhai").unwrap().push_str(&test);
    let report = check::check(&files);
    assert!(report.is_good(), "{report:#?}");

    // The mistake it shows is named in the words it prints.
    replace(&mut files, "main.rhai", "broken_promises_90d >= 2", "broken_promises >= 2");
    let shown = blocks("4.").into_iter().find(|block| block.contains("unknown_property")).unwrap();
    let said = check::findings(&files).iter().map(Diagnostic::line).next().unwrap();
    assert_eq!(said, shown);
}

#[test]
fn a_test_that_fails_says_where_and_why() {
    let (_, mut files) = package::shipped().into_iter().find(|(name, _)| name == "order_hold").unwrap();
    let tests = "fn test_wrong(t) {\n    t.run(\"order_check\");\n    expect(t.decision, \"hold\");\n}\nfn test_odd(t) {\n    t.acount(#{});\n}\n\
                 fn test_field(t) { t.account(#{ nam: \"x\" }); t.run(\"order_check\"); }\nfn test_loop(t) { loop {} }";
    files.retain(|path, _| !path.starts_with("tests/"));
    assert!(!check::check(&files).is_good(), "a package without tests is not good");
    files.insert("tests/a.test.rhai".to_owned(), tests.to_owned());
    let report = check::run_tests(&files, None).unwrap();
    let said: Vec<(&str, i64, &str)> =
        report.tests.iter().map(|test| (test.name.as_str(), test.line, test.message.as_deref().unwrap_or_default())).collect();
    assert_eq!(said[3], ("test_wrong", 3, "expected hold, got approve"));
    assert_eq!((said[2].0, said[2].1), ("test_odd", 6));
    assert_eq!(said[0], ("test_field", 8, "account has no field nam: did you mean 'name'?"));
    assert_eq!((said[1].0, said[1].2), ("test_loop", "the operations are used up"));
    assert_eq!(check::run_tests(&files, Some("wrong")).unwrap().tests.len(), 1);
}

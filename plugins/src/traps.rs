//! Where Rhai by itself would quietly do the wrong thing, a test named after each.

use crate::compile::compile;
use crate::containment::run_with;
use crate::limits::Allowance;
use crate::sandbox::{Failure, Ran};
use crate::words::{RESERVED, RESERVED_PROPERTIES, WORDS};
use recoup_engine::words::asked::CallStatus;

fn run(body: &str) -> Ran {
    run_with(&WORDS.module, &format!("fn f(ctx, plan) {{ {body} }}"), Allowance { operations: 100_000, cpu: None })
}

fn failure(body: &str) -> Failure {
    match run(body).end {
        Err(failure) => failure,
        Ok(()) => panic!("{body}: should have failed"),
    }
}

/// The script checks itself with `throw`.
fn holds(condition: &str) {
    if let Err(failure) = run(&format!("if !({condition}) {{ throw \"does not hold\"; }}")).end {
        panic!("{condition}: {}", failure.error.message);
    }
}

#[test]
fn a_mixed_comparison_raises_instead_of_being_silently_false() {
    let money = r#"money("1", "CNY")"#;
    let date = r#"date("2026-01-01")"#;
    let mut mixed = Vec::new();
    for op in ["==", "!=", "<", "<=", ">", ">="] {
        for other in ["5000", "1.5", r#""5000""#, "true"] {
            mixed.push((money, op, other));
            mixed.push((date, op, other));
        }
        mixed.push((money, op, date));
        mixed.push((r#""4""#, op, "4"));
        mixed.push((r#""4""#, op, "4.5"));
        mixed.push((money, op, r#"money("1", "USD")"#));
    }
    for op in ["<", "<=", ">", ">="] {
        for other in ["5", "1.5", r#""x""#, money, date, "true", "()"] {
            mixed.push(("()", op, other));
        }
    }
    for (a, op, b) in mixed {
        for body in [format!("{a} {op} {b}"), format!("{b} {op} {a}")] {
            let stopped = failure(&body);
            assert_eq!(stopped.status, CallStatus::Error, "{body}");
            assert!(stopped.error.line > 0, "{body}: no line");
        }
    }
}

#[test]
fn asking_whether_something_is_there_stays_legal() {
    for condition in [
        r#"money("1", "CNY") != ()"#,
        r#"() != date("2026-01-01")"#,
        "() == ()",
        "5 != ()",
        r#""x" != ()"#,
        "ctx.account != ()",
        "ctx.collection_case == ()",
        "ctx.account.credit_limit == ()",
        "none(ctx.account.credit_limit)",
        "ctx.promises.next_due() == ()",
    ] {
        holds(condition);
    }
}

#[test]
fn rounding_is_half_up_and_not_half_even() {
    for condition in ["2.5.round() == 3", "0.125.round(2) == 0.13", "round(-2.5, 0) == -3.0", "round(2.345, 2) == 2.35", "round(7, 2) == 7"]
    {
        holds(condition);
    }
    holds(r#"money("2.345", "CNY").round() == money("2.35", "CNY")"#);
}

#[test]
fn fractions_are_exact_decimals_and_never_floats() {
    for condition in ["0.1 + 0.2 == 0.3", "percent(5) == 0.05", "percent(12.5) == 0.125", "1.0 / 4 == 0.25", r#"type_of(0.1) == "decimal""#]
    {
        holds(condition);
    }
}

#[test]
fn money_is_exact_and_keeps_its_currency() {
    for condition in [
        r#"money("10.00", "CNY") * 0.333 == money("3.33", "CNY")"#,
        r#"2 * money("1.5", "CNY") == money("3", "CNY")"#,
        r#"money("3", "CNY") / money("2", "CNY") == 1.5"#,
        r#"money("10", "CNY") / 4 == money("2.5", "CNY")"#,
        r#"money("1", "CNY") - money("2", "CNY") == -money("1", "CNY")"#,
        r#"money("0", "CNY").is_zero && money("1", "CNY").is_positive && (-money("1", "CNY")).is_negative"#,
        r#"max(money("1", "CNY"), money("2", "CNY")) == money("2", "CNY")"#,
        r#"sum([money("1", "CNY"), money("2", "CNY")]) == money("3", "CNY")"#,
        "sum([1, 2.5]) == 3.5 && sum([1, 2]) == 3 && sum([]) == 0",
        r#"`${money("1234.5", "CNY")}` == "CNY 1,234.50""#,
        r#"abs(-money("1", "CNY")) == money("1", "CNY") && abs(-2) == 2"#,
        "max(0, -3) == 0 && min(1, 2.5) == 1",
    ] {
        holds(condition);
    }
    assert!(failure(r#"money("1", "CNY") + money("1", "USD")"#).error.message.contains("two currencies"));
    assert!(failure(r#"money("1e3", "CNY")"#).error.message.contains("plain decimal"));
}

#[test]
fn dates_count_in_days_and_know_working_days() {
    for condition in [
        r#"date("2026-03-10") - date("2026-02-01") == 37"#,
        r#"date("2026-01-31").add_months(1) == date("2026-02-28")"#,
        r#"date("2026-03-13").add_business_days(1) == date("2026-03-16")"#,
        r#"date("2026-03-14").is_business_day == false"#,
        r#"date("2026-02-03").end_of_month() == date("2026-02-28")"#,
        r#"date("2026-03-10").weekday == 2"#,
        r#"`${date("2026-03-10")}` == "2026-03-10""#,
        r#"ctx.today == date("2026-03-10") && ctx.now.hour == 10"#,
    ] {
        holds(condition);
    }
    assert!(failure(r#"date("2026-02-30")"#).error.message.contains("not a date"));
    assert!(failure("ctx.today.add_days(999999999)").error.message.contains("outside 1900 to 2999"));
}

#[test]
fn chance_is_a_bucket_that_never_changes() {
    holds(r#"ctx.bucket("trial", 100) == ctx.bucket("trial", 100) && ctx.bucket("trial", 1) == 0"#);
    assert!(failure(r#"ctx.bucket("trial", 0)"#).error.message.contains("at least one"));
}

#[test]
fn a_misspelt_property_or_map_key_is_an_error_with_its_place() {
    for body in ["ctx.acount", "ctx.account.nam", "ctx.settings.nope", "let m = #{ a: 1 }; m.b", "ctx.open_items.lenght"] {
        let stopped = failure(body);
        assert_eq!((stopped.status, stopped.error.line), (CallStatus::Error, 1), "{body}: {}", stopped.error.message);
        assert!(stopped.error.column > 0, "{body}");
    }
}

#[test]
fn a_thing_of_another_hook_is_an_error_that_says_so() {
    for word in ["order", "core", "item", "days_left", "step", "handoff"] {
        assert!(failure(&format!("ctx.{word}")).error.message.contains("is not given to daily_account"), "{word}");
    }
}

#[test]
fn top_level_code_is_refused_and_never_runs() {
    for text in ["let x = 1; fn f(ctx, plan) {}", "const X = 1;", "loop {}"] {
        assert_eq!(compile("main.rhai", text).unwrap_err().code, "top_level_code");
    }
}

#[test]
fn an_undefined_variable_does_not_compile() {
    assert!(compile("main.rhai", "fn f(ctx, plan) { nope }").is_err());
}

#[test]
fn a_missing_semicolon_is_reported_where_it_is_missing() {
    let fault = compile("main.rhai", "fn f(ctx, plan) {\n    let x = 1 // one\n\n    let y = 2;\n}").unwrap_err();
    assert_eq!((fault.line, fault.column), (2, 14), "{}", fault.message);
}

#[test]
fn an_error_deep_inside_names_its_innermost_line() {
    let text = "fn f(ctx, plan) {\n  g();\n}\nfn g() {\n  throw \"deep\";\n}";
    let ran = run_with(&WORDS.module, text, Allowance { operations: 1_000, cpu: None });
    let stopped = ran.end.unwrap_err();
    assert_eq!((stopped.error.line, stopped.error.message.as_str()), (5, "deep"));
}

#[test]
fn every_word_of_the_table_can_be_said() {
    for word in &WORDS.table {
        assert!(!RESERVED.contains(&word.name), "{} is reserved", word.name);
        if !word.on.is_empty() {
            assert!(!RESERVED_PROPERTIES.contains(&word.name), "{} is reserved behind a dot", word.name);
        }
        let text = format!("fn f(ctx, plan) {{ let x = ctx.{0}; let y = #{{ {0}: 1 }}; }}", word.name);
        compile("main.rhai", &text).unwrap_or_else(|fault| panic!("{}: {}", word.name, fault.message));
    }
}

#[test]
fn every_reserved_word_is_indeed_refused_as_a_name() {
    for word in RESERVED {
        assert!(!crate::manifest::is_name(word, 1), "{word}");
    }
    for word in RESERVED_PROPERTIES {
        assert!(!crate::manifest::is_name(word, 1), "{word}");
    }
}

#[test]
fn the_optimizer_drops_nothing_because_it_is_off() {
    let ran = run(r#"if false { plan.note("a"); } let unused = plan.note("b"); plan.note("c");"#);
    assert_eq!(ran.draft.effects.len(), 2);
}

#[test]
fn the_state_of_one_call_is_gone_in_the_next() {
    for _ in 0..2 {
        let ran = run(r#"plan.note("once");"#);
        assert_eq!(ran.draft.effects.len(), 1);
    }
}

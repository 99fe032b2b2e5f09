//! Attacks on the sandbox, a test each: what stops them and after how many operations, never how long it took.

use crate::check::world::World;
use crate::compile::compile;
use crate::limits::{Allowance, Budget, OPERATIONS_BASE, OPERATIONS_PER_ROW};
use crate::sandbox::{self, Failure, Ran};
use crate::words::WORDS;
use crate::words::ctx::{Ctx, Shown};
use recoup_engine::words::asked::CallStatus;
use rhai::{Dynamic, Module, Shared};
use std::sync::Arc;
use std::time::Duration;

/// Twenty rows are shown.
const ALLOWED: u64 = OPERATIONS_BASE + 20 * OPERATIONS_PER_ROW;

pub(crate) fn ctx() -> Ctx {
    let question = World::default().question("attack", "daily_account").unwrap();
    Ctx { shown: Shown::new(&question), settings: Ok(Arc::default()), params: None, plugin: Arc::from("attack") }
}

pub(crate) fn run_with(words: &Shared<Module>, text: &str, allowance: Allowance) -> Ran {
    let script = compile("main.rhai", text).unwrap_or_else(|fault| panic!("{}", fault.line()));
    sandbox::call(words, &script.ast, "f", ctx(), allowance)
}

/// Runs `fn f(ctx, plan) { BODY }` with the operations of twenty rows and no look at the clock.
fn run(body: &str) -> Ran {
    run_script(&format!("fn f(ctx, plan) {{ {body} }}"))
}

fn run_script(text: &str) -> Ran {
    run_with(&WORDS.module, text, Allowance { operations: ALLOWED, cpu: None })
}

fn failure(ran: Ran) -> Failure {
    ran.end.expect_err("this script should have been stopped")
}

/// Stopped by our own count, exactly when it is used up.
fn stopped_by_operations(body: &str) {
    let ran = run(body);
    assert_eq!(ran.operations, ALLOWED + 1, "{body}");
    let stopped = failure(ran);
    assert_eq!((stopped.status, stopped.error.message.as_str()), (CallStatus::Limit, "the operations are used up"), "{body}");
    assert!(stopped.error.line > 0, "{body}: no line");
}

fn stopped_by_size(body: &str, what: &str) {
    let ran = run(body);
    assert!(ran.operations <= ALLOWED, "{body}: {} operations", ran.operations);
    let stopped = failure(ran);
    assert_eq!(stopped.status, CallStatus::Limit, "{body}: {}", stopped.error.message);
    assert!(stopped.error.message.contains(what), "{body}: {}", stopped.error.message);
}

fn error(body: &str, part: &str) {
    let stopped = failure(run(body));
    assert_eq!(stopped.status, CallStatus::Error, "{body}: {}", stopped.error.message);
    assert!(stopped.error.message.contains(part), "{body}: {}", stopped.error.message);
    assert!(stopped.error.line > 0, "{body}: no line");
}

fn refused_by_compiler(text: &str) {
    let fault = compile("main.rhai", text).expect_err("this should not compile");
    assert!(fault.line > 0, "{}", fault.message);
}

#[test]
fn endless_loops_use_up_their_operations() {
    for body in ["loop {}", "do {} until false", "let x = 0; while true { x += 1 }", "for i in 0..1000000000 {}"] {
        stopped_by_operations(body);
    }
}

#[test]
fn callbacks_do_not_start_the_count_again() {
    stopped_by_operations("let l = []; l.pad(900, 0); l.map(|v| { let n = 0; while n < 1000 { n += 1; } n })");
}

#[test]
fn a_limit_cannot_be_caught() {
    stopped_by_operations("try { loop {} } catch { }");
    stopped_by_operations("loop { try { loop {} } catch (e) { } }");
    stopped_by_size(r#"try { let s = "x"; loop { s += s; } } catch { }"#, "Length of string");
}

#[test]
fn text_does_not_grow_beyond_its_size() {
    for body in [
        r#"let s = "x"; loop { s += s; }"#,
        r#"let s = "x"; loop { s = `${s}${s}`; }"#,
        r#"let s = "x"; s.pad(1000000000, "y");"#,
        r#"let s = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"; loop { s.replace("a", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaa"); }"#,
    ] {
        stopped_by_size(body, "Length of string");
    }
}

#[test]
fn lists_do_not_grow_beyond_their_size() {
    for body in [
        "let l = []; l.pad(1000000000, 0);",
        "let l = []; loop { l.push(1); }",
        "let l = [1]; loop { l = [l, l]; }",
        "let l = [1]; loop { l += l; }",
    ] {
        stopped_by_size(body, "Size of array");
    }
    stopped_by_operations("let n = 0; for i in range(0, 1000000000) { n += 1; }");
}

#[test]
fn a_map_grown_by_index_ends_with_the_operations() {
    let ran = run("let m = #{}; let k = 0; loop { m[`k${k}`] = k; k += 1; }");
    assert!(ran.operations <= ALLOWED + 1);
    assert_eq!(failure(ran).status, CallStatus::Limit);
}

#[test]
fn a_map_of_long_texts_ends_with_the_operations_even_at_the_largest_budget() {
    let text = r#"fn f(ctx, plan) { let t = ""; t.pad(4000, "x"); let m = #{}; let k = 0; loop { m[`k${k}`] = t; k += 1; } }"#;
    let largest = Allowance { cpu: None, ..Allowance::of(5_000, None, Duration::ZERO) };
    assert_eq!(largest.operations, 120_000);
    let ran = run_with(&WORDS.module, text, largest);
    assert!(ran.operations <= 120_001);
    assert_eq!(failure(ran).status, CallStatus::Limit);
}

#[test]
fn many_large_variables_through_recursion_are_allowed_and_bounded() {
    let text = r#"fn g(n) { let t = ""; t.pad(4000, "x"); let u = t + ""; let v = t + ""; if n > 0 { g(n - 1); } t.len }
                  fn f(ctx, plan) { g(20); }"#;
    let ran = run_script(text);
    assert!(ran.end.is_ok(), "{:?}", ran.end);
    assert!(ran.operations < 1_000);
}

#[test]
fn recursion_ends_at_the_call_depth() {
    for text in [
        "fn f(ctx, plan) { f(ctx, plan) }",
        "fn f(ctx, plan) { g(ctx, plan) } fn g(ctx, plan) { f(ctx, plan) }",
        r#"fn f(ctx, plan) { let p = Fn("f"); p.call(ctx, plan) }"#,
    ] {
        let ran = run_script(text);
        assert!(ran.operations < 1_000, "{text}");
        let stopped = failure(ran);
        assert_eq!(stopped.status, CallStatus::Limit, "{text}: {}", stopped.error.message);
    }
}

#[test]
fn a_closure_that_captures_does_not_compile_and_one_that_does_not_works() {
    refused_by_compiler("fn f(ctx, plan) { let n = 0; [1].for_each(|| n += this); }");
    assert!(run("let l = [3, 1, 2]; l.sort(|a, b| a - b); if l[0] != 1 { throw \"not sorted\"; }").end.is_ok());
}

#[test]
fn a_native_that_walks_many_rows_costs_what_it_walks() {
    let used = |body: &str| run(body).operations;
    let plain = used("let d = ctx.today; for i in 0..50 { d.add_days(900); }");
    let walking = used("let d = ctx.today; for i in 0..50 { d.add_business_days(900); }");
    assert_eq!(walking - plain, 50 * (900 / 16));
    stopped_by_operations_or_just_after("loop { ctx.today.add_business_days(1000); }");
}

fn stopped_by_operations_or_just_after(body: &str) {
    let ran = run(body);
    assert!((ALLOWED + 1..ALLOWED + 100).contains(&ran.operations), "{body}: {}", ran.operations);
    assert_eq!(failure(ran).status, CallStatus::Limit, "{body}");
}

#[test]
fn arguments_cannot_be_bound_to_a_function_because_no_size_limit_sees_them() {
    for text in ["fn f(ctx, plan) { let g = |x| x; loop { g = g.curry(g); } }", "fn f(ctx, plan) { curry(Fn(\"f\"), 1) }"] {
        assert_eq!(compile("main.rhai", text).unwrap_err().code, "not_allowed");
    }
    let stopped = failure(run(r#"Fn("curry").call(Fn("f"), 1)"#));
    assert_eq!(stopped.status, CallStatus::Error, "{}", stopped.error.message);
}

#[test]
fn what_reaches_the_record_is_small() {
    let stopped = failure(run(r#"let t = ""; t.pad(4000, "x"); throw t;"#));
    assert_eq!(stopped.error.message.chars().count(), 500);
    let values = r#"let m = #{}; for i in 0..33 { m[`v${i}`] = i; } plan.pass("X", m);"#;
    error(values, "at most 32 values");
}

#[test]
fn a_lying_comparer_ends_with_the_sort_or_with_the_operations() {
    let ran = run("let l = []; for i in 0..900 { l.push(i); } loop { l.sort(|a, b| 1); }");
    let used = ran.operations;
    assert_eq!(failure(ran).status, CallStatus::Limit);
    // The sort that runs out finishes its comparisons first; they are few.
    assert!((ALLOWED..ALLOWED + 40_000).contains(&used), "{used}");
}

#[test]
fn costly_natives_in_a_loop_end_with_the_operations_or_the_size() {
    for body in [
        "let l = []; for i in 0..900 { l.push(900 - i); } loop { l.sort(); l.reverse(); }",
        "let l = []; for i in 0..900 { l.push(i); } loop { l.index_of(1000); }",
        "let m = #{}; for i in 0..100 { m[`k${i}`] = i; } loop { m.to_json(); }",
    ] {
        assert_eq!(failure(run(body)).status, CallStatus::Limit, "{body}");
    }
}

#[test]
fn the_processor_time_ends_what_the_operations_would_still_allow() {
    let text = "fn f(ctx, plan) { let n = 0; loop { n += 1; } }";
    let ran = run_with(&WORDS.module, text, Allowance { operations: 1_000_000, cpu: Some(Duration::ZERO) });
    assert_eq!(ran.operations, 256);
    assert_eq!(failure(ran).status, CallStatus::Time);
}

#[test]
fn arithmetic_that_cannot_be_done_is_an_error_with_its_line() {
    for body in [
        "9223372036854775807 + 1",
        "1 / 0",
        "2 ** 1000000",
        "let d = 1.5; loop { d *= d; }",
        "1.0 / 0",
        r#"money("1", "CNY") / 0"#,
        r#"let m = money("99999999999999", "CNY"); loop { m = m * 1000; }"#,
        "-9223372036854775807 - 2",
    ] {
        let stopped = failure(run(body));
        assert_eq!(stopped.status, CallStatus::Error, "{body}: {}", stopped.error.message);
        assert!(stopped.error.line > 0, "{body}");
    }
}

#[test]
fn a_native_that_panics_leaves_the_call_and_the_next_one_works() {
    let mut module = WORDS.module.as_ref().clone();
    module.set_native_fn("explode", || -> Result<Dynamic, Box<rhai::EvalAltResult>> { panic!("a bug of ours") });
    let words: Shared<Module> = module.into();
    let allowance = Allowance { operations: ALLOWED, cpu: None };
    for body in ["explode();", "try { explode(); } catch {}"] {
        // The compiler does not know the word, so the script calls it when it runs.
        let stopped = failure(run_with(&words, &format!("fn f(ctx, plan) {{ {body} }}"), allowance));
        assert_eq!((stopped.status, stopped.error.message.as_str()), (CallStatus::Panic, "a bug of ours"), "{body}");
    }
    assert!(run_with(&words, "fn f(ctx, plan) { 1 }", allowance).end.is_ok());
}

#[test]
fn words_that_reach_outside_do_not_exist() {
    for body in ["sleep(1)", "exit()", "timestamp()", "rand()", r#"parse_json("{}")"#, "get_fn_metadata_list()"] {
        error(body, "unction");
    }
    let stopped = failure(run(r#"Fn("eval").call("1")"#));
    assert!(stopped.error.message.contains("eval"), "{}", stopped.error.message);
    for text in [r#"fn f(ctx, plan) { eval("1") }"#, r#"fn f(ctx, plan) { import "x" as y; }"#, "export let x = 1;"] {
        refused_by_compiler(text);
    }
}

#[test]
fn a_fact_cannot_be_written_and_settings_are_a_copy() {
    error(r#"ctx.account.name = "x";"#, "setter");
    error("ctx.today = ctx.today.add_days(1);", "setter");
    let ran = run("let s = ctx.settings; s.mine = 1; if ctx.settings.len() != 0 { throw \"changed\"; }");
    assert!(ran.end.is_ok(), "{:?}", ran.end);
}

#[test]
fn the_sixty_fifth_effect_is_one_too_many_and_cannot_be_caught() {
    let ran = run(r#"for i in 0..64 { plan.note("x"); }"#);
    assert!(ran.end.is_ok());
    assert_eq!(ran.draft.effects.len(), 64);
    for body in [r#"for i in 0..65 { plan.note("x"); }"#, r#"for i in 0..65 { try { plan.note("x"); } catch {} }"#] {
        let stopped = failure(run(body));
        assert_eq!((stopped.status, stopped.error.message.as_str()), (CallStatus::Limit, "a plan has at most 64 effects"));
    }
}

#[test]
fn text_made_to_overwhelm_the_parser_does_not_compile() {
    refused_by_compiler(&format!("fn f(ctx, plan) {{ {}1{} }}", "(".repeat(5_000), ")".repeat(5_000)));
    refused_by_compiler(&format!("fn f(ctx, plan) {{ {}{} }}", "if true { ".repeat(2_000), "}".repeat(2_000)));
    let functions: String = (0..5_000).map(|n| format!("fn f{n}() {{}}\n")).collect();
    refused_by_compiler(&functions);
    refused_by_compiler(&format!("fn f(ctx, plan) {{ [{}] }}", "1,".repeat(300_000)));
    refused_by_compiler(&format!("fn f(ctx, plan) {{ {}1{} }}", "#{a:".repeat(30_000), "}".repeat(30_000)));
}

#[test]
fn the_largest_file_of_plain_statements_compiles() {
    let statement = "let abc = 12345;\n";
    let text = format!("fn f(ctx, plan) {{ {} }}", "{ let abc = 12345; }\n".repeat(127 * 1024 / (statement.len() + 4)));
    assert!(text.len() <= crate::package::FILE_BYTES_MAX);
    compile("main.rhai", &text).unwrap();
}

#[test]
fn printed_lines_are_notes_and_end_at_two_kibibytes() {
    let ran = run(r#"let t = ""; t.pad(1000, "x"); print(t); print(t); print(t); print("more");"#);
    assert!(ran.end.is_ok());
    let printed: usize = ran.draft.notes.iter().map(String::len).sum();
    assert!((2_000..=2_048).contains(&printed), "{printed}");
}

#[test]
fn a_call_inside_a_call_has_its_own_budget() {
    let outer = Budget::start(Allowance { operations: 1_000_000, cpu: None });
    assert_eq!(failure(run("loop {}")).status, CallStatus::Limit);
    assert_eq!(outer.used().0, 0);
}

#[test]
fn values_nested_without_end_do_not_exhaust_the_stack() {
    let largest = Allowance { operations: 120_000, cpu: None };
    for body in [
        r#"let m = #{}; loop { let n = #{}; n["a"] = m; m = n; }"#,
        r#"let m = #{}; loop { let n = #{}; n.a = m; m = n; }"#,
        "let m = #{}; loop { m = #{ a: m }; }",
        "let l = []; loop { l = [l]; }",
        "let l = []; loop { let k = []; k.push(l); l = k; }",
        r#"let m = #{}; let l = []; loop { m["a"] = l; l = [m]; }"#,
        r#"let m = #{}; loop { let n = #{}; n.set("a", m); m = n; }"#,
        r#"let m = #{}; loop { m.fill_with(#{ a: m }); let n = #{}; n.mixin(#{ a: m }); m = n; }"#,
    ] {
        let ran = run_with(&WORDS.module, &format!("fn f(ctx, plan) {{ {body} }}"), largest);
        assert_eq!(failure(ran).status, CallStatus::Limit, "{body}");
    }
}

//! What the linter says, finding by finding.

use crate::check::findings;
use crate::diagnostic::Diagnostic;
use crate::package::Files;

const MANIFEST: &str = r#"
[plugin]
name = "sample"
version = "1.0.0"
api = 1
title = { en = "Sample", zh-CN = "示例" }
[effects]
allow = ["decide:order_check", "task", "contact", "step", "hold"]
bounds = { hold_days = 30 }
[codes]
LATE = { amount = "money" }
FINE = {}
[tasks]
call_them = "call"
[steps.demand]
states = ["begin", "wait", "done"]
moves = { begin = ["wait"], wait = ["done"] }
max_days = 30
"#;
const SCHEMA: &str = r#"{ "type": "object", "additionalProperties": false, "properties": {
  "grace_days": { "type": "integer", "default": 5 },
  "tolerance": { "format": "money", "default": { "amount": "5.00", "currency": "CNY" } },
  "tiers": { "type": "array", "items": { "type": "object", "properties": { "rate": { "type": "string", "format": "rate" } } }, "default": [] }
} }"#;
const EN: &str = r#"
[codes]
LATE = "{{ amount }} is late."
FINE = "Fine."
[tasks]
call_them = "Call about {{ amount }}."
[settings]
grace_days = { title = "Grace", help = "Days." }
tolerance = { title = "Tolerance", help = "Amount." }
tiers = { title = "Tiers", help = "Table." }
"#;

fn package(script: &str) -> Files {
    let steps = "fn step_demand(ctx, plan) { plan.step_done(\"FINE\"); }\n";
    let script = if script.contains("fn step_demand") { script.to_owned() } else { format!("{script}\n{steps}") };
    [
        ("plugin.toml", MANIFEST),
        ("settings.schema.json", SCHEMA),
        ("texts/en.toml", EN),
        ("texts/zh-CN.toml", EN),
        ("templates/letter.en.txt", "Dear {{ account }}"),
        ("templates/letter.zh-CN.txt", "{{ account }}"),
        ("main.rhai", script.as_str()),
    ]
    .into_iter()
    .map(|(path, text)| (path.to_owned(), text.to_owned()))
    .collect()
}

fn lines(files: &Files) -> Vec<String> {
    findings(files).iter().map(Diagnostic::line).collect()
}

/// Lints `fn order_check(ctx, plan) { BODY }`.
fn lint(body: &str) -> Vec<String> {
    lines(&package(&format!("fn order_check(ctx, plan) {{ {body} }}")))
}

#[test]
fn a_good_script_has_no_findings() {
    let body = r#"
        let s = ctx.settings;
        let late = ctx.open_items.undisputed().overdue_by(s.grace_days);
        if late.total() > s.tolerance { plan.hold("LATE", #{ amount: late.total() }).for_items(late); }
        for tier in s.tiers { if tier.rate > 0.5 { plan.task("collector", "call_them", ctx.today.add_days(1), #{ amount: late.total() }); } }
        plan.approve("FINE");
        plan.deny("ANYTHING", "a plain text needs no entry");
        let share = ctx.account.kept_promise_share + 1 / 2.0;
        if share == () || ctx.collection_case == () || max(1, 2) == 2 { print(`${share}`); }
        [1, 2].map(|x| x * 2).filter(|x| x > 2);
    "#;
    assert_eq!(lint(body), Vec::<String>::new());
}

#[test]
fn each_mistake_is_named_with_its_place_and_the_nearest_word() {
    for (body, expected) in [
        (
            "ctx.promises.next_du();",
            "main.rhai:1:42 error [unknown_function] unknown function 'next_du' of Promises: did you mean 'next_due'?",
        ),
        ("let x = ctx.acount; x", "main.rhai:1:41 error [unknown_property] Ctx has no 'acount': did you mean 'account'?"),
        ("ctx.account.nam", "error [unknown_property] Account has no 'nam': did you mean 'name'?"),
        ("ctx.settings.grace_day", "error [unknown_setting] there is no setting 'grace_day': did you mean 'grace_days'?"),
        ("let s = ctx.settings; for t in s.tiers { t.rat }", "[unknown_setting] there is no setting 'rat': did you mean 'rate'?"),
        ("roundd(2.5, 1)", "error [unknown_function] unknown function 'roundd': did you mean 'round'?"),
        ("percent(1, 2)", "error [argument_count] percent takes 1 arguments, not 2"),
        ("ctx.open_items.overdue_by()", "[argument_count] overdue_by takes 1 arguments, not 0"),
        ("plan.approve(\"FIN\")", "error [unknown_code] unknown code \"FIN\": did you mean 'FINE'?"),
        ("plan.hold(\"LATE\")", "[missing_value] LATE needs the value amount"),
        ("plan.hold(\"LATE\", #{ amount: ctx.totals.open, day: 1 })", "[unknown_value] LATE has no value day"),
        ("plan.request_approval(\"colector\", \"FINE\")", "[unknown_role] unknown role \"colector\": did you mean 'collector'?"),
        ("plan.task(\"collector\", \"call_then\", ctx.today)", "[unknown_task] unknown task \"call_then\": did you mean 'call_them'?"),
        ("plan.task(\"collector\", \"call_them\", ctx.today)", "[missing_value] call_them needs the value amount"),
        ("plan.notice(\"payer\", \"leter\")", "[unknown_template] unknown template \"leter\": did you mean 'letter'?"),
        ("plan.notice(\"payr\", \"letter\").channel(\"emial\")", "[unknown_channel] unknown channel \"emial\": did you mean 'email'?"),
        ("if ctx.totals.open > 5000 { }", "[mixed_comparison] money is compared with a number"),
        ("if 0.5 < ctx.totals.open { }", "[mixed_comparison] a number is compared with money"),
        ("if ctx.today < \"2026-12-31\" { }", "error [mixed_comparison] a date is compared with text: write date(\"2026-12-31\")"),
        ("if ctx.order.amount * 2 == 3 { }", "[mixed_comparison] money is compared with a number"),
        ("if \"4\" == 4 { }", "[mixed_comparison] text is compared with a number"),
        ("let half = 1 / 2; half", "[integer_division] whole numbers divide to a whole number: 1 / 2 is 0: write 1.0 / 2"),
        ("let days = ctx.settings.grace_days / 2; days", "[integer_division]"),
        ("ctx.account.name = \"x\"", "[writing_a_fact] facts and settings cannot be changed by a script"),
        ("ctx.settings.grace_days = 3", "[writing_a_fact]"),
        ("let s = ctx.settings; s.grace_days = 3", "[writing_a_fact]"),
        ("plan.escalate(\"manager\", \"FINE\")", "[not_in_this_hook] escalate is not given to order_check"),
        ("plan.defer(ctx.today, \"FINE\")", "[not_in_this_hook] defer is not given to order_check"),
        ("ctx.days_left", "[not_in_this_hook] days_left is not given to order_check"),
        ("plan.tag(\"x\")", "[not_permitted] tag needs the permission tag in the manifest"),
        ("let unused = 1;", "warning [unused_variable] unused is never used"),
        ("if true { return; plan.approve(\"FINE\"); }", "warning [unreachable] this is never reached"),
        ("ctx.collection_case.stage", "warning [maybe_absent]"),
        ("for item in ctx.open_items { print(item.id); }", "warning [cut_list]"),
    ] {
        let found = lint(body);
        assert!(found.iter().any(|line| line.contains(expected)), "{body}\n{found:#?}\nwithout {expected}");
    }
}

#[test]
fn a_step_that_forgets_a_state_is_an_error() {
    let step = |cases: &str| lines(&package(&format!("fn step_demand(ctx, plan) {{ switch ctx.step.at {{ {cases} }} }}")));
    let done = "plan.step_done(\"FINE\")";
    let found = step(&format!("\"begin\" => {done}, \"wait\" if ctx.step.tries > 1 => {done}"));
    assert_eq!(found, ["main.rhai:1:29 error [missed_state] this switch misses the state done"]);
    assert_eq!(step(&format!("\"begin\" => {done}, _ => {done}")), Vec::<String>::new());
    let found = step("\"begin\" => plan.step_to(\"waiting\", ctx.today), _ => plan.step_to(\"wait\", ctx.today)");
    assert!(found[0].contains("unknown state \"waiting\""), "{found:?}");
}

#[test]
fn a_misspelt_hook_is_an_error_because_nobody_would_call_it() {
    let found = lines(&package("fn order_chek(ctx, plan) { plan.pass(\"FINE\"); }"));
    assert!(found[0].ends_with("no hook is called order_chek, so nobody ever calls it: did you mean 'order_check'?"), "{found:?}");
    let found = lines(&package("fn step_other(ctx, plan) { plan.step_done(\"FINE\"); }"));
    assert!(found[0].contains("step type other is not in the manifest's [steps]"), "{found:?}");
    let helper = "fn order_check(ctx, plan) { helper(ctx, plan); } fn helper(ctx, plan) { plan.approve(\"FINE\"); }";
    assert_eq!(lines(&package(helper)), Vec::<String>::new());
}

#[test]
fn what_people_read_is_there_in_both_languages() {
    let good = package("fn order_check(ctx, plan) { plan.approve(\"FINE\"); }");
    let with = |path: &str, text: &str| {
        let mut files = good.clone();
        files.insert(path.to_owned(), text.to_owned());
        lines(&files)
    };
    let without = |path: &str| {
        let mut files = good.clone();
        files.remove(path);
        lines(&files)
    };
    assert_eq!(lines(&good), Vec::<String>::new());
    assert!(without("texts/zh-CN.toml").iter().any(|line| line == "texts/zh-CN.toml error [missing_text] LATE has no text"));
    assert!(without("templates/letter.en.txt")[0].contains("template letter is missing in en"));
    let changed = EN.replace("{{ amount }} is late", "{{ amont }} is late");
    let found = with("texts/en.toml", &changed);
    assert!(found[0].contains("LATE: the manifest gives it no value amont: did you mean 'amount'?"), "{found:?}");
    let found = with("templates/letter.en.txt", "Dear,\nplease pay {{ ammount }}");
    assert!(found[0].contains("templates/letter.en.txt:2:1 error [unknown_value] the engine fills no 'ammount'"), "{found:?}");
    assert!(with("templates/letter.de.txt", "x")[0].contains("unknown_file"));
    let uneven = EN.replace("{{ amount }} is late", "Late");
    assert!(with("texts/en.toml", &uneven)[0].contains("warning [uneven_text] LATE: the two languages"));
    let more = EN.replace("FINE = ", "OLD = \"x\"\nFINE = ");
    assert!(with("texts/en.toml", &more)[0].contains("the manifest does not know OLD"));
}

#[test]
fn a_manifest_is_read_strictly() {
    let with = |from: &str, to: &str| {
        let mut files = package("fn order_check(ctx, plan) { plan.approve(\"FINE\"); }");
        files.insert("plugin.toml".to_owned(), MANIFEST.replace(from, to));
        lines(&files).join("\n")
    };
    for (from, to, expected) in [
        ("name = \"sample\"", "name = \"lint\"", "the name \"lint\" is taken"),
        ("name = \"sample\"", "name = \"Sample\"", "small letters"),
        ("api = 1", "api = 2", "this program speaks 1"),
        ("api = 1", "api = 1\ncolour = 3", "plugin.toml:6:1 error [manifest] unknown field `colour`"),
        ("\"task\"", "\"taks\"", "unknown permission \"taks\""),
        ("amount = \"money\"", "amount = \"cash\"", "code LATE: amount = \"cash\" is not one of"),
        ("call_them = \"call\"", "call_them = \"dance\"", "task call_them = \"dance\" is not one of call"),
        ("wait = [\"done\"]", "wait = [\"don\"]", "steps.demand: unknown state \"don\""),
        ("\"wait\", \"done\"]", "\"wait\", \"done\", \"default\"]", "\"default\" cannot be a state"),
        ("bounds = { hold_days = 30 }", "", "permission hold needs effects.bounds.hold_days"),
        ("[effects]", "[hooks.order_check]\non_error = \"none\"\n[effects]", "on_error may only be stricter"),
        ("[effects]", "[hooks.order_chek]\n[effects]", "unknown hook \"order_chek\""),
        ("[effects]", "[hooks.step_due]\n[effects]", "[hooks.step_due], but main.rhai has no fn step_due(ctx, plan)"),
        ("[effects]", "[hooks.order_check]\nlead_days = 3\n[effects]", "lead_days belongs to before_due"),
    ] {
        let found = with(from, to);
        assert!(found.contains(expected), "{to}\n{found}\nwithout {expected}");
    }
}

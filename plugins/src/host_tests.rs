//! The host as the engine sees it: sets, questions, failures, and everything a plan is checked for.

use crate::ScriptHost;
use crate::check::world::World;
use crate::package::{Files, content_hash};
use recoup_engine::words::asked::{About, Advice, CallStatus, Hook, OnFailure, PluginSet, Plugins, Question, StoredPackage, VoteKind};
use recoup_engine::words::effect::{EffectKind, FactValue};
use recoup_engine::words::facts::{DueSum, Facts};
use recoup_engine::words::id::TenantId;
use recoup_engine::words::money::Money;
use recoup_engine::words::question_facts::QuestionFacts;
use rhai::Map;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

const MANIFEST: &str = r#"
[plugin]
name = "sample"
version = "1.0.0"
api = 1
title = { en = "Sample", zh-CN = "示例" }
order = 100
HOOKS
[effects]
allow = ["decide:order_check", "decide:step_due", "task", "contact", "hold", "case", "step", "money", "legal", "credit", "tag"]
bounds = { hold_days = 30, max_rate = "0.03", pause_days = 14 }
[codes]
LATE = { amount = "money", day = "date", share = "rate", ok = "bool", kinds = "list" }
FINE = {}
[tasks]
call_them = "call"
[steps.demand]
states = ["begin", "wait"]
moves = { begin = ["wait"] }
max_days = 30
"#;
const SCHEMA: &str = r#"{ "type": "object", "additionalProperties": false, "properties": {
  "limit": { "type": "integer", "default": 5 }, "lead_days": { "type": "array", "items": { "type": "integer" }, "default": [30, 10] } } }"#;
const TEXTS: &str = "[codes]\nLATE = \"{{ amount }} late since {{ day }}, {{ share }}, {{ ok }}, {{ kinds }}.\"\nFINE = \"Fine.\"\n[tasks]\ncall_them = \"Call.\"\n";

fn files(hooks: &str, script: &str) -> Files {
    [
        ("plugin.toml", MANIFEST.replace("HOOKS", hooks)),
        ("settings.schema.json", SCHEMA.to_owned()),
        ("texts/en.toml", TEXTS.to_owned()),
        ("texts/zh-CN.toml", TEXTS.replace(" late since ", " 逾期自 ")),
        ("templates/letter.en.txt", "Dear".to_owned()),
        ("templates/letter.zh-CN.txt", "尊敬的".to_owned()),
        ("main.rhai", script.to_owned()),
    ]
    .into_iter()
    .map(|(path, text)| (path.to_owned(), text))
    .collect()
}

fn stored(files: Files) -> StoredPackage {
    StoredPackage {
        name: "sample".to_owned(),
        version: 7,
        hash: content_hash(&files),
        files: Arc::new(files),
        settings: json!({}),
        segment_settings: BTreeMap::new(),
    }
}

fn tenant(no: u128) -> TenantId {
    format!("ten_{}", ["01h455vb4pex5vsknk084sn02q", "01h455vb4pex5vsknk084sn02r"][usize::try_from(no).unwrap_or(0)]).parse().unwrap()
}

fn load(packages: Vec<StoredPackage>) -> Arc<dyn PluginSet> {
    ScriptHost::new().load(tenant(0), 1, packages)
}

fn question(function: &str) -> Question {
    let mut world = World::default();
    world.order(Map::new());
    world.item("2026-02-01", "90.00", "CNY");
    world.item("2026-04-01", "700.00", "CNY");
    world.question("sample", function).unwrap()
}

/// Asks one hook of `fn HOOK(ctx, plan) { BODY }`.
fn ask(hook: &str, body: &str) -> Advice {
    ask_about(&files("", &format!("fn {hook}(ctx, plan) {{ {body} }}")), question(hook))
}

fn ask_about(files: &Files, mut question: Question) -> Advice {
    if let About::Step { step } = &mut question.about {
        step.at = "begin".to_owned();
    }
    let asked = load(vec![stored(files.clone())]).ask(&question);
    let [advice] = asked.advice.as_slice() else { panic!("one plugin was asked: {asked:?}") };
    advice.clone()
}

fn refused(hook: &str, body: &str, part: &str) {
    let advice = ask(hook, body);
    let message = advice.error.as_ref().map_or("", |error| error.message.as_str());
    assert_eq!(advice.status, CallStatus::Error, "{hook}: {body}");
    assert!(message.contains(part), "{body}\n{message}\nwithout {part}");
    assert!(advice.votes.is_empty() && advice.effects.is_empty(), "{body}: a bad effect drops the whole plan");
}

#[test]
fn a_vote_carries_its_sentence_in_both_languages_its_figures_and_its_line() {
    let body = "\n plan.hold(\"LATE\", #{ amount: money(\"9.005\", \"CNY\"), day: ctx.today, share: 0.95, ok: true, kinds: [\"a\", \"b\"] })\n\
                .pay_to_release(ctx.open_items.overdue_by(0).total()).for_items(ctx.open_items.overdue_by(0)).expires_on(ctx.today.add_days(3));";
    let advice = ask("order_check", body);
    assert_eq!((advice.status, &advice.error), (CallStatus::Ok, &None));
    let [vote] = advice.votes.as_slice() else { panic!("{advice:?}") };
    assert_eq!((vote.vote, vote.line, advice.source(vote.line).as_str()), (VoteKind::Hold, 2, "sample@7:2"));
    assert_eq!(vote.text.en, "CNY 9.01 late since 2026-03-10, 0.95, yes, a, b.");
    assert_eq!(vote.text.zh, "CNY 9.01 逾期自 2026-03-10, 0.95, 是, a、b.");
    assert_eq!(vote.values.get("amount.exact"), Some(&FactValue::Text("9.005".to_owned())), "the record shows the exact amount too");
    assert_eq!(vote.pay_to_release.map(|money| money.amount()), Some("90.00".to_owned()));
    assert_eq!((vote.items.len(), vote.expires_on.map(|day| day.to_string())), (1, Some("2026-03-13".to_owned())));
    assert!(advice.operations > 10 && advice.budget == 20_000 + 200 * 3, "{} of {}", advice.operations, advice.budget);
}

#[test]
fn a_hold_without_a_date_ends_with_the_bound_of_the_manifest() {
    let advice = ask("order_check", "plan.hold(\"FINE\");");
    assert_eq!(advice.votes[0].expires_on.map(|day| day.to_string()), Some("2026-04-09".to_owned()));
    let advice = ask("daily_account", "plan.place_hold(\"FINE\");");
    let EffectKind::PlaceHold { expires_on, .. } = &advice.effects[0].kind else { panic!("{advice:?}") };
    assert_eq!(expires_on.to_string(), "2026-04-09");
}

#[test]
fn one_bad_effect_drops_the_whole_plan_and_says_why() {
    for (hook, body, part) in [
        ("order_check", "plan.approve(\"FINE\"); plan.hold(\"NOPE\");", "code NOPE is not in the manifest's [codes]"),
        ("order_check", "plan.hold(\"LATE\", #{ amount: 5 });", "amount is not of type money"),
        ("order_check", "plan.hold(\"LATE\");", "code LATE needs the value amount"),
        ("order_check", "plan.hold(\"FINE\").expires_on(ctx.today.add_days(31));", "is more than 30 days away"),
        ("order_check", "plan.hold(\"FINE\").expires_on(ctx.today.add_days(-1));", "lies before today"),
        ("order_check", "plan.hold(\"FINE\").pay_to_release(money(\"1\", \"USD\"));", "and in CNY"),
        ("order_check", "plan.hold(\"FINE\", 5);", "after a code follows a map of values or a text"),
        ("order_check", "plan.hold(\"FINE\", #{ x: () });", "value x: it is ()"),
        ("order_check", "plan.release_partial(money(\"0\", \"CNY\"), \"FINE\");", "is nothing to release"),
        ("order_check", "plan.request_approval(\"boss\", \"FINE\");", "unknown role \"boss\""),
        ("order_check", "plan.skip(\"FINE\");", "skip is no vote of order_check"),
        ("order_check", "plan.notice(\"payer\", \"letter\");", "notice is no effect of order_check"),
        ("step_due", "plan.defer(ctx.today, \"FINE\");", "which is not after today"),
        ("daily_account", "plan.approve(\"FINE\");", "approve is no vote of daily_account"),
        ("daily_account", "plan.task(\"collector\", \"dance\", ctx.today);", "task dance is not in the manifest"),
        ("daily_account", "plan.task(\"collector\", \"call_them\", ctx.today.add_days(366));", "more than 365 days away"),
        ("daily_account", "plan.notice(\"boss\", \"letter\");", "unknown contact role"),
        ("daily_account", "plan.notice(\"payer\", \"nope\");", "template nope is not there in both languages"),
        ("daily_account", "plan.notice(\"payer\", \"letter\").channel(\"pigeon\");", "unknown channel"),
        ("daily_account", "plan.pause(ctx.today.add_days(15), \"FINE\");", "more than 14 days away"),
        ("daily_account", "plan.set_priority(101);", "outside 0 to 100"),
        ("daily_account", "plan.tag(\"Not A Tag\");", "cannot be a label"),
        ("daily_account", "plan.handoff(\"police\", \"FINE\");", "unknown handoff"),
        ("daily_account", "let t = \"\"; t.pad(501, \"x\"); plan.note(t);", "at most 500 characters"),
        ("daily_account", "for i in 0..21 { plan.note(\"x\"); }", "at most 20 notes"),
        ("before_due", "plan.offer(0.031, ctx.today.add_days(1), \"FINE\");", "rate 0.031 lies outside 0 to 0.03"),
        ("before_due", "plan.offer(0.0, ctx.today.add_days(1), \"FINE\");", "outside 0 to"),
        ("before_due", "plan.offer(0.01, ctx.item.due_on, \"FINE\");", "not before the due date"),
        ("step_demand", "plan.note(\"x\");", "this call said none"),
        ("step_demand", "plan.step_done(\"FINE\"); plan.step_wait(ctx.today.add_days(1));", "exactly one of step_to"),
        ("step_demand", "plan.step_to(\"begin\", ctx.today.add_days(1));", "from begin there is no move to begin"),
        ("step_demand", "plan.step_wait(ctx.today);", "a step wakes after today"),
        ("step_demand", "plan.step_wait(ctx.today.add_days(31));", "more than 30 days away"),
        ("legal_packet", "plan.step_done(\"FINE\");", "step_done is no effect of legal_packet"),
        ("usable_limit", "plan.usable(ctx.limit * 2, \"FINE\");", "is not usable: at least nothing and at most the limit"),
    ] {
        refused(hook, body, part);
    }
}

#[test]
fn what_was_refused_cannot_be_caught_away() {
    refused("order_check", "try { plan.hold(\"FINE\", 5); } catch {} plan.approve(\"FINE\");", "after a code follows");
}

#[test]
fn without_the_permission_nothing_of_the_plan_counts() {
    let mut files = files("", "fn order_check(ctx, plan) { plan.hold(\"FINE\"); }");
    let manifest = files["plugin.toml"].replace("\"decide:order_check\", ", "");
    files.insert("plugin.toml".to_owned(), manifest);
    let advice = ask_about(&files, question("order_check"));
    assert!(advice.error.unwrap().message.contains("does not allow decide:order_check"));
}

#[test]
fn effects_arrive_complete() {
    let advice = ask(
        "daily_account",
        "plan.task(\"collector\", \"call_them\", ctx.today, #{ n: 1 }); plan.tag(\"vip\"); plan.notice(\"payer\", \"letter\").about(ctx.open_items).send_on(ctx.today);
         plan.alert(\"manager\", \"FINE\"); plan.metric(\"seen\", 2); plan.set_priority(70); plan.assign(\"manager\"); print(`n ${1 + 1}`);",
    );
    assert_eq!((advice.status, advice.error.as_ref()), (CallStatus::Ok, None));
    assert_eq!(advice.notes, ["n 2"]);
    let kinds: Vec<String> = advice.effects.iter().map(|effect| format!("{:?}", effect.kind)).collect();
    assert!(kinds[0].contains("activity: \"call\""), "{kinds:?}");
    assert_eq!(advice.effects[0].values.get("text.en"), Some(&FactValue::Text("Call.".to_owned())));
    assert!(kinds[1].contains("sample:vip"), "{kinds:?}");
    let EffectKind::Notice { template, items, .. } = &advice.effects[2].kind else { panic!("{kinds:?}") };
    assert_eq!((template.as_str(), items.len()), ("sample/letter", 2));
    assert_eq!(advice.effects[3].values.get("text.zh-CN"), Some(&FactValue::Text("Fine.".to_owned())));
    let offered =
        ask("before_due", "let o = plan.offer(0.01, ctx.today.add_days(5), \"FINE\"); plan.notice(\"payer\", \"letter\").about_offer(o);");
    let EffectKind::Notice { offer, .. } = &offered.effects[1].kind else { panic!("{offered:?}") };
    assert_eq!(*offer, Some(0));
}

#[test]
fn a_failure_means_what_the_hook_says_unless_the_manifest_is_stricter() {
    for (hook, own) in [
        ("order_check", OnFailure::Core),
        ("step_due", OnFailure::Core),
        ("step_demand", OnFailure::Stay),
        ("before_due", OnFailure::None),
        ("daily_account", OnFailure::None),
        ("legal_packet", OnFailure::Block),
        ("usable_limit", OnFailure::Core),
    ] {
        let advice = ask(hook, "throw \"no\";");
        assert_eq!((advice.status, advice.on_failure), (CallStatus::Error, own), "{hook}");
        assert_eq!(advice.error.as_ref().map(|error| (error.message.as_str(), error.line)), Some(("no", 1)), "{hook}");
        let stricter = files(&format!("[hooks.{hook}]\non_error = \"block\""), &format!("fn {hook}(ctx, plan) {{ loop {{}} }}"));
        let advice = ask_about(&stricter, question(hook));
        assert_eq!((advice.status, advice.on_failure), (CallStatus::Limit, OnFailure::Block), "{hook}");
    }
}

#[test]
fn a_package_that_cannot_be_loaded_answers_every_question_of_its_hooks_with_a_failure() {
    let broken = [
        files("", "fn order_check(ctx, plan) { let }"),
        files("colour = 1", "fn order_check(ctx, plan) { }"),
        files("", "fn order_check(ctx, plan) { } loop {}"),
    ];
    for files in broken {
        let set = load(vec![stored(files)]);
        assert!(set.has(Hook::OrderCheck) && !set.has(Hook::DailyAccount));
        let asked = set.ask(&question("order_check"));
        assert_eq!((asked.advice[0].status, asked.advice[0].on_failure), (CallStatus::Error, OnFailure::Core));
        assert!(asked.advice[0].error.is_some());
        assert!(set.ask(&question("daily_account")).advice.is_empty());
    }
    let mut bad_settings = stored(files("", "fn order_check(ctx, plan) { }"));
    bad_settings.settings = json!({ "limit": "five" });
    let asked = load(vec![bad_settings]).ask(&question("order_check"));
    assert_eq!(asked.advice[0].error.as_ref().map(|error| error.file.as_str()), Some("settings"));
}

#[test]
fn accounts_the_manifest_leaves_out_never_enter_the_script() {
    let script = "fn order_check(ctx, plan) { plan.hold(\"FINE\"); }";
    for (when, expected) in [
        ("segments = [\"dealer\"]", CallStatus::Filtered),
        ("min_overdue = \"90.01\"", CallStatus::Filtered),
        ("min_overdue = \"90.00\"", CallStatus::Ok),
        ("tags = [\"vip\"]", CallStatus::Filtered),
        ("grades = [\"A\"]", CallStatus::Filtered),
    ] {
        let files = files(&format!("[hooks.order_check]\nwhen = {{ {when} }}"), script);
        assert_eq!(ask_about(&files, question("order_check")).status, expected, "{when}");
    }
}

#[test]
fn settings_come_from_the_tenant_and_where_it_has_them_from_the_segment() {
    let mut package = stored(files("", "fn order_check(ctx, plan) { plan.pass(\"FINE\", `${ctx.settings.limit}`); }"));
    package.settings = json!({ "limit": 6 });
    package.segment_settings = BTreeMap::from([("dealer".to_owned(), json!({ "limit": 9 }))]);
    let set = load(vec![package]);
    let mut world = World::default();
    world.account("segment", "dealer");
    let dealer = world.question("sample", "order_check").unwrap();
    let said = |question: &Question| set.ask(question).advice[0].votes[0].text.en.clone();
    assert_eq!((said(&question("order_check")), said(&dealer)), ("6".to_owned(), "9".to_owned()));
}

#[test]
fn plugins_are_asked_in_their_order_and_each_sees_the_same_facts() {
    let one = |name: &str, order: i64| {
        let mut files = files("", "fn order_check(ctx, plan) { plan.pass(\"FINE\", ctx.core.decision); }");
        let manifest = files["plugin.toml"].replace("\"sample\"", &format!("{name:?}")).replace("order = 100", &format!("order = {order}"));
        files.insert("plugin.toml".to_owned(), manifest);
        StoredPackage { name: name.to_owned(), ..stored(files) }
    };
    let asked = load(vec![one("zeta", 100), one("alpha", 200), one("beta", 100)]).ask(&question("order_check"));
    let names: Vec<&str> = asked.advice.iter().map(|advice| advice.plugin.as_str()).collect();
    assert_eq!(names, ["beta", "zeta", "alpha"]);
    assert!(asked.advice.iter().all(|advice| advice.votes[0].text.en == "approve"));
}

#[test]
fn a_set_tells_what_it_needs_and_when_it_wants_to_be_asked() {
    let hooks = "[hooks.before_due]\nlead_days = \"setting:lead_days\"\n[hooks.daily_account]\nevery_days = 7";
    let script = "fn before_due(ctx, plan) { look(ctx); } fn look(ctx) { ctx.open_items.total() }
                  fn daily_account(ctx, plan) { ctx.holds.mine().len } fn step_demand(ctx, plan) { plan.step_done(\"FINE\") }
                  fn order_check(ctx, plan) { ctx.totals.open }";
    let set = load(vec![stored(files(hooks, script))]);
    assert_eq!((set.lead_days(), set.daily_every()), ([30, 10].as_slice(), Some(7)));
    assert!(set.needs(Hook::BeforeDue).open_items && !set.needs(Hook::BeforeDue).holds);
    assert!(set.needs(Hook::DailyAccount).holds && !set.needs(Hook::OrderCheck).open_items);
    let step = set.step_type("sample.demand").unwrap();
    assert_eq!((step.first.as_str(), step.max_days), ("begin", 30));
    assert!(set.step_type("sample.other").is_none() && set.step_type("other.demand").is_none());
    assert_eq!(set.template("sample/letter", "zh-CN").as_deref(), Some("尊敬的"));
    assert_eq!(set.template("sample/letter", "de").as_deref(), Some("Dear"));
    let mut other = question("step_demand");
    if let About::Step { step } = &mut other.about {
        step.step_type = "samplemore.demand".to_owned();
    }
    assert!(set.ask(&other).advice.is_empty(), "a custom step is asked of its own plugin alone");
}

#[test]
fn the_host_keeps_the_newest_set_of_each_tenant() {
    let host = ScriptHost::new();
    let package = stored(files("", "fn order_check(ctx, plan) { }"));
    assert!(host.at(tenant(0), 1).is_none());
    host.load(tenant(0), 2, vec![package.clone()]);
    host.load(tenant(0), 1, Vec::new());
    assert!(host.at(tenant(0), 2).is_some_and(|set| set.has(Hook::OrderCheck)));
    assert!(host.at(tenant(0), 1).is_none() && host.at(tenant(1), 2).is_none());
}

#[test]
fn the_same_facts_give_the_same_plan_every_time() {
    let set = load(vec![stored(files(
        "",
        "fn order_check(ctx, plan) { plan.hold(\"FINE\").for_items(ctx.open_items); print(ctx.bucket(\"x\", 100)); }",
    ))]);
    let question = question("order_check");
    let plain = |advice: &Advice| serde_json::to_string(&Advice { cpu_us: 0, ..advice.clone() }).unwrap();
    let first = plain(&set.ask(&question).advice[0]);
    for _ in 0..100 {
        assert_eq!(plain(&set.ask(&question).advice[0]), first);
    }
}

/// The facts of an account with more items than the hook may see.
fn cut(mut question: Question) -> Question {
    let mut facts = Facts::clone(question.facts.account().unwrap());
    let money = |minor| Money::new(minor, facts.account.currency);
    facts.open_items.is_cut = true;
    facts.open_items.by_due = vec![
        DueSum { due_on: "2026-02-01".parse().unwrap(), open: money(900_000), disputed: money(100_000), count: 50 },
        DueSum { due_on: "2026-04-01".parse().unwrap(), open: money(70_000), disputed: money(0), count: 3 },
    ];
    question.facts = QuestionFacts::Account(Arc::new(facts));
    question
}

#[test]
fn on_a_cut_list_sums_and_date_filters_stay_exact_and_row_filters_raise() {
    let say = |expression: &str| {
        let files =
            files("", &format!("fn order_check(ctx, plan) {{ let l = ctx.open_items; plan.pass(\"FINE\", `${{{expression}}}`); }}"));
        let advice = ask_about(&files, cut(question("order_check")));
        advice.error.map_or_else(|| advice.votes[0].text.en.clone(), |error| error.message)
    };
    for (expression, expected) in [
        ("l.total()", "CNY 9,700.00"),
        ("l.len", "53"),
        ("l.is_cut", "true"),
        ("l.undisputed().total()", "CNY 8,700.00"),
        ("l.overdue_by(36).total()", "CNY 9,000.00"),
        ("l.overdue_by(37).total()", "CNY 0.00"),
        ("l.overdue_by(0).undisputed().len", "50"),
        ("l.due_within(22).total()", "CNY 700.00"),
        ("l.due_within(21).is_empty", "true"),
        ("l.oldest_days()", "37"),
        ("l.oldest().open", "CNY 90.00"),
        ("l.with_part(\"whole\").len", "with_part needs every row, and this list is cut; ask .is_cut first"),
        ("l.of_order(\"x\").len", "of_order needs every row, and this list is cut; ask .is_cut first"),
        ("l.before_batch(1).len", "before_batch needs every row, and this list is cut; ask .is_cut first"),
        ("l.paid_share()", "paid_share needs every row, and this list is cut; ask .is_cut first"),
    ] {
        assert_eq!(say(expression), expected, "{expression}");
    }
}

#[test]
fn a_hold_for_the_items_of_a_cut_list_is_lifted_by_its_amount_alone() {
    let files = files("", "fn order_check(ctx, plan) { plan.hold(\"FINE\").for_items(ctx.open_items.overdue_by(0)); }");
    let advice = ask_about(&files, cut(question("order_check")));
    assert!(advice.votes[0].items.is_empty());
    assert_eq!(advice.votes[0].pay_to_release.map(|money| money.amount()), Some("9000.00".to_owned()));
}

#[test]
fn only_its_own_holds_can_be_released_by_a_plugin() {
    let script = "fn daily_account(ctx, plan) { for hold in ctx.holds.mine() { plan.release_hold(hold); } plan.metric(\"mine\", ctx.holds.mine().len); }";
    let mut world = World::default();
    world.hold("sample@3:9");
    world.hold("other");
    let question = world.question("sample", "daily_account").unwrap();
    let advice = ask_about(&files("", script), question.clone());
    assert_eq!(advice.effects.iter().filter(|effect| matches!(effect.kind, EffectKind::ReleaseHold { .. })).count(), 1);
    let all = "fn daily_account(ctx, plan) { for hold in ctx.holds { plan.release_hold(hold); } }";
    let advice = ask_about(&files("", all), question);
    assert!(advice.error.unwrap().message.contains("only a hold this plugin placed"));
}

#[test]
fn a_thing_kept_from_another_call_is_refused() {
    use crate::limits::Allowance;
    use crate::words::WORDS;
    use crate::words::ctx::{Ctx, Shown};
    // No script can keep anything, so the other call's list comes in through the settings.
    let (mine, other) = (Shown::new(&question("daily_account")), Shown::new(&question("daily_account")));
    let items = rhai::Dynamic::from(crate::words::items::Items::all(other.seen().unwrap()));
    let settings = Map::from([("kept".into(), items)]);
    let ctx = Ctx { shown: mine, settings: Ok(Arc::new(settings)), params: None, plugin: Arc::from("sample") };
    let script = crate::compile::compile("main.rhai", "fn f(ctx, plan) { plan.place_hold(\"X\").for_items(ctx.settings.kept); }").unwrap();
    let ran = crate::sandbox::call(&WORDS.module, &script.ast, "f", ctx, Allowance { operations: 1_000, cpu: None });
    assert_eq!(ran.end.unwrap_err().error.message, "these items belong to another call");
}

#[test]
fn the_engine_is_free_to_call_from_many_threads() {
    let set = load(vec![stored(files("", "fn order_check(ctx, plan) { plan.hold(\"FINE\"); }"))]);
    let question = question("order_check");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..50).for_each(|_| assert_eq!(set.ask(&question).advice[0].status, CallStatus::Ok)));
        }
    });
}

#[test]
fn a_call_can_be_measured_against_a_bare_engine() {
    use crate::measure::{Bare, Prepared};
    let prepared = Prepared::new(&files("", "fn order_check(ctx, plan) { plan.hold(\"FINE\"); }"), "order_check").unwrap();
    let question = question("order_check");
    assert!(prepared.guarded(&question).unwrap() > 0);
    prepared.bare(&Bare::new(), &question).unwrap();
    assert!(Prepared::new(&files("", "fn order_check(ctx, plan) {"), "order_check").is_err());
}

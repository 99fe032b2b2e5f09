//! What a plugin remembers, what an action may do, and what becomes of a version that keeps failing, as the engine sees it.

use crate::ScriptHost;
use crate::check::world::World;
use crate::package::{Files, content_hash};
use recoup_engine::words::asked::{Advice, CallStatus, Plugins, Question, StoredPackage};
use recoup_engine::words::effect::{EffectKind, FactValue};
use recoup_engine::words::id::TenantId;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

fn files(script: &str) -> Files {
    let manifest = r#"
[plugin]
name = "memory"
version = "1.0.0"
api = 1
title = { en = "Memory", zh-CN = "记忆" }
[effects]
allow = ["state", "task", "tag"]
[actions.tell]
summary = { en = "Tells", zh-CN = "答复" }
subject = "account"
effects = ["state"]
"#;
    let result = r#"{ "type": "object", "additionalProperties": false, "properties": { "times": { "type": "integer" }, "owed": { "type": "object", "format": "money" } } }"#;
    let params = r#"{ "type": "object", "additionalProperties": false, "properties": { "more": { "type": "integer", "default": 1 }, "amount": { "type": "object", "format": "money" }, "on": { "type": "string", "format": "date" } } }"#;
    [("plugin.toml", manifest), ("main.rhai", script), ("actions/tell.result.json", result), ("actions/tell.params.json", params)]
        .map(|(path, text)| (path.to_owned(), text.to_owned()))
        .into()
}

fn stored(script: &str, version: i64) -> StoredPackage {
    let files = files(script);
    StoredPackage {
        name: "memory".to_owned(),
        version,
        hash: content_hash(&files),
        files: Arc::new(files),
        settings: json!({}),
        segment_settings: BTreeMap::new(),
    }
}

fn tenant() -> TenantId {
    format!("ten_{:026}", 7).parse().unwrap()
}

fn ask(script: &str, world: &World, hook: &str) -> Advice {
    let set = ScriptHost::new().load(tenant(), 1, vec![stored(script, 1)]);
    assert!(set.troubles().is_empty(), "{:?}", set.troubles());
    set.ask(&world.question("memory", hook).unwrap()).advice.remove(0)
}

fn remembering(key: &str, value: FactValue) -> World {
    let mut world = World::default();
    world.state.entry("memory".to_owned()).or_default().insert(key.to_owned(), value);
    world
}

#[test]
fn what_was_remembered_is_read_back_and_only_by_its_own_plugin() {
    let script = "fn daily_account(ctx, plan) { let n = ctx.state.get(\"n\"); if n == () { n = 0; } plan.remember(\"n\", n + 1); }";
    let kinds = |world: &World| ask(script, world, "daily_account").effects.into_iter().map(|effect| effect.kind).collect::<Vec<_>>();
    let first = EffectKind::Remember { key: "n".to_owned(), value: FactValue::Int(1) };
    assert_eq!(kinds(&World::default()), std::slice::from_ref(&first));
    assert_eq!(kinds(&remembering("n", FactValue::Int(4))), [EffectKind::Remember { key: "n".to_owned(), value: FactValue::Int(5) }]);
    let mut other = World::default();
    other.state.entry("another".to_owned()).or_default().insert("n".to_owned(), FactValue::Int(9));
    assert_eq!(kinds(&other), [first]);
}

#[test]
fn a_plugin_remembers_sixty_four_things_and_sixteen_kibibytes_and_no_more() {
    let body = |body: &str| format!("fn daily_account(ctx, plan) {{ {body} }}");
    let of = |script: &str, world: &World| ask(&body(script), world, "daily_account");
    let fine = of("for i in 0..63 { plan.remember(`k${i}`, i); }", &remembering("old", FactValue::Bool(true)));
    assert_eq!((fine.status, fine.effects.len()), (CallStatus::Ok, 63), "{:?}", fine.error);
    let many = of("for i in 0..64 { plan.remember(`k${i}`, i); }", &remembering("old", FactValue::Bool(true)));
    assert!(many.error.is_some_and(|error| error.message.contains("at most 64 things") && error.line == 1) && many.effects.is_empty());
    let swapped = of("plan.forget(\"old\"); for i in 0..63 { plan.remember(`k${i}`, i); }", &remembering("old", FactValue::Bool(true)));
    assert_eq!(swapped.status, CallStatus::Ok, "{:?}", swapped.error);
    let long = of("let t = \"\"; t.pad(4000, \"x\"); for i in 0..5 { plan.remember(`k${i}`, t); }", &World::default());
    assert!(long.error.is_some_and(|error| error.message.contains("16384 bytes")));
    for (script, part) in [("plan.remember(\"Not a name\", 1);", "cannot be remembered"), ("plan.remember(\"k\", #{});", "cannot be said")]
    {
        assert!(of(script, &World::default()).error.is_some_and(|error| error.message.contains(part)), "{script}");
    }
}

#[test]
fn an_action_sees_typed_parameters_and_answers_by_its_schema() {
    let script = "fn action_tell(ctx, plan) { let p = ctx.params;\n if p.on != () { throw p.on.add_days(1).to_string(); }\n plan.answer(#{ times: p.more + 1, owed: p.amount }); }";
    let mut world = World::default();
    world.params.insert("more".to_owned(), json!(4));
    world.params.insert("amount".to_owned(), json!({ "amount": "7.50", "currency": "USD" }));
    let advice = ask(script, &world, "action_tell");
    let wanted = EffectKind::Answer { answer: json!({ "times": 5, "owed": { "amount": "7.50", "currency": "USD" } }) };
    assert_eq!(advice.effects.iter().map(|effect| &effect.kind).collect::<Vec<_>>(), [&wanted], "{:?}", advice.error);
    world.params.insert("on".to_owned(), json!("2026-02-28"));
    assert!(ask(script, &world, "action_tell").error.is_some_and(|error| error.message.contains("2026-03-01")));
    let silent = ask("fn action_tell(ctx, plan) { }", &World::default(), "action_tell");
    assert_eq!(silent.effects.len(), 1, "an empty answer, which this schema takes: {:?}", silent.error);
}

#[test]
fn an_action_does_no_more_than_its_own_list_says() {
    let refused = |body: &str, part: &str| {
        let advice = ask(&format!("fn action_tell(ctx, plan) {{ {body} }}"), &World::default(), "action_tell");
        let message = advice.error.map_or_else(String::new, |error| error.message);
        assert!(message.contains(part) && advice.effects.is_empty(), "{body}: {message}");
    };
    refused("plan.tag(\"x\");", "[actions.tell] does not list tag");
    refused("plan.answer(#{ other: 1 });", "does not fit actions/tell.result.json");
    refused("plan.answer(#{ times: 1.5 });", "does not fit");
    refused("plan.answer(#{}); plan.answer(#{});", "answers once");
    refused("plan.approve(\"X\");", "approve is no vote of action");
    let daily = ask("fn daily_account(ctx, plan) { plan.tag(\"x\"); }", &World::default(), "daily_account");
    assert_eq!(daily.status, CallStatus::Ok, "what the package may do elsewhere it still may: {:?}", daily.error);
    let asked = ask("fn daily_account(ctx, plan) { plan.answer(#{}); }", &World::default(), "daily_account");
    assert!(asked.error.is_some_and(|error| error.message.contains("answer is no effect of daily_account")));
}

#[test]
fn a_version_that_fails_on_several_accounts_is_not_heard_for_a_while_whatever_set_it_stands_in() {
    let host = ScriptHost::new();
    let bad = || vec![stored("fn daily_account(ctx, plan) { throw \"no\"; }", 1)];
    let questions: Vec<Question> = (0..5).map(|_| World::default().question("memory", "daily_account").unwrap()).collect();
    let status = |set: &dyn recoup_engine::words::asked::PluginSet, question: &Question| set.ask(question).advice[0].status;
    let distinct: std::collections::BTreeSet<_> = questions.iter().map(|question| question.facts.account().unwrap().account.id).collect();
    let set = host.load(tenant(), 1, bad());
    for question in questions.iter().cycle().take(4) {
        assert_eq!(status(&*set, question), CallStatus::Error);
    }
    assert_eq!(distinct.len(), 5, "every world has an account of its own");
    assert_eq!(status(&*set, &questions[4]), CallStatus::Error, "the fifth opens it");
    assert_eq!(status(&*set, &questions[0]), CallStatus::Breaker);
    let again = host.load(tenant(), 2, bad());
    assert_eq!(status(&*again, &questions[0]), CallStatus::Breaker, "another set forgives nothing");
    let better = host.load(tenant(), 3, vec![stored("fn daily_account(ctx, plan) { }", 2)]);
    assert_eq!(status(&*better, &questions[0]), CallStatus::Ok, "another version is another");
    assert!(host.last_call(tenant()).is_some() && host.take_alarms().is_empty());
}

//! `t`: what a script test can set up, ask and look at.

use crate::ask::Asking;
use crate::check::recorded;
use crate::check::settle::{self, Outcome};
use crate::check::world::World;
use crate::hooks::hook_of;
use crate::package::{Files, Package};
use crate::plan::value;
use crate::watch::Watch;
use crate::words::date::Date;
use crate::words::money::Money;
use crate::words::table::{Fallible, IntoScript, Table, raise};
use recoup_engine::words::action::ActionSubject;
use recoup_engine::words::asked::{About, Question};
use recoup_engine::words::effect::FactValue;
use recoup_engine::words::error::Error;
use recoup_engine::words::fixture::Fixture;
use rhai::{Dynamic, Map, NativeCallContext as Call};
use serde_json::Value;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// One test's world and what came of its last question.
#[derive(Clone, Debug)]
pub(super) struct Tester {
    package: Arc<Package>,
    files: Arc<Files>,
    watcher: Option<Watcher>,
    state: Arc<Mutex<State>>,
}

/// Who counts the statements that are reached.
#[derive(Clone)]
struct Watcher(Arc<dyn Watch>);

impl std::fmt::Debug for Watcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Watcher")
    }
}

#[derive(Debug, Default)]
struct State {
    world: World,
    /// Did the test change the world?
    is_set: bool,
    /// The question of a file, in place of the world.
    fixture: Option<Fixture>,
    settings: serde_json::Map<String, Value>,
    outcome: Option<Outcome>,
}

impl Tester {
    pub(super) fn new(package: &Arc<Package>, files: &Arc<Files>, watcher: Option<Arc<dyn Watch>>) -> Self {
        Self { package: Arc::clone(package), files: Arc::clone(files), watcher: watcher.map(Watcher), state: Arc::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, change: impl FnOnce(&mut World)) {
        let mut state = self.state();
        change(&mut state.world);
        state.is_set = true;
    }

    /// Takes the question of a file in `tests/` in place of the world.
    fn fixture(&self, file: &str) -> Fallible<()> {
        let path = format!("tests/{file}");
        let Some(text) = self.files.get(&path) else {
            let known = self.files.keys().filter_map(|path| path.strip_prefix("tests/")).filter(|path| path.ends_with(".json"));
            let hint = crate::diagnostic::did_you_mean(file, known).unwrap_or_default();
            return raise(format!("there is no file {path} in this package: {hint}"));
        };
        let fixture = Fixture::read(text).or_else(|error| raise(format!("{path}: {}", error.detail())))?;
        self.state().fixture = Some(fixture);
        Ok(())
    }

    /// What is asked, and with which settings.
    fn asked(&self, function: &str) -> Fallible<(Question, Value)> {
        let mut state = self.state();
        let state = &mut *state;
        let Some(fixture) = &state.fixture else {
            if self.is_without_account(function) && state.world.has_account() {
                return raise(format!("{function} is about no account: set t.today, t.currency, t.params, t.requester and t.setting only"));
            }
            let mut question = state.world.question_of(&self.package, function)?;
            self.first_state(&mut question, function);
            return Ok((question, Value::Object(state.settings.clone())));
        };
        if state.is_set {
            return raise("a fixture is the whole world: only settings can be changed beside it");
        }
        if recorded::function(&self.package, &fixture.about).as_deref() != Some(function) {
            return raise(format!("the fixture asks {}, not {function}", fixture.about.hook()));
        }
        let mut settings = fixture.settings.as_object().cloned().unwrap_or_default();
        settings.extend(state.settings.clone());
        Ok((fixture.question(), Value::Object(settings)))
    }

    /// Does this function answer an action about no account?
    fn is_without_account(&self, function: &str) -> bool {
        let action = function.strip_prefix("action_").and_then(|name| self.package.manifest.actions.get(name));
        action.is_some_and(|action| action.subject == ActionSubject::None)
    }

    fn setting(&self, key: &str, given: Dynamic) -> Fallible<()> {
        if !self.package.schema.keys().any(|known| known == key) {
            let hint = crate::diagnostic::did_you_mean(key, self.package.schema.keys()).unwrap_or_default();
            return raise(format!("there is no setting {key}: {hint}"));
        }
        let value = json(given)?;
        self.state().settings.insert(key.to_owned(), value);
        Ok(())
    }

    fn run(&self, function: &str) -> Fallible<()> {
        if !self.package.script.functions.contains_key(function) || hook_of(function).is_none() {
            return raise(format!("this package has no hook {function}"));
        }
        let (question, settings) = self.asked(function)?;
        let ready = recorded::ready(&self.package, &settings).or_else(raise)?;
        let watcher = self.watcher.as_ref().map(|watcher| Arc::clone(&watcher.0));
        let (ran, _) = Asking::new(&ready, &question).run_watched(function, watcher);
        self.state().outcome = Some(settle::outcome(&question, &self.package.manifest, function, ran));
        Ok(())
    }

    /// A step whose state the test did not set stands in its first one.
    fn first_state(&self, question: &mut Question, function: &str) {
        if let About::Step { step } = &mut question.about
            && step.at.is_empty()
        {
            let kind = function.strip_prefix("step_").unwrap_or(function);
            let first = self.package.manifest.steps.get(kind).and_then(|options| options.states.first());
            step.at = first.cloned().unwrap_or_default();
        }
    }

    fn look<R>(&self, look: impl FnOnce(&Outcome) -> R) -> Fallible<R> {
        match &self.state().outcome {
            Some(outcome) => Ok(look(outcome)),
            None => raise("nothing was asked yet: t.run(\"order_check\")"),
        }
    }

    /// What the test looks at; a hook that failed has no answer to look at.
    fn answer<R>(&self, look: impl FnOnce(&Outcome) -> R) -> Fallible<R> {
        let (failed, value) = self.look(|outcome| (outcome.error.clone(), look(outcome)))?;
        match failed {
            None => Ok(value),
            Some(error) => raise(format!("the hook failed at line {}: {}", error.line, error.message)),
        }
    }
}

/// A script value as JSON, the way settings are stored.
fn json(value: Dynamic) -> Fallible<Value> {
    if let Some(money) = value.clone().try_cast::<Money>() {
        let money = money.rounded()?;
        return Ok(serde_json::json!({"amount": money.amount(), "currency": money.currency().as_str()}));
    }
    if let Some(map) = value.clone().try_cast::<Map>() {
        let pairs = map.into_iter().map(|(key, value)| Ok((key.to_string(), json(value)?)));
        return pairs.collect::<Fallible<serde_json::Map<_, _>>>().map(Value::Object);
    }
    if let Some(list) = value.clone().try_cast::<rhai::Array>() {
        return list.into_iter().map(json).collect::<Fallible<Vec<_>>>().map(Value::Array);
    }
    match value::one(value) {
        Ok(FactValue::Int(number)) => Ok(Value::from(number)),
        Ok(FactValue::Bool(truth)) => Ok(Value::from(truth)),
        Ok(FactValue::Text(text)) => Ok(Value::from(text)),
        Ok(FactValue::Money(_) | FactValue::List(_)) => raise("this cannot be a setting"),
        Err(why) => raise(why),
    }
}

/// Two values of a test, as they are compared.
fn same(a: &Dynamic, b: &Dynamic) -> bool {
    let number = |value: &Dynamic| value.as_decimal().ok().or_else(|| value.as_int().ok().map(rust_decimal::Decimal::from));
    match (number(a), number(b)) {
        (Some(a), Some(b)) => return a == b,
        (None, None) => {}
        _ => return false,
    }
    match (a.is::<Money>(), b.is::<Money>(), a.is::<Date>(), b.is::<Date>()) {
        (true, true, ..) => return a.clone().cast::<Money>() == b.clone().cast::<Money>(),
        (.., true, true) => return a.clone().cast::<Date>() == b.clone().cast::<Date>(),
        (false, false, false, false) => {}
        _ => return false,
    }
    match (a.clone().try_cast::<rhai::Array>(), b.clone().try_cast::<rhai::Array>()) {
        (Some(a), Some(b)) => a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| same(a, b)),
        (None, None) => a.type_id() == b.type_id() && a.to_string() == b.to_string(),
        _ => false,
    }
}

fn expect_error(call: &Call, part: &str) -> Fallible<()> {
    let tester = call.tag().and_then(|tag| tag.read_lock::<Tester>().map(|tester| tester.clone()));
    let Some(tester) = tester else { return raise("expect_error belongs into a test") };
    let message = tester.look(|outcome| outcome.error.as_ref().map(|error| error.message.clone()))?;
    match message {
        Some(message) if message.contains(part) => Ok(()),
        Some(message) => raise(format!("expected an error with {part:?}, got: {message}")),
        None => raise(format!("expected an error with {part:?}, but the hook answered")),
    }
}

pub(super) fn register(table: &mut Table) {
    table.kind::<Tester>("Test", "The world of one test.");
    setting_up(table);
    looking(table);
    table
        .call("expect(got: any, wanted: any)", "Fails the test unless both are the same.", |got: Dynamic, wanted: Dynamic| {
            if same(&got, &wanted) { Ok(()) } else { raise(format!("expected {wanted}, got {got}")) }
        })
        .call("expect_error(part: text)", "Fails the test unless the last hook failed with such a message.", |call: Call, part: &str| {
            expect_error(&call, part)
        });
}

fn setting_up(table: &mut Table) {
    table
        .call("Test.today(date: text)", "The day of the test; 2026-03-10 unless it is set.", |t: &mut Tester, day: &str| {
            let day = crate::words::date::parse(day)?;
            t.set(|world| world.today = day.0);
            Ok::<_, Box<rhai::EvalAltResult>>(())
        })
        .call(
            "Test.currency(code: text)",
            "The tenant's own currency, and the account's where it has no other; CNY unless it is set.",
            |t: &mut Tester, code: &str| {
                let own = code.parse().or_else(|error: Error| raise(error.detail()))?;
                t.set(|world| world.currency = Some(own));
                Ok::<_, Box<rhai::EvalAltResult>>(())
            },
        )
        .call("Test.account(fields: map)", "Fields of the account.", |t: &mut Tester, map: Map| t.set(|world| world.account.extend(map)))
        .call("Test.open_item(fields: map)", "One more open item: due_on, open, disputed, total, part, …", |t: &mut Tester, map: Map| {
            t.set(|world| world.items.push(map));
        })
        .call("Test.promise(fields: map)", "One more promise: amount, due_on, state.", |t: &mut Tester, map: Map| {
            t.set(|world| world.promises.push(map));
        })
        .call("Test.signal(fields: map)", "One more signal: kind, severity, observed_on.", |t: &mut Tester, map: Map| {
            t.set(|world| world.signals.push(map));
        })
        .call("Test.hold(fields: map)", "One more hold: source, code, expires_on.", |t: &mut Tester, map: Map| {
            t.set(|world| world.holds.push(map))
        })
        .call("Test.document(fields: map)", "One more paper: kind, reference, dated_on.", |t: &mut Tester, map: Map| {
            t.set(|world| world.documents.push(map));
        })
        .call("Test.collection(fields: map)", "Limit, collected and planned, for usable_limit.", |t: &mut Tester, map: Map| {
            t.set(|world| world.collection.extend(map))
        })
        .call("Test.params(fields: map)", "Parameters of the action that is called.", |t: &mut Tester, map: Map| {
            let fields = map.into_iter().map(|(key, value)| Ok((key.to_string(), json(value)?))).collect::<Fallible<Vec<_>>>()?;
            t.set(|world| world.params.extend(fields));
            Ok::<_, Box<rhai::EvalAltResult>>(())
        })
        .call(
            "Test.remembered(key: text, value: any)",
            "Something the plugin remembers about the account.",
            |t: &mut Tester, key: &str, value: Dynamic| {
                let value = value::one(value).or_else(raise)?;
                let plugin = t.package.manifest.plugin.name.clone();
                t.set(|world| drop(world.state.entry(plugin).or_default().insert(key.to_owned(), value)));
                Ok::<_, Box<rhai::EvalAltResult>>(())
            },
        )
        .call(
            "Test.limit_change(fields: map)",
            "The credit limit as it would become, for limit_check: amount, before, before_since, kind; no_check for none.",
            |t: &mut Tester, map: Map| t.set(|world| world.limit_change.extend(map)),
        )
        .call("Test.requester(fields: map)", "Who wants something done: name, roles, approved_by.", |t: &mut Tester, map: Map| {
            t.set(|world| world.requester.extend(map))
        })
        .call(
            "Test.message(fields: map)",
            "The letter of message_compose: template, channel, language, amount, …",
            |t: &mut Tester, map: Map| t.set(|world| world.message.extend(map)),
        )
        .call(
            "Test.invoice(fields: map)",
            "The invoice of invoice_registered: external_id, amount, order_id, …",
            |t: &mut Tester, map: Map| t.set(|world| world.invoice.extend(map)),
        )
        .call(
            "Test.payment(fields: map)",
            "The payment of payment_received and payment_bounced: amount, unallocated, …",
            |t: &mut Tester, map: Map| t.set(|world| world.payment.extend(map)),
        )
        .call("Test.stage(fields: map)", "The stage of case_opened and stage_entered: from, to.", |t: &mut Tester, map: Map| {
            t.set(|world| world.stage.extend(map))
        })
        .call("Test.offer(fields: map)", "The offer of offer_taken and offer_expired: rate, pay_by.", |t: &mut Tester, map: Map| {
            t.set(|world| world.offer.extend(map))
        })
        .call("Test.order(fields: map)", "Fields of the order.", |t: &mut Tester, map: Map| t.set(|world| world.order.extend(map)))
        .call("Test.step(fields: map)", "Fields of the step: at, approval, entered_on, …", |t: &mut Tester, map: Map| {
            t.set(|world| world.step.extend(map));
        })
        .call("Test.collection_case(fields: map)", "The collection case: stage, state, owner, …", |t: &mut Tester, map: Map| {
            t.set(|world| world.case = Some(map));
        })
        .call(
            "Test.credit_file(fields: map)",
            "The credit file: score, scored_on, points, missing, entries.",
            |t: &mut Tester, map: Map| {
                t.set(|world| world.credit_file.extend(map));
            },
        )
        .call(
            "Test.history(fields: map)",
            "How the account has bought and paid: paid_invoices, score, monthly_sales, …",
            |t: &mut Tester, map: Map| {
                t.set(|world| world.history.extend(map));
            },
        )
        .call("Test.core(decision: text, code: text)", "What the core rule says.", |t: &mut Tester, decision: &str, code: &str| {
            t.set(|world| world.core = Some((decision.to_owned(), code.to_owned())));
        })
        .call(
            "Test.fixture(file: text)",
            "The question of a file in tests/, in place of all of the above: t.fixture(\"recorded/late.json\").",
            |t: &mut Tester, file: &str| t.fixture(file),
        )
        .call("Test.setting(key: text, value: any)", "One setting of the package.", |t: &mut Tester, key: &str, value: Dynamic| {
            t.setting(key, value)
        })
        .call("Test.run(hook: text)", "Asks a hook, with every check as in real life.", |t: &mut Tester, hook: &str| t.run(hook));
}

fn looking(table: &mut Table) {
    table
        .try_get("Test.decision -> text?", "The answer, merged with the core rule's.", |t: &Tester| {
            t.look(|outcome| outcome.decision.clone().into_script())
        })
        .try_get("Test.code -> text?", "The reason of the answer.", |t: &Tester| t.answer(|outcome| outcome.code.clone().into_script()))
        .try_get("Test.reason -> text?", "The reason as an English sentence.", |t: &Tester| {
            t.answer(|outcome| outcome.text.as_ref().map(|text| text.en.clone()).into_script())
        })
        .try_get("Test.reason_zh -> text?", "The reason as a Chinese sentence.", |t: &Tester| {
            t.answer(|outcome| outcome.text.as_ref().map(|text| text.zh.clone()).into_script())
        })
        .try_get("Test.notes -> list", "Lines the script printed.", |t: &Tester| {
            t.look(|outcome| outcome.notes.iter().map(|note| note.clone().into_script()).collect::<rhai::Array>().into_script())
        })
        .try_get("Test.pay_to_release -> Money?", "What has to be paid to lift the hold.", |t: &Tester| {
            t.answer(|outcome| outcome.pay_to_release.into_script())
        })
        .try_get("Test.answer -> map", "The answer of an action: amounts are script values, dates and decimals are texts.", |t: &Tester| {
            t.answer(Outcome::answer)
        })
        .try_get("Test.expires_on -> Date?", "The last day of the hold.", |t: &Tester| t.answer(|outcome| outcome.expires_on.into_script()))
        .call("Test.effects(kind: text) -> int", "How many effects of this kind there are.", |t: &mut Tester, kind: &str| {
            t.answer(|outcome| i64::try_from(outcome.of_kind(kind).count()).unwrap_or(i64::MAX))
        })
        .call("Test.effect(kind: text) -> map?", "The first effect of this kind, or ().", |t: &mut Tester, kind: &str| {
            t.answer(|outcome| outcome.of_kind(kind).next().map_or(Dynamic::UNIT, settle::as_map))
        });
}

//! `plan`: the votes and effects a hook may propose, and the handles that say more about one of them. Nothing here takes an
//! id as text: an effect takes the thing out of `ctx`, so a script cannot touch what it was not shown.

use crate::hooks::REMEMBERS;
use crate::plan::{Plan, value};
use crate::words::date::Date;
use crate::words::handles::{HandoffHandle, HoldHandle, NoticeHandle, OfferHandle};
use crate::words::money::Money;
use crate::words::rows::{Hold, Paper, Row, Rows};
use crate::words::table::{Fallible, Table};
use recoup_engine::words::asked::{Hook, VoteKind};
use recoup_engine::words::day::FAR_FUTURE;
use recoup_engine::words::effect::EffectKind;
use recoup_engine::words::rate::Rate;
use recoup_engine::words::score::Score;
use rhai::{Dynamic, Map, NativeCallContext as Call};
use rust_decimal::{Decimal, RoundingStrategy};

const ORDER: &[Hook] = &[Hook::OrderCheck];
const STEP_DUE: &[Hook] = &[Hook::StepDue];
const STEP: &[Hook] = &[Hook::Step];
const GATES: &[Hook] = &[Hook::OrderCheck, Hook::StepDue, Hook::LimitCheck, Hook::HoldRelease, Hook::LegalCheck, Hook::OfferCheck];
/// Where a script may hold the whole account.
const HOLDING: &[Hook] = &[
    Hook::StepDue,
    Hook::Step,
    Hook::DailyAccount,
    Hook::BecameOverdue,
    Hook::PaymentReceived,
    Hook::PaymentBounced,
    Hook::CaseOpened,
    Hook::StageEntered,
    Hook::SignalRaised,
    Hook::Action,
];
/// Where a script may bring a step to a day.
const SCHEDULING: &[Hook] = &[
    Hook::BeforeDue,
    Hook::DailyAccount,
    Hook::InvoiceRegistered,
    Hook::CaseOpened,
    Hook::StageEntered,
    Hook::OfferTaken,
    Hook::OfferExpired,
    Hook::Action,
];
/// Where a script may say no.
const DENYING: &[Hook] = &[Hook::OrderCheck, Hook::LimitCheck, Hook::HoldRelease, Hook::LegalCheck, Hook::OfferCheck];

/// Registers `word(code)` and `word(code, values or text)` of the same meaning.
macro_rules! coded {
    ($table:ident, $signature:literal, $doc:literal, |$call:ident, $plan:ident $(, $arg:ident: $kind:ty)*; $code:ident, $with:ident| $body:expr) => {
        $table
            .call($signature, $doc, |$call: Call, $plan: &mut Plan $(, $arg: $kind)*, $code: &str| -> Fallible<_> {
                let $with: Option<Dynamic> = None;
                $body
            })
            .also(|$call: Call, $plan: &mut Plan $(, $arg: $kind)*, $code: &str, with: Dynamic| -> Fallible<_> {
                let $with = Some(with);
                $body
            })
    };
}

fn unit(_: usize) {}

pub(super) fn register(table: &mut Table) {
    table.kind::<Plan>("Plan", "What the hook proposes.");
    votes(table);
    work(table);
    contact(table);
    holds(table);
    case(table);
    steps(table);
    money(table);
    legal(table);
    credit(table);
    limit(table);
    letter(table);
    labels(table);
    answers(table);
    memory(table);
}

fn votes(table: &mut Table) {
    coded!(table, "Plan.pass(code: code, values?: map|text)", "No vote, and the reason why not.", |call, plan; code, with| {
        plan.vote(&call, VoteKind::Pass, code, with).map(unit)
    })
    .without_account();
    coded!(table, "Plan.approve(code: code, values?: map|text)", "Nothing against it.", |call, plan; code, with| {
        plan.vote(&call, VoteKind::Approve, code, with).map(unit)
    })
    .only_in(GATES)
    .needs("decide");
    coded!(table, "Plan.hold(code: code, values?: map|text) -> HoldHandle", "Do not ship yet.", |call, plan; code, with| {
        plan.vote(&call, VoteKind::Hold, code, with).map(|at| HoldHandle { plan: plan.clone(), at, is_vote: true })
    })
    .only_in(ORDER)
    .needs("decide");
    coded!(table, "Plan.deny(code: code, values?: map|text)", "No: do not ship, do not change the limit, do not release.", |call, plan; code, with| {
        plan.vote(&call, VoteKind::Deny, code, with).map(unit)
    })
    .only_in(DENYING)
    .needs("decide");
    coded!(table, "Plan.release_partial(amount: Money, code: code, values?: map|text)", "Ship so much.", |call, plan, amount: Money; code, with| {
        release(&call, plan, amount, code, with)
    })
    .only_in(ORDER)
    .needs("decide");
    coded!(table, "Plan.defer(until: Date, code: code, values?: map|text)", "Not before this day.", |call, plan, until: Date; code, with| {
        let at = plan.vote(&call, VoteKind::Defer, code, with)?;
        plan.draft().votes[at].until = Some(until.0);
        Ok(())
    })
    .only_in(STEP_DUE)
    .needs("decide");
    coded!(table, "Plan.skip(code: code, values?: map|text)", "Leave this step out.", |call, plan; code, with| {
        plan.vote(&call, VoteKind::Skip, code, with).map(unit)
    })
    .only_in(STEP_DUE)
    .needs("decide");
    coded!(table, "Plan.request_approval(role: role, code: code, values?: map|text)", "Only when this role says yes.", |call, plan, role: &str; code, with| {
        ask_approval(&call, plan, role, code, with)
    })
    .only_in(&[Hook::OrderCheck, Hook::LimitCheck, Hook::HoldRelease, Hook::LegalCheck, Hook::Step, Hook::DailyAccount]);
}

fn release(call: &Call, plan: &Plan, amount: Money, code: &str, with: Option<Dynamic>) -> Fallible<()> {
    let amount = amount.rounded().or_else(|error| plan.refuse(call, error.to_string()))?;
    let at = plan.vote(call, VoteKind::ReleasePartial, code, with)?;
    plan.draft().votes[at].amount = Some(amount);
    Ok(())
}

/// A vote on an order or on an act of a person, an effect everywhere else.
fn ask_approval(call: &Call, plan: &Plan, role: &str, code: &str, with: Option<Dynamic>) -> Fallible<()> {
    if DENYING.contains(&plan.shown.about().hook()) {
        let at = plan.vote(call, VoteKind::RequestApproval, code, with)?;
        plan.draft().votes[at].role = Some(role.to_owned());
        return Ok(());
    }
    plan.effect(call, EffectKind::RequestApproval { role: role.to_owned() }, Some(code), with).map(unit)
}

fn work(table: &mut Table) {
    table
        .call("Plan.note(text: text)", "A sentence for the record, at most 500 characters.", |call: Call, plan: &mut Plan, text: &str| {
            plan.effect(&call, EffectKind::Note { text: text.to_owned() }, None, None).map(unit)
        })
        .without_account()
        .call("Plan.metric(name: text, by: int)", "Counts something.", |call: Call, plan: &mut Plan, name: &str, by: i64| {
            plan.effect(&call, EffectKind::Metric { name: name.to_owned(), by }, None, None).map(unit)
        })
        .without_account()
        .call(
            "Plan.task(role: role, kind: task, due_on: Date, values?: map|text)",
            "Work for a person.",
            |call: Call, plan: &mut Plan, role: &str, kind: &str, due: Date| task(&call, plan, (role, kind), due, None),
        )
        .also(|call: Call, plan: &mut Plan, role: &str, kind: &str, due: Date, with: Dynamic| {
            task(&call, plan, (role, kind), due, Some(with))
        })
        .needs("task");
    coded!(table, "Plan.alert(role: role, code: code, values?: map|text)", "Tell a role at once.", |call, plan, role: &str; code, with| {
        plan.effect(&call, EffectKind::Alert { role: role.to_owned() }, Some(code), with).map(unit)
    })
    .needs("task");
}

fn task(call: &Call, plan: &Plan, (role, task): (&str, &str), due: Date, with: Option<Dynamic>) -> Fallible<()> {
    // The manifest knows the activity; it is filled in when the plan is checked.
    let kind = EffectKind::Task { role: role.to_owned(), task: task.to_owned(), activity: String::new(), due_on: due.0 };
    plan.effect(call, kind, None, with).map(unit)
}

fn contact(table: &mut Table) {
    table
        .call(
            "Plan.notice(to: contact_role, template: template) -> NoticeHandle",
            "A letter. What it says about money and days is the engine's.",
            |call: Call, plan: &mut Plan, to: &str, template: &str| {
                let kind = EffectKind::Notice {
                    to: to.to_owned(),
                    template: template.to_owned(),
                    items: Vec::new(),
                    offer: None,
                    channel: None,
                    send_on: None,
                };
                plan.effect(&call, kind, None, None).map(|at| NoticeHandle { plan: plan.clone(), at })
            },
        )
        .needs("contact");
    coded!(table, "Plan.pause(last_day: Date, code: code, values?: map|text)", "Stop chasing until this day has passed.", |call, plan, last_day: Date; code, with| {
        plan.effect(&call, EffectKind::Pause { last_day: last_day.0 }, Some(code), with).map(unit)
    })
    .needs("contact")
    .only_in(&[Hook::DailyAccount, Hook::Action]);
}

fn holds(table: &mut Table) {
    coded!(table, "Plan.place_hold(code: code, values?: map|text) -> HoldHandle", "Hold the whole account.", |call, plan; code, with| {
        let kind = EffectKind::PlaceHold { pay_to_release: None, items: Vec::new(), expires_on: FAR_FUTURE };
        plan.effect(&call, kind, Some(code), with).map(|at| HoldHandle { plan: plan.clone(), at, is_vote: false })
    })
    .only_in(HOLDING)
    .needs("hold");
    table
        .call("Plan.release_hold(hold: Hold)", "Lift a hold this plugin placed.", |call: Call, plan: &mut Plan, hold: Row<Hold>| {
            if !plan.shown.is_of(&hold.seen) {
                return plan.refuse(&call, "this hold belongs to another call");
            }
            plan.effect(&call, EffectKind::ReleaseHold { hold: hold.facts().id }, None, None).map(unit)
        })
        .only_in(&[Hook::DailyAccount, Hook::PaymentReceived, Hook::PaymentBounced, Hook::Action])
        .needs("hold");
}

fn case(table: &mut Table) {
    coded!(table, "Plan.open_case(code: code, values?: map|text)", "Open a case although nothing calls for one.", |call, plan; code, with| {
        plan.effect(&call, EffectKind::OpenCase, Some(code), with).map(unit)
    })
    .only_in(&[Hook::DailyAccount, Hook::BecameOverdue])
    .needs("case");
    coded!(table, "Plan.escalate(role: role, code: code, values?: map|text)", "Call in a higher role.", |call, plan, role: &str; code, with| {
        plan.effect(&call, EffectKind::Escalate { role: role.to_owned() }, Some(code), with).map(unit)
    })
    .only_in(&[Hook::Step, Hook::DailyAccount, Hook::CaseOpened, Hook::StageEntered, Hook::SignalRaised, Hook::Action])
    .needs("case");
    table
        .call("Plan.assign(role: role)", "Give the case to a role.", |call: Call, plan: &mut Plan, role: &str| {
            plan.effect(&call, EffectKind::Assign { role: role.to_owned() }, None, None).map(unit)
        })
        .only_in(&[Hook::DailyAccount, Hook::CaseOpened, Hook::StageEntered, Hook::SignalRaised, Hook::Action])
        .needs("case")
        .call("Plan.set_priority(priority: int)", "Order in the worklist, 0 to 100.", |call: Call, plan: &mut Plan, priority: i64| {
            plan.effect(&call, EffectKind::SetPriority { priority }, None, None).map(unit)
        })
        .only_in(&[Hook::DailyAccount, Hook::CaseOpened, Hook::StageEntered, Hook::Action])
        .needs("case")
        .call(
            "Plan.schedule_step(key: text, on: Date)",
            "Bring a policy step to a day, never before its gap.",
            |call: Call, plan: &mut Plan, key: &str, on: Date| {
                plan.effect(&call, EffectKind::ScheduleStep { key: key.to_owned(), on: on.0 }, None, None).map(unit)
            },
        )
        .only_in(SCHEDULING)
        .needs("case");
}

fn steps(table: &mut Table) {
    table
        .call(
            "Plan.step_to(state: state, wake_on: Date)",
            "Move on, and wake then.",
            |call: Call, plan: &mut Plan, state: &str, wake: Date| {
                plan.effect(&call, EffectKind::StepTo { state: state.to_owned(), wake_on: wake.0 }, None, None).map(unit)
            },
        )
        .only_in(STEP)
        .needs("step")
        .call("Plan.step_wait(wake_on: Date)", "Stay, and wake then.", |call: Call, plan: &mut Plan, wake: Date| {
            plan.effect(&call, EffectKind::StepWait { wake_on: wake.0 }, None, None).map(unit)
        })
        .only_in(STEP)
        .needs("step");
    coded!(table, "Plan.step_done(code: code, values?: map|text)", "Finished.", |call, plan; code, with| {
        plan.effect(&call, EffectKind::StepDone, Some(code), with).map(unit)
    })
    .only_in(STEP)
    .needs("step");
    table
        .call(
            "Plan.step_data(key: text, value: text)",
            "Remember a text for the next time.",
            |call: Call, plan: &mut Plan, key: &str, value: &str| {
                plan.effect(&call, EffectKind::StepData { key: key.to_owned(), value: value.to_owned() }, None, None).map(unit)
            },
        )
        .only_in(STEP)
        .needs("step");
}

fn money(table: &mut Table) {
    coded!(table, "Plan.offer(rate: decimal, pay_by: Date, code: code, values?: map|text) -> OfferHandle", "A discount for paying this instalment early, 0.02 for 2 %.", |call, plan, rate: Decimal, pay_by: Date; code, with| {
        offer(&call, plan, rate, pay_by, code, with)
    })
    .only_in(&[Hook::BeforeDue, Hook::InvoiceRegistered])
    .needs("money");
    coded!(table, "Plan.cap_rate(rate: decimal, code: code, values?: map|text)", "No discount above this rate, 0.02 for 2 %.", |call, plan, rate: Decimal; code, with| {
        plan.effect(&call, EffectKind::CapRate { rate: Rate(rate.normalize()) }, Some(code), with).map(unit)
    })
    .only_in(&[Hook::OfferCheck])
    .needs("money");
}

fn offer(call: &Call, plan: &Plan, rate: Decimal, pay_by: Date, code: &str, with: Option<Dynamic>) -> Fallible<OfferHandle> {
    let items = plan.shown.about().items();
    let Some(item) = items.first().copied() else { return plan.refuse(call, "there is no open instalment to make an offer for") };
    let kind = EffectKind::Offer { item, rate: Rate(rate.normalize()), pay_by: pay_by.0 };
    plan.effect(call, kind, Some(code), with).map(|at| OfferHandle { plan: plan.clone(), at })
}

fn legal(table: &mut Table) {
    coded!(table, "Plan.handoff(to: handoff, code: code, values?: map|text) -> HandoffHandle", "Give the case to legal.", |call, plan, to: &str; code, with| {
        let kind = EffectKind::Handoff { to: to.to_owned(), documents: Vec::new() };
        plan.effect(&call, kind, Some(code), with).map(|at| HandoffHandle { plan: plan.clone(), at })
    })
    .only_in(&[Hook::Step, Hook::DailyAccount])
    .needs("legal");
    table
        .call("Plan.include(papers: Papers)", "Put these papers into the packet.", |call: Call, plan: &mut Plan, papers: Rows<Paper>| {
            include(&call, plan, &papers)
        })
        .only_in(&[Hook::LegalPacket])
        .needs("legal")
        .call("Plan.missing(kind: text)", "This kind of document is missing.", |call: Call, plan: &mut Plan, kind: &str| {
            plan.effect(&call, EffectKind::Missing { document: kind.to_owned() }, None, None).map(unit)
        })
        .only_in(&[Hook::LegalPacket])
        .needs("legal");
}

/// One effect per kind of document, so that the packet is ordered by kind.
fn include(call: &Call, plan: &Plan, papers: &Rows<Paper>) -> Fallible<()> {
    if !plan.shown.is_of(&papers.seen) {
        return plan.refuse(call, "these papers belong to another call");
    }
    let mut by_kind: std::collections::BTreeMap<String, Vec<String>> = std::collections::BTreeMap::new();
    for row in papers.iter() {
        by_kind.entry(row.facts().kind.clone()).or_default().push(row.facts().reference.clone());
    }
    for (document, references) in by_kind {
        plan.effect(call, EffectKind::Include { document, references }, None, None)?;
    }
    Ok(())
}

fn credit(table: &mut Table) {
    coded!(table, "Plan.grade(grade: text, score: number, code: code, values?: map|text)", "The grade of this account, and its score from 0 to 100.", |call, plan, grade: &str, score: Dynamic; code, with| {
        let Some(score) = score_of(&score) else { return plan.refuse(&call, "a score is a number from 0 to 100") };
        plan.effect(&call, EffectKind::Grade { grade: grade.to_owned(), score }, Some(code), with).map(unit)
    })
    .only_in(&[Hook::CreditGrade])
    .needs("credit");
    coded!(table, "Plan.propose_limit(amount: Money, from: Date, code: code, values?: map|text)", "Propose a credit limit to whoever does the review.", |call, plan, amount: Money, from: Date; code, with| {
        let amount = amount.rounded().or_else(|error| plan.refuse(&call, error.to_string()))?;
        plan.effect(&call, EffectKind::ProposeLimit { amount, from: from.0 }, Some(code), with).map(unit)
    })
    .only_in(&[Hook::CreditReviewDue, Hook::SignalRaised])
    .needs("credit");
    coded!(table, "Plan.propose_grade(grade: text, code: code, values?: map|text)", "Propose a grade to whoever does the review.", |call, plan, grade: &str; code, with| {
        plan.effect(&call, EffectKind::ProposeGrade { grade: grade.to_owned() }, Some(code), with).map(unit)
    })
    .only_in(&[Hook::CreditReviewDue])
    .needs("credit");
}

/// A whole or decimal number of points, rounded half-up to hundredths.
fn score_of(number: &Dynamic) -> Option<Score> {
    let points = number.as_int().map(Decimal::from).or_else(|_| number.as_decimal()).ok()?;
    let hundredths = (points * Decimal::ONE_HUNDRED).round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
    i64::try_from(hundredths).ok().and_then(Score::of_hundredths)
}

fn limit(table: &mut Table) {
    coded!(table, "Plan.usable(amount: Money, code: code, values?: map|text)", "Only so much of the limit may be used; never more than the limit.", |call, plan, amount: Money; code, with| {
        let amount = amount.rounded().or_else(|error| plan.refuse(&call, error.to_string()))?;
        plan.effect(&call, EffectKind::Usable { amount }, Some(code), with).map(unit)
    })
    .only_in(&[Hook::UsableLimit])
    .needs("credit");
}

fn letter(table: &mut Table) {
    table
        .call(
            "Plan.variables(words: map)",
            "Words for the letter, by name: links, names, ways to pay; no money and no days. A template says {{ plugin.name }}.",
            |call: Call, plan: &mut Plan, words: rhai::Map| {
                let texts = words.into_iter().map(|(name, text)| text.into_string().map(|text| (name.to_string(), text)));
                let Ok(words) = texts.collect::<Result<_, _>>() else { return plan.refuse(&call, "every variable is a text") };
                plan.effect(&call, EffectKind::Variables { words }, None, None).map(unit)
            },
        )
        .only_in(&[Hook::MessageCompose])
        .needs("contact");
}

fn labels(table: &mut Table) {
    table
        .call(
            "Plan.tag(name: text)",
            "Put a label on the account; the plugin's name stands in front.",
            |call: Call, plan: &mut Plan, name: &str| plan.effect(&call, EffectKind::Tag { name: name.to_owned() }, None, None).map(unit),
        )
        .needs("tag")
        .call("Plan.untag(name: text)", "Take one of the plugin's labels off.", |call: Call, plan: &mut Plan, name: &str| {
            plan.effect(&call, EffectKind::Untag { name: name.to_owned() }, None, None).map(unit)
        })
        .needs("tag");
}

fn answers(table: &mut Table) {
    table
        .call(
            "Plan.answer(values: map)",
            "The answer of an action, by the schema of its result; money, dates and decimals are told exactly.",
            |call: Call, plan: &mut Plan, values: Map| {
                let answer = value::json(Dynamic::from_map(values)).or_else(|why| plan.refuse(&call, why))?;
                if plan.draft().effects.iter().any(|effect| matches!(effect.kind, EffectKind::Answer { .. })) {
                    return plan.refuse(&call, "an action answers once");
                }
                plan.effect(&call, EffectKind::Answer { answer }, None, None).map(unit)
            },
        )
        .only_in(&[Hook::Action])
        .without_account();
}

fn memory(table: &mut Table) {
    table
        .call(
            "Plan.remember(key: text, value: any)",
            "Remember a text, number, truth, amount or date about this account; read it back as ctx.state.",
            |call: Call, plan: &mut Plan, key: &str, value: Dynamic| {
                let value = value::one(value).or_else(|why| plan.refuse(&call, why))?;
                plan.effect(&call, EffectKind::Remember { key: key.to_owned(), value }, None, None).map(unit)
            },
        )
        .only_in(REMEMBERS)
        .needs("state")
        .call("Plan.forget(key: text)", "Forget it again.", |call: Call, plan: &mut Plan, key: &str| {
            plan.effect(&call, EffectKind::Forget { key: key.to_owned() }, None, None).map(unit)
        })
        .only_in(REMEMBERS)
        .needs("state");
}

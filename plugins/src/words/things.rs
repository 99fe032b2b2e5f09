//! The single things a hook may be about: the case, the order, the step, the core rule's verdict, the handoff.

use crate::words::account::words;
use crate::words::ctx::Seen;
use crate::words::items::Items;
use crate::words::order_lines::Lines;
use crate::words::table::Table;
use recoup_engine::words::asked::{About, Hook};
use recoup_engine::words::day::days_between;
use recoup_engine::words::facts::{CaseFacts, OrderFacts, StepFacts, Verdict};
use rhai::{Dynamic, ImmutableString};
use std::sync::Arc;

/// The collection case.
#[derive(Clone, Debug)]
pub(crate) struct Case(pub(crate) Arc<Seen>);
/// The order that asks to ship, or whose hold began or ended.
#[derive(Clone, Debug)]
pub(crate) struct Order(pub(crate) Arc<Seen>);
/// A custom step that is due or wakes.
#[derive(Clone, Debug)]
pub(crate) struct Step(pub(crate) Arc<Seen>);
/// A built-in policy step that is due.
#[derive(Clone, Debug)]
pub(crate) struct DueStep(pub(crate) Arc<Seen>);
/// The core rule's verdict.
#[derive(Clone, Debug)]
pub(crate) struct Core(pub(crate) Arc<Seen>);
/// The handoff an evidence packet is for.
#[derive(Clone, Debug)]
pub(crate) struct Handoff(pub(crate) Arc<Seen>);

impl Case {
    fn read<R: Default>(&self, read: impl Fn(&CaseFacts) -> R) -> R {
        self.0.facts.case.as_ref().map(read).unwrap_or_default()
    }
}

impl Order {
    fn read<R: Default>(&self, read: impl Fn(&OrderFacts) -> R) -> R {
        self.0.about.order().map(read).unwrap_or_default()
    }
}

impl Step {
    fn read<R: Default>(&self, read: impl Fn(&StepFacts) -> R) -> R {
        if let About::Step { step } = &self.0.about { read(step) } else { R::default() }
    }
}

impl DueStep {
    fn read<R: Default>(&self, read: impl Fn(&recoup_engine::words::facts::DueStep) -> R) -> R {
        if let About::StepDue { step, .. } = &self.0.about { read(step) } else { R::default() }
    }
}

impl Core {
    fn verdict<R: Default>(&self, read: impl Fn(&Verdict) -> R) -> R {
        self.0.about.core().map(read).unwrap_or_default()
    }
}

pub(super) fn register(table: &mut Table) {
    case(table);
    order(table);
    step(table);
    table
        .kind::<Core>("Core", "The core rule's verdict.")
        .get("Core.decision -> text", "approve, hold, …; in credit_grade the grade, or none.", |core: &Core| {
            core.verdict(|v| ImmutableString::from(&v.decision))
        })
        .get("Core.codes -> list", "Its reasons.", |core: &Core| {
            core.verdict(|v| v.reasons.iter().map(|reason| ImmutableString::from(&reason.code).into()).collect::<rhai::Array>())
        })
        .get(
            "Core.score -> decimal?",
            "The shipped formula's score, in credit_grade; () elsewhere and when there is nothing to score.",
            |core: &Core| core.0.facts.grade.as_ref().and_then(|grade| grade.core_score).map(|score| score.decimal().normalize()),
        )
        .kind::<Handoff>("Handoff", "The handoff an evidence packet is for.")
        .get("Handoff.to -> text", "legal.", |handoff: &Handoff| {
            let (About::LegalPacket { to } | About::LegalCheck { to, .. }) = &handoff.0.about else { return ImmutableString::new() };
            ImmutableString::from(to)
        });
}

fn case(table: &mut Table) {
    table
        .kind::<Case>("Case", "The work on an account that owes something due or nearly due.")
        .get("Case.id -> text", "Its id.", |case: &Case| case.read(|c| c.id.to_string()))
        .get("Case.stage -> text", "M0 to M6, or what the policy calls them.", |case: &Case| case.read(|c| ImmutableString::from(&c.stage)))
        .get("Case.stage_no -> int", "Place of the stage in the policy, from 0.", |case: &Case| case.read(|c| c.stage_no))
        .get("Case.state -> text", "active, paused or handed_off.", |case: &Case| case.read(|c| ImmutableString::from(&c.state)))
        .get("Case.days_in_stage -> int", "Days in this stage.", |case: &Case| {
            case.read(|c| days_between(c.stage_since, case.0.facts.today))
        })
        .get("Case.priority -> int", "0 to 100.", |case: &Case| case.read(|c| c.priority))
        .get("Case.owner -> text?", "Who drives it.", |case: &Case| case.read(|c| words(c.owner.as_ref())))
        .get("Case.opened_on -> Date", "Day it was opened.", |case: &Case| case.read(|c| c.opened_on))
        .get("Case.next_step -> text?", "The next step expected.", |case: &Case| case.read(|c| words(c.next_step.as_ref())))
        .get("Case.next_step_on -> Date?", "The day of the next step.", |case: &Case| case.read(|c| c.next_step_on));
}

fn order(table: &mut Table) {
    table
        .kind::<Order>("Order", "An order that asks to ship.")
        .get("Order.id -> text", "Its id.", |order: &Order| order.read(|o| o.id.to_string()))
        .get("Order.external_id -> text", "Its number in the ERP.", |order: &Order| order.read(|o| ImmutableString::from(&o.external_id)))
        .get("Order.amount -> Money", "Its value.", |order: &Order| order.read(|o| Some(o.amount)))
        .get("Order.contract_id -> text?", "Its contract, as the ERP calls it.", |order: &Order| {
            order.read(|o| words(o.contract_external_id.as_ref()))
        })
        .get("Order.batch_no -> int?", "Its delivery batch.", |order: &Order| order.read(|o| o.batch_no))
        .get("Order.ship_on -> Date?", "Day it wants to ship.", |order: &Order| order.read(|o| o.ship_on))
        .get("Order.is_partial_ok -> bool", "May part of it be released?", |order: &Order| order.read(|o| o.is_partial_ok))
        .try_get("Order.lines -> Lines", "What of it still asks to ship, line by line.", |order: &Order| {
            Ok(Dynamic::from(Lines::all(&order.0)))
        });
}

fn step(table: &mut Table) {
    table
        .kind::<Step>("Step", "A step that is due or wakes.")
        .get("Step.key -> text", "The policy's key.", |step: &Step| step.read(|s| ImmutableString::from(&s.key)))
        .get("Step.type -> text", "plugin.type.", |step: &Step| step.read(|s| ImmutableString::from(&s.step_type)))
        .get("Step.at -> text", "The state it is in.", |step: &Step| step.read(|s| ImmutableString::from(&s.at)))
        .get("Step.entered_on -> Date", "Day it came to that state.", |step: &Step| step.read(|s| s.entered_on))
        .get("Step.wake_on -> Date", "Day it wanted to be asked again.", |step: &Step| step.read(|s| s.wake_on))
        .get("Step.due_on -> Date", "Day the step was due.", |step: &Step| step.read(|s| s.due_on))
        .get("Step.approval -> text", "none, asked, granted or refused.", |step: &Step| step.read(|s| ImmutableString::from(&s.approval)))
        .get("Step.tries -> int", "How often it failed in a row.", |step: &Step| step.read(|s| s.tries))
        .get("Step.data -> map", "What the script remembers.", |step: &Step| {
            step.read(|s| s.data.iter().map(|(k, v)| (k.as_str().into(), ImmutableString::from(v).into())).collect::<rhai::Map>())
        })
        .only_in(&[Hook::Step])
        .kind::<DueStep>("DueStep", "A built-in policy step that is due.")
        .get("DueStep.key -> text", "The policy's key.", |step: &DueStep| step.read(|s| ImmutableString::from(&s.key)))
        .get("DueStep.type -> text", "notice or task.", |step: &DueStep| step.read(|s| ImmutableString::from(&s.kind)))
        .get("DueStep.due_on -> Date", "The day it was scheduled for.", |step: &DueStep| step.read(|s| s.due_on))
        .get("DueStep.item_count -> int", "How many items it is about; 0 for a case clock.", |step: &DueStep| {
            step.read(|s| i64::try_from(s.items.len()).unwrap_or(i64::MAX))
        })
        .get("DueStep.items -> Items", "The items it is about.", |step: &DueStep| {
            let wanted = step.read(|s| s.items.clone());
            Dynamic::from(Items::all(&step.0).only(&wanted))
        });
}

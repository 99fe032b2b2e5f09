//! The questions, a file each: what may be voted and proposed, and what a failure means.

mod action;
mod became_overdue;
mod before_due;
mod case_opened;
mod credit_grade;
mod credit_review_due;
mod daily_account;
mod hold_placed;
mod hold_release;
mod hold_released;
mod invoice_registered;
mod legal_check;
mod legal_packet;
mod limit_check;
mod message_compose;
mod offer_check;
mod offer_expired;
mod offer_taken;
mod order_check;
mod payment_bounced;
mod payment_received;
mod signal_raised;
mod stage_entered;
mod step;
mod step_due;
mod usable_limit;

use recoup_engine::words::asked::{Hook, OnFailure, VoteKind};
use std::time::Duration;

/// What one hook allows.
#[derive(Debug)]
pub(crate) struct HookSpec {
    /// What it is asked for, in one line.
    pub(crate) doc: &'static str,
    /// Votes that count; `pass` always does.
    pub(crate) votes: &'static [VoteKind],
    /// Effects beyond those every hook may propose, by their word.
    pub(crate) effects: &'static [&'static str],
    /// What a failure means, unless the manifest is stricter.
    pub(crate) on_failure: OnFailure,
    /// Processor time, a safety net behind the operations.
    pub(crate) cpu: Duration,
}

/// Effects every hook may propose.
pub(crate) const ALWAYS: [&str; 6] = ["note", "metric", "task", "alert", "tag", "untag"];

/// Effects of an action about no account: nothing follows from them.
pub(crate) const WITHOUT_ACCOUNT: [&str; 3] = ["answer", "note", "metric"];

/// Effects of the hooks that remember.
pub(crate) const MEMORY: [&str; 2] = ["remember", "forget"];

/// What this hook allows.
pub(crate) fn spec(hook: Hook) -> &'static HookSpec {
    match hook {
        Hook::OrderCheck => &order_check::SPEC,
        Hook::StepDue => &step_due::SPEC,
        Hook::Step => &step::SPEC,
        Hook::BeforeDue => &before_due::SPEC,
        Hook::DailyAccount => &daily_account::SPEC,
        Hook::LegalPacket => &legal_packet::SPEC,
        Hook::CreditGrade => &credit_grade::SPEC,
        Hook::CreditReviewDue => &credit_review_due::SPEC,
        Hook::UsableLimit => &usable_limit::SPEC,
        Hook::HoldPlaced => &hold_placed::SPEC,
        Hook::HoldReleased => &hold_released::SPEC,
        Hook::Action => &action::SPEC,
        Hook::LimitCheck => &limit_check::SPEC,
        Hook::HoldRelease => &hold_release::SPEC,
        Hook::LegalCheck => &legal_check::SPEC,
        Hook::OfferCheck => &offer_check::SPEC,
        Hook::MessageCompose => &message_compose::SPEC,
        Hook::InvoiceRegistered => &invoice_registered::SPEC,
        Hook::BecameOverdue => &became_overdue::SPEC,
        Hook::PaymentReceived => &payment_received::SPEC,
        Hook::PaymentBounced => &payment_bounced::SPEC,
        Hook::CaseOpened => &case_opened::SPEC,
        Hook::StageEntered => &stage_entered::SPEC,
        Hook::OfferTaken => &offer_taken::SPEC,
        Hook::OfferExpired => &offer_expired::SPEC,
        Hook::SignalRaised => &signal_raised::SPEC,
    }
}

impl HookSpec {
    /// May an effect with this word be proposed here?
    pub(crate) fn allows(&self, effect: &str) -> bool {
        ALWAYS.contains(&effect) || self.effects.contains(&effect)
    }
}

/// Hooks in which a package remembers: those whose answers are written under the account's claim.
pub(crate) const REMEMBERS: &[Hook] = &[
    Hook::OrderCheck,
    Hook::StepDue,
    Hook::Step,
    Hook::BeforeDue,
    Hook::DailyAccount,
    Hook::CreditReviewDue,
    Hook::HoldPlaced,
    Hook::HoldReleased,
    Hook::Action,
];

/// The hook of a script function, and for `step_<type>` and `action_<name>` the type or name.
pub(crate) fn hook_of(function: &str) -> Option<(Hook, Option<&str>)> {
    let is_plain = |hook: &Hook| !matches!(hook, Hook::Step | Hook::Action) && hook.as_str() == function;
    let plain = Hook::ALL.iter().copied().find(is_plain).map(|hook| (hook, None));
    plain
        .or_else(|| function.strip_prefix("step_").map(|kind| (Hook::Step, Some(kind))))
        .or_else(|| function.strip_prefix("action_").map(|name| (Hook::Action, Some(name))))
}

/// A manifest may choose a stricter policy, never a weaker one: `hold` for orders, `block` for anything.
pub(crate) fn is_stricter(hook: Hook, chosen: OnFailure) -> bool {
    let own = spec(hook).on_failure;
    chosen == own || chosen == OnFailure::Block || (hook == Hook::OrderCheck && chosen == OnFailure::Hold)
}

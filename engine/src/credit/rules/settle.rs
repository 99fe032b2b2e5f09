//! What an order check comes to: the core rule is one voter, every plugin another, and the strictest wins (plugins.md §3).
//! A plugin can make the answer stricter, never looser; a failure is never a yes.

use super::check::{Core, cut};
use super::release::{PayToRelease, pay_to_release};
use super::{Cause, OrderDecision, WayOut};
use crate::words::asked::{Advice, Asked, CallStatus, OnFailure, Vote, VoteKind};
use crate::words::error::Result;
use crate::words::facts::{Facts, OrderFacts, Reason};
use crate::words::money::Money;
use crate::words::text::Bilingual;
use serde::{Deserialize, Serialize};

/// The answer to an order check.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settled {
    /// The answer.
    pub decision: OrderDecision,
    /// Why it is not a plain approval: the core's reasons, then those of plugins in their order.
    pub causes: Vec<Cause>,
    /// The smallest payment that frees the order; none when no payment can.
    pub pay_to_release: Option<PayToRelease>,
    /// How much may ship, in the order's currency.
    pub releasable: Money,
    /// Who has to be asked for a yes.
    pub approvals: Vec<ApprovalAsk>,
    /// Who said what: `core approve; order_hold@7 hold -> hold`.
    pub merge: String,
}

impl Settled {
    /// The reasons as the contract shows them.
    pub fn reasons(&self) -> Vec<Reason> {
        self.causes.iter().map(|cause| cause.reason.clone()).collect()
    }
}

/// A yes that a script asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ApprovalAsk {
    /// The role that may say it.
    pub role: String,
    /// Why it is asked.
    pub reason: Reason,
}

/// What a voter other than the core comes to.
struct Voice {
    decision: OrderDecision,
    cause: Option<Cause>,
    /// How much may ship at most, for a partial release.
    at_most: Option<Money>,
    approval: Option<ApprovalAsk>,
}

/// Merges the core verdict with all advice: deny, then hold, then release_partial, then approve. Nothing a plugin says, and nothing
/// that goes wrong with one, makes the answer milder than the core's.
pub fn settle(facts: &Facts, order: &OrderFacts, core: &Core, asked: &Asked) -> Result<Settled> {
    let mut decision = core.decision;
    let mut causes = core.causes.clone();
    let mut at_most = order.amount;
    let mut approvals = Vec::new();
    let mut said = vec![format!("core {}", core.decision)];
    let mut is_core_alone = true;
    for advice in &asked.advice {
        let voices = voices(advice, order);
        said.push(format!("{}@{} {}", advice.plugin, advice.version, word_of(advice, &voices)));
        for voice in voices {
            is_core_alone &= voice.decision == OrderDecision::Approve;
            decision = decision.stricter(voice.decision);
            causes.extend(voice.cause);
            approvals.extend(voice.approval);
            at_most = voice.at_most.filter(|most| most.minor() < at_most.minor()).unwrap_or(at_most);
        }
    }
    let releasable = releasable(decision, order, core, at_most, is_core_alone);
    // A part into which not one line fits is none.
    let decision = if releasable.minor() == 0 { decision.stricter_than_partial() } else { decision };
    let pay_to_release = if decision == OrderDecision::Deny { None } else { pay_to_release(facts, &causes)? };
    let merge = format!("{} -> {decision}", said.join("; "));
    Ok(Settled { decision, causes, pay_to_release, releasable, approvals, merge })
}

/// All of an approved order, the smallest amount named of a partial one. On hold: what would fit when the limit is the only reason,
/// else nothing (decision 50).
fn releasable(decision: OrderDecision, order: &OrderFacts, core: &Core, at_most: Money, is_core_alone: bool) -> Money {
    let of_core = core.releasable.minor().min(order.amount.minor());
    let minor = match decision {
        OrderDecision::Approve => order.amount.minor(),
        OrderDecision::ReleasePartial => cut(order, of_core.min(at_most.minor()).max(0)),
        OrderDecision::Hold if is_core_alone => of_core,
        OrderDecision::Hold | OrderDecision::Deny => 0,
    };
    Money::new(minor, order.amount.currency())
}

/// What a plugin's advice comes to; nothing when it abstains.
fn voices(advice: &Advice, order: &OrderFacts) -> Vec<Voice> {
    match advice.status {
        CallStatus::Ok => advice.votes.iter().map(|vote| voice(advice, vote, order)).collect(),
        CallStatus::Filtered => Vec::new(),
        CallStatus::Error | CallStatus::Limit | CallStatus::Time | CallStatus::Panic | CallStatus::Breaker => match advice.on_failure {
            OnFailure::Core | OnFailure::None | OnFailure::Retry => Vec::new(),
            OnFailure::Hold | OnFailure::Block | OnFailure::Stay => vec![failed(advice)],
        },
    }
}

fn voice(advice: &Advice, vote: &Vote, order: &OrderFacts) -> Voice {
    let decision = match vote.vote {
        VoteKind::Approve | VoteKind::Pass => OrderDecision::Approve,
        VoteKind::ReleasePartial => partial(vote, order),
        VoteKind::Deny => OrderDecision::Deny,
        // A vote that belongs to steps says at least "not now".
        VoteKind::Hold | VoteKind::RequestApproval | VoteKind::Defer | VoteKind::Skip => OrderDecision::Hold,
    };
    let reason =
        Reason { code: vote.code.clone(), source: advice.source(vote.line), detail: vote.text.en.clone(), text: vote.text.clone() };
    let way_out = WayOut { pay: vote.pay_to_release, items: vote.items.clone(), expires_on: vote.expires_on, is_deposit: false };
    let approval = (vote.vote == VoteKind::RequestApproval)
        .then(|| ApprovalAsk { role: vote.role.clone().unwrap_or_else(|| "credit_manager".to_owned()), reason: reason.clone() });
    let at_most = vote.amount.filter(|_| decision == OrderDecision::ReleasePartial);
    let cause = (decision != OrderDecision::Approve).then_some(Cause { reason, way_out });
    Voice { decision, cause, at_most, approval }
}

/// A partial release of everything is none; of nothing, or of an order that must ship whole, it is a hold (decision 25).
fn partial(vote: &Vote, order: &OrderFacts) -> OrderDecision {
    match vote.amount {
        Some(most) if most.currency() == order.amount.currency() && most.minor() >= order.amount.minor() => OrderDecision::Approve,
        Some(most) if most.currency() == order.amount.currency() && most.is_positive() && order.is_partial_ok => {
            OrderDecision::ReleasePartial
        }
        Some(_) | None => OrderDecision::Hold,
    }
}

/// A plugin that could not answer, where its failure means hold.
fn failed(advice: &Advice) -> Voice {
    let line = advice.error.as_ref().map_or(0, |error| error.line);
    let text = Bilingual::new(
        format!("The plugin {} could not answer ({}), and its failure holds the order.", advice.plugin, advice.status),
        format!("插件 {} 未能给出结论（{}），按其设置对本单控货。", advice.plugin, advice.status),
    );
    let reason = Reason { code: "plugin_failed".to_owned(), source: advice.source(line), detail: text.en.clone(), text };
    Voice { decision: OrderDecision::Hold, cause: Some(Cause { reason, way_out: WayOut::person() }), at_most: None, approval: None }
}

/// One word for what a plugin said, for the merge sentence.
fn word_of(advice: &Advice, voices: &[Voice]) -> &'static str {
    match advice.status {
        CallStatus::Ok if advice.votes.iter().all(|vote| vote.vote == VoteKind::Pass) => VoteKind::Pass.as_str(),
        CallStatus::Ok => voices.iter().map(|voice| voice.decision).max().map_or("pass", OrderDecision::as_str),
        CallStatus::Filtered | CallStatus::Error | CallStatus::Limit | CallStatus::Time | CallStatus::Panic | CallStatus::Breaker => {
            advice.status.as_str()
        }
    }
}

#[cfg(test)]
#[path = "settle_tests.rs"]
mod tests;

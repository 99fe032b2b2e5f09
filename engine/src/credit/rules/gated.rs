//! What plugins say to an act that a person wants: no, then a yes of a second person, then nothing against it. A failure is never a yes: the
//! act does not happen, and a person is told of the failure (plugins.md §2, policy `block`).

use super::settle::ApprovalAsk;
use crate::approval::Ask;
use crate::words::asked::{Advice, Asked, CallStatus, Vote, VoteKind};
use crate::words::facts::Reason;
use crate::words::role::Role;
use crate::words::text::Bilingual;

crate::words! {
    /// What an act comes to, from the mildest to the strictest.
    pub enum ActDecision {
        /// Nothing against it.
        Approve = "approve",
        /// Only with the yes of a second person.
        RequestApproval = "request_approval",
        /// Somebody could not answer, so it does not happen.
        Block = "block",
        /// No.
        Deny = "deny",
    }
}

/// What everyone who was asked about an act comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Heard {
    /// The strictest of it.
    pub decision: ActDecision,
    /// Why: every vote that is stricter than nothing against it, and every failure, in the order they were given.
    pub reasons: Vec<Reason>,
    /// The yes that votes call for.
    pub asks: Vec<ApprovalAsk>,
    /// What made it a no, where it is one: the first of the strictest.
    pub against: Option<Reason>,
    /// Those that could not answer, each as plugin, version and line.
    pub failed: Vec<String>,
    /// Who said what, in one line.
    pub merge: String,
}

impl Heard {
    /// Why the act needs a second person, and whose yes it needs: for a reason of our own, for what a vote says, or both.
    pub(crate) fn ask(&self, own: Option<Ask>) -> Option<Ask> {
        let Some(vote) = self.asks.first() else { return own };
        let code = own.map_or_else(|| vote.reason.code.clone(), |own| own.code);
        Some(Ask { role: Role::CreditManager, code, reason: Some(vote.reason.text.clone()) })
    }
}

/// Merges what everyone said. The core rule has let the act pass to here; `takes_two` tells whether it asks for a second person itself.
pub fn hear(asked: &Asked, takes_two: bool) -> Heard {
    let core = if takes_two { ActDecision::RequestApproval } else { ActDecision::Approve };
    let (mut reasons, mut asks, mut failed) = (Vec::new(), Vec::new(), Vec::new());
    let mut voices: Vec<(ActDecision, Option<Reason>)> = Vec::new();
    let mut said = vec![format!("core {core}")];
    for advice in &asked.advice {
        let before = voices.len();
        match advice.status {
            CallStatus::Ok => voices.extend(advice.votes.iter().map(|vote| (meant(vote), Some(reason(advice, vote))))),
            CallStatus::Filtered => {}
            CallStatus::Error | CallStatus::Limit | CallStatus::Time | CallStatus::Panic | CallStatus::Breaker => {
                let why = failure(advice);
                failed.push(why.source.clone());
                voices.push((ActDecision::Block, Some(why)));
            }
        }
        let strictest = voices[before..].iter().map(|(decision, _)| *decision).max();
        let word = strictest.map_or(if advice.status == CallStatus::Filtered { "filtered" } else { "pass" }, ActDecision::as_str);
        said.push(format!("{}@{} {word}", advice.plugin, advice.version));
        let called = advice.votes.iter().filter(|vote| advice.status == CallStatus::Ok && meant(vote) == ActDecision::RequestApproval);
        asks.extend(called.map(|vote| ApprovalAsk { role: Role::CreditManager.as_str().to_owned(), reason: reason(advice, vote) }));
    }
    let decision = voices.iter().map(|(decision, _)| *decision).max().unwrap_or(core).max(core);
    let is_no = decision >= ActDecision::Block;
    let against = voices.iter().find(|(voice, _)| is_no && *voice == decision).and_then(|(_, why)| why.clone());
    reasons.extend(voices.into_iter().filter(|(voice, _)| *voice > ActDecision::Approve).filter_map(|(_, why)| why));
    let merge = format!("{} -> {decision}", said.join("; "));
    Heard { decision, reasons, asks, against, failed, merge }
}

fn meant(vote: &Vote) -> ActDecision {
    match vote.vote {
        VoteKind::Approve | VoteKind::Pass => ActDecision::Approve,
        VoteKind::RequestApproval => ActDecision::RequestApproval,
        // A vote that belongs to orders or steps says at least "not now".
        VoteKind::Deny | VoteKind::Hold | VoteKind::ReleasePartial | VoteKind::Defer | VoteKind::Skip => ActDecision::Deny,
    }
}

fn reason(advice: &Advice, vote: &Vote) -> Reason {
    Reason { code: vote.code.clone(), source: advice.source(vote.line), detail: vote.text.en.clone(), text: vote.text.clone() }
}

fn failure(advice: &Advice) -> Reason {
    let line = advice.error.as_ref().map_or(0, |error| error.line);
    let text = Bilingual::new(
        format!("The plugin {} could not answer ({}), so nothing was done; its owner was told.", advice.plugin, advice.status),
        format!("插件 {} 未能给出结论（{}），因此未作任何更改，已通知其负责人。", advice.plugin, advice.status),
    );
    Reason { code: "plugin_failed".to_owned(), source: advice.source(line), detail: text.en.clone(), text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{advice, vote};

    fn failing(status: CallStatus) -> Advice {
        Advice { status, votes: vec![], ..advice(vec![]) }
    }

    #[test]
    fn deny_beats_a_failure_beats_a_request_beats_nothing_against_it() {
        use VoteKind::{Approve, Deny, Pass, RequestApproval};
        let says = |kinds: &[VoteKind]| advice(kinds.iter().map(|kind| vote(*kind, "X")).collect());
        for (asked, takes_two, expected) in [
            (vec![], false, "approve"),
            (vec![], true, "request_approval"),
            (vec![says(&[Pass])], false, "approve"),
            (vec![says(&[Approve])], true, "request_approval"),
            (vec![says(&[RequestApproval]), says(&[Approve])], false, "request_approval"),
            (vec![says(&[Approve, Deny])], true, "deny"),
            (vec![failing(CallStatus::Error), says(&[Approve])], false, "block"),
            (vec![failing(CallStatus::Time), says(&[RequestApproval])], false, "block"),
            (vec![failing(CallStatus::Panic), says(&[Deny])], false, "deny"),
            (vec![failing(CallStatus::Filtered)], false, "approve"),
        ] {
            let heard = hear(&Asked { advice: asked.clone() }, takes_two);
            assert_eq!(heard.decision.as_str(), expected, "{asked:?}");
            assert_eq!(heard.against.is_some(), heard.decision >= ActDecision::Block, "{asked:?}");
            assert!(heard.merge.ends_with(expected), "{}", heard.merge);
        }
    }

    #[test]
    fn a_script_adds_its_reason_to_what_the_house_asks_for() {
        let asked = Asked { advice: vec![advice(vec![vote(VoteKind::RequestApproval, "X")])] };
        let heard = hear(&asked, false);
        let code = |ask: Option<Ask>| heard.ask(ask).map(|ask| (ask.code, ask.reason.is_some()));
        assert_eq!(code(None), Some(("X".to_owned(), true)));
        assert_eq!(code(Some(Ask::above_authority(Role::CreditManager))), Some(("above_authority".to_owned(), true)));
        assert_eq!(hear(&Asked::nobody(), false).ask(None), None);
    }
}

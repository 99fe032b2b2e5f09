//! Evidence packets: which papers go with a claim that is given to legal, and what is missing (plugins.md §2, `legal_packet`).

use super::rules::{CaseState, Review};
use crate::words::asked::{Asked, CallStatus, OnFailure};
use crate::words::day::add_days;
use crate::words::effect::EffectKind;
use crate::words::facts::{Facts, ItemFacts, Reason};
use crate::words::money::Money;
use crate::words::text::Bilingual;
use std::collections::BTreeMap;

/// What goes with a claim.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Packet {
    /// References by kind of document.
    pub(super) documents: BTreeMap<String, Vec<String>>,
    /// Kinds that were asked for and are not there.
    pub(super) missing: Vec<String>,
}

/// What one legal entity of ours is owed in one currency, and is overdue.
pub(super) struct Owed<'a> {
    pub(super) entity: String,
    pub(super) amount: Money,
    pub(super) items: Vec<&'a ItemFacts>,
}

/// The overdue claims of an account: open and undisputed, less the customer's own credit (decision 6).
pub(super) fn owed(facts: &Facts) -> Vec<Owed<'_>> {
    let mut claims: Vec<Owed<'_>> = Vec::new();
    for item in facts.open_items.rows.iter().filter(|item| item.days_past_due > 0) {
        let minor = item.open.minor().saturating_sub(item.disputed.minor());
        let currency = item.open.currency();
        match claims.iter_mut().find(|claim| claim.entity == item.entity && claim.amount.currency() == currency) {
            Some(claim) => {
                claim.amount = Money::new(claim.amount.minor().saturating_add(minor), currency);
                claim.items.push(item);
            }
            None => claims.push(Owed { entity: item.entity.clone(), amount: Money::new(minor, currency), items: vec![item] }),
        }
    }
    for credit in &facts.credits {
        let same = claims.iter_mut().find(|claim| claim.entity == credit.entity && claim.amount.currency() == credit.amount.currency());
        if let Some(claim) = same {
            claim.amount = Money::new((claim.amount.minor() - credit.amount.minor()).max(0), claim.amount.currency());
        }
    }
    claims.retain(|claim| claim.amount.is_positive());
    claims
}

impl Packet {
    /// Puts a packet together from the answers: the papers the plugins chose, else everything on file of the kinds asked for. None
    /// when a plugin that had to be heard failed: the packet, and with it the handoff, then does not happen.
    pub(super) fn of(wanted: &[String], facts: &Facts, asked: &Asked) -> Option<Self> {
        let blocks = |status, on_failure| !matches!(status, CallStatus::Ok | CallStatus::Filtered) && on_failure != OnFailure::None;
        if asked.advice.iter().any(|advice| blocks(advice.status, advice.on_failure)) {
            return None;
        }
        let mut packet = Self::default();
        for effect in asked.advice.iter().flat_map(|advice| &advice.effects) {
            if let EffectKind::Include { document, references } = &effect.kind {
                packet.documents.entry(document.clone()).or_default().extend(references.iter().cloned());
            } else if let EffectKind::Missing { document } = &effect.kind {
                packet.missing.push(document.clone());
            }
        }
        for kind in wanted.iter().filter(|kind| !packet.missing.contains(kind)).cloned().collect::<Vec<_>>() {
            if !packet.documents.contains_key(&kind) {
                packet.take_all(kind, facts);
            }
        }
        Some(packet)
    }

    fn take_all(&mut self, kind: String, facts: &Facts) {
        let papers: Vec<String> = facts.evidence.iter().filter(|paper| paper.kind == kind).map(|paper| paper.reference.clone()).collect();
        if papers.is_empty() { self.missing.push(kind) } else { self.documents.extend([(kind, papers)]) }
    }

    /// The packet as it is stored, with the claims it is about.
    pub(super) fn json(&self, items: &[&ItemFacts]) -> serde_json::Value {
        let claims: Vec<_> = items
            .iter()
            .map(|item| {
                serde_json::json!({
                    "invoice_external_id": item.invoice_external_id, "part": item.part, "issued_on": item.issued_on, "due_on": item.due_on,
                    "days_past_due": item.days_past_due, "open": item.open, "disputed": item.disputed,
                })
            })
            .collect();
        serde_json::json!({ "documents": self.documents, "missing": self.missing, "claims": claims })
    }
}

/// Takes a handoff back out of a review whose packet could not be made, and a person learns of it.
pub(super) fn block(review: &mut Review, facts: &Facts, source: String) {
    let text = Bilingual::new("The evidence packet could not be made, so the case was not handed off.", "证据材料未能汇总，案件未移交。");
    take_back(review, facts, Reason { code: "packet_failed".to_owned(), source: source.clone(), detail: text.en.clone(), text });
    tell_owner(review, facts, "packet_failed", source);
}

/// Takes every handoff back out of a review: the case stays where it was, and its step is asked again the next day.
pub(super) fn take_back(review: &mut Review, facts: &Facts, why: Reason) {
    let steps: Vec<String> = review.handoffs.drain(..).filter_map(|handoff| handoff.step).collect();
    if let (Some(after), Some(before)) = (&mut review.after, &facts.case) {
        after.state = before.state.parse().unwrap_or(CaseState::Active);
    }
    let tomorrow = add_days(facts.today, 1);
    for change in review.steps.iter_mut().filter(|change| steps.contains(&change.step.key)) {
        if let Some(before) = facts.steps.iter().find(|step| step.key == change.step.key) {
            change.step = before.clone();
            change.step.tries += 1;
            change.step.wake_on = tomorrow;
            change.is_done = false;
        }
    }
    review.next_review_on = Some(review.next_review_on.map_or(tomorrow, |known| known.min(tomorrow)));
    review.reasons.push(why);
}

/// Work for whoever answers for a plugin that failed.
pub(super) fn tell_owner(review: &mut Review, facts: &Facts, task: &str, source: String) {
    review.tasks.push(super::rules::PlannedTask {
        role: "plugin_owner".to_owned(),
        task: task.to_owned(),
        activity: "internal".to_owned(),
        step: None,
        effective_on: facts.today,
        due_on: facts.today,
        sources: vec![source],
        items: Vec::new(),
        values: crate::words::effect::Values::new(),
    });
}

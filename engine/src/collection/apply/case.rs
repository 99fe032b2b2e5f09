//! The case, its items' places on the ladder, and the account's labels.

use super::Desk;
use crate::case::rows::collection_case;
use crate::collection::rules::{CaseAfter, CaseMove, CaseState};
use crate::doors::store::columns::Payload;
use crate::doors::store::{AccountClaim, Changes};
use crate::invoice::rows::instalment;
use crate::words::id::{CaseId, InstalmentId};
use std::collections::HashMap;

impl Desk<'_> {
    /// Writes the case where it changed. A new one is handed back: it still needs its number.
    pub(super) fn put_case(&self, changes: Changes) -> (Changes, Option<collection_case::Model>) {
        let Some(after) = &self.review.after else { return (changes, None) };
        match (self.review.case, &self.subject.gathered.case) {
            (CaseMove::Open, _) => {
                let Some(id) = self.case else { return (changes, None) };
                let row = self.new_case(id, after);
                let body = serde_json::json!({ "stage": row.stage, "owner": row.owner, "priority": row.priority });
                (changes.tell(self.entry("case.opened", "case", id.0, body)), Some(row))
            }
            (CaseMove::Update | CaseMove::Close(_), Some(before)) => (self.save_case(changes, before, after), None),
            (CaseMove::Rest | CaseMove::Update | CaseMove::Close(_), _) => (changes, None),
        }
    }

    fn new_case(&self, id: CaseId, after: &CaseAfter) -> collection_case::Model {
        let account = self.account();
        let blank = collection_case::Model {
            tenant_id: account.tenant_id,
            id,
            account_id: account.id,
            number: 0,
            state: String::new(),
            stage: String::new(),
            stage_no: 0,
            stage_since: after.stage_since,
            opened_on: after.opened_on,
            overdue_since: None,
            closed_on: None,
            closed_reason: None,
            priority: 0,
            owner: None,
            next_step: None,
            next_step_on: None,
            last_notice_on: None,
            last_formal_on: None,
            paused_until: None,
            opened_by: after.opened_by.clone(),
            scheduled: Payload::default(),
            clocks: Payload::default(),
            version: 0,
            created_at: self.attempt.stamp.at,
            claimed_reason: None,
            claimed_note: None,
            claimed_on: None,
            claimed_by: None,
            verified_reason: None,
            verified_evidence: None,
            verified_on: None,
            verified_by: None,
        };
        as_after(&blank, after)
    }

    fn save_case(&self, changes: Changes, before: &collection_case::Model, after: &CaseAfter) -> Changes {
        let mut row = as_after(before, after);
        let changes = match self.review.case {
            CaseMove::Close(reason) => {
                row.closed_on = Some(self.day());
                row.closed_reason = Some(reason.to_string());
                changes.tell(self.entry("case.closed", "case", row.id.0, serde_json::json!({ "reason": reason })))
            }
            CaseMove::Update if row.state != before.state => {
                let kind = match after.state {
                    CaseState::Paused => "case.paused",
                    CaseState::HandedOff => "case.handed_off",
                    CaseState::Active | CaseState::Closed => "case.resumed",
                };
                changes.tell(self.entry(kind, "case", row.id.0, serde_json::json!({ "paused_until": row.paused_until })))
            }
            CaseMove::Update if row.stage != before.stage => {
                let body = serde_json::json!({ "from": before.stage, "to": row.stage });
                changes.tell(self.entry("case.stage_entered", "case", row.id.0, body))
            }
            CaseMove::Rest | CaseMove::Open | CaseMove::Update => changes,
        };
        changes.save(&row)
    }

    /// Writes where the items stand on their ladders. The rows are saved as they are now, though the facts may be of a past day.
    pub(super) fn put_progress(&self, changes: Changes) -> Changes {
        let review = self.review;
        if review.progress.is_empty() && review.drafts.is_empty() && review.asked_leads.is_empty() {
            return changes;
        }
        let rows: HashMap<InstalmentId, &instalment::Model> = self.subject.gathered.instalments.iter().map(|row| (row.id, row)).collect();
        let mut saved: HashMap<InstalmentId, instalment::Model> = HashMap::new();
        let mut change = |id: InstalmentId, change: &dyn Fn(&mut instalment::Model)| {
            if let Some(row) = rows.get(&id) {
                change(saved.entry(id).or_insert_with(|| (*row).clone()));
            }
        };
        for climbed in &review.progress {
            change(climbed.instalment, &|row| {
                row.last_step = Some(climbed.step.clone());
                row.last_step_on = Some(climbed.done_on);
            });
        }
        for (id, step) in &review.drafts {
            change(*id, &|row| row.draft_step = Some(step.clone()));
        }
        for (id, lead) in &review.asked_leads {
            change(*id, &|row| row.asked_lead_days = Some(*lead));
        }
        changes.save_all(saved.values())
    }

    /// Puts labels on the account and takes them off, and remembers for which due day a credit review was asked. The row carries what
    /// its claim sets.
    pub(super) fn put_account(&self, changes: Changes, claim: &AccountClaim) -> Changes {
        if self.review.tags.is_empty() && self.review.credit_review_asked_on.is_none() {
            return changes;
        }
        let mut row = self.account().clone();
        for (name, is_on) in &self.review.tags {
            row.tags.0.retain(|known| known != name);
            if *is_on {
                row.tags.0.push(name.clone());
            }
        }
        row.credit_review_asked_on = self.review.credit_review_asked_on.or(row.credit_review_asked_on);
        row.version = claim.version + 1;
        row.next_review_on = claim.next_review_on;
        row.daily_asked_on = claim.daily_asked_on;
        changes.save(&row)
    }
}

fn as_after(before: &collection_case::Model, after: &CaseAfter) -> collection_case::Model {
    collection_case::Model {
        state: after.state.to_string(),
        stage: after.stage.clone(),
        stage_no: i64::try_from(after.stage_no).unwrap_or(0),
        stage_since: after.stage_since,
        overdue_since: after.overdue_since,
        priority: after.priority,
        owner: after.owner.clone(),
        next_step: after.next_step.clone(),
        next_step_on: after.next_step_on,
        last_notice_on: after.last_notice_on,
        last_formal_on: after.last_formal_on,
        paused_until: after.paused_until,
        scheduled: Payload(after.scheduled.clone()),
        clocks: Payload(after.clocks.clone()),
        version: before.version + 1,
        ..before.clone()
    }
}

//! Custom steps, the yes they wait for, and cases given to legal with their evidence.

use super::Desk;
use crate::approval::rows::approval;
use crate::approval::{ApprovalKind, Request};
use crate::case::rows::step_instance;
use crate::collection::packet::{Owed, Packet, owed};
use crate::collection::rules::{PlannedApproval, StepChange};
use crate::doors::store::Changes;
use crate::doors::store::columns::Payload;
use crate::handoff::rows::handoff;
use crate::words::id::{HandoffId, RowId};
use crate::words::text::Bilingual;

/// Days after which a request for a yes is no longer worth an answer (our own figure).
const APPROVAL_DAYS: i64 = 90;

impl Desk<'_> {
    /// Writes the custom steps that began, moved or ended, and files the requests they wait for.
    pub(super) fn put_steps(&self, mut changes: Changes) -> Changes {
        for change in &self.review.steps {
            let Some(mut row) = self.step_row(change) else { continue };
            let wanted = self.review.approvals.iter().filter(|approval| approval.step.as_deref() == Some(row.key.as_str()));
            for planned in wanted {
                let approval = self.approval(planned, &row);
                row.approval_id = Some(approval.id);
                let body = serde_json::json!({ "role": approval.role, "code": approval.code, "step": row.key });
                changes = changes.add(&approval).tell(self.entry("approval.asked", "approval", approval.id.0, body));
            }
            changes = if change.is_new { changes.add(&row) } else { changes.save(&row) };
        }
        changes
    }

    fn step_row(&self, change: &StepChange) -> Option<step_instance::Model> {
        let step = &change.step;
        let known = self.subject.gathered.steps.iter().find(|row| !change.is_new && row.id == step.id);
        Some(step_instance::Model {
            tenant_id: self.account().tenant_id,
            id: known.map_or_else(|| RowId(self.attempt.stamp.id()), |row| row.id),
            account_id: self.account().id,
            case_id: known.map(|row| row.case_id).or(self.case)?,
            key: step.key.clone(),
            step_type: step.step_type.clone(),
            state: step.at.clone(),
            entered_on: step.entered_on,
            wake_on: step.wake_on,
            due_on: step.due_on,
            approval: step.approval.clone(),
            approval_id: known.and_then(|row| row.approval_id),
            tries: step.tries,
            data: Payload(step.data.clone()),
            is_done: change.is_done,
            created_at: known.map_or(self.attempt.stamp.at, |row| row.created_at),
        })
    }

    fn approval(&self, planned: &PlannedApproval, step: &step_instance::Model) -> approval::Model {
        let code = planned.code.clone().unwrap_or_default();
        let account = self.account();
        let text = Bilingual::new(
            format!("{}: step {} asks for a yes ({code}).", account.name, step.key),
            format!("{}：步骤 {} 提请审批（{code}）。", account.name, step.key),
        );
        let request = Request {
            kind: ApprovalKind::Step,
            account: Some(account.id),
            subject: ("step", step.id.0),
            role: &planned.role,
            code: &code,
            text,
            asked_by: &planned.source,
            amount: None,
            days: (self.day(), APPROVAL_DAYS),
        };
        request.row(&self.attempt.who, &self.attempt.stamp)
    }

    /// Adds the handoffs, one for each legal entity and currency that is owed something overdue.
    pub(super) fn put_handoffs(&self, mut changes: Changes, packets: &[Packet]) -> Changes {
        let Some(case_id) = self.case else { return changes };
        for (planned, packet) in self.review.handoffs.iter().zip(packets) {
            for Owed { entity, amount, items } in owed(&self.subject.gathered.facts) {
                let row = handoff::Model {
                    tenant_id: self.account().tenant_id,
                    id: HandoffId(self.attempt.stamp.id()),
                    account_id: self.account().id,
                    case_id,
                    kind: planned.to.clone(),
                    state: "open".to_owned(),
                    entity,
                    currency: amount.currency(),
                    amount_minor: amount.minor(),
                    documents: Payload(planned.documents.clone()),
                    packet: Payload(packet.json(&items)),
                    source: planned.sources.first().cloned().unwrap_or_default(),
                    decision_id: self.decision,
                    made_on: self.day(),
                    version: 1,
                    created_at: self.attempt.stamp.at,
                };
                let body = serde_json::json!({ "kind": row.kind, "amount": amount, "missing": packet.missing });
                changes = changes.add(&row).tell(self.entry("handoff.opened", "handoff", row.id.0, body));
            }
        }
        changes
    }
}

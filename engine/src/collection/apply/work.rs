//! Tasks: new ones, those they take the place of, and those a case that ends leaves behind.

use super::Desk;
use crate::case::REVIEW_TASK;
use crate::case::rows::task;
use crate::collection::rules::{CaseMove, CaseState, PlannedTask, addressee};
use crate::doors::store::Changes;
use crate::doors::store::columns::Payload;
use crate::words::id::TaskId;

impl Desk<'_> {
    /// Adds tasks and cancels those that are over. Gives how many are new.
    pub(super) fn put_tasks(&self, mut changes: Changes) -> (Changes, i64) {
        let mut made: Vec<task::Model> = Vec::new();
        let mut replaced: Vec<task::Model> = Vec::new();
        for planned in &self.review.tasks {
            let is_same = |row: &&task::Model| row.kind == planned.task && row.step == planned.step && row.case_id == self.case;
            let known = self.subject.tasks.iter().find(is_same);
            // Work of a step comes again with each strike; other work is asked for once while it is open (plugins §3).
            match known {
                Some(_) if planned.step.is_none() => continue,
                Some(row) => replaced.push(over(row, "replaced")),
                None => {}
            }
            made.push(self.task(planned));
        }
        let is_over = |row: &&task::Model| self.is_left_behind(row) && replaced.iter().all(|other| other.id != row.id);
        let left: Vec<task::Model> = self.subject.tasks.iter().filter(is_over).map(|row| over(row, "case_ended")).collect();
        changes = changes.add_all(&made).save_all(&replaced).save_all(&left);
        if let Some(first) = made.first() {
            let all: Vec<_> = made.iter().map(|row| serde_json::json!({ "id": row.id, "kind": row.kind, "role": row.role })).collect();
            changes = changes.tell(self.entry("task.created", "task", first.id.0, serde_json::json!({ "tasks": all })));
        }
        (changes, i64::try_from(made.len()).unwrap_or(i64::MAX))
    }

    /// Work of a case that is over or in other hands: nobody calls a customer who has paid.
    fn is_left_behind(&self, row: &task::Model) -> bool {
        let is_of_case = row.case_id.is_some() && row.case_id == self.case && row.role != "plugin_owner";
        let is_handed_off = self.review.after.as_ref().is_some_and(|after| after.state == CaseState::HandedOff);
        let is_towards_customer = matches!(row.activity.as_str(), "call" | "visit" | "message");
        match self.review.case {
            CaseMove::Close(_) => is_of_case,
            CaseMove::Update => is_of_case && is_handed_off && is_towards_customer,
            CaseMove::Rest | CaseMove::Open => false,
        }
    }

    fn task(&self, planned: &PlannedTask) -> task::Model {
        let account = self.account();
        let items: Vec<&str> = planned.items.iter().filter_map(|id| self.item(*id)).map(|item| item.invoice_external_id.as_str()).collect();
        task::Model {
            tenant_id: account.tenant_id,
            id: TaskId(self.attempt.stamp.id()),
            account_id: account.id,
            // A credit review is about the account: it stays when the case ends.
            case_id: self.case.filter(|_| planned.task != REVIEW_TASK),
            kind: planned.task.clone(),
            activity: planned.activity.clone(),
            role: planned.role.clone(),
            step: planned.step.clone(),
            effective_on: planned.effective_on,
            due_on: planned.due_on,
            state: "open".to_owned(),
            source: planned.sources.first().cloned().unwrap_or_else(|| "core".to_owned()),
            details: Payload(serde_json::json!({ "invoices": items, "values": planned.values })),
            created_on: self.day(),
            done_on: None,
            done_by: None,
            outcome: None,
            contact_id: addressee::by_activity(&self.subject.gathered.facts, &planned.activity).map(|contact| contact.id),
            version: 1,
            created_at: self.attempt.stamp.at,
        }
    }
}

fn over(row: &task::Model, outcome: &str) -> task::Model {
    task::Model { state: "cancelled".to_owned(), outcome: Some(outcome.to_owned()), version: row.version + 1, ..row.clone() }
}

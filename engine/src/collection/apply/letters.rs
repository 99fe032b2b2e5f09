//! Notices with their lines.

use super::Desk;
use crate::collection::rules::{NoticeLine, PlannedNotice};
use crate::doors::store::Changes;
use crate::doors::store::columns::Payload;
use crate::notice::language_of;
use crate::notice::rows::{notice, notice_line};
use crate::words::id::{InstalmentId, NoticeId, OfferId, RowId};
use chrono::NaiveDate;
use std::collections::HashSet;

/// What a step may be done for only once.
type Once = HashSet<(InstalmentId, String, NaiveDate)>;

impl Desk<'_> {
    /// Adds the notices. `offers` are the ids of the review's offers, in their order.
    pub(super) fn put_notices(&self, mut changes: Changes, offers: &[OfferId]) -> Changes {
        let mut told: Once = HashSet::new();
        for planned in &self.review.notices {
            let id = NoticeId(self.attempt.stamp.id());
            let asked: Vec<notice_line::Model> = planned.lines.iter().filter_map(|line| self.line(id, line, false, &mut told)).collect();
            let shown: Vec<notice_line::Model> =
                planned.information.iter().filter_map(|line| self.line(id, line, true, &mut told)).collect();
            let row = self.notice(id, planned, &asked, offers);
            let body = serde_json::json!({
                "channel": row.channel, "step": row.step, "state": row.state, "amount": planned.total, "lines": asked.len(),
            });
            changes = changes.add(&row).add_all(&asked).add_all(&shown).tell(self.entry("notice.created", "notice", id.0, body));
        }
        changes
    }

    fn notice(&self, id: NoticeId, planned: &PlannedNotice, asked: &[notice_line::Model], offers: &[OfferId]) -> notice::Model {
        let account = self.account();
        let facts = &self.subject.gathered.facts;
        let contact = planned.contact.and_then(|id| facts.contacts.iter().find(|contact| contact.id == id));
        notice::Model {
            tenant_id: account.tenant_id,
            id,
            account_id: account.id,
            case_id: self.case,
            contact_id: planned.contact,
            entity: planned.entity.clone(),
            currency: planned.currency,
            channel: planned.channel.to_string(),
            template: planned.template.clone(),
            language: language_of(contact.and_then(|contact| contact.language.as_deref()), account, &self.attempt.ground.tenant),
            step: planned.step.clone(),
            effective_on: planned.effective_on,
            state: planned.state.to_string(),
            is_formal: planned.is_formal,
            amount_minor: asked.iter().map(|line| line.amount_minor).fold(0, i64::saturating_add),
            credit_minor: planned.credit.minor(),
            answer_by: planned.answer_by,
            send_on: planned.send_on,
            offer_id: planned.offer.and_then(|at| offers.get(at)).copied(),
            source: planned.source.clone(),
            created_on: self.day(),
            created_at: self.attempt.stamp.at,
            variables: (!planned.variables.is_empty()).then(|| Payload(planned.variables.clone())),
        }
    }

    fn line(&self, notice: NoticeId, line: &NoticeLine, is_for_information: bool, told: &mut Once) -> Option<notice_line::Model> {
        let item = self.item(line.instalment)?;
        let step = if is_for_information { line.step.clone() } else { once(line, told) };
        Some(notice_line::Model {
            tenant_id: self.account().tenant_id,
            id: RowId(self.attempt.stamp.id()),
            notice_id: notice,
            account_id: self.account().id,
            invoice_id: item.invoice_id,
            instalment_id: line.instalment,
            invoice_external_id: item.invoice_external_id.clone(),
            part: item.part.clone(),
            step,
            effective_on: line.effective_on,
            days_past_due: line.days_past_due,
            amount_minor: line.amount.minor(),
            currency: line.amount.currency(),
            is_for_information,
        })
    }
}

/// Two plugins may write about one item on one day; the second letter's line is numbered, since a step is done once.
fn once(line: &NoticeLine, told: &mut Once) -> String {
    let mut step = line.step.clone();
    let mut no = 1;
    while !told.insert((line.instalment, step.clone(), line.effective_on)) {
        no += 1;
        step = format!("{}:{no}", line.step);
    }
    step
}

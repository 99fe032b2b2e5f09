//! What happened, told without ids and moments: two databases that tell the same story came to the same end.

use crate::inspect::{Cells, sql};
use std::collections::BTreeMap;

/// Each part of the story; accounts and invoices go by their numbers in the ERP. The same text for both databases.
const PARTS: &[(&str, &str)] = &[
    ("accounts", "SELECT a.external_id, a.open_count, a.next_review_on FROM account a"),
    (
        "items",
        "SELECT i.invoice_external_id, i.no, i.open_minor, i.settled_on, i.last_step, i.last_step_on, i.draft_step, i.asked_lead_days
           FROM instalment i",
    ),
    (
        "cases",
        "SELECT a.external_id, c.state, c.stage, c.stage_since, c.opened_on, c.overdue_since, c.closed_on, c.closed_reason, c.priority,
                c.owner, c.next_step, c.next_step_on, c.last_notice_on, c.paused_until, c.clocks
           FROM collection_case c JOIN account a ON a.id = c.account_id",
    ),
    (
        "steps",
        "SELECT a.external_id, s.key, s.step_type, s.state, s.entered_on, s.wake_on, s.due_on, s.data
           FROM step_instance s JOIN account a ON a.id = s.account_id",
    ),
    (
        "tasks",
        "SELECT a.external_id, t.kind, t.role, t.step, t.effective_on, t.due_on, t.state, t.source, t.created_on
           FROM task t JOIN account a ON a.id = t.account_id",
    ),
    (
        "notices",
        "SELECT a.external_id, n.channel, n.template, n.language, n.step, n.effective_on, n.state, n.amount_minor, n.credit_minor,
                n.answer_by, n.send_on, n.created_on
           FROM notice n JOIN account a ON a.id = n.account_id",
    ),
    (
        "lines",
        "SELECT l.invoice_external_id, l.part, l.step, l.effective_on, l.days_past_due, l.amount_minor, l.is_for_information FROM notice_line l",
    ),
    ("offers", "SELECT o.invoice_external_id, o.rate, o.discount_minor, o.pay_by, o.state, o.made_on FROM offer o"),
    (
        "holds",
        "SELECT a.external_id, h.code, h.pay_to_release_minor, h.placed_on, h.expires_on, h.state, h.lifted_on
           FROM hold h JOIN account a ON a.id = h.account_id",
    ),
    (
        "signals",
        "SELECT a.external_id, s.kind, s.severity, s.source, s.observed_on, s.ends_on, s.withdrawn_on, s.evidence
           FROM signal s JOIN account a ON a.id = s.account_id",
    ),
    (
        "danger",
        "SELECT a.external_id, p.has_signals, p.plan_level, p.plan_since, p.watched_since, p.stopped_on
           FROM risk_profile p JOIN account a ON a.id = p.account_id",
    ),
    ("orders", "SELECT o.external_id, o.state, o.decision, o.reserved_minor, o.released_minor FROM sales_order o"),
    ("handoffs", "SELECT a.external_id, h.kind, h.state, h.amount_minor, h.made_on FROM handoff h JOIN account a ON a.id = h.account_id"),
    (
        "decisions",
        "SELECT a.external_id, d.cause, d.effective_on, d.outcome, COUNT(*) FROM decision d JOIN account a ON a.id = d.account_id
          GROUP BY a.external_id, d.cause, d.effective_on, d.outcome",
    ),
    (
        "journal",
        "SELECT a.external_id, j.kind, j.effective_on, COUNT(*) FROM journal j JOIN account a ON a.id = j.account_id
          GROUP BY a.external_id, j.kind, j.effective_on",
    ),
];

/// The story of everything in this database, part by part, each in a fixed order.
pub async fn story(url: &str) -> BTreeMap<&'static str, Vec<Cells>> {
    let mut told = BTreeMap::new();
    for (part, query) in PARTS {
        let mut rows = sql(url, query).await.expect("a part of the story can be read");
        rows.sort();
        told.insert(*part, rows);
    }
    told
}

/// Fails at the first line that differs.
#[track_caller]
pub fn same(one: &BTreeMap<&'static str, Vec<Cells>>, other: &BTreeMap<&'static str, Vec<Cells>>) {
    for (part, rows) in one {
        let theirs = &other[part];
        let differs = rows.iter().zip(theirs).find(|(one, other)| one != other);
        assert_eq!(differs, None, "{part}");
        assert_eq!(rows.len(), theirs.len(), "{part}");
    }
}

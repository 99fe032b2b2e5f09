//! The rows of a new stop: its hold, the notice to the customer, the deadline somebody watches, and the record.

use super::asked::Founded;
use super::stop::StopSupply;
use crate::case::rows::task;
use crate::command::Attempt;
use crate::credit::order::{blank_task, paid_of, received};
use crate::credit::rules::hold_kind::Owed;
use crate::credit::rules::supply::code_of;
use crate::doors::store::columns::Payload;
use crate::facts::Gathered;
use crate::hold::basis::BasisKind;
use crate::hold::rows::{hold, hold_item, supply_stop};
use crate::notice::rows::notice;
use crate::notice::{SUPPLY_STOP_LETTER, language_of};
use crate::policy::Channel;
use crate::words::facts::ContactFacts;
use crate::words::id::{HoldId, NoticeId, RowId, SupplyStopId};
use crate::words::money::Money;
use crate::words::text::Bilingual;

/// The kind of task that watches the day by which the customer was asked to answer.
pub(super) const DEADLINE: &str = "supply_stop_deadline";

/// The legal entity of ours that writes where nothing is open.
const MAIN_ENTITY: &str = "main";

/// The rows of a new stop.
pub(super) struct Placed {
    pub(super) hold: hold::Model,
    pub(super) items: Vec<hold_item::Model>,
    pub(super) notice: notice::Model,
    pub(super) task: task::Model,
    pub(super) stop: supply_stop::Model,
}

/// Makes them. `text` is the sentence of the stop.
pub(super) fn placed(
    gathered: &Gathered,
    asked: &StopSupply,
    founded: &Founded,
    late: &Owed,
    text: Bilingual,
    attempt: &Attempt,
) -> Placed {
    let id = SupplyStopId(attempt.stamp.id());
    let (hold, items) = hold_rows(gathered, asked, founded, late, &text, attempt);
    let notice = notice_row(gathered, founded, late, attempt);
    let details = serde_json::json!({ "supply_stop_id": id, "hold_id": hold.id, "text": text });
    let task = task::Model {
        due_on: founded.answer_by,
        case_id: gathered.case.as_ref().map(|case| case.id),
        ..blank_task(gathered.account.id, DEADLINE, "credit_manager", details, attempt)
    };
    let stop = supply_stop::Model {
        tenant_id: attempt.who.tenant,
        id,
        account_id: gathered.account.id,
        order_id: asked.order,
        hold_id: hold.id,
        level: asked.stop.level,
        basis: founded.basis.clone(),
        law: Payload(founded.law.clone()),
        scope: Payload(founded.scope.clone()),
        evidence: Payload(asked.stop.evidence.clone()),
        reason: asked.stop.reason.clone(),
        notice_id: notice.id,
        task_id: task.id,
        answer_by: founded.answer_by,
        author: attempt.who.actor.to_string(),
        second_person: attempt.who.second.as_ref().map(|second| second.actor.to_string()),
        stopped_on: attempt.stamp.today,
        created_at: attempt.stamp.at,
    };
    Placed { hold, items, notice, task, stop }
}

/// Where the law is the order of performance, paying what is overdue now ends the hold by itself.
fn hold_rows(
    gathered: &Gathered,
    asked: &StopSupply,
    founded: &Founded,
    late: &Owed,
    text: &Bilingual,
    attempt: &Attempt,
) -> (hold::Model, Vec<hold_item::Model>) {
    let is_payable = founded.law.kind == BasisKind::OrderOfPerformance;
    let currency = late.amount.currency();
    let open = gathered.facts.open_items.rows.iter().filter(|row| late.items.contains(&row.id)).map(|row| (&row.total, &row.open));
    let paid = if late.items.is_empty() { received(&gathered.balances, currency) } else { paid_of(open) };
    let row = hold::Model {
        tenant_id: attempt.who.tenant,
        id: HoldId(attempt.stamp.id()),
        account_id: gathered.account.id,
        order_id: asked.order,
        source: "core".to_owned(),
        code: code_of(asked.stop.level, asked.order.is_some()).to_owned(),
        text_en: text.en.clone(),
        text_zh: text.zh.clone(),
        currency: is_payable.then_some(currency),
        pay_to_release_minor: is_payable.then(|| late.amount.minor()),
        paid_before_minor: if is_payable { paid } else { 0 },
        placed_on: attempt.stamp.today,
        expires_on: None,
        state: "active".to_owned(),
        lifted_on: None,
        lifted_by: None,
        lift_reason: None,
        decision_id: None,
        version: 1,
        created_at: attempt.stamp.at,
    };
    let item = |item: &crate::words::id::InstalmentId| hold_item::Model {
        tenant_id: row.tenant_id,
        id: RowId(attempt.stamp.id()),
        hold_id: row.id,
        instalment_id: *item,
    };
    let items = if is_payable { late.items.iter().map(item).collect() } else { Vec::new() };
    (row, items)
}

/// The notice that the law asks for, to be sent at once: by e-mail where somebody can be reached, else by registered letter. It goes out to
/// a blocked account too: a legal notice passes the stop flag.
fn notice_row(gathered: &Gathered, founded: &Founded, late: &Owed, attempt: &Attempt) -> notice::Model {
    let contact = addressee(&gathered.facts.contacts);
    let channel = contact.filter(|contact| contact.has_email).map_or(Channel::Registered, |_| Channel::Email);
    let of_item = gathered.facts.open_items.rows.iter().find(|row| late.items.contains(&row.id));
    let asks = if founded.law.kind == BasisKind::OrderOfPerformance { late.amount } else { Money::zero(late.amount.currency()) };
    notice::Model {
        tenant_id: attempt.who.tenant,
        id: NoticeId(attempt.stamp.id()),
        account_id: gathered.account.id,
        case_id: gathered.case.as_ref().map(|case| case.id),
        contact_id: contact.map(|contact| contact.id),
        entity: of_item.map_or(MAIN_ENTITY, |row| row.entity.as_str()).to_owned(),
        currency: asks.currency(),
        channel: channel.to_string(),
        template: SUPPLY_STOP_LETTER.to_owned(),
        language: language_of(contact.and_then(|contact| contact.language.as_deref()), &gathered.account, &attempt.ground.tenant),
        step: SUPPLY_STOP_LETTER.to_owned(),
        effective_on: attempt.stamp.today,
        state: "ready".to_owned(),
        is_formal: true,
        amount_minor: asks.minor(),
        credit_minor: 0,
        answer_by: founded.answer_by,
        send_on: None,
        offer_id: None,
        source: "core".to_owned(),
        created_on: attempt.stamp.today,
        created_at: attempt.stamp.at,
    }
}

/// Whoever decides for the customer, then whoever pays; somebody with an e-mail address before somebody without.
fn addressee(contacts: &[ContactFacts]) -> Option<&ContactFacts> {
    const ORDER: [&str; 5] = ["decision_maker", "legal", "payer", "handler", "cashier"];
    let rank = |contact: &&ContactFacts| ORDER.iter().position(|known| *known == contact.role).unwrap_or(ORDER.len());
    contacts.iter().min_by_key(|contact| (!contact.has_email, rank(contact)))
}

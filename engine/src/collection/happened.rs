//! The things that events happened to, as plugins are shown them: read for a page of events, a query a kind.

use super::events::Noted;
use crate::doors::plugin_event::plugin_event;
use crate::doors::store::columns::Payload;
use crate::doors::store::{Read, failed};
use crate::invoice::rows::invoice;
use crate::offer::rows::offer;
use crate::payment::rows::payment;
use crate::signal::rows::signal;
use crate::words::asked::{About, Hook};
use crate::words::error::Result;
use crate::words::event_facts::{InvoiceFacts, PaymentFacts};
use crate::words::facts::{Facts, OfferFacts};
use crate::words::id::{InstalmentId, InvoiceId, OfferId, PaymentId, SignalId};
use crate::words::money::Money;
use crate::words::rate::Rate;
use crate::words::signal::SignalFacts;
use rust_decimal::Decimal;
use sea_orm::QueryFilter;
use std::collections::HashMap;
use uuid::Uuid;

/// What a page of events happened to.
#[derive(Default)]
pub(super) struct Things {
    invoices: HashMap<Uuid, invoice::Model>,
    payments: HashMap<Uuid, payment::Model>,
    offers: HashMap<Uuid, offer::Model>,
    signals: HashMap<Uuid, signal::Model>,
}

/// Reads one kind of thing for the events of these questions: one query, none where there is none of them.
macro_rules! things {
    ($read:ident, $rows:ident, $table:ident, $id:ident, [$($hook:ident),*]) => {{
        let is_of = |row: &&&plugin_event::Model| [$(Hook::$hook),*].iter().any(|hook| hook.as_str() == row.hook);
        let ids: Vec<$id> = $rows.iter().filter(is_of).map(|row| $id(row.subject_id)).collect();
        if ids.is_empty() {
            HashMap::new()
        } else {
            let query = $table::find($read.tenant()).filter($read.among($table::Column::Id, ids));
            query.all($read.db()).await.map_err(failed)?.into_iter().map(|row| (row.id.0, row)).collect()
        }
    }};
}

/// Reads what these events happened to.
pub(super) async fn happened(read: &Read, rows: impl Iterator<Item = &Noted>) -> Result<Things> {
    let rows: Vec<&plugin_event::Model> = rows.filter_map(Noted::other).collect();
    if rows.is_empty() {
        return Ok(Things::default());
    }
    Ok(Things {
        invoices: things!(read, rows, invoice, InvoiceId, [InvoiceRegistered]),
        payments: things!(read, rows, payment, PaymentId, [PaymentReceived, PaymentBounced]),
        offers: things!(read, rows, offer, OfferId, [OfferTaken, OfferExpired]),
        signals: things!(read, rows, signal, SignalId, [SignalRaised]),
    })
}

impl Things {
    /// The question about this event; none where the thing is not there any more.
    pub(super) fn about(&self, event: &plugin_event::Model, facts: &Facts) -> Option<About> {
        let id = event.subject_id;
        let is = |hook: Hook| event.hook == hook.as_str();
        let stage = event.stage.as_ref().map(|Payload(stage)| stage.clone());
        let payment = self.payments.get(&id).map(payment_facts);
        let offer = self.offers.get(&id).and_then(offer_facts);
        if is(Hook::InvoiceRegistered) {
            return self.invoices.get(&id).map(|row| About::InvoiceRegistered { invoice: invoice_facts(row, facts) });
        } else if is(Hook::BecameOverdue) {
            return Some(About::BecameOverdue { item: InstalmentId(id) });
        } else if is(Hook::PaymentReceived) {
            return payment.map(|payment| About::PaymentReceived { payment });
        } else if is(Hook::PaymentBounced) {
            return payment.map(|payment| About::PaymentBounced { payment });
        } else if is(Hook::CaseOpened) {
            return stage.map(|stage| About::CaseOpened { stage });
        } else if is(Hook::StageEntered) {
            return stage.map(|stage| About::StageEntered { stage });
        } else if is(Hook::OfferTaken) {
            return offer.map(|offer| About::OfferTaken { offer });
        } else if is(Hook::OfferExpired) {
            return offer.map(|offer| About::OfferExpired { offer });
        }
        self.signals.get(&id).map(|row| About::SignalRaised { raised: SignalFacts::from(row) })
    }
}

fn invoice_facts(row: &invoice::Model, facts: &Facts) -> InvoiceFacts {
    let own = facts.open_items.rows.iter().filter(|item| item.invoice_id == row.id);
    InvoiceFacts {
        id: row.id,
        external_id: row.external_id.clone(),
        amount: Money::new(row.total_minor, row.currency),
        issued_on: row.issued_on,
        order_external_id: row.order_external_id.clone(),
        contract_external_id: row.contract_external_id.clone(),
        batch_no: row.batch_no,
        items: own.map(|item| item.id).collect(),
    }
}

fn payment_facts(row: &payment::Model) -> PaymentFacts {
    PaymentFacts {
        id: row.id,
        external_id: row.external_id.clone(),
        amount: Money::new(row.amount_minor, row.currency),
        unallocated: Money::new(row.unallocated_minor, row.currency),
        received_on: row.received_on,
        method: row.method.clone(),
        order_external_id: row.order_external_id.clone(),
        voided_on: row.voided_on,
        void_reason: row.void_reason.clone(),
    }
}

fn offer_facts(row: &offer::Model) -> Option<OfferFacts> {
    let rate: Rate = row.rate.parse().ok()?;
    let rate_bps = i64::try_from(rate.0 * Decimal::from(10_000)).ok()?;
    Some(OfferFacts { id: row.id, instalment_id: row.instalment_id, rate_bps, pay_by: row.pay_by })
}

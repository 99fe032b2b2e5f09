//! What has happened on an account: the invoice that was booked, the payment that came or bounced.

use crate::words::account::words;
use crate::words::ctx::Seen;
use crate::words::items::Items;
use crate::words::table::Table;
use recoup_engine::words::event_facts::{InvoiceFacts, PaymentFacts};
use rhai::{Dynamic, ImmutableString};
use std::sync::Arc;

/// An invoice that was booked.
#[derive(Clone, Debug)]
pub(crate) struct Invoice(pub(crate) Arc<Seen>);
/// A payment that came, or that the bank took back.
#[derive(Clone, Debug)]
pub(crate) struct Payment(pub(crate) Arc<Seen>);

impl Invoice {
    fn read<R: Default>(&self, read: impl Fn(&InvoiceFacts) -> R) -> R {
        self.0.about.invoice().map(read).unwrap_or_default()
    }
}

impl Payment {
    fn read<R: Default>(&self, read: impl Fn(&PaymentFacts) -> R) -> R {
        self.0.about.payment().map(read).unwrap_or_default()
    }
}

pub(super) fn register(table: &mut Table) {
    table
        .kind::<Invoice>("Invoice", "An invoice that was booked.")
        .get("Invoice.id -> text", "Its id.", |i: &Invoice| i.read(|i| i.id.to_string()))
        .get("Invoice.external_id -> text", "Its number in the ERP.", |i: &Invoice| i.read(|i| ImmutableString::from(&i.external_id)))
        .get("Invoice.amount -> Money", "Its total.", |i: &Invoice| i.read(|i| Some(i.amount)))
        .get("Invoice.issued_on -> Date", "Its date.", |i: &Invoice| i.read(|i| Some(i.issued_on)))
        .get("Invoice.order_id -> text?", "The order it bills, as the ERP calls it.", |i: &Invoice| {
            i.read(|i| words(i.order_external_id.as_ref()))
        })
        .get("Invoice.contract_id -> text?", "Its contract, as the ERP calls it.", |i: &Invoice| {
            i.read(|i| words(i.contract_external_id.as_ref()))
        })
        .get("Invoice.batch_no -> int?", "Its delivery batch.", |i: &Invoice| i.read(|i| i.batch_no))
        .get("Invoice.items -> Items", "Those of its instalments that are open.", |i: &Invoice| {
            Dynamic::from(Items::all(&i.0).only(&i.0.about.items()))
        })
        .kind::<Payment>("Payment", "A payment that came, or that the bank took back.")
        .get("Payment.id -> text", "Its id.", |p: &Payment| p.read(|p| p.id.to_string()))
        .get("Payment.external_id -> text", "Its number in the ERP or at the bank.", |p: &Payment| {
            p.read(|p| ImmutableString::from(&p.external_id))
        })
        .get("Payment.amount -> Money", "How much.", |p: &Payment| p.read(|p| Some(p.amount)))
        .get("Payment.unallocated -> Money", "What of it is booked on nothing.", |p: &Payment| p.read(|p| Some(p.unallocated)))
        .get("Payment.received_on -> Date", "The day it came.", |p: &Payment| p.read(|p| Some(p.received_on)))
        .get("Payment.method -> text", "How it came.", |p: &Payment| p.read(|p| ImmutableString::from(&p.method)))
        .get("Payment.order_id -> text?", "The order it names, as the ERP calls it.", |p: &Payment| {
            p.read(|p| words(p.order_external_id.as_ref()))
        })
        .get("Payment.voided_on -> Date?", "The day it was taken back.", |p: &Payment| p.read(|p| p.voided_on))
        .get("Payment.void_reason -> text?", "Why it was taken back.", |p: &Payment| p.read(|p| words(p.void_reason.as_ref())));
}

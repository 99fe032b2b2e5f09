//! What has happened in a test: an invoice, a payment, a stage, an offer. A signal is the last one the test set up.

use crate::check::fields::Fields;
use crate::check::world::World;
use crate::words::account::share;
use crate::words::table::{Fallible, raise};
use recoup_engine::words::asked::About;
use recoup_engine::words::event_facts::{InvoiceFacts, PaymentFacts, StageFacts};
use recoup_engine::words::facts::{Facts, OfferFacts};
use recoup_engine::words::id::{CaseId, InvoiceId, OfferId, PaymentId};
use recoup_engine::words::money::{Currency, Money};
use recoup_engine::words::rate::Rate;

impl World {
    /// An invoice over everything that is open.
    pub(super) fn invoice_facts(&self, facts: &Facts) -> Fallible<InvoiceFacts> {
        let mut f = Fields::of("invoice", self.invoice.clone());
        let invoice = InvoiceFacts {
            id: InvoiceId(self.stamp.id()),
            external_id: f.text("external_id")?.unwrap_or_else(|| "INV-1".to_owned()),
            amount: f.money("amount")?.unwrap_or(facts.account.open_total),
            issued_on: f.date("issued_on")?.unwrap_or(self.today),
            order_external_id: f.text("order_id")?,
            contract_external_id: f.text("contract_id")?,
            batch_no: f.int("batch_no")?,
            items: facts.open_items.rows.iter().map(|row| row.id).collect(),
        };
        f.end()?;
        Ok(invoice)
    }

    /// A bank transfer of 10,000 of today, booked in full.
    pub(super) fn payment_facts(&self, currency: Currency) -> Fallible<PaymentFacts> {
        let mut f = Fields::of("payment", self.payment.clone());
        let payment = PaymentFacts {
            id: PaymentId(self.stamp.id()),
            external_id: f.text("external_id")?.unwrap_or_else(|| "P-1".to_owned()),
            amount: f.money("amount")?.unwrap_or(Money::new(1_000_000, currency)),
            unallocated: f.money("unallocated")?.unwrap_or(Money::zero(currency)),
            received_on: f.date("received_on")?.unwrap_or(self.today),
            method: f.text("method")?.unwrap_or_else(|| "bank_transfer".to_owned()),
            order_external_id: f.text("order_id")?,
            voided_on: f.date("voided_on")?,
            void_reason: f.text("void_reason")?,
        };
        f.end()?;
        Ok(payment)
    }

    /// From one stage to another: to M1, unless the test says where.
    pub(super) fn stage_facts(&self, from: Option<&str>) -> Fallible<StageFacts> {
        let mut f = Fields::of("stage", self.stage.clone());
        let stage = StageFacts {
            case_id: CaseId(self.stamp.id()),
            from_stage: f.text("from")?.or_else(|| from.map(str::to_owned)),
            to_stage: f.text("to")?.unwrap_or_else(|| "M1".to_owned()),
        };
        f.end()?;
        Ok(stage)
    }

    /// An offer of 2 % on the last open item.
    pub(super) fn offer_facts(&self, facts: &Facts) -> Fallible<OfferFacts> {
        let Some(item) = facts.open_items.rows.last() else { return raise("an offer needs an open_item") };
        let mut f = Fields::of("offer", self.offer.clone());
        let offer = OfferFacts {
            id: OfferId(self.stamp.id()),
            instalment_id: item.id,
            rate_bps: f.share("rate")?.unwrap_or(200),
            pay_by: f.date("pay_by")?.unwrap_or(self.today),
        };
        f.end()?;
        Ok(offer)
    }

    /// The same offer, still to be made.
    pub(super) fn offer_check(&self, facts: &Facts) -> Fallible<About> {
        let offer = self.offer_facts(facts)?;
        let open = facts.open_items.rows.last().map_or(Money::zero(facts.account.currency), |row| row.open);
        let discount = Money::new(open.minor() * offer.rate_bps / 10_000, open.currency());
        Ok(About::OfferCheck { item: offer.instalment_id, rate: Rate(share(offer.rate_bps)), discount, pay_by: offer.pay_by })
    }
}

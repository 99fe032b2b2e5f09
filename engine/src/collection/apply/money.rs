//! Offers, and holds on the whole account.

use super::Desk;
use crate::collection::rules::PlannedHold;
use crate::doors::store::Changes;
use crate::hold::rows::{hold, hold_item};
use crate::offer::rows::offer;
use crate::words::id::{HoldId, OfferId, RowId};
use crate::words::money::{Currency, Money};

impl Desk<'_> {
    /// Adds the offers and gives their ids in order.
    pub(super) fn put_offers(&self, mut changes: Changes) -> (Changes, Vec<OfferId>) {
        let account = self.account();
        let mut ids = Vec::with_capacity(self.review.offers.len());
        for planned in &self.review.offers {
            let id = OfferId(self.attempt.stamp.id());
            ids.push(id);
            let Some(item) = self.item(planned.instalment) else { continue };
            let row = offer::Model {
                tenant_id: account.tenant_id,
                id,
                account_id: account.id,
                instalment_id: planned.instalment,
                invoice_external_id: item.invoice_external_id.clone(),
                rate: planned.rate.to_string(),
                currency: planned.discount.currency(),
                discount_minor: planned.discount.minor(),
                pay_by: planned.pay_by,
                state: "open".to_owned(),
                source: planned.sources.first().cloned().unwrap_or_default(),
                decision_id: self.decision,
                made_on: self.day(),
                created_at: self.attempt.stamp.at,
            };
            let body = serde_json::json!({
                "invoice_external_id": row.invoice_external_id, "rate": row.rate, "discount": planned.discount, "pay_by": row.pay_by,
            });
            changes = changes.add(&row).tell(self.entry("offer.made", "offer", id.0, body));
        }
        (changes, ids)
    }

    /// Adds the holds with the items that lift them.
    pub(super) fn put_holds(&self, mut changes: Changes) -> Changes {
        for planned in &self.review.holds {
            let row = self.hold(planned);
            let items: Vec<hold_item::Model> = planned
                .items
                .iter()
                .map(|item| hold_item::Model {
                    tenant_id: row.tenant_id,
                    id: RowId(self.attempt.stamp.id()),
                    hold_id: row.id,
                    instalment_id: *item,
                })
                .collect();
            let body = serde_json::json!({ "code": row.code, "source": row.source, "expires_on": row.expires_on });
            changes = changes.add(&row).add_all(&items).tell(self.entry("hold.placed", "hold", row.id.0, body));
        }
        changes
    }

    fn hold(&self, planned: &PlannedHold) -> hold::Model {
        let account = self.account();
        let code = planned.code.clone().unwrap_or_else(|| "PLUGIN_HOLD".to_owned());
        let is_payable = planned.pay_to_release.is_some() || !planned.items.is_empty();
        hold::Model {
            tenant_id: account.tenant_id,
            id: HoldId(self.attempt.stamp.id()),
            account_id: account.id,
            order_id: None,
            source: planned.source.clone(),
            text_en: format!("Placed by the plugin {}: {code}.", planned.plugin),
            text_zh: format!("由插件 {} 设置：{code}。", planned.plugin),
            code,
            currency: is_payable.then(|| planned.pay_to_release.map_or(account.currency, Money::currency)),
            pay_to_release_minor: planned.pay_to_release.map(Money::minor),
            paid_before_minor: self.paid_before(planned),
            placed_on: self.day(),
            expires_on: Some(planned.expires_on),
            state: "active".to_owned(),
            lifted_on: None,
            lifted_by: None,
            lift_reason: None,
            decision_id: self.decision,
            version: 1,
            created_at: self.attempt.stamp.at,
        }
    }

    /// The mark from which later payments are measured: of the items it waits for, else of the account as a whole.
    fn paid_before(&self, planned: &PlannedHold) -> i64 {
        if planned.items.is_empty() {
            return planned.pay_to_release.map_or(0, |pay| self.received(pay.currency()));
        }
        let items = planned.items.iter().filter_map(|id| self.item(*id));
        items.fold(0, |paid, item| paid + item.total.minor() - item.open.minor())
    }

    fn received(&self, currency: Currency) -> i64 {
        let own = self.subject.gathered.balances.iter().filter(|balance| balance.currency == currency);
        own.fold(0, |cash, balance| cash + balance.lifetime_paid_minor + balance.unallocated_minor)
    }
}

/// An offer whose last day is over.
pub(in crate::collection) fn expired_offer(row: &offer::Model) -> offer::Model {
    offer::Model { state: "expired".to_owned(), ..row.clone() }
}

/// A hold that ends: because its last day is over, or because its plugin says so.
pub(in crate::collection) fn ended_hold(row: &hold::Model, is_expired: bool, on: chrono::NaiveDate) -> hold::Model {
    let (state, by, why) =
        if is_expired { ("expired", "engine", "expired") } else { ("lifted", row.source.as_str(), "released by its plugin") };
    hold::Model {
        state: state.to_owned(),
        lifted_on: Some(on),
        lifted_by: Some(by.to_owned()),
        lift_reason: Some(why.to_owned()),
        version: row.version + 1,
        ..row.clone()
    }
}

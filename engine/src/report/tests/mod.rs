//! Reports on a real database.

mod reference;

use super::*;
use crate::credit::exposure;
use crate::ledger::{CancelInvoice, CreditNoteIn, PostCreditNote, VoidKind, VoidPayment};
use crate::tenant::kpi::KpiOwners;
use crate::testing::{Bed, day, money};
use crate::words::id::AccountId;

impl Bed {
    pub(super) fn ageing_ask(as_of: &str) -> AgeingAsk {
        AgeingAsk { as_of: day(as_of), currency: None, entity: None, group_by_account: true, home: "CNY".parse().unwrap() }
    }

    async fn ageing(&self, ask: &AgeingAsk) -> AgeingView {
        ageing(&self.engine.read(&self.who), ask).await.unwrap()
    }

    pub(super) async fn kpis(&self, as_of: &str, days: i64) -> serde_json::Value {
        let ask = KpisAsk { as_of: day(as_of), days, currency: None, entity: None, home: "CNY".parse().unwrap(), owners: KpiOwners::new() };
        serde_json::to_value(kpis(&self.engine.read(&self.who), &ask).await.unwrap()).unwrap()
    }
}

/// Whole units: by bucket, then unallocated, credit notes, net.
fn units(view: &AgeingView) -> [i64; 8] {
    let mut units = [0; 8];
    let buckets = view.buckets.iter().map(|bucket| bucket.amount);
    let rest = [view.unallocated, view.credit_notes, view.net_total].into_iter().flatten();
    buckets.chain(rest).enumerate().for_each(|(at, amount)| units[at] = amount.minor() / 100);
    units
}

/// An invoice paid, bounced and paid again; one cancelled while paid; a payment booked by mistake; a credit note; and a payment ahead.
async fn eventful(bed: &Bed) -> AccountId {
    let account = bed.account("C-1", "CNY").await;
    bed.invoice(account, "I-1", "2025-01-01", "2025-01-31", "CNY 100.00").await;
    bed.invoice(account, "I-2", "2025-01-10", "2025-02-09", "CNY 200.00").await;
    let first = bed.pay(account, "P-1", "2025-02-05", "CNY 100.00").await;
    let bounce = VoidPayment { account, payment: first.id, kind: VoidKind::Bounce, on: Some(day("2025-02-20")), reason: None };
    bed.run(bounce).await.unwrap();
    bed.pay(account, "P-2", "2025-03-10", "CNY 100.00").await;
    let second = bed.pay(account, "P-3", "2025-02-15", "CNY 200.00").await;
    assert_eq!(second.unallocated, money("CNY 0.00"));
    let invoice = second.allocations[0].invoice_id;
    bed.run(CancelInvoice { account, invoice: invoice.unwrap(), cancelled_on: day("2025-03-01"), reason: "goods returned".into() })
        .await
        .unwrap();
    let wrong = bed.pay(account, "P-4", "2025-02-01", "CNY 1000.00").await;
    bed.run(VoidPayment { account, payment: wrong.id, kind: VoidKind::Reversal, on: None, reason: None }).await.unwrap();
    let json = serde_json::json!({"external_id": "N-1", "issued_on": "2025-02-25", "amount": money("CNY 30.00")});
    let credit_note: CreditNoteIn = serde_json::from_value(json).unwrap();
    bed.run(PostCreditNote { account, credit_note }).await.unwrap();
    bed.pay(account, "P-5", "2025-04-20", "CNY 7.00").await;
    account
}

#[tokio::test]
async fn a_past_day_knows_nothing_of_what_came_after_it() {
    let bed = Bed::open().await;
    let account = eventful(&bed).await;
    for (on, expected) in [
        ("2024-12-31", [0, 0, 0, 0, 0, 0, 0, 0]),
        ("2025-01-31", [300, 0, 0, 0, 0, 0, 0, 300]),
        ("2025-02-01", [200, 100, 0, 0, 0, 0, 0, 300]),
        ("2025-02-05", [200, 0, 0, 0, 0, 0, 0, 200]),
        ("2025-02-14", [0, 200, 0, 0, 0, 0, 0, 200]),
        ("2025-02-19", [0, 0, 0, 0, 0, 0, 0, 0]),
        ("2025-02-20", [0, 100, 0, 0, 0, 0, 0, 100]),
        ("2025-02-28", [0, 100, 0, 0, 0, 0, 30, 70]),
        ("2025-03-01", [0, 100, 0, 0, 0, 200, 30, -130]),
        ("2025-03-09", [0, 0, 100, 0, 0, 200, 30, -130]),
        ("2025-03-10", [0, 0, 0, 0, 0, 200, 30, -230]),
        ("2025-04-20", [0, 0, 0, 0, 0, 207, 30, -237]),
    ] {
        let view = bed.ageing(&Bed::ageing_ask(on)).await;
        assert_eq!(units(&view), expected, "{on}");
        let stands = exposure(&bed.engine, &bed.who, account, Some(day(on))).await.unwrap();
        assert_eq!(Some(stands.parts.open_items), view.total, "{on}");
        assert_eq!(Some(stands.exposure), view.net_total, "{on}: exposure and ageing tie out");
        assert_eq!(view.rows.len(), usize::from(expected != [0; 8]), "{on}");
        let without = bed.ageing(&AgeingAsk { group_by_account: false, ..Bed::ageing_ask(on) }).await;
        assert_eq!((without.by_currency, without.rows.len()), (view.by_currency, 0), "{on}");
    }
}

#[tokio::test]
async fn currencies_and_legal_entities_are_never_added_up() {
    let bed = Bed::open().await;
    let account = bed.account("C-1", "CNY").await;
    bed.invoice(account, "I-1", "2025-01-01", "2025-01-31", "CNY 100.00").await;
    bed.invoice(account, "I-2", "2025-01-01", "2025-01-31", "JPY 5000").await;
    let json = serde_json::json!({"external_id": "I-3", "issued_on": "2025-01-01", "due_on": "2025-01-31", "amount": money("CNY 7.00"), "entity": "north"});
    bed.run(crate::ledger::PostInvoice { account, invoice: serde_json::from_value(json).unwrap() }).await.unwrap();
    let ask = Bed::ageing_ask("2025-03-14");
    let all = bed.ageing(&ask).await;
    assert_eq!((all.currency, all.total, all.buckets.len(), all.count), (None, None, 0, 3));
    let totals: Vec<_> = all.by_currency.iter().map(|one| (one.total, one.count)).collect();
    assert_eq!(totals, [(money("CNY 107.00"), 2), (money("JPY 5000"), 1)]);
    assert_eq!(all.rows.len(), 2, "a row for each currency of an account");
    let one = bed.ageing(&AgeingAsk { currency: "CNY".parse().ok(), entity: Some("north".into()), ..ask.clone() }).await;
    assert_eq!((one.total, one.buckets[2].count), (Some(money("CNY 7.00")), 1));
    let none = bed.ageing(&AgeingAsk { currency: "USD".parse().ok(), ..ask.clone() }).await;
    assert_eq!((none.total, none.buckets.len(), none.rows.len()), (Some(money("USD 0.00")), 5, 0));
    let other = Bed::open().await;
    assert_eq!(other.ageing(&ask).await.total, Some(money("CNY 0.00")), "another tenant owns nothing of it");
    let figures = bed.kpis("2025-03-14", 90).await;
    assert!(figures["currency"].is_null() && figures["dso_simple"]["value"].is_null(), "{figures}");
    assert_eq!(figures["by_currency"][1]["dso_simple"]["value"], "90.000000");
    assert_eq!(figures["by_currency"][0]["overdue_ratio"]["inputs"]["overdue"]["amount"], "107.00");
}

#[tokio::test]
async fn what_was_settled_and_sold_is_told_as_it_stood_on_the_day() {
    let bed = Bed::open().await;
    eventful(&bed).await;
    let figure = async |on: &str, name: &str| bed.kpis(on, 365).await[name].clone();
    // I-1 was paid five days late, and bounced only later; I-2 was paid six days late, and cancelled only later.
    let late = figure("2025-02-19", "average_days_late").await;
    assert_eq!((late["value"].as_str(), late["inputs"]["settled_count"].as_i64()), (Some("5.500000"), Some(2)));
    let late = figure("2025-02-20", "average_days_late").await;
    assert_eq!((late["value"].as_str(), late["inputs"]["settled_count"].as_i64()), (Some("6.000000"), Some(1)));
    let late = figure("2025-03-10", "average_days_late").await;
    assert_eq!((late["value"].as_str(), late["inputs"]["settled_count"].as_i64()), (Some("38.000000"), Some(1)));
    for (on, sales) in [("2025-02-24", "300.00"), ("2025-02-25", "270.00"), ("2025-03-01", "70.00")] {
        assert_eq!(figure(on, "dso_simple").await["inputs"]["sales"]["amount"], sales, "{on}");
    }
    assert_eq!(bed.kpis("2025-03-10", 20).await["cei"]["inputs"]["receivables_before"]["amount"], "0.00");
    let wrong =
        KpisAsk { as_of: day("2025-03-10"), days: 0, currency: None, entity: None, home: "CNY".parse().unwrap(), owners: KpiOwners::new() };
    assert!(kpis(&bed.engine.read(&bed.who), &wrong).await.is_err());
}

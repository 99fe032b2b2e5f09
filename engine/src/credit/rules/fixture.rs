//! Facts for the tables of these rules: an account in CNY on 2025-03-14, and an order of it.

use crate::words::asked::{Advice, CallStatus, OnFailure, Vote, VoteKind};
use crate::words::checkpoint::Checkpoint;
use crate::words::day::parse_date;
use crate::words::facts::{AccountFacts, Facts, ItemFacts, ItemList, OrderFacts};
use crate::words::id::{AccountId, InstalmentId, InvoiceId, OrderId};
use crate::words::money::Money;
use crate::words::text::Bilingual;
use chrono::NaiveDate;
use uuid::Uuid;

pub(crate) fn day(text: &str) -> NaiveDate {
    parse_date(text).unwrap()
}

/// Whole units of CNY.
pub(crate) fn cny(units: i64) -> Money {
    Money::new(units * 100, "CNY".parse().unwrap())
}

pub(crate) fn usd(units: i64) -> Money {
    Money::new(units * 100, "USD".parse().unwrap())
}

pub(crate) fn item_id(number: u128) -> InstalmentId {
    InstalmentId(Uuid::from_u128(number))
}

/// An account with this exposure, all of it in orders, and no open item.
pub(crate) fn facts(exposure: i64) -> Facts {
    let today = day("2025-03-14");
    let account = AccountFacts {
        id: AccountId(Uuid::from_u128(1)),
        version: 1,
        external_id: "C-1".into(),
        name: "C-1".into(),
        segment: None,
        grade: None,
        tags: vec![],
        owner: None,
        country: None,
        language: None,
        currency: "CNY".parse().unwrap(),
        terms_days: None,
        payment_mode: None,
        credit_limit: None,
        available: None,
        exposure: cny(exposure),
        unallocated: cny(0),
        overdue_total: cny(0),
        not_due_total: cny(0),
        open_total: cny(0),
        disputed_total: cny(0),
        oldest_days_past_due: 0,
        avg_days_late: 0,
        settled_count: None,
        on_time_bps: 10_000,
        lifetime_paid: cny(0),
        is_blocked: false,
        broken_promises_90d: 0,
        kept_promise_bps: 10_000,
        daily_asked_on: None,
        credit_review_on: None,
        is_credit_review_asked: false,
    };
    Facts {
        today,
        now: today.and_hms_opt(9, 0, 0).unwrap(),
        calendar: std::sync::Arc::default(),
        account,
        open_items: ItemList::default(),
        case: None,
        holds: vec![],
        contacts: vec![],
        credits: vec![],
        offers: vec![],
        steps: vec![],
        promises: vec![],
        evidence: vec![],
        grade: None,
        contract: None,
        risk: Default::default(),
        state: Default::default(),
    }
}

/// The same facts with open items (number, due date, open, disputed), which raise the exposure.
pub(crate) fn with_items(mut facts: Facts, items: &[(u128, &str, i64, i64)]) -> Facts {
    for (number, due_on, open, disputed) in items {
        facts.open_items.rows.push(ItemFacts {
            id: item_id(*number),
            invoice_id: InvoiceId(Uuid::from_u128(*number)),
            invoice_external_id: format!("I{number}"),
            entity: "main".into(),
            order_external_id: None,
            contract_external_id: None,
            batch_no: None,
            part: "whole".into(),
            issued_on: day("2025-01-01"),
            due_on: day(due_on),
            days_past_due: 0,
            total: cny(*open),
            open: cny(*open),
            disputed: cny(*disputed),
            last_step: None,
            last_step_on: None,
            asked_lead_days: None,
            draft_step: None,
        });
        facts.account.exposure = facts.account.exposure.checked_add(cny(*open)).unwrap();
        facts.account.disputed_total = facts.account.disputed_total.checked_add(cny(*disputed)).unwrap();
    }
    facts
}

pub(crate) fn order(amount: i64) -> OrderFacts {
    OrderFacts {
        id: OrderId(Uuid::from_u128(7)),
        external_id: "SO-1".into(),
        amount: cny(amount),
        contract_external_id: None,
        batch_no: None,
        ship_on: None,
        is_partial_ok: false,
        lines: Vec::new(),
        checkpoint: Checkpoint::default(),
    }
}

pub(crate) fn vote(kind: VoteKind) -> Vote {
    Vote {
        vote: kind,
        code: kind.as_str().to_uppercase(),
        text: Bilingual::new("a reason", "理由"),
        values: Default::default(),
        line: 14,
        amount: None,
        until: None,
        role: None,
        pay_to_release: None,
        items: vec![],
        expires_on: None,
    }
}

pub(crate) fn advice(plugin: &str, votes: Vec<Vote>) -> Advice {
    Advice {
        plugin: plugin.into(),
        version: 7,
        hash: "h".into(),
        status: CallStatus::Ok,
        on_failure: OnFailure::Core,
        operations: 10,
        budget: 100,
        cpu_us: 5,
        votes,
        effects: vec![],
        notes: vec![],
        error: None,
    }
}

//! The account and its totals. Money is in the account's currency; rates and shares are exact decimals, 0.95 for 95 %.

use crate::words::ctx::Seen;
use crate::words::table::Table;
use recoup_engine::words::facts::AccountFacts;
use rhai::ImmutableString;
use rust_decimal::Decimal;
use std::sync::Arc;

/// The account.
#[derive(Clone, Debug)]
pub(crate) struct Account(pub(crate) Arc<Seen>);

impl Account {
    fn facts(&self) -> &AccountFacts {
        &self.0.facts.account
    }
}

/// What the account owes in total.
#[derive(Clone, Debug)]
pub(crate) struct Totals(pub(crate) Arc<Seen>);

impl Totals {
    fn facts(&self) -> &AccountFacts {
        &self.0.facts.account
    }
}

/// Basis points as a decimal share.
pub(crate) fn share(bps: i64) -> Decimal {
    Decimal::new(bps, 4).normalize()
}

/// An optional text of the facts.
pub(crate) fn words(text: Option<&String>) -> Option<ImmutableString> {
    text.map(ImmutableString::from)
}

pub(super) fn register(table: &mut Table) {
    table
        .kind::<Account>("Account", "A customer that owes us.")
        .get("Account.id -> text", "Its id.", |a: &Account| a.facts().id.to_string())
        .get("Account.external_id -> text", "Its name in the ERP.", |a: &Account| ImmutableString::from(&a.facts().external_id))
        .get("Account.name -> text", "Its name.", |a: &Account| ImmutableString::from(&a.facts().name))
        .get("Account.segment -> text?", "Sales segment.", |a: &Account| words(a.facts().segment.as_ref()))
        .get("Account.grade -> text?", "Credit grade, AAA to C.", |a: &Account| words(a.facts().grade.as_ref()))
        .get("Account.tier -> text?", "Its level of the account plan; () on the first one.", |a: &Account| {
            words(a.0.facts.risk.plan_level.as_ref())
        })
        .get("Account.owner -> text?", "Who drives its collection.", |a: &Account| words(a.facts().owner.as_ref()))
        .get("Account.country -> text?", "ISO 3166 country.", |a: &Account| words(a.facts().country.as_ref()))
        .get("Account.language -> text?", "Language of its letters.", |a: &Account| words(a.facts().language.as_ref()))
        .get("Account.tags -> list", "Labels put on by people and plugins.", |a: &Account| {
            a.facts().tags.iter().map(|tag| ImmutableString::from(tag).into()).collect::<rhai::Array>()
        })
        .get("Account.currency -> text", "Currency of its limit and totals.", |a: &Account| {
            ImmutableString::from(a.facts().currency.as_str())
        })
        .get("Account.terms_days -> int?", "Agreed days to pay.", |a: &Account| a.facts().terms_days)
        .get("Account.blocked -> bool", "Is everything blocked by a person?", |a: &Account| a.facts().is_blocked);
    money(table);
    record(table);
    table
        .kind::<Totals>("Totals", "What the account owes in total.")
        .get("Totals.open -> Money", "All that is open.", |t: &Totals| t.facts().open_total)
        .get("Totals.overdue -> Money", "Open and past due.", |t: &Totals| t.facts().overdue_total)
        .get("Totals.not_due -> Money", "Open and due today or later.", |t: &Totals| t.facts().not_due_total)
        .get("Totals.disputed -> Money", "Disputed and open.", |t: &Totals| t.facts().disputed_total);
}

fn money(table: &mut Table) {
    table
        .get("Account.credit_limit -> Money?", "The limit in force; () when there is no credit check.", |a: &Account| {
            a.facts().credit_limit
        })
        .get("Account.available -> Money?", "Limit less exposure; () when there is no credit check.", |a: &Account| a.facts().available)
        .get("Account.exposure -> Money", "Open items and approved orders, less cash and credit notes.", |a: &Account| a.facts().exposure)
        .get("Account.unallocated -> Money", "Cash not yet allocated, and open credit notes.", |a: &Account| a.facts().unallocated)
        .get("Account.overdue_total -> Money", "Open and past due.", |a: &Account| a.facts().overdue_total)
        .get("Account.disputed_total -> Money", "Disputed and open.", |a: &Account| a.facts().disputed_total)
        .get("Account.lifetime_paid -> Money", "All cash ever allocated.", |a: &Account| a.facts().lifetime_paid);
}

fn record(table: &mut Table) {
    table
        .get("Account.oldest_days_past_due -> int", "Days past due of the oldest open item, 0 when nothing is overdue.", |a: &Account| {
            a.facts().oldest_days_past_due
        })
        .get("Account.avg_days_late -> int", "Mean days late of what was settled, early ones counting 0.", |a: &Account| {
            a.facts().avg_days_late
        })
        .get(
            "Account.settled_count -> int?",
            "How many instalments were settled so far; () when a recorded question does not say.",
            |a: &Account| a.facts().settled_count,
        )
        .get("Account.on_time_share -> decimal", "Share of settled money that came in time, 0 to 1.", |a: &Account| {
            share(a.facts().on_time_bps)
        })
        .get("Account.broken_promises_90d -> int", "Promises broken in the last 90 days.", |a: &Account| a.facts().broken_promises_90d)
        .get("Account.kept_promise_share -> decimal", "Share of promises kept, 0 to 1; 1 when there were none.", |a: &Account| {
            share(a.facts().kept_promise_bps)
        });
}

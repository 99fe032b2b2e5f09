//! Rows become facts: plain sums and dates, nothing decided.

use super::as_of::Past;
use super::gather::{Gathered, Lists, Wanted};
use super::risk;
use crate::account::rows::{account, balance, contact};
use crate::case::rows::{collection_case, step_instance};
use crate::command::Attempt;
use crate::grade::rules::open_account::pays_first;
use crate::hold::rows::hold;
use crate::invoice::rows::instalment;
use crate::limit::rules::{InForce, in_force};
use crate::limit::security::secured;
use crate::tenant::ExposureIncludes;
use crate::words::day::days_between;
use crate::words::error::Result;
use crate::words::facts::{
    AccountFacts, CaseFacts, ContactFacts, CreditFacts, DueSum, EvidenceFacts, Facts, HoldFacts, ItemFacts, ItemList, OfferFacts, StepFacts,
};
use crate::words::id::InstalmentId;
use crate::words::money::{Currency, Money};
use chrono::NaiveDate;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Makes the facts of one account out of the rows read for many.
pub(super) fn facts(row: account::Model, lists: &mut Lists, attempt: &Attempt, wanted: Wanted) -> Result<Gathered> {
    let balances = lists.balances.remove(&row.id).unwrap_or_default();
    let instalments = lists.instalments.remove(&row.id).unwrap_or_default();
    let limits = lists.limits.remove(&row.id).unwrap_or_default();
    let limit = in_force(&limits, wanted.day, attempt.ground.settings.no_limit_row, row.state == "approved");
    let grades = attempt.ground.grades.on(wanted.day, row.currency);
    let pays_first = pays_first(&row.state, row.grade.as_deref(), grades);
    // No credit at all, whatever limit it has, its groups' included.
    let limit = if pays_first.is_some() { InForce::Amount { amount: Money::zero(row.currency) } } else { limit };
    let by_due = due_sums(&row, lists);
    let open_items = items(&row, &instalments, by_due, lists, wanted);
    let account = account_facts(&row, &balances, &open_items, lists, limit, &attempt.ground.settings.exposure_includes, wanted.day)?;
    let case = lists.cases.remove(&row.id).and_then(|rows| rows.into_iter().next());
    let steps = lists.steps.remove(&row.id).unwrap_or_default();
    let holds = lists.holds.remove(&row.id).unwrap_or_default();
    let next_fact_on = lists.next_facts.remove(&row.id);
    let next_limit_on = risk::next_limit_on(&limits, wanted.day);
    let securities = lists.securities.remove(&row.id).unwrap_or_default();
    let secured_limit = secured(limit, &securities, wanted.day, attempt.ground.settings.security)?;
    let profile = lists.profiles.remove(&row.id);
    let risk = risk::risk_facts(profile.as_ref(), &lists.signals.remove(&row.id).unwrap_or_default());
    let state = lists.state.remove(&row.id).unwrap_or_default();
    let now = attempt.stamp.at.with_timezone(&attempt.ground.tenant.zone).naive_local();
    let facts = Facts {
        today: wanted.day,
        now,
        calendar: attempt.ground.calendar.clone(),
        account,
        open_items,
        case: case.as_ref().map(case_facts),
        holds: hold_facts(&holds, wanted),
        contacts: lists.contacts.remove(&row.id).unwrap_or_default().iter().map(|row| contact_facts(row, wanted.day)).collect(),
        credits: credit_facts(&balances, lists.past.get(&row.id)),
        offers: offer_facts(&row, lists, wanted),
        steps: steps.iter().map(step_facts).collect(),
        promises: Vec::new(),
        evidence: evidence_facts(&row, &instalments, lists, wanted),
        grade: None,
        contract: None,
        risk,
        state: state.iter().map(|row| (row.plugin.clone(), row.state.0.clone())).collect(),
    };
    let facts = Arc::new(facts);
    Ok(Gathered {
        account: row,
        balances,
        instalments,
        holds,
        case,
        steps,
        next_fact_on,
        limit,
        secured_limit,
        pays_first,
        next_limit_on,
        profile,
        state,
        facts,
    })
}

fn due_sums(row: &account::Model, lists: &mut Lists) -> Vec<DueSum> {
    let mut by_day: BTreeMap<(NaiveDate, Currency), (i64, i64, i64)> = BTreeMap::new();
    for sum in lists.due_sums.remove(&row.id).unwrap_or_default() {
        let entry = by_day.entry((sum.due_on, sum.currency)).or_default();
        *entry = (entry.0 + sum.open_minor, entry.1 + sum.disputed_minor, entry.2 + sum.open_count);
    }
    let sum = |((due_on, currency), (open, disputed, count))| DueSum {
        due_on,
        open: Money::new(open, currency),
        disputed: Money::new(disputed, currency),
        count,
    };
    by_day.into_iter().map(sum).collect()
}

fn items(row: &account::Model, instalments: &[instalment::Model], by_due: Vec<DueSum>, lists: &Lists, wanted: Wanted) -> ItemList {
    let past = lists.past.get(&row.id);
    let open = |item: &instalment::Model| past.map_or(Some(item.open_minor), |past| past.open.get(&item.id).copied());
    let visible = |item: &&instalment::Model| past.is_some() || !wanted.is_as_of || item.issued_on <= wanted.day;
    let rows = instalments.iter().filter(visible).filter_map(|item| open(item).map(|open| item_facts(item, open, wanted.day))).collect();
    cut(rows, if wanted.items_max.is_some() { by_due } else { Vec::new() })
}

/// Rows that may be cut, with the sums by due date that tell whether they are.
pub(super) fn item_list(instalments: &[instalment::Model], by_due: Vec<DueSum>, day: NaiveDate) -> ItemList {
    cut(instalments.iter().map(|item| item_facts(item, item.open_minor, day)).collect(), by_due)
}

fn cut(mut rows: Vec<ItemFacts>, by_due: Vec<DueSum>) -> ItemList {
    rows.sort_by(|a, b| (a.due_on, a.issued_on, &a.invoice_external_id, a.id).cmp(&(b.due_on, b.issued_on, &b.invoice_external_id, b.id)));
    let listed = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let is_cut = listed < by_due.iter().fold(0, |count, sum| count + sum.count);
    ItemList { rows, by_due: if is_cut { by_due } else { Vec::new() }, is_cut }
}

fn item_facts(item: &instalment::Model, open_minor: i64, day: NaiveDate) -> ItemFacts {
    ItemFacts {
        id: item.id,
        invoice_id: item.invoice_id,
        invoice_external_id: item.invoice_external_id.clone(),
        entity: item.entity.clone(),
        order_external_id: item.order_external_id.clone(),
        contract_external_id: item.contract_external_id.clone(),
        batch_no: item.batch_no,
        part: item.part.clone(),
        issued_on: item.issued_on,
        due_on: item.due_on,
        days_past_due: days_between(item.due_on, day),
        total: Money::new(item.amount_minor, item.currency),
        open: Money::new(open_minor, item.currency),
        disputed: Money::new(item.disputed_minor.min(open_minor), item.currency),
        last_step: item.last_step.clone(),
        last_step_on: item.last_step_on,
        asked_lead_days: item.asked_lead_days,
        draft_step: item.draft_step.clone(),
    }
}

/// Sums over all items or, where rows are cut, over the due dates: the same figures either way.
struct Sums {
    open: i128,
    overdue: i128,
    disputed: i128,
    oldest: i64,
}

fn sums(list: &ItemList, currency: Currency, day: NaiveDate) -> Sums {
    let of_rows = list.rows.iter().filter(|_| !list.is_cut).map(|item| (item.due_on, item.open, item.disputed));
    let of_days = list.by_due.iter().map(|sum| (sum.due_on, sum.open, sum.disputed));
    let mut sums = Sums { open: 0, overdue: 0, disputed: 0, oldest: 0 };
    for (due_on, open, disputed) in of_rows.chain(of_days).filter(|(_, open, _)| open.currency() == currency) {
        sums.open += i128::from(open.minor());
        sums.disputed += i128::from(disputed.minor());
        if due_on < day {
            sums.overdue += i128::from(open.minor());
            sums.oldest = sums.oldest.max(days_between(due_on, day));
        }
    }
    sums
}

fn account_facts(
    row: &account::Model,
    balances: &[balance::Model],
    items: &ItemList,
    lists: &Lists,
    limit: InForce,
    includes: &ExposureIncludes,
    day: NaiveDate,
) -> Result<AccountFacts> {
    let own = || balances.iter().filter(|balance| balance.currency == row.currency);
    let total = |of: fn(&balance::Model) -> i64| own().fold(0_i128, |sum, balance| sum + i128::from(of(balance)));
    let past = lists.past.get(&row.id);
    let (open, overdue, disputed, oldest) = if items.rows.is_empty() && items.by_due.is_empty() && past.is_none() {
        (total(|b| b.open_minor), 0, total(|b| b.disputed_minor), 0)
    } else {
        let sums = sums(items, row.currency, day);
        (sums.open, sums.overdue, sums.disputed, sums.oldest)
    };
    let unallocated = match past {
        Some(past) => past
            .unallocated
            .iter()
            .filter(|((_, currency), _)| *currency == row.currency)
            .fold(0, |sum, (_, minor)| sum + i128::from(*minor)),
        None => total(|b| b.unallocated_minor) + total(|b| b.credit_notes_minor),
    };
    let settled = past.and_then(|past| past.settled.get(&row.currency));
    let (count, late, on_time, settled_minor) = match (past, settled) {
        (None, _) => (total(|b| b.settled_count), total(|b| b.late_days), total(|b| b.on_time_minor), total(|b| b.settled_minor)),
        (Some(_), Some(s)) => (i128::from(s.count), i128::from(s.late_days), i128::from(s.on_time_minor), i128::from(s.minor)),
        (Some(_), None) => (0, 0, 0, 0),
    };
    let money = |minor: i128| Money::from_sum(minor, row.currency);
    let orders = if includes.orders { total(|b| b.orders_minor) } else { 0 };
    let credit = counted_credit(includes, past.map(|_| unallocated), total(|b| b.unallocated_minor), total(|b| b.credit_notes_minor));
    let exposure = money(open + orders - credit)?;
    let credit_limit = limit.amount(row.currency);
    Ok(AccountFacts {
        id: row.id,
        version: row.version,
        external_id: row.external_id.clone(),
        name: row.name.clone(),
        segment: row.segment.clone(),
        grade: row.grade.clone(),
        tags: row.tags.0.clone(),
        owner: row.owner.clone(),
        country: row.country.clone(),
        language: row.language.clone(),
        currency: row.currency,
        terms_days: row.terms_days,
        payment_mode: row.payment_mode.clone(),
        credit_limit,
        available: credit_limit.map(|limit| limit.checked_sub(exposure)).transpose()?,
        exposure,
        unallocated: money(unallocated)?,
        overdue_total: money(overdue)?,
        not_due_total: money(open - overdue)?,
        open_total: money(open)?,
        disputed_total: money(disputed)?,
        oldest_days_past_due: oldest,
        avg_days_late: if count > 0 { i64::try_from((2 * late + count) / (2 * count)).unwrap_or(0) } else { 0 },
        on_time_bps: if settled_minor > 0 { i64::try_from(on_time * 10_000 / settled_minor).unwrap_or(0) } else { 10_000 },
        settled_count: i64::try_from(count).ok(),
        lifetime_paid: money(total(|b| b.lifetime_paid_minor))?,
        is_blocked: row.is_blocked,
        broken_promises_90d: 0,
        kept_promise_bps: 10_000,
        daily_asked_on: row.daily_asked_on,
        credit_review_on: row.credit_review_on,
        is_credit_review_asked: row.credit_review_on.is_some() && row.credit_review_asked_on == row.credit_review_on,
    })
}

/// What counts in the customer's favour, in minor units. On a past day cash and credit notes are known together only.
fn counted_credit(includes: &ExposureIncludes, past: Option<i128>, cash: i128, notes: i128) -> i128 {
    let counts = |is_in: bool, minor: i128| if is_in { minor } else { 0 };
    match past {
        Some(both) => counts(includes.unallocated || includes.credit_notes, both),
        None => counts(includes.unallocated, cash) + counts(includes.credit_notes, notes),
    }
}

/// What waits to be allocated, by legal entity and currency: as of the day where the account was looked back on, else as kept.
fn credit_facts(balances: &[balance::Model], past: Option<&Past>) -> Vec<CreditFacts> {
    let credit =
        |entity: &str, currency: Currency, minor: i64| CreditFacts { entity: entity.to_owned(), amount: Money::new(minor, currency) };
    let credits: Vec<CreditFacts> = match past {
        Some(past) => past.unallocated.iter().map(|((entity, currency), minor)| credit(entity, *currency, *minor)).collect(),
        None => {
            let kept =
                |kept: &balance::Model| credit(&kept.entity, kept.currency, kept.unallocated_minor.saturating_add(kept.credit_notes_minor));
            balances.iter().map(kept).collect()
        }
    };
    credits.into_iter().filter(|credit| credit.amount.is_positive()).collect()
}

fn case_facts(row: &collection_case::Model) -> CaseFacts {
    CaseFacts {
        id: row.id,
        state: row.state.clone(),
        stage: row.stage.clone(),
        stage_no: row.stage_no,
        stage_since: row.stage_since,
        opened_on: row.opened_on,
        overdue_since: row.overdue_since,
        priority: row.priority,
        owner: row.owner.clone(),
        next_step: row.next_step.clone(),
        next_step_on: row.next_step_on,
        clocks: row.clocks.0.clone(),
        last_notice_on: row.last_notice_on,
        last_formal_on: row.last_formal_on,
        paused_until: row.paused_until,
        opened_by: row.opened_by.clone(),
        scheduled: row.scheduled.0.clone(),
    }
}

fn step_facts(row: &step_instance::Model) -> StepFacts {
    StepFacts {
        id: row.id,
        key: row.key.clone(),
        step_type: row.step_type.clone(),
        at: row.state.clone(),
        entered_on: row.entered_on,
        wake_on: row.wake_on,
        due_on: row.due_on,
        approval: row.approval.clone(),
        tries: row.tries,
        data: row.data.0.clone(),
    }
}

fn contact_facts(row: &contact::Model, day: NaiveDate) -> ContactFacts {
    ContactFacts {
        id: row.id,
        role: row.role.clone(),
        name: row.name.clone(),
        has_email: row.email.is_some(),
        has_phone: row.phone.is_some(),
        language: row.language.clone(),
        influence: row.influence,
        persona: row.persona.clone(),
        delegate_of: row.delegate_of_id,
        is_absent: row.absent_from.is_some_and(|first| first <= day) && row.absent_to.is_none_or(|last| day <= last),
        hours: row.hours.as_ref().map(|hours| hours.0.clone()),
    }
}

/// Holds that count: a check sees those in force, a review also those that ended and are to be closed.
fn hold_facts(rows: &[hold::Model], wanted: Wanted) -> Vec<HoldFacts> {
    let counts = |hold: &&hold::Model| wanted.is_as_of || hold.expires_on.is_none_or(|last| wanted.day <= last);
    let in_force = rows.iter().filter(counts);
    in_force.map(HoldFacts::from).collect()
}

/// Offers that count: a check sees live ones, a review also those that ended and are to be closed.
fn offer_facts(row: &account::Model, lists: &mut Lists, wanted: Wanted) -> Vec<OfferFacts> {
    let counts = |offer: &crate::offer::rows::offer::Model| wanted.is_as_of || wanted.day <= offer.pay_by;
    let live = lists.offers.remove(&row.id).unwrap_or_default().into_iter().filter(counts);
    let fact = |offer: crate::offer::rows::offer::Model| {
        let rate = offer.rate.parse::<crate::words::rate::Rate>().ok()?;
        let rate_bps = i64::try_from(rate.0 * rust_decimal::Decimal::from(10_000)).ok()?;
        Some(OfferFacts { id: offer.id, instalment_id: offer.instalment_id, rate_bps, pay_by: offer.pay_by })
    };
    live.filter_map(fact).collect()
}

/// Papers on file, and each open invoice as proof of itself.
fn evidence_facts(row: &account::Model, instalments: &[instalment::Model], lists: &mut Lists, wanted: Wanted) -> Vec<EvidenceFacts> {
    if !wanted.needs.evidence {
        return Vec::new();
    }
    let filed = lists.evidence.remove(&row.id).unwrap_or_default().into_iter().filter(|paper| paper.dated_on <= wanted.day);
    let filed = filed.map(|paper| EvidenceFacts { kind: paper.kind, reference: paper.reference, dated_on: paper.dated_on });
    let mut seen: BTreeMap<&str, (InstalmentId, NaiveDate)> = BTreeMap::new();
    instalments.iter().for_each(|item| {
        seen.entry(&item.invoice_external_id).or_insert((item.id, item.issued_on));
    });
    let invoices = seen.into_iter().map(|(number, (_, issued_on))| EvidenceFacts {
        kind: "invoice".to_owned(),
        reference: number.to_owned(),
        dated_on: issued_on,
    });
    filed.chain(invoices).collect()
}

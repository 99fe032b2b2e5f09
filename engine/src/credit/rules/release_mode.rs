//! How much of an order a release mode lets ship now: goods against money (numbers.md §2, GR-08). One pure function takes the mode, so
//! that it may come from the order's contract or from anywhere else that binds a customer to one.

use super::{Cause, WayOut};
use crate::words::contract::{Agreed, ContractFacts, ContractState, ReleaseMode};
use crate::words::error::Result;
use crate::words::facts::{Facts, ItemFacts, OrderFacts, Reason};
use crate::words::id::InstalmentId;
use crate::words::money::Money;
use crate::words::text::Bilingual;
use chrono::NaiveDate;

/// What a mode says of an order.
#[derive(Clone, Debug, PartialEq)]
pub struct ModeAnswer {
    /// How much of the order may ship now.
    pub may_ship: Money,
    /// Why not all of it, with what would end that.
    pub cause: Option<Cause>,
}

impl ModeAnswer {
    fn all(order: &OrderFacts) -> Self {
        Self { may_ship: order.amount, cause: None }
    }

    fn nothing(order: &OrderFacts, code: &str, way_out: WayOut, text: Bilingual) -> Self {
        let cause = Cause { reason: Reason::core(code, text), way_out };
        Self { may_ship: Money::zero(order.amount.currency()), cause: Some(cause) }
    }

    /// So much of the order, never less than nothing nor more than all.
    fn some(order: &OrderFacts, allowed: Money, code: &str, way_out: WayOut, text: Bilingual) -> Self {
        let minor = allowed.minor().clamp(0, order.amount.minor().max(0));
        Self { may_ship: Money::new(minor, order.amount.currency()), ..Self::nothing(order, code, way_out, text) }
    }
}

/// What the contract that the order names says, if it names one that is written down here.
pub fn of_contract(facts: &Facts, order: &OrderFacts) -> Result<ModeAnswer> {
    let Some(contract) = &facts.contract else { return Ok(ModeAnswer::all(order)) };
    let Some(agreed) = &contract.agreed else { return Ok(ModeAnswer::all(order)) };
    let number = &contract.external_id;
    let is_of_currency = agreed.amount.is_none_or(|amount| amount.currency() == order.amount.currency());
    if !agreed.is_of_account || !is_of_currency {
        let en = format!("Contract {number} is with another customer or in another currency than this order.");
        let zh = format!("合同 {number} 的客户或币种与本单不一致。");
        return Ok(ModeAnswer::nothing(order, "contract_mismatch", WayOut::person(), Bilingual::new(en, zh)));
    }
    match (agreed.state, agreed.mode) {
        (ContractState::Active, Some(mode)) => judge(mode, contract, agreed, order, facts),
        (ContractState::Active | ContractState::Draft | ContractState::Ended, _) => {
            let en = format!("Contract {number} is not in force ({}); nothing ships under it.", agreed.state);
            let zh = format!("合同 {number} 未生效或已终止（{}），不得据此发货。", agreed.state);
            Ok(ModeAnswer::nothing(order, "contract_not_active", WayOut::person(), Bilingual::new(en, zh)))
        }
    }
}

/// How much of the order this mode lets ship, by what the contract stands at.
///
/// Refuses `currency_mismatch` and `amount_out_of_range` when the contract's sums are not in the order's currency or leave the range.
pub fn judge(mode: ReleaseMode, contract: &ContractFacts, agreed: &Agreed, order: &OrderFacts, facts: &Facts) -> Result<ModeAnswer> {
    let items = &facts.open_items.rows;
    match mode {
        ReleaseMode::OpenAccount => Ok(ModeAnswer::all(order)),
        ReleaseMode::Prepay => prepay(contract, order),
        ReleaseMode::ProRata => pro_rata(contract, order),
        ReleaseMode::TailHold => tail_hold(contract, agreed, order, items),
        ReleaseMode::BatchLag => Ok(batch_lag(contract, order, items)),
        ReleaseMode::PerDelivery => per_delivery(contract, order, items),
        ReleaseMode::MonthlySettlement => monthly(contract, agreed, order, items, facts.today),
    }
}

/// 先款后货: all of the order once cleared cash for it covers it, else nothing.
fn prepay(contract: &ContractFacts, order: &OrderFacts) -> Result<ModeAnswer> {
    let (amount, cash) = (order.amount, contract.cash_for_order);
    let missing = amount.checked_sub(cash)?;
    if !missing.is_positive() {
        return Ok(ModeAnswer::all(order));
    }
    let number = &contract.external_id;
    let en = format!("Contract {number} is money first: {cash} of {amount} has come for this order, {missing} is missing.");
    let zh = format!("合同 {number} 约定先款后货：本单 {amount} 已到账 {cash}，尚差 {missing}。");
    Ok(ModeAnswer::nothing(order, "prepayment_missing", WayOut::deposit(missing), Bilingual::new(en, zh)))
}

/// 同款同货: cleared cash of the contract − value already let go.
fn pro_rata(contract: &ContractFacts, order: &OrderFacts) -> Result<ModeAnswer> {
    let (cash, released) = (contract.cash, contract.released);
    let allowed = cash.checked_sub(released)?;
    let missing = order.amount.checked_sub(allowed)?;
    if !missing.is_positive() {
        return Ok(ModeAnswer::all(order));
    }
    let number = &contract.external_id;
    let en =
        format!("Contract {number} is goods against money: {cash} has come, {released} has been let go, so this order is {missing} ahead.");
    let zh = format!("合同 {number} 约定同款同货：已到账 {cash}，已放货 {released}，本单超出 {missing}。");
    Ok(ModeAnswer::some(order, allowed, "beyond_cash_received", WayOut::pay(missing), Bilingual::new(en, zh)))
}

/// 尾款尾货: contract amount − tail − value already let go, until the tail is paid; then the rest.
fn tail_hold(contract: &ContractFacts, agreed: &Agreed, order: &OrderFacts, items: &[ItemFacts]) -> Result<ModeAnswer> {
    let zero = Money::zero(order.amount.currency());
    let (amount, released) = (agreed.amount.unwrap_or(zero), contract.released);
    let rest = amount.checked_sub(released)?;
    let number = &contract.external_id;
    if order.amount.minor() > rest.minor() {
        let en = format!("Contract {number} is worth {amount}, of which {released} has been let go: {rest} is left for this order.");
        let zh = format!("合同 {number} 总额 {amount}，已放货 {released}，本单最多可用 {rest}。");
        return Ok(ModeAnswer::nothing(order, "beyond_contract", WayOut::person(), Bilingual::new(en, zh)));
    }
    let tail = agreed.tail.unwrap_or(zero);
    // The tail is paid once so much of its instalments is settled, or once all of the contract's money has come, invoiced or not.
    let (of_tail, of_all) = (tail.checked_sub(contract.tail_settled)?, amount.checked_sub(contract.cash)?);
    let allowed = rest.checked_sub(tail)?;
    if !of_tail.is_positive() || !of_all.is_positive() || order.amount.minor() <= allowed.minor() {
        return Ok(ModeAnswer::all(order));
    }
    // A tail that is not invoiced yet has no item to pay: then only all of the money will do.
    let is_invoiced = open(contract, |open| open.part == "tail")?.minor() >= of_tail.minor();
    let missing = if is_invoiced && of_tail.minor() < of_all.minor() { of_tail } else { of_all };
    let ids = if is_invoiced { items_of(contract, items, |item| item.part == "tail") } else { Vec::new() };
    let now = Money::new(allowed.minor().max(0), allowed.currency());
    let en = format!("Contract {number} keeps the last goods until the last money comes: {now} may ship now, {missing} is not paid.");
    let zh = format!("合同 {number} 约定尾款尾货：现可放货 {now}，尾款尚欠 {missing}。");
    Ok(ModeAnswer::some(order, allowed, "tail_unpaid", WayOut { items: ids, ..WayOut::pay(missing) }, Bilingual::new(en, zh)))
}

/// 压批付款: batch *k* ships once batch *k − lag* is paid in full (OR-04).
fn batch_lag(contract: &ContractFacts, order: &OrderFacts, items: &[ItemFacts]) -> ModeAnswer {
    let number = &contract.external_id;
    let (Some(batch), Some(awaited)) = (order.batch_no, &contract.awaited_batch) else {
        let en = format!("Contract {number} is paid by batches, and this order does not say which batch it is.");
        let zh = format!("合同 {number} 按批次付款，本单未注明批次。");
        return ModeAnswer::nothing(order, "batch_missing", WayOut::person(), Bilingual::new(en, zh));
    };
    let no = awaited.no;
    let open =
        contract.open.iter().filter(|open| open.batch_no == Some(no)).fold(0_i64, |sum, open| sum.saturating_add(open.amount.minor()));
    let is_paid = awaited.is_invoiced && open <= 0 && !awaited.reserved.is_positive();
    if no < 1 || is_paid {
        return ModeAnswer::all(order);
    }
    let is_open = awaited.is_invoiced && !awaited.reserved.is_positive();
    let owed = Money::new(open, order.amount.currency());
    let ids = items_of(contract, items, |item| item.batch_no == Some(no));
    let way_out = if is_open { WayOut { items: ids, ..WayOut::pay(owed) } } else { WayOut::person() };
    let (en, zh) = if is_open {
        (format!("{owed} of it is open"), format!("尚欠 {owed}"))
    } else {
        ("it is not invoiced in full".to_owned(), "尚未全部开票".to_owned())
    };
    let en = format!("Batch {batch} of contract {number} ships once batch {no} is paid in full; {en}.");
    let zh = format!("合同 {number} 第 {batch} 批须待第 {no} 批付清后放货；第 {no} 批{zh}。");
    ModeAnswer::nothing(order, "batch_unpaid", way_out, Bilingual::new(en, zh))
}

/// 货到付款: the next delivery only when the one before is settled (OR-16): nothing open, and nothing let go that is not invoiced yet.
fn per_delivery(contract: &ContractFacts, order: &OrderFacts, items: &[ItemFacts]) -> Result<ModeAnswer> {
    let owed = open(contract, |_| true)?;
    let unsettled = owed.checked_add(contract.reserved)?;
    if !unsettled.is_positive() {
        return Ok(ModeAnswer::all(order));
    }
    let number = &contract.external_id;
    let en = format!("Contract {number} is settled delivery by delivery: {unsettled} of the deliveries before this one is not settled.");
    let zh = format!("合同 {number} 约定货到付款：前次发货尚有 {unsettled} 未结清。");
    // What is let go and not invoiced has no item to pay yet; it is paid ahead, or invoiced first.
    let ids = if contract.reserved.is_positive() { Vec::new() } else { items_of(contract, items, |_| true) };
    let way_out = WayOut { items: ids, ..WayOut::pay(unsettled) };
    Ok(ModeAnswer::nothing(order, "previous_delivery_unpaid", way_out, Bilingual::new(en, zh)))
}

/// 月结: from the day after the settlement day nothing ships while something that fell due by it is open; an approved extension lets
/// goods go until its last day (OR-05).
fn monthly(contract: &ContractFacts, agreed: &Agreed, order: &OrderFacts, items: &[ItemFacts], today: NaiveDate) -> Result<ModeAnswer> {
    let Some(day) = agreed.settlement_day else { return Ok(ModeAnswer::all(order)) };
    let settled_on = crate::contract::rules::last_settlement(day, today);
    let owed = open(contract, |open| open.due_on <= settled_on)?;
    if !owed.is_positive() || agreed.extended_until.is_some_and(|until| today <= until) {
        return Ok(ModeAnswer::all(order));
    }
    let number = &contract.external_id;
    let en = format!("Contract {number} was to be settled on {settled_on}, and {owed} that was due by then is open.");
    let zh = format!("合同 {number} 结算日为 {settled_on}，届时应付款项尚有 {owed} 未付。");
    let ids = items_of(contract, items, |item| item.due_on <= settled_on);
    let way_out = WayOut { items: ids, ..WayOut::pay(owed) };
    Ok(ModeAnswer::nothing(order, "settlement_overdue", way_out, Bilingual::new(en, zh)))
}

fn open(contract: &ContractFacts, counts: impl Fn(&crate::words::contract::ContractOpen) -> bool) -> Result<Money> {
    let zero = Money::zero(contract.cash.currency());
    contract.open.iter().filter(|open| counts(open)).try_fold(zero, |sum, open| sum.checked_add(open.amount))
}

/// The contract's open items, where they were read.
fn items_of(contract: &ContractFacts, items: &[ItemFacts], counts: impl Fn(&ItemFacts) -> bool) -> Vec<InstalmentId> {
    let own = items.iter().filter(|item| item.contract_external_id.as_ref() == Some(&contract.external_id));
    own.filter(|item| item.open.currency() == contract.cash.currency() && counts(item)).map(|item| item.id).collect()
}

#[cfg(test)]
#[path = "release_mode_tests.rs"]
mod tests;

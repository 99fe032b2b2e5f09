//! What frees a held order: the smallest payment, and the invoices it goes to (numbers.md §2, plugins.md §3).

use super::Cause;
use crate::words::error::Result;
use crate::words::facts::{Facts, ItemFacts};
use crate::words::id::{InstalmentId, InvoiceId};
use crate::words::money::Money;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Paying this frees the order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PayToRelease {
    /// How much, in the account's currency.
    pub amount: Money,
    /// What to pay, oldest first. Less than the amount when more has to be prepaid than is open.
    pub invoices: Vec<PayItem>,
    /// How much of it is for the order itself, and has to name it; `null` when any payment will do.
    #[serde(default)]
    pub deposit: Option<Money>,
}

/// One item to pay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PayItem {
    /// The instalment.
    pub instalment_id: InstalmentId,
    /// Its invoice.
    pub invoice_id: InvoiceId,
    /// The invoice's number in the ERP.
    pub external_id: String,
    /// Due date.
    pub due_on: NaiveDate,
    /// How much of it.
    pub amount: Money,
}

/// What has to be paid so that none of these reasons is left: per item the largest amount any reason asks, added up; a reason without
/// items raises the total to its amount, and one for a deposit adds it. `None` when there is nothing to free or no payment can (decision 50).
pub fn pay_to_release(facts: &Facts, causes: &[Cause]) -> Result<Option<PayToRelease>> {
    let currency = facts.account.currency;
    let is_payable =
        |cause: &Cause| cause.way_out.is_payable() && cause.way_out.pay.is_none_or(|pay| pay.currency() == currency && pay.is_positive());
    if causes.is_empty() || !causes.iter().all(is_payable) {
        return Ok(None);
    }
    let rows: Vec<&ItemFacts> = facts.open_items.rows.iter().filter(|row| row.open.currency() == currency).collect();
    let mut asked: BTreeMap<InstalmentId, i64> = BTreeMap::new();
    let (mut at_least, mut deposit) = (0, 0);
    for cause in causes {
        if cause.way_out.is_deposit {
            deposit = cause.way_out.pay.map_or(0, Money::minor).max(deposit);
        } else {
            at_least = ask_items(cause, &rows, &mut asked).max(at_least);
        }
    }
    let of_items = asked.values().try_fold(Money::zero(currency), |sum, minor| sum.checked_add(Money::new(*minor, currency)))?;
    let total = of_items.minor().saturating_add(deposit).max(at_least);
    let mut rest = total - of_items.minor() - deposit;
    let mut invoices = Vec::new();
    for row in rows {
        let named = asked.get(&row.id).copied().unwrap_or(0);
        let more = rest.min(undisputed(row) - named).max(0);
        rest -= more;
        if named + more > 0 {
            invoices.push(PayItem {
                instalment_id: row.id,
                invoice_id: row.invoice_id,
                external_id: row.invoice_external_id.clone(),
                due_on: row.due_on,
                amount: Money::new(named + more, currency),
            });
        }
    }
    let deposit = (deposit > 0).then(|| Money::new(deposit, currency));
    Ok((total > 0).then(|| PayToRelease { amount: Money::new(total, currency), invoices, deposit }))
}

/// Notes what one reason asks of its items, oldest first, and answers what it asks in all.
fn ask_items(cause: &Cause, rows: &[&ItemFacts], asked: &mut BTreeMap<InstalmentId, i64>) -> i64 {
    let mut left = cause.way_out.pay.map_or(i64::MAX, Money::minor);
    for row in rows.iter().filter(|row| cause.way_out.items.contains(&row.id)) {
        let share = undisputed(row).min(left);
        left -= share;
        let most = asked.entry(row.id).or_insert(0);
        *most = share.max(*most);
    }
    cause.way_out.pay.map_or(0, Money::minor)
}

/// What may be asked for: nobody is asked to pay what is disputed.
fn undisputed(row: &ItemFacts) -> i64 {
    (row.open.minor() - row.disputed.minor().max(0)).max(0)
}

#[cfg(test)]
mod tests {
    use super::super::WayOut;
    use super::super::fixture::{cny, facts, item_id, usd, with_items};
    use super::*;
    use crate::words::facts::Reason;
    use crate::words::text::Bilingual;

    fn cause(pay: Option<Money>, items: &[u128]) -> Cause {
        let way_out = WayOut { pay, items: items.iter().copied().map(item_id).collect(), ..WayOut::person() };
        Cause { reason: Reason::core("x", Bilingual::same("x")), way_out }
    }

    #[test]
    fn a_deposit_is_paid_beside_what_is_open_and_counts_against_the_limit() {
        let owing = with_items(facts(0), &[(1, "2025-01-01", 100, 0)]);
        let deposit = |units| Cause { way_out: WayOut::deposit(cny(units)), ..cause(None, &[]) };
        for (causes, expected) in [
            (vec![deposit(70)], "70.00, 70.00 of it a deposit; 0 items"),
            (vec![deposit(70), cause(None, &[1])], "170.00, 70.00 of it a deposit; 1 items"),
            (vec![deposit(70), cause(Some(cny(90)), &[])], "90.00, 70.00 of it a deposit; 1 items"),
        ] {
            let pay = pay_to_release(&owing, &causes).unwrap().unwrap();
            let deposit = pay.deposit.map_or("nothing".to_owned(), Money::amount);
            let told = format!("{}, {deposit} of it a deposit; {} items", pay.amount.amount(), pay.invoices.len());
            assert_eq!(told, expected, "{causes:?}");
        }
    }

    #[test]
    fn reasons_add_up_per_item_and_one_without_items_raises_the_total() {
        let owing = with_items(facts(0), &[(1, "2025-01-01", 100, 0), (2, "2025-02-01", 200, 50), (3, "2025-03-01", 40, 40)]);
        for (causes, expected) in [
            (vec![], "nothing"),
            (vec![cause(Some(cny(60)), &[])], "60.00: I1 60.00"),
            (vec![cause(None, &[2])], "150.00: I2 150.00"),
            (vec![cause(None, &[2, 1])], "250.00: I1 100.00, I2 150.00"),
            (vec![cause(Some(cny(120)), &[2, 1])], "120.00: I1 100.00, I2 20.00"),
            (vec![cause(Some(cny(30)), &[1]), cause(Some(cny(80)), &[1]), cause(Some(cny(10)), &[2])], "90.00: I1 80.00, I2 10.00"),
            (vec![cause(None, &[2]), cause(Some(cny(200)), &[])], "200.00: I1 50.00, I2 150.00"),
            (vec![cause(None, &[2]), cause(Some(cny(90)), &[])], "150.00: I2 150.00"),
            (vec![cause(Some(cny(1000)), &[])], "1000.00: I1 100.00, I2 150.00"),
            (vec![cause(Some(cny(500)), &[1])], "500.00: I1 100.00, I2 150.00"),
            (vec![cause(None, &[3])], "nothing"),
            (vec![cause(None, &[1]), cause(None, &[])], "nothing"),
            (vec![cause(Some(usd(10)), &[])], "nothing"),
        ] {
            let answer = pay_to_release(&owing, &causes).unwrap().map_or("nothing".to_owned(), |pay| {
                let items: Vec<String> = pay.invoices.iter().map(|item| format!("{} {}", item.external_id, item.amount.amount())).collect();
                format!("{}: {}", pay.amount.amount(), items.join(", "))
            });
            assert_eq!(answer, expected, "{causes:?}");
        }
    }
}

//! What the contract of an order says and stands at: read only where an order names one.

use crate::account::rows::account;
use crate::contract::rows::{contract, contract_extension};
use crate::contract::rules::last_settlement;
use crate::doors::store::{Read, failed};
use crate::words::contract::{Agreed, AwaitedBatch, ContractFacts, ContractOpen};
use crate::words::error::Result;
use crate::words::facts::OrderFacts;
use crate::words::money::Money;
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, DbErr, QueryFilter, QueryResult};

/// The contract's sums, and what is open on it: rows of two kinds, told apart by their first column. `$3` is the contract's number,
/// `$4` the order's, `$5` the currency, `$6` the batch that is waited for. Cash counts where it is booked on the contract's invoices or lies on
/// its orders, and where it waits and names the contract or one of its orders; value counts as let go once, in an order or in an invoice without one.
const STANDS_AT: &str = "
WITH own_order AS (SELECT id, external_id, invoiced_minor, batch_no,
                          CASE WHEN state NOT IN ('rejected', 'cancelled', 'invoiced') AND approved_minor > invoiced_minor
                               THEN approved_minor - invoiced_minor ELSE 0 END AS reserved_minor FROM sales_order
                    WHERE tenant_id = $1 AND account_id = $2 AND contract_external_id = $3 AND currency = $5),
     own_item AS (SELECT id, batch_no, part, due_on, order_external_id, amount_minor, open_minor, disputed_minor FROM instalment
                   WHERE tenant_id = $1 AND account_id = $2 AND contract_external_id = $3 AND currency = $5 AND cancelled_on IS NULL),
     booked AS (SELECT a.amount_minor, a.payment_id, i.order_external_id, p.state FROM own_item i
                  JOIN allocation a ON a.tenant_id = $1 AND a.instalment_id = i.id
                  LEFT JOIN payment p ON p.tenant_id = $1 AND p.id = a.payment_id),
     placed AS (SELECT d.amount_minor, o.external_id FROM own_order o JOIN deposit d ON d.tenant_id = $1 AND d.order_id = o.id),
     waiting AS (SELECT unallocated_minor, order_external_id, contract_external_id FROM payment
                  WHERE tenant_id = $1 AND account_id = $2 AND currency = $5 AND unallocated_minor > 0 AND voided_on IS NULL AND state = 'cleared')
SELECT 0 AS part_of, CAST(NULL AS BIGINT) AS batch_no, CAST(NULL AS TEXT) AS part, CAST(NULL AS DATE) AS due_on,
       (SELECT CAST(COALESCE(SUM(amount_minor), 0) AS BIGINT) FROM booked WHERE state = 'cleared') AS n1,
       (SELECT CAST(COALESCE(SUM(amount_minor), 0) AS BIGINT) FROM booked WHERE state = 'cleared' AND order_external_id = $4) AS n2,
       (SELECT CAST(COALESCE(SUM(amount_minor), 0) AS BIGINT) FROM booked WHERE payment_id IS NULL) AS n3,
       (SELECT CAST(COALESCE(SUM(unallocated_minor), 0) AS BIGINT) FROM waiting
         WHERE contract_external_id = $3 OR order_external_id = $4
            OR (contract_external_id IS NULL AND order_external_id IN (SELECT external_id FROM own_order)))
         + (SELECT CAST(COALESCE(SUM(amount_minor), 0) AS BIGINT) FROM placed) AS n4,
       (SELECT CAST(COALESCE(SUM(unallocated_minor), 0) AS BIGINT) FROM waiting WHERE order_external_id = $4)
         + (SELECT CAST(COALESCE(SUM(amount_minor), 0) AS BIGINT) FROM placed WHERE external_id = $4) AS n5,
       (SELECT CAST(COALESCE(SUM(invoiced_minor), 0) AS BIGINT) FROM own_order) AS n6,
       (SELECT CAST(COALESCE(SUM(reserved_minor), 0) AS BIGINT) FROM own_order WHERE external_id <> $4) AS n7,
       (SELECT CAST(COALESCE(SUM(total_minor), 0) AS BIGINT) FROM invoice v
         WHERE v.tenant_id = $1 AND v.account_id = $2 AND v.contract_external_id = $3 AND v.currency = $5 AND v.cancelled_on IS NULL
           AND NOT EXISTS (SELECT 1 FROM own_order o WHERE o.external_id = v.order_external_id)) AS n8,
       (SELECT COUNT(*) FROM own_item WHERE batch_no = $6) AS n9,
       (SELECT CAST(COALESCE(SUM(reserved_minor), 0) AS BIGINT) FROM own_order WHERE batch_no = $6 AND external_id <> $4) AS n10,
       (SELECT CAST(COALESCE(SUM(invoiced_minor), 0) AS BIGINT) FROM own_order WHERE external_id = $4) AS n11,
       (SELECT CAST(COALESCE(SUM(amount_minor - open_minor), 0) AS BIGINT) FROM own_item WHERE part = 'tail') AS n12
UNION ALL
SELECT 1, batch_no, part, due_on, CAST(SUM(open_minor - disputed_minor) AS BIGINT), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
  FROM own_item WHERE open_minor > 0 GROUP BY batch_no, part, due_on";

/// No batch has this number: nothing is waited for.
const NO_BATCH: i64 = i64::MIN;

/// The contract an order names, with what it stands at; none when it names none.
pub(super) async fn contract_facts(
    read: &Read,
    account: &account::Model,
    order: &OrderFacts,
    today: NaiveDate,
) -> Result<Option<ContractFacts>> {
    let Some(number) = &order.contract_external_id else { return Ok(None) };
    let written = contract::find(read.tenant()).filter(contract::Column::ExternalId.eq(number)).one(read.db()).await.map_err(failed)?;
    let lag = written.as_ref().and_then(|row| row.lag).unwrap_or(1);
    let awaited = order.batch_no.map(|batch| batch - lag);
    let agreed = match &written {
        Some(row) => Some(agreed(row, account, extended_until(read, row, today).await?)),
        None => None,
    };
    let currency = order.amount.currency();
    let bound =
        [account.id.into(), number.as_str().into(), order.external_id.as_str().into(), currency.into(), awaited.unwrap_or(NO_BATCH).into()];
    let zero = Money::zero(currency);
    let mut facts = ContractFacts {
        external_id: number.clone(),
        agreed,
        cash_for_order: zero,
        cash: zero,
        released: zero,
        reserved: zero,
        tail_settled: zero,
        open: Vec::new(),
        awaited_batch: awaited.map(|no| AwaitedBatch { no, is_invoiced: false, reserved: zero }),
    };
    for row in read.rows(STANDS_AT, bound).await? {
        take(&mut facts, &row).map_err(failed)?;
    }
    Ok(Some(facts))
}

fn agreed(row: &contract::Model, account: &account::Model, extended_until: Option<NaiveDate>) -> Agreed {
    let money = |minor: i64| Money::new(minor, row.currency);
    Agreed {
        state: row.state,
        is_of_account: row.account_id == account.id,
        mode: row.mode,
        amount: row.amount_minor.map(money),
        tail: row.tail_minor.map(money),
        settlement_day: row.settlement_day,
        due_days: row.paper.0.terms.due_days,
        extended_until,
    }
}

/// The last day of the extension of the settlement day that has passed; only contracts that settle by the month have any.
async fn extended_until(read: &Read, row: &contract::Model, today: NaiveDate) -> Result<Option<NaiveDate>> {
    let Some(day) = row.settlement_day else { return Ok(None) };
    let query = contract_extension::find(read.tenant())
        .filter(contract_extension::Column::ContractId.eq(row.id))
        .filter(contract_extension::Column::SettlementOn.eq(last_settlement(day, today)));
    Ok(query.one(read.db()).await.map_err(failed)?.map(|row| row.until_on))
}

fn take(facts: &mut ContractFacts, row: &QueryResult) -> std::result::Result<(), DbErr> {
    let currency = facts.cash.currency();
    let n = |name: &str| row.try_get::<i64>("", name);
    let money = |minor: i64| Money::new(minor, currency);
    if row.try_get::<i32>("", "part_of")? == 1 {
        let (batch_no, part, due_on) = (row.try_get("", "batch_no")?, row.try_get("", "part")?, row.try_get("", "due_on")?);
        facts.open.push(ContractOpen { batch_no, part, due_on, amount: money(n("n1")?) });
        return Ok(());
    }
    facts.cash = money(n("n1")?.saturating_add(n("n4")?));
    facts.cash_for_order = money(n("n2")?.saturating_add(n("n5")?).saturating_sub(n("n11")?));
    facts.reserved = money(n("n7")?);
    facts.tail_settled = money(n("n12")?);
    facts.released = money(n("n6")?.saturating_add(n("n7")?).saturating_add(n("n8")?).saturating_sub(n("n3")?));
    if let Some(batch) = &mut facts.awaited_batch {
        (batch.is_invoiced, batch.reserved) = (n("n9")? > 0, money(n("n10")?));
    }
    Ok(())
}

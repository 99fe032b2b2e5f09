//! How probable it is that an open item is paid late (EW-10): a plain share that anybody can work out again, not a model.

use super::rules::late_probability_bps;
use crate::doors::store::{Read, failed};
use crate::invoice::rows::instalment;
use crate::words::code::Code;
use crate::words::day::{add_months, days_between, parse_date};
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, InstalmentId, InvoiceId};
use crate::words::money::Money;
use crate::words::page::{After, Page, PageOf};
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, QueryFilter, QueryResult, Value};
use serde::Serialize;
use utoipa::ToSchema;

/// How the probability is worked out, in words.
const FORMULA: &str = "(late_of_account + 10 × late_of_all ÷ settled_of_all) ÷ (settled_of_account + 10), over the instalments settled in \
     the 12 months up to today; late is settled after the due date; 0.5 takes the place of late_of_all ÷ settled_of_all where nothing \
     was settled; an item that is overdue is late: 1";

/// What went into the probability.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LateInputs {
    /// Instalments of the account settled in the 12 months.
    pub settled_of_account: i64,
    /// Those of them settled after their due date.
    pub late_of_account: i64,
    /// Instalments of all accounts settled in the 12 months.
    pub settled_of_all: i64,
    /// Those of them settled after their due date.
    pub late_of_all: i64,
}

/// One open item.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct LateRiskRow {
    /// The instalment.
    pub instalment_id: InstalmentId,
    /// Its invoice.
    pub invoice_id: InvoiceId,
    /// The invoice's number in the ERP.
    pub invoice_external_id: String,
    /// Its place in the invoice, from 1.
    pub instalment_no: i64,
    /// The account.
    pub account_id: AccountId,
    /// The account's number in the ERP.
    pub account_external_id: String,
    /// Due date.
    pub due_on: NaiveDate,
    /// Left to pay.
    pub open: Money,
    /// How probable it is that it is paid after its due date, in basis points: 10,000 is certain, and so it is once it is overdue.
    pub probability_bps: i64,
    /// How it is worked out.
    pub formula: &'static str,
    /// What went into it.
    pub inputs: LateInputs,
}

fn text(account: bool, after: bool) -> String {
    let account = if account { " AND i.account_id = $4" } else { "" };
    let first = if account.is_empty() { 4 } else { 5 };
    let behind =
        if after { format!(" AND (i.due_on > ${first} OR (i.due_on = ${first} AND i.id > ${}))", first + 1) } else { String::new() };
    let limit = first + if after { 2 } else { 0 };
    format!(
        "WITH settled AS (SELECT account_id, COUNT(*) AS items, SUM(CASE WHEN settled_on > due_on THEN 1 ELSE 0 END) AS late FROM instalment
              WHERE tenant_id = $1 AND settled_on > $2 AND settled_on <= $3 AND cancelled_on IS NULL GROUP BY account_id),
              total AS (SELECT CAST(COALESCE(SUM(items), 0) AS BIGINT) AS items, CAST(COALESCE(SUM(late), 0) AS BIGINT) AS late FROM settled)
         SELECT i.id, i.invoice_id, i.invoice_external_id, i.no, i.account_id, a.external_id, i.due_on, i.open_minor, i.currency,
                CAST(COALESCE(s.items, 0) AS BIGINT) AS settled_of_account, CAST(COALESCE(s.late, 0) AS BIGINT) AS late_of_account,
                t.items AS settled_of_all, t.late AS late_of_all
           FROM instalment i
           JOIN account a ON a.tenant_id = i.tenant_id AND a.id = i.account_id
           LEFT JOIN settled s ON s.account_id = i.account_id
           CROSS JOIN total t
          WHERE i.tenant_id = $1 AND i.open_minor > 0 AND i.cancelled_on IS NULL{account}{behind}
          ORDER BY i.due_on, i.id LIMIT ${limit}"
    )
}

fn row(found: &QueryResult, today: NaiveDate) -> std::result::Result<LateRiskRow, sea_orm::DbErr> {
    let inputs = LateInputs {
        settled_of_account: found.try_get("", "settled_of_account")?,
        late_of_account: found.try_get("", "late_of_account")?,
        settled_of_all: found.try_get("", "settled_of_all")?,
        late_of_all: found.try_get("", "late_of_all")?,
    };
    let due_on: NaiveDate = found.try_get("", "due_on")?;
    let of_past = late_probability_bps((inputs.late_of_account, inputs.settled_of_account), (inputs.late_of_all, inputs.settled_of_all));
    Ok(LateRiskRow {
        instalment_id: found.try_get("", "id")?,
        invoice_id: found.try_get("", "invoice_id")?,
        invoice_external_id: found.try_get("", "invoice_external_id")?,
        instalment_no: found.try_get("", "no")?,
        account_id: found.try_get("", "account_id")?,
        account_external_id: found.try_get("", "external_id")?,
        due_on,
        open: Money::new(found.try_get("", "open_minor")?, found.try_get("", "currency")?),
        probability_bps: if days_between(due_on, today) > 0 { 10_000 } else { of_past },
        formula: FORMULA,
        inputs,
    })
}

/// Open items, the earliest due first, each with how probable it is that it is paid late. Looks at today: what will be is no matter of
/// the past.
///
/// # Errors
/// `invalid_cursor` for a place that is none.
pub async fn late_risk(read: &Read, today: NaiveDate, account: Option<AccountId>, page: &PageOf) -> Result<Page<LateRiskRow>> {
    let open =
        instalment::find(read.tenant()).filter(instalment::Column::OpenMinor.gt(0)).filter(instalment::Column::CancelledOn.is_null());
    let open = account.into_iter().fold(open, |query, account| query.filter(instalment::Column::AccountId.eq(account)));
    let total = read.total(&open, instalment::Column::Id, page.in_its_own_order()?).await?;
    let since = add_months(today, -12);
    let mut values: Vec<Value> = vec![since.into(), today.into()];
    values.extend(account.map(Value::from));
    if let Some(after) = &page.after {
        let due_on = parse_date(&after.key).map_err(|_| Error::new(Code::InvalidCursor, "the cursor names no day"))?;
        values.extend([Value::from(due_on), Value::from(after.id)]);
    }
    values.push(i64::try_from(page.limit + 1).map_err(Error::internal)?.into());
    let rows = read.rows(&text(account.is_some(), page.after.is_some()), values).await?;
    let rows: Result<Vec<LateRiskRow>> = rows.iter().map(|found| row(found, today).map_err(failed)).collect();
    let found = Page::cut(rows?, page.limit, |row| After { key: row.due_on.to_string(), id: row.instalment_id.0 });
    Ok(Page { total, ..found })
}

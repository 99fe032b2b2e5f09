//! The campaign that clears the books at the end of a year (年终两清, OR-20): accounts that are to owe nothing on a day, and who still does.

use super::on_day::{ITEMS, LATER};
use crate::doors::store::{Read, failed};
use crate::words::error::Result;
use crate::words::id::AccountId;
use crate::words::money::Money;
use chrono::NaiveDate;
use sea_orm::QueryResult;
use serde::Serialize;
use utoipa::ToSchema;

/// The longest list of exceptions.
const ROWS_MAX: i64 = 1_000;

/// An account that still owes something.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ClearingRow {
    /// The account.
    pub account_id: AccountId,
    /// Its number in the ERP.
    pub account_external_id: String,
    /// Its name.
    pub account_name: String,
    /// Who drives its collection.
    pub owner: Option<String>,
    /// What it owes, in one currency; an account has a row for each.
    pub open: Money,
    /// Why it is let off; `null` where it is not.
    pub exempt_reason: Option<String>,
}

/// How the campaign stands.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ClearingView {
    /// The day on which the accounts are to owe nothing.
    pub clear_on: NaiveDate,
    /// The day looked at.
    pub as_of: NaiveDate,
    /// Accounts that are to owe nothing: their year plan names the day.
    pub accounts: i64,
    /// Those of them that do.
    pub cleared: i64,
    /// Those that are let off and owe something.
    pub exempt: i64,
    /// Those that are not, and owe something.
    pub outstanding: i64,
    /// What those owe, by currency.
    #[schema(max_items = 200)]
    pub outstanding_amounts: Vec<Money>,
    /// Who still owes something, by number; at most 1,000 rows.
    #[schema(max_items = 1000)]
    pub exceptions: Vec<ClearingRow>,
    /// Were rows left out?
    pub is_cut: bool,
}

/// What each account whose plan names the day `$3` owed on the day `$2`, by currency; one row without a currency where it owed nothing.
fn owed() -> String {
    let items = ITEMS.replace("{only}", "");
    format!(
        "WITH {LATER}, owed AS (
            SELECT y.account_id, y.exempt_reason, i.currency, CAST(SUM(i.open_minor) AS BIGINT) AS minor
              FROM year_plan y
              LEFT JOIN ({items}) i ON i.account_id = y.account_id AND i.open_minor <> 0
             WHERE y.tenant_id = $1 AND y.clear_on = $3
             GROUP BY y.account_id, y.exempt_reason, i.currency)"
    )
}

fn row(found: &QueryResult) -> std::result::Result<ClearingRow, sea_orm::DbErr> {
    Ok(ClearingRow {
        account_id: found.try_get("", "account_id")?,
        account_external_id: found.try_get("", "external_id")?,
        account_name: found.try_get("", "name")?,
        owner: found.try_get("", "owner")?,
        open: Money::new(found.try_get("", "minor")?, found.try_get("", "currency")?),
        exempt_reason: found.try_get("", "exempt_reason")?,
    })
}

/// How the campaign for a day stands, as of another: by default the earlier of today and that day.
pub async fn clearing(read: &Read, clear_on: NaiveDate, as_of: NaiveDate) -> Result<ClearingView> {
    let (owed, values) = (owed(), || [as_of.into(), clear_on.into()]);
    let counted = format!(
        "{owed} SELECT CAST(COUNT(DISTINCT account_id) AS BIGINT) AS accounts,
                CAST(COUNT(DISTINCT CASE WHEN currency IS NULL THEN account_id END) AS BIGINT) AS cleared,
                CAST(COUNT(DISTINCT CASE WHEN currency IS NOT NULL AND exempt_reason IS NOT NULL THEN account_id END) AS BIGINT) AS exempt,
                CAST(COUNT(DISTINCT CASE WHEN currency IS NOT NULL AND exempt_reason IS NULL THEN account_id END) AS BIGINT) AS outstanding
           FROM owed"
    );
    let counted = read.rows(&counted, values()).await?;
    let count = |name: &str| counted.first().map_or(Ok(0), |row| row.try_get::<i64>("", name)).map_err(failed);
    let sums = format!(
        "{owed} SELECT currency, CAST(SUM(minor) AS BIGINT) AS minor FROM owed WHERE currency IS NOT NULL AND exempt_reason IS NULL
          GROUP BY currency ORDER BY currency"
    );
    let sums = read.rows(&sums, values()).await?;
    let sum = |row: &QueryResult| Ok::<_, sea_orm::DbErr>(Money::new(row.try_get("", "minor")?, row.try_get("", "currency")?));
    let outstanding_amounts = sums.iter().map(|row| sum(row).map_err(failed)).collect::<Result<Vec<Money>>>()?;
    let listed = format!(
        "{owed} SELECT o.account_id, a.external_id, a.name, a.owner, o.exempt_reason, o.currency, o.minor FROM owed o
           JOIN account a ON a.tenant_id = $1 AND a.id = o.account_id
          WHERE o.currency IS NOT NULL ORDER BY a.external_id, o.currency LIMIT $4"
    );
    let listed = read.rows(&listed, values().into_iter().chain([(ROWS_MAX + 1).into()])).await?;
    let mut exceptions: Vec<ClearingRow> = listed.iter().map(|found| row(found).map_err(failed)).collect::<Result<_>>()?;
    let is_cut = i64::try_from(exceptions.len()).unwrap_or(i64::MAX) > ROWS_MAX;
    exceptions.truncate(usize::try_from(ROWS_MAX).unwrap_or(usize::MAX));
    Ok(ClearingView {
        clear_on,
        as_of,
        accounts: count("accounts")?,
        cleared: count("cleared")?,
        exempt: count("exempt")?,
        outstanding: count("outstanding")?,
        outstanding_amounts,
        exceptions,
        is_cut,
    })
}

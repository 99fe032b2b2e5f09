//! Ageing: what was open on a day, by days past due, and what stands against it (decision 11).

use super::on_day::{ITEMS, LATER, Only};
use crate::doors::store::{Read, failed};
use crate::words::day::add_days;
use crate::words::error::Result;
use crate::words::id::AccountId;
use crate::words::money::{Currency, Money};
use chrono::NaiveDate;
use sea_orm::{QueryResult, Value};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// Buckets by calendar days past due: due today is not due (contract §4, numbers.md §5).
const KEYS: [&str; 5] = ["not_due", "1_30", "31_60", "61_90", "91_plus"];
/// Where the statement answers unallocated cash and open credit notes, beside the buckets.
const CASH: i64 = 5;
const CREDIT_NOTES: i64 = 6;

/// What is asked of the ageing report.
#[derive(Clone, Debug)]
pub struct AgeingAsk {
    /// The day.
    pub as_of: NaiveDate,
    /// In this currency only.
    pub currency: Option<Currency>,
    /// Of this legal entity of ours only.
    pub entity: Option<String>,
    /// With a row for each account.
    pub group_by_account: bool,
    /// The tenant's own currency: what an empty report is in.
    pub home: Currency,
}

/// One bucket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Bucket {
    /// `not_due`, `1_30`, `31_60`, `61_90` or `91_plus`.
    pub key: String,
    /// Number of open items.
    pub count: i64,
    /// Open.
    pub amount: Money,
}

/// The ageing in one currency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CurrencyAgeing {
    /// The currency.
    pub currency: Currency,
    /// Open.
    pub total: Money,
    /// Number of open items.
    pub count: i64,
    /// By days past due.
    pub buckets: Vec<Bucket>,
    /// Cash not allocated.
    pub unallocated: Money,
    /// Open credit notes.
    pub credit_notes: Money,
    /// Disputed share of what is open.
    pub disputed: Money,
    /// Open, less unallocated cash and open credit notes.
    pub net_total: Money,
}

/// The ageing of one account in one currency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AgeingRow {
    /// The account.
    pub account_id: AccountId,
    /// Its number in the ERP.
    pub account_external_id: String,
    /// Its figures.
    #[serde(flatten)]
    pub ageing: CurrencyAgeing,
}

/// The ageing report. Nothing is added across currencies: with several, the figures at the top are `null` (decisions 9 and 44).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AgeingView {
    /// The day.
    pub as_of: NaiveDate,
    /// The asked or only currency.
    pub currency: Option<Currency>,
    /// The asked legal entity of ours; all of them when `null`.
    pub entity: Option<String>,
    /// Open.
    pub total: Option<Money>,
    /// Number of open items, over all currencies.
    pub count: i64,
    /// By days past due.
    pub buckets: Vec<Bucket>,
    /// Cash not allocated.
    pub unallocated: Option<Money>,
    /// Open credit notes.
    pub credit_notes: Option<Money>,
    /// Disputed share of what is open.
    pub disputed: Option<Money>,
    /// Open, less unallocated cash and open credit notes.
    pub net_total: Option<Money>,
    /// The same for each currency.
    pub by_currency: Vec<CurrencyAgeing>,
    /// Accounts, by their number in the ERP; empty unless asked for.
    pub rows: Vec<AgeingRow>,
}

/// The text of the one statement. Dates of the bucket edges come in as values, so both databases compare plain dates.
fn statement(ask: &AgeingAsk, only: &Only) -> String {
    let by = if ask.group_by_account { "account_id, " } else { "" };
    let items = ITEMS.replace("{only}", &only.condition("i", 6));
    let (of_payment, of_note) = (only.condition("p", 6), only.condition("c", 6));
    let sums = format!(
        "SELECT {by}currency, bucket, CAST(COUNT(*) AS BIGINT) AS items, CAST(SUM(open_minor) AS BIGINT) AS minor,
                CAST(SUM(CASE WHEN disputed_minor < open_minor THEN disputed_minor ELSE open_minor END) AS BIGINT) AS disputed
           FROM (SELECT {by}currency, open_minor, disputed_minor,
                        CASE WHEN due_on >= $2 THEN 0 WHEN due_on >= $3 THEN 1 WHEN due_on >= $4 THEN 2 WHEN due_on >= $5 THEN 3 ELSE 4 END AS bucket
                   FROM ({items}) items WHERE open_minor <> 0) aged
          GROUP BY {by}currency, bucket
         UNION ALL
         SELECT {by}currency, {CASH}, 0, CAST(SUM(minor) AS BIGINT), 0
           FROM (SELECT p.account_id, p.currency,
                        CASE WHEN p.voided_on IS NULL THEN p.unallocated_minor ELSE p.amount_minor END + COALESCE(l.minor, 0) AS minor
                   FROM payment p
                   LEFT JOIN (SELECT payment_id, CAST(SUM(amount_minor) AS BIGINT) AS minor FROM later WHERE payment_id IS NOT NULL
                               GROUP BY payment_id) l ON l.payment_id = p.id
                  WHERE p.tenant_id = $1 AND p.received_on <= $2 AND (p.voided_on IS NULL OR p.voided_on > $2){of_payment}) cash
          WHERE minor <> 0 GROUP BY {by}currency
         UNION ALL
         SELECT {by}currency, {CREDIT_NOTES}, 0, CAST(SUM(minor) AS BIGINT), 0
           FROM (SELECT c.account_id, c.currency, c.open_minor + COALESCE(l.minor, 0) AS minor
                   FROM credit_note c
                   LEFT JOIN (SELECT credit_note_id, CAST(SUM(amount_minor) AS BIGINT) AS minor FROM later WHERE credit_note_id IS NOT NULL
                               GROUP BY credit_note_id) l ON l.credit_note_id = c.id
                  WHERE c.tenant_id = $1 AND c.issued_on <= $2{of_note}) notes
          WHERE minor <> 0 GROUP BY {by}currency"
    );
    if ask.group_by_account {
        let named = "SELECT r.*, a.external_id FROM sums r JOIN account a ON a.tenant_id = $1 AND a.id = r.account_id";
        format!("WITH {LATER}, sums AS ({sums}) {named}")
    } else {
        format!("WITH {LATER} {sums}")
    }
}

/// The sums of one currency, or of one account in one currency.
#[derive(Clone, Debug, Default)]
struct Sums {
    buckets: [(i64, i128); 5],
    disputed: i128,
    cash: i128,
    credit_notes: i128,
}

impl Sums {
    fn take(&mut self, found: &Found) {
        match usize::try_from(found.bucket).ok().and_then(|at| self.buckets.get_mut(at)) {
            Some((count, minor)) => {
                *count += found.items;
                *minor += i128::from(found.minor);
                self.disputed += i128::from(found.disputed);
            }
            None if found.bucket == CASH => self.cash += i128::from(found.minor),
            None => self.credit_notes += i128::from(found.minor),
        }
    }

    fn ageing(&self, currency: Currency) -> Result<CurrencyAgeing> {
        let money = |minor: i128| Money::from_sum(minor, currency);
        let total = self.buckets.iter().fold(0, |sum, (_, minor)| sum + minor);
        let bucket =
            |(key, (count, minor)): (&&str, &(i64, i128))| Ok(Bucket { key: (*key).to_owned(), count: *count, amount: money(*minor)? });
        Ok(CurrencyAgeing {
            currency,
            total: money(total)?,
            count: self.buckets.iter().fold(0, |sum, (count, _)| sum + count),
            buckets: KEYS.iter().zip(&self.buckets).map(bucket).collect::<Result<_>>()?,
            unallocated: money(self.cash)?,
            credit_notes: money(self.credit_notes)?,
            disputed: money(self.disputed)?,
            net_total: money(total - self.cash - self.credit_notes)?,
        })
    }
}

/// One row of the statement.
struct Found {
    account: Option<(String, AccountId)>,
    currency: Currency,
    bucket: i64,
    items: i64,
    minor: i64,
    disputed: i64,
}

impl Found {
    fn of(row: &QueryResult, is_by_account: bool) -> std::result::Result<Self, sea_orm::DbErr> {
        let account = if is_by_account { Some((row.try_get("", "external_id")?, row.try_get("", "account_id")?)) } else { None };
        Ok(Self {
            account,
            currency: row.try_get("", "currency")?,
            bucket: i64::from(row.try_get::<i32>("", "bucket")?),
            items: row.try_get("", "items")?,
            minor: row.try_get("", "minor")?,
            disputed: row.try_get("", "disputed")?,
        })
    }
}

/// What was open on the day, by days past due.
pub async fn ageing(read: &Read, ask: &AgeingAsk) -> Result<AgeingView> {
    let only = Only { currency: ask.currency, entity: ask.entity.clone() };
    let edges = [0, -30, -60, -90].map(|days| Value::from(add_days(ask.as_of, days)));
    let rows = read.rows(&statement(ask, &only), edges.into_iter().chain(only.values())).await?;
    let mut by_currency: BTreeMap<Currency, Sums> = BTreeMap::new();
    let mut by_account: BTreeMap<(String, AccountId, Currency), Sums> = BTreeMap::new();
    for row in &rows {
        let mut found = Found::of(row, ask.group_by_account).map_err(failed)?;
        by_currency.entry(found.currency).or_default().take(&found);
        if let Some((number, id)) = found.account.take() {
            by_account.entry((number, id, found.currency)).or_default().take(&found);
        }
    }
    let mut currencies: BTreeSet<Currency> = by_currency.keys().copied().chain(ask.currency).collect();
    if currencies.is_empty() {
        currencies.insert(ask.home);
    }
    let each = currencies.into_iter().map(|currency| by_currency.remove(&currency).unwrap_or_default().ageing(currency));
    let accounts = by_account.into_iter().map(|((account_external_id, account_id, currency), sums)| {
        Ok(AgeingRow { account_id, account_external_id, ageing: sums.ageing(currency)? })
    });
    let accounts: Result<Vec<AgeingRow>> = accounts.collect();
    Ok(view(ask, each.collect::<Result<_>>()?, accounts?))
}

fn view(ask: &AgeingAsk, by_currency: Vec<CurrencyAgeing>, rows: Vec<AgeingRow>) -> AgeingView {
    let only = match by_currency.as_slice() {
        [one] => Some(one.clone()),
        _ => None,
    };
    AgeingView {
        as_of: ask.as_of,
        currency: only.as_ref().map(|one| one.currency),
        entity: ask.entity.clone(),
        total: only.as_ref().map(|one| one.total),
        count: by_currency.iter().fold(0, |sum, one| sum + one.count),
        unallocated: only.as_ref().map(|one| one.unallocated),
        credit_notes: only.as_ref().map(|one| one.credit_notes),
        disputed: only.as_ref().map(|one| one.disputed),
        net_total: only.as_ref().map(|one| one.net_total),
        buckets: only.map_or_else(Vec::new, |one| one.buckets),
        by_currency,
        rows,
    }
}

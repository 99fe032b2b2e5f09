//! Everything a grade is judged by, for many accounts in a fixed number of queries.

use super::rows::credit_review;
use crate::account::rows::{account, grade_change};
use crate::adjustment::rows::credit_note;
use crate::command::Attempt;
use crate::credit_file::{self, ScoreSheetView, file_facts};
use crate::doors::store::{Read, failed, sum_minor};
use crate::grade::rules::judge::{Evidence, Judgement, judge};
use crate::grade::rules::limit::Sales;
use crate::grade::rules::score::Behaviour;
use crate::grade::rules::table::GradeTable;
use crate::invoice::rows::{instalment, invoice};
use crate::payment::rows::payment;
use crate::words::day::{add_days, add_months, days_between};
use crate::words::error::Result;
use crate::words::grade_facts::{FileEntryFacts, FileFacts, GradeFacts, HistoryFacts};
use crate::words::id::{AccountId, InvoiceId};
use crate::words::money::{Currency, Money};
use chrono::NaiveDate;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::{HashMap, HashSet};

/// Months of buying and paying that are looked at.
const WINDOW_MONTHS: i32 = 12;
/// Days in which a bounce counts (numbers.md §4).
const BOUNCE_DAYS: i64 = 90;

/// What is known of one account on a day.
#[derive(Clone, Debug)]
pub struct Known {
    /// The account.
    pub account: account::Model,
    /// Its newest score sheet.
    pub sheet: Option<ScoreSheetView>,
    /// How it has paid.
    pub behaviour: Behaviour,
    /// Contract protections that were found missing.
    pub missing: Vec<String>,
    /// Sold in the last twelve months, net of credit notes, in minor units.
    pub sold_minor: i128,
    /// The day of its first invoice.
    pub first_sold_on: Option<NaiveDate>,
    /// The day its grade last changed.
    pub regraded_on: Option<NaiveDate>,
    /// Its newest credit review.
    pub review: Option<credit_review::Model>,
    /// What stands in its credit file, where a script looks at it.
    pub entries: Vec<FileEntryFacts>,
}

impl Known {
    /// The account's judgement by the shipped formula.
    pub fn judged(&self, table: &GradeTable) -> Judgement {
        judge(&self.evidence(), table)
    }

    fn evidence(&self) -> Evidence {
        let sheet = self.sheet.as_ref().map(|sheet| (sheet.scored_on, sheet.score));
        Evidence { sheet, behaviour: self.behaviour, missing: self.missing.clone() }
    }

    /// What its limit would be reckoned from.
    pub fn sales(&self, day: NaiveDate) -> Option<Sales> {
        let expected = self.review.as_ref().and_then(|review| review.expected_monthly_sales_minor);
        Sales::basis(self.sold_minor, self.first_sold_on, expected, day)
    }

    /// The same as scripts see it.
    pub fn facts(&self, core: &Judgement, table: &GradeTable, day: NaiveDate) -> Result<GradeFacts> {
        let sales = self.sales(day);
        let monthly = sales.map_or(Ok(Money::zero(self.account.currency)), |sales| sales.monthly(self.account.currency))?;
        let points = self.sheet.iter().flat_map(|sheet| &sheet.dimensions).map(|one| (one.key.clone(), one.points));
        let file = FileFacts {
            entries: self.entries.clone(),
            sheet_score: self.sheet.as_ref().map(|sheet| sheet.score),
            scored_on: self.sheet.as_ref().map(|sheet| sheet.scored_on),
            points: points.collect(),
            missing: self.missing.clone(),
        };
        let history = HistoryFacts {
            paid_invoices: self.behaviour.paid_invoices,
            average_days_late: self.behaviour.average_days_late(),
            broken_promises: self.behaviour.broken_promises,
            bounces: self.behaviour.bounces,
            score: self.behaviour.score(),
            monthly_sales: monthly,
            months: sales.map_or(0, |sales| sales.months),
        };
        Ok(GradeFacts { grades: table.names(), file, history, core_score: core.score })
    }
}

/// What is known of these accounts on a day; those that do not exist are left out. The credit file's entries are read where `has_file`.
pub async fn known(read: &Read, attempt: &Attempt, ids: &[AccountId], day: NaiveDate, has_file: bool) -> Result<Vec<Known>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    // The account with its version comes first: what changes while the rest is read is caught by the claim.
    let query = account::find(read.tenant()).filter(read.among(account::Column::Id, ids.iter().copied()));
    let rows = query.order_by_asc(account::Column::Id).all(read.db()).await.map_err(failed)?;
    let currencies: HashMap<AccountId, Currency> = rows.iter().map(|row| (row.id, row.currency)).collect();
    let mut sheets = credit_file::newest_sheets(read, ids, day).await?;
    let mut missing = credit_file::missing_protections(read, &attempt.ground.settings.credit, ids, day).await?;
    let mut entries = if has_file { file_facts(read, ids).await? } else { HashMap::new() };
    let mut behaviours = behaviours(read, ids, &currencies, day).await?;
    let sold = sold(read, ids, &currencies, day).await?;
    let first = first_sold(read, ids).await?;
    let regraded = regraded(read, ids, day).await?;
    let mut reviews = newest_reviews(read, ids, day).await?;
    let one = |row: account::Model| Known {
        sheet: sheets.remove(&row.id),
        behaviour: behaviours.remove(&row.id).unwrap_or_default(),
        missing: missing.remove(&row.id).unwrap_or_default(),
        sold_minor: sold.get(&row.id).copied().unwrap_or(0),
        first_sold_on: first.get(&row.id).copied(),
        regraded_on: regraded.get(&row.id).copied(),
        review: reviews.remove(&row.id),
        entries: entries.remove(&row.id).unwrap_or_default(),
        account: row,
    };
    Ok(rows.into_iter().map(one).collect())
}

/// How each account settled what it settled in the twelve months up to the day, in its own currency, and what bounced lately.
/// Promises count once the engine keeps them.
async fn behaviours(
    read: &Read,
    ids: &[AccountId],
    currencies: &HashMap<AccountId, Currency>,
    day: NaiveDate,
) -> Result<HashMap<AccountId, Behaviour>> {
    use instalment::Column as C;
    type Row = (AccountId, Currency, InvoiceId, NaiveDate, NaiveDate, i64);
    let rows: Vec<Row> = instalment::find(read.tenant())
        .select_only()
        .columns([C::AccountId, C::Currency, C::InvoiceId, C::DueOn, C::SettledOn, C::AmountMinor])
        .filter(read.among(C::AccountId, ids.iter().copied()))
        .filter(C::SettledOn.gt(add_months(day, -WINDOW_MONTHS)))
        .filter(C::SettledOn.lte(day))
        .filter(C::CancelledOn.is_null())
        .into_tuple()
        .all(read.db())
        .await
        .map_err(failed)?;
    let unpaid = unpaid_invoices(read, ids, day).await?;
    let mut found: HashMap<AccountId, Behaviour> = HashMap::new();
    let mut paid: HashSet<InvoiceId> = HashSet::new();
    for (account, currency, invoice, due_on, settled_on, minor) in rows {
        if currencies.get(&account) != Some(&currency) {
            continue;
        }
        let behaviour = found.entry(account).or_default();
        behaviour.settled_minor = behaviour.settled_minor.saturating_add(minor);
        behaviour.late_minor_days += i128::from(minor) * i128::from(Ord::max(days_between(due_on, settled_on), 0));
        behaviour.paid_invoices += i64::from(!unpaid.contains(&invoice) && paid.insert(invoice));
    }
    for (account, bounces) in bounces(read, ids, day).await? {
        found.entry(account).or_default().bounces = bounces;
    }
    Ok(found)
}

/// Invoices of which something was open at the end of the day.
async fn unpaid_invoices(read: &Read, ids: &[AccountId], day: NaiveDate) -> Result<HashSet<InvoiceId>> {
    use instalment::Column as C;
    let rows: Vec<InvoiceId> = instalment::find(read.tenant())
        .select_only()
        .column(C::InvoiceId)
        .distinct()
        .filter(read.among(C::AccountId, ids.iter().copied()))
        .filter(C::OpenMinor.gt(0).or(C::SettledOn.gt(day)))
        .into_tuple()
        .all(read.db())
        .await
        .map_err(failed)?;
    Ok(rows.into_iter().collect())
}

async fn bounces(read: &Read, ids: &[AccountId], day: NaiveDate) -> Result<Vec<(AccountId, i64)>> {
    use payment::Column as C;
    payment::find(read.tenant())
        .select_only()
        .column(C::AccountId)
        .column_as(C::Id.count(), "bounces")
        .filter(read.among(C::AccountId, ids.iter().copied()))
        .filter(C::VoidKind.eq("bounced"))
        .filter(C::VoidedOn.gt(add_days(day, -BOUNCE_DAYS)))
        .filter(C::VoidedOn.lte(day))
        .group_by(C::AccountId)
        .into_tuple()
        .all(read.db())
        .await
        .map_err(failed)
}

/// Sold in the twelve months up to the day, in the account's own currency: invoices as issued, less those cancelled and less credit notes.
async fn sold(
    read: &Read,
    ids: &[AccountId],
    currencies: &HashMap<AccountId, Currency>,
    day: NaiveDate,
) -> Result<HashMap<AccountId, i128>> {
    let from = add_months(day, -WINDOW_MONTHS);
    let invoices: Vec<(AccountId, Currency, i64)> = invoice::find(read.tenant())
        .select_only()
        .columns([invoice::Column::AccountId, invoice::Column::Currency])
        .column_as(Expr::cust(sum_minor("total_minor")), "total_minor")
        .filter(read.among(invoice::Column::AccountId, ids.iter().copied()))
        .filter(invoice::Column::IssuedOn.gt(from))
        .filter(invoice::Column::IssuedOn.lte(day))
        .filter(invoice::Column::CancelledOn.is_null().or(invoice::Column::CancelledOn.gt(day)))
        .group_by(invoice::Column::AccountId)
        .group_by(invoice::Column::Currency)
        .into_tuple()
        .all(read.db())
        .await
        .map_err(failed)?;
    let credited: Vec<(AccountId, Currency, i64)> = credit_note::find(read.tenant())
        .select_only()
        .columns([credit_note::Column::AccountId, credit_note::Column::Currency])
        .column_as(Expr::cust(sum_minor("amount_minor")), "amount_minor")
        .filter(read.among(credit_note::Column::AccountId, ids.iter().copied()))
        .filter(credit_note::Column::IssuedOn.gt(from))
        .filter(credit_note::Column::IssuedOn.lte(day))
        .group_by(credit_note::Column::AccountId)
        .group_by(credit_note::Column::Currency)
        .into_tuple()
        .all(read.db())
        .await
        .map_err(failed)?;
    let mut sold: HashMap<AccountId, i128> = HashMap::new();
    let both = invoices.into_iter().map(|(account, currency, minor)| (account, currency, i128::from(minor)));
    let both = both.chain(credited.into_iter().map(|(account, currency, minor)| (account, currency, -i128::from(minor))));
    for (account, _, minor) in both.filter(|(account, currency, _)| currencies.get(account) == Some(currency)) {
        *sold.entry(account).or_default() += minor;
    }
    Ok(sold)
}

async fn first_sold(read: &Read, ids: &[AccountId]) -> Result<HashMap<AccountId, NaiveDate>> {
    let rows: Vec<(AccountId, NaiveDate)> = invoice::find(read.tenant())
        .select_only()
        .column(invoice::Column::AccountId)
        .column_as(ColumnTrait::min(&invoice::Column::IssuedOn), "first_on")
        .filter(read.among(invoice::Column::AccountId, ids.iter().copied()))
        .group_by(invoice::Column::AccountId)
        .into_tuple()
        .all(read.db())
        .await
        .map_err(failed)?;
    Ok(rows.into_iter().collect())
}

async fn regraded(read: &Read, ids: &[AccountId], day: NaiveDate) -> Result<HashMap<AccountId, NaiveDate>> {
    let rows: Vec<(AccountId, NaiveDate)> = grade_change::find(read.tenant())
        .select_only()
        .column(grade_change::Column::AccountId)
        .column_as(ColumnTrait::max(&grade_change::Column::ChangedOn), "last_on")
        .filter(read.among(grade_change::Column::AccountId, ids.iter().copied()))
        .filter(grade_change::Column::ChangedOn.lte(day))
        .group_by(grade_change::Column::AccountId)
        .into_tuple()
        .all(read.db())
        .await
        .map_err(failed)?;
    Ok(rows.into_iter().collect())
}

async fn newest_reviews(read: &Read, ids: &[AccountId], day: NaiveDate) -> Result<HashMap<AccountId, credit_review::Model>> {
    let rows = credit_review::find(read.tenant())
        .filter(read.among(credit_review::Column::AccountId, ids.iter().copied()))
        .filter(credit_review::Column::ReviewedOn.lte(day))
        .order_by_asc(credit_review::Column::ReviewedOn)
        .order_by_asc(credit_review::Column::Id)
        .all(read.db())
        .await
        .map_err(failed)?;
    // Later reviews stand in the place of earlier ones.
    Ok(rows.into_iter().map(|row| (row.account_id, row)).collect())
}

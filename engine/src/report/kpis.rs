//! Key figures of a day from four set-based statements, by currency.

use super::on_day::{ITEMS, LATER, Only};
use super::rules::{Kpis, MonthSales, SettledSums, Sums};
use crate::doors::store::{Read, failed};
use crate::tenant::kpi::{KpiOwners, owners_of_all};
use crate::words::code::Code;
use crate::words::day::add_days;
use crate::words::error::{Error, Result};
use crate::words::money::Currency;
use chrono::NaiveDate;
use sea_orm::{DbErr, QueryResult, Value};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What is asked of the key figures.
#[derive(Clone, Debug)]
pub struct KpisAsk {
    /// The day.
    pub as_of: NaiveDate,
    /// Length of the window that ends on it, 1 to 3,660 days.
    pub days: i64,
    /// In this currency only.
    pub currency: Option<Currency>,
    /// Of this legal entity of ours only.
    pub entity: Option<String>,
    /// The tenant's own currency: what an empty report is in.
    pub home: Currency,
    /// Which roles answer for which figure, as the settings say.
    pub owners: KpiOwners,
}

/// The key figures in one currency.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct CurrencyKpis {
    /// The currency.
    pub currency: Currency,
    /// The figures.
    #[serde(flatten)]
    pub figures: Kpis,
}

/// The key figures. Nothing is added across currencies: with several, the figures at the top have no value (decision 9).
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct KpisView {
    /// The day.
    pub as_of: NaiveDate,
    /// Length of the window `(as_of − days, as_of]`.
    pub days: i64,
    /// The asked or only currency.
    pub currency: Option<Currency>,
    /// The asked legal entity of ours; all of them when `null`.
    pub entity: Option<String>,
    /// The figures.
    #[serde(flatten)]
    pub figures: Kpis,
    /// The same for each currency.
    pub by_currency: Vec<CurrencyKpis>,
    /// Which roles answer for which figure (settings: `kpi_owners`).
    #[schema(value_type = std::collections::BTreeMap<String, Vec<String>>)]
    pub owners: KpiOwners,
}

/// What was open on the day `$2`.
fn open_text(only: &Only) -> String {
    let items = ITEMS.replace("{only}", &only.condition("i", 3));
    format!(
        "WITH {LATER}
         SELECT currency, CAST(SUM(open_minor) AS BIGINT) AS receivables, CAST(COUNT(*) AS BIGINT) AS items,
                CAST(SUM(CASE WHEN due_on >= $2 THEN open_minor ELSE 0 END) AS BIGINT) AS not_due,
                CAST(SUM(CASE WHEN due_on < $2 THEN 1 ELSE 0 END) AS BIGINT) AS overdue_items
           FROM ({items}) items WHERE open_minor <> 0 GROUP BY currency"
    )
}

/// Sales up to the day `$2` by month, and since `$3`: what was issued, less cancellations and credit notes by their date (decision 36).
fn sales_text(only: &Only) -> String {
    let (of_invoice, of_note) = (only.condition("v", 4), only.condition("c", 4));
    format!(
        "SELECT currency, substr(CAST(booked_on AS TEXT), 1, 7) AS month, MIN(booked_on) AS first_day, CAST(SUM(minor) AS BIGINT) AS minor,
                CAST(SUM(CASE WHEN booked_on > $3 THEN minor ELSE 0 END) AS BIGINT) AS in_window
           FROM (SELECT v.currency, v.issued_on AS booked_on, v.total_minor AS minor FROM invoice v
                  WHERE v.tenant_id = $1 AND v.issued_on <= $2{of_invoice}
                 UNION ALL
                 SELECT v.currency, v.cancelled_on, -v.total_minor FROM invoice v WHERE v.tenant_id = $1 AND v.cancelled_on <= $2{of_invoice}
                 UNION ALL
                 SELECT c.currency, c.issued_on, -c.amount_minor FROM credit_note c WHERE c.tenant_id = $1 AND c.issued_on <= $2{of_note}) booked
          GROUP BY currency, substr(CAST(booked_on AS TEXT), 1, 7)"
    )
}

/// What was settled after `$3` and up to the day `$2`, by due date and day of settlement. An item that was opened again after the day
/// was settled on it all the same: by its last payment up to the day.
fn settled_text(only: &Only) -> String {
    let of_item = only.condition("i", 4);
    format!(
        "WITH {LATER}
         SELECT currency, due_on, settled_on, CAST(COUNT(*) AS BIGINT) AS items, CAST(SUM(amount_minor) AS BIGINT) AS minor
           FROM (SELECT i.currency, i.due_on, i.settled_on, i.amount_minor FROM instalment i
                  WHERE i.tenant_id = $1 AND i.settled_on > $3 AND i.settled_on <= $2{of_item}
                 UNION ALL
                 SELECT i.currency, i.due_on, (SELECT MAX(a.allocated_on) FROM allocation a WHERE a.tenant_id = $1 AND a.instalment_id = i.id
                                                  AND a.allocated_on <= $2 AND a.amount_minor > 0), i.amount_minor
                   FROM instalment i
                   JOIN (SELECT instalment_id, CAST(SUM(amount_minor) AS BIGINT) AS minor FROM later GROUP BY instalment_id) l
                     ON l.instalment_id = i.id
                  WHERE i.tenant_id = $1 AND i.issued_on <= $2 AND (i.settled_on IS NULL OR i.settled_on > $2)
                    AND (i.cancelled_on IS NULL OR i.cancelled_on > $2)
                    AND CASE WHEN i.cancelled_on IS NULL THEN i.open_minor ELSE i.amount_minor - i.paid_before_minor END + l.minor = 0{of_item}
                ) settled
          WHERE settled_on > $3 GROUP BY currency, due_on, settled_on"
    )
}

/// Sums on their way together, by currency.
struct Gathering<'a> {
    ask: &'a KpisAsk,
    by_currency: BTreeMap<Currency, Sums>,
}

impl Gathering<'_> {
    fn of(&mut self, currency: Currency) -> &mut Sums {
        let (as_of, days) = (self.ask.as_of, self.ask.days);
        self.by_currency.entry(currency).or_insert_with(|| nothing(currency, as_of, days))
    }

    fn open(&mut self, row: &QueryResult) -> std::result::Result<(), DbErr> {
        let sums = self.of(row.try_get("", "currency")?);
        sums.receivables = i128::from(row.try_get::<i64>("", "receivables")?);
        sums.not_due = i128::from(row.try_get::<i64>("", "not_due")?);
        sums.open_count = i128::from(row.try_get::<i64>("", "items")?);
        sums.overdue_count = i128::from(row.try_get::<i64>("", "overdue_items")?);
        Ok(())
    }

    fn open_before(&mut self, row: &QueryResult) -> std::result::Result<(), DbErr> {
        self.of(row.try_get("", "currency")?).receivables_before = i128::from(row.try_get::<i64>("", "receivables")?);
        Ok(())
    }

    fn sales(&mut self, row: &QueryResult) -> std::result::Result<(), DbErr> {
        let first_day: NaiveDate = row.try_get("", "first_day")?;
        let sums = self.of(row.try_get("", "currency")?);
        sums.sales += i128::from(row.try_get::<i64>("", "in_window")?);
        sums.sales_by_month.push(MonthSales { month: first_day, sales: i128::from(row.try_get::<i64>("", "minor")?) });
        sums.first_day = Some(sums.first_day.map_or(first_day, |known| known.min(first_day)));
        Ok(())
    }

    fn settled(&mut self, row: &QueryResult) -> std::result::Result<(), DbErr> {
        let sums = self.of(row.try_get("", "currency")?);
        let (due_on, settled_on) = (row.try_get("", "due_on")?, row.try_get("", "settled_on")?);
        sums.settled.add_many(row.try_get("", "items")?, row.try_get("", "minor")?, due_on, settled_on);
        Ok(())
    }
}

fn nothing(currency: Currency, as_of: NaiveDate, days: i64) -> Sums {
    Sums {
        currency,
        as_of,
        days,
        receivables: 0,
        not_due: 0,
        open_count: 0,
        overdue_count: 0,
        receivables_before: 0,
        sales: 0,
        sales_by_month: Vec::new(),
        first_day: None,
        settled: SettledSums::default(),
    }
}

/// The key figures of the day.
///
/// # Errors
/// `invalid_parameter` for a window that is not 1 to 3,660 days long; `amount_out_of_range` when sums are larger than figures can be.
pub async fn kpis(read: &Read, ask: &KpisAsk) -> Result<KpisView> {
    if !(1..=3_660).contains(&ask.days) {
        return Err(Error::new(Code::InvalidParameter, "a window is 1 to 3,660 days long").at("?days"));
    }
    let only = Only { currency: ask.currency, entity: ask.entity.clone() };
    let start = add_days(ask.as_of, -ask.days);
    let window = || [Value::from(ask.as_of), Value::from(start)].into_iter().chain(only.values());
    let on = |day: NaiveDate| std::iter::once(Value::from(day)).chain(only.values());
    let mut sums = Gathering { ask, by_currency: BTreeMap::new() };
    for row in read.rows(&open_text(&only), on(ask.as_of)).await? {
        sums.open(&row).map_err(failed)?;
    }
    for row in read.rows(&open_text(&only), on(start)).await? {
        sums.open_before(&row).map_err(failed)?;
    }
    for row in read.rows(&sales_text(&only), window()).await? {
        sums.sales(&row).map_err(failed)?;
    }
    for row in read.rows(&settled_text(&only), window()).await? {
        sums.settled(&row).map_err(failed)?;
    }
    view(ask, sums.by_currency)
}

fn view(ask: &KpisAsk, mut sums: BTreeMap<Currency, Sums>) -> Result<KpisView> {
    if let Some(currency) = ask.currency.or_else(|| sums.is_empty().then_some(ask.home)) {
        sums.entry(currency).or_insert_with(|| nothing(currency, ask.as_of, ask.days));
    }
    let each = sums.values().map(|sums| Ok(CurrencyKpis { currency: sums.currency, figures: super::rules::kpis(sums)? }));
    let by_currency: Vec<CurrencyKpis> = each.collect::<Result<_>>()?;
    let (currency, figures) = match by_currency.as_slice() {
        [one] => (Some(one.currency), one.figures.clone()),
        _ => (None, super::rules::kpis(&nothing(ask.home, ask.as_of, ask.days))?.without_inputs()),
    };
    let owners = owners_of_all(&ask.owners);
    Ok(KpisView { as_of: ask.as_of, days: ask.days, currency, entity: ask.entity.clone(), figures, by_currency, owners })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tenant::kpi::KPIS;
    use crate::words::day::parse_date;
    use std::collections::BTreeSet;

    #[test]
    fn ic_08_owners_are_of_the_figures_there_are() {
        let of_nothing = nothing("CNY".parse().unwrap(), parse_date("2026-03-02").unwrap(), 90);
        let told = serde_json::to_value(crate::report::rules::kpis(&of_nothing).unwrap()).unwrap();
        let names: BTreeSet<&str> = told.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, KPIS.into_iter().collect());
    }
}

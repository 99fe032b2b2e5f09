//! The credit file and the history of a test's account. The grades are those that ship.

use crate::check::fields::Fields;
use crate::check::world::World;
use crate::words::table::{Fallible, raise};
use recoup_engine::grade::GradeTable;
use recoup_engine::words::grade_facts::{FileEntryFacts, FileFacts, GradeFacts, HistoryFacts};
use recoup_engine::words::money::{Currency, Money};
use recoup_engine::words::rate::Rate;
use recoup_engine::words::score::Score;
use rhai::Map;
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// A score of so many points.
fn score(points: Option<Decimal>) -> Fallible<Option<Score>> {
    let Some(points) = points else { return Ok(None) };
    match points.normalize().to_string().parse() {
        Ok(score) => Ok(Some(score)),
        Err(error) => raise(format!("{error}")),
    }
}

impl World {
    /// What a grade is judged by, as far as the test said.
    pub(super) fn grade_facts(&self, currency: Currency) -> Fallible<GradeFacts> {
        let history = self.history_facts(currency)?;
        Ok(GradeFacts { grades: GradeTable::default().names(), file: self.file_facts()?, history, core_score: None })
    }

    fn file_facts(&self) -> Fallible<FileFacts> {
        let mut f = Fields::of("credit_file", self.credit_file.clone());
        let given = f.map("points")?.unwrap_or_default();
        let points: Option<BTreeMap<String, i64>> =
            given.into_iter().map(|(key, value)| value.as_int().ok().map(|points| (key.to_string(), points))).collect();
        let Some(points) = points else { return raise("credit_file.points is a map of whole numbers") };
        let entries = f.maps("entries")?.unwrap_or_default();
        let file = FileFacts {
            entries: entries.into_iter().map(|map| self.entry_facts(map)).collect::<Fallible<_>>()?,
            sheet_score: score(f.number("score")?)?,
            scored_on: f.date("scored_on")?,
            points,
            missing: f.texts("missing")?.unwrap_or_default(),
        };
        f.end()?;
        Ok(file)
    }

    fn entry_facts(&self, map: Map) -> Fallible<FileEntryFacts> {
        let mut f = Fields::of("credit_file.entries", map);
        let entry = FileEntryFacts {
            section: f.text("section")?.unwrap_or_else(|| "other".to_owned()),
            source: f.text("source")?.unwrap_or_else(|| "salesperson".to_owned()),
            reliability: f.int("reliability")?.unwrap_or(50),
            title: f.text("title")?.unwrap_or_else(|| "Entry".to_owned()),
            dated_on: f.date("dated_on")?.unwrap_or(self.today),
        };
        f.end()?;
        Ok(entry)
    }

    fn history_facts(&self, currency: Currency) -> Fallible<HistoryFacts> {
        let mut f = Fields::of("history", self.history.clone());
        let monthly_sales = f.money("monthly_sales")?;
        let history = HistoryFacts {
            paid_invoices: f.int("paid_invoices")?.unwrap_or(0),
            average_days_late: Rate(f.number("average_days_late")?.unwrap_or(Decimal::ZERO)),
            broken_promises: f.int("broken_promises")?.unwrap_or(0),
            bounces: f.int("bounces")?.unwrap_or(0),
            score: score(f.number("score")?)?,
            monthly_sales: monthly_sales.unwrap_or(Money::zero(currency)),
            months: f.int("months")?.unwrap_or(if monthly_sales.is_some() { 12 } else { 0 }),
        };
        f.end()?;
        Ok(history)
    }
}

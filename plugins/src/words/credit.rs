//! The credit file and how an account has bought and paid: what a grade is judged by.

use crate::words::ctx::Seen;
use crate::words::table::{IntoScript, Table};
use recoup_engine::words::asked::Hook;
use recoup_engine::words::grade_facts::{FileEntryFacts, FileFacts, GradeFacts, HistoryFacts};
use recoup_engine::words::score::Score;
use rhai::{Dynamic, ImmutableString, Map};
use std::sync::Arc;

/// The hooks that look at it.
pub(super) const CREDIT: &[Hook] = &[Hook::CreditGrade, Hook::CreditReviewDue];

/// The credit file.
#[derive(Clone, Debug)]
pub(crate) struct CreditFile(Arc<Seen>);
/// How the account has bought and paid.
#[derive(Clone, Debug)]
pub(crate) struct History(Arc<Seen>);

fn facts(seen: &Arc<Seen>) -> Option<&GradeFacts> {
    seen.facts.grade.as_deref()
}

/// Names of the grades, the best first.
pub(super) fn grades(seen: &Arc<Seen>) -> Option<Dynamic> {
    facts(seen).map(|facts| facts.grades.iter().map(|name| ImmutableString::from(name).into()).collect::<rhai::Array>().into())
}

impl CreditFile {
    pub(super) fn of(seen: &Arc<Seen>) -> Option<Self> {
        facts(seen).map(|_| Self(Arc::clone(seen)))
    }

    fn read<R: Default>(&self, read: impl Fn(&FileFacts) -> R) -> R {
        facts(&self.0).map(|facts| read(&facts.file)).unwrap_or_default()
    }
}

impl History {
    pub(super) fn of(seen: &Arc<Seen>) -> Option<Self> {
        facts(seen).map(|_| Self(Arc::clone(seen)))
    }

    fn read<R: Default>(&self, read: impl Fn(&HistoryFacts) -> R) -> R {
        facts(&self.0).map(|facts| read(&facts.history)).unwrap_or_default()
    }
}

fn points(score: Option<Score>) -> Option<rust_decimal::Decimal> {
    score.map(|score| score.decimal().normalize())
}

fn entry(entry: &FileEntryFacts) -> Dynamic {
    let text = |text: &str| Dynamic::from(ImmutableString::from(text));
    let members = [
        ("section", text(&entry.section)),
        ("source", text(&entry.source)),
        ("reliability", entry.reliability.into_script()),
        ("title", text(&entry.title)),
        ("dated_on", entry.dated_on.into_script()),
    ];
    Dynamic::from_map(members.into_iter().map(|(name, value)| (name.into(), value)).collect::<Map>())
}

pub(super) fn register(table: &mut Table) {
    table
        .kind::<CreditFile>("CreditFile", "What is known about an account, and how it was scored.")
        .get(
            "CreditFile.entries -> list",
            "What stands in it: section, source, reliability, title and dated_on of each.",
            |file: &CreditFile| file.read(|f| f.entries.iter().map(entry).collect::<rhai::Array>()),
        )
        .get("CreditFile.score -> decimal?", "What the newest score sheet comes to, 0 to 100.", |file: &CreditFile| {
            file.read(|f| points(f.sheet_score))
        })
        .get("CreditFile.scored_on -> Date?", "The day the newest score sheet speaks of.", |file: &CreditFile| file.read(|f| f.scored_on))
        .get("CreditFile.missing -> list", "Contract protections that were found missing.", |file: &CreditFile| {
            file.read(|f| f.missing.iter().map(|name| ImmutableString::from(name).into()).collect::<rhai::Array>())
        })
        .call(
            "CreditFile.points(dimension: text) -> int?",
            "Points of one dimension of the newest score sheet, or () when it has none of this name.",
            |file: &mut CreditFile, name: &str| file.read(|f| f.points.get(name).copied()).into_script(),
        )
        .kind::<History>("History", "How an account has bought and paid in the last twelve months.")
        .get("History.paid_invoices -> int", "Invoices of which nothing is open any more.", |h: &History| h.read(|h| h.paid_invoices))
        .get("History.average_days_late -> decimal", "Days late on average, weighted by amount; early ones count 0.", |h: &History| {
            h.read(|h| h.average_days_late.0)
        })
        .get("History.broken_promises -> int", "Promises broken in the last 180 days.", |h: &History| h.read(|h| h.broken_promises))
        .get("History.bounces -> int", "Payments that bounced in the last 90 days.", |h: &History| h.read(|h| h.bounces))
        .get("History.score -> decimal?", "The behaviour score, 0 to 100; () while too little was paid.", |h: &History| {
            h.read(|h| points(h.score))
        })
        .get("History.monthly_sales -> Money?", "Average monthly sales; () when nothing is known.", |h: &History| {
            h.read(|h| (h.months > 0).then_some(h.monthly_sales))
        })
        .get("History.months -> int", "Over how many months.", |h: &History| h.read(|h| h.months));
}

//! Filled score sheets: each dimension with its points and what they stand on (CF-06).

use super::rows::{credit_file_entry, score_sheet};
use super::template::{ScoreTemplateView, template};
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::{Changes, Claim, Entry, Read, columns::Payload, failed};
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::day::strict_date;
use crate::words::error::{Error, Fault, Result};
use crate::words::id::{AccountId, CreditFileEntryId, ScoreSheetId};
use crate::words::page::{Order, Page, PageOf};
use crate::words::score::Score;
use crate::words::text::is_prose;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use utoipa::ToSchema;

/// One dimension of a sheet as it is filled in.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DimensionIn {
    /// The dimension's name in the template.
    #[schema(min_length = 1, max_length = 40)]
    pub key: String,
    /// 0 to 100 points.
    #[schema(minimum = 0, maximum = 100)]
    pub points: i64,
    /// What they stand on, in words. One of evidence and entry_id is needed.
    #[serde(default)]
    #[schema(max_length = 1_000)]
    pub evidence: Option<String>,
    /// The entry of the credit file they stand on.
    #[serde(default)]
    pub entry_id: Option<CreditFileEntryId>,
}

/// A score sheet as it is filled in.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScoreSheetIn {
    /// The template, by name: `5c`, `six_dimension`, or one of your own.
    #[schema(min_length = 1, max_length = 40)]
    pub template: String,
    /// The day it speaks of; today when absent, never after today.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    pub scored_on: Option<NaiveDate>,
    /// Every dimension of the template, in any order.
    #[schema(min_items = 1, max_items = 20)]
    pub dimensions: Vec<DimensionIn>,
}

/// One dimension of a filled sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FilledDimension {
    /// The dimension's name.
    pub key: String,
    /// Its weight in percent.
    pub weight: i64,
    /// 0 to 100 points.
    pub points: i64,
    /// What they stand on, in words.
    pub evidence: Option<String>,
    /// The entry of the credit file they stand on.
    pub entry_id: Option<CreditFileEntryId>,
}

/// A filled score sheet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScoreSheetView {
    /// Its id.
    pub id: ScoreSheetId,
    /// The account.
    pub account_id: AccountId,
    /// The template.
    pub template: String,
    /// The day it speaks of.
    pub scored_on: NaiveDate,
    /// What it comes to: the weighted mean of its dimensions.
    #[schema(value_type = String, examples("71.50"))]
    pub score: Score,
    /// Its dimensions, in the order of the template.
    #[schema(max_items = 20)]
    pub dimensions: Vec<FilledDimension>,
    /// Who filled it in.
    pub author: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

impl From<score_sheet::Model> for ScoreSheetView {
    fn from(row: score_sheet::Model) -> Self {
        Self {
            id: row.id,
            account_id: row.account_id,
            template: row.template,
            scored_on: row.scored_on,
            score: Score::of_fraction(i128::from(row.score_hundredths), 100),
            dimensions: row.dimensions.0,
            author: row.author,
            created_at: row.created_at,
        }
    }
}

/// The score sheets of an account, newest first.
pub async fn score_sheets(read: &Read, account: AccountId, page: &PageOf) -> Result<Page<ScoreSheetView>> {
    let query = score_sheet::find(read.tenant()).filter(score_sheet::Column::AccountId.eq(account));
    Ok(read.page(query, score_sheet::Column::Id, Order::NewestFirst, page).await?.map(ScoreSheetView::from))
}

/// The newest sheet of each account that speaks of the day or earlier. One query, however many accounts.
pub async fn newest_sheets(read: &Read, accounts: &[AccountId], day: NaiveDate) -> Result<HashMap<AccountId, ScoreSheetView>> {
    let rows = score_sheet::find(read.tenant())
        .filter(read.among(score_sheet::Column::AccountId, accounts.iter().copied()))
        .filter(score_sheet::Column::ScoredOn.lte(day))
        .order_by_asc(score_sheet::Column::ScoredOn)
        .order_by_asc(score_sheet::Column::Id)
        .all(read.db())
        .await
        .map_err(failed)?;
    // Later sheets stand in the place of earlier ones.
    Ok(rows.into_iter().map(|row| (row.account_id, ScoreSheetView::from(row))).collect())
}

/// Fills in a score sheet for an account.
pub struct FillSheet {
    /// The account, already found.
    pub account: AccountId,
    /// The sheet.
    pub sheet: ScoreSheetIn,
}

/// What filling in a sheet looks at: the template, and which of the named entries are in the account's file.
pub struct SheetFacts {
    template: Option<ScoreTemplateView>,
    entries: HashSet<CreditFileEntryId>,
}

impl FillSheet {
    fn filled(&self, template: &ScoreTemplateView, known: &HashSet<CreditFileEntryId>) -> Result<Vec<FilledDimension>> {
        let mut faults = Vec::new();
        let mut wrong = |pointer: String, code: Code, detail: String| faults.push(Fault { pointer, code, detail });
        for (at, given) in self.sheet.dimensions.iter().enumerate() {
            let here = format!("#/dimensions/{at}");
            let is_first = self.sheet.dimensions.iter().position(|other| other.key == given.key) == Some(at);
            if !is_first || template.dimensions.iter().all(|dimension| dimension.key != given.key) {
                let detail = format!("each dimension of {} once: it has no {}, or has it already", template.name, given.key);
                wrong(format!("{here}/key"), Code::ValidationFailed, detail);
            }
            if !(0..=100).contains(&given.points) {
                wrong(format!("{here}/points"), Code::ValidationFailed, "0 to 100 points".to_owned());
            }
            if given.evidence.as_ref().map_or(given.entry_id.is_none(), |text| !is_prose(text, 1_000)) {
                let detail = "points stand on something: evidence of 1 to 1,000 characters, an entry of the credit file, or both";
                wrong(format!("{here}/evidence"), Code::ValidationFailed, detail.to_owned());
            }
            if given.entry_id.is_some_and(|id| !known.contains(&id)) {
                let detail = "there is no such entry in this credit file".to_owned();
                wrong(format!("{here}/entry_id"), Code::UnknownReference, detail);
            }
        }
        let mut filled = Vec::with_capacity(template.dimensions.len());
        for dimension in &template.dimensions {
            match self.sheet.dimensions.iter().find(|given| given.key == dimension.key) {
                Some(given) => filled.push(FilledDimension {
                    key: dimension.key.clone(),
                    weight: dimension.weight,
                    points: given.points,
                    evidence: given.evidence.clone(),
                    entry_id: given.entry_id,
                }),
                None => wrong("#/dimensions".to_owned(), Code::ValidationFailed, format!("{} is missing", dimension.key)),
            }
        }
        if faults.is_empty() { Ok(filled) } else { Err(Error::all(faults)) }
    }
}

/// The weighted mean of a sheet whose weights add up to 100: exact to the hundredth (numbers.md §4).
pub(super) fn score(dimensions: &[FilledDimension]) -> Score {
    let weighted = dimensions.iter().fold(0_i128, |sum, one| sum + i128::from(one.weight) * i128::from(one.points));
    Score::of_fraction(weighted, 100)
}

impl Command for FillSheet {
    type Facts = SheetFacts;
    type Done = ScoreSheetView;

    fn account(&self) -> Option<AccountId> {
        None
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<SheetFacts> {
        let named: Vec<CreditFileEntryId> = self.sheet.dimensions.iter().filter_map(|given| given.entry_id).collect();
        let entries = if named.is_empty() {
            HashSet::new()
        } else {
            let query = credit_file_entry::find(read.tenant())
                .select_only()
                .column(credit_file_entry::Column::Id)
                .filter(credit_file_entry::Column::AccountId.eq(self.account))
                .filter(read.among(credit_file_entry::Column::Id, named));
            let found: Vec<CreditFileEntryId> = query.into_tuple().all(read.db()).await.map_err(failed)?;
            found.into_iter().collect()
        };
        Ok(SheetFacts { template: template(read, &self.sheet.template).await?, entries })
    }

    fn decide(&self, facts: &SheetFacts, _: &Asked, attempt: &Attempt) -> Result<Decided<ScoreSheetView>> {
        let template = facts.template.as_ref();
        let template = template.ok_or_else(|| Error::new(Code::UnknownReference, "there is no such score template").at("#/template"))?;
        let scored_on = self.sheet.scored_on.unwrap_or(attempt.stamp.today);
        if scored_on > attempt.stamp.today {
            return Err(Error::new(Code::ValidationFailed, "a sheet does not speak of a day that has not come").at("#/scored_on"));
        }
        let dimensions = self.filled(template, &facts.entries)?;
        let score = score(&dimensions);
        let row = score_sheet::Model {
            tenant_id: attempt.who.tenant,
            id: ScoreSheetId(attempt.stamp.id()),
            account_id: self.account,
            template: template.name.clone(),
            scored_on,
            dimensions: Payload(dimensions),
            score_hundredths: score.hundredths(),
            author: attempt.who.actor.to_string(),
            created_at: attempt.stamp.at,
        };
        let entry = Entry {
            kind: "score_sheet.filled",
            subject: "score_sheet",
            subject_id: row.id.0,
            effective_on: scored_on,
            decision: None,
            body: serde_json::json!({ "account_id": row.account_id, "template": row.template, "score": score }),
        };
        Ok(Decided::new(ScoreSheetView::from(row.clone()), Changes::on(Claim::Nothing).add(&row).tell(entry)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::template::shipped;
    use super::*;

    fn filled(template: &ScoreTemplateView, points: &[i64]) -> Vec<FilledDimension> {
        let of = |(dimension, points): (&super::super::Dimension, &i64)| FilledDimension {
            key: dimension.key.clone(),
            weight: dimension.weight,
            points: *points,
            evidence: None,
            entry_id: None,
        };
        template.dimensions.iter().zip(points).map(of).collect()
    }

    #[test]
    fn a_sheet_comes_to_the_weighted_mean_of_its_dimensions() {
        let [five, six]: [ScoreTemplateView; 2] = shipped().try_into().unwrap();
        for (template, points, expected) in [
            (&five, &[80, 70, 60, 50, 90][..], "71.50"),
            (&five, &[100; 5], "100.00"),
            (&five, &[0; 5], "0.00"),
            (&five, &[81, 70, 60, 50, 90], "71.80"),
            (&six, &[60, 70, 80, 90, 50, 40], "69.50"),
        ] {
            assert_eq!(score(&filled(template, points)).to_string(), expected, "{} {points:?}", template.name);
        }
    }
}

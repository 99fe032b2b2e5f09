//! Setting exchange rates: a sheet of them for one day.

use super::rows::exchange_rate;
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::{Changes, Claim, Entry, Read, failed};
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::day::strict_date;
use crate::words::error::{Error, Fault, Result};
use crate::words::id::{AccountId, ExchangeRateId};
use crate::words::money::Currency;
use crate::words::rate::Rate;
use crate::words::text::is_line;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sea_orm::{ColumnTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use utoipa::ToSchema;

/// The most rates one sheet has.
const RATES_MAX: usize = 200;
/// The most decimals of a rate.
const DECIMALS_MAX: u32 = 12;

/// The rate of one pair.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RateIn {
    /// One of this currency …
    #[schema(examples("USD"))]
    pub from: Currency,
    /// … is so many of that one.
    #[schema(examples("CNY"))]
    pub to: Currency,
    /// How many, as decimal text above zero with at most 12 decimals.
    #[schema(value_type = String, examples("7.1234"))]
    pub rate: Rate,
}

/// Rates of one day. Each is in force from that day until the next one of its pair.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RateSheetIn {
    /// The first day they are in force.
    #[serde(deserialize_with = "strict_date::deserialize")]
    pub valid_from: NaiveDate,
    /// Where they come from.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub source: Option<String>,
    /// The rates.
    #[schema(min_items = 1, max_items = 200)]
    pub rates: Vec<RateIn>,
}

/// A rate as it was set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExchangeRateView {
    /// Its id.
    pub id: ExchangeRateId,
    /// One of this currency is so many of the other.
    pub from: Currency,
    /// The other currency.
    pub to: Currency,
    /// How many.
    #[schema(examples("7.1234"))]
    pub rate: String,
    /// The first day it is in force.
    pub valid_from: NaiveDate,
    /// Where it comes from.
    pub source: Option<String>,
    /// Who set it.
    pub author: String,
    /// When it was set.
    pub created_at: DateTime<Utc>,
}

impl From<&exchange_rate::Model> for ExchangeRateView {
    fn from(row: &exchange_rate::Model) -> Self {
        Self {
            id: row.id,
            from: row.from_currency,
            to: row.to_currency,
            rate: row.rate.clone(),
            valid_from: row.valid_from,
            source: row.source.clone(),
            author: row.author.clone(),
            created_at: row.created_at,
        }
    }
}

impl RateSheetIn {
    fn check(&self) -> Result<()> {
        let mut faults = Vec::new();
        let mut fault = |pointer: String, code, detail: &str| faults.push(Fault { pointer, code, detail: detail.to_owned() });
        if self.rates.is_empty() || self.rates.len() > RATES_MAX {
            fault("#/rates".to_owned(), Code::ValidationFailed, "a sheet has 1 to 200 rates");
        }
        if self.source.as_ref().is_some_and(|text| !is_line(text, 100)) {
            fault("#/source".to_owned(), Code::ValidationFailed, "1 to 100 characters, none of them a control character");
        }
        let mut seen = HashSet::new();
        for (at, one) in self.rates.iter().enumerate() {
            if one.from == one.to {
                fault(format!("#/rates/{at}/to"), Code::ValidationFailed, "a rate is between two currencies");
            }
            if one.rate.0 <= Decimal::ZERO || one.rate.0.scale() > DECIMALS_MAX {
                fault(format!("#/rates/{at}/rate"), Code::ValidationFailed, "a rate is above zero and has at most 12 decimals");
            }
            if !seen.insert((one.from, one.to)) {
                fault(format!("#/rates/{at}"), Code::OverlappingRate, "the sheet has this pair twice");
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(Error::all(faults)) }
    }
}

/// Sets the rates of a day. What was decided by older ones and is not written yet is decided again: rates are rules.
pub struct SetRates {
    /// The rates.
    pub sheet: RateSheetIn,
}

impl Command for SetRates {
    type Facts = Vec<exchange_rate::Model>;
    type Done = Vec<ExchangeRateView>;

    fn account(&self) -> Option<AccountId> {
        None
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<Vec<exchange_rate::Model>> {
        let of_day = exchange_rate::find(read.tenant()).filter(exchange_rate::Column::ValidFrom.eq(self.sheet.valid_from));
        of_day.all(read.db()).await.map_err(failed)
    }

    fn decide(&self, known: &Vec<exchange_rate::Model>, _: &Asked, attempt: &Attempt) -> Result<Decided<Vec<ExchangeRateView>>> {
        self.sheet.check()?;
        let before = |one: &RateIn| known.iter().find(|row| row.from_currency == one.from && row.to_currency == one.to);
        let (mut views, mut new) = (Vec::new(), Vec::new());
        for (at, one) in self.sheet.rates.iter().enumerate() {
            let rate = one.rate.0.normalize().to_string();
            match before(one) {
                Some(row) if row.rate == rate => views.push(ExchangeRateView::from(row)),
                Some(row) => {
                    let detail = format!("from {} on, one {} is already {} {}", row.valid_from, one.from, row.rate, one.to);
                    return Err(Error::new(Code::OverlappingRate, detail).at(format!("#/rates/{at}")));
                }
                None => {
                    let row = exchange_rate::Model {
                        tenant_id: attempt.who.tenant,
                        id: ExchangeRateId(attempt.stamp.id()),
                        from_currency: one.from,
                        to_currency: one.to,
                        rate,
                        valid_from: self.sheet.valid_from,
                        source: self.sheet.source.clone(),
                        author: attempt.who.actor.to_string(),
                        created_at: attempt.stamp.at,
                    };
                    views.push(ExchangeRateView::from(&row));
                    new.push(row);
                }
            }
        }
        let Some(first) = new.first() else { return Ok(Decided::before(views)) };
        let entry = Entry {
            kind: "exchange_rates.set",
            subject: "exchange_rate",
            subject_id: first.id.0,
            effective_on: self.sheet.valid_from,
            decision: None,
            body: serde_json::json!({ "rates": self.sheet.rates, "source": self.sheet.source }),
        };
        Ok(Decided::new(views, Changes::on(Claim::Rules).add_all(&new).tell(entry)))
    }
}

//! What a count of the stock says: what may be counted, how old it is, and for how many days it lasts.

use crate::words::code::Code;
use crate::words::day::days_between;
use crate::words::day::strict_date;
use crate::words::error::{Fault, Result};
use crate::words::text::is_line;
use chrono::NaiveDate;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Days between two stock checks (numbers.md §1: every 15 days).
pub const STOCK_CHECK_DAYS: i64 = 15;
/// The most lines of a count.
pub const LINES_MAX: usize = 500;

/// What was counted of one item, in the ERP's unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StockLine {
    /// The item, as the ERP calls it; each once.
    #[schema(min_length = 1, max_length = 100)]
    pub sku: String,
    /// How much of it is there: decimal text, zero included.
    #[schema(value_type = String, examples("12.5"), max_length = 20)]
    pub on_hand: Decimal,
    /// How much was sold on since the check before, where it is known.
    #[serde(default)]
    #[schema(value_type = Option<String>, examples("40"), max_length = 20)]
    pub sold_since: Option<Decimal>,
    /// The day the oldest of it came into the channel.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    pub oldest_on: Option<NaiveDate>,
}

/// What is wrong with the lines of a count of this day; all of it.
pub fn check_lines(lines: &[StockLine], counted_on: NaiveDate) -> Vec<Fault> {
    let fault = |pointer: String, detail: &str| Fault { pointer, code: Code::ValidationFailed, detail: detail.to_owned() };
    if !(1..=LINES_MAX).contains(&lines.len()) {
        return vec![fault("#/lines".to_owned(), "a count has 1 to 500 lines")];
    }
    let is_count =
        |quantity: &Decimal| !quantity.is_sign_negative() && quantity.scale() <= 6 && *quantity <= Decimal::from(1_000_000_000_000_i64);
    let mut faults = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let mut wrong = |member: &str, detail: &str| faults.push(fault(format!("#/lines/{at}/{member}"), detail));
        if !is_line(&line.sku, 100) {
            wrong("sku", "1 to 100 characters, none of them a control character");
        } else if lines[..at].iter().any(|other| other.sku == line.sku) {
            wrong("sku", "an item is counted once");
        }
        if !is_count(&line.on_hand) {
            wrong("on_hand", "zero or more, with at most six decimals");
        }
        if line.sold_since.as_ref().is_some_and(|sold| !is_count(sold)) {
            wrong("sold_since", "zero or more, with at most six decimals");
        }
        if line.oldest_on.is_some_and(|on| on > counted_on) {
            wrong("oldest_on", "what is counted came before it was");
        }
    }
    faults
}

/// How old the oldest of an item is, in days; none where it is not known, or nothing is left.
pub fn age_days(line: &StockLine, counted_on: NaiveDate) -> Option<i64> {
    line.oldest_on.filter(|_| !line.on_hand.is_zero()).map(|on| days_between(on, counted_on))
}

/// For how many days what is on hand lasts at the pace of the days since the check before, rounded half-up; none where that pace is not
/// known or nothing was sold.
pub fn lasts_days(line: &StockLine, days_since: Option<i64>) -> Option<i64> {
    let (days, sold) = (days_since.filter(|days| *days > 0)?, line.sold_since.filter(|sold| !sold.is_zero())?);
    let lasts = line.on_hand.checked_mul(Decimal::from(days))?.checked_div(sold)?;
    lasts.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero).try_into().ok()
}

/// Days between two checks: 1 to a year.
pub fn check_every(days: i64) -> Result<i64> {
    use crate::words::error::Error;
    if (1..=366).contains(&days) { Ok(days) } else { Err(Error::new(Code::ValidationFailed, "1 to 366 days").at("#/every_days")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::day::parse_date;

    fn line(sku: &str, on_hand: &str, sold: Option<&str>, oldest_on: Option<&str>) -> StockLine {
        StockLine {
            sku: sku.to_owned(),
            on_hand: on_hand.parse().unwrap(),
            sold_since: sold.map(|sold| sold.parse().unwrap()),
            oldest_on: oldest_on.map(|day| parse_date(day).unwrap()),
        }
    }

    #[test]
    fn or_15_a_count_is_of_each_item_once_and_not_below_nothing() {
        let counted_on = parse_date("2026-03-16").unwrap();
        for (lines, expected) in [
            (vec![line("A", "0", None, None), line("B", "1.5", Some("0"), Some("2026-03-16"))], ""),
            (vec![], "#/lines"),
            (vec![line("A", "1", None, None), line("A", "1", None, None)], "#/lines/1/sku"),
            (vec![line(" ", "1", None, None)], "#/lines/0/sku"),
            (vec![line("A", "-1", None, None)], "#/lines/0/on_hand"),
            (vec![line("A", "0.0000001", None, None)], "#/lines/0/on_hand"),
            (vec![line("A", "1", Some("-2"), None)], "#/lines/0/sold_since"),
            (vec![line("A", "1", None, Some("2026-03-17"))], "#/lines/0/oldest_on"),
        ] {
            let found: Vec<String> = check_lines(&lines, counted_on).into_iter().map(|fault| fault.pointer).collect();
            assert_eq!(found.join(" "), expected, "{lines:?}");
        }
    }

    #[test]
    fn or_15_stock_is_as_old_as_its_oldest_and_lasts_by_what_is_sold() {
        let counted_on = parse_date("2026-03-16").unwrap();
        for (line, days, age, lasts) in [
            (line("A", "30", Some("20"), Some("2026-03-01")), Some(15), Some(15), Some(23)),
            (line("A", "30", Some("20"), None), None, None, None),
            (line("A", "30", Some("0"), None), Some(15), None, None),
            (line("A", "0", Some("9"), Some("2026-03-01")), Some(15), None, Some(0)),
            (line("A", "30", None, Some("2026-03-16")), Some(15), Some(0), None),
        ] {
            assert_eq!((age_days(&line, counted_on), lasts_days(&line, days)), (age, lasts), "{line:?}");
        }
    }
}

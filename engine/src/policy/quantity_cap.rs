//! How much a distributor may order against what it sells on (OR-09, numbers.md §2): off until a tenant says how many times as much.

use super::check::Faults;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The orders of an account in so many days are capped at so many times its average sell-out in as many. Accounts that never told a sell-out
/// are not capped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuantityCap {
    /// How many times as much as it sells on, above zero.
    #[schema(value_type = String, examples("1.5"))]
    pub factor: Decimal,
    /// The days the average is of, and the cap: orders placed in the last so many days count.
    #[serde(default = "month")]
    #[schema(minimum = 1, maximum = 366)]
    pub days: i64,
    /// Periods that ended in so many days before the latest one ended are looked at.
    #[serde(default = "quarter")]
    #[schema(minimum = 1, maximum = 1096)]
    pub look_back_days: i64,
}

fn month() -> i64 {
    30
}

fn quarter() -> i64 {
    90
}

/// Refuses a cap that cannot be worked with, each fault at its place under `place`.
pub(super) fn check_cap(place: &str, cap: Option<&QuantityCap>, faults: &mut Faults) {
    let Some(cap) = cap else { return };
    if cap.factor <= Decimal::ZERO || cap.factor > Decimal::from(1_000) {
        faults.wrong(format!("{place}/factor"), "a cap is more than 0 and at most 1,000 times the average sell-out");
    }
    faults.range(format!("{place}/days"), Some(cap.days), 1, 366);
    faults.range(format!("{place}/look_back_days"), Some(cap.look_back_days), 1, 1_096);
}

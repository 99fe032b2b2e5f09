//! Ceilings of single parts of the exposure, for every account that has none of its own.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Ceilings in units of the account's currency; what is absent has none. Above one of them orders are held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PartLimits {
    /// Of open items that do not count as overdue.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, examples("50000"))]
    pub open: Option<Decimal>,
    /// Of overdue items.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, examples("1000"))]
    pub overdue: Option<Decimal>,
    /// Of approved orders not invoiced yet, the one in question counted in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, examples("20000"))]
    pub orders: Option<Decimal>,
    /// Days after its due date in which an item still counts as open.
    #[schema(minimum = 0, maximum = 365)]
    pub overdue_margin_days: i64,
}

impl PartLimits {
    /// No ceilings.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

//! The text of what was open on a day, shared by the reports: every figure is what it is now and what was booked on it after the day,
//! so a report about yesterday adds up the few bookings since, not all there ever were.

use crate::words::money::Currency;
use sea_orm::Value;

/// What was allocated after the day `$2`, undone shares included.
pub(super) const LATER: &str = "later AS MATERIALIZED (SELECT instalment_id, payment_id, credit_note_id, amount_minor FROM allocation
    WHERE tenant_id = $1 AND allocated_on > $2)";

/// Instalments issued up to the day `$2` and not cancelled by then, with what was open of them. A document that was cancelled later
/// counts as it was before: its shares were undone after the day.
pub(super) const ITEMS: &str = "SELECT i.id, i.account_id, i.currency, i.due_on, i.settled_on, i.amount_minor, i.disputed_minor,
       CASE WHEN i.cancelled_on IS NULL THEN i.open_minor ELSE i.amount_minor - i.paid_before_minor END + COALESCE(l.minor, 0) AS open_minor
  FROM instalment i
  LEFT JOIN (SELECT instalment_id, CAST(SUM(amount_minor) AS BIGINT) AS minor FROM later GROUP BY instalment_id) l
    ON l.instalment_id = i.id
 WHERE i.tenant_id = $1 AND i.issued_on <= $2 AND (i.cancelled_on IS NULL OR i.cancelled_on > $2){only}";

/// Which of our legal entities and which currency a report is about: all of them when not said.
#[derive(Clone, Debug, Default)]
pub(super) struct Only {
    pub(super) currency: Option<Currency>,
    pub(super) entity: Option<String>,
}

impl Only {
    /// The condition on the table with this alias; its values are bound from `$first` on.
    pub(super) fn condition(&self, alias: &str, first: usize) -> String {
        let mut text = String::new();
        let mut place = first;
        for (column, is_said) in [("currency", self.currency.is_some()), ("entity", self.entity.is_some())] {
            if is_said {
                text.push_str(&format!(" AND {alias}.{column} = ${place}"));
                place += 1;
            }
        }
        text
    }

    /// The values of [`Only::condition`], in order.
    pub(super) fn values(&self) -> impl Iterator<Item = Value> {
        let currency = self.currency.map(Value::from);
        currency.into_iter().chain(self.entity.clone().map(Value::from))
    }
}

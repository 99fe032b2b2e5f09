//! Holds: why an order or a whole account may not ship.

pub mod basis;
pub mod rows;

use crate::words::facts::HoldFacts;
use crate::words::money::Money;

impl From<&rows::hold::Model> for HoldFacts {
    fn from(row: &rows::hold::Model) -> Self {
        Self {
            id: row.id,
            order_id: row.order_id,
            source: row.source.clone(),
            code: row.code.clone(),
            expires_on: row.expires_on,
            pay_to_release: row.pay_to_release_minor.zip(row.currency).map(|(minor, currency)| Money::new(minor, currency)),
        }
    }
}

//! Reports: one question, one set-based statement, business dates up to the day only (contract choice 8).

mod ageing;
mod kpis;
mod on_day;
pub mod rules;

pub use ageing::{AgeingAsk, AgeingRow, AgeingView, Bucket, CurrencyAgeing, ageing};
pub use kpis::{CurrencyKpis, KpisAsk, KpisView, kpis};

#[cfg(test)]
mod tests;

//! Reports: one question, one set-based statement, business dates up to the day only (contract choice 8).

mod ageing;
mod clearing;
mod kpis;
mod late_risk;
mod on_day;
pub mod rules;
mod threats;

pub use ageing::{AgeingAsk, AgeingRow, AgeingView, Bucket, CurrencyAgeing, ageing};
pub use clearing::{ClearingRow, ClearingView, clearing};
pub use kpis::{CurrencyKpis, KpisAsk, KpisView, kpis};
pub use late_risk::{LateInputs, LateRiskRow, late_risk};
pub use threats::{IdleThreat, ThreatsView, threats};

#[cfg(test)]
mod tests;

//! Exchange rates: dated, and never changed once they are set. Nothing converts without one, and every conversion shows its working.

mod read;
pub mod rows;
pub mod rules;
mod set;

pub use read::{RateFilter, list_rates, rates_on};
pub use set::{ExchangeRateView, RateIn, RateSheetIn, SetRates};

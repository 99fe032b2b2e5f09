//! Offers: a discount for paying early.

pub mod rows;
mod view;

pub use view::{OfferFilter, OfferView, list_offers, offer};

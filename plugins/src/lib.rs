//! The script host: the only crate that knows Rhai. It answers the engine's questions and decides nothing.

mod compile;
pub mod diagnostic;
mod hooks;
pub mod limits;
mod plan;
pub mod sandbox;
mod words;

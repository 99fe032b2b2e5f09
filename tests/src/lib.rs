//! What the tests and the benches share: the throw-away cluster and the world of one test.

#[path = "../it/postgres.rs"]
pub mod postgres;

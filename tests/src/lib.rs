//! What the tests and the benches share: the throw-away cluster, the world of one test, a caller over HTTP, the program as a process.

#[path = "../it/api.rs"]
pub mod api;
#[path = "../it/client.rs"]
pub mod client;
#[path = "../it/document.rs"]
pub mod document;
#[path = "../it/hearing.rs"]
pub mod hearing;
#[path = "../it/history.rs"]
pub mod history;
#[path = "../it/inspect.rs"]
pub mod inspect;
#[path = "../it/invariants.rs"]
pub mod invariants;
#[path = "../it/ledger.rs"]
pub mod ledger;
#[path = "../it/postgres.rs"]
pub mod postgres;
#[path = "../it/process.rs"]
pub mod process;
#[path = "../it/world.rs"]
pub mod world;

#[path = "../bench/bare.rs"]
pub mod bare;
#[path = "../bench/bed.rs"]
pub mod bed;
#[path = "../bench/book.rs"]
pub mod book;
#[path = "../bench/figures.rs"]
pub mod figures;
#[path = "../bench/load.rs"]
pub mod load;
#[path = "../bench/set_based.rs"]
pub mod set_based;

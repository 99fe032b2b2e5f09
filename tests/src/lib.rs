//! What the tests and the benches share: the throw-away cluster, the world of one test, a caller over HTTP, the program as a process.

#[path = "../it/client.rs"]
pub mod client;
#[path = "../it/inspect.rs"]
pub mod inspect;
#[path = "../it/postgres.rs"]
pub mod postgres;
#[path = "../it/process.rs"]
pub mod process;
#[path = "../it/world.rs"]
pub mod world;

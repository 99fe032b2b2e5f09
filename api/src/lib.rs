//! HTTP in and out, tokens, the OpenAPI document, and the process `recoup`. No business rule lives here.

pub mod access;
pub mod app;
pub mod auth;
pub mod cli;
mod clock;
pub mod extract;
pub mod idempotency;
pub mod keys;
pub mod letterhead;
mod live;
mod manual;
pub mod openapi;
mod parent;
mod probes;
pub mod problem;
pub mod reply;
mod routes;
pub mod server;
pub mod settings;
pub mod spool;
pub mod telemetry;
pub mod worker;

/// A server makes and drops many small values on several threads at once, which this allocator does with less work than the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

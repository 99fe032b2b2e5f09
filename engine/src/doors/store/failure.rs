//! What a failure of the database means: a lost race, a full disk, or a database that does not answer.

use crate::words::code::Code;
use crate::words::error::Error;
use sea_orm::sqlx;
use sea_orm::{DbErr, RuntimeErr};

/// The engine's error for a database failure.
#[expect(clippy::wildcard_enum_match_arm, reason = "the driver's list is its own and grows; what is not named here is our fault")]
#[track_caller]
pub(crate) fn failed(error: impl Into<DbErr>) -> Error {
    match error.into() {
        DbErr::Conn(RuntimeErr::SqlxError(cause))
        | DbErr::Exec(RuntimeErr::SqlxError(cause))
        | DbErr::Query(RuntimeErr::SqlxError(cause)) => from_sqlx(&cause),
        DbErr::ConnectionAcquire(_) => Error::new(Code::Overloaded, "no free database connection"),
        other => Error::internal(other),
    }
}

/// The engine's error for a failure of the driver. What another writer can cause is a lost race: it is tried again from the top.
#[expect(clippy::wildcard_enum_match_arm, reason = "the driver's list is its own and grows; what is not named here is our fault")]
#[track_caller]
pub(crate) fn from_sqlx(error: &sqlx::Error) -> Error {
    match error {
        sqlx::Error::Database(cause) => match cause.code().as_deref() {
            // Unique violation: someone inserted it first. The next attempt finds it.
            Some("23505" | "2067" | "1555") => Error::lost_race(),
            // Serialization failure, deadlock, lock not available; SQLite busy, locked, and their extended codes.
            Some("40001" | "40P01" | "55P03" | "5" | "6" | "261" | "517" | "262") => Error::lost_race(),
            Some("53100" | "13") => Error::new(Code::StorageFull, "the disk is full"),
            Some("57014") => Error::new(Code::DatabaseUnavailable, "the database took too long"),
            Some("57P01" | "57P02" | "57P03" | "53300") => Error::new(Code::DatabaseUnavailable, "the database is not available"),
            _ => Error::internal(error),
        },
        sqlx::Error::Io(_) | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
            Error::new(Code::DatabaseUnavailable, "the connection to the database was lost")
        }
        sqlx::Error::PoolTimedOut => Error::new(Code::Overloaded, "no free database connection"),
        _ => Error::internal(error),
    }
}

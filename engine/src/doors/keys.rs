//! The signing key of this installation, as the database keeps it: sealed, so that the database alone signs nothing.

use crate::doors::store::{Store, failed};
use crate::words::error::Result;
use crate::words::stamp::Stamp;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, Statement};

/// A signing key as it lies in the database. The engine cannot open it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedKey {
    /// The look-up name of the key in tokens.
    pub kid: String,
    /// The sealed private key.
    pub sealed: Vec<u8>,
}

/// The key that signs: the oldest one, so that nodes which started together agree.
pub async fn signing_key(store: &Store) -> Result<Option<SealedKey>> {
    let db = store.reader();
    let sql = "SELECT kid, sealed FROM signing_key ORDER BY created_at, id LIMIT 1";
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await.map_err(failed)?;
    row.map(|row| Ok(SealedKey { kid: row.try_get("", "kid").map_err(failed)?, sealed: row.try_get("", "sealed").map_err(failed)? }))
        .transpose()
}

/// Keeps a key that was made just now. Whether it is the one that signs, [`signing_key`] tells afterwards.
pub async fn keep_signing_key(store: &Store, key: &SealedKey, now: DateTime<Utc>) -> Result<()> {
    let db = store.writer();
    let id = Stamp::new(now, now.date_naive()).id();
    let sql = "INSERT INTO signing_key (id, kid, sealed, created_at) VALUES ($1, $2, $3, $4)";
    let values = [id.into(), key.kid.clone().into(), key.sealed.clone().into(), now.into()];
    db.execute_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await.map(drop).map_err(failed)
}

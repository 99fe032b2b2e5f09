//! Content hashes: what "the same content" means.

use crate::words::error::{Error, Result};
use serde::Serialize;
use sha2::{Digest, Sha256};

/// Hash of a normalised command with its defaults filled in: equal for CSV and JSON, never of bytes (decision 47).
pub fn content_hash<T: Serialize>(command: &T) -> Result<String> {
    let json = serde_json::to_vec(command).map_err(Error::internal)?;
    Ok(hex(&Sha256::digest(json)))
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

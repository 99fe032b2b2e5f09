//! Packages that cannot be asked, and versions that are to be switched off.

use serde::{Deserialize, Serialize};

/// A package of a set that cannot be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// The package.
    pub plugin: String,
    /// Its version.
    pub version: i64,
    /// Why.
    pub why: String,
    /// Does its manifest say that a process that cannot ask it is not ready? Not known where the manifest itself cannot be read.
    #[serde(default)]
    pub is_required: bool,
}

/// A version that does damage or keeps failing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// The package.
    pub plugin: String,
    /// The version's number in the tenant.
    pub version: i64,
    /// What it did.
    pub why: String,
}

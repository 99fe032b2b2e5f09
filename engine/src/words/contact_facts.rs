//! The people at a customer, as rules and scripts see them.

use crate::words::contact_hours::ContactHours;
use crate::words::id::ContactId;
use serde::{Deserialize, Serialize};

/// A person at the customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContactFacts {
    /// Its id.
    pub id: ContactId,
    /// `payer`, `decision_maker`, `approver`, `handler`, `cashier`, `legal`.
    pub role: String,
    /// Name.
    pub name: String,
    /// Can be written to by e-mail.
    pub has_email: bool,
    /// Can be called or texted.
    pub has_phone: bool,
    /// BCP 47 language.
    pub language: Option<String>,
    /// How much the person's word counts, 0 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub influence: Option<i64>,
    /// What kind of person it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub persona: Option<String>,
    /// For whom this person stands in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delegate_of: Option<ContactId>,
    /// Is the person away on the day of the facts?
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_absent: bool,
    /// When the person may be turned to; at any time where nothing is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<ContactHours>,
}

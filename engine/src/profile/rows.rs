//! Tables of risk profiles.

use crate::doors::store::columns::Payload;
use crate::tenant_rows;
use crate::words::facts::{CreditStop, Reason};
use crate::words::id::{AccountId, RowId, TenantId};
use chrono::NaiveDate;

tenant_rows! {
    /// One row an account at most, changed only under the account's claim. Without a plan level the account is on the policy's first
    /// one; `has_signals` says whether there is any signal to be read.
    "risk_profile" risk_profile {
        id: RowId,
        account_id: AccountId,
        has_signals: bool,
        plan_level: Option<String>,
        plan_since: Option<NaiveDate>,
        plan_reasons: Payload<Vec<Reason>>,
        watched_since: Option<NaiveDate>,
        watch_reasons: Payload<Vec<Reason>>,
        stopped_on: Option<NaiveDate>,
        stopped_by: Option<String>,
        stop_reason: Option<String>,
    }
}

impl risk_profile::Model {
    /// The profile of an account about which nothing is kept yet.
    pub fn blank(tenant_id: TenantId, id: RowId, account_id: AccountId) -> Self {
        Self {
            tenant_id,
            id,
            account_id,
            has_signals: false,
            plan_level: None,
            plan_since: None,
            plan_reasons: Payload::default(),
            watched_since: None,
            watch_reasons: Payload::default(),
            stopped_on: None,
            stopped_by: None,
            stop_reason: None,
        }
    }

    /// Who stopped the credit, when and why; none when nobody did.
    pub fn credit_stop(&self) -> Option<CreditStop> {
        let on = self.stopped_on?;
        Some(CreditStop { reason: self.stop_reason.clone().unwrap_or_default(), by: self.stopped_by.clone().unwrap_or_default(), on })
    }
}

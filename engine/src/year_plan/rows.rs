//! Tables of year plans.

use crate::tenant_rows;
use crate::words::id::{AccountId, RowId, YearPlanId};
use crate::words::money::Currency;
use chrono::NaiveDate;

tenant_rows! {
    /// The plan of an account for a year, one each. On `clear_on` it is to owe nothing, unless it is exempt.
    "year_plan" year_plan {
        id: YearPlanId,
        account_id: AccountId,
        year: i64,
        currency: Currency,
        clear_on: Option<NaiveDate>,
        exempt_reason: Option<String>,
        author: String,
        version: i64,
        created_at: DateTimeUtc,
    }
    /// The periods of a plan, never changed: each version of the plan has its own.
    "year_plan_period" year_plan_period {
        id: RowId,
        plan_id: YearPlanId,
        plan_version: i64,
        no: i64,
        from_on: NaiveDate,
        to_on: NaiveDate,
        shipment_minor: i64,
        collection_minor: i64,
    }
}

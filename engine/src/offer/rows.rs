//! Tables of offers.

use crate::tenant_rows;
use crate::words::id::{AccountId, DecisionId, InstalmentId, OfferId};
use crate::words::money::Currency;
use chrono::NaiveDate;

tenant_rows! {
    /// Early-payment offers; one open at a time for an instalment. States: `open taken expired withdrawn`.
    "offer" offer {
        id: OfferId,
        account_id: AccountId,
        instalment_id: InstalmentId,
        invoice_external_id: String,
        rate: String,
        currency: Currency,
        discount_minor: i64,
        pay_by: NaiveDate,
        state: String,
        source: String,
        decision_id: Option<DecisionId>,
        made_on: NaiveDate,
        created_at: DateTimeUtc,
    }
}

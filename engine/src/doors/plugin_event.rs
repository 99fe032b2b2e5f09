//! What has happened on accounts while a plugin listened, holds apart: written with the thing, asked about after the commit, and done in the
//! same change as what follows. So what follows happens once, whatever dies in between.

use crate::doors::store::columns::Payload;
use crate::tenant_rows;
use crate::words::event_facts::StageFacts;
use crate::words::id::{AccountId, RowId};
use chrono::NaiveDate;
use uuid::Uuid;

tenant_rows! {
    /// One row for each event that a plugin wants to hear of. `hook` is the question, `subject_id` the invoice, instalment, payment, case, offer or signal;
    /// `stage` says from where to where a case has come.
    "plugin_event" plugin_event {
        id: RowId,
        account_id: AccountId,
        hook: String,
        subject_id: Uuid,
        stage: Option<Payload<StageFacts>>,
        happened_on: NaiveDate,
        wake_on: NaiveDate,
        tries: i64,
        is_done: bool,
        created_at: DateTimeUtc,
    }
}

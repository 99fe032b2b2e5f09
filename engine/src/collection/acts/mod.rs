//! What people do on cases: give them to somebody, pause them, do their tasks, let letters go, say yes or no.

mod approval;
mod case;
mod notice;
mod reason;
mod task;

pub use approval::DecideApproval;
pub use case::{AssignCase, PauseCase, ResumeCase};
pub use notice::{NoticeAct, SettleNotice};
pub use reason::{ClaimReason, VerifyReason};
pub use task::{ActivityIn, CompleteTask, RecordActivity};

use crate::account::rows::account;
use crate::doors::store::{Read, failed};
use crate::ground;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::AccountId;
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, QueryFilter};

/// The account of an act, read first so that its version is what the change claims, and the day of the last finished run.
async fn account_now(read: &Read, id: AccountId) -> Result<(account::Model, Option<NaiveDate>)> {
    let row = account::find(read.tenant()).filter(account::Column::Id.eq(id)).one(read.db()).await.map_err(failed)?;
    let row = row.ok_or_else(|| Error::new(Code::NotFound, "there is no such account"))?;
    Ok((row, ground::state(read).await?.collections_day))
}

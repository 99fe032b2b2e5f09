//! What became overdue since the last run, for plugins that listen: found by dates alone, a page of instalments a statement, and noted once.

use crate::command::{RACES_MAX, pause_after};
use crate::doors::plugin_event::plugin_event;
use crate::doors::store::{Changes, Claim, Read, uuid_at};
use crate::engine::Engine;
use crate::words::asked::Hook;
use crate::words::caller::Caller;
use crate::words::code::Code;
use crate::words::day::add_days;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, RowId};
use crate::words::stamp::Stamp;
use chrono::NaiveDate;
use sea_orm::QueryResult;

/// Instalments noted in one transaction.
const ITEMS_AT_ONCE: i64 = 1_000;

/// Open instalments that were not overdue on the last day and are on this one, without those that are noted. Due today is not overdue.
const TURNED: &str = "
SELECT i.id, i.account_id FROM instalment i
WHERE i.tenant_id = $1 AND i.open_minor > 0 AND i.due_on >= $2 AND i.due_on < $3
  AND NOT EXISTS (SELECT 1 FROM plugin_event e WHERE e.tenant_id = $1 AND e.subject_id = i.id AND e.hook = 'became_overdue')
ORDER BY i.due_on, i.id LIMIT $4";

impl Engine {
    /// Notes every instalment that became overdue between the last run, or the day before where there was none, and this day, as an event
    /// plugins are asked about. Costs nothing where nobody listens; a day that is run twice notes nothing twice. What was booked after its
    /// due date did not become overdue: that is an invoice that was registered. Gives how many were noted.
    ///
    /// # Errors
    /// When the database does not serve.
    pub(crate) async fn note_overdue(&self, who: &Caller, last: Option<NaiveDate>, day: NaiveDate) -> Result<usize> {
        let (read, from) = (self.store.read(who.tenant), last.unwrap_or_else(|| add_days(day, -1)));
        let (mut noted, mut lost) = (0, 0);
        while lost < RACES_MAX {
            pause_after(lost).await;
            let ground = self.refresh_ground(who.tenant).await?;
            if !ground.plugins.has(Hook::BecameOverdue) {
                return Ok(noted);
            }
            let stamp = ground.stamp_on(&*self.clock, day);
            let rows = turned(&read, from, day, who, &stamp).await?;
            if rows.is_empty() {
                return Ok(noted);
            }
            let changes = Changes::on(Claim::Nothing).add_all(&rows);
            match self.store.write_page(who, &stamp, ground.revision, vec![changes]).await {
                Ok(_) => noted += rows.len(),
                // Another worker of the same run was faster: what it noted is left out of the next look.
                Err(error) if error.is_lost_race() => lost += 1,
                Err(error) => return Err(error),
            }
        }
        Err(Error::new(Code::TryAgain, "what became overdue is being noted by another worker"))
    }
}

async fn turned(read: &Read, from: NaiveDate, day: NaiveDate, who: &Caller, stamp: &Stamp) -> Result<Vec<plugin_event::Model>> {
    let rows = read.rows(TURNED, [from.into(), day.into(), ITEMS_AT_ONCE.into()]).await?;
    rows.iter().map(|row| event(row, who, stamp)).collect()
}

fn event(row: &QueryResult, who: &Caller, stamp: &Stamp) -> Result<plugin_event::Model> {
    Ok(plugin_event::Model {
        tenant_id: who.tenant,
        id: RowId(stamp.id()),
        account_id: uuid_at(row, "account_id").map(AccountId)?,
        hook: Hook::BecameOverdue.as_str().to_owned(),
        subject_id: uuid_at(row, "id")?,
        stage: None,
        happened_on: stamp.today,
        wake_on: stamp.today,
        tries: 0,
        is_done: false,
        created_at: stamp.at,
    })
}

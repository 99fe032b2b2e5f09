//! What a change makes happen, read off its rows: whoever books an invoice or opens a case need not think of those who listen.

use super::Changes;
use super::changes::{How, TableRows};
use crate::doors::plugin_event::plugin_event;
use crate::doors::store::columns::Payload;
use crate::words::asked::{Hook, PluginSet};
use crate::words::event_facts::StageFacts;
use crate::words::id::{AccountId, CaseId, RowId, TenantId};
use crate::words::stamp::Stamp;
use sea_orm::Value;
use uuid::Uuid;

/// A row whose writing is an event: the question, the table, how the row is written, and the column and word that make it one.
type OfRow = (Hook, &'static str, How, Option<(&'static str, &'static str)>);

/// Every row whose writing is an event.
const OF_ROWS: [OfRow; 7] = [
    (Hook::InvoiceRegistered, "invoice", How::Add, None),
    (Hook::PaymentReceived, "payment", How::Add, None),
    (Hook::PaymentBounced, "payment", How::Save, Some(("void_kind", "bounced"))),
    (Hook::CaseOpened, "collection_case", How::Add, None),
    (Hook::OfferTaken, "offer", How::Save, Some(("state", "taken"))),
    (Hook::OfferExpired, "offer", How::Save, Some(("state", "expired"))),
    (Hook::SignalRaised, "signal", How::Add, None),
];

/// One row that is written.
struct Written<'a> {
    table: &'a TableRows,
    values: &'a [Value],
}

impl Written<'_> {
    fn value(&self, name: &str) -> Option<&Value> {
        self.table.columns.iter().position(|column| *column == name).and_then(|at| self.values.get(at))
    }

    fn id(&self, name: &str) -> Option<Uuid> {
        if let Some(Value::Uuid(id)) = self.value(name) { *id } else { None }
    }

    fn text(&self, name: &str) -> Option<String> {
        if let Some(Value::String(text)) = self.value(name) { text.clone() } else { None }
    }
}

impl Changes {
    /// Adds an event for each thing that happens here and that a plugin of the set wants to hear of.
    pub(super) fn tell_of_events(self, set: &dyn PluginSet, stamp: &Stamp) -> Self {
        let mut rows: Vec<plugin_event::Model> = Vec::new();
        for (hook, table, how, when) in OF_ROWS.iter().filter(|(hook, ..)| set.has(*hook)) {
            let written = self.tables.iter().filter(|rows| rows.table == *table && rows.how == *how);
            let written = written.flat_map(|table| table.rows.iter().map(move |values| Written { table, values }));
            let wanted = |row: &Written<'_>| when.is_none_or(|(column, word)| row.text(column).as_deref() == Some(word));
            rows.extend(written.filter(wanted).filter_map(|row| {
                let (account, subject) = (AccountId(row.id("account_id")?), row.id("id")?);
                let stage = (*hook == Hook::CaseOpened).then(|| row.text("stage")).flatten();
                let stage = stage.map(|to_stage| StageFacts { case_id: CaseId(subject), from_stage: None, to_stage });
                Some(event(*hook, account, subject, stage, stamp))
            }));
        }
        if set.has(Hook::StageEntered) {
            rows.extend(self.stages(stamp));
        }
        self.add_all(&rows)
    }

    /// Where cases have come to, as the journal tells it: the row does not know where it was.
    fn stages(&self, stamp: &Stamp) -> Vec<plugin_event::Model> {
        let Some(account) = self.account() else { return Vec::new() };
        let moved = self.entries.iter().filter(|entry| entry.kind == "case.stage_entered");
        let stage = |entry: &super::Entry| {
            let text = |name: &str| entry.body.get(name).and_then(|text| text.as_str()).map(str::to_owned);
            Some(StageFacts { case_id: CaseId(entry.subject_id), from_stage: text("from"), to_stage: text("to")? })
        };
        moved.filter_map(stage).map(|stage| event(Hook::StageEntered, account, stage.case_id.0, Some(stage), stamp)).collect()
    }
}

fn event(hook: Hook, account: AccountId, subject: Uuid, stage: Option<StageFacts>, stamp: &Stamp) -> plugin_event::Model {
    plugin_event::Model {
        // The writer binds the tenant itself.
        tenant_id: TenantId(Uuid::nil()),
        id: RowId(stamp.id()),
        account_id: account,
        hook: hook.as_str().to_owned(),
        subject_id: subject,
        stage: stage.map(Payload),
        happened_on: stamp.today,
        wake_on: stamp.today,
        tries: 0,
        is_done: false,
        created_at: stamp.at,
    }
}

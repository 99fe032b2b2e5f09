//! Registering an import, once per idempotency key, before its file is read.

use super::job::ImportOptions;
use super::rows::import;
use super::view::ImportView;
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::{Changes, Claim, Entry, Read};
use crate::words::asked::Asked;
use crate::words::error::Result;
use crate::words::id::{AccountId, ImportId};

/// Registers an import that waits to be run.
pub struct BeginImport {
    /// How its file is to be taken.
    pub options: ImportOptions,
}

impl Command for BeginImport {
    type Facts = ();
    type Done = ImportView;

    fn account(&self) -> Option<AccountId> {
        None
    }

    async fn facts(&self, _: &Read, _: &Attempt) -> Result<()> {
        Ok(())
    }

    fn decide(&self, (): &(), _: &Asked, attempt: &Attempt) -> Result<Decided<ImportView>> {
        let row = import::Model {
            tenant_id: attempt.who.tenant,
            id: ImportId(attempt.stamp.id()),
            kind: self.options.kind,
            state: "queued".to_owned(),
            total: 0,
            done: 0,
            accepted: 0,
            rejected: 0,
            failed: 0,
            repeated: 0,
            warned: 0,
            creates_accounts: self.options.creates_accounts,
            actor: attempt.who.actor.to_string(),
            detail: None,
            started_at: attempt.stamp.at,
            finished_at: None,
        };
        let entry = Entry {
            kind: "import.begun",
            subject: "import",
            subject_id: row.id.0,
            effective_on: attempt.stamp.today,
            decision: None,
            body: serde_json::json!({"kind": self.options.kind}),
        };
        Ok(Decided::new(ImportView::from(&row), Changes::on(Claim::Nothing).add(&row).tell(entry)))
    }
}

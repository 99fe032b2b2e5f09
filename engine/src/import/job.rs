//! Runs an import: batches of lines, each booked account by account and then counted as done. What was written of a batch that did not
//! come to its count is found again when the file goes on, and does no harm.

use super::csv_lines::{CsvLines, RawLine};
use super::line::{Fate, Fault, Line};
use super::rows::{import, import_fault};
use super::view::{self, ImportView};
use super::{ImportKind, contacts};
use crate::account;
use crate::command::Attempt;
use crate::credit::SetImportedLimits;
use crate::doors::store::{Changes, Claim, Read, failed};
use crate::engine::Engine;
use crate::payment_process::PaymentProcess;
use crate::words::caller::Caller;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, ImportId, RowId};
use sea_orm::QueryFilter;
use std::collections::{HashMap, HashSet};
use std::io::BufRead;
use std::sync::Arc;

/// Lines of one batch: one transaction, and what memory is bounded by.
const BATCH_LINES: usize = 2_000;

/// How a file is to be taken.
#[derive(Clone, Copy, Debug)]
pub struct ImportOptions {
    /// What the file holds.
    pub kind: ImportKind,
    /// Make accounts that do not exist, named like their number.
    pub creates_accounts: bool,
    /// May a line of an account set a credit limit?
    pub may_set_limits: bool,
}

/// Told after every batch how far it has come; says whether to go on.
pub type Progress<'a> = &'a (dyn Fn(&ImportView) -> GoOn + Send + Sync);

/// What becomes of an import after a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GoOn {
    /// The next batch.
    Yes,
    /// Stop here; the same file goes on from here another time.
    Later,
    /// Stop here for good.
    Never,
}

/// What is known about a number of the ERP when its line comes.
pub(super) enum Known {
    New,
    Same,
    Other,
}

/// What a batch knows while its lines are booked.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) hashes: HashMap<String, String>,
    pub(super) invoices: HashSet<String>,
    /// How the customers pay of whom that is known.
    pub(super) processes: HashMap<AccountId, PaymentProcess>,
}

impl Batch {
    /// Is there something under this number already? What is new is remembered, so a line repeated in the file is found too.
    pub(super) fn known(&mut self, number: &str, hash: &str) -> Known {
        match self.hashes.get(number) {
            Some(before) if before == hash => Known::Same,
            Some(_) => Known::Other,
            None => {
                self.hashes.insert(number.to_owned(), hash.to_owned());
                Known::New
            }
        }
    }

    pub(super) fn has_invoice(&self, number: &str) -> bool {
        self.invoices.contains(number)
    }

    /// A line that was refused after all leaves its number free for another.
    pub(super) fn forget(&mut self, number: &str) {
        self.hashes.remove(number);
    }
}

impl Fault {
    pub(super) fn conflict() -> Self {
        let detail = "this external_id already names something with other content".to_owned();
        Self { field: Some("external_id".to_owned()), code: Code::ExternalIdConflict.name().to_owned(), detail }
    }

    pub(super) fn limit_waits() -> Self {
        let detail = "the limit waits for a second person; until then the account has no credit at all".to_owned();
        Self { field: Some("credit_limit".to_owned()), code: "limit_waits".to_owned(), detail }
    }
}

/// What became of the lines of a batch.
#[derive(Default)]
pub(super) struct Told {
    accepted: i64,
    repeated: i64,
    rejected: Vec<(i64, Fault)>,
    odd: Vec<(i64, Fault)>,
}

impl Told {
    pub(super) fn take(&mut self, line: i64, fate: Fate, odd: Vec<Fault>) {
        match fate {
            Fate::Accepted => self.accepted += 1,
            Fate::Repeated => {
                self.accepted += 1;
                self.repeated += 1;
            }
            Fate::Rejected(fault) => self.rejected.push((line, fault)),
        }
        self.odd.extend(odd.into_iter().map(|fault| (line, fault)));
    }

    /// What became of another share of the batch.
    pub(super) fn add(&mut self, other: Self) {
        self.accepted += other.accepted;
        self.repeated += other.repeated;
        self.rejected.extend(other.rejected);
        self.odd.extend(other.odd);
    }
}

impl Engine {
    /// Runs an import to its end, from where it stopped if it was begun before. What was committed before a failure
    /// stays; the same file again is harmless.
    ///
    /// # Errors
    /// Only when the import cannot go on at all; bad lines are part of its answer.
    pub async fn run_import(
        &self,
        who: &Caller,
        id: ImportId,
        options: &ImportOptions,
        file: impl BufRead + Send + 'static,
        progress: Progress<'_>,
    ) -> Result<ImportView> {
        let mut row = import_row(&self.store.read(who.tenant), id).await?;
        row.state = "running".to_owned();
        self.save_import(who, &row).await?;
        let ended = match CsvLines::open(options.kind, file) {
            Ok(lines) => self.take_lines(who, options, lines, &mut row, progress).await,
            Err(error) => Err(error),
        };
        // Limits that take a second person are asked for once, when all of them are known (decision 17).
        let ended = match ended {
            Ok(GoOn::Yes) if options.kind == ImportKind::Accounts => {
                let keyless = who.for_what_follows();
                self.execute(&keyless, SetImportedLimits { import: id }).await.map(|_| GoOn::Yes)
            }
            ended => ended,
        };
        row.state = match ended {
            Ok(GoOn::Yes) => "done",
            Ok(GoOn::Later) => "queued",
            Ok(GoOn::Never) => "cancelled",
            Err(ref error) if may_pass(error) => "queued",
            Err(_) => "failed",
        }
        .to_owned();
        row.detail = ended.as_ref().err().map(|error| error.detail().to_owned());
        row.finished_at = (row.state != "queued").then(|| self.clock.now());
        self.save_import(who, &row).await?;
        match ended {
            Err(error) if error.code() == Code::Internal || may_pass(&error) => Err(error),
            Ok(_) | Err(_) => view::find(&self.store.read(who.tenant), id).await,
        }
    }

    async fn take_lines(
        &self,
        who: &Caller,
        options: &ImportOptions,
        mut lines: CsvLines,
        row: &mut import::Model,
        progress: Progress<'_>,
    ) -> Result<GoOn> {
        let header = lines.header().to_vec();
        for _ in 0..row.done {
            lines.next_line();
        }
        loop {
            let batch: Vec<RawLine> = std::iter::from_fn(|| lines.next_line()).take(BATCH_LINES).collect();
            if batch.is_empty() {
                return Ok(GoOn::Yes);
            }
            row.total += i64::try_from(batch.len()).unwrap_or(0);
            let told = match options.kind {
                ImportKind::Accounts => self.take_accounts(who, options, row.id, &header, batch).await?,
                ImportKind::Contacts => self.take_contacts(who, &header, batch).await?,
                ImportKind::Invoices | ImportKind::Payments => self.take_bookings(who, options, &header, batch).await?,
            };
            self.note_batch(who, row, told).await?;
            match progress(&ImportView::from(&*row)) {
                GoOn::Yes => {}
                stop @ (GoOn::Later | GoOn::Never) => return Ok(stop),
            }
        }
    }

    async fn take_contacts(&self, who: &Caller, header: &[String], batch: Vec<RawLine>) -> Result<Told> {
        let mut told = Told::default();
        let attempt = self.import_attempt(who, 0).await?;
        let read = self.store.read(who.tenant);
        let mut good = Vec::new();
        for raw in batch {
            let line = raw.line;
            match Line::new(header, raw).and_then(|line| contacts::parse(&line)) {
                Ok(new) => good.push((line, new)),
                Err(error) => told.take(line, Fate::Rejected(error.into()), Vec::new()),
            }
        }
        let numbers: Vec<String> = good.iter().filter_map(|(_, (_, new))| new.external_id.clone()).collect();
        let owners: Vec<String> = good.iter().map(|(_, (account, _))| account.clone()).collect();
        let accounts = account::resolve_many(&read, &owners).await?;
        let mut before = account::contacts_by_number(&read, &numbers).await?;
        let mut changes = Changes::on(Claim::Nothing);
        for (line, (number, new)) in good {
            let Some(account) = accounts.get(&number) else {
                let error = Error::new(Code::UnknownAccount, format!("there is no account {number:?}")).at("#/account_external_id");
                told.take(line, Fate::Rejected(error.into()), Vec::new());
                continue;
            };
            let row = new.row(*account, &attempt);
            let fate = match before.get(new.external_id.as_deref().unwrap_or_default()) {
                Some(known) if new.is_same(*account, known) => Fate::Repeated,
                Some(_) => Fate::Rejected(Fault::conflict()),
                None => {
                    changes = changes.add(&row);
                    before.insert(new.external_id.clone().unwrap_or_default(), row);
                    Fate::Accepted
                }
            };
            told.take(line, fate, Vec::new());
        }
        self.store.write(who, &attempt.stamp, attempt.ground.revision, changes).await?;
        Ok(told)
    }

    pub(super) async fn import_attempt(&self, who: &Caller, lost: u32) -> Result<Attempt> {
        let ground = if lost == 0 { self.ground(who.tenant).await? } else { self.refresh_ground(who.tenant).await? };
        let stamp = Arc::new(ground.stamp(&*self.clock));
        Ok(Attempt { who: who.clone(), stamp, ground, lost })
    }

    /// Counts a batch and keeps what was wrong or odd about its lines.
    async fn note_batch(&self, who: &Caller, row: &mut import::Model, told: Told) -> Result<()> {
        let attempt = self.import_attempt(who, 0).await?;
        row.accepted += told.accepted;
        row.repeated += told.repeated;
        row.rejected += i64::try_from(told.rejected.len()).unwrap_or(0);
        row.warned += i64::try_from(told.odd.len()).unwrap_or(0);
        row.done = row.total;
        let fault = |(line, fault): (i64, Fault), is_warning| import_fault::Model {
            tenant_id: who.tenant,
            id: RowId(attempt.stamp.id()),
            import_id: row.id,
            line,
            field: fault.field,
            code: fault.code,
            detail: fault.detail,
            is_warning,
        };
        let faults: Vec<import_fault::Model> =
            told.rejected.into_iter().map(|one| fault(one, false)).chain(told.odd.into_iter().map(|one| fault(one, true))).collect();
        let changes = Changes::on(Claim::Nothing).save(row).add_all(&faults);
        self.store.write(who, &attempt.stamp, attempt.ground.revision, changes).await
    }

    async fn save_import(&self, who: &Caller, row: &import::Model) -> Result<()> {
        let attempt = self.import_attempt(who, 0).await?;
        self.store.write(who, &attempt.stamp, attempt.ground.revision, Changes::on(Claim::Nothing).save(row)).await
    }
}

/// Is this a fault of the moment, after which the same file can go on from the last batch?
fn may_pass(error: &Error) -> bool {
    matches!(error.code(), Code::DatabaseUnavailable | Code::CommitUnknown | Code::TryAgain | Code::StorageFull)
}

async fn import_row(read: &Read, id: ImportId) -> Result<import::Model> {
    use sea_orm::ColumnTrait;
    let row = import::find(read.tenant()).filter(import::Column::Id.eq(id)).one(read.db()).await.map_err(failed)?;
    row.ok_or_else(|| Error::new(Code::NotFound, "there is no such import"))
}

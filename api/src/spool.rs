//! Files that wait to be imported: on disk, so that neither the end of a request nor of the process loses one.

use actix_web::web::Payload;
use aws_lc_rs::digest::{Context, SHA256};
use futures::StreamExt;
use recoup_engine::import::{ImportKind, ImportOptions};
use recoup_engine::words::caller::Caller;
use recoup_engine::words::code::Code;
use recoup_engine::words::error::{Error, Result};
use recoup_engine::words::id::{ImportId, TenantId};
use recoup_engine::words::role::Role;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;
use tokio::io::{AsyncWriteExt, BufWriter};
use tokio::sync::Notify;

/// The largest file that is taken over HTTP, in bytes.
pub(crate) const FILE_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// The folder of waiting files.
pub struct Spool {
    folder: PathBuf,
    arrived: Notify,
}

/// What is to be done with a waiting file, as it lies beside it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Job {
    pub(crate) import: ImportId,
    pub(crate) tenant: TenantId,
    actor: String,
    request_id: String,
    is_operator: bool,
    #[serde(default)]
    roles: Vec<Role>,
    kind: ImportKind,
    creates_accounts: bool,
    may_set_limits: bool,
}

impl Job {
    pub(crate) fn new(who: &Caller, import: ImportId, options: &ImportOptions) -> Self {
        Self {
            import,
            tenant: who.tenant,
            actor: who.actor.to_string(),
            request_id: who.request_id.to_string(),
            is_operator: who.is_operator,
            roles: who.roles.to_vec(),
            kind: options.kind,
            creates_accounts: options.creates_accounts,
            may_set_limits: options.may_set_limits,
        }
    }

    pub(crate) fn options(&self) -> ImportOptions {
        ImportOptions { kind: self.kind, creates_accounts: self.creates_accounts, may_set_limits: self.may_set_limits }
    }

    /// Whoever sent the file is who its bookings are written by.
    pub(crate) fn who(&self) -> Caller {
        Caller {
            actor: self.actor.as_str().into(),
            is_operator: self.is_operator,
            roles: self.roles.as_slice().into(),
            request_id: self.request_id.as_str().into(),
            ..Caller::engine(self.tenant)
        }
    }
}

/// A file that came in whole, and the hash of its bytes. Dropping it deletes it.
pub(crate) struct Incoming {
    file: NamedTempFile,
    pub(crate) hash: Vec<u8>,
}

/// A waiting file that this process alone may work on; other processes see its lock.
pub(crate) struct Claimed {
    pub(crate) job: Job,
    pub(crate) file: File,
    _lock: File,
    paths: [PathBuf; 2],
}

impl Claimed {
    /// The work is done: nothing of it stays on disk.
    pub(crate) fn forget(self) {
        // The order first: a file without one is never worked again.
        for path in self.paths.iter().rev() {
            if let Err(cause) = std::fs::remove_file(path) {
                tracing::warn!("{} stays behind: {cause}", path.display());
            }
        }
    }
}

impl Spool {
    /// The spool in this folder, which is made when the first file comes.
    pub fn in_folder(folder: PathBuf) -> Self {
        Self { folder, arrived: Notify::new() }
    }

    /// Writes a request's body to disk as it comes.
    ///
    /// # Errors
    /// `too_large` over [`FILE_BYTES_MAX`], `storage_full` when the disk is.
    pub(crate) async fn take(&self, mut body: Payload) -> Result<Incoming> {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.folder).map_err(storage)?;
        let file = NamedTempFile::new_in(&self.folder).map_err(storage)?;
        let mut to = BufWriter::new(tokio::fs::File::from_std(file.reopen().map_err(storage)?));
        let (mut hash, mut bytes) = (Context::new(&SHA256), 0_u64);
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|cause| Error::new(Code::MalformedCsv, format!("the body ended early: {cause}")))?;
            bytes = bytes.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
            if bytes > FILE_BYTES_MAX {
                return Err(Error::new(Code::TooLarge, "a file has at most 512 MiB"));
            }
            hash.update(&chunk);
            to.write_all(&chunk).await.map_err(storage)?;
        }
        to.flush().await.map_err(storage)?;
        to.into_inner().sync_all().await.map_err(storage)?;
        Ok(Incoming { file, hash: hash.finish().as_ref().to_vec() })
    }

    /// Puts a file in line. From here on it is worked even if the process ends in between.
    pub(crate) fn keep(&self, incoming: Incoming, job: &Job) -> Result<()> {
        let [csv, json] = self.paths(job.import);
        incoming.file.persist(csv).map_err(|cause| storage(cause.error))?;
        let told = NamedTempFile::new_in(&self.folder).map_err(storage)?;
        serde_json::to_writer(told.as_file(), job).map_err(Error::internal)?;
        told.persist(json).map_err(|cause| storage(cause.error))?;
        self.arrived.notify_one();
        Ok(())
    }

    /// Waiting files nobody works on, oldest first, of tenants that are not busy.
    pub(crate) fn claim(&self, is_busy: impl Fn(TenantId) -> bool) -> Vec<Claimed> {
        let Ok(folder) = std::fs::read_dir(&self.folder) else { return Vec::new() };
        let names = folder.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.extension().is_some_and(|end| end == "json"));
        let mut names: Vec<PathBuf> = names.collect();
        names.sort();
        let mut claimed: Vec<Claimed> = Vec::new();
        for path in names {
            let found = self.claim_one(&path, |tenant| is_busy(tenant) || claimed.iter().any(|one| one.job.tenant == tenant));
            match found {
                Ok(found) => claimed.extend(found),
                Err(cause) if cause.kind() == ErrorKind::NotFound => {} // another process has just done it
                Err(cause) => tracing::warn!("{} cannot be worked: {cause}", path.display()),
            }
        }
        claimed
    }

    fn claim_one(&self, path: &Path, is_busy: impl Fn(TenantId) -> bool) -> std::io::Result<Option<Claimed>> {
        let lock = File::open(path)?;
        if lock.try_lock().is_err() {
            return Ok(None);
        }
        let job: Job = serde_json::from_reader(&lock)?;
        if is_busy(job.tenant) {
            return Ok(None);
        }
        let paths = self.paths(job.import);
        Ok(Some(Claimed { file: File::open(&paths[0])?, job, _lock: lock, paths }))
    }

    /// Comes back when a file has arrived.
    pub(crate) async fn arrival(&self) {
        self.arrived.notified().await;
    }

    fn paths(&self, import: ImportId) -> [PathBuf; 2] {
        [self.folder.join(format!("{import}.csv")), self.folder.join(format!("{import}.json"))]
    }
}

fn storage(cause: std::io::Error) -> Error {
    if matches!(cause.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded) {
        return Error::new(Code::StorageFull, "the disk is full");
    }
    Error::internal(cause)
}

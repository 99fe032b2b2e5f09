//! Writes that meet on PostgreSQL share a transaction: while some are on their way, what comes next is collected into one page.
//!
//! A statement that writes ten orders costs the server little more than one that writes a single order, so the busier it is, the
//! cheaper each becomes; a write that meets nobody goes at once and alone. Each stands on its own claim and has its own answer.

use super::changes::{AccountClaim, How};
use super::postgres::{self, Texts};
use super::write::{columns, hear};
use super::{Changes, Hearing};
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, CreditGroupId, TenantId};
use sea_orm::sqlx::PgPool;
use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// Pages on their way at once: one is worked by the database while the next is made.
const WRITERS_MAX: usize = 2;
/// Changes of one page.
const PAGE_MAX: usize = 64;

/// What has to be equal for changes to share a page: whose rules at which revision they stand on, and the tables they write, so that
/// a busy server knows no more statements than a quiet one.
#[derive(PartialEq)]
struct Kind {
    tenant: TenantId,
    revision: i64,
    has_group: bool,
    tables: Vec<(&'static str, How)>,
}

/// A change that waits for its page.
struct Waiting {
    kind: Kind,
    claim: AccountClaim,
    changes: Changes,
    answer: oneshot::Sender<Result<bool>>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    writers: usize,
}

/// The writer that many share.
pub(super) struct Together {
    pool: PgPool,
    texts: Arc<Texts>,
    hearing: Option<Hearing>,
    queue: Mutex<Queue>,
}

impl Together {
    pub(super) fn new(pool: PgPool, texts: Arc<Texts>, hearing: Option<Hearing>) -> Arc<Self> {
        Arc::new(Self { pool, texts, hearing, queue: Mutex::default() })
    }

    /// Writes a change that stands on this claim, with its journal already in it. False when somebody was faster.
    pub(super) async fn write(self: &Arc<Self>, tenant: TenantId, revision: i64, claim: AccountClaim, changes: Changes) -> Result<bool> {
        let mut tables: Vec<(&'static str, How)> = changes.tables.iter().map(|rows| (rows.table, rows.how)).collect();
        tables.sort_unstable();
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting { kind: Kind { tenant, revision, has_group: claim.group.is_some(), tables }, claim, changes, answer };
        if self.is_writer_wanted(waiting) {
            // A task of its own: whoever began it may go away, the others still wait for their answers.
            tokio::spawn(work(Writer { of: self.clone(), is_given_back: false }));
        }
        answered
            .await
            .unwrap_or_else(|_| Err(Error::new(Code::CommitUnknown, "the server stopped while it was writing; ask what became of it")))
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_writer_wanted(&self, waiting: Waiting) -> bool {
        let mut queue = self.queue();
        queue.waiting.push_back(waiting);
        let is_wanted = queue.writers < WRITERS_MAX;
        queue.writers += usize::from(is_wanted);
        is_wanted
    }

    async fn write_page(&self, page: Vec<Waiting>) {
        if let [first, _, ..] = page.as_slice() {
            let claims: Vec<&AccountClaim> = page.iter().map(|one| &one.claim).collect();
            let changes = page.iter().map(|one| one.changes.clone()).collect();
            match self.write_rows(&first.kind, &claims, changes).await {
                Ok(won) => return page.into_iter().for_each(|one| tell(one.answer, Ok(won.contains(&one.claim.id)))),
                Err(error) if is_of_all(&error) => return page.into_iter().for_each(|one| tell(one.answer, Err(error.clone()))),
                // The database refuses one of them and has written none: each goes alone, so that none pays for another.
                Err(error) => tracing::debug!(changes = page.len(), %error, "a shared page was refused as a whole"),
            }
        }
        for one in page {
            let won = self.write_rows(&one.kind, &[&one.claim], vec![one.changes]).await;
            tell(one.answer, won.map(|won| !won.is_empty()));
        }
    }

    async fn write_rows(&self, kind: &Kind, claims: &[&AccountClaim], changes: Vec<Changes>) -> Result<HashSet<AccountId>> {
        let tables = columns(changes)?;
        hear(self.hearing.as_ref(), kind.tenant, &tables);
        let won = postgres::write_claimed(&self.pool, &self.texts, kind.tenant, kind.revision, claims, tables).await?;
        Ok(won.into_iter().collect())
    }
}

fn tell(asker: oneshot::Sender<Result<bool>>, answer: Result<bool>) {
    // Whoever asked may have gone away; what is written stays written.
    let _ = asker.send(answer);
}

/// Whom a page claims already. An account, and a group whose limit several share, can be claimed once in a statement: a second change
/// that was decided on the same version of it must see what the first has done.
#[derive(Default)]
struct Taken {
    accounts: HashSet<AccountId>,
    groups: HashSet<CreditGroupId>,
}

impl Taken {
    fn has_room_for(&mut self, claim: &AccountClaim) -> bool {
        let is_free = !self.accounts.contains(&claim.id) && claim.group.is_none_or(|group| !self.groups.contains(&group.root));
        if is_free {
            self.accounts.insert(claim.id);
            self.groups.extend(claim.group.map(|group| group.root));
        }
        is_free
    }
}

/// A place among the writers, given back however the work ends.
struct Writer {
    of: Arc<Together>,
    is_given_back: bool,
}

impl Writer {
    /// The next page: the oldest change, and all that may go with it. Where none waits, the place is given back in the same breath, so
    /// that what comes a moment later finds it free.
    fn next(&mut self) -> Option<Vec<Waiting>> {
        let mut queue = self.of.queue();
        let Some(first) = queue.waiting.pop_front() else {
            queue.writers -= 1;
            self.is_given_back = true;
            return None;
        };
        let mut taken = Taken::default();
        taken.has_room_for(&first.claim);
        let mut page = vec![first];
        let mut others = VecDeque::new();
        while let Some(one) = queue.waiting.pop_front() {
            let fits = page.len() < PAGE_MAX && one.kind == page[0].kind && taken.has_room_for(&one.claim);
            if fits { page.push(one) } else { others.push_back(one) }
        }
        queue.waiting = others;
        Some(page)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if !self.is_given_back {
            self.of.queue().writers -= 1;
        }
    }
}

async fn work(mut writer: Writer) {
    while let Some(page) = writer.next() {
        writer.of.write_page(page).await;
    }
}

/// Does this failure say nothing about a single change, so that trying each alone cannot help?
fn is_of_all(error: &Error) -> bool {
    matches!(error.code(), Code::DatabaseUnavailable | Code::CommitUnknown | Code::Overloaded | Code::StorageFull)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doors::store::GroupClaim;
    use uuid::Uuid;

    fn claim(account: u128, group: Option<u128>) -> AccountClaim {
        let group = group.map(|root| GroupClaim { root: CreditGroupId(Uuid::from_u128(root)), turn: 1 });
        let id = AccountId(Uuid::from_u128(account));
        AccountClaim {
            id,
            version: 1,
            next_review_on: None,
            facts_until: None,
            daily_asked_on: None,
            open_count: 0,
            warning_level: 0,
            group,
        }
    }

    #[test]
    fn a_page_claims_an_account_and_a_group_once() {
        let mut taken = Taken::default();
        assert!(taken.has_room_for(&claim(1, None)) && taken.has_room_for(&claim(2, Some(9))) && taken.has_room_for(&claim(3, Some(8))));
        assert!(!taken.has_room_for(&claim(1, None)), "the account is claimed already");
        assert!(!taken.has_room_for(&claim(4, Some(9))), "the group is claimed already");
        assert!(taken.has_room_for(&claim(4, None)), "who was sent away has taken nothing");
    }
}

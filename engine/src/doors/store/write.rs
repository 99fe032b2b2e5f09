//! The one writer: many accounts' changes in one transaction. One account is a page of one.

use super::changes::{AccountClaim, Claim, GroupClaim, How, TableRows};
use super::failure::from_sqlx;
use super::postgres::{self, Columns};
use super::recheck::{self, Moved};
use super::{Changes, Hearing, Store, failed, sqlite};
use crate::doors::idempotency::idempotency;
use crate::doors::journal::{journal, outbox};
use crate::words::caller::Caller;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, EventId, RowId, TenantId};
use crate::words::stamp::Stamp;
use sea_orm::sqlx::{self, PgPool};
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait, Value,
};
use std::collections::HashSet;

/// The order in which tables are written, so that what is pointed at comes first. A table not named here points at nothing.
const PARENTS_FIRST: &[&str] =
    &["account", "invoice", "instalment", "payment", "credit_note", "sales_order", "collection_case", "notice", "decision_facts"];

/// What a page wants of the tenant's rules beside its accounts.
#[derive(Clone, Copy)]
enum Rules<'a> {
    /// Nothing.
    Untouched,
    /// They still stand at the revision they were read at.
    Stand,
    /// They are claimed and move on, and what of them moved.
    Move(Option<&'a Moved>),
}

impl<'a> Rules<'a> {
    fn of(page: &[Changes], moved: Option<&'a Moved>) -> Self {
        let wants = |claim: &Claim| page.iter().any(|changes| changes.claim == *claim);
        if wants(&Claim::Rules) {
            return Self::Move(moved);
        }
        if wants(&Claim::Standing) { Self::Stand } else { Self::Untouched }
    }

    /// Rules that move are rules of every order that waits.
    fn moved(self) -> Option<&'a Moved> {
        if let Self::Move(moved) = self { moved } else { None }
    }
}

impl Store {
    /// Writes one change, or nothing: a lost race when someone was faster.
    pub async fn write(&self, who: &Caller, stamp: &Stamp, revision: i64, mut changes: Changes) -> Result<()> {
        let is_won = match (&self.together, account_claim(&changes.claim).cloned()) {
            (Some(together), Some(claim)) if !saves_accounts(&changes) => {
                add_journal(who, stamp, &mut changes);
                together.write(who.tenant, revision, claim, changes).await?
            }
            _ => self.write_page(who, stamp, revision, vec![changes]).await?.is_empty(),
        };
        if is_won { Ok(()) } else { Err(Error::lost_race()) }
    }

    /// Writes the changes of many accounts in one transaction and returns those that lost a race; their part is not written.
    ///
    /// `revision` is the revision of the tenant's rules the changes were decided by: if it has moved on, every claim is lost.
    pub async fn write_page(&self, who: &Caller, stamp: &Stamp, revision: i64, mut page: Vec<Changes>) -> Result<Vec<AccountId>> {
        let crowded = take_crowded(&mut page);
        let moved: Vec<Moved> = page.iter_mut().filter_map(|changes| add_journal(who, stamp, changes)).collect();
        let claims: Vec<AccountClaim> = page.iter().filter_map(|changes| account_claim(&changes.claim).cloned()).collect();
        let rules = Rules::of(&page, moved.first());
        let won = match &self.pool {
            Some(pool) if !matches!(rules, Rules::Untouched) || page.iter().any(saves_accounts) => {
                self.write_in_steps(pool, who, revision, &claims, page, rules).await?
            }
            Some(pool) => {
                let borrowed: Vec<&AccountClaim> = claims.iter().collect();
                let tables = columns(page)?;
                hear(self.hearing.as_ref(), who.tenant, &tables);
                postgres::write_claimed(pool, &self.texts, who.tenant, revision, &borrowed, tables).await?
            }
            None => self.write_sqlite(who, revision, &claims, page, rules).await?,
        };
        let won: HashSet<AccountId> = won.into_iter().collect();
        Ok(claims.into_iter().map(|claim| claim.id).filter(|id| !won.contains(id)).chain(crowded).collect())
    }

    async fn write_in_steps(
        &self,
        pool: &PgPool,
        who: &Caller,
        revision: i64,
        claims: &[AccountClaim],
        mut page: Vec<Changes>,
        rules: Rules<'_>,
    ) -> Result<Vec<AccountId>> {
        let mut tx = pool.begin().await.map_err(|error| from_sqlx(&error))?;
        claim_rules_postgres(&mut tx, who, revision, rules).await?;
        let mut won = Vec::new();
        for claim in claims {
            if claim_account_postgres(&mut tx, who, revision, claim).await? {
                won.push(claim.id);
            }
        }
        page.retain(|changes| changes.account().is_none_or(|account| won.contains(&account)));
        for table in columns(page)? {
            postgres::write_rows(&mut tx, who.tenant, table).await?;
        }
        if let Some(moved) = rules.moved() {
            recheck::mark_held_postgres(&mut tx, who.tenant, moved).await?;
        }
        tx.commit().await.map_err(|error| from_sqlx(&error))?;
        Ok(won)
    }

    async fn write_sqlite(
        &self,
        who: &Caller,
        revision: i64,
        claims: &[AccountClaim],
        page: Vec<Changes>,
        rules: Rules<'_>,
    ) -> Result<Vec<AccountId>> {
        let options = TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..Default::default() };
        let tx = self.writer().begin_with_options(options).await.map_err(failed)?;
        match write_in_sqlite(&tx, who, revision, claims, page, rules).await {
            Ok(won) => {
                tx.commit().await.map_err(failed)?;
                Ok(won)
            }
            Err(error) => {
                // The first failure is the one worth telling; a rollback that fails ends with the connection.
                let _ = tx.rollback().await;
                Err(error)
            }
        }
    }
}

/// Are there rows of accounts to be written over? The claim updates them too, which one statement may do only once.
fn saves_accounts(changes: &Changes) -> bool {
    changes.tables.iter().any(|rows| rows.table == "account" && rows.how == How::Save)
}

/// Tells who listens which tables are written for whom.
pub(super) fn hear(hearing: Option<&Hearing>, tenant: TenantId, tables: &[Columns]) {
    if let Some(hearing) = hearing {
        tables.iter().for_each(|table| hearing(&format!("INSERT INTO {} (tenant_id, …)", table.table), &[Value::from(tenant)]));
    }
}

fn account_claim(claim: &Claim) -> Option<&AccountClaim> {
    match claim {
        Claim::Account(claim) => Some(claim),
        Claim::Rules | Claim::Standing | Claim::Nothing => None,
    }
}

/// Takes out of a page all but the first change of each group: two that were decided on the same turn cannot both stand.
fn take_crowded(page: &mut Vec<Changes>) -> Vec<AccountId> {
    let (mut groups, mut crowded) = (HashSet::new(), Vec::new());
    page.retain(|changes| {
        let claim = account_claim(&changes.claim).and_then(|claim| claim.group.map(|group| (claim.id, group.root)));
        let is_kept = claim.is_none_or(|(_, root)| groups.insert(root));
        crowded.extend(claim.filter(|_| !is_kept).map(|(account, _)| account));
        is_kept
    });
    crowded
}

/// Turns a change's entries into rows of journal and outbox, its idempotency key into a row, and what held orders must be checked again
/// for into a mark on the account: all in the same transaction. Gives what moved where it moved for every account.
fn add_journal(who: &Caller, stamp: &Stamp, changes: &mut Changes) -> Option<Moved> {
    let (account_id, account_version) = match account_claim(&changes.claim) {
        Some(claim) => (Some(claim.id), Some(claim.version + 1)),
        None => (None, None),
    };
    let entries = std::mem::take(&mut changes.entries);
    let mut with_rows = std::mem::replace(changes, Changes::on(Claim::Nothing));
    let mut moved: Option<Moved> = None;
    for entry in entries {
        let id = EventId(stamp.id());
        if moved.is_none() && (with_rows.frees || recheck::moves_orders(&entry)) {
            moved = Some(Moved { event: id, kind: entry.kind.to_owned(), on: entry.effective_on, at: stamp.at });
        }
        with_rows = with_rows
            .add(&journal::Model {
                tenant_id: who.tenant,
                id,
                at: stamp.at,
                actor: who.actor.to_string(),
                approved_by: who.second.as_ref().map(|second| second.actor.to_string()),
                request_id: who.request_id.to_string(),
                account_id,
                account_version,
                kind: entry.kind.to_owned(),
                subject: entry.subject.to_owned(),
                subject_id: entry.subject_id,
                effective_on: entry.effective_on,
                decision_id: entry.decision,
                body: entry.body.to_string(),
            })
            .add(&outbox::Model { tenant_id: who.tenant, id, account_id, account_version, position: None });
    }
    if let Some((key, answer)) = with_rows.idempotency.take() {
        with_rows = with_rows.add(&idempotency::Model {
            tenant_id: who.tenant,
            id: RowId(stamp.id()),
            scope: key.scope,
            fingerprint: key.fingerprint,
            answer: answer.to_string(),
            created_at: stamp.at,
        });
    }
    if let (Some(account), Some(moved)) = (account_id, &moved) {
        with_rows = with_rows.mark(&moved.row(who.tenant, account));
    }
    *changes = with_rows;
    moved.filter(|_| changes.claim == Claim::Rules)
}

fn rank(table: &str) -> usize {
    PARENTS_FIRST.iter().position(|name| *name == table).unwrap_or(PARENTS_FIRST.len())
}

pub(super) fn columns(page: Vec<Changes>) -> Result<Vec<Columns>> {
    let mut tables: Vec<Columns> = Vec::new();
    for changes in page {
        let owner = changes.account();
        for rows in changes.tables {
            let at = tables.iter().position(|table| table.table == rows.table && table.how == rows.how);
            let at = at.unwrap_or_else(|| {
                tables.push(Columns::of(&rows));
                tables.len() - 1
            });
            tables[at].take(owner, rows.rows)?;
        }
    }
    tables.sort_by_key(|table| (rank(table.table), table.table, table.how));
    Ok(tables)
}

const CLAIM_RULES: &str = "UPDATE tenant_state SET revision = revision + 1 WHERE tenant_id = $1 AND revision = $2";
const FIND_RULES: &str = "SELECT revision FROM tenant_state WHERE tenant_id = $1 AND revision = $2";
const CLAIM_ACCOUNT: &str = "UPDATE account SET version = version + 1, next_review_on = $5, facts_until = $6, open_count = $7, daily_asked_on = $8, \
    warning_level = $9 WHERE tenant_id = $1 AND id = $3 AND version = $4 AND (SELECT revision FROM tenant_state WHERE tenant_id = $1) = $2";
/// Before the account, so that every transaction takes the two in the same order.
const CLAIM_GROUP: &str = "UPDATE credit_group SET turn = turn + 1 WHERE tenant_id = $1 AND id = $2 AND turn = $3";

async fn claim_rules_postgres(tx: &mut sqlx::PgConnection, who: &Caller, revision: i64, rules: Rules<'_>) -> Result<()> {
    let bound = |sql| sqlx::query(sql).bind(who.tenant.0).bind(revision);
    let is_won = match rules {
        Rules::Untouched => true,
        Rules::Stand => bound(FIND_RULES).fetch_optional(tx).await.map_err(|error| from_sqlx(&error))?.is_some(),
        Rules::Move(_) => bound(CLAIM_RULES).execute(tx).await.map_err(|error| from_sqlx(&error))?.rows_affected() == 1,
    };
    if is_won { Ok(()) } else { Err(Error::lost_race()) }
}

async fn claim_rules_sqlite(tx: &DatabaseTransaction, who: &Caller, revision: i64, rules: Rules<'_>) -> Result<()> {
    let bound = |sql: &str| Statement::from_sql_and_values(DbBackend::Sqlite, sql, [who.tenant.into(), revision.into()]);
    let is_won = match rules {
        Rules::Untouched => true,
        Rules::Stand => tx.query_one_raw(bound(FIND_RULES)).await.map_err(failed)?.is_some(),
        Rules::Move(_) => tx.execute_raw(bound(CLAIM_RULES)).await.map_err(failed)?.rows_affected() == 1,
    };
    if is_won { Ok(()) } else { Err(Error::lost_race()) }
}

async fn claim_account_postgres(tx: &mut sqlx::PgConnection, who: &Caller, revision: i64, claim: &AccountClaim) -> Result<bool> {
    if let Some(GroupClaim { root, turn }) = claim.group {
        let query = sqlx::query(CLAIM_GROUP).bind(who.tenant.0).bind(root.0).bind(turn);
        if query.execute(&mut *tx).await.map_err(|error| from_sqlx(&error))?.rows_affected() != 1 {
            return Ok(false);
        }
    }
    let query = sqlx::query(CLAIM_ACCOUNT)
        .bind(who.tenant.0)
        .bind(revision)
        .bind(claim.id.0)
        .bind(claim.version)
        .bind(claim.next_review_on)
        .bind(claim.facts_until)
        .bind(claim.open_count)
        .bind(claim.daily_asked_on)
        .bind(claim.warning_level);
    let done = query.execute(tx).await.map_err(|error| from_sqlx(&error))?;
    Ok(done.rows_affected() == 1)
}

async fn write_in_sqlite(
    tx: &DatabaseTransaction,
    who: &Caller,
    revision: i64,
    claims: &[AccountClaim],
    mut page: Vec<Changes>,
    rules: Rules<'_>,
) -> Result<Vec<AccountId>> {
    claim_rules_sqlite(tx, who, revision, rules).await?;
    let mut claimable = Vec::with_capacity(claims.len());
    for claim in claims {
        if let Some(GroupClaim { root, turn }) = claim.group {
            let values: [Value; 3] = [who.tenant.into(), root.into(), turn.into()];
            let statement = Statement::from_sql_and_values(DbBackend::Sqlite, CLAIM_GROUP, values);
            if tx.execute_raw(statement).await.map_err(failed)?.rows_affected() != 1 {
                continue;
            }
        }
        claimable.push(claim);
    }
    let won = sqlite::claim(tx, who.tenant, revision, &claimable).await?;
    page.retain(|changes| changes.account().is_none_or(|account| won.contains(&account)));
    let mut tables: Vec<TableRows> = Vec::new();
    for rows in page.into_iter().flat_map(|changes| changes.tables) {
        match tables.iter_mut().find(|table| table.table == rows.table && table.how == rows.how) {
            Some(table) => table.rows.extend(rows.rows),
            None => tables.push(rows),
        }
    }
    tables.sort_by_key(|table| (rank(table.table), table.table, table.how));
    for table in tables {
        sqlite::write_rows(tx, who.tenant, table).await?;
    }
    if let Some(moved) = rules.moved() {
        recheck::mark_held_sqlite(tx, who.tenant, moved).await?;
    }
    Ok(won.into_iter().collect())
}

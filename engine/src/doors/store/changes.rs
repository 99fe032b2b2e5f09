//! What follows from a decision, as plain data: the claim, new rows, saved rows and journal entries.

use crate::doors::store::rows::TenantRow;
use crate::words::caller::IdempotencyKey;
use crate::words::id::{AccountId, CreditGroupId, DecisionId};
use chrono::NaiveDate;
use sea_orm::Value;
use uuid::Uuid;

/// What a change stands on: it is written only if nobody was faster.
#[derive(Clone, Debug, PartialEq)]
pub enum Claim {
    /// The account at this version. Its calendar entries are set by the same statement.
    Account(AccountClaim),
    /// The tenant's rules at the revision the attempt began with; they move to the next one.
    Rules,
    /// The tenant's rules at the revision the attempt began with; they stay where they are. What was decided by them about no account.
    Standing,
    /// Nothing: unique keys alone decide.
    Nothing,
}

/// The account a change claims, and what the claim sets on it.
#[derive(Clone, Debug, PartialEq)]
pub struct AccountClaim {
    /// Which account.
    pub id: AccountId,
    /// The version its facts were read at.
    pub version: i64,
    /// The first day on which anything about it can matter; never when absent.
    pub next_review_on: Option<NaiveDate>,
    /// The latest business date booked on it.
    pub facts_until: Option<NaiveDate>,
    /// The last day `daily_account` was asked about it.
    pub daily_asked_on: Option<NaiveDate>,
    /// Number of its open instalments: what a page of a run is measured by.
    pub open_count: i64,
    /// The highest warning line of its limit that its exposure is above, in percent; 0 when it is above none.
    pub warning_level: i64,
    /// The group whose limit this uses up, where the account is in one: claimed before the account.
    pub group: Option<GroupClaim>,
}

/// The root of a tree of groups, whose limits several accounts use up at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupClaim {
    /// The root.
    pub root: CreditGroupId,
    /// Its turn when what the members stand at was read.
    pub turn: i64,
}

/// Is a row new, or does it replace the one with its id? Rows are replaced first: what made room is gone before the new one comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum How {
    Save,
    Add,
    /// New or over the one with its id, and only for accounts with something that waits.
    Mark,
}

/// Columns that a statement of their own moves, so that saving the rest of the row must not put them back: the collections day, which
/// runs move, and the turn of a group, which its members' orders claim.
const MOVED_APART: [(&str, &str); 2] = [("tenant_state", "collections_day"), ("credit_group", "turn")];

/// Rows of one table, all written in one way.
#[derive(Clone, Debug)]
pub(crate) struct TableRows {
    pub(crate) table: &'static str,
    pub(crate) columns: Vec<&'static str>,
    pub(crate) how: How,
    pub(crate) rows: Vec<Vec<Value>>,
}

impl TableRows {
    /// Is this column set when a row is saved over another? The id names the row.
    pub(crate) fn is_set(table: &str, column: &str) -> bool {
        column != "id" && !MOVED_APART.contains(&(table, column))
    }

    /// What happens to a row whose id is there: nothing that is written as new is, a saved row takes its place, and a mark is renewed but
    /// keeps its place in the queue.
    pub(crate) fn over(table: &str, how: How, columns: &[&str]) -> String {
        let is_set = |column: &&&str| match how {
            How::Add => false,
            How::Save => Self::is_set(table, column),
            How::Mark => Self::is_set(table, column) && **column != "marked_at",
        };
        let sets: Vec<String> = columns.iter().filter(is_set).map(|column| format!("{column} = excluded.{column}")).collect();
        if sets.is_empty() { String::new() } else { format!(" ON CONFLICT (tenant_id, id) DO UPDATE SET {}", sets.join(", ")) }
    }
}

/// One line of the journal: who did what, and what outsiders may hear of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Event type, noun and participle: `order.held`.
    pub kind: &'static str,
    /// What it happened to: `order`.
    pub subject: &'static str,
    /// Id of that thing.
    pub subject_id: Uuid,
    /// The business day it takes effect on.
    pub effective_on: NaiveDate,
    /// The decision behind it.
    pub decision: Option<DecisionId>,
    /// The event's data.
    pub body: serde_json::Value,
}

/// Everything one command changes on one account, or on no account. Nothing reaches the database in any other way.
#[derive(Clone, Debug)]
pub struct Changes {
    pub(crate) claim: Claim,
    pub(crate) tables: Vec<TableRows>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) idempotency: Option<(IdempotencyKey, serde_json::Value)>,
    pub(crate) frees: bool,
}

impl Changes {
    /// An empty change that stands on this claim.
    pub fn on(claim: Claim) -> Self {
        Self { claim, tables: Vec::new(), entries: Vec::new(), idempotency: None, frees: false }
    }

    /// The same change on another claim, for what is known only once its rows are.
    pub fn standing_on(self, claim: Claim) -> Self {
        Self { claim, ..self }
    }

    /// Adds a new row.
    #[expect(clippy::should_implement_trait, reason = "a change is added to, not added up")]
    pub fn add<R: TenantRow>(mut self, row: &R) -> Self {
        self.push(How::Add, row);
        self
    }

    /// Adds several new rows.
    pub fn add_all<'a, R: TenantRow + 'a>(mut self, rows: impl IntoIterator<Item = &'a R>) -> Self {
        rows.into_iter().for_each(|row| self.push(How::Add, row));
        self
    }

    /// Writes a row whole, over the one with its id if there is one.
    pub fn save<R: TenantRow>(mut self, row: &R) -> Self {
        self.push(How::Save, row);
        self
    }

    /// Writes several rows whole.
    pub fn save_all<'a, R: TenantRow + 'a>(mut self, rows: impl IntoIterator<Item = &'a R>) -> Self {
        rows.into_iter().for_each(|row| self.push(How::Save, row));
        self
    }

    /// Leaves a line in the journal and an event for outsiders.
    pub fn tell(mut self, entry: Entry) -> Self {
        self.entries.push(entry);
        self
    }

    /// Says that held orders of this account stand differently afterwards, whatever its entries say: they are checked again.
    pub fn frees_room(mut self) -> Self {
        self.frees = true;
        self
    }

    pub(super) fn mark<R: TenantRow>(mut self, row: &R) -> Self {
        self.push(How::Mark, row);
        self
    }

    fn push<R: TenantRow>(&mut self, how: How, row: &R) {
        let table = R::table();
        match self.tables.iter_mut().find(|rows| rows.table == table && rows.how == how) {
            Some(rows) => rows.rows.push(row.values()),
            None => self.tables.push(TableRows { table, columns: R::columns(), how, rows: vec![row.values()] }),
        }
    }

    /// Claims a group too: what is written uses up a limit that its members share. Nothing on changes that claim no account.
    pub fn sharing(mut self, group: Option<GroupClaim>) -> Self {
        if let Claim::Account(claim) = &mut self.claim {
            claim.group = group;
        }
        self
    }

    /// The warning level the claim sets on its account.
    pub fn warning_level(&self) -> Option<i64> {
        match &self.claim {
            Claim::Account(claim) => Some(claim.warning_level),
            Claim::Rules | Claim::Standing | Claim::Nothing => None,
        }
    }

    /// The account whose version this claims.
    pub fn account(&self) -> Option<AccountId> {
        match &self.claim {
            Claim::Account(claim) => Some(claim.id),
            Claim::Rules | Claim::Standing | Claim::Nothing => None,
        }
    }

    /// Is there nothing to write?
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty() && self.entries.is_empty()
    }
}

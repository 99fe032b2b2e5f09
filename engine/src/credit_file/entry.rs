//! Entries of a credit file, its versions, and what changed between two of them.

use super::rows::credit_file_entry;
use super::rules::{self, Difference};
use super::{Basis, Section};
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::{Changes, Claim, Entry, Read, failed};
use crate::tenant::FileSource;
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::day::strict_date;
use crate::words::error::{Error, Fault, Result};
use crate::words::grade_facts::FileEntryFacts;
use crate::words::id::{AccountId, CreditFileEntryId};
use crate::words::text::{is_line, is_prose};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use utoipa::ToSchema;

/// Entries one file may have: it is read whole.
const ENTRIES_MAX: usize = 1_000;

/// A new entry of a credit file.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FileEntryIn {
    /// What it is about.
    pub section: Section,
    /// Where it comes from; the settings say how far that is trusted.
    pub source: FileSource,
    /// Why we may hold it.
    pub basis: Basis,
    /// What it says, in a line.
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// What it says.
    #[schema(min_length = 1, max_length = 10_000)]
    pub content: String,
    /// What it is taken from, for people: a register number, a report, a name. One of reference and evidence_url is needed.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub reference: Option<String>,
    /// Where the paper lies: an https address.
    #[serde(default)]
    #[schema(max_length = 1_000)]
    pub evidence_url: Option<String>,
    /// The day it speaks of; not after today.
    #[serde(deserialize_with = "strict_date::deserialize")]
    pub dated_on: NaiveDate,
    /// The entry it takes the place of. That one stays in the file's earlier versions.
    #[serde(default)]
    pub replaces: Option<CreditFileEntryId>,
}

/// An entry of a credit file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FileEntryView {
    /// Its id.
    pub id: CreditFileEntryId,
    /// The account.
    pub account_id: AccountId,
    /// The version of the file it made.
    pub version: i64,
    /// What it is about.
    pub section: Section,
    /// Where it comes from.
    pub source: FileSource,
    /// How far its source was trusted when it was written, 0 to 100.
    pub reliability: i64,
    /// Why we may hold it.
    pub basis: Basis,
    /// What it says, in a line.
    pub title: String,
    /// What it says.
    pub content: String,
    /// What it is taken from.
    pub reference: Option<String>,
    /// Where the paper lies.
    pub evidence_url: Option<String>,
    /// The day it speaks of.
    pub dated_on: NaiveDate,
    /// The entry it took the place of.
    pub replaces: Option<CreditFileEntryId>,
    /// Who wrote it.
    pub author: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// A credit file as it stood at a version.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct CreditFileView {
    /// The account.
    pub account_id: AccountId,
    /// The version that is shown; 0 is the empty file.
    pub version: i64,
    /// The newest version.
    pub newest_version: i64,
    /// What stands in it, in the order it was written.
    #[schema(max_items = 1000)]
    pub entries: Vec<FileEntryView>,
}

/// An entry and what stands in its place.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ReplacedView {
    /// What stood at the earlier version.
    pub before: FileEntryView,
    /// What stands at the later one.
    pub after: FileEntryView,
    /// The members in which they differ.
    #[schema(max_items = 20)]
    pub changed: Vec<String>,
}

/// What changed between two versions of a credit file.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ComparisonView {
    /// The account.
    pub account_id: AccountId,
    /// The earlier version.
    pub from: i64,
    /// The later version.
    pub to: i64,
    /// New at the later version.
    #[schema(max_items = 1000)]
    pub added: Vec<FileEntryView>,
    /// Replaced in between.
    #[schema(max_items = 1000)]
    pub replaced: Vec<ReplacedView>,
}

impl From<&credit_file_entry::Model> for FileEntryView {
    fn from(row: &credit_file_entry::Model) -> Self {
        let row = row.clone();
        Self {
            id: row.id,
            account_id: row.account_id,
            version: row.number,
            section: row.section,
            source: row.source,
            reliability: row.reliability,
            basis: row.basis,
            title: row.title,
            content: row.content,
            reference: row.reference,
            evidence_url: row.evidence_url,
            dated_on: row.dated_on,
            replaces: row.replaces_id,
            author: row.author,
            created_at: row.created_at,
        }
    }
}

impl rules::Entry for credit_file_entry::Model {
    fn id(&self) -> CreditFileEntryId {
        self.id
    }
    fn number(&self) -> i64 {
        self.number
    }
    fn replaces(&self) -> Option<CreditFileEntryId> {
        self.replaces_id
    }
}

impl FileEntryIn {
    fn check(&self, today: NaiveDate) -> Result<()> {
        let mut faults = Vec::new();
        let mut wrong = |pointer: &str, detail: &str| {
            faults.push(Fault { pointer: pointer.to_owned(), code: Code::ValidationFailed, detail: detail.to_owned() });
        };
        if !is_line(&self.title, 200) {
            wrong("#/title", "1 to 200 characters, none of them a control character");
        }
        if !is_prose(&self.content, 10_000) {
            wrong("#/content", "1 to 10,000 characters, none of them a control character but tab and line feed");
        }
        if self.reference.as_ref().is_some_and(|text| !is_line(text, 200)) {
            wrong("#/reference", "1 to 200 characters, none of them a control character");
        }
        let is_address = |text: &String| is_line(text, 1_000) && text.starts_with("https://") && !text.contains(' ');
        if self.evidence_url.as_ref().is_some_and(|text| !is_address(text)) {
            wrong("#/evidence_url", "an address that begins with https://, at most 1,000 characters");
        }
        if self.reference.is_none() && self.evidence_url.is_none() {
            wrong("#/reference", "an entry says what it is taken from: a reference, the address of a paper, or both");
        }
        if self.dated_on > today {
            wrong("#/dated_on", "an entry does not speak of a day that has not come");
        }
        if faults.is_empty() { Ok(()) } else { Err(Error::all(faults)) }
    }
}

async fn entries(read: &Read, account: AccountId) -> Result<Vec<credit_file_entry::Model>> {
    let query = credit_file_entry::find(read.tenant()).filter(credit_file_entry::Column::AccountId.eq(account));
    query.order_by_asc(credit_file_entry::Column::Number).all(read.db()).await.map_err(failed)
}

fn newest(entries: &[credit_file_entry::Model]) -> i64 {
    entries.last().map_or(0, |entry| entry.number)
}

/// The credit file of an account at a version, the newest when none is named; `not_found` for a version it does not have.
pub async fn credit_file(read: &Read, account: AccountId, version: Option<i64>, section: Option<Section>) -> Result<CreditFileView> {
    let entries = entries(read, account).await?;
    let newest_version = newest(&entries);
    let version = version.unwrap_or(newest_version);
    has_version(version, newest_version)?;
    let standing = rules::standing(&entries, version);
    let wanted = standing.into_iter().filter(|entry| section.is_none_or(|section| entry.section == section));
    Ok(CreditFileView { account_id: account, version, newest_version, entries: wanted.map(FileEntryView::from).collect() })
}

fn has_version(version: i64, newest: i64) -> Result<()> {
    let detail = format!("the credit file has the versions 0 to {newest}");
    if (0..=newest).contains(&version) { Ok(()) } else { Err(Error::new(Code::NotFound, detail)) }
}

/// What changed in the credit file of an account from one version to another; the earlier one comes first.
pub async fn comparison(read: &Read, account: AccountId, from: i64, to: i64) -> Result<ComparisonView> {
    let entries = entries(read, account).await?;
    has_version(from, newest(&entries))?;
    has_version(to, newest(&entries))?;
    if from > to {
        return Err(Error::new(Code::InvalidParameter, "from is the earlier version").at("?from"));
    }
    let Difference { added, replaced } = rules::difference(&entries, from, to);
    let replaced = replaced.into_iter().map(|(before, after)| ReplacedView {
        before: FileEntryView::from(before),
        after: FileEntryView::from(after),
        changed: changed(before, after),
    });
    Ok(ComparisonView {
        account_id: account,
        from,
        to,
        added: added.into_iter().map(FileEntryView::from).collect(),
        replaced: replaced.collect(),
    })
}

fn changed(before: &credit_file_entry::Model, after: &credit_file_entry::Model) -> Vec<String> {
    let differs = [
        ("section", before.section != after.section),
        ("source", before.source != after.source),
        ("reliability", before.reliability != after.reliability),
        ("basis", before.basis != after.basis),
        ("title", before.title != after.title),
        ("content", before.content != after.content),
        ("reference", before.reference != after.reference),
        ("evidence_url", before.evidence_url != after.evidence_url),
        ("dated_on", before.dated_on != after.dated_on),
    ];
    differs.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name.to_owned()).collect()
}

/// Adds an entry to the credit file of an account, or lets it take the place of one that stands.
pub struct AddFileEntry {
    /// The account, already found.
    pub account: AccountId,
    /// The entry.
    pub entry: FileEntryIn,
}

impl Command for AddFileEntry {
    type Facts = Vec<credit_file_entry::Model>;
    type Done = FileEntryView;

    fn account(&self) -> Option<AccountId> {
        None
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<Self::Facts> {
        entries(read, self.account).await
    }

    fn decide(&self, entries: &Self::Facts, _: &Asked, attempt: &Attempt) -> Result<Decided<FileEntryView>> {
        self.entry.check(attempt.stamp.today)?;
        if entries.len() >= ENTRIES_MAX {
            return Err(Error::new(Code::IllegalState, "a credit file has at most 1,000 entries"));
        }
        let version = newest(entries);
        if let Some(id) = self.entry.replaces {
            if !entries.iter().any(|entry| entry.id == id) {
                return Err(Error::new(Code::UnknownReference, "there is no such entry in this credit file").at("#/replaces"));
            }
            if !rules::standing(entries, version).iter().any(|entry| entry.id == id) {
                return Err(Error::new(Code::IllegalState, "this entry was replaced before; replace the one that stands").at("#/replaces"));
            }
        }
        let new = self.entry.clone();
        let row = credit_file_entry::Model {
            tenant_id: attempt.who.tenant,
            id: CreditFileEntryId(attempt.stamp.id()),
            account_id: self.account,
            number: version + 1,
            section: new.section,
            source: new.source,
            reliability: attempt.ground.settings.credit.reliability(new.source),
            basis: new.basis,
            title: new.title,
            content: new.content,
            reference: new.reference,
            evidence_url: new.evidence_url,
            dated_on: new.dated_on,
            replaces_id: new.replaces,
            author: attempt.who.actor.to_string(),
            created_at: attempt.stamp.at,
        };
        let entry = Entry {
            kind: "credit_file.extended",
            subject: "credit_file_entry",
            subject_id: row.id.0,
            effective_on: attempt.stamp.today,
            decision: None,
            body: serde_json::json!({ "account_id": row.account_id, "version": row.number, "section": row.section, "replaces": row.replaces_id }),
        };
        // The number is the claim: of two entries written at once one comes second, and is numbered again.
        Ok(Decided::new(FileEntryView::from(&row), Changes::on(Claim::Nothing).add(&row).tell(entry)))
    }
}

/// What stands in the files of these accounts, as a grade is judged by it. One query, however many accounts.
pub async fn file_facts(read: &Read, accounts: &[AccountId]) -> Result<HashMap<AccountId, Vec<FileEntryFacts>>> {
    let rows = credit_file_entry::find(read.tenant())
        .filter(read.among(credit_file_entry::Column::AccountId, accounts.iter().copied()))
        .order_by_asc(credit_file_entry::Column::Number)
        .all(read.db())
        .await
        .map_err(failed)?;
    let mut by: HashMap<AccountId, Vec<credit_file_entry::Model>> = HashMap::new();
    rows.into_iter().for_each(|row| by.entry(row.account_id).or_default().push(row));
    let fact = |row: &credit_file_entry::Model| FileEntryFacts {
        section: row.section.to_string(),
        source: row.source.to_string(),
        reliability: row.reliability,
        title: row.title.clone(),
        dated_on: row.dated_on,
    };
    let standing = |rows: &[credit_file_entry::Model]| rules::standing(rows, newest(rows)).into_iter().map(fact).collect();
    Ok(by.iter().map(|(account, rows)| (*account, standing(rows))).collect())
}

//! Lines of accounts: taken in batches, each with the limit it may begin with.

use super::csv_lines::RawLine;
use super::job::{Batch, ImportOptions, Known, Told};
use super::line::{Fate, Fault, Line};
use crate::account::rows::account;
use crate::account::{AccountIn, AccountKind, resolve_many};
use crate::command::Attempt;
use crate::credit::{FirstLimit, rates_of_limits};
use crate::doors::store::{Changes, Claim, Read, failed};
use crate::engine::Engine;
use crate::exchange::rules::Rates;
use crate::words::caller::Caller;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::hash::content_hash;
use crate::words::id::{AccountId, ImportId};
use crate::words::money::Money;
use sea_orm::{QueryFilter, QuerySelect};
use std::collections::{BTreeMap, HashMap, HashSet};

/// An account as its line says it, and the limit it begins with.
struct AccountLine {
    account: AccountIn,
    /// `Some(None)` is "no check"; `None` is no limit of its own (decision 17).
    limit: Option<Option<Money>>,
}

impl AccountLine {
    /// Hash of the content; a line without a limit has the same as the account made over REST.
    fn hash(&self) -> Result<String> {
        match &self.limit {
            None => self.account.hash(),
            Some(limit) => content_hash(&(self.account.hash()?, limit)),
        }
    }
}

fn parse(line: &Line<'_>) -> Result<AccountLine> {
    let currency = line.currency()?;
    let limit = match line.text("credit_limit") {
        None => None,
        Some("none") => Some(None),
        Some(text) => {
            let amount = Money::parse(text, currency).map_err(|error| error.at("#/credit_limit"))?;
            if amount.minor() < 0 {
                return Err(Error::new(Code::AmountOutOfRange, "a limit is zero or more").at("#/credit_limit"));
            }
            Some(Some(amount))
        }
    };
    let account = AccountIn {
        external_id: line.required("external_id")?.to_owned(),
        name: line.required("name")?.to_owned(),
        currency,
        parent_external_id: line.owned("parent_external_id"),
        segment: line.owned("segment"),
        grade: line.owned("grade"),
        owner: line.owned("owner"),
        region: line.owned("region"),
        country: line.owned("country"),
        language: line.owned("language"),
        kind: line.optional_word::<AccountKind>("kind")?,
        tax_id: line.owned("tax_id"),
        terms_days: line.optional_number("terms_days")?,
        payment_mode: line.owned("payment_mode"),
        timezone: line.owned("timezone"),
        state: None,
        metadata: BTreeMap::new(),
    };
    account.check()?;
    Ok(AccountLine { account, limit })
}

impl Engine {
    /// Takes a batch of accounts; those of its limits that take a second person are kept for the end of the import.
    pub(super) async fn take_accounts(
        &self,
        who: &Caller,
        options: &ImportOptions,
        import: ImportId,
        header: &[String],
        batch: Vec<RawLine>,
    ) -> Result<Told> {
        let mut told = Told::default();
        let attempt = self.import_attempt(who, 0).await?;
        let read = self.store.read(who.tenant);
        let good = readable(options, header, batch, &mut told);
        let numbers: Vec<String> = good.iter().map(|(_, new)| new.account.external_id.clone()).collect();
        let parents: Vec<String> = good.iter().filter_map(|(_, new)| new.account.parent_external_id.clone()).collect();
        let known = Batch { hashes: account_hashes(&read, &numbers).await?, invoices: HashSet::new(), processes: HashMap::new() };
        let ids = resolve_many(&read, &parents).await?;
        let limits = first_limits(&good, &known, &attempt).await?;
        let rates = rates_of_limits(&read, &attempt, limits.values().map(|limit| limit.account().currency)).await?;
        let mut taking = Taking { known, ids, limits: &limits, rates, import, attempt: &attempt, changes: Changes::on(Claim::Nothing) };
        for (line, new) in good {
            let number = new.account.external_id.clone();
            let (fate, odd) = taking.one(line, new)?;
            if matches!(&fate, Fate::Rejected(fault) if fault.field.as_deref() == Some("credit_limit")) {
                taking.known.forget(&number);
            }
            told.take(line, fate, odd);
        }
        self.store.write(who, &attempt.stamp, attempt.ground.revision, taking.changes).await?;
        Ok(told)
    }
}

/// The lines that can be read, and may set the limits they set.
fn readable(options: &ImportOptions, header: &[String], batch: Vec<RawLine>, told: &mut Told) -> Vec<(i64, AccountLine)> {
    let mut good = Vec::new();
    for raw in batch {
        let line = raw.line;
        match Line::new(header, raw).and_then(|line| parse(&line)) {
            Ok(new) if new.limit.is_some() && !options.may_set_limits => {
                let error = Error::new(Code::InsufficientScope, "setting a credit limit needs credit:write").at("#/credit_limit");
                told.take(line, Fate::Rejected(error.into()), Vec::new());
            }
            Ok(new) => good.push((line, new)),
            Err(error) => told.take(line, Fate::Rejected(error.into()), Vec::new()),
        }
    }
    good
}

/// The limits that new accounts of a batch begin with, by line, with what plugins say about them. Who is known already is not asked about.
async fn first_limits(lines: &[(i64, AccountLine)], known: &Batch, attempt: &Attempt) -> Result<HashMap<i64, FirstLimit>> {
    let (mut numbers, mut limits) = (Vec::new(), Vec::new());
    for (line, new) in lines {
        if let Some(amount) = new.limit.filter(|_| !known.hashes.contains_key(&new.account.external_id)) {
            numbers.push(*line);
            limits.push(FirstLimit::new(new.account.row(None, new.hash()?, attempt), amount, attempt)?);
        }
    }
    Ok(numbers.into_iter().zip(FirstLimit::ask_all(limits, attempt).await?).collect())
}

/// A batch on its way to rows.
struct Taking<'a> {
    known: Batch,
    ids: HashMap<String, AccountId>,
    limits: &'a HashMap<i64, FirstLimit>,
    rates: Rates,
    import: ImportId,
    attempt: &'a Attempt,
    changes: Changes,
}

impl Taking<'_> {
    fn one(&mut self, line: i64, new: AccountLine) -> Result<(Fate, Vec<Fault>)> {
        let parent = match &new.account.parent_external_id {
            Some(number) => match self.ids.get(number) {
                Some(id) => Some(*id),
                None => {
                    let error = Error::new(Code::UnknownReference, format!("there is no account {number:?} to belong to"));
                    return Ok((Fate::Rejected(error.at("#/parent_external_id").into()), Vec::new()));
                }
            },
            None => None,
        };
        let hash = new.hash()?;
        match self.known.known(&new.account.external_id, &hash) {
            Known::Same => return Ok((Fate::Repeated, Vec::new())),
            Known::Other => return Ok((Fate::Rejected(Fault::conflict()), Vec::new())),
            Known::New => {}
        }
        let limits = self.limits;
        let first = limits.get(&line);
        let judged = match first.map(|first| first.judge(&self.rates, self.attempt)).transpose() {
            Ok(judged) => judged,
            Err(error) => return Ok((Fate::Rejected(Fault { field: Some("credit_limit".to_owned()), ..error.into() }), Vec::new())),
        };
        let row = match first {
            Some(first) => account::Model { parent_id: parent, ..first.account().clone() },
            None => new.account.row(parent, hash, self.attempt),
        };
        self.ids.insert(row.external_id.clone(), row.id);
        let odd = judged.iter().filter(|judged| judged.waits()).map(|_| Fault::limit_waits()).collect();
        let changes = std::mem::replace(&mut self.changes, Changes::on(Claim::Nothing)).add(&row);
        self.changes = match judged {
            Some(judged) => judged.write(changes, self.import, self.attempt)?,
            None => changes,
        };
        Ok((Fate::Accepted, odd))
    }
}

async fn account_hashes(read: &Read, numbers: &[String]) -> Result<HashMap<String, String>> {
    let query = account::find(read.tenant())
        .select_only()
        .columns([account::Column::ExternalId, account::Column::ContentHash])
        .filter(read.among_texts(account::Column::ExternalId, numbers));
    let rows: Vec<(String, String)> = query.into_tuple().all(read.db()).await.map_err(failed)?;
    Ok(rows.into_iter().collect())
}

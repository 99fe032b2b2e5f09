//! Limits that come with imported accounts: judged line by line like those a person sets. What takes a second person is asked for once for
//! the whole import (decision 17); until somebody says yes, its accounts have no credit at all.

use super::gated::{Gate, Questions, questions_of_new};
use super::limit::{CreditLimitIn, is_beyond_one, limit_row};
use super::rules::authority::is_raise;
use super::stake::rates_to_own;
use crate::account::rows::account;
use crate::approval::rows::approval;
use crate::approval::{Acted, ApprovalKind, Ask, Persons, Proposal, pending_about, propose};
use crate::case::rows::collection_case;
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::{Changes, Claim, Entry, Read, failed};
use crate::exchange::rules::Rates;
use crate::limit::rows::{credit_limit, imported_limit};
use crate::limit::rules::{LimitKind, LimitRow};
use crate::words::act_facts::{LimitChange, Requester};
use crate::words::asked::{About, Asked, Hook};
use crate::words::code::Code;
use crate::words::day::add_days;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, CreditLimitId, ImportId};
use crate::words::money::{Currency, Money};
use crate::words::role::Role;
use crate::words::text::Bilingual;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap, HashSet};

/// The limit a new account begins with, and what plugins said about it.
pub struct FirstLimit {
    account: account::Model,
    limit: CreditLimitIn,
    questions: Option<Questions>,
    said: Asked,
}

impl FirstLimit {
    /// The limit of an account that is not written yet: standing, from the day of the import, in the account's currency; `None` is no
    /// credit check.
    ///
    /// # Errors
    /// `amount_out_of_range` when facts about the account leave the range of money.
    pub fn new(account: account::Model, amount: Option<Money>, attempt: &Attempt) -> Result<Self> {
        let limit = CreditLimitIn {
            amount,
            valid_from: attempt.stamp.today,
            valid_to: None,
            kind: LimitKind::Standing,
            reason: "import".to_owned(),
            override_reason: None,
        };
        let limit_change = LimitChange {
            kind: limit.kind.as_str().to_owned(),
            amount,
            before: None,
            before_since: None,
            is_raise: is_raise(&row_of(&limit), &[]),
            valid_from: limit.valid_from,
            valid_to: None,
            reason: limit.reason.clone(),
            override_reason: None,
        };
        let about = About::LimitCheck { limit_change, requester: Requester::of(&attempt.who) };
        let questions = questions_of_new(&account, attempt, Hook::LimitCheck, about)?;
        Ok(Self { account, limit, questions, said: Asked::nobody() })
    }

    /// Asks plugins about these limits, on the blocking pool.
    ///
    /// # Errors
    /// `internal` when the pool is gone.
    pub async fn ask_all(mut limits: Vec<Self>, attempt: &Attempt) -> Result<Vec<Self>> {
        if !attempt.ground.plugins.has(Hook::LimitCheck) {
            return Ok(limits);
        }
        let attempt = attempt.clone();
        let asked = move || {
            for limit in &mut limits {
                limit.said = limit.questions.as_ref().map_or_else(Asked::nobody, |questions| questions.ask(&attempt));
            }
            limits
        };
        tokio::task::spawn_blocking(asked).await.map_err(Error::internal)
    }

    /// The account it belongs to, as it will be written but for the account above it.
    pub fn account(&self) -> &account::Model {
        &self.account
    }

    /// Judges the limit: it is set, or waits for a second person.
    ///
    /// # Errors
    /// `plugin_denied` and `plugin_failed` for what a plugin says, `no_rate` where nobody can say whose authority it is within.
    pub fn judge(&self, rates: &Rates, attempt: &Attempt) -> Result<Judged<'_>> {
        let is_beyond = is_raise(&row_of(&self.limit), &[]) && is_beyond_one(self.limit.amount, rates, attempt)?;
        let own = is_beyond.then(|| Ask::above_authority(Role::CreditManager));
        let row = limit_row(self.account.id, self.account.currency, &self.limit, attempt);
        let gate = Gate::of((&self.account, self.questions.as_ref()), &self.said, own.is_some(), ("credit_limit", row.id.0), attempt);
        if let Some(refused) = gate.refused::<()>(Claim::Nothing, attempt)? {
            refused.done?;
        }
        let persons = Persons::of(&attempt.who, gate.ask(own).is_some());
        Ok(Judged { row, gate, persons })
    }
}

fn row_of(limit: &CreditLimitIn) -> LimitRow {
    LimitRow { kind: limit.kind, amount: limit.amount, valid_from: limit.valid_from, valid_to: limit.valid_to }
}

/// A first limit that nobody refuses.
pub struct Judged<'a> {
    row: credit_limit::Model,
    gate: Gate<'a>,
    persons: Persons,
}

impl Judged<'_> {
    /// Does it wait for a second person?
    pub fn waits(&self) -> bool {
        self.persons == Persons::Waits
    }

    /// Writes it down beside its new account. One that waits leaves the account without any credit, dated the day before the import so
    /// that the limit itself can begin on any later day.
    ///
    /// # Errors
    /// `internal` when facts cannot be kept.
    pub fn write(self, changes: Changes, import: ImportId, attempt: &Attempt) -> Result<Changes> {
        let Self { row, gate, persons } = self;
        if persons != Persons::Waits {
            let changes = changes.add(&row).tell(told(&row, &gate, persons, None));
            return gate.done(changes, attempt);
        }
        let wanted = imported_limit::Model {
            tenant_id: row.tenant_id,
            id: row.id,
            import_id: import,
            account_id: row.account_id,
            currency: row.currency,
            amount_minor: row.amount_minor,
        };
        let none = credit_limit::Model {
            id: CreditLimitId(attempt.stamp.id()),
            amount_minor: Some(0),
            valid_from: add_days(row.valid_from, -1),
            reason: "import: no credit until a second person has said yes".to_owned(),
            ..row
        };
        let changes = changes.add(&none).add(&wanted).tell(told(&none, &gate, persons, None));
        gate.waiting(changes, attempt)
    }
}

fn told(row: &credit_limit::Model, gate: &Gate<'_>, persons: Persons, import: Option<ImportId>) -> Entry {
    Entry { decision: gate.decision_id(), ..entry(row, persons, import) }
}

/// The line of the journal. It stands on no account of its own, so its body names it.
fn entry(row: &credit_limit::Model, persons: Persons, import: Option<ImportId>) -> Entry {
    let amount = row.amount_minor.map(|minor| Money::new(minor, row.currency));
    let body = serde_json::json!({
        "account_id": row.account_id, "amount": amount, "kind": row.kind, "valid_to": row.valid_to, "reason": row.reason, "import_id": import,
    });
    Entry {
        kind: "credit_limit.set",
        subject: "credit_limit",
        subject_id: row.id.0,
        effective_on: row.valid_from,
        decision: None,
        body: persons.told(body),
    }
}

/// Today's rates into the tenant's currency, by which limits of these currencies are measured.
///
/// # Errors
/// `database_unavailable`.
pub async fn rates_of_limits(read: &Read, attempt: &Attempt, of: impl IntoIterator<Item = Currency>) -> Result<Rates> {
    rates_to_own(read, attempt, of).await
}

/// Sets the limits of an import that take a second person: it waits, as one request for all of them. With the yes, each is set from that
/// day on, unless somebody has set one in the meantime or the account has an open collection case (OR-18).
#[derive(Serialize, Deserialize)]
pub struct SetImportedLimits {
    /// The import.
    pub import: ImportId,
}

/// What became of the limits of an import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedLimits {
    /// The import.
    pub import_id: ImportId,
    /// So many limits were set.
    pub set: usize,
    /// Accounts whose limit stays as it is: another was set since, or a collection case is open.
    pub left_out: Vec<AccountId>,
}

/// What setting them looks at.
pub struct ImportedFacts {
    wanted: Vec<imported_limit::Model>,
    /// Limits of these accounts, those of other imports and of people counted in.
    known: Vec<credit_limit::Model>,
    with_case: HashSet<AccountId>,
    pending: Vec<approval::Model>,
}

impl Command for SetImportedLimits {
    type Facts = ImportedFacts;
    type Done = Acted<ImportedLimits>;

    fn account(&self) -> Option<AccountId> {
        None
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<ImportedFacts> {
        let (of, db) = (read.tenant(), read.db());
        let wanted = imported_limit::find(of).filter(imported_limit::Column::ImportId.eq(self.import));
        let wanted = wanted.order_by_asc(imported_limit::Column::Id).all(db).await.map_err(failed)?;
        let accounts: Vec<AccountId> = wanted.iter().map(|row| row.account_id).collect();
        let known = credit_limit::find(of).filter(read.among(credit_limit::Column::AccountId, accounts.iter().copied()));
        let with_case = collection_case::find(of)
            .select_only()
            .column(collection_case::Column::AccountId)
            .filter(read.among(collection_case::Column::AccountId, accounts))
            .filter(collection_case::Column::State.ne("closed"));
        let with_case: Vec<AccountId> = with_case.into_tuple().all(db).await.map_err(failed)?;
        Ok(ImportedFacts {
            known: known.all(db).await.map_err(failed)?,
            with_case: with_case.into_iter().collect(),
            pending: pending_about(read, self.import.0).await?,
            wanted,
        })
    }

    fn decide(&self, facts: &ImportedFacts, _: &Asked, attempt: &Attempt) -> Result<Decided<Acted<ImportedLimits>>> {
        if facts.wanted.is_empty() {
            return Ok(Decided::before(Acted::Done(ImportedLimits { import_id: self.import, set: 0, left_out: Vec::new() })));
        }
        let persons = Persons::of(&attempt.who, true);
        if persons == Persons::Waits {
            return propose(self.proposal(&facts.wanted)?, &facts.pending, Claim::Nothing, attempt);
        }
        let mut counts: HashMap<AccountId, usize> = HashMap::new();
        for row in &facts.known {
            *counts.entry(row.account_id).or_default() += 1;
        }
        let is_free = |row: &&imported_limit::Model| {
            counts.get(&row.account_id).is_some_and(|rows| *rows == 1) && !facts.with_case.contains(&row.account_id)
        };
        let (set, left): (Vec<_>, Vec<_>) = facts.wanted.iter().partition(is_free);
        if set.is_empty() {
            return Err(Error::new(Code::IllegalState, "every account of the import has another limit by now, or an open collection case"));
        }
        let rows: Vec<credit_limit::Model> = set.into_iter().map(|row| set_now(row, attempt)).collect();
        let changes =
            rows.iter().fold(Changes::on(Claim::Rules).add_all(&rows), |changes, row| changes.tell(entry(row, persons, Some(self.import))));
        let left_out = left.into_iter().map(|row| row.account_id).collect();
        Ok(Decided::new(Acted::Done(ImportedLimits { import_id: self.import, set: rows.len(), left_out }), changes))
    }
}

fn set_now(row: &imported_limit::Model, attempt: &Attempt) -> credit_limit::Model {
    credit_limit::Model {
        tenant_id: row.tenant_id,
        id: row.id,
        account_id: row.account_id,
        kind: LimitKind::Standing,
        currency: row.currency,
        amount_minor: row.amount_minor,
        valid_from: attempt.stamp.today,
        valid_to: None,
        reason: "import".to_owned(),
        author: attempt.who.actor.to_string(),
        created_at: attempt.stamp.at,
    }
}

impl SetImportedLimits {
    fn proposal(&self, wanted: &[imported_limit::Model]) -> Result<Proposal> {
        let amounts: Vec<Money> = wanted.iter().filter_map(|row| Some(Money::new(row.amount_minor?, row.currency))).collect();
        let unchecked = wanted.len() - amounts.len();
        let mut totals = Vec::new();
        for currency in wanted.iter().map(|row| row.currency).collect::<BTreeSet<Currency>>() {
            let mut own = amounts.iter().filter(|amount| amount.currency() == currency).copied();
            totals.push(own.try_fold(Money::zero(currency), Money::checked_add)?);
        }
        let (count, sum) = (wanted.len(), totals.iter().map(Money::to_string).collect::<Vec<_>>().join(" + "));
        Ok(Proposal {
            kind: ApprovalKind::ImportLimits,
            account: None,
            subject: ("import", self.import.0),
            ask: Ask::above_authority(Role::CreditManager),
            text: Bilingual::new(
                format!("Set the credit limits of {count} imported accounts, {sum} in all; {unchecked} of them without any credit check."),
                format!("申请为导入的 {count} 个客户设定信用额度，合计 {sum}；其中 {unchecked} 个不作信用检查。"),
            ),
            amount: totals.first().copied().filter(|_| totals.len() == 1),
            body: serde_json::to_value(self).map_err(Error::internal)?,
        })
    }
}

//! Insurances and guarantees behind an account: set with their dates, withdrawn, never changed.

use super::gated::{Gate, Questions, questions};
use super::gauge::{gauges, warned};
use super::rules::warning::Gauge;
use super::stake::{measured, rates_to_own};
use crate::account::claimed;
use crate::account::rows::{account, balance};
use crate::approval::rows::approval;
use crate::approval::{Acted, ApprovalKind, Ask, Persons, Proposal, pending_about, propose};
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::{AccountClaim, Changes, Claim, Entry, Read, failed};
use crate::exchange::rules::Rates;
use crate::limit::rows::security;
use crate::limit::security::SecurityKind;
use crate::tenant::authority::is_beyond;
use crate::words::act_facts::{LimitChange, Requester};
use crate::words::asked::{About, Asked, Hook, PluginSet};
use crate::words::code::Code;
use crate::words::day::strict_date;
use crate::words::error::{Error, Fault, Result};
use crate::words::id::{AccountId, SecurityId};
use crate::words::money::{Currency, Money};
use crate::words::role::Role;
use crate::words::text::{Bilingual, check_reason, is_line};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The most securities an account has at a time.
const SECURITIES_MAX: i64 = 50;

/// A new security behind an account.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SecurityIn {
    /// A credit insurance, or a guarantee.
    pub kind: SecurityKind,
    /// The insured or guaranteed amount, in the account's currency; above zero.
    pub amount: Money,
    /// The share of it that counts, in basis points; all of it when absent.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 10_000)]
    pub share_bps: Option<i64>,
    /// The first day it is in force; today when absent.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    pub valid_from: Option<NaiveDate>,
    /// The last day it is in force; for ever when absent. Once it has passed, orders are held until the security is renewed by another
    /// of its kind, or withdrawn.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    pub valid_to: Option<NaiveDate>,
    /// The policy's or deed's number.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub reference: Option<String>,
}

/// A security behind an account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SecurityView {
    /// Its id.
    pub id: SecurityId,
    /// The account.
    pub account_id: AccountId,
    /// A credit insurance, or a guarantee.
    pub kind: SecurityKind,
    /// The insured or guaranteed amount.
    pub amount: Money,
    /// The share of it that counts, in basis points.
    pub share_bps: i64,
    /// The first day it is in force.
    pub valid_from: NaiveDate,
    /// The last day it is in force; for ever when `null`.
    pub valid_to: Option<NaiveDate>,
    /// The policy's or deed's number.
    pub reference: Option<String>,
    /// Who set it.
    pub author: String,
    /// The day it was withdrawn.
    pub withdrawn_on: Option<NaiveDate>,
    /// Why it was withdrawn.
    pub withdraw_reason: Option<String>,
    /// Counts its changes; also the ETag.
    pub version: i64,
    /// When it was set.
    pub created_at: DateTime<Utc>,
}

impl From<&security::Model> for SecurityView {
    fn from(row: &security::Model) -> Self {
        Self {
            id: row.id,
            account_id: row.account_id,
            kind: row.kind,
            amount: Money::new(row.amount_minor, row.currency),
            share_bps: row.share_bps,
            valid_from: row.valid_from,
            valid_to: row.valid_to,
            reference: row.reference.clone(),
            author: row.author.clone(),
            withdrawn_on: row.withdrawn_on,
            withdraw_reason: row.withdraw_reason.clone(),
            version: row.version,
            created_at: row.created_at,
        }
    }
}

impl SecurityIn {
    fn check(&self, currency: Currency, today: NaiveDate) -> Result<()> {
        let mut faults = Vec::new();
        let mut fault = |member: &str, code, detail: String| faults.push(Fault { pointer: format!("#/{member}"), code, detail });
        if self.amount.currency() != currency {
            fault("amount", Code::CurrencyMismatch, format!("the account's limit is in {currency}, and so is what stands behind it"));
        } else if !self.amount.is_positive() {
            fault("amount", Code::AmountOutOfRange, "a security is worth more than zero".to_owned());
        }
        if self.share_bps.is_some_and(|bps| !(0..=10_000).contains(&bps)) {
            fault("share_bps", Code::ValidationFailed, "a share is 0 to 10,000 basis points".to_owned());
        }
        if self.valid_to.is_some_and(|last| last < self.valid_from.unwrap_or(today)) {
            fault("valid_to", Code::ValidationFailed, "a security does not end before it begins".to_owned());
        }
        if self.reference.as_ref().is_some_and(|text| !is_line(text, 100)) {
            fault("reference", Code::ValidationFailed, "1 to 100 characters, none of them a control character".to_owned());
        }
        if faults.is_empty() { Ok(()) } else { Err(Error::all(faults)) }
    }
}

/// What a change of securities looks at: the account with its version first.
pub struct SecurityFacts {
    account: account::Model,
    securities: Vec<security::Model>,
    balances: Vec<balance::Model>,
    gauge: Option<Gauge>,
    /// Rates into the tenant's currency, for whose authority a security is within.
    own_rates: Rates,
    /// What is asked about the account and not answered.
    pending: Vec<approval::Model>,
    /// What plugins are asked about the raise, where one listens.
    questions: Option<Questions>,
}

async fn read_securities(read: &Read, attempt: &Attempt, id: AccountId) -> Result<SecurityFacts> {
    let tenant = read.tenant();
    let account = account::find(tenant).filter(account::Column::Id.eq(id)).one(read.db()).await.map_err(failed)?;
    let account = account.ok_or_else(|| Error::new(Code::NotFound, "there is no such account"))?;
    let securities = security::find(tenant).filter(security::Column::AccountId.eq(id)).all(read.db()).await.map_err(failed)?;
    let balances = balance::find(tenant).filter(balance::Column::AccountId.eq(id)).all(read.db()).await.map_err(failed)?;
    let gauge = gauges(read, attempt, &[&account], &balances.iter().collect::<Vec<_>>()).await?.remove(&id);
    let pending = pending_about(read, id.0).await?;
    let own_rates = rates_to_own(read, attempt, [account.currency]).await?;
    Ok(SecurityFacts { account, securities, balances, gauge, own_rates, pending, questions: None })
}

impl SecurityFacts {
    /// Writes the account with its count of securities, and the warning lines as they stand once these are the securities.
    fn settle(&self, now: &[security::Model], entry: Entry, attempt: &Attempt) -> Result<Changes> {
        let standing: Vec<_> = now.iter().filter(|row| row.withdrawn_on.is_none()).map(Into::into).collect();
        let (warning_level, warnings) = match &self.gauge {
            Some(gauge) => warned(&gauge.with_securities(&standing, attempt)?, self.balances.iter(), attempt)?,
            None => (self.account.warning_level, Vec::new()),
        };
        let row = account::Model {
            security_count: i64::try_from(standing.len()).unwrap_or(i64::MAX),
            warning_level,
            version: self.account.version + 1,
            ..self.account.clone()
        };
        let changes = Changes::on(Claim::Account(AccountClaim { warning_level, ..claimed(&self.account) })).save(&row).tell(entry);
        Ok(warnings.into_iter().fold(changes, Changes::tell))
    }
}

fn entry(kind: &'static str, row: &security::Model, attempt: &Attempt) -> Entry {
    let view = SecurityView::from(row);
    Entry {
        kind,
        subject: "security",
        subject_id: row.id.0,
        effective_on: attempt.stamp.today,
        decision: None,
        body: serde_json::json!({
            "kind": view.kind, "amount": view.amount, "share_bps": view.share_bps, "valid_to": view.valid_to, "reason": view.withdraw_reason,
        }),
    }
}

/// Puts a security behind an account. It adds to the limit, so it is judged like a raise: above the caller's authority it waits for a second
/// person.
#[derive(Serialize, Deserialize)]
pub struct AddSecurity {
    /// The account, already found.
    pub account: AccountId,
    /// The security.
    pub security: SecurityIn,
}

impl Command for AddSecurity {
    type Facts = SecurityFacts;
    type Done = Acted<SecurityView>;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, attempt: &Attempt) -> Result<SecurityFacts> {
        let mut facts = read_securities(read, attempt, self.account).await?;
        let about = vec![About::LimitCheck { limit_change: self.change(attempt), requester: Requester::of(&attempt.who) }];
        facts.questions = questions(read, attempt, self.account, Hook::LimitCheck, about).await?;
        Ok(facts)
    }

    fn asks(&self, plugins: &dyn PluginSet) -> bool {
        plugins.has(Hook::LimitCheck)
    }

    fn ask(&self, facts: &SecurityFacts, attempt: &Attempt) -> Asked {
        facts.questions.as_ref().map_or_else(Asked::nobody, |questions| questions.ask(attempt))
    }

    fn decide(&self, facts: &SecurityFacts, asked: &Asked, attempt: &Attempt) -> Result<Decided<Acted<SecurityView>>> {
        let (new, today) = (&self.security, attempt.stamp.today);
        new.check(facts.account.currency, today)?;
        if facts.account.security_count >= SECURITIES_MAX {
            let detail = format!("an account has at most {SECURITIES_MAX} securities that are not withdrawn");
            return Err(Error::new(Code::ValidationFailed, detail));
        }
        let tiers = &attempt.ground.settings.authority.set_limit;
        let is_beyond = is_beyond(attempt, tiers, Some(measured(new.amount, &facts.own_rates, tiers, attempt)?));
        let own = is_beyond.then(|| Ask::above_authority(Role::CreditManager));
        let (id, claim) = (SecurityId(attempt.stamp.id()), || Claim::Account(claimed(&facts.account)));
        let gate = Gate::of((&facts.account, facts.questions.as_ref()), asked, own.is_some(), ("security", id.0), attempt);
        if let Some(refused) = gate.refused(claim(), attempt)? {
            return Ok(refused);
        }
        let ask = gate.ask(own);
        let persons = Persons::of(&attempt.who, ask.is_some());
        if let Some(ask) = ask.filter(|_| persons == Persons::Waits) {
            return gate.waits(propose(self.proposal(&facts.account, ask)?, &facts.pending, claim(), attempt)?, attempt);
        }
        let row = security::Model {
            tenant_id: attempt.who.tenant,
            id,
            account_id: facts.account.id,
            kind: new.kind,
            currency: facts.account.currency,
            amount_minor: new.amount.minor(),
            share_bps: new.share_bps.unwrap_or(10_000),
            valid_from: new.valid_from.unwrap_or(today),
            valid_to: new.valid_to,
            reference: new.reference.clone(),
            author: attempt.who.actor.to_string(),
            withdrawn_on: None,
            withdraw_reason: None,
            version: 1,
            created_at: attempt.stamp.at,
        };
        let now: Vec<security::Model> = facts.securities.iter().chain([&row]).cloned().collect();
        let entry = entry("security.set", &row, attempt);
        let entry = Entry { body: persons.told(entry.body), decision: gate.decision_id(), ..entry };
        let changes = facts.settle(&now, entry, attempt)?.add(&row);
        Ok(Decided::new(Acted::Done(SecurityView::from(&row)), gate.done(changes, attempt)?))
    }
}

impl AddSecurity {
    /// The raise as plugins are shown it.
    fn change(&self, attempt: &Attempt) -> LimitChange {
        LimitChange {
            kind: "security".to_owned(),
            amount: Some(self.security.amount),
            before: None,
            before_since: None,
            is_raise: true,
            valid_from: self.security.valid_from.unwrap_or(attempt.stamp.today),
            valid_to: self.security.valid_to,
            reason: self.security.reference.clone().unwrap_or_default(),
            override_reason: None,
        }
    }

    fn proposal(&self, row: &account::Model, ask: Ask) -> Result<Proposal> {
        let (name, amount) = (&row.name, self.security.amount);
        Ok(Proposal {
            kind: ApprovalKind::AddSecurity,
            account: Some(row.id),
            subject: ("account", row.id.0),
            ask,
            text: Bilingual::new(
                format!("Let a security of {amount} add to the credit limit of {name}."),
                format!("申请将 {amount} 的担保计入{name}的信用额度。"),
            ),
            amount: Some(amount),
            body: serde_json::to_value(self).map_err(Error::internal)?,
        })
    }
}

/// Withdraws a security: it stands behind the account no longer, and its end holds no order.
pub struct WithdrawSecurity {
    /// The account, already found.
    pub account: AccountId,
    /// The security.
    pub security: SecurityId,
    /// Why.
    pub reason: String,
}

impl Command for WithdrawSecurity {
    type Facts = SecurityFacts;
    type Done = SecurityView;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, attempt: &Attempt) -> Result<SecurityFacts> {
        read_securities(read, attempt, self.account).await
    }

    fn decide(&self, facts: &SecurityFacts, _: &Asked, attempt: &Attempt) -> Result<Decided<SecurityView>> {
        check_reason(&self.reason)?;
        let row = facts.securities.iter().find(|row| row.id == self.security);
        let row = row.ok_or_else(|| Error::new(Code::NotFound, "there is no such security"))?;
        if row.withdrawn_on.is_some() {
            return Err(Error::new(Code::IllegalState, "the security was withdrawn before"));
        }
        let row = security::Model {
            withdrawn_on: Some(attempt.stamp.today),
            withdraw_reason: Some(self.reason.clone()),
            version: row.version + 1,
            ..row.clone()
        };
        let others = facts.securities.iter().filter(|known| known.id != row.id);
        let now: Vec<security::Model> = others.chain([&row]).cloned().collect();
        let changes = facts.settle(&now, entry("security.withdrawn", &row, attempt), attempt)?;
        Ok(Decided::new(SecurityView::from(&row), changes.save(&row)))
    }
}

/// Every security an account ever had, in the order they were set.
pub async fn list_securities(read: &Read, account: AccountId) -> Result<Vec<SecurityView>> {
    let query = security::find(read.tenant()).filter(security::Column::AccountId.eq(account)).order_by_asc(security::Column::Id);
    Ok(query.all(read.db()).await.map_err(failed)?.iter().map(SecurityView::from).collect())
}

/// The account a security stands behind; `not_found` when there is no such security.
pub async fn security_account(read: &Read, id: SecurityId) -> Result<AccountId> {
    let query = security::find(read.tenant()).select_only().column(security::Column::AccountId);
    let found: Option<AccountId> = query.filter(security::Column::Id.eq(id)).into_tuple().one(read.db()).await.map_err(failed)?;
    found.ok_or_else(|| Error::new(Code::NotFound, "there is no such security"))
}

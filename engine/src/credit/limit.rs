//! Setting credit limits, and their history.

use super::gated::{Gate, questions};
use super::limit_guard::{LimitFacts, limit_facts};
use super::rules::authority::is_raise;
use super::stake::measured;
use crate::account::claimed;
use crate::account::rows::account;
use crate::approval::{Acted, ApprovalKind, Ask, Persons, Proposal, propose};
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::{AccountClaim, Changes, Claim, Entry, Read, failed};
use crate::exchange::rules::Rates;
use crate::limit::rows::credit_limit;
use crate::limit::rules::{LimitKind, LimitRow, may_add};
use crate::tenant::authority::is_beyond;
use crate::words::act_facts::Requester;
use crate::words::asked::{About, Asked, Hook, PluginSet};
use crate::words::day::strict_date;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, CreditLimitId};
use crate::words::money::{Currency, Money};
use crate::words::role::Role;
use crate::words::text::{Bilingual, check_reason};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

/// A member that must be there and may be `null`: "no check" is said, never left out.
fn said<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<Option<Money>, D::Error> {
    Option::<Money>::deserialize(from)
}

/// A new credit limit.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreditLimitIn {
    /// The limit, in the account's currency; zero is no credit at all, `null` is no credit check (contract choice 11).
    #[serde(deserialize_with = "said")]
    #[schema(required = true)]
    pub amount: Option<Money>,
    /// The first day it is in force.
    #[serde(deserialize_with = "strict_date::deserialize")]
    pub valid_from: NaiveDate,
    /// The last day it is in force; for ever when absent.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    pub valid_to: Option<NaiveDate>,
    /// The ordinary limit, or one for a while that beats it.
    pub kind: LimitKind,
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
    /// Why credit is raised or given although a collection case is open; refused without it (OR-18).
    #[serde(default)]
    #[schema(min_length = 1, max_length = 500)]
    pub override_reason: Option<String>,
}

/// A credit limit as it was set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CreditLimitView {
    /// Its id.
    pub id: CreditLimitId,
    /// The account.
    pub account_id: AccountId,
    /// The ordinary limit, or one for a while.
    pub kind: LimitKind,
    /// The limit; zero is no credit at all, `null` is no credit check.
    pub amount: Option<Money>,
    /// The first day it is in force.
    pub valid_from: NaiveDate,
    /// The last day it is in force; for ever when `null`.
    pub valid_to: Option<NaiveDate>,
    /// Why.
    pub reason: String,
    /// Who set it.
    pub author: String,
    /// When it was set.
    pub created_at: DateTime<Utc>,
}

impl From<&credit_limit::Model> for CreditLimitView {
    fn from(row: &credit_limit::Model) -> Self {
        Self {
            id: row.id,
            account_id: row.account_id,
            kind: row.kind,
            amount: row.amount_minor.map(|minor| Money::new(minor, row.currency)),
            valid_from: row.valid_from,
            valid_to: row.valid_to,
            reason: row.reason.clone(),
            author: row.author.clone(),
            created_at: row.created_at,
        }
    }
}

/// The row of a new limit: of one that a person sets, and of one that comes with an imported account.
pub(super) fn limit_row(account: AccountId, currency: Currency, new: &CreditLimitIn, attempt: &Attempt) -> credit_limit::Model {
    credit_limit::Model {
        tenant_id: attempt.who.tenant,
        id: CreditLimitId(attempt.stamp.id()),
        account_id: account,
        kind: new.kind,
        currency,
        amount_minor: new.amount.map(Money::minor),
        valid_from: new.valid_from,
        valid_to: new.valid_to,
        reason: new.reason.clone(),
        author: attempt.who.actor.to_string(),
        created_at: attempt.stamp.at,
    }
}

/// Sets a credit limit beside those there are. What is in force on a day follows from their dates. A raise above the caller's authority,
/// and any that ends the credit check, waits for a second person.
#[derive(Serialize, Deserialize)]
pub struct PutLimit {
    /// The account, already found.
    pub account: AccountId,
    /// The limit.
    pub limit: CreditLimitIn,
}

impl Command for PutLimit {
    type Facts = LimitFacts;
    type Done = Acted<CreditLimitView>;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, attempt: &Attempt) -> Result<LimitFacts> {
        let mut facts = limit_facts(read, attempt, self.account).await?;
        let limit_change = facts.change(&self.asked(), &known(&facts), (&self.limit.reason, self.limit.override_reason.as_ref()), attempt);
        let about = vec![About::LimitCheck { limit_change, requester: Requester::of(&attempt.who) }];
        facts.questions = questions(read, attempt, self.account, Hook::LimitCheck, about).await?;
        Ok(facts)
    }

    fn asks(&self, plugins: &dyn PluginSet) -> bool {
        plugins.has(Hook::LimitCheck)
    }

    fn ask(&self, facts: &LimitFacts, attempt: &Attempt) -> Asked {
        facts.questions.as_ref().map_or_else(Asked::nobody, |questions| questions.ask(attempt))
    }

    fn decide(&self, facts: &LimitFacts, said: &Asked, attempt: &Attempt) -> Result<Decided<Acted<CreditLimitView>>> {
        check_reason(&self.limit.reason)?;
        let row = &facts.account;
        let new = limit_row(row.id, row.currency, &self.limit, attempt);
        let (asked, known) = (self.asked(), known(facts));
        may_add(&asked, &known, row.currency)?;
        facts.may_set(&asked, &known, self.limit.override_reason.as_deref(), attempt)?;
        let is_raise = is_raise(&asked, &known);
        let own =
            (is_raise && is_beyond_one(self.limit.amount, &facts.own_rates, attempt)?).then(|| Ask::above_authority(Role::CreditManager));
        let gate = Gate::of((row, facts.questions.as_ref()), said, own.is_some(), ("credit_limit", new.id.0), attempt);
        if let Some(refused) = gate.refused(Claim::Account(claimed(row)), attempt)? {
            return Ok(refused);
        }
        let ask = gate.ask(own);
        let persons = Persons::of(&attempt.who, ask.is_some());
        if let Some(ask) = ask.filter(|_| persons == Persons::Waits) {
            let proposal = self.proposal(row, ask, is_raise)?;
            return gate.waits(propose(proposal, &facts.pending, Claim::Account(claimed(row)), attempt)?, attempt);
        }
        let (warning_level, warnings) = facts.warned(&known, &asked, attempt)?;
        let matters_from = self.limit.valid_from;
        let next_review_on = Some(row.next_review_on.map_or(matters_from, |known| known.min(matters_from)));
        let body = serde_json::json!({
            "amount": self.limit.amount, "kind": new.kind, "valid_to": new.valid_to, "reason": new.reason,
            "override_reason": self.limit.override_reason,
        });
        let entry = Entry {
            kind: "credit_limit.set",
            subject: "credit_limit",
            subject_id: new.id.0,
            effective_on: matters_from,
            decision: gate.decision_id(),
            body: persons.told(body),
        };
        let claim = AccountClaim { next_review_on, warning_level, ..claimed(row) };
        let changes = Changes::on(Claim::Account(claim)).add(&new).tell(entry);
        let changes = gate.done(warnings.into_iter().fold(changes, Changes::tell), attempt)?;
        Ok(Decided::new(Acted::Done(CreditLimitView::from(&new)), changes))
    }
}

fn known(facts: &LimitFacts) -> Vec<LimitRow> {
    facts.limits.iter().map(LimitRow::from).collect()
}

impl PutLimit {
    fn asked(&self) -> LimitRow {
        let CreditLimitIn { kind, amount, valid_from, valid_to, .. } = self.limit;
        LimitRow { kind, amount, valid_from, valid_to }
    }

    fn proposal(&self, row: &account::Model, ask: Ask, is_raise: bool) -> Result<Proposal> {
        let (name, from) = (&row.name, self.limit.valid_from);
        let text = match self.limit.amount {
            Some(limit) if !is_raise => Bilingual::new(
                format!("Set the credit limit of {name} to {limit} from {from}."),
                format!("申请将{name}的信用额度设为 {limit}，自 {from} 起生效。"),
            ),
            Some(limit) => Bilingual::new(
                format!("Raise the credit limit of {name} to {limit} from {from}."),
                format!("申请将{name}的信用额度提高到 {limit}，自 {from} 起生效。"),
            ),
            None => Bilingual::new(
                format!("Ship to {name} without any credit check from {from}."),
                format!("申请自 {from} 起对{name}不再进行信用检查。"),
            ),
        };
        Ok(Proposal {
            kind: ApprovalKind::SetLimit,
            account: Some(row.id),
            subject: ("account", row.id.0),
            ask,
            text,
            amount: self.limit.amount,
            body: serde_json::to_value(self).map_err(Error::internal)?,
        })
    }
}

/// Is a limit more than the caller answers for alone? No credit check at all is above everybody's authority.
///
/// # Errors
/// `no_rate` where the limit is in other money than the tenant's, there is no rate, and the answer hangs on it.
pub(super) fn is_beyond_one(limit: Option<Money>, rates: &Rates, attempt: &Attempt) -> Result<bool> {
    let tiers = &attempt.ground.settings.authority.set_limit;
    match limit {
        Some(amount) => Ok(is_beyond(attempt, tiers, Some(measured(amount, rates, tiers, attempt)?))),
        None => Ok(attempt.ground.settings.four_eyes),
    }
}

/// Every limit the account ever had, the newest first day first. With a day, only those in force on it: the first of them counts.
pub async fn list_limits(read: &Read, account: AccountId, as_of: Option<NaiveDate>) -> Result<Vec<CreditLimitView>> {
    let mut query = credit_limit::find(read.tenant()).filter(credit_limit::Column::AccountId.eq(account));
    if let Some(day) = as_of {
        let is_not_over = Condition::any().add(credit_limit::Column::ValidTo.is_null()).add(credit_limit::Column::ValidTo.gte(day));
        query = query.filter(credit_limit::Column::ValidFrom.lte(day)).filter(is_not_over).order_by_desc(credit_limit::Column::Kind);
    }
    let query = query.order_by_desc(credit_limit::Column::ValidFrom).order_by_desc(credit_limit::Column::Id);
    Ok(query.all(read.db()).await.map_err(failed)?.iter().map(CreditLimitView::from).collect())
}

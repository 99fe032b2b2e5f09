//! Limits of groups: dated, each with a last day (public Dynamics 365 rule).

use super::stand::groups_around;
use crate::account::rows::account;
use crate::approval::rows::approval;
use crate::approval::{Acted, ApprovalKind, Ask, Persons, Proposal, pending_about, propose};
use crate::case::rows::collection_case;
use crate::command::{Attempt, Command, Decided};
use crate::credit::gated::{Gate, Questions, questions_of_each};
use crate::credit::stake::{measured, rates_to_own};
use crate::doors::store::{Changes, Claim, Entry, Read, failed};
use crate::exchange::rules::Rates;
use crate::limit::group::{GroupLimit, GroupLimitRow, GroupNode, below, group_limit as limit_on};
use crate::limit::rows::{credit_group, group_limit};
use crate::tenant::authority::is_beyond;
use crate::words::act_facts::{LimitChange, Requester};
use crate::words::asked::{About, Asked, Hook, PluginSet};
use crate::words::code::Code;
use crate::words::day::strict_date;
use crate::words::error::{Error, Fault, Result};
use crate::words::id::{AccountId, CreditGroupId, CreditLimitId};
use crate::words::money::Money;
use crate::words::role::Role;
use crate::words::text::{Bilingual, check_reason};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A new limit of a group.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupLimitIn {
    /// The limit of all members together, in the group's currency; zero is no credit at all.
    pub amount: Money,
    /// The first day it is in force.
    #[serde(deserialize_with = "strict_date::deserialize")]
    pub valid_from: NaiveDate,
    /// The last day it is in force: a group limit always has one.
    #[serde(deserialize_with = "strict_date::deserialize")]
    pub valid_to: NaiveDate,
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
    /// Why credit is raised or given although a collection case of a member is open; refused without it (OR-18).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 500)]
    pub override_reason: Option<String>,
}

/// A limit of a group as it was set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GroupLimitView {
    /// Its id.
    pub id: CreditLimitId,
    /// The group.
    pub credit_group_id: CreditGroupId,
    /// The limit; zero is no credit at all.
    pub amount: Money,
    /// The first day it is in force.
    pub valid_from: NaiveDate,
    /// The last day it is in force.
    pub valid_to: NaiveDate,
    /// Why.
    pub reason: String,
    /// Who set it.
    pub author: String,
    /// When it was set.
    pub created_at: DateTime<Utc>,
}

impl From<&group_limit::Model> for GroupLimitView {
    fn from(row: &group_limit::Model) -> Self {
        Self {
            id: row.id,
            credit_group_id: row.group_id,
            amount: Money::new(row.amount_minor, row.currency),
            valid_from: row.valid_from,
            valid_to: row.valid_to,
            reason: row.reason.clone(),
            author: row.author.clone(),
            created_at: row.created_at,
        }
    }
}

/// Sets a limit of a group beside those there are, of which the newest in force counts; above the caller's authority it waits for a second
/// person, unless one at least as high is in force. Whoever has `limit_check` is asked about every member, and the strictest answer decides.
/// It is a rule: what members' orders were decided by before, and is not written yet, is decided again.
#[derive(Serialize, Deserialize)]
pub struct PutGroupLimit {
    /// The group.
    pub group: CreditGroupId,
    /// The limit.
    pub limit: GroupLimitIn,
}

impl PutGroupLimit {
    fn check(&self, group: &credit_group::Model) -> Result<()> {
        check_reason(&self.limit.reason)?;
        let override_reason = self.limit.override_reason.as_deref();
        override_reason.map_or(Ok(()), check_reason).map_err(|error| Error::new(error.code(), error.detail()).at("#/override_reason"))?;
        let mut faults = Vec::new();
        let mut fault = |member: &str, code, detail: String| faults.push(Fault { pointer: format!("#/{member}"), code, detail });
        if self.limit.amount.currency() != group.currency {
            fault("amount", Code::CurrencyMismatch, format!("the group's limit is in {}", group.currency));
        } else if self.limit.amount.minor() < 0 {
            fault("amount", Code::AmountOutOfRange, "a limit is not below zero".to_owned());
        }
        if self.limit.valid_to < self.limit.valid_from {
            fault("valid_to", Code::ValidationFailed, "a limit does not end before it begins".to_owned());
        }
        if faults.is_empty() { Ok(()) } else { Err(Error::all(faults)) }
    }
}

/// What setting a limit of a group looks at.
pub struct GroupFacts {
    group: credit_group::Model,
    known: Vec<group_limit::Model>,
    /// What is asked about the group and not answered.
    pending: Vec<approval::Model>,
    /// Has a member, of the group or of one under it, a case that is not closed?
    has_open_case: bool,
    /// Rates into the tenant's currency.
    rates: Rates,
    /// What plugins are asked about each member, of the group and of those under it, where one listens.
    members: Vec<(account::Model, Questions)>,
}

impl Command for PutGroupLimit {
    type Facts = GroupFacts;
    type Done = Acted<GroupLimitView>;

    fn account(&self) -> Option<AccountId> {
        None
    }

    async fn facts(&self, read: &Read, attempt: &Attempt) -> Result<Self::Facts> {
        let groups = groups_around(read, self.group).await?;
        let nodes: Vec<GroupNode> = groups.iter().map(GroupNode::from).collect();
        let inside = below(&nodes, self.group);
        let has_open_case = has_open_case(read, inside.clone()).await?;
        let group =
            groups.into_iter().find(|row| row.id == self.group).ok_or_else(|| Error::new(Code::NotFound, "there is no such group"))?;
        let known = group_limit::find(read.tenant()).filter(group_limit::Column::GroupId.eq(self.group));
        let known = known.all(read.db()).await.map_err(failed)?;
        let rates = rates_to_own(read, attempt, [group.currency]).await?;
        let about = About::LimitCheck { limit_change: self.change(&known), requester: Requester::of(&attempt.who) };
        let asked_about = if attempt.ground.plugins.has(Hook::LimitCheck) { members_of(read, inside).await? } else { Vec::new() };
        let members = questions_of_each(read, attempt, &asked_about, Hook::LimitCheck, &about).await?;
        Ok(GroupFacts { group, known, pending: pending_about(read, self.group.0).await?, has_open_case, rates, members })
    }

    fn asks(&self, plugins: &dyn PluginSet) -> bool {
        plugins.has(Hook::LimitCheck)
    }

    fn ask(&self, facts: &GroupFacts, attempt: &Attempt) -> Asked {
        Asked { advice: facts.members.iter().flat_map(|(_, questions)| questions.ask(attempt).advice).collect() }
    }

    fn decide(&self, facts: &GroupFacts, said: &Asked, attempt: &Attempt) -> Result<Decided<Acted<GroupLimitView>>> {
        let GroupFacts { group, known, pending, has_open_case, rates, members } = facts;
        self.check(group)?;
        if known.iter().any(|row| row.valid_from == self.limit.valid_from) {
            let detail = format!("a limit of this group already begins on {}", self.limit.valid_from);
            return Err(Error::new(Code::OverlappingLimit, detail).at("#/valid_from"));
        }
        if *has_open_case && self.limit.override_reason.is_none() && self.gives_more(known) {
            let detail = "a collection case of a member is open: no limit is raised, unless override_reason says why";
            return Err(Error::new(Code::CaseOpen, detail).at("#/override_reason"));
        }
        let row = self.row(group, attempt);
        let own = (self.is_raise(known) && self.is_beyond(rates, attempt)?).then(|| Ask::above_authority(Role::CreditManager));
        let said = said_of_each(said, members.len());
        let gates = members.iter().zip(&said).map(|((member, questions), said)| {
            Gate::of((member, Some(questions)), said, own.is_some(), ("group_limit", row.id.0), attempt)
        });
        let gates: Vec<Gate<'_>> = gates.collect();
        // The strictest answer about any member decides for all.
        let strictest = gates.iter().rev().max_by_key(|gate| gate.decision());
        if let Some(refused) = strictest.map(|gate| gate.refused(Claim::Nothing, attempt)).transpose()?.flatten() {
            return Ok(refused);
        }
        let ask = gates.iter().fold(own, |ask, gate| gate.ask(ask));
        let persons = Persons::of(&attempt.who, ask.is_some());
        if let Some(ask) = ask.filter(|_| persons == Persons::Waits) {
            let waits = propose(self.proposal(group, ask)?, pending, Claim::Nothing, attempt)?;
            return gates.iter().try_fold(waits, |waits, gate| gate.waits(waits, attempt));
        }
        let entry = Entry {
            kind: "group_limit.set",
            subject: "credit_group",
            subject_id: group.id.0,
            effective_on: row.valid_from,
            decision: strictest.and_then(Gate::decision_id),
            body: persons.told(serde_json::json!({
                "amount": self.limit.amount, "valid_to": row.valid_to, "reason": row.reason, "override_reason": self.limit.override_reason,
            })),
        };
        let changes = Changes::on(Claim::Rules).add(&row).tell(entry);
        let changes = gates.iter().try_fold(changes, |changes, gate| gate.done(changes, attempt))?;
        Ok(Decided::new(Acted::Done(GroupLimitView::from(&row)), changes))
    }
}

impl PutGroupLimit {
    fn row(&self, group: &credit_group::Model, attempt: &Attempt) -> group_limit::Model {
        group_limit::Model {
            tenant_id: attempt.who.tenant,
            id: CreditLimitId(attempt.stamp.id()),
            group_id: group.id,
            currency: group.currency,
            amount_minor: self.limit.amount.minor(),
            valid_from: self.limit.valid_from,
            valid_to: self.limit.valid_to,
            reason: self.limit.reason.clone(),
            author: attempt.who.actor.to_string(),
            created_at: attempt.stamp.at,
        }
    }

    /// The change as plugins are shown it.
    fn change(&self, known: &[group_limit::Model]) -> LimitChange {
        let before = self.before(known);
        LimitChange {
            kind: "group".to_owned(),
            amount: Some(self.limit.amount),
            before: before.map(|row| Money::new(row.amount_minor, row.currency)),
            before_since: before.map(|row| row.valid_from),
            is_raise: self.is_raise(known),
            valid_from: self.limit.valid_from,
            valid_to: Some(self.limit.valid_to),
            reason: self.limit.reason.clone(),
            override_reason: self.limit.override_reason.clone(),
        }
    }

    /// What is in force on its first day without it.
    fn before<'a>(&self, known: &'a [group_limit::Model]) -> Option<&'a group_limit::Model> {
        let day = self.limit.valid_from;
        known.iter().filter(|row| row.valid_from <= day && day <= row.valid_to).max_by_key(|row| row.valid_from)
    }

    fn is_beyond(&self, rates: &Rates, attempt: &Attempt) -> Result<bool> {
        let tiers = &attempt.ground.settings.authority.set_limit;
        Ok(is_beyond(attempt, tiers, Some(measured(self.limit.amount, rates, tiers, attempt)?)))
    }

    /// Does it give members more credit than they have on its first day? A first limit only takes.
    fn gives_more(&self, known: &[group_limit::Model]) -> bool {
        let rows: Vec<GroupLimitRow> = known.iter().map(GroupLimitRow::from).collect();
        match limit_on(&rows, self.limit.valid_from) {
            None => false,
            Some(GroupLimit::Expired { .. }) => self.limit.amount.is_positive(),
            Some(GroupLimit::Amount { amount }) => self.limit.amount.minor() > amount.minor(),
        }
    }

    /// Is it more than what is in force on its first day? A first limit is judged whole.
    fn is_raise(&self, known: &[group_limit::Model]) -> bool {
        self.before(known).is_none_or(|row| self.limit.amount.minor() > row.amount_minor)
    }

    fn proposal(&self, group: &credit_group::Model, ask: Ask) -> Result<Proposal> {
        let (name, GroupLimitIn { amount, valid_from, valid_to, .. }) = (&group.name, &self.limit);
        Ok(Proposal {
            kind: ApprovalKind::PutGroupLimit,
            account: None,
            subject: ("credit_group", group.id.0),
            ask,
            text: Bilingual::new(
                format!("Set the credit limit of the group {name} to {amount}, from {valid_from} to {valid_to}."),
                format!("申请将集团 {name} 的信用额度设为 {amount}，自 {valid_from} 至 {valid_to}。"),
            ),
            amount: Some(*amount),
            body: serde_json::to_value(self).map_err(Error::internal)?,
        })
    }
}

/// The answers about each of so many members, in their order: everyone who was asked answers about every one.
fn said_of_each(said: &Asked, members: usize) -> Vec<Asked> {
    let each = said.advice.len() / members.max(1);
    let one = |number: usize| said.advice.iter().skip(number * each).take(each).cloned().collect();
    (0..members).map(|number| Asked { advice: one(number) }).collect()
}

/// The accounts that belong to these groups.
async fn members_of(read: &Read, groups: Vec<CreditGroupId>) -> Result<Vec<AccountId>> {
    let members = account::find(read.tenant())
        .select_only()
        .column(account::Column::Id)
        .filter(read.among(account::Column::CreditGroupId, groups))
        .order_by_asc(account::Column::Id);
    members.into_tuple().all(read.db()).await.map_err(failed)
}

/// Has an account of these groups a case that is not closed?
async fn has_open_case(read: &Read, groups: Vec<CreditGroupId>) -> Result<bool> {
    let members = account::find(read.tenant())
        .select_only()
        .column(account::Column::Id)
        .filter(read.among(account::Column::CreditGroupId, groups))
        .into_query();
    let open = collection_case::find(read.tenant())
        .select_only()
        .column(collection_case::Column::State)
        .filter(collection_case::Column::State.ne("closed"))
        .filter(collection_case::Column::AccountId.in_subquery(members));
    let open: Option<String> = open.limit(1).into_tuple().one(read.db()).await.map_err(failed)?;
    Ok(open.is_some())
}

/// Every limit a group ever had, the newest first day first; with a day, those in force on it: the first of them counts.
pub async fn list_group_limits(read: &Read, group: CreditGroupId, as_of: Option<NaiveDate>) -> Result<Vec<GroupLimitView>> {
    groups_around(read, group).await?;
    let mut query = group_limit::find(read.tenant()).filter(group_limit::Column::GroupId.eq(group));
    if let Some(day) = as_of {
        query = query.filter(group_limit::Column::ValidFrom.lte(day)).filter(group_limit::Column::ValidTo.gte(day));
    }
    let query = query.order_by_desc(group_limit::Column::ValidFrom).order_by_desc(group_limit::Column::Id);
    Ok(query.all(read.db()).await.map_err(failed)?.iter().map(GroupLimitView::from).collect())
}

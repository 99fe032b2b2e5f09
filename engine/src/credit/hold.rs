//! Holds on whole accounts by people, and the queue of what is held.

use super::gated::{Gate, Questions, questions};
use super::order::lifted_hold;
use super::overrides::{Overrides, ask, overrides};
use super::rules::release::PayToRelease;
use super::rules::supply::is_stop;
use super::stake::{rates_to_own, stake};
use crate::account::claimed;
use crate::account::rows::{account, balance};
use crate::approval::rows::approval;
use crate::approval::{Acted, ApprovalKind, Ask, Persons, Proposal, pending_about, propose};
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::{Changes, Claim, Entry, Read, failed};
use crate::exchange::rules::Rates;
use crate::hold::rows::hold;
use crate::order::OrderState;
use crate::order::rows::sales_order;
use crate::words::act_facts::Requester;
use crate::words::asked::{About, Asked, Hook, PluginSet};
use crate::words::code::Code;
use crate::words::day::strict_date;
use crate::words::error::{Error, Result};
use crate::words::facts::{HoldFacts, Reason};
use crate::words::id::{AccountId, DecisionId, HoldId, OrderId};
use crate::words::money::Money;
use crate::words::page::{Order, Page, PageOf};
use crate::words::text::{Bilingual, check_reason};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ColumnTrait, QueryFilter, QuerySelect};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use utoipa::ToSchema;

/// A hold that a person puts on a whole account. It is never lifted by itself before its last day (numbers.md §2, forced hold).
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldIn {
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
    /// The last day it holds; until somebody lifts it when absent.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    pub expires_on: Option<NaiveDate>,
}

/// The order a hold keeps from shipping.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HeldOrder {
    /// Its id.
    pub id: OrderId,
    /// Its number in the ERP.
    pub external_id: String,
    /// Its value.
    pub amount: Money,
    /// Where it stands.
    pub state: OrderState,
    /// The smallest payment that frees it from all its reasons; `null` when no payment can.
    pub pay_to_release: Option<PayToRelease>,
}

/// Why an order or a whole account may not ship.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HoldView {
    /// Its id.
    pub id: HoldId,
    /// The account.
    pub account_id: AccountId,
    /// The account's number in the ERP.
    pub account_external_id: Option<String>,
    /// The order it holds; `null` when it holds the whole account.
    pub order: Option<HeldOrder>,
    /// Its reasons.
    pub reasons: Vec<Reason>,
    /// Paying so much ends it; `null` when no payment does.
    pub pay_to_release: Option<Money>,
    /// The day it was placed.
    pub placed_on: NaiveDate,
    /// The last day it holds; `null` when time does not end it.
    pub expires_on: Option<NaiveDate>,
    /// `active`, `lifted` or `expired`.
    pub state: String,
    /// The day it ended.
    pub lifted_on: Option<NaiveDate>,
    /// Who ended it.
    pub lifted_by: Option<String>,
    /// Why it ended.
    pub lift_reason: Option<String>,
    /// The decision that placed it.
    pub decision_id: Option<DecisionId>,
    /// Counts its changes; also the ETag.
    pub version: i64,
    /// When it was placed.
    pub created_at: DateTime<Utc>,
}

fn view(row: &hold::Model, account_external_id: Option<String>, order: Option<HeldOrder>) -> HoldView {
    let text = Bilingual::new(&row.text_en, &row.text_zh);
    HoldView {
        id: row.id,
        account_id: row.account_id,
        account_external_id,
        order,
        reasons: vec![Reason { code: row.code.clone(), source: row.source.clone(), detail: text.en.clone(), text }],
        pay_to_release: row.pay_to_release_minor.zip(row.currency).map(|(minor, currency)| Money::new(minor, currency)),
        placed_on: row.placed_on,
        expires_on: row.expires_on,
        state: row.state.clone(),
        lifted_on: row.lifted_on,
        lifted_by: row.lifted_by.clone(),
        lift_reason: row.lift_reason.clone(),
        decision_id: row.decision_id,
        version: row.version,
        created_at: row.created_at,
    }
}

/// Puts a whole account on hold. Approvals given before stand; every later check meets the hold.
pub struct PlaceAccountHold {
    /// The account, already found.
    pub account: AccountId,
    /// The hold.
    pub hold: HoldIn,
}

impl Command for PlaceAccountHold {
    type Facts = account::Model;
    type Done = HoldView;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<account::Model> {
        account_row(read, self.account).await
    }

    fn decide(&self, account: &account::Model, _: &Asked, attempt: &Attempt) -> Result<Decided<HoldView>> {
        check_reason(&self.hold.reason)?;
        if self.hold.expires_on.is_some_and(|last| last < attempt.stamp.today) {
            return Err(Error::new(Code::ValidationFailed, "the last day of a hold has not passed yet").at("#/expires_on"));
        }
        let row = hold::Model {
            tenant_id: attempt.who.tenant,
            id: HoldId(attempt.stamp.id()),
            account_id: account.id,
            order_id: None,
            source: attempt.who.actor.to_string(),
            code: "forced_hold".to_owned(),
            text_en: self.hold.reason.clone(),
            text_zh: self.hold.reason.clone(),
            currency: None,
            pay_to_release_minor: None,
            paid_before_minor: 0,
            placed_on: attempt.stamp.today,
            expires_on: self.hold.expires_on,
            state: "active".to_owned(),
            lifted_on: None,
            lifted_by: None,
            lift_reason: None,
            decision_id: None,
            version: 1,
            created_at: attempt.stamp.at,
        };
        let body = serde_json::json!({ "reason": self.hold.reason, "expires_on": self.hold.expires_on });
        let changes = Changes::on(Claim::Account(claimed(account))).add(&row).tell(entry("hold.placed", row.id, body, attempt));
        Ok(Decided::new(view(&row, Some(account.external_id.clone()), None), changes))
    }
}

/// Lifts a hold on a whole account. A held order is released instead: there a person answers for the order, not for one reason. Where the
/// account owes more than the caller's authority, it waits for a second person.
#[derive(Serialize, Deserialize)]
pub struct ReleaseHold {
    /// The account, already found.
    pub account: AccountId,
    /// The hold.
    pub hold: HoldId,
    /// Why.
    pub reason: String,
}

/// What lifting a hold looks at.
pub struct LiftFacts {
    account: account::Model,
    balances: Vec<balance::Model>,
    row: hold::Model,
    /// What is asked about the hold and not answered.
    pending: Vec<approval::Model>,
    /// What bears on a release beside the amount.
    overrides: Overrides,
    /// Rates into the tenant's currency.
    rates: Rates,
    /// What plugins are asked about it, where one listens.
    questions: Option<Questions>,
}

impl Command for ReleaseHold {
    type Facts = LiftFacts;
    type Done = Acted<HoldView>;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, attempt: &Attempt) -> Result<LiftFacts> {
        let account = account_row(read, self.account).await?;
        let balances = balance::find(read.tenant()).filter(balance::Column::AccountId.eq(self.account));
        let balances = balances.all(read.db()).await.map_err(failed)?;
        let row = hold_row(read, self.hold).await?;
        let (hold, requester) = (Some(HoldFacts::from(&row)), Requester::of(&attempt.who));
        let about = vec![About::HoldRelease { hold, order: None, amount: None, requester }];
        Ok(LiftFacts {
            account,
            rates: rates_to_own(read, attempt, balances.iter().map(|sum| sum.currency)).await?,
            balances,
            questions: questions(read, attempt, self.account, Hook::HoldRelease, about).await?,
            row,
            pending: pending_about(read, self.hold.0).await?,
            overrides: overrides(read, self.account, attempt).await?,
        })
    }

    fn asks(&self, plugins: &dyn PluginSet) -> bool {
        plugins.has(Hook::HoldRelease)
    }

    fn ask(&self, facts: &LiftFacts, attempt: &Attempt) -> Asked {
        facts.questions.as_ref().map_or_else(Asked::nobody, |questions| questions.ask(attempt))
    }

    fn decide(&self, facts: &LiftFacts, asked: &Asked, attempt: &Attempt) -> Result<Decided<Acted<HoldView>>> {
        check_reason(&self.reason)?;
        let (account, row) = (&facts.account, &facts.row);
        if row.order_id.is_some() {
            return Err(Error::new(Code::IllegalState, "this hold is on one order: release the order, or check it again"));
        }
        if is_stop(&row.code) {
            return Err(Error::new(Code::IllegalState, "this hold is a stop of supply: lift the stop under /v1/supply-stops"));
        }
        if row.state != "active" {
            return Err(Error::new(Code::IllegalState, format!("the hold is {} already", row.state)));
        }
        let tiers = &attempt.ground.settings.authority.release_hold;
        let stake = stake(&facts.balances, &facts.rates, tiers, attempt)?;
        let own = ask(attempt, tiers, stake, &facts.overrides);
        let gate = Gate::of((account, facts.questions.as_ref()), asked, own.is_some(), ("hold_release", self.hold.0), attempt);
        if let Some(refused) = gate.refused(Claim::Account(claimed(account)), attempt)? {
            return Ok(refused);
        }
        let ask = gate.ask(own);
        let persons = Persons::of(&attempt.who, ask.is_some());
        if let Some(ask) = ask.filter(|_| persons == Persons::Waits) {
            let proposal = self.proposal(facts, stake, ask)?;
            return gate.waits(propose(proposal, &facts.pending, Claim::Account(claimed(account)), attempt)?, attempt);
        }
        let row = lifted_hold(row, "lifted", &attempt.who.actor, &self.reason, attempt);
        let body = persons.told(serde_json::json!({ "reason": self.reason, "code": row.code }));
        let entry = Entry { decision: gate.decision_id(), ..entry("hold.released", row.id, body, attempt) };
        let changes = gate.done(Changes::on(Claim::Account(claimed(account))).save(&row).tell(entry), attempt)?;
        Ok(Decided::new(Acted::Done(view(&row, Some(account.external_id.clone()), None)), changes))
    }
}

impl ReleaseHold {
    fn proposal(&self, facts: &LiftFacts, stake: Option<Money>, ask: Ask) -> Result<Proposal> {
        let (name, code) = (&facts.account.name, &facts.row.code);
        Ok(Proposal {
            kind: ApprovalKind::ReleaseHold,
            account: Some(self.account),
            subject: ("hold", self.hold.0),
            ask,
            text: Bilingual::new(
                format!("Lift the hold {code} on the whole account of {name}: {}", self.reason),
                format!("申请解除对{name}整户的控货（{code}）：{}", self.reason),
            ),
            amount: stake,
            body: serde_json::to_value(self).map_err(Error::internal)?,
        })
    }
}

fn entry(kind: &'static str, hold: HoldId, body: serde_json::Value, attempt: &Attempt) -> Entry {
    Entry { kind, subject: "hold", subject_id: hold.0, effective_on: attempt.stamp.today, decision: None, body }
}

async fn account_row(read: &Read, id: AccountId) -> Result<account::Model> {
    let row = account::find(read.tenant()).filter(account::Column::Id.eq(id)).one(read.db()).await.map_err(failed)?;
    row.ok_or_else(|| Error::new(Code::NotFound, "there is no such account"))
}

async fn hold_row(read: &Read, id: HoldId) -> Result<hold::Model> {
    let row = hold::find(read.tenant()).filter(hold::Column::Id.eq(id)).one(read.db()).await.map_err(failed)?;
    row.ok_or_else(|| Error::new(Code::NotFound, "there is no such hold"))
}

/// A hold; `not_found` when there is none.
pub async fn hold(read: &Read, id: HoldId) -> Result<HoldView> {
    let views = views(read, &[hold_row(read, id).await?]).await?;
    views.into_iter().next().ok_or_else(|| Error::internal("one row has one view"))
}

/// Which holds are wanted.
#[derive(Clone, Debug, Default)]
pub struct HoldFilter {
    /// In this state: `active`, `lifted`, `expired`; any when absent.
    pub state: Option<String>,
    /// Of this account, its orders included.
    pub account: Option<AccountId>,
    /// Of this order.
    pub order: Option<OrderId>,
    /// With this reason.
    pub code: Option<String>,
}

/// Holds, the oldest first: the queue a credit desk works through.
pub async fn list_holds(read: &Read, filter: &HoldFilter, page: &PageOf) -> Result<Page<HoldView>> {
    let mut query = hold::find(read.tenant());
    query = filter.state.iter().fold(query, |query, state| query.filter(hold::Column::State.eq(state)));
    query = filter.account.into_iter().fold(query, |query, account| query.filter(hold::Column::AccountId.eq(account)));
    query = filter.order.into_iter().fold(query, |query, order| query.filter(hold::Column::OrderId.eq(order)));
    query = filter.code.iter().fold(query, |query, code| query.filter(hold::Column::Code.eq(code)));
    let rows = read.page(query, hold::Column::Id, Order::OldestFirst, page).await?;
    Ok(Page { data: views(read, &rows.data).await?, next: rows.next, total: rows.total })
}

/// The views of these rows, with their accounts and orders: two queries however many rows.
async fn views(read: &Read, rows: &[hold::Model]) -> Result<Vec<HoldView>> {
    let accounts = account::find(read.tenant())
        .select_only()
        .columns([account::Column::Id, account::Column::ExternalId])
        .filter(read.among(account::Column::Id, rows.iter().map(|row| row.account_id)));
    let numbers: Vec<(AccountId, String)> = accounts.into_tuple().all(read.db()).await.map_err(failed)?;
    let numbers: HashMap<AccountId, String> = numbers.into_iter().collect();
    let orders = sales_order::find(read.tenant())
        .filter(read.among(sales_order::Column::Id, rows.iter().filter_map(|row| row.order_id)))
        .all(read.db())
        .await
        .map_err(failed)?;
    let mut held: HashMap<OrderId, HeldOrder> = HashMap::new();
    for order in &orders {
        held.insert(order.id, held_order(order)?);
    }
    Ok(rows
        .iter()
        .map(|row| view(row, numbers.get(&row.account_id).cloned(), row.order_id.and_then(|id| held.get(&id).cloned())))
        .collect())
}

fn held_order(row: &sales_order::Model) -> Result<HeldOrder> {
    let order = super::order::view_of(row)?;
    Ok(HeldOrder {
        id: order.id,
        external_id: order.external_id,
        amount: order.amount,
        state: order.state,
        pay_to_release: order.pay_to_release,
    })
}

//! Placing an order: the check, the reservation and the answer in one.

use super::deposit::Early;
use super::line::{OrderLineIn, check_lines, check_terms, line_rows};
use super::load::{Asking, Check, load};
use super::view::{OrderView, view};
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::columns::Payload;
use crate::doors::store::{Read, failed};
use crate::facts::glance;
use crate::order::OrderState;
use crate::order::rows::sales_order;
use crate::words::asked::{Asked, Hook, PluginSet};
use crate::words::checkpoint::Checkpoint;
use crate::words::code::Code;
use crate::words::day::strict_date;
use crate::words::error::{Error, Fault, Result};
use crate::words::hash::content_hash;
use crate::words::id::{AccountId, CreditGroupId, DecisionId, OrderId};
use crate::words::money::Money;
use crate::words::text::line_fault;
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The legal entity of ours that orders belong to when none is named (decision 1).
const MAIN_ENTITY: &str = "main";

/// A new order that wants to ship on credit.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderIn {
    /// Its number in the ERP: unique for ever.
    #[schema(min_length = 1, max_length = 100)]
    pub external_id: String,
    /// The account, by id or external id.
    #[serde(default)]
    pub account_id: Option<AccountId>,
    /// The account's number in the ERP.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub account_external_id: Option<String>,
    /// Its value, gross of tax, above zero.
    pub amount: Money,
    /// The legal entity of ours; `main` when absent.
    #[serde(default)]
    #[schema(max_length = 40)]
    pub entity: Option<String>,
    /// Its contract, as the ERP calls it.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub contract_external_id: Option<String>,
    /// The same as `contract_external_id`, for callers that have one name only.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub contract_id: Option<String>,
    /// Its delivery batch.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 100_000)]
    pub batch_no: Option<i64>,
    /// The day it wants to ship.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    pub ship_on: Option<NaiveDate>,
    /// May part of it be released? Not when absent (decision 25).
    #[serde(default)]
    pub partial_ok: bool,
    /// Days to pay after the invoice. Longer terms asked for later are checked again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 3650)]
    pub terms_days: Option<i64>,
    /// Its lines, if they matter: their amounts add up to the order's. A part that is released is then whole lines, in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 500)]
    pub lines: Vec<OrderLineIn>,
}

impl OrderIn {
    /// Checks the order by itself; all faults at once.
    pub fn check(&self) -> Result<()> {
        let mut faults = Vec::new();
        let mut text = |pointer: &str, text: Option<&String>, most: usize| {
            faults.extend(text.and_then(|text| line_fault(pointer, text, most)));
        };
        text("#/external_id", Some(&self.external_id), 100);
        text("#/entity", self.entity.as_ref(), 40);
        text("#/contract_external_id", self.contract_external_id.as_ref(), 100);
        text("#/contract_id", self.contract_id.as_ref(), 100);
        if !self.amount.is_positive() {
            let detail = "an order is worth more than zero".to_owned();
            faults.push(Fault { pointer: "#/amount".to_owned(), code: Code::AmountOutOfRange, detail });
        }
        if self.batch_no.is_some_and(|no| !(0..=100_000).contains(&no)) {
            let detail = "a batch has a number from 0 to 100,000".to_owned();
            faults.push(Fault { pointer: "#/batch_no".to_owned(), code: Code::ValidationFailed, detail });
        }
        faults.extend(check_terms(self.terms_days));
        faults.extend(check_lines(&self.lines, self.amount));
        if self.contract_id.is_some() && self.contract_external_id.is_some() && self.contract_id != self.contract_external_id {
            let detail = "contract_id and contract_external_id name different contracts".to_owned();
            faults.push(Fault { pointer: "#/contract_id".to_owned(), code: Code::IdConflict, detail });
        }
        if faults.is_empty() { Ok(()) } else { Err(Error::all(faults)) }
    }

    fn contract(&self) -> Option<String> {
        self.contract_external_id.clone().or_else(|| self.contract_id.clone())
    }

    fn entity(&self) -> &str {
        self.entity.as_deref().unwrap_or(MAIN_ENTITY)
    }

    /// Hash of the content, with defaults filled in and the account resolved (decision 47).
    pub fn hash(&self, account: AccountId) -> Result<String> {
        let normal = Self {
            account_id: Some(account),
            account_external_id: None,
            entity: Some(self.entity().to_owned()),
            contract_external_id: self.contract(),
            contract_id: None,
            ..self.clone()
        };
        content_hash(&normal)
    }

    /// Its row before the answer is known: nothing reserved.
    fn row(&self, account: AccountId, hash: String, attempt: &Attempt) -> sales_order::Model {
        let id = OrderId(attempt.stamp.id());
        sales_order::Model {
            tenant_id: attempt.who.tenant,
            id,
            account_id: account,
            external_id: self.external_id.clone(),
            entity: self.entity().to_owned(),
            currency: self.amount.currency(),
            amount_minor: self.amount.minor(),
            reserved_minor: 0,
            released_minor: 0,
            invoiced_minor: 0,
            state: OrderState::Held,
            decision: String::new(),
            contract_external_id: self.contract(),
            batch_no: self.batch_no,
            ship_on: self.ship_on,
            is_partial_ok: self.partial_ok,
            answer: Payload(serde_json::Value::Null),
            decision_id: DecisionId(id.0),
            content_hash: hash,
            version: 1,
            placed_on: attempt.stamp.today,
            held_since: None,
            escalation_level: 0,
            escalated_on: None,
            created_at: attempt.stamp.at,
            approved_minor: 0,
            shipped_minor: 0,
            deposit_minor: 0,
            terms_days: self.terms_days,
            valid_until: None,
            lines: Payload(line_rows(&self.lines)),
            closed_reason: None,
        }
    }
}

/// Places an order and answers whether it may ship. The same order again is answered as before; other content under its number is a
/// conflict.
pub struct PlaceOrder {
    /// The account, already found.
    pub account: AccountId,
    /// The order.
    pub order: OrderIn,
}

/// What placing an order looks at.
pub enum PlaceFacts {
    /// An order with this number was placed before.
    Before(Box<sales_order::Model>),
    /// Everything a check decides on.
    New(Box<Check>),
}

impl Command for PlaceOrder {
    type Facts = PlaceFacts;
    type Done = OrderView;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, attempt: &Attempt) -> Result<PlaceFacts> {
        self.order.check()?;
        let seen = glance(read, self.account, &self.order.external_id).await?;
        let seen = seen.ok_or_else(|| Error::new(Code::UnknownReference, "there is no such account").at("#/account_id"))?;
        if seen.is_order_known {
            let number = sales_order::Column::ExternalId.eq(&self.order.external_id);
            let row = sales_order::find(read.tenant()).filter(number).one(read.db()).await.map_err(failed)?;
            return row.map(|row| PlaceFacts::Before(Box::new(row))).ok_or_else(|| Error::internal("an order was seen and is gone"));
        }
        let mut row = self.order.row(self.account, self.order.hash(self.account)?, attempt);
        let early = if seen.early > 0 { Early::of(read, &row, attempt).await? } else { Early::default() };
        early.count_on(&mut row);
        let check = load(read, attempt, seen, row, Asking::Placed(early), Checkpoint::OrderAccept).await?;
        Ok(PlaceFacts::New(Box::new(check)))
    }

    fn shares(&self, facts: &PlaceFacts) -> Option<CreditGroupId> {
        match facts {
            PlaceFacts::Before(_) => None,
            PlaceFacts::New(check) => check.group.map(|group| group.root),
        }
    }

    fn asks(&self, plugins: &dyn PluginSet) -> bool {
        plugins.has(Hook::OrderCheck)
    }

    fn ask(&self, facts: &PlaceFacts, attempt: &Attempt) -> Asked {
        match facts {
            PlaceFacts::Before(_) => Asked::nobody(),
            PlaceFacts::New(check) => check.ask(attempt),
        }
    }

    fn decide(&self, facts: &PlaceFacts, asked: &Asked, attempt: &Attempt) -> Result<Decided<OrderView>> {
        match facts {
            PlaceFacts::Before(row) if row.content_hash == self.order.hash(self.account)? => Ok(Decided::before(view(row)?)),
            PlaceFacts::Before(row) => {
                let detail = format!("this external_id already names {}, with other content", row.id);
                let error = Error::new(Code::ExternalIdConflict, detail).at("#/external_id");
                Err(error.with(serde_json::json!({ "conflicting_id": row.id })))
            }
            PlaceFacts::New(check) => check.decided(asked, attempt),
        }
    }
}

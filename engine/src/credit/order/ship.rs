//! Goods leave: a shipment moves money from the orders of an account to what has shipped and is not invoiced, and adds none.

use super::act::{ActFacts, entry, read_order};
use crate::command::{Attempt, Command, Decided};
use crate::credit::rules::supply::Stop;
use crate::credit::supply::stops_of;
use crate::doors::store::columns::Payload;
use crate::doors::store::{Read, failed};
use crate::order::OrderState;
use crate::order::rows::{sales_order, shipment};
use crate::order::rules::{Progress, ship};
use crate::tenant::TenantKind;
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::day::strict_date;
use crate::words::error::{Error, Result};
use crate::words::facts::OrderLine;
use crate::words::hash::content_hash;
use crate::words::id::{AccountId, OrderId, ShipmentId};
use crate::words::money::Money;
use crate::words::text::check_line;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Goods that left. An order with lines names the lines that left whole; one without names the amount.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShipmentIn {
    /// The number of the delivery note in the ERP: unique for ever.
    #[schema(min_length = 1, max_length = 100)]
    pub external_id: String,
    /// The value that left, gross of tax; all that may ship when neither it nor lines are given.
    #[serde(default)]
    pub amount: Option<Money>,
    /// The numbers of the lines that left.
    #[serde(default)]
    #[schema(max_items = 500)]
    pub lines: Vec<i64>,
    /// The day they left; today when absent.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    pub shipped_on: Option<NaiveDate>,
}

/// A shipment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ShipmentView {
    /// Its id.
    pub id: ShipmentId,
    /// The number of the delivery note in the ERP.
    pub external_id: String,
    /// The order.
    pub order_id: OrderId,
    /// The value that left.
    pub amount: Money,
    /// The numbers of the lines that left; empty where the order has none.
    pub lines: Vec<i64>,
    /// The day they left.
    pub shipped_on: NaiveDate,
    /// When it was recorded.
    pub created_at: DateTime<Utc>,
}

impl From<&shipment::Model> for ShipmentView {
    fn from(row: &shipment::Model) -> Self {
        Self {
            id: row.id,
            external_id: row.external_id.clone(),
            order_id: row.order_id,
            amount: Money::new(row.amount_minor, row.currency),
            lines: row.lines.0.clone(),
            shipped_on: row.shipped_on,
            created_at: row.created_at,
        }
    }
}

/// Records a shipment. The same one again is answered as before; other content under its number is a conflict. Refuses `over_shipped`
/// beyond what is approved or released, or once that has run out.
pub struct ShipOrder {
    /// The account, already found.
    pub account: AccountId,
    /// The order.
    pub order: OrderId,
    /// What left.
    pub shipment: ShipmentIn,
}

/// What shipping looks at.
pub struct ShipFacts {
    before: Option<shipment::Model>,
    act: ActFacts,
    /// Stops of supply in force: an approval that was given before them covers nothing.
    stops: Vec<Stop>,
}

impl Command for ShipOrder {
    type Facts = ShipFacts;
    type Done = ShipmentView;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, attempt: &Attempt) -> Result<ShipFacts> {
        let number = shipment::Column::ExternalId.eq(&self.shipment.external_id);
        let before = shipment::find(read.tenant()).filter(number).one(read.db()).await.map_err(failed)?;
        let act = read_order(read, attempt, self.account, self.order).await?;
        Ok(ShipFacts { before, act, stops: stops_of(read, self.account, self.order).await? })
    }

    fn decide(&self, facts: &ShipFacts, _: &Asked, attempt: &Attempt) -> Result<Decided<ShipmentView>> {
        let hash = content_hash(&(self.order, &self.shipment))?;
        if let Some(before) = &facts.before {
            if before.content_hash == hash {
                return Ok(Decided::before(ShipmentView::from(before)));
            }
            let detail = format!("this external_id already names {}, with other content", before.id);
            let error = Error::new(Code::ExternalIdConflict, detail).at("#/external_id");
            return Err(error.with(serde_json::json!({ "conflicting_id": before.id })));
        }
        let shipped_on = self.day(attempt)?;
        let mut row = facts.act.row.clone();
        let before = covered(&row, attempt.stamp.today)?;
        let amount = self.value(&mut row, before)?;
        facts.refuse_stopped(&row, before)?;
        row.put(ship(before, amount)?);
        let shipment = shipment::Model {
            tenant_id: row.tenant_id,
            id: ShipmentId(attempt.stamp.id()),
            account_id: row.account_id,
            order_id: row.id,
            external_id: self.shipment.external_id.clone(),
            currency: row.currency,
            amount_minor: amount.minor(),
            lines: Payload(self.shipment.lines.clone()),
            shipped_on,
            content_hash: hash,
            created_at: attempt.stamp.at,
        };
        let changes = facts.act.write(&mut row, shipped_on, None, attempt)?.add(&shipment);
        let body = serde_json::json!({ "external_id": row.external_id, "shipment": shipment.external_id, "amount": amount });
        Ok(Decided::new(ShipmentView::from(&shipment), changes.tell(entry("order.shipped", self.order, shipped_on, body))))
    }
}

impl ShipFacts {
    /// Goods do not leave through a stop, but for what a person let ship. `row` has the lines that would leave marked as gone.
    fn refuse_stopped(&self, row: &sales_order::Model, before: Progress) -> Result<()> {
        if row.released_minor > before.gone() {
            return Ok(());
        }
        let leaves = || row.lines.0.iter().zip(&self.act.row.lines.0).filter(|(now, was)| now.is_shipped && !was.is_shipped);
        let meets = |stop: &&Stop| row.lines.0.is_empty() || leaves().any(|(line, _)| stop.stops(line));
        match self.stops.iter().find(meets) {
            Some(stop) => Err(Error::new(Code::OverShipped, format!("{} Check the order again.", stop.text().en)).at("#/amount")),
            None => Ok(()),
        }
    }
}

/// The order as far as it may ship: an approval that has run out covers nothing more.
fn covered(row: &sales_order::Model, today: NaiveDate) -> Result<Progress> {
    let now = Progress::from(row);
    if matches!(row.state, OrderState::Rejected | OrderState::Cancelled) {
        return Err(Error::new(Code::IllegalState, format!("an order that is {} does not ship", row.state)));
    }
    match row.valid_until.filter(|last| *last < today && now.ready() > 0) {
        Some(last) => Err(Error::new(Code::OverShipped, format!("its approval ran out on {last}: check the order again")).at("#/amount")),
        None => Ok(now),
    }
}

impl ShipOrder {
    fn day(&self, attempt: &Attempt) -> Result<NaiveDate> {
        check_line("#/external_id", &self.shipment.external_id, 100)?;
        let day = self.shipment.shipped_on.unwrap_or(attempt.stamp.today);
        if day > attempt.stamp.today && attempt.ground.tenant.kind == TenantKind::Live {
            return Err(Error::new(Code::PostDated, format!("today is {}", attempt.stamp.today)).at("#/shipped_on"));
        }
        Ok(day)
    }

    /// What leaves, and the lines marked as gone.
    fn value(&self, row: &mut sales_order::Model, before: Progress) -> Result<Money> {
        let asked = &self.shipment;
        if row.lines.0.is_empty() {
            if !asked.lines.is_empty() {
                return Err(Error::new(Code::UnknownReference, "the order has no lines").at("#/lines"));
            }
            let amount = asked.amount.unwrap_or_else(|| Money::new(before.may_ship(), row.currency));
            if amount.currency() != row.currency {
                return Err(Error::new(Code::CurrencyMismatch, format!("the order is in {}", row.currency)).at("#/amount"));
            }
            let is_nothing = asked.amount.is_none() && amount.minor() == 0;
            return match amount.is_positive() {
                true => Ok(amount),
                false if is_nothing => Err(Error::new(Code::OverShipped, "nothing of the order may ship now").at("#/amount")),
                false => Err(Error::new(Code::AmountOutOfRange, "a shipment is worth more than zero").at("#/amount")),
            };
        }
        if asked.amount.is_some() {
            return Err(Error::new(Code::ValidationFailed, "the order has lines: name those that left instead of an amount").at("#/amount"));
        }
        let left = |line: &OrderLine| {
            if asked.lines.is_empty() { line.is_approved && !line.is_shipped } else { asked.lines.contains(&line.no) }
        };
        if let Some(at) = asked.lines.iter().position(|no| !row.lines.0.iter().any(|line| line.no == *no && !line.is_shipped)) {
            return Err(Error::new(Code::UnknownReference, "there is no such line that has not shipped").at(format!("#/lines/{at}")));
        }
        let mut value = 0;
        for line in row.lines.0.iter_mut().filter(|line| left(line)) {
            if !line.is_approved && row.state != OrderState::Invoiced {
                return Err(Error::new(Code::OverShipped, format!("line {} is back-ordered and may not ship yet", line.no)).at("#/lines"));
            }
            line.is_shipped = true;
            value += line.amount.minor();
        }
        match value {
            0 => Err(Error::new(Code::OverShipped, "no line of the order may ship now").at("#/lines")),
            value => Ok(Money::new(value, row.currency)),
        }
    }
}

/// The shipments of an order, oldest first; the first thousand.
pub async fn list_shipments(read: &Read, order: OrderId) -> Result<Vec<ShipmentView>> {
    let query = shipment::find(read.tenant()).filter(shipment::Column::OrderId.eq(order)).order_by_asc(shipment::Column::Id).limit(1_000);
    Ok(query.all(read.db()).await.map_err(failed)?.iter().map(ShipmentView::from).collect())
}

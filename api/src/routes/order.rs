//! Orders: may this ship on credit? A held order is an answer, not an error.

use super::Few;
use crate::access::op;
use crate::auth::Permit;
use crate::extract::{At, Body, CommaList, Listing, MaybeBody, PageParams, Paged};
use crate::reply::{self, Reply};
use actix_web::web::Data;
use actix_web::{HttpRequest, get, post};
use chrono::NaiveDate;
use recoup_engine::approval::Waiting;
use recoup_engine::credit::{
    self, CancelOrder, CheckOrder, CheckOrderAt, OrderFilter, OrderIn, OrderView, PlaceOrder, RejectOrder, ReleaseOrder, ReviseOrder,
    RevisionIn, RevisionView, ShipOrder, ShipmentIn, ShipmentView,
};
use recoup_engine::order::OrderState;
use recoup_engine::words::checkpoint::Checkpoint;
use recoup_engine::words::code::Code;
use recoup_engine::words::day::strict_date;
use recoup_engine::words::error::{Error, Result};
use recoup_engine::words::id::{AccountId, OrderId};
use recoup_engine::words::money::Money;
use recoup_engine::{Engine, Outcome};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn all(list: &mut ServiceConfig) {
    list.service(place).service(list_all).service(show).service(check).service(release).service(reject).service(cancel);
    list.service(revise).service(list_revisions).service(ship).service(list_shipments);
}

fn answer(outcome: &Outcome<OrderView>) -> Reply {
    reply::made(outcome, &format!("/v1/orders/{}", outcome.done.id), Some(outcome.done.version))
}

/// Place an order and have it checked.
///
/// The answer to "may this ship?" is `decision`; a held order is answered like any other, with what would free it.
#[utoipa::path(operation_id = "placeOrder", tag = "credit", request_body = OrderIn, responses(
    (status = 201, description = "Checked: approved, held, partly released or denied.", body = OrderView),
    (status = 200, description = "It was there with the same content.", body = OrderView)
))]
#[post("/orders")]
async fn place(permit: Permit<op::PlaceOrder>, body: Body<OrderIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let order = body.value;
    let account = engine.account_named(&who, order.account_id, order.account_external_id.as_deref()).await?;
    answer(&engine.execute(&who, PlaceOrder { account, order }).await?)
}

/// Which orders are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct OrderQuery {
    /// Of this account.
    account_id: Option<AccountId>,
    /// Of the account with this number in the ERP.
    #[param(max_length = 100)]
    account_external_id: Option<String>,
    /// With this number in the ERP.
    #[param(max_length = 100)]
    external_id: Option<String>,
    /// In one of these states, by comma.
    #[serde(default)]
    #[param(value_type = Option<String>, max_length = 200)]
    state: CommaList<OrderState>,
    /// Held for this reason now: `over_limit`, `OVERDUE`.
    #[param(max_length = 60)]
    code: Option<String>,
    /// Worth at least so much; needs `currency`.
    #[param(max_length = 30, example = "50000.00")]
    amount_min: Option<String>,
    /// The currency of `amount_min`.
    #[param(min_length = 3, max_length = 3)]
    currency: Option<String>,
}

impl OrderQuery {
    fn amount_min(&self) -> Result<Option<Money>> {
        match (&self.amount_min, &self.currency) {
            (Some(amount), Some(currency)) => {
                let currency = currency.parse().map_err(|error: Error| error.at("?currency"))?;
                Money::parse(amount, currency).map(Some).map_err(|error| error.at("?amount_min"))
            }
            (None, None) => Ok(None),
            (Some(_), None) | (None, Some(_)) => {
                Err(Error::new(Code::InvalidParameter, "amount_min and currency belong together").at("?amount_min"))
            }
        }
    }
}

/// List orders, the oldest first. Those that wait are the queue of a credit desk: `?state=held,partially_released`.
///
/// Each tells why it waits and since when, what payment frees it, how much of it could ship now, which role may release it alone, and
/// when a higher one was called. A held order is checked again by itself as soon as a payment, an invoice, a limit, a hold or a rule
/// moves, the oldest first; what it takes of the limit is gone for the next.
#[utoipa::path(operation_id = "listOrders", tag = "credit", params(OrderQuery, PageParams),
    responses((status = 200, description = "A page, in the order they were placed.", body = Listing<OrderView>)))]
#[get("/orders")]
async fn list_all(permit: Permit<op::ListOrders>, query: Paged<OrderQuery>, engine: Data<Engine>) -> Reply {
    let asked = &query.filters;
    let filter = OrderFilter {
        account: asked.account_id,
        account_external_id: asked.account_external_id.clone(),
        external_id: asked.external_id.clone(),
        states: asked.state.0.clone(),
        code: asked.code.clone(),
        amount_min: asked.amount_min()?,
    };
    reply::ok(&query.listing(credit::list_orders(&engine.read(&permit.caller), &filter, &query.page).await?, |row| row)?)
}

/// Read an order with the answer of its last check.
#[utoipa::path(operation_id = "getOrder", tag = "credit", params(("id" = OrderId, Path, description = "The order.")), responses(
    (status = 200, description = "The order.", body = OrderView),
    (status = 304, description = "You have this version already.")
))]
#[get("/orders/{id}")]
async fn show(permit: Permit<op::GetOrder>, id: At<OrderId>, engine: Data<Engine>, request: HttpRequest) -> Reply {
    let order = credit::order_view(&engine.read(&permit.caller), id.0).await?;
    reply::read(&request, order.version, &order)
}

/// At which step of its life an order is checked.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"checkpoint": "ship"}))]
struct CheckIn {
    /// The step; that of its last check when absent.
    #[serde(default)]
    checkpoint: Option<Checkpoint>,
}

/// Check an order again, by the facts and rules of now.
///
/// `checkpoint` says to which step of its life it has come: hold rules of the policy run at the steps they name.
#[utoipa::path(operation_id = "checkOrder", tag = "credit", params(("id" = OrderId, Path, description = "The order.")),
    request_body = Option<CheckIn>, responses((status = 201, description = "Checked.", body = OrderView)))]
#[post("/orders/{id}/checks")]
async fn check(permit: Permit<op::CheckOrder>, id: At<OrderId>, body: MaybeBody<CheckIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.0.fingerprint());
    let account = credit::order_account(&engine.read(&who), id.0).await?;
    let check = CheckOrder { account, order: id.0 };
    answer(&match body.0.value.checkpoint {
        Some(checkpoint) => engine.execute(&who, CheckOrderAt { check, checkpoint }).await?,
        None => engine.execute(&who, check).await?,
    })
}

/// How much of a held order a person lets ship, and why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReleaseIn {
    /// How much; all that is not invoiced when absent.
    #[serde(default)]
    amount: Option<Money>,
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
    /// The last day it may ship under this release; without end when absent.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    valid_until: Option<NaiveDate>,
}

/// Let a held order ship against the answer of its check.
///
/// A release is for this order and once: what ships under it uses it up, and after its last day it covers nothing more.
/// Above the caller's authority (see `/v1/settings`) it waits for a second person: it is answered 202 and listed under `/v1/approvals`. The
/// operator acts alone.
#[utoipa::path(operation_id = "releaseOrder", tag = "credit", params(("id" = OrderId, Path, description = "The order.")),
    request_body = ReleaseIn, responses((status = 201, description = "Released.", body = OrderView),
        (status = 202, description = "It waits for a second person.", body = Waiting)))]
#[post("/orders/{id}/releases")]
async fn release(permit: Permit<op::ReleaseOrder>, id: At<OrderId>, body: Body<ReleaseIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let account = credit::order_account(&engine.read(&who), id.0).await?;
    let ReleaseIn { amount, reason, valid_until } = body.value;
    let outcome = engine.execute(&who, ReleaseOrder { account, order: id.0, amount, reason, valid_until }).await?;
    reply::acted(&outcome, &format!("/v1/orders/{}", id.0), |order| Some(order.version))
}

/// Why an order is refused.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OrderRejectionIn {
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

/// Refuse a held order for good.
///
/// Its holds end with it, and cash on it is unallocated again. An order of which goods have left is not rejected (`already_shipped`).
#[utoipa::path(operation_id = "rejectOrder", tag = "credit", params(("id" = OrderId, Path, description = "The order.")),
    request_body = OrderRejectionIn, responses((status = 201, description = "Rejected.", body = OrderView)))]
#[post("/orders/{id}/rejections")]
async fn reject(permit: Permit<op::RejectOrder>, id: At<OrderId>, body: Body<OrderRejectionIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let account = credit::order_account(&engine.read(&who), id.0).await?;
    answer(&engine.execute(&who, RejectOrder { account, order: id.0, reason: body.value.reason }).await?)
}

/// Revise an order: its value, lines, terms or day.
///
/// Where it asks more credit (a higher value, longer terms) or still waits, it is checked again; what it reserves stands until that is
/// answered. A lower value keeps the approval. Below what has shipped or is invoiced it is refused (`already_shipped`).
#[utoipa::path(operation_id = "reviseOrder", tag = "credit", params(("id" = OrderId, Path, description = "The order.")),
    request_body = RevisionIn, responses((status = 201, description = "Revised; the order as it is now.", body = OrderView)))]
#[post("/orders/{id}/revisions")]
async fn revise(permit: Permit<op::ReviseOrder>, id: At<OrderId>, body: Body<RevisionIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let account = credit::order_account(&engine.read(&who), id.0).await?;
    answer(&engine.execute(&who, ReviseOrder { account, order: id.0, revision: body.value }).await?)
}

/// List the revisions of an order.
#[utoipa::path(operation_id = "listRevisions", tag = "credit", params(("id" = OrderId, Path, description = "The order.")),
    responses((status = 200, description = "Every revision, in their order.", body = Few<RevisionView>)))]
#[get("/orders/{id}/revisions")]
async fn list_revisions(permit: Permit<op::ListRevisions>, id: At<OrderId>, engine: Data<Engine>) -> Reply {
    let read = engine.read(&permit.caller);
    credit::order_account(&read, id.0).await?;
    reply::ok(&Few { data: credit::list_revisions(&read, id.0).await? })
}

/// Record goods of an order that left.
///
/// They stay part of the exposure, as `shipped_not_invoiced`, until their invoice takes their place. More than is approved or released
/// is refused (`over_shipped`).
#[utoipa::path(operation_id = "shipOrder", tag = "credit", params(("id" = OrderId, Path, description = "The order.")),
    request_body = ShipmentIn, responses(
    (status = 201, description = "Recorded.", body = ShipmentView),
    (status = 200, description = "It was there with the same content.", body = ShipmentView)
))]
#[post("/orders/{id}/shipments")]
async fn ship(permit: Permit<op::ShipOrder>, id: At<OrderId>, body: Body<ShipmentIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let account = credit::order_account(&engine.read(&who), id.0).await?;
    let outcome = engine.execute(&who, ShipOrder { account, order: id.0, shipment: body.value }).await?;
    reply::made(&outcome, &format!("/v1/orders/{}/shipments", id.0), None)
}

/// List the shipments of an order.
#[utoipa::path(operation_id = "listShipments", tag = "credit", params(("id" = OrderId, Path, description = "The order.")),
    responses((status = 200, description = "Every shipment, oldest first.", body = Few<ShipmentView>)))]
#[get("/orders/{id}/shipments")]
async fn list_shipments(permit: Permit<op::ListShipments>, id: At<OrderId>, engine: Data<Engine>) -> Reply {
    let read = engine.read(&permit.caller);
    credit::order_account(&read, id.0).await?;
    reply::ok(&Few { data: credit::list_shipments(&read, id.0).await? })
}

/// Why an order is taken back.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OrderCancellationIn {
    /// Why.
    #[serde(default)]
    #[schema(max_length = 500)]
    reason: Option<String>,
}

/// Take an order back: what it reserved is free again, and so is cash on it.
///
/// An order of which goods have left is not cancelled (`already_shipped`): revise it down to them, or send its last invoice as `final`.
#[utoipa::path(operation_id = "cancelOrder", tag = "credit", params(("id" = OrderId, Path, description = "The order.")),
    request_body = Option<OrderCancellationIn>, responses((status = 201, description = "Cancelled.", body = OrderView)))]
#[post("/orders/{id}/cancellations")]
async fn cancel(permit: Permit<op::CancelOrder>, id: At<OrderId>, body: MaybeBody<OrderCancellationIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.0.fingerprint());
    let account = credit::order_account(&engine.read(&who), id.0).await?;
    answer(&engine.execute(&who, CancelOrder { account, order: id.0, reason: body.0.value.reason }).await?)
}

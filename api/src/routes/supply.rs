//! Stopping supply and letting it go on, and what distributors sell on.

use super::Few;
use super::limit::HoldState;
use crate::access::op;
use crate::auth::Permit;
use crate::extract::{At, Body, Listing, PageParams, Paged};
use crate::reply::{self, Reply};
use actix_web::web::Data;
use actix_web::{get, post};
use recoup_engine::approval::{Acted, Waiting};
use recoup_engine::credit::{
    self, RecordSellOut, ResumeSupply, SellOutIn, SellOutView, StopSupply, SupplyResumed, SupplyStopFilter, SupplyStopIn, SupplyStopView,
};
use recoup_engine::doors::store::Read;
use recoup_engine::hold::basis::SupplyBasis;
use recoup_engine::words::code::Code;
use recoup_engine::words::error::{Error, Result};
use recoup_engine::words::id::{AccountId, OrderId, SupplyStopId};
use recoup_engine::{Engine, account};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn all(list: &mut ServiceConfig) {
    list.service(bases).service(stop).service(stops).service(show).service(resume);
    list.service(sell_outs).service(record_sell_out);
}

/// List what an account has sold on, as it was told, the latest period first.
#[utoipa::path(operation_id = "listSellOuts", tag = "credit", params(("id" = AccountId, Path, description = "The account.")),
    responses((status = 200, description = "The periods that a quantity cap looks at.", body = Few<SellOutView>)))]
#[get("/accounts/{id}/sell-outs")]
async fn sell_outs(permit: Permit<op::ListSellOuts>, id: At<AccountId>, engine: Data<Engine>) -> Reply {
    let read = engine.read(&permit.caller);
    let account = account::account(&read, id.0).await?.id;
    reply::ok(&Few { data: credit::list_sell_outs(&read, account).await? })
}

/// Tell what a distributor has sold on in a period.
///
/// Where the policy, or a level of the account plan, has a `quantity_cap`, an order is capped at so many times the average. The same period
/// told again takes the place of what was told before.
#[utoipa::path(operation_id = "recordSellOut", tag = "credit", params(("id" = AccountId, Path, description = "The account.")),
    request_body = SellOutIn, responses((status = 201, description = "Written down.", body = SellOutView)))]
#[post("/accounts/{id}/sell-outs")]
async fn record_sell_out(permit: Permit<op::RecordSellOut>, id: At<AccountId>, body: Body<SellOutIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let outcome = engine.execute(&who, RecordSellOut { account: id.0, told: body.value }).await?;
    reply::made(&outcome, &format!("/v1/accounts/{}/sell-outs", id.0), None)
}

/// List the legal bases on which supply may be stopped today. They are dated data, and no legal advice.
#[utoipa::path(operation_id = "listSupplyBases", tag = "credit",
    responses((status = 200, description = "Those in force.", body = Few<SupplyBasis>)))]
#[get("/supply-bases")]
async fn bases(permit: Permit<op::ListSupplyBases>, engine: Data<Engine>) -> Reply {
    reply::ok(&Few { data: credit::supply_bases_today(&engine, &permit.caller).await? })
}

/// Stop supply to an account, of one of its orders, or of its key items.
///
/// A stop stands on a legal basis with its ground and its evidence, or it is refused (`supply_basis_missing`, G-SUPPLY). It always waits
/// for a second person: it is answered 202 and listed under `/v1/approvals`; the operator acts alone. With it the customer is told by a
/// notice, and a task watches the day by which an answer is asked. What was approved before and has not shipped is held again.
#[utoipa::path(operation_id = "stopSupply", tag = "credit", params(("id" = AccountId, Path, description = "The account.")),
    request_body(content = SupplyStopIn, example = json!({"basis": "cn_527", "ground": "asset_flight", "reason": "They empty the warehouse.",
        "evidence": [{"kind": "photograph", "reference": "DMS-2026-118", "dated_on": "2026-03-01"}]})),
    responses((status = 201, description = "Stopped.", body = SupplyStopView),
        (status = 202, description = "It waits for a second person.", body = Waiting)))]
#[post("/accounts/{id}/supply-stops")]
async fn stop(permit: Permit<op::StopSupply>, id: At<AccountId>, body: Body<SupplyStopIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let order = order_of(&engine.read(&who), id.0, &body.value).await?;
    let outcome = engine.stop_supply(&who, StopSupply { account: id.0, order, stop: body.value }).await?;
    let place = match &outcome.done {
        Acted::Done(stop) => format!("/v1/supply-stops/{}", stop.id),
        Acted::Waits(_) => String::new(),
    };
    reply::acted(&outcome, &place, |_| None)
}

/// The order that is named, of this account.
async fn order_of(read: &Read, account: AccountId, asked: &SupplyStopIn) -> Result<Option<OrderId>> {
    let unknown = |pointer: &str| Error::new(Code::UnknownReference, "the account has no such order").at(pointer);
    let by_number = match &asked.order_external_id {
        Some(number) => Some(credit::find_order(read, number).await?.ok_or_else(|| unknown("#/order_external_id"))?.id),
        None => None,
    };
    let named = match (asked.order_id, by_number) {
        (Some(id), Some(other)) if id != other => {
            return Err(Error::new(Code::IdConflict, "order_id and order_external_id name different orders").at("#/order_id"));
        }
        (Some(id), _) => (id, "#/order_id"),
        (None, Some(id)) => (id, "#/order_external_id"),
        (None, None) => return Ok(None),
    };
    match credit::order_account(read, named.0).await {
        Ok(owner) if owner == account => Ok(Some(named.0)),
        Ok(_) => Err(unknown(named.1)),
        Err(error) if error.code() == Code::NotFound => Err(unknown(named.1)),
        Err(error) => Err(error),
    }
}

/// Which stops are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SupplyStopQuery {
    /// In this state.
    #[param(inline)]
    state: Option<HoldState>,
    /// Of this account, its orders included.
    account_id: Option<AccountId>,
    /// Of the account with this number in the ERP.
    #[param(max_length = 100)]
    account_external_id: Option<String>,
    /// Of this order alone.
    order_id: Option<OrderId>,
}

/// List stops of supply, in the order they were placed.
#[utoipa::path(operation_id = "listSupplyStops", tag = "credit", params(SupplyStopQuery, PageParams),
    responses((status = 200, description = "A page.", body = Listing<SupplyStopView>)))]
#[get("/supply-stops")]
async fn stops(permit: Permit<op::ListSupplyStops>, query: Paged<SupplyStopQuery>, engine: Data<Engine>) -> Reply {
    let read = engine.read(&permit.caller);
    let asked = &query.filters;
    let Some(account) = super::named_account(&read, asked.account_id, asked.account_external_id.as_deref()).await? else {
        return reply::ok(&query.nothing::<SupplyStopView>());
    };
    let filter = SupplyStopFilter { account, order: asked.order_id, state: asked.state.map(|state| state.to_string()) };
    reply::ok(&query.listing(credit::list_supply_stops(&read, &filter, &query.page).await?, |row| row)?)
}

/// Read a stop of supply.
#[utoipa::path(operation_id = "getSupplyStop", tag = "credit", params(("id" = SupplyStopId, Path, description = "The stop.")),
    responses((status = 200, description = "The stop.", body = SupplyStopView)))]
#[get("/supply-stops/{id}")]
async fn show(permit: Permit<op::GetSupplyStop>, id: At<SupplyStopId>, engine: Data<Engine>) -> Reply {
    reply::ok(&credit::supply_stop(&engine.read(&permit.caller), id.0).await?)
}

/// Why supply goes on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SupplyReleaseIn {
    /// What has come about.
    #[schema(inline)]
    because: SupplyResumed,
    /// In your words.
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

/// Let supply go on.
///
/// What the books say is not said against them: `performed` while something is overdue, and `security_given` without a security in force,
/// are refused. Where the account owes and has on orders more than the caller's authority, it waits for a second person.
#[utoipa::path(operation_id = "resumeSupply", tag = "credit", params(("id" = SupplyStopId, Path, description = "The stop.")),
    request_body = SupplyReleaseIn, responses((status = 201, description = "Lifted.", body = SupplyStopView),
        (status = 202, description = "It waits for a second person.", body = Waiting)))]
#[post("/supply-stops/{id}/releases")]
async fn resume(permit: Permit<op::ResumeSupply>, id: At<SupplyStopId>, body: Body<SupplyReleaseIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let account = credit::supply_stop_account(&engine.read(&who), id.0).await?;
    let SupplyReleaseIn { because, reason } = body.value;
    let outcome = engine.execute(&who, ResumeSupply { account, stop: id.0, because, reason }).await?;
    reply::acted(&outcome, &format!("/v1/supply-stops/{}", id.0), |_| None)
}

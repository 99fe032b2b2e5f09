//! Credit limits, exposure and the holds of an account.

use super::Few;
use crate::access::op;
use crate::auth::Permit;
use crate::extract::{At, Body, Listing, PageParams, Paged, Params};
use crate::reply::{self, Reply};
use actix_web::web::Data;
use actix_web::{get, post};
use chrono::NaiveDate;
use recoup_engine::Engine;
use recoup_engine::account;
use recoup_engine::approval::Waiting;
use recoup_engine::credit::{
    self, CreditLimitIn, CreditLimitView, ExposureView, HoldFilter, HoldIn, HoldView, PlaceAccountHold, PutLimit, ReleaseHold,
};
use recoup_engine::words::day::strict_date;
use recoup_engine::words::id::{AccountId, HoldId, OrderId};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn all(list: &mut ServiceConfig) {
    list.service(limits).service(put_limit).service(exposure).service(account_holds);
    list.service(holds).service(place_hold).service(show_hold).service(release_hold);
}

/// List the credit limits of an account, the newest first day first.
///
/// With `as_of` only those in force on that day, past or to come: the first of them counts.
#[utoipa::path(operation_id = "listCreditLimits", tag = "credit", params(("id" = AccountId, Path, description = "The account."), LimitQuery),
    responses((status = 200, description = "Every limit it ever had, or those in force on the day.", body = Few<CreditLimitView>)))]
#[get("/accounts/{id}/credit-limits")]
async fn limits(permit: Permit<op::ListCreditLimits>, id: At<AccountId>, query: Params<LimitQuery>, engine: Data<Engine>) -> Reply {
    let read = engine.read(&permit.caller);
    let account = account::account(&read, id.0).await?.id;
    reply::ok(&Few { data: credit::list_limits(&read, account, query.0.as_of).await? })
}

/// Which limits are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct LimitQuery {
    /// In force on this day; all of them when absent.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    as_of: Option<NaiveDate>,
}

/// Set a credit limit.
///
/// An amount is a limit, zero is no credit at all, `null` is no credit check. A raise above the caller's authority (see `/v1/settings`), and
/// any to `null`, waits for a second person: it is answered 202 and listed under `/v1/approvals`. The operator acts alone.
#[utoipa::path(operation_id = "putCreditLimit", tag = "credit", params(("id" = AccountId, Path, description = "The account.")),
    request_body = CreditLimitIn, responses((status = 201, description = "Set.", body = CreditLimitView),
        (status = 202, description = "It waits for a second person.", body = Waiting)))]
#[post("/accounts/{id}/credit-limits")]
async fn put_limit(permit: Permit<op::PutCreditLimit>, id: At<AccountId>, body: Body<CreditLimitIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let outcome = engine.execute(&who, PutLimit { account: id.0, limit: body.value }).await?;
    reply::acted(&outcome, &format!("/v1/accounts/{}/credit-limits", id.0), |_| None)
}

/// Which day is wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DayQuery {
    /// As of this day; now when absent.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    as_of: Option<NaiveDate>,
}

/// Read what an account stands at against its limit.
#[utoipa::path(operation_id = "getExposure", tag = "credit", params(("id" = AccountId, Path, description = "The account."), DayQuery),
    responses((status = 200, description = "Limit, exposure and what it is made of.", body = ExposureView)))]
#[get("/accounts/{id}/exposure")]
async fn exposure(permit: Permit<op::GetExposure>, id: At<AccountId>, query: Params<DayQuery>, engine: Data<Engine>) -> Reply {
    reply::ok(&credit::exposure(&engine, &permit.caller, id.0, query.0.as_of).await?)
}

recoup_engine::words! {
    /// Is a hold in force?
    pub enum HoldState {
        /// It holds.
        Active = "active",
        /// Somebody or something ended it.
        Lifted = "lifted",
        /// Its last day has passed.
        Expired = "expired",
    }
}

/// Which holds of an account are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AccountHoldQuery {
    /// In this state.
    #[param(inline)]
    state: Option<HoldState>,
}

/// List the holds of an account, its orders included, the oldest first.
#[utoipa::path(operation_id = "listAccountHolds", tag = "credit",
    params(("id" = AccountId, Path, description = "The account."), AccountHoldQuery, PageParams),
    responses((status = 200, description = "A page.", body = Listing<HoldView>)))]
#[get("/accounts/{id}/holds")]
async fn account_holds(
    permit: Permit<op::ListAccountHolds>,
    id: At<AccountId>,
    query: Paged<AccountHoldQuery>,
    engine: Data<Engine>,
) -> Reply {
    let read = engine.read(&permit.caller);
    let account = account::account(&read, id.0).await?.id;
    let filter = HoldFilter { account: Some(account), state: query.filters.state.map(|state| state.to_string()), ..HoldFilter::default() };
    reply::ok(&query.listing(credit::list_holds(&read, &filter, &query.page).await?, |row| row)?)
}

/// Which holds are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct HoldQuery {
    /// In this state.
    #[param(inline)]
    state: Option<HoldState>,
    /// Of this account, its orders included.
    account_id: Option<AccountId>,
    /// Of the account with this number in the ERP.
    #[param(max_length = 100)]
    account_external_id: Option<String>,
    /// Of this order.
    order_id: Option<OrderId>,
    /// With this reason.
    #[param(max_length = 60)]
    code: Option<String>,
}

/// List holds, the oldest first: the queue of a credit desk.
#[utoipa::path(operation_id = "listHolds", tag = "credit", params(HoldQuery, PageParams),
    responses((status = 200, description = "A page.", body = Listing<HoldView>)))]
#[get("/holds")]
async fn holds(permit: Permit<op::ListHolds>, query: Paged<HoldQuery>, engine: Data<Engine>) -> Reply {
    let read = engine.read(&permit.caller);
    let asked = &query.filters;
    let Some(account) = super::named_account(&read, asked.account_id, asked.account_external_id.as_deref()).await? else {
        return reply::ok(&query.nothing::<HoldView>());
    };
    let filter = HoldFilter { state: asked.state.map(|state| state.to_string()), account, order: asked.order_id, code: asked.code.clone() };
    reply::ok(&query.listing(credit::list_holds(&read, &filter, &query.page).await?, |row| row)?)
}

/// A hold on a whole account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AccountHoldIn {
    /// The account, by id or external id.
    #[serde(default)]
    account_id: Option<AccountId>,
    /// The account's number in the ERP.
    #[serde(default)]
    #[schema(max_length = 100)]
    account_external_id: Option<String>,
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
    /// The last day it holds; until somebody lifts it when absent.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    expires_on: Option<NaiveDate>,
}

/// Put a whole account on hold. Every order check meets it until it ends.
#[utoipa::path(operation_id = "placeHold", tag = "credit", request_body = AccountHoldIn,
    responses((status = 201, description = "Placed.", body = HoldView)))]
#[post("/holds")]
async fn place_hold(permit: Permit<op::PlaceHold>, body: Body<AccountHoldIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let AccountHoldIn { account_id, account_external_id, reason, expires_on } = body.value;
    let account = account::resolve(&engine.read(&who), account_id, account_external_id.as_deref()).await?;
    let outcome = engine.execute(&who, PlaceAccountHold { account, hold: HoldIn { reason, expires_on } }).await?;
    reply::made(&outcome, &format!("/v1/holds/{}", outcome.done.id), Some(outcome.done.version))
}

/// Read a hold.
#[utoipa::path(operation_id = "getHold", tag = "credit", params(("id" = HoldId, Path, description = "The hold.")),
    responses((status = 200, description = "The hold.", body = HoldView)))]
#[get("/holds/{id}")]
async fn show_hold(permit: Permit<op::GetHold>, id: At<HoldId>, engine: Data<Engine>) -> Reply {
    reply::ok(&credit::hold(&engine.read(&permit.caller), id.0).await?)
}

/// Why a hold is lifted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct HoldReleaseIn {
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

/// Lift a hold on a whole account. A held order is released instead.
///
/// Where the account owes and has on orders more than the caller's authority, it waits for a second person.
#[utoipa::path(operation_id = "releaseHold", tag = "credit", params(("id" = HoldId, Path, description = "The hold.")),
    request_body = HoldReleaseIn, responses((status = 201, description = "Lifted.", body = HoldView),
        (status = 202, description = "It waits for a second person.", body = Waiting)))]
#[post("/holds/{id}/releases")]
async fn release_hold(permit: Permit<op::ReleaseHold>, id: At<HoldId>, body: Body<HoldReleaseIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let account = credit::hold(&engine.read(&who), id.0).await?.account_id;
    let outcome = engine.execute(&who, ReleaseHold { account, hold: id.0, reason: body.value.reason }).await?;
    reply::acted(&outcome, &format!("/v1/holds/{}", id.0), |hold| Some(hold.version))
}

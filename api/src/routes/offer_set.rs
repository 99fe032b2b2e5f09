//! Sets of three proposals for a negotiation: made, put to the customer, chosen from, withdrawn.

use crate::access::{Scope, op};
use crate::auth::Permit;
use crate::extract::{At, Body, Listing, PageParams, Paged};
use crate::reply::{self, Reply};
use actix_web::web::Data;
use actix_web::{HttpRequest, get, post};
use chrono::NaiveDate;
use recoup_engine::approval::Waiting;
use recoup_engine::offer_set::{
    self, ChooseOption, CreateOfferSet, OfferChoiceIn, OfferPurpose, OfferSetFilter, OfferSetIn, OfferSetState, OfferSetView,
    WithdrawOfferSet,
};
use recoup_engine::words::caller::Caller;
use recoup_engine::words::error::Result;
use recoup_engine::words::id::{AccountId, OfferSetId};
use recoup_engine::{Engine, account};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn all(list: &mut ServiceConfig) {
    list.service(create).service(list_all).service(show).service(choose).service(withdraw);
}

/// Who may negotiate about it: whoever may write the contract, or work the case.
fn scope_of(purpose: OfferPurpose) -> Scope {
    match purpose {
        OfferPurpose::Terms => Scope::OrdersWrite,
        OfferPurpose::Settlement => Scope::CasesWrite,
    }
}

async fn today(engine: &Engine, who: &Caller) -> Result<NaiveDate> {
    Ok(engine.ground(who.tenant).await?.stamp(engine.clock()).today)
}

/// Make a set of three proposals: the least we accept, what we want, and the anchor beside which that looks good.
///
/// About `terms` each of them says what would change of a contract, in the contract's own words and judged by its rules; the base is the
/// longest time to pay. About a `settlement` each says what is paid when on invoices that are open, and the base brings the least money;
/// `concession` is what that leaves. The `letter` puts the three to the customer as A, B and C and never tells what they are for us. One
/// set stands at a time for one contract, and one settlement for an account. Terms take `orders:write`, settlements `cases:write`.
#[utoipa::path(operation_id = "createOfferSet", tag = "collections", params(("id" = AccountId, Path, description = "The account.")),
    request_body = OfferSetIn, responses(
    (status = 201, description = "Made.", body = OfferSetView),
    (status = 200, description = "It was there with the same content.", body = OfferSetView)
))]
#[post("/accounts/{id}/offer-sets")]
async fn create(permit: Permit<op::CreateOfferSet>, id: At<AccountId>, body: Body<OfferSetIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let account = account::account(&engine.read(&who), id.0).await?.id;
    permit.also(scope_of(body.value.purpose))?;
    let outcome = engine.execute(&who, CreateOfferSet { account, set: body.value }).await?;
    reply::made(&outcome, &format!("/v1/offer-sets/{}", outcome.done.id), Some(outcome.done.version))
}

/// Which sets are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct OfferSetQuery {
    /// In this state today.
    #[param(inline)]
    state: Option<OfferSetState>,
}

/// List the offer sets of an account.
#[utoipa::path(operation_id = "listOfferSets", tag = "collections",
    params(("id" = AccountId, Path, description = "The account."), OfferSetQuery, PageParams),
    responses((status = 200, description = "A page, in the order they were made.", body = Listing<OfferSetView>)))]
#[get("/accounts/{id}/offer-sets")]
async fn list_all(permit: Permit<op::ListOfferSets>, id: At<AccountId>, query: Paged<OfferSetQuery>, engine: Data<Engine>) -> Reply {
    let (read, today) = (engine.read(&permit.caller), today(&engine, &permit.caller).await?);
    let filter = OfferSetFilter { state: query.filters.state };
    reply::ok(&query.listing(offer_set::list_offer_sets(&read, id.0, &filter, &query.page, today).await?, |row| row)?)
}

/// Read an offer set.
///
/// `state` follows from the day: after `valid_to` an open set is `expired`, and a choice whose request nobody answered is open again.
#[utoipa::path(operation_id = "getOfferSet", tag = "collections", params(("id" = OfferSetId, Path, description = "The set.")),
    responses((status = 200, description = "The set.", body = OfferSetView),
        (status = 304, description = "You have this version already.")))]
#[get("/offer-sets/{id}")]
async fn show(permit: Permit<op::GetOfferSet>, id: At<OfferSetId>, engine: Data<Engine>, request: HttpRequest) -> Reply {
    let today = today(&engine, &permit.caller).await?;
    let set = offer_set::offer_set(&engine.read(&permit.caller), id.0, today).await?;
    reply::read(&request, set.version, &set)
}

/// Write down what the customer chose.
///
/// Terms change the contract as a patch of it would: one in force by two persons. A settlement that waives something takes two persons
/// as well, and the operator acts alone. Once agreed, what is waived is a credit note of the ERP: nothing is booked here. A settlement is
/// chosen on the figures it was made on: when what is open has moved since, it is made anew.
#[utoipa::path(operation_id = "chooseOption", tag = "collections", params(("id" = OfferSetId, Path, description = "The set.")),
    request_body = OfferChoiceIn, responses((status = 201, description = "Agreed.", body = OfferSetView),
        (status = 202, description = "It waits for a second person.", body = Waiting)))]
#[post("/offer-sets/{id}/choices")]
async fn choose(permit: Permit<op::ChooseOption>, id: At<OfferSetId>, body: Body<OfferChoiceIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let (account, purpose) = offer_set::offer_set_subject(&engine.read(&who), id.0).await?;
    permit.also(scope_of(purpose))?;
    let outcome = engine.execute(&who, ChooseOption { account, offer_set: id.0, choice: body.value }).await?;
    reply::acted(&outcome, &format!("/v1/offer-sets/{}", id.0), |set| Some(set.version))
}

/// Why a set is withdrawn.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OfferSetWithdrawalIn {
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

/// Withdraw an offer set that is open. One whose choice waits for a second person is ended by that person's answer.
#[utoipa::path(operation_id = "withdrawOfferSet", tag = "collections", params(("id" = OfferSetId, Path, description = "The set.")),
    request_body = OfferSetWithdrawalIn, responses((status = 201, description = "Withdrawn.", body = OfferSetView)))]
#[post("/offer-sets/{id}/withdrawals")]
async fn withdraw(
    permit: Permit<op::WithdrawOfferSet>,
    id: At<OfferSetId>,
    body: Body<OfferSetWithdrawalIn>,
    engine: Data<Engine>,
) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let (account, purpose) = offer_set::offer_set_subject(&engine.read(&who), id.0).await?;
    permit.also(scope_of(purpose))?;
    let outcome = engine.execute(&who, WithdrawOfferSet { account, offer_set: id.0, reason: body.value.reason }).await?;
    reply::made(&outcome, &format!("/v1/offer-sets/{}", id.0), Some(outcome.done.version))
}

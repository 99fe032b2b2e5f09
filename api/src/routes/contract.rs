//! Contracts: what was agreed about goods and money, and the extensions of their settlement days.

use super::Few;
use crate::access::op;
use crate::auth::Permit;
use crate::extract::{At, Body, IfMatch, Listing, PageParams, Paged, Params, Patch};
use crate::reply::{self, Answer, Reply};
use actix_web::web::Data;
use actix_web::{HttpRequest, get, patch, post};
use chrono::NaiveDate;
use recoup_engine::approval::{Acted, Waiting};
use recoup_engine::contract::{
    self, ChangeContract, ContractFilter, ContractIn, ContractPatch, ContractView, CreateContract, ErosionView, ExtendSettlement,
    ExtensionIn, ExtensionView,
};
use recoup_engine::words::contract::{ContractState, ReleaseMode};
use recoup_engine::words::day::strict_date;
use recoup_engine::words::id::{AccountId, ContractId};
use recoup_engine::{Engine, account};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn all(list: &mut ServiceConfig) {
    list.service(create).service(list_all).service(show).service(change);
    list.service(extend).service(extensions).service(erosion);
}

/// Write a contract down.
///
/// Its `mode` says how goods go against money: orders that name the contract are answered by it, beside the credit limit. With a
/// member left blank it stays a draft, and orders that name it are held.
#[utoipa::path(operation_id = "createContract", tag = "credit", request_body = ContractIn, responses(
    (status = 201, description = "Written down.", body = ContractView),
    (status = 200, description = "It was there with the same content.", body = ContractView)
))]
#[post("/contracts")]
async fn create(permit: Permit<op::CreateContract>, body: Body<ContractIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let contract = body.value;
    let account = account::resolve(&engine.read(&who), contract.account_id, contract.account_external_id.as_deref()).await?;
    let outcome = engine.execute(&who, CreateContract { account, contract }).await?;
    reply::made(&outcome, &format!("/v1/contracts/{}", outcome.done.id), Some(outcome.done.version))
}

/// Which contracts are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ContractQuery {
    /// With this account.
    account_id: Option<AccountId>,
    /// With the account that has this number in the ERP.
    #[param(max_length = 100)]
    account_external_id: Option<String>,
    /// With this number in the ERP.
    #[param(max_length = 100)]
    external_id: Option<String>,
    /// In this state.
    #[param(inline)]
    state: Option<ContractState>,
    /// With this release mode.
    #[param(inline)]
    mode: Option<ReleaseMode>,
}

/// List contracts.
#[utoipa::path(operation_id = "listContracts", tag = "credit", params(ContractQuery, PageParams),
    responses((status = 200, description = "A page, in the order they were written down.", body = Listing<ContractView>)))]
#[get("/contracts")]
async fn list_all(permit: Permit<op::ListContracts>, query: Paged<ContractQuery>, engine: Data<Engine>) -> Reply {
    let read = engine.read(&permit.caller);
    let asked = &query.filters;
    let Some(account) = super::named_account(&read, asked.account_id, asked.account_external_id.as_deref()).await? else {
        return reply::ok(&query.nothing::<ContractView>());
    };
    let filter = ContractFilter { account, external_id: asked.external_id.clone(), state: asked.state, mode: asked.mode };
    reply::ok(&query.listing(contract::list_contracts(&read, &filter, &query.page).await?, |row| row)?)
}

/// Read a contract.
#[utoipa::path(operation_id = "getContract", tag = "credit", params(("id" = ContractId, Path, description = "The contract.")), responses(
    (status = 200, description = "The contract.", body = ContractView),
    (status = 304, description = "You have this version already.")
))]
#[get("/contracts/{id}")]
async fn show(permit: Permit<op::GetContract>, id: At<ContractId>, engine: Data<Engine>, request: HttpRequest) -> Reply {
    let contract = contract::contract_view(&engine.read(&permit.caller), id.0).await?;
    reply::read(&request, contract.version, &contract)
}

/// Change a contract.
///
/// A draft is filled in and put in force by anyone who may write orders. One in force is changed by two persons: the change waits for a
/// second one, and the operator acts alone. What an order was answered stands until it is checked again.
#[utoipa::path(operation_id = "changeContract", tag = "credit", params(("id" = ContractId, Path, description = "The contract.")),
    request_body(content = ContractPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "The contract as it is now.", body = ContractView),
        (status = 202, description = "It waits for a second person.", body = Waiting)))]
#[patch("/contracts/{id}")]
async fn change(
    permit: Permit<op::ChangeContract>,
    id: At<ContractId>,
    version: IfMatch,
    body: Patch<ContractPatch>,
    engine: Data<Engine>,
) -> Reply {
    let who = permit.once(|| body.0.fingerprint());
    let account = contract::contract_account(&engine.read(&who), id.0).await?;
    let change = ChangeContract { account, contract: id.0, version: version.0, patch: body.0.value };
    let outcome = engine.execute(&who, change).await?;
    match &outcome.done {
        Acted::Waits(waiting) => reply::waits(waiting, outcome.is_replay),
        Acted::Done(done) => Answer::ok().version(done.version).replayed(outcome.is_by_key).json(done),
    }
}

/// Extend a settlement day, once, by at most five days.
///
/// Whoever grants it is its approver. Each one counts: every second within six months lowers the customer's grade by one step.
#[utoipa::path(operation_id = "extendSettlement", tag = "credit", params(("id" = ContractId, Path, description = "The contract.")),
    request_body = ExtensionIn, responses((status = 201, description = "Extended.", body = ExtensionView)))]
#[post("/contracts/{id}/extensions")]
async fn extend(permit: Permit<op::ExtendSettlement>, id: At<ContractId>, body: Body<ExtensionIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let account = contract::contract_account(&engine.read(&who), id.0).await?;
    let outcome = engine.execute(&who, ExtendSettlement { account, contract: id.0, extension: body.value }).await?;
    reply::made(&outcome, &format!("/v1/contracts/{}/extensions", id.0), None)
}

/// List the extensions of a contract, the newest first.
#[utoipa::path(operation_id = "listExtensions", tag = "credit", params(("id" = ContractId, Path, description = "The contract.")),
    responses((status = 200, description = "Its extensions.", body = Few<ExtensionView>)))]
#[get("/contracts/{id}/extensions")]
async fn extensions(permit: Permit<op::ListExtensions>, id: At<ContractId>, engine: Data<Engine>) -> Reply {
    let read = engine.read(&permit.caller);
    let contract = contract::contract_view(&read, id.0).await?.id;
    reply::ok(&Few { data: contract::list_extensions(&read, contract).await? })
}

/// Which day is wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ErosionQuery {
    /// As of this day; today when absent.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    as_of: Option<NaiveDate>,
}

/// Report the customers whose terms wear away: extensions of settlement days within six months.
#[utoipa::path(operation_id = "getErosion", tag = "reports", params(ErosionQuery),
    responses((status = 200, description = "Customers with extensions, those with the most first.", body = ErosionView)))]
#[get("/reports/erosion")]
async fn erosion(permit: Permit<op::GetErosion>, query: Params<ErosionQuery>, engine: Data<Engine>) -> Reply {
    let today = engine.ground(permit.caller.tenant).await?.stamp(engine.clock()).today;
    reply::ok(&contract::erosion(&engine.read(&permit.caller), query.0.as_of.unwrap_or(today)).await?)
}

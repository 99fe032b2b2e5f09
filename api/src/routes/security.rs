//! What stands behind an account's limit, and the ceilings of single parts of its exposure.

use super::Few;
use crate::access::op;
use crate::auth::Permit;
use crate::extract::{At, Body, IfMatch};
use crate::reply::{self, Answer, Reply};
use actix_web::web::Data;
use actix_web::{HttpRequest, get, post, put};
use recoup_engine::approval::Waiting;
use recoup_engine::credit::{self, AccountPartLimits, AddSecurity, PutPartLimits, SecurityIn, SecurityView, WithdrawSecurity};
use recoup_engine::words::id::{AccountId, SecurityId};
use recoup_engine::{Engine, account};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn all(list: &mut ServiceConfig) {
    list.service(securities).service(add).service(withdraw).service(part_limits).service(put_part_limits);
}

/// List the insurances and guarantees behind an account.
#[utoipa::path(operation_id = "listSecurities", tag = "credit", params(("id" = AccountId, Path, description = "The account.")),
    responses((status = 200, description = "Every one it ever had, in the order they were set.", body = Few<SecurityView>)))]
#[get("/accounts/{id}/securities")]
async fn securities(permit: Permit<op::ListSecurities>, id: At<AccountId>, engine: Data<Engine>) -> Reply {
    let read = engine.read(&permit.caller);
    let account = account::account(&read, id.0).await?.id;
    reply::ok(&Few { data: credit::list_securities(&read, account).await? })
}

/// Put an insurance or a guarantee behind an account.
///
/// Its share is added to the account's own limit. Once it has run out, orders are held until it is renewed or withdrawn. Above the
/// caller's authority it waits for a second person, as a raised limit does; the operator acts alone.
#[utoipa::path(operation_id = "addSecurity", tag = "credit", params(("id" = AccountId, Path, description = "The account.")),
    request_body = SecurityIn, responses((status = 201, description = "Set.", body = SecurityView),
        (status = 202, description = "It waits for a second person.", body = Waiting)))]
#[post("/accounts/{id}/securities")]
async fn add(permit: Permit<op::AddSecurity>, id: At<AccountId>, body: Body<SecurityIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let outcome = engine.execute(&who, AddSecurity { account: id.0, security: body.value }).await?;
    reply::acted(&outcome, &format!("/v1/accounts/{}/securities", id.0), |security| Some(security.version))
}

/// Why a security is withdrawn.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WithdrawalIn {
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

/// Withdraw a security: it stands behind the account no longer, and its end holds no order.
#[utoipa::path(operation_id = "withdrawSecurity", tag = "credit", params(("id" = SecurityId, Path, description = "The security.")),
    request_body = WithdrawalIn, responses((status = 201, description = "Withdrawn.", body = SecurityView)))]
#[post("/securities/{id}/withdrawals")]
async fn withdraw(permit: Permit<op::WithdrawSecurity>, id: At<SecurityId>, body: Body<WithdrawalIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let account = credit::security_account(&engine.read(&who), id.0).await?;
    let outcome = engine.execute(&who, WithdrawSecurity { account, security: id.0, reason: body.value.reason }).await?;
    reply::made(&outcome, &format!("/v1/accounts/{account}/securities"), Some(outcome.done.version))
}

/// Read an account's own ceilings of single parts of its exposure.
#[utoipa::path(operation_id = "getPartLimits", tag = "credit", params(("id" = AccountId, Path, description = "The account.")), responses(
    (status = 200, description = "Its own ceilings; where there is none the policy's counts.", body = AccountPartLimits),
    (status = 304, description = "You have this version already.")
))]
#[get("/accounts/{id}/part-limits")]
async fn part_limits(permit: Permit<op::GetPartLimits>, id: At<AccountId>, engine: Data<Engine>, request: HttpRequest) -> Reply {
    let now = credit::part_limits(&engine.read(&permit.caller), id.0).await?;
    reply::read(&request, now.version, &now.limits)
}

/// Replace an account's own ceilings of single parts of its exposure.
///
/// Going above any one of them holds an order, although the limit as a whole may fit. What is left out has no ceiling of its own.
#[utoipa::path(operation_id = "putPartLimits", tag = "credit", params(("id" = AccountId, Path, description = "The account.")),
    request_body = AccountPartLimits, responses((status = 200, description = "The ceilings as they are now.", body = AccountPartLimits)))]
#[put("/accounts/{id}/part-limits")]
async fn put_part_limits(
    permit: Permit<op::PutPartLimits>,
    id: At<AccountId>,
    version: IfMatch,
    body: Body<AccountPartLimits>,
    engine: Data<Engine>,
) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let outcome = engine.execute(&who, PutPartLimits { account: id.0, version: version.0, limits: body.value }).await?;
    Answer::ok().version(outcome.done.version).replayed(outcome.is_by_key).json(&outcome.done.limits)
}

//! Exclusions: hold rules of the policy that an account is let off.

use super::Few;
use crate::access::op;
use crate::auth::Permit;
use crate::extract::{At, Body};
use crate::reply::{self, Reply};
use actix_web::web::Data;
use actix_web::{get, post};
use recoup_engine::credit::{self, CancelExclusion, ExcludeFromRule, ExclusionIn, ExclusionView};
use recoup_engine::words::id::{AccountId, ExclusionId};
use recoup_engine::{Engine, account};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn all(list: &mut ServiceConfig) {
    list.service(exclude).service(exclusions).service(cancel);
}

/// Let an account off a hold rule.
///
/// It works on the rule it names and on no other, unless `release_and_stop` says so. Limit, contract, holds and blocks stay.
#[utoipa::path(operation_id = "excludeFromRule", tag = "credit", params(("id" = AccountId, Path, description = "The account.")),
    request_body = ExclusionIn, responses((status = 201, description = "Let off.", body = ExclusionView)))]
#[post("/accounts/{id}/exclusions")]
async fn exclude(permit: Permit<op::ExcludeFromRule>, id: At<AccountId>, body: Body<ExclusionIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let outcome = engine.execute(&who, ExcludeFromRule { account: id.0, exclusion: body.value }).await?;
    reply::made(&outcome, &format!("/v1/accounts/{}/exclusions", id.0), None)
}

/// List the exclusions of an account, the newest first.
#[utoipa::path(operation_id = "listExclusions", tag = "credit", params(("id" = AccountId, Path, description = "The account.")),
    responses((status = 200, description = "Every one it ever had.", body = Few<ExclusionView>)))]
#[get("/accounts/{id}/exclusions")]
async fn exclusions(permit: Permit<op::ListExclusions>, id: At<AccountId>, engine: Data<Engine>) -> Reply {
    let read = engine.read(&permit.caller);
    let account = account::account(&read, id.0).await?.id;
    reply::ok(&Few { data: credit::list_exclusions(&read, account).await? })
}

/// Why an exclusion is taken back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ExclusionCancellationIn {
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

/// Take an exclusion back.
#[utoipa::path(operation_id = "cancelExclusion", tag = "credit", params(("id" = ExclusionId, Path, description = "The exclusion.")),
    request_body = ExclusionCancellationIn, responses((status = 201, description = "Taken back.", body = ExclusionView)))]
#[post("/exclusions/{id}/cancellations")]
async fn cancel(
    permit: Permit<op::CancelExclusion>,
    id: At<ExclusionId>,
    body: Body<ExclusionCancellationIn>,
    engine: Data<Engine>,
) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let account = credit::exclusion_account(&engine.read(&who), id.0).await?;
    let outcome = engine.execute(&who, CancelExclusion { account, exclusion: id.0, reason: body.value.reason }).await?;
    reply::made(&outcome, &format!("/v1/accounts/{account}/exclusions"), None)
}

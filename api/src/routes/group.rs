//! Groups of accounts that share limits.

use super::{Few, NoFilters};
use crate::access::op;
use crate::auth::Permit;
use crate::extract::{At, Body, IfMatch, Listing, PageParams, Paged, Params, Patch};
use crate::reply::{self, Answer, Reply};
use actix_web::web::Data;
use actix_web::{HttpRequest, get, patch, post};
use chrono::NaiveDate;
use recoup_engine::approval::Waiting;
use recoup_engine::credit::{
    self, CreateGroup, CreditGroupIn, CreditGroupPatch, CreditGroupView, GroupExposureView, GroupLimitIn, GroupLimitView, GroupMemberView,
    PatchGroup, PutGroupLimit, RemoveMember,
};
use recoup_engine::words::day::strict_date;
use recoup_engine::words::id::{AccountId, CreditGroupId};
use recoup_engine::{Engine, account};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn all(list: &mut ServiceConfig) {
    list.service(create).service(list_all).service(show).service(change).service(exposure);
    list.service(join).service(members).service(leave).service(put_limit).service(limits);
}

/// Make a group of accounts.
///
/// Its limit is tested beside each member's own, and the tighter one decides. Groups may lie in one another, three levels deep.
#[utoipa::path(operation_id = "createCreditGroup", tag = "credit", request_body = CreditGroupIn, responses(
    (status = 201, description = "Made.", body = CreditGroupView),
    (status = 200, description = "It was there with the same content.", body = CreditGroupView)
))]
#[post("/credit-groups")]
async fn create(permit: Permit<op::CreateCreditGroup>, body: Body<CreditGroupIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let outcome = engine.execute(&who, CreateGroup { group: body.value }).await?;
    reply::made(&outcome, &format!("/v1/credit-groups/{}", outcome.done.id), Some(outcome.done.version))
}

/// Which groups are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct GroupQuery {
    /// With this number in the ERP.
    #[param(max_length = 100)]
    external_id: Option<String>,
}

/// List groups of accounts.
#[utoipa::path(operation_id = "listCreditGroups", tag = "credit", params(GroupQuery, PageParams),
    responses((status = 200, description = "A page, in the order they were made.", body = Listing<CreditGroupView>)))]
#[get("/credit-groups")]
async fn list_all(permit: Permit<op::ListCreditGroups>, query: Paged<GroupQuery>, engine: Data<Engine>) -> Reply {
    let page = credit::list_groups(&engine.read(&permit.caller), query.filters.external_id.as_deref(), &query.page).await?;
    reply::ok(&query.listing(page, |row| row)?)
}

/// Read a group of accounts.
#[utoipa::path(operation_id = "getCreditGroup", tag = "credit", params(("id" = CreditGroupId, Path, description = "The group.")), responses(
    (status = 200, description = "The group.", body = CreditGroupView),
    (status = 304, description = "You have this version already.")
))]
#[get("/credit-groups/{id}")]
async fn show(permit: Permit<op::GetCreditGroup>, id: At<CreditGroupId>, engine: Data<Engine>, request: HttpRequest) -> Reply {
    let group = credit::group_view(&engine.read(&permit.caller), id.0).await?;
    reply::read(&request, group.version, &group)
}

/// Rename a group of accounts, or move it under another one. A group cannot contain itself.
#[utoipa::path(operation_id = "patchCreditGroup", tag = "credit", params(("id" = CreditGroupId, Path, description = "The group.")),
    request_body(content = CreditGroupPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "The group as it is now.", body = CreditGroupView)))]
#[patch("/credit-groups/{id}")]
async fn change(
    permit: Permit<op::PatchCreditGroup>,
    id: At<CreditGroupId>,
    version: IfMatch,
    body: Patch<CreditGroupPatch>,
    engine: Data<Engine>,
) -> Reply {
    let who = permit.once(|| body.0.fingerprint());
    let outcome = engine.execute(&who, PatchGroup { group: id.0, version: version.0, patch: body.0.value }).await?;
    Answer::ok().version(outcome.done.version).replayed(outcome.is_by_key).json(&outcome.done)
}

/// Which day is wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct GroupDayQuery {
    /// As of this day, with those who belonged to the group then; now when absent.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    as_of: Option<NaiveDate>,
}

/// Read what the members of a group stand at together, against its limit.
#[utoipa::path(operation_id = "getCreditGroupExposure", tag = "credit",
    params(("id" = CreditGroupId, Path, description = "The group."), GroupDayQuery),
    responses((status = 200, description = "Limit, exposure and what it is made of.", body = GroupExposureView)))]
#[get("/credit-groups/{id}/exposure")]
async fn exposure(
    permit: Permit<op::GetCreditGroupExposure>,
    id: At<CreditGroupId>,
    query: Params<GroupDayQuery>,
    engine: Data<Engine>,
) -> Reply {
    reply::ok(&credit::group_exposure(&engine, &permit.caller, id.0, query.0.as_of).await?)
}

/// An account that is to join a group.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct GroupMemberIn {
    /// The account, by id or external id.
    #[serde(default)]
    account_id: Option<AccountId>,
    /// The account's number in the ERP.
    #[serde(default)]
    #[schema(max_length = 100)]
    account_external_id: Option<String>,
    /// Do the accounts whose parent it is join too, down to the third level?
    #[serde(default)]
    with_children: bool,
}

/// Bring an account into a group, alone or with the accounts that belong to it.
///
/// An account belongs to one group at most. Its currency is the group's.
#[utoipa::path(operation_id = "joinCreditGroup", tag = "credit", params(("id" = CreditGroupId, Path, description = "The group.")),
    request_body = GroupMemberIn, responses((status = 201, description = "Joined.", body = Few<GroupMemberView>)))]
#[post("/credit-groups/{id}/members")]
async fn join(permit: Permit<op::JoinCreditGroup>, id: At<CreditGroupId>, body: Body<GroupMemberIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let read = engine.read(&who);
    let group = credit::group_view(&read, id.0).await?.id;
    let account = account::resolve(&read, body.value.account_id, body.value.account_external_id.as_deref()).await?;
    let outcome = engine.join_group(&who, group, account, body.value.with_children).await?;
    Answer::created(&format!("/v1/credit-groups/{group}/members")).replayed(outcome.is_replay).json(&Few { data: outcome.done })
}

/// List the accounts of a group; those of groups under it are theirs.
#[utoipa::path(operation_id = "listCreditGroupMembers", tag = "credit",
    params(("id" = CreditGroupId, Path, description = "The group."), PageParams),
    responses((status = 200, description = "A page.", body = Listing<GroupMemberView>)))]
#[get("/credit-groups/{id}/members")]
async fn members(
    permit: Permit<op::ListCreditGroupMembers>,
    id: At<CreditGroupId>,
    query: Paged<NoFilters>,
    engine: Data<Engine>,
) -> Reply {
    reply::ok(&query.listing(credit::list_members(&engine.read(&permit.caller), id.0, &query.page).await?, |row| row)?)
}

/// An account that is to leave a group.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DepartureIn {
    /// The account, by id or external id.
    #[serde(default)]
    account_id: Option<AccountId>,
    /// The account's number in the ERP.
    #[serde(default)]
    #[schema(max_length = 100)]
    account_external_id: Option<String>,
}

/// Take an account out of a group.
#[utoipa::path(operation_id = "leaveCreditGroup", tag = "credit", params(("id" = CreditGroupId, Path, description = "The group.")),
    request_body = DepartureIn, responses((status = 201, description = "It left.", body = GroupMemberView)))]
#[post("/credit-groups/{id}/departures")]
async fn leave(permit: Permit<op::LeaveCreditGroup>, id: At<CreditGroupId>, body: Body<DepartureIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let read = engine.read(&who);
    let group = credit::group_view(&read, id.0).await?.id;
    let account = account::resolve(&read, body.value.account_id, body.value.account_external_id.as_deref()).await?;
    let outcome = engine.execute(&who, RemoveMember { account, group }).await?;
    reply::made(&outcome, &format!("/v1/credit-groups/{group}/members"), None)
}

/// Set a limit of a group. It always has a last day.
///
/// Above the caller's authority it waits for a second person, as a raised limit does; the operator acts alone.
#[utoipa::path(operation_id = "putGroupLimit", tag = "credit", params(("id" = CreditGroupId, Path, description = "The group.")),
    request_body = GroupLimitIn, responses((status = 201, description = "Set.", body = GroupLimitView),
        (status = 202, description = "It waits for a second person.", body = Waiting)))]
#[post("/credit-groups/{id}/limits")]
async fn put_limit(permit: Permit<op::PutGroupLimit>, id: At<CreditGroupId>, body: Body<GroupLimitIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let outcome = engine.execute(&who, PutGroupLimit { group: id.0, limit: body.value }).await?;
    reply::acted(&outcome, &format!("/v1/credit-groups/{}/limits", id.0), |_| None)
}

/// Which day is wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct GroupLimitQuery {
    /// Only limits in force on this day; the first one counts.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    as_of: Option<NaiveDate>,
}

/// List the limits of a group, the newest first day first.
#[utoipa::path(operation_id = "listGroupLimits", tag = "credit",
    params(("id" = CreditGroupId, Path, description = "The group."), GroupLimitQuery),
    responses((status = 200, description = "Every limit it ever had, or those in force on the day.", body = Few<GroupLimitView>)))]
#[get("/credit-groups/{id}/limits")]
async fn limits(permit: Permit<op::ListGroupLimits>, id: At<CreditGroupId>, query: Params<GroupLimitQuery>, engine: Data<Engine>) -> Reply {
    reply::ok(&Few { data: credit::list_group_limits(&engine.read(&permit.caller), id.0, query.0.as_of).await? })
}

//! The findings register of internal control.

use crate::access::op;
use crate::auth::Permit;
use crate::extract::{At, Body, IfMatch, Listing, PageParams, Paged, Patch};
use crate::reply::{self, Answer, Reply};
use actix_web::web::Data;
use actix_web::{HttpRequest, get, patch, post};
use chrono::NaiveDate;
use recoup_engine::Engine;
use recoup_engine::finding::{self, ChangeFinding, CreateFinding, FindingFilter, FindingIn, FindingPatch, FindingState, FindingView};
use recoup_engine::words::day::strict_date;
use recoup_engine::words::id::FindingId;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn all(list: &mut ServiceConfig) {
    list.service(create).service(list_all).service(show).service(change);
}

/// Write a finding of internal control down: what was found, who answers for it, by when.
#[utoipa::path(operation_id = "createFinding", tag = "access", request_body = FindingIn,
    responses((status = 201, description = "Written down.", body = FindingView)))]
#[post("/findings")]
async fn create(permit: Permit<op::CreateFinding>, body: Body<FindingIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let outcome = engine.execute(&who, CreateFinding { finding: body.value }).await?;
    reply::made(&outcome, &format!("/v1/findings/{}", outcome.done.id), Some(outcome.done.version))
}

/// Which findings are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct FindingQuery {
    /// In this state.
    #[param(inline)]
    state: Option<FindingState>,
    /// Of this owner.
    #[param(max_length = 100)]
    owner: Option<String>,
    /// Due on this day or earlier.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    due_on_to: Option<NaiveDate>,
}

/// List findings, in the order they were written down.
#[utoipa::path(operation_id = "listFindings", tag = "access", params(FindingQuery, PageParams),
    responses((status = 200, description = "A page.", body = Listing<FindingView>)))]
#[get("/findings")]
async fn list_all(permit: Permit<op::ListFindings>, query: Paged<FindingQuery>, engine: Data<Engine>) -> Reply {
    let asked = &query.filters;
    let filter = FindingFilter { state: asked.state, owner: asked.owner.clone(), due_on_to: asked.due_on_to };
    reply::ok(&query.listing(finding::list_findings(&engine.read(&permit.caller), &filter, &query.page).await?, |row| row)?)
}

/// Read a finding.
#[utoipa::path(operation_id = "getFinding", tag = "access", params(("id" = FindingId, Path, description = "The finding.")), responses(
    (status = 200, description = "The finding.", body = FindingView),
    (status = 304, description = "You have this version already.")
))]
#[get("/findings/{id}")]
async fn show(permit: Permit<op::GetFinding>, id: At<FindingId>, engine: Data<Engine>, request: HttpRequest) -> Reply {
    let finding = finding::finding_view(&engine.read(&permit.caller), id.0).await?;
    reply::read(&request, finding.version, &finding)
}

/// Change a finding: who answers for it, by when, and what came of it. It is closed with a word on what was done.
#[utoipa::path(operation_id = "changeFinding", tag = "access", params(("id" = FindingId, Path, description = "The finding.")),
    request_body(content = FindingPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "The finding as it is now.", body = FindingView)))]
#[patch("/findings/{id}")]
async fn change(
    permit: Permit<op::ChangeFinding>,
    id: At<FindingId>,
    version: IfMatch,
    body: Patch<FindingPatch>,
    engine: Data<Engine>,
) -> Reply {
    let who = permit.once(|| body.0.fingerprint());
    let outcome = engine.execute(&who, ChangeFinding { finding: id.0, version: version.0, patch: body.0.value }).await?;
    Answer::ok().version(outcome.done.version).replayed(outcome.is_by_key).json(&outcome.done)
}

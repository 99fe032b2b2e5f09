//! The inbox of the second person: what was asked for, and the answer.

use crate::access::{op, scopes_of_request};
use crate::auth::Permit;
use crate::extract::{At, Body, CommaList, Listing, PageParams, Paged};
use crate::reply::{self, Answer, Reply};
use actix_web::web::Data;
use actix_web::{get, post};
use recoup_engine::Engine;
use recoup_engine::approval::{self, ApprovalFilter, ApprovalKind, ApprovalView};
use recoup_engine::proposal::{Answer as Answered, AnsweredView};
use recoup_engine::words::code::Code;
use recoup_engine::words::error::Error;
use recoup_engine::words::id::{AccountId, ApprovalId};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn all(list: &mut ServiceConfig) {
    list.service(list_all).service(show).service(decide);
}

/// Which requests are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ApprovalQuery {
    /// About this account.
    account_id: Option<AccountId>,
    /// About the account with this number in the ERP.
    #[param(max_length = 100)]
    account_external_id: Option<String>,
    /// To this role.
    #[param(max_length = 100)]
    role: Option<String>,
    /// Of one of these kinds, by comma: an act that waits (`set_limit`, `add_security`, `put_group_limit`, `import_limits`, `change_contract`, `choose_offer`, `release_order`, `release_hold`,
    /// `stop_supply`, `resume_supply`, `activate_plugin`, `configure_plugin`, `roll_back_plugin`, `activate_policy`, `put_calendar`,
    /// `put_grade_table`), or what a script asks for (`order_release`, `step`).
    #[serde(default)]
    #[param(value_type = Option<String>, max_length = 200)]
    kind: CommaList<ApprovalKind>,
    /// In one of these states, by comma: `pending`, `approved`, `rejected`, `expired`.
    #[param(max_length = 100)]
    state: Option<String>,
}

/// List requests for a yes: those of the kinds the token may read about.
#[utoipa::path(operation_id = "listApprovals", tag = "access", params(ApprovalQuery, PageParams),
    responses((status = 200, description = "A page, in the order they were made.", body = Listing<ApprovalView>)))]
#[get("/approvals")]
async fn list_all(permit: Permit<op::ListApprovals>, query: Paged<ApprovalQuery>, engine: Data<Engine>) -> Reply {
    let read = engine.read(&permit.caller);
    let asked = &query.filters;
    let Some(account) = super::named_account(&read, asked.account_id, asked.account_external_id.as_deref()).await? else {
        return reply::ok(&query.nothing::<ApprovalView>());
    };
    let hidden = ApprovalKind::ALL.iter().copied().filter(|kind| permit.also(scopes_of_request(*kind).0).is_err());
    let filter = ApprovalFilter {
        account,
        role: asked.role.clone(),
        states: super::texts(asked.state.as_deref()),
        kinds: asked.kind.0.clone(),
        hidden: hidden.collect(),
    };
    reply::ok(&query.listing(approval::list_approvals(&engine, &permit.caller, &filter, &query.page).await?, |row| row)?)
}

/// Read a request for a yes.
#[utoipa::path(operation_id = "getApproval", tag = "access", params(("id" = ApprovalId, Path, description = "The request.")),
    responses((status = 200, description = "The request.", body = ApprovalView)))]
#[get("/approvals/{id}")]
async fn show(permit: Permit<op::GetApproval>, id: At<ApprovalId>, engine: Data<Engine>) -> Reply {
    let request = approval::approval(&engine, &permit.caller, id.0).await?;
    // Whoever may not read about its kind does not learn that it is there.
    let unseen = |_| Error::new(Code::NotFound, "there is no such request for approval");
    permit.also(scopes_of_request(request.kind).0).map_err(unseen)?;
    reply::ok(&request)
}

recoup_engine::words! {
    /// Yes or no.
    pub enum Answering {
        /// Yes.
        Approve = "approve",
        /// No.
        Reject = "reject",
    }
}

/// The answer to a request.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ApprovalDecisionIn {
    /// Yes or no.
    decision: Answering,
    /// What is said with it.
    #[serde(default)]
    #[schema(max_length = 500)]
    comment: Option<String>,
}

/// Answer a request. Whoever asked cannot be the one who answers.
///
/// A yes to an act that waits runs it at once, as whoever asked for it, by the facts and rules of now; `result` is what its own operation
/// would have answered, and the journal names both persons. Where it can no longer be done as it was asked for, the answer is 409
/// `approval_stale` and nothing has changed.
#[utoipa::path(operation_id = "decideApproval", tag = "access", params(("id" = ApprovalId, Path, description = "The request.")),
    request_body = ApprovalDecisionIn, responses((status = 201, description = "Answered.", body = AnsweredView)))]
#[post("/approvals/{id}/decisions")]
async fn decide(permit: Permit<op::DecideApproval>, id: At<ApprovalId>, body: Body<ApprovalDecisionIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let asked = approval::approval(&engine, &who, id.0).await?;
    permit.also(scopes_of_request(asked.kind).1)?;
    let ApprovalDecisionIn { decision, comment } = body.value;
    let is_granted = decision == Answering::Approve;
    let outcome = engine.answer_approval(&who, Answered { approval: id.0, is_granted, comment }).await?;
    let answer = Answer::created(&format!("/v1/approvals/{}", id.0)).version(outcome.done.approval.version);
    answer.replayed(outcome.is_replay).json(&outcome.done)
}

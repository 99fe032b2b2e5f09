//! Milestones of contracts, what the customer signs about them, and its word that it knows the terms.

use super::Few;
use crate::access::op;
use crate::auth::Permit;
use crate::extract::{At, Body};
use crate::reply::{self, Reply};
use actix_web::web::Data;
use actix_web::{HttpRequest, get, post};
use recoup_engine::Engine;
use recoup_engine::contract::{
    self, AcceptanceIn, AcceptanceView, AcknowledgeTerms, AcknowledgementIn, ContractView, MilestoneIn, MilestoneView, PlanMilestone,
};
use recoup_engine::ledger::{CompleteMilestone, CompletionIn, RecordAcceptance};
use recoup_engine::words::id::{ContractId, MilestoneId};
use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn all(list: &mut ServiceConfig) {
    list.service(plan).service(list_all).service(show).service(complete);
    list.service(record).service(records).service(acknowledge);
}

/// Plan a milestone of a contract.
///
/// Instalments of invoices name it in the place of a due date: they are not due before it is reached. The same name again moves its planned
/// day, until it is reached.
#[utoipa::path(operation_id = "planMilestone", tag = "credit", params(("id" = ContractId, Path, description = "The contract.")),
    request_body = MilestoneIn, responses(
    (status = 201, description = "Planned.", body = MilestoneView),
    (status = 200, description = "It was planned for that day already.", body = MilestoneView)))]
#[post("/contracts/{id}/milestones")]
async fn plan(permit: Permit<op::PlanMilestone>, id: At<ContractId>, body: Body<MilestoneIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let account = contract::contract_account(&engine.read(&who), id.0).await?;
    let outcome = engine.execute(&who, PlanMilestone { account, contract: id.0, milestone: body.value }).await?;
    reply::made(&outcome, &format!("/v1/milestones/{}", outcome.done.id), Some(outcome.done.version))
}

/// List the milestones of a contract, in the order they were planned.
#[utoipa::path(operation_id = "listMilestones", tag = "credit", params(("id" = ContractId, Path, description = "The contract.")),
    responses((status = 200, description = "Its milestones.", body = Few<MilestoneView>)))]
#[get("/contracts/{id}/milestones")]
async fn list_all(permit: Permit<op::ListMilestones>, id: At<ContractId>, engine: Data<Engine>) -> Reply {
    let read = engine.read(&permit.caller);
    let contract = contract::contract_view(&read, id.0).await?.id;
    reply::ok(&Few { data: contract::list_milestones(&read, contract).await? })
}

/// Read a milestone.
#[utoipa::path(operation_id = "getMilestone", tag = "credit", params(("id" = MilestoneId, Path, description = "The milestone.")), responses(
    (status = 200, description = "The milestone.", body = MilestoneView),
    (status = 304, description = "You have this version already.")
))]
#[get("/milestones/{id}")]
async fn show(permit: Permit<op::GetMilestone>, id: At<MilestoneId>, engine: Data<Engine>, request: HttpRequest) -> Reply {
    let milestone = contract::milestone(&engine.read(&permit.caller), id.0).await?;
    reply::read(&request, milestone.version, &milestone)
}

/// Write down that a milestone was reached, with what the customer signed.
///
/// Every instalment that waited for it falls due its days after that day, and the journal tells of each. The paper becomes evidence that a
/// packet for legal is put together from: as `delivery_note` or `acceptance` where the milestone is called `delivery` or `acceptance`, else as
/// `milestone`.
#[utoipa::path(operation_id = "completeMilestone", tag = "credit", params(("id" = MilestoneId, Path, description = "The milestone.")),
    request_body = CompletionIn, responses(
    (status = 201, description = "Reached.", body = MilestoneView),
    (status = 200, description = "It was written down already.", body = MilestoneView)))]
#[post("/milestones/{id}/completions")]
async fn complete(permit: Permit<op::CompleteMilestone>, id: At<MilestoneId>, body: Body<CompletionIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let account = contract::milestone_account(&engine.read(&who), id.0).await?;
    let outcome = engine.execute(&who, CompleteMilestone { account, milestone: id.0, completion: body.value }).await?;
    reply::made(&outcome, &format!("/v1/milestones/{}", id.0), Some(outcome.done.version))
}

/// Attach a signed record to a milestone: that the work is accepted, or how satisfied the customer is.
///
/// It is evidence of the account from now on, as `acceptance` or `satisfaction`.
#[utoipa::path(operation_id = "recordAcceptance", tag = "credit", params(("id" = MilestoneId, Path, description = "The milestone.")),
    request_body = AcceptanceIn, responses((status = 201, description = "Attached.", body = AcceptanceView)))]
#[post("/milestones/{id}/acceptance-records")]
async fn record(permit: Permit<op::RecordAcceptance>, id: At<MilestoneId>, body: Body<AcceptanceIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let account = contract::milestone_account(&engine.read(&who), id.0).await?;
    let outcome = engine.execute(&who, RecordAcceptance { account, milestone: id.0, record: body.value }).await?;
    reply::made(&outcome, &format!("/v1/milestones/{}/acceptance-records", id.0), None)
}

/// List the signed records about a milestone, the newest first.
#[utoipa::path(operation_id = "listAcceptances", tag = "credit", params(("id" = MilestoneId, Path, description = "The milestone.")),
    responses((status = 200, description = "Its records.", body = Few<AcceptanceView>)))]
#[get("/milestones/{id}/acceptance-records")]
async fn records(permit: Permit<op::ListAcceptances>, id: At<MilestoneId>, engine: Data<Engine>) -> Reply {
    let read = engine.read(&permit.caller);
    let milestone = contract::milestone(&read, id.0).await?.id;
    reply::ok(&Few { data: contract::list_acceptances(&read, milestone).await? })
}

/// Write down that the customer acknowledged the terms: who, when, and of which document.
///
/// The contract tells of it, and no longer as current once its terms were changed.
#[utoipa::path(operation_id = "acknowledgeTerms", tag = "credit", params(("id" = ContractId, Path, description = "The contract.")),
    request_body = AcknowledgementIn, responses(
    (status = 201, description = "Written down.", body = ContractView),
    (status = 200, description = "It was there already.", body = ContractView)))]
#[post("/contracts/{id}/acknowledgements")]
async fn acknowledge(
    permit: Permit<op::AcknowledgeTerms>,
    id: At<ContractId>,
    body: Body<AcknowledgementIn>,
    engine: Data<Engine>,
) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let account = contract::contract_account(&engine.read(&who), id.0).await?;
    let outcome = engine.execute(&who, AcknowledgeTerms { account, contract: id.0, acknowledgement: body.value }).await?;
    reply::made(&outcome, &format!("/v1/contracts/{}", id.0), Some(outcome.done.version))
}

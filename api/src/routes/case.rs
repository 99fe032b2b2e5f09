//! Cases, their tasks, and the worklist: the daily work of a collector.

use crate::access::{Scope, op};
use crate::auth::Permit;
use crate::extract::{At, Body, CommaList, Listing, PageParams, Paged};
use crate::reply::{self, Answer, Reply};
use actix_web::web::Data;
use actix_web::{HttpRequest, get, post};
use chrono::NaiveDate;
use recoup_engine::case::{self, NonPaymentReason, TaskFilter, TaskView};
use recoup_engine::collection::{
    self, ActivityIn, AssignCase, CaseBriefView, CaseFilter, CaseView, ClaimReason, CompleteTask, PauseCase, RecordActivity, ResumeCase,
    VerifyReason, WorklistItem,
};
use recoup_engine::words::day::strict_date;
use recoup_engine::words::id::{AccountId, CaseId, TaskId};
use recoup_engine::{Engine, Outcome};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn all(list: &mut ServiceConfig) {
    list.service(cases)
        .service(show_case)
        .service(brief)
        .service(claim)
        .service(verify)
        .service(activity)
        .service(assign)
        .service(pause)
        .service(resume);
    list.service(tasks).service(show_task).service(complete).service(worklist);
}

recoup_engine::words! {
    /// Where a case stands.
    pub enum CaseState {
        /// It is worked.
        Active = "active",
        /// It rests for a while.
        Paused = "paused",
        /// Lawyers or an agency work it.
        HandedOff = "handed_off",
        /// It is over.
        Closed = "closed",
    }
}

/// Which cases are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CaseQuery {
    /// Of this account.
    account_id: Option<AccountId>,
    /// Of the account with this number in the ERP.
    #[param(max_length = 100)]
    account_external_id: Option<String>,
    /// In one of these states, by comma: `active`, `paused`, `handed_off`, `closed`.
    #[serde(default)]
    #[param(value_type = Option<String>, max_length = 100)]
    state: CommaList<CaseState>,
    /// In one of these stages, by comma: `M1,M2`.
    #[param(max_length = 200)]
    stage: Option<String>,
    /// Driven by this person or role.
    #[param(max_length = 100)]
    owner: Option<String>,
}

/// List cases.
#[utoipa::path(operation_id = "listCases", tag = "collections", params(CaseQuery, PageParams),
    responses((status = 200, description = "A page, in the order they were opened.", body = Listing<CaseView>)))]
#[get("/cases")]
async fn cases(permit: Permit<op::ListCases>, query: Paged<CaseQuery>, engine: Data<Engine>) -> Reply {
    let asked = &query.filters;
    let read = engine.read(&permit.caller);
    let Some(account) = super::named_account(&read, asked.account_id, asked.account_external_id.as_deref()).await? else {
        return reply::ok(&query.nothing::<CaseView>());
    };
    let filter =
        CaseFilter { account, states: asked.state.texts(), stages: super::texts(asked.stage.as_deref()), owner: asked.owner.clone() };
    reply::ok(&query.listing(engine.list_cases(&permit.caller, &filter, &query.page).await?, |row| row)?)
}

/// Read a case, as of the day of the last run.
#[utoipa::path(operation_id = "getCase", tag = "collections", params(("id" = CaseId, Path, description = "The case.")), responses(
    (status = 200, description = "The case.", body = CaseView),
    (status = 304, description = "You have this version already.")
))]
#[get("/cases/{id}")]
async fn show_case(permit: Permit<op::GetCase>, id: At<CaseId>, engine: Data<Engine>, request: HttpRequest) -> Reply {
    let case = engine.find_case(&permit.caller, id.0).await?;
    reply::read(&request, case.version, &case)
}

/// Read the brief of a case: who owes what, the people and how the customer pays, what we owe it, what was done and what comes next.
///
/// One answer for the person who calls. Lists show the most pressing or the latest of what there is. E-mail and phone are masked without
/// the scope `contacts:read`.
#[utoipa::path(operation_id = "getCaseBrief", tag = "collections", params(("id" = CaseId, Path, description = "The case.")),
    responses((status = 200, description = "Its brief.", body = CaseBriefView)))]
#[get("/cases/{id}/brief")]
async fn brief(permit: Permit<op::GetCaseBrief>, id: At<CaseId>, engine: Data<Engine>) -> Reply {
    let mut brief = engine.case_brief(&permit.caller, id.0).await?;
    if permit.also(Scope::ContactsRead).is_err() {
        brief.contacts.iter_mut().for_each(|known| super::account::mask(&mut known.contact));
    }
    reply::ok(&brief)
}

/// Why the customer says it does not pay.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "waits_for_its_customers", "note": "A builder in Wuxi pays next week."}))]
struct ClaimedReasonIn {
    /// What it says.
    reason: NonPaymentReason,
    /// In its words; `other` needs them.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 500)]
    note: Option<String>,
}

/// Write down why the customer says it does not pay. Whether that is so is another question: see `verified-reasons`.
#[utoipa::path(operation_id = "claimReason", tag = "collections", params(("id" = CaseId, Path, description = "The case.")),
    request_body = ClaimedReasonIn, responses((status = 201, description = "Written down.", body = CaseView)))]
#[post("/cases/{id}/claimed-reasons")]
async fn claim(permit: Permit<op::ClaimReason>, id: At<CaseId>, body: Body<ClaimedReasonIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let account = collection::case_account(&engine.read(&who), id.0).await?;
    let ClaimedReasonIn { reason, note } = body.value;
    case_answer(&engine.execute(&who, ClaimReason { account, case: id.0, reason, note }).await?)
}

/// Why the customer does not pay, and what proves it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "unwilling", "evidence": "bank-statement-2026-02.pdf"}))]
struct VerifiedReasonIn {
    /// What was found.
    reason: NonPaymentReason,
    /// The document that proves it: where it is kept.
    #[schema(min_length = 1, max_length = 200)]
    evidence: String,
}

/// Write down why the customer does not pay, of which there is proof. What it claims stays beside it.
#[utoipa::path(operation_id = "verifyReason", tag = "collections", params(("id" = CaseId, Path, description = "The case.")),
    request_body = VerifiedReasonIn, responses((status = 201, description = "Written down.", body = CaseView)))]
#[post("/cases/{id}/verified-reasons")]
async fn verify(permit: Permit<op::VerifyReason>, id: At<CaseId>, body: Body<VerifiedReasonIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let account = collection::case_account(&engine.read(&who), id.0).await?;
    let VerifiedReasonIn { reason, evidence } = body.value;
    case_answer(&engine.execute(&who, VerifyReason { account, case: id.0, reason, evidence }).await?)
}

/// Tell what was done on a case: a call, a visit, a message, work inside the house.
///
/// An open task of that kind is done by it, and the clock it belongs to starts again from that day.
#[utoipa::path(operation_id = "recordActivity", tag = "collections", params(("id" = CaseId, Path, description = "The case.")),
    request_body = ActivityIn, responses((status = 201, description = "Recorded.", body = TaskView)))]
#[post("/cases/{id}/activities")]
async fn activity(permit: Permit<op::RecordActivity>, id: At<CaseId>, body: Body<ActivityIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let account = collection::case_account(&engine.read(&who), id.0).await?;
    let outcome = engine.execute(&who, RecordActivity { account, case: id.0, activity: body.value }).await?;
    reply::made(&outcome, &format!("/v1/tasks/{}", outcome.done.id), Some(outcome.done.version))
}

/// Who works on a case from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AssignmentIn {
    /// A person or role; nobody when `null`.
    #[schema(max_length = 100, required = true)]
    owner: Option<String>,
}

/// Give a case to a person or role.
#[utoipa::path(operation_id = "assignCase", tag = "collections", params(("id" = CaseId, Path, description = "The case.")),
    request_body = AssignmentIn, responses((status = 201, description = "Assigned.", body = CaseView)))]
#[post("/cases/{id}/assignments")]
async fn assign(permit: Permit<op::AssignCase>, id: At<CaseId>, body: Body<AssignmentIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let account = collection::case_account(&engine.read(&who), id.0).await?;
    case_answer(&engine.execute(&who, AssignCase { account, case: id.0, owner: body.value.owner }).await?)
}

/// Until when a case rests, and why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PauseIn {
    /// The last protected day.
    #[serde(deserialize_with = "strict_date::deserialize")]
    last_day: NaiveDate,
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

/// Stop chasing until a day has passed.
#[utoipa::path(operation_id = "pauseCase", tag = "collections", params(("id" = CaseId, Path, description = "The case.")),
    request_body = PauseIn, responses((status = 201, description = "Paused.", body = CaseView)))]
#[post("/cases/{id}/pauses")]
async fn pause(permit: Permit<op::PauseCase>, id: At<CaseId>, body: Body<PauseIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let PauseIn { last_day, reason } = body.value;
    let account = collection::case_account(&engine.read(&who), id.0).await?;
    case_answer(&engine.execute(&who, PauseCase { account, case: id.0, last_day, reason }).await?)
}

/// Take a paused case up again.
#[utoipa::path(operation_id = "resumeCase", tag = "collections", params(("id" = CaseId, Path, description = "The case.")),
    responses((status = 201, description = "Taken up again.", body = CaseView)))]
#[post("/cases/{id}/resumptions")]
async fn resume(permit: Permit<op::ResumeCase>, id: At<CaseId>, engine: Data<Engine>) -> Reply {
    let who = permit.once(String::new);
    let account = collection::case_account(&engine.read(&who), id.0).await?;
    case_answer(&engine.execute(&who, ResumeCase { account, case: id.0 }).await?)
}

/// The answer to an act on a case: the case as it is now.
fn case_answer(outcome: &Outcome<CaseView>) -> Reply {
    let answer = Answer::created(&format!("/v1/cases/{}", outcome.done.id)).version(outcome.done.version);
    answer.replayed(outcome.is_replay).json(&outcome.done)
}

recoup_engine::words! {
    /// Where a task stands.
    pub enum TaskState {
        /// It waits for somebody.
        Open = "open",
        /// It was done.
        Done = "done",
        /// It is no longer needed.
        Cancelled = "cancelled",
    }
}

/// Which tasks are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct TaskQuery {
    /// About this account.
    account_id: Option<AccountId>,
    /// About the account with this number in the ERP.
    #[param(max_length = 100)]
    account_external_id: Option<String>,
    /// Of this case.
    case_id: Option<CaseId>,
    /// Of this kind.
    #[param(max_length = 100)]
    kind: Option<String>,
    /// From this policy step.
    #[param(max_length = 100)]
    step: Option<String>,
    /// For this role.
    #[param(max_length = 100)]
    role: Option<String>,
    /// In one of these states, by comma: `open`, `done`, `cancelled`.
    #[serde(default)]
    #[param(value_type = Option<String>, max_length = 100)]
    state: CommaList<TaskState>,
    /// Due on this day or earlier.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    due_on_to: Option<NaiveDate>,
}

/// List tasks.
#[utoipa::path(operation_id = "listTasks", tag = "collections", params(TaskQuery, PageParams),
    responses((status = 200, description = "A page, in the order they were made.", body = Listing<TaskView>)))]
#[get("/tasks")]
async fn tasks(permit: Permit<op::ListTasks>, query: Paged<TaskQuery>, engine: Data<Engine>) -> Reply {
    let read = engine.read(&permit.caller);
    let asked = &query.filters;
    let Some(account) = super::named_account(&read, asked.account_id, asked.account_external_id.as_deref()).await? else {
        return reply::ok(&query.nothing::<TaskView>());
    };
    let filter = TaskFilter {
        account,
        case: asked.case_id,
        kind: asked.kind.clone(),
        step: asked.step.clone(),
        role: asked.role.clone(),
        states: asked.state.texts(),
        due_on_to: asked.due_on_to,
    };
    reply::ok(&query.listing(case::list_tasks(&read, &filter, &query.page).await?, |row| row)?)
}

/// Read a task.
#[utoipa::path(operation_id = "getTask", tag = "collections", params(("id" = TaskId, Path, description = "The task.")), responses(
    (status = 200, description = "The task.", body = TaskView),
    (status = 304, description = "You have this version already.")
))]
#[get("/tasks/{id}")]
async fn show_task(permit: Permit<op::GetTask>, id: At<TaskId>, engine: Data<Engine>, request: HttpRequest) -> Reply {
    let task = case::task(&engine.read(&permit.caller), id.0).await?;
    reply::read(&request, task.version, &task)
}

/// What came of a task.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CompletionIn {
    /// What came of it.
    #[schema(min_length = 1, max_length = 500)]
    outcome: String,
    /// The day it was done; today when absent.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    done_on: Option<NaiveDate>,
}

/// Say that a task was done.
#[utoipa::path(operation_id = "completeTask", tag = "collections", params(("id" = TaskId, Path, description = "The task.")),
    request_body = CompletionIn, responses((status = 201, description = "Done.", body = TaskView)))]
#[post("/tasks/{id}/completions")]
async fn complete(permit: Permit<op::CompleteTask>, id: At<TaskId>, body: Body<CompletionIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let account = case::task(&engine.read(&who), id.0).await?.account_id;
    let CompletionIn { outcome, done_on } = body.value;
    let done = engine.execute(&who, CompleteTask { account, task: id.0, outcome, done_on }).await?;
    let answer = Answer::created(&format!("/v1/tasks/{}", id.0)).version(done.done.version);
    answer.replayed(done.is_replay).json(&done.done)
}

/// Whose worklist is wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct WorklistQuery {
    /// Driven by this person or role; everybody's when absent.
    #[param(max_length = 100)]
    owner: Option<String>,
}

/// Read the worklist: active cases, the most pressing first, each with its reasons and open tasks.
#[utoipa::path(operation_id = "getWorklist", tag = "collections", params(WorklistQuery, PageParams),
    responses((status = 200, description = "A page, the most pressing first.", body = Listing<WorklistItem>)))]
#[get("/worklist")]
async fn worklist(permit: Permit<op::GetWorklist>, query: Paged<WorklistQuery>, engine: Data<Engine>) -> Reply {
    let page = engine.worklist(&permit.caller, query.filters.owner.as_deref(), &query.page).await?;
    reply::ok(&query.listing(page, |row| row)?)
}

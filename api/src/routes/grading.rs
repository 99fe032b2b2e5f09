//! Credit reviews, grades and grade runs.

use super::NoFilters;
use crate::access::op;
use crate::auth::Permit;
use crate::extract::{At, Body, Listing, PageParams, Paged};
use crate::reply::{self, Answer, Reply};
use crate::server::Server;
use actix_web::web::Data;
use actix_web::{get, post};
use recoup_engine::Engine;
use recoup_engine::account;
use recoup_engine::grading::{
    self, CreditReviewIn, CreditReviewView, GradeResultView, GradeRunIn, GradeRunView, GradeView, RecordReview, StartGradeRun,
};
use recoup_engine::words::id::{AccountId, GradeRunId};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn all(list: &mut ServiceConfig) {
    list.service(grade).service(reviews).service(record);
    list.service(runs).service(start).service(show).service(results);
}

/// Read how an account stands today: its score, the grade that earns, and the limit that follows as a proposal.
///
/// The score is the shipped formula's, or that of the plugin that answers `credit_grade`. Nothing is set by it.
#[utoipa::path(operation_id = "getGrade", tag = "credit", params(("id" = AccountId, Path, description = "The account.")),
    responses((status = 200, description = "Its grade, with the working.", body = GradeView)))]
#[get("/accounts/{id}/grade")]
async fn grade(permit: Permit<op::GetGrade>, id: At<AccountId>, engine: Data<Engine>) -> Reply {
    reply::ok(&engine.grade(&permit.caller, id.0).await?)
}

/// List the credit reviews of an account, newest first.
#[utoipa::path(operation_id = "listCreditReviews", tag = "credit",
    params(("id" = AccountId, Path, description = "The account."), PageParams),
    responses((status = 200, description = "A page.", body = Listing<CreditReviewView>)))]
#[get("/accounts/{id}/credit-reviews")]
async fn reviews(permit: Permit<op::ListCreditReviews>, id: At<AccountId>, query: Paged<NoFilters>, engine: Data<Engine>) -> Reply {
    let read = engine.read(&permit.caller);
    let account = account::account(&read, id.0).await?.id;
    reply::ok(&query.listing(grading::list_reviews(&read, account, &query.page).await?, |row| row)?)
}

/// Record a credit review: may the account buy on credit?
///
/// It sets the state of the account, its grade, and the day of the next review: half-yearly, quarterly or monthly, as the grade table
/// says, or sooner when asked. An account under review is approved only once it has a score sheet. The limit it proposes is only
/// shown: setting one is an act of its own.
#[utoipa::path(operation_id = "recordCreditReview", tag = "credit", params(("id" = AccountId, Path, description = "The account.")),
    request_body(content = CreditReviewIn, example = json!({"outcome": "approve", "comment": "Two good references, steady turnover.",
        "expected_monthly_sales": {"amount": "50000.00", "currency": "CNY"}})),
    responses((status = 201, description = "Recorded.", body = CreditReviewView)))]
#[post("/accounts/{id}/credit-reviews")]
async fn record(permit: Permit<op::RecordCreditReview>, id: At<AccountId>, body: Body<CreditReviewIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let outcome = engine.execute(&who, RecordReview { account: id.0, review: body.value }).await?;
    reply::made(&outcome, &format!("/v1/accounts/{}/credit-reviews", id.0), None)
}

/// List grade runs, newest first.
#[utoipa::path(operation_id = "listGradeRuns", tag = "credit", params(PageParams),
    responses((status = 200, description = "A page.", body = Listing<GradeRunView>)))]
#[get("/grade-runs")]
async fn runs(permit: Permit<op::ListGradeRuns>, query: Paged<NoFilters>, engine: Data<Engine>) -> Reply {
    reply::ok(&query.listing(grading::list_grade_runs(&engine.read(&permit.caller), &query.page).await?, |row| row)?)
}

/// Grade every account: dry, so that only what would come out is said, or for good.
///
/// A grade moves one step a month at most. A run for good also puts the first credit review of an approved account on the calendar.
#[utoipa::path(operation_id = "startGradeRun", tag = "credit",
    request_body(content = GradeRunIn, example = json!({"dry_run": true, "reason": "Quarter end."})),
    responses((status = 202, description = "Taken in hand; watch it at its Location.", body = GradeRunView)))]
#[post("/grade-runs")]
async fn start(permit: Permit<op::StartGradeRun>, body: Body<GradeRunIn>, server: Data<Server>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let outcome = server.engine.execute(&who, StartGradeRun { new: body.value }).await?;
    server.grade_runs.notify_one();
    Answer::accepted(&format!("/v1/grade-runs/{}", outcome.done.id)).replayed(outcome.is_replay).json(&outcome.done)
}

/// Read a grade run and how far it has come.
#[utoipa::path(operation_id = "getGradeRun", tag = "credit", params(("id" = GradeRunId, Path, description = "The run.")),
    responses((status = 200, description = "The run.", body = GradeRunView)))]
#[get("/grade-runs/{id}")]
async fn show(permit: Permit<op::GetGradeRun>, id: At<GradeRunId>, engine: Data<Engine>) -> Reply {
    reply::ok(&grading::grade_run(&engine.read(&permit.caller), id.0).await?)
}

/// Which results are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ResultQuery {
    /// Only those whose grade changed, or would; or only those whose did not.
    changed: Option<bool>,
}

/// List what a grade run found, account by account.
#[utoipa::path(operation_id = "listGradeResults", tag = "credit",
    params(("id" = GradeRunId, Path, description = "The run."), ResultQuery, PageParams),
    responses((status = 200, description = "A page, in the order the accounts were graded.", body = Listing<GradeResultView>)))]
#[get("/grade-runs/{id}/results")]
async fn results(permit: Permit<op::ListGradeResults>, id: At<GradeRunId>, query: Paged<ResultQuery>, engine: Data<Engine>) -> Reply {
    let read = engine.read(&permit.caller);
    let run = grading::grade_run(&read, id.0).await?.id;
    reply::ok(&query.listing(grading::list_results(&read, run, query.filters.changed, &query.page).await?, |row| row)?)
}

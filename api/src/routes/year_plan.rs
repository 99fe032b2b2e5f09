//! Year plans of accounts, and counts of the stock of distributors.

use super::Few;
use crate::access::op;
use crate::auth::Permit;
use crate::extract::{At, Body, IfMatch, Params, Within};
use crate::reply::{self, Answer, Reply};
use actix_web::web::Data;
use actix_web::{HttpRequest, get, post, put};
use chrono::NaiveDate;
use recoup_engine::credit::{
    self, PutStockDuty, PutYearPlan, RecordStockCheck, StockCheckIn, StockCheckView, StockDutyIn, StockDutyView, YearPlanIn, YearPlanSet,
    YearPlanView,
};
use recoup_engine::words::day::strict_date;
use recoup_engine::words::id::AccountId;
use recoup_engine::{Engine, account};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn all(list: &mut ServiceConfig) {
    list.service(put_plan).service(plan);
    list.service(put_duty).service(duty).service(record).service(checks);
}

/// Set the plan of an account for a year: what is to ship and to be collected in each period, and the day on which it is to owe nothing.
///
/// The plan is replaced whole; `If-Match: *` sets it whatever stands there.
#[utoipa::path(operation_id = "putYearPlan", tag = "credit", params(("id" = AccountId, Path, description = "The account."),
    ("year" = i32, Path, description = "The year.", minimum = 1900, maximum = 2999)), request_body = YearPlanIn,
    responses((status = 200, description = "The plan from now on.", body = YearPlanSet)))]
#[put("/accounts/{id}/year-plans/{year}")]
async fn put_plan(
    permit: Permit<op::PutYearPlan>,
    at: Within<AccountId, i32>,
    version: IfMatch,
    body: Body<YearPlanIn>,
    engine: Data<Engine>,
) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let put = PutYearPlan { account: at.0, year: at.1, version: version.0, plan: body.value };
    let outcome = engine.execute(&who, put).await?;
    Answer::ok().version(outcome.done.version).replayed(outcome.is_by_key).json(&outcome.done)
}

/// Which day is wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AsOfQuery {
    /// As of this day; today when absent.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    as_of: Option<NaiveDate>,
}

/// Read the plan of an account for a year against what happened: per period what shipped and what was collected, up to a day.
#[utoipa::path(operation_id = "getYearPlan", tag = "credit", params(("id" = AccountId, Path, description = "The account."),
    ("year" = i32, Path, description = "The year.", minimum = 1900, maximum = 2999), AsOfQuery),
    responses((status = 200, description = "The plan and what came of it.", body = YearPlanView)))]
#[get("/accounts/{id}/year-plans/{year}")]
async fn plan(permit: Permit<op::GetYearPlan>, at: Within<AccountId, i32>, query: Params<AsOfQuery>, engine: Data<Engine>) -> Reply {
    let today = engine.ground(permit.caller.tenant).await?.stamp(engine.clock()).today;
    let plan = credit::year_plan(&engine.read(&permit.caller), at.0, at.1, query.0.as_of.unwrap_or(today)).await?;
    Answer::ok().version(plan.version).json(&plan)
}

/// Say how often the stock of a distributor is counted.
///
/// A run asks for each count by a task `stock_check` on the day it falls due; one that is written down ends the task.
#[utoipa::path(operation_id = "putStockDuty", tag = "credit", params(("id" = AccountId, Path, description = "The account.")),
    request_body = StockDutyIn, responses((status = 200, description = "How often from now on.", body = StockDutyView)))]
#[put("/accounts/{id}/stock-duty")]
async fn put_duty(
    permit: Permit<op::PutStockDuty>,
    id: At<AccountId>,
    version: IfMatch,
    body: Body<StockDutyIn>,
    engine: Data<Engine>,
) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let outcome = engine.execute(&who, PutStockDuty { account: id.0, version: version.0, duty: body.value }).await?;
    Answer::ok().version(outcome.done.version).replayed(outcome.is_by_key).json(&outcome.done)
}

/// Read how often the stock of a distributor is counted, and when next.
#[utoipa::path(operation_id = "getStockDuty", tag = "credit", params(("id" = AccountId, Path, description = "The account.")), responses(
    (status = 200, description = "How often.", body = StockDutyView),
    (status = 304, description = "You have this version already.")
))]
#[get("/accounts/{id}/stock-duty")]
async fn duty(permit: Permit<op::GetStockDuty>, id: At<AccountId>, engine: Data<Engine>, request: HttpRequest) -> Reply {
    let read = engine.read(&permit.caller);
    let account = account::account(&read, id.0).await?.id;
    let duty = credit::stock_duty(&read, account).await?;
    reply::read(&request, duty.version, &duty)
}

/// Write down a count of a distributor's stock: of each item what is there, what was sold on, and since when the oldest lies there.
#[utoipa::path(operation_id = "recordStockCheck", tag = "credit", params(("id" = AccountId, Path, description = "The account.")),
    request_body = StockCheckIn, responses((status = 201, description = "Written down.", body = StockCheckView)))]
#[post("/accounts/{id}/stock-checks")]
async fn record(permit: Permit<op::RecordStockCheck>, id: At<AccountId>, body: Body<StockCheckIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let outcome = engine.execute(&who, RecordStockCheck { account: id.0, check: body.value }).await?;
    reply::made(&outcome, &format!("/v1/accounts/{}/stock-checks", id.0), None)
}

/// List the counts of a distributor's stock, the newest first, with how old the goods are and for how long they last.
#[utoipa::path(operation_id = "listStockChecks", tag = "credit", params(("id" = AccountId, Path, description = "The account.")),
    responses((status = 200, description = "The newest hundred.", body = Few<StockCheckView>)))]
#[get("/accounts/{id}/stock-checks")]
async fn checks(permit: Permit<op::ListStockChecks>, id: At<AccountId>, engine: Data<Engine>) -> Reply {
    let read = engine.read(&permit.caller);
    let account = account::account(&read, id.0).await?.id;
    reply::ok(&Few { data: credit::list_stock_checks(&read, account).await? })
}

//! Collections runs: the daily work, started, watched, or only foreseen.

use super::NoFilters;
use crate::access::op;
use crate::auth::Permit;
use crate::extract::{At, Body, Listing, PageParams, Paged};
use crate::reply::{self, Answer, Reply};
use crate::server::Server;
use actix_web::web::Data;
use actix_web::{get, post};
use chrono::NaiveDate;
use recoup_engine::Engine;
use recoup_engine::run::{self, DryRunView, RunView};
use recoup_engine::words::day::strict_date;
use recoup_engine::words::id::RunId;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn all(list: &mut ServiceConfig) {
    list.service(start).service(list_all).service(show);
}

/// Which day is worked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RunIn {
    /// The day.
    #[serde(deserialize_with = "strict_date::deserialize")]
    day: NaiveDate,
    /// Only say what it would come to; nothing is written.
    #[serde(default)]
    dry_run: bool,
}

/// Start the run of a day, or foresee it.
///
/// The same day again joins the run there is, finished or not. In a sandbox a future day moves the test clock there.
#[utoipa::path(operation_id = "startRun", tag = "work", request_body = RunIn, responses(
    (status = 202, description = "Taken in hand; watch it at its Location.", body = RunView),
    (status = 200, description = "What it would come to.", body = DryRunView)
))]
#[post("/runs")]
async fn start(permit: Permit<op::StartRun>, body: Body<RunIn>, server: Data<Server>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let RunIn { day, dry_run } = body.value;
    if dry_run {
        return reply::ok(&server.engine.dry_run(&who, day).await?);
    }
    let outcome = server.engine.start_run(&who, day).await?;
    server.runs.notify_one();
    Answer::accepted(&format!("/v1/runs/{}", outcome.done.id)).replayed(outcome.is_replay).json(&outcome.done)
}

/// List runs.
#[utoipa::path(operation_id = "listRuns", tag = "work", params(PageParams),
    responses((status = 200, description = "A page, in the order they were started.", body = Listing<RunView>)))]
#[get("/runs")]
async fn list_all(permit: Permit<op::ListRuns>, query: Paged<NoFilters>, engine: Data<Engine>) -> Reply {
    reply::ok(&query.listing(run::list(&engine.read(&permit.caller), &query.page).await?, |row| row)?)
}

/// Read a run and how far it has come.
#[utoipa::path(operation_id = "getRun", tag = "work", params(("id" = RunId, Path, description = "The run.")),
    responses((status = 200, description = "The run.", body = RunView)))]
#[get("/runs/{id}")]
async fn show(permit: Permit<op::GetRun>, id: At<RunId>, engine: Data<Engine>) -> Reply {
    reply::ok(&run::find(&engine.read(&permit.caller), id.0).await?)
}

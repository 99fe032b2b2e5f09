//! Plugins before they are live, and after they have decided: dry-runs, replays, and questions of decisions as files.

use crate::access::op;
use crate::auth::Permit;
use crate::extract::{At, Body, Params};
use crate::reply::{self, Reply};
use actix_web::web::Data;
use actix_web::{get, post};
use chrono::NaiveDate;
use recoup_engine::Engine;
use recoup_engine::plugin::{self, ReplayView};
use recoup_engine::trial::{Trial, TrialOn, TrialView};
use recoup_engine::words::asked::Files;
use recoup_engine::words::caller::Caller;
use recoup_engine::words::code::Code;
use recoup_engine::words::day::strict_date;
use recoup_engine::words::error::{Error, Result};
use recoup_engine::words::fixture::Fixture;
use recoup_engine::words::id::{AccountId, DecisionId, OrderId};
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn all(list: &mut ServiceConfig) {
    list.service(dry_run).service(replay).service(fixture);
}

/// What is tried, and on what.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DryRunIn {
    /// The function that is asked: `order_check`, `step_<type>`.
    #[schema(min_length = 1, max_length = 80)]
    hook: String,
    /// An order, an account, or a recorded decision, by its id.
    #[serde(default)]
    #[schema(max_length = 60)]
    subject: Option<String>,
    /// Instead: a file of the package with a question and its facts, `tests/recorded/NAME.json`.
    #[serde(default)]
    #[schema(max_length = 200)]
    fixture: Option<String>,
    /// The number of the version; the one that is on, else the newest, when absent.
    #[serde(default)]
    #[schema(minimum = 1)]
    version: Option<i64>,
    /// Instead: your draft.
    #[serde(default)]
    draft: bool,
    /// Settings; those in force when absent.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    settings: Option<Value>,
    /// The business day an account is looked at; today when absent.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    as_of: Option<NaiveDate>,
}

/// Try a version or your draft of a plugin: its plan, with every statement on the way.
///
/// On an order it also tells what the order would come to, beside the core rule and the other plugins that are on. Nothing is written.
#[utoipa::path(operation_id = "dryRunPlugin", tag = "plugins", params(("plugin" = String, Path, description = "Its name.")),
    request_body = DryRunIn, responses((status = 200, description = "What it would answer, and how it came to it.", body = TrialView)))]
#[post("/plugins/{plugin}/dry-runs")]
async fn dry_run(permit: Permit<op::DryRunPlugin>, name: At<String>, body: Body<DryRunIn>, engine: Data<Engine>) -> Reply {
    let (who, wanted) = (&permit.caller, body.value);
    engine.judge_expected(who).await?;
    let (files, number) = files(&engine, who, &name.0, &wanted).await?;
    let on = on(&wanted, &files)?;
    if wanted.as_of.is_some() && !matches!(on, TrialOn::Account(_)) {
        return Err(Error::new(Code::ValidationFailed, "only an account can be looked at as of another day").at("#/as_of").into());
    }
    let DryRunIn { hook, settings, as_of, .. } = wanted;
    reply::ok(&engine.try_plugin(who, Trial { name: name.0, files, number, settings, hook, on, as_of }).await?)
}

/// The text that is tried, and its number where it is stored.
async fn files(engine: &Engine, who: &Caller, name: &str, wanted: &DryRunIn) -> Result<(Files, Option<i64>)> {
    let read = engine.read(who);
    if wanted.draft {
        if wanted.version.is_some() {
            return Err(Error::new(Code::ValidationFailed, "either a version or your draft").at("#/version"));
        }
        return Ok((plugin::draft(&read, name, &who.actor).await?.files, None));
    }
    let number = match wanted.version {
        Some(number) => number,
        None => {
            let known = plugin::plugin(&read, name).await?;
            known.active_version.unwrap_or(known.newest_version)
        }
    };
    Ok((plugin::files(&read, name, number).await?, Some(number)))
}

/// What it is tried on: one of a subject and a fixture.
fn on(wanted: &DryRunIn, files: &Files) -> Result<TrialOn> {
    let wrong = |pointer: &str, why: &str| Error::new(Code::ValidationFailed, why).at(pointer);
    match (&wanted.subject, &wanted.fixture) {
        (Some(subject), None) => of_subject(subject),
        (None, Some(path)) => {
            let text = files.get(path).ok_or_else(|| wrong("#/fixture", "the package has no such file"))?;
            Ok(TrialOn::Fixture(Box::new(Fixture::read(text).map_err(|error| error.at("#/fixture"))?)))
        }
        (None, None) | (Some(_), Some(_)) => Err(wrong("#/subject", "name a subject or a fixture, and only one of them")),
    }
}

/// An order, an account or a decision, told apart by its prefix.
fn of_subject(subject: &str) -> Result<TrialOn> {
    let found = match subject.split_once('_').map(|(prefix, _)| prefix) {
        Some(OrderId::PREFIX) => subject.parse().map(TrialOn::Order),
        Some(AccountId::PREFIX) => subject.parse().map(TrialOn::Account),
        Some(DecisionId::PREFIX) => subject.parse().map(TrialOn::Decision),
        Some(_) | None => Err(Error::new(Code::ValidationFailed, "a subject is the id of an order, an account or a decision")),
    };
    found.map_err(|error: Error| Error::new(Code::ValidationFailed, error.detail()).at("#/subject"))
}

/// Make a decision again: the plugins that were asked, in the versions and with the settings of then, on the facts of then.
///
/// Nothing is written. Whoever answers otherwise than was recorded, byte for byte, is shown with both answers.
#[utoipa::path(operation_id = "replayDecision", tag = "plugins", params(("id" = DecisionId, Path, description = "The decision.")),
    responses((status = 200, description = "Each call beside its repetition.", body = ReplayView)))]
#[post("/decisions/{id}/replays")]
async fn replay(permit: Permit<op::ReplayDecision>, id: At<DecisionId>, engine: Data<Engine>) -> Reply {
    reply::ok(&engine.replay(&permit.caller, id.0).await?)
}

/// Whose question is wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct FixtureQuery {
    /// The plugin that was asked.
    #[param(max_length = 60)]
    plugin: String,
}

/// Read the question a plugin was asked in a decision, as a file for its tests: with the names masked, and with its answer.
///
/// Kept as `tests/recorded/NAME.json` it is a test by itself.
#[utoipa::path(operation_id = "getDecisionFixture", tag = "plugins",
    params(("id" = DecisionId, Path, description = "The decision."), FixtureQuery),
    responses((status = 200, description = "Question, facts, working days, settings and answer.", body = Object)))]
#[get("/decisions/{id}/fixture")]
async fn fixture(permit: Permit<op::GetDecisionFixture>, id: At<DecisionId>, query: Params<FixtureQuery>, engine: Data<Engine>) -> Reply {
    reply::ok(&engine.fixture(&permit.caller, id.0, &query.0.plugin).await?)
}

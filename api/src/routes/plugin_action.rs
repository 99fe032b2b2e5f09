//! Plugins at work: their custom actions, what they did, and which processes ask them.

use super::Few;
use crate::access::op;
use crate::auth::Permit;
use crate::extract::{At, Body, Params, Within};
use crate::reply::{self, Answer, Reply};
use crate::server::Server;
use actix_web::web::Data;
use actix_web::{get, post};
use chrono::{Days, NaiveDate};
use recoup_engine::Engine;
use recoup_engine::collection::{ActionIn, ActionView, RunAction, RunActionWithoutAccount, target};
use recoup_engine::explain::{PluginStats, plugin_stats};
use recoup_engine::plugin::{self, NodeView, find_action};
use recoup_engine::words::action::ActionMode;
use recoup_engine::words::code::Code;
use recoup_engine::words::day::strict_date;
use recoup_engine::words::error::Error;
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

/// Days that are counted when none are named.
const STATS_DAYS: u64 = 29;

pub(super) fn all(list: &mut ServiceConfig) {
    list.service(nodes).service(stats).service(run);
}

/// List the processes that ask plugins, and the set each of them has.
///
/// A process that is behind catches up before its next decision counts: no decision is kept that was made by an older set.
#[utoipa::path(operation_id = "listPluginNodes", tag = "plugins",
    responses((status = 200, description = "The processes, the one that answers first.", body = Few<NodeView>)))]
#[get("/plugins/nodes")]
async fn nodes(permit: Permit<op::ListPluginNodes>, engine: Data<Engine>, server: Data<Server>) -> Reply {
    let tenant = permit.caller.tenant;
    let read = engine.read(&permit.caller);
    let revision = recoup_engine::ground::revision(&read).await?;
    let mut own = engine.node_of(tenant, &server.node).await?;
    own.is_current = own.revision == revision;
    let others = plugin::nodes(&read, revision).await?.into_iter().filter(|other| other.node != own.node);
    reply::ok(&Few { data: std::iter::once(own.clone()).chain(others).collect() })
}

/// Which days are counted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct StatsQuery {
    /// The first day; 29 days before the last one when absent.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    from: Option<NaiveDate>,
    /// The last day; today when absent.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    to: Option<NaiveDate>,
}

/// Count what a plugin did: calls and how they ended, votes, effects, and the money behind them.
#[utoipa::path(operation_id = "getPluginStats", tag = "plugins", params(("plugin" = String, Path, description = "Its name."), StatsQuery),
    responses((status = 200, description = "Counted from the decisions it took part in.", body = PluginStats)))]
#[get("/plugins/{plugin}/stats")]
async fn stats(permit: Permit<op::GetPluginStats>, name: At<String>, query: Params<StatsQuery>, engine: Data<Engine>) -> Reply {
    let read = engine.read(&permit.caller);
    let name = plugin::plugin(&read, &name.0).await?.name;
    let ground = engine.ground(permit.caller.tenant).await?;
    let to = query.0.to.unwrap_or_else(|| ground.stamp(engine.clock()).today);
    let from = query.0.from.or_else(|| to.checked_sub_days(Days::new(STATS_DAYS))).unwrap_or(to);
    if from > to {
        return Err(Error::new(Code::InvalidParameter, "from lies after to").at("?from").into());
    }
    reply::ok(&plugin_stats(&read, &name, from, to).await?)
}

/// How far a call goes.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ModeQuery {
    /// `preview`, which writes nothing, when absent; `apply` needs an Idempotency-Key.
    #[param(inline)]
    mode: Option<ActionMode>,
}

/// Call a custom action of a plugin that is switched on.
///
/// The document served to a token of the tenant has a path with its own types for each action; this is what all of them have in common.
#[utoipa::path(operation_id = "runPluginAction", tag = "plugins",
    params(("plugin" = String, Path, description = "Its name."), ("action" = String, Path, description = "The action."), ModeQuery),
    request_body = ActionIn, responses((status = 200, description = "The answer; of a preview, with what would follow.", body = ActionView)))]
#[post("/plugins/{plugin}/actions/{action}")]
async fn run(
    permit: Permit<op::RunPluginAction>,
    at: Within<String, String>,
    query: Params<ModeQuery>,
    body: Body<ActionIn>,
    engine: Data<Engine>,
) -> Reply {
    let mode = query.0.mode.unwrap_or(ActionMode::Preview);
    // A preview claims nothing, so it is made sure beforehand that it is answered by the set of now.
    let ground = engine.refresh_ground(permit.caller.tenant).await?;
    let spec = find_action(&*ground.plugins, &at.0, &at.1)?;
    let who = match mode {
        ActionMode::Preview => permit.caller.clone(),
        ActionMode::Apply => permit.once(|| body.fingerprint()),
    };
    if mode == ActionMode::Apply && who.idempotency.is_none() {
        return Err(Error::new(Code::IdempotencyKeyInvalid, "applying an action needs an Idempotency-Key").at("@Idempotency-Key").into());
    }
    let found = target(&engine.read(&who), &spec, &body.value).await?;
    let params = body.value.params.clone().unwrap_or_else(|| json!({}));
    let (plugin, action) = (spec.plugin, spec.name);
    let outcome = match found {
        Some(target) => engine.execute(&who, RunAction { plugin, action, mode, target, params }).await?,
        None => engine.execute(&who, RunActionWithoutAccount { plugin, action, mode, params }).await?,
    };
    let answer = Answer::ok().replayed(outcome.is_by_key);
    answer.json(&outcome.done)
}

//! Plugins in use: what there is, what is on, and switching it.

use super::Few;
use crate::access::op;
use crate::auth::Permit;
use crate::extract::{At, Body, IfMatch, Params, Within};
use crate::reply::{self, Answer, Reply};
use actix_web::web::Data;
use actix_web::{HttpRequest, get, post, put};
use recoup_engine::Engine;
use recoup_engine::Outcome;
use recoup_engine::approval::{Acted, Waiting};
use recoup_engine::plugin::{
    self, ActivatePlugin, Activation, ActivationView, Configuration, ConfigurePlugin, Excuse, PluginMode, PluginView, RollbackPlugin,
    StopPlugin, VersionView,
};
use recoup_engine::words::asked::Files;
use recoup_engine::words::caller::Caller;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn all(list: &mut ServiceConfig) {
    list.service(list_all).service(show).service(versions).service(show_files).service(activations);
    list.service(activate).service(roll_back).service(stop).service(show_settings).service(change_settings);
}

/// List plugins.
#[utoipa::path(operation_id = "listPlugins", tag = "plugins",
    responses((status = 200, description = "Every plugin of the tenant, by name.", body = Few<PluginView>)))]
#[get("/plugins")]
async fn list_all(permit: Permit<op::ListPlugins>, engine: Data<Engine>) -> Reply {
    reply::ok(&Few { data: plugin::list(&engine.read(&permit.caller)).await? })
}

/// Read a plugin.
#[utoipa::path(operation_id = "getPlugin", tag = "plugins", params(("plugin" = String, Path, description = "Its name.")),
    responses((status = 200, description = "The plugin and what is in force.", body = PluginView)))]
#[get("/plugins/{plugin}")]
async fn show(permit: Permit<op::GetPlugin>, name: At<String>, engine: Data<Engine>) -> Reply {
    reply::ok(&plugin::plugin(&engine.read(&permit.caller), &name.0).await?)
}

/// Which versions are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct VersionsQuery {
    /// The one with this tag.
    tag: Option<String>,
}

/// List the versions of a plugin, newest first, or find the one with a tag.
#[utoipa::path(operation_id = "listPluginVersions", tag = "plugins",
    params(("plugin" = String, Path, description = "Its name."), VersionsQuery),
    responses((status = 200, description = "Its versions.", body = Few<VersionView>)))]
#[get("/plugins/{plugin}/versions")]
async fn versions(permit: Permit<op::ListPluginVersions>, name: At<String>, query: Params<VersionsQuery>, engine: Data<Engine>) -> Reply {
    let read = engine.read(&permit.caller);
    let name = plugin::plugin(&read, &name.0).await?.name;
    let mut data = plugin::versions(&read, &name).await?;
    if let Some(tag) = &query.0.tag {
        data.retain(|version| version.tag.as_ref() == Some(tag));
    }
    reply::ok(&Few { data })
}

/// The text of a package: path to content.
#[derive(Serialize, ToSchema)]
struct FilesView {
    /// Path to text.
    #[schema(value_type = HashMap<String, String>)]
    files: Files,
}

/// Read the files of a version.
#[utoipa::path(operation_id = "getPluginFiles", tag = "plugins",
    params(("plugin" = String, Path, description = "Its name."), ("version" = i64, Path, description = "The number of the version.")),
    responses((status = 200, description = "Its files.", body = FilesView)))]
#[get("/plugins/{plugin}/versions/{version}/files")]
async fn show_files(permit: Permit<op::GetPluginFiles>, at: Within<String, i64>, engine: Data<Engine>) -> Reply {
    reply::ok(&FilesView { files: plugin::files(&engine.read(&permit.caller), &at.0, at.1).await? })
}

/// List the switchings of a plugin, newest first.
#[utoipa::path(operation_id = "listPluginActivations", tag = "plugins", params(("plugin" = String, Path, description = "Its name.")),
    responses((status = 200, description = "Each switching on, off and over.", body = Few<ActivationView>)))]
#[get("/plugins/{plugin}/activations")]
async fn activations(permit: Permit<op::ListPluginActivations>, name: At<String>, engine: Data<Engine>) -> Reply {
    let read = engine.read(&permit.caller);
    let name = plugin::plugin(&read, &name.0).await?.name;
    reply::ok(&Few { data: plugin::activations(&read, &name).await? })
}

/// Which version is switched on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ActivationIn {
    /// The number of the version; the newest when absent.
    #[serde(default)]
    #[schema(minimum = 1)]
    version: Option<i64>,
    /// Only `on` so far.
    #[serde(default)]
    #[expect(dead_code, reason = "there is one mode so far; naming it is allowed")]
    mode: Option<ActivationMode>,
    /// Settings of the tenant; those in force when absent.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    settings: Option<Value>,
    /// Why.
    #[serde(default)]
    #[schema(max_length = 500)]
    reason: Option<String>,
    /// Checks that failed and are excused, for the reason given; a second person has to agree.
    #[serde(default)]
    #[schema(max_items = 3)]
    excuse: Vec<Excuse>,
}

recoup_engine::words! {
    /// How a version is switched on.
    pub enum ActivationMode {
        /// It is asked, and its advice counts.
        On = "on",
    }
}

/// Switch a version on.
///
/// It is checked first: its text, its tests, what they reach of the script, its settings, and what it would have answered to the newest 500
/// recorded decisions. From the answer on, every node decides with it. A package that touches orders, money or law waits for a second person, who is neither its
/// author nor whoever asks: it is answered 202 and listed under `/v1/approvals`. The operator acts alone.
#[utoipa::path(operation_id = "activatePlugin", tag = "plugins", params(("plugin" = String, Path, description = "Its name.")),
    request_body = ActivationIn, responses((status = 201, description = "On.", body = ActivationView),
        (status = 202, description = "It waits for a second person.", body = Waiting)))]
#[post("/plugins/{plugin}/activations")]
async fn activate(permit: Permit<op::ActivatePlugin>, name: At<String>, body: Body<ActivationIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let ActivationIn { version, settings, reason, excuse, .. } = body.value;
    let wanted = Activation { name: name.0, number: version, settings, reason, excuse, revision: None };
    let outcome = engine.execute(&who, ActivatePlugin { host: engine.plugins(), wanted }).await?;
    switched(&engine, &who, &outcome).await
}

/// To which version a plugin goes back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RollbackIn {
    /// The number of the version; the one that was on before when absent.
    #[serde(default)]
    #[schema(minimum = 1)]
    version: Option<i64>,
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

/// Go back to a version that was on before, with the settings it had.
///
/// One that was last on more than thirty days ago waits for a second person.
#[utoipa::path(operation_id = "rollBackPlugin", tag = "plugins", params(("plugin" = String, Path, description = "Its name.")),
    request_body = RollbackIn, responses((status = 201, description = "Back.", body = ActivationView),
        (status = 202, description = "It waits for a second person.", body = Waiting)))]
#[post("/plugins/{plugin}/rollbacks")]
async fn roll_back(permit: Permit<op::RollBackPlugin>, name: At<String>, body: Body<RollbackIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let RollbackIn { version, reason } = body.value;
    let outcome = engine.execute(&who, RollbackPlugin { name: name.0, number: version, reason: Some(reason) }).await?;
    switched(&engine, &who, &outcome).await
}

/// Why a plugin is stopped.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct StopIn {
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

/// Switch a plugin off: one person, any time.
#[utoipa::path(operation_id = "stopPlugin", tag = "plugins", params(("plugin" = String, Path, description = "Its name.")),
    request_body = StopIn, responses((status = 201, description = "Off.", body = ActivationView)))]
#[post("/plugins/{plugin}/stops")]
async fn stop(permit: Permit<op::StopPlugin>, name: At<String>, body: Body<StopIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let outcome = engine.execute(&who, StopPlugin { name: name.0, reason: body.value.reason }).await?;
    if !outcome.is_replay {
        engine.replan(who.tenant).await?;
    }
    Answer::created(&format!("/v1/plugins/{}", outcome.done.name)).replayed(outcome.is_replay).json(&outcome.done)
}

/// The answer to a switching, once this process decides by it.
async fn switched(engine: &Engine, who: &Caller, outcome: &Outcome<Acted<ActivationView>>) -> Reply {
    let location = match &outcome.done {
        Acted::Waits(waiting) => return reply::waits(waiting, outcome.is_replay),
        Acted::Done(done) => format!("/v1/plugins/{}", done.name),
    };
    if !outcome.is_replay {
        engine.replan(who.tenant).await?;
    }
    reply::acted(outcome, &location, |_| None)
}

/// Whose settings are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SettingsQuery {
    /// Of one segment; of the whole tenant when absent.
    #[param(max_length = 60)]
    segment: Option<String>,
}

/// The settings of a plugin.
#[derive(Serialize, ToSchema)]
struct PluginSettingsView {
    /// The plugin.
    plugin: String,
    /// The version whose schema they follow.
    version: i64,
    /// The segment they are for; the whole tenant when null.
    segment: Option<String>,
    /// What was set.
    #[schema(value_type = Object)]
    settings: Value,
    /// What a script sees: with defaults, and with the tenant's under the segment's.
    #[schema(value_type = Object)]
    effective: Value,
}

/// Read the settings of a plugin.
#[utoipa::path(operation_id = "getPluginSettings", tag = "plugins", params(("plugin" = String, Path, description = "Its name."), SettingsQuery),
    responses((status = 200, description = "What was set, and what a script sees.", body = PluginSettingsView),
        (status = 304, description = "You have this version already.")))]
#[get("/plugins/{plugin}/settings")]
async fn show_settings(
    permit: Permit<op::GetPluginSettings>,
    name: At<String>,
    query: Params<SettingsQuery>,
    engine: Data<Engine>,
    request: HttpRequest,
) -> Reply {
    let read = engine.read(&permit.caller);
    let found = plugin::plugin(&read, &name.0).await?;
    let version = found.active_version.unwrap_or(found.newest_version);
    let files = plugin::files(&read, &found.name, version).await?;
    let view = settings_view(&engine, &found, &files, version, query.0.segment)?;
    reply::read(&request, found.activation.map_or(0, |one| one.revision), &view)
}

fn settings_view(
    engine: &Engine,
    found: &PluginView,
    files: &Files,
    version: i64,
    segment: Option<String>,
) -> recoup_engine::words::error::Result<PluginSettingsView> {
    let nothing = || Value::Object(serde_json::Map::new());
    let of_tenant = found.activation.as_ref().map_or_else(nothing, |one| one.settings.clone());
    let of_segment = segment.as_ref().and_then(|name| found.activation.as_ref()?.segment_settings.get(name).cloned());
    let mut together = of_tenant.clone();
    if let (Value::Object(all), Some(Value::Object(own))) = (&mut together, &of_segment) {
        all.extend(own.clone());
    }
    let settings = if segment.is_some() { of_segment.unwrap_or_else(nothing) } else { of_tenant };
    let effective = engine.plugins().settings(files, &together)?;
    Ok(PluginSettingsView { plugin: found.name.clone(), version, segment, settings, effective })
}

/// New settings of a plugin.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PluginSettingsIn {
    /// Keys and values by the plugin's schema; what is left out has its default.
    #[schema(value_type = Object)]
    settings: Value,
    /// Why.
    #[serde(default)]
    #[schema(max_length = 500)]
    reason: Option<String>,
}

/// Replace the settings of a plugin, for the tenant or for one segment.
///
/// Where switching the plugin on would wait for a second person, so do its settings.
#[utoipa::path(operation_id = "changePluginSettings", tag = "plugins",
    params(("plugin" = String, Path, description = "Its name."), SettingsQuery), request_body = PluginSettingsIn,
    responses((status = 200, description = "Set.", body = ActivationView),
        (status = 202, description = "It waits for a second person.", body = Waiting)))]
#[put("/plugins/{plugin}/settings")]
async fn change_settings(
    permit: Permit<op::ChangePluginSettings>,
    name: At<String>,
    query: Params<SettingsQuery>,
    version: IfMatch,
    body: Body<PluginSettingsIn>,
    engine: Data<Engine>,
) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let PluginSettingsIn { settings, reason } = body.value;
    let wanted = Configuration { name: name.0, revision: version.0, segment: query.0.segment, settings, reason };
    let outcome = engine.execute(&who, ConfigurePlugin { host: engine.plugins(), wanted }).await?;
    let done = match &outcome.done {
        Acted::Waits(waiting) => return reply::waits(waiting, outcome.is_replay),
        Acted::Done(done) => done,
    };
    if !outcome.is_replay && done.mode == PluginMode::On {
        engine.replan(who.tenant).await?;
    }
    Answer::ok().version(done.revision).replayed(outcome.is_replay).json(done)
}

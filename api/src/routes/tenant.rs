//! Tenants, their settings, and the test clock of a sandbox.

use crate::access::op;
use crate::auth::Permit;
use crate::extract::{At, Body, IfMatch};
use crate::reply::{self, Answer, Reply};
use crate::server::Server;
use actix_web::web::Data;
use actix_web::{HttpRequest, get, post, put};
use chrono::{DateTime, Utc};
use recoup_engine::Engine;
use recoup_engine::tenant::{self, ChangeSettings, MoveTestClock, NewTenant, TenantSettings, TenantView, TestClockView};
use recoup_engine::words::code::Code;
use recoup_engine::words::error::Error;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::Few;

pub(super) fn all(list: &mut ServiceConfig) {
    list.service(create).service(list_all).service(show);
    list.service(settings).service(change_settings).service(test_clock).service(move_test_clock);
}

/// Make a tenant.
#[utoipa::path(operation_id = "createTenant", tag = "access", request_body = NewTenant,
    responses((status = 201, description = "Made, with the shipped policy and plugins.", body = TenantView)))]
#[post("/tenants")]
async fn create(_permit: Permit<op::CreateTenant>, body: Body<NewTenant>, engine: Data<Engine>) -> Reply {
    let tenant = engine.open_tenant(&body.value).await?;
    Answer::created(&format!("/v1/tenants/{}", tenant.slug)).json(&TenantView::from(&tenant))
}

/// List tenants.
#[utoipa::path(operation_id = "listTenants", tag = "access",
    responses((status = 200, description = "Every tenant of this installation.", body = Few<TenantView>)))]
#[get("/tenants")]
async fn list_all(_permit: Permit<op::ListTenants>, engine: Data<Engine>) -> Reply {
    let tenants = tenant::list(engine.store()).await?;
    reply::ok(&Few { data: tenants.iter().map(TenantView::from).collect() })
}

/// Read a tenant.
#[utoipa::path(operation_id = "getTenant", tag = "access", params(("slug" = String, Path, description = "What tokens call it.")),
    responses((status = 200, description = "The tenant.", body = TenantView)))]
#[get("/tenants/{slug}")]
async fn show(_permit: Permit<op::GetTenant>, slug: At<String>, engine: Data<Engine>) -> Reply {
    match tenant::find(engine.store(), &slug.0).await? {
        Some(tenant) => reply::ok(&TenantView::from(&tenant)),
        None => Err(Error::new(Code::NotFound, "there is no such tenant").into()),
    }
}

/// Read the settings.
#[utoipa::path(operation_id = "getSettings", tag = "setup", responses(
    (status = 200, description = "The settings in force.", body = TenantSettings),
    (status = 304, description = "You have this version already.")
))]
#[get("/settings")]
async fn settings(permit: Permit<op::GetSettings>, engine: Data<Engine>, request: HttpRequest) -> Reply {
    let now = tenant::settings(&engine.read(&permit.caller)).await?;
    reply::read(&request, now.revision, &now.settings)
}

/// Replace the settings.
///
/// What is left out has its default.
#[utoipa::path(operation_id = "changeSettings", tag = "setup", request_body = TenantSettings,
    responses((status = 200, description = "The settings as they are now.", body = TenantSettings)))]
#[put("/settings")]
async fn change_settings(permit: Permit<op::ChangeSettings>, version: IfMatch, body: Body<TenantSettings>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let outcome = engine.execute(&who, ChangeSettings { revision: version.0, settings: body.value }).await?;
    if !outcome.is_replay {
        engine.replan(who.tenant).await?;
    }
    Answer::ok().version(outcome.done.revision).replayed(outcome.is_by_key).json(&outcome.done.settings)
}

/// Read the test clock of a sandbox.
#[utoipa::path(operation_id = "getTestClock", tag = "work",
    responses((status = 200, description = "What it shows.", body = TestClockView)))]
#[get("/test-clock")]
async fn test_clock(permit: Permit<op::GetTestClock>, server: Data<Server>) -> Reply {
    let ground = server.engine.refresh_ground(permit.caller.tenant).await?;
    let target = server.clock_moves.target(permit.caller.tenant);
    reply::ok(&tenant::test_clock(&ground, server.engine.clock(), target)?)
}

/// Where a test clock is sent.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TestClockIn {
    /// The moment the tenant lives in from then on.
    #[serde(deserialize_with = "strict_instant")]
    now: DateTime<Utc>,
}

/// A day alone is no moment: the business day follows from the tenant's time zone.
fn strict_instant<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<DateTime<Utc>, D::Error> {
    let text = String::deserialize(from)?;
    let refused = |_| Error::new(Code::MalformedDate, format!("{text:?} is not a moment like 2026-03-02T09:00:00Z"));
    DateTime::parse_from_rfc3339(&text).map(|moment| moment.to_utc()).map_err(refused).map_err(D::Error::custom)
}

/// Send the test clock of a sandbox forward, at most two years. Every day on its way is run.
#[utoipa::path(operation_id = "moveTestClock", tag = "work", request_body = TestClockIn,
    responses((status = 202, description = "On its way.", body = TestClockView)))]
#[post("/test-clock")]
async fn move_test_clock(permit: Permit<op::MoveTestClock>, body: Body<TestClockIn>, server: Data<Server>) -> Reply {
    let (engine, who) = (&server.engine, permit.caller.clone());
    let ground = engine.refresh_ground(who.tenant).await?;
    let (now, to) = (tenant::test_clock(&ground, engine.clock(), None)?.now, body.value.now);
    tenant::may_move_test_clock(ground.tenant.kind, now, to)?;
    let day = |at: DateTime<Utc>| at.with_timezone(&ground.tenant.zone).date_naive();
    if day(to) == day(now) {
        return Answer::accepted("/v1/test-clock").json(&engine.execute(&who, MoveTestClock { to }).await?.done);
    }
    if !server.clock_moves.send(who, to) {
        return Err(Error::new(Code::IllegalState, "the test clock is on its way already").into());
    }
    Answer::accepted("/v1/test-clock").json(&tenant::test_clock(&ground, engine.clock(), Some(to))?)
}

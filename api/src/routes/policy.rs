//! The collections policy, in versions, and the calendars of working days.

use super::{Few, NoFilters};
use crate::access::op;
use crate::auth::Permit;
use crate::extract::{At, Body, IfMatch, Listing, PageParams, Paged};
use crate::reply::{self, Answer, Reply};
use actix_web::web::Data;
use actix_web::{HttpRequest, get, post, put};
use recoup_engine::Engine;
use recoup_engine::approval::{Acted, Waiting};
use recoup_engine::policy::{self, CalendarIn, CalendarView, CreatePolicy, PolicyIn, PolicyView, PutCalendar};
use recoup_engine::words::id::PolicyId;
use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn all(list: &mut ServiceConfig) {
    list.service(policies).service(create).service(show_policy).service(activate);
    list.service(calendars).service(show_calendar).service(put_calendar);
}

/// List versions of the policy.
#[utoipa::path(operation_id = "listPolicies", tag = "setup", params(PageParams),
    responses((status = 200, description = "A page, in the order they were made.", body = Listing<PolicyView>)))]
#[get("/policies")]
async fn policies(permit: Permit<op::ListPolicies>, query: Paged<NoFilters>, engine: Data<Engine>) -> Reply {
    reply::ok(&query.listing(policy::list_policies(&engine.read(&permit.caller), &query.page).await?, |row| row)?)
}

/// Make a version of the policy, from a preset or a document. It is not in force until it is activated.
#[utoipa::path(operation_id = "createPolicy", tag = "setup", request_body = PolicyIn,
    responses((status = 201, description = "Made.", body = PolicyView)))]
#[post("/policies")]
async fn create(permit: Permit<op::CreatePolicy>, body: Body<PolicyIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let outcome = engine.execute(&who, CreatePolicy { new: body.value }).await?;
    reply::made(&outcome, &format!("/v1/policies/{}", outcome.done.id), None)
}

/// Read a version of the policy.
#[utoipa::path(operation_id = "getPolicy", tag = "setup", params(("id" = PolicyId, Path, description = "The version.")),
    responses((status = 200, description = "The version.", body = PolicyView)))]
#[get("/policies/{id}")]
async fn show_policy(permit: Permit<op::GetPolicy>, id: At<PolicyId>, engine: Data<Engine>) -> Reply {
    reply::ok(&policy::policy(&engine.read(&permit.caller), id.0).await?)
}

/// Put a version of the policy in force. Everybody who owes something is planned anew.
///
/// It waits for a second person, a credit manager where an admin asks and an admin where a credit manager does: it is answered 202 and listed
/// under `/v1/approvals`. The operator acts alone.
#[utoipa::path(operation_id = "activatePolicy", tag = "setup", params(("id" = PolicyId, Path, description = "The version.")),
    responses((status = 201, description = "In force.", body = PolicyView),
        (status = 202, description = "It waits for a second person.", body = Waiting)))]
#[post("/policies/{id}/activations")]
async fn activate(permit: Permit<op::ActivatePolicy>, id: At<PolicyId>, engine: Data<Engine>) -> Reply {
    let outcome = engine.activate_policy(&permit.once(String::new), id.0).await?;
    match &outcome.done {
        Acted::Waits(waiting) => reply::waits(waiting, outcome.is_replay),
        Acted::Done(done) => Answer::created(&format!("/v1/policies/{}", id.0)).replayed(outcome.is_replay).json(done),
    }
}

/// List calendars.
#[utoipa::path(operation_id = "listCalendars", tag = "setup",
    responses((status = 200, description = "All of them, by name.", body = Few<CalendarView>)))]
#[get("/calendars")]
async fn calendars(permit: Permit<op::ListCalendars>, engine: Data<Engine>) -> Reply {
    reply::ok(&Few { data: policy::list_calendars(&engine.read(&permit.caller)).await? })
}

/// Read a calendar.
#[utoipa::path(operation_id = "getCalendar", tag = "setup", params(("name" = String, Path, description = "Its name.")), responses(
    (status = 200, description = "The calendar.", body = CalendarView),
    (status = 304, description = "You have this version already.")
))]
#[get("/calendars/{name}")]
async fn show_calendar(permit: Permit<op::GetCalendar>, name: At<String>, engine: Data<Engine>, request: HttpRequest) -> Reply {
    let calendar = policy::calendar_view(&engine.read(&permit.caller), &name.0).await?;
    reply::read(&request, calendar.version, &calendar)
}

/// Make a calendar, or replace it whole. Everybody who owes something is planned anew.
///
/// A new one has no version yet: send `If-Match: *`. It waits for a second person as a policy does.
#[utoipa::path(operation_id = "putCalendar", tag = "setup", params(("name" = String, Path, description = "Its name.")),
    request_body = CalendarIn, responses((status = 200, description = "The calendar as it is now.", body = CalendarView),
        (status = 202, description = "It waits for a second person.", body = Waiting)))]
#[put("/calendars/{name}")]
async fn put_calendar(
    permit: Permit<op::PutCalendar>,
    name: At<String>,
    version: IfMatch,
    body: Body<CalendarIn>,
    engine: Data<Engine>,
) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let outcome = engine.put_calendar(&who, PutCalendar { name: name.0, version: version.0, days: body.value }).await?;
    match &outcome.done {
        Acted::Waits(waiting) => reply::waits(waiting, outcome.is_replay),
        Acted::Done(done) => Answer::ok().version(done.version).replayed(outcome.is_by_key).json(done),
    }
}

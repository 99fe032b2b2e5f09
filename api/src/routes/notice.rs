//! What reaches the customer: notices and offers; and what goes to law.

use crate::access::op;
use crate::auth::Permit;
use crate::extract::{At, CommaList, Listing, PageParams, Paged};
use crate::reply::{self, Answer, Reply};
use actix_web::web::Data;
use actix_web::{get, post};
use chrono::NaiveDate;
use recoup_engine::Engine;
use recoup_engine::collection::{NoticeAct, SettleNotice};
use recoup_engine::handoff::{self, HandoffFilter, HandoffView};
use recoup_engine::notice::{self, NoticeFilter, NoticeView};
use recoup_engine::offer::{self, OfferFilter, OfferView};
use recoup_engine::words::caller::Caller;
use recoup_engine::words::day::strict_date;
use recoup_engine::words::id::{AccountId, CaseId, HandoffId, NoticeId, OfferId};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn all(list: &mut ServiceConfig) {
    list.service(notices).service(show_notice).service(review).service(cancel).service(dispatch);
    list.service(offers).service(show_offer).service(handoffs).service(show_handoff);
}

recoup_engine::words! {
    /// Where a notice stands.
    pub enum NoticeState {
        /// A person looks at it first.
        Draft = "draft",
        /// It may go out.
        Ready = "ready",
        /// It went out.
        Sent = "sent",
        /// Nobody knows whether it went out.
        Unclear = "unclear",
        /// There is no way to reach the customer.
        Undeliverable = "undeliverable",
        /// It was left out.
        Cancelled = "cancelled",
    }
}

/// Which notices are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct NoticeQuery {
    /// Of this account.
    account_id: Option<AccountId>,
    /// Of the account with this number in the ERP.
    #[param(max_length = 100)]
    account_external_id: Option<String>,
    /// Of this case.
    case_id: Option<CaseId>,
    /// With a line at this step.
    #[param(max_length = 100)]
    step: Option<String>,
    /// In one of these states, by comma.
    #[serde(default)]
    #[param(value_type = Option<String>, max_length = 100)]
    state: CommaList<NoticeState>,
    /// By this channel.
    #[param(max_length = 40)]
    channel: Option<String>,
    /// Made on this day or later.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    created_on_from: Option<NaiveDate>,
    /// Made on this day or earlier.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    created_on_to: Option<NaiveDate>,
}

/// List notices.
#[utoipa::path(operation_id = "listNotices", tag = "collections", params(NoticeQuery, PageParams),
    responses((status = 200, description = "A page, in the order they were made.", body = Listing<NoticeView>)))]
#[get("/notices")]
async fn notices(permit: Permit<op::ListNotices>, query: Paged<NoticeQuery>, engine: Data<Engine>) -> Reply {
    let read = engine.read(&permit.caller);
    let asked = &query.filters;
    let Some(account) = super::named_account(&read, asked.account_id, asked.account_external_id.as_deref()).await? else {
        return reply::ok(&query.nothing::<NoticeView>());
    };
    let filter = NoticeFilter {
        account,
        case: asked.case_id,
        step: asked.step.clone(),
        states: asked.state.texts(),
        channel: asked.channel.clone(),
        created_on_from: asked.created_on_from,
        created_on_to: asked.created_on_to,
    };
    let ground = engine.ground(permit.caller.tenant).await?;
    reply::ok(
        &query.listing(notice::list_notices(&read, &ground, &filter, &query.page, ground.stamp(engine.clock()).at).await?, |row| row)?,
    )
}

/// Read a notice with its text.
#[utoipa::path(operation_id = "getNotice", tag = "collections", params(("id" = NoticeId, Path, description = "The notice.")),
    responses((status = 200, description = "The notice.", body = NoticeView)))]
#[get("/notices/{id}")]
async fn show_notice(permit: Permit<op::GetNotice>, id: At<NoticeId>, engine: Data<Engine>) -> Reply {
    let ground = engine.ground(permit.caller.tenant).await?;
    reply::ok(&notice::notice(&engine.read(&permit.caller), &ground, id.0, ground.stamp(engine.clock()).at).await?)
}

/// Say that a draft was looked at and may go out.
#[utoipa::path(operation_id = "reviewNotice", tag = "collections", params(("id" = NoticeId, Path, description = "The notice.")),
    responses((status = 201, description = "It may go out.", body = NoticeView)))]
#[post("/notices/{id}/reviews")]
async fn review(permit: Permit<op::ReviewNotice>, id: At<NoticeId>, engine: Data<Engine>) -> Reply {
    settle(&engine, &permit.once(String::new), id.0, NoticeAct::Release).await
}

/// Leave a notice out that was not sent yet. Its step counts as taken.
#[utoipa::path(operation_id = "cancelNotice", tag = "collections", params(("id" = NoticeId, Path, description = "The notice.")),
    responses((status = 201, description = "Left out.", body = NoticeView)))]
#[post("/notices/{id}/cancellations")]
async fn cancel(permit: Permit<op::CancelNotice>, id: At<NoticeId>, engine: Data<Engine>) -> Reply {
    settle(&engine, &permit.once(String::new), id.0, NoticeAct::Cancel).await
}

/// Say that a notice is sent.
///
/// One to a person who is not to be turned to at this hour is refused with `contact_quiet` and the moment from which it may go; the
/// notice says so itself (`waits`) as long as it is not sent.
#[utoipa::path(operation_id = "dispatchNotice", tag = "collections", params(("id" = NoticeId, Path, description = "The notice.")),
    responses((status = 201, description = "Sent.", body = NoticeView)))]
#[post("/notices/{id}/dispatches")]
async fn dispatch(permit: Permit<op::DispatchNotice>, id: At<NoticeId>, engine: Data<Engine>) -> Reply {
    settle(&engine, &permit.once(String::new), id.0, NoticeAct::Sent).await
}

async fn settle(engine: &Engine, who: &Caller, id: NoticeId, act: NoticeAct) -> Reply {
    let read = engine.read(who);
    let account = notice::notice_account(&read, id).await?;
    let outcome = engine.execute(who, SettleNotice { account, notice: id, act }).await?;
    let ground = engine.ground(who.tenant).await?;
    let view = notice::notice(&read, &ground, id, ground.stamp(engine.clock()).at).await?;
    Answer::created(&format!("/v1/notices/{id}")).replayed(outcome.is_replay).json(&view)
}

/// Which offers are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct OfferQuery {
    /// To this account.
    account_id: Option<AccountId>,
    /// To the account with this number in the ERP.
    #[param(max_length = 100)]
    account_external_id: Option<String>,
    /// In one of these states, by comma: `open`, `taken`, `expired`, `withdrawn`.
    #[param(max_length = 100)]
    state: Option<String>,
}

/// List offers: discounts for paying early.
#[utoipa::path(operation_id = "listOffers", tag = "collections", params(OfferQuery, PageParams),
    responses((status = 200, description = "A page, in the order they were made.", body = Listing<OfferView>)))]
#[get("/offers")]
async fn offers(permit: Permit<op::ListOffers>, query: Paged<OfferQuery>, engine: Data<Engine>) -> Reply {
    let read = engine.read(&permit.caller);
    let asked = &query.filters;
    let Some(account) = super::named_account(&read, asked.account_id, asked.account_external_id.as_deref()).await? else {
        return reply::ok(&query.nothing::<OfferView>());
    };
    let filter = OfferFilter { account, states: super::texts(asked.state.as_deref()) };
    reply::ok(&query.listing(offer::list_offers(&read, &filter, &query.page).await?, |row| row)?)
}

/// Read an offer.
#[utoipa::path(operation_id = "getOffer", tag = "collections", params(("id" = OfferId, Path, description = "The offer.")),
    responses((status = 200, description = "The offer.", body = OfferView)))]
#[get("/offers/{id}")]
async fn show_offer(permit: Permit<op::GetOffer>, id: At<OfferId>, engine: Data<Engine>) -> Reply {
    reply::ok(&offer::offer(&engine.read(&permit.caller), id.0).await?)
}

/// Which handoffs are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct HandoffQuery {
    /// Of this account.
    account_id: Option<AccountId>,
    /// Of the account with this number in the ERP.
    #[param(max_length = 100)]
    account_external_id: Option<String>,
    /// Of this case.
    case_id: Option<CaseId>,
    /// In one of these states, by comma: `asked`, `open`, `recalled`, `closed`.
    #[param(max_length = 100)]
    state: Option<String>,
}

/// List handoffs: cases given to legal, with their evidence.
#[utoipa::path(operation_id = "listHandoffs", tag = "collections", params(HandoffQuery, PageParams),
    responses((status = 200, description = "A page, in the order they were made.", body = Listing<HandoffView>)))]
#[get("/handoffs")]
async fn handoffs(permit: Permit<op::ListHandoffs>, query: Paged<HandoffQuery>, engine: Data<Engine>) -> Reply {
    let read = engine.read(&permit.caller);
    let asked = &query.filters;
    let Some(account) = super::named_account(&read, asked.account_id, asked.account_external_id.as_deref()).await? else {
        return reply::ok(&query.nothing::<HandoffView>());
    };
    let filter = HandoffFilter { account, case: asked.case_id, states: super::texts(asked.state.as_deref()) };
    reply::ok(&query.listing(handoff::list_handoffs(&read, &filter, &query.page).await?, |row| row)?)
}

/// Read a handoff with its evidence packet.
#[utoipa::path(operation_id = "getHandoff", tag = "collections", params(("id" = HandoffId, Path, description = "The handoff.")),
    responses((status = 200, description = "The handoff.", body = HandoffView)))]
#[get("/handoffs/{id}")]
async fn show_handoff(permit: Permit<op::GetHandoff>, id: At<HandoffId>, engine: Data<Engine>) -> Reply {
    reply::ok(&handoff::handoff(&engine.read(&permit.caller), id.0).await?)
}

//! Payments: booking, allocating, and taking back.

use crate::access::op;
use crate::auth::Permit;
use crate::extract::{At, Body, Listing, PageParams, Paged};
use crate::reply::{self, Answer, Reply};
use actix_web::web::Data;
use actix_web::{get, post};
use chrono::NaiveDate;
use recoup_engine::Engine;
use recoup_engine::ledger::{
    self, AllocatePayment, LiesOn, PaymentFilter, PaymentIn, PaymentView, PostPayment, ReverseAllocation, ReverseDeposit, VoidKind,
    VoidPayment, WantedAllocation,
};
use recoup_engine::words::caller::Caller;
use recoup_engine::words::code::Code;
use recoup_engine::words::day::strict_date;
use recoup_engine::words::error::{Error, Result};
use recoup_engine::words::id::{AccountId, AllocationId, PaymentId};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn all(list: &mut ServiceConfig) {
    list.service(create).service(list_all).service(show).service(allocate).service(take_back).service(bounce).service(reverse);
}

/// Which payments are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PaymentQuery {
    /// Of this account.
    account_id: Option<AccountId>,
    /// Of the account with this number in the ERP.
    #[param(max_length = 100)]
    account_external_id: Option<String>,
    /// With this number in the ERP or at the bank.
    #[param(max_length = 100)]
    external_id: Option<String>,
    /// Only with something not allocated.
    unallocated: Option<bool>,
}

/// Book money received.
#[utoipa::path(operation_id = "createPayment", tag = "ledger", request_body = PaymentIn, responses(
    (status = 201, description = "Booked and allocated.", body = PaymentView),
    (status = 200, description = "It was there with the same content.", body = PaymentView)
))]
#[post("/payments")]
async fn create(permit: Permit<op::CreatePayment>, body: Body<PaymentIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let payment = body.value;
    let account = engine.account_named(&who, payment.account_id, payment.account_external_id.as_deref()).await?;
    let outcome = engine.execute(&who, PostPayment { account, payment }).await?;
    reply::made(&outcome, &format!("/v1/payments/{}", outcome.done.id), None)
}

/// List payments.
#[utoipa::path(operation_id = "listPayments", tag = "ledger", params(PaymentQuery, PageParams), responses(
    (status = 200, description = "A page, in the order they were made.", body = Listing<PaymentView>)
))]
#[get("/payments")]
async fn list_all(permit: Permit<op::ListPayments>, query: Paged<PaymentQuery>, engine: Data<Engine>) -> Reply {
    let read = engine.read(&permit.caller);
    let asked = &query.filters;
    let Some(account) = super::named_account(&read, asked.account_id, asked.account_external_id.as_deref()).await? else {
        return reply::ok(&query.nothing::<PaymentView>());
    };
    let filter = PaymentFilter { account, external_id: asked.external_id.clone(), is_unallocated: asked.unallocated.unwrap_or(false) };
    reply::ok(&query.listing(ledger::list_payments(&read, &filter, &query.page).await?, |row| row)?)
}

/// Read a payment.
#[utoipa::path(operation_id = "getPayment", tag = "ledger", params(("id" = PaymentId, Path, description = "The payment.")),
    responses((status = 200, description = "The payment with its shares.", body = PaymentView)))]
#[get("/payments/{id}")]
async fn show(permit: Permit<op::GetPayment>, id: At<PaymentId>, engine: Data<Engine>) -> Reply {
    reply::ok(&ledger::payment(&engine.read(&permit.caller), id.0).await?)
}

/// Which shares of a payment go where: either `auto`, or the shares.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AllocationsIn {
    /// By the automatic order.
    #[serde(default)]
    auto: bool,
    /// By hand.
    #[serde(default)]
    #[schema(max_items = 500)]
    allocations: Vec<WantedAllocation>,
}

/// Allocate a payment, by hand or by the automatic order.
#[utoipa::path(operation_id = "allocatePayment", tag = "ledger", params(("id" = PaymentId, Path, description = "The payment.")),
    request_body = AllocationsIn, responses((status = 201, description = "Allocated.", body = PaymentView)))]
#[post("/payments/{id}/allocations")]
async fn allocate(permit: Permit<op::AllocatePayment>, id: At<PaymentId>, body: Body<AllocationsIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let AllocationsIn { auto, allocations } = body.value;
    if auto != allocations.is_empty() {
        return Err(Error::new(Code::ValidationFailed, "send either auto or allocations").at("#/allocations").into());
    }
    let account = account_of(&engine, &who, id.0).await?;
    let outcome = engine.execute(&who, AllocatePayment { account, payment: id.0, shares: allocations }).await?;
    Answer::created(&format!("/v1/payments/{}", id.0)).replayed(outcome.is_replay).json(&outcome.done)
}

/// Take a share back: the cash is unallocated again, and the instalment open, or the order without that deposit, as before.
#[utoipa::path(operation_id = "reverseAllocation", tag = "ledger", params(("id" = AllocationId, Path, description = "The share.")),
    responses((status = 201, description = "Taken back; the payment as it is now.", body = PaymentView)))]
#[post("/allocations/{id}/reversals")]
async fn take_back(permit: Permit<op::ReverseAllocation>, id: At<AllocationId>, engine: Data<Engine>) -> Reply {
    let who = permit.once(String::new);
    let outcome = match ledger::account_of_allocation(&engine.read(&who), id.0).await? {
        (account, LiesOn::Instalment) => engine.execute(&who, ReverseAllocation { account, allocation: id.0 }).await?,
        (account, LiesOn::Order) => engine.execute(&who, ReverseDeposit { account, allocation: id.0 }).await?,
    };
    Answer::created(&format!("/v1/payments/{}", outcome.done.id)).replayed(outcome.is_replay).json(&outcome.done)
}

/// That the bank took a payment back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BounceIn {
    /// The day it did.
    #[serde(deserialize_with = "strict_date::deserialize")]
    bounced_on: NaiveDate,
    /// Why, in words.
    #[serde(default)]
    #[schema(max_length = 500)]
    reason: Option<String>,
}

/// Record that the bank took a payment back.
#[utoipa::path(operation_id = "bouncePayment", tag = "ledger", params(("id" = PaymentId, Path, description = "The payment.")),
    request_body = BounceIn, responses((status = 201, description = "Bounced; its items are open again.", body = PaymentView)))]
#[post("/payments/{id}/bounces")]
async fn bounce(permit: Permit<op::BouncePayment>, id: At<PaymentId>, body: Body<BounceIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let BounceIn { bounced_on, reason } = body.value;
    let account = account_of(&engine, &who, id.0).await?;
    let void = VoidPayment { account, payment: id.0, kind: VoidKind::Bounce, on: Some(bounced_on), reason };
    voided(&engine, &who, void).await
}

/// That a payment was booked by mistake.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReversalIn {
    /// Why, in words.
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

/// Reverse a payment that was booked by mistake: void from its own date, and no mark on the customer.
#[utoipa::path(operation_id = "reversePayment", tag = "ledger", params(("id" = PaymentId, Path, description = "The payment.")),
    request_body = ReversalIn, responses((status = 201, description = "Reversed.", body = PaymentView)))]
#[post("/payments/{id}/reversals")]
async fn reverse(permit: Permit<op::ReversePayment>, id: At<PaymentId>, body: Body<ReversalIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let account = account_of(&engine, &who, id.0).await?;
    let void = VoidPayment { account, payment: id.0, kind: VoidKind::Reversal, on: None, reason: Some(body.value.reason) };
    voided(&engine, &who, void).await
}

async fn voided(engine: &Engine, who: &Caller, void: VoidPayment) -> Reply {
    let location = format!("/v1/payments/{}", void.payment);
    let outcome = engine.execute(who, void).await?;
    Answer::created(&location).replayed(outcome.is_replay).json(&outcome.done)
}

async fn account_of(engine: &Engine, who: &Caller, payment: PaymentId) -> Result<AccountId> {
    Ok(ledger::payment(&engine.read(who), payment).await?.account_id)
}

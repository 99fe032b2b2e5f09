//! How customers pay, which papers went with invoices, and when money is expected.

use super::{Few, NoFilters};
use crate::access::op;
use crate::auth::Permit;
use crate::extract::{At, Body, IfMatch, Listing, PageParams, Paged};
use crate::reply::{self, Answer, Reply};
use actix_web::web::Data;
use actix_web::{HttpRequest, get, post, put};
use recoup_engine::payment_process::{
    self, ExpectedItemView, InvoiceDocumentIn, InvoiceDocumentView, PaymentCalendarView, PaymentProcess, PutPaymentProcess, SendDocument,
};
use recoup_engine::words::id::{AccountId, InvoiceId};
use recoup_engine::{Engine, account};
use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn all(list: &mut ServiceConfig) {
    list.service(show).service(replace).service(expected).service(calendar).service(send).service(documents);
}

/// Read how an account pays: its approval steps, pay days and seasons, the papers it asks for, and the ways of payment agreed with it.
#[utoipa::path(operation_id = "getPaymentProcess", tag = "accounts", params(("id" = AccountId, Path, description = "The account.")),
    responses((status = 200, description = "How it pays; empty where nothing is known.", body = PaymentProcess),
        (status = 304, description = "You have this version already.")))]
#[get("/accounts/{id}/payment-process")]
async fn show(permit: Permit<op::GetPaymentProcess>, id: At<AccountId>, engine: Data<Engine>, request: HttpRequest) -> Reply {
    let read = engine.read(&permit.caller);
    let account = account::account(&read, id.0).await?.id;
    let now = payment_process::payment_process(&read, account).await?;
    reply::read(&request, now.version, &now.process)
}

/// Replace what is known of how an account pays.
///
/// What is expected of its open items follows from it at once. A payment by a way that was not agreed is booked all the same, with the
/// warning `method_not_allowed`.
#[utoipa::path(operation_id = "putPaymentProcess", tag = "accounts", params(("id" = AccountId, Path, description = "The account.")),
    request_body = PaymentProcess, responses((status = 200, description = "How it pays as it is known now.", body = PaymentProcess)))]
#[put("/accounts/{id}/payment-process")]
async fn replace(
    permit: Permit<op::PutPaymentProcess>,
    id: At<AccountId>,
    version: IfMatch,
    body: Body<PaymentProcess>,
    engine: Data<Engine>,
) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let outcome = engine.execute(&who, PutPaymentProcess { account: id.0, version: version.0, process: body.value }).await?;
    Answer::ok().version(outcome.done.version).replayed(outcome.is_by_key).json(&outcome.done.process)
}

/// List the open items of an account with the day on which the money of each is expected, and the days that made it.
///
/// The customer's approval begins when all papers it asks for are there; nobody pays before the due date; then its next pay day counts,
/// and in a slow month so many days more. While a paper is missing the delay is ours: it is reckoned as if it went today.
#[utoipa::path(operation_id = "listExpectedCash", tag = "accounts", params(("id" = AccountId, Path, description = "The account."), PageParams),
    responses((status = 200, description = "A page, the earliest due first.", body = Listing<ExpectedItemView>)))]
#[get("/accounts/{id}/expected-cash")]
async fn expected(permit: Permit<op::ListExpectedCash>, id: At<AccountId>, query: Paged<NoFilters>, engine: Data<Engine>) -> Reply {
    let read = engine.read(&permit.caller);
    let account = account::account(&read, id.0).await?.id;
    let ground = engine.ground(permit.caller.tenant).await?;
    let today = ground.stamp(engine.clock()).today;
    let page = payment_process::list_expected(&read, &ground, account, today, &query.page).await?;
    reply::ok(&query.listing(page, |row| row)?)
}

/// Read the payment calendar of an account: its pay days and seasons, and how much is expected on which day and in which month.
#[utoipa::path(operation_id = "getPaymentCalendar", tag = "accounts", params(("id" = AccountId, Path, description = "The account.")),
    responses((status = 200, description = "Its calendar from today on.", body = PaymentCalendarView)))]
#[get("/accounts/{id}/payment-calendar")]
async fn calendar(permit: Permit<op::GetPaymentCalendar>, id: At<AccountId>, engine: Data<Engine>) -> Reply {
    let read = engine.read(&permit.caller);
    let account = account::account(&read, id.0).await?.id;
    let ground = engine.ground(permit.caller.tenant).await?;
    let today = ground.stamp(engine.clock()).today;
    reply::ok(&payment_process::payment_calendar(&read, &ground, account, today).await?)
}

/// Write down that a paper went to the customer with an invoice.
#[utoipa::path(operation_id = "sendInvoiceDocument", tag = "ledger", params(("id" = InvoiceId, Path, description = "The invoice.")),
    request_body = InvoiceDocumentIn, responses((status = 201, description = "Written down.", body = InvoiceDocumentView)))]
#[post("/invoices/{id}/documents")]
async fn send(permit: Permit<op::SendInvoiceDocument>, id: At<InvoiceId>, body: Body<InvoiceDocumentIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let outcome = engine.execute(&who, SendDocument { invoice: id.0, document: body.value }).await?;
    reply::made(&outcome, &format!("/v1/invoices/{}/documents", id.0), None)
}

/// List the papers that went to the customer with an invoice.
#[utoipa::path(operation_id = "listInvoiceDocuments", tag = "ledger", params(("id" = InvoiceId, Path, description = "The invoice.")),
    responses((status = 200, description = "Its papers, in the order they were written down.", body = Few<InvoiceDocumentView>)))]
#[get("/invoices/{id}/documents")]
async fn documents(permit: Permit<op::ListInvoiceDocuments>, id: At<InvoiceId>, engine: Data<Engine>) -> Reply {
    reply::ok(&Few { data: payment_process::invoice_documents(&engine.read(&permit.caller), id.0).await? })
}

//! Invoices and credit notes.

use crate::access::op;
use crate::auth::Permit;
use crate::extract::{At, Body, Listing, PageParams, Paged};
use crate::reply::{self, Answer, Reply};
use actix_web::web::Data;
use actix_web::{get, post};
use chrono::NaiveDate;
use recoup_engine::Engine;
use recoup_engine::ledger::{
    self, CancelInvoice, CreditNoteIn, CreditNoteView, InvoiceFilter, InvoiceIn, InvoiceView, PostCreditNote, PostInvoice,
};
use recoup_engine::words::day::strict_date;
use recoup_engine::words::id::{AccountId, CreditNoteId, InvoiceId};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn all(list: &mut ServiceConfig) {
    list.service(create).service(list_all).service(show).service(cancel);
    list.service(create_note).service(list_notes).service(show_note);
}

/// Which invoices are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct InvoiceQuery {
    /// Of this account.
    account_id: Option<AccountId>,
    /// Of the account with this number in the ERP.
    #[param(max_length = 100)]
    account_external_id: Option<String>,
    /// With this number in the ERP.
    #[param(max_length = 100)]
    external_id: Option<String>,
    /// Issued on this day or later.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    issued_on_from: Option<NaiveDate>,
    /// Issued on this day or earlier.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    issued_on_to: Option<NaiveDate>,
}

/// Post an invoice.
#[utoipa::path(operation_id = "createInvoice", tag = "ledger", request_body = InvoiceIn, responses(
    (status = 201, description = "Posted.", body = InvoiceView),
    (status = 200, description = "It was there with the same content.", body = InvoiceView)
))]
#[post("/invoices")]
async fn create(permit: Permit<op::CreateInvoice>, body: Body<InvoiceIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let invoice = body.value;
    let account = engine.account_named(&who, invoice.account_id, invoice.account_external_id.as_deref()).await?;
    let outcome = engine.execute(&who, PostInvoice { account, invoice }).await?;
    reply::made(&outcome, &format!("/v1/invoices/{}", outcome.done.id), None)
}

/// List invoices.
#[utoipa::path(operation_id = "listInvoices", tag = "ledger", params(InvoiceQuery, PageParams), responses(
    (status = 200, description = "A page, in the order they were made.", body = Listing<InvoiceView>)
))]
#[get("/invoices")]
async fn list_all(permit: Permit<op::ListInvoices>, query: Paged<InvoiceQuery>, engine: Data<Engine>) -> Reply {
    let read = engine.read(&permit.caller);
    let asked = &query.filters;
    let Some(account) = super::named_account(&read, asked.account_id, asked.account_external_id.as_deref()).await? else {
        return reply::ok(&query.nothing::<InvoiceView>());
    };
    let filter = InvoiceFilter {
        account,
        external_id: asked.external_id.clone(),
        issued_on_from: asked.issued_on_from,
        issued_on_to: asked.issued_on_to,
    };
    let page = ledger::list_invoices(&read, &filter, &query.page).await?;
    reply::ok(&query.listing(page, |row| row)?)
}

/// Read an invoice.
#[utoipa::path(operation_id = "getInvoice", tag = "ledger", params(("id" = InvoiceId, Path, description = "The invoice.")),
    responses((status = 200, description = "The invoice.", body = InvoiceView)))]
#[get("/invoices/{id}")]
async fn show(permit: Permit<op::GetInvoice>, id: At<InvoiceId>, engine: Data<Engine>) -> Reply {
    reply::ok(&ledger::invoice(&engine.read(&permit.caller), id.0).await?)
}

/// From when on an invoice is cancelled.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CancellationIn {
    /// From this day on.
    #[serde(deserialize_with = "strict_date::deserialize")]
    cancelled_on: NaiveDate,
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

/// Cancel an invoice from a day on.
#[utoipa::path(operation_id = "cancelInvoice", tag = "ledger", params(("id" = InvoiceId, Path, description = "The invoice.")),
    request_body = CancellationIn, responses((status = 201, description = "Cancelled.", body = InvoiceView)))]
#[post("/invoices/{id}/cancellations")]
async fn cancel(permit: Permit<op::CancelInvoice>, id: At<InvoiceId>, body: Body<CancellationIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let account = ledger::invoice(&engine.read(&who), id.0).await?.account_id;
    let CancellationIn { cancelled_on, reason } = body.value;
    let outcome = engine.execute(&who, CancelInvoice { account, invoice: id.0, cancelled_on, reason }).await?;
    Answer::created(&format!("/v1/invoices/{}", id.0)).replayed(outcome.is_replay).json(&outcome.done)
}

/// Post a credit note.
#[utoipa::path(operation_id = "createCreditNote", tag = "ledger", request_body = CreditNoteIn, responses(
    (status = 201, description = "Posted.", body = CreditNoteView),
    (status = 200, description = "It was there with the same content.", body = CreditNoteView)
))]
#[post("/credit-notes")]
async fn create_note(permit: Permit<op::CreateCreditNote>, body: Body<CreditNoteIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let note = body.value;
    let account = engine.account_named(&who, note.account_id, note.account_external_id.as_deref()).await?;
    let outcome = engine.execute(&who, PostCreditNote { account, credit_note: note }).await?;
    reply::made(&outcome, &format!("/v1/credit-notes/{}", outcome.done.id), None)
}

/// Which credit notes are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CreditNoteQuery {
    /// Of this account.
    account_id: Option<AccountId>,
    /// Of the account with this number in the ERP.
    #[param(max_length = 100)]
    account_external_id: Option<String>,
}

/// List credit notes.
#[utoipa::path(operation_id = "listCreditNotes", tag = "ledger", params(CreditNoteQuery, PageParams), responses(
    (status = 200, description = "A page, in the order they were made.", body = Listing<CreditNoteView>)
))]
#[get("/credit-notes")]
async fn list_notes(permit: Permit<op::ListCreditNotes>, query: Paged<CreditNoteQuery>, engine: Data<Engine>) -> Reply {
    let read = engine.read(&permit.caller);
    let asked = &query.filters;
    let Some(account) = super::named_account(&read, asked.account_id, asked.account_external_id.as_deref()).await? else {
        return reply::ok(&query.nothing::<CreditNoteView>());
    };
    reply::ok(&query.listing(ledger::list_credit_notes(&read, account, &query.page).await?, |row| row)?)
}

/// Read a credit note.
#[utoipa::path(operation_id = "getCreditNote", tag = "ledger", params(("id" = CreditNoteId, Path, description = "The credit note.")),
    responses((status = 200, description = "The credit note.", body = CreditNoteView)))]
#[get("/credit-notes/{id}")]
async fn show_note(permit: Permit<op::GetCreditNote>, id: At<CreditNoteId>, engine: Data<Engine>) -> Reply {
    reply::ok(&ledger::credit_note(&engine.read(&permit.caller), id.0).await?)
}

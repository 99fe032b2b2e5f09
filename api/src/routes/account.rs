//! Accounts, their contacts and notes.

use super::NoFilters;
use crate::access::{Scope, op};
use crate::auth::Permit;
use crate::extract::{At, Body, IfMatch, Listing, PageParams, Paged, Patch};
use crate::reply::{self, Answer, Reply};
use actix_web::web::Data;
use actix_web::{HttpRequest, get, patch, post};
use recoup_engine::Engine;
use recoup_engine::account::{
    self, AccountFilter, AccountIn, AccountPatch, AccountView, AddContact, AddNote, ContactIn, ContactPatch, ContactView, CreateAccount,
    NoteIn, NoteView, PatchAccount, PatchContact,
};
use recoup_engine::words::id::{AccountId, ContactId};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn all(list: &mut ServiceConfig) {
    list.service(create).service(list_all).service(show).service(change);
    list.service(add_contact).service(contacts).service(show_contact).service(change_contact).service(add_note).service(notes);
}

/// Which accounts are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AccountQuery {
    /// With this number in the ERP.
    #[param(max_length = 100)]
    external_id: Option<String>,
    /// In this segment.
    #[param(max_length = 60)]
    segment: Option<String>,
    /// Driven by this person.
    #[param(max_length = 100)]
    owner: Option<String>,
    /// Whose name or number begins like this.
    #[param(max_length = 100)]
    q: Option<String>,
}

/// Make an account.
#[utoipa::path(operation_id = "createAccount", tag = "accounts", request_body = AccountIn, responses(
    (status = 201, description = "Made.", body = AccountView),
    (status = 200, description = "It was there with the same content.", body = AccountView)
))]
#[post("/accounts")]
async fn create(permit: Permit<op::CreateAccount>, body: Body<AccountIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let outcome = engine.execute(&who, CreateAccount { account: body.value }).await?;
    reply::made(&outcome, &format!("/v1/accounts/{}", outcome.done.id), Some(outcome.done.version))
}

/// List accounts.
#[utoipa::path(operation_id = "listAccounts", tag = "accounts", params(AccountQuery, PageParams), responses(
    (status = 200, description = "A page, in the order they were made.", body = Listing<AccountView>)
))]
#[get("/accounts")]
async fn list_all(permit: Permit<op::ListAccounts>, query: Paged<AccountQuery>, engine: Data<Engine>) -> Reply {
    let asked = &query.filters;
    let filter = AccountFilter {
        external_id: asked.external_id.clone(),
        segment: asked.segment.clone(),
        owner: asked.owner.clone(),
        q: asked.q.clone(),
    };
    let page = account::list_accounts(&engine.read(&permit.caller), &filter, &query.page).await?;
    reply::ok(&query.listing(page, |row| row)?)
}

/// Read an account.
#[utoipa::path(operation_id = "getAccount", tag = "accounts", params(("id" = AccountId, Path, description = "The account.")), responses(
    (status = 200, description = "The account.", body = AccountView),
    (status = 304, description = "You have this version already.")
))]
#[get("/accounts/{id}")]
async fn show(permit: Permit<op::GetAccount>, id: At<AccountId>, engine: Data<Engine>, request: HttpRequest) -> Reply {
    let account = account::account(&engine.read(&permit.caller), id.0).await?;
    reply::read(&request, account.version, &account)
}

/// Change an account.
#[utoipa::path(operation_id = "patchAccount", tag = "accounts", params(("id" = AccountId, Path, description = "The account.")),
    request_body(content = AccountPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "The account as it is now.", body = AccountView)))]
#[patch("/accounts/{id}")]
async fn change(
    permit: Permit<op::PatchAccount>,
    id: At<AccountId>,
    version: IfMatch,
    body: Patch<AccountPatch>,
    engine: Data<Engine>,
) -> Reply {
    let who = permit.once(|| body.0.fingerprint());
    let outcome = engine.execute(&who, PatchAccount { account: id.0, version: version.0, patch: body.0.value }).await?;
    Answer::ok().version(outcome.done.version).replayed(outcome.is_by_key).json(&outcome.done)
}

/// Add a contact to an account.
#[utoipa::path(operation_id = "addContact", tag = "accounts", params(("id" = AccountId, Path, description = "The account.")),
    request_body = ContactIn, responses((status = 201, description = "Added.", body = ContactView)))]
#[post("/accounts/{id}/contacts")]
async fn add_contact(permit: Permit<op::AddContact>, id: At<AccountId>, body: Body<ContactIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let account = account::account(&engine.read(&who), id.0).await?.id;
    let outcome = engine.execute(&who, AddContact { account, contact: body.value }).await?;
    reply::made(&outcome, &format!("/v1/accounts/{account}/contacts"), None)
}

/// List the contacts of an account.
///
/// E-mail and phone are masked without the scope `contacts:read`.
#[utoipa::path(operation_id = "listContacts", tag = "accounts", params(("id" = AccountId, Path, description = "The account."), PageParams),
    responses((status = 200, description = "Its contacts, in the order they were added.", body = Listing<ContactView>)))]
#[get("/accounts/{id}/contacts")]
async fn contacts(permit: Permit<op::ListContacts>, id: At<AccountId>, query: Paged<NoFilters>, engine: Data<Engine>) -> Reply {
    let read = engine.read(&permit.caller);
    let account = account::account(&read, id.0).await?.id;
    let mut page = account::contacts(&read, account, &query.page).await?;
    if permit.also(Scope::ContactsRead).is_err() {
        page.data.iter_mut().for_each(mask);
    }
    reply::ok(&query.listing(page, |contact| contact)?)
}

/// Read a contact. E-mail and phone are masked without the scope `contacts:read`.
#[utoipa::path(operation_id = "getContact", tag = "accounts", params(("id" = ContactId, Path, description = "The contact.")),
    responses((status = 200, description = "The contact.", body = ContactView),
        (status = 304, description = "You have this version already.")))]
#[get("/contacts/{id}")]
async fn show_contact(permit: Permit<op::GetContact>, id: At<ContactId>, engine: Data<Engine>, request: HttpRequest) -> Reply {
    let read = engine.read(&permit.caller);
    let mut contact = account::contact(&read, id.0).await?;
    if permit.also(Scope::ContactsRead).is_err() {
        mask(&mut contact);
    }
    reply::read(&request, contact.version, &contact)
}

/// Change a contact: what it does, how much its word counts, who stands in for it, and when it is away.
///
/// While somebody is away, letters and tasks go to whoever stands in; where nobody does, to the next one who deals with payment.
#[utoipa::path(operation_id = "patchContact", tag = "accounts", params(("id" = ContactId, Path, description = "The contact.")),
    request_body(content = ContactPatch, content_type = "application/merge-patch+json",
        example = json!({"absent_from": "2026-03-09", "absent_to": "2026-03-20"})),
    responses((status = 200, description = "The contact as it is now.", body = ContactView)))]
#[patch("/contacts/{id}")]
async fn change_contact(
    permit: Permit<op::PatchContact>,
    id: At<ContactId>,
    version: IfMatch,
    body: Patch<ContactPatch>,
    engine: Data<Engine>,
) -> Reply {
    let who = permit.once(|| body.0.fingerprint());
    let account = account::contact_account(&engine.read(&who), id.0).await?;
    let outcome = engine.execute(&who, PatchContact { account, contact: id.0, version: version.0, patch: body.0.value }).await?;
    Answer::ok().version(outcome.done.version).replayed(outcome.is_by_key).json(&outcome.done)
}

/// Enough to see that there is an address, not enough to use it.
pub(super) fn mask(contact: &mut ContactView) {
    for text in [&mut contact.email, &mut contact.phone].into_iter().flatten() {
        let first: String = text.chars().take(1).collect();
        *text = format!("{first}***");
    }
}

/// Write a note about an account.
#[utoipa::path(operation_id = "addNote", tag = "accounts", params(("id" = AccountId, Path, description = "The account.")),
    request_body = NoteIn, responses((status = 201, description = "Written.", body = NoteView)))]
#[post("/accounts/{id}/notes")]
async fn add_note(permit: Permit<op::AddNote>, id: At<AccountId>, body: Body<NoteIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let account = account::account(&engine.read(&who), id.0).await?.id;
    let outcome = engine.execute(&who, AddNote { account, note: body.value }).await?;
    reply::made(&outcome, &format!("/v1/accounts/{account}/notes"), None)
}

/// List the notes of an account, newest first.
#[utoipa::path(operation_id = "listNotes", tag = "accounts", params(("id" = AccountId, Path, description = "The account."), PageParams),
    responses((status = 200, description = "Its notes.", body = Listing<NoteView>)))]
#[get("/accounts/{id}/notes")]
async fn notes(permit: Permit<op::ListNotes>, id: At<AccountId>, query: Paged<NoFilters>, engine: Data<Engine>) -> Reply {
    let read = engine.read(&permit.caller);
    let account = account::account(&read, id.0).await?.id;
    reply::ok(&query.listing(account::notes(&read, account, &query.page).await?, |note| note)?)
}

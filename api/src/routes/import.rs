//! Imports: a file is taken whole, answered at once, and worked in the background.

use super::NoFilters;
use crate::access::{Scope, op};
use crate::auth::Permit;
use crate::extract::{At, Listing, PageParams, Paged, Params};
use crate::idempotency;
use crate::reply::{self, Answer, Reply};
use crate::server::Server;
use crate::spool::{FILE_BYTES_MAX, Job};
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, get, post};
use recoup_engine::Engine;
use recoup_engine::import::{self, BeginImport, FaultView, Faulty, ImportKind, ImportOptions, ImportView};
use recoup_engine::words::code::Code;
use recoup_engine::words::error::{Error, Result};
use recoup_engine::words::id::ImportId;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn all(list: &mut ServiceConfig) {
    list.service(begin).service(list_all).service(show).service(faults);
}

recoup_engine::words! {
    /// What a file may do to things that are there.
    pub enum ImportMode {
        /// Only add: what is there with other content is refused.
        Create = "create",
    }
}

/// How a file is to be taken.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ImportQuery {
    /// What the file holds.
    kind: ImportKind,
    /// Make accounts that do not exist, named like their number.
    #[serde(default)]
    create_accounts: bool,
    /// What the file may do to things that are there.
    #[param(inline)]
    #[expect(dead_code, reason = "there is one mode so far; naming it is allowed")]
    mode: Option<ImportMode>,
}

/// Import a CSV file.
///
/// UTF-8, comma, semicolon or tab, with a header line. The answer comes as soon as the file is in; its lines are worked in the
/// background. Lines that are refused stop no others. The same file again is harmless. Credit limits in a file of accounts
/// need the scope `credit:write`, or their lines are refused; those above the sender's authority wait together for one second person
/// (kind `import_limits`), and until then their accounts have no credit at all.
#[utoipa::path(operation_id = "createImport", tag = "work", params(ImportQuery),
    request_body(content = String, content_type = "text/csv", description = "The file, at most 512 MiB."),
    responses((status = 202, description = "Taken in; watch it at its Location.", body = ImportView)))]
#[post("/imports")]
async fn begin(
    permit: Permit<op::CreateImport>,
    query: Params<ImportQuery>,
    request: HttpRequest,
    body: Payload,
    server: Data<Server>,
) -> Reply {
    judge(&request)?;
    let incoming = server.spool.take(body).await?;
    let asked = &query.0;
    let options = ImportOptions {
        kind: asked.kind,
        creates_accounts: asked.create_accounts,
        may_set_limits: permit.also(Scope::CreditWrite).is_ok(),
    };
    let who = permit.once(|| format!("{}?{}", idempotency::hex(&incoming.hash), request.query_string()));
    let outcome = server.engine.execute(&who, BeginImport { options }).await?;
    if !outcome.is_replay {
        server.spool.keep(incoming, &Job::new(&who, outcome.done.id, &options))?;
    }
    Answer::accepted(&format!("/v1/imports/{}", outcome.done.id)).replayed(outcome.is_replay).json(&outcome.done)
}

/// Is this CSV in UTF-8, of a size that is taken?
fn judge(request: &HttpRequest) -> Result<()> {
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or("");
    let (kind, parameters) = header(CONTENT_TYPE).split_once(';').unwrap_or((header(CONTENT_TYPE), ""));
    let is_utf8 = parameters.split(';').map(|one| one.to_ascii_lowercase().replace([' ', '"'], "")).all(|one| match one.split_once('=') {
        Some(("charset", charset)) => charset == "utf-8",
        _ => true,
    });
    if !kind.trim().eq_ignore_ascii_case("text/csv") || !is_utf8 || !header(CONTENT_ENCODING).is_empty() {
        return Err(Error::new(Code::UnsupportedMediaType, "send text/csv in UTF-8, not compressed"));
    }
    match header(CONTENT_LENGTH).parse::<u64>() {
        Ok(bytes) if bytes > FILE_BYTES_MAX => Err(Error::new(Code::TooLarge, "a file has at most 512 MiB")),
        _ => Ok(()),
    }
}

/// List imports.
#[utoipa::path(operation_id = "listImports", tag = "work", params(PageParams), responses(
    (status = 200, description = "A page, in the order they were sent, without their lines.", body = Listing<ImportView>)
))]
#[get("/imports")]
async fn list_all(permit: Permit<op::ListImports>, query: Paged<NoFilters>, engine: Data<Engine>) -> Reply {
    reply::ok(&query.listing(import::list(&engine.read(&permit.caller), &query.page).await?, |row| row)?)
}

/// Read an import, with its progress and the lines that were refused or odd.
#[utoipa::path(operation_id = "getImport", tag = "work", params(("id" = ImportId, Path, description = "The import.")),
    responses((status = 200, description = "The import.", body = ImportView)))]
#[get("/imports/{id}")]
async fn show(permit: Permit<op::GetImport>, id: At<ImportId>, engine: Data<Engine>) -> Reply {
    reply::ok(&import::find(&engine.read(&permit.caller), id.0).await?)
}

/// Which lines are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct FaultQuery {
    /// Lines that were taken although they are odd, instead of those that were refused.
    #[serde(default)]
    warnings: bool,
}

/// List the lines of an import that were refused or odd, however many there are.
#[utoipa::path(operation_id = "listImportErrors", tag = "work", params(("id" = ImportId, Path, description = "The import."), FaultQuery, PageParams),
    responses((status = 200, description = "A page, in the order of the file.", body = Listing<FaultView>)))]
#[get("/imports/{id}/errors")]
async fn faults(permit: Permit<op::ListImportErrors>, id: At<ImportId>, query: Paged<FaultQuery>, engine: Data<Engine>) -> Reply {
    let read = engine.read(&permit.caller);
    let which = if query.filters.warnings { Faulty::Warned } else { Faulty::Rejected };
    let id = import::find(&read, id.0).await?.id;
    reply::ok(&query.listing(import::faults(&read, id, which, &query.page).await?, |row| row)?)
}

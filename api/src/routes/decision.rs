//! Decisions: what was decided, on which facts, and why; and the journal of everything that was done.

use crate::access::op;
use crate::auth::Permit;
use crate::extract::{At, Listing, PageParams, Paged, Params};
use crate::reply::{self, Reply};
use actix_web::http::header::ACCEPT;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use chrono::{DateTime, NaiveDate, Utc};
use recoup_engine::Engine;
use recoup_engine::audit::{self, JournalFilter, JournalView};
use recoup_engine::explain::{self, DecisionFilter, DecisionView, Explanation};
use recoup_engine::words::asked::Hook;
use recoup_engine::words::code::Code;
use recoup_engine::words::day::strict_date;
use recoup_engine::words::error::{Error, Result};
use recoup_engine::words::id::{AccountId, DecisionId, from_text};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

pub(super) fn all(list: &mut ServiceConfig) {
    list.service(list_all).service(show).service(facts).service(explanation).service(journal);
}

/// Which decisions are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DecisionQuery {
    /// About this account.
    account_id: Option<AccountId>,
    /// About the account with this number in the ERP.
    #[param(max_length = 100)]
    account_external_id: Option<String>,
    /// In which plugins were asked this.
    #[param(inline)]
    hook: Option<Hook>,
    /// In which this plugin was asked.
    #[param(max_length = 60)]
    plugin: Option<String>,
    /// With a reason or vote of this code.
    #[param(max_length = 100)]
    code: Option<String>,
    /// With this outcome: `approve`, `hold`.
    #[param(max_length = 40)]
    vote: Option<String>,
    /// Made for this day or later.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    from: Option<NaiveDate>,
    /// Made for this day or earlier.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    to: Option<NaiveDate>,
}

/// List decisions, the newest first.
#[utoipa::path(operation_id = "listDecisions", tag = "plugins", params(DecisionQuery, PageParams),
    responses((status = 200, description = "A page.", body = Listing<DecisionView>)))]
#[get("/decisions")]
async fn list_all(permit: Permit<op::ListDecisions>, query: Paged<DecisionQuery>, engine: Data<Engine>) -> Reply {
    let read = engine.read(&permit.caller);
    let asked = &query.filters;
    let Some(account) = super::named_account(&read, asked.account_id, asked.account_external_id.as_deref()).await? else {
        return reply::ok(&query.nothing::<DecisionView>());
    };
    let filter = DecisionFilter {
        account,
        hook: asked.hook,
        plugin: asked.plugin.clone(),
        code: asked.code.clone(),
        outcome: asked.vote.clone(),
        from: asked.from,
        to: asked.to,
    };
    reply::ok(&query.listing(explain::list_decisions(&read, &filter, &query.page).await?, |row| row)?)
}

/// Read a decision: the core verdict, what each plugin said, what was applied and what was dropped.
#[utoipa::path(operation_id = "getDecision", tag = "plugins", params(("id" = DecisionId, Path, description = "The decision.")),
    responses((status = 200, description = "The decision.", body = DecisionView)))]
#[get("/decisions/{id}")]
async fn show(permit: Permit<op::GetDecision>, id: At<DecisionId>, engine: Data<Engine>) -> Reply {
    reply::ok(&explain::decision(&engine.read(&permit.caller), id.0).await?)
}

/// Read the facts a decision was made on.
#[utoipa::path(operation_id = "getDecisionFacts", tag = "plugins", params(("id" = DecisionId, Path, description = "The decision.")),
    responses((status = 200, description = "Everything that was looked at.", body = Object)))]
#[get("/decisions/{id}/facts")]
async fn facts(permit: Permit<op::GetDecisionFacts>, id: At<DecisionId>, engine: Data<Engine>) -> Reply {
    reply::ok(&explain::decision_facts(&engine.read(&permit.caller), id.0).await?)
}

/// In which language.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct LanguageQuery {
    /// `zh…` is Chinese, everything else English.
    #[serde(default)]
    #[param(max_length = 20)]
    lang: String,
}

/// Read why something was decided, in a credit manager's words.
///
/// JSON, or one paragraph for `Accept: text/plain`.
#[utoipa::path(operation_id = "explainDecision", tag = "plugins",
    params(("id" = DecisionId, Path, description = "The decision."), LanguageQuery),
    responses((status = 200, description = "Who said what, and what ends a hold.",
        content((Explanation = "application/json"), (String = "text/plain")))))]
#[get("/decisions/{id}/explain")]
async fn explanation(
    permit: Permit<op::ExplainDecision>,
    id: At<DecisionId>,
    query: Params<LanguageQuery>,
    engine: Data<Engine>,
    request: HttpRequest,
) -> Reply {
    let told = explain::explain_decision(&engine.read(&permit.caller), id.0, &query.0.lang).await?;
    let wants_text = request
        .headers()
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kinds| kinds.trim_start().starts_with("text/plain"));
    if wants_text {
        return Ok(HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(told.plain()));
    }
    reply::ok(&told)
}

/// Which lines are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct JournalQuery {
    /// About this account.
    account_id: Option<AccountId>,
    /// About the account with this number in the ERP.
    #[param(max_length = 100)]
    account_external_id: Option<String>,
    /// Of this type, `order.held`, or of a whole noun, `order.*`.
    #[serde(rename = "type")]
    #[param(max_length = 100)]
    kind: Option<String>,
    /// By this actor.
    #[param(max_length = 100)]
    actor: Option<String>,
    /// About the thing with this id, of whatever kind.
    #[param(max_length = 40)]
    subject_id: Option<String>,
    /// From this moment on.
    at_from: Option<DateTime<Utc>>,
    /// Up to this moment.
    at_to: Option<DateTime<Utc>>,
}

/// List what was done, by whom, and by which decision, the newest first.
#[utoipa::path(operation_id = "listAudit", tag = "access", params(JournalQuery, PageParams),
    responses((status = 200, description = "A page.", body = Listing<JournalView>)))]
#[get("/audit")]
async fn journal(permit: Permit<op::ListAudit>, query: Paged<JournalQuery>, engine: Data<Engine>) -> Reply {
    let read = engine.read(&permit.caller);
    let asked = &query.filters;
    let Some(account) = super::named_account(&read, asked.account_id, asked.account_external_id.as_deref()).await? else {
        return reply::ok(&query.nothing::<JournalView>());
    };
    let filter = JournalFilter {
        account,
        kind: asked.kind.clone(),
        actor: asked.actor.clone(),
        subject: asked.subject_id.as_deref().map(any_id).transpose()?,
        from: asked.at_from,
        to: asked.at_to,
    };
    reply::ok(&query.listing(audit::list_journal(&read, &filter, &query.page).await?, |row| row)?)
}

/// The UUID in an id of any kind.
fn any_id(text: &str) -> Result<Uuid> {
    let prefix = text.split_once('_').map_or("", |(prefix, _)| prefix);
    from_text(prefix, text).map_err(|_| Error::new(Code::InvalidParameter, format!("{text:?} is no id")).at("?subject_id"))
}

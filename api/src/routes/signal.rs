//! Early-warning signals, and what they lead to: the credit standing, the account plan and the watch-list.

use super::Few;
use crate::access::op;
use crate::auth::Permit;
use crate::extract::{At, Body, CommaList, Listing, PageParams, Paged};
use crate::reply::{self, Reply};
use actix_web::web::Data;
use actix_web::{HttpRequest, get, post};
use chrono::NaiveDate;
use recoup_engine::Engine;
use recoup_engine::account;
use recoup_engine::risk::{
    self, AccountPlanFilter, AccountPlanView, CreditStandingView, LetCreditGo, RecordSignal, StopCredit, WatchedAccount, WithdrawSignal,
};
use recoup_engine::signal::{self, SignalFilter, SignalIn, SignalSource, SignalTypeView, SignalView};
use recoup_engine::words::caller::Caller;
use recoup_engine::words::day::strict_date;
use recoup_engine::words::error::Result;
use recoup_engine::words::id::{AccountId, SignalId};
use recoup_engine::words::signal::{Severity, SignalType};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn all(list: &mut ServiceConfig) {
    list.service(types).service(record).service(of_account).service(all_signals).service(show).service(withdraw);
    list.service(standing).service(stop).service(let_go).service(watch_list).service(plans);
}

/// List the kinds of signals there are, with their titles.
#[utoipa::path(operation_id = "listSignalTypes", tag = "credit",
    responses((status = 200, description = "Every kind.", body = Few<SignalTypeView>)))]
#[get("/signal-types")]
async fn types(_permit: Permit<op::ListSignalTypes>) -> Reply {
    reply::ok(&Few { data: signal::catalogue() })
}

/// Tell of an early-warning signal.
///
/// It is judged at once: a grave one moves the account's plan level in the same commit, and the task of that level begins. Money that
/// came in (`cash_in`) makes a task to collect now. Without a lawful `source_basis` it is refused (`source_refused`, G-PRIV). The same
/// `external_id` with the same content is the same signal.
#[utoipa::path(operation_id = "recordSignal", tag = "credit", params(("id" = AccountId, Path, description = "The account.")),
    request_body(content = SignalIn, example = json!({"type": "creditors_gathering", "severity": "high", "source_basis": "own_record",
        "evidence": "Three suppliers waited at the gate on Monday.", "observed_on": "2026-03-02"})),
    responses((status = 201, description = "Written down.", body = SignalView),
        (status = 200, description = "It was there with the same content.", body = SignalView)))]
#[post("/accounts/{id}/signals")]
async fn record(permit: Permit<op::RecordSignal>, id: At<AccountId>, body: Body<SignalIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let outcome = engine.execute(&who, RecordSignal { account: id.0, signal: body.value }).await?;
    reply::made(&outcome, &format!("/v1/signals/{}", outcome.done.id), Some(outcome.done.version))
}

/// Which signals of an account are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AccountSignalQuery {
    /// Of these kinds, by comma.
    #[serde(default, rename = "type")]
    #[param(value_type = Option<String>, max_length = 300)]
    kind: CommaList<SignalType>,
    /// Noticed with one of these severities, by comma.
    #[serde(default)]
    #[param(value_type = Option<String>, max_length = 60)]
    severity: CommaList<Severity>,
    /// From this source.
    #[param(inline)]
    source: Option<SignalSource>,
    /// Only those that count on the day, or only those that do not.
    live: Option<bool>,
    /// As they stand on this day; today when absent.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    as_of: Option<NaiveDate>,
}

/// List the signals of an account, in the order they were written down.
#[utoipa::path(operation_id = "listAccountSignals", tag = "credit",
    params(("id" = AccountId, Path, description = "The account."), AccountSignalQuery, PageParams),
    responses((status = 200, description = "A page.", body = Listing<SignalView>)))]
#[get("/accounts/{id}/signals")]
async fn of_account(
    permit: Permit<op::ListAccountSignals>,
    id: At<AccountId>,
    query: Paged<AccountSignalQuery>,
    engine: Data<Engine>,
) -> Reply {
    let read = engine.read(&permit.caller);
    let asked = &query.filters;
    let filter = SignalFilter {
        account: Some(account::account(&read, id.0).await?.id),
        kinds: asked.kind.0.clone(),
        severities: asked.severity.0.clone(),
        source: asked.source,
        external_id: None,
        is_live: asked.live,
    };
    let day = day(&engine, &permit.caller, asked.as_of).await?;
    reply::ok(&query.listing(signal::list_signals(&read, &filter, day, &query.page).await?, |row| row)?)
}

/// Which signals are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SignalQuery {
    /// Of this account.
    account_id: Option<AccountId>,
    /// Of the account with this number in the ERP.
    #[param(max_length = 100)]
    account_external_id: Option<String>,
    /// With this number at the service that found it.
    #[param(max_length = 100)]
    external_id: Option<String>,
    /// Of these kinds, by comma.
    #[serde(default, rename = "type")]
    #[param(value_type = Option<String>, max_length = 300)]
    kind: CommaList<SignalType>,
    /// Noticed with one of these severities, by comma.
    #[serde(default)]
    #[param(value_type = Option<String>, max_length = 60)]
    severity: CommaList<Severity>,
    /// From this source.
    #[param(inline)]
    source: Option<SignalSource>,
    /// Only those that count on the day, or only those that do not.
    live: Option<bool>,
    /// As they stand on this day; today when absent.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    as_of: Option<NaiveDate>,
}

/// List the signals of all accounts, in the order they were written down.
#[utoipa::path(operation_id = "listSignals", tag = "credit", params(SignalQuery, PageParams),
    responses((status = 200, description = "A page.", body = Listing<SignalView>)))]
#[get("/signals")]
async fn all_signals(permit: Permit<op::ListSignals>, query: Paged<SignalQuery>, engine: Data<Engine>) -> Reply {
    let read = engine.read(&permit.caller);
    let asked = &query.filters;
    let Some(account) = super::named_account(&read, asked.account_id, asked.account_external_id.as_deref()).await? else {
        return reply::ok(&query.nothing::<SignalView>());
    };
    let filter = SignalFilter {
        account,
        kinds: asked.kind.0.clone(),
        severities: asked.severity.0.clone(),
        source: asked.source,
        external_id: asked.external_id.clone(),
        is_live: asked.live,
    };
    let day = day(&engine, &permit.caller, asked.as_of).await?;
    reply::ok(&query.listing(signal::list_signals(&read, &filter, day, &query.page).await?, |row| row)?)
}

/// The day asked about, or the tenant's business day.
async fn day(engine: &Engine, who: &Caller, asked: Option<NaiveDate>) -> Result<NaiveDate> {
    match asked {
        Some(day) => Ok(day),
        None => Ok(engine.ground(who.tenant).await?.stamp(engine.clock()).today),
    }
}

/// Read a signal.
#[utoipa::path(operation_id = "getSignal", tag = "credit", params(("id" = SignalId, Path, description = "The signal.")),
    responses((status = 200, description = "The signal.", body = SignalView), (status = 304, description = "You have this version already.")))]
#[get("/signals/{id}")]
async fn show(permit: Permit<op::GetSignal>, id: At<SignalId>, engine: Data<Engine>, request: HttpRequest) -> Reply {
    let read = engine.read(&permit.caller);
    let row = signal::signal_row(&read, id.0).await?;
    let number = account::account(&read, row.account_id).await?.external_id;
    let seen = signal::view_of(&row, Some(number), day(&engine, &permit.caller, None).await?);
    reply::read(&request, seen.version, &seen)
}

/// Why something is done.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReasonIn {
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

/// Take a signal back: from today on it counts for nothing.
#[utoipa::path(operation_id = "withdrawSignal", tag = "credit", params(("id" = SignalId, Path, description = "The signal.")),
    request_body = ReasonIn, responses((status = 201, description = "Taken back.", body = SignalView)))]
#[post("/signals/{id}/withdrawals")]
async fn withdraw(permit: Permit<op::WithdrawSignal>, id: At<SignalId>, body: Body<ReasonIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let account = signal::signal_row(&engine.read(&who), id.0).await?.account_id;
    let outcome = engine.execute(&who, WithdrawSignal { account, signal: id.0, reason: body.value.reason }).await?;
    reply::made(&outcome, &format!("/v1/signals/{}", id.0), Some(outcome.done.version))
}

/// Read how an account stands with us, and why.
///
/// `ok`, `watch` above nine tenths of its limit or on the watch-list, `hold` above its limit or on hold, `no_check` where nobody checks,
/// `stop` where a person stopped its credit: derived each time, but for what people set.
#[utoipa::path(operation_id = "getCreditStanding", tag = "credit", params(("id" = AccountId, Path, description = "The account.")),
    responses((status = 200, description = "Its standing.", body = CreditStandingView)))]
#[get("/accounts/{id}/credit-standing")]
async fn standing(permit: Permit<op::GetCreditStanding>, id: At<AccountId>, engine: Data<Engine>) -> Reply {
    reply::ok(&risk::credit_standing(&engine, &permit.caller, id.0).await?)
}

/// Stop all credit of an account. Every order is held with this reason until a person lets go again; it never ends by itself.
#[utoipa::path(operation_id = "stopCredit", tag = "credit", params(("id" = AccountId, Path, description = "The account.")),
    request_body = ReasonIn, responses((status = 201, description = "Stopped.", body = CreditStandingView)))]
#[post("/accounts/{id}/credit-stops")]
async fn stop(permit: Permit<op::StopCredit>, id: At<AccountId>, body: Body<ReasonIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let outcome = engine.execute(&who, StopCredit { account: id.0, reason: body.value.reason }).await?;
    reply::made(&outcome, &format!("/v1/accounts/{}/credit-standing", id.0), None)
}

/// Let an account buy on credit again, as far as its limit goes.
#[utoipa::path(operation_id = "resumeCredit", tag = "credit", params(("id" = AccountId, Path, description = "The account.")),
    request_body = ReasonIn, responses((status = 201, description = "Let go.", body = CreditStandingView)))]
#[post("/accounts/{id}/credit-stop-releases")]
async fn let_go(permit: Permit<op::ResumeCredit>, id: At<AccountId>, body: Body<ReasonIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let outcome = engine.execute(&who, LetCreditGo { account: id.0, reason: body.value.reason }).await?;
    reply::made(&outcome, &format!("/v1/accounts/{}/credit-standing", id.0), None)
}

/// Whose place is wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct WatchQuery {
    /// Of this account.
    account_id: Option<AccountId>,
    /// Of the account with this number in the ERP.
    #[param(max_length = 100)]
    account_external_id: Option<String>,
}

/// List the accounts on the watch-list, with the criteria they meet. The daily run puts them on it and takes them off.
#[utoipa::path(operation_id = "listWatchedAccounts", tag = "credit", params(WatchQuery, PageParams),
    responses((status = 200, description = "A page.", body = Listing<WatchedAccount>)))]
#[get("/watch-list")]
async fn watch_list(permit: Permit<op::ListWatchedAccounts>, query: Paged<WatchQuery>, engine: Data<Engine>) -> Reply {
    let read = engine.read(&permit.caller);
    let asked = &query.filters;
    let Some(account) = super::named_account(&read, asked.account_id, asked.account_external_id.as_deref()).await? else {
        return reply::ok(&query.nothing::<WatchedAccount>());
    };
    reply::ok(&query.listing(risk::list_watched(&read, account, &query.page).await?, |row| row)?)
}

/// Which account plans are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PlanQuery {
    /// Of this account.
    account_id: Option<AccountId>,
    /// Of the account with this number in the ERP.
    #[param(max_length = 100)]
    account_external_id: Option<String>,
    /// On this level.
    #[param(max_length = 40)]
    level: Option<String>,
}

/// List the accounts above the first level of the account plan. The policy says what each level does; the daily run moves accounts
/// between them, a grave signal at once.
#[utoipa::path(operation_id = "listAccountPlans", tag = "credit", params(PlanQuery, PageParams),
    responses((status = 200, description = "A page.", body = Listing<AccountPlanView>)))]
#[get("/account-plans")]
async fn plans(permit: Permit<op::ListAccountPlans>, query: Paged<PlanQuery>, engine: Data<Engine>) -> Reply {
    let read = engine.read(&permit.caller);
    let asked = &query.filters;
    let Some(account) = super::named_account(&read, asked.account_id, asked.account_external_id.as_deref()).await? else {
        return reply::ok(&query.nothing::<AccountPlanView>());
    };
    let filter = AccountPlanFilter { account, level: asked.level.clone() };
    reply::ok(&query.listing(risk::list_account_plans(&read, &filter, &query.page).await?, |row| row)?)
}

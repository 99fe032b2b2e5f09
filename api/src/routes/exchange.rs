//! Dated exchange rates.

use super::Few;
use crate::access::op;
use crate::auth::Permit;
use crate::extract::{Body, Listing, PageParams, Paged};
use crate::reply::{self, Answer, Reply};
use actix_web::web::Data;
use actix_web::{get, post};
use recoup_engine::Engine;
use recoup_engine::exchange::{self, ExchangeRateView, RateFilter, RateSheetIn, SetRates};
use recoup_engine::words::money::Currency;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn all(list: &mut ServiceConfig) {
    list.service(set).service(list_all);
}

/// Set the exchange rates of a day. Each is in force until the next one of its pair.
///
/// A check against a limit converts with the newest rate of the day, whichever way round it was set, and shows the working; without a
/// rate it holds with `no_rate`. A rate is never changed: the same one again is answered as before, another for its day is a conflict.
#[utoipa::path(operation_id = "setExchangeRates", tag = "setup", request_body = RateSheetIn, responses(
    (status = 201, description = "Set.", body = Few<ExchangeRateView>),
    (status = 200, description = "All of them were there.", body = Few<ExchangeRateView>)
))]
#[post("/exchange-rates")]
async fn set(permit: Permit<op::SetExchangeRates>, body: Body<RateSheetIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let outcome = engine.execute(&who, SetRates { sheet: body.value }).await?;
    let answer = if outcome.is_replay && !outcome.is_by_key { Answer::ok() } else { Answer::created("/v1/exchange-rates") };
    answer.replayed(outcome.is_replay).json(&Few { data: outcome.done })
}

/// Which rates are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct RateQuery {
    /// For one of this currency.
    #[param(value_type = Option<String>, max_length = 3)]
    from: Option<Currency>,
    /// In this currency.
    #[param(value_type = Option<String>, max_length = 3)]
    to: Option<Currency>,
}

/// List exchange rates.
#[utoipa::path(operation_id = "listExchangeRates", tag = "setup", params(RateQuery, PageParams),
    responses((status = 200, description = "A page, in the order they were set.", body = Listing<ExchangeRateView>)))]
#[get("/exchange-rates")]
async fn list_all(permit: Permit<op::ListExchangeRates>, query: Paged<RateQuery>, engine: Data<Engine>) -> Reply {
    let filter = RateFilter { from: query.filters.from, to: query.filters.to };
    reply::ok(&query.listing(exchange::list_rates(&engine.read(&permit.caller), &filter, &query.page).await?, |row| row)?)
}

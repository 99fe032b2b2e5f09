//! Reports, as of any day.

use crate::access::op;
use crate::auth::Permit;
use crate::extract::Params;
use crate::reply::{self, Reply};
use actix_web::get;
use actix_web::web::Data;
use chrono::NaiveDate;
use recoup_engine::Engine;
use recoup_engine::report::{self, AgeingAsk, AgeingView, KpisAsk, KpisView};
use recoup_engine::words::day::strict_date;
use recoup_engine::words::money::Currency;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn all(list: &mut ServiceConfig) {
    list.service(ageing).service(kpis);
}

recoup_engine::words! {
    /// What the rows of a report are.
    pub enum GroupBy {
        /// One row an account.
        Account = "account",
    }
}

/// What is asked of the ageing.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AgeingQuery {
    /// As of this day; today when absent.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    as_of: Option<NaiveDate>,
    /// In this currency only.
    #[param(value_type = Option<String>, max_length = 3)]
    currency: Option<Currency>,
    /// Of this legal entity of ours only.
    #[param(max_length = 40)]
    entity: Option<String>,
    /// With a row for each of these.
    #[param(inline)]
    group_by: Option<GroupBy>,
}

/// Read the ageing: what was open on a day, by days past due.
///
/// Only what is dated up to that day counts. Nothing is added across currencies.
#[utoipa::path(operation_id = "getAgeing", tag = "reports", params(AgeingQuery),
    responses((status = 200, description = "The report.", body = AgeingView)))]
#[get("/reports/ageing")]
async fn ageing(permit: Permit<op::GetAgeing>, query: Params<AgeingQuery>, engine: Data<Engine>) -> Reply {
    let ground = engine.ground(permit.caller.tenant).await?;
    let AgeingQuery { as_of, currency, entity, group_by } = query.0;
    let ask = AgeingAsk {
        as_of: as_of.unwrap_or_else(|| ground.stamp(engine.clock()).today),
        currency,
        entity,
        group_by_account: group_by.is_some(),
        home: ground.tenant.currency,
    };
    reply::ok(&report::ageing(&engine.read(&permit.caller), &ask).await?)
}

/// What is asked of the key figures.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct KpisQuery {
    /// As of this day; today when absent.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    as_of: Option<NaiveDate>,
    /// Length of the window that ends on it.
    #[param(minimum = 1, maximum = 3660, default = 90)]
    days: Option<i64>,
    /// In this currency only.
    #[param(value_type = Option<String>, max_length = 3)]
    currency: Option<Currency>,
    /// Of this legal entity of ours only.
    #[param(max_length = 40)]
    entity: Option<String>,
}

/// Read the key figures of a day, each with its formula and what went into it.
#[utoipa::path(operation_id = "getKpis", tag = "reports", params(KpisQuery),
    responses((status = 200, description = "The figures.", body = KpisView)))]
#[get("/reports/kpis")]
async fn kpis(permit: Permit<op::GetKpis>, query: Params<KpisQuery>, engine: Data<Engine>) -> Reply {
    let ground = engine.ground(permit.caller.tenant).await?;
    let KpisQuery { as_of, days, currency, entity } = query.0;
    let ask = KpisAsk {
        as_of: as_of.unwrap_or_else(|| ground.stamp(engine.clock()).today),
        days: days.unwrap_or(90),
        currency,
        entity,
        home: ground.tenant.currency,
        owners: ground.settings.kpi_owners.clone(),
    };
    reply::ok(&report::kpis(&engine.read(&permit.caller), &ask).await?)
}

//! Reports on what is ahead and on what was announced: late payment, the clearing of a year, and words that were followed.

use crate::access::op;
use crate::auth::Permit;
use crate::extract::{Listing, PageParams, Paged, Params};
use crate::reply::{self, Reply};
use actix_web::get;
use actix_web::web::Data;
use chrono::NaiveDate;
use recoup_engine::Engine;
use recoup_engine::report::{self, ClearingView, LateRiskRow, ThreatsView};
use recoup_engine::words::code::Code;
use recoup_engine::words::day::strict_date;
use recoup_engine::words::error::Error;
use recoup_engine::words::id::AccountId;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn all(list: &mut ServiceConfig) {
    list.service(late_risk).service(clearing).service(threats);
}

/// Whose items are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct LateRiskQuery {
    /// Of this account.
    account_id: Option<AccountId>,
    /// Of the account with this number in the ERP.
    #[param(max_length = 100)]
    account_external_id: Option<String>,
}

/// Report how probable it is that each open item is paid late, the earliest due first.
///
/// The share of the account's instalments of the last 12 months that were settled after their due date, drawn toward the share of all
/// accounts where little is known. Each row has the formula and what went into it.
#[utoipa::path(operation_id = "getLateRisk", tag = "reports", params(LateRiskQuery, PageParams),
    responses((status = 200, description = "Open items.", body = Listing<LateRiskRow>)))]
#[get("/reports/late-risk")]
async fn late_risk(permit: Permit<op::GetLateRisk>, query: Paged<LateRiskQuery>, engine: Data<Engine>) -> Reply {
    let today = engine.ground(permit.caller.tenant).await?.stamp(engine.clock()).today;
    let read = engine.read(&permit.caller);
    let asked = &query.filters;
    let Some(account) = super::named_account(&read, asked.account_id, asked.account_external_id.as_deref()).await? else {
        return reply::ok(&query.nothing::<LateRiskRow>());
    };
    reply::ok(&query.listing(report::late_risk(&read, today, account, &query.page).await?, |row| row)?)
}

/// Which campaign is wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ClearingQuery {
    /// The day on which accounts are to owe nothing, as their year plans name it.
    #[serde(deserialize_with = "strict_date::deserialize")]
    clear_on: NaiveDate,
    /// As of this day; the earlier of today and `clear_on` when absent.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    as_of: Option<NaiveDate>,
}

/// Report the campaign that clears the books at the end of a year: who is to owe nothing on a day, and who still does.
#[utoipa::path(operation_id = "getClearing", tag = "reports", params(ClearingQuery),
    responses((status = 200, description = "How it stands, with the list of exceptions.", body = ClearingView)))]
#[get("/reports/year-end-clearing")]
async fn clearing(permit: Permit<op::GetClearing>, query: Params<ClearingQuery>, engine: Data<Engine>) -> Reply {
    let today = engine.ground(permit.caller.tenant).await?.stamp(engine.clock()).today;
    let ClearingQuery { clear_on, as_of } = query.0;
    reply::ok(&report::clearing(&engine.read(&permit.caller), clear_on, as_of.unwrap_or(clear_on.min(today))).await?)
}

/// Which letters are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ThreatsQuery {
    /// As of this day; today when absent.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    as_of: Option<NaiveDate>,
    /// Letters whose step had to follow in so many days up to it.
    #[param(minimum = 1, maximum = 3660, default = 90)]
    days: Option<i64>,
    /// Days after a letter's deadline in which the step follows.
    #[param(minimum = 0, maximum = 365, default = 7)]
    within_days: Option<i64>,
}

/// Report what formal letters announced and what did not follow by its day, with the share that did.
///
/// A letter announces that a step follows when the money does not come by its deadline. A handoff to legal, or a stop of supply, is such a
/// step.
#[utoipa::path(operation_id = "getThreats", tag = "reports", params(ThreatsQuery),
    responses((status = 200, description = "What was said and done.", body = ThreatsView)))]
#[get("/reports/announced-steps")]
async fn threats(permit: Permit<op::GetThreats>, query: Params<ThreatsQuery>, engine: Data<Engine>) -> Reply {
    let today = engine.ground(permit.caller.tenant).await?.stamp(engine.clock()).today;
    let ThreatsQuery { as_of, days, within_days } = query.0;
    let (days, within_days) = (days.unwrap_or(90), within_days.unwrap_or(7));
    for (name, value, from, to) in [("?days", days, 1, 3_660), ("?within_days", within_days, 0, 365)] {
        if !(from..=to).contains(&value) {
            return Err(Error::new(Code::InvalidParameter, format!("{from} to {to} days")).at(name).into());
        }
    }
    reply::ok(&report::threats(&engine.read(&permit.caller), as_of.unwrap_or(today), days, within_days).await?)
}

//! The routes under `/v1`, a file per slice: In → command, done → Out, and no rule.

mod account;
mod approval;
mod case;
mod contract;
mod credit_file;
mod decision;
mod exchange;
mod exclusion;
mod finding;
mod grading;
mod group;
mod import;
mod invoice;
mod limit;
mod milestone;
mod notice;
mod offer_set;
mod order;
mod outlook;
mod payment;
mod payment_process;
mod plugin;
mod plugin_action;
mod plugin_difference;
mod plugin_trial;
mod plugin_writing;
mod policy;
mod report;
mod run;
mod security;
mod signal;
mod supply;
mod tenant;
mod year_plan;

use recoup_engine::doors::store::Read;
use recoup_engine::words::code::Code;
use recoup_engine::words::error::Result;
use recoup_engine::words::id::AccountId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

/// Every operation, in the order of the document.
pub(crate) fn all(list: &mut ServiceConfig) {
    account::all(list);
    invoice::all(list);
    payment::all(list);
    payment_process::all(list);
    limit::all(list);
    credit_file::all(list);
    grading::all(list);
    security::all(list);
    group::all(list);
    order::all(list);
    contract::all(list);
    milestone::all(list);
    offer_set::all(list);
    exclusion::all(list);
    supply::all(list);
    year_plan::all(list);
    signal::all(list);
    decision::all(list);
    report::all(list);
    outlook::all(list);
    finding::all(list);
    case::all(list);
    notice::all(list);
    approval::all(list);
    policy::all(list);
    exchange::all(list);
    run::all(list);
    import::all(list);
    tenant::all(list);
    plugin_writing::all(list);
    plugin_action::all(list);
    plugin_difference::all(list);
    plugin_trial::all(list);
    plugin::all(list);
}

/// A list that is always short enough for one page.
#[derive(Serialize, ToSchema)]
pub(crate) struct Few<T> {
    /// The rows.
    #[schema(max_items = 1000)]
    pub(crate) data: Vec<T>,
}

/// A list without filters.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoFilters {}

/// The account a list is narrowed to, as `Some(filter)`. A filter that names nobody finds nothing: `None`.
async fn named_account(read: &Read, id: Option<AccountId>, external_id: Option<&str>) -> Result<Option<Option<AccountId>>> {
    if id.is_none() && external_id.is_none() {
        return Ok(Some(None));
    }
    match recoup_engine::account::resolve(read, id, external_id).await {
        Ok(found) => Ok(Some(Some(found))),
        Err(error) if matches!(error.code(), Code::UnknownReference | Code::IdConflict) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Several words of one parameter, by comma.
fn texts(words: Option<&str>) -> Vec<String> {
    words.into_iter().flat_map(|words| words.split(',')).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;

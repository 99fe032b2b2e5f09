//! The routes under `/v1`, a file per slice: In → command, done → Out, and no rule.

use utoipa_actix_web::service_config::ServiceConfig;

/// Every operation, in the order of the document.
pub(crate) fn all(_list: &mut ServiceConfig) {}

//! Who asks: the tenant, the person or program, the request and its idempotency key.

use crate::words::id::TenantId;
use std::sync::Arc;

/// Who asks for something, on whose behalf and in which request. Every read and write is bound to one.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The only tenant whose rows this caller can see.
    pub tenant: TenantId,
    /// Who acts: `cli_…`, `local:admin`, `engine`.
    pub actor: Arc<str>,
    /// Is this the operator of the installation, who may act alone?
    pub is_operator: bool,
    /// The request this belongs to, `req_…`, for the log and the journal.
    pub request_id: Arc<str>,
    /// The key under which this command takes effect only once.
    pub idempotency: Option<IdempotencyKey>,
}

impl Caller {
    /// The engine itself, acting for a tenant: runs, nudges and imports.
    pub fn engine(tenant: TenantId) -> Self {
        Self { tenant, actor: "engine".into(), is_operator: false, request_id: "req_engine".into(), idempotency: None }
    }
}

/// A client's promise that a repeated request is the same request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// Hash of client, method, path and key: what must be unique in the tenant.
    pub scope: String,
    /// Hash of the canonical body: another one under the same key is refused.
    pub fingerprint: String,
}

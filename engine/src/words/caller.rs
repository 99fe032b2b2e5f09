//! Who asks: the tenant, the person or program, the request and its idempotency key.

use crate::words::id::{ApprovalId, TenantId};
use crate::words::role::Role;
use std::sync::Arc;

/// Who asks for something, on whose behalf and in which request. Every read and write is bound to one.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The only tenant whose rows this caller can see.
    pub tenant: TenantId,
    /// Who acts: `cli_…`, `local:admin`, `engine`.
    pub actor: Arc<str>,
    /// The jobs in whose name this caller acts: what may be answered for alone.
    pub roles: Arc<[Role]>,
    /// Is this the operator of the installation, who may act alone?
    pub is_operator: bool,
    /// Who said yes, where the act had waited for a second person.
    pub second: Option<SecondPerson>,
    /// The request this belongs to, `req_…`, for the log and the journal.
    pub request_id: Arc<str>,
    /// The key under which this command takes effect only once.
    pub idempotency: Option<IdempotencyKey>,
    /// The version on which this command insists.
    pub expected: Option<Expected>,
}

impl Caller {
    /// The engine itself, acting for a tenant: runs, nudges and imports.
    pub fn engine(tenant: TenantId) -> Self {
        Self {
            tenant,
            actor: "engine".into(),
            roles: Arc::default(),
            is_operator: false,
            second: None,
            request_id: "req_engine".into(),
            idempotency: None,
            expected: None,
        }
    }

    /// The same caller for what follows from a command: its key and the version it insists on belong to the command alone.
    pub fn for_what_follows(&self) -> Self {
        Self { idempotency: None, expected: None, ..self.clone() }
    }
}

/// Whoever said yes to an act that another had asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondPerson {
    /// Who it is.
    pub actor: Arc<str>,
    /// Is it the operator of the installation?
    pub is_operator: bool,
    /// The request that was answered.
    pub approval: ApprovalId,
}

/// A client's promise that a repeated request is the same request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// Hash of client, method, path and key: what must be unique in the tenant.
    pub scope: String,
    /// Hash of the canonical body: another one under the same key is refused.
    pub fingerprint: String,
}

/// The version of the thing an act is done to, as the caller had read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The thing.
    pub thing: Thing,
    /// Its version; below zero is none there ever was.
    pub version: i64,
}

/// A thing with a version that an act can be done to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Thing {
    /// A row by its id, `ord_…`.
    Row(Arc<str>),
    /// A plugin by its name: its version is the revision of the activation in force, 0 while there is none.
    Plugin(Arc<str>),
    /// The caller's own draft of a plugin.
    Draft(Arc<str>),
}

//! Which processes ask a tenant's plugins, and which set each of them has.

use super::rows::plugin_node;
use crate::doors::store::{Changes, Claim, Read, columns::Payload, failed};
use crate::engine::Engine;
use crate::words::asked::Trouble;
use crate::words::caller::Caller;
use crate::words::error::Result;
use crate::words::id::{RowId, TenantId};
use crate::words::stamp::Stamp;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Most processes that are told of; the ones heard of last.
const NODES_MAX: u64 = 100;

/// A process tells of itself every minute or so; after this many hours of silence it has ended.
const SILENT_HOURS_MAX: i64 = 24;

/// A process that asks plugins, as it knows itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Drawn when the process began.
    pub id: RowId,
    /// For people.
    pub name: String,
}

/// What one process decides a tenant's questions by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NodeView {
    /// Drawn when the process began: the same for every tenant, for a process belongs to the installation.
    #[schema(value_type = String)]
    pub node: RowId,
    /// For people.
    pub name: String,
    /// The revision of the set it has. One behind is caught up with before its next decision counts.
    pub revision: i64,
    /// Is that the tenant's revision of now?
    pub is_current: bool,
    /// Packages it cannot ask, each with the reason.
    #[schema(value_type = Vec<Object>, max_items = 1000)]
    pub troubles: Vec<Trouble>,
    /// When it last asked a plugin of this tenant.
    pub last_call_at: Option<DateTime<Utc>>,
    /// When it was last heard of.
    pub seen_at: DateTime<Utc>,
}

/// The processes that have told of themselves, the latest first.
pub async fn nodes(read: &Read, revision: i64) -> Result<Vec<NodeView>> {
    let query = plugin_node::find(read.tenant()).order_by_desc(plugin_node::Column::SeenAt).limit(NODES_MAX);
    let view = |row: plugin_node::Model| NodeView {
        node: row.id,
        name: row.name,
        revision: row.revision,
        is_current: row.revision == revision,
        troubles: row.troubles.0,
        last_call_at: row.last_call_at,
        seen_at: row.seen_at,
    };
    Ok(query.all(read.db()).await.map_err(failed)?.into_iter().map(view).collect())
}

impl Engine {
    /// A process with this name, with an id of its own.
    pub fn new_node(&self, name: String) -> Node {
        let now = self.clock.now();
        Node { id: RowId(Stamp::new(now, now.date_naive()).id()), name }
    }

    /// What this process would decide a tenant's questions by: the set it has in hand, however old.
    ///
    /// # Errors
    /// When the database does not serve, where nothing is in hand yet.
    pub async fn node_of(&self, tenant: TenantId, node: &Node) -> Result<NodeView> {
        let ground = self.ground(tenant).await?;
        let now = self.clock.now();
        let since = self.plugins.last_call(tenant).and_then(|since| TimeDelta::from_std(since).ok());
        Ok(NodeView {
            node: node.id,
            name: node.name.clone(),
            revision: ground.revision,
            is_current: true,
            troubles: ground.plugins.troubles(),
            last_call_at: since.map(|since| now - since),
            seen_at: now,
        })
    }

    /// The first package marked as required that this process cannot ask, of the tenants whose sets it has in hand. It reads nothing.
    ///
    /// # Errors
    /// When the database does not serve, where a tenant has gone out of hand meanwhile.
    pub async fn required_trouble(&self) -> Result<Option<Trouble>> {
        for tenant in self.tenants_at_hand() {
            let found = self.ground(tenant).await?.plugins.troubles().into_iter().find(|trouble| trouble.is_required);
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// Lets go of processes that have not been heard of for [`SILENT_HOURS_MAX`]. Tells how many.
    ///
    /// # Errors
    /// When the database does not serve.
    pub async fn forget_nodes(&self, tenant: TenantId) -> Result<u64> {
        self.store.forget_nodes(tenant, self.clock.now() - TimeDelta::hours(SILENT_HOURS_MAX)).await
    }

    /// Tells the other processes of this one. Written over what it told before.
    ///
    /// # Errors
    /// When the database does not serve.
    pub async fn report_node(&self, tenant: TenantId, view: &NodeView) -> Result<()> {
        let row = plugin_node::Model {
            tenant_id: tenant,
            id: view.node,
            name: view.name.clone(),
            revision: view.revision,
            troubles: Payload(view.troubles.clone()),
            last_call_at: view.last_call_at,
            seen_at: view.seen_at,
        };
        let stamp = Stamp::new(view.seen_at, view.seen_at.date_naive());
        self.store.write(&Caller::engine(tenant), &stamp, view.revision, Changes::on(Claim::Nothing).save(&row)).await
    }
}

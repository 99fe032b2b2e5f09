//! Tells the other processes which set this one has, and switches off what does damage.

use super::{Stop, pause};
use crate::server::Server;
use actix_web::web::Data;
use recoup_engine::plugin::NodeView;
use recoup_engine::words::error::Result;
use recoup_engine::words::id::TenantId;
use std::collections::HashMap;
use std::time::Duration;

/// How often it is looked.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// A process that has nothing new to tell says so after this many looks.
const SILENT_LOOKS_MAX: u32 = 60;

/// Looks until told to stop.
pub(super) async fn work(server: Data<Server>, mut stop: Stop) {
    let mut told: HashMap<TenantId, (NodeView, u32)> = HashMap::new();
    while !stop.has_come() {
        if let Err(error) = server.engine.switch_off_failing().await {
            tracing::warn!("a failing plugin could not be switched off: {error}");
        }
        if let Err(error) = tell(&server, &mut told).await {
            tracing::debug!("the other processes could not be told of this one: {error}");
        }
        tokio::select! {
            () = stop.come() => {}
            () = pause(LOOK_AGAIN) => {}
        }
    }
}

/// Tells of this process, tenant by tenant, where something about it has changed or it has been silent for long.
async fn tell(server: &Server, told: &mut HashMap<TenantId, (NodeView, u32)>) -> Result<()> {
    let engine = &server.engine;
    for tenant in engine.tenants_at_hand() {
        let now = engine.node_of(tenant, &server.node).await?;
        let is_news = |(before, looks): &(NodeView, u32)| {
            *looks >= SILENT_LOOKS_MAX || (before.revision, &before.troubles) != (now.revision, &now.troubles)
        };
        match told.get_mut(&tenant) {
            Some(known) if !is_news(known) => known.1 += 1,
            Some(_) | None => {
                engine.report_node(tenant, &now).await?;
                told.insert(tenant, (now, 0));
            }
        }
    }
    Ok(())
}

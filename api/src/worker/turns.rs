//! Small work that waits for nobody's request: every tenant has a turn, again and again.

use super::{Stop, pause};
use crate::server::Server;
use actix_web::web::Data;
use futures::future::BoxFuture;
use recoup_engine::Engine;
use recoup_engine::tenant::{self, Tenant};
use recoup_engine::words::error::Result;
use std::time::Duration;

/// What is done in the turn of one tenant. Is there more to do at once?
pub(super) type Turn = for<'a> fn(&'a Engine, &'a Tenant) -> BoxFuture<'a, Result<bool>>;

/// One kind of such work.
pub(super) struct Turns {
    /// What did not happen where it fails, for the log.
    pub(super) failure: &'static str,
    /// How often it is looked for.
    pub(super) look_again: Duration,
    /// The work.
    pub(super) turn: Turn,
}

impl Turns {
    /// Gives turns until told to stop.
    pub(super) async fn work(self, server: Data<Server>, mut stop: Stop) {
        while !stop.has_come() {
            let has_more = match self.round(&server.engine, &stop).await {
                Ok(has_more) => has_more,
                Err(error) => {
                    tracing::warn!("{}: {error}", self.failure);
                    false
                }
            };
            if !has_more {
                tokio::select! {
                    () = stop.come() => {}
                    () = pause(self.look_again) => {}
                }
            }
        }
    }

    /// One turn of every tenant. Is there a tenant with more to do?
    async fn round(&self, engine: &Engine, stop: &Stop) -> Result<bool> {
        let mut has_more = false;
        for tenant in tenant::list(engine.store()).await? {
            if stop.has_come() {
                return Ok(false);
            }
            // One tenant's trouble keeps no other waiting.
            match (self.turn)(engine, &tenant).await {
                Ok(more) => has_more |= more,
                Err(error) => tracing::warn!(tenant = tenant.slug, "{}: {error}", self.failure),
            }
        }
        Ok(has_more)
    }
}

//! What all requests share: the judge of tokens, the cursor key, the document, and how many requests are in hand.

use crate::auth::Access;
use crate::extract::CursorKey;
use crate::keys::{MasterKey, SigningKey};
use crate::live::LiveDocuments;
use crate::openapi::Document;
use crate::spool::Spool;
use crate::worker::ClockMoves;
use recoup_engine::Engine;
use recoup_engine::plugin::Node;
use recoup_engine::words::code::Code;
use recoup_engine::words::error::{Error, Result};
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Notify;

/// Paths that are answered however busy the server is.
const ALWAYS_ANSWERED: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// What all requests share.
pub struct Server {
    /// The judge of tokens.
    pub access: Access,
    /// Signs and reads cursors.
    pub cursors: CursorKey,
    /// The OpenAPI document and the table of routes made from it.
    pub document: Document,
    /// The documents of tenants, with their plugins' actions.
    pub(crate) live: LiveDocuments,
    /// This process, as the others know it.
    pub(crate) node: Node,
    /// What lies behind the API.
    pub engine: Engine,
    /// Files that wait to be imported.
    pub spool: Spool,
    /// Told when a run was started.
    pub runs: Notify,
    /// Told when a grade run was started.
    pub grade_runs: Notify,
    /// Test clocks on their way.
    pub clock_moves: ClockMoves,
    in_flight: AtomicUsize,
    in_flight_max: usize,
}

/// A request's place among those in hand; dropping it frees the place.
pub struct Place<'a>(Option<&'a AtomicUsize>);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if let Some(in_flight) = self.0 {
            in_flight.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Server {
    /// Everything the app needs besides its routes.
    pub fn new(master: &MasterKey, key: SigningKey, engine: Engine, spool: Spool, in_flight_max: usize) -> Self {
        Self {
            access: Access::new(key, engine.clone()),
            cursors: CursorKey::new(master),
            document: Document::of_all_routes(),
            live: LiveDocuments::default(),
            node: engine.new_node(format!("process {}", std::process::id())),
            engine,
            spool,
            runs: Notify::new(),
            grade_runs: Notify::new(),
            clock_moves: ClockMoves::default(),
            in_flight: AtomicUsize::new(0),
            in_flight_max,
        }
    }

    /// Can requests be served: does the database answer, with the schema of this program, and can every required plugin be asked?
    pub(crate) async fn ready(&self) -> Result<()> {
        self.engine.store().ping().await?;
        if !self.engine.pending_migrations().await?.is_empty() {
            return Err(Error::new(Code::DatabaseUnavailable, "the schema is not up to date; run: recoup migrate"));
        }
        match self.engine.required_trouble().await? {
            None => Ok(()),
            Some(trouble) => {
                let detail = format!("{} is required and cannot be asked: {}", trouble.plugin, trouble.why);
                Err(Error::new(Code::PluginUnavailable, detail))
            }
        }
    }

    /// A place for one more request, if there is one.
    pub(crate) fn enter(&self, path: &str) -> Option<Place<'_>> {
        if ALWAYS_ANSWERED.contains(&path) {
            return Some(Place(None));
        }
        let before = self.in_flight.fetch_add(1, Ordering::Relaxed);
        let place = Place(Some(&self.in_flight));
        (before < self.in_flight_max).then_some(place)
    }
}

#[cfg(test)]
mod tests {
    #[actix_web::test]
    async fn a_place_is_free_again_when_its_request_ends_and_probes_need_none() {
        let (server, _folder) = crate::app::tests::server_with(1).await;
        let first = server.enter("/v1/orders");
        assert!(first.is_some() && server.enter("/v1/orders").is_none() && server.enter("/healthz").is_some());
        drop(first);
        assert!(server.enter("/v1/orders").is_some());
    }
}

//! What all requests share: the judge of tokens, the cursor key, the document, and how many requests are in hand.

use crate::auth::{Access, Backing};
use crate::extract::CursorKey;
use crate::keys::{MasterKey, SigningKey};
use crate::openapi::Document;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

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
    /// What lies behind the API.
    pub backing: Arc<dyn Backing>,
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
    pub fn new(master: &MasterKey, key: SigningKey, backing: Arc<dyn Backing>, in_flight_max: usize) -> Self {
        Self {
            access: Access::new(key, Arc::clone(&backing)),
            cursors: CursorKey::new(master),
            document: Document::of_all_routes(),
            backing,
            in_flight: AtomicUsize::new(0),
            in_flight_max,
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
    #[test]
    fn a_place_is_free_again_when_its_request_ends_and_probes_need_none() {
        let server = crate::app::tests::server_with(1);
        let first = server.enter("/v1/orders");
        assert!(first.is_some() && server.enter("/v1/orders").is_none() && server.enter("/healthz").is_some());
        drop(first);
        assert!(server.enter("/v1/orders").is_some());
    }
}

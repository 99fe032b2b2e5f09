//! `recoup serve`: listens until it is told to stop, then finishes what it has in hand.

use super::open::{self, Opened};
use super::show::say;
use crate::app::app;
use crate::server::Server;
use crate::settings::Settings;
use crate::spool::Spool;
use crate::telemetry;
use crate::worker::Worker;
use actix_web::HttpServer;
use actix_web::web::Data;
use recoup_engine::words::code::Code;
use recoup_engine::words::error::{Error, Result};
use std::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// How long requests in hand may take after the signal, in seconds.
const FAREWELL_SECONDS: u64 = 30;

pub(super) async fn serve(settings: &Settings) -> Result<()> {
    telemetry::metrics();
    let listener = TcpListener::bind(&settings.listen)
        .map_err(|cause| Error::new(Code::ValidationFailed, format!("cannot listen on {}: {cause}", settings.listen)))?;
    let opened = open::open(settings).await?;
    let address = listener.local_addr().map_err(Error::internal)?;
    say(&format!("recoup listens on http://{address}, documentation at http://{address}/docs/"))?;
    until_stopped(settings, opened, listener).await
}

/// Serves until SIGTERM or Ctrl-C.
pub(super) async fn until_stopped(settings: &Settings, opened: Opened, listener: TcpListener) -> Result<()> {
    let Opened { engine, master, key } = opened;
    let spool = Spool::in_folder(settings.data_dir.join("spool"));
    let server = Data::new(Server::new(&master, key, engine.clone(), spool, settings.in_flight_max));
    let worker = (!settings.no_worker).then(|| Worker::start(&server));
    let threads = match settings.threads {
        0 => std::thread::available_parallelism().map_or(2, std::num::NonZero::get),
        threads => threads,
    };
    let running = HttpServer::new(move || app(server.clone()))
        .workers(threads)
        .shutdown_timeout(FAREWELL_SECONDS)
        .disable_signals()
        .listen_auto_h2c(listener)
        .map_err(Error::internal)?
        .run();
    let handle = running.handle();
    let serving = tokio::spawn(running);
    told_to_stop()?.await;
    tracing::info!("told to stop; finishing the requests in hand");
    handle.stop(true).await;
    serving.await.map_err(Error::internal)?.map_err(Error::internal)?;
    if let Some(worker) = worker {
        worker.end().await;
    }
    engine.store().close().await;
    Ok(())
}

/// Comes back at the first SIGTERM or Ctrl-C.
pub(super) fn told_to_stop() -> Result<impl Future<Output = ()> + Send> {
    let mut terminate = signal(SignalKind::terminate()).map_err(Error::internal)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Error::internal)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

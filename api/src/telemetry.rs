//! Log lines with the request they belong to, as JSON or for people; and the metrics, rendered by our own route.

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use recoup_engine::words::error::{Error, Result};
use std::io::IsTerminal;
use std::sync::OnceLock;
use tracing_subscriber::EnvFilter;

recoup_engine::words! {
    /// How log lines look.
    pub enum LogFormat {
        /// For people on a terminal, JSON otherwise.
        Auto = "auto",
        /// For people.
        Human = "human",
        /// One JSON object a line.
        Json = "json",
    }
}

/// Starts logging to stderr. `filter` is what `tracing` calls a directive: `info`, `recoup_engine=debug,info`.
pub fn start_log(filter: &str, format: LogFormat) -> Result<()> {
    let filter = EnvFilter::try_new(filter).map_err(|cause| {
        Error::new(recoup_engine::words::code::Code::ValidationFailed, format!("the log filter {filter:?} cannot be read: {cause}"))
    })?;
    let is_json = match format {
        LogFormat::Json => true,
        LogFormat::Human => false,
        LogFormat::Auto => !std::io::stderr().is_terminal(),
    };
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second start in one process (tests) keeps the first log, which is what is wanted.
    let started = if is_json { lines.json().flatten_event(true).try_init() } else { lines.compact().with_target(false).try_init() };
    drop(started);
    Ok(())
}

/// Bounds of the histograms that count seconds.
const SECONDS: [f64; 12] = [0.000_5, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// Bounds of the processor time of one call of a plugin, from a microsecond: a call takes a few.
const CALL_SECONDS: [f64; 12] = [0.000_001, 0.000_002, 0.000_005, 0.000_01, 0.000_02, 0.000_05, 0.000_1, 0.000_5, 0.001, 0.005, 0.02, 0.05];

/// The metrics of this process; the first call starts collecting.
pub fn metrics() -> &'static PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(|| {
        let builder = PrometheusBuilder::new();
        let builder = builder.set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS);
        let of_calls = Matcher::Full("recoup_plugin_cpu_seconds".to_owned());
        let builder = builder.and_then(|builder| builder.set_buckets_for_metric(of_calls, &CALL_SECONDS));
        let builder = builder.unwrap_or_else(|_| PrometheusBuilder::new());
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("another recorder already collects the metrics of this process");
        }
        handle
    })
}

//! `recoup plugin`: writing, checking and switching packages without a server.

mod text;
mod trial;

use super::open::{self, Home};
use super::show::say;
use crate::settings::Settings;
use chrono::NaiveDate;
use recoup_engine::approval::Acted;
use recoup_engine::plugin::{ActivatePlugin, Activation, ActivationView, Excuse, PushVersion, RollbackPlugin};
use recoup_engine::words::code::Code;
use recoup_engine::words::day::parse_date;
use recoup_engine::words::error::{Error, Result};
use recoup_engine::words::id::DecisionId;
use recoup_plugins::check;
use recoup_plugins::package;
use std::path::{Path, PathBuf};

/// How findings are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    Text,
    Json,
}

#[derive(clap::Subcommand)]
pub(super) enum PluginLine {
    /// Make a package that passes its own tests
    New {
        /// Its name, and the folder it is made in
        name: String,
        /// Begin as a copy of this shipped package
        #[arg(long)]
        from: Option<String>,
    },
    /// Check packages: manifest, script, texts, settings
    Check {
        /// Folders of packages, or folders of such folders
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// How findings are shown
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
        /// Write what a script can say into this folder, for editors
        #[arg(long, value_name = "DIR")]
        definitions: Option<PathBuf>,
        /// Put the questions of so many recorded decisions to them, too
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=500))]
        rehearse: Option<u64>,
        /// The tenant whose decisions these are
        #[arg(long, default_value = "default")]
        tenant: String,
    },
    /// Run the tests of packages
    Test {
        /// Folders of packages, or folders of such folders
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        #[command(flatten)]
        wanted: TestLine,
    },
    /// Try a package on an order, an account, a recorded decision or a file; nothing is written
    Run {
        /// The folder of the package
        path: PathBuf,
        #[command(flatten)]
        wanted: RunLine,
    },
    /// Make a recorded decision again, and tell whether it is the same
    Replay {
        /// The decision
        decision: DecisionId,
        /// The tenant
        #[arg(long, default_value = "default")]
        tenant: String,
    },
    /// Store a package as a new version in the local database
    Push {
        /// The folder of the package
        path: PathBuf,
        /// What changed
        #[arg(long)]
        message: Option<String>,
        /// A name for the version
        #[arg(long)]
        tag: Option<String>,
        /// The tenant
        #[arg(long, default_value = "default")]
        tenant: String,
    },
    /// Switch a version on in the local database
    Activate {
        /// The plugin
        name: String,
        /// The number of the version
        version: i64,
        /// Why
        #[arg(long)]
        reason: Option<String>,
        /// A check that failed and is excused, for the reason given; a second person has to agree
        #[arg(long, value_parser = super::words(Excuse::ALL, Excuse::as_str))]
        excuse: Vec<Excuse>,
        /// The tenant
        #[arg(long, default_value = "default")]
        tenant: String,
    },
    /// Go back to a version that was on before
    Rollback {
        /// The plugin
        name: String,
        /// The number of the version; the one that was on before when absent
        #[arg(long)]
        to: Option<i64>,
        /// Why
        #[arg(long)]
        reason: Option<String>,
        /// The tenant
        #[arg(long, default_value = "default")]
        tenant: String,
    },
}

/// How tests are run.
#[derive(clap::Args)]
pub(super) struct TestLine {
    /// Only tests whose name contains this
    #[arg(long)]
    filter: Option<String>,
    /// Count the statements they reach; too few of them fail
    #[arg(long)]
    coverage: bool,
    /// Ask every hook so often about odd facts
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=100_000))]
    fuzz: Option<u64>,
    /// The same seed makes the same odd facts
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
    /// First keep the question of this decision as a test, tests/recorded/DEC.json, with its names masked
    #[arg(long, value_name = "DEC")]
    record: Option<DecisionId>,
    /// The tenant whose decision it is
    #[arg(long, default_value = "default")]
    tenant: String,
    /// How results are shown
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// What a package is tried on.
#[derive(clap::Args)]
pub(super) struct RunLine {
    /// The function that is asked: order_check, step_<type>
    #[arg(long)]
    hook: String,
    /// An order or an account, by its id or by its number in the ERP
    #[arg(long, group = "on")]
    subject: Option<String>,
    /// A file with a question and its facts
    #[arg(long, value_name = "FILE", group = "on")]
    fixture: Option<PathBuf>,
    /// A recorded decision
    #[arg(long, value_name = "DEC", group = "on")]
    decision: Option<DecisionId>,
    /// Look at an account as of this day
    #[arg(long, value_name = "DAY", value_parser = parse_date)]
    as_of: Option<NaiveDate>,
    /// The tenant
    #[arg(long, default_value = "default")]
    tenant: String,
    /// How it is shown
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

pub(super) async fn plugin(settings: &Settings, line: PluginLine) -> Result<()> {
    match line {
        PluginLine::New { name, from } => text::new(&name, from.as_deref()),
        PluginLine::Check { paths, format, definitions, rehearse, tenant } => {
            text::check_all(&paths, format, definitions.as_deref())?;
            match rehearse {
                Some(most) => trial::rehearse_all(settings, &paths, most, &tenant, format).await,
                None => Ok(()),
            }
        }
        PluginLine::Test { paths, wanted } => {
            if let Some(decision) = wanted.record {
                trial::record(settings, &paths, decision, &wanted.tenant).await?;
            }
            text::test_all(&paths, &wanted)
        }
        PluginLine::Run { path, wanted } => trial::run(settings, &path, wanted).await,
        PluginLine::Replay { decision, tenant } => trial::replay(settings, decision, &tenant).await,
        PluginLine::Push { path, message, tag, tenant } => push(settings, &path, message, tag, &tenant).await,
        PluginLine::Activate { name, version, reason, excuse, tenant } => {
            let home = open::home(settings, &tenant).await?;
            let wanted = Activation { name, number: Some(version), reason, excuse, ..Activation::default() };
            let done = home.engine.execute(&home.who, ActivatePlugin { host: home.engine.plugins(), wanted }).await;
            switched(&home, done.map(|outcome| outcome.done)).await
        }
        PluginLine::Rollback { name, to, reason, tenant } => {
            let home = open::home(settings, &tenant).await?;
            let done = home.engine.execute(&home.who, RollbackPlugin { name, number: to, reason }).await;
            switched(&home, done.map(|outcome| outcome.done)).await
        }
    }
}

async fn switched(home: &Home, done: Result<Acted<ActivationView>>) -> Result<()> {
    let done = match done? {
        Acted::Done(done) => done,
        Acted::Waits(waiting) => return say(&format!("it waits for the yes of a {}: {}", waiting.approval.needs, waiting.id)),
    };
    home.engine.replan(home.who.tenant).await?;
    home.engine.store().close().await;
    if let Some(told) = done.rehearsal.as_ref().filter(|told| told.asked > 0) {
        trial::rehearsal_told(told)?;
    }
    say(&format!("{} version {} is {} from revision {} on", done.name, done.number, done.mode, done.revision))
}

async fn push(settings: &Settings, path: &Path, message: Option<String>, tag: Option<String>, tenant: &str) -> Result<()> {
    let files = package::read_dir(path)?;
    let home = open::home(settings, tenant).await?;
    let judged = home.engine.plugins().judge(&files);
    for found in check::findings(&files) {
        say(&format!("{}/{}", path.display(), found.line()))?;
    }
    let outcome = home.engine.execute(&home.who, PushVersion { judged, files, message, tag }).await?;
    home.engine.store().close().await;
    let (done, known) = (&outcome.done, if outcome.is_replay { ", which was there" } else { "" });
    say(&format!("{} version {}{known}; switch it on with: recoup plugin activate {} {}", done.name, done.number, done.name, done.number))
}

fn refused(detail: impl Into<String>) -> Error {
    Error::new(Code::ValidationFailed, detail)
}

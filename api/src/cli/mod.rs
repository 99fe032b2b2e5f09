//! The process `recoup`: parse, call, exit code. One clear line on stderr when something is refused.

mod demo;
mod import;
mod open;
mod plugin;
mod report;
mod run_day;
mod serve;
mod show;
mod token;

use crate::settings::{SettingFlags, Settings};
use crate::worker::Stop;
use crate::{openapi, telemetry};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Parser, Subcommand};
use recoup_engine::words::error::{Error, Result};
use show::say;
use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

/// Refused or failed.
const FAILED: u8 = 1;
/// Called in a way that is not understood.
const WRONG_USAGE: u8 = 2;

#[derive(Parser)]
#[command(name = "recoup", version, about = "A headless receivables and collections engine", max_term_width = 100)]
struct Line {
    #[command(subcommand)]
    command: Command,
    #[command(flatten, next_help_heading = "Settings")]
    settings: SettingFlags,
}

#[derive(Subcommand)]
enum Command {
    /// Make a demo company, work its year, show it, and serve it
    Demo(demo::DemoLine),
    /// Serve the API, and work in the background
    Serve,
    /// Bring the database up to the schema of this program
    Migrate,
    /// Print a token signed with this installation's key
    Token(token::TokenLine),
    /// Take a CSV file into the local database
    Import(import::ImportLine),
    /// Work the collections run of a day, or of several
    RunDay(run_day::RunLine),
    /// Show a report
    #[command(subcommand)]
    Report(report::ReportLine),
    /// Write, check and switch script packages
    #[command(subcommand)]
    Plugin(plugin::PluginLine),
    /// Print the OpenAPI document
    Openapi,
}

/// Runs one command line, the program's name first, and gives the exit code of contract §3.
pub fn run(line: impl IntoIterator<Item = impl Into<OsString> + Clone>) -> ExitCode {
    let line = match Line::try_parse_from(line) {
        Ok(line) => line,
        Err(usage) => {
            // Asking for help or the version is no mistake. A terminal that is gone cannot be told either.
            let is_mistake = usage.use_stderr();
            let _ = usage.print();
            return if is_mistake { ExitCode::from(WRONG_USAGE) } else { ExitCode::SUCCESS };
        }
    };
    match start(line) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "recoup: {}", one_line(&error));
            ExitCode::from(FAILED)
        }
    }
}

fn start(line: Line) -> Result<()> {
    if matches!(line.command, Command::Openapi) {
        return say(openapi::text().trim_end());
    }
    let settings = Settings::load(&line.settings)?;
    telemetry::start_log(&settings.log, settings.log_format)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Error::internal)?;
    runtime.block_on(async {
        match line.command {
            Command::Demo(line) => demo::demo(&settings, &line).await,
            Command::Serve => serve::serve(&settings).await,
            Command::Migrate => open::migrate(&settings).await,
            Command::Token(token) => token::print(&settings, &token).await,
            Command::Import(line) => import::import(&settings, &line).await,
            Command::RunDay(line) => run_day::run_days(&settings, &line).await,
            Command::Report(line) => report::report(&settings, line).await,
            Command::Plugin(line) => plugin::plugin(&settings, line).await,
            Command::Openapi => Ok(()),
        }
    })
}

/// A closed list of words as an argument, listed in the help.
fn words<T>(all: &'static [T], name: fn(T) -> &'static str) -> impl TypedValueParser<Value = T>
where
    T: Copy + Send + Sync + std::str::FromStr<Err = Error> + 'static,
{
    PossibleValuesParser::new(all.iter().map(move |word| name(*word))).try_map(|name| name.parse::<T>())
}

/// A flag that the first Ctrl-C or SIGTERM sets, so that the step in hand can be finished.
fn stop_flag() -> Result<Stop> {
    let told = serve::told_to_stop()?;
    let (tell, stop) = Stop::new();
    tokio::spawn(async move {
        told.await;
        // Nobody listens any more when the work has ended first.
        let _ = tell.send(true);
    });
    Ok(stop)
}

fn one_line(error: &Error) -> String {
    let detail = error.detail().replace(['\n', '\r'], " ");
    if detail.is_empty() { error.code().title().to_owned() } else { detail }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed_and_help_names_every_variable() {
        Line::command().debug_assert();
        let help = Line::command().render_long_help().to_string();
        for name in ["RECOUP_LISTEN", "RECOUP_DATABASE_URL", "RECOUP_DATA_DIR", "--no-worker", "--config", "serve", "token", "migrate"] {
            assert!(help.contains(name), "{name}\n{help}");
        }
    }

    #[test]
    fn wrong_usage_is_told_apart_from_a_refusal() {
        let code = |line: &[&str]| format!("{:?}", run(line.iter().map(|part| (*part).to_owned())));
        assert_eq!(code(&["recoup", "token", "--role", "emperor"]), format!("{:?}", ExitCode::from(2)));
        assert_eq!(code(&["recoup", "fly"]), format!("{:?}", ExitCode::from(2)));
        assert_eq!(code(&["recoup", "--version"]), format!("{:?}", ExitCode::SUCCESS));
        assert_eq!(code(&["recoup", "migrate", "--config", "/nowhere/recoup.toml"]), format!("{:?}", ExitCode::from(1)));
    }
}

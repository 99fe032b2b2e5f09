//! `recoup run-day`: the collections run of one day or of several, in the local database.

use super::open::{self, Home};
use super::show::{bar, say, say_json, table};
use super::stop_flag;
use crate::settings::Settings;
use crate::worker::Stop;
use chrono::NaiveDate;
use indicatif::ProgressBar;
use recoup_engine::run::RunView;
use recoup_engine::words::code::Code;
use recoup_engine::words::day::parse_date;
use recoup_engine::words::error::{Error, Result};
use std::ops::ControlFlow;

/// More days than this are told as one sum.
const DAYS_TOLD_MAX: usize = 31;

#[derive(clap::Args)]
pub(super) struct RunLine {
    /// The day
    #[arg(value_parser = day, required_unless_present = "from", conflicts_with_all = ["from", "to"])]
    date: Option<NaiveDate>,
    /// The first of several days
    #[arg(long, value_parser = day, requires = "to")]
    from: Option<NaiveDate>,
    /// The last of several days
    #[arg(long, value_parser = day, requires = "from")]
    to: Option<NaiveDate>,
    /// The tenant
    #[arg(long, default_value = "default")]
    tenant: String,
    /// Print the runs as JSON
    #[arg(long)]
    json: bool,
}

/// A date of the command line.
pub(super) fn day(text: &str) -> std::result::Result<NaiveDate, String> {
    parse_date(text).map_err(|error| error.detail().to_owned())
}

pub(super) async fn run_days(settings: &Settings, line: &RunLine) -> Result<()> {
    let (first, last) = match (line.date, line.from, line.to) {
        (Some(day), ..) => (day, day),
        (None, Some(from), Some(to)) if from <= to => (from, to),
        _ => return Err(Error::new(Code::ValidationFailed, "the first day lies after the last")),
    };
    let home = open::home(settings, &line.tenant).await?;
    let stop = stop_flag()?;
    let days: Vec<NaiveDate> = first.iter_days().take_while(|day| *day <= last).collect();
    let is_one = days.len() == 1;
    let bar = bar(u64::try_from(days.len()).unwrap_or(0), if is_one { "{pos}/{len} accounts" } else { "{pos}/{len} days" });
    let mut runs = Vec::new();
    for day in days {
        let run = one(&home, day, &bar, is_one, &stop).await?;
        let is_done = run.state == "done";
        runs.push(run);
        if !is_done {
            break;
        }
        if !is_one {
            bar.set_message(day.to_string());
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    home.engine.store().close().await;
    if line.json {
        say_json(&runs)?
    } else {
        say(&told(&runs))?
    };
    match runs.last() {
        Some(last) if last.state != "done" => {
            Err(Error::new(Code::IllegalState, format!("stopped in {}; run it again to go on", last.day)))
        }
        _ => Ok(()),
    }
}

async fn one(home: &Home, day: NaiveDate, bar: &ProgressBar, is_one: bool, stop: &Stop) -> Result<RunView> {
    let run = home.engine.start_run(&home.who, day).await?.done;
    let run = home
        .engine
        .work_run(&home.who, run.id, |run| {
            if is_one {
                bar.set_length(u64::try_from(run.accounts_due.max(run.accounts_done)).unwrap_or(0));
                bar.set_position(u64::try_from(run.accounts_done).unwrap_or(0));
            }
            if stop.has_come() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .await?;
    // No server may be running: what waits is looked at here.
    home.engine.work_off_queue(&home.who).await?;
    Ok(run)
}

fn told(runs: &[RunView]) -> String {
    let header = ["day", "state", "accounts", "failed", "cases opened", "closed", "notices", "tasks", "offers", "holds", "handoffs"];
    let mut table = table(&header, 2);
    let figures = |run: &RunView| {
        [run.accounts_done, run.failed, run.cases_opened, run.cases_closed, run.notices, run.tasks, run.offers, run.holds, run.handoffs]
    };
    let mut sums = [0_i64; 9];
    for run in runs {
        sums.iter_mut().zip(figures(run)).for_each(|(sum, figure)| *sum += figure);
        if runs.len() <= DAYS_TOLD_MAX {
            table.add_row([run.day.to_string(), run.state.clone()].into_iter().chain(figures(run).iter().map(i64::to_string)));
        }
    }
    if runs.len() > 1 {
        table.add_row([format!("{} days", runs.len()), String::new()].into_iter().chain(sums.iter().map(i64::to_string)));
    }
    table.to_string()
}

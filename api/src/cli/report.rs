//! `recoup report`: the reports of the API on a terminal, as JSON, or as CSV.

use super::open::{self, Home};
use super::run_day::day;
use super::show::{say, say_json, table};
use crate::settings::Settings;
use chrono::NaiveDate;
use clap::parser::ValueSource;
use recoup_engine::report::{self, AgeingAsk, AgeingView, CurrencyAgeing, KpisAsk, KpisView};
use recoup_engine::tenant;
use recoup_engine::words::code::Code;
use recoup_engine::words::error::{Error, Result};
use recoup_engine::words::money::Currency;

/// The argument that narrows a report to one currency.
const CURRENCY: &str = "currency";

/// How a report is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    Table,
    Json,
    Csv,
}

#[derive(clap::Args)]
pub(super) struct Asked {
    /// As of this day; today when absent
    #[arg(long, value_parser = day)]
    as_of: Option<NaiveDate>,
    #[command(flatten)]
    only: OnlyCurrency,
    /// How it is shown
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// The tenant
    #[arg(long, default_value = "default")]
    tenant: String,
}

/// `--currency` of a report. The setting of that name means the first tenant's currency and reaches every command, so the two are told
/// apart by where the word comes from: only what stands on the command line narrows a report, never the variable.
pub(super) struct OnlyCurrency(Option<Currency>);

impl clap::Args for OnlyCurrency {
    fn augment_args(command: clap::Command) -> clap::Command {
        // Kept as text, because the setting behind the same name is text.
        let known = |text: &str| text.parse::<Currency>().map(|found| found.as_str().to_owned());
        command.arg(clap::Arg::new(CURRENCY).long(CURRENCY).value_name("CODE").value_parser(known).help("In this currency only"))
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

impl clap::FromArgMatches for OnlyCurrency {
    fn from_arg_matches(found: &clap::ArgMatches) -> std::result::Result<Self, clap::Error> {
        if found.value_source(CURRENCY) != Some(ValueSource::CommandLine) {
            return Ok(Self(None));
        }
        let parsed = found.get_one::<String>(CURRENCY).map(|text| text.parse()).transpose();
        parsed.map(Self).map_err(|fault: Error| clap::Error::raw(clap::error::ErrorKind::ValueValidation, format!("{fault}\n")))
    }

    fn update_from_arg_matches(&mut self, found: &clap::ArgMatches) -> std::result::Result<(), clap::Error> {
        *self = Self::from_arg_matches(found)?;
        Ok(())
    }
}

#[derive(clap::Subcommand)]
pub(super) enum ReportLine {
    /// What was open on a day, by days past due
    Ageing {
        #[command(flatten)]
        asked: Asked,
        /// With a row for each account
        #[arg(long)]
        by_account: bool,
    },
    /// The key figures of a day
    Kpis {
        #[command(flatten)]
        asked: Asked,
        /// Length of the window that ends on the day
        #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(i64).range(1..=3660))]
        days: i64,
    },
}

pub(super) async fn report(settings: &Settings, line: ReportLine) -> Result<()> {
    match line {
        ReportLine::Ageing { asked, by_account } => {
            let home = tenant_there(settings, &asked.tenant).await?;
            let view = ageing(&home, asked.as_of, asked.only.0, by_account).await?;
            home.engine.store().close().await;
            match asked.format {
                Format::Json => say_json(&view),
                Format::Table => say(&ageing_table(&view)),
                Format::Csv => say(&csv_text(&AGEING, ageing_rows(&view))?),
            }
        }
        ReportLine::Kpis { asked, days } => {
            let home = tenant_there(settings, &asked.tenant).await?;
            let ground = home.engine.ground(home.who.tenant).await?;
            let as_of = asked.as_of.unwrap_or_else(|| ground.stamp(home.engine.clock()).today);
            let ask = KpisAsk {
                as_of,
                days,
                currency: asked.only.0,
                entity: None,
                home: ground.tenant.currency,
                owners: ground.settings.kpi_owners.clone(),
            };
            let view = report::kpis(&home.engine.read(&home.who), &ask).await?;
            home.engine.store().close().await;
            match asked.format {
                Format::Json => say_json(&view),
                Format::Table => kpis_rows(&view).and_then(|rows| {
                    let mut table = table(&["currency", "figure", "value", "formula"], 9);
                    table.add_rows(rows);
                    say(&format!("Key figures of {} over {} days\n{table}", view.as_of, view.days))
                }),
                Format::Csv => kpis_rows(&view)
                    .and_then(|rows| csv_text(&["currency", "figure", "value", "formula"], rows))
                    .and_then(|text| say(&text)),
            }
        }
    }
}

/// A tenant that is there. A report makes none: not even the first one, whose currency a flag of the same name would decide.
async fn tenant_there(settings: &Settings, slug: &str) -> Result<Home> {
    let engine = open::engine(settings).await?;
    let found = tenant::find(engine.store(), slug).await?;
    let tenant = found.ok_or_else(|| Error::new(Code::NotFound, format!("there is no tenant {slug:?}")))?.id;
    let who = open::operator(tenant);
    Ok(Home { engine, who })
}

/// The ageing as of a day, today when none is given.
pub(super) async fn ageing(home: &Home, as_of: Option<NaiveDate>, currency: Option<Currency>, by_account: bool) -> Result<AgeingView> {
    let ground = home.engine.ground(home.who.tenant).await?;
    let as_of = as_of.unwrap_or_else(|| ground.stamp(home.engine.clock()).today);
    let ask = AgeingAsk { as_of, currency, entity: None, group_by_account: by_account, home: ground.tenant.currency };
    report::ageing(&home.engine.read(&home.who), &ask).await
}

const AGEING: [&str; 12] =
    ["account", "currency", "items", "not due", "1-30", "31-60", "61-90", "91+", "open", "unallocated", "credit notes", "net"];

fn ageing_row(account: &str, figures: &CurrencyAgeing) -> Vec<String> {
    let mut row = vec![account.to_owned(), figures.currency.to_string(), figures.count.to_string()];
    row.extend(figures.buckets.iter().map(|bucket| bucket.amount.amount()));
    row.extend([figures.total, figures.unallocated, figures.credit_notes, figures.net_total].map(|money| money.amount()));
    row
}

fn ageing_rows(view: &AgeingView) -> Vec<Vec<String>> {
    let each = view.rows.iter().map(|row| ageing_row(&row.account_external_id, &row.ageing));
    each.chain(view.by_currency.iter().map(|figures| ageing_row("total", figures))).collect()
}

/// The ageing as people read it.
pub(super) fn ageing_table(view: &AgeingView) -> String {
    let mut table = table(&AGEING, 2);
    table.add_rows(ageing_rows(view));
    format!("Open items as of {}, by days past due\n{table}", view.as_of)
}

/// One row a figure: its currency, name, value and formula.
fn kpis_rows(view: &KpisView) -> Result<Vec<Vec<String>>> {
    let mut rows = Vec::new();
    for one in &view.by_currency {
        let figures = serde_json::to_value(&one.figures).map_err(Error::internal)?;
        for (name, figure) in figures.as_object().into_iter().flatten() {
            let text = |member: &str| figure[member].as_str().unwrap_or("-").to_owned();
            rows.push(vec![one.currency.to_string(), name.clone(), text("value"), text("formula")]);
        }
    }
    Ok(rows)
}

fn csv_text(header: &[&str], rows: Vec<Vec<String>>) -> Result<String> {
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(header).map_err(Error::internal)?;
    rows.iter().try_for_each(|row| out.write_record(row.iter().map(|cell| harmless(cell)))).map_err(Error::internal)?;
    let bytes = out.into_inner().map_err(Error::internal)?;
    Ok(String::from_utf8_lossy(&bytes).trim_end().to_owned())
}

/// A cell that a spreadsheet would take for a formula gets an apostrophe (api.md §6). A plain negative number is none.
fn harmless(cell: &str) -> String {
    let is_number = cell.strip_prefix('-').is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit() || b == b'.'));
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_number { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parsed as the process does it: the settings with their global flags around the report.
    #[derive(clap::Parser)]
    struct Whole {
        #[command(subcommand)]
        line: ReportLine,
        #[command(flatten)]
        settings: crate::settings::SettingFlags,
    }

    #[test]
    fn a_report_is_narrowed_by_its_own_flag_beside_a_setting_of_the_same_name() {
        let parsed = |words: &[&str]| {
            let whole = <Whole as clap::Parser>::try_parse_from(["recoup"].iter().chain(words)).ok()?;
            let (ReportLine::Ageing { asked, .. } | ReportLine::Kpis { asked, .. }) = whole.line;
            Some((asked.only.0.map(|currency| currency.to_string()), whole.settings.time_zone))
        };
        assert_eq!(parsed(&["ageing", "--currency", "USD", "--time-zone", "UTC"]), Some((Some("USD".into()), Some("UTC".into()))));
        assert_eq!(parsed(&["kpis", "--days", "365"]), Some((None, None)));
        assert_eq!(parsed(&["ageing", "--currency", "usd"]), None);
        assert_eq!(parsed(&["kpis", "--days", "0"]), None);
        assert_eq!(parsed(&["ageing", "--as-of", "2025-13-01"]), None);
    }

    #[test]
    fn no_cell_is_a_formula_for_a_spreadsheet() {
        for (cell, expected) in [("=1+1", "'=1+1"), ("@x", "'@x"), ("-1.50", "-1.50"), ("-x", "'-x"), ("A1", "A1"), ("+4", "'+4")] {
            assert_eq!(harmless(cell), expected);
        }
    }
}

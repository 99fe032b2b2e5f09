//! `recoup report`: ageing and key figures of a day, as a table, JSON or CSV.

use super::open;
use super::show::{say, say_json, table};
use crate::clock;
use crate::settings::Settings;
use chrono::NaiveDate;
use clap::parser::ValueSource;
use recoup_engine::report::rules::{Figure, Kpis};
use recoup_engine::report::{self, AgeingAsk, AgeingView, CurrencyAgeing, KpisAsk, KpisView};
use recoup_engine::tenant;
use recoup_engine::words::caller::Caller;
use recoup_engine::words::code::Code;
use recoup_engine::words::day::parse_date;
use recoup_engine::words::error::{Error, Result};
use recoup_engine::words::money::{Currency, Money};
use std::io::Write;

/// The argument that narrows a report to one currency.
const CURRENCY: &str = "currency";

/// How a report is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    Table,
    Json,
    Csv,
}

/// Which day, and of which part of the ledger.
#[derive(clap::Args)]
pub(super) struct Asked {
    /// The day; today when absent
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    as_of: Option<NaiveDate>,
    #[command(flatten)]
    only: OnlyCurrency,
    /// How it is shown
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// The tenant it is about
    #[arg(long, default_value = "default")]
    tenant: String,
}

/// `--currency` of a report. The setting of that name means the first tenant's currency and reaches every command, so it is told apart
/// by where it comes from: only what stands on the command line narrows a report, never the variable.
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
    /// Key figures of a day: overdue ratio, days sales outstanding, collection effectiveness
    Kpis {
        #[command(flatten)]
        asked: Asked,
        /// Length in days of the window that ends on the day
        #[arg(long, default_value = "90", value_parser = clap::value_parser!(i64).range(1..=3660))]
        days: i64,
    },
}

pub(super) async fn report(settings: &Settings, line: &ReportLine) -> Result<()> {
    let (ReportLine::Ageing { asked, .. } | ReportLine::Kpis { asked, .. }) = line;
    let home = tenant_there(settings, &asked.tenant).await?;
    let shown = match line {
        ReportLine::Ageing { asked, by_account } => show_ageing(&home, asked, *by_account).await,
        ReportLine::Kpis { asked, days } => show_kpis(&home, asked, *days).await,
    };
    home.engine.store().close().await;
    shown
}

/// A tenant that is there. A report makes none: not even the first one, whose currency a flag of the same name would decide.
async fn tenant_there(settings: &Settings, slug: &str) -> Result<open::Home> {
    let engine = open::engine(settings).await?;
    let found = tenant::find(engine.store(), slug).await?;
    let tenant = found.ok_or_else(|| Error::new(Code::NotFound, format!("there is no tenant {slug:?}")))?.id;
    let who = Caller { tenant, actor: "local:admin".into(), is_operator: true, request_id: clock::fresh_id("req"), idempotency: None };
    Ok(open::Home { engine, who })
}

async fn show_ageing(home: &open::Home, asked: &Asked, by_account: bool) -> Result<()> {
    let (as_of, own) = day_and_currency(home, asked).await?;
    let ask = AgeingAsk { as_of, currency: asked.only.0, entity: None, group_by_account: by_account, home: own };
    let found = report::ageing(&home.engine.read(&home.who), &ask).await?;
    match asked.format {
        Format::Json => say_json(&found),
        Format::Table | Format::Csv => show(&ageing_lines(&found, by_account), asked.format, if by_account { 2 } else { 1 }),
    }
}

async fn show_kpis(home: &open::Home, asked: &Asked, days: i64) -> Result<()> {
    let (as_of, own) = day_and_currency(home, asked).await?;
    let ask = KpisAsk { as_of, days, currency: asked.only.0, entity: None, home: own };
    let found = report::kpis(&home.engine.read(&home.who), &ask).await?;
    match asked.format {
        Format::Json => say_json(&found),
        Format::Table | Format::Csv => show(&kpi_lines(&found), asked.format, usize::MAX),
    }
}

/// The day that is asked for, and the tenant's own currency.
async fn day_and_currency(home: &open::Home, asked: &Asked) -> Result<(NaiveDate, Currency)> {
    let ground = home.engine.ground(home.who.tenant).await?;
    let today = ground.stamp(home.engine.clock()).today;
    Ok((asked.as_of.unwrap_or(today), ground.tenant.currency))
}

/// A header and rows of the same width.
struct Lines {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// A row for each currency, or for each account in each currency; the sums of the currencies come last then.
fn ageing_lines(found: &AgeingView, by_account: bool) -> Lines {
    let mut header: Vec<String> = Vec::new();
    if by_account {
        header.push("account".to_owned());
    }
    header.extend(["currency", "items", "total"].map(str::to_owned));
    let keys = found.by_currency.first().map_or(&[][..], |first| &first.buckets);
    header.extend(keys.iter().map(|bucket| bucket.key.clone()));
    header.extend(["unallocated", "credit_notes", "disputed", "net_total"].map(str::to_owned));
    let mut rows: Vec<Vec<String>> = Vec::new();
    for row in &found.rows {
        rows.push(std::iter::once(row.account_external_id.clone()).chain(ageing_cells(&row.ageing)).collect());
    }
    for sums in &found.by_currency {
        let first = by_account.then(|| "all".to_owned());
        rows.push(first.into_iter().chain(ageing_cells(sums)).collect());
    }
    Lines { header, rows }
}

fn ageing_cells(ageing: &CurrencyAgeing) -> Vec<String> {
    let mut cells = vec![ageing.currency.as_str().to_owned(), ageing.count.to_string(), ageing.total.amount()];
    cells.extend(ageing.buckets.iter().map(|bucket| bucket.amount.amount()));
    cells.extend([ageing.unallocated, ageing.credit_notes, ageing.disputed, ageing.net_total].map(Money::amount));
    cells
}

fn kpi_lines(found: &KpisView) -> Lines {
    let header = ["currency", "figure", "value", "formula"].map(str::to_owned).to_vec();
    let of_currency = |one: &report::CurrencyKpis| {
        let currency = one.currency.as_str().to_owned();
        figures(&one.figures).map(|(name, figure)| {
            let value = figure.value.map_or_else(String::new, |value| value.to_string());
            vec![currency.clone(), name.to_owned(), value, figure.formula.to_owned()]
        })
    };
    Lines { header, rows: found.by_currency.iter().flat_map(of_currency).collect() }
}

fn figures(of: &Kpis) -> [(&'static str, &Figure); 12] {
    [
        ("overdue_ratio", &of.overdue_ratio),
        ("overdue_ratio_by_count", &of.overdue_ratio_by_count),
        ("dso_simple", &of.dso_simple),
        ("dso_best_possible", &of.dso_best_possible),
        ("average_days_delinquent", &of.average_days_delinquent),
        ("dso_countback", &of.dso_countback),
        ("cei", &of.cei),
        ("average_days_late", &of.average_days_late),
        ("average_days_late_signed", &of.average_days_late_signed),
        ("weighted_days_late", &of.weighted_days_late),
        ("weighted_days_late_signed", &of.weighted_days_late_signed),
        ("on_time_share", &of.on_time_share),
    ]
}

/// Shows the lines as a table whose columns from the number `right` on are figures, or as CSV.
fn show(lines: &Lines, format: Format, right: usize) -> Result<()> {
    if format == Format::Csv {
        return std::io::stdout().write_all(&to_csv(lines)?).map_err(Error::internal);
    }
    let header: Vec<&str> = lines.header.iter().map(String::as_str).collect();
    let mut table = table(&header, right);
    for row in &lines.rows {
        table.add_row(row);
    }
    say(&table.to_string())
}

fn to_csv(lines: &Lines) -> Result<Vec<u8>> {
    let mut out = csv::Writer::from_writer(Vec::new());
    for row in std::iter::once(&lines.header).chain(&lines.rows) {
        out.write_record(row.iter().map(|cell| harmless(cell))).map_err(Error::internal)?;
    }
    out.into_inner().map_err(|cause| Error::internal(cause.to_string()))
}

/// A cell that no spreadsheet takes for a formula: an apostrophe goes before `= + - @`, tab and CR (api.md §6). A plain negative
/// number is none, and must stay a number for whoever adds up the column.
fn harmless(cell: &str) -> String {
    let is_negative = cell
        .strip_prefix('-')
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()) && rest.bytes().all(|b| b.is_ascii_digit() || b == b'.'));
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_negative { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use recoup_engine::report::{AgeingRow, Bucket};

    #[test]
    fn no_cell_of_a_csv_is_a_formula_and_a_negative_number_stays_one() {
        for (cell, expected) in [
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("@sum(a1)", "'@sum(a1)"),
            ("-cmd|' /c calc'!a0", "'-cmd|' /c calc'!a0"),
            ("-2+3", "'-2+3"),
            ("-", "'-"),
            ("\t=1", "'\t=1"),
            ("\r=1", "'\r=1"),
            ("-12.50", "-12.50"),
            ("12.50", "12.50"),
            ("A-1", "A-1"),
            ("", ""),
        ] {
            assert_eq!(harmless(cell), expected, "{cell:?}");
        }
    }

    /// Parsed as the process does it: the settings with their global flags around the report.
    #[derive(clap::Parser)]
    struct Whole {
        #[command(subcommand)]
        line: ReportLine,
        #[command(flatten)]
        settings: crate::settings::SettingFlags,
    }

    #[test]
    fn a_report_is_narrowed_by_its_own_flag_and_a_currency_that_does_not_exist_is_refused() {
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
    fn an_ageing_by_account_ends_with_the_sums_and_every_row_is_as_wide_as_its_header() {
        let currency: Currency = "CNY".parse().unwrap();
        let money = |minor| Money::new(minor, currency);
        let bucket = |key: &str, minor| Bucket { key: key.to_owned(), count: 1, amount: money(minor) };
        let sums = CurrencyAgeing {
            currency,
            total: money(300),
            count: 2,
            buckets: vec![bucket("not_due", 100), bucket("1_30", 200)],
            unallocated: money(400),
            credit_notes: money(0),
            disputed: money(0),
            net_total: money(-100),
        };
        let row = AgeingRow {
            account_id: "acc_01h455vb4pex5vsknk084sn02q".parse().unwrap(),
            account_external_id: "=A1".into(),
            ageing: sums.clone(),
        };
        let found = AgeingView {
            as_of: NaiveDate::default(),
            currency: Some(currency),
            entity: None,
            total: Some(sums.total),
            count: sums.count,
            buckets: sums.buckets.clone(),
            unallocated: None,
            credit_notes: None,
            disputed: None,
            net_total: None,
            by_currency: vec![sums],
            rows: vec![row],
        };
        let text = |by_account| String::from_utf8(to_csv(&ageing_lines(&found, by_account)).unwrap()).unwrap();
        assert_eq!(
            text(true),
            "account,currency,items,total,not_due,1_30,unallocated,credit_notes,disputed,net_total\n\
             '=A1,CNY,2,3.00,1.00,2.00,4.00,0.00,0.00,-1.00\nall,CNY,2,3.00,1.00,2.00,4.00,0.00,0.00,-1.00\n"
        );
    }
}

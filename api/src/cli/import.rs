//! `recoup import`: a file into the local database, with a bar while it runs and a file of what was refused.

use super::open::{self, Home};
use super::show::{bar, say, say_json, table};
use super::stop_flag;
use crate::settings::Settings;
use recoup_engine::import::{self, BeginImport, FaultView, Faulty, GoOn, ImportKind, ImportOptions, ImportView};
use recoup_engine::words::code::Code;
use recoup_engine::words::error::{Error, Result};
use recoup_engine::words::page::PageOf;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

/// Refused lines read from the database at once.
const FAULTS_AT_ONCE: u64 = 10_000;

#[derive(clap::Args)]
pub(super) struct ImportLine {
    /// What the file holds
    #[arg(value_parser = super::words(ImportKind::ALL, ImportKind::as_str))]
    kind: ImportKind,
    /// The file: CSV in UTF-8 with a header line
    #[arg(value_name = "FILE.csv")]
    file: PathBuf,
    /// Make accounts that do not exist, named like their number
    #[arg(long)]
    create_accounts: bool,
    /// The tenant the file belongs to
    #[arg(long, default_value = "default")]
    tenant: String,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn import(settings: &Settings, line: &ImportLine) -> Result<()> {
    let file = File::open(&line.file).map_err(|cause| unreadable(&line.file, &cause))?;
    let home = open::home(settings, &line.tenant).await?;
    let options = ImportOptions { kind: line.kind, creates_accounts: line.create_accounts, may_set_limits: true };
    let ended = run(&home, options, file).await?;
    let rejected = write_rejected(&home, &ended, &line.file).await?;
    home.engine.store().close().await;
    if line.json {
        say_json(&ended)?;
    } else if ended.state != "failed" {
        say(&told(&ended, rejected.as_deref()))?;
    }
    match ended.state.as_str() {
        "done" => Ok(()),
        "failed" => Err(Error::new(Code::MalformedCsv, ended.detail.unwrap_or_default())),
        _ => Err(Error::new(Code::IllegalState, format!("stopped after {} lines; the same file again is harmless", ended.done))),
    }
}

/// Runs it with a bar over the bytes of the file; Ctrl-C stops it between two batches.
async fn run(home: &Home, options: ImportOptions, file: File) -> Result<ImportView> {
    let bar = bar(file.metadata().map_or(0, |found| found.len()), "{bytes}/{total_bytes}");
    let file = BufReader::with_capacity(1 << 20, bar.wrap_read(file));
    let stop = stop_flag()?;
    let shown = bar.clone();
    let go_on = move |view: &ImportView| {
        shown.set_message(format!("{} accepted, {} rejected", view.accepted, view.rejected));
        if stop.has_come() { GoOn::Never } else { GoOn::Yes }
    };
    let begun = home.engine.execute(&home.who, BeginImport { options }).await?.done;
    let ended = home.engine.run_import(&home.who, begun.id, &options, file, &go_on).await;
    bar.finish_and_clear();
    ended
}

fn told(ended: &ImportView, rejected: Option<&Path>) -> String {
    let mut table = table(&["import", "state", "lines", "accepted", "of them known", "rejected", "warnings"], 2);
    let counts = [ended.total, ended.accepted, ended.repeated, ended.rejected, ended.warnings_total];
    let counts = counts.iter().map(i64::to_string);
    table.add_row([ended.kind.to_string(), ended.state.clone()].into_iter().chain(counts));
    let mut text = table.to_string();
    for (what, faults) in [("rejected", &ended.errors), ("odd", &ended.warnings)] {
        for fault in faults.iter().take(5) {
            text.push_str(&format!("\n{what}: line {}: {}", fault.line, fault.detail));
        }
        if faults.len() > 5 {
            text.push_str(&format!("\n… and {} more", faults.len() - 5));
        }
    }
    if let Some(path) = rejected {
        text.push_str(&format!("\nevery rejected line is in {}", path.display()));
    }
    text
}

/// `FILE.rejected.csv`: each refused line with its number and reason, and the line itself. None when nothing was refused;
/// one of an earlier import is then removed, because it would lie.
async fn write_rejected(home: &Home, ended: &ImportView, file: &Path) -> Result<Option<PathBuf>> {
    let path = file.with_extension("rejected.csv");
    if ended.rejected == 0 {
        return match std::fs::remove_file(&path) {
            Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => Err(unreadable(&path, &cause)),
            _ => Ok(None),
        };
    }
    let mut faults: BTreeMap<i64, FaultView> = BTreeMap::new();
    let mut page = PageOf::first(FAULTS_AT_ONCE);
    loop {
        let found = import::faults(&home.engine.read(&home.who), ended.id, Faulty::Rejected, &page).await?;
        faults.extend(found.data.into_iter().map(|fault| (fault.line, fault)));
        match found.next {
            Some(after) => page.after = Some(after),
            None => break,
        }
    }
    let mut out = csv::Writer::from_path(&path).map_err(Error::internal)?;
    out.write_record(["line", "field", "code", "detail", "original_line"]).map_err(Error::internal)?;
    let mut lines = Lines { file: BufReader::new(File::open(file).map_err(|cause| unreadable(file, &cause))?), next: 1 };
    while let Some((number, text)) = lines.next().map_err(|cause| unreadable(file, &cause))? {
        if let Some(fault) = faults.get(&number) {
            let field = fault.field.as_deref().unwrap_or_default();
            out.write_record([number.to_string().as_str(), field, &fault.code, &fault.detail, &text]).map_err(Error::internal)?;
        }
    }
    out.flush().map_err(Error::internal)?;
    Ok(Some(path))
}

/// The lines of a CSV file as they stand, numbered like the import numbers them: a quoted line feed does not end a line.
struct Lines<R> {
    file: R,
    next: i64,
}

impl<R: BufRead> Lines<R> {
    fn next(&mut self) -> std::io::Result<Option<(i64, String)>> {
        let (number, mut bytes) = (self.next, Vec::new());
        loop {
            let before = bytes.len();
            self.file.read_until(b'\n', &mut bytes)?;
            let has_ended = bytes.len() == before;
            self.next += i64::from(!has_ended);
            let is_whole = bytes.iter().filter(|byte| **byte == b'"').count() % 2 == 0;
            if has_ended || is_whole {
                let text = String::from_utf8_lossy(&bytes);
                return Ok((!bytes.is_empty()).then(|| (number, text.trim_end_matches(['\r', '\n']).to_owned())));
            }
        }
    }
}

fn unreadable(path: &Path, cause: &std::io::Error) -> Error {
    Error::new(Code::ValidationFailed, format!("{}: {cause}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_their_numbers_and_their_text() {
        let mut lines = Lines { file: &b"a,b\r\n1,\"two\nlines\"\n\n3,x"[..], next: 1 };
        let mut seen = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            seen.push(line);
        }
        let expected = [(1, "a,b"), (2, "1,\"two\nlines\""), (4, ""), (5, "3,x")];
        assert_eq!(seen, expected.map(|(number, text)| (number, text.to_owned())));
    }
}

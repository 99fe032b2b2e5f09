//! What the command line shows: lines, tables, JSON, and bars on a terminal.

use comfy_table::{CellAlignment, Table, presets};
use indicatif::{ProgressBar, ProgressStyle};
use recoup_engine::words::error::{Error, Result};
use serde::Serialize;
use std::io::Write;

/// One line or block of output. A reader that has gone away ends the program like any other failure.
pub(super) fn say(text: &str) -> Result<()> {
    writeln!(std::io::stdout(), "{text}").map_err(Error::internal)
}

/// Something as JSON, for programs.
pub(super) fn say_json(shown: &impl Serialize) -> Result<()> {
    say(&serde_json::to_string_pretty(shown).map_err(Error::internal)?)
}

/// A table with this header. Columns from the number `figures` on are figures and stand to the right.
pub(super) fn table(header: &[&str], figures: usize) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_header(header.iter().copied());
    for column in table.column_iter_mut().skip(figures) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// A bar on stderr that is only drawn on a terminal. `counts` shows position and length.
pub(super) fn bar(length: u64, counts: &str) -> ProgressBar {
    let bar = ProgressBar::new(length);
    let shape = format!("{{wide_bar:.cyan/blue}} {counts} {{eta}} {{msg}}");
    if let Ok(style) = ProgressStyle::with_template(&shape) {
        bar.set_style(style);
    }
    bar
}

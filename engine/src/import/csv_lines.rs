//! CSV as the contract reads it: UTF-8 with or without a mark, comma, semicolon or tab found from the header, RFC 4180 quoting.

use super::ImportKind;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use csv::{ByteRecord, ReaderBuilder, Terminator};
use std::io::{BufRead, Read};

/// The longest header line that is looked at to find the delimiter.
const HEADER_BYTES_MAX: u64 = 16 * 1_024;

/// A reader of delimited lines whose header was understood.
pub type Delimited = csv::Reader<Box<dyn Read + Send>>;

/// Columns of each kind: those a file must have, then those it may have.
fn columns(kind: ImportKind) -> (&'static [&'static str], &'static [&'static str]) {
    match kind {
        ImportKind::Accounts => (
            &["external_id", "name", "currency"],
            &[
                "parent_external_id",
                "segment",
                "grade",
                "credit_limit",
                "owner",
                "region",
                "country",
                "language",
                "kind",
                "tax_id",
                "terms_days",
                "payment_mode",
                "timezone",
            ],
        ),
        ImportKind::Contacts => (&["external_id", "account_external_id", "name", "role"], &["email", "phone", "language"]),
        ImportKind::Invoices => (
            &["external_id", "account_external_id", "issued_on", "due_on", "amount", "currency"],
            &[
                "part",
                "order_external_id",
                "reference",
                "entity",
                "contract_external_id",
                "batch_no",
                "salesperson",
                "product_line",
                "paid_before",
                "last_step",
                "last_step_on",
            ],
        ),
        ImportKind::Payments => (
            &["external_id", "account_external_id", "received_on", "amount", "currency"],
            &["invoice_external_id", "reference", "entity", "method", "order_external_id", "contract_external_id"],
        ),
    }
}

/// The lines of a file, one after the other: memory does not grow with the file.
pub struct CsvLines {
    reader: Delimited,
    header: Vec<String>,
    record: ByteRecord,
}

/// One line of the file, by its number; the header is line 1.
pub struct RawLine {
    /// Its number.
    pub line: i64,
    /// Its values in the order of the header, or why it cannot be read.
    pub values: std::result::Result<Vec<String>, Error>,
}

impl CsvLines {
    /// Reads and checks the header. A file whose header is not understood is refused as a whole.
    pub fn open(kind: ImportKind, mut file: impl BufRead + Send + 'static) -> Result<Self> {
        let mut first = Vec::new();
        file.by_ref().take(HEADER_BYTES_MAX).read_until(b'\n', &mut first).map_err(Error::internal)?;
        let start = if first.starts_with(&[0xEF, 0xBB, 0xBF]) { 3 } else { 0 };
        let count = |delimiter: u8| first.iter().filter(|byte| **byte == delimiter).count();
        let delimiter = [b',', b';', b'\t'].into_iter().max_by_key(|delimiter| (count(*delimiter), *delimiter == b',')).unwrap_or(b',');
        let whole: Box<dyn Read + Send> = Box::new(std::io::Cursor::new(first.split_off(start)).chain(file));
        let mut reader = ReaderBuilder::new().delimiter(delimiter).flexible(true).terminator(Terminator::Any(b'\n')).from_reader(whole);
        let unreadable = |error: csv::Error| Error::new(Code::MalformedCsv, format!("the header cannot be read: {error}"));
        let header: Vec<String> = reader.headers().map_err(unreadable)?.iter().map(|name| name.trim().to_owned()).collect();
        check_header(kind, &header)?;
        Ok(Self { reader, header, record: ByteRecord::new() })
    }

    /// The names of the columns.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// The next line that is not blank, unless the file has ended.
    pub fn next_line(&mut self) -> Option<RawLine> {
        loop {
            let line = self.read_line()?;
            let is_blank = self.record.len() == 1 && self.record.get(0).is_some_and(|value| value.is_empty() || value == b"\r");
            if !is_blank {
                return Some(line);
            }
        }
    }

    fn read_line(&mut self) -> Option<RawLine> {
        match self.reader.read_byte_record(&mut self.record) {
            Ok(false) => None,
            Ok(true) => {
                let line = i64::try_from(self.record.position().map_or(0, csv::Position::line)).unwrap_or(0);
                Some(RawLine { line, values: self.values() })
            }
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                let values = Err(Error::new(Code::MalformedCsv, format!("the line cannot be read: {error}")));
                Some(RawLine { line: i64::try_from(line).unwrap_or(0), values })
            }
        }
    }

    fn values(&self) -> std::result::Result<Vec<String>, Error> {
        if self.record.len() != self.header.len() {
            let detail = format!("{} values where the header has {}", self.record.len(), self.header.len());
            return Err(Error::new(Code::MalformedCsv, detail));
        }
        let text = |value: &[u8]| String::from_utf8(value.to_vec()).map_err(|_| Error::new(Code::MalformedCsv, "the line is not UTF-8"));
        let mut values: Vec<String> = self.record.iter().map(text).collect::<std::result::Result<_, _>>()?;
        // Lines end at the line feed, so that they are counted right; what is left of a CR LF is dropped here.
        if let Some(last) = values.last_mut().filter(|last| last.ends_with('\r')) {
            last.pop();
        }
        Ok(values)
    }
}

fn check_header(kind: ImportKind, header: &[String]) -> Result<()> {
    let (must, may) = columns(kind);
    if let Some(missing) = must.iter().find(|name| !header.iter().any(|column| column == *name)) {
        return Err(Error::new(Code::MalformedCsv, format!("the header has no column {missing}; {kind} need {}", must.join(","))));
    }
    if let Some(unknown) = header.iter().find(|column| !must.contains(&column.as_str()) && !may.contains(&column.as_str())) {
        return Err(Error::new(Code::MalformedCsv, format!("the header has a column {unknown:?} that {kind} do not have")));
    }
    let mut sorted: Vec<&String> = header.iter().collect();
    sorted.sort();
    match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(Error::new(Code::MalformedCsv, format!("the header has the column {:?} twice", pair[0]))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(kind: ImportKind, text: &'static [u8]) -> Vec<String> {
        let mut lines = match CsvLines::open(kind, text) {
            Ok(lines) => lines,
            Err(error) => return vec![error.to_string()],
        };
        let mut told = Vec::new();
        while let Some(line) = lines.next_line() {
            told.push(format!("{}: {}", line.line, line.values.map_or_else(|error| error.to_string(), |values| values.join("|"))));
        }
        told
    }

    #[test]
    fn the_delimiter_is_found_and_the_mark_dropped() {
        for text in [
            &b"external_id,name,currency\nA,b c,CNY\n"[..],
            b"external_id;name;currency\r\nA;b c;CNY",
            b"\xEF\xBB\xBFexternal_id\tname\tcurrency\nA\tb c\tCNY\n",
        ] {
            assert_eq!(told(ImportKind::Accounts, text), ["2: A|b c|CNY"]);
        }
    }

    #[test]
    fn quotes_and_bad_lines_keep_their_numbers() {
        let text = b"external_id,name,currency\nA,\"two\nlines\",CNY\nB,b\nC,\xFF,CNY\nD,d,CNY\n";
        let told = told(ImportKind::Accounts, text);
        assert_eq!(told[0], "2: A|two\nlines|CNY");
        assert!(told[1].starts_with("4: malformed_csv: 2 values"), "{}", told[1]);
        assert!(told[2].starts_with("5: malformed_csv"), "{}", told[2]);
        assert_eq!(told[3], "6: D|d|CNY");
    }

    #[test]
    fn a_header_that_is_not_understood_refuses_the_file() {
        for (text, part) in [
            (&b"external_id,name\nA,b\n"[..], "no column currency"),
            (b"external_id,name,currency,colour\n", "\"colour\""),
            (b"external_id,name,currency,name\n", "twice"),
            (b"", "no column external_id"),
        ] {
            let told = told(ImportKind::Accounts, text);
            assert!(told[0].contains(part), "{told:?}");
        }
    }
}

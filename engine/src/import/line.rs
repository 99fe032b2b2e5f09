//! One line of a file as words of the business, and what became of it.

use super::csv_lines::RawLine;
use crate::words::code::Code;
use crate::words::day::parse_date;
use crate::words::error::{Error, Result};
use crate::words::money::{Currency, Money};
use chrono::NaiveDate;

/// A line with its values by column name.
pub(super) struct Line<'a> {
    header: &'a [String],
    values: Vec<String>,
}

/// What became of a line.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Fate {
    /// Taken.
    Accepted,
    /// The same content was taken before.
    Repeated,
    /// Refused, and why.
    Rejected(Fault),
}

/// What is wrong or odd about a line.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fault {
    pub(super) field: Option<String>,
    pub(super) code: String,
    pub(super) detail: String,
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        // Rules name the member `#/instalments/0/amount`; the column of a file is its last word.
        let field = error.faults().first().and_then(|fault| fault.pointer.rsplit('/').next().map(str::to_owned));
        Self { field, code: error.code().name().to_owned(), detail: error.detail().to_owned() }
    }
}

impl<'a> Line<'a> {
    /// The line with its values, unless it could not be read.
    pub(super) fn new(header: &'a [String], raw: RawLine) -> Result<Self> {
        let values = raw.values?;
        if let Some(at) = values.iter().position(|value| value.contains(char::is_control)) {
            let column = header.get(at).map_or("", String::as_str);
            return Err(Error::new(Code::ValidationFailed, "text holds no control characters").at(format!("#/{column}")));
        }
        Ok(Self { header, values })
    }

    /// The value of a column; none when the column is absent or blank.
    pub(super) fn text(&self, column: &str) -> Option<&str> {
        let at = self.header.iter().position(|name| name == column)?;
        self.values.get(at).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A value as owned text.
    pub(super) fn owned(&self, column: &str) -> Option<String> {
        self.text(column).map(str::to_owned)
    }

    /// A value that must be there.
    pub(super) fn required(&self, column: &str) -> Result<&str> {
        self.text(column).ok_or_else(|| Error::new(Code::MissingField, format!("{column} is missing")).at(format!("#/{column}")))
    }

    /// A date that must be there.
    pub(super) fn date(&self, column: &str) -> Result<NaiveDate> {
        parse_date(self.required(column)?).map_err(|error| error.at(format!("#/{column}")))
    }

    /// A date that may be there.
    pub(super) fn optional_date(&self, column: &str) -> Result<Option<NaiveDate>> {
        self.text(column).map(|text| parse_date(text).map_err(|error| error.at(format!("#/{column}")))).transpose()
    }

    /// A whole number that may be there.
    pub(super) fn optional_number(&self, column: &str) -> Result<Option<i64>> {
        let refused = |_| Error::new(Code::ValidationFailed, format!("{column} is a whole number")).at(format!("#/{column}"));
        self.text(column).map(|text| text.parse().map_err(refused)).transpose()
    }

    /// One of a closed list of words that may be there.
    pub(super) fn optional_word<T: std::str::FromStr<Err = Error>>(&self, column: &str) -> Result<Option<T>> {
        self.text(column).map(|text| text.parse().map_err(|error: Error| error.at(format!("#/{column}")))).transpose()
    }

    /// The currency of the line.
    pub(super) fn currency(&self) -> Result<Currency> {
        self.required("currency")?.parse().map_err(|error: Error| error.at("#/currency"))
    }

    /// The amount of the line, in its currency.
    pub(super) fn amount(&self) -> Result<Money> {
        Money::parse(self.required("amount")?, self.currency()?).map_err(|error| error.at("#/amount"))
    }

    /// An amount that may be there, in the line's currency.
    pub(super) fn optional_amount(&self, column: &str) -> Result<Option<Money>> {
        let currency = self.currency()?;
        self.text(column).map(|text| Money::parse(text, currency).map_err(|error| error.at(format!("#/{column}")))).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_control_character_is_refused_with_its_column() {
        let header = ["external_id".to_owned(), "reference".to_owned()];
        let line = |text: &str| RawLine { line: 2, values: Ok(vec!["I1".to_owned(), text.to_owned()]) };
        assert!(Line::new(&header, line("合同 7")).is_ok());
        for odd in ["a\u{0}", "a\u{1b}b", "a\nb"] {
            let fault = Fault::from(Line::new(&header, line(odd)).err().unwrap());
            assert_eq!((fault.field.as_deref(), fault.code.as_str()), (Some("reference"), "validation_failed"), "{odd:?}");
        }
    }
}

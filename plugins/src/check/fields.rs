//! Reads the maps a test gives: each field by its name in a script, and a misspelt one is an error.

use crate::diagnostic::did_you_mean;
use crate::words::date::Date;
use crate::words::money::Money;
use crate::words::table::{Fallible, raise};
use chrono::NaiveDate;
use recoup_engine::words::money as engine;
use rhai::{Dynamic, Map};
use rust_decimal::Decimal;

/// The fields of one thing, taken out one by one.
pub(super) struct Fields {
    what: &'static str,
    map: Map,
    asked: Vec<&'static str>,
}

impl Fields {
    pub(super) fn of(what: &'static str, map: Map) -> Self {
        Self { what, map, asked: Vec::new() }
    }

    fn take(&mut self, name: &'static str) -> Option<Dynamic> {
        self.asked.push(name);
        self.map.remove(name).filter(|value| !value.is_unit())
    }

    fn wrong<T>(&self, name: &str, wanted: &str) -> Fallible<T> {
        raise(format!("{}.{name} is {wanted}", self.what))
    }

    pub(super) fn money(&mut self, name: &'static str) -> Fallible<Option<engine::Money>> {
        let Some(value) = self.take(name) else { return Ok(None) };
        match value.try_cast::<Money>() {
            Some(money) => money.rounded().map(Some),
            None => self.wrong(name, "an amount, money(\"9000\", \"CNY\")"),
        }
    }

    pub(super) fn date(&mut self, name: &'static str) -> Fallible<Option<NaiveDate>> {
        let Some(value) = self.take(name) else { return Ok(None) };
        match value.clone().try_cast::<Date>() {
            Some(date) => Ok(Some(date.0)),
            None => match value.into_immutable_string() {
                Ok(text) => crate::words::date::parse(&text).map(|date| Some(date.0)),
                Err(_) => self.wrong(name, "a date, date(\"2026-02-01\")"),
            },
        }
    }

    pub(super) fn int(&mut self, name: &'static str) -> Fallible<Option<i64>> {
        let Some(value) = self.take(name) else { return Ok(None) };
        value.as_int().map_or_else(|_| self.wrong(name, "a whole number"), |number| Ok(Some(number)))
    }

    pub(super) fn truth(&mut self, name: &'static str) -> Fallible<Option<bool>> {
        let Some(value) = self.take(name) else { return Ok(None) };
        value.as_bool().map_or_else(|_| self.wrong(name, "true or false"), |truth| Ok(Some(truth)))
    }

    pub(super) fn text(&mut self, name: &'static str) -> Fallible<Option<String>> {
        let Some(value) = self.take(name) else { return Ok(None) };
        value.into_string().map_or_else(|_| self.wrong(name, "a text"), |text| Ok(Some(text)))
    }

    pub(super) fn texts(&mut self, name: &'static str) -> Fallible<Option<Vec<String>>> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let Ok(list) = value.into_array() else { return self.wrong(name, "a list of texts") };
        let texts: Result<Vec<String>, _> = list.into_iter().map(Dynamic::into_string).collect();
        texts.map_or_else(|_| self.wrong(name, "a list of texts"), |texts| Ok(Some(texts)))
    }

    /// A share like 0.95, as basis points.
    pub(super) fn share(&mut self, name: &'static str) -> Fallible<Option<i64>> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let share = value.as_decimal().or_else(|_| value.as_int().map(Decimal::from));
        let bps = share.ok().and_then(|share| i64::try_from((share * Decimal::from(10_000)).round()).ok());
        bps.map_or_else(|| self.wrong(name, "a share from 0 to 1"), |bps| Ok(Some(bps)))
    }

    /// A whole or decimal number.
    pub(super) fn number(&mut self, name: &'static str) -> Fallible<Option<Decimal>> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let number = value.as_decimal().or_else(|_| value.as_int().map(Decimal::from));
        number.map_or_else(|_| self.wrong(name, "a number"), |number| Ok(Some(number)))
    }

    pub(super) fn maps(&mut self, name: &'static str) -> Fallible<Option<Vec<Map>>> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let maps =
            value.into_array().ok().and_then(|list| list.into_iter().map(rhai::Dynamic::try_cast::<Map>).collect::<Option<Vec<Map>>>());
        maps.map_or_else(|| self.wrong(name, "a list of maps"), |maps| Ok(Some(maps)))
    }

    pub(super) fn map(&mut self, name: &'static str) -> Fallible<Option<Map>> {
        let Some(value) = self.take(name) else { return Ok(None) };
        value.try_cast::<Map>().map_or_else(|| self.wrong(name, "a map"), |map| Ok(Some(map)))
    }

    /// Nothing may be left: it would be a misspelt field.
    pub(super) fn end(self) -> Fallible<()> {
        match self.map.keys().next() {
            None => Ok(()),
            Some(odd) => {
                let hint = did_you_mean(odd, self.asked.iter().copied()).map_or_else(String::new, |hint| format!(": {hint}"));
                raise(format!("{} has no field {odd}{hint}", self.what))
            }
        }
    }
}

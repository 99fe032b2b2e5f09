//! What a notice says: the policy's letters or a plugin's template, filled with the engine's own figures (plugins.md §3, G-TRUTH).

use super::grounds::Grounds;
use super::rows::{notice, notice_line};
use super::supply;
use crate::doors::store::columns::Payload;
use crate::hold::rows::supply_stop;
use crate::invoice::rows::instalment;
use crate::offer::rows::offer;
use crate::policy::letters::{fill, letter};
use crate::words::asked::PluginSet;
use crate::words::money::Money;
use crate::words::rate::Rate;
use crate::words::text::Bilingual;
use chrono::NaiveDate;
use rust_decimal::Decimal;

/// Everything a letter may name.
pub(super) struct Told<'a> {
    pub(super) row: &'a notice::Model,
    pub(super) account: &'a str,
    pub(super) contact: Option<&'a str>,
    /// What it asks for, each line with its item.
    pub(super) lines: Vec<(&'a notice_line::Model, Option<&'a instalment::Model>)>,
    pub(super) offer: Option<&'a offer::Model>,
    /// The stop of supply it tells of.
    pub(super) stop: Option<&'a supply_stop::Model>,
    /// What its items stand on.
    pub(super) grounds: &'a Grounds,
}

/// A letter as it leaves the house.
pub(super) struct Letter {
    pub(super) subject: String,
    pub(super) body: String,
}

impl Told<'_> {
    /// The letter in the notice's language. One whose template is not there any more says so by its key.
    pub(super) fn letter(&self, set: &dyn PluginSet) -> Letter {
        let row = self.row;
        let shipped = if self.stop.is_some() { Some(supply::letter()) } else { letter(&row.template) };
        let (subject, body) = match shipped {
            Some(known) => (known.subject.in_language(&row.language).to_owned(), known.body.in_language(&row.language).to_owned()),
            None => split(&set.template(&row.template, &row.language).unwrap_or_else(|| format!("{}\n\n{{{{ items }}}}", row.template))),
        };
        let value = |name: &str| self.value(name);
        let mut body = fill(&body, value);
        // A template of a plugin names the words where they belong; a letter of ours has them at its end.
        if !row.template.contains('/') {
            let words = row.variables.iter().flat_map(|Payload(by_plugin)| by_plugin.values().flat_map(|words| words.values()));
            let lines: Vec<&str> = words.map(String::as_str).collect();
            if !lines.is_empty() {
                body = format!("{body}\n\n{}", lines.join("\n"));
            }
        }
        Letter { subject: fill(&subject, value), body }
    }

    /// `plugin.name`: a word that a plugin added; nothing where it did not.
    fn variable(&self, name: &str) -> Option<String> {
        let (plugin, name) = name.split_once('.')?;
        let word = self.row.variables.as_ref().and_then(|Payload(by_plugin)| by_plugin.get(plugin)?.get(name));
        Some(word.cloned().unwrap_or_default())
    }

    fn is_chinese(&self) -> bool {
        self.row.language.to_ascii_lowercase().starts_with("zh")
    }

    fn value(&self, name: &str) -> Option<String> {
        let row = self.row;
        match name {
            "account" => Some(self.account.to_owned()),
            "contact_name" => Some(self.contact.unwrap_or(self.account).to_owned()),
            "amount" => Some(Money::new(row.amount_minor - row.credit_minor, row.currency).to_string()),
            "items" => Some(if row.template.contains('/') { self.numbers() } else { self.list() }),
            "days" => Some(self.lines.iter().map(|(line, _)| line.days_past_due).max().unwrap_or(0).to_string()),
            "entity" => Some(row.entity.clone()),
            "answer_by" => Some(row.answer_by.to_string()),
            "due_on" => self.lines.iter().filter_map(|(_, item)| item.map(|item| item.due_on)).min().map(|day| day.to_string()),
            "grounds" => Some(self.told_grounds()),
            "pay_by" => self.offer.map(|offer| offer.pay_by.to_string()),
            "discount" => self.offer.map(|offer| Money::new(offer.discount_minor, offer.currency).to_string()),
            "rate" => self.offer.and_then(|offer| percent(&offer.rate)),
            name => {
                let amount = Money::new(row.amount_minor, row.currency).to_string();
                let of_stop = self.stop.and_then(|stop| supply::value(stop, name, &amount, &row.language));
                of_stop.or_else(|| self.variable(name))
            }
        }
    }

    /// Invoice numbers in a row, for a sentence.
    fn numbers(&self) -> String {
        let numbers: Vec<&str> = self.lines.iter().map(|(line, _)| line.invoice_external_id.as_str()).collect();
        numbers.join(if self.is_chinese() { "、" } else { ", " })
    }

    /// A line for each item with its invoice, the clause of its contract and the proof of delivery.
    fn told_grounds(&self) -> String {
        let told = |item: &instalment::Model| self.grounds.told(item, self.row.created_on).in_language(&self.row.language).to_owned();
        let lines: Vec<String> = self.lines.iter().filter_map(|(_, item)| item.map(told)).collect();
        lines.join("\n")
    }

    /// A line for each item, and one for the customer's own credit (decision 6).
    fn list(&self) -> String {
        let mut lines: Vec<String> = self.lines.iter().map(|(line, item)| self.item(line, item.map(|item| item.due_on))).collect();
        if self.row.credit_minor > 0 {
            let credit = Money::new(-self.row.credit_minor, self.row.currency);
            let text = Bilingual::new(format!("- Your credit with us: {credit}"), format!("- 贵方预收余额：{credit}"));
            lines.push(text.in_language(&self.row.language).to_owned());
        }
        lines.join("\n")
    }

    fn item(&self, line: &notice_line::Model, due_on: Option<NaiveDate>) -> String {
        let (number, amount) = (&line.invoice_external_id, Money::new(line.amount_minor, line.currency));
        let due = due_on.map_or_else(String::new, |day| day.to_string());
        let text = if line.days_past_due > 0 {
            let days = line.days_past_due;
            Bilingual::new(
                format!("- {number}, due {due}, {days} days past due: {amount}"),
                format!("- {number}，到期日 {due}，逾期 {days} 天：{amount}"),
            )
        } else {
            Bilingual::new(format!("- {number}, due {due}: {amount}"), format!("- {number}，到期日 {due}：{amount}"))
        };
        text.in_language(&self.row.language).to_owned()
    }
}

/// `0.0150` is `1.5 %`.
fn percent(rate: &str) -> Option<String> {
    let rate: Rate = rate.parse().ok()?;
    rate.0.checked_mul(Decimal::ONE_HUNDRED).map(|percent| format!("{} %", percent.normalize()))
}

/// A template's first line is its subject where it says so.
fn split(text: &str) -> (String, String) {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let subject = ["Subject:", "主题：", "主题:"].iter().find_map(|word| first.strip_prefix(word));
    match subject {
        Some(subject) => (subject.trim().to_owned(), rest.trim_start().to_owned()),
        None => (String::new(), text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_says_its_subject_on_its_first_line_or_has_none() {
        for (text, subject, body) in [
            ("Subject: Pay\n\nDear all", "Pay", "Dear all"),
            ("主题：付款\n\n您好", "付款", "您好"),
            ("Dear all\nplease pay", "", "Dear all\nplease pay"),
        ] {
            assert_eq!(split(text), (subject.to_owned(), body.to_owned()));
        }
        assert_eq!(percent("0.0150").as_deref(), Some("1.5 %"));
    }
}

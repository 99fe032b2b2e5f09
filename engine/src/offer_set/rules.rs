//! Which three proposals make a set, how long it stands, and which of them may still be chosen.

use super::{OfferOption, OfferPurpose, OfferSetState, OptionKind};
use crate::words::code::Code;
use crate::words::day::days_between;
use crate::words::error::{Error, Fault, Result};
use crate::words::money::{Currency, Money};
use crate::words::text::line_fault;
use chrono::NaiveDate;

/// The most days a set stands: our own figure, a quarter. Who needs longer makes a new one on the figures of then.
pub const VALID_DAYS_MAX: i64 = 90;
/// The most payments of a settlement.
pub const PAYMENTS_MAX: usize = 12;
/// The most characters of what is said beside a proposal, in each language.
pub const TEXT_CHARS_MAX: usize = 500;

/// The order in which a customer reads them, as A, B and C: the anchor first, what we want beside it, the least we accept last. It never
/// changes, so that the order they were sent in tells nothing.
pub const LETTER_ORDER: [(&str, OptionKind); 3] = [("A", OptionKind::Reference), ("B", OptionKind::Best), ("C", OptionKind::Base)];

/// Where a set stands on a day. An unanswered request for a second person ends after its last day, and the set is as it was before the
/// choice; a set nobody chose from ends after its own.
pub fn state_on(written: OfferSetState, valid_to: NaiveDate, answer_by: Option<NaiveDate>, today: NaiveDate) -> OfferSetState {
    let unchosen = if today > valid_to { OfferSetState::Expired } else { OfferSetState::Open };
    match written {
        OfferSetState::Open | OfferSetState::Expired => unchosen,
        OfferSetState::Chosen if answer_by.is_some_and(|day| today > day) => unchosen,
        OfferSetState::Chosen | OfferSetState::Agreed | OfferSetState::Refused | OfferSetState::Withdrawn => written,
    }
}

/// Is this the last day of a set that is made today?
pub fn check_valid_to(valid_to: NaiveDate, today: NaiveDate) -> Result<()> {
    let days = days_between(today, valid_to);
    if (0..=VALID_DAYS_MAX).contains(&days) {
        return Ok(());
    }
    let detail = if days < 0 { format!("{valid_to} has passed") } else { format!("a set stands for at most {VALID_DAYS_MAX} days") };
    Err(Error::new(Code::ValidationFailed, detail).at("#/valid_to"))
}

/// What a settlement is measured by.
#[derive(Clone, Copy, Debug)]
pub struct Owed {
    /// What is open on its invoices.
    pub open: Money,
    /// The day it is made.
    pub today: NaiveDate,
}

/// Refuses proposals that are no set: not one of each kind, two that come to the same, or in an order in which the base would not be the
/// least we accept. Tells all faults at once. `owed` is there for a settlement.
pub fn check_options(options: &[OfferOption], purpose: OfferPurpose, owed: Option<Owed>) -> Result<()> {
    let mut faults = Faults::default();
    check_kinds(options, &mut faults);
    for (at, option) in options.iter().enumerate() {
        for name in option.strangers(purpose) {
            faults.add(format!("#/options/{at}/{name}"), Code::ValidationFailed, format!("this is not said in a set about {purpose}"));
        }
        check_text(at, option, &mut faults);
        match (purpose, owed) {
            (OfferPurpose::Terms, _) if option.due_days().is_none() => {
                faults.add(format!("#/options/{at}/terms/due_days"), Code::MissingField, "a proposal says the days to pay");
            }
            (OfferPurpose::Settlement, Some(owed)) => check_payments(at, option, owed, &mut faults),
            (OfferPurpose::Terms | OfferPurpose::Settlement, _) => {}
        }
        if options[..at].iter().any(|before| before.is_same(option)) {
            faults.add(format!("#/options/{at}"), Code::ValidationFailed, "this comes to the same as another proposal");
        }
    }
    if faults.0.is_empty() {
        check_order(options, purpose, &mut faults);
    }
    if faults.0.is_empty() { Ok(()) } else { Err(Error::all(faults.0)) }
}

/// Refuses a choice that would break its own words: a first payment on a day that has passed when the customer chose.
pub fn check_first_payment(option: &OfferOption, chosen_on: NaiveDate) -> Result<()> {
    match option.pay.first() {
        Some(first) if first.on < chosen_on => {
            Err(Error::new(Code::IllegalState, format!("its first payment was to come by {}", first.on)).at("#/option"))
        }
        Some(_) | None => Ok(()),
    }
}

/// What is waived when a proposal is kept: what is open less what it brings.
pub fn concession(option: &OfferOption, open: Money) -> Result<Money> {
    open.checked_sub(Money::from_sum(option.total_minor(), open.currency())?)
}

#[derive(Default)]
struct Faults(Vec<Fault>);

impl Faults {
    fn add(&mut self, pointer: String, code: Code, detail: impl Into<String>) {
        self.0.push(Fault { pointer, code, detail: detail.into() });
    }
}

fn check_kinds(options: &[OfferOption], faults: &mut Faults) {
    let count = |kind: &OptionKind| options.iter().filter(|option| option.kind == *kind).count();
    if options.len() != OptionKind::ALL.len() || OptionKind::ALL.iter().any(|kind| count(kind) != 1) {
        let known: Vec<&str> = OptionKind::ALL.iter().map(|kind| kind.as_str()).collect();
        faults.add("#/options".to_owned(), Code::ValidationFailed, format!("a set has three proposals, one of each: {}", known.join(", ")));
    }
}

fn check_text(at: usize, option: &OfferOption, faults: &mut Faults) {
    let Some(text) = &option.text else { return };
    for (language, said) in [("en", &text.en), ("zh-CN", &text.zh)] {
        faults.0.extend(line_fault(&format!("#/options/{at}/text/{language}"), said, TEXT_CHARS_MAX));
    }
}

fn check_payments(at: usize, option: &OfferOption, owed: Owed, faults: &mut Faults) {
    let pay = format!("#/options/{at}/pay");
    if !(1..=PAYMENTS_MAX).contains(&option.pay.len()) {
        return faults.add(pay, Code::ValidationFailed, format!("a settlement has 1 to {PAYMENTS_MAX} payments"));
    }
    let before = faults.0.len();
    let mut earliest = owed.today;
    for (no, line) in option.pay.iter().enumerate() {
        if line.amount.currency() != owed.open.currency() {
            faults.add(format!("{pay}/{no}/amount"), Code::CurrencyMismatch, "a payment is in the currency of the invoices");
        } else if !line.amount.is_positive() {
            faults.add(format!("{pay}/{no}/amount"), Code::AmountOutOfRange, "a payment is more than zero");
        }
        if line.on < owed.today {
            faults.add(format!("{pay}/{no}/on"), Code::ValidationFailed, format!("{} has passed", line.on));
        } else if line.on < earliest || (no > 0 && line.on == earliest) {
            faults.add(format!("{pay}/{no}/on"), Code::ValidationFailed, "each payment is on a later day than the one before");
        }
        earliest = earliest.max(line.on);
    }
    if faults.0.len() == before && option.total_minor() > i128::from(owed.open.minor()) {
        faults.add(pay, Code::AmountOutOfRange, format!("more than the {} that is open", owed.open));
    }
}

/// The base is the least we accept: the other two bring no less money, or bring it no later.
fn check_order(options: &[OfferOption], purpose: OfferPurpose, faults: &mut Faults) {
    let Some(base) = options.iter().find(|option| option.kind == OptionKind::Base) else { return };
    for (at, option) in options.iter().enumerate() {
        match purpose {
            OfferPurpose::Terms if option.due_days() > base.due_days() => {
                let detail = format!("the {} leaves the customer no more days to pay than the base", option.kind);
                faults.add(format!("#/options/{at}/terms/due_days"), Code::ValidationFailed, detail);
            }
            OfferPurpose::Settlement if option.total_minor() < base.total_minor() => {
                faults.add(
                    format!("#/options/{at}/pay"),
                    Code::ValidationFailed,
                    format!("the {} brings no less money than the base", option.kind),
                );
            }
            OfferPurpose::Terms | OfferPurpose::Settlement => {}
        }
    }
}

/// One currency and one legal entity of ours: what is settled together is one debt.
pub fn check_one_debt<'a>(invoices: impl Iterator<Item = (Currency, &'a str)>) -> Result<()> {
    let mut first: Option<(Currency, &str)> = None;
    for (at, (currency, entity)) in invoices.enumerate() {
        let pointer = format!("#/invoice_external_ids/{at}");
        match first {
            None => first = Some((currency, entity)),
            Some((known, _)) if known != currency => {
                return Err(Error::new(Code::CurrencyMismatch, format!("the first invoice is in {known}")).at(pointer));
            }
            Some((_, known)) if known != entity => {
                return Err(Error::new(Code::EntityMismatch, format!("the first invoice belongs to {known}")).at(pointer));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;

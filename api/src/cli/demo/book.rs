//! The demo company's book of 2025: about sixty customers that pay in six different ways, made anew each time and always the same.

use chrono::{Datelike, Days, NaiveDate, Weekday};
use std::fmt::Write;

/// Customers of the demo.
const CUSTOMERS: usize = 60;

/// The book as the CSV files an ERP would send.
pub(super) struct Book {
    pub(super) accounts: String,
    pub(super) contacts: String,
    pub(super) invoices: String,
    pub(super) payments: String,
}

/// How a customer pays: days around the due date, their scatter, and how many of a hundred invoices it never pays.
struct Payer {
    grade: &'static str,
    late: i64,
    scatter: i64,
    never: u64,
    weight: u64,
}

const PAYERS: [Payer; 6] = [
    Payer { grade: "AAA", late: -2, scatter: 3, never: 0, weight: 34 },
    Payer { grade: "A", late: 8, scatter: 5, never: 0, weight: 28 },
    Payer { grade: "A", late: 15, scatter: 8, never: 1, weight: 16 },
    Payer { grade: "B", late: 35, scatter: 15, never: 4, weight: 12 },
    Payer { grade: "C", late: 80, scatter: 30, never: 15, weight: 7 },
    Payer { grade: "C", late: 120, scatter: 40, never: 55, weight: 3 },
];

const FIRST: [&str; 12] =
    ["蓝湖", "东方", "启明", "瑞丰", "恒达", "北辰", "Harbour", "Northwind", "Evergreen", "Silverline", "Juniper", "Granite"];
const SECOND: [&str; 5] = ["贸易有限公司", "机械有限公司", "食品有限公司", "科技有限公司", "建材有限公司"];
const SECOND_EN: [&str; 5] = ["Trading Co.", "Machinery Co.", "Foods Co.", "Technology Co.", "Building Supplies Co."];
const SEGMENTS: [&str; 3] = ["dealer", "retail", "industry"];
const OWNERS: [&str; 3] = ["li.na", "wang.wei", "chen.jie"];

/// A small generator of our own, so that the demo is the same on every machine (splitmix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, most: u64) -> u64 {
        self.next() % most.max(1)
    }

    fn around(&mut self, middle: i64, scatter: i64) -> i64 {
        let span = u64::try_from(2 * scatter + 1).unwrap_or(1);
        middle - scatter + i64::try_from(self.below(span)).unwrap_or(0)
    }

    fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        let at = usize::try_from(self.below(u64::try_from(list.len()).unwrap_or(1))).unwrap_or(0);
        &list[at]
    }

    fn payer(&mut self) -> &'static Payer {
        let mut left = self.below(PAYERS.iter().fold(0, |sum, payer| sum + payer.weight));
        PAYERS
            .iter()
            .find(|payer| {
                let is_it = left < payer.weight;
                left = left.saturating_sub(payer.weight);
                is_it
            })
            .unwrap_or(&PAYERS[0])
    }
}

fn money(minor: u64) -> String {
    format!("{}.{:02}", minor / 100, minor % 100)
}

fn later(day: NaiveDate, days: i64) -> NaiveDate {
    let size = Days::new(days.unsigned_abs());
    let moved = if days < 0 { day.checked_sub_days(size) } else { day.checked_add_days(size) };
    moved.unwrap_or(day)
}

/// Money comes on weekdays.
fn bank_day(day: NaiveDate) -> NaiveDate {
    match day.weekday() {
        Weekday::Sat => later(day, 2),
        Weekday::Sun => later(day, 1),
        Weekday::Mon | Weekday::Tue | Weekday::Wed | Weekday::Thu | Weekday::Fri => day,
    }
}

impl Book {
    /// The book from the first to the last day of the year: invoices of the whole year, and the money that came in it.
    pub(super) fn of_year(first: NaiveDate, last: NaiveDate) -> Self {
        let mut dice = Dice(2025);
        let mut book = Self {
            accounts: "external_id,name,currency,segment,grade,credit_limit,owner,country,language,terms_days\n".to_owned(),
            contacts: "external_id,account_external_id,name,role,email,phone,language\n".to_owned(),
            invoices: "external_id,account_external_id,issued_on,due_on,amount,currency,part,contract_external_id,reference\n".to_owned(),
            payments: "external_id,account_external_id,received_on,amount,currency,invoice_external_id,reference\n".to_owned(),
        };
        for no in 1..=CUSTOMERS {
            book.add_customer(no, &mut dice, first, last);
        }
        book
    }

    fn add_customer(&mut self, no: usize, dice: &mut Dice, first: NaiveDate, last: NaiveDate) {
        let payer = dice.payer();
        let name = FIRST[no % FIRST.len()];
        let is_english = name.is_ascii();
        let second = if is_english { SECOND_EN[no % 5] } else { SECOND[no % 5] };
        let (language, country) = if is_english { ("en", "GB") } else { ("zh-CN", "CN") };
        let terms = *dice.pick(&[30_i64, 30, 45, 60]);
        let typical = 80_000 + dice.below(900_000);
        let limit = if no.is_multiple_of(11) { "none".to_owned() } else { money(typical * 6) };
        let account = format!("K{no:04}");
        let (segment, owner) = (dice.pick(&SEGMENTS), dice.pick(&OWNERS));
        // Writing to a String cannot fail.
        let _ =
            writeln!(self.accounts, "{account},{name} {second},CNY,{segment},{},{limit},{owner},{country},{language},{terms}", payer.grade);
        if !no.is_multiple_of(9) {
            let _ =
                writeln!(self.contacts, "{account}-1,{account},Accounts payable,payer,ap@k{no:04}.example,+86 21 5550 {no:04},{language}");
        }
        let count = 4 + dice.below(14);
        for at in 1..=count {
            self.add_invoice(&account, at, payer, terms, typical, dice, first, last);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one line of a generator: everything it says is about this invoice")]
    fn add_invoice(
        &mut self,
        account: &str,
        at: u64,
        payer: &Payer,
        terms: i64,
        typical: u64,
        dice: &mut Dice,
        first: NaiveDate,
        last: NaiveDate,
    ) {
        let issued = later(first, i64::try_from(dice.below(350)).unwrap_or(0));
        let total = typical / 2 + dice.below(typical);
        // One invoice in eight belongs to a contract and is billed in three parts.
        let parts: &[(&str, u64, i64)] =
            if at.is_multiple_of(8) { &[("first", 30, 0), ("middle", 60, 30), ("tail", 10, 90)] } else { &[("whole", 100, 0)] };
        for (part, share, lag) in parts {
            let number = if parts.len() == 1 { format!("{account}-{at:03}") } else { format!("{account}-{at:03}-{part}") };
            let contract = if parts.len() == 1 { String::new() } else { format!("V-{account}-{at}") };
            let (issued, minor) = (later(issued, *lag), total * share / 100);
            if issued > last {
                continue;
            }
            let due = later(issued, terms);
            let _ = writeln!(self.invoices, "{number},{account},{issued},{due},{},CNY,{part},{contract},PO-{account}-{at}", money(minor));
            if dice.below(100) < payer.never {
                continue;
            }
            let paid_on = bank_day(later(due, dice.around(payer.late, payer.scatter)).max(issued));
            if paid_on <= last {
                // One payer in ten does not say what the money is for.
                let named = if dice.below(10) == 0 { "" } else { number.as_str() };
                let _ = writeln!(self.payments, "P-{number},{account},{paid_on},{},CNY,{named},{number}", money(minor));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_book_is_always_the_same_and_has_no_money_from_the_future() {
        let year = || Book::of_year(NaiveDate::from_ymd_opt(2025, 1, 1).unwrap(), NaiveDate::from_ymd_opt(2025, 12, 31).unwrap());
        let (book, again) = (year(), year());
        assert_eq!(book.payments, again.payments);
        assert_eq!(book.accounts.lines().count(), CUSTOMERS + 1);
        assert!(book.invoices.lines().count() > 300 && book.payments.lines().count() > 200);
        assert!(book.payments.lines().skip(1).all(|line| line.split(',').nth(2).unwrap() <= "2025-12-31"));
    }
}

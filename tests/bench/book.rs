//! A book of receivables to measure with: the same number of accounts and invoices gives the same files every time.

use std::fmt::Write as _;

/// How many invoices each account has.
pub const INVOICES_EACH: u64 = 5;

/// `external_id,name,currency,…` for so many accounts.
pub fn accounts(count: u64) -> String {
    let mut csv = String::from("external_id,name,currency,credit_limit\n");
    for no in 0..count {
        let _ = writeln!(csv, "A{no:07},Customer {no},CNY,100000000.00");
    }
    csv
}

/// [`INVOICES_EACH`] invoices for each account, due between `2025-11-01` and `2026-02-28`, issued 30 days before.
pub fn invoices(accounts: u64) -> String {
    let mut csv = String::from("external_id,account_external_id,issued_on,due_on,amount,currency\n");
    let first = chrono::NaiveDate::from_ymd_opt(2025, 11, 1).expect("a date that exists");
    for no in 0..accounts * INVOICES_EACH {
        let (account, day) = (no / INVOICES_EACH, no.wrapping_mul(2_654_435_761) % 120);
        let due = first + chrono::Days::new(day);
        let issued = due - chrono::Days::new(30);
        let _ = writeln!(csv, "I{no:08},A{account:07},{issued},{due},{}.{:02},CNY", 100 + no % 9_000, no % 100);
    }
    csv
}

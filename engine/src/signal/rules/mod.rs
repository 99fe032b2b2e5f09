//! What may not be written down, and what behaviour tells.

pub mod behaviour;

/// Digits from which on a number is that of a bank account and no invoice.
const ACCOUNT_DIGITS: usize = 12;
/// Groups of fewer digits belong to dates and amounts.
const GROUP_DIGITS: usize = 3;

/// Does this text name a bank account? Digits count as one number across blanks and hyphens, as people write them.
pub fn names_bank_account(text: &str) -> bool {
    let (mut digits, mut group) = (0, 0);
    text.chars().any(|c| {
        (digits, group) = match c {
            '0'..='9' => (digits + 1, group + 1),
            ' ' | '-' if group == 0 || group >= GROUP_DIGITS => (digits, 0),
            _ => (0, 0),
        };
        digits >= ACCOUNT_DIGITS
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_a_bank_account_is_seen_however_it_is_written() {
        for (text, is_one) in [
            ("won the tender of the city, notice 2026-118", false),
            ("invoice 20260301, 1,200.00 due", false),
            ("between 2026-03-01 - 2026-03-31", false),
            ("money came to 6222 0202 0001 2345 678", true),
            ("account 6222-0202-0001", true),
            ("123456789012", true),
            ("12345678901", false),
        ] {
            assert_eq!(names_bank_account(text), is_one, "{text}");
        }
    }
}

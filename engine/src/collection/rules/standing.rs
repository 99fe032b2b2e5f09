//! How late an account is and what may be asked for: the figures a case shows.

use super::chase::Book;
use crate::policy::Policy;
use crate::words::facts::Facts;
use crate::words::money::Money;

/// What a case stands for on a day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Days past due of the oldest item that is chased; 0 when none is overdue (decision 42).
    pub days_past_due: i64,
    /// Overdue and chased, a sum for each currency: open, less disputed shares, less the customer's own credit (decision 6).
    pub overdue: Vec<Money>,
}

/// The figures of a case as of `facts.today`.
pub fn standing(facts: &Facts, policy: &Policy) -> Standing {
    let book = Book::of(facts, policy);
    let mut overdue: Vec<Money> = Vec::new();
    for at in book.overdue() {
        let currency = book.groups[book.items[at].group].currency;
        let chased = book.chase(at);
        match overdue.iter_mut().find(|sum| sum.currency() == currency) {
            Some(sum) => *sum = Money::new(sum.minor().saturating_add(chased), currency),
            None => overdue.push(Money::new(chased, currency)),
        }
    }
    Standing { days_past_due: book.days_past_due(), overdue }
}

//! Who may not buy on open account, whatever the credit limit says: an account without an approved review, and a grade that pays first
//! (CF-01, CF-02, GR-12). Goods still ship against money that is there.

use super::table::{GradeTable, Terms};
use crate::account::AccountState;
use serde::{Deserialize, Serialize};

/// Why an account pays first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum PaysFirst {
    /// No credit review approved it.
    State {
        /// How far it has come.
        state: AccountState,
    },
    /// Its grade buys against prepayment.
    Grade {
        /// The grade.
        grade: String,
    },
}

/// Does this account pay first, and why? A state nobody knows is not approved.
pub fn pays_first(state: &str, grade: Option<&str>, table: &GradeTable) -> Option<PaysFirst> {
    match state.parse().unwrap_or(AccountState::UnderReview) {
        AccountState::Approved => {
            let rule = grade.and_then(|grade| table.rule(grade)).filter(|rule| rule.terms == Terms::Prepay)?;
            Some(PaysFirst::Grade { grade: rule.grade.clone() })
        }
        state @ (AccountState::Prospect | AccountState::UnderReview | AccountState::Declined) => Some(PaysFirst::State { state }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_approved_account_with_a_grade_good_enough_buys_on_open_account() {
        let table = GradeTable::default();
        let state = |state| Some(PaysFirst::State { state });
        for (account, grade, expected) in [
            ("approved", None, None),
            ("approved", Some("B"), None),
            ("approved", Some("gold"), None),
            ("approved", Some("C"), Some(PaysFirst::Grade { grade: "C".to_owned() })),
            ("prospect", Some("AAA"), state(AccountState::Prospect)),
            ("under_review", None, state(AccountState::UnderReview)),
            ("declined", Some("C"), state(AccountState::Declined)),
            ("", None, state(AccountState::UnderReview)),
        ] {
            assert_eq!(pays_first(account, grade, &table), expected, "{account} {grade:?}");
        }
    }
}

//! The reason of an order on credit from an account that may not buy on open account (CF-01, CF-02, GR-12): money that comes ends it.

use super::{Cause, WayOut};
use crate::account::AccountState;
use crate::grade::rules::open_account::PaysFirst;
use crate::words::facts::Reason;
use crate::words::money::Money;
use crate::words::text::Bilingual;

/// Why the order waits for money, and for how much.
pub(super) fn cause(why: &PaysFirst, missing: Money) -> Cause {
    let (code, en, zh) = match why {
        PaysFirst::State { state } => {
            let (en, zh) = standing(*state);
            let en = format!("{en}: goods ship against payment, and {missing} is not paid yet.");
            ("not_approved", en, format!("{zh}：须先款后货，尚差 {missing} 未到账。"))
        }
        PaysFirst::Grade { grade } => {
            let en = format!("Grade {grade} buys against prepayment, and {missing} is not paid yet.");
            ("grade_prepays", en, format!("信用等级 {grade} 须先款后货，尚差 {missing} 未到账。"))
        }
    };
    Cause { reason: Reason::core(code, Bilingual::new(en, zh)), way_out: WayOut::pay(missing) }
}

fn standing(state: AccountState) -> (&'static str, &'static str) {
    match state {
        AccountState::Prospect => ("This account is a prospect and no credit review has approved it", "该客户为潜在客户，尚未通过信用审查"),
        AccountState::UnderReview => ("This account is under credit review", "该客户正在信用审查中"),
        AccountState::Declined => ("A credit review declined this account", "该客户未通过信用审查"),
        AccountState::Approved => ("This account is approved", "该客户已通过信用审查"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::OrderDecision;
    use super::super::check::{CheckBasis, check};
    use super::super::fixture::{cny, facts, order};
    use super::*;
    use crate::limit::rules::InForce;

    #[test]
    fn who_is_not_approved_ships_only_what_is_paid() {
        let state = |state| PaysFirst::State { state };
        for (why, paid, asked, expected) in [
            (state(AccountState::Prospect), 0, 100, Some(("not_approved", "100.00"))),
            (state(AccountState::Declined), 30, 100, Some(("not_approved", "70.00"))),
            (state(AccountState::UnderReview), 100, 100, None),
            (PaysFirst::Grade { grade: "C".to_owned() }, 0, 1, Some(("grade_prepays", "1.00"))),
        ] {
            let basis = CheckBasis { pays_first: Some(why), ..CheckBasis::of(InForce::Amount { amount: cny(0) }, cny(asked)) };
            // Cash that waits lowers the exposure below zero.
            let core = check(&facts(-paid), &order(asked), &basis).unwrap();
            let found =
                core.causes.first().map(|cause| (cause.reason.code.as_str(), cause.way_out.pay.map(Money::amount).unwrap_or_default()));
            assert_eq!(found, expected.map(|(code, pay)| (code, pay.to_owned())), "{paid} {asked}");
            let decision = if expected.is_some() { OrderDecision::Hold } else { OrderDecision::Approve };
            assert_eq!(core.decision, decision);
        }
    }
}

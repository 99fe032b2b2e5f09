//! What a proposal says: terms in the shape of a contract's own, or days and amounts.

use super::{OfferPurpose, OptionKind};
use crate::contract::ContractPatch;
use crate::contract::paper::{PaymentTerms, Tail};
use crate::words::contract::ReleaseMode;
use crate::words::day::strict_date;
use crate::words::money::{Currency, Money};
use crate::words::text::Bilingual;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A payment of a settlement: how much, by which day.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfferPayment {
    /// The last day on which it is in time.
    #[serde(deserialize_with = "strict_date::deserialize")]
    pub on: NaiveDate,
    /// How much.
    pub amount: Money,
}

/// One of the three proposals. About terms it says what would change of the contract, with the days to pay always said; about a settlement
/// it says what is paid when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfferOption {
    /// What it is for us.
    pub kind: OptionKind,
    /// Terms of payment; what is left out stays as it is in the contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<PaymentTerms>,
    /// How goods go against money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<ReleaseMode>,
    /// The last money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tail: Option<Tail>,
    /// Batches a delivery is ahead of its money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 1000)]
    pub lag: Option<i64>,
    /// Day of the month on which is settled, 31 for its last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 31)]
    pub settlement_day: Option<i64>,
    /// What is paid when, in the order of the days.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 12)]
    pub pay: Vec<OfferPayment>,
    /// What else the letter says of it, in both languages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Bilingual>,
}

impl OfferOption {
    /// Days to pay; none where the proposal does not say.
    pub fn due_days(&self) -> Option<i64> {
        self.terms.as_ref().and_then(|terms| terms.due_days)
    }

    /// What is paid in all, in minor units.
    pub fn total_minor(&self) -> i128 {
        self.pay.iter().fold(0, |sum, line| sum + i128::from(line.amount.minor()))
    }

    /// What is paid in all; none about terms.
    pub fn total(&self, currency: Currency) -> Option<Money> {
        if self.pay.is_empty() { None } else { Money::from_sum(self.total_minor(), currency).ok() }
    }

    /// Members that belong to the other purpose, by name.
    pub(super) fn strangers(&self, purpose: OfferPurpose) -> Vec<&'static str> {
        let of_terms = [
            ("terms", self.terms.is_some()),
            ("mode", self.mode.is_some()),
            ("tail", self.tail.is_some()),
            ("lag", self.lag.is_some()),
            ("settlement_day", self.settlement_day.is_some()),
        ];
        let given: &[(&'static str, bool)] = match purpose {
            OfferPurpose::Terms => &[("pay", !self.pay.is_empty())],
            OfferPurpose::Settlement => &of_terms,
        };
        given.iter().filter(|(_, is_given)| *is_given).map(|(name, _)| *name).collect()
    }

    /// Would both come to the same? What they are for us and what is said beside them aside.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        Self { kind: other.kind, text: other.text.clone(), ..self.clone() } == *other
    }

    /// The change of the contract this comes to. What the proposal leaves out of the terms stays as it is.
    pub(super) fn patch(&self, now: &PaymentTerms) -> ContractPatch {
        let terms = self.terms.as_ref().map(|new| PaymentTerms {
            cycle: new.cycle.or(now.cycle),
            method: new.method.clone().or_else(|| now.method.clone()),
            due_basis: new.due_basis.or(now.due_basis),
            due_days: new.due_days.or(now.due_days),
            grace_days: new.grace_days.or(now.grace_days),
        });
        ContractPatch {
            terms,
            mode: self.mode.map(Some),
            tail: self.tail.map(Some),
            lag: self.lag.map(Some),
            settlement_day: self.settlement_day.map(Some),
            ..ContractPatch::default()
        }
    }
}

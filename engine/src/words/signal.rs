//! Early-warning signals in plain values: their kinds, how grave they are, and how they fade.

use crate::words::day::{add_days, days_between};
use crate::words::id::SignalId;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

crate::words! {
    /// How grave a signal is, the mildest first.
    pub enum Severity {
        /// Worth knowing.
        Low = "low",
        /// Worth acting on.
        Medium = "medium",
        /// An emergency.
        High = "high",
    }
}

impl Severity {
    /// One step milder; nothing is milder than low.
    pub fn milder(self) -> Option<Self> {
        match self {
            Self::Low => None,
            Self::Medium => Some(Self::Low),
            Self::High => Some(Self::Medium),
        }
    }

    /// How many steps it takes until nothing is left of it.
    fn steps(self) -> i64 {
        match self {
            Self::Low => 1,
            Self::Medium => 2,
            Self::High => 3,
        }
    }
}

crate::words! {
    /// What was noticed. The catalogue of the signal slice has titles for all of them.
    pub enum SignalType {
        /// Moved to a worse site or into smaller premises (EW-01).
        Relocation = "relocation",
        /// Its management changes (EW-02).
        ManagementChange = "management_change",
        /// Creditors gather at its door (EW-03).
        CreditorsGathering = "creditors_gathering",
        /// Dumping or hoarding of stock (EW-05).
        AbnormalStock = "abnormal_stock",
        /// A distributor no longer works with us (EW-06).
        NonCooperation = "non_cooperation",
        /// A payment came back from the bank (EW-07).
        Bounce = "bounce",
        /// It pays later than it used to (EW-07).
        SlowerPayments = "slower_payments",
        /// It pays invoices in pieces (EW-07).
        PartPayments = "part_payments",
        /// It pays in another way than before (EW-07).
        MethodChange = "method_change",
        /// It pays round sums instead of what invoices say (EW-07).
        RoundSums = "round_sums",
        /// Its operations fall into disorder (EW-08).
        OperationalDisorder = "operational_disorder",
        /// Another name or other owners: the debt must be papered again (EW-11).
        IdentityChange = "identity_change",
        /// It orders far more than its pattern says (OR-14).
        OddOrder = "odd_order",
        /// It says that it pays only if goods come: no goods, no payment (OR-07).
        NoGoodsNoPayment = "no_goods_no_payment",
        /// Money came in at the customer's: good news (EW-12).
        CashIn = "cash_in",
    }
}

impl SignalType {
    /// Good news counts for no plan level and no list: it is a reason to collect now.
    pub fn is_warning(self) -> bool {
        self != Self::CashIn
    }
}

/// How a signal fades: after each `step_days` it is one step milder, and after low it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fading {
    /// How grave it was when it was noticed.
    pub severity: Severity,
    /// The day it was noticed.
    pub observed_on: NaiveDate,
    /// Days between two steps, at least one.
    pub step_days: i64,
}

impl Fading {
    /// How grave it still is on a day; nothing before it was noticed and after it has faded.
    pub fn live_on(&self, day: NaiveDate) -> Option<Severity> {
        let age = days_between(self.observed_on, day);
        let steps = if age < 0 { self.severity.steps() } else { age / self.step_days.max(1) };
        (0..steps).try_fold(self.severity, |severity, _| severity.milder())
    }

    /// The first day it is milder than it was.
    pub fn decays_on(&self) -> NaiveDate {
        add_days(self.observed_on, self.step_days.max(1))
    }

    /// The first day it no longer counts.
    pub fn ends_on(&self) -> NaiveDate {
        add_days(self.observed_on, self.step_days.max(1).saturating_mul(self.severity.steps()))
    }

    /// The next day after this one on which it becomes milder or ends; none when it is over.
    pub fn next_step_after(&self, day: NaiveDate) -> Option<NaiveDate> {
        let step = |no: i64| add_days(self.observed_on, self.step_days.max(1).saturating_mul(no));
        (1..=self.severity.steps()).map(step).find(|on| *on > day)
    }
}

/// A signal as a decision sees it. One that was withdrawn by the day is not among them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SignalFacts {
    /// Its id.
    pub id: SignalId,
    /// What was noticed.
    #[serde(rename = "type")]
    pub kind: SignalType,
    /// How it fades.
    #[serde(flatten)]
    pub fading: Fading,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::day::parse_date;

    #[test]
    fn a_signal_becomes_milder_step_by_step_and_ends() {
        use Severity::{High, Low, Medium};
        let day = |text: &str| parse_date(text).unwrap();
        let noticed = |severity| Fading { severity, observed_on: day("2026-03-01"), step_days: 30 };
        for (severity, on, live) in [
            (High, "2026-02-28", None),
            (High, "2026-03-01", Some(High)),
            (High, "2026-03-30", Some(High)),
            (High, "2026-03-31", Some(Medium)),
            (High, "2026-04-29", Some(Medium)),
            (High, "2026-04-30", Some(Low)),
            (High, "2026-05-29", Some(Low)),
            (High, "2026-05-30", None),
            (Medium, "2026-03-31", Some(Low)),
            (Medium, "2026-04-30", None),
            (Low, "2026-03-30", Some(Low)),
            (Low, "2026-03-31", None),
        ] {
            assert_eq!(noticed(severity).live_on(day(on)), live, "{severity} on {on}");
        }
        assert_eq!((noticed(High).decays_on(), noticed(High).ends_on()), (day("2026-03-31"), day("2026-05-30")));
        assert_eq!(noticed(Low).decays_on(), noticed(Low).ends_on());
        let steps: Vec<Option<NaiveDate>> =
            ["2026-02-01", "2026-03-31", "2026-05-29", "2026-05-30"].map(|on| noticed(High).next_step_after(day(on))).into();
        assert_eq!(steps, [Some(day("2026-03-31")), Some(day("2026-04-30")), Some(day("2026-05-30")), None]);
    }
}

//! What every question is asked on: the facts of one account, or, where it is about no account, what there is without one.

use crate::words::day::Calendar;
use crate::words::facts::Facts;
use crate::words::money::Currency;
use chrono::{NaiveDate, NaiveDateTime};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What there is without an account: the tenant's day, and its currency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DayFacts {
    /// The business day the decision is made for.
    pub today: NaiveDate,
    /// The tenant's local time.
    pub now: NaiveDateTime,
    /// The tenant's working days. Not stored with the facts, as those of an account.
    #[serde(skip, default)]
    pub calendar: Arc<Calendar>,
    /// The tenant's own currency.
    pub currency: Currency,
}

/// The common facts of a question.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum QuestionFacts {
    /// It is about an account.
    Account(Arc<Facts>),
    /// It is about none.
    Day(Arc<DayFacts>),
}

impl QuestionFacts {
    /// The facts of the account it is about.
    pub fn account(&self) -> Option<&Arc<Facts>> {
        if let Self::Account(facts) = self { Some(facts) } else { None }
    }

    /// The business day the decision is made for.
    pub fn today(&self) -> NaiveDate {
        match self {
            Self::Account(facts) => facts.today,
            Self::Day(facts) => facts.today,
        }
    }

    /// The tenant's working days.
    pub fn calendar(&self) -> &Arc<Calendar> {
        match self {
            Self::Account(facts) => &facts.calendar,
            Self::Day(facts) => &facts.calendar,
        }
    }

    /// The currency in which settings that are money are read: the account's, or the tenant's own.
    pub fn currency(&self) -> Currency {
        match self {
            Self::Account(facts) => facts.account.currency,
            Self::Day(facts) => facts.currency,
        }
    }

    /// The sales segment of the account, where it is about one that is in any.
    pub fn segment(&self) -> Option<&str> {
        self.account()?.account.segment.as_deref()
    }

    /// The same facts with these working days, which are not stored with them.
    pub fn with_calendar(&self, calendar: &Arc<Calendar>) -> Self {
        let calendar = Arc::clone(calendar);
        match self {
            Self::Account(facts) => Self::Account(Arc::new(Facts { calendar, ..Facts::clone(facts) })),
            Self::Day(facts) => Self::Day(Arc::new(DayFacts { calendar, ..DayFacts::clone(facts) })),
        }
    }
}

impl From<&Arc<Facts>> for QuestionFacts {
    fn from(facts: &Arc<Facts>) -> Self {
        Self::Account(Arc::clone(facts))
    }
}

impl From<&Arc<DayFacts>> for QuestionFacts {
    fn from(facts: &Arc<DayFacts>) -> Self {
        Self::Day(Arc::clone(facts))
    }
}

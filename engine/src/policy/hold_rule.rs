//! Rules of the policy that hold orders, beside limit, contract, hold and block (numbers.md §2; decision 49: shipped, but switched off).
//! What each kind looks at is the credit slice's business.

use crate::words::checkpoint::Checkpoint;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

crate::words! {
    /// The kinds of rules that may hold an order. Every figure is inclusive (numbers.md §9 row 12), and disputed money never counts.
    pub enum HoldKind {
        /// Something is at least so many `days` overdue.
        DaysOverdue = "days_overdue",
        /// At least this `amount` is overdue and, where given, at least that `share_bps` of the limit.
        OverdueAmount = "overdue_amount",
        /// The limit ran out more than so many `days` ago. A limit that ran out holds by itself from its first day on.
        LimitExpired = "limit_expired",
        /// Anything is overdue, or with `any_open` open at all: 前款不结，后货不送 (OR-03).
        PriorBalanceOpen = "prior_balance_open",
        /// The order is worth at least this `amount`.
        OrderAmount = "order_amount",
        /// With the order at least `share_bps` of the limit is used.
        ShareOfLimit = "share_of_limit",
        /// There are at least so many `days` to pay, by the contract or else by the account, or the account pays in one of `payment_modes`.
        Terms = "terms",
        /// The batch `lag` before that of the order, of the same contract, has something open (OR-04).
        BatchLag = "batch_lag",
        /// Something that was due by the last `settlement_day` is open more than so many `days` after it (OR-05).
        MonthlySettlement = "monthly_settlement",
        /// The credit review of the account has been due for more than so many `days`; until somebody reviews it.
        ReviewOverdue = "review_overdue",
    }
}

/// One rule that may hold an order. Of the rules of one kind those closest to the account run: a rule for the account before rules for
/// its segment, and these before rules for all; `grades` narrows any of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldRule {
    /// What it looks at.
    pub kind: HoldKind,
    /// Is it in force?
    #[serde(default)]
    pub enabled: bool,
    /// Its name, by which exclusions know it; the word of its kind when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 40)]
    pub key: Option<String>,
    /// The steps of an order's life at which it runs; all when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 7)]
    pub checkpoints: Vec<Checkpoint>,
    /// Once passed on a day, it is not looked at again for so many days, unless the order is worth more by then. The next check after
    /// day *d* is on day *d + grace + 1*. 0 is no grace: it runs in every check.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[schema(minimum = 0, maximum = 365)]
    pub grace_days: i64,
    /// Only for the account with this number in the ERP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100)]
    pub account: Option<String>,
    /// Only for accounts of this segment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 60)]
    pub segment: Option<String>,
    /// Only for accounts of these grades; all when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20)]
    pub grades: Vec<String>,
    /// For `days_overdue` and `terms`: from how many days on. For `limit_expired`, `monthly_settlement` and `review_overdue`: days of
    /// grace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<i64>,
    /// For `overdue_amount` and `order_amount`: from how much on, in units of the account's currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub amount: Option<Decimal>,
    /// For `share_of_limit` and `overdue_amount`: from what share of the limit on, in basis points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share_bps: Option<i64>,
    /// For `prior_balance_open`: does anything open hold, or only what is overdue?
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub any_open: bool,
    /// For `terms`: ways to pay that hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20)]
    pub payment_modes: Vec<String>,
    /// For `batch_lag`: how many batches goods may be ahead of money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 1000)]
    pub lag: Option<i64>,
    /// For `monthly_settlement`: day of the month, 31 for its last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 31)]
    pub settlement_day: Option<i64>,
}

fn is_zero(days: &i64) -> bool {
    *days == 0
}

impl HoldRule {
    /// A rule of this kind for everybody at every checkpoint, switched off and without a figure.
    pub fn of(kind: HoldKind) -> Self {
        Self {
            kind,
            enabled: false,
            key: None,
            checkpoints: Vec::new(),
            grace_days: 0,
            account: None,
            segment: None,
            grades: Vec::new(),
            days: None,
            amount: None,
            share_bps: None,
            any_open: false,
            payment_modes: Vec::new(),
            lag: None,
            settlement_day: None,
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.key.as_deref().unwrap_or(self.kind.as_str())
    }

    /// The members its kind cannot do without; where several are named, one of them is enough.
    pub(super) fn needs(&self) -> &'static [&'static str] {
        match self.kind {
            HoldKind::DaysOverdue | HoldKind::LimitExpired | HoldKind::ReviewOverdue => &["days"],
            HoldKind::OverdueAmount | HoldKind::OrderAmount => &["amount"],
            HoldKind::ShareOfLimit => &["share_bps"],
            HoldKind::Terms => &["days", "payment_modes"],
            HoldKind::BatchLag => &["lag"],
            HoldKind::MonthlySettlement => &["settlement_day"],
            HoldKind::PriorBalanceOpen => &[],
        }
    }

    /// Is this member there?
    pub(super) fn has(&self, member: &str) -> bool {
        match member {
            "days" => self.days.is_some(),
            "amount" => self.amount.is_some(),
            "share_bps" => self.share_bps.is_some(),
            "payment_modes" => !self.payment_modes.is_empty(),
            "lag" => self.lag.is_some(),
            _ => self.settlement_day.is_some(),
        }
    }
}

/// The rules every policy has, all switched off (the figures are our own).
pub(super) fn shipped() -> Vec<HoldRule> {
    vec![
        HoldRule { days: Some(30), ..HoldRule::of(HoldKind::DaysOverdue) },
        HoldRule { amount: Some(Decimal::new(10_000, 0)), share_bps: Some(1_000), ..HoldRule::of(HoldKind::OverdueAmount) },
        HoldRule { days: Some(0), ..HoldRule::of(HoldKind::LimitExpired) },
        HoldRule::of(HoldKind::PriorBalanceOpen),
        HoldRule { days: Some(30), ..HoldRule::of(HoldKind::ReviewOverdue) },
    ]
}

//! The policy document (decision 41): plain data that a tenant can read, change and keep in versions.

use super::hold_rule::HoldRule;
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

use super::part_limits::PartLimits;
use super::quantity_cap::QuantityCap;
use super::risk::RiskRules;
use crate::words::day::Calendar;
use crate::words::facts::Facts;
use crate::words::money::{Currency, Money};

crate::words! {
    /// How an instalment climbs (contract choice 2).
    #[derive(Default)]
    pub enum Climb {
        /// At most one step a run.
        #[default]
        Ladder = "ladder",
        /// Straight to the step its age calls for.
        Jump = "jump",
    }
}

crate::words! {
    /// What happens to a step that falls on a day off; its effective date stays (numbers §1.2 `roll`).
    #[derive(Default)]
    pub enum Roll {
        /// It waits for the next working day.
        #[default]
        Following = "following",
        /// It is taken on the day off.
        None = "none",
    }
}

crate::words! {
    /// What a step belongs to (contract choice 3).
    pub enum StepKind {
        /// Each instalment climbs to it by itself.
        Item = "item",
        /// A clock of the case as a whole.
        Clock = "clock",
    }
}

crate::words! {
    /// Where the days of an item step are counted from (numbers §9 row 4).
    #[derive(Default)]
    pub enum Anchor {
        /// The due date.
        #[default]
        Due = "due",
        /// The date of the invoice.
        InvoiceDate = "invoice_date",
    }
}

crate::words! {
    /// How a notice travels.
    pub enum Channel {
        /// E-mail.
        Email = "email",
        /// Text message.
        Sms = "sms",
        /// Letter by post.
        Letter = "letter",
        /// Registered or certified letter.
        Registered = "registered",
    }
}

crate::words! {
    /// What kind of work a task is: the kinds the contact gate knows.
    pub enum TaskKind {
        /// A telephone call.
        Call = "call",
        /// A visit.
        Visit = "visit",
        /// A message written by hand.
        Message = "message",
        /// Work inside the house.
        Internal = "internal",
    }
}

crate::words! {
    /// What happens to pre-due notices while an older item is overdue (numbers §1.2).
    #[derive(Default)]
    pub enum PreDue {
        /// They are left out.
        #[default]
        Skip = "skip",
        /// They go all the same, as a notice of their own.
        Send = "send",
    }
}

/// The whole policy of a tenant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// How an instalment climbs.
    #[serde(default)]
    pub climb: Climb,
    /// How late is how late: names with their first day past due, youngest first. The first one takes everything below.
    #[serde(default = "shipped_stages")]
    pub stages: Vec<Stage>,
    /// What happens to a step that falls on a day off.
    #[serde(default)]
    pub roll: Roll,
    /// Less than this, in units of the currency in question, is not chased.
    #[serde(default = "shipped_tolerance")]
    #[schema(value_type = String, examples("0.10"))]
    pub tolerance: Decimal,
    /// Days between two notices that are not formal; 0 is no limit.
    #[serde(default)]
    pub min_days_between_notices: i64,
    /// Days between two formal notices to one account.
    #[serde(default = "shipped_formal_days")]
    pub min_days_between_formal: i64,
    /// What happens to pre-due notices while an older item is overdue.
    #[serde(default)]
    pub pre_due_when_overdue: PreDue,
    /// At most so many messages per account, legal entity, currency and run.
    #[serde(default = "shipped_written")]
    pub written_per_run: i64,
    /// Gaps and tolerances by credit grade.
    #[serde(default = "shipped_tightness")]
    pub tightness: BTreeMap<String, Tightness>,
    /// How accounts are handled whose first invoices are not settled yet: like any other when absent (OR-22).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newcomers: Option<Newcomers>,
    /// Rules that hold orders, beside the credit limit.
    #[serde(default)]
    pub hold_rules: Vec<HoldRule>,
    /// Ceilings of single parts of the exposure, for accounts that have none of their own.
    #[serde(default, skip_serializing_if = "PartLimits::is_none")]
    pub part_limits: PartLimits,
    /// How much an account may order against what it sells on; off when absent. A level of the account plan may have a cap of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity_cap: Option<QuantityCap>,
    /// How danger is judged: standing, signals, plan levels, watch-list.
    #[serde(default)]
    pub risk: RiskRules,
    /// What is done when: item steps in the order they are climbed, and clocks.
    pub steps: Vec<Step>,
}

/// One stage of lateness.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// Its name, `M2`.
    pub key: String,
    /// Its first day past due.
    pub from_days: i64,
}

/// How much tighter or looser a grade is handled (numbers §1.2).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Tightness {
    /// Gaps in percent of the ordinary ones; whole days, rounded up, at least 1.
    pub gap_percent: i64,
    /// Days a promise may be late.
    #[serde(default)]
    pub promise_days: i64,
}

/// How much tighter a new account is handled until it has shown how it pays.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Newcomers {
    /// An account is new until so many of its instalments are settled.
    #[schema(minimum = 1, maximum = 1_000)]
    pub first_invoices: i64,
    /// Gaps in percent of those of its grade and plan level; whole days, rounded up, at least 1.
    #[schema(minimum = 1, maximum = 100)]
    pub gap_percent: i64,
}

/// What stretches or shortens the gaps between steps for one account.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pace<'a> {
    /// Its credit grade.
    pub grade: Option<&'a str>,
    /// The level of its account plan.
    pub plan_level: Option<&'a str>,
    /// How many of its instalments were settled so far; none when that is not known.
    pub settled: Option<i64>,
}

impl<'a> From<&'a Facts> for Pace<'a> {
    fn from(facts: &'a Facts) -> Self {
        let account = &facts.account;
        Self { grade: account.grade.as_deref(), plan_level: facts.risk.plan_level.as_deref(), settled: account.settled_count }
    }
}

/// One step: a notice or a task that falls due.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its name; an item step may have one per part.
    pub key: String,
    /// Does it belong to an instalment or to the case?
    pub kind: StepKind,
    /// Only instalments of these parts (`whole`, `first`, `middle`, `tail`); all when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<String>,
    /// Item step: days after the anchor, negative before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset_days: Option<i64>,
    /// Item step: where the days are counted from.
    #[serde(default, skip_serializing_if = "is_shipped_anchor")]
    pub anchor: Anchor,
    /// Item step: days after the step before it was done; the normal distance when absent. Clock: the least days between two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap_days: Option<i64>,
    /// Clock: days from one to the next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every_days: Option<i64>,
    /// Clock: the day past due of the first one; the same as `every_days` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_after_days: Option<i64>,
    /// Only once the case has come to this stage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// Only while at least this much, in units of its currency, is left to ask for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub min_amount: Option<Decimal>,
    /// A notice by this channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// The letter's text; the step's own key when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// A formal notice: lists only the lines at this step, and keeps its distance to the last one.
    #[serde(default, skip_serializing_if = "is_false")]
    pub formal: bool,
    /// The notice is a draft until a person lets it go.
    #[serde(default, skip_serializing_if = "is_false")]
    pub review: bool,
    /// A task of this kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskKind>,
    /// Who does the task; `collector` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// A custom step type of a plugin, `plugin.type`.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub step_type: Option<String>,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

fn is_shipped_anchor(anchor: &Anchor) -> bool {
    *anchor == Anchor::Due
}

/// M0 to M6 (numbers §1.1).
pub(super) fn shipped_stages() -> Vec<Stage> {
    [("M0", 0), ("M1", 1), ("M2", 31), ("M3", 61), ("M4", 91), ("M5", 181), ("M6", 366)]
        .map(|(key, from_days)| Stage { key: key.to_owned(), from_days })
        .into()
}

/// 0.10 in every currency (numbers §1.2 `min_open_to_chase`).
pub(super) fn shipped_tolerance() -> Decimal {
    Decimal::new(10, 2)
}

/// Decision 28.
fn shipped_formal_days() -> i64 {
    7
}

/// Numbers §1.2 `written_per_run`.
fn shipped_written() -> i64 {
    2
}

/// AAA 1.5, AA 1.25, A 1.0, B 0.75, C 0.5 (numbers §1.2, our own figures).
pub(super) fn shipped_tightness() -> BTreeMap<String, Tightness> {
    [("AAA", 150, 3), ("AA", 125, 2), ("A", 100, 1), ("B", 75, 0), ("C", 50, 0)]
        .map(|(grade, gap_percent, promise_days)| (grade.to_owned(), Tightness { gap_percent, promise_days }))
        .into()
}

impl Policy {
    /// A policy with these steps and everything else as it is shipped.
    pub fn of(steps: Vec<Step>) -> Self {
        Self {
            climb: Climb::Ladder,
            stages: shipped_stages(),
            roll: Roll::Following,
            tolerance: shipped_tolerance(),
            min_days_between_notices: 0,
            min_days_between_formal: shipped_formal_days(),
            pre_due_when_overdue: PreDue::Skip,
            written_per_run: shipped_written(),
            tightness: shipped_tightness(),
            newcomers: None,
            hold_rules: super::hold_rule::shipped(),
            part_limits: PartLimits::default(),
            quantity_cap: None,
            risk: RiskRules::default(),
            steps,
        }
    }

    /// A gap as an account feels it: whole days, rounded up once, at least 1 (numbers §1.2; golden vector T-26).
    pub fn gap(&self, days: i64, pace: Pace<'_>) -> i64 {
        let of_grade = pace.grade.and_then(|grade| self.tightness.get(grade)).map_or(100, |tightness| tightness.gap_percent);
        let is_new = |rule: &Newcomers| pace.settled.is_some_and(|settled| settled < rule.first_invoices);
        let of_newcomer = self.newcomers.filter(is_new).map_or(100, |rule| rule.gap_percent);
        let percents = [of_grade, self.risk.gap_percent(pace.plan_level), of_newcomer];
        let product = percents.iter().fold(days.max(1), |product, percent| product.saturating_mul(Ord::max(*percent, 0)));
        (product / 1_000_000 + i64::from(product % 1_000_000 > 0)).max(1)
    }

    /// The day on which something scheduled for `date` is really taken.
    pub fn rolled(&self, date: NaiveDate, calendar: &Calendar) -> NaiveDate {
        match self.roll {
            Roll::Following => calendar.following(date),
            Roll::None => date,
        }
    }

    /// The least amount that is chased, in minor units of this currency.
    pub fn tolerance_minor(&self, currency: Currency) -> i64 {
        minor(self.tolerance, currency)
    }

    /// Place and name of the stage of something so many days past due (contract choice 1: due today is the first stage).
    pub fn stage_of(&self, days_past_due: i64) -> usize {
        self.stages.iter().rposition(|stage| stage.from_days <= days_past_due).unwrap_or(0)
    }

    /// Place of a stage by its name.
    pub fn stage_no(&self, key: &str) -> Option<usize> {
        self.stages.iter().position(|stage| stage.key == key)
    }

    /// The steps an instalment of this part climbs, in order, with their places in the document.
    pub fn ladder<'a>(&'a self, part: &'a str) -> impl Iterator<Item = (usize, &'a Step)> + 'a {
        self.steps.iter().enumerate().filter(move |(_, step)| step.kind == StepKind::Item && step.is_for(part))
    }

    /// The clocks of a case, with their places in the document.
    pub fn clocks(&self) -> impl Iterator<Item = (usize, &Step)> {
        self.steps.iter().enumerate().filter(|(_, step)| step.kind == StepKind::Clock)
    }
}

impl Step {
    /// Does an instalment of this part climb it?
    pub fn is_for(&self, part: &str) -> bool {
        self.parts.is_empty() || self.parts.iter().any(|known| known == part)
    }

    /// The letter's text.
    pub fn letter(&self) -> &str {
        self.template.as_deref().unwrap_or(&self.key)
    }

    /// Who does the task.
    pub fn doer(&self) -> &str {
        self.role.as_deref().unwrap_or("collector")
    }

    /// The least amount it asks for, in minor units of this currency.
    pub fn min_minor(&self, currency: Currency) -> i64 {
        self.min_amount.map_or(0, |amount| minor(amount, currency))
    }

    /// Days from one tick of a clock to the next.
    pub fn every(&self) -> i64 {
        self.every_days.unwrap_or(1).max(1)
    }

    /// Day past due of a clock's first tick.
    pub fn first_after(&self) -> i64 {
        self.first_after_days.unwrap_or_else(|| self.every()).max(1)
    }
}

/// Units of a currency as minor units; a figure too large for one amount asks for more than anybody owes.
fn minor(units: Decimal, currency: Currency) -> i64 {
    if units.is_zero() { 0 } else { Money::round_half_up(units, currency).map_or(i64::MAX, Money::minor) }
}

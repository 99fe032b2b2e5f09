//! What the policy says about danger: how signals fade, when an account's standing is watched, the levels of the account plan with
//! their triggers and measures (GR-07), and who belongs on the watch-list (GR-04). Figures without a source are our own.

use crate::policy::QuantityCap;
use crate::policy::check::{Faults, unknown};
use crate::policy::quantity_cap::check_cap;
use crate::words::code::Code;
use crate::words::signal::Severity;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

const LEVELS_MAX: usize = 10;
const TRIGGERS_MAX: usize = 20;
const DAYS_MAX: i64 = 3_650;

/// How danger is judged, and what follows from it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RiskRules {
    /// The credit standing is `watch` above this share of the limit, in basis points (numbers.md §3: 90 %).
    #[schema(minimum = 1, maximum = 10_000)]
    pub watch_share_bps: i64,
    /// Days after which a signal becomes one step milder; a low one ends.
    pub signal_days: SignalDays,
    /// When payments and orders count as a change of habit.
    pub behaviour: BehaviourRules,
    /// The levels of the account plan, the mildest first. Who meets no trigger is on the first one.
    #[schema(min_items = 1, max_items = 10)]
    pub plan_levels: Vec<PlanLevel>,
    /// Who belongs on the watch-list.
    pub watch_list: WatchCriteria,
}

impl Default for RiskRules {
    fn default() -> Self {
        Self {
            watch_share_bps: 9_000,
            signal_days: SignalDays::default(),
            behaviour: BehaviourRules::default(),
            plan_levels: shipped_levels(),
            watch_list: WatchCriteria::default(),
        }
    }
}

/// Days between two steps of a fading signal, by the severity it was noticed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SignalDays {
    /// Of a low one.
    pub low: i64,
    /// Of a medium one.
    pub medium: i64,
    /// Of a high one.
    pub high: i64,
}

impl Default for SignalDays {
    fn default() -> Self {
        Self { low: 30, medium: 30, high: 30 }
    }
}

impl SignalDays {
    /// Days between two steps of a signal of this severity.
    pub fn of(&self, severity: Severity) -> i64 {
        match severity {
            Severity::Low => self.low,
            Severity::Medium => self.medium,
            Severity::High => self.high,
        }
        .max(1)
    }
}

/// When payments and orders count as a change of habit (EW-07, OR-14).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BehaviourRules {
    /// Are signals made from behaviour at all?
    pub enabled: bool,
    /// What came in so many days is recent; a habit is what was before.
    #[schema(minimum = 1, maximum = 365)]
    pub recent_days: i64,
    /// A habit is known only from so many settled invoices, payments or orders on.
    #[schema(minimum = 1, maximum = 1_000)]
    pub habit_count: i64,
    /// Invoices settled on average so many days later than before are a signal; twice as many a graver one.
    #[schema(minimum = 1, maximum = 365)]
    pub slower_by_days: i64,
    /// So many recent payments that left an invoice paid in part are a signal.
    #[schema(minimum = 1, maximum = 100)]
    pub part_payments: i64,
    /// So many recent payments in round sums are a signal, where round sums were no habit.
    #[schema(minimum = 1, maximum = 100)]
    pub round_sums: i64,
    /// An order above this multiple of the usual one is a signal, in percent.
    #[schema(minimum = 101, maximum = 100_000)]
    pub odd_order_percent: i64,
}

impl Default for BehaviourRules {
    fn default() -> Self {
        Self { enabled: true, recent_days: 60, habit_count: 5, slower_by_days: 10, part_payments: 2, round_sums: 3, odd_order_percent: 300 }
    }
}

crate::words! {
    /// What a plan level does to orders.
    #[derive(Default)]
    pub enum PlanHold {
        /// Nothing.
        #[default]
        None = "none",
        /// They are held while anything is overdue.
        WhileOverdue = "while_overdue",
        /// All of them are held.
        All = "all",
    }
}

crate::words! {
    /// On what terms a plan level ships.
    pub enum PlanRelease {
        /// Only what is paid for (先款后货).
        Prepay = "prepay",
    }
}

/// One level of the account plan (预案): when it applies, and what it does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanLevel {
    /// Its name, `emergency`.
    #[schema(min_length = 1, max_length = 40)]
    pub key: String,
    /// Any of these brings an account here. The first level has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20)]
    pub triggers: Vec<PlanTrigger>,
    /// What it does.
    #[serde(default)]
    pub measures: PlanMeasures,
}

/// Conditions that must all be met; all are inclusive (numbers.md §9 row 12).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PlanTrigger {
    /// The credit grade is one of these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20)]
    pub grades: Vec<String>,
    /// The oldest open item is at least so many calendar days past due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days_past_due: Option<i64>,
    /// At least this share of the limit is used, in basis points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub utilisation_bps: Option<i64>,
    /// A signal of at least this severity is live.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signal: Option<Severity>,
    /// At least so many promises were broken in 180 days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broken_promises: Option<i64>,
}

impl PlanTrigger {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What a plan level does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PlanMeasures {
    /// What it does to orders.
    pub hold: PlanHold,
    /// On what terms goods ship; the account's own when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release: Option<PlanRelease>,
    /// Gaps between steps in percent of those of the grade; 100 when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gap_percent: Option<i64>,
    /// How much an account on this level may order against what it sells on; the policy's own cap when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity_cap: Option<QuantityCap>,
    /// Who is named to let a held order go; whoever may by the authority of the settings when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approver: Option<String>,
    /// Work that begins when an account rises to this level (EW-04).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<PlanTask>,
}

crate::words! {
    /// What work that begins with a plan level proposes.
    pub enum PlanProposal {
        /// To stop supply: the task says what is overdue, which bases the books carry, and what is still needed.
        SupplyStop = "supply_stop",
    }
}

/// Work that begins with a plan level.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanTask {
    /// What it is called.
    #[schema(min_length = 1, max_length = 40)]
    pub key: String,
    /// Who does it.
    #[schema(min_length = 1, max_length = 40)]
    pub role: String,
    /// Days within which it is done.
    #[schema(minimum = 0, maximum = 365)]
    pub within_days: i64,
    /// What it proposes; nothing when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposes: Option<PlanProposal>,
}

/// Who belongs on the watch-list: any one criterion is enough, an absent one is off (numbers.md §4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct WatchCriteria {
    /// So many promises broken in 180 days.
    pub broken_promises: Option<i64>,
    /// The oldest open item is more than so many calendar days past due.
    pub oldest_days: Option<i64>,
    /// The exposure is above the limit.
    pub over_limit: bool,
    /// A payment bounced in so many days.
    pub bounce_days: Option<i64>,
    /// A signal of at least this severity is live.
    pub signal: Option<Severity>,
    /// The credit review is overdue by more than so many days.
    pub review_overdue_days: Option<i64>,
}

impl Default for WatchCriteria {
    fn default() -> Self {
        Self {
            broken_promises: Some(2),
            oldest_days: Some(60),
            over_limit: true,
            bounce_days: Some(90),
            signal: Some(Severity::High),
            review_overdue_days: Some(30),
        }
    }
}

/// Four levels that change nothing for who pays and about whom nothing is heard: no order is held by them, since hold rules are
/// shipped off (decision 49); an emergency asks the credit manager for a plan within a day, and proposes to stop supply.
fn shipped_levels() -> Vec<PlanLevel> {
    let level = |key: &str, triggers: Vec<PlanTrigger>, measures| PlanLevel { key: key.to_owned(), triggers, measures };
    let heard = |severity| PlanTrigger { signal: Some(severity), ..PlanTrigger::default() };
    let broken = |count| PlanTrigger { broken_promises: Some(count), ..PlanTrigger::default() };
    let late = |days| PlanTrigger { days_past_due: Some(days), ..PlanTrigger::default() };
    let approver = |role: &str| PlanMeasures { approver: Some(role.to_owned()), ..PlanMeasures::default() };
    let proposes = Some(PlanProposal::SupplyStop);
    let plan = PlanTask { key: "emergency_plan".to_owned(), role: "credit_manager".to_owned(), within_days: 1, proposes };
    vec![
        level("normal", Vec::new(), PlanMeasures::default()),
        level("attention", vec![heard(Severity::Medium), broken(1)], PlanMeasures::default()),
        level("tight", vec![broken(2), late(181)], approver("credit_manager")),
        level("emergency", vec![heard(Severity::High)], PlanMeasures { task: Some(plan), ..approver("credit_manager") }),
    ]
}

impl RiskRules {
    /// Place of a level by its name; the first one for a name that is not there, and for none.
    pub fn level_no(&self, key: Option<&str>) -> usize {
        key.and_then(|key| self.plan_levels.iter().position(|level| level.key == key)).unwrap_or(0)
    }

    /// Gaps of this level in percent of those of the grade.
    pub fn gap_percent(&self, key: Option<&str>) -> i64 {
        self.plan_levels.get(self.level_no(key)).and_then(|level| level.measures.gap_percent).unwrap_or(100)
    }
}

/// Refuses rules that cannot be worked with, each fault at its place.
pub(super) fn check_risk(rules: &RiskRules, faults: &mut Faults) {
    faults.range("#/risk/watch_share_bps".into(), Some(rules.watch_share_bps), 1, 10_000);
    for (name, days) in [("low", rules.signal_days.low), ("medium", rules.signal_days.medium), ("high", rules.signal_days.high)] {
        faults.range(format!("#/risk/signal_days/{name}"), Some(days), 1, DAYS_MAX);
    }
    check_behaviour(&rules.behaviour, faults);
    check_levels(&rules.plan_levels, faults);
    let list = &rules.watch_list;
    for (name, value) in [
        ("broken_promises", list.broken_promises),
        ("oldest_days", list.oldest_days),
        ("bounce_days", list.bounce_days),
        ("review_overdue_days", list.review_overdue_days),
    ] {
        faults.range(format!("#/risk/watch_list/{name}"), value, 0, DAYS_MAX);
    }
}

fn check_behaviour(rules: &BehaviourRules, faults: &mut Faults) {
    for (name, value, from, to) in [
        ("recent_days", rules.recent_days, 1, 365),
        ("habit_count", rules.habit_count, 1, 1_000),
        ("slower_by_days", rules.slower_by_days, 1, 365),
        ("part_payments", rules.part_payments, 1, 100),
        ("round_sums", rules.round_sums, 1, 100),
        ("odd_order_percent", rules.odd_order_percent, 101, 100_000),
    ] {
        faults.range(format!("#/risk/behaviour/{name}"), Some(value), from, to);
    }
}

fn check_levels(levels: &[PlanLevel], faults: &mut Faults) {
    if levels.is_empty() || levels.len() > LEVELS_MAX {
        faults.wrong("#/risk/plan_levels".into(), format!("an account plan has 1 to {LEVELS_MAX} levels"));
    }
    let mut seen = BTreeSet::new();
    for (at, level) in levels.iter().enumerate() {
        let place = |member: &str| format!("#/risk/plan_levels/{at}/{member}");
        if !super::check::is_key(&level.key) || !seen.insert(&level.key) {
            faults.wrong(place("key"), "a level has a name of its own: a-z, 0-9 and _, at most 40 characters");
        }
        if (at == 0) != level.triggers.is_empty() || level.triggers.len() > TRIGGERS_MAX {
            faults.wrong(place("triggers"), format!("the first level has no trigger, every other one 1 to {TRIGGERS_MAX}"));
        }
        for (no, trigger) in level.triggers.iter().enumerate() {
            check_trigger(&format!("#/risk/plan_levels/{at}/triggers/{no}"), trigger, faults);
        }
        check_cap(&place("measures/quantity_cap"), level.measures.quantity_cap.as_ref(), faults);
        faults.range(place("measures/gap_percent"), level.measures.gap_percent, 1, 1_000);
        for (name, role) in
            [("approver", &level.measures.approver), ("task/role", &level.measures.task.as_ref().map(|task| task.role.clone()))]
        {
            if let Some(role) = role.as_deref().filter(|role| !DOERS.contains(role)) {
                faults.add(place(&format!("measures/{name}")), Code::UnknownPolicyKey, unknown("the role", role, DOERS));
            }
        }
        if let Some(task) = &level.measures.task {
            faults.range(place("measures/task/within_days"), Some(task.within_days), 0, 365);
            if !super::check::is_key(&task.key) {
                faults.wrong(place("measures/task/key"), "a task's name is a-z, 0-9 and _, at most 40 characters");
            }
        }
    }
}

/// Roles that work or let orders go.
const DOERS: [&str; 4] = ["collector", "credit_officer", "credit_manager", "legal"];

fn check_trigger(place: &str, trigger: &PlanTrigger, faults: &mut Faults) {
    if trigger.is_empty() {
        faults.wrong(place.to_owned(), "a trigger names at least one condition");
    }
    faults.range(format!("{place}/days_past_due"), trigger.days_past_due, 1, DAYS_MAX);
    faults.range(format!("{place}/utilisation_bps"), trigger.utilisation_bps, 1, 1_000_000);
    faults.range(format!("{place}/broken_promises"), trigger.broken_promises, 1, 100);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::presets;

    #[test]
    fn a_policy_from_before_the_account_plan_reads_as_shipped() {
        let mut document = serde_json::to_value(presets::preset("cn_default").unwrap()).unwrap();
        document.as_object_mut().unwrap().remove("risk");
        let policy: crate::policy::Policy = serde_json::from_value(document).unwrap();
        assert_eq!(policy.risk, RiskRules::default());
        policy.check(&[]).unwrap();
        let keys: Vec<&str> = policy.risk.plan_levels.iter().map(|level| level.key.as_str()).collect();
        assert_eq!(keys, ["normal", "attention", "tight", "emergency"]);
        assert_eq!((policy.risk.level_no(None), policy.risk.level_no(Some("tight")), policy.risk.level_no(Some("gone"))), (0, 2, 0));
    }

    #[test]
    fn every_fault_of_a_risk_document_is_named_at_its_place() {
        for (risk, pointer) in [
            (r#"{"watch_share_bps": 0}"#, "#/risk/watch_share_bps"),
            (r#"{"signal_days": {"high": 0}}"#, "#/risk/signal_days/high"),
            (r#"{"behaviour": {"odd_order_percent": 100}}"#, "#/risk/behaviour/odd_order_percent"),
            (r#"{"plan_levels": []}"#, "#/risk/plan_levels"),
            (r#"{"plan_levels": [{"key": "normal"}, {"key": "normal", "triggers": [{"days_past_due": 1}]}]}"#, "#/risk/plan_levels/1/key"),
            (r#"{"plan_levels": [{"key": "normal", "triggers": [{"days_past_due": 1}]}]}"#, "#/risk/plan_levels/0/triggers"),
            (r#"{"plan_levels": [{"key": "normal"}, {"key": "tight"}]}"#, "#/risk/plan_levels/1/triggers"),
            (r#"{"plan_levels": [{"key": "normal"}, {"key": "tight", "triggers": [{}]}]}"#, "#/risk/plan_levels/1/triggers/0"),
            (r#"{"plan_levels": [{"key": "normal", "measures": {"approver": "boss"}}]}"#, "#/risk/plan_levels/0/measures/approver"),
            (r#"{"plan_levels": [{"key": "normal", "measures": {"gap_percent": 0}}]}"#, "#/risk/plan_levels/0/measures/gap_percent"),
            (
                r#"{"plan_levels": [{"key": "normal", "measures": {"quantity_cap": {"factor": "0"}}}]}"#,
                "#/risk/plan_levels/0/measures/quantity_cap/factor",
            ),
            (r#"{"watch_list": {"oldest_days": -1}}"#, "#/risk/watch_list/oldest_days"),
        ] {
            let mut policy = presets::preset("cn_default").unwrap();
            policy.risk = serde_json::from_str(risk).unwrap();
            let error = policy.check(&[]).unwrap_err();
            assert!(error.faults().iter().any(|fault| fault.pointer == pointer), "{risk}: {error:?}");
        }
    }
}

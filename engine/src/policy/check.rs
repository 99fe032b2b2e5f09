//! Is a policy document sound? One clear refusal per fault, each at its place in the document.

use crate::policy::document::{Policy, Step, StepKind};
use crate::words::code::Code;
use crate::words::error::{Error, Fault, Result};
use rust_decimal::Decimal;
use std::collections::BTreeSet;

const STEPS_MAX: usize = 60;
const STAGES_MAX: usize = 20;
const DAYS_MAX: i64 = 3_650;
const PARTS: [&str; 4] = ["whole", "first", "middle", "tail"];

/// `the step type "x" does not exist; the nearest are a, b, c`, the closest first.
pub(super) fn unknown<'a>(what: &str, word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let mut near: Vec<&str> = known.into_iter().collect();
    near.sort_by_key(|other| strsim::damerau_levenshtein(word, other));
    near.truncate(3);
    if near.is_empty() {
        return format!("{what} {word:?} does not exist; there is none yet");
    }
    format!("{what} {word:?} does not exist; the nearest are {}", near.join(", "))
}

/// Faults of a document, each at its place.
#[derive(Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    pub(super) fn add(&mut self, pointer: String, code: Code, detail: impl Into<String>) {
        self.0.push(Fault { pointer, code, detail: detail.into() });
    }

    pub(super) fn wrong(&mut self, pointer: String, detail: impl Into<String>) {
        self.add(pointer, Code::ValidationFailed, detail);
    }

    pub(super) fn range(&mut self, pointer: String, value: Option<i64>, from: i64, to: i64) {
        if value.is_some_and(|value| !(from..=to).contains(&value)) {
            self.wrong(pointer, format!("must lie between {from} and {to}"));
        }
    }

    fn not_negative(&mut self, pointer: String, value: Option<Decimal>) {
        if value.is_some_and(|value| value.is_sign_negative() && !value.is_zero()) {
            self.wrong(pointer, "must not be negative");
        }
    }
}

impl Policy {
    /// Refuses a document that cannot be worked with: all faults at once, each with its pointer. `known_step_types` are the
    /// custom step types of the tenant's active plugins. Codes `unknown_policy_key`, `missing_field`, `validation_failed`.
    pub fn check(&self, known_step_types: &[String]) -> Result<()> {
        let mut faults = Faults::default();
        check_frame(self, &mut faults);
        check_stages(self, &mut faults);
        check_hold_rules(self, &mut faults);
        check_part_limits(self, &mut faults);
        super::quantity_cap::check_cap("#/quantity_cap", self.quantity_cap.as_ref(), &mut faults);
        super::risk::check_risk(&self.risk, &mut faults);
        for (at, step) in self.steps.iter().enumerate() {
            check_step(self, at, step, known_step_types, &mut faults);
        }
        check_ladders(self, &mut faults);
        if faults.0.is_empty() { Ok(()) } else { Err(Error::all(faults.0)) }
    }
}

fn check_frame(policy: &Policy, faults: &mut Faults) {
    faults.not_negative("#/tolerance".into(), Some(policy.tolerance));
    faults.range("#/min_days_between_notices".into(), Some(policy.min_days_between_notices), 0, 365);
    faults.range("#/min_days_between_formal".into(), Some(policy.min_days_between_formal), 0, 365);
    faults.range("#/written_per_run".into(), Some(policy.written_per_run), 1, 20);
    if policy.steps.is_empty() || policy.steps.len() > STEPS_MAX {
        faults.wrong("#/steps".into(), format!("a policy has 1 to {STEPS_MAX} steps"));
    }
    for (grade, tightness) in &policy.tightness {
        faults.range(format!("#/tightness/{grade}/gap_percent"), Some(tightness.gap_percent), 1, 1_000);
        faults.range(format!("#/tightness/{grade}/promise_days"), Some(tightness.promise_days), 0, 60);
    }
    if let Some(rule) = policy.newcomers {
        faults.range("#/newcomers/first_invoices".into(), Some(rule.first_invoices), 1, 1_000);
        faults.range("#/newcomers/gap_percent".into(), Some(rule.gap_percent), 1, 100);
    }
}

fn check_part_limits(policy: &Policy, faults: &mut Faults) {
    let limits = &policy.part_limits;
    for (member, units) in [("open", limits.open), ("overdue", limits.overdue), ("orders", limits.orders)] {
        faults.not_negative(format!("#/part_limits/{member}"), units);
    }
    faults.range("#/part_limits/overdue_margin_days".into(), Some(limits.overdue_margin_days), 0, 365);
}

fn check_stages(policy: &Policy, faults: &mut Faults) {
    if policy.stages.is_empty() || policy.stages.len() > STAGES_MAX {
        faults.wrong("#/stages".into(), format!("a policy has 1 to {STAGES_MAX} stages"));
    }
    for (at, pair) in policy.stages.windows(2).enumerate() {
        if pair[0].from_days >= pair[1].from_days {
            faults.wrong(format!("#/stages/{}/from_days", at + 1), "a stage begins later than the one before it");
        }
    }
    let mut seen = BTreeSet::new();
    for (at, stage) in policy.stages.iter().enumerate() {
        if stage.key.is_empty() || stage.key.len() > 40 || !seen.insert(&stage.key) {
            faults.wrong(format!("#/stages/{at}/key"), "a stage has a name of its own, at most 40 bytes");
        }
    }
}

fn check_hold_rules(policy: &Policy, faults: &mut Faults) {
    let mut names = BTreeSet::new();
    for (at, rule) in policy.hold_rules.iter().enumerate() {
        let place = |member: &str| format!("#/hold_rules/{at}/{member}");
        faults.range(place("days"), rule.days, 0, DAYS_MAX);
        faults.range(place("share_bps"), rule.share_bps, 0, 1_000_000);
        faults.range(place("grace_days"), Some(rule.grace_days), 0, 365);
        faults.range(place("lag"), rule.lag, 1, 1_000);
        faults.range(place("settlement_day"), rule.settlement_day, 1, 31);
        faults.not_negative(place("amount"), rule.amount);
        if rule.key.as_deref().is_some_and(|key| !is_key(key)) {
            faults.wrong(place("key"), "a rule's name is a-z, 0-9 and _, begins with a letter, and has at most 40 characters");
        }
        if !names.insert(rule.name()) {
            faults.wrong(place("key"), format!("{} names another rule already; give one of them a key", rule.name()));
        }
        let needs = rule.needs();
        if let Some(first) = needs.first().filter(|_| !needs.iter().any(|member| rule.has(member))) {
            faults.add(place(first), Code::MissingField, format!("a {} rule needs {}", rule.kind, needs.join(" or ")));
        }
    }
}

pub(super) fn is_key(text: &str) -> bool {
    let tail = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    text.len() <= 40 && text.bytes().next().is_some_and(|b| b.is_ascii_lowercase()) && text.bytes().all(tail)
}

fn check_step(policy: &Policy, at: usize, step: &Step, known_step_types: &[String], faults: &mut Faults) {
    let place = |member: &str| format!("#/steps/{at}/{member}");
    if !is_key(&step.key) {
        faults.wrong(place("key"), "a step's name is a-z, 0-9 and _, begins with a letter, and has at most 40 characters");
    }
    for (part_at, part) in step.parts.iter().enumerate() {
        if !PARTS.contains(&part.as_str()) {
            faults.add(format!("#/steps/{at}/parts/{part_at}"), Code::UnknownPolicyKey, unknown("the part", part, PARTS));
        }
    }
    if let Some(stage) = step.stage.as_deref().filter(|stage| policy.stage_no(stage).is_none()) {
        let known = policy.stages.iter().map(|stage| stage.key.as_str());
        faults.add(place("stage"), Code::UnknownPolicyKey, unknown("the stage", stage, known));
    }
    if let Some(name) = step.step_type.as_deref().filter(|name| !known_step_types.iter().any(|known| known == name)) {
        let known = known_step_types.iter().map(String::as_str);
        faults.add(place("type"), Code::UnknownPolicyKey, unknown("the step type", name, known));
    }
    check_timing(at, step, faults);
    let acts = [step.channel.is_some(), step.task.is_some(), step.step_type.is_some()];
    if acts.into_iter().filter(|is_there| *is_there).count() != 1 {
        faults.wrong(format!("#/steps/{at}"), "a step has exactly one of channel, task and type");
    }
    if step.channel.is_none() && (step.formal || step.review || step.template.is_some()) {
        faults.wrong(place("channel"), "only a notice can be formal, be reviewed or have a template");
    }
    faults.not_negative(place("min_amount"), step.min_amount);
}

fn check_timing(at: usize, step: &Step, faults: &mut Faults) {
    let place = |member: &str| format!("#/steps/{at}/{member}");
    let (needed, strange) = match step.kind {
        StepKind::Item => (
            ("offset_days", step.offset_days.is_some()),
            [("every_days", step.every_days.is_some()), ("first_after_days", step.first_after_days.is_some())],
        ),
        StepKind::Clock => {
            (("every_days", step.every_days.is_some()), [("offset_days", step.offset_days.is_some()), ("parts", !step.parts.is_empty())])
        }
    };
    if !needed.1 {
        faults.add(place(needed.0), Code::MissingField, format!("a step of kind {} needs {}", step.kind, needed.0));
    }
    for (member, _) in strange.into_iter().filter(|(_, is_there)| *is_there) {
        faults.wrong(place(member), format!("a step of kind {} has no {member}", step.kind));
    }
    faults.range(place("offset_days"), step.offset_days, -365, DAYS_MAX);
    faults.range(place("every_days"), step.every_days, 1, DAYS_MAX);
    faults.range(place("first_after_days"), step.first_after_days, 1, DAYS_MAX);
    faults.range(place("gap_days"), step.gap_days, 1, DAYS_MAX);
}

/// A ladder is climbed in the order of the document, so for every part its names differ and its days rise.
fn check_ladders(policy: &Policy, faults: &mut Faults) {
    let mut told = BTreeSet::new();
    for part in PARTS {
        let mut seen = BTreeSet::new();
        let mut last: Option<&Step> = None;
        for (at, step) in policy.ladder(part) {
            if !seen.insert(&step.key) && told.insert((at, "key")) {
                faults.wrong(format!("#/steps/{at}/key"), format!("an instalment of part {part} would climb {} twice", step.key));
            }
            let rises = last.is_none_or(|last| last.anchor != step.anchor || last.offset_days < step.offset_days);
            if !rises && told.insert((at, "offset_days")) {
                faults.wrong(format!("#/steps/{at}/offset_days"), format!("the steps of part {part} must come in the order of their days"));
            }
            last = Some(step);
        }
    }
    let mut keys = BTreeSet::new();
    for (at, step) in policy.clocks() {
        let is_taken = policy.steps.iter().any(|other| other.kind == StepKind::Item && other.key == step.key);
        if is_taken || !keys.insert(&step.key) {
            faults.wrong(format!("#/steps/{at}/key"), format!("{} names another step already", step.key));
        }
    }
}

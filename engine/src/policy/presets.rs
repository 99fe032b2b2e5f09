//! Policies to start from, by name (numbers §1.4).

use crate::policy::check;
use crate::policy::document::{Anchor, Channel, Policy, Step, StepKind, TaskKind};
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use rust_decimal::Decimal;

/// Every preset there is.
pub const NAMES: [&str; 7] = ["cn_default", "cn_tight", "three_letters", "four_stage", "registered", "certified", "14_28_42"];

/// The preset a new tenant gets (decision 41).
pub const SHIPPED: &str = "cn_default";

/// The preset with this name; refuses `unknown_policy_key`, naming the nearest ones.
pub fn preset(name: &str) -> Result<Policy> {
    let steps = match name {
        "cn_default" => cn_default(),
        "cn_tight" => cn_tight(),
        "three_letters" => three_letters(),
        "four_stage" => four_stage(),
        "registered" => registered(),
        "certified" => certified(),
        "14_28_42" => fourteen(),
        _ => return Err(Error::new(Code::UnknownPolicyKey, check::unknown("the preset", name, NAMES))),
    };
    Ok(Policy::of(steps))
}

/// Reminders before the due date by part, a call the day before, then three clocks (first part a week, middle and whole three
/// days, tail ten days ahead; calls weekly, letters every ten days, visits monthly).
fn cn_default() -> Vec<Step> {
    vec![
        item("pre_due", -7).of_parts(&["first"]).sent(Channel::Email, "pre_due"),
        item("pre_due", -3).of_parts(&["middle", "whole"]).sent(Channel::Email, "pre_due"),
        item("pre_due", -10).of_parts(&["tail"]).sent(Channel::Email, "pre_due"),
        // The reminder may have gone late; the call still belongs to the last day, so a day's distance is enough.
        Step { gap_days: Some(1), ..item("call_t1", -1).done_by(TaskKind::Call, "collector") },
        clock("call", 7, 1).done_by(TaskKind::Call, "collector"),
        clock("written", 10, 3).sent(Channel::Email, "written"),
        clock("visit", 30, 30).done_by(TaskKind::Visit, "collector"),
    ]
}

/// Two reminders before the due date, a letter a day after it, the director from day 15 on.
fn cn_tight() -> Vec<Step> {
    vec![
        item("pre_due_7", -7).sent(Channel::Email, "pre_due"),
        item("pre_due_3", -3).sent(Channel::Email, "pre_due"),
        item("director", 15).done_by(TaskKind::Internal, "director"),
        clock("daily", 1, 1).sent(Channel::Email, "written"),
    ]
}

/// Letters at 5, 20 and 40 days.
fn three_letters() -> Vec<Step> {
    vec![
        item("letter_1", 5).sent(Channel::Letter, "reminder"),
        item("letter_2", 20).sent(Channel::Letter, "second_reminder"),
        item("letter_3", 40).sent(Channel::Letter, "demand"),
    ]
}

/// A reminder at 3 days, notices at 10, 20 and 30, then the case is prepared for handing over (ten days later: our own figure).
fn four_stage() -> Vec<Step> {
    vec![
        item("reminder", 3).sent(Channel::Email, "reminder"),
        item("notice_1", 10).sent(Channel::Email, "second_reminder"),
        item("notice_2", 20).sent(Channel::Email, "demand"),
        item("notice_3", 30).sent(Channel::Email, "final_notice").formally(),
        item("handoff", 40).done_by(TaskKind::Internal, "credit_manager"),
    ]
}

/// From an e-mail on the due date over registered letters from 50 on to the bailiff; the last letters wait for a person.
fn registered() -> Vec<Step> {
    let at_least_50 = |step: Step| Step { min_amount: Some(Decimal::new(50, 0)), ..step };
    let reviewed = |step: Step| Step { review: true, ..step };
    vec![
        item("email", 0).sent(Channel::Email, "due_today"),
        item("letter", 10).sent(Channel::Letter, "reminder"),
        at_least_50(item("registered_1", 20).sent(Channel::Registered, "demand").formally()),
        at_least_50(item("registered_2", 35).sent(Channel::Registered, "demand").formally()),
        reviewed(item("threat", 45).sent(Channel::Letter, "final_notice").formally()),
        reviewed(item("threat_receipt", 60).sent(Channel::Registered, "final_notice").formally()),
        item("bailiff", 70).done_by(TaskKind::Internal, "credit_manager"),
    ]
}

/// E-mail, letter, certified letter, then legal (fifteen days later: our own figure).
fn certified() -> Vec<Step> {
    vec![
        item("email", 1).sent(Channel::Email, "reminder"),
        item("letter", 15).sent(Channel::Letter, "second_reminder"),
        item("certified_letter", 60).sent(Channel::Registered, "demand").formally(),
        item("legal", 75).done_by(TaskKind::Internal, "legal"),
    ]
}

/// Letters at 14, 28 and 42 days, collection at 60.
fn fourteen() -> Vec<Step> {
    vec![
        item("reminder_14", 14).sent(Channel::Email, "reminder"),
        item("reminder_28", 28).sent(Channel::Email, "second_reminder"),
        item("reminder_42", 42).sent(Channel::Email, "demand"),
        item("collection", 60).done_by(TaskKind::Internal, "credit_manager"),
    ]
}

fn blank(key: &str, kind: StepKind) -> Step {
    Step {
        key: key.to_owned(),
        kind,
        parts: Vec::new(),
        offset_days: None,
        anchor: Anchor::Due,
        gap_days: None,
        every_days: None,
        first_after_days: None,
        stage: None,
        min_amount: None,
        channel: None,
        template: None,
        formal: false,
        review: false,
        task: None,
        role: None,
        step_type: None,
    }
}

/// An item step so many days after the due date; what it does is still to be said.
pub(crate) fn item(key: &str, offset_days: i64) -> Step {
    Step { offset_days: Some(offset_days), ..blank(key, StepKind::Item) }
}

/// A clock with its distance and its first day past due; what it does is still to be said.
pub(crate) fn clock(key: &str, every_days: i64, first_after_days: i64) -> Step {
    Step { every_days: Some(every_days), first_after_days: Some(first_after_days), ..blank(key, StepKind::Clock) }
}

impl Step {
    /// The same step, as a notice.
    pub(crate) fn sent(self, channel: Channel, template: &str) -> Self {
        Self { channel: Some(channel), template: Some(template.to_owned()), ..self }
    }

    /// The same step, as work for somebody.
    pub(crate) fn done_by(self, task: TaskKind, role: &str) -> Self {
        Self { task: Some(task), role: Some(role.to_owned()), ..self }
    }

    fn of_parts(self, parts: &[&str]) -> Self {
        Self { parts: parts.iter().map(|part| (*part).to_owned()).collect(), ..self }
    }

    fn formally(self) -> Self {
        Self { formal: true, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::letters;

    #[test]
    fn every_preset_is_a_sound_policy_and_has_its_letters_in_both_languages() {
        for name in NAMES {
            let policy = preset(name).unwrap();
            policy.check(&[]).unwrap_or_else(|error| panic!("{name}: {error}"));
            for step in policy.steps.iter().filter(|step| step.channel.is_some()) {
                assert!(letters::letter(step.letter()).is_some(), "{name} {}", step.key);
            }
        }
    }

    #[test]
    fn a_preset_comes_back_from_json_as_it_was() {
        for name in NAMES {
            let policy = preset(name).unwrap();
            let json = serde_json::to_string(&policy).unwrap();
            assert_eq!(serde_json::from_str::<Policy>(&json).unwrap(), policy, "{json}");
        }
    }

    #[test]
    fn a_misspelt_preset_is_refused_with_the_nearest_name() {
        let refused = preset("four_stages").unwrap_err();
        assert_eq!(refused.code(), Code::UnknownPolicyKey);
        assert!(refused.detail().contains("nearest are four_stage,"), "{refused}");
    }
}

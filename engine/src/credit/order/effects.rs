//! What plugins proposed beside their votes in an order check: work for people, holds on the whole account, labels, notes. What an
//! order check has no business with is recorded as dropped.

use super::hold_rows::{NewHold, lifted, voice};
use super::load::Check;
use crate::account::rows::account;
use crate::case::rows::task;
use crate::command::Attempt;
use crate::doors::store::Changes;
use crate::doors::store::columns::Payload;
use crate::hold::rows::{hold, hold_item};
use crate::plugin::{Remembered, remember};
use crate::words::asked::{Advice, Asked, CallStatus};
use crate::words::effect::{Effect, EffectKind, FactValue};
use crate::words::id::{DecisionId, HoldId, TaskId};
use crate::words::text::Bilingual;
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// What became of the effects, in the record's words.
#[derive(Default)]
pub(super) struct Applied {
    pub(super) applied: Vec<String>,
    pub(super) dropped: Vec<String>,
}

/// Where one effect comes from.
struct From<'a> {
    check: &'a Check,
    advice: &'a Advice,
    effect: &'a Effect,
    decision: DecisionId,
    attempt: &'a Attempt,
}

/// The effects on their way to rows.
struct Applying {
    tasks: Vec<task::Model>,
    tags: Vec<String>,
    new_holds: Vec<(hold::Model, Vec<hold_item::Model>)>,
    /// At most one row a hold: a statement cannot write the same row twice.
    saved_holds: BTreeMap<HoldId, hold::Model>,
    remembered: Vec<Remembered>,
    told: Applied,
}

/// Applies the effects of everyone who answered, in their order.
pub(super) fn apply(mut changes: Changes, check: &Check, asked: &Asked, decision: DecisionId, attempt: &Attempt) -> (Changes, Applied) {
    let tags = check.gathered.account.tags.0.clone();
    let mut applying = Applying {
        tasks: Vec::new(),
        tags,
        new_holds: Vec::new(),
        saved_holds: BTreeMap::new(),
        remembered: Vec::new(),
        told: Applied::default(),
    };
    for advice in asked.advice.iter().filter(|advice| advice.status == CallStatus::Ok) {
        for effect in &advice.effects {
            applying.one(&From { check, advice, effect, decision, attempt });
        }
    }
    let Applying { tasks, tags, new_holds, saved_holds, remembered, told } = applying;
    changes = changes.add_all(&tasks).save_all(saved_holds.values());
    changes = remember(changes, check.gathered.account.id, &check.gathered.state, &remembered, attempt);
    for (row, items) in &new_holds {
        changes = changes.add(row).add_all(items);
    }
    if tags != check.gathered.account.tags.0 {
        let row = &check.gathered.account;
        // The claim has moved the version and the warning level; the row is written whole after it.
        let warning_level = changes.warning_level().unwrap_or(row.warning_level);
        changes = changes.save(&account::Model { tags: Payload(tags), version: row.version + 1, warning_level, ..row.clone() });
    }
    (changes, told)
}

impl Applying {
    fn one(&mut self, from: &From<'_>) {
        match &from.effect.kind {
            EffectKind::Task { role, task, activity, due_on } => self.task(from, role, task, activity, *due_on),
            EffectKind::Alert { role } => self.task(from, role, "alert", "internal", from.attempt.stamp.today),
            EffectKind::PlaceHold { expires_on, .. } => self.place_hold(from, *expires_on),
            EffectKind::ReleaseHold { hold } => match from.check.gathered.holds.iter().find(|row| row.id == *hold) {
                Some(row) if row.order_id.is_none() => {
                    self.saved_holds.insert(row.id, lifted(row, "lifted", &from.advice.source(from.effect.line), "plugin", from.attempt));
                    self.told.applied.push(format!("release_hold {hold}"));
                }
                Some(_) | None => self.told.dropped.push(format!("release_hold {hold}: not a hold on the whole account")),
            },
            EffectKind::Tag { name } => {
                if !self.tags.contains(name) {
                    self.tags.push(name.clone());
                }
                self.told.applied.push(format!("tag {name}"));
            }
            EffectKind::Untag { name } => {
                self.tags.retain(|tag| tag != name);
                self.told.applied.push(format!("untag {name}"));
            }
            EffectKind::Remember { key, value } => self.remember(from, key, Some(value.clone())),
            EffectKind::Forget { key } => self.remember(from, key, None),
            EffectKind::Note { text } => self.told.applied.push(format!("note {text}")),
            EffectKind::Metric { name, by } => self.told.applied.push(format!("metric {name} {by}")),
            EffectKind::Notice { .. }
            | EffectKind::Pause { .. }
            | EffectKind::OpenCase
            | EffectKind::Assign { .. }
            | EffectKind::SetPriority { .. }
            | EffectKind::Escalate { .. }
            | EffectKind::ScheduleStep { .. }
            | EffectKind::Offer { .. }
            | EffectKind::StepTo { .. }
            | EffectKind::StepWait { .. }
            | EffectKind::StepDone
            | EffectKind::StepData { .. }
            | EffectKind::RequestApproval { .. }
            | EffectKind::Handoff { .. }
            | EffectKind::Include { .. }
            | EffectKind::Missing { .. }
            | EffectKind::Usable { .. }
            | EffectKind::Answer { .. }
            | EffectKind::Variables { .. }
            | EffectKind::CapRate { .. }
            | EffectKind::Grade { .. }
            | EffectKind::ProposeLimit { .. }
            | EffectKind::ProposeGrade { .. } => self.told.dropped.push(format!("{}: not for an order check", word(from))),
        }
    }

    fn remember(&mut self, from: &From<'_>, key: &str, value: Option<FactValue>) {
        self.told.applied.push(format!("{} {key}", if value.is_some() { "remember" } else { "forget" }));
        self.remembered.push(Remembered { plugin: from.advice.plugin.clone(), key: key.to_owned(), value });
    }

    /// One open task per account, kind and plugin; of alerts, per code too (plugins.md §3).
    fn task(&mut self, from: &From<'_>, role: &str, kind: &str, activity: &str, due_on: NaiveDate) {
        let code = from.effect.code.as_deref();
        let is_same = |row: &task::Model| {
            let known = row.details.0.get("code").and_then(|code| code.as_str());
            row.kind == kind && voice(&row.source) == from.advice.plugin && (kind != "alert" || known == code)
        };
        if self.tasks.iter().chain(&from.check.tasks).any(is_same) {
            self.told.dropped.push(format!("task {kind}: already open"));
            return;
        }
        let stamp = &from.attempt.stamp;
        self.tasks.push(task::Model {
            tenant_id: from.attempt.who.tenant,
            id: TaskId(stamp.id()),
            account_id: from.check.gathered.account.id,
            case_id: from.check.gathered.case.as_ref().map(|case| case.id),
            kind: kind.to_owned(),
            activity: activity.to_owned(),
            role: role.to_owned(),
            step: None,
            effective_on: stamp.today,
            due_on,
            state: "open".to_owned(),
            source: from.advice.source(from.effect.line),
            details: Payload(serde_json::json!({
                "code": code, "values": from.effect.values, "order_id": from.check.order.id, "order_external_id": from.check.order.external_id,
            })),
            created_on: stamp.today,
            done_on: None,
            done_by: None,
            outcome: None,
            version: 1,
            contact_id: None,
        created_at: stamp.at,
        });
        self.told.applied.push(format!("task {kind}"));
    }

    /// A plugin's hold on the whole account: one a code, where asking again only moves its last day out.
    fn place_hold(&mut self, from: &From<'_>, expires_on: NaiveDate) {
        let EffectKind::PlaceHold { pay_to_release, items, .. } = &from.effect.kind else { return };
        let (check, source) = (from.check, from.advice.source(from.effect.line));
        let code = from.effect.code.as_deref().unwrap_or("PLUGIN_HOLD");
        self.told.applied.push(format!("place_hold {code}"));
        let is_over = |row: &hold::Model| check.over.iter().any(|over| over.row.id == row.id);
        let is_same = |row: &hold::Model| row.order_id.is_none() && voice(&row.source) == from.advice.plugin && row.code == code;
        if let Some((row, _)) = self.new_holds.iter_mut().find(|(row, _)| is_same(row)) {
            row.expires_on = row.expires_on.max(Some(expires_on));
            return;
        }
        if let Some(row) = check.gathered.holds.iter().find(|row| is_same(row) && !is_over(row)) {
            if row.expires_on.is_some_and(|last| last < expires_on) {
                let later = hold::Model { expires_on: Some(expires_on), version: row.version + 1, ..row.clone() };
                self.saved_holds.insert(row.id, later);
            }
            return;
        }
        let plugin = &from.advice.plugin;
        let text = Bilingual::new(format!("Placed by the plugin {plugin}: {code}."), format!("由插件 {plugin} 设置：{code}。"));
        let new = NewHold { order: None, source: &source, code, text: &text, pay: *pay_to_release, items, expires_on: Some(expires_on) };
        let row = new.row(check, Some(from.decision), from.attempt);
        let items = new.items_of(&row, from.attempt);
        self.new_holds.push((row, items));
    }
}

/// The effect's name in a script.
fn word(from: &From<'_>) -> String {
    let json = serde_json::to_value(&from.effect.kind).unwrap_or_default();
    json.get("kind").and_then(|kind| kind.as_str()).unwrap_or("effect").to_owned()
}

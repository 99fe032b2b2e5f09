//! What every switching of a package has in common: what it looks at, who answers for it, and the change that puts it in force.

use super::push::{placed, refuse_errors, version};
use super::rows::{plugin_activation, plugin_version};
use super::view::ActivationView;
use super::{PluginMode, compatible};
use crate::approval::rows::approval;
use crate::approval::{Acted, Persons, pending_about};
use crate::command::{Attempt, Decided};
use crate::doors::store::{Changes, Claim, Entry, Read, columns::Payload, failed};
use crate::words::asked::Judged;
use crate::words::caller::Caller;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::RowId;
use crate::words::role::Role;
use sea_orm::{ColumnTrait, QueryFilter};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// What is in force for a package, if it was ever switched.
pub(super) async fn current(read: &Read, name: &str) -> Result<Option<plugin_activation::Model>> {
    let query = plugin_activation::find(read.tenant())
        .filter(plugin_activation::Column::Name.eq(name))
        .filter(plugin_activation::Column::IsCurrent.eq(true));
    query.one(read.db()).await.map_err(failed)
}

/// What is to be in force from now on.
pub(super) struct Next<'a> {
    pub(super) name: &'a str,
    pub(super) number: i64,
    pub(super) mode: PluginMode,
    pub(super) settings: Json,
    pub(super) segment_settings: BTreeMap<String, Json>,
    pub(super) reason: Option<String>,
    /// Checks that failed and are excused.
    pub(super) excuse: &'a [Excuse],
    pub(super) kind: &'static str,
    pub(super) persons: Persons,
}

/// Who said yes to a switching: the second person, or the operator, who needs none.
fn approver(who: &Caller) -> Option<&str> {
    match &who.second {
        Some(second) => Some(&second.actor),
        None => who.is_operator.then_some(&*who.actor),
    }
}

/// The change that puts it in force: the former activation is kept, no longer current.
pub(super) fn put_in_force(next: Next<'_>, former: Option<&plugin_activation::Model>, attempt: &Attempt) -> (ActivationView, Changes) {
    let row = plugin_activation::Model {
        tenant_id: attempt.who.tenant,
        id: RowId(attempt.stamp.id()),
        name: next.name.to_owned(),
        number: next.number,
        mode: next.mode,
        settings: Payload(next.settings),
        segment_settings: Payload(next.segment_settings),
        revision: attempt.ground.revision + 1,
        asked_by: attempt.who.actor.to_string(),
        approved_by: approver(&attempt.who).map(|actor| actor.to_string()),
        reason: next.reason,
        at: attempt.stamp.at,
        is_current: true,
    };
    let view = ActivationView::from(&row);
    let entry = Entry {
        kind: next.kind,
        subject: "plugin",
        subject_id: row.id.0,
        effective_on: attempt.stamp.today,
        decision: None,
        body: next.persons.told(serde_json::json!({
            "name": row.name, "number": row.number, "mode": row.mode, "settings": row.settings.0, "reason": row.reason, "excuse": next.excuse,
            "before": former.map(|row| serde_json::json!({"number": row.number, "mode": row.mode, "settings": row.settings.0})),
        })),
    };
    let mut changes = Changes::on(Claim::Rules);
    if let Some(former) = former {
        changes = changes.save(&plugin_activation::Model { is_current: false, ..former.clone() });
    }
    (view, changes.add(&row).tell(entry))
}

/// Who answers for switching a version: one approver where it touches neither orders, money nor law, two for the others (api.md §11). The
/// second is neither asker nor author. A failed check is never excused by one.
pub(super) fn persons(judged: &Judged, version: &plugin_version::Model, is_excused: bool, attempt: &Attempt) -> Result<Persons> {
    let who = &attempt.who;
    if who.second.as_ref().is_some_and(|second| !second.is_operator && *second.actor == *version.author) {
        return Err(Error::new(Code::SecondPersonRequired, "whoever wrote a version cannot be the one who says yes to it"));
    }
    let is_approver = who.roles.contains(&Role::PluginApprover);
    Ok(Persons::of(who, is_excused || !is_approver || (judged.needs_second_person && attempt.ground.settings.four_eyes)))
}

crate::words! {
    /// A check that a second person may excuse, with a reason; nothing else can be excused (plugins.md §8).
    pub enum Excuse {
        /// There is a test, and none fails.
        Tests = "tests",
        /// The tests reach enough of the script.
        Coverage = "coverage",
        /// Recorded decisions give no error.
        Rehearsal = "rehearsal",
    }
}

/// Refuses what may not go live although its text is right: failing tests, no tests at all, and tests that reach too little. The first fault
/// is told; all of them go with the refusal.
pub(super) fn refuse_unfit(judged: &Judged, excused: &[Excuse]) -> Result<()> {
    refuse_errors(judged)?;
    let faults = judged.unfit.as_array().map_or(&[][..], Vec::as_slice);
    let excuse = |fault: &Json| if fault["code"] == "coverage" { Excuse::Coverage } else { Excuse::Tests };
    let left: Vec<&Json> = faults.iter().filter(|fault| !excused.contains(&excuse(fault))).collect();
    match left.first() {
        None => Ok(()),
        Some(first) => {
            let extra = serde_json::json!({ "diagnostics": left, "failed_tests": judged.failed_tests });
            Err(Error::new(Code::ScriptRefused, placed(first)).with(extra))
        }
    }
}

/// Refuses a version that breaks what callers of the one before it rely on.
pub(super) fn refuse_broken_actions(judged: &Judged, before: Option<&Judged>) -> Result<()> {
    match before.and_then(|before| compatible::broken(&before.actions, &judged.actions)) {
        Some(what) => Err(Error::new(Code::ScriptRefused, what)),
        None => Ok(()),
    }
}

/// What switching looks at.
pub struct SwitchFacts {
    pub(super) version: plugin_version::Model,
    pub(super) former: Option<plugin_activation::Model>,
    /// What is asked about the version and not answered.
    pub(super) pending: Vec<approval::Model>,
    /// The version whose place it would take, where that is another one.
    pub(super) before: Option<plugin_version::Model>,
}

impl SwitchFacts {
    pub(super) async fn read(read: &Read, name: &str, number: i64, former: Option<plugin_activation::Model>) -> Result<Self> {
        let wanted = version(read, name, number).await?;
        let before = match &former {
            Some(row) if row.number != number => Some(version(read, name, row.number).await?),
            Some(_) | None => None,
        };
        Ok(Self { pending: pending_about(read, wanted.id.0).await?, version: wanted, former, before })
    }

    /// The revision of what is in force, 0 where nothing is; refuses when it is not the one that was read.
    pub(super) fn revision(&self, wanted: Option<i64>) -> Result<i64> {
        let known = self.former.as_ref().map_or(0, |row| row.revision);
        if wanted.is_none_or(|wanted| wanted == known) {
            return Ok(known);
        }
        let error = Error::new(Code::StaleVersion, format!("the plugin's settings are at version {known}")).at("@If-Match");
        Err(error.with(serde_json::json!({ "current_version": known })))
    }
}

/// A switching that was done at once.
pub(super) fn done((view, changes): (ActivationView, Changes)) -> Decided<Acted<ActivationView>> {
    Decided::new(Acted::Done(view), changes)
}

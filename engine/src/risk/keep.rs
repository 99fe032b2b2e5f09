//! A judgement becomes what is kept: the profile, the events of what changed, and the work that begins.

use super::rules::Judgement;
use crate::policy::{PlanLevel, PlanTask, RiskRules};
use crate::profile::rows::risk_profile;
use crate::words::facts::Reason;
use crate::words::text::Bilingual;
use chrono::NaiveDate;

/// What is kept of a judgement, where it differs from what was kept before.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Kept {
    /// The profile as it is now.
    pub(crate) profile: risk_profile::Model,
    /// Events: their kind and what they say.
    pub(crate) events: Vec<(&'static str, serde_json::Value)>,
    /// Work that begins because the level rose.
    pub(crate) task: Option<PlanTask>,
    /// Why the level or the place on the watch-list changed.
    pub(crate) reasons: Vec<Reason>,
}

/// Brings a profile up to date on a day; none when the judgement is the one that is kept already. Figures in the reasons are those of
/// the day on which the reasons changed.
pub(crate) fn keep(before: &risk_profile::Model, judged: &Judgement, rules: &RiskRules, day: NaiveDate) -> Option<Kept> {
    let mut kept = Kept { profile: before.clone(), events: Vec::new(), task: None, reasons: Vec::new() };
    keep_level(&mut kept, judged, rules, day);
    keep_watch(&mut kept, judged, day);
    (kept.profile != *before).then_some(kept)
}

/// Are the plan level and the place on the watch-list those of this judgement?
pub(crate) fn is_kept(profile: Option<&risk_profile::Model>, judged: &Judgement, rules: &RiskRules) -> bool {
    let level = rules.plan_levels.get(judged.level).filter(|_| judged.level > 0).map(|level| level.key.as_str());
    let is_watched = profile.is_some_and(|profile| profile.watched_since.is_some());
    profile.and_then(|profile| profile.plan_level.as_deref()) == level && is_watched != judged.watch_reasons.is_empty()
}

fn keep_level(kept: &mut Kept, judged: &Judgement, rules: &RiskRules, day: NaiveDate) {
    let profile = &mut kept.profile;
    let level = rules.plan_levels.get(judged.level).filter(|_| judged.level > 0);
    let key = level.map(|level| level.key.clone());
    if !is_same(&profile.plan_reasons.0, &judged.plan_reasons) {
        profile.plan_reasons.0.clone_from(&judged.plan_reasons);
    }
    if profile.plan_level == key {
        return;
    }
    let first = rules.plan_levels.first().map(|level| level.key.as_str());
    let from = profile.plan_level.as_deref().or(first);
    let body = serde_json::json!({ "from": from, "to": key.as_deref().or(first), "codes": codes(&judged.plan_reasons) });
    kept.events.push(("plan_level.changed", body));
    if judged.level > rules.level_no(profile.plan_level.as_deref()) {
        kept.task = level.and_then(|level: &PlanLevel| level.measures.task.clone());
    }
    if judged.plan_reasons.is_empty() {
        let text = Bilingual::new("The account is on the first level of its plan again.", "该客户已回到预案的第一级。");
        kept.reasons.push(Reason::core("plan_level", text));
    }
    kept.reasons.extend(judged.plan_reasons.iter().cloned());
    profile.plan_since = key.is_some().then_some(day);
    profile.plan_level = key;
}

fn keep_watch(kept: &mut Kept, judged: &Judgement, day: NaiveDate) {
    let profile = &mut kept.profile;
    let is_watched = !judged.watch_reasons.is_empty();
    match (profile.watched_since, is_watched) {
        (None, true) => {
            profile.watched_since = Some(day);
            kept.events.push(("watch_list.entered", serde_json::json!({ "codes": codes(&judged.watch_reasons) })));
            kept.reasons.extend(judged.watch_reasons.iter().cloned());
        }
        (Some(since), false) => {
            profile.watched_since = None;
            kept.events.push(("watch_list.left", serde_json::json!({ "since": since })));
            let text = Bilingual::new("No criterion of the watch-list is met any more.", "已不再符合重点关注名单的任何条件。");
            kept.reasons.push(Reason::core("watch_list_left", text));
        }
        (None, false) | (Some(_), true) => {}
    }
    if !is_same(&profile.watch_reasons.0, &judged.watch_reasons) {
        profile.watch_reasons.0.clone_from(&judged.watch_reasons);
    }
}

fn codes(reasons: &[Reason]) -> Vec<&str> {
    reasons.iter().map(|reason| reason.code.as_str()).collect()
}

/// The same reasons, whatever their figures of the day.
fn is_same(before: &[Reason], now: &[Reason]) -> bool {
    codes(before) == codes(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::day::parse_date;
    use crate::words::id::{AccountId, RowId, TenantId};
    use uuid::Uuid;

    fn reasons(codes: &[&str], figure: i64) -> Vec<Reason> {
        codes.iter().map(|code| Reason::core(code, Bilingual::same(format!("{figure}")))).collect()
    }

    #[test]
    fn only_what_changed_is_kept_and_told() {
        let (rules, day) = (RiskRules::default(), parse_date("2026-03-02").unwrap());
        let blank = risk_profile::Model::blank(TenantId(Uuid::nil()), RowId(Uuid::nil()), AccountId(Uuid::nil()));
        assert_eq!(keep(&blank, &Judgement::default(), &rules, day), None);
        let grave = Judgement { level: 3, plan_reasons: reasons(&["signal"], 1), watch_reasons: reasons(&["signal"], 1) };
        let kept = keep(&blank, &grave, &rules, day).unwrap();
        let told: Vec<&str> = kept.events.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(told, ["plan_level.changed", "watch_list.entered"]);
        assert_eq!((kept.profile.plan_level.as_deref(), kept.profile.plan_since), (Some("emergency"), Some(day)));
        assert_eq!(kept.task.as_ref().map(|task| (task.key.as_str(), task.within_days)), Some(("emergency_plan", 1)));
        let later = Judgement { plan_reasons: reasons(&["signal"], 2), watch_reasons: reasons(&["signal"], 2), ..grave };
        assert_eq!(keep(&kept.profile, &later, &rules, day), None, "figures alone change nothing");
        let better = Judgement { level: 1, plan_reasons: reasons(&["signal"], 3), watch_reasons: Vec::new() };
        let eased = keep(&kept.profile, &better, &rules, day).unwrap();
        assert_eq!((eased.task, eased.profile.watched_since), (None, None), "nothing begins on the way down");
        assert_eq!(eased.events[0].1, serde_json::json!({ "from": "emergency", "to": "attention", "codes": ["signal"] }));
        assert_eq!(eased.events[1].1, serde_json::json!({ "since": "2026-03-02" }));
        let well = keep(&eased.profile, &Judgement::default(), &rules, day).unwrap();
        assert_eq!(well.profile, blank);
    }
}

//! What stands of the plugins' effects is applied: each word of the closed list has its arm here.

use super::addressee;
use super::gate::{self, Action};
use super::merge::Said;
use super::notices;
use super::outcome::{CaseState, PlannedApproval, PlannedHandoff, PlannedHold, PlannedOffer, PlannedTask, StepChange};
use super::planned::Turn;
use super::review;
use super::settle::Desk;
use crate::plugin::Remembered;
use crate::policy::Channel;
use crate::words::day::add_days;
use crate::words::effect::{EffectKind, FactValue};
use crate::words::id::InstalmentId;
use crate::words::money::Money;
use chrono::NaiveDate;

/// Why an effect was not applied.
type Dropped = &'static str;

/// Applies everything but letters, which come after the core's own. A case that a plugin opens is there for the others' effects.
pub(super) fn first(desk: &mut Desk<'_>, kept: &mut Vec<Said<'_>>) {
    let is_opening = |said: &Said<'_>| matches!(said.effect.kind, EffectKind::OpenCase);
    let is_letter = |said: &Said<'_>| matches!(said.effect.kind, EffectKind::Notice { .. });
    for said in kept.iter().filter(|said| is_opening(said)).chain(kept.iter().filter(|said| !is_opening(said) && !is_letter(said))) {
        let outcome = one(desk, said);
        record(desk, said, outcome);
    }
    kept.retain(is_letter);
}

/// Writes the plugins' letters, in plugin order, up to the policy's cap.
pub(super) fn letters(desk: &mut Desk<'_>, kept: Vec<Said<'_>>) {
    for said in kept {
        let outcome = letter(desk, &said);
        record(desk, &said, outcome);
    }
}

fn record(desk: &mut Desk<'_>, said: &Said<'_>, outcome: Result<(), Dropped>) {
    match outcome {
        Ok(()) => desk.review.applied.push(said.fate("applied")),
        Err(why) => desk.review.dropped.push(said.fate(why)),
    }
}

fn one(desk: &mut Desk<'_>, said: &Said<'_>) -> Result<(), Dropped> {
    use EffectKind as E;
    match &said.effect.kind {
        E::Task { role, task, activity, due_on } => add_task(desk, said, role, task, activity, *due_on),
        E::Alert { role } => add_task(desk, said, role, "alert", "internal", desk.facts.today),
        E::Escalate { role } => add_task(desk, said, role, "escalation", "internal", desk.facts.today),
        E::Notice { .. } => Ok(()),
        E::PlaceHold { pay_to_release, items, expires_on } => place_hold(desk, said, *pay_to_release, items, *expires_on),
        E::ReleaseHold { hold } => {
            let is_own = desk.facts.holds.iter().any(|known| known.id == *hold && is_from(&known.source, &said.advice.plugin));
            if is_own {
                desk.review.released_holds.push(*hold)
            }
            is_own.then_some(()).ok_or("not_own")
        }
        E::Pause { last_day } => pause(desk, *last_day),
        E::OpenCase => open_case(desk, said),
        E::Assign { role } => on_case(desk, |case| case.owner = Some(role.clone())),
        E::SetPriority { priority } => on_case(desk, |case| case.priority = (*priority).clamp(0, 100)),
        E::ScheduleStep { key, on } => schedule(desk, key, *on),
        E::Offer { item, rate, pay_by } => offer(desk, said, *item, *rate, *pay_by),
        E::StepTo { state, wake_on } => move_step(desk, said, Some(state), Some(*wake_on)),
        E::StepWait { wake_on } => move_step(desk, said, None, Some(*wake_on)),
        E::StepDone => move_step(desk, said, None, None),
        E::StepData { key, value } => remember(desk, said, key, value),
        E::RequestApproval { role } => request_approval(desk, said, role),
        E::Handoff { to, documents } => handoff(desk, said, to, documents),
        E::ProposeLimit { amount, from } => {
            desk.propose("proposed_limit_from", FactValue::Text(from.to_string()), said.source())?;
            desk.propose("proposed_limit", FactValue::Money(*amount), said.source())
        }
        E::ProposeGrade { grade } => desk.propose("proposed_grade", FactValue::Text(grade.clone()), said.source()),
        E::Remember { key, value } => {
            let plugin = said.advice.plugin.clone();
            keep(&mut desk.review.remembered, Remembered { plugin, key: key.clone(), value: Some(value.clone()) })
        }
        E::Forget { key } => {
            let plugin = said.advice.plugin.clone();
            keep(&mut desk.review.remembered, Remembered { plugin, key: key.clone(), value: None })
        }
        E::Answer { .. } => Ok(()),
        // Papers belong into the answer to `legal_packet`, a grade, what is usable and words of a letter into those to `credit_grade`,
        // `usable_limit` and `message_compose`, a cap into that to `offer_check`: none is part of a review.
        E::Include { .. } | E::Missing { .. } | E::Grade { .. } | E::Usable { .. } | E::Variables { .. } | E::CapRate { .. } => {
            Err("not_here")
        }
        E::Tag { name } => keep(&mut desk.review.tags, (name.clone(), true)),
        E::Untag { name } => keep(&mut desk.review.tags, (name.clone(), false)),
        E::Note { text } => keep(&mut desk.review.notes, (said.source(), text.clone())),
        E::Metric { name, by } => keep(&mut desk.review.metrics, (said.source(), name.clone(), *by)),
    }
}

/// Did this plugin place the hold? A source is the plugin's name, or its name with version and line.
fn is_from(source: &str, plugin: &str) -> bool {
    source.split('@').next() == Some(plugin)
}

fn keep<T>(list: &mut Vec<T>, thing: T) -> Result<(), Dropped> {
    list.push(thing);
    Ok(())
}

fn on_case(desk: &mut Desk<'_>, change: impl FnOnce(&mut super::outcome::CaseAfter)) -> Result<(), Dropped> {
    let case = desk.case.as_mut().filter(|case| case.state != CaseState::Closed).ok_or("no_case")?;
    change(case);
    Ok(())
}

fn add_task(desk: &mut Desk<'_>, said: &Said<'_>, role: &str, task: &str, activity: &str, due_on: NaiveDate) -> Result<(), Dropped> {
    let action = match activity {
        "call" => Some(Action::Call),
        "visit" => Some(Action::Visit),
        "message" => Some(Action::Message),
        _ => None,
    };
    if let Some(action) = action {
        gate::gate(desk.facts, action, None, desk.facts.now)?;
    }
    let items = desk.questions[said.question].items();
    desk.add_task(PlannedTask {
        role: role.to_owned(),
        task: task.to_owned(),
        activity: activity.to_owned(),
        step: step_key(desk, said.question),
        effective_on: desk.facts.today,
        due_on: due_on.max(desk.facts.today),
        sources: said.authors.clone(),
        items,
        values: said.effect.values.clone(),
    });
    Ok(())
}

/// The custom step a question is about.
fn step_key(desk: &Desk<'_>, question: usize) -> Option<String> {
    desk.wakes.iter().find(|wake| wake.question == question).map(|wake| wake.step.key.clone())
}

fn place_hold(
    desk: &mut Desk<'_>,
    said: &Said<'_>,
    pay_to_release: Option<Money>,
    items: &[InstalmentId],
    expires_on: NaiveDate,
) -> Result<(), Dropped> {
    let plugin = said.advice.plugin.clone();
    let is_there = desk.facts.holds.iter().any(|hold| {
        hold.order_id.is_none()
            && is_from(&hold.source, &plugin)
            && Some(&hold.code) == said.effect.code.as_ref()
            && hold.expires_on >= Some(desk.facts.today)
    });
    if is_there {
        return Err("already_held");
    }
    let (source, code, values) = (said.source(), said.effect.code.clone(), said.effect.values.clone());
    let hold = PlannedHold { plugin, code, pay_to_release, items: items.to_vec(), expires_on, source, values };
    keep(&mut desk.review.holds, hold)
}

fn pause(desk: &mut Desk<'_>, last_day: NaiveDate) -> Result<(), Dropped> {
    if last_day < desk.facts.today {
        return Err("past");
    }
    on_case(desk, |case| {
        case.state = CaseState::Paused;
        case.paused_until = Some(last_day);
    })
}

fn open_case(desk: &mut Desk<'_>, said: &Said<'_>) -> Result<(), Dropped> {
    if desk.case.as_ref().is_some_and(|case| case.state != CaseState::Closed) {
        return Err("already_open");
    }
    if desk.facts.case.is_some() {
        return Err("closing");
    }
    desk.case = Some(review::opened(desk.facts, desk.policy, &desk.book, Some(said.source())));
    desk.turn = Turn::Open;
    Ok(())
}

fn schedule(desk: &mut Desk<'_>, key: &str, on: NaiveDate) -> Result<(), Dropped> {
    if !desk.policy.steps.iter().any(|step| step.key == key) {
        return Err("unknown_step");
    }
    on_case(desk, |case| {
        case.scheduled.insert(key.to_owned(), on);
    })
}

fn offer(
    desk: &mut Desk<'_>,
    said: &Said<'_>,
    item: InstalmentId,
    rate: crate::words::rate::Rate,
    pay_by: NaiveDate,
) -> Result<(), Dropped> {
    let facts = desk.facts;
    let at = facts.open_items.rows.iter().position(|row| row.id == item).ok_or("not_open")?;
    let standing = &desk.book.items[at];
    if facts.offers.iter().any(|live| live.instalment_id == item && live.pay_by >= facts.today) {
        return Err("live_offer");
    }
    if standing.left <= 0 || pay_by < facts.today || pay_by >= facts.open_items.rows[at].due_on {
        return Err("too_late");
    }
    let open = Money::new(standing.owed, facts.open_items.rows[at].open.currency());
    let discount = open.decimal().checked_mul(rate.0).and_then(|units| Money::round_half_up(units, open.currency()).ok());
    let discount = discount.filter(|discount| discount.is_positive() && discount.minor() < open.minor()).ok_or("no_discount")?;
    let (code, sources) = (said.effect.code.clone(), said.authors.clone());
    keep(&mut desk.review.offers, PlannedOffer { instalment: item, rate, open, discount, pay_by, code, sources })
}

/// The custom step a question is about, as it stands by now: other effects of the same answer may have changed it.
fn step_of<'a>(desk: &'a mut Desk<'_>, question: usize) -> Result<&'a mut super::planned::Wake, Dropped> {
    desk.wakes.iter_mut().find(|wake| wake.question == question).ok_or("no_step")
}

/// `step_to`, `step_wait` (no state) and `step_done` (no day either). A step never wakes twice a day.
fn move_step(desk: &mut Desk<'_>, said: &Said<'_>, state: Option<&String>, wake_on: Option<NaiveDate>) -> Result<(), Dropped> {
    let today = desk.facts.today;
    let wake = step_of(desk, said.question)?;
    if let Some(state) = state.filter(|state| **state != wake.step.at) {
        wake.step.at.clone_from(state);
        wake.step.entered_on = today;
    }
    if let Some(wake_on) = wake_on {
        wake.step.wake_on = wake_on.max(add_days(today, 1));
    }
    wake.step.tries = 0;
    let change = StepChange { step: wake.step.clone(), is_new: wake.is_new, is_done: wake_on.is_none() };
    keep(&mut desk.review.steps, change)
}

/// Effects of one answer come in any order, so a change that is already told is told anew.
fn retell(desk: &mut Desk<'_>, question: usize) {
    let Some(wake) = desk.wakes.iter().find(|wake| wake.question == question) else { return };
    if let Some(change) = desk.review.steps.iter_mut().find(|change| change.step.key == wake.step.key) {
        change.step = wake.step.clone();
    }
}

fn remember(desk: &mut Desk<'_>, said: &Said<'_>, key: &str, value: &str) -> Result<(), Dropped> {
    step_of(desk, said.question)?.step.data.insert(key.to_owned(), value.to_owned());
    retell(desk, said.question);
    Ok(())
}

fn request_approval(desk: &mut Desk<'_>, said: &Said<'_>, role: &str) -> Result<(), Dropped> {
    let wake = step_of(desk, said.question)?;
    wake.step.approval = "asked".to_owned();
    let step = Some(wake.step.key.clone());
    retell(desk, said.question);
    let approval = PlannedApproval { role: role.to_owned(), step, code: said.effect.code.clone(), source: said.source() };
    keep(&mut desk.review.approvals, approval)
}

/// A case goes to legal only with the yes of a second person, which the same step may have been given already (plugins §3).
fn handoff(desk: &mut Desk<'_>, said: &Said<'_>, to: &str, documents: &[String]) -> Result<(), Dropped> {
    gate::gate(desk.facts, Action::Handoff, None, desk.facts.now)?;
    let is_granted = desk.wakes.iter().any(|wake| wake.question == said.question && wake.step.approval == "granted");
    if !is_granted {
        return Err("approval_missing");
    }
    on_case(desk, |case| case.state = CaseState::HandedOff)?;
    if let Some(known) = desk.review.handoffs.iter_mut().find(|known| known.to == to) {
        known.documents.extend(documents.iter().cloned());
        known.documents.sort();
        known.documents.dedup();
        known.sources.extend(said.authors.iter().cloned());
        return Ok(());
    }
    let (step, code) = (step_key(desk, said.question), said.effect.code.clone());
    let handoff = PlannedHandoff { to: to.to_owned(), documents: documents.to_vec(), code, step, sources: said.authors.clone() };
    keep(&mut desk.review.handoffs, handoff)
}

/// A plugin's letter: one per legal entity and currency of its items. What it says about money and days is the engine's.
fn letter(desk: &mut Desk<'_>, said: &Said<'_>) -> Result<(), Dropped> {
    let EffectKind::Notice { to, template, items, offer, channel, send_on } = &said.effect.kind else { return Err("not_here") };
    let offered = offer.map(|place| offer_at(desk, said, place)).transpose()?;
    let places = places(desk, items, offered);
    let channel = channel_of(desk, channel.as_deref())?;
    let contact = addressee::by_channel(desk.facts, channel, Some(to));
    gate::gate(desk.facts, Action::Message, contact, desk.facts.now)?;
    let mut groups: Vec<usize> = places.iter().map(|at| desk.book.items[*at].group).collect();
    groups.sort_unstable();
    groups.dedup();
    if groups.is_empty() {
        return Err("nothing_to_say");
    }
    for group in groups {
        let entity = &desk.facts.open_items.rows[desk.book.groups[group].row].entity;
        let is_same =
            |notice: &&super::outcome::PlannedNotice| notice.entity == *entity && notice.currency == desk.book.groups[group].currency;
        let written = i64::try_from(desk.review.notices.iter().filter(is_same).count()).unwrap_or(i64::MAX);
        if written >= desk.policy.written_per_run {
            return Err("capped");
        }
        let step = step_key(desk, said.question).unwrap_or_else(|| desk.questions[said.question].hook().to_string());
        let mut notice = notices::blank(desk.facts, &desk.book, group, channel, contact);
        notice.template.clone_from(template);
        notice.source = said.source();
        notice.send_on = *send_on;
        notice.offer = offered;
        let own: Vec<usize> = places.iter().copied().filter(|at| desk.book.items[*at].group == group).collect();
        for at in &own {
            notices::add_line(&mut notice, desk.facts, &desk.book, *at, &step, desk.facts.today);
        }
        notice.step = step;
        notice.answer_by = answer_by(desk, said, offered);
        desk.send(notice, own);
    }
    Ok(())
}

/// The day a letter may name: the end of its offer, or the day its step wakes. Otherwise the next step of its items is taken.
fn answer_by(desk: &Desk<'_>, said: &Said<'_>, offered: Option<usize>) -> NaiveDate {
    let wakes = desk.wakes.iter().find(|wake| wake.question == said.question).map(|wake| wake.step.wake_on);
    offered.map(|at| desk.review.offers[at].pay_by).or(wakes).unwrap_or(desk.facts.today)
}

/// Where the offer a letter is about stands among those applied.
fn offer_at(desk: &Desk<'_>, said: &Said<'_>, place: usize) -> Result<usize, Dropped> {
    let effect = said.advice.effects.get(place).ok_or("no_offer")?;
    let EffectKind::Offer { item, rate, pay_by } = &effect.kind else { return Err("no_offer") };
    let stands = |offer: &PlannedOffer| offer.instalment == *item && offer.rate == *rate && offer.pay_by == *pay_by;
    desk.review.offers.iter().position(stands).ok_or("outbid")
}

/// The items a letter is about, without those that are disputed, covered or not open.
fn places(desk: &Desk<'_>, items: &[InstalmentId], offered: Option<usize>) -> Vec<usize> {
    let about = offered.map(|at| desk.review.offers[at].instalment);
    let rows = &desk.facts.open_items.rows;
    (0..rows.len()).filter(|at| desk.book.items[*at].left > 0 && (items.contains(&rows[*at].id) || about == Some(rows[*at].id))).collect()
}

/// The channel asked for, or the one the policy writes by.
fn channel_of(desk: &Desk<'_>, channel: Option<&str>) -> Result<Channel, Dropped> {
    match channel {
        Some(word) => word.parse().map_err(|_| "unknown_channel"),
        None => Ok(desk.policy.steps.iter().find_map(|step| step.channel).unwrap_or(Channel::Email)),
    }
}

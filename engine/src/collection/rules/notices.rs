//! From steps that are taken to notices: one per channel, legal entity and currency, whose lines name instalment and step.

use super::addressee;
use super::chase::Book;
use super::gate::{self, Action};
use super::outcome::{CaseAfter, NoticeLine, NoticeState, PlannedNotice};
use super::planned::Act;
use crate::policy::{Channel, Policy, Step};
use crate::words::facts::{ContactFacts, Facts};
use crate::words::money::Money;
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// A line of a letter that is being put together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    pub(super) item: usize,
    pub(super) step: usize,
    pub(super) on: NaiveDate,
}

/// A letter that is being put together.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) group: usize,
    pub(super) channel: Channel,
    is_upcoming: bool,
    pub(super) lines: Vec<Line>,
    /// Place in the policy of the step that chooses the template.
    pub(super) top: usize,
}

/// Puts the steps that are taken together into letters, the highest step first, at most as many as the policy lets one run write
/// (numbers §1.2). What does not fit stays due.
pub(super) fn drafts(policy: &Policy, book: &Book, acts: &[&Act]) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = Vec::new();
    for act in acts {
        let Some(channel) = policy.steps[act.step].channel else { continue };
        if act.lines.is_empty() {
            book.overdue().for_each(|item| put(&mut drafts, book, channel, act, Line { item, step: act.step, on: act.on }));
        } else {
            act.lines.iter().for_each(|(item, on)| put(&mut drafts, book, channel, act, Line { item: *item, step: act.step, on: *on }));
        }
    }
    for draft in &mut drafts {
        keep_formal_apart(policy, draft);
        draft.lines.sort_by_key(|line| line.item);
    }
    drafts.sort_by_key(|draft| (draft.group, std::cmp::Reverse(draft.top)));
    let most = usize::try_from(policy.written_per_run).unwrap_or(usize::MAX);
    let mut written = (usize::MAX, 0);
    drafts.retain(|draft| {
        written = if written.0 == draft.group { (draft.group, written.1 + 1) } else { (draft.group, 1) };
        written.1 <= most
    });
    drafts
}

fn put(drafts: &mut Vec<Draft>, book: &Book, channel: Channel, act: &Act, line: Line) {
    let group = book.items[line.item].group;
    let known = drafts.iter_mut().find(|draft| draft.group == group && draft.channel == channel && draft.is_upcoming == act.is_upcoming);
    match known {
        Some(draft) => {
            draft.top = draft.top.max(line.step);
            match draft.lines.iter_mut().find(|known| known.item == line.item) {
                Some(known) if known.step < line.step => *known = line,
                Some(_) => {}
                None => draft.lines.push(line),
            }
        }
        None => drafts.push(Draft { group, channel, is_upcoming: act.is_upcoming, lines: vec![line], top: line.step }),
    }
}

/// A formal notice lists only the lines at its step (decision 28); the others stay due and have their turn the next day.
fn keep_formal_apart(policy: &Policy, draft: &mut Draft) {
    if let Some(formal) = draft.lines.iter().map(|line| line.step).filter(|step| policy.steps[*step].formal).max() {
        draft.top = formal;
        draft.lines.retain(|line| line.step == formal);
    }
}

/// The letter itself, or the rule that forbids it.
pub(super) fn write(facts: &Facts, policy: &Policy, book: &Book, draft: &Draft) -> Result<PlannedNotice, &'static str> {
    let step = &policy.steps[draft.top];
    let contact = addressee::by_channel(facts, draft.channel, None);
    gate::gate(facts, Action::Message, contact, facts.now)?;
    let mut notice = blank(facts, book, draft.group, draft.channel, contact);
    notice.template.push_str(step.letter());
    notice.step.push_str(&step.key);
    notice.is_formal = step.formal;
    notice.effective_on = draft.lines.iter().map(|line| line.on).min().unwrap_or(facts.today);
    if step.review && notice.state == NoticeState::Ready {
        notice.state = NoticeState::Draft;
    }
    for line in &draft.lines {
        add_line(&mut notice, facts, book, line.item, &policy.steps[line.step].key, line.on);
    }
    if step.formal {
        notice.information = information(facts, book, draft);
    }
    Ok(notice)
}

/// A letter without lines yet, to the person who can be reached.
pub(super) fn blank(facts: &Facts, book: &Book, group: usize, channel: Channel, contact: Option<&ContactFacts>) -> PlannedNotice {
    let known = &book.groups[group];
    let is_reached = contact.is_some() || matches!(channel, Channel::Letter | Channel::Registered);
    PlannedNotice {
        entity: facts.open_items.rows[known.row].entity.clone(),
        currency: known.currency,
        channel,
        template: String::new(),
        step: String::new(),
        source: "core".to_owned(),
        effective_on: facts.today,
        is_formal: false,
        state: if is_reached { NoticeState::Ready } else { NoticeState::Undeliverable },
        contact: contact.map(|contact| contact.id),
        lines: Vec::new(),
        information: Vec::new(),
        credit: Money::zero(known.currency),
        total: Money::zero(known.currency),
        answer_by: facts.today,
        send_on: None,
        offer: None,
        variables: BTreeMap::new(),
    }
}

/// Adds an item: its open and undisputed amount, and the credit that covers part of it.
pub(super) fn add_line(notice: &mut PlannedNotice, facts: &Facts, book: &Book, item: usize, step: &str, on: NaiveDate) {
    let standing = &book.items[item];
    let sum = |money: Money, more: i64| Money::new(money.minor().saturating_add(more), money.currency());
    notice.credit = sum(notice.credit, standing.owed - standing.left);
    notice.total = sum(notice.total, standing.left);
    notice.lines.push(line(facts, book, item, step, on));
}

fn line(facts: &Facts, book: &Book, item: usize, step: &str, on: NaiveDate) -> NoticeLine {
    let standing = &book.items[item];
    NoticeLine {
        instalment: facts.open_items.rows[item].id,
        step: step.to_owned(),
        effective_on: on,
        days_past_due: standing.late.max(0),
        amount: Money::new(standing.owed, book.groups[standing.group].currency),
    }
}

fn information(facts: &Facts, book: &Book, draft: &Draft) -> Vec<NoticeLine> {
    let others = book.overdue().filter(|at| book.items[*at].group == draft.group && draft.lines.iter().all(|line| line.item != *at));
    others
        .map(|at| {
            let item = &facts.open_items.rows[at];
            line(facts, book, at, item.last_step.as_deref().unwrap_or(""), item.last_step_on.unwrap_or(item.due_on))
        })
        .collect()
}

/// Remembers that notices went out today.
pub(super) fn remember(case: &mut CaseAfter, notice: &PlannedNotice, today: NaiveDate) {
    if notice.state != NoticeState::Draft {
        case.last_notice_on = Some(today);
        if notice.is_formal {
            case.last_formal_on = Some(today);
        }
    }
}

/// Is it a step that writes about what is overdue, so that it counts for the written clock (decision 28)?
pub(super) fn counts_for_clock(step: &Step, act: &Act) -> bool {
    step.channel.is_some() && !act.is_upcoming
}

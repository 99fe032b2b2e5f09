//! Phase one of a review: what the core would do today, and what plugins are to be asked about it.

use super::chase::Book;
use super::outcome::{CaseAfter, CaseState, ClosedReason};
use super::planned::{Act, Lead, Listeners, Planned, Turn};
use super::{clocks, credit_review, custom, stage, steps};
use crate::policy::Policy;
use crate::words::asked::{About, Hook, PluginSet};
use crate::words::day::add_days;
use crate::words::facts::{DueStep, Facts, Reason, Verdict};
use crate::words::text::Bilingual;
use chrono::NaiveDate;
use std::collections::BTreeMap;

impl Listeners {
    /// Who in this set wants to be asked on days of their own, and which of the policy's steps nobody in it knows.
    pub fn of(policy: &Policy, set: &dyn PluginSet) -> Self {
        let lead_days = if set.has(Hook::BeforeDue) { set.lead_days().to_vec() } else { Vec::new() };
        let custom = policy.steps.iter().enumerate().filter_map(|(at, step)| step.step_type.as_deref().map(|name| (at, name)));
        let missing = custom.filter(|(_, name)| !set.has(Hook::Step) || set.step_type(name).is_none());
        let missing_steps = missing.map(|(at, _)| at).collect();
        Self { lead_days, daily_every: set.daily_every().filter(|_| set.has(Hook::DailyAccount)), missing_steps }
    }
}

/// What this account needs today, as the core sees it. Asked twice on one day it finds nothing the second time; a night that was
/// missed heals itself, because everything is read from dates and nothing from runs.
pub fn plan(facts: &Facts, policy: &Policy, set: &dyn PluginSet) -> Planned {
    let book = Book::of(facts, policy);
    let (turn, case) = turn(facts, policy, &book);
    let mut planned = Planned {
        questions: Vec::new(),
        book,
        turn,
        case,
        acts: Vec::new(),
        wakes: Vec::new(),
        leads: Vec::new(),
        daily: None,
        credit_review: credit_review::due(facts),
        ended_offers: facts.offers.iter().filter(|offer| offer.pay_by < facts.today).map(|offer| offer.id).collect(),
        ended_holds: ended_holds(facts),
        listeners: Listeners::of(policy, set),
    };
    if let Some(due_on) = planned.credit_review.filter(|_| set.has(Hook::CreditReviewDue)) {
        planned.questions.push(About::CreditReviewDue { due_on });
    }
    if is_stopped(facts, planned.case.as_ref()) {
        return planned;
    }
    plan_steps(facts, policy, set, &mut planned);
    plan_leads(facts, &mut planned);
    if daily_on(facts, &planned.listeners).is_some_and(|on| on <= facts.today) {
        planned.daily = Some(planned.questions.len());
        planned.questions.push(About::DailyAccount);
    }
    planned
}

fn ended_holds(facts: &Facts) -> Vec<crate::words::id::HoldId> {
    facts.holds.iter().filter(|hold| hold.expires_on.is_some_and(|last| last < facts.today)).map(|hold| hold.id).collect()
}

/// A blocked account is left alone, a paused one too, and a case in other hands is not ours to drive.
pub(super) fn is_stopped(facts: &Facts, case: Option<&CaseAfter>) -> bool {
    facts.account.is_blocked || case.is_some_and(|case| matches!(case.state, CaseState::Paused | CaseState::HandedOff))
}

/// What becomes of the case today, and how it stands after that.
fn turn(facts: &Facts, policy: &Policy, book: &Book) -> (Turn, Option<CaseAfter>) {
    let Some(known) = &facts.case else {
        let opens = !facts.account.is_blocked && book.is_called_for(facts.today);
        return if opens { (Turn::Open, Some(opened(facts, policy, book, None))) } else { (Turn::Rest, None) };
    };
    let mut case = CaseAfter::of(known);
    let is_kept = case.opened_by.is_some() && !facts.open_items.rows.is_empty();
    if !book.is_owed(facts) && !is_kept {
        case.state = CaseState::Closed;
        return (Turn::Close(ClosedReason::Paid), Some(case));
    }
    let is_changed = match case.state {
        CaseState::HandedOff | CaseState::Closed => false,
        CaseState::Paused if case.paused_until.is_some_and(|last| facts.today <= last) => false,
        CaseState::Paused if facts.account.is_blocked => false,
        CaseState::Active if facts.account.is_blocked => {
            case.state = CaseState::Paused;
            true
        }
        CaseState::Paused | CaseState::Active => refresh(facts, policy, book, &mut case),
    };
    (if is_changed { Turn::Update } else { Turn::Rest }, Some(case))
}

/// Brings state, stage and the day the account became overdue up to date; tells whether anything changed.
fn refresh(facts: &Facts, policy: &Policy, book: &Book, case: &mut CaseAfter) -> bool {
    let was_paused = case.state == CaseState::Paused;
    case.state = CaseState::Active;
    case.paused_until = None;
    let overdue_since = book.has_overdue().then(|| case.overdue_since.or_else(|| stage::overdue_since(book))).flatten();
    let is_moved = overdue_since != case.overdue_since;
    case.overdue_since = overdue_since;
    let stage_no = policy.stage_of(book.days_past_due());
    case.stage_no = stage_no;
    let is_entered = policy.stages.get(stage_no).is_some_and(|stage| stage.key != case.stage);
    if is_entered {
        case.stage.clone_from(&policy.stages[stage_no].key);
        case.stage_since = facts.today;
        case.priority = stage::priority(stage_no, facts.account.grade.as_deref());
    }
    was_paused || is_moved || is_entered
}

/// A case that begins today.
pub(super) fn opened(facts: &Facts, policy: &Policy, book: &Book, opened_by: Option<String>) -> CaseAfter {
    let stage_no = policy.stage_of(book.days_past_due());
    CaseAfter {
        state: CaseState::Active,
        stage: policy.stages.get(stage_no).map(|stage| stage.key.clone()).unwrap_or_default(),
        stage_no,
        stage_since: facts.today,
        opened_on: facts.today,
        opened_by,
        overdue_since: stage::overdue_since(book),
        paused_until: None,
        priority: stage::priority(stage_no, facts.account.grade.as_deref()),
        owner: facts.account.owner.clone(),
        clocks: BTreeMap::new(),
        scheduled: BTreeMap::new(),
        last_notice_on: None,
        last_formal_on: None,
        next_step: None,
        next_step_on: None,
    }
}

fn plan_steps(facts: &Facts, policy: &Policy, set: &dyn PluginSet, planned: &mut Planned) {
    let Some(case) = planned.case.as_ref().filter(|case| case.state == CaseState::Active) else { return };
    let mut acts = steps::due(facts, policy, &planned.book, case);
    let clocks = clocks::due(facts, policy, &planned.book, case, &acts);
    acts.extend(clocks);
    acts.retain(|act| !planned.listeners.missing_steps.contains(&act.step));
    planned.acts = acts;
    if set.has(Hook::StepDue) {
        ask_about_steps(facts, policy, planned);
    }
    custom::plan(facts, policy, set, planned);
}

fn ask_about_steps(facts: &Facts, policy: &Policy, planned: &mut Planned) {
    let Planned { questions, acts, .. } = planned;
    for act in acts.iter_mut().filter(|act| policy.steps[act.step].step_type.is_none()) {
        let step = &policy.steps[act.step];
        let due = DueStep {
            key: step.key.clone(),
            kind: if step.channel.is_some() { "notice" } else { "task" }.to_owned(),
            due_on: act.on,
            items: act.lines.iter().map(|(at, _)| facts.open_items.rows[*at].id).collect(),
        };
        act.question = Some(questions.len());
        questions.push(About::StepDue { core: core_verdict(act, &due.key), step: due });
    }
}

fn core_verdict(act: &Act, key: &str) -> Verdict {
    Verdict { decision: "approve".to_owned(), reasons: vec![step_reason(key, act.on)] }
}

pub(super) fn step_reason(key: &str, on: NaiveDate) -> Reason {
    Reason::core("step_due", Bilingual::new(format!("Step {key} has been due since {on}."), format!("步骤 {key} 自 {on} 起应执行。")))
}

/// `before_due` is asked at the first review within a lead, once per item and lead, so a missed night heals (plugins §2).
fn plan_leads(facts: &Facts, planned: &mut Planned) {
    for at in 0..planned.book.items.len() {
        let item = &planned.book.items[at];
        let days_left = -item.late;
        if days_left < 1 || item.left <= 0 {
            continue;
        }
        let reached = planned.listeners.lead_days.iter().copied().filter(|lead| days_left <= *lead).min();
        let Some(lead) = reached.filter(|lead| item.asked_lead.is_none_or(|asked| *lead < asked)) else { continue };
        planned.leads.push(Lead { item: at, lead });
        planned.questions.push(About::BeforeDue { item: facts.open_items.rows[at].id, days_left });
    }
}

/// The day `daily_account` is next asked: only accounts that have something open are worth the question.
pub(super) fn daily_on(facts: &Facts, listeners: &Listeners) -> Option<NaiveDate> {
    let every = listeners.daily_every.filter(|_| !facts.open_items.rows.is_empty())?;
    Some(facts.account.daily_asked_on.map_or(facts.today, |last| add_days(last, every.max(1))))
}

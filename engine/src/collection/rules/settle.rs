//! Phase two of a review: the core's plan and the plugins' answers become one outcome.

use super::apply;
use super::chase::Book;
use super::custom;
use super::merge::{self, Merged, Verdict};
use super::next::Ahead;
use super::notices;
use super::outcome::{
    CaseAfter, CaseMove, CaseState, ClockDone, ItemProgress, NoticeState, PlannedNotice, PlannedTask, Review, StepChange,
};
use super::planned::{Act, Listeners, Planned, Turn, Wake};
use super::review::step_reason;
use crate::policy::Policy;
use crate::words::asked::{About, Asked, CallStatus, OnFailure};
use crate::words::day::add_days;
use crate::words::effect::Values;
use crate::words::facts::{Facts, Reason, StepFacts};
use crate::words::text::Bilingual;
use chrono::NaiveDate;

/// Days a customer has to answer a letter after which nothing is planned (our own figure).
const ANSWER_DAYS: i64 = 7;

/// A review on its way from plan to outcome.
pub(super) struct Desk<'a> {
    pub(super) facts: &'a Facts,
    pub(super) policy: &'a Policy,
    pub(super) book: Book,
    pub(super) case: Option<CaseAfter>,
    pub(super) turn: Turn,
    pub(super) wakes: Vec<Wake>,
    pub(super) questions: Vec<About>,
    pub(super) review: Review,
    listeners: Listeners,
    /// Steps a plugin put off.
    waiting: Vec<(usize, NaiveDate)>,
    /// Items of the core's notices, in the order of the review's notices.
    lines: Vec<Vec<usize>>,
}

/// Merges the answers into the plan: votes (skip > defer > approve), effects by the table of plugins §3, then the gate. The
/// answers come in the order of `planned.questions`; missing ones count as nobody asked. Pure: the same arguments, the same review.
pub fn settle(facts: &Facts, policy: &Policy, planned: Planned, answers: &[Asked]) -> Review {
    let Planned { questions, book, turn, case, acts, wakes, leads, daily, credit_review, ended_offers, ended_holds, listeners } = planned;
    let review = Review { ended_offers, ended_holds, is_daily_asked: daily.is_some(), ..Review::default() };
    let mut desk = Desk { facts, policy, book, case, turn, wakes, questions, review, listeners, waiting: Vec::new(), lines: Vec::new() };
    for lead in &leads {
        desk.book.items[lead.item].asked_lead = Some(lead.lead);
        desk.review.asked_leads.push((facts.open_items.rows[lead.item].id, lead.lead));
    }
    desk.tell_turn();
    credit_review.into_iter().for_each(|due_on| desk.ask_for_review(due_on));
    desk.report_failures(answers);
    let Merged { mut kept, fallen, rivals } = merge::effects(answers);
    desk.review.dropped = fallen;
    desk.report_rivals(&rivals);
    apply::first(&mut desk, &mut kept);
    desk.take(&acts, answers);
    apply::letters(&mut desk, kept);
    desk.move_wakes(answers);
    desk.close_steps();
    desk.finish()
}

impl Desk<'_> {
    fn today(&self) -> NaiveDate {
        self.facts.today
    }

    pub(super) fn tell(&mut self, code: &str, en: impl Into<String>, zh: impl Into<String>) {
        self.review.reasons.push(Reason::core(code, Bilingual::new(en, zh)));
    }

    fn tell_turn(&mut self) {
        let Some(case) = &self.case else { return };
        let stage = case.stage.clone();
        match self.turn {
            Turn::Rest => {}
            Turn::Open => self.tell("case_opened", format!("A case begins in stage {stage}."), format!("建立案件，阶段 {stage}。")),
            Turn::Update if case.state == CaseState::Paused => {
                self.tell("account_blocked", "The account is blocked: nothing is done.", "客户已被冻结：不采取任何行动。");
            }
            Turn::Update => self.tell("stage", format!("The case stands in stage {stage}."), format!("案件处于阶段 {stage}。")),
            Turn::Close(_) => self.tell("case_closed", "Nothing is due any more.", "已无到期款项，案件结束。"),
        }
    }

    /// A task of the core's own, for people inside the house.
    pub(super) fn inner_task(&self, role: &str, task: &str, source: String) -> PlannedTask {
        PlannedTask {
            role: role.to_owned(),
            task: task.to_owned(),
            activity: "internal".to_owned(),
            step: None,
            effective_on: self.today(),
            due_on: self.today(),
            sources: vec![source],
            items: Vec::new(),
            values: Values::new(),
        }
    }

    /// A failure that means "this does not happen" leaves work for a person.
    fn report_failures(&mut self, answers: &[Asked]) {
        for advice in answers.iter().flat_map(|asked| &asked.advice).filter(|advice| merge::is_failed(advice)) {
            let line = advice.error.as_ref().map_or(0, |error| error.line);
            let message = advice.error.as_ref().map_or("", |error| error.message.as_str());
            let detail = format!("{}: {message}", advice.status);
            let text = Bilingual::same(detail.clone());
            self.review.reasons.push(Reason { code: "plugin_failed".to_owned(), source: advice.source(line), detail, text });
            if advice.on_failure == OnFailure::Block {
                let task = self.inner_task("plugin_owner", "plugin_failed", advice.source(line));
                self.add_task(task);
            }
        }
    }

    fn report_rivals(&mut self, rivals: &[String]) {
        if !rivals.is_empty() {
            let task = self.inner_task("plugin_owner", "plugin_conflict", rivals.join(", "));
            self.add_task(task);
        }
    }

    /// The same work is asked for once.
    pub(super) fn add_task(&mut self, task: PlannedTask) {
        let known = self.review.tasks.iter_mut().find(|known| {
            known.task == task.task && known.role == task.role && known.step == task.step && known.sources.first() == task.sources.first()
        });
        match known {
            Some(known) => known.items.extend(task.items),
            None => self.review.tasks.push(task),
        }
    }

    /// Takes the steps that nobody is against.
    fn take(&mut self, acts: &[Act], answers: &[Asked]) {
        // A pause that a plugin begins today stops today's steps too: pause / notice comes out as pause.
        if self.case.as_ref().is_none_or(|case| case.state != CaseState::Active) {
            return;
        }
        let mut letters: Vec<&Act> = Vec::new();
        for act in acts {
            let asked = act.question.and_then(|at| answers.get(at));
            let verdict = asked.map_or(Verdict::Take, |asked| merge::votes(asked, self.facts.today, &mut self.review.reasons));
            match verdict {
                Verdict::Wait(until) => self.waiting.push((act.step, until)),
                Verdict::Skip => self.done(act),
                Verdict::Take if self.policy.steps[act.step].channel.is_some() => letters.push(act),
                Verdict::Take => self.take_task(act),
            }
        }
        self.write(&letters);
    }

    fn take_task(&mut self, act: &Act) {
        let step = &self.policy.steps[act.step];
        self.review.reasons.push(step_reason(&step.key, act.on));
        if let Some(kind) = step.task {
            let rows = &self.facts.open_items.rows;
            let items = if act.lines.is_empty() { self.book.overdue().collect() } else { places(act) };
            self.review.tasks.push(PlannedTask {
                role: step.doer().to_owned(),
                task: step.key.clone(),
                activity: kind.to_string(),
                step: Some(step.key.clone()),
                effective_on: act.on,
                due_on: self.facts.today,
                sources: vec!["core".to_owned()],
                items: items.into_iter().map(|at: usize| rows[at].id).collect(),
                values: Values::new(),
            });
        }
        self.done(act);
    }

    fn done(&mut self, act: &Act) {
        for (item, on) in &act.lines {
            self.climb(*item, act.step, *on);
        }
        if act.lines.is_empty() {
            self.strike(act.step, act.on);
        }
    }

    fn climb(&mut self, item: usize, step: usize, on: NaiveDate) {
        let key = &self.policy.steps[step].key;
        let today = self.facts.today;
        let standing = &mut self.book.items[item];
        (standing.last, standing.last_on) = (Some(step), Some(today));
        let instalment = self.facts.open_items.rows[item].id;
        self.review.progress.push(ItemProgress { instalment, step: key.clone(), effective_on: on, done_on: today });
        self.unschedule(step);
    }

    fn strike(&mut self, step: usize, on: NaiveDate) {
        let key = self.policy.steps[step].key.clone();
        let today = self.facts.today;
        if let Some(case) = &mut self.case {
            case.clocks.insert(key.clone(), today);
        }
        self.review.clocks.push(ClockDone { key, effective_on: on, done_on: today });
        self.unschedule(step);
    }

    fn unschedule(&mut self, step: usize) {
        if let Some(case) = self.case.as_mut().filter(|case| !case.scheduled.is_empty()) {
            case.scheduled.remove(&self.policy.steps[step].key);
        }
    }

    /// Writes the letters of the steps that are taken. What the cap or the gate keeps back stays due.
    fn write(&mut self, acts: &[&Act]) {
        let mut written: Vec<usize> = Vec::new();
        let mut is_for_clock = false;
        for draft in notices::drafts(self.policy, &self.book, acts) {
            let Ok(notice) = notices::write(self.facts, self.policy, &self.book, &draft) else { continue };
            let is_draft = notice.state == NoticeState::Draft;
            for line in &draft.lines {
                let Some(act) = acts.iter().find(|act| act.step == line.step) else { continue };
                is_for_clock |= !is_draft && notices::counts_for_clock(&self.policy.steps[line.step], act);
                match (act.lines.is_empty(), is_draft) {
                    (true, _) => {}
                    (false, true) => self.hold_as_draft(line.item, line.step),
                    (false, false) => self.climb(line.item, line.step, line.on),
                }
            }
            // Two clocks that strike on one day write one letter, and both have struck.
            let carried = acts.iter().filter(|act| act.lines.is_empty() && self.policy.steps[act.step].channel == Some(draft.channel));
            written.extend(carried.map(|act| act.step).chain(draft.lines.iter().map(|line| line.step)));
            self.send(notice, draft.lines.iter().map(|line| line.item).collect());
        }
        for act in acts.iter().filter(|act| written.contains(&act.step)) {
            self.review.reasons.push(step_reason(&self.policy.steps[act.step].key, act.on));
            if act.lines.is_empty() {
                self.strike(act.step, act.on);
            }
        }
        if is_for_clock {
            self.count_for_clocks();
        }
    }

    fn hold_as_draft(&mut self, item: usize, step: usize) {
        self.book.items[item].is_draft = true;
        self.review.drafts.push((self.facts.open_items.rows[item].id, self.policy.steps[step].key.clone()));
    }

    /// A sent item notice counts as done for the written clocks (decision 28).
    fn count_for_clocks(&mut self) {
        let today = self.facts.today;
        let written: Vec<usize> = self.policy.clocks().filter(|(_, step)| step.channel.is_some()).map(|(at, _)| at).collect();
        for at in written {
            self.strike(at, today);
        }
    }

    /// Adds a notice; one that reaches nobody leaves work for a person.
    pub(super) fn send(&mut self, notice: PlannedNotice, items: Vec<usize>) {
        if notice.state == NoticeState::Undeliverable {
            let task = self.inner_task("collector", "missing_contact", format!("core:{}", notice.channel));
            self.add_task(task);
        }
        if let Some(case) = &mut self.case {
            notices::remember(case, &notice, self.facts.today);
        }
        self.review.notices.push(notice);
        self.lines.push(items);
    }

    /// Custom steps that were not moved by an answer: one that the plugin's manifest leaves out is over, one whose call failed stays.
    fn move_wakes(&mut self, answers: &[Asked]) {
        for at in 0..self.wakes.len() {
            let wake = self.wakes[at].clone();
            if self.review.steps.iter().any(|change| change.step.key == wake.step.key) {
                continue;
            }
            let advice = answers.get(wake.question).map_or(&[][..], |asked| &asked.advice);
            let is_left_out = !advice.is_empty() && advice.iter().all(|advice| advice.status == CallStatus::Filtered);
            let mut step = wake.step;
            if !is_left_out && custom::stay(&mut step, self.facts) {
                let task = self.inner_task("plugin_owner", "step_failed", step.step_type.clone());
                self.add_task(task);
            }
            self.review.steps.push(StepChange { step, is_new: wake.is_new, is_done: is_left_out });
        }
    }

    /// A case that ends ends its custom steps.
    fn close_steps(&mut self) {
        if let Turn::Close(_) = self.turn {
            let ended = self.facts.steps.iter().map(|step| StepChange { step: step.clone(), is_new: false, is_done: true });
            self.review.steps.extend(ended);
        }
    }

    fn finish(mut self) -> Review {
        let running: Vec<StepFacts> = self.running();
        let running: Vec<&StepFacts> = running.iter().collect();
        let ahead = Ahead {
            facts: self.facts,
            policy: self.policy,
            listeners: &self.listeners,
            book: &self.book,
            case: self.case.as_ref().filter(|case| case.state != CaseState::Closed),
            running: &running,
            waiting: &self.waiting,
            is_daily_asked: self.review.is_daily_asked,
        };
        let next = ahead.look();
        let answer_by: Vec<NaiveDate> = (0..self.lines.len()).map(|at| self.answer_by(&ahead, at)).collect();
        for (notice, day) in self.review.notices.iter_mut().zip(answer_by).filter(|(notice, _)| notice.answer_by <= self.facts.today) {
            notice.answer_by = day;
        }
        let mut ends: Vec<NaiveDate> = self.review.offers.iter().map(|offer| add_days(offer.pay_by, 1)).collect();
        ends.extend(self.review.holds.iter().map(|hold| add_days(hold.expires_on, 1)));
        self.review.next_review_on = ends.into_iter().chain(next.review_on).min();
        if let Some(case) = &mut self.case {
            (case.next_step_on, case.next_step) = next.step.unzip();
        }
        self.review.case = self.case_move();
        self.review.after = self.case;
        self.review
    }

    /// The custom steps that run on, as they stand after today.
    fn running(&self) -> Vec<StepFacts> {
        let changed = |step: &StepFacts| self.review.steps.iter().any(|change| change.step.key == step.key);
        let unchanged = self.facts.steps.iter().filter(|step| !changed(step)).cloned();
        let moved = self.review.steps.iter().filter(|change| !change.is_done).map(|change| change.step.clone());
        unchanged.chain(moved).collect()
    }

    /// The day the engine acts again on what a letter says: its clock's next strike, or the next step of its items. A letter names
    /// no other deadline.
    fn answer_by(&self, ahead: &Ahead<'_>, at: usize) -> NaiveDate {
        let clock = ahead.next_strike(&self.review.notices[at].step);
        let steps = self.lines[at].iter().filter_map(|item| ahead.next_for(*item));
        steps.chain(clock).min().unwrap_or_else(|| add_days(self.facts.today, ANSWER_DAYS))
    }

    fn case_move(&self) -> CaseMove {
        match (self.turn, &self.case, &self.facts.case) {
            (Turn::Open, Some(_), _) => CaseMove::Open,
            (Turn::Close(reason), ..) => CaseMove::Close(reason),
            (Turn::Update, ..) => CaseMove::Update,
            (Turn::Rest, Some(after), Some(before)) if *after != CaseAfter::of(before) => CaseMove::Update,
            (Turn::Rest, ..) | (Turn::Open, None, _) => CaseMove::Rest,
        }
    }
}

fn places(act: &Act) -> Vec<usize> {
    act.lines.iter().map(|(at, _)| *at).collect()
}

//! One account in memory: applies reviews to facts as the rows would, so that rules can be watched over months.

use crate::collection::rules::{CaseMove, CaseState, Listeners, NoticeState, Review, next_review_on, plan, settle};
use crate::policy::{Policy, presets};
use crate::words::asked::{Asked, Hook, Needs, PluginSet, Question, StepType};
use crate::words::day::{Calendar, add_days, days_between, parse_date};
use crate::words::facts::{AccountFacts, CaseFacts, ContactFacts, CreditFacts, Facts, HoldFacts, ItemFacts, ItemList, OfferFacts};
use crate::words::id::{AccountId, CaseId, ContactId, HoldId, InstalmentId, InvoiceId, OfferId, RowId};
use crate::words::money::{Currency, Money};
use chrono::NaiveDate;
use std::sync::Arc;
use uuid::Uuid;

pub(super) fn day(text: &str) -> NaiveDate {
    parse_date(text).unwrap()
}

pub(super) fn cny() -> Currency {
    "CNY".parse().unwrap()
}

pub(super) fn money(minor: i64) -> Money {
    Money::new(minor, cny())
}

/// A calendar on which every day is a working day, for tables that count days only.
pub(super) fn every_day() -> Arc<Calendar> {
    Arc::new(Calendar { weekend: [].into(), ..Calendar::default() })
}

pub(super) fn item(no: u128, due_on: NaiveDate, open: i64) -> ItemFacts {
    ItemFacts {
        id: InstalmentId(Uuid::from_u128(no)),
        invoice_id: InvoiceId(Uuid::from_u128(no)),
        invoice_external_id: format!("INV-{no}"),
        entity: "main".into(),
        order_external_id: None,
        contract_external_id: None,
        batch_no: None,
        part: "whole".into(),
        issued_on: add_days(due_on, -30),
        due_on,
        days_past_due: 0,
        total: money(open),
        open: money(open),
        disputed: money(0),
        last_step: None,
        last_step_on: None,
        asked_lead_days: None,
        draft_step: None,
    }
}

/// Nobody, unless a test brings somebody: every answer comes from one function.
pub(super) struct Set {
    pub(super) hooks: Vec<Hook>,
    pub(super) leads: Vec<i64>,
    pub(super) every: Option<i64>,
    pub(super) answer: fn(&Question) -> Asked,
}

impl Set {
    pub(super) fn nobody() -> Self {
        Self { hooks: vec![], leads: vec![], every: None, answer: |_| Asked::nobody() }
    }
}

impl PluginSet for Set {
    fn revision(&self) -> i64 {
        1
    }
    fn has(&self, hook: Hook) -> bool {
        self.hooks.contains(&hook)
    }
    fn needs(&self, _: Hook) -> Needs {
        Needs::default()
    }
    fn ask(&self, question: &Question) -> Asked {
        (self.answer)(question)
    }
    fn lead_days(&self) -> &[i64] {
        &self.leads
    }
    fn daily_every(&self) -> Option<i64> {
        self.every
    }
    fn step_type(&self, name: &str) -> Option<StepType> {
        (name == "legal.walk").then(|| StepType { first: "begun".into(), states: vec!["begun".into(), "walking".into()], max_days: 90 })
    }
    fn template(&self, _: &str, _: &str) -> Option<String> {
        None
    }
}

pub(super) struct World {
    pub(super) facts: Facts,
    pub(super) policy: Policy,
    pub(super) set: Set,
    /// What happened, a line each, with its day.
    pub(super) history: Vec<String>,
    /// First and last protected day of each pause.
    pub(super) pauses: Vec<(NaiveDate, NaiveDate)>,
    next_id: u128,
}

impl World {
    pub(super) fn of(policy: Policy, today: NaiveDate) -> Self {
        let facts = Facts {
            today,
            now: today.and_hms_opt(9, 0, 0).unwrap(),
            calendar: every_day(),
            account: account(),
            open_items: ItemList::default(),
            case: None,
            holds: vec![],
            contacts: vec![contact()],
            credits: vec![],
            offers: vec![],
            steps: vec![],
            promises: vec![],
            evidence: vec![],
            grade: None,
            contract: None,
            risk: Default::default(),
            state: Default::default(),
        };
        Self { facts, policy, set: Set::nobody(), history: vec![], pauses: vec![], next_id: 1_000 }
    }

    pub(super) fn preset(name: &str, today: &str) -> Self {
        Self::of(presets::preset(name).unwrap(), day(today))
    }

    pub(super) fn with(mut self, items: impl IntoIterator<Item = ItemFacts>) -> Self {
        self.facts.open_items.rows.extend(items);
        self.facts.open_items.rows.sort_by_key(|item| (item.due_on, item.id));
        self.move_to(self.facts.today);
        self
    }

    /// The clock goes on and ages with it.
    pub(super) fn move_to(&mut self, today: NaiveDate) {
        self.facts.today = today;
        self.facts.now = today.and_hms_opt(9, 0, 0).unwrap();
        let pauses = self.pauses.clone();
        for item in &mut self.facts.open_items.rows {
            let late = days_between(item.due_on, today);
            let paused =
                |(from, last): &(NaiveDate, NaiveDate)| days_between((*from).max(item.due_on), today.min(add_days(*last, 1))).max(0);
            item.days_past_due = if late > 0 { (late - pauses.iter().map(paused).sum::<i64>()).max(0) } else { 0 };
        }
    }

    pub(super) fn item(&mut self, no: u128) -> &mut ItemFacts {
        self.facts.open_items.rows.iter_mut().find(|item| item.id.0.as_u128() == no).unwrap()
    }

    /// Paid and gone from the open items.
    pub(super) fn pay(&mut self, no: u128) {
        self.facts.open_items.rows.retain(|item| item.id.0.as_u128() != no);
    }

    pub(super) fn credit(&mut self, minor: i64) {
        self.facts.credits = if minor > 0 { vec![CreditFacts { entity: "main".into(), amount: money(minor) }] } else { vec![] };
    }

    /// Reviews today: plans, asks, settles, and writes the outcome back into the facts.
    pub(super) fn review(&mut self) -> Review {
        let planned = plan(&self.facts, &self.policy, &self.set);
        let shared = Arc::new(self.facts.clone());
        let answers: Vec<Asked> = planned.questions.iter().map(|about| self.set.ask(&Question::new(&shared, about.clone()))).collect();
        let review = settle(&self.facts, &self.policy, planned, &answers);
        self.tell(&review);
        self.apply(&review);
        let again = next_review_on(&self.facts, &self.policy, &Listeners::of(&self.policy, &self.set));
        assert_eq!(review.next_review_on, again, "the outcome and the facts after it agree when to look again, on {}", self.facts.today);
        review
    }

    /// Reviews a day; tells the steps of the lines of its notices, and its tasks.
    pub(super) fn on(&mut self, today: NaiveDate) -> Vec<String> {
        self.move_to(today);
        let review = self.review();
        let notices = review.notices.iter().map(|notice| {
            let lines: Vec<String> = notice.lines.iter().map(|line| format!("{}:{}", line.instalment.0.as_u128(), line.step)).collect();
            let draft = if notice.state == NoticeState::Draft { "draft " } else { "" };
            format!("{draft}{}[{}]", notice.step, lines.join(" "))
        });
        notices.chain(review.tasks.iter().map(|task| format!("task {}", task.task))).collect()
    }

    /// Every day from today on, with what happened on the days on which something did.
    pub(super) fn through(&mut self, last: NaiveDate) -> Vec<(i64, String)> {
        let first = self.facts.open_items.rows.first().map(|item| item.due_on).unwrap();
        let mut seen = Vec::new();
        while self.facts.today <= last {
            let today = self.facts.today;
            seen.extend(self.on(today).into_iter().map(|what| (days_between(first, today), what)));
            self.move_to(add_days(today, 1));
        }
        seen
    }

    fn tell(&mut self, review: &Review) {
        let today = self.facts.today;
        let case = review.after.as_ref();
        let mut lines: Vec<String> = Vec::new();
        if review.case != CaseMove::Rest {
            let known = self.facts.case.as_ref().map(|case| (case.state.clone(), case.stage.clone(), case.overdue_since, case.priority));
            let now = case.map(|case| (case.state.to_string(), case.stage.clone(), case.overdue_since, case.priority));
            if known != now {
                lines.push(format!("case {now:?}"));
            }
        }
        lines
            .extend(review.progress.iter().map(|step| format!("item {} {} {}", step.instalment.0.as_u128(), step.step, step.effective_on)));
        lines.extend(review.notices.iter().map(|notice| format!("notice {} {} {:?}", notice.step, notice.total, notice.state)));
        lines.extend(review.tasks.iter().map(|task| format!("task {} {}", task.task, task.effective_on)));
        lines.extend(review.clocks.iter().map(|clock| format!("clock {} {}", clock.key, clock.effective_on)));
        lines.extend(review.steps.iter().map(|change| format!("step {} {} {}", change.step.key, change.step.at, change.is_done)));
        lines.extend(review.offers.iter().map(|offer| format!("offer {} {}", offer.instalment.0.as_u128(), offer.pay_by)));
        lines.extend(review.asked_leads.iter().map(|(item, lead)| format!("lead {} {lead}", item.0.as_u128())));
        lines.extend(review.ended_offers.iter().map(|_| "offer ended".to_owned()));
        lines.extend(review.is_daily_asked.then(|| "daily".to_owned()));
        self.history.extend(lines.into_iter().map(|line| format!("{today} {line}")));
    }

    fn apply(&mut self, review: &Review) {
        let today = self.facts.today;
        for step in &review.progress {
            let item = self.item(step.instalment.0.as_u128());
            (item.last_step, item.last_step_on) = (Some(step.step.clone()), Some(step.done_on));
        }
        for (instalment, step) in &review.drafts {
            self.item(instalment.0.as_u128()).draft_step = Some(step.clone());
        }
        for (instalment, lead) in &review.asked_leads {
            self.item(instalment.0.as_u128()).asked_lead_days = Some(*lead);
        }
        if review.is_daily_asked {
            self.facts.account.daily_asked_on = Some(today);
        }
        self.facts.offers.retain(|offer| !review.ended_offers.contains(&offer.id));
        self.facts.holds.retain(|hold| !review.ended_holds.contains(&hold.id) && !review.released_holds.contains(&hold.id));
        for offer in &review.offers {
            let id = OfferId(self.new_id());
            self.facts.offers.push(OfferFacts { id, instalment_id: offer.instalment, rate_bps: 100, pay_by: offer.pay_by });
        }
        for hold in &review.holds {
            let id = HoldId(self.new_id());
            self.facts.holds.push(HoldFacts {
                id,
                order_id: None,
                source: hold.plugin.clone(),
                code: hold.code.clone().unwrap_or_default(),
                expires_on: Some(hold.expires_on),
                pay_to_release: hold.pay_to_release,
            });
        }
        self.apply_steps(review);
        self.apply_case(review);
    }

    fn apply_steps(&mut self, review: &Review) {
        for change in &review.steps {
            self.facts.steps.retain(|step| step.key != change.step.key);
            if !change.is_done {
                let mut step = change.step.clone();
                if change.is_new {
                    step.id = RowId(self.new_id());
                }
                self.facts.steps.push(step);
            }
        }
    }

    fn apply_case(&mut self, review: &Review) {
        let today = self.facts.today;
        let Some(after) = review.after.as_ref().filter(|after| after.state != CaseState::Closed) else {
            self.facts.case = None;
            return;
        };
        if after.state == CaseState::Paused
            && self.facts.case.as_ref().is_none_or(|case| case.state != "paused")
            && let Some(last) = after.paused_until
        {
            self.pauses.push((today, last));
        }
        self.facts.case = Some(CaseFacts {
            id: CaseId(Uuid::nil()),
            state: after.state.to_string(),
            stage: after.stage.clone(),
            stage_no: i64::try_from(after.stage_no).unwrap(),
            stage_since: after.stage_since,
            opened_on: after.opened_on,
            overdue_since: after.overdue_since,
            priority: after.priority,
            owner: after.owner.clone(),
            next_step: after.next_step.clone(),
            next_step_on: after.next_step_on,
            clocks: after.clocks.clone(),
            last_notice_on: after.last_notice_on,
            last_formal_on: after.last_formal_on,
            paused_until: after.paused_until,
            opened_by: after.opened_by.clone(),
            scheduled: after.scheduled.clone(),
        });
        self.move_to(today);
    }

    fn new_id(&mut self) -> Uuid {
        self.next_id += 1;
        Uuid::from_u128(self.next_id)
    }
}

pub(super) fn contact() -> ContactFacts {
    ContactFacts {
        id: ContactId(Uuid::nil()),
        role: "payer".into(),
        name: "Li Lei".into(),
        has_email: true,
        has_phone: true,
        language: Some("zh-CN".into()),
        influence: None,
        persona: None,
        delegate_of: None,
        is_absent: false,
        hours: None,
    }
}

fn account() -> AccountFacts {
    AccountFacts {
        id: AccountId(Uuid::nil()),
        version: 1,
        external_id: "C-1".into(),
        name: "Acme".into(),
        segment: None,
        grade: None,
        tags: vec![],
        owner: None,
        country: None,
        language: None,
        currency: cny(),
        terms_days: None,
        payment_mode: None,
        credit_limit: None,
        available: None,
        exposure: money(0),
        unallocated: money(0),
        overdue_total: money(0),
        not_due_total: money(0),
        open_total: money(0),
        disputed_total: money(0),
        oldest_days_past_due: 0,
        avg_days_late: 0,
        settled_count: None,
        on_time_bps: 0,
        lifetime_paid: money(0),
        is_blocked: false,
        broken_promises_90d: 0,
        kept_promise_bps: 10_000,
        daily_asked_on: None,
        credit_review_on: None,
        is_credit_review_asked: false,
    }
}

//! From the verdict and the advice to the answer and its rows: the order, what it reserves, its holds, and the record of why.

use super::effects;
use super::hold_rows::{self, voice};
use super::lapse::StandingHold;
use super::load::{Asking, Before, Check};
use super::reserve::Moving;
use super::usable::Usable;
use super::view::{Answer, OrderView, view};
use crate::approval::rows::approval;
use crate::approval::{ApprovalKind, Request};
use crate::command::{Attempt, Decided};
use crate::credit::claim::with_cash;
use crate::credit::rules::lift::{Lifted, holds_until};
use crate::credit::rules::order::{OrderAct, after, placed};
use crate::credit::rules::settle::{ApprovalAsk, Settled, settle};
use crate::credit::rules::{OrderDecision, WayOut};
use crate::doors::decision::{Call, Record, ToRelease};
use crate::doors::store::columns::Payload;
use crate::doors::store::{AccountClaim, Changes, Claim, Entry};
use crate::order::OrderState;
use crate::order::rows::sales_order;
use crate::order::rules::{Progress, approve_lines};
use crate::tenant::authority::least;
use crate::words::asked::{About, Advice, Asked, Question, Vote, VoteKind};
use crate::words::day::add_days;
use crate::words::error::{Error, Result};
use crate::words::id::DecisionId;
use crate::words::money::Money;
use crate::words::role::Role;

/// A request for a yes is answered within so many days, or it expires (api.md §11).
const APPROVAL_DAYS: i64 = 7;

impl Check {
    /// The question for plugins.
    pub(super) fn ask(&self, attempt: &Attempt) -> Asked {
        let question = Question::new(&self.gathered.facts, self.about());
        attempt.ground.plugins.ask(&question)
    }

    fn about(&self) -> About {
        About::OrderCheck { order: self.order.clone(), core: self.core.verdict() }
    }

    /// The voices that count, where they are not simply what was said: those of an earlier check that still do, and questions about the
    /// limit that failed and hold.
    fn said(&self, asked: &Asked) -> Option<Asked> {
        let failures: Vec<Advice> = self.usable.iter().flat_map(Usable::failures).collect();
        let mut said = match &self.before {
            Some(before) => self.still_said(before, asked),
            None if failures.is_empty() => return None,
            None => asked.clone(),
        };
        said.advice.extend(failures);
        Some(said)
    }

    /// What was said, without votes for reasons of this order that have ended: a reason that was paid, that got the yes it asked for, or whose
    /// last day has passed, does not hold the same order again (plugins.md §3). Of a reason that stands no more is asked than is left of what
    /// it asked first. The core rule votes on every check anew.
    fn still_said(&self, before: &Before, asked: &Asked) -> Asked {
        let mut said = asked.clone();
        for advice in &mut said.advice {
            let plugin = advice.plugin.clone();
            let is_of = |hold: &StandingHold, vote: &Vote| voice(&hold.row.source) == plugin && hold.row.code == vote.code;
            let is_over = |vote: &Vote| {
                let earlier = before.ended.iter().any(|(voice, code)| *voice == plugin && *code == vote.code);
                earlier || before.holds.iter().any(|hold| hold.lifted.is_some() && is_of(hold, vote))
            };
            advice.votes.retain(|vote| vote.vote == VoteKind::Deny || !is_over(vote));
            for vote in &mut advice.votes {
                let standing = before.holds.iter().find(|hold| is_of(hold, vote) && hold.is_for(&vote.items));
                let left = standing.and_then(|hold| hold.left);
                vote.pay_to_release = match (vote.pay_to_release, left) {
                    (Some(asked), Some(left)) if asked.currency() == left.currency() && left.minor() < asked.minor() => Some(left),
                    (asked, _) => asked,
                };
            }
        }
        said
    }

    /// The answer with all that follows from it.
    pub(super) fn decided(&self, asked: &Asked, attempt: &Attempt) -> Result<Decided<OrderView>> {
        let said = self.said(asked);
        let settled = settle(&self.gathered.facts, &self.order, &self.core, said.as_ref().unwrap_or(asked))?;
        let decision_id = DecisionId(attempt.stamp.id());
        let (mut row, balances) = (self.row.clone(), &self.gathered.balances);
        let moving = self.before.as_ref().map_or_else(|| Moving::of_new(balances), |before| Moving::from(&before.row, balances));
        self.put_state(&mut row, &settled, attempt)?;
        let has_task = row.keep_waiting(attempt.stamp.today);
        row.decision = settled.decision.as_str().to_owned();
        row.decision_id = decision_id;
        let mut answer = Answer::of(self, &settled);
        answer.release_role = release_role(&row, attempt);
        row.answer = Payload(serde_json::to_value(answer).map_err(Error::internal)?);
        let changes = self.move_cash(&mut row, attempt)?;
        let changes = if has_task { changes.frees_room() } else { changes };
        let changes = moving.write(changes, &row, attempt.stamp.today, attempt);
        // What this order takes is gone for those that wait: what they have to pay has changed.
        let reserved_before = self.before.as_ref().map_or(0, |before| before.row.reserved_minor);
        let is_taken = row.reserved_minor > reserved_before && self.is_waited_behind();
        let changes = if is_taken { changes.frees_room() } else { changes };
        let changes = if self.before.is_some() { changes.save(&row) } else { changes.add(&row) };
        let is_held = row.state.is_waiting();
        let changes = hold_rows::write(changes, self, if is_held { &settled.causes } else { &[] }, decision_id, attempt);
        let changes = self.approvals(changes, &settled, is_held, attempt);
        let changes = self.call(changes, &settled, attempt)?;
        let (changes, applied) = effects::apply(changes, self, asked, decision_id, attempt);
        let record = self.record(&settled, asked, applied, release_role(&row, attempt));
        let (account, cause) = (Some(self.gathered.account.id), ("order", self.order.id.0));
        let decision = attempt.decision(decision_id, account, cause, settled.decision.as_str(), record);
        let changes = changes.because(&decision, &self.gathered.facts)?;
        let entry = Entry {
            kind: event(settled.decision),
            subject: "order",
            subject_id: row.id.0,
            effective_on: attempt.stamp.today,
            decision: Some(decision_id),
            body: serde_json::json!({
                "external_id": row.external_id, "amount": self.order.amount, "state": row.state,
                "codes": settled.causes.iter().map(|cause| cause.reason.code.as_str()).collect::<Vec<_>>(),
                "moved_by": self.moved_by,
            }),
        };
        Ok(Decided::new(view(&row)?, changes.tell(entry)))
    }

    /// Does another order of the account wait?
    fn is_waited_behind(&self) -> bool {
        self.gathered.holds.iter().any(|hold| hold.order_id.is_some_and(|order| order != self.order.id))
    }

    /// Moves the order to its state and to what may ship of it. What a person let ship stays released, and what has shipped is a fact.
    fn put_state(&self, row: &mut sales_order::Model, settled: &Settled, attempt: &Attempt) -> Result<()> {
        let progress = Progress::from(&*row);
        let by_person = (row.released_minor - progress.gone()).max(0);
        let (state, keeps) = match &self.asking {
            Asking::Placed(_) => (placed(settled.decision), 0),
            Asking::Again(_) => (after(row.state, OrderAct::Checked(settled.decision))?, 0),
            Asking::Revised { keeps, .. } => (after(row.state, OrderAct::Revised(settled.decision))?, *keeps),
        };
        let may_ship = match settled.decision {
            OrderDecision::Approve | OrderDecision::ReleasePartial => settled.releasable.minor().max(by_person).max(keeps),
            OrderDecision::Hold => by_person.max(keeps),
            OrderDecision::Deny => 0,
        };
        let mut now = Progress { state, ..progress.approve(may_ship) };
        if state == OrderState::Rejected && now.shipped > 0 {
            now.state = OrderState::Held;
        } else if state == OrderState::Held && now.ready() > 0 {
            now.state = OrderState::PartiallyReleased;
        } else if state == OrderState::Approved && now.invoiced >= now.amount {
            now.state = OrderState::Invoiced;
        }
        row.valid_until = match settled.decision {
            OrderDecision::Approve | OrderDecision::ReleasePartial => {
                attempt.ground.settings.approval_days.map(|days| add_days(attempt.stamp.today, days))
            }
            OrderDecision::Hold | OrderDecision::Deny => row.valid_until.filter(|_| now.ready() > 0),
        };
        row.put(now);
        approve_lines(&mut row.lines.0, now.approved);
        row.version += i64::from(self.before.is_some());
        Ok(())
    }

    /// The claim with what crosses a warning line, and the cash that comes to the order or goes back from it.
    fn move_cash(&self, row: &mut sales_order::Model, attempt: &Attempt) -> Result<Changes> {
        let is_closed = Progress::from(&*row).is_closed();
        let has_cash = row.deposit_minor > 0 && (is_closed || self.before.is_none());
        let claim = if has_cash { with_cash(self.claim(attempt), attempt.stamp.today) } else { self.claim(attempt) };
        let taken = Progress::from(&*row).taken();
        // What uses up no more of a shared limit than before needs no say in it.
        let reserved_before = self.before.as_ref().map_or(0, |before| before.row.reserved_minor);
        let group = self.group.filter(|_| taken.reserved > reserved_before);
        let (warning_level, warnings) = self.warn(taken.reserved - taken.shipped, attempt)?;
        let changes = Changes::on(Claim::Account(AccountClaim { warning_level, ..claim })).sharing(group);
        let changes = warnings.into_iter().fold(changes, Changes::tell);
        let of_groups = if group.is_some() { self.warn_groups(taken.reserved - taken.shipped, attempt)? } else { Vec::new() };
        let changes =
            of_groups.into_iter().fold(changes, |changes, (row, told)| told.into_iter().fold(changes.save_all(&row), Changes::tell));
        Ok(match &self.asking {
            Asking::Placed(_) if is_closed => {
                row.deposit_minor = 0;
                changes
            }
            Asking::Placed(early) => early.take(changes, row, attempt),
            Asking::Again(_) | Asking::Revised { .. } if is_closed => self.deposits.give_back(changes, row, attempt),
            Asking::Again(_) | Asking::Revised { .. } => changes,
        })
    }

    /// Asks for the yes that votes call for, once each, and takes back what is no longer asked: by the script, or, once nothing holds the
    /// order any more, by the person who wanted to let it ship.
    fn approvals(&self, changes: Changes, settled: &Settled, is_held: bool, attempt: &Attempt) -> Changes {
        let pending: &[approval::Model] = self.before.as_ref().map_or(&[], |before| &before.approvals);
        let is_same = |row: &approval::Model, ask: &ApprovalAsk| row.role == ask.role && row.code == ask.reason.code;
        let is_of_script = |row: &approval::Model| row.kind == ApprovalKind::OrderRelease;
        let is_asked = |row: &approval::Model| match is_of_script(row) {
            true => settled.approvals.iter().any(|ask| is_same(row, ask)),
            false => is_held,
        };
        let gone = pending.iter().filter(|row| !is_asked(row));
        let changes = gone.fold(changes, |changes, row| changes.save(&withdrawn(row, "no longer asked")));
        let new = settled.approvals.iter().filter(|ask| !pending.iter().any(|row| is_of_script(row) && is_same(row, ask)));
        new.fold(changes, |changes, ask| changes.add(&self.approval(ask, attempt)))
    }

    fn approval(&self, ask: &ApprovalAsk, attempt: &Attempt) -> approval::Model {
        let request = Request {
            kind: ApprovalKind::OrderRelease,
            account: Some(self.gathered.account.id),
            subject: ("order", self.order.id.0),
            role: &ask.role,
            code: &ask.reason.code,
            text: ask.reason.text.clone(),
            asked_by: &ask.reason.source,
            amount: Some(self.order.amount),
            days: (attempt.stamp.today, APPROVAL_DAYS),
        };
        request.row(&attempt.who, &attempt.stamp)
    }

    fn record(&self, settled: &Settled, asked: &Asked, told: effects::Applied, alone: Option<Role>) -> Record {
        let calls = asked.advice.iter().map(|advice| Call { about: self.about(), advice: advice.clone() });
        let ways_out: Vec<WayOut> = settled.causes.iter().map(|cause| cause.way_out.clone()).collect();
        let is_held = matches!(settled.decision, OrderDecision::Hold | OrderDecision::ReleasePartial);
        let mut applied = told.applied;
        applied.extend(self.core.excluded.iter().map(|rule| format!("rule {rule}: excluded")));
        let ended = self.before.iter().flat_map(|before| &before.holds);
        applied.extend(
            ended.filter_map(|hold| hold.lifted.map(|how: Lifted| format!("hold {} {}: {how}", voice(&hold.row.source), hold.row.code))),
        );
        Record {
            core: Some(self.core.verdict()),
            reasons: settled.reasons(),
            calls: self.usable.iter().flat_map(Usable::calls).chain(calls).collect(),
            applied,
            dropped: told.dropped,
            merge: Some(settled.merge.clone()),
            to_release: is_held.then(|| ToRelease {
                pay: settled.pay_to_release.as_ref().map(|pay| pay.amount),
                role: Some(self.stands.approver().map_or_else(|| by_authority(alone), str::to_owned)),
                expires_on: holds_until(&ways_out),
            }),
            moved_by: self.moved_by.clone(),
            usable_facts: self.usable.as_ref().and_then(|usable| usable.other_facts(&self.gathered.facts)),
        }
    }
}

/// The least role that may let alone what waits of the order; none when nothing waits, or it takes two persons.
fn release_role(row: &sales_order::Model, attempt: &Attempt) -> Option<Role> {
    let settings = &attempt.ground.settings;
    let progress = Progress::from(row);
    let waits = (progress.waiting() - progress.ready()).max(0);
    if !row.state.is_waiting() {
        return None;
    }
    if !settings.four_eyes {
        return Some(Role::CreditOfficer);
    }
    least(&settings.authority.release_order, Money::new(waits, row.currency), attempt.ground.tenant.currency)
}

/// Whose release ends a hold, as the record says it: the least role that may alone, or two persons.
fn by_authority(alone: Option<Role>) -> String {
    alone.map_or_else(|| "two_persons".to_owned(), |role| role.to_string())
}

/// A request for a yes that nobody needs any more.
pub(super) fn withdrawn(row: &approval::Model, why: &str) -> approval::Model {
    approval::Model { state: "expired".to_owned(), comment: Some(why.to_owned()), version: row.version + 1, ..row.clone() }
}

fn event(decision: OrderDecision) -> &'static str {
    match decision {
        OrderDecision::Approve => "order.approved",
        OrderDecision::ReleasePartial => "order.partially_released",
        OrderDecision::Hold => "order.held",
        OrderDecision::Deny => "order.rejected",
    }
}

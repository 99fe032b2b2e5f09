//! How much danger an account is in, judged from its facts alone: a file per question. The same facts, rules and day give the same
//! judgement, so nothing here goes up or down by being asked again.

pub mod plan;
pub mod standing;
#[cfg(test)]
mod tests;
pub mod watch;

use crate::limit::rules::InForce;
use crate::policy::RiskRules;
use crate::words::day::{add_days, days_between};
use crate::words::error::Result;
use crate::words::facts::{Facts, Reason};
use crate::words::money::Money;
use crate::words::signal::{Severity, SignalFacts};
use chrono::NaiveDate;

/// Promises count for so many days after the day they were for (numbers.md §4).
pub const PROMISE_DAYS: i64 = 180;

/// What an account's danger comes to on a day.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judgement {
    /// Place of its level in the account plan.
    pub level: usize,
    /// Why it is not the first one.
    pub plan_reasons: Vec<Reason>,
    /// Why it belongs on the watch-list; it does not when there is no reason.
    pub watch_reasons: Vec<Reason>,
}

/// Judges an account as of `facts.today`, against the limit in force on that day.
pub fn judge(facts: &Facts, limit: InForce, rules: &RiskRules) -> Result<Judgement> {
    let (level, plan_reasons) = plan::level(facts, limit, rules)?;
    Ok(Judgement { level, plan_reasons, watch_reasons: watch::reasons(facts, limit, &rules.watch_list)? })
}

/// The next day on which time alone can change the judgement: an item grows old enough, a signal fades, a bounce or a broken promise is
/// forgotten, or another limit comes into force.
pub fn next_date(facts: &Facts, rules: &RiskRules, next_limit_on: Option<NaiveDate>) -> Option<NaiveDate> {
    let triggers = rules.plan_levels.iter().flat_map(|level| &level.triggers);
    let of_triggers = triggers.filter_map(|trigger| trigger.days_past_due);
    let ages = of_triggers.chain(rules.watch_list.oldest_days.map(|days| days + 1));
    let grows_old = oldest_due(facts).into_iter().flat_map(|due_on| ages.clone().map(move |days| add_days(due_on, days)));
    let fades = facts.signals().filter_map(|signal| signal.fading.next_step_after(facts.today));
    let forgets = facts.risk.signals.iter().filter(|signal| watch::is_bounce(signal));
    let forgets = forgets.filter_map(|signal| Some(add_days(signal.fading.observed_on, rules.watch_list.bounce_days?)));
    let forgives = facts.promises.iter().filter(|promise| promise.state == "broken").map(|promise| add_days(promise.due_on, PROMISE_DAYS));
    let review = facts.account.credit_review_on.zip(rules.watch_list.review_overdue_days).map(|(due_on, days)| add_days(due_on, days + 1));
    let days = grows_old.chain(fades).chain(forgets).chain(forgives).chain(review).chain(next_limit_on);
    days.filter(|on| *on > facts.today).min()
}

impl Facts {
    /// Signals that warn: good news counts for nothing here.
    fn signals(&self) -> impl Iterator<Item = &SignalFacts> {
        self.risk.signals.iter().filter(|signal| signal.kind.is_warning())
    }
}

/// What counts against the limit: the exposure less disputed money (contract choice 6), with what is about to ship.
pub(crate) fn counted(facts: &Facts, shipping: Money) -> Result<Money> {
    let counted = facts.account.exposure.checked_sub(facts.account.disputed_total)?;
    if shipping.currency() == counted.currency() { counted.checked_add(shipping) } else { Ok(counted) }
}

/// Due date of the oldest open item, whatever its currency.
fn oldest_due(facts: &Facts) -> Option<NaiveDate> {
    let rows = facts.open_items.rows.iter().filter(|item| item.open.is_positive()).map(|item| item.due_on);
    let sums = facts.open_items.by_due.iter().filter(|sum| sum.open.is_positive()).map(|sum| sum.due_on);
    rows.chain(sums).min()
}

/// Calendar days past due of the oldest open item (decision 10); 0 when nothing is.
pub(super) fn oldest_days(facts: &Facts) -> i64 {
    oldest_due(facts).map_or(0, |due_on| days_between(due_on, facts.today)).max(0)
}

/// The gravest warning that is live.
pub fn gravest(facts: &Facts) -> Option<(Severity, &SignalFacts)> {
    let live = facts.signals().filter_map(|signal| Some((signal.fading.live_on(facts.today)?, signal)));
    live.max_by_key(|(severity, signal)| (*severity, signal.fading.observed_on))
}

/// Promises broken in the last [`PROMISE_DAYS`] days. None are known until promises are kept by the engine.
pub(super) fn broken_promises(facts: &Facts) -> i64 {
    let from = add_days(facts.today, -PROMISE_DAYS);
    let broken = facts.promises.iter().filter(|promise| promise.state == "broken" && promise.due_on > from);
    i64::try_from(broken.count()).unwrap_or(i64::MAX)
}

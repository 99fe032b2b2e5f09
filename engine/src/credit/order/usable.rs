//! How much of a limit may be used now: asked of plugins before the core rule compares (GR-09). A script may throttle a limit, and never
//! widen it. The question is part of what a check looks at, so it is put while the facts are read, outside any transaction.

use crate::command::Attempt;
use crate::credit::rules::check::CheckBasis;
use crate::doors::decision::Call;
use crate::doors::store::{Read, failed, sum_minor};
use crate::facts::Gathered;
use crate::limit::rules::InForce;
use crate::words::asked::{About, Advice, CallStatus, Hook, OnFailure, Question};
use crate::words::day::add_days;
use crate::words::effect::EffectKind;
use crate::words::error::{Error, Result};
use crate::words::facts::Facts;
use crate::words::money::Money;
use std::sync::Arc;

/// What fell due in so many days, today counted in, is what collection was planned for.
const WINDOW_DAYS: i64 = 90;

/// What plugins said about a limit.
#[derive(Clone, Debug)]
pub(super) struct Usable {
    facts: Arc<Facts>,
    about: About,
    advice: Vec<Advice>,
}

impl Usable {
    /// The facts it was asked on, for the record; none where they are those of the decision.
    pub(super) fn other_facts(&self, decided_on: &Arc<Facts>) -> Option<Arc<Facts>> {
        (!self.advice.is_empty() && self.facts != *decided_on).then(|| Arc::clone(&self.facts))
    }

    /// The calls, for the record.
    pub(super) fn calls(&self) -> impl Iterator<Item = Call> + '_ {
        self.advice.iter().map(|advice| Call { about: self.about.clone(), advice: advice.clone() })
    }

    /// Those that failed where their failure means to hold: voices of the check like any other.
    pub(super) fn failures(&self) -> impl Iterator<Item = Advice> + '_ {
        let holds = |advice: &&Advice| {
            let has_failed = !matches!(advice.status, CallStatus::Ok | CallStatus::Filtered);
            has_failed && !matches!(advice.on_failure, OnFailure::Core | OnFailure::None)
        };
        self.advice.iter().filter(holds).cloned()
    }
}

/// Asks, where a plugin answers and there is an amount to throttle, and lowers the limit of the check to the smallest answer.
pub(super) async fn throttle(read: &Read, attempt: &Attempt, gathered: &Gathered, basis: &mut CheckBasis) -> Result<Option<Usable>> {
    let InForce::Amount { amount: limit } = basis.limit else { return Ok(None) };
    if !attempt.ground.plugins.has(Hook::UsableLimit) {
        return Ok(None);
    }
    let (collected, planned) = progress(read, attempt, gathered).await?;
    let about = About::UsableLimit { limit, collected, planned };
    let question = Question::new(&gathered.facts, about.clone());
    let plugins = attempt.ground.plugins.clone();
    // Scripts run on the blocking pool: they are short, but they never hold up a thread that serves others.
    let asked = tokio::task::spawn_blocking(move || plugins.ask(&question)).await.map_err(Error::internal)?;
    basis.limit = InForce::Amount { amount: smallest(limit, &asked.advice) };
    Ok(Some(Usable { facts: Arc::clone(&gathered.facts), about, advice: asked.advice }))
}

/// The smallest amount anybody allows; the limit itself when nobody says less.
fn smallest(limit: Money, advice: &[Advice]) -> Money {
    let said = advice.iter().filter(|advice| advice.status == CallStatus::Ok).flat_map(|advice| &advice.effects);
    let amounts = said.filter_map(|effect| if let EffectKind::Usable { amount } = &effect.kind { Some(*amount) } else { None });
    let in_range = |amount: &Money| amount.currency() == limit.currency() && amount.minor() >= 0;
    amounts.filter(in_range).chain([limit]).min_by_key(|amount| amount.minor()).unwrap_or(limit)
}

/// What has come of what fell due lately, in the account's currency.
async fn progress(read: &Read, attempt: &Attempt, gathered: &Gathered) -> Result<(Money, Money)> {
    let (row, today) = (&gathered.account, attempt.stamp.today);
    let sql = format!(
        "SELECT {} AS planned, {} AS collected FROM instalment WHERE tenant_id = $1 AND account_id = $2 AND currency = $3 \
         AND cancelled_on IS NULL AND due_on > $4 AND due_on <= $5",
        sum_minor("amount_minor"),
        sum_minor("amount_minor - open_minor"),
    );
    let values = [row.id.into(), row.currency.into(), add_days(today, -WINDOW_DAYS).into(), today.into()];
    let rows = read.rows(&sql, values).await?;
    let at = |name: &str| rows.first().map_or(Ok(0), |found| found.try_get::<i64>("", name)).map_err(failed);
    Ok((Money::from_sum(i128::from(at("collected")?), row.currency)?, Money::from_sum(i128::from(at("planned")?), row.currency)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{advice, money};
    use crate::words::effect::Effect;

    fn says(amount: &str) -> Advice {
        let kind = EffectKind::Usable { amount: money(amount) };
        Advice { effects: vec![Effect { kind, code: None, values: Default::default(), line: 1 }], ..advice(vec![]) }
    }

    #[test]
    fn the_smallest_answer_counts_and_none_is_more_than_the_limit() {
        let limit = money("CNY 100.00");
        for (said, expected) in [
            (vec![], "100.00"),
            (vec![says("CNY 60.00")], "60.00"),
            (vec![says("CNY 60.00"), says("CNY 20.00")], "20.00"),
            (vec![says("CNY 250.00")], "100.00"),
            (vec![says("CNY -1.00")], "100.00"),
            (vec![says("USD 1.00")], "100.00"),
            (vec![Advice { status: CallStatus::Error, ..says("CNY 1.00") }], "100.00"),
        ] {
            assert_eq!(smallest(limit, &said).amount(), expected, "{said:?}");
        }
    }
}

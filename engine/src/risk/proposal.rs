//! What the work of a plan level proposes, and what is still missing before it can be done (EW-04).

use crate::hold::basis::{BasisKind, supply_bases};
use crate::policy::{PlanProposal, PlanTask};
use crate::words::effect::{FactValue, Values};
use crate::words::error::Result;
use crate::words::facts::Facts;

/// What a stop of supply stands on beside its legal basis (G-SUPPLY): a person brings all of it, a second one agrees.
const NEEDS: [&str; 4] = ["basis", "evidence", "reason", "second_person"];

/// The figures of a task that begins with a plan level: nothing where it proposes nothing. For a stop of supply: `overdue`, the `bases` of
/// `/v1/supply-bases` that are in force and that the books carry, and what it still `needs`.
pub(crate) fn proposed(task: &PlanTask, facts: &Facts) -> Result<Values> {
    let Some(PlanProposal::SupplyStop) = task.proposes else { return Ok(Values::new()) };
    let overdue = facts.account.overdue_total;
    // Whoever has not failed to perform first, undisputed, is not stopped for it.
    let is_late = overdue.minor() > facts.account.disputed_total.minor();
    let bases = supply_bases()?.into_iter().filter(|basis| basis.is_in_force(facts.today));
    let carried = bases.filter(|basis| is_late || basis.kind != BasisKind::OrderOfPerformance).map(|basis| basis.key);
    Ok(Values::from([
        ("proposes".to_owned(), FactValue::Text(PlanProposal::SupplyStop.to_string())),
        ("overdue".to_owned(), FactValue::Money(overdue)),
        ("bases".to_owned(), FactValue::List(carried.collect())),
        ("needs".to_owned(), FactValue::List(NEEDS.map(str::to_owned).into())),
    ]))
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credit::rules::fixture::{cny, day, facts};

    #[test]
    fn ew_04_a_stop_is_proposed_on_the_bases_that_the_books_carry() {
        let task = |proposes| PlanTask { key: "emergency_plan".to_owned(), role: "credit_manager".to_owned(), within_days: 1, proposes };
        let bases = |overdue: i64, disputed: i64, today: &str| {
            let mut facts = facts(0);
            facts.today = day(today);
            (facts.account.overdue_total, facts.account.disputed_total) = (cny(overdue), cny(disputed));
            match proposed(&task(Some(PlanProposal::SupplyStop)), &facts).unwrap().remove("bases") {
                Some(FactValue::List(bases)) => bases.join(" "),
                other => panic!("a list of bases, not {other:?}"),
            }
        };
        for (overdue, disputed, today, expected) in [
            (0, 0, "2026-03-02", "cn_527 contract_clause"),
            (1, 0, "2026-03-02", "cn_526 cn_527 contract_clause"),
            (100, 100, "2026-03-02", "cn_527 contract_clause"),
            (100, 99, "2026-03-02", "cn_526 cn_527 contract_clause"),
            (1, 0, "2020-12-31", "contract_clause"),
        ] {
            assert_eq!(bases(overdue, disputed, today), expected, "{overdue} overdue, {disputed} disputed, on {today}");
        }
        assert_eq!(proposed(&task(None), &facts(0)).unwrap(), Values::new());
    }
}

//! What is said to stop supply, and what it is refused for: no basis, no ground, no evidence, or a basis that the books do not carry
//! (G-SUPPLY: a stop without one is our own breach).

use crate::hold::basis::{BasisKind, SupplyBasis, SupplyLevel};
use crate::hold::rows::{StopEvidence, StopLaw, StopScope};
use crate::words::code::Code;
use crate::words::day::{add_days, strict_date};
use crate::words::error::{Error, Result};
use crate::words::id::OrderId;
use crate::words::money::Money;
use crate::words::text::{check_reason, is_line};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The most papers of one stop.
const EVIDENCE_MAX: usize = 20;
/// The most items, and groups of items, that one stop names.
const NAMES_MAX: usize = 200;
/// The longest time a customer is given to answer.
const ANSWER_DAYS_MAX: i64 = 366;

fn everything() -> SupplyLevel {
    SupplyLevel::All
}

/// A stop of supply: of a whole account, or of one of its orders.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SupplyStopIn {
    /// The order, by id or external id; the whole account when neither is given.
    #[serde(default)]
    pub order_id: Option<OrderId>,
    /// The order's number in the ERP.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub order_external_id: Option<String>,
    /// How much it keeps back: everything when absent.
    #[serde(default = "everything")]
    #[schema(inline)]
    pub level: SupplyLevel,
    /// For key items: which, as the ERP calls them. With neither items nor groups, what orders mark as key items.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub items: Vec<String>,
    /// For key items: groups of items, as the ERP calls them.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub groups: Vec<String>,
    /// The legal basis, by its name in `/v1/supply-bases`. Without one supply is not stopped.
    #[serde(default)]
    #[schema(max_length = 40)]
    pub basis: Option<String>,
    /// Which of the grounds of the basis, where it knows some.
    #[serde(default)]
    #[schema(max_length = 40)]
    pub ground: Option<String>,
    /// The clause of the contract, where that is the basis.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub clause: Option<String>,
    /// What proves the ground; at least one paper.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub evidence: Vec<StopEvidence>,
    /// Why, for those who read it later; the customer does not.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
    /// The day by which the customer is asked to pay or to give security; as the basis says when absent.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    pub answer_by: Option<NaiveDate>,
}

/// What a stop stands on, once nothing is wrong with it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Founded {
    /// The basis, by its name.
    pub(super) basis: String,
    pub(super) law: StopLaw,
    pub(super) scope: StopScope,
    pub(super) answer_by: NaiveDate,
}

impl SupplyStopIn {
    /// What the stop stands on today, where so much is overdue and not disputed.
    ///
    /// # Errors
    /// `supply_basis_missing` where law, ground, evidence or the books do not carry it; `validation_failed` for the rest.
    pub(super) fn founded(&self, known: &[SupplyBasis], overdue: Money, today: NaiveDate) -> Result<Founded> {
        let basis = self.basis(known, today)?;
        let law = StopLaw { kind: basis.kind, article: basis.article.clone(), ground: self.ground(basis)?, clause: self.clause(basis)? };
        if self.evidence.is_empty() {
            return Err(missing("#/evidence", "a stop stands on evidence: name at least one paper that proves its ground"));
        }
        if basis.kind == BasisKind::OrderOfPerformance && !overdue.is_positive() {
            let detail = "nothing undisputed is overdue: the customer has not failed to perform first, and this basis carries no stop";
            return Err(missing("#/basis", detail));
        }
        self.check_texts(today)?;
        let answer_by = self.answer_by.unwrap_or_else(|| add_days(today, basis.answer_days));
        Ok(Founded { basis: basis.key.clone(), law, scope: self.scope()?, answer_by })
    }

    fn basis<'a>(&self, known: &'a [SupplyBasis], today: NaiveDate) -> Result<&'a SupplyBasis> {
        let there = || known.iter().filter(|row| row.is_in_force(today)).map(|row| row.key.as_str()).collect::<Vec<_>>().join(", ");
        let Some(key) = &self.basis else {
            return Err(missing("#/basis", &format!("supply is not stopped without a legal basis (G-SUPPLY); there are {}", there())));
        };
        let found = known.iter().find(|row| row.key == *key && row.is_in_force(today));
        found.ok_or_else(|| missing("#/basis", &format!("{key:?} is no legal basis that is in force today; there are {}", there())))
    }

    fn ground(&self, basis: &SupplyBasis) -> Result<Option<crate::words::text::Bilingual>> {
        if basis.grounds.is_empty() {
            return match self.ground {
                None => Ok(None),
                Some(_) => Err(wrong("#/ground", format!("{} knows no grounds to choose from", basis.key))),
            };
        }
        let there = || basis.grounds.iter().map(|row| row.key.as_str()).collect::<Vec<_>>().join(", ");
        let named = self.ground.as_ref().and_then(|key| basis.grounds.iter().find(|row| row.key == *key));
        let found = named.ok_or_else(|| missing("#/ground", &format!("{} stands on one of its grounds: {}", basis.key, there())))?;
        Ok(Some(found.title.clone()))
    }

    fn clause(&self, basis: &SupplyBasis) -> Result<Option<String>> {
        match (basis.kind, &self.clause) {
            (BasisKind::Clause, None) => Err(missing("#/clause", "name the clause of the contract that allows it")),
            (BasisKind::Clause, Some(clause)) => Ok(Some(clause.clone())),
            (BasisKind::OrderOfPerformance | BasisKind::Insecurity, None) => Ok(None),
            (BasisKind::OrderOfPerformance | BasisKind::Insecurity, Some(_)) => {
                Err(wrong("#/clause", "a clause is named where the contract is the basis".to_owned()))
            }
        }
    }

    fn scope(&self) -> Result<StopScope> {
        let names = || self.items.iter().chain(&self.groups);
        if self.level == SupplyLevel::All && names().next().is_some() {
            return Err(wrong("#/items", "a stop of everything names no items: name the level key_items".to_owned()));
        }
        if self.items.len() > NAMES_MAX || self.groups.len() > NAMES_MAX || !names().all(|name| is_line(name, 100)) {
            let detail = format!("at most {NAMES_MAX} items and groups, each of 1 to 100 characters");
            return Err(wrong("#/items", detail));
        }
        Ok(StopScope { items: self.items.clone(), groups: self.groups.clone() })
    }

    fn check_texts(&self, today: NaiveDate) -> Result<()> {
        check_reason(&self.reason)?;
        if self.clause.as_ref().is_some_and(|clause| !is_line(clause, 200)) {
            return Err(wrong("#/clause", "a clause has 1 to 200 characters".to_owned()));
        }
        if self.evidence.len() > EVIDENCE_MAX {
            return Err(wrong("#/evidence", format!("at most {EVIDENCE_MAX} papers")));
        }
        for (at, paper) in self.evidence.iter().enumerate() {
            if !is_line(&paper.kind, 60) || !is_line(&paper.reference, 500) {
                return Err(wrong(&format!("#/evidence/{at}"), "a paper has a kind and a place where it is found".to_owned()));
            }
            if paper.dated_on > today {
                return Err(wrong(&format!("#/evidence/{at}/dated_on"), format!("a paper is not of a later day; today is {today}")));
            }
        }
        let days = |by: NaiveDate| crate::words::day::days_between(today, by);
        if self.answer_by.is_some_and(|by| !(0..=ANSWER_DAYS_MAX).contains(&days(by))) {
            return Err(wrong("#/answer_by", format!("a customer answers from {today} on, within {ANSWER_DAYS_MAX} days")));
        }
        Ok(())
    }
}

fn missing(pointer: &str, detail: &str) -> Error {
    Error::new(Code::SupplyBasisMissing, detail).at(pointer)
}

fn wrong(pointer: &str, detail: String) -> Error {
    Error::new(Code::ValidationFailed, detail).at(pointer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credit::rules::fixture::{cny, day};
    use crate::hold::basis::supply_bases;
    use serde_json::{Value, json};

    fn asked(with: &Value) -> SupplyStopIn {
        let mut body = json!({
            "basis": "cn_527", "ground": "asset_flight", "reason": "they empty the warehouse",
            "evidence": [{ "kind": "photograph", "reference": "DMS-1", "dated_on": "2025-03-13" }],
        });
        for (name, value) in with.as_object().unwrap() {
            body[name] = value.clone();
        }
        serde_json::from_value(body).unwrap()
    }

    #[test]
    fn or_07_a_stop_without_a_sound_basis_is_refused_for_one_reason() {
        let (known, today) = (supply_bases().unwrap(), day("2025-03-14"));
        let judged = |with: Value, overdue: i64| match asked(&with).founded(&known, cny(overdue), today) {
            Ok(founded) => format!("{} until {}", founded.basis, founded.answer_by),
            Err(error) => format!("{} {}", error.code().name(), error.faults().first().map_or("", |fault| fault.pointer.as_str())),
        };
        for (with, overdue, expected) in [
            (json!({}), 0, "cn_527 until 2025-03-29"),
            (json!({ "answer_by": "2025-03-20" }), 0, "cn_527 until 2025-03-20"),
            (json!({ "basis": null }), 0, "supply_basis_missing #/basis"),
            (json!({ "basis": "because" }), 0, "supply_basis_missing #/basis"),
            (json!({ "ground": null }), 0, "supply_basis_missing #/ground"),
            (json!({ "ground": "rumour" }), 0, "supply_basis_missing #/ground"),
            (json!({ "evidence": [] }), 0, "supply_basis_missing #/evidence"),
            (json!({ "basis": "cn_526", "ground": null }), 0, "supply_basis_missing #/basis"),
            (json!({ "basis": "cn_526", "ground": null }), 1, "cn_526 until 2025-03-29"),
            (json!({ "basis": "cn_526" }), 1, "validation_failed #/ground"),
            (json!({ "basis": "contract_clause", "ground": null }), 0, "supply_basis_missing #/clause"),
            (json!({ "basis": "contract_clause", "ground": null, "clause": "§ 7" }), 0, "contract_clause until 2025-03-29"),
            (json!({ "clause": "§ 7" }), 0, "validation_failed #/clause"),
            (json!({ "items": ["A"] }), 0, "validation_failed #/items"),
            (json!({ "level": "key_items", "items": ["A", ""] }), 0, "validation_failed #/items"),
            (json!({ "level": "key_items", "items": ["A"] }), 0, "cn_527 until 2025-03-29"),
            (json!({ "answer_by": "2025-03-13" }), 0, "validation_failed #/answer_by"),
            (json!({ "reason": "" }), 0, "validation_failed #/reason"),
            (
                json!({ "evidence": [{ "kind": "letter", "reference": "DMS-2", "dated_on": "2025-03-15" }] }),
                0,
                "validation_failed #/evidence/0/dated_on",
            ),
        ] {
            assert_eq!(judged(with.clone(), overdue), expected, "{with}");
        }
        assert_eq!(
            asked(&json!({})).founded(&known, cny(0), day("2020-12-31")).unwrap_err().code(),
            Code::SupplyBasisMissing,
            "the law was not in force yet"
        );
    }
}

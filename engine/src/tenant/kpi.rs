//! Who answers for which key figure (IC-08): finance and sales together, unless a tenant says otherwise.

use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::text::is_line;
use std::collections::BTreeMap;

/// Key figures by the names their report gives them, each with the roles that answer for it.
pub type KpiOwners = BTreeMap<String, Vec<String>>;

/// The key figures there are, by the names their report gives them.
pub const KPIS: [&str; 12] = [
    "overdue_ratio",
    "overdue_ratio_by_count",
    "dso_simple",
    "dso_best_possible",
    "average_days_delinquent",
    "dso_countback",
    "cei",
    "average_days_late",
    "average_days_late_signed",
    "weighted_days_late",
    "weighted_days_late_signed",
    "on_time_share",
];

/// Who answers for a figure that nobody was named for: both sides of the house, so that none can leave it to the other (共同责任).
const SHARED: [&str; 2] = ["finance", "sales"];

/// Refuses owners of a figure that is not there, and figures without an owner, or with one that says nothing.
pub(super) fn check_owners(owners: &KpiOwners) -> Result<()> {
    for (name, roles) in owners {
        let wrong = |detail: String| Err(Error::new(Code::ValidationFailed, detail).at(format!("#/kpi_owners/{name}")));
        if !KPIS.contains(&name.as_str()) {
            return wrong(format!("no key figure; they are {}", KPIS.join(", ")));
        }
        let is_role = |role: &String| is_line(role, 40);
        if !(1..=10).contains(&roles.len()) || !roles.iter().all(is_role) {
            return wrong("1 to 10 roles, each of 1 to 40 characters".to_owned());
        }
    }
    Ok(())
}

/// Every key figure with who answers for it.
pub fn owners_of_all(owners: &KpiOwners) -> KpiOwners {
    let shared = || SHARED.map(str::to_owned).to_vec();
    KPIS.iter().map(|name| ((*name).to_owned(), owners.get(*name).cloned().unwrap_or_else(shared))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ic_08_only_known_figures_have_owners_and_every_figure_has_one() {
        let owners = |name: &str, roles: &[&str]| KpiOwners::from([(name.to_owned(), roles.iter().map(|&role| role.to_owned()).collect())]);
        for (owners, is_good) in [
            (KpiOwners::new(), true),
            (owners("cei", &["credit"]), true),
            (owners("turnover", &["credit"]), false),
            (owners("cei", &[]), false),
            (owners("cei", &[" "]), false),
        ] {
            assert_eq!(check_owners(&owners).is_ok(), is_good, "{owners:?}");
        }
        let all = owners_of_all(&owners("cei", &["credit"]));
        assert_eq!(
            (all.len(), &all["cei"], &all["dso_simple"]),
            (12, &vec!["credit".to_owned()], &vec!["finance".to_owned(), "sales".to_owned()])
        );
    }
}

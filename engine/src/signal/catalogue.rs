//! Every kind of signal there is, with its title and how grave it is unless somebody says otherwise.

use crate::words::signal::{Severity, SignalType};
use crate::words::text::Bilingual;
use serde::Serialize;
use utoipa::ToSchema;

/// One kind of signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The kind.
    pub kind: SignalType,
    /// Its title in English.
    pub en: &'static str,
    /// Its title in Chinese.
    pub zh: &'static str,
    /// How grave it is when nobody says.
    pub severity: Severity,
    /// Work that begins with it, and whose it is.
    pub task: Option<(&'static str, &'static str)>,
}

/// What is known of this kind.
pub fn entry(kind: SignalType) -> Entry {
    use Severity::{High, Low, Medium};
    use SignalType as T;
    let of = |en, zh, severity| Entry { kind, en, zh, severity, task: None };
    match kind {
        T::Relocation => of("Moved to a worse or smaller site", "迁往较差或更小的场所", Medium),
        T::ManagementChange => of("Management is changing", "管理层人员变动", Medium),
        T::CreditorsGathering => of("Creditors gather at the door", "债权人上门聚集", High),
        T::AbnormalStock => of("Stock is dumped or hoarded", "库存异常（抛售或囤积）", Medium),
        T::NonCooperation => of("A distributor stops working with us", "经销商不再配合", Medium),
        T::Bounce => of("A payment came back from the bank", "付款被银行退回", Medium),
        T::SlowerPayments => of("Pays later than it used to", "付款较以往变慢", Low),
        T::PartPayments => of("Pays invoices in pieces", "开始零散付款", Low),
        T::MethodChange => of("Pays in another way than before", "付款方式改变", Low),
        T::RoundSums => of("Pays round sums instead of invoices", "按整数金额付款", Low),
        T::OperationalDisorder => of("Operations fall into disorder", "经营突然紊乱", High),
        T::IdentityChange => Entry {
            task: Some(("confirm_debt", "legal")),
            ..of("New name or owners: the debt must be confirmed anew", "更名或股权变更，须重新确认债务", Medium)
        },
        T::OddOrder => of("Orders far more than usual", "订货量远超以往规律", Low),
        T::NoGoodsNoPayment => of("Pays only if goods come: no goods, no payment", "以“不发货就不付款”相要挟", Medium),
        T::CashIn => {
            Entry { task: Some(("collect_now", "collector")), ..of("Money came in: collect now", "客户有进款，宜立即催收", Low) }
        }
    }
}

/// A kind of signal, as outsiders read it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct SignalTypeView {
    /// Its name.
    #[serde(rename = "type")]
    pub kind: SignalType,
    /// Its title.
    pub title: Bilingual,
    /// How grave it is when nobody says.
    pub severity: Severity,
    /// Does it warn? Good news does not: it is a reason to collect now.
    pub is_warning: bool,
    /// The task that begins with it, if any.
    pub task: Option<String>,
}

/// Every kind there is.
pub fn catalogue() -> Vec<SignalTypeView> {
    let view = |kind: &SignalType| {
        let known = entry(*kind);
        SignalTypeView {
            kind: *kind,
            title: Bilingual::new(known.en, known.zh),
            severity: known.severity,
            is_warning: kind.is_warning(),
            task: known.task.map(|(task, _)| task.to_owned()),
        }
    };
    SignalType::ALL.iter().map(view).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_titles_of_its_own_in_both_languages() {
        let all = catalogue();
        assert_eq!(all.len(), SignalType::ALL.len());
        let mut titles: Vec<&str> = all.iter().flat_map(|kind| [kind.title.en.as_str(), kind.title.zh.as_str()]).collect();
        titles.sort_unstable();
        titles.dedup();
        assert_eq!(titles.len(), 2 * all.len());
        assert!(all.iter().all(|kind| kind.title.zh.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))));
        let good: Vec<SignalType> = all.iter().filter(|kind| !kind.is_warning).map(|kind| kind.kind).collect();
        assert_eq!(good, [SignalType::CashIn]);
    }
}

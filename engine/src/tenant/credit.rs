//! What a tenant chooses about its credit files: how far a source is trusted, what a newcomer is asked for, and how accounts begin.

use crate::words::code::Code;
use crate::words::error::{Error, Fault, Result};
use crate::words::text::Bilingual;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Items a tenant's checklists may have.
const ITEMS_MAX: usize = 100;

crate::words! {
    /// How an account begins that is made one at a time; imported accounts begin approved (decision 21).
    pub enum NewAccounts {
        /// Approved: it may buy on credit at once.
        Approved = "approved",
        /// A prospect: nothing on credit before a credit review.
        Prospect = "prospect",
    }
}

crate::words! {
    /// Where an entry of a credit file comes from (CF-04).
    pub enum FileSource {
        /// Our salesperson.
        Salesperson = "salesperson",
        /// Our own visit to the place.
        SiteVisit = "site_visit",
        /// Another supplier of the customer.
        Supplier = "supplier",
        /// Online data.
        Online = "online",
        /// A public record: register, court, tax office.
        PublicRecord = "public_record",
        /// A credit bureau.
        Bureau = "bureau",
    }
}

crate::words! {
    /// Which of the two checklists an item stands on.
    pub enum ChecklistKind {
        /// What is looked at before a customer is taken on (CF-10).
        Onboarding = "onboarding",
        /// What protects our claim in the contract; one that is missing costs a grade (CT-04).
        Contract = "contract",
    }
}

/// One item of a checklist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChecklistItem {
    /// Its name: small letters, digits and `_`.
    #[schema(min_length = 1, max_length = 40)]
    pub key: String,
    /// Which checklist it stands on.
    pub list: ChecklistKind,
    /// What is asked, for people.
    pub text: Bilingual,
}

/// A kind of person at a customer, by which words are chosen (CF-18).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Persona {
    /// Its name: small letters, digits and `_`.
    #[schema(min_length = 1, max_length = 40)]
    pub key: String,
    /// What people call it.
    pub text: Bilingual,
}

/// What a tenant chooses about its credit files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CreditSettings {
    /// How an account begins that is made one at a time.
    pub new_accounts: NewAccounts,
    /// How far each source is trusted, 0 to 100; it is written down with every entry. A source that is left out is trusted 50.
    #[schema(value_type = Object, examples(json!({"bureau": 90, "salesperson": 40})))]
    pub source_reliability: BTreeMap<String, i64>,
    /// What is asked of a newcomer and of a contract.
    #[schema(max_items = 100)]
    pub checklist: Vec<ChecklistItem>,
    /// What a year of carrying a receivable costs, in basis points of it: for the profit shown beside a proposed limit.
    #[schema(minimum = 0, maximum = 10_000)]
    pub carrying_cost_bps: i64,
    /// Kinds of people at customers; four ship, an own list takes their place.
    #[schema(max_items = 100)]
    pub personas: Vec<Persona>,
}

/// How far a source is trusted that the settings leave out.
const RELIABILITY: i64 = 50;

impl Default for CreditSettings {
    /// Our own figures: what was seen or is on record counts more than what was said.
    fn default() -> Self {
        use FileSource::{Bureau, Online, PublicRecord, Salesperson, SiteVisit, Supplier};
        let reliability = [(Bureau, 90), (PublicRecord, 90), (SiteVisit, 70), (Supplier, 60), (Online, 40), (Salesperson, 40)];
        Self {
            new_accounts: NewAccounts::Approved,
            source_reliability: reliability.map(|(source, percent)| (source.as_str().to_owned(), percent)).into(),
            checklist: shipped_checklist(),
            carrying_cost_bps: 600,
            personas: shipped_personas(),
        }
    }
}

fn shipped_personas() -> Vec<Persona> {
    [
        ("deciding_leader", "The leader who decides", "拍板领导"),
        ("technical_expert", "The technical expert", "技术专家"),
        ("purchasing_head", "The head of purchasing", "采购负责人"),
        ("using_department", "The department that uses the goods", "使用部门"),
    ]
    .map(|(key, en, zh)| Persona { key: key.to_owned(), text: Bilingual::new(en, zh) })
    .into()
}

fn shipped_checklist() -> Vec<ChecklistItem> {
    use ChecklistKind::{Contract, Onboarding};
    [
        (Onboarding, "licence", "The business licence was seen and is in force.", "已查验营业执照且在有效期内。"),
        (Onboarding, "signatory", "Whoever signs has the power to do so.", "签约人具备签约权限。"),
        (Onboarding, "premises", "Somebody of ours has been at the place of business.", "我方人员已实地走访经营场所。"),
        (Onboarding, "payer", "We know who approves payments and who makes them.", "已明确付款审批人和经办人。"),
        (Onboarding, "registers", "Court and enforcement registers were searched.", "已查询诉讼及被执行信息。"),
        (Onboarding, "references", "Another supplier was asked how the customer pays.", "已向其他供应商了解付款情况。"),
        (Contract, "written_contract", "There is a written contract, sealed by both sides.", "已签订书面合同并双方盖章。"),
        (Contract, "payment_terms", "Due date and amount of every part are written down.", "各期付款日期与金额书面明确。"),
        (Contract, "late_payment", "The contract says what late payment costs.", "合同约定了逾期付款责任。"),
        (Contract, "acceptance", "The contract says when goods count as accepted.", "合同约定了验收标准与期限。"),
        (Contract, "jurisdiction", "The contract says which court decides.", "合同约定了管辖法院。"),
    ]
    .map(|(list, key, en, zh)| ChecklistItem { key: key.to_owned(), list, text: Bilingual::new(en, zh) })
    .into()
}

impl CreditSettings {
    /// How far a source is trusted, 0 to 100.
    pub fn reliability(&self, source: FileSource) -> i64 {
        self.source_reliability.get(source.as_str()).copied().unwrap_or(RELIABILITY)
    }

    /// The item of this name.
    pub fn item(&self, key: &str) -> Option<&ChecklistItem> {
        self.checklist.iter().find(|item| item.key == key)
    }

    /// Refuses settings that cannot be meant: all faults at once.
    pub(super) fn check(&self) -> Result<()> {
        let mut faults = Vec::new();
        let mut wrong = |pointer: String, detail: &str| {
            faults.push(Fault { pointer: format!("#/credit/{pointer}"), code: Code::ValidationFailed, detail: detail.to_owned() });
        };
        for (source, percent) in &self.source_reliability {
            if source.parse::<FileSource>().is_err() || !(0..=100).contains(percent) {
                wrong(format!("source_reliability/{source}"), "each source of a credit file has a reliability of 0 to 100");
            }
        }
        if self.checklist.len() > ITEMS_MAX {
            wrong("checklist".to_owned(), "the checklists have at most 100 items");
        }
        if self.personas.len() > ITEMS_MAX {
            wrong("personas".to_owned(), "there are at most 100 personas");
        }
        for (at, persona) in self.personas.iter().enumerate() {
            let is_first = self.personas.iter().position(|other| other.key == persona.key) == Some(at);
            if !is_first || !is_named(&persona.key, &persona.text) {
                wrong(format!("personas/{at}"), "a persona has a name of its own of a-z, 0-9 and _, and a title in both languages");
            }
        }
        for (at, item) in self.checklist.iter().enumerate() {
            let is_first = self.checklist.iter().position(|other| other.key == item.key) == Some(at);
            if !is_first || !is_named(&item.key, &item.text) {
                wrong(format!("checklist/{at}"), "an item has a name of its own of a-z, 0-9 and _, and a sentence in both languages");
            }
        }
        if !(0..=10_000).contains(&self.carrying_cost_bps) {
            wrong("carrying_cost_bps".to_owned(), "carrying costs are 0 to 10,000 basis points a year");
        }
        if faults.is_empty() { Ok(()) } else { Err(Error::all(faults)) }
    }
}

/// A name of small letters, digits and `_`, and words in both languages.
fn is_named(key: &str, text: &Bilingual) -> bool {
    (1..=40).contains(&key.len())
        && key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        && [&text.en, &text.zh].into_iter().all(|text| (1..=300).contains(&text.chars().count()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_on_record_is_trusted_more_than_what_was_said() {
        let settings = CreditSettings::default();
        settings.check().unwrap();
        assert!(settings.reliability(FileSource::Bureau) > settings.reliability(FileSource::Salesperson));
        let bare = CreditSettings { source_reliability: BTreeMap::new(), ..CreditSettings::default() };
        assert_eq!(bare.reliability(FileSource::Bureau), RELIABILITY);
    }

    #[test]
    fn settings_that_cannot_be_meant_are_refused() {
        let spoilt = |spoil: fn(&mut CreditSettings)| {
            let mut settings = CreditSettings::default();
            spoil(&mut settings);
            settings.check().unwrap_err().faults()[0].pointer.clone()
        };
        assert_eq!(
            spoilt(|s| {
                s.source_reliability.insert("bureau".to_owned(), 101);
            }),
            "#/credit/source_reliability/bureau"
        );
        assert_eq!(
            spoilt(|s| {
                s.source_reliability.insert("gossip".to_owned(), 10);
            }),
            "#/credit/source_reliability/gossip"
        );
        assert_eq!(spoilt(|s| s.checklist[1].key = "licence".to_owned()), "#/credit/checklist/1");
        assert_eq!(spoilt(|s| s.checklist[0].text.en.clear()), "#/credit/checklist/0");
        assert_eq!(spoilt(|s| s.personas[1].key = "deciding_leader".to_owned()), "#/credit/personas/1");
        assert_eq!(spoilt(|s| s.personas[0].text.zh.clear()), "#/credit/personas/0");
        assert_eq!(spoilt(|s| s.carrying_cost_bps = -1), "#/credit/carrying_cost_bps");
    }
}

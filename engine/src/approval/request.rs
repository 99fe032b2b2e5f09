//! Asking for a yes: what is asked of whom, and how many persons an act takes.

use super::kind::ApprovalKind;
use super::rows::approval;
use crate::words::caller::Caller;
use crate::words::day::add_days;
use crate::words::id::{AccountId, ApprovalId};
use crate::words::money::Money;
use crate::words::role::Role;
use crate::words::stamp::Stamp;
use crate::words::text::Bilingual;
use chrono::NaiveDate;
use serde_json::Value as Json;
use uuid::Uuid;

/// Why an act needs a second person, and whose yes it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ask {
    /// Whose yes.
    pub(crate) role: Role,
    /// The reason's name: `above_authority`, or the one a script gave.
    pub(crate) code: String,
    /// The reason as a sentence, where a script gave one.
    pub(crate) reason: Option<Bilingual>,
}

impl Ask {
    /// The amount is more than the caller answers for alone.
    pub(crate) fn above_authority(role: Role) -> Self {
        Self { role, code: "above_authority".to_owned(), reason: None }
    }

    /// The rules of the house ask for two persons, whatever the amount.
    pub(crate) fn always(role: Role) -> Self {
        Self { role, code: "four_eyes".to_owned(), reason: None }
    }
}

/// Who answers for an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Persons {
    /// One person, within his authority.
    One,
    /// The operator, who acts alone where others need a second person; the journal says so.
    Operator,
    /// Two: one has asked, the other has said yes.
    Two,
    /// One who has to wait for the other.
    Waits,
}

impl Persons {
    /// Who answers for an act of this caller that takes two persons, or one.
    pub(crate) fn of(who: &Caller, takes_two: bool) -> Self {
        match (&who.second, takes_two) {
            (Some(_), _) => Self::Two,
            (None, false) => Self::One,
            (None, true) if who.is_operator => Self::Operator,
            (None, true) => Self::Waits,
        }
    }

    /// The body of a journal entry, with what an auditor looks for: `four_eyes` is `operator` or `approved` (api.md §11).
    pub(crate) fn told(self, mut body: Json) -> Json {
        let word = match self {
            Self::Operator => "operator",
            Self::Two => "approved",
            Self::One | Self::Waits => return body,
        };
        if let Json::Object(members) = &mut body {
            members.insert("four_eyes".to_owned(), word.into());
        }
        body
    }
}

/// What is asked of a second person. The row of a request is made here and nowhere else.
pub(crate) struct Request<'a> {
    /// What waits.
    pub(crate) kind: ApprovalKind,
    /// The account it concerns.
    pub(crate) account: Option<AccountId>,
    /// What kind of thing it is about, and which.
    pub(crate) subject: (&'a str, Uuid),
    /// Whose yes: a role, or the word a script used.
    pub(crate) role: &'a str,
    /// The reason's name.
    pub(crate) code: &'a str,
    /// What is asked.
    pub(crate) text: Bilingual,
    /// Who asks: a person, or plugin, version and line.
    pub(crate) asked_by: &'a str,
    /// How much money it is about.
    pub(crate) amount: Option<Money>,
    /// The first day, and how many more an answer is worth something.
    pub(crate) days: (NaiveDate, i64),
}

impl Request<'_> {
    /// The row of a request that waits for an answer.
    pub(crate) fn row(self, who: &Caller, stamp: &Stamp) -> approval::Model {
        let (asked_on, days) = self.days;
        approval::Model {
            tenant_id: who.tenant,
            id: ApprovalId(stamp.id()),
            kind: self.kind,
            account_id: self.account,
            subject: self.subject.0.to_owned(),
            subject_id: self.subject.1,
            role: self.role.to_owned(),
            code: self.code.to_owned(),
            text_en: self.text.en,
            text_zh: self.text.zh,
            asked_by: self.asked_by.to_owned(),
            asked_on,
            expires_on: add_days(asked_on, days),
            state: "pending".to_owned(),
            decided_by: None,
            decided_at: None,
            comment: None,
            version: 1,
            body: None,
            fingerprint: None,
            currency: self.amount.map(Money::currency),
            amount_minor: self.amount.map(Money::minor),
        }
    }
}

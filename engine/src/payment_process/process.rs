//! What is known of how an account pays, and replacing it whole.

use super::rows::payment_process;
use super::{DocumentKind, Pace};
use crate::account::claimed;
use crate::account::rows::{account, contact};
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::columns::Payload;
use crate::doors::store::{Changes, Claim, Entry, Read, failed};
use crate::payment::PaymentMethod;
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::error::{Error, Fault, Result};
use crate::words::id::{AccountId, ContactId, RowId};
use crate::words::text::is_line;
use sea_orm::{ColumnTrait, QueryFilter, QuerySelect};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};
use utoipa::ToSchema;

/// The most approval steps of a process, and the most days one of them takes.
const STEPS_MAX: usize = 20;
const STEP_DAYS_MAX: i64 = 90;
/// The most days that a slow month delays.
const LATE_DAYS_MAX: i64 = 92;

/// A step of the customer's own approval of an invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApprovalStep {
    /// What the customer calls it.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// The contact of the account who takes it.
    #[serde(default)]
    pub contact_id: Option<ContactId>,
    /// Working days it usually takes.
    #[schema(minimum = 0, maximum = 90)]
    pub usual_days: i64,
}

/// How a month of the year is for the customer (EW-13).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Season {
    /// The month, 1 to 12.
    #[schema(minimum = 1, maximum = 12)]
    pub month: i64,
    /// Does it pay well or slowly in it?
    pub pace: Pace,
    /// In a slow month, days from a pay day in it until the money comes: 1 to 92.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 92)]
    pub late_days: i64,
}

/// How an account pays. Nothing of it needs to be known: without pay days it pays on any day, without steps it approves at once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({
    "steps": [{"name": "Buyer checks the delivery", "usual_days": 3}, {"name": "Finance releases", "usual_days": 2}],
    "pay_days": [10, 25], "months": [{"month": 2, "pace": "slow", "late_days": 20}, {"month": 12, "pace": "well"}],
    "required_documents": ["invoice_original", "acceptance"], "allowed_methods": ["transfer", "bill"], "note": "No cash runs in Golden Week."
}))]
pub struct PaymentProcess {
    /// Its approval steps, in their order (CF-13).
    #[schema(max_items = 20)]
    pub steps: Vec<ApprovalStep>,
    /// Days of the month on which it pays; 31 is the last day of any month (CF-13).
    #[schema(max_items = 31)]
    pub pay_days: Vec<i64>,
    /// Months in which it pays well or slowly (CF-17, EW-13).
    #[schema(max_items = 12)]
    pub months: Vec<Season>,
    /// Papers without which it does not begin (CF-14).
    #[schema(max_items = 5)]
    pub required_documents: Vec<DocumentKind>,
    /// Ways of payment agreed with it; any when empty (CF-14).
    #[schema(max_items = 10)]
    pub allowed_methods: Vec<PaymentMethod>,
    /// What else to know.
    #[schema(max_length = 1000)]
    pub note: Option<String>,
}

impl PaymentProcess {
    /// Working days that all steps take together.
    pub fn approval_days(&self) -> i64 {
        self.steps.iter().fold(0, |days, step| days + step.usual_days)
    }

    /// Is this way of payment agreed with the customer?
    pub fn allows(&self, method: PaymentMethod) -> bool {
        self.allowed_methods.is_empty() || self.allowed_methods.contains(&method)
    }

    /// Checks it by itself and against the contacts of the account; all faults at once.
    fn check(&self, contacts: &[ContactId]) -> Result<()> {
        let mut faults = Vec::new();
        let mut fault = |pointer: String, code, detail: &str| faults.push(Fault { pointer, code, detail: detail.to_owned() });
        if self.steps.len() > STEPS_MAX {
            fault("#/steps".to_owned(), Code::ValidationFailed, "at most 20 steps");
        }
        for (at, step) in self.steps.iter().enumerate() {
            if !is_line(&step.name, 100) {
                fault(format!("#/steps/{at}/name"), Code::ValidationFailed, "1 to 100 characters, none of them a control character");
            }
            if !(0..=STEP_DAYS_MAX).contains(&step.usual_days) {
                fault(format!("#/steps/{at}/usual_days"), Code::ValidationFailed, "a step takes 0 to 90 working days");
            }
            if step.contact_id.is_some_and(|id| !contacts.contains(&id)) {
                fault(format!("#/steps/{at}/contact_id"), Code::UnknownReference, "the account has no such contact");
            }
        }
        if let Some(at) = self.pay_days.iter().position(|day| !(1..=31).contains(day)) {
            fault(format!("#/pay_days/{at}"), Code::ValidationFailed, "a day of the month is 1 to 31");
        }
        for (at, season) in self.months.iter().enumerate() {
            if !(1..=12).contains(&season.month) {
                fault(format!("#/months/{at}/month"), Code::ValidationFailed, "a month is 1 to 12");
            }
            let is_right = match season.pace {
                Pace::Slow => (1..=LATE_DAYS_MAX).contains(&season.late_days),
                Pace::Well => season.late_days == 0,
            };
            if !is_right {
                fault(format!("#/months/{at}/late_days"), Code::ValidationFailed, "1 to 92 days in a slow month, none in a good one");
            }
        }
        let months: Vec<i64> = self.months.iter().map(|season| season.month).collect();
        for (member, is_twice) in [
            ("pay_days", has_twice(&self.pay_days)),
            ("months", has_twice(&months)),
            ("required_documents", has_twice(&self.required_documents)),
            ("allowed_methods", has_twice(&self.allowed_methods)),
        ] {
            if is_twice {
                fault(format!("#/{member}"), Code::ValidationFailed, "nothing is said twice");
            }
        }
        if self.note.as_ref().is_some_and(|note| !is_line(note, 1_000)) {
            fault("#/note".to_owned(), Code::ValidationFailed, "1 to 1,000 characters, none of them a control character");
        }
        if faults.is_empty() { Ok(()) } else { Err(Error::all(faults)) }
    }
}

fn has_twice<T: Ord>(all: &[T]) -> bool {
    all.iter().collect::<BTreeSet<_>>().len() < all.len()
}

/// How an account pays, and the version of that.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PaymentProcessNow {
    /// The process; empty where nothing is known.
    pub process: PaymentProcess,
    /// Counts its changes, 1 before the first: the ETag.
    pub version: i64,
}

impl PaymentProcessNow {
    fn of(row: Option<&payment_process::Model>) -> Self {
        match row {
            Some(row) => Self { process: row.process.0.clone(), version: row.version },
            None => Self { process: PaymentProcess::default(), version: 1 },
        }
    }
}

async fn row(read: &Read, account: AccountId) -> Result<Option<payment_process::Model>> {
    let query = payment_process::find(read.tenant()).filter(payment_process::Column::AccountId.eq(account));
    query.one(read.db()).await.map_err(failed)
}

/// How an account pays; empty where nothing is known.
pub async fn payment_process(read: &Read, account: AccountId) -> Result<PaymentProcessNow> {
    Ok(PaymentProcessNow::of(row(read, account).await?.as_ref()))
}

/// How these accounts pay, those of whom it is known.
pub async fn payment_processes(read: &Read, accounts: impl IntoIterator<Item = AccountId>) -> Result<HashMap<AccountId, PaymentProcess>> {
    let query = payment_process::find(read.tenant()).filter(read.among(payment_process::Column::AccountId, accounts));
    let rows = query.all(read.db()).await.map_err(failed)?;
    Ok(rows.into_iter().map(|row| (row.account_id, row.process.0)).collect())
}

/// Replaces what is known of how an account pays.
pub struct PutPaymentProcess {
    /// The account, already found.
    pub account: AccountId,
    /// The version in `If-Match`; any when absent.
    pub version: Option<i64>,
    /// How it pays.
    pub process: PaymentProcess,
}

/// What replacing it looks at.
pub struct ProcessFacts {
    account: account::Model,
    before: Option<payment_process::Model>,
    contacts: Vec<ContactId>,
}

impl Command for PutPaymentProcess {
    type Facts = ProcessFacts;
    type Done = PaymentProcessNow;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<ProcessFacts> {
        let account = account::find(read.tenant()).filter(account::Column::Id.eq(self.account)).one(read.db()).await.map_err(failed)?;
        let account = account.ok_or_else(|| Error::new(Code::NotFound, "there is no such account"))?;
        let named = self.process.steps.iter().filter_map(|step| step.contact_id);
        let contacts = contact::find(read.tenant())
            .select_only()
            .column(contact::Column::Id)
            .filter(contact::Column::AccountId.eq(self.account))
            .filter(read.among(contact::Column::Id, named));
        let contacts = contacts.into_tuple().all(read.db()).await.map_err(failed)?;
        Ok(ProcessFacts { account, before: row(read, self.account).await?, contacts })
    }

    fn decide(&self, facts: &ProcessFacts, _: &Asked, attempt: &Attempt) -> Result<Decided<PaymentProcessNow>> {
        let before = PaymentProcessNow::of(facts.before.as_ref());
        if self.version.is_some_and(|version| version != before.version) {
            let error = Error::new(Code::StaleVersion, format!("the payment process is at version {}", before.version)).at("@If-Match");
            return Err(error.with(serde_json::json!({ "current_version": before.version })));
        }
        self.process.check(&facts.contacts)?;
        if before.process == self.process {
            return Ok(Decided::before(before));
        }
        let row = payment_process::Model {
            tenant_id: attempt.who.tenant,
            id: facts.before.as_ref().map_or_else(|| RowId(attempt.stamp.id()), |row| row.id),
            account_id: self.account,
            process: Payload(self.process.clone()),
            author: attempt.who.actor.to_string(),
            version: before.version + 1,
            changed_at: attempt.stamp.at,
        };
        let entry = Entry {
            kind: "payment_process.changed",
            subject: "account",
            subject_id: self.account.0,
            effective_on: attempt.stamp.today,
            decision: None,
            body: serde_json::json!({ "before": before.process, "after": self.process }),
        };
        let done = PaymentProcessNow::of(Some(&row));
        let changes = Changes::on(Claim::Account(claimed(&facts.account))).save(&row).tell(entry);
        Ok(Decided::new(done, changes))
    }
}

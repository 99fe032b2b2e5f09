//! Facts: what a decision looked at. One struct with five uses: argument of the rules, `ctx` of a script, stored record,
//! fixture of a script test, and input of a replay. Loaded once, never changed.

use crate::words::checkpoint::Checkpoint;
pub use crate::words::contact_facts::ContactFacts;
use crate::words::contract::ContractFacts;
use crate::words::day::Calendar;
use crate::words::effect::Values;
use crate::words::grade_facts::GradeFacts;
use crate::words::id::{AccountId, CaseId, HoldId, InstalmentId, InvoiceId, OfferId, OrderId, RowId};
use crate::words::money::{Currency, Money};
use crate::words::quantity::Quantity;
use crate::words::signal::SignalFacts;
use crate::words::text::Bilingual;
use chrono::{NaiveDate, NaiveDateTime};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The shape of the stored facts; a record says which one it was made with.
pub const FACTS_SCHEMA: i64 = 1;

/// Everything about one account that a rule or a script may look at, as of `today`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// The business day the decision is made for.
    pub today: NaiveDate,
    /// The tenant's local time.
    pub now: NaiveDateTime,
    /// The tenant's working days. Not stored with the facts: the record names the policy version that names it.
    #[serde(skip, default)]
    pub calendar: Arc<Calendar>,
    /// The account itself, with its kept totals.
    pub account: AccountFacts,
    /// What is open, oldest due first.
    pub open_items: ItemList,
    /// The collection case, if there is one that is not closed.
    pub case: Option<CaseFacts>,
    /// Holds in force on the account or on its orders.
    pub holds: Vec<HoldFacts>,
    /// People to write to or call.
    pub contacts: Vec<ContactFacts>,
    /// Unallocated cash and open credit notes, one row per legal entity and currency that has any.
    #[serde(default)]
    pub credits: Vec<CreditFacts>,
    /// Live early-payment offers.
    pub offers: Vec<OfferFacts>,
    /// Custom steps that are running.
    pub steps: Vec<StepFacts>,
    /// Promises to pay. Empty until promises are kept by the engine.
    #[serde(default)]
    pub promises: Vec<PromiseFacts>,
    /// Papers that prove the claim.
    #[serde(default)]
    pub evidence: Vec<EvidenceFacts>,
    /// What its grade is judged by, where a script looks at it.
    #[serde(default)]
    pub grade: Option<Box<GradeFacts>>,
    /// The contract that the order in question names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<ContractFacts>,
    /// What is known of the danger of losing the money.
    #[serde(default)]
    pub risk: RiskFacts,
    /// What each package remembers about the account, where a script looks at it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub state: BTreeMap<String, Values>,
}

/// What is known of the danger of losing the money: kept judgements of earlier days, and the signals.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RiskFacts {
    /// The plan level the last review left the account at; the policy's first one when absent.
    pub plan_level: Option<String>,
    /// The day it came onto the watch-list, while it is on it.
    pub watched_since: Option<NaiveDate>,
    /// Credit was stopped by a person.
    pub credit_stop: Option<CreditStop>,
    /// Signals of the last year that were not withdrawn, faded ones included.
    pub signals: Vec<SignalFacts>,
}

/// A person stopped all credit; only a person lets go again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditStop {
    /// Why.
    pub reason: String,
    /// Who did.
    pub by: String,
    /// When.
    pub on: NaiveDate,
}

/// The account: who it is, what it owes in total, how it has behaved. Money is in the account's currency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountFacts {
    /// Its id.
    pub id: AccountId,
    /// Its version when the facts were read: what a change will claim.
    pub version: i64,
    /// Its name in the ERP.
    pub external_id: String,
    /// Its name.
    pub name: String,
    /// Sales segment, free text.
    pub segment: Option<String>,
    /// Credit grade, AAA to C.
    pub grade: Option<String>,
    /// Labels put on by people and plugins.
    pub tags: Vec<String>,
    /// Who drives its collection.
    pub owner: Option<String>,
    /// ISO 3166 country.
    pub country: Option<String>,
    /// BCP 47 language of its letters.
    pub language: Option<String>,
    /// The currency of its limit and of the totals here.
    pub currency: Currency,
    /// Agreed days to pay.
    pub terms_days: Option<i64>,
    /// Agreed way to pay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_mode: Option<String>,
    /// The credit limit in force; none when there is no credit check.
    pub credit_limit: Option<Money>,
    /// Limit less exposure; none when there is no credit check.
    pub available: Option<Money>,
    /// Open items and approved orders, less unallocated cash and open credit notes.
    pub exposure: Money,
    /// Cash not yet allocated, and open credit notes.
    pub unallocated: Money,
    /// Open and past due.
    pub overdue_total: Money,
    /// Open and due today or later.
    pub not_due_total: Money,
    /// All that is open.
    pub open_total: Money,
    /// Disputed and open.
    pub disputed_total: Money,
    /// Calendar days past due of the oldest open item, 0 when nothing is overdue.
    pub oldest_days_past_due: i64,
    /// Mean days late of all instalments settled so far, early ones counting 0; half-up to whole days.
    pub avg_days_late: i64,
    /// Share of settled money that came on or before its due date, in basis points.
    pub on_time_bps: i64,
    /// How many instalments were settled so far; unknown in facts recorded before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled_count: Option<i64>,
    /// All cash ever allocated.
    pub lifetime_paid: Money,
    /// Is everything blocked by a person?
    pub is_blocked: bool,
    /// Promises broken in the last 90 days.
    pub broken_promises_90d: i64,
    /// Share of promises kept, in basis points; 10,000 when there were none.
    pub kept_promise_bps: i64,
    /// The last day the question `daily_account` was put.
    #[serde(default)]
    pub daily_asked_on: Option<NaiveDate>,
    /// The day its next credit review falls due, or fell due.
    #[serde(default)]
    pub credit_review_on: Option<NaiveDate>,
    /// Was somebody asked for that review already?
    #[serde(default)]
    pub is_credit_review_asked: bool,
}

/// Money of the customer's that waits to be allocated: it may not be chased for twice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CreditFacts {
    /// The legal entity of ours that holds it.
    pub entity: String,
    /// How much, above zero.
    pub amount: Money,
}

/// Open items that a question somebody waits for shows to a script (plugins.md §1).
pub const ITEMS_SHOWN: u64 = 100;

/// Open items with the day's true sums: rows may be cut, sums never are.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ItemList {
    /// Oldest due first, at most as many as the hook may see.
    pub rows: Vec<ItemFacts>,
    /// When rows were cut: what is open per currency and due date, all of it.
    pub by_due: Vec<DueSum>,
    /// Were rows left out?
    pub is_cut: bool,
}

impl ItemList {
    /// At most so many of these rows, oldest due first as they stand, with what is open on each due date where some are left out.
    pub fn cut(mut rows: Vec<ItemFacts>, most: u64) -> Self {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        if rows.len() <= most {
            return Self { rows, by_due: Vec::new(), is_cut: false };
        }
        let mut by_due: Vec<DueSum> = Vec::new();
        for row in &rows {
            let same = |sum: &&mut DueSum| sum.due_on == row.due_on && sum.open.currency() == row.open.currency();
            match by_due.iter_mut().find(same) {
                Some(sum) => {
                    sum.open = Money::new(sum.open.minor() + row.open.minor(), row.open.currency());
                    sum.disputed = Money::new(sum.disputed.minor() + row.disputed.minor(), row.open.currency());
                    sum.count += 1;
                }
                None => by_due.push(DueSum { due_on: row.due_on, open: row.open, disputed: row.disputed, count: 1 }),
            }
        }
        rows.truncate(most);
        Self { rows, by_due, is_cut: true }
    }
}

/// What is open on one due date.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DueSum {
    /// The due date.
    pub due_on: NaiveDate,
    /// Open on it, disputed shares included.
    pub open: Money,
    /// Disputed share of it.
    pub disputed: Money,
    /// Number of items.
    pub count: i64,
}

/// One instalment with something left to pay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ItemFacts {
    /// Its id.
    pub id: InstalmentId,
    /// Its invoice.
    pub invoice_id: InvoiceId,
    /// The invoice's number in the ERP.
    pub invoice_external_id: String,
    /// The legal entity of ours that is owed.
    pub entity: String,
    /// The order it belongs to, as the ERP calls it.
    pub order_external_id: Option<String>,
    /// The contract it belongs to, as the ERP calls it.
    pub contract_external_id: Option<String>,
    /// Its delivery batch.
    pub batch_no: Option<i64>,
    /// `whole`, `first`, `middle` or `tail`.
    pub part: String,
    /// Date of the invoice.
    pub issued_on: NaiveDate,
    /// Due date.
    pub due_on: NaiveDate,
    /// Days past due less paused days, at `today`; not above 0 when it is not overdue.
    pub days_past_due: i64,
    /// Amount of the instalment.
    pub total: Money,
    /// Left to pay.
    pub open: Money,
    /// Disputed share of what is open.
    pub disputed: Money,
    /// The last policy step that was taken for it.
    pub last_step: Option<String>,
    /// The day that step was done.
    pub last_step_on: Option<NaiveDate>,
    /// Lead days at which `before_due` was already asked: the smallest one.
    pub asked_lead_days: Option<i64>,
    /// The step whose notice is still a draft: until a person decides, the item climbs no further.
    #[serde(default)]
    pub draft_step: Option<String>,
}

/// The work on an account that owes something due or nearly due.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaseFacts {
    /// Its id.
    pub id: CaseId,
    /// `active`, `paused` or `handed_off`.
    pub state: String,
    /// `M0` to `M6`, or what the policy calls them.
    pub stage: String,
    /// Place of the stage in the policy's list, from 0.
    pub stage_no: i64,
    /// Day the present stage began.
    pub stage_since: NaiveDate,
    /// Day the case was opened.
    pub opened_on: NaiveDate,
    /// Day it became overdue, once it is.
    pub overdue_since: Option<NaiveDate>,
    /// 0 to 100.
    pub priority: i64,
    /// Who drives it.
    pub owner: Option<String>,
    /// The next step expected, and its day.
    pub next_step: Option<String>,
    /// The day of the next step.
    pub next_step_on: Option<NaiveDate>,
    /// For each case clock, the day it was last really done.
    pub clocks: BTreeMap<String, NaiveDate>,
    /// Day of the last notice of any kind.
    pub last_notice_on: Option<NaiveDate>,
    /// Day of the last formal notice.
    pub last_formal_on: Option<NaiveDate>,
    /// The last protected day of a pause; a paused case without one waits for a person or for the account's block to go.
    #[serde(default)]
    pub paused_until: Option<NaiveDate>,
    /// The plugin that had the case opened although nothing called for one.
    #[serde(default)]
    pub opened_by: Option<String>,
    /// Policy steps that were brought to a day, by key.
    #[serde(default)]
    pub scheduled: BTreeMap<String, NaiveDate>,
}

/// Why an order or a whole account may not ship.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HoldFacts {
    /// Its id.
    pub id: HoldId,
    /// The order it holds; the whole account when absent.
    pub order_id: Option<OrderId>,
    /// Who placed it: `core`, a plugin's name, or a person.
    pub source: String,
    /// Its reason.
    pub code: String,
    /// The last day it holds; for ever when absent.
    pub expires_on: Option<NaiveDate>,
    /// Paying this lifts it.
    pub pay_to_release: Option<Money>,
}

/// A live early-payment offer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OfferFacts {
    /// Its id.
    pub id: OfferId,
    /// The instalment it is for.
    pub instalment_id: InstalmentId,
    /// Discount, in basis points.
    pub rate_bps: i64,
    /// Last day to pay.
    pub pay_by: NaiveDate,
}

/// A custom step that is running: a plugin's own little state machine on a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepFacts {
    /// Its id.
    pub id: RowId,
    /// The policy's key.
    pub key: String,
    /// `plugin.type`.
    pub step_type: String,
    /// The state it is in.
    pub at: String,
    /// Day it came to that state.
    pub entered_on: NaiveDate,
    /// Day it wants to be asked again.
    pub wake_on: NaiveDate,
    /// Day the step was due.
    pub due_on: NaiveDate,
    /// `none`, `asked`, `granted` or `refused`.
    pub approval: String,
    /// How often it failed in a row.
    pub tries: i64,
    /// What the script remembers.
    pub data: BTreeMap<String, String>,
}

/// A promise to pay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PromiseFacts {
    /// Promised amount.
    pub amount: Money,
    /// Promised day.
    pub due_on: NaiveDate,
    /// Day it was made.
    pub made_on: NaiveDate,
    /// `open`, `kept`, `partially_kept` or `broken`.
    pub state: String,
}

/// A paper that proves the claim.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvidenceFacts {
    /// Kind of document: `invoice`, `delivery_note`, `acceptance`, `contract`, `statement`, `notice`.
    pub kind: String,
    /// What it is, for people: an invoice number.
    pub reference: String,
    /// Its date.
    pub dated_on: NaiveDate,
}

/// An order that asks to ship, as the rules and scripts see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderFacts {
    /// Its id.
    pub id: OrderId,
    /// Its number in the ERP.
    pub external_id: String,
    /// Its value.
    pub amount: Money,
    /// Its contract, as the ERP calls it.
    pub contract_external_id: Option<String>,
    /// Its delivery batch.
    pub batch_no: Option<i64>,
    /// Day it wants to ship.
    pub ship_on: Option<NaiveDate>,
    /// May part of it be released?
    pub is_partial_ok: bool,
    /// The step of its life at which it is checked.
    #[serde(default)]
    pub checkpoint: Checkpoint,
    /// What of it still asks to ship, line by line; empty where the order has no lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<OrderLine>,
}

/// One line of an order, and how far it has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    /// Its place in the order, from 1.
    pub no: i64,
    /// What is ordered, as the ERP calls it.
    pub sku: Option<String>,
    /// How much of it.
    pub quantity: Option<Quantity>,
    /// Its value, gross of tax.
    pub amount: Money,
    /// The group of items it belongs to, as the ERP calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Is it one of the goods that a stricter hold keeps back first?
    pub is_key_item: bool,
    /// Does a stop of key items keep it back?
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_stopped: bool,
    /// May it ship?
    pub is_approved: bool,
    /// Has it shipped?
    pub is_shipped: bool,
}

/// A policy step that is due: what `step_due` is asked about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DueStep {
    /// The policy's key.
    pub key: String,
    /// `notice` or `task`.
    pub kind: String,
    /// The day it was scheduled for.
    pub due_on: NaiveDate,
    /// The items it is about; empty for a case clock.
    pub items: Vec<InstalmentId>,
}

/// The core rule's verdict with its reasons: what plugins see and what their votes are merged with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// `approve`, `hold`, …
    pub decision: String,
    /// Why.
    pub reasons: Vec<Reason>,
}

/// One reason of an answer, naming its source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Reason {
    /// The reason's name: `over_limit`, `OVERDUE`.
    pub code: String,
    /// `core`, or plugin, version and script line: `order_hold@7:14`.
    pub source: String,
    /// One sentence, in English.
    pub detail: String,
    /// The sentence in both languages.
    pub text: Bilingual,
}

impl Reason {
    /// A reason of the core rules.
    pub fn core(code: &str, text: Bilingual) -> Self {
        Self { code: code.to_owned(), source: "core".to_owned(), detail: text.en.clone(), text }
    }
}

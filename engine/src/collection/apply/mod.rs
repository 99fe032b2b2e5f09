//! A review becomes rows: facts and outcome in, changes out. Nothing is read or written here.

mod case;
mod law;
mod letters;
mod money;
mod record;
mod work;

pub(super) use money::{ended_hold, expired_offer};

use super::load::Subject;
use super::packet::Packet;
use super::rules::{CaseMove, Review};
use super::tally::Tally;
use crate::account::claimed;
use crate::case::rows::collection_case;
use crate::command::Attempt;
use crate::doors::decision::Call;
use crate::doors::store::{Changes, Claim, Entry};
use crate::plugin::remember;
use crate::risk;
use crate::words::error::Result;
use crate::words::facts::{Facts, ItemFacts};
use crate::words::id::{AccountId, CaseId, DecisionId, HoldId, InstalmentId, OfferId, RowId};
use chrono::NaiveDate;
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

/// The facts of a page that are kept, with the id of the row they will lie in.
pub(super) struct Kept {
    pub(super) id: RowId,
    pub(super) facts: Vec<Arc<Facts>>,
}

/// Rows that end today and are read only then, because few do.
#[derive(Clone, Debug, Default)]
pub(super) struct Ends {
    pub(super) offers: Vec<OfferId>,
    pub(super) holds: Vec<HoldId>,
    pub(super) released: Vec<HoldId>,
}

impl Ends {
    pub(super) fn is_empty(&self) -> bool {
        self.offers.is_empty() && self.holds.is_empty() && self.released.is_empty()
    }
}

/// One account's changes, but for the number of a new case and the rows that end.
pub(super) struct Ready {
    pub(super) account: AccountId,
    pub(super) changes: Changes,
    /// A new case, still without its number.
    pub(super) opened: Option<collection_case::Model>,
    pub(super) ends: Ends,
    pub(super) tally: Tally,
    /// Is the account itself written anew?
    pub(super) saves_account: bool,
    /// The decision that is kept, if one is.
    pub(super) decision: Option<DecisionId>,
}

/// What the rows of one account are made from.
pub(super) struct Desk<'a> {
    attempt: &'a Attempt,
    subject: &'a Subject,
    review: &'a Review,
    case: Option<CaseId>,
    decision: Option<DecisionId>,
    places: HashMap<InstalmentId, usize>,
}

/// Turns the review of one account into its changes. `danger` is what its judgement changed, `packets` are the evidence packets of its handoffs, in their order.
pub(super) fn ready(
    attempt: &Attempt,
    subject: &Subject,
    review: &Review,
    danger: Option<&risk::Kept>,
    calls: Vec<Call>,
    packets: &[Packet],
    kept: &mut Kept,
) -> Result<Ready> {
    let account = &subject.gathered.account;
    let mut claim = claimed(account);
    claim.next_review_on = earliest(review.next_review_on, subject.gathered.next_fact_on);
    if review.is_daily_asked {
        claim.daily_asked_on = Some(subject.gathered.facts.today);
    }
    let ends = Ends {
        offers: review.ended_offers.clone(),
        holds: review.ended_holds.clone(),
        released: review.released_holds.iter().filter(|hold| !review.ended_holds.contains(hold)).copied().collect(),
    };
    let is_quiet = is_quiet(review) && calls.is_empty() && danger.is_none();
    if is_quiet && review.case == CaseMove::Rest {
        return Ok(Ready {
            account: account.id,
            changes: Changes::on(Claim::Account(claim)),
            opened: None,
            ends,
            tally: Tally::of(review, 0),
            saves_account: false,
            decision: None,
        });
    }
    let stamp = &attempt.stamp;
    let mut desk = Desk {
        attempt,
        subject,
        review,
        case: subject.gathered.case.as_ref().map(|case| case.id),
        decision: (!is_quiet).then(|| DecisionId(stamp.id())),
        places: HashMap::new(),
    };
    if review.case == CaseMove::Open {
        desk.case = Some(CaseId(stamp.id()));
    }
    if !is_quiet {
        desk.places = subject.gathered.facts.open_items.rows.iter().enumerate().map(|(at, item)| (item.id, at)).collect();
    }
    let saves_account = !review.tags.is_empty() || review.credit_review_asked_on.is_some();
    let changes = Changes::on(Claim::Account(claim.clone()));
    let (changes, opened) = desk.put_case(changes);
    let changes = desk.put_progress(changes);
    let (changes, offers) = desk.put_offers(changes);
    let changes = desk.put_notices(changes, &offers);
    let (changes, tasks) = desk.put_tasks(changes);
    let changes = desk.put_holds(changes);
    let changes = desk.put_steps(changes);
    let changes = desk.put_handoffs(changes, packets);
    let changes = remember(changes, account.id, &subject.gathered.state, &review.remembered, attempt);
    let changes = desk.put_account(changes, &claim);
    let changes = desk.put_danger(changes, danger);
    let changes = desk.put_decision(changes, danger, calls, kept);
    let decision = desk.decision;
    Ok(Ready { account: account.id, changes, opened, ends, tally: Tally::of(review, tasks), saves_account, decision })
}

/// Does nothing follow, beside dates of the case?
fn is_quiet(review: &Review) -> bool {
    review.reasons.is_empty()
        && review.notices.is_empty()
        && review.tasks.is_empty()
        && review.offers.is_empty()
        && review.holds.is_empty()
        && review.handoffs.is_empty()
        && review.approvals.is_empty()
        && review.steps.is_empty()
        && review.progress.is_empty()
        && review.drafts.is_empty()
        && review.asked_leads.is_empty()
        && review.clocks.is_empty()
        && review.tags.is_empty()
        && review.remembered.is_empty()
        && review.applied.is_empty()
        && review.dropped.is_empty()
}

fn earliest(one: Option<NaiveDate>, other: Option<NaiveDate>) -> Option<NaiveDate> {
    one.into_iter().chain(other).min()
}

impl Desk<'_> {
    fn day(&self) -> NaiveDate {
        self.subject.gathered.facts.today
    }

    fn account(&self) -> &crate::account::rows::account::Model {
        &self.subject.gathered.account
    }

    /// The open item with this id, as the facts have it.
    fn item(&self, id: InstalmentId) -> Option<&ItemFacts> {
        self.places.get(&id).and_then(|at| self.subject.gathered.facts.open_items.rows.get(*at))
    }

    fn entry(&self, kind: &'static str, subject: &'static str, subject_id: Uuid, body: serde_json::Value) -> Entry {
        Entry { kind, subject, subject_id, effective_on: self.day(), decision: self.decision, body }
    }
}

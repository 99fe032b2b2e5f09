//! Reads what the reviews of a list of accounts look at, in a fixed number of queries.

use crate::case::rows::task;
use crate::command::Attempt;
use crate::doors::store::{Read, failed};
use crate::facts::{Gathered, Gathering, Wanted, gather};
use crate::grading::show_grades;
use crate::words::asked::{Hook, Needs, PluginSet};
use crate::words::error::Result;
use crate::words::id::AccountId;
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, QueryFilter};
use std::collections::HashMap;

/// One account that is to be reviewed.
pub(super) struct Subject {
    pub(super) gathered: Gathered,
    /// The open work of its case.
    pub(super) tasks: Vec<task::Model>,
}

/// What plugins may listen to.
pub(super) const EVENTS: [Hook; 11] = [
    Hook::HoldPlaced,
    Hook::HoldReleased,
    Hook::InvoiceRegistered,
    Hook::BecameOverdue,
    Hook::PaymentReceived,
    Hook::PaymentBounced,
    Hook::CaseOpened,
    Hook::StageEntered,
    Hook::OfferTaken,
    Hook::OfferExpired,
    Hook::SignalRaised,
];

/// What plugins may be asked in a review.
const REVIEWS: [Hook; 9] = [
    Hook::StepDue,
    Hook::Step,
    Hook::BeforeDue,
    Hook::DailyAccount,
    Hook::LegalPacket,
    Hook::CreditReviewDue,
    Hook::MessageCompose,
    Hook::LegalCheck,
    Hook::OfferCheck,
];

/// What a review looks at: its own needs, and those of whoever it may ask.
pub(super) fn needs(set: &dyn PluginSet) -> Needs {
    let own = Needs { open_items: true, holds: true, contacts: true, offers: true, case: true, ..Needs::default() };
    let asked = REVIEWS.into_iter().filter(|hook| set.has(*hook)).map(|hook| set.needs(hook));
    asked.fold(own, with)
}

/// What else a script looks at that a review does not look at by itself.
fn with(needs: Needs, more: Needs) -> Needs {
    Needs { evidence: needs.evidence || more.evidence, state: needs.state || more.state, ..needs }
}

/// The accounts among these that are due for a review on the day, with everything it looks at. Who was reviewed in the meantime is
/// left out: the date on the account tells.
pub(super) async fn subjects(read: &Read, attempt: &Attempt, accounts: &[AccountId], day: NaiveDate) -> Result<Vec<Subject>> {
    let gathering = Gathering::begin();
    let wanted = Wanted { day, items_max: None, needs: needs(&*attempt.ground.plugins), is_as_of: true };
    let gathered = gather(read, attempt, accounts, wanted).await?;
    let mut due: Vec<Gathered> = gathered.into_iter().filter(|one| one.account.next_review_on.is_some_and(|on| on <= day)).collect();
    show_reviews(read, attempt, &mut due, day).await?;
    let with_case = due.iter().filter(|one| one.case.is_some()).map(|one| one.account.id);
    let mut tasks = open_tasks(read, with_case).await?;
    gathering.end(&*attempt.ground.plugins, &REVIEWS);
    Ok(due.into_iter().map(|one| Subject { tasks: tasks.remove(&one.account.id).unwrap_or_default(), gathered: one }).collect())
}

/// These accounts as they are now, for a question of one of these hooks.
pub(super) async fn of_event(
    read: &Read,
    attempt: &Attempt,
    accounts: &[AccountId],
    today: NaiveDate,
    hooks: &[Hook],
) -> Result<Vec<Subject>> {
    let set = &*attempt.ground.plugins;
    let asked = hooks.iter().copied().chain([Hook::MessageCompose]).filter(|hook| set.has(*hook)).map(|hook| set.needs(hook));
    let own = Needs { open_items: true, holds: true, contacts: true, offers: true, case: true, ..Needs::default() };
    let needs = asked.fold(own, with);
    let wanted = Wanted { day: today, items_max: None, needs, is_as_of: false };
    let gathered = gather(read, attempt, accounts, wanted).await?;
    let mut tasks = open_tasks(read, accounts.iter().copied()).await?;
    Ok(gathered.into_iter().map(|one| Subject { tasks: tasks.remove(&one.account.id).unwrap_or_default(), gathered: one }).collect())
}

/// What a grade is judged by, for accounts whose credit review falls due today, where a script looks at it: few have one on any day.
async fn show_reviews(read: &Read, attempt: &Attempt, due: &mut [Gathered], day: NaiveDate) -> Result<()> {
    if !attempt.ground.plugins.has(Hook::CreditReviewDue) {
        return Ok(());
    }
    let falls_due = |one: &Gathered| !one.facts.account.is_credit_review_asked && one.account.credit_review_on.is_some_and(|on| on <= day);
    due.sort_by_key(|one| !falls_due(one));
    let count = due.iter().take_while(|one| falls_due(one)).count();
    show_grades(read, attempt, &mut due[..count], day).await
}

async fn open_tasks(read: &Read, accounts: impl Iterator<Item = AccountId>) -> Result<HashMap<AccountId, Vec<task::Model>>> {
    let accounts: Vec<AccountId> = accounts.collect();
    let mut by: HashMap<AccountId, Vec<task::Model>> = HashMap::new();
    if accounts.is_empty() {
        return Ok(by);
    }
    let query = task::find(read.tenant()).filter(read.among(task::Column::AccountId, accounts)).filter(task::Column::State.eq("open"));
    for row in query.all(read.db()).await.map_err(failed)? {
        by.entry(row.account_id).or_default().push(row);
    }
    Ok(by)
}

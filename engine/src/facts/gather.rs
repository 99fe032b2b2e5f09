//! Reads everything a decision on some accounts may look at, in a fixed number of queries.

use super::as_of::{self, Past};
use super::{risk, rules};
use crate::account::rows::{account, balance, contact, due_sum};
use crate::case::rows::{collection_case, step_instance};
use crate::command::Attempt;
use crate::doors::store::{Read, failed};
use crate::grade::rules::open_account::PaysFirst;
use crate::handoff::rows::evidence;
use crate::hold::rows::hold;
use crate::invoice::rows::instalment;
use crate::limit::rows::credit_limit;
use crate::limit::rules::{InForce, LimitRow};
use crate::limit::security::SecurityRow;
use crate::offer::rows::offer;
use crate::plugin::rows::plugin_state;
use crate::profile::rows::risk_profile;
use crate::signal::rows::signal;
use crate::words::asked::Needs;
use crate::words::error::Result;
use crate::words::facts::Facts;
use crate::words::id::AccountId;
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::HashMap;
use std::sync::Arc;

/// What is to be read beside the account and its sums.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// The business day to look from: nothing dated later is seen.
    pub day: NaiveDate,
    /// The most open items a hook may see, oldest due first; all of them when absent.
    pub items_max: Option<u64>,
    /// Which lists are needed.
    pub needs: Needs,
    /// Look as of `day` even at accounts with later bookings. Off for order checks, which always use the sums of now.
    pub is_as_of: bool,
}

/// One account with its rows, and the facts made from them.
#[derive(Clone, Debug)]
pub struct Gathered {
    /// The account.
    pub account: account::Model,
    /// Its kept sums, by legal entity and currency.
    pub balances: Vec<balance::Model>,
    /// Its open instalments as they are now; the facts hold what is open on the day.
    pub instalments: Vec<instalment::Model>,
    /// Its active holds, those whose last day has passed too, where they were needed.
    pub holds: Vec<hold::Model>,
    /// The case that is not closed.
    pub case: Option<collection_case::Model>,
    /// Custom steps that are running.
    pub steps: Vec<step_instance::Model>,
    /// The next business date after the day on which something was booked already: what was not to be seen yet (decision 38).
    pub next_fact_on: Option<NaiveDate>,
    /// What the limits come to on the day; prepayment where the account may not buy on open account at all.
    pub limit: InForce,
    /// The same with the securities behind the account counted in; an order check counts them in by itself.
    pub secured_limit: InForce,
    /// The next day on which they may come to something else.
    pub next_limit_on: Option<NaiveDate>,
    /// What is kept of the danger it is in, if anything.
    pub profile: Option<risk_profile::Model>,
    /// What packages remember about it, where that was needed.
    pub state: Vec<plugin_state::Model>,
    /// Why it may not, if so.
    pub pays_first: Option<PaysFirst>,
    /// The facts.
    pub facts: Arc<Facts>,
}

/// Rows of many accounts, each list by account.
#[derive(Default)]
pub(super) struct Lists {
    pub(super) balances: HashMap<AccountId, Vec<balance::Model>>,
    pub(super) due_sums: HashMap<AccountId, Vec<due_sum::Model>>,
    pub(super) instalments: HashMap<AccountId, Vec<instalment::Model>>,
    pub(super) limits: HashMap<AccountId, Vec<LimitRow>>,
    pub(super) holds: HashMap<AccountId, Vec<hold::Model>>,
    pub(super) contacts: HashMap<AccountId, Vec<contact::Model>>,
    pub(super) offers: HashMap<AccountId, Vec<offer::Model>>,
    pub(super) evidence: HashMap<AccountId, Vec<evidence::Model>>,
    pub(super) cases: HashMap<AccountId, Vec<collection_case::Model>>,
    pub(super) steps: HashMap<AccountId, Vec<step_instance::Model>>,
    pub(super) past: HashMap<AccountId, Past>,
    pub(super) next_facts: HashMap<AccountId, NaiveDate>,
    pub(super) profiles: HashMap<AccountId, risk_profile::Model>,
    pub(super) signals: HashMap<AccountId, Vec<signal::Model>>,
    pub(super) securities: HashMap<AccountId, Vec<SecurityRow>>,
    pub(super) state: HashMap<AccountId, Vec<plugin_state::Model>>,
}

/// Reads a table for the accounts and sorts its rows by account: one query, however many accounts.
macro_rules! by_account {
    ($read:ident, $ids:ident, $table:ident $(, $more:expr)*) => {{
        let query = $table::find($read.tenant()).filter($read.among($table::Column::AccountId, $ids.iter().copied()))$(.filter($more))*;
        let mut by: HashMap<AccountId, Vec<$table::Model>> = HashMap::with_capacity($ids.len());
        for row in query.order_by_asc($table::Column::Id).all($read.db()).await.map_err(failed)? {
            by.entry(row.account_id).or_default().push(row);
        }
        by
    }};
}

/// Everything about these accounts, in the order given; accounts that do not exist are left out.
pub async fn gather(read: &Read, attempt: &Attempt, accounts: &[AccountId], wanted: Wanted) -> Result<Vec<Gathered>> {
    // The account with its version comes first: what changes while the rest is read is caught by the claim.
    let rows = account::find(read.tenant())
        .filter(read.among(account::Column::Id, accounts.iter().copied()))
        .all(read.db())
        .await
        .map_err(failed)?;
    let mut by_id: HashMap<AccountId, account::Model> = rows.into_iter().map(|row| (row.id, row)).collect();
    let mut lists = lists(read, accounts, wanted).await?;
    if wanted.is_as_of {
        let later = |row: &&account::Model| row.facts_until.is_some_and(|until| until > wanted.day);
        let of_the_past: Vec<AccountId> = by_id.values().filter(later).map(|row| row.id).collect();
        as_of::look_back(read, &of_the_past, wanted.day, &mut lists).await?;
        as_of::look_ahead(read, &of_the_past, wanted.day, &mut lists).await?;
    }
    let secured = by_id.values().filter(|row| row.security_count > 0).map(|row| row.id).collect();
    risk::securities(read, secured, &mut lists).await?;
    let ordered: Vec<account::Model> = accounts.iter().filter_map(|id| by_id.remove(id)).collect();
    ordered.into_iter().map(|row| rules::facts(row, &mut lists, attempt, wanted)).collect()
}

/// The facts of an account that is not written yet: there is nothing to read about it.
pub(crate) fn facts_of_new(row: &account::Model, attempt: &Attempt, wanted: Wanted) -> Result<Arc<Facts>> {
    rules::facts(row.clone(), &mut Lists::default(), attempt, wanted).map(|gathered| gathered.facts)
}

async fn lists(read: &Read, ids: &[AccountId], wanted: Wanted) -> Result<Lists> {
    let limits = by_account!(read, ids, credit_limit).into_iter().map(|(id, rows)| (id, rows.iter().map(LimitRow::from).collect()));
    let mut lists = Lists { balances: by_account!(read, ids, balance), limits: limits.collect(), ..Lists::default() };
    match wanted.items_max {
        None => lists.instalments = by_account!(read, ids, instalment, instalment::Column::OpenMinor.gt(0)),
        Some(_) => lists.due_sums = by_account!(read, ids, due_sum, due_sum::Column::OpenCount.gt(0)),
    }
    risk::profiles(read, ids, &mut lists).await?;
    rest(read, ids, wanted, &mut lists).await?;
    Ok(lists)
}

/// Every list that is read only where it is needed.
pub(super) async fn rest(read: &Read, ids: &[AccountId], wanted: Wanted, lists: &mut Lists) -> Result<()> {
    let needs = wanted.needs;
    if let Some(most) = wanted.items_max.filter(|_| needs.open_items) {
        lists.instalments = oldest_items(read, ids, most).await?;
    }
    if needs.case {
        lists.cases = by_account!(read, ids, collection_case, collection_case::Column::State.ne("closed"));
        lists.steps = by_account!(read, ids, step_instance, step_instance::Column::IsDone.eq(false));
    }
    if needs.holds {
        lists.holds = by_account!(read, ids, hold, hold::Column::State.eq("active"));
    }
    if needs.contacts {
        lists.contacts = by_account!(read, ids, contact);
    }
    if needs.offers {
        lists.offers = by_account!(read, ids, offer, offer::Column::State.eq("open"));
    }
    if needs.state {
        lists.state = by_account!(read, ids, plugin_state);
    }
    if needs.evidence {
        lists.evidence = by_account!(read, ids, evidence);
    }
    risk::signals(read, wanted.day, lists).await
}

/// Adds the oldest open items to facts that were read without them. Sums stay as they are: they came from the due dates.
pub async fn with_items(read: &Read, gathered: &mut Gathered, most: u64) -> Result<()> {
    let id = gathered.account.id;
    gathered.instalments = oldest_items(read, &[id], most).await?.remove(&id).unwrap_or_default();
    let facts = Arc::make_mut(&mut gathered.facts);
    let by_due = std::mem::take(&mut facts.open_items.by_due);
    facts.open_items = rules::item_list(&gathered.instalments, by_due, facts.today);
    Ok(())
}

/// The oldest open items of each account. Only questions about one account cut their lists, so this reads account by account.
async fn oldest_items(read: &Read, ids: &[AccountId], most: u64) -> Result<HashMap<AccountId, Vec<instalment::Model>>> {
    let mut by = HashMap::with_capacity(ids.len());
    for id in ids {
        let query = instalment::find(read.tenant())
            .filter(instalment::Column::AccountId.eq(*id))
            .filter(instalment::Column::OpenMinor.gt(0))
            .order_by_asc(instalment::Column::DueOn)
            .limit(most);
        by.insert(*id, query.all(read.db()).await.map_err(failed)?);
    }
    Ok(by)
}

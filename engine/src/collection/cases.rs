//! Finding cases, and the worklist: what to work on first, and why.

use super::view::{CaseView, gathered, seen_on, view};
use crate::case::TaskView;
use crate::case::rows::{collection_case, task};
use crate::command::Attempt;
use crate::doors::store::{Read, failed};
use crate::engine::Engine;
use crate::words::caller::Caller;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::facts::Reason;
use crate::words::id::{AccountId, CaseId};
use crate::words::page::{After, Order, Page, PageOf};
use crate::words::text::Bilingual;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;
use utoipa::ToSchema;

/// Which cases are wanted.
#[derive(Clone, Debug, Default)]
pub struct CaseFilter {
    /// Of this account.
    pub account: Option<AccountId>,
    /// In one of these states.
    pub states: Vec<String>,
    /// In one of these stages.
    pub stages: Vec<String>,
    /// Driven by this person or role.
    pub owner: Option<String>,
}

/// One line of the worklist.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WorklistItem {
    /// The case.
    pub case: CaseView,
    /// Why it is on the list, the most pressing first.
    pub reasons: Vec<Reason>,
    /// Its open tasks.
    pub tasks: Vec<TaskView>,
}

/// The row of a case; `not_found` when there is none.
pub(super) async fn case_row(read: &Read, id: CaseId) -> Result<collection_case::Model> {
    let row = collection_case::find(read.tenant()).filter(collection_case::Column::Id.eq(id)).one(read.db()).await.map_err(failed)?;
    row.ok_or_else(|| Error::new(Code::NotFound, "there is no such case"))
}

/// The account of a case; `not_found` when there is none.
pub async fn case_account(read: &Read, id: CaseId) -> Result<AccountId> {
    case_row(read, id).await.map(|row| row.account_id)
}

impl Engine {
    async fn looking(&self, who: &Caller) -> Result<Attempt> {
        let ground = self.ground(who.tenant).await?;
        let stamp = Arc::new(ground.stamp(&*self.clock));
        Ok(Attempt { who: who.clone(), stamp, ground, lost: 0 })
    }

    /// A case as of the collections day; `not_found` when there is none.
    pub async fn find_case(&self, who: &Caller, id: CaseId) -> Result<CaseView> {
        let read = self.read(who);
        let row = case_row(&read, id).await?;
        let all = self.case_views(who, &read, vec![row]).await?;
        all.into_iter().next().ok_or_else(|| Error::internal("a case has no account"))
    }

    /// Cases in the order they were opened.
    pub async fn list_cases(&self, who: &Caller, filter: &CaseFilter, page: &PageOf) -> Result<Page<CaseView>> {
        use collection_case::Column as C;
        let read = self.read(who);
        let mut query = collection_case::find(who.tenant);
        query = filter.account.into_iter().fold(query, |query, account| query.filter(C::AccountId.eq(account)));
        query = filter.owner.iter().fold(query, |query, owner| query.filter(C::Owner.eq(owner)));
        query = if filter.states.is_empty() { query } else { query.filter(C::State.is_in(filter.states.iter().map(String::as_str))) };
        query = if filter.stages.is_empty() { query } else { query.filter(C::Stage.is_in(filter.stages.iter().map(String::as_str))) };
        let rows = read.page(query, C::Id, Order::OldestFirst, page).await?;
        Ok(Page { data: self.case_views(who, &read, rows.data).await?, next: rows.next, total: rows.total })
    }

    /// Active cases, the most pressing first, with the reasons and the open work.
    pub async fn worklist(&self, who: &Caller, owner: Option<&str>, page: &PageOf) -> Result<Page<WorklistItem>> {
        use collection_case::Column as C;
        let read = self.read(who);
        let mut query = collection_case::find(who.tenant).filter(C::State.eq("active"));
        query = owner.into_iter().fold(query, |query, owner| query.filter(C::Owner.eq(owner)));
        let total = read.total(&query, C::Id, page.in_its_own_order()?).await?;
        if let Some(after) = &page.after {
            let priority: i64 = after.key.parse().map_err(|_| Error::new(Code::InvalidCursor, "the cursor is not one of this list"))?;
            query = query.filter(C::Priority.lt(priority).or(C::Priority.eq(priority).and(C::Id.gt(after.id))));
        }
        let rows = query.order_by_desc(C::Priority).order_by_asc(C::Id).limit(page.limit + 1).all(read.db()).await.map_err(failed)?;
        let rows = Page::cut(rows, page.limit, |row| After { key: row.priority.to_string(), id: row.id.0 });
        let mut tasks = open_tasks(&read, rows.data.iter().map(|row| row.account_id)).await?;
        let cases = self.case_views(who, &read, rows.data).await?;
        let items = cases.into_iter().map(|case| {
            let tasks = tasks.remove(&case.account_id).unwrap_or_default();
            WorklistItem { reasons: reasons(&case, &tasks), case, tasks }
        });
        Ok(Page { data: items.collect(), next: rows.next, total })
    }

    async fn case_views(&self, who: &Caller, read: &Read, rows: Vec<collection_case::Model>) -> Result<Vec<CaseView>> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let attempt = self.looking(who).await?;
        let mut accounts: Vec<AccountId> = rows.iter().map(|row| row.account_id).collect();
        accounts.sort_unstable();
        accounts.dedup();
        let all = gathered(read, &attempt, &accounts, seen_on(read, &attempt).await?).await?;
        Ok(rows.iter().filter_map(|row| all.get(&row.account_id).map(|of| view(row, of, &attempt))).collect())
    }
}

async fn open_tasks(read: &Read, accounts: impl Iterator<Item = AccountId>) -> Result<HashMap<AccountId, Vec<TaskView>>> {
    let query = task::find(read.tenant()).filter(read.among(task::Column::AccountId, accounts)).filter(task::Column::State.eq("open"));
    let mut by: HashMap<AccountId, Vec<TaskView>> = HashMap::new();
    for row in query.order_by_asc(task::Column::Id).all(read.db()).await.map_err(failed)? {
        by.entry(row.account_id).or_default().push(TaskView::from(&row));
    }
    Ok(by)
}

fn reasons(case: &CaseView, tasks: &[TaskView]) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if case.days_past_due > 0 {
        let (days, amount) = (case.days_past_due, &case.overdue);
        let text = Bilingual::new(
            format!("{amount} is overdue, the oldest by {days} days (stage {}).", case.stage),
            format!("逾期 {amount}，最长 {days} 天（阶段 {}）。", case.stage),
        );
        reasons.push(Reason::core("overdue", text));
    } else {
        reasons.push(Reason::core("soon_due", Bilingual::new("Something will soon be due.", "有款项即将到期。")));
    }
    for task in tasks {
        let text = Bilingual::new(
            format!("Task {} for {} since {}.", task.kind, task.role, task.due_on),
            format!("待办：{}（{}），应于 {} 完成。", task.kind, task.role, task.due_on),
        );
        reasons.push(Reason::core("open_task", text));
    }
    reasons
}

//! One account for one question that somebody waits for: everything the hot path looks at in two statements.

use super::gather::{Gathered, Lists, Wanted, rest};
use super::rules;
use crate::account::rows::{account, balance, due_sum};
use crate::command::Attempt;
use crate::doors::store::{Read, failed};
use crate::limit::rules::LimitRow;
use crate::profile::rows::risk_profile;
use crate::words::error::Result;
use crate::words::id::{AccountId, CaseId, RowId};
use crate::words::money::Money;
use sea_orm::{DbErr, FromQueryResult, QueryResult};

/// An account, and whether there is anything in lists that are mostly empty: read together, so that they need not be asked for nothing.
#[derive(Clone, Debug)]
pub struct Glance {
    /// The account, its version included: what changes afterwards is caught by the claim.
    pub account: account::Model,
    /// Number of its active holds.
    pub holds: i64,
    /// Number of its open tasks.
    pub tasks: i64,
    /// Is there an order with the number that was asked about, of whatever account?
    pub is_order_known: bool,
    /// What is kept of the danger it is in, if anything.
    pub profile: Option<risk_profile::Model>,
    /// Number of its open calls for money.
    pub calls: i64,
    /// The case that is not closed, and its state.
    pub case: Option<(CaseId, String)>,
    /// Number of invoices and payments that name the order that was asked about: they may have come before it (decision 45).
    pub early: i64,
}

const GLANCE: &str = "
SELECT a.*, (SELECT COUNT(*) FROM hold h WHERE h.tenant_id = $1 AND h.account_id = a.id AND h.state = 'active') AS glance_holds,
       (SELECT COUNT(*) FROM task t WHERE t.tenant_id = $1 AND t.account_id = a.id AND t.state = 'open') AS glance_tasks,
       (SELECT COUNT(*) FROM sales_order o WHERE o.tenant_id = $1 AND o.external_id = $3) AS glance_orders,
       (SELECT COUNT(*) FROM invoice v WHERE v.tenant_id = $1 AND v.order_external_id = $3)
         + (SELECT COUNT(*) FROM payment y WHERE y.tenant_id = $1 AND y.order_external_id = $3) AS glance_early,
       (SELECT COUNT(*) FROM task w WHERE w.tenant_id = $1 AND w.account_id = a.id AND w.state = 'open' AND w.kind = 'collect_now') AS glance_calls,
       c.id AS glance_case, c.state AS glance_case_state,
       p.tenant_id AS risk_tenant_id, p.id AS risk_id, p.account_id AS risk_account_id, p.has_signals AS risk_has_signals,
       p.plan_level AS risk_plan_level, p.plan_since AS risk_plan_since, p.plan_reasons AS risk_plan_reasons,
       p.watched_since AS risk_watched_since, p.watch_reasons AS risk_watch_reasons, p.stopped_on AS risk_stopped_on,
       p.stopped_by AS risk_stopped_by, p.stop_reason AS risk_stop_reason
  FROM account a LEFT JOIN risk_profile p ON p.tenant_id = $1 AND p.account_id = a.id
         LEFT JOIN collection_case c ON c.tenant_id = $1 AND c.account_id = a.id AND c.state <> 'closed'
 WHERE a.tenant_id = $1 AND a.id = $2";

/// A glance at an account and at an order's number; none when there is no such account.
pub async fn glance(read: &Read, id: AccountId, order: &str) -> Result<Option<Glance>> {
    let rows = read.rows(GLANCE, [id.into(), order.into()]).await?;
    let seen = |row: &QueryResult| -> std::result::Result<Glance, DbErr> {
        Ok(Glance {
            account: account::Model::from_query_result(row, "")?,
            holds: row.try_get("", "glance_holds")?,
            tasks: row.try_get("", "glance_tasks")?,
            is_order_known: row.try_get::<i64>("", "glance_orders")? > 0,
            early: row.try_get("", "glance_early")?,
            profile: match row.try_get::<Option<RowId>>("", "risk_id")? {
                Some(_) => Some(risk_profile::Model::from_query_result(row, "risk_")?),
                None => None,
            },
            calls: row.try_get("", "glance_calls")?,
            case: row.try_get::<Option<CaseId>>("", "glance_case")?.zip(row.try_get("", "glance_case_state")?),
        })
    };
    rows.first().map(seen).transpose().map_err(failed)
}

/// The kept sums and limits of one account in one statement: rows of three tables, told apart by their first column.
const SUMS: &str = "
SELECT 0 AS part, id, entity AS word, currency, CAST(NULL AS DATE) AS first_on, CAST(NULL AS DATE) AS last_on, open_minor AS n1, disputed_minor AS n2,
       orders_minor AS n3, unallocated_minor AS n4, credit_notes_minor AS n5, lifetime_paid_minor AS n6, settled_minor AS n7, on_time_minor AS n8,
       settled_count AS n9, late_days AS n10, shipped_minor AS n11, deposits_minor AS n12
  FROM balance WHERE tenant_id = $1 AND account_id = $2
UNION ALL
SELECT 1, id, entity, currency, due_on, NULL, open_minor, disputed_minor, open_count, 0, 0, 0, 0, 0, 0, 0, 0, 0
  FROM due_sum WHERE tenant_id = $1 AND account_id = $2 AND open_count > 0
UNION ALL
SELECT 2, id, kind, currency, valid_from, valid_to, amount_minor, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
  FROM credit_limit WHERE tenant_id = $1 AND account_id = $2";

/// Everything about one account that was glanced at: one statement, and one more for each list that is needed and not empty.
pub async fn gather_one(read: &Read, attempt: &Attempt, seen: Glance, mut wanted: Wanted) -> Result<Gathered> {
    let mut sums = Sums { of: seen.account.clone(), balances: Vec::new(), due: Vec::new(), limits: Vec::new() };
    for row in read.rows(SUMS, [seen.account.id.into()]).await? {
        sums.take(&row).map_err(failed)?;
    }
    let id = seen.account.id;
    let mut lists = Lists::default();
    lists.balances.insert(id, sums.balances);
    lists.due_sums.insert(id, sums.due);
    lists.limits.insert(id, sums.limits);
    lists.profiles.extend(seen.profile.map(|profile| (id, profile)));
    wanted.needs.holds &= seen.holds > 0;
    rest(read, &[id], wanted, &mut lists).await?;
    rules::facts(seen.account, &mut lists, attempt, wanted)
}

struct Sums {
    of: account::Model,
    balances: Vec<balance::Model>,
    due: Vec<due_sum::Model>,
    limits: Vec<LimitRow>,
}

impl Sums {
    fn take(&mut self, row: &QueryResult) -> std::result::Result<(), DbErr> {
        let (tenant_id, account_id) = (self.of.tenant_id, self.of.id);
        let (id, currency) = (row.try_get("", "id")?, row.try_get("", "currency")?);
        let n = |name: &str| row.try_get::<i64>("", name);
        match row.try_get::<i32>("", "part")? {
            0 => self.balances.push(balance::Model {
                tenant_id,
                id,
                account_id,
                entity: row.try_get("", "word")?,
                currency,
                open_minor: n("n1")?,
                disputed_minor: n("n2")?,
                orders_minor: n("n3")?,
                unallocated_minor: n("n4")?,
                credit_notes_minor: n("n5")?,
                lifetime_paid_minor: n("n6")?,
                settled_minor: n("n7")?,
                on_time_minor: n("n8")?,
                settled_count: n("n9")?,
                late_days: n("n10")?,
                shipped_minor: n("n11")?,
                deposits_minor: n("n12")?,
            }),
            1 => self.due.push(due_sum::Model {
                tenant_id,
                id,
                account_id,
                entity: row.try_get("", "word")?,
                currency,
                due_on: row.try_get("", "first_on")?,
                open_minor: n("n1")?,
                disputed_minor: n("n2")?,
                open_count: n("n3")?,
            }),
            _ => self.limits.push(LimitRow {
                kind: row.try_get("", "word")?,
                amount: row.try_get::<Option<i64>>("", "n1")?.map(|minor| Money::new(minor, currency)),
                valid_from: row.try_get("", "first_on")?,
                valid_to: row.try_get("", "last_on")?,
            }),
        }
        Ok(())
    }
}

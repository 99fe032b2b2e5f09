//! What the demo shows at the end: the ageing, the worklist, and one order that a script held, explained.

use super::super::open::Home;
use super::super::show::{say, table};
use chrono::NaiveDate;
use recoup_engine::credit::OrderView;
use recoup_engine::explain;
use recoup_engine::report::{AgeingAsk, ageing};
use recoup_engine::words::error::Result;
use recoup_engine::words::page::PageOf;

/// Customers shown in each table.
const ROWS: usize = 8;

pub(super) async fn year(home: &Home, last: NaiveDate, orders: &[OrderView]) -> Result<()> {
    show_ageing(home, last).await?;
    show_worklist(home).await?;
    show_orders(home, orders).await
}

async fn show_ageing(home: &Home, last: NaiveDate) -> Result<()> {
    let ask = AgeingAsk { as_of: last, currency: None, entity: None, group_by_account: true, home: "CNY".parse()? };
    let report = ageing(&home.engine.read(&home.who), &ask).await?;
    let mut shown = table(&["account", "open", "not due", "1–30", "31–60", "61–90", "91+"], 1);
    let mut rows: Vec<_> = report.rows.iter().map(|row| (&row.account_external_id, &row.ageing)).collect();
    rows.sort_by_key(|(_, ageing)| std::cmp::Reverse(ageing.total.minor()));
    for (account, ageing) in rows.into_iter().take(ROWS) {
        let cells =
            std::iter::once(account.clone()).chain([ageing.total.amount()]).chain(ageing.buckets.iter().map(|one| one.amount.amount()));
        shown.add_row(cells);
    }
    let total = report.total.map_or_else(String::new, |total| total.amount());
    let all = std::iter::once("all".to_owned()).chain([total]).chain(report.buckets.iter().map(|one| one.amount.amount()));
    shown.add_row(all);
    say(&format!("Ageing on {last}, in CNY, the largest {ROWS} of {} customers\n{shown}\n", report.rows.len()))
}

async fn show_worklist(home: &Home) -> Result<()> {
    let page = PageOf::first(u64::try_from(ROWS).unwrap_or(8));
    let list = home.engine.worklist(&home.who, None, &page).await?;
    let mut shown = table(&["priority", "account", "stage", "overdue", "days", "next step", "open tasks", "why"], 0);
    for item in &list.data {
        let next = item.case.next_step.as_ref().map_or_else(String::new, |next| format!("{} on {}", next.key, next.on));
        let why = item.reasons.first().map_or_else(String::new, |reason| reason.detail.clone());
        shown.add_row([
            item.case.priority.to_string(),
            item.case.account_external_id.clone(),
            item.case.stage.clone(),
            item.case.overdue.amount(),
            item.case.days_past_due.to_string(),
            next,
            item.tasks.len().to_string(),
            why,
        ]);
    }
    say(&format!("The worklist, most pressing first\n{shown}\n"))
}

async fn show_orders(home: &Home, orders: &[OrderView]) -> Result<()> {
    let by_script = |order: &&OrderView| order.reasons.iter().any(|reason| reason.source.starts_with("order_hold"));
    let held = orders.iter().filter(|order| order.decision.as_str() == "hold").count();
    say(&format!("{} orders were placed on the last day; {held} are held.", orders.len()))?;
    let Some(order) = orders.iter().find(|order| by_script(order) && order.decision.as_str() == "hold") else {
        return say("None of them was held by a script.");
    };
    let read = home.engine.read(&home.who);
    for language in ["en", "zh-CN"] {
        let told = explain::explain_decision(&read, order.decision_id, language).await?;
        say(&format!("\n{}", told.plain()))?;
    }
    say("")
}

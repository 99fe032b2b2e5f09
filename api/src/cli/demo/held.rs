//! One order of the demo from the first no to the last yes: held, let go in part by a person, and freed by the payment that was asked for.

use super::super::open::Home;
use super::super::show::{say, table};
use chrono::NaiveDate;
use recoup_engine::account::CreateAccount;
use recoup_engine::approval::Acted;
use recoup_engine::case::{TaskFilter, list_tasks};
use recoup_engine::command::Command;
use recoup_engine::credit::{OrderFilter, OrderView, PlaceOrder, PutLimit, ReleaseOrder, list_orders, order_view};
use recoup_engine::explain;
use recoup_engine::ledger::{PostInvoice, PostPayment};
use recoup_engine::order::OrderState;
use recoup_engine::words::error::{Error, Result};
use recoup_engine::words::id::AccountId;
use recoup_engine::words::money::Money;
use recoup_engine::words::page::PageOf;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The customer of the story, and its order.
const CUSTOMER: &str = "K0101";
const ORDER: &str = "SO-K0101";
/// Rows of the queue that are shown.
const ROWS: u64 = 8;

pub(super) fn cny(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "CNY" })
}

pub(super) fn read<T: DeserializeOwned>(body: Value) -> Result<T> {
    serde_json::from_value(body).map_err(Error::internal)
}

pub(super) async fn done<C: Command>(home: &Home, command: C) -> Result<C::Done> {
    home.engine.execute(&home.who, command).await.map(|outcome| outcome.done)
}

/// Something the operator does alone.
pub(super) async fn acted<D, C: Command<Done = Acted<D>>>(home: &Home, command: C) -> Result<D> {
    let done = done(home, command).await?.done();
    done.ok_or_else(|| Error::internal("the demo's operator needs no second person"))
}

pub(super) async fn story(home: &Home, today: NaiveDate) -> Result<()> {
    say("One order, from the first no to the last yes\n")?;
    let account = customer(home, today).await?;
    let held = ask(home, account).await?;
    say(&format!(
        "1. {CUSTOMER} has a limit of CNY 100,000.00, owes CNY 80,000.00 and asks for goods worth {}: {}.",
        held.amount, held.state
    ))?;
    explained(home, &held).await?;
    queue(home).await?;
    call(home, account).await?;

    let part = Money::parse("20000.00", "CNY".parse()?)?;
    let reason = "the season begins; the buyer has signed for the rest".to_owned();
    let let_go =
        acted(home, ReleaseOrder { account, order: held.id, amount: Some(part), reason: reason.clone(), valid_until: None }).await?;
    say(&format!(
        "2. The credit manager lets {part} of it go ({reason}): {}. {} stays reserved of the limit, {} still waits.\n",
        let_go.state,
        let_go.reserved,
        let_go.amount.checked_sub(let_go.reserved)?
    ))?;

    let payment = json!({ "external_id": "P-K0101", "received_on": today, "amount": cny("30000.00") });
    done(home, PostPayment { account, payment: read(payment)? }).await?;
    let worked = home.engine.work_off_queue(&home.who).await?;
    let free = order_view(&home.engine.read(&home.who), held.id).await?;
    say(&format!(
        "3. CNY 30,000.00 comes in. Nobody asks: {} held orders of the customer are checked again, and {ORDER} is {}.",
        worked.rechecked.orders, free.state
    ))?;
    explained(home, &free).await
}

/// A customer with a limit that one invoice has nearly used up.
async fn customer(home: &Home, today: NaiveDate) -> Result<AccountId> {
    let account =
        json!({ "external_id": CUSTOMER, "name": "Lakeside Distribution Ltd.", "currency": "CNY", "language": "en", "owner": "li.na" });
    let account = done(home, CreateAccount { account: read(account)? }).await?.id;
    let limit = json!({ "amount": cny("100000.00"), "valid_from": today, "kind": "standing", "reason": "first limit, after the visit" });
    acted(home, PutLimit { account, limit: read(limit)? }).await?;
    let due_on = recoup_engine::words::day::add_days(today, 20);
    let invoice = json!({ "external_id": "K0101-001", "issued_on": today, "due_on": due_on, "amount": cny("80000.00") });
    done(home, PostInvoice { account, invoice: read(invoice)? }).await?;
    Ok(account)
}

async fn ask(home: &Home, account: AccountId) -> Result<OrderView> {
    let order = json!({ "external_id": ORDER, "amount": cny("50000.00") });
    done(home, PlaceOrder { account, order: read(order)? }).await
}

/// The last check of an order, told in both languages.
async fn explained(home: &Home, order: &OrderView) -> Result<()> {
    let read = home.engine.read(&home.who);
    for language in ["en", "zh-CN"] {
        let told = explain::explain_decision(&read, order.decision_id, language).await?;
        say(&format!("   {}", told.plain()))?;
    }
    say("")
}

/// What a credit desk sees in the morning.
async fn queue(home: &Home) -> Result<()> {
    let filter = OrderFilter { states: vec![OrderState::Held, OrderState::PartiallyReleased], ..OrderFilter::default() };
    let page = list_orders(&home.engine.read(&home.who), &filter, &PageOf::first(ROWS)).await?;
    let mut shown = table(&["order", "amount", "waits since", "why", "pay to release", "could ship", "may release"], 1);
    for order in &page.data {
        let codes: Vec<&str> = order.reasons.iter().map(|reason| reason.code.as_str()).collect();
        shown.add_row([
            order.external_id.clone(),
            order.amount.amount(),
            order.waiting_since.map_or_else(String::new, |day| day.to_string()),
            codes.join(", "),
            order.pay_to_release.as_ref().map_or_else(|| "—".to_owned(), |pay| pay.amount.amount()),
            order.releasable_amount.amount(),
            order.release_role.map_or_else(|| "two persons".to_owned(), |role| role.to_string()),
        ]);
    }
    say(&format!("The queue of held orders, the oldest first\n{shown}\n"))
}

/// The call for money that the order has raised.
async fn call(home: &Home, account: AccountId) -> Result<()> {
    let filter = TaskFilter { account: Some(account), kind: Some("collect_now".to_owned()), ..TaskFilter::default() };
    let tasks = list_tasks(&home.engine.read(&home.who), &filter, &PageOf::first(1)).await?;
    let Some(task) = tasks.data.first() else { return Ok(()) };
    let text = task.details.get("text").and_then(|text| text.get("en")).and_then(Value::as_str).unwrap_or_default();
    say(&format!("A call for the {} on {}: {text}\n", task.role, task.due_on))
}

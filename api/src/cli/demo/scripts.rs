//! A short scene for each of the other shipped plugins: what happened, what the plugin said to it, and why, in both languages.

use super::super::open::Home;
use super::super::show::say;
use super::held::{acted, cny, done, read};
use super::switch_on;
use chrono::NaiveDate;
use recoup_engine::account::CreateAccount;
use recoup_engine::case::{TaskFilter, list_tasks};
use recoup_engine::credit::{OrderView, PlaceOrder, PutLimit};
use recoup_engine::explain::{self, DecisionFilter};
use recoup_engine::ledger::PostInvoice;
use recoup_engine::words::asked::Hook;
use recoup_engine::words::code::Code;
use recoup_engine::words::day::add_days;
use recoup_engine::words::error::{Error, Result};
use recoup_engine::words::id::AccountId;
use recoup_engine::words::page::PageOf;
use serde_json::{Value, json};

/// Accounts reviewed in one go: more than there are in the demo.
const ACCOUNTS_AT_ONCE: u64 = 500;

/// The scenes, each with a customer of its own, so that one does not stand in the other's way.
pub(super) async fn scenes(home: &Home, today: NaiveDate) -> Result<()> {
    say("Four more plugins that come with the program, a scene each\n")?;
    switch_on(home, &["throttled_limit", "staged_release", "key_account_care", "credit_review"]).await?;
    throttled(home, today).await?;
    staged(home, today).await?;
    cared_for(home, today).await?;
    reviewed(home, today).await
}

/// `throttled_limit`: what fell due has not come, so little of the limit may be used.
async fn throttled(home: &Home, today: NaiveDate) -> Result<()> {
    let account = customer(home, "K0102", "Quayside Trading Co.", None).await?;
    limited(home, account, "100000.00", today).await?;
    invoice(home, account, json!({ "external_id": "K0102-001", "due_on": add_days(today, -3), "amount": cny("40000.00") }), today).await?;
    let held = order(home, account, json!({ "external_id": "SO-K0102", "amount": cny("10000.00") })).await?;
    say(&format!(
        "\nthrottled_limit: K0102 has a limit of CNY 100,000.00, owes CNY 40,000.00 that fell due three days ago, and orders for {}: {}.",
        held.amount, held.state
    ))?;
    told(home, account, Hook::UsableLimit).await
}

/// `staged_release`: the second batch of a contract waits for the first.
async fn staged(home: &Home, today: NaiveDate) -> Result<()> {
    let account = customer(home, "K0103", "Millbrook Machinery Ltd.", None).await?;
    let batch = json!({ "external_id": "K0103-001", "due_on": add_days(today, 30), "amount": cny("60000.00"), "contract_external_id": "V-K0103",
        "batch_no": 1 });
    invoice(home, account, batch, today).await?;
    let second = json!({ "external_id": "SO-K0103", "amount": cny("60000.00"), "contract_external_id": "V-K0103", "batch_no": 2 });
    let held = order(home, account, second).await?;
    say(&format!("staged_release: K0103 orders batch 2 of contract V-K0103 while batch 1 is billed and not paid: {}.", held.state))?;
    told(home, account, Hook::OrderCheck).await
}

/// `key_account_care`: a reminder is due, and somebody calls first.
async fn cared_for(home: &Home, today: NaiveDate) -> Result<()> {
    let account = customer(home, "K0104", "Grand Harbour Stores", Some("key")).await?;
    invoice(home, account, json!({ "external_id": "K0104-001", "due_on": add_days(today, 3), "amount": cny("20000.00") }), today).await?;
    home.engine.review_due(&home.who, ACCOUNTS_AT_ONCE).await?;
    let filter = TaskFilter { account: Some(account), kind: Some("call_first".to_owned()), ..TaskFilter::default() };
    let tasks = list_tasks(&home.engine.read(&home.who), &filter, &PageOf::first(1)).await?;
    let who = tasks.data.first().map_or_else(|| "nobody".to_owned(), |task| format!("{} on {}", task.role, task.due_on));
    say(&format!("key_account_care: the first reminder to K0104, a key account, is due. To call first: {who}."))?;
    told(home, account, Hook::StepDue).await
}

/// `credit_review`: a customer that is late gets no higher limit, whoever asks.
async fn reviewed(home: &Home, today: NaiveDate) -> Result<()> {
    let account = customer(home, "K0105", "Northgate Building Supplies", None).await?;
    limited(home, account, "50000.00", add_days(today, -300)).await?;
    invoice(home, account, json!({ "external_id": "K0105-001", "due_on": add_days(today, -45), "amount": cny("30000.00") }), today).await?;
    let raise = json!({ "amount": cny("60000.00"), "valid_from": today, "kind": "standing", "reason": "they ask for it",
        "override_reason": "the owner has called" });
    let answer = acted(home, PutLimit { account, limit: read(raise)? }).await;
    let said = match answer {
        Err(error) if error.code() == Code::PluginDenied => format!("refused: {}", error.detail()),
        Err(error) => return Err(error),
        Ok(_) => "granted".to_owned(),
    };
    say(&format!("credit_review: K0105 is 45 days late, and a limit of CNY 60,000.00 in place of CNY 50,000.00 is asked for: {said}"))?;
    told(home, account, Hook::LimitCheck).await
}

pub(super) async fn customer(home: &Home, external_id: &str, name: &str, segment: Option<&str>) -> Result<AccountId> {
    let account =
        json!({ "external_id": external_id, "name": name, "currency": "CNY", "language": "en", "owner": "li.na", "segment": segment });
    Ok(done(home, CreateAccount { account: read(account)? }).await?.id)
}

async fn limited(home: &Home, account: AccountId, amount: &str, from: NaiveDate) -> Result<()> {
    let limit = json!({ "amount": cny(amount), "valid_from": from, "kind": "standing", "reason": "as agreed" });
    acted(home, PutLimit { account, limit: read(limit)? }).await.map(drop)
}

pub(super) async fn invoice(home: &Home, account: AccountId, mut invoice: Value, today: NaiveDate) -> Result<()> {
    invoice["issued_on"] = json!(add_days(today, -90));
    done(home, PostInvoice { account, invoice: read(invoice)? }).await.map(drop)
}

pub(super) async fn order(home: &Home, account: AccountId, order: Value) -> Result<OrderView> {
    done(home, PlaceOrder { account, order: read(order)? }).await
}

/// The newest decision about the account in which this was asked, explained in both languages.
async fn told(home: &Home, account: AccountId, hook: Hook) -> Result<()> {
    let read = home.engine.read(&home.who);
    let filter = DecisionFilter { account: Some(account), hook: Some(hook), ..DecisionFilter::default() };
    let found = explain::list_decisions(&read, &filter, &PageOf::first(1)).await?;
    let newest = found.data.first().ok_or_else(|| Error::internal(format!("nobody was asked {hook} in the demo")))?;
    for language in ["en", "zh-CN"] {
        say(&format!("   {}", explain::explain_decision(&read, newest.id, language).await?.plain()))?;
    }
    say("")
}

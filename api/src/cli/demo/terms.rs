//! What was agreed, and what came of it: when a customer's money is to be expected, what falls due when work is accepted, a plan for the year.

use super::super::open::Home;
use super::super::show::say;
use super::held::{cny, done, read};
use super::scripts::{customer, invoice, order};
use chrono::{Datelike as _, NaiveDate};
use recoup_engine::contract::{CreateContract, PlanMilestone};
use recoup_engine::credit::{PutYearPlan, ShipOrder, year_plan};
use recoup_engine::ledger::CompleteMilestone;
use recoup_engine::payment_process::{PutPaymentProcess, list_expected};
use recoup_engine::words::day::add_days;
use recoup_engine::words::error::{Error, Result};
use recoup_engine::words::page::PageOf;
use serde_json::json;

/// The scenes, each with a customer of its own.
pub(super) async fn scenes(home: &Home, today: NaiveDate) -> Result<()> {
    say("What was agreed, and what came of it\n")?;
    pay_days(home, today).await?;
    milestone(home, today).await?;
    planned_year(home, today).await?;
    say("")
}

/// A customer pays after two of its people have said yes, and only on two days of a month.
async fn pay_days(home: &Home, today: NaiveDate) -> Result<()> {
    let account = customer(home, "K0106", "Lakeside Foods Co.", None).await?;
    invoice(home, account, json!({ "external_id": "K0106-001", "due_on": add_days(today, -1), "amount": cny("18000.00") }), today).await?;
    let process =
        json!({ "steps": [{ "name": "Purchasing", "usual_days": 4 }, { "name": "Finance", "usual_days": 5 }], "pay_days": [10, 25] });
    done(home, PutPaymentProcess { account, version: None, process: read(process)? }).await?;
    let (reading, ground) = (home.engine.read(&home.who), home.engine.ground(home.who.tenant).await?);
    let expected = list_expected(&reading, &ground, account, today, &PageOf::first(1)).await?;
    let item = expected.data.first().ok_or_else(|| Error::internal("the demo's invoice is open"))?;
    say(&format!("K0106 owes {} since {}. Its money is to be expected on {}:", item.amount, item.due_on, item.expected_on))?;
    for reason in &item.reasons {
        say(&format!("   {}\n   {}", reason.text.en, reason.text.zh))?;
    }
    Ok(())
}

/// The last share of a machine's price waits for its acceptance, and falls due once that is signed.
async fn milestone(home: &Home, today: NaiveDate) -> Result<()> {
    let account = customer(home, "K0107", "Ironbridge Engineering Ltd.", None).await?;
    let terms = json!({ "cycle": "milestone", "method": "transfer", "due_basis": "acceptance", "due_days": 30, "grace_days": 0 });
    let contract = json!({ "external_id": "V-K0107", "amount": cny("200000.00"), "mode": "open_account", "terms": terms });
    let contract = done(home, CreateContract { account, contract: read(contract)? }).await?;
    let planned = read(json!({ "name": "acceptance", "planned_on": today }))?;
    let planned = done(home, PlanMilestone { account, contract: contract.id, milestone: planned }).await?;
    let bill = json!({ "external_id": "K0107-001", "amount": cny("200000.00"), "contract_external_id": "V-K0107",
        "instalments": [{ "amount": cny("150000.00"), "due_on": add_days(today, 10) }, { "amount": cny("50000.00"), "milestone": "acceptance" }] });
    invoice(home, account, bill, today).await?;
    let signed = json!({ "reference": "acceptance-7.pdf", "signed_by": "Chen Wei", "signed_on": today });
    let completion = read(json!({ "completed_on": today, "evidence": signed }))?;
    done(home, CompleteMilestone { account, milestone: planned.id, completion }).await?;
    say(&format!(
        "\nK0107 accepted its machine on {today}, signed by Chen Wei: the CNY 50,000.00 that waited for it fall due on {}.",
        add_days(today, 30)
    ))
}

/// A distributor's targets for the year, beside what happened.
async fn planned_year(home: &Home, today: NaiveDate) -> Result<()> {
    let account = customer(home, "K0108", "Southern Distributors", None).await?;
    let year = today.year();
    let (first, last) = (super::day(year, 1, 1), super::day(year, 12, 31));
    let period = json!({ "from": first, "to": last, "shipment": cny("40000.00"), "collection": cny("30000.00") });
    done(home, PutYearPlan { account, year, version: None, plan: read(json!({ "periods": [period], "clear_on": last }))? }).await?;
    let placed = order(home, account, json!({ "external_id": "SO-K0108", "amount": cny("10000.00") })).await?;
    let shipment = read(json!({ "external_id": "DN-K0108", "amount": cny("10000.00"), "shipped_on": today }))?;
    done(home, ShipOrder { account, order: placed.id, shipment }).await?;
    let plan = year_plan(&home.engine.read(&home.who), account, year, today).await?;
    let told = plan.periods.first().ok_or_else(|| Error::internal("the demo's plan has a period"))?;
    say(&format!(
        "\nK0108 was to take goods for {} this year and took {}; to pay {} and paid {}. It is to owe nothing on {last}.",
        told.shipment.target, told.shipment.actual, told.collection.target, told.collection.actual
    ))
}

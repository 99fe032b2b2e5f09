//! A small ledger to begin with, booked through the engine's own commands.

use crate::world::World;
use recoup_engine::account::CreateAccount;
use recoup_engine::credit::PlaceOrder;
use recoup_engine::ledger::{PostInvoice, PostPayment};
use serde_json::{Value, json};

/// An amount as JSON, in CNY.
pub fn cny(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "CNY" })
}

/// One account with three invoices, an order, and a payment that settles a part of one.
pub async fn fill(world: &World) {
    let who = world.caller();
    let account = json!({ "external_id": "A1", "name": "Customer", "currency": "CNY" });
    let account = CreateAccount { account: serde_json::from_value(account).expect("an account") };
    let account = world.engine.execute(&who, account).await.expect("the account is made").done.id;
    for (id, due, amount) in [("I1", "2026-01-31", "100.00"), ("I2", "2026-02-28", "250.00"), ("I3", "2026-04-30", "70.00")] {
        let invoice = json!({ "external_id": id, "issued_on": "2026-01-02", "due_on": due, "amount": cny(amount) });
        let invoice = serde_json::from_value(invoice).expect("an invoice");
        world.engine.execute(&who, PostInvoice { account, invoice }).await.expect("the invoice is posted");
    }
    let order = json!({ "external_id": "O1", "amount": cny("90.00") });
    let order = serde_json::from_value(order).expect("an order");
    world.engine.execute(&who, PlaceOrder { account, order }).await.expect("the order is placed");
    let payment = json!({ "external_id": "P1", "received_on": "2026-03-01", "amount": cny("130.00"), "invoice_external_id": "I2" });
    let payment = serde_json::from_value(payment).expect("a payment");
    world.engine.execute(&who, PostPayment { account, payment }).await.expect("the payment is posted");
}

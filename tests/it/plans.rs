//! The reads that somebody waits for use their indexes: none walks through a whole table, or through all of a tenant's rows in one.

use serde_json::json;
use tests::inspect::plan;
use tests::ledger::{cny, fill};
use tests::on_both;

/// Tables that grow with the business. The rest are as small as a tenant's set-up.
const GROWING: [&str; 20] = [
    "account",
    "allocation",
    "balance",
    "collection_case",
    "contact",
    "credit_limit",
    "credit_note",
    "decision",
    "deposit",
    "due_sum",
    "hold",
    "hold_item",
    "instalment",
    "invoice",
    "journal",
    "order_revision",
    "payment",
    "reservation",
    "sales_order",
    "shipment",
];

/// The lines of a plan that read a growing table without a word about which of the tenant's rows are wanted.
fn careless(plan: &[String]) -> Vec<String> {
    let growing = |line: &str| line.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| GROWING.contains(&word));
    let mut found = Vec::new();
    for line in plan {
        // SQLite plans by the schema alone. PostgreSQL counts rows, and of a few it takes any index: there only a whole table is a fault.
        let sqlite = (line.starts_with("SCAN ") && !line.contains("USING")) || line.ends_with("(tenant_id=?)");
        let postgres = line.contains("Seq Scan on ");
        if (sqlite || postgres) && growing(line) {
            found.push(line.trim().to_owned());
        }
    }
    found
}

#[test]
fn a_careless_plan_is_seen() {
    let plan = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
    for lines in [
        &["SCAN sales_order"][..],
        &["SEARCH hold USING INDEX ix_hold_1 (tenant_id=?)"],
        &["  ->  Seq Scan on payment  (cost=0.00)", "        Filter: (tenant_id = $1)"],
    ] {
        assert_eq!(careless(&plan(lines)).len(), 1, "{lines:?}");
    }
    for lines in [
        &["SEARCH hold USING INDEX ix_hold_1 (tenant_id=? AND account_id=?)", "SCAN CONSTANT ROW"][..],
        &["Index Scan using account_pkey on account", "  Index Cond: ((tenant_id = $1) AND (id = $2))"],
        &["SEARCH tenant_state USING INDEX uq (tenant_id=?)"],
    ] {
        assert_eq!(careless(&plan(lines)), Vec::<String>::new());
    }
}

on_both! {
    async fn an_order_check_and_what_moves_with_it_read_by_their_indexes(world: World) {
        fill(world).await;
        let admin = world.admin();
        let account = admin.get("/v1/accounts?external_id=A1").await.expect(200)["data"][0]["id"].as_str().unwrap().to_owned();
        let limit = json!({ "amount": cny("500.00"), "valid_from": "2026-01-01", "kind": "standing", "reason": "as agreed" });
        admin.post(&format!("/v1/accounts/{account}/credit-limits"), limit).await.expect(201);
        world.take_reads();
        let order = |number: &str, amount: &str| json!({ "external_id": number, "account_id": account, "amount": cny(amount) });
        let placed = admin.post("/v1/orders", order("O7", "10.00")).await.expect(201);
        let of_the_hot_path = world.take_reads().len();
        assert!(of_the_hot_path <= 5, "{of_the_hot_path} reads before an order is answered");
        let path = format!("/v1/orders/{}", placed["id"].as_str().unwrap());
        admin.post("/v1/orders", order("O8", "10000.00")).await.expect(201);
        admin.post(&format!("{path}/checks"), json!({})).await.expect(201);
        let more = json!({ "amount": cny("20.00"), "reason": "one more" });
        admin.post(&format!("{path}/revisions"), more).await.expect(201);
        let paid = json!({ "external_id": "P7", "account_id": account, "received_on": "2026-03-02", "amount": cny("5.00"), "order_external_id": "O7" });
        admin.post("/v1/payments", paid).await.expect(201);
        admin.post(&format!("{path}/shipments"), json!({ "external_id": "D7" })).await.expect(201);
        let billed = json!({ "external_id": "I7", "account_id": account, "issued_on": "2026-03-02", "due_on": "2026-04-01", "amount": cny("20.00"), "order_external_id": "O7" });
        admin.post("/v1/invoices", billed).await.expect(201);
        admin.get(&format!("/v1/accounts/{account}/exposure")).await.expect(200);
        admin.get(&format!("/v1/accounts/{account}/exposure?as_of=2026-03-01")).await.expect(200);
        world.engine.expire_orders(&world.caller(), tests::world::day("2026-03-03")).await.unwrap();
        let mut found = Vec::new();
        for read in world.take_reads() {
            found.extend(careless(&plan(&world.database_url, &read).await).into_iter().map(|line| format!("{line}\n    {read}")));
        }
        assert!(found.is_empty(), "{}", found.join("\n"));
    }
}

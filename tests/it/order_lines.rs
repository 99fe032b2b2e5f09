//! What scripts see of the lines of an order, so that goods that are short can be allotted.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use tests::ledger::cny;
use tests::on_both;

/// Allots fast-moving goods by payment: while something is overdue, half of the fast movers ship and no key item does; the rest ships whole.
const ALLOT: &str = r#"
fn order_check(ctx, plan) {
    let lines = ctx.order.lines;
    if lines.is_empty || ctx.open_items.overdue_by(0).is_empty { return plan.approve("FINE"); }
    let kept = lines.of_group("fast").total() * 0.5 + lines.key_items().total();
    let pieces = "";
    for line in lines.of_sku("BEER") { pieces = `${line.quantity}`; }
    plan.release_partial(lines.total() - kept, "ALLOTTED", #{ pieces: pieces, lines: lines.len, kept: kept });
}
"#;

const TEST: &str = r#"
fn test_half_of_the_fast_movers_stays_while_something_is_overdue(t) {
    t.today("2026-03-10");
    t.open_item(#{ due_on: date("2026-03-05"), open: money("100", "CNY") });
    t.order(#{ amount: money("90", "CNY"), is_partial_ok: true, lines: [
        #{ sku: "BEER", quantity: "6", group: "fast", amount: money("40", "CNY") },
        #{ sku: "WINE", amount: money("30", "CNY") },
        #{ sku: "GIN", amount: money("20", "CNY"), is_key_item: true },
    ] });
    t.run("order_check");
    expect(t.decision, "release_partial");
    expect(t.code, "ALLOTTED");
}

fn test_without_lines_there_is_nothing_to_allot(t) {
    t.run("order_check");
    expect(t.code, "FINE");
}
"#;

fn package() -> BTreeMap<&'static str, String> {
    let manifest = r#"
[plugin]
name = "allot"
version = "1.0.0"
api = 1
title = { en = "Allotment", zh-CN = "限量分配" }

[quality]
min_coverage = 0

[effects]
allow = ["decide:order_check"]

[codes]
FINE = {}
ALLOTTED = { pieces = "text", lines = "int", kept = "money" }
"#;
    let texts = |fine: &str, allotted: &str| format!("[codes]\nFINE = \"{fine}\"\nALLOTTED = \"{allotted}\"\n");
    BTreeMap::from([
        ("plugin.toml", manifest.to_owned()),
        ("main.rhai", ALLOT.to_owned()),
        ("settings.schema.json", r#"{ "type": "object", "additionalProperties": false, "properties": {} }"#.to_owned()),
        ("texts/en.toml", texts("Fine.", "{{ kept }} stays back: {{ lines }} lines, beer by {{ pieces }}.")),
        ("texts/zh-CN.toml", texts("同意。", "暂留 {{ kept }}：共 {{ lines }} 行，啤酒每行 {{ pieces }} 件。")),
        ("tests/allot.test.rhai", TEST.to_owned()),
    ])
}

fn order(number: &str) -> Value {
    json!({ "external_id": number, "account_external_id": "A1", "amount": cny("90.00"), "partial_ok": true, "lines": [
        { "sku": "WINE", "amount": cny("30.00") },
        { "sku": "BEER", "quantity": "6", "group": "fast", "amount": cny("20.00") },
        { "sku": "BEER", "quantity": "6", "group": "fast", "amount": cny("20.00") },
        { "sku": "GIN", "amount": cny("20.00"), "is_key_item": true }] })
}

on_both! {
    async fn or_10_a_plugin_allots_fast_moving_items_by_payment(world: World) {
        let admin = world.admin();
        admin.post("/v1/accounts", json!({ "external_id": "A1", "name": "Lotus", "currency": "CNY" })).await.expect(201);
        let pushed = admin.post("/v1/plugins/allot/versions", json!({ "files": package() })).await.expect(201);
        admin.post("/v1/plugins/allot/activations", json!({ "version": pushed["number"] })).await.expect(201);
        let paid = admin.post("/v1/orders", order("O1")).await.expect(201);
        assert_eq!(paid["decision"], "approve", "{paid}");
        let late = json!({ "external_id": "I1", "account_external_id": "A1", "issued_on": "2026-01-02", "due_on": "2026-02-01", "amount": cny("10.00") });
        admin.post("/v1/invoices", late).await.expect(201);
        let allotted = admin.post("/v1/orders", order("O2")).await.expect(201);
        assert_eq!((&allotted["decision"], &allotted["reasons"][0]["code"]), (&json!("release_partial"), &json!("ALLOTTED")), "{allotted}");
        assert_eq!(allotted["reasons"][0]["detail"], "CNY 40.00 stays back: 4 lines, beer by 6.", "{allotted}");
        assert_eq!(allotted["releasable_amount"], cny("50.00"), "{allotted}");
        let states: Vec<&str> = allotted["lines"].as_array().unwrap().iter().map(|line| line["state"].as_str().unwrap()).collect();
        assert_eq!(states, ["approved", "approved", "back_ordered", "back_ordered"], "the wine and half of the beer: {allotted}");
    }
}

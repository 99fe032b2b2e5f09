//! Limits over HTTP: groups that share one, securities behind one, warning lines, ceilings of single parts, other money, and what stands
//! against a new one.

use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tests::client::Client;
use tests::inspect::sql;
use tests::ledger::cny;
use tests::numbers::{RACE_CLIENTS, RACE_ORDERS};
use tests::on_both;
use tests::world::World;

/// Accounts of the group that the callers race for.
const MEMBERS: usize = 8;
/// So many orders fit under the group's limit.
const FITTING: usize = 50;

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

async fn account(client: &Client, external_id: &str) -> String {
    let body = json!({ "external_id": external_id, "name": external_id, "currency": "CNY" });
    text(&client.post("/v1/accounts", body).await.expect(201)["id"]).to_owned()
}

async fn limit(client: &Client, account: &str, amount: Value) {
    let body = json!({ "amount": amount, "valid_from": "2026-01-01", "kind": "standing", "reason": "as agreed" });
    client.post(&format!("/v1/accounts/{account}/credit-limits"), body).await.expect(201);
}

async fn limited(client: &Client, external_id: &str, amount: &str) -> String {
    let account = account(client, external_id).await;
    limit(client, &account, cny(amount)).await;
    account
}

/// Places an order and tells the decision with the reasons: `hold over_limit`.
async fn order(client: &Client, account: &str, external_id: &str, amount: Value) -> (String, Value) {
    let body = json!({ "external_id": external_id, "account_id": account, "amount": amount });
    let order = client.post("/v1/orders", body).await.expect(201);
    let mut told = vec![text(&order["decision"])];
    told.extend(order["reasons"].as_array().into_iter().flatten().map(|reason| text(&reason["code"])));
    (told.join(" "), order.clone())
}

async fn invoice(client: &Client, account: &str, external_id: &str, due_on: &str, amount: Value) {
    let body = json!({ "external_id": external_id, "account_id": account, "issued_on": "2026-01-02", "due_on": due_on, "amount": amount });
    client.post("/v1/invoices", body).await.expect(201);
}

async fn group(client: &Client, external_id: &str, parent: Option<&str>) -> String {
    let body = json!({ "external_id": external_id, "name": external_id, "currency": "CNY", "parent_id": parent });
    text(&client.post("/v1/credit-groups", body).await.expect(201)["id"]).to_owned()
}

async fn group_limit(client: &Client, group: &str, amount: &str) {
    let body = json!({ "amount": cny(amount), "valid_from": "2026-01-01", "valid_to": "2026-12-31", "reason": "one family" });
    client.post(&format!("/v1/credit-groups/{group}/limits"), body).await.expect(201);
}

async fn join(client: &Client, group: &str, account: &str) {
    client.post(&format!("/v1/credit-groups/{group}/members"), json!({ "account_id": account })).await.expect(201);
}

async fn settings(client: &Client, changes: Value) {
    let mut body = client.get("/v1/settings").await.expect(200);
    let members = changes.as_object().cloned().unwrap_or_default();
    body.as_object_mut().expect("settings are an object").extend(members);
    client.put("/v1/settings", "*", body).await.expect(200);
}

/// The warning lines of an account that were told so far, in their order.
async fn crossed(world: &World) -> Vec<i64> {
    let query = "SELECT body FROM journal WHERE kind = 'credit_limit.line_crossed' ORDER BY id";
    let rows = sql(&world.database_url, query).await.unwrap();
    let percent = |row: &Vec<Option<String>>| {
        let body: Value = serde_json::from_str(row[0].as_deref().unwrap_or_default()).unwrap();
        body["percent"].as_i64().unwrap()
    };
    rows.iter().map(percent).collect()
}

on_both! {
    async fn members_share_the_limit_of_their_group_and_of_those_above_it(world: World) {
        // Orders are checked again on request only, so that nobody else takes the room that is looked at.
        world.api.rest().await;
        let admin = world.admin();
        let top = group(&admin, "TOP", None).await;
        let low = group(&admin, "LOW", Some(&top)).await;
        group_limit(&admin, &top, "1000.00").await;
        group_limit(&admin, &low, "600.00").await;
        let (one, two, three) = (limited(&admin, "A1", "500.00").await, account(&admin, "A2").await, account(&admin, "A3").await);
        join(&admin, &low, &one).await;
        join(&admin, &low, &two).await;
        join(&admin, &top, &three).await;
        assert_eq!(order(&admin, &one, "O1", cny("400.00")).await.0, "approve");
        let (told, held) = order(&admin, &two, "O2", cny("250.00")).await;
        assert_eq!(told, "hold over_group_limit", "its own setting checks nothing, its group does");
        assert_eq!((&held["available"], &held["releasable_amount"]), (&cny("200.00"), &cny("200.00")));
        assert_eq!(held["limits"][0]["group_external_id"], "LOW");
        assert_eq!(held["limits"][1]["available"], cny("600.00"), "the group above stands at 400 too");
        assert_eq!(order(&admin, &one, "O3", cny("150.00")).await.0, "hold over_limit", "of two limits the tighter one decides");
        assert_eq!(order(&admin, &two, "O4", cny("200.00")).await.0, "approve");
        assert_eq!(order(&admin, &three, "O5", cny("401.00")).await.0, "hold over_group_limit", "what is below counts above");
        assert_eq!(order(&admin, &three, "O6", cny("400.00")).await.0, "approve");
        let stands = admin.get(&format!("/v1/credit-groups/{top}/exposure")).await.expect(200);
        assert_eq!((&stands["exposure"], &stands["available"]), (&cny("1000.00"), &cny("0.00")));
        let stands = admin.get(&format!("/v1/accounts/{two}/exposure")).await.expect(200);
        assert_eq!((&stands["limit"], &stands["available"], stands["limits"].as_array().unwrap().len()), (&Value::Null, &cny("0.00"), 2));
        admin.post(&format!("/v1/credit-groups/{low}/departures"), json!({ "account_id": one })).await.expect(201);
        assert_eq!(order(&admin, &two, "O7", cny("400.00")).await.0, "approve", "who has left counts no longer");
        let no_check = json!({ "amount": null, "valid_from": "2026-01-01", "kind": "standing", "reason": "prime" });
        admin.post(&format!("/v1/accounts/{two}/credit-limits"), no_check).await.expect(201);
        assert_eq!(order(&admin, &two, "O8", cny("9999.00")).await.0, "approve", "no check is no check inside a group too");
    }

    async fn a_group_stands_on_a_past_day_at_what_its_members_of_then_stood_at(world: World) {
        world.api.rest().await;
        let admin = world.admin();
        let top = group(&admin, "TOP", None).await;
        let low = group(&admin, "LOW", Some(&top)).await;
        group_limit(&admin, &top, "1000.00").await;
        let (one, two) = (account(&admin, "A1").await, account(&admin, "A2").await);
        invoice(&admin, &one, "I1", "2026-02-01", cny("300.00")).await;
        invoice(&admin, &two, "I2", "2026-02-01", cny("50.00")).await;
        world.set_day("2026-03-10");
        join(&admin, &low, &one).await;
        join(&admin, &top, &two).await;
        assert_eq!(order(&admin, &one, "O1", cny("100.00")).await.0, "approve");
        world.set_day("2026-03-20");
        let payment = json!({ "external_id": "P1", "account_id": one, "received_on": "2026-03-20", "amount": cny("120.00") });
        admin.post("/v1/payments", payment).await.expect(201);
        world.set_day("2026-03-25");
        admin.post(&format!("/v1/credit-groups/{low}/departures"), json!({ "account_id": one })).await.expect(201);
        let stands = async |group: &str, day: &str| {
            let stands = admin.get(&format!("/v1/credit-groups/{group}/exposure?as_of={day}")).await.expect(200);
            assert_eq!(stands["as_of"], day);
            [&stands["exposure"], &stands["available"]].map(|money| money["amount"].as_str().unwrap_or("none").to_owned())
        };
        for (on, day, expected) in [
            (&top, "2026-03-09", ["0.00", "1000.00"]),
            (&top, "2026-03-10", ["450.00", "550.00"]),
            (&low, "2026-03-10", ["400.00", "none"]),
            (&top, "2026-03-20", ["330.00", "670.00"]),
            (&top, "2026-03-24", ["330.00", "670.00"]),
            (&top, "2026-03-25", ["50.00", "950.00"]),
            (&low, "2026-03-25", ["0.00", "none"]),
        ] {
            assert_eq!(stands(on, day).await, expected, "{day}");
        }
        // The account's own past tells the limits it shared then: of no group before it joined, nor from the day it left.
        for (day, expected) in
            [("2026-03-09", vec![]), ("2026-03-10", vec!["TOP 1000.00 550.00"]), ("2026-03-24", vec!["TOP 1000.00 670.00"]), ("2026-03-25", vec![])]
        {
            let stands = admin.get(&format!("/v1/accounts/{one}/exposure?as_of={day}")).await.expect(200);
            let shared = stands["limits"].as_array().unwrap().iter().filter(|limit| limit["of"] == "group");
            let told = shared.map(|limit| format!("{} {} {}", text(&limit["group_external_id"]), text(&limit["limit"]["amount"]), text(&limit["available"]["amount"])));
            assert_eq!(told.collect::<Vec<_>>(), expected, "{day}");
        }
        let now = admin.get(&format!("/v1/credit-groups/{top}/exposure")).await.expect(200);
        assert_eq!((&now["exposure"], &now["as_of"]), (&cny("50.00"), &json!("2026-03-25")));
        let odd = admin.get(&format!("/v1/credit-groups/{top}/exposure?as_of=2026-02-30")).await;
        assert_eq!(odd.refused(400), "invalid_parameter");
    }

    async fn a_group_that_contains_itself_or_grows_too_deep_is_refused(world: World) {
        let admin = world.admin();
        let top = group(&admin, "G1", None).await;
        let middle = group(&admin, "G2", Some(&top)).await;
        let low = group(&admin, "G3", Some(&middle)).await;
        let path = |id: &str| format!("/v1/credit-groups/{id}");
        for (group, parent) in [(&top, &top), (&top, &middle), (&top, &low)] {
            assert_eq!(admin.patch(&path(group), "*", json!({ "parent_id": parent })).await.refused(422), "group_cycle");
        }
        let fourth = json!({ "external_id": "G4", "name": "G4", "currency": "CNY", "parent_id": low });
        assert_eq!(admin.post("/v1/credit-groups", fourth).await.refused(422), "group_too_deep");
        let alone = group(&admin, "G5", None).await;
        assert_eq!(admin.patch(&path(&top), "*", json!({ "parent_id": alone })).await.refused(422), "group_too_deep");
        let dollars = json!({ "external_id": "G6", "name": "G6", "currency": "USD", "parent_id": top });
        assert_eq!(admin.post("/v1/credit-groups", dollars).await.refused(422), "currency_mismatch");
        assert_eq!(admin.patch(&path(&top), "\"v9\"", json!({ "name": "other" })).await.refused(412), "stale_version");
        let moved = admin.patch(&path(&middle), "\"v1\"", json!({ "parent_id": null })).await.expect(200);
        assert_eq!((&moved["parent_id"], &moved["version"]), (&Value::Null, &json!(2)));
        admin.patch(&path(&alone), "*", json!({ "parent_id": low })).await.expect(200);
        let endless = json!({ "amount": cny("1.00"), "valid_from": "2026-01-01", "reason": "x" });
        assert_eq!(admin.post(&format!("/v1/credit-groups/{top}/limits"), endless).await.refused(422), "missing_field");
        let again = json!({ "external_id": "G1", "name": "G1", "currency": "CNY" });
        assert_eq!(admin.post("/v1/credit-groups", again).await.expect(200)["id"], top);
        let other = json!({ "external_id": "G1", "name": "another", "currency": "CNY" });
        assert_eq!(admin.post("/v1/credit-groups", other).await.refused(409), "external_id_conflict");
    }

    async fn orders_of_many_members_at_once_never_pass_the_groups_limit_together(world: World) {
        let admin = world.admin();
        let top = group(&admin, "TOP", None).await;
        let low = group(&admin, "LOW", Some(&top)).await;
        group_limit(&admin, &top, "5000.00").await;
        let mut accounts = Vec::new();
        for no in 0..MEMBERS {
            let member = account(&admin, &format!("A{no}")).await;
            join(&admin, if no % 2 == 0 { &top } else { &low }, &member).await;
            accounts.push(member);
        }
        let callers = (0..RACE_CLIENTS).map(|no| {
            let (admin, account) = (admin.clone(), accounts[no % MEMBERS].clone());
            async move {
                let mut seen = Vec::new();
                for turn in 0..RACE_ORDERS {
                    let body = json!({ "external_id": format!("O{no}-{turn}"), "account_id": account, "amount": cny("100.00") });
                    let answer = admin.post("/v1/orders", body).await;
                    let code = if answer.status == 201 { &answer.json["decision"] } else { &answer.json["code"] };
                    seen.push((answer.status, text(code).to_owned()));
                }
                seen
            }
        });
        let mut counts: BTreeMap<(u16, String), usize> = BTreeMap::new();
        for answer in join_all(callers).await.into_iter().flatten() {
            *counts.entry(answer).or_default() += 1;
        }
        let of = |status: u16, code: &str| counts.get(&(status, code.to_owned())).copied().unwrap_or(0);
        let (approved, held, again) = (of(201, "approve"), of(201, "hold"), of(409, "try_again"));
        assert_eq!(approved + held + again, RACE_CLIENTS * RACE_ORDERS, "{counts:?}");
        assert!(approved == FITTING || (approved < FITTING && again > 0), "{counts:?}");
        assert!(again * 100 <= RACE_CLIENTS * RACE_ORDERS, "at most one in a hundred sees the race: {counts:?}");
        let reserved = sql(&world.database_url, "SELECT SUM(reserved_minor) FROM sales_order").await.unwrap();
        assert_eq!(reserved[0], [Some((approved * 10_000).to_string())]);
    }

    async fn securities_raise_the_limit_until_they_run_out_and_then_hold(world: World) {
        world.api.rest().await;
        let admin = world.admin();
        let account = limited(&admin, "A1", "100.00").await;
        let path = format!("/v1/accounts/{account}/securities");
        let insured = json!({ "kind": "insurance", "amount": cny("50.00"), "valid_to": "2026-03-31", "reference": "POL-7" });
        let security = admin.post(&path, insured.clone()).await.expect(201);
        assert_eq!((&security["share_bps"], &security["valid_from"]), (&json!(10_000), &json!("2026-03-02")));
        assert_eq!(admin.get(&format!("/v1/accounts/{account}/exposure")).await.expect(200)["limit"], cny("150.00"));
        assert_eq!(order(&admin, &account, "O1", cny("151.00")).await.0, "hold over_limit");
        assert_eq!(order(&admin, &account, "O2", cny("120.00")).await.0, "approve");
        settings(&admin, json!({ "security": "in_exposure" })).await;
        assert_eq!(admin.get(&format!("/v1/accounts/{account}/exposure")).await.expect(200)["limit"], cny("100.00"));
        settings(&admin, json!({ "security": "in_limit" })).await;
        world.set_day("2026-04-01");
        assert_eq!(order(&admin, &account, "O3", cny("1.00")).await.0, "hold over_limit security_expired");
        assert_eq!(admin.get(&format!("/v1/accounts/{account}/exposure?as_of=2026-03-31")).await.expect(200)["limit"], cny("150.00"));
        let withdraw = format!("/v1/securities/{}/withdrawals", text(&security["id"]));
        admin.post(&withdraw, json!({ "reason": "not renewed" })).await.expect(201);
        assert_eq!(admin.post(&withdraw, json!({ "reason": "again" })).await.refused(409), "illegal_state");
        assert_eq!(order(&admin, &account, "O4", cny("1.00")).await.0, "hold over_limit");
        let guarantee = json!({ "kind": "guarantee", "amount": cny("100.00"), "share_bps": 5_000 });
        admin.post(&path, guarantee).await.expect(201);
        assert_eq!(order(&admin, &account, "O5", cny("30.00")).await.0, "approve");
        for (changes, code) in [
            (json!({ "amount": { "amount": "1.00", "currency": "USD" } }), "currency_mismatch"),
            (json!({ "amount": cny("0.00") }), "amount_out_of_range"),
            (json!({ "share_bps": 10_001 }), "validation_failed"),
            (json!({ "valid_to": "2025-12-31" }), "validation_failed"),
        ] {
            let mut body = insured.clone();
            body["valid_from"] = json!("2026-03-02");
            body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
            assert_eq!(admin.post(&path, body).await.refused(422), code, "{changes}");
        }
        assert_eq!(admin.get(&path).await.expect(200)["data"].as_array().unwrap().len(), 2);
    }

    async fn a_warning_line_is_told_once_on_the_way_up_whoever_moved_it(world: World) {
        let admin = world.admin();
        let account = limited(&admin, "A1", "1000.00").await;
        order(&admin, &account, "O1", cny("800.00")).await;
        assert_eq!(crossed(world).await, Vec::<i64>::new(), "80 % is not above it");
        invoice(&admin, &account, "I1", "2026-04-30", cny("1.00")).await;
        assert_eq!(crossed(world).await, [80], "an invoice");
        order(&admin, &account, "O2", cny("49.00")).await;
        assert_eq!(crossed(world).await, [80], "850 is no new line");
        let payment = json!({ "external_id": "P1", "account_id": account, "received_on": "2026-03-02", "amount": cny("60.00") });
        let payment = admin.post("/v1/payments", payment).await.expect(201);
        assert_eq!(crossed(world).await, [80], "nothing on the way down to 790");
        let bounce = format!("/v1/payments/{}/bounces", text(&payment["id"]));
        admin.post(&bounce, json!({ "bounced_on": "2026-03-02" })).await.expect(201);
        assert_eq!(crossed(world).await, [80, 80], "a bounce back to 850");
        let lower = json!({ "amount": cny("900.00"), "valid_from": "2026-03-02", "kind": "standing", "reason": "less trust" });
        admin.post(&format!("/v1/accounts/{account}/credit-limits"), lower).await.expect(201);
        assert_eq!(crossed(world).await, [80, 80, 90], "a lower limit");
        let orders = admin.get("/v1/orders?external_id=O1").await.expect(200);
        admin.post(&format!("/v1/orders/{}/cancellations", text(&orders["data"][0]["id"])), json!({})).await.expect(201);
        order(&admin, &account, "O3", cny("850.00")).await;
        assert_eq!(crossed(world).await, [80, 80, 90, 80, 90], "one leap from 50 to 900 passes two, and 100 is not passed at 100 %");
        settings(&admin, json!({ "warning_lines": [] })).await;
        let refused = admin.put("/v1/settings", "*", json!({ "warning_lines": [90, 80] })).await;
        assert_eq!(refused.refused(422), "validation_failed");
    }

    async fn one_part_above_its_ceiling_holds_although_the_total_fits(world: World) {
        world.api.rest().await;
        let admin = world.admin();
        let account = limited(&admin, "A1", "5000.00").await;
        invoice(&admin, &account, "I1", "2026-02-27", cny("550.00")).await;
        invoice(&admin, &account, "I2", "2026-04-30", cny("1000.00")).await;
        let path = format!("/v1/accounts/{account}/part-limits");
        let now = admin.get(&path).await;
        let version = now.header("etag").unwrap().to_owned();
        assert_eq!(now.expect(200)["overdue"], Value::Null);
        admin.put(&path, &version, json!({ "overdue": cny("499.00") })).await.expect(200);
        assert_eq!(admin.put(&path, &version, json!({})).await.refused(412), "stale_version");
        let (told, held) = order(&admin, &account, "O1", cny("10.00")).await;
        assert_eq!(told, "hold part_limit_overdue");
        assert_eq!((&held["pay_to_release"]["amount"], &held["pay_to_release"]["invoices"][0]["external_id"]), (&cny("51.00"), &json!("I1")));
        admin.put(&path, "*", json!({ "overdue": cny("499.00"), "overdue_margin_days": 3 })).await.expect(200);
        assert_eq!(order(&admin, &account, "O2", cny("10.00")).await.0, "approve", "three days late are inside the margin");
        admin.put(&path, "*", json!({ "open": cny("999.99"), "orders": cny("20.00") })).await.expect(200);
        assert_eq!(order(&admin, &account, "O3", cny("11.00")).await.0, "hold part_limit_open part_limit_orders");
        let other = json!({ "open": { "amount": "1.00", "currency": "USD" } });
        assert_eq!(admin.put(&path, "*", other).await.refused(422), "currency_mismatch");
        // Without ceilings of its own the account follows the policy.
        admin.put(&path, "*", json!({})).await.expect(200);
        assert_eq!(order(&admin, &account, "O4", cny("11.00")).await.0, "approve");
        let active = admin.get("/v1/policies").await.expect(200)["data"][0]["document"].clone();
        let mut document = active;
        document["part_limits"] = json!({ "overdue": "500" });
        let policy = admin.post("/v1/policies", json!({ "name": "stricter", "document": document })).await.expect(201);
        admin.post(&format!("/v1/policies/{}/activations", text(&policy["id"])), json!({})).await.expect(201);
        assert_eq!(order(&admin, &account, "O5", cny("11.00")).await.0, "hold part_limit_overdue");
        document["part_limits"] = json!({ "overdue": "-1" });
        assert_eq!(admin.post("/v1/policies", json!({ "name": "wrong", "document": document })).await.refused(422), "validation_failed");
    }

    async fn orders_in_other_money_are_converted_with_the_rate_of_the_day(world: World) {
        // Orders are checked again on request only, so that nobody else takes the room that is looked at.
        world.api.rest().await;
        let admin = world.admin();
        let account = limited(&admin, "A1", "50.00").await;
        let usd = |amount: &str| json!({ "amount": amount, "currency": "USD" });
        assert_eq!(order(&admin, &account, "O1", usd("45.00")).await.0, "hold no_rate");
        let sheet = |from: &str, rate: &str| json!({ "valid_from": "2026-03-01", "source": "house", "rates": [{ "from": from, "to": "USD", "rate": rate }] });
        let set = admin.post("/v1/exchange-rates", sheet("CNY", "2")).await.expect(201);
        assert_eq!(set["data"][0]["rate"], "2");
        assert_eq!(admin.post("/v1/exchange-rates", sheet("CNY", "2.000")).await.expect(200), set);
        assert_eq!(admin.post("/v1/exchange-rates", sheet("CNY", "3")).await.refused(409), "overlapping_rate");
        assert_eq!(admin.post("/v1/exchange-rates", sheet("USD", "1")).await.refused(422), "validation_failed");
        assert_eq!(admin.post("/v1/exchange-rates", sheet("CNY", "0")).await.refused(422), "validation_failed");
        let (told, first) = order(&admin, &account, "O2", usd("45.00")).await;
        assert_eq!(told, "approve");
        let working = &first["conversions"][0];
        assert_eq!((&working["amount"], &working["converted"], &working["is_inverse"]), (&usd("45.00"), &cny("22.50"), &json!(true)));
        let (told, second) = order(&admin, &account, "O3", usd("65.00")).await;
        assert_eq!(told, "hold over_limit");
        assert_eq!((&second["exposure"], &second["available"], &second["releasable_amount"]), (&cny("22.50"), &cny("27.50"), &usd("55.00")));
        assert!(text(&second["reasons"][0]["detail"]).contains("CNY 55.00"), "{second}");
        // A newer rate makes what is reserved worth more, and an order checked again does not count itself.
        let dear = json!({ "valid_from": "2026-03-02", "rates": [{ "from": "USD", "to": "CNY", "rate": "1.1" }] });
        admin.post("/v1/exchange-rates", dear).await.expect(201);
        let stands = admin.get(&format!("/v1/accounts/{account}/exposure")).await.expect(200);
        assert_eq!((&stands["exposure"], &stands["conversions"][0]["rate"]), (&cny("49.50"), &json!("1.1")));
        let old = admin.get(&format!("/v1/accounts/{account}/exposure?as_of=2026-03-01")).await.expect(200);
        assert_eq!(old["exposure"], cny("0.00"), "it was ordered a day later");
        let again = admin.post(&format!("/v1/orders/{}/checks", text(&first["id"])), json!({})).await.expect(201);
        assert_eq!((&again["decision"], &again["exposure"]), (&json!("approve"), &cny("0.00")));
        invoice(&admin, &account, "I1", "2026-04-30", json!({ "amount": "1.00", "currency": "EUR" })).await;
        assert_eq!(order(&admin, &account, "O4", cny("0.01")).await.0, "hold no_rate");
        let stands = admin.get(&format!("/v1/accounts/{account}/exposure")).await.expect(200);
        assert_eq!((&stands["missing_rates"], &stands["available"]), (&json!(["EUR"]), &Value::Null));
        let listed = admin.get("/v1/exchange-rates?from=USD").await.expect(200);
        assert_eq!(listed["data"].as_array().unwrap().len(), 1);
    }

    async fn parts_that_the_settings_leave_out_use_up_no_limit(world: World) {
        // Orders are checked again on request only, so that nobody else takes the room that is looked at.
        world.api.rest().await;
        let admin = world.admin();
        let account = limited(&admin, "A1", "100.00").await;
        order(&admin, &account, "O1", cny("90.00")).await;
        assert_eq!(order(&admin, &account, "O2", cny("90.00")).await.0, "hold over_limit");
        settings(&admin, json!({ "exposure_includes": { "orders": false } })).await;
        assert_eq!(order(&admin, &account, "O3", cny("90.00")).await.0, "approve");
        let stands = admin.get(&format!("/v1/accounts/{account}/exposure")).await.expect(200);
        assert_eq!((&stands["exposure"], &stands["parts"]["orders"]), (&cny("0.00"), &cny("180.00")), "shown, not counted");
    }

    async fn a_new_limit_meets_what_is_owed_and_an_open_case(world: World) {
        let admin = world.admin();
        let account = limited(&admin, "A1", "1000.00").await;
        let path = format!("/v1/accounts/{account}/credit-limits");
        let ask = |amount: Value, from: &str| json!({ "amount": amount, "valid_from": from, "kind": "standing", "reason": "review" });
        invoice(&admin, &account, "I1", "2026-01-31", cny("700.00")).await;
        settings(&admin, json!({ "limit_below_owed": "refuse" })).await;
        assert_eq!(admin.post(&path, ask(cny("699.99"), "2026-02-01")).await.refused(409), "limit_below_owed");
        admin.post(&path, ask(cny("700.00"), "2026-02-01")).await.expect(201);
        settings(&admin, json!({ "limit_below_owed": "accept" })).await;
        admin.post(&path, ask(cny("500.00"), "2026-02-10")).await.expect(201);
        let run = admin.post("/v1/runs", json!({ "day": "2026-03-02" })).await.expect(202);
        admin.worked(&format!("/v1/runs/{}", text(&run["id"]))).await;
        assert_eq!(admin.get("/v1/cases").await.expect(200)["data"].as_array().unwrap().len(), 1);
        assert_eq!(admin.post(&path, ask(cny("500.01"), "2026-03-02")).await.refused(409), "case_open");
        assert_eq!(admin.post(&path, ask(Value::Null, "2026-03-02")).await.refused(409), "case_open");
        admin.post(&path, ask(cny("400.00"), "2026-03-02")).await.expect(201);
        let mut raise = ask(cny("900.00"), "2026-03-03");
        raise["override_reason"] = json!("the parent company pays on Friday");
        admin.post(&path, raise).await.expect(201);
        for (day, expected) in [("2026-01-15", vec!["1000.00"]), ("2026-02-09", vec!["700.00", "1000.00"]), ("2025-12-31", vec![])] {
            let limits = admin.get(&format!("{path}?as_of={day}")).await.expect(200);
            let amounts: Vec<&str> = limits["data"].as_array().unwrap().iter().map(|row| text(&row["amount"]["amount"])).collect();
            assert_eq!(amounts, expected, "{day}");
        }
        let wrong = admin.send(Method::GET, &format!("{path}?as_of=yesterday"), &[], None).await.unwrap();
        assert_eq!(wrong.refused(400), "invalid_parameter");
    }

    async fn a_script_throttles_the_limit_by_how_collection_goes_and_never_widens_it(world: World) {
        let admin = world.admin();
        let account = limited(&admin, "A1", "1000.00").await;
        invoice(&admin, &account, "I1", "2026-02-27", cny("500.00")).await;
        let payment = json!({ "external_id": "P1", "account_id": account, "received_on": "2026-03-01", "amount": cny("250.00") });
        admin.post("/v1/payments", payment).await.expect(201);
        assert_eq!(order(&admin, &account, "O1", cny("300.00")).await.0, "approve");
        admin.post("/v1/plugins/throttled_limit/activations", json!({})).await.expect(201);
        // Half of what fell due has come, so half of the limit may be used; 250 are open and 300 ordered.
        let (told, held) = order(&admin, &account, "O2", cny("1.00")).await;
        assert_eq!(told, "hold over_limit");
        assert_eq!((&held["limits"][0]["limit"], &held["available"]), (&cny("500.00"), &cny("-50.00")));
        let decision = text(&held["decision_id"]).to_owned();
        let explained = admin.get(&format!("/v1/decisions/{decision}/explain")).await.expect(200).to_string();
        assert!(explained.contains("CNY 500.00 of the limit"), "{explained}");
        let asked = admin.get("/v1/decisions?hook=usable_limit").await.expect(200);
        assert_eq!(asked["data"].as_array().unwrap().len(), 1);
        let rest = json!({ "external_id": "P2", "account_id": account, "received_on": "2026-03-02", "amount": cny("250.00") });
        admin.post("/v1/payments", rest).await.expect(201);
        assert_eq!(order(&admin, &account, "O3", cny("700.00")).await.0, "approve", "all of it has come, all of it may be used");
        assert_eq!(order(&admin, &account, "O4", cny("0.01")).await.0, "hold over_limit");
    }

    async fn or_18_a_group_gets_no_more_credit_while_a_case_of_a_member_is_open(world: World) {
        let admin = world.admin();
        let (top, member) = (group(&admin, "TOP", None).await, limited(&admin, "A1", "1000.00").await);
        let low = group(&admin, "LOW", Some(&top)).await;
        admin.post(&format!("/v1/credit-groups/{low}/members"), json!({ "account_id": member })).await.expect(201);
        group_limit(&admin, &top, "500.00").await;
        invoice(&admin, &member, "I1", "2026-01-31", cny("100.00")).await;
        let run = admin.post("/v1/runs", json!({ "day": "2026-03-02" })).await.expect(202);
        admin.worked(&format!("/v1/runs/{}", text(&run["id"]))).await;
        assert_eq!(admin.get("/v1/cases").await.expect(200)["data"].as_array().unwrap().len(), 1);
        let path = |group: &str| format!("/v1/credit-groups/{group}/limits");
        let ask = |amount: &str, from: &str| json!({ "amount": cny(amount), "valid_from": from, "valid_to": "2026-12-31", "reason": "review" });
        assert_eq!(admin.post(&path(&top), ask("500.01", "2026-03-02")).await.refused(409), "case_open");
        admin.post(&path(&top), ask("400.00", "2026-03-02")).await.expect(201);
        admin.post(&path(&low), ask("300.00", "2026-03-02")).await.expect(201);
        let mut raise = ask("900.00", "2026-03-03");
        raise["override_reason"] = json!("");
        assert_eq!(admin.post(&path(&top), raise.clone()).await.json["errors"][0]["pointer"], "#/override_reason");
        raise["override_reason"] = json!("the parent company pays on Friday");
        admin.post(&path(&top), raise).await.expect(201);
    }

    async fn a_warning_line_is_told_on_the_day_a_limit_begins_or_ends(world: World) {
        let admin = world.admin();
        let account = limited(&admin, "A1", "1000.00").await;
        let path = format!("/v1/accounts/{account}/credit-limits");
        let more = json!({ "amount": cny("2000.00"), "valid_from": "2026-03-01", "valid_to": "2026-03-03", "kind": "temporary", "reason": "the fair" });
        admin.post(&path, more).await.expect(201);
        order(&admin, &account, "O1", cny("850.00")).await;
        let lower = json!({ "amount": cny("900.00"), "valid_from": "2026-03-06", "kind": "standing", "reason": "less trust" });
        admin.post(&path, lower).await.expect(201);
        for (day, expected) in [("2026-03-03", vec![]), ("2026-03-05", vec![80]), ("2026-03-06", vec![80, 90]), ("2026-03-07", vec![80, 90])] {
            world.set_day(day);
            let run = admin.post("/v1/runs", json!({ "day": day })).await.expect(202);
            admin.worked(&format!("/v1/runs/{}", text(&run["id"]))).await;
            assert_eq!(crossed(world).await, expected, "{day}");
        }
    }
}

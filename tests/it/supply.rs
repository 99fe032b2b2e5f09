//! Stopping supply: on a legal basis, by two persons, told to the customer, met by every order, and lifted again (OR-07, OR-11, G-SUPPLY).

use recoup_api::access::Role;
use serde_json::{Value, json};
use tests::client::{Answer, Client};
use tests::inspect::tenant_dump;
use tests::ledger::cny;
use tests::on_both;
use tests::world::World;

/// The account `A1` without a credit limit, with somebody who can be written to.
async fn customer(admin: &Client) -> String {
    let account = json!({ "external_id": "A1", "name": "Lotus", "currency": "CNY" });
    let id = admin.post("/v1/accounts", account).await.expect(201)["id"].as_str().unwrap().to_owned();
    let limit = json!({ "amount": null, "valid_from": "2026-01-01", "kind": "standing", "reason": "as agreed" });
    admin.post(&format!("/v1/accounts/{id}/credit-limits"), limit).await.expect(201);
    let contact = json!({ "name": "Ms Lin", "role": "decision_maker", "email": "lin@lotus.example", "language": "en" });
    admin.post(&format!("/v1/accounts/{id}/contacts"), contact).await.expect(201);
    id
}

async fn place(admin: &Client, number: &str, amount: &str, with: Value) -> Value {
    let mut order = json!({ "external_id": number, "account_external_id": "A1", "amount": cny(amount) });
    with.as_object().unwrap().iter().for_each(|(name, value)| order[name] = value.clone());
    admin.post("/v1/orders", order).await.expect(201)
}

async fn order(admin: &Client, number: &str) -> Value {
    admin.get(&format!("/v1/orders?external_id={number}")).await.expect(200)["data"][0].clone()
}

fn path(order: &Value) -> String {
    format!("/v1/orders/{}", order["id"].as_str().unwrap())
}

fn codes(order: &Value) -> Vec<&str> {
    order["reasons"].as_array().unwrap().iter().map(|reason| reason["code"].as_str().unwrap()).collect()
}

async fn invoice(admin: &Client, number: &str, due_on: &str, amount: &str) {
    let invoice =
        json!({ "external_id": number, "account_external_id": "A1", "issued_on": "2026-01-02", "due_on": due_on, "amount": cny(amount) });
    admin.post("/v1/invoices", invoice).await.expect(201);
}

fn asset_flight(with: Value) -> Value {
    let mut stop = json!({
        "basis": "cn_527", "ground": "asset_flight", "reason": "they empty the warehouse at night",
        "evidence": [{ "kind": "photograph", "reference": "DMS-118", "dated_on": "2026-03-01" }],
    });
    with.as_object().unwrap().iter().for_each(|(name, value)| stop[name] = value.clone());
    stop
}

async fn stop(who: &Client, account: &str, body: Value) -> Answer {
    who.post(&format!("/v1/accounts/{account}/supply-stops"), body).await
}

/// Works off every mark, as the server does by itself within a second.
async fn settle(world: &World) {
    world.engine.work_off_queue(&world.caller()).await.expect("the marks are worked off");
}

on_both! {
    async fn or_07_a_stop_takes_two_persons_names_its_law_and_tells_the_customer(world: World) {
        let (admin, officer, manager) = (world.admin(), world.client(Role::CreditOfficer), world.client(Role::CreditManager));
        let account = customer(&admin).await;
        assert_eq!(place(&admin, "O1", "100.00", json!({})).await["state"], "approved");
        let waits = stop(&officer, &account, asset_flight(json!({}))).await.expect(202);
        assert_eq!((&waits["state"], &waits["approval"]["needs"]), (&json!("pending_approval"), &json!("credit_manager")), "{waits}");
        assert!(waits["approval"]["text"]["zh-CN"].as_str().unwrap().contains("不安抗辩权"), "{waits}");
        settle(world).await;
        assert_eq!(order(&admin, "O1").await["state"], "approved", "nothing is stopped by asking");
        let answer = format!("/v1/approvals/{}/decisions", waits["id"].as_str().unwrap());
        assert_eq!(officer.post(&answer, json!({ "decision": "approve" })).await.status, 403, "nor by oneself");
        let said = manager.post(&answer, json!({ "decision": "approve" })).await.expect(201);
        let stopped = &said["result"];
        assert_eq!((&stopped["state"], &stopped["basis"], &stopped["answer_by"]), (&json!("active"), &json!("cn_527"), &json!("2026-03-17")), "{said}");
        assert_eq!((&stopped["author"], &stopped["second_person"]), (&json!("local:credit_officer"), &json!("local:credit_manager")));
        assert_eq!(stopped["evidence"][0]["reference"], "DMS-118");

        // What had been approved is held again, and what is asked for is held at once; both name the law.
        let (again, new) = (order(&admin, "O1").await, place(&admin, "O2", "1.00", json!({ "partial_ok": true })).await);
        for held in [&again, &new] {
            assert_eq!((&held["state"], codes(held), &held["releasable_amount"]), (&json!("held"), vec!["supply_stop"], &cny("0.00")), "{held}");
            assert_eq!((&held["reserved"], &held["pay_to_release"], &held["reasons"][0]["source"]), (&cny("0.00"), &Value::Null, &json!("core")));
            let told = format!("/v1/decisions/{}/explain", held["decision_id"].as_str().unwrap());
            let english = admin.get(&told).await.expect(200).to_string();
            assert!(english.contains("arts. 527 and 528 (insecurity defence): it moves assets"), "{english}");
            let chinese = admin.get(&format!("{told}?lang=zh-CN")).await.expect(200).to_string();
            assert!(chinese.contains("依据《民法典》第五百二十七条、第五百二十八条（不安抗辩权）（转移财产"), "{chinese}");
        }
        let notice = &admin.get("/v1/notices?account_external_id=A1").await.expect(200)["data"][0];
        assert_eq!((&notice["id"], &notice["state"], &notice["channel"], &notice["formal"]), (&stopped["notice_id"], &json!("ready"), &json!("email"), &json!(true)));
        let body = notice["body"].as_str().unwrap();
        assert!(body.contains("By Civil Code of the PRC, arts. 527 and 528 (insecurity defence) we stop all supply"), "{body}");
        assert!(body.contains("2026-03-17") && !body.contains("{{") && !body.contains("warehouse"), "{body}");
        let cancel = admin.post(&format!("/v1/notices/{}/cancellations", notice["id"].as_str().unwrap()), json!({})).await;
        assert_eq!(cancel.refused(409), "illegal_state", "no stop without its notice");
        let task = &admin.get("/v1/tasks?account_external_id=A1&kind=supply_stop_deadline").await.expect(200)["data"][0];
        assert_eq!((&task["id"], &task["due_on"], &task["role"], &task["state"]), (&stopped["task_id"], &json!("2026-03-17"), &json!("credit_manager"), &json!("open")));
        let line = &admin.get("/v1/audit?type=supply.stopped").await.expect(200)["data"][0];
        assert_eq!((&line["actor"], &line["approved_by"]), (&json!("local:credit_officer"), &json!("local:credit_manager")), "{line}");

        // It is lifted as a stop, with a reason that the books bear out.
        let hold = format!("/v1/holds/{}/releases", stopped["hold_id"].as_str().unwrap());
        assert_eq!(officer.post(&hold, json!({ "reason": "x" })).await.refused(409), "illegal_state");
        assert_eq!(stop(&officer, &account, asset_flight(json!({}))).await.refused(409), "illegal_state", "one stop is enough");
        let releases = format!("/v1/supply-stops/{}/releases", stopped["id"].as_str().unwrap());
        let unsecured = officer.post(&releases, json!({ "because": "security_given", "reason": "a guarantee" })).await;
        assert_eq!(unsecured.refused(422), "validation_failed");
        let guarantee = json!({ "kind": "guarantee", "amount": cny("500.00"), "reference": "G-1" });
        admin.post(&format!("/v1/accounts/{account}/securities"), guarantee).await.expect(201);
        let lifted = officer.post(&releases, json!({ "because": "security_given", "reason": "a guarantee of their bank" })).await.expect(201);
        assert_eq!((&lifted["state"], &lifted["lifted_by"]), (&json!("lifted"), &json!("local:credit_officer")), "{lifted}");
        assert_eq!(officer.post(&releases, json!({ "because": "withdrawn", "reason": "x" })).await.refused(409), "illegal_state");
        settle(world).await;
        assert_eq!((&order(&admin, "O1").await["state"], &order(&admin, "O2").await["state"]), (&json!("approved"), &json!("approved")));
        assert_eq!(admin.get(&format!("/v1/tasks/{}", stopped["task_id"].as_str().unwrap())).await.expect(200)["state"], "cancelled");
        let listed = admin.get("/v1/supply-stops?account_external_id=A1&state=lifted").await.expect(200);
        assert_eq!((listed["data"].as_array().unwrap().len(), &listed["data"][0]["id"]), (1, &stopped["id"]));
        assert_eq!(admin.get("/v1/supply-stops?state=active").await.expect(200)["data"], json!([]));
    }

    async fn or_07_a_stop_without_basis_ground_or_evidence_is_refused_and_leaves_nothing(world: World) {
        let admin = world.admin();
        let account = customer(&admin).await;
        place(&admin, "O1", "100.00", json!({})).await;
        world.api.rest().await;
        let before = tenant_dump(&world.database_url, &world.tenant).await;
        for (name, with, code, pointer) in [
            ("no basis", json!({ "basis": null }), "supply_basis_missing", "#/basis"),
            ("a basis nobody knows", json!({ "basis": "because" }), "supply_basis_missing", "#/basis"),
            ("no ground", json!({ "ground": null }), "supply_basis_missing", "#/ground"),
            ("no evidence", json!({ "evidence": [] }), "supply_basis_missing", "#/evidence"),
            ("nothing is overdue", json!({ "basis": "cn_526", "ground": null }), "supply_basis_missing", "#/basis"),
            ("no clause", json!({ "basis": "contract_clause", "ground": null }), "supply_basis_missing", "#/clause"),
            ("items of everything", json!({ "items": ["SALT"] }), "validation_failed", "#/items"),
            ("an order of nobody", json!({ "order_external_id": "O9" }), "unknown_reference", "#/order_external_id"),
            ("a level nobody knows", json!({ "level": "some" }), "validation_failed", "#/level"),
        ] {
            let refused = stop(&admin, &account, asset_flight(with)).await;
            assert_eq!(refused.json["errors"][0]["pointer"], pointer, "{name}: {}", refused.text);
            assert_eq!(refused.json["errors"].as_array().unwrap().len(), 1, "{name}: {}", refused.text);
            assert_eq!(refused.refused(422), code, "{name}");
        }
        let nobody = stop(&admin, "acc_01h455vb4pex5vsknk084sn02q", asset_flight(json!({}))).await;
        assert_eq!(nobody.refused(404), "not_found");
        assert_eq!(stop(&world.client(Role::Collector), &account, asset_flight(json!({}))).await.refused(403), "insufficient_scope");
        assert_eq!(tenant_dump(&world.database_url, &world.tenant).await, before, "a refusal leaves nothing");
        let bases = admin.get("/v1/supply-bases").await.expect(200);
        let keys: Vec<&str> = bases["data"].as_array().unwrap().iter().map(|basis| basis["key"].as_str().unwrap()).collect();
        assert_eq!((keys, &bases["data"][0]["verified_on"]), (vec!["cn_526", "cn_527", "contract_clause"], &Value::Null));
    }

    async fn or_07_who_performs_first_ends_the_stop_that_waited_for_it(world: World) {
        let admin = world.admin();
        let account = customer(&admin).await;
        invoice(&admin, "I1", "2026-02-01", "300.00").await;
        invoice(&admin, "I2", "2026-04-01", "50.00").await;
        let body = asset_flight(json!({ "basis": "cn_526", "ground": null, "reason": "they owe since February" }));
        let stopped = stop(&admin, &account, body).await.expect(201);
        assert_eq!(stopped["second_person"], Value::Null, "the operator acts alone");
        assert_eq!(admin.get("/v1/audit?type=supply.stopped").await.expect(200)["data"][0]["data"]["four_eyes"], "operator");
        let letter = &admin.get("/v1/notices?account_external_id=A1").await.expect(200)["data"][0];
        assert!(letter["body"].as_str().unwrap().contains("You were to perform first: CNY 300.00 is overdue."), "{letter}");
        let held = place(&admin, "O1", "10.00", json!({})).await;
        assert_eq!((codes(&held), &held["pay_to_release"]["amount"]), (vec!["supply_stop"], &cny("300.00")), "{held}");
        let releases = format!("/v1/supply-stops/{}/releases", stopped["id"].as_str().unwrap());
        let early = admin.post(&releases, json!({ "because": "performed", "reason": "they say so" })).await;
        assert_eq!(early.refused(422), "validation_failed");
        let payment = json!({ "external_id": "P1", "account_external_id": "A1", "received_on": "2026-03-02", "amount": cny("300.00") });
        admin.post("/v1/payments", payment).await.expect(201);
        settle(world).await;
        assert_eq!(order(&admin, "O1").await["state"], "approved");
        let over = admin.get(&format!("/v1/supply-stops/{}", stopped["id"].as_str().unwrap())).await.expect(200);
        assert_eq!((&over["state"], &over["lifted_by"], &over["lift_reason"]), (&json!("lifted"), &json!("engine"), &json!("settled")), "{over}");
        let task = admin.get(&format!("/v1/tasks/{}", stopped["task_id"].as_str().unwrap())).await.expect(200);
        assert_eq!((&task["state"], &task["outcome"]), (&json!("cancelled"), &json!("supply_resumed")), "nobody watches a deadline that was kept");
    }

    async fn or_07_one_order_is_stopped_whoever_let_it_ship_and_nothing_leaves_through_a_stop(world: World) {
        let admin = world.admin();
        let account = customer(&admin).await;
        let hold = json!({ "account_id": account, "reason": "looked at" });
        let hold = admin.post("/v1/holds", hold).await.expect(201)["id"].as_str().unwrap().to_owned();
        let released = place(&admin, "O1", "100.00", json!({})).await;
        admin.post(&format!("{}/releases", path(&released)), json!({ "reason": "a good customer" })).await.expect(201);
        admin.post(&format!("/v1/holds/{hold}/releases"), json!({ "reason": "looked at" })).await.expect(201);
        place(&admin, "O2", "50.00", json!({})).await;
        world.api.rest().await;
        let stopped = stop(&admin, &account, asset_flight(json!({ "order_external_id": "O1" }))).await.expect(201);
        let held = order(&admin, "O1").await;
        assert_eq!((&held["state"], codes(&held), &held["reserved"]), (&json!("held"), vec!["order_supply_stop"], &cny("0.00")), "{held}");
        assert_eq!(order(&admin, "O2").await["state"], "approved", "the other one goes on");
        let ship = async |order: &Value, number: &str| admin.post(&format!("{}/shipments", path(order)), json!({ "external_id": number })).await;
        assert_eq!(ship(&held, "D1").await.refused(409), "over_shipped");
        ship(&order(&admin, "O2").await, "D2").await.expect(201);

        // A check in between neither ends the stop nor doubles it; lifting it does.
        admin.post(&format!("{}/checks", path(&held)), json!({})).await.expect(201);
        let again = admin.get(&format!("/v1/supply-stops/{}", stopped["id"].as_str().unwrap())).await.expect(200);
        assert_eq!(again["state"], "active");
        let releases = format!("/v1/supply-stops/{}/releases", stopped["id"].as_str().unwrap());
        admin.post(&releases, json!({ "because": "withdrawn", "reason": "it was another warehouse" })).await.expect(201);
        let free = admin.post(&format!("{}/checks", path(&held)), json!({})).await.expect(201);
        assert_eq!((&free["state"], codes(&free)), (&json!("approved"), vec![]), "{free}");
        assert_eq!(admin.get("/v1/holds?account_external_id=A1&state=active").await.expect(200)["data"], json!([]));
    }

    async fn or_11_key_items_are_kept_back_and_the_rest_ships(world: World) {
        let admin = world.admin();
        let account = customer(&admin).await;
        let lines = json!([
            { "sku": "OIL", "group": "fuel", "amount": cny("50.00") },
            { "sku": "SALT", "amount": cny("30.00"), "is_key_item": true },
            { "sku": "TEA", "group": "drinks", "amount": cny("20.00") }
        ]);
        let before = place(&admin, "O1", "100.00", json!({ "lines": lines, "partial_ok": true })).await;
        assert_eq!(before["state"], "approved");
        stop(&admin, &account, asset_flight(json!({ "level": "key_items", "groups": ["fuel"], "items": ["SALT"] }))).await.expect(201);
        let part = order(&admin, "O1").await;
        assert_eq!((&part["state"], &part["decision"], codes(&part)), (&json!("partially_released"), &json!("release_partial"), vec!["key_items_stop"]), "{part}");
        assert_eq!((&part["releasable_amount"], &part["back_ordered"]), (&cny("20.00"), &cny("80.00")));
        let stopped: Vec<bool> = part["lines"].as_array().unwrap().iter().map(|line| line["is_stopped"].as_bool().unwrap()).collect();
        assert_eq!(stopped, [true, true, false]);
        assert!(part["reasons"][0]["detail"].as_str().unwrap().contains("Supply of key items (SALT, fuel)"), "{part}");
        let shipments = format!("{}/shipments", path(&part));
        assert_eq!(admin.post(&shipments, json!({ "external_id": "D1", "lines": [2] })).await.refused(409), "over_shipped");
        admin.post(&shipments, json!({ "external_id": "D1", "lines": [3] })).await.expect(201);
        let whole = place(&admin, "O2", "100.00", json!({ "lines": lines })).await;
        assert_eq!((&whole["state"], &whole["releasable_amount"]), (&json!("held"), &cny("20.00")), "{whole}");
        let silent = place(&admin, "O3", "5.00", json!({ "partial_ok": true })).await;
        assert_eq!((&silent["state"], &silent["releasable_amount"]), (&json!("held"), &cny("0.00")), "it does not say what it is for: {silent}");
        let other = place(&admin, "O4", "20.00", json!({ "lines": [{ "sku": "TEA", "group": "drinks", "amount": cny("20.00") }] })).await;
        assert_eq!(other["state"], "approved");
        let all = admin.post(&format!("{}/releases", path(&whole)), json!({ "reason": "the last one" })).await.expect(201);
        assert_eq!((&all["state"], &all["approved"]), (&json!("released"), &cny("100.00")), "a person may: {all}");
        admin.post(&format!("{}/shipments", path(&whole)), json!({ "external_id": "D2" })).await.expect(201);
    }

    async fn or_07_nobody_lets_goods_through_a_stop_alone(world: World) {
        let (admin, officer) = (world.admin(), world.client(Role::CreditOfficer));
        let account = customer(&admin).await;
        stop(&admin, &account, asset_flight(json!({}))).await.expect(201);
        let held = place(&admin, "O1", "10.00", json!({})).await;
        assert_eq!(codes(&held), ["supply_stop"], "{held}");
        let releases = format!("{}/releases", path(&held));
        let waits = officer.post(&releases, json!({ "reason": "a small one" })).await.expect(202);
        assert_eq!(waits["approval"]["needs"], "credit_manager", "whatever it is worth: {waits}");
        assert_eq!(order(&admin, "O1").await["state"], "held");
    }

    async fn or_07_a_threat_raises_what_a_release_takes(world: World) {
        let (admin, officer) = (world.admin(), world.client(Role::CreditOfficer));
        let mut settings = admin.get("/v1/settings").await.expect(200);
        settings["four_eyes"] = true.into();
        admin.put("/v1/settings", "*", settings).await.expect(200);
        let account = customer(&admin).await;
        invoice(&admin, "I1", "2026-02-01", "300.00").await;
        assert_eq!(place(&admin, "O1", "10.00", json!({})).await["state"], "approved", "what is overdue alone holds nothing here");
        let signal = json!({ "type": "no_goods_no_payment", "source_basis": "customer_told", "evidence": "Ms Lin on the telephone" });
        let signal = admin.post(&format!("/v1/accounts/{account}/signals"), signal).await.expect(201);
        let held = place(&admin, "O2", "10.00", json!({})).await;
        assert_eq!((codes(&held), &held["pay_to_release"]["amount"]), (vec!["no_goods_no_payment"], &cny("300.00")), "{held}");
        let releases = format!("{}/releases", path(&held));
        let waits = officer.post(&releases, json!({ "reason": "they are loud" })).await.expect(202);
        assert_eq!(waits["approval"]["needs"], "credit_manager", "however little it is worth: {waits}");
        let asked = admin.get("/v1/approvals?state=pending&kind=release_order").await.expect(200);
        assert_eq!(asked["data"][0]["code"], "no_goods_no_payment", "{asked}");
        admin.post(&format!("/v1/signals/{}/withdrawals", signal["id"].as_str().unwrap()), json!({ "reason": "a misunderstanding" })).await.expect(201);
        settle(world).await;
        assert_eq!(order(&admin, "O2").await["state"], "approved");
    }

    async fn or_09_an_order_is_capped_by_what_its_account_sells_on(world: World) {
        let admin = world.admin();
        let account = json!({ "external_id": "A1", "name": "Lotus", "currency": "CNY" });
        let account = admin.post("/v1/accounts", account).await.expect(201)["id"].as_str().unwrap().to_owned();
        let limit = json!({ "amount": cny("1000.00"), "valid_from": "2026-01-01", "kind": "standing", "reason": "as agreed" });
        admin.post(&format!("/v1/accounts/{account}/credit-limits"), limit).await.expect(201);
        let policy = async |cap: Value, of_level: Value| {
            let step = json!({ "key": "letter", "kind": "item", "offset_days": 5, "channel": "email" });
            let levels = json!([{ "key": "normal" }, { "key": "tight", "triggers": [{ "grades": ["C"] }], "measures": { "quantity_cap": of_level } }]);
            let document = json!({ "steps": [step], "quantity_cap": cap, "risk": { "plan_levels": levels } });
            let made = admin.post("/v1/policies", json!({ "name": "caps", "document": document })).await.expect(201);
            admin.post(&format!("/v1/policies/{}/activations", made["id"].as_str().unwrap()), json!({})).await.expect(201);
        };
        policy(json!({ "factor": "1.5" }), json!({ "factor": "1" })).await;
        let cancel = async |order: &Value| {
            admin.post(&format!("{}/cancellations", path(order)), json!({ "reason": "only asked" })).await.expect(201);
        };
        let free = place(&admin, "O1", "500.00", json!({})).await;
        assert_eq!(free["state"], "approved", "nothing was told, so nothing is capped");
        cancel(&free).await;
        let told = format!("/v1/accounts/{account}/sell-outs");
        let period = |from: &str, to: &str, amount: Value| json!({ "from": from, "to": to, "amount": amount, "source": "stock check" });
        admin.post(&told, period("2026-01-01", "2026-01-31", cny("620.00"))).await.expect(201);
        admin.post(&told, period("2026-01-01", "2026-01-31", cny("310.00"))).await.expect(201);
        for (name, body, code, pointer) in [
            ("a period that crosses", period("2026-01-31", "2026-02-10", cny("1.00")), "validation_failed", "#/from"),
            ("a period that is not over", period("2026-03-01", "2026-03-03", cny("1.00")), "validation_failed", "#/to"),
            ("a period that ends before it begins", period("2026-02-02", "2026-02-01", cny("1.00")), "validation_failed", "#/to"),
            ("other money", period("2026-02-01", "2026-02-02", json!({ "amount": "1.00", "currency": "USD" })), "currency_mismatch", "#/amount"),
            ("less than nothing", period("2026-02-01", "2026-02-02", cny("-1.00")), "amount_out_of_range", "#/amount"),
        ] {
            let refused = admin.post(&told, body).await;
            assert_eq!(refused.json["errors"][0]["pointer"], pointer, "{name}: {}", refused.text);
            assert_eq!(refused.refused(422), code, "{name}");
        }
        assert_eq!(admin.get(&told).await.expect(200)["data"].as_array().unwrap().len(), 2, "what was told stays");

        let whole = place(&admin, "O2", "500.00", json!({})).await;
        assert_eq!((&whole["state"], codes(&whole), &whole["releasable_amount"]), (&json!("held"), vec!["quantity_cap"], &cny("450.00")), "{whole}");
        assert!(whole["reasons"][0]["text"]["zh-CN"].as_str().unwrap().contains("1.5 倍，即 CNY 450.00"), "{whole}");
        cancel(&whole).await;
        let part = place(&admin, "O3", "500.00", json!({ "partial_ok": true })).await;
        assert_eq!((&part["decision"], &part["releasable_amount"], &part["reserved"]), (&json!("release_partial"), &cny("450.00"), &cny("450.00")), "{part}");
        let split = place(&admin, "O4", "100.00", json!({ "partial_ok": true })).await;
        assert_eq!((codes(&split), &split["releasable_amount"]), (vec!["quantity_cap"], &cny("0.00")), "the cap is of thirty days: {split}");
        assert!(split["reasons"][0]["text"]["zh-CN"].as_str().unwrap().contains("其中已放行 CNY 450.00，剩余 CNY 0.00"), "{split}");
        cancel(&split).await;
        world.set_day("2026-04-01");
        let credit = place(&admin, "O5", "600.00", json!({ "partial_ok": true })).await;
        assert_eq!(codes(&credit), ["over_limit", "quantity_cap"], "the thirty days are over");
        assert_eq!(credit["releasable_amount"], cny("450.00"), "the least of the order, the cap and the credit: {credit}");

        admin.patch(&format!("/v1/accounts/{account}"), "*", json!({ "grade": "C" })).await.expect(200);
        let tight = place(&admin, "O6", "400.00", json!({})).await;
        let cap = tight["reasons"].as_array().unwrap().iter().find(|reason| reason["code"] == "quantity_cap").expect("a cap of the level");
        assert!(cap["detail"].as_str().unwrap().contains("1 times what the account sells on in them (CNY 300.00)"), "{cap}");
    }
}

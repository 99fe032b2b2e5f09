//! Year plans, counts of stock, and the reports on what is ahead, through HTTP on both databases.

use serde_json::{Value, json};
use tests::client::Client;
use tests::inspect::tenant_dump;
use tests::ledger::cny;
use tests::on_both;

/// An account; gives its path.
async fn account(admin: &Client, number: &str) -> String {
    let made = admin.post("/v1/accounts", json!({ "external_id": number, "name": number, "currency": "CNY" })).await.expect(201);
    format!("/v1/accounts/{}", made["id"].as_str().unwrap())
}

async fn bill(admin: &Client, number: &str, account: &str, issued_on: &str, due_on: &str, amount: &str) {
    let body =
        json!({ "external_id": number, "account_external_id": account, "issued_on": issued_on, "due_on": due_on, "amount": cny(amount) });
    admin.post("/v1/invoices", body).await.expect(201);
}

async fn pay(admin: &Client, number: &str, account: &str, received_on: &str, amount: &str, more: Value) -> Value {
    let mut body = json!({ "external_id": number, "account_external_id": account, "received_on": received_on, "amount": cny(amount) });
    more.as_object().unwrap().iter().for_each(|(name, value)| body[name] = value.clone());
    admin.post("/v1/payments", body).await.expect(201)
}

async fn put(admin: &Client, path: &str, tag: &str, body: &Value) -> tests::client::Answer {
    let headers = [("content-type", "application/json"), ("if-match", tag)];
    admin.send(reqwest::Method::PUT, path, &headers, Some(body.to_string().into_bytes())).await.unwrap()
}

async fn run(admin: &Client, day: &str) -> Value {
    let begun = admin.post("/v1/runs", json!({ "day": day })).await.expect(202);
    let done = admin.worked(&format!("/v1/runs/{}", begun["id"].as_str().unwrap())).await;
    assert_eq!((&done["state"], &done["failed"]), (&json!("done"), &json!(0)), "{done}");
    done
}

fn halves(shipment: &str, collection: &str) -> Value {
    json!([{ "from": "2026-01-01", "to": "2026-02-28", "shipment": cny(shipment), "collection": cny(collection) },
        { "from": "2026-03-01", "to": "2026-12-31", "shipment": cny("0.00"), "collection": cny("1000.00") }])
}

on_both! {
    async fn or_15_a_count_falls_due_by_itself_every_fifteen_days(world: World) {
        let admin = world.admin();
        let path = account(&admin, "A1").await;
        let duty = format!("{path}/stock-duty");
        assert_eq!(admin.get(&duty).await.expect(200)["every_days"], Value::Null);
        let set = put(&admin, &duty, "\"v0\"", &json!({})).await.expect(200);
        assert_eq!((&set["every_days"], &set["next_on"]), (&json!(15), &json!("2026-03-02")), "{set}");
        assert_eq!(put(&admin, &duty, "\"v0\"", &json!({ "every_days": 10 })).await.refused(412), "stale_version");
        assert_eq!(put(&admin, &duty, "*", &json!({ "every_days": 0 })).await.refused(422), "validation_failed");
        assert_eq!(run(&admin, "2026-03-02").await["tasks"], 1);
        let open = async || admin.get("/v1/tasks?kind=stock_check&state=open").await.expect(200)["data"].as_array().unwrap().clone();
        let asked = open().await;
        assert_eq!((&asked[0]["activity"], &asked[0]["due_on"], asked.len()), (&json!("visit"), &json!("2026-03-02"), 1), "{asked:?}");
        let before = tenant_dump(&world.database_url, &world.tenant).await;
        run(&admin, "2026-03-02").await;
        assert_eq!(tenant_dump(&world.database_url, &world.tenant).await, before, "a day run twice asks nobody twice");
        world.set_day("2026-03-20");
        run(&admin, "2026-03-20").await;
        assert_eq!(open().await.len(), 1, "nobody is asked while the last count is still to come");

        let at = format!("{path}/stock-checks");
        let count = |day: &str, on_hand: &str| json!({ "counted_on": day, "source": "counted there",
            "lines": [{ "sku": "BEER", "on_hand": on_hand, "sold_since": "40", "oldest_on": "2026-03-01" }, { "sku": "WINE", "on_hand": "0" }] });
        let refused = admin.post(&at, count("2026-03-21", "1")).await;
        assert_eq!(refused.json["errors"][0]["pointer"], "#/counted_on", "{}", refused.text);
        assert_eq!(refused.refused(422), "validation_failed");
        assert_eq!(admin.post(&at, count("2026-03-16", "-1")).await.json["errors"][0]["pointer"], "#/lines/0/on_hand");
        let first = admin.post(&at, count("2026-03-16", "20")).await.expect(201);
        assert_eq!((&first["age_days"], &first["lines"][0]["lasts_days"], &first["days_since"]), (&json!(15), &Value::Null, &Value::Null), "{first}");
        assert_eq!(open().await.len(), 0, "a count ends the task that asked for it");
        assert_eq!(admin.get(&duty).await.expect(200)["next_on"], "2026-03-31");
        let second = admin.post(&at, count("2026-03-20", "20")).await.expect(201);
        assert_eq!((&second["days_since"], &second["lines"][0]["lasts_days"]), (&json!(4), &json!(2)), "20 last two days at 40 in four: {second}");
        assert_eq!(admin.post(&at, count("2026-03-19", "1")).await.refused(422), "validation_failed");
        assert_eq!(admin.get(&at).await.expect(200)["data"], json!([second, first]));
        put(&admin, &duty, "*", &json!({ "every_days": null })).await.expect(200);
        world.set_day("2026-05-01");
        run(&admin, "2026-05-01").await;
        assert_eq!(open().await.len(), 0, "who is counted no more is not asked");
    }

    async fn or_19_a_year_plan_is_told_against_what_happened(world: World) {
        let admin = world.admin();
        let path = account(&admin, "A1").await;
        let at = format!("{path}/year-plans/2026");
        assert_eq!(admin.get(&at).await.refused(404), "not_found");
        let plan = json!({ "periods": halves("200.00", "300.00"), "clear_on": "2026-12-31" });
        for (name, change, code, pointer) in [
            ("a day of another year", ("clear_on", json!("2027-01-01")), "validation_failed", "#/clear_on"),
            ("a reason without a day", ("clear_on", Value::Null), "validation_failed", "#/exempt_reason"),
            ("no periods", ("periods", json!([])), "validation_failed", "#/periods"),
            ("other money", ("periods", json!([{ "from": "2026-01-01", "to": "2026-01-31", "shipment": { "amount": "1.00", "currency": "USD" },
                "collection": cny("1.00") }])), "currency_mismatch", "#/periods/0/shipment"),
        ] {
            let mut wrong = plan.clone();
            wrong["exempt_reason"] = json!("in dispute");
            wrong[change.0] = change.1;
            let refused = put(&admin, &at, "*", &wrong).await;
            assert_eq!(refused.json["errors"][0]["pointer"], pointer, "{name}: {}", refused.text);
            assert_eq!(refused.refused(422), code, "{name}");
        }
        let set = put(&admin, &at, "\"v0\"", &plan).await.expect(200);
        assert_eq!((&set["plan"]["periods"], &set["version"]), (&plan["periods"], &json!(1)), "{set}");
        assert_eq!(put(&admin, &at, "\"v0\"", &plan).await.refused(412), "stale_version");
        let order = json!({ "external_id": "O1", "account_external_id": "A1", "amount": cny("150.00") });
        let order = admin.post("/v1/orders", order).await.expect(201);
        let shipment = json!({ "external_id": "S1", "amount": cny("50.00"), "shipped_on": "2026-02-27" });
        admin.post(&format!("/v1/orders/{}/shipments", order["id"].as_str().unwrap()), shipment).await.expect(201);
        bill(&admin, "I1", "A1", "2026-01-10", "2026-02-10", "400.00").await;
        pay(&admin, "P1", "A1", "2026-02-15", "100.00", json!({})).await;
        pay(&admin, "P2", "A1", "2026-02-16", "70.00", json!({ "method": "set_off" })).await;
        pay(&admin, "P3", "A1", "2026-03-02", "250.00", json!({})).await;
        let told = admin.get(&at).await.expect(200);
        let (first, second) = (&told["periods"][0], &told["periods"][1]);
        assert_eq!((&first["shipment"]["actual"], &first["shipment"]["reached_bps"]), (&cny("50.00"), &json!(2500)), "{told}");
        assert_eq!((&first["collection"]["actual"], &first["collection"]["reached_bps"], &first["invoiced"]), (&cny("100.00"), &json!(3333), &cny("400.00")));
        assert_eq!((&second["shipment"]["reached_bps"], &second["collection"]["actual"]), (&Value::Null, &cny("250.00")));
        let earlier = admin.get(&format!("{at}?as_of=2026-02-14")).await.expect(200);
        assert_eq!((&earlier["periods"][0]["collection"]["actual"], &earlier["periods"][0]["shipment"]["actual"]), (&cny("0.00"), &cny("0.00")));
        let lower = json!({ "periods": halves("100.00", "300.00") });
        assert_eq!(put(&admin, &at, "\"v1\"", &lower).await.expect(200)["version"], 2);
        let told = admin.get(&at).await.expect(200);
        assert_eq!((&told["periods"][0]["shipment"]["reached_bps"], &told["clear_on"]), (&json!(5000), &Value::Null), "{told}");
    }

    async fn or_20_the_campaign_of_a_year_end_tells_who_still_owes(world: World) {
        let admin = world.admin();
        for (number, amount, exempt) in [("A1", "10.00", Value::Null), ("A2", "20.00", json!("in court")), ("A3", "30.00", Value::Null)] {
            let path = account(&admin, number).await;
            bill(&admin, &format!("I-{number}"), number, "2026-01-10", "2026-02-10", amount).await;
            let plan = json!({ "periods": halves("0.00", "0.00"), "clear_on": "2026-03-01", "exempt_reason": exempt });
            put(&admin, &format!("{path}/year-plans/2026"), "*", &plan).await.expect(200);
        }
        account(&admin, "A4").await;
        bill(&admin, "I-A4", "A4", "2026-01-10", "2026-02-10", "40.00").await;
        pay(&admin, "P1", "A1", "2026-02-20", "10.00", json!({})).await;
        let told = admin.get("/v1/reports/year-end-clearing?clear_on=2026-03-01").await.expect(200);
        let counts = ["accounts", "cleared", "exempt", "outstanding"].map(|name| told[name].as_i64().unwrap());
        assert_eq!((counts, &told["outstanding_amounts"], &told["as_of"]), ([3, 1, 1, 1], &json!([cny("30.00")]), &json!("2026-03-01")), "{told}");
        let rows: Vec<&str> = told["exceptions"].as_array().unwrap().iter().map(|row| row["account_external_id"].as_str().unwrap()).collect();
        assert_eq!(rows, ["A2", "A3"]);
        assert_eq!(told["exceptions"][0]["exempt_reason"], "in court");
        let before = admin.get("/v1/reports/year-end-clearing?clear_on=2026-03-01&as_of=2026-02-19").await.expect(200);
        assert_eq!((&before["cleared"], &before["outstanding"]), (&json!(0), &json!(2)), "{before}");
        assert_eq!(admin.get("/v1/reports/year-end-clearing?clear_on=2026-03-02").await.expect(200)["accounts"], 0);
    }

    async fn ew_10_late_payment_is_as_probable_as_it_was_often(world: World) {
        let admin = world.admin();
        for number in ["GOOD", "BAD", "NEW"] {
            account(&admin, number).await;
        }
        for at in 0..10 {
            for (number, received_on) in [("GOOD", "2026-01-31"), ("BAD", "2026-02-10")] {
                bill(&admin, &format!("{number}-{at}"), number, "2026-01-01", "2026-01-31", "1.00").await;
                pay(&admin, &format!("P-{number}-{at}"), number, received_on, "1.00", json!({})).await;
            }
        }
        // Settled more than a year ago: it counts no more.
        bill(&admin, "OLD", "GOOD", "2024-01-01", "2024-01-31", "1.00").await;
        pay(&admin, "P-OLD", "GOOD", "2025-01-31", "1.00", json!({ "invoice_external_id": "OLD" })).await;
        for number in ["GOOD", "BAD", "NEW"] {
            bill(&admin, &format!("OPEN-{number}"), number, "2026-02-01", "2026-04-01", "9.00").await;
        }
        bill(&admin, "LATE", "GOOD", "2026-01-01", "2026-03-01", "9.00").await;
        let told = admin.get("/v1/reports/late-risk").await.expect(200);
        let mut rows: Vec<String> = told["data"].as_array().unwrap().iter().map(|row| {
            format!("{} {}", row["invoice_external_id"].as_str().unwrap(), row["probability_bps"])
        }).collect();
        rows.sort();
        // (0 + 10 × 1/2) ÷ 20, (10 + 10 × 1/2) ÷ 20, and everybody's share where nothing is known.
        assert_eq!(rows, ["LATE 10000", "OPEN-BAD 7500", "OPEN-GOOD 2500", "OPEN-NEW 5000"]);
        let inputs = json!({ "settled_of_account": 10, "late_of_account": 10, "settled_of_all": 20, "late_of_all": 10 });
        let of_bad = admin.get("/v1/reports/late-risk?account_external_id=BAD").await.expect(200);
        assert_eq!((&of_bad["data"][0]["inputs"], of_bad["data"].as_array().unwrap().len()), (&inputs, 1), "{of_bad}");
        let mut seen = Vec::new();
        let mut next = String::new();
        for _ in 0..4 {
            let page = admin.get(&format!("/v1/reports/late-risk?limit=1{next}")).await.expect(200);
            seen.push(page["data"][0]["invoice_external_id"].as_str().unwrap().to_owned());
            next = page["next_cursor"].as_str().map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
        }
        assert_eq!(seen[0], "LATE", "the earliest due first");
        assert_eq!((seen.iter().collect::<std::collections::BTreeSet<_>>().len(), next.as_str()), (4, ""), "each once: {seen:?}");
    }

    async fn or_21_what_was_announced_and_did_not_follow_is_told(world: World) {
        let admin = world.admin();
        let step = json!({ "key": "final", "kind": "item", "offset_days": 1, "channel": "email", "template": "final_notice", "formal": true });
        let made = admin.post("/v1/policies", json!({ "name": "short", "document": { "steps": [step] } })).await.expect(201);
        admin.post(&format!("/v1/policies/{}/activations", made["id"].as_str().unwrap()), json!({})).await.expect(201);
        for number in ["IDLE", "PAID", "STOPPED"] {
            let path = account(&admin, number).await;
            let contact = json!({ "name": "Payer", "role": "payer", "email": "one@lotus.example" });
            admin.post(&format!("{path}/contacts"), contact).await.expect(201);
            bill(&admin, &format!("I-{number}"), number, "2026-01-10", "2026-03-01", "100.00").await;
        }
        run(&admin, "2026-03-02").await;
        let letters = admin.get("/v1/notices?account_external_id=IDLE").await.expect(200);
        let answer_by = letters["data"][0]["answer_by"].as_str().unwrap().to_owned();
        assert!(letters["data"][0]["is_formal"].as_bool().unwrap_or(true), "{letters}");
        pay(&admin, "P1", "PAID", "2026-03-02", "100.00", json!({})).await;
        let stopped = admin.get("/v1/accounts?external_id=STOPPED").await.expect(200)["data"][0]["id"].as_str().unwrap().to_owned();
        let stop = json!({ "basis": "cn_527", "ground": "asset_flight", "reason": "they empty the warehouse",
            "evidence": [{ "kind": "photograph", "reference": "DMS-118", "dated_on": "2026-03-01" }] });
        admin.post(&format!("/v1/accounts/{stopped}/supply-stops"), stop).await.expect(201);
        let counts = |told: &Value| ["announced", "met", "carried_out", "not_carried_out"].map(|name| told[name].as_i64().unwrap());
        let early = admin.get("/v1/reports/announced-steps").await.expect(200);
        assert_eq!((counts(&early), &early["credible_share_bps"]), ([0, 0, 0, 0], &Value::Null), "no deadline is over: {early}");
        world.set_day("2026-06-01");
        let told = admin.get("/v1/reports/announced-steps?days=120").await.expect(200);
        assert_eq!((counts(&told), &told["credible_share_bps"]), ([3, 1, 1, 1], &json!(5000)), "{told}");
        let row = &told["rows"][0];
        assert_eq!((&row["account_external_id"], &row["answer_by"], &row["followed_on"]), (&json!("IDLE"), &json!(answer_by), &Value::Null), "{told}");
        assert_eq!(admin.get("/v1/reports/announced-steps?within_days=400").await.refused(400), "invalid_parameter");
    }
}

//! The life of an order from outside: revised, shipped, invoiced, paid in advance, released, refused, run out.

use serde_json::{Value, json};
use tests::client::Client;
use tests::inspect::tenant_dump;
use tests::ledger::cny;
use tests::on_both;

/// An account with a limit, and the path of its exposure.
async fn limited(admin: &Client, number: &str, limit: &str) -> String {
    let account = admin.post("/v1/accounts", json!({ "external_id": number, "name": "Customer", "currency": "CNY" })).await.expect(201);
    let path = format!("/v1/accounts/{}", account["id"].as_str().unwrap());
    let limit = json!({ "amount": cny(limit), "valid_from": "2026-01-01", "kind": "standing", "reason": "as agreed" });
    admin.post(&format!("{path}/credit-limits"), limit).await.expect(201);
    format!("{path}/exposure")
}

/// Places an order and gives it with its path.
async fn place(admin: &Client, number: &str, amount: &str, more: Value) -> (Value, String) {
    let mut order = json!({ "external_id": number, "account_external_id": "A1", "amount": cny(amount) });
    for (name, value) in more.as_object().into_iter().flatten() {
        order[name] = value.clone();
    }
    let placed = admin.post("/v1/orders", order).await.expect(201);
    let path = format!("/v1/orders/{}", placed["id"].as_str().unwrap());
    (placed, path)
}

async fn bill(admin: &Client, number: &str, order: &str, amount: &str, more: Value) -> tests::client::Answer {
    let mut invoice = json!({ "external_id": number, "account_external_id": "A1", "issued_on": "2026-03-02", "due_on": "2026-04-01",
        "amount": cny(amount), "order_external_id": order });
    for (name, value) in more.as_object().into_iter().flatten() {
        invoice[name] = value.clone();
    }
    admin.post("/v1/invoices", invoice).await
}

/// Exposure and its parts in whole units: all, open items, orders, shipped, unallocated, deposits.
async fn stands(admin: &Client, path: &str) -> [String; 6] {
    let now = admin.get(path).await.expect(200);
    let of = |value: &Value| value["amount"].as_str().unwrap().trim_end_matches(".00").to_owned();
    let parts = &now["parts"];
    [&now["exposure"], &parts["open_items"], &parts["orders"], &parts["shipped_not_invoiced"], &parts["unallocated"], &parts["deposits"]]
        .map(of)
}

on_both! {
    async fn every_unit_of_money_is_in_one_place_from_order_to_shipment_to_invoice(world: World) {
        let admin = world.admin();
        let exposure = limited(&admin, "A1", "1000.00").await;
        let (placed, path) = place(&admin, "O1", "600.00", json!({})).await;
        assert_eq!((&placed["state"], &placed["approved"], &placed["back_ordered"]), (&json!("approved"), &cny("600.00"), &cny("0.00")));
        assert_eq!(stands(&admin, &exposure).await, ["600", "0", "600", "0", "0", "0"]);
        let shipment = json!({ "external_id": "D1", "amount": cny("400.00") });
        let shipped = admin.post(&format!("{path}/shipments"), shipment.clone()).await.expect(201);
        assert_eq!((&shipped["amount"], &shipped["shipped_on"]), (&cny("400.00"), &json!("2026-03-02")));
        assert_eq!(stands(&admin, &exposure).await, ["600", "0", "200", "400", "0", "0"], "shipped goods are a part of their own");
        assert_eq!(admin.post(&format!("{path}/shipments"), shipment.clone()).await.status, 200, "the same note again");
        let other = json!({ "external_id": "D1", "amount": cny("1.00") });
        assert_eq!(admin.post(&format!("{path}/shipments"), other).await.refused(409), "external_id_conflict");
        bill(&admin, "I1", "O1", "300.00", json!({})).await.expect(201);
        assert_eq!(stands(&admin, &exposure).await, ["600", "300", "200", "100", "0", "0"]);
        world.set_day("2026-03-05");
        let last = bill(&admin, "I2", "O1", "150.00", json!({ "final": true, "issued_on": "2026-03-05" })).await.expect(201);
        let order = admin.get(&path).await.expect(200);
        assert_eq!((&order["state"], &order["reserved"], &order["invoiced"]), (&json!("invoiced"), &cny("0.00"), &cny("450.00")));
        assert_eq!(stands(&admin, &exposure).await, ["450", "450", "0", "0", "0", "0"], "the last invoice frees the rest");
        assert_eq!(bill(&admin, "I3", "O1", "1.00", json!({})).await.refused(409), "over_invoiced");
        let back = json!({ "cancelled_on": "2026-03-05", "reason": "wrong price" });
        admin.post(&format!("/v1/invoices/{}/cancellations", last["id"].as_str().unwrap()), back).await.expect(201);
        assert_eq!(stands(&admin, &exposure).await, ["450", "300", "50", "100", "0", "0"], "what was given up stays given up");
        assert_eq!(stands(&admin, &format!("{exposure}?as_of=2026-03-02")).await, ["600", "300", "200", "100", "0", "0"]);
        let listed = admin.get(&format!("{path}/shipments")).await.expect(200);
        assert_eq!(listed["data"].as_array().unwrap().len(), 1);
    }

    async fn c_20_a_revision_is_checked_again_and_its_old_reservation_is_not_counted_twice(world: World) {
        let admin = world.admin();
        let exposure = limited(&admin, "A1", "1000.00").await;
        let (placed, path) = place(&admin, "O1", "1000.00", json!({ "terms_days": 30 })).await;
        assert_eq!(placed["decision"], "approve");
        let revise = async |body: Value| admin.post(&format!("{path}/revisions"), body).await;
        let more = revise(json!({ "amount": cny("1500.00"), "reason": "two more pallets" })).await.expect(201);
        assert_eq!((&more["state"], &more["reasons"][0]["code"], &more["exposure"]), (&json!("held"), &json!("over_limit"), &cny("0.00")));
        assert!(more["reasons"][0]["detail"].as_str().unwrap().contains("1,500.00"), "{more}");
        assert_eq!((&more["pay_to_release"]["amount"], &more["reserved"]), (&cny("500.00"), &cny("0.00")));
        let less = revise(json!({ "amount": cny("900.00"), "reason": "one pallet less" })).await.expect(201);
        assert_eq!((&less["state"], &less["reserved"]), (&json!("approved"), &cny("900.00")), "an order that waits is checked again");
        admin.post("/v1/holds", json!({ "account_external_id": "A1", "reason": "fraud alert" })).await.expect(201);
        let lower = revise(json!({ "amount": cny("700.00"), "ship_on": "2026-03-09", "reason": "less again" })).await.expect(201);
        assert_eq!((&lower["state"], &lower["reserved"]), (&json!("approved"), &cny("700.00")), "a lower value keeps the approval");
        let longer = revise(json!({ "terms_days": 60, "reason": "longer terms" })).await.expect(201);
        assert_eq!((&longer["state"], &longer["reasons"][0]["code"]), (&json!("held"), &json!("account_hold")), "longer terms are more credit");
        assert_eq!(stands(&admin, &exposure).await[0], "0");
        let revisions = admin.get(&format!("{path}/revisions")).await.expect(200);
        let told: Vec<_> = revisions["data"].as_array().unwrap().iter().map(|one| (one["no"].clone(), one["is_checked"].clone())).collect();
        assert_eq!(told, [(json!(1), json!(true)), (json!(2), json!(true)), (json!(3), json!(false)), (json!(4), json!(true))]);
        assert_eq!(revisions["data"][2]["was"]["amount"], cny("900.00"));
        assert_eq!(revisions["data"][2]["becomes"]["ship_on"], "2026-03-09");
    }

    async fn c_20_an_invoice_on_top_of_an_approved_order_shows_in_the_next_check(world: World) {
        let admin = world.admin();
        limited(&admin, "A1", "1000.00").await;
        let (placed, path) = place(&admin, "O1", "1000.00", json!({})).await;
        assert_eq!(placed["decision"], "approve");
        let other = json!({ "external_id": "I1", "account_external_id": "A1", "issued_on": "2026-03-02", "due_on": "2026-04-01", "amount": cny("100.00") });
        admin.post("/v1/invoices", other).await.expect(201);
        let again = admin.post(&format!("{path}/checks"), json!({})).await.expect(201);
        assert_eq!((&again["decision"], &again["reasons"][0]["code"]), (&json!("hold"), &json!("over_limit")));
        assert!(again["reasons"][0]["detail"].as_str().unwrap().contains("1,100.00"), "{again}");
    }

    async fn c_11_a_payment_the_bank_took_back_counts_again_and_its_return_ends_that(world: World) {
        let admin = world.admin();
        let exposure = limited(&admin, "A1", "1000.00").await;
        bill(&admin, "I1", "none", "500.00", json!({})).await.expect(201);
        let pay = async |number: &str| {
            let payment = json!({ "external_id": number, "account_external_id": "A1", "received_on": "2026-03-02", "amount": cny("500.00") });
            admin.post("/v1/payments", payment).await.expect(201)["id"].as_str().unwrap().to_owned()
        };
        let paid = pay("P1").await;
        assert_eq!(stands(&admin, &exposure).await[0], "0");
        admin.post(&format!("/v1/payments/{paid}/bounces"), json!({ "bounced_on": "2026-03-02" })).await.expect(201);
        assert_eq!(stands(&admin, &exposure).await[0], "500");
        pay("P2").await;
        assert_eq!(stands(&admin, &exposure).await[0], "0");
    }

    async fn what_an_order_does_not_allow_is_one_clear_problem_and_changes_nothing(world: World) {
        let admin = world.admin();
        limited(&admin, "A1", "1000.00").await;
        let (_, path) = place(&admin, "O1", "600.00", json!({})).await;
        let (_, held) = place(&admin, "O2", "600.00", json!({})).await;
        let (_, lined) = place(&admin, "O3", "300.00", json!({ "lines": [{ "amount": cny("100.00") }, { "amount": cny("200.00") }] })).await;
        admin.post(&format!("{path}/shipments"), json!({ "external_id": "D1", "amount": cny("400.00") })).await.expect(201);
        // Held orders are checked again behind the requests: that work ends here, so that what is compared stands still.
        world.api.rest().await;
        let before = tenant_dump(&world.database_url, &world.tenant).await;
        let ship = |amount: Value| json!({ "external_id": "D9", "amount": amount });
        let dollars = json!({ "amount": "1.00", "currency": "USD" });
        for (name, path, body, status, code, pointer) in [
            ("more than may ship", format!("{path}/shipments"), ship(cny("200.01")), 409, "over_shipped", Some("#/amount")),
            ("a held order", format!("{held}/shipments"), ship(cny("1.00")), 409, "over_shipped", Some("#/amount")),
            ("nothing", format!("{path}/shipments"), ship(cny("0.00")), 422, "amount_out_of_range", Some("#/amount")),
            ("other money", format!("{path}/shipments"), ship(dollars), 422, "currency_mismatch", Some("#/amount")),
            ("an amount of lines", format!("{lined}/shipments"), ship(cny("100.00")), 422, "validation_failed", Some("#/amount")),
            ("a line nobody has", format!("{lined}/shipments"), json!({ "external_id": "D9", "lines": [3] }), 422, "unknown_reference", Some("#/lines/0")),
            ("what has shipped, cancelled", format!("{path}/cancellations"), json!({ "reason": "no" }), 409, "already_shipped", None),
            ("what is approved, rejected", format!("{path}/rejections"), json!({ "reason": "no" }), 409, "illegal_state", None),
            ("below what has shipped", format!("{path}/revisions"), json!({ "amount": cny("399.99"), "reason": "less" }), 409, "already_shipped", Some("#/amount")),
            ("a revision of nothing", format!("{path}/revisions"), json!({ "reason": "nothing" }), 422, "missing_field", Some("#/amount")),
            ("a value without its lines", format!("{lined}/revisions"), json!({ "amount": cny("200.00"), "reason": "less" }), 422, "missing_field", Some("#/lines")),
            ("lines that do not add up", format!("{lined}/revisions"), json!({ "lines": [{ "amount": cny("1.00") }], "reason": "x" }), 422, "validation_failed", Some("#/lines")),
            ("a release of yesterday", format!("{held}/releases"), json!({ "reason": "x", "valid_until": "2026-03-01" }), 422, "validation_failed", Some("#/valid_until")),
            ("a last invoice of no order", "/v1/invoices".into(), json!({ "external_id": "I9", "account_external_id": "A1", "issued_on": "2026-03-02", "due_on": "2026-04-01", "amount": cny("1.00"), "final": true }), 422, "missing_field", Some("#/order_external_id")),
            ("more than was ordered", "/v1/invoices".into(), json!({ "external_id": "I9", "account_external_id": "A1", "issued_on": "2026-03-02", "due_on": "2026-04-01", "amount": cny("600.01"), "order_external_id": "O1" }), 409, "over_invoiced", Some("#/amount")),
            ("an order of nobody", "/v1/orders/ord_01h455vb4pex5vsknk084sn02q/shipments".into(), ship(cny("1.00")), 404, "not_found", None),
        ] {
            let answer = admin.post(&path, body).await;
            assert_eq!((answer.status, answer.json["code"].as_str()), (status, Some(code)), "{name}: {}", answer.text);
            assert_eq!(answer.json["errors"][0]["pointer"].as_str(), pointer, "{name}: {}", answer.text);
        }
        assert_eq!(tenant_dump(&world.database_url, &world.tenant).await, before, "a refusal leaves nothing");
    }

    async fn c_30_a_part_is_cut_to_whole_lines_and_the_rest_is_back_ordered(world: World) {
        let admin = world.admin();
        let exposure = limited(&admin, "A1", "1000.00").await;
        place(&admin, "O0", "800.00", json!({})).await;
        let lines = json!([
            { "sku": "SALT", "quantity": "300", "amount": cny("150.00"), "is_key_item": true },
            { "sku": "OIL", "quantity": "12.5", "amount": cny("300.00") },
            { "sku": "TEA", "amount": cny("50.00") }
        ]);
        let (whole, _) = place(&admin, "O1", "500.00", json!({ "lines": lines })).await;
        assert_eq!((&whole["decision"], &whole["pay_to_release"]["amount"]), (&json!("hold"), &cny("300.00")), "not without partial_ok");
        assert_eq!(whole["releasable_amount"], cny("200.00"), "the lines that fit");
        let (part, path) = place(&admin, "O2", "500.00", json!({ "lines": lines, "partial_ok": true })).await;
        let states = |order: &Value| order["lines"].as_array().unwrap().iter().map(|line| line["state"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        assert_eq!((&part["decision"], &part["releasable_amount"]), (&json!("release_partial"), &cny("200.00")));
        assert_eq!((states(&part), &part["back_ordered"]), (vec!["approved".into(), "back_ordered".into(), "approved".into()], &cny("300.00")));
        let shipments = format!("{path}/shipments");
        let oil = admin.post(&shipments, json!({ "external_id": "D1", "lines": [2] })).await;
        assert_eq!(oil.refused(409), "over_shipped");
        let gone = admin.post(&shipments, json!({ "external_id": "D1", "lines": [1, 3] })).await.expect(201);
        assert_eq!(gone["amount"], cny("200.00"));
        assert_eq!(stands(&admin, &exposure).await, ["1000", "0", "800", "200", "0", "0"]);
        let queue = admin.get("/v1/orders?state=partially_released").await.expect(200);
        assert_eq!((queue["data"].as_array().unwrap().len(), &queue["data"][0]["external_id"]), (1, &json!("O2")));
        let payment = json!({ "external_id": "P1", "account_external_id": "A1", "received_on": "2026-03-02", "amount": cny("300.00") });
        admin.post("/v1/payments", payment).await.expect(201);
        let free = admin.post(&format!("{path}/checks"), json!({})).await.expect(201);
        assert_eq!((&free["state"], states(&free)), (&json!("approved"), vec!["shipped".into(), "approved".into(), "shipped".into()]));
    }

    async fn a_deposit_nets_its_own_order_only_and_moves_to_its_invoice(world: World) {
        let admin = world.admin();
        let exposure = limited(&admin, "A1", "0.00").await;
        let pay = async |number: &str, amount: &str, more: Value| {
            let mut payment = json!({ "external_id": number, "account_external_id": "A1", "received_on": "2026-03-02", "amount": cny(amount) });
            more.as_object().into_iter().flatten().for_each(|(name, value)| payment[name] = value.clone());
            admin.post("/v1/payments", payment).await.expect(201)
        };
        let early = pay("P1", "250.00", json!({ "order_external_id": "O1" })).await;
        assert_eq!(early["unallocated"], cny("250.00"), "it waits for its order");
        let (first, path) = place(&admin, "O1", "400.00", json!({})).await;
        assert_eq!((&first["state"], &first["deposit"]), (&json!("held"), &cny("250.00")));
        assert_eq!(first["pay_to_release"]["amount"], cny("150.00"), "the deposit counts for its order");
        assert_eq!(stands(&admin, &exposure).await, ["0", "0", "0", "0", "0", "250"]);
        let (other, _) = place(&admin, "O2", "10.00", json!({})).await;
        assert_eq!(other["decision"], "hold", "and for no other");
        let by_hand = pay("P2", "150.00", json!({})).await;
        let shares = format!("/v1/payments/{}/allocations", by_hand["id"].as_str().unwrap());
        let too_much = json!({ "allocations": [{ "order_external_id": "O1", "amount": cny("150.01") }] });
        assert_eq!(admin.post(&shares, too_much).await.refused(422), "over_allocation");
        let put = admin.post(&shares, json!({ "allocations": [{ "order_external_id": "O1", "amount": cny("150.00") }] })).await.expect(201);
        assert_eq!((&put["unallocated"], &put["deposited"]), (&cny("0.00"), &cny("150.00")));
        assert_eq!((&put["allocations"][0]["order_id"], &put["allocations"][0]["invoice_id"]), (&first["id"], &Value::Null));
        let free = admin.post(&format!("{path}/checks"), json!({})).await.expect(201);
        assert_eq!((&free["decision"], &free["reserved"], &free["approved"]), (&json!("approve"), &cny("0.00"), &cny("400.00")));
        admin.post(&format!("{path}/shipments"), json!({ "external_id": "D1" })).await.expect(201);
        assert_eq!(stands(&admin, &exposure).await, ["0", "0", "0", "0", "0", "400"], "paid in advance: no credit, before and after it ships");
        let invoice = bill(&admin, "I1", "O1", "300.00", json!({})).await.expect(201);
        assert_eq!((&invoice["state"], &invoice["open"]), (&json!("settled"), &cny("0.00")), "the deposit moved to the invoice");
        assert_eq!(stands(&admin, &exposure).await, ["0", "0", "0", "0", "0", "100"]);
        let share = put["allocations"][0]["id"].as_str().unwrap().to_owned();
        let taken = admin.post(&format!("/v1/allocations/{share}/reversals"), json!({})).await;
        let moved = admin.get("/v1/payments?external_id=P2").await.expect(200)["data"][0].clone();
        assert_eq!(moved["deposited"], cny("100.00"), "the oldest cash moved first");
        assert_eq!(taken.refused(409), "illegal_state", "part of it has moved");
        let bounce = json!({ "bounced_on": "2026-03-02" });
        let bounced = admin.post(&format!("/v1/payments/{}/bounces", by_hand["id"].as_str().unwrap()), bounce).await.expect(201);
        assert_eq!((&bounced["state"], &bounced["deposited"]), (&json!("bounced"), &cny("0.00")));
        assert_eq!(stands(&admin, &exposure).await, ["150", "50", "0", "100", "0", "0"], "the goods are out and not paid");
    }

    async fn a_deposit_is_taken_back_and_goes_back_when_its_order_ends(world: World) {
        let admin = world.admin();
        let exposure = limited(&admin, "A1", "1000.00").await;
        let (_, path) = place(&admin, "O1", "400.00", json!({})).await;
        let payment = json!({ "external_id": "P1", "account_external_id": "A1", "received_on": "2026-03-02", "amount": cny("500.00"), "order_external_id": "O1" });
        let paid = admin.post("/v1/payments", payment).await.expect(201);
        assert_eq!((&paid["deposited"], &paid["unallocated"]), (&cny("400.00"), &cny("100.00")), "an order takes no more than it is worth");
        assert_eq!(stands(&admin, &exposure).await, ["-100", "0", "0", "0", "100", "400"]);
        let share = paid["allocations"][0]["id"].as_str().unwrap().to_owned();
        let back = admin.post(&format!("/v1/allocations/{share}/reversals"), json!({})).await.expect(201);
        assert_eq!((&back["unallocated"], &back["allocations"][1]["reverses_id"]), (&cny("500.00"), &json!(share)));
        assert_eq!(stands(&admin, &exposure).await, ["-100", "0", "400", "0", "500", "0"]);
        admin.post(&format!("/v1/payments/{}/allocations", paid["id"].as_str().unwrap()), json!({ "auto": true })).await.expect(201);
        assert_eq!(stands(&admin, &exposure).await, ["-100", "0", "0", "0", "100", "400"], "by itself it goes to the order it names");
        let gone = admin.post(&format!("{path}/cancellations"), json!({ "reason": "sold out" })).await.expect(201);
        assert_eq!((&gone["state"], &gone["deposit"], &gone["closed_reason"]), (&json!("cancelled"), &cny("0.00"), &json!("sold out")));
        assert_eq!(stands(&admin, &exposure).await, ["-500", "0", "0", "0", "500", "0"]);
    }

    async fn a_held_order_is_refused_for_good_with_its_reason(world: World) {
        let admin = world.admin();
        limited(&admin, "A1", "100.00").await;
        let (_, path) = place(&admin, "O1", "600.00", json!({})).await;
        let no = admin.post(&format!("{path}/rejections"), json!({ "reason": "no credit for gravel" })).await.expect(201);
        assert_eq!((&no["state"], &no["closed_reason"], &no["reserved"]), (&json!("rejected"), &json!("no credit for gravel"), &cny("0.00")));
        assert_eq!(admin.get("/v1/holds?state=active").await.expect(200)["data"].as_array().unwrap().len(), 0);
        assert_eq!(admin.post(&format!("{path}/checks"), json!({})).await.refused(409), "illegal_state");
        let collector = world.client(recoup_api::access::Role::Integrator);
        let (_, other) = place(&admin, "O2", "600.00", json!({})).await;
        assert_eq!(collector.post(&format!("{other}/rejections"), json!({ "reason": "no" })).await.refused(403), "insufficient_scope");
    }

    async fn approvals_and_dated_releases_run_out_and_give_back_what_they_reserve(world: World) {
        let admin = world.admin();
        let exposure = limited(&admin, "A1", "1000.00").await;
        let tag = admin.get("/v1/settings").await.header("etag").unwrap().to_owned();
        admin.put("/v1/settings", &tag, json!({ "approval_days": 3 })).await.expect(200);
        let (approved, first) = place(&admin, "O1", "700.00", json!({})).await;
        assert_eq!(approved["valid_until"], "2026-03-05");
        admin.post(&format!("{first}/shipments"), json!({ "external_id": "D1", "amount": cny("200.00") })).await.expect(201);
        let (_, second) = place(&admin, "O2", "800.00", json!({})).await;
        let release = json!({ "reason": "the owner called", "valid_until": "2026-03-04" });
        let released = admin.post(&format!("{second}/releases"), release).await.expect(201);
        assert_eq!((&released["state"], &released["valid_until"]), (&json!("released"), &json!("2026-03-04")));
        assert_eq!(stands(&admin, &exposure).await, ["1500", "0", "1300", "200", "0", "0"]);
        let run = async |day: &str| {
            world.set_day(day);
            let run = admin.post("/v1/runs", json!({ "day": day })).await.expect(202);
            admin.worked(&format!("/v1/runs/{}", run["id"].as_str().unwrap())).await;
        };
        run("2026-03-04").await;
        assert_eq!(stands(&admin, &exposure).await[0], "1500", "the last day still holds");
        run("2026-03-05").await;
        let over = admin.get(&second).await.expect(200);
        assert_eq!((&over["state"], &over["reasons"][0]["code"], &over["reserved"]), (&json!("held"), &json!("approval_expired"), &cny("0.00")));
        assert_eq!(stands(&admin, &exposure).await, ["700", "0", "500", "200", "0", "0"]);
        world.set_day("2026-03-06");
        let late = admin.post(&format!("{first}/shipments"), json!({ "external_id": "D2", "amount": cny("1.00") })).await;
        assert_eq!(late.refused(409), "over_shipped", "an approval that ran out covers nothing more, the run of the day or not");
        run("2026-03-06").await;
        run("2026-03-06").await;
        assert_eq!(stands(&admin, &exposure).await, ["200", "0", "0", "200", "0", "0"], "what has shipped is not undone");
        assert_eq!(stands(&admin, &format!("{exposure}?as_of=2026-03-05")).await, ["700", "0", "500", "200", "0", "0"]);
        let again = admin.post(&format!("{first}/checks"), json!({})).await.expect(201);
        assert_eq!((&again["state"], &again["valid_until"], &again["reserved"]), (&json!("approved"), &json!("2026-03-09"), &cny("700.00")));
        let holds = admin.get("/v1/holds?state=active").await.expect(200);
        assert_eq!(holds["data"].as_array().unwrap().len(), 1, "only the second order waits: {holds}");
    }

    async fn an_order_that_comes_after_its_invoice_counts_it(world: World) {
        let admin = world.admin();
        let exposure = limited(&admin, "A1", "1000.00").await;
        bill(&admin, "I1", "O1", "300.00", json!({})).await.expect(201);
        let (placed, _) = place(&admin, "O1", "500.00", json!({})).await;
        assert_eq!((&placed["invoiced"], &placed["reserved"], &placed["decision"]), (&cny("300.00"), &cny("200.00"), &json!("approve")));
        assert_eq!(stands(&admin, &exposure).await, ["500", "300", "200", "0", "0", "0"]);
        bill(&admin, "I2", "O2", "100.00", json!({})).await.expect(201);
        let (whole, _) = place(&admin, "O2", "100.00", json!({})).await;
        assert_eq!((&whole["state"], &whole["reserved"]), (&json!("invoiced"), &cny("0.00")));
    }

    async fn the_answer_names_the_parts_of_the_exposure_it_stood_on(world: World) {
        let admin = world.admin();
        limited(&admin, "A1", "1000.00").await;
        let old = json!({ "external_id": "I0", "account_external_id": "A1", "issued_on": "2026-01-05", "due_on": "2026-02-04", "amount": cny("120.00") });
        admin.post("/v1/invoices", old).await.expect(201);
        place(&admin, "O1", "300.00", json!({})).await;
        let (second, path) = place(&admin, "O2", "50.00", json!({})).await;
        let parts = &second["parts"];
        assert_eq!((&second["exposure"], &parts["open_items"], &parts["overdue"], &parts["orders"]), (&cny("420.00"), &cny("120.00"), &cny("120.00"), &cny("300.00")));
        let again = admin.post(&format!("{path}/checks"), json!({})).await.expect(201);
        assert_eq!((&again["exposure"], &again["parts"]["orders"]), (&cny("420.00"), &cny("300.00")), "this order is not counted");
    }

    async fn a_payment_that_names_an_invoice_in_other_money_says_so(world: World) {
        let admin = world.admin();
        limited(&admin, "A1", "1000.00").await;
        let dollars = json!({ "external_id": "U1", "account_external_id": "A1", "issued_on": "2026-01-05", "due_on": "2026-02-04", "amount": { "amount": "70.00", "currency": "USD" } });
        admin.post("/v1/invoices", dollars).await.expect(201);
        let payment = json!({ "external_id": "P1", "account_external_id": "A1", "received_on": "2026-03-01", "amount": cny("70.00"), "invoice_external_id": "U1" });
        let paid = admin.post("/v1/payments", payment).await.expect(201);
        assert_eq!((&paid["unallocated"], &paid["warnings"][0]["code"]), (&cny("70.00"), &json!("invoice_currency")), "{paid}");
    }
}

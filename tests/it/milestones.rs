//! Milestones of contracts through HTTP: what they make fall due, what is signed about them, and terms the customer acknowledged.

use recoup_api::access::Role;
use reqwest::Method;
use serde_json::{Value, json};
use tests::client::Client;
use tests::inspect::{sql, tenant_dump};
use tests::ledger::cny;
use tests::on_both;

/// A contract for 1,000 with account A1, paid as milestones are reached, 30 days after each; gives its path.
async fn contract(client: &Client) -> String {
    client.post("/v1/accounts", json!({ "external_id": "A1", "name": "Lotus", "currency": "CNY" })).await.expect(201);
    let terms = json!({ "cycle": "milestone", "method": "transfer", "due_basis": "acceptance", "due_days": 30, "grace_days": 0 });
    let body =
        json!({ "external_id": "K1", "account_external_id": "A1", "amount": cny("1000.00"), "mode": "open_account", "terms": terms });
    let made = client.post("/v1/contracts", body).await.expect(201);
    format!("/v1/contracts/{}", made["id"].as_str().unwrap())
}

/// Plans a milestone; gives its path.
async fn planned(client: &Client, contract: &str, name: &str) -> String {
    let made = client.post(&format!("{contract}/milestones"), json!({ "name": name, "planned_on": "2026-02-20" })).await.expect(201);
    format!("/v1/milestones/{}", made["id"].as_str().unwrap())
}

fn paper(reference: &str) -> Value {
    json!({ "reference": reference, "sha256": "ab".repeat(32), "signed_by": "Chen Wei", "signed_on": "2026-02-27" })
}

fn bill(number: &str, instalments: Value) -> Value {
    json!({ "external_id": number, "account_external_id": "A1", "issued_on": "2026-01-05", "amount": cny("1000.00"),
        "contract_external_id": "K1", "instalments": instalments })
}

async fn ageing(client: &Client, as_of: &str) -> Vec<String> {
    let report = client.get(&format!("/v1/reports/ageing?as_of={as_of}")).await.expect(200);
    let filled = report["buckets"].as_array().unwrap().iter().filter(|bucket| bucket["amount"]["amount"] != "0.00");
    filled.map(|bucket| format!("{} {}", bucket["key"].as_str().unwrap(), bucket["amount"]["amount"].as_str().unwrap())).collect()
}

on_both! {
    async fn ct_05_what_waits_for_a_milestone_falls_due_when_it_is_reached(world: World) {
        let admin = world.admin();
        let contract = contract(&admin).await;
        let path = planned(&admin, &contract, "acceptance").await;
        let instalments = json!([{ "amount": cny("600.00"), "due_on": "2026-02-01" },
            { "amount": cny("300.00"), "milestone": "acceptance", "due_days": 5 }, { "amount": cny("100.00"), "milestone": "acceptance" }]);
        let invoice = admin.post("/v1/invoices", bill("I1", instalments)).await.expect(201);
        let dues = |invoice: &Value| -> Vec<String> {
            invoice["instalments"].as_array().unwrap().iter().map(|one| one["due_on"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(dues(&invoice), ["2026-02-01", "2999-12-31", "2999-12-31"]);
        assert_eq!(invoice["instalments"][1]["milestone"], "acceptance");
        let settled = json!({ "external_id": "P0", "account_external_id": "A1", "received_on": "2026-02-01", "amount": cny("600.00") });
        admin.post("/v1/payments", settled).await.expect(201);
        // The last instalment is paid in full before anybody wrote down that it was due.
        let invoice_id = invoice["id"].as_str().unwrap().to_owned();
        let early = json!({ "external_id": "P1", "account_external_id": "A1", "received_on": "2026-03-01", "amount": cny("350.00"),
            "invoice_external_id": "I1" });
        admin.post("/v1/payments", early).await.expect(201);
        assert_eq!(ageing(&admin, "2026-03-02").await, ["not_due 50.00"], "what waits is not due, however late its milestone is");

        let at = format!("{path}/completions");
        let reached = json!({ "completed_on": "2026-02-20", "evidence": paper("DMS-1") });
        for (name, body, code, pointer) in [
            ("a day to come", json!({ "completed_on": "2026-03-03", "evidence": paper("DMS-1") }), "validation_failed", "#/completed_on"),
            ("nobody signed", json!({ "completed_on": "2026-02-20", "evidence": { "reference": "D", "signed_by": " ", "signed_on": "2026-02-27" } }),
                "validation_failed", "#/evidence/signed_by"),
            ("no hash", json!({ "completed_on": "2026-02-20", "evidence": { "reference": "D", "signed_by": "C", "signed_on": "2026-02-27", "sha256": "AB" } }),
                "validation_failed", "#/evidence/sha256"),
        ] {
            let refused = admin.post(&at, body).await;
            assert_eq!(refused.json["errors"][0]["pointer"], pointer, "{name}: {}", refused.text);
            assert_eq!(refused.refused(422), code, "{name}");
        }
        let done = admin.post(&at, reached.clone()).await.expect(201);
        assert_eq!((&done["completed_on"], &done["evidence"]), (&json!("2026-02-20"), &paper("DMS-1")), "{done}");
        let before = tenant_dump(&world.database_url, &world.tenant).await;
        assert_eq!(admin.post(&at, reached).await.expect(200), done, "the same again is answered as before");
        let other = json!({ "completed_on": "2026-02-21", "evidence": paper("DMS-2") });
        assert_eq!(admin.post(&at, other).await.refused(409), "illegal_state");
        assert_eq!(tenant_dump(&world.database_url, &world.tenant).await, before, "and nothing moves");

        let invoice = admin.get(&format!("/v1/invoices/{invoice_id}")).await.expect(200);
        assert_eq!(dues(&invoice), ["2026-02-01", "2026-02-25", "2026-03-22"]);
        assert_eq!(ageing(&admin, "2026-03-02").await, ["not_due 50.00"]);
        assert_eq!(ageing(&admin, "2026-02-10").await, ["not_due 400.00"], "a past day is told as it was: nothing was due by the milestone");
        assert_eq!(ageing(&admin, "2026-03-30").await, ["1_30 50.00"]);
        // 300 due on 25 February came on 1 March: four days late, counted once the due date is known.
        let late = sql(&world.database_url, "SELECT late_days, settled_count FROM balance").await.unwrap();
        assert_eq!(late, [[Some("4".to_owned()), Some("2".to_owned())]]);
        let told = admin.get("/v1/audit?type=instalment.*").await.expect(200);
        assert_eq!(told["data"].as_array().unwrap().len(), 2, "{told}");
    }

    async fn ct_05_an_instalment_names_a_day_or_a_milestone_of_its_contract(world: World) {
        let admin = world.admin();
        let contract = contract(&admin).await;
        let path = planned(&admin, &contract, "delivery").await;
        for (name, one, code, pointer) in [
            ("neither", json!({}), "missing_field", "#/instalments/0/due_on"),
            ("both", json!({ "due_on": "2026-02-01", "milestone": "delivery" }), "validation_failed", "#/instalments/0/milestone"),
            ("another name", json!({ "milestone": "design" }), "unknown_reference", "#/instalments/0/milestone"),
            ("days without a milestone", json!({ "due_on": "2026-02-01", "due_days": 3 }), "validation_failed", "#/instalments/0/due_days"),
            ("too many days", json!({ "milestone": "delivery", "due_days": 731 }), "validation_failed", "#/instalments/0/due_days"),
        ] {
            let mut one = one;
            one["amount"] = cny("1000.00");
            let refused = admin.post("/v1/invoices", bill("I1", json!([one]))).await;
            assert_eq!(refused.json["errors"][0]["pointer"], pointer, "{name}: {}", refused.text);
            assert_eq!(refused.refused(422), code, "{name}");
        }
        let again = admin.post(&format!("{contract}/milestones"), json!({ "name": "delivery", "planned_on": "2026-02-28" })).await.expect(201);
        assert_eq!((&again["planned_on"], &again["version"]), (&json!("2026-02-28"), &json!(2)), "planned anew");
        admin.post(&format!("{path}/completions"), json!({ "completed_on": "2026-02-26", "evidence": paper("DN-1") })).await.expect(201);
        let refused = admin.post(&format!("{contract}/milestones"), json!({ "name": "delivery" })).await;
        assert_eq!(refused.refused(409), "illegal_state");
        // What is billed after the day is due from it all the same.
        let late = admin.post("/v1/invoices", bill("I2", json!([{ "amount": cny("1000.00"), "milestone": "delivery" }]))).await.expect(201);
        assert_eq!(late["instalments"][0]["due_on"], "2026-03-28");
        let listed = admin.get(&format!("{contract}/milestones")).await.expect(200);
        assert_eq!(listed["data"], json!([admin.get(&path).await.expect(200)]));
        assert_eq!(world.client(Role::Collector).post(&format!("{contract}/milestones"), json!({ "name": "x" })).await.status, 403);
    }

    async fn ct_06_a_signed_record_of_a_milestone_is_evidence_of_its_account(world: World) {
        let admin = world.admin();
        let contract = contract(&admin).await;
        let path = planned(&admin, &contract, "commissioning").await;
        admin.post(&format!("{path}/completions"), json!({ "completed_on": "2026-02-26", "evidence": paper("P-1") })).await.expect(201);
        let at = format!("{path}/acceptance-records");
        let record = json!({ "kind": "satisfaction", "paper": paper("S-1"), "note": "runs without a stop" });
        let made = admin.post(&at, record).await.expect(201);
        assert_eq!((&made["kind"], &made["paper"]["reference"], &made["note"]), (&json!("satisfaction"), &json!("S-1"), &json!("runs without a stop")));
        admin.post(&at, json!({ "kind": "acceptance", "paper": paper("A-1") })).await.expect(201);
        let future = json!({ "kind": "acceptance", "paper": { "reference": "A", "signed_by": "C", "signed_on": "2026-03-03" } });
        let refused = admin.post(&at, future).await;
        assert_eq!(refused.json["errors"][0]["pointer"], "#/paper/signed_on", "{}", refused.text);
        assert_eq!(refused.refused(422), "validation_failed");
        let listed = admin.get(&at).await.expect(200);
        assert_eq!(listed["data"].as_array().unwrap().len(), 2);
        assert_eq!(listed["data"][1], made);
        let rows = sql(&world.database_url, "SELECT kind, reference FROM evidence ORDER BY id").await.unwrap();
        let rows: Vec<String> = rows.into_iter().map(|row| row.into_iter().flatten().collect::<Vec<_>>().join(" ")).collect();
        assert_eq!(rows, ["milestone P-1", "satisfaction S-1", "acceptance A-1"], "what a packet for legal is put together from");
    }

    async fn ct_08_a_contract_tells_who_acknowledged_which_terms(world: World) {
        let admin = world.admin();
        let contract = contract(&admin).await;
        let at = format!("{contract}/acknowledgements");
        let word = json!({ "signed_by": "Li Na", "signed_on": "2026-03-01", "sha256": "0f".repeat(32), "reference": "DMS-9" });
        for (member, value) in [("sha256", json!("0F")), ("signed_on", json!("2026-03-03")), ("signed_by", json!(""))] {
            let mut wrong = word.clone();
            wrong[member] = value;
            let refused = admin.post(&at, wrong).await;
            assert_eq!(refused.json["errors"][0]["pointer"], format!("#/{member}"), "{}", refused.text);
            assert_eq!(refused.refused(422), "validation_failed");
        }
        assert_eq!(admin.get(&contract).await.expect(200)["acknowledgement"], Value::Null);
        let told = admin.post(&at, word.clone()).await.expect(201);
        let known = &told["acknowledgement"];
        assert_eq!((&known["signed_by"], &known["sha256"], &known["is_current"]), (&word["signed_by"], &word["sha256"], &json!(true)), "{told}");
        assert_eq!(admin.post(&at, word).await.expect(200), told, "the same word again");
        let headers = [("content-type", "application/merge-patch+json"), ("if-match", "\"v2\"")];
        let change = json!({ "lag": 2 }).to_string().into_bytes();
        let changed = admin.send(Method::PATCH, &contract, &headers, Some(change)).await.unwrap().expect(200);
        assert_eq!(changed["acknowledgement"]["is_current"], false, "other terms than those that were acknowledged");
    }
}

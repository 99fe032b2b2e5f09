//! Files over HTTP: taken whole, worked behind the request, and every line accounted for.

use recoup_api::access::Role;
use recoup_engine::import::{BeginImport, GoOn, ImportKind, ImportOptions};
use recoup_engine::words::caller::Caller;
use serde_json::{Value, json};
use tests::client::Client;
use tests::inspect::{sql, tenant_dump};
use tests::ledger::cny;
use tests::on_both;

const ACCOUNTS: &str = "external_id,name,currency,segment,credit_limit\n\
    A1,\"Acme, Ltd\",CNY,trade,5000.00\n\
    A2,贝壳,CNY,,\n\
    A3,Nowhere,XQQ,,\n\
    A1,\"Acme, Ltd\",CNY,trade,5000.00\n";

const INVOICES: &str = "external_id,account_external_id,issued_on,due_on,amount,currency\n\
    0001,A1,2026-01-05,2026-02-04,100.00,CNY\n\
    0002,A1,2026-01-05,2026-02-30,7.00,CNY\n\
    0003,A1,2026-01-05,2026-02-04,1.005,CNY\n\
    0004,A9,2026-01-05,2026-02-04,7.00,CNY\n\
    0005,A2,2026-01-05,2026-01-01,70.00,CNY\n\
    0001,A1,2026-01-05,2026-02-04,100.00,CNY\n\
    0001,A1,2026-01-05,2026-02-04,101.00,CNY\n\
    0006,A2,2026-01-05\n\
    0007,A2,2026-01-05,2026-02-04,-7.00,CNY\n\
    0008,A2,2026-01-05,2026-02-04,30.00,CNY\n";

const PAYMENTS: &str = "external_id,account_external_id,received_on,amount,currency,invoice_external_id\n\
    P1,A1,2026-02-10,60.00,CNY,0001\n\
    P2,A2,2026-02-10,80.00,CNY,\n\
    P3,A2,10.02.2026,1.00,CNY,\n";

/// Line and code of every fault.
fn faults(of: &Value) -> Vec<(i64, &str)> {
    of.as_array().into_iter().flatten().map(|one| (one["line"].as_i64().unwrap(), one["code"].as_str().unwrap())).collect()
}

fn counts(of: &Value) -> Value {
    json!([of["state"], of["total"], of["accepted"], of["rejected"], of["repeated"]])
}

/// What takes a second person waits for one.
async fn two_persons(admin: &Client) {
    let mut settings = admin.get("/v1/settings").await.expect(200);
    settings["four_eyes"] = true.into();
    admin.put("/v1/settings", "*", settings).await.expect(200);
}

on_both! {
    async fn every_line_of_a_file_is_taken_or_told_by_its_number(world: World) {
        let admin = world.admin();
        let accounts = admin.import("kind=accounts", ACCOUNTS).await;
        assert_eq!(counts(&accounts), json!(["done", 4, 3, 1, 1]), "{accounts}");
        assert_eq!(faults(&accounts["errors"]), [(4, "unknown_currency")]);
        let invoices = admin.import("kind=invoices", INVOICES).await;
        assert_eq!(counts(&invoices), json!(["done", 10, 4, 6, 1]), "{invoices}");
        let expected = [
            (3, "malformed_date"),
            (4, "too_many_decimals"),
            (5, "unknown_account"),
            (8, "external_id_conflict"),
            (9, "malformed_csv"),
            (10, "use_credit_notes"),
        ];
        assert_eq!(faults(&invoices["errors"]), expected, "{invoices}");
        assert_eq!(invoices["errors"][0]["field"], "due_on");
        assert_eq!(faults(&invoices["warnings"]), [(6, "due_before_issue")], "{invoices}");
        let payments = admin.import("kind=payments", PAYMENTS).await;
        assert_eq!((counts(&payments), faults(&payments["errors"])), (json!(["done", 3, 2, 1, 0]), vec![(4, "malformed_date")]));
        let first = admin.get("/v1/invoices?external_id=0001").await.expect(200);
        assert_eq!(first["data"][0]["open"]["amount"], "40.00", "leading zeros are text, and P1 named this invoice");
        let name = admin.get("/v1/accounts?external_id=A1").await.expect(200);
        assert_eq!(name["data"][0]["name"], "Acme, Ltd");
    }

    async fn a_repeated_file_changes_nothing_and_says_so(world: World) {
        let admin = world.admin();
        let files = [("kind=accounts", ACCOUNTS, 3), ("kind=invoices", INVOICES, 4), ("kind=payments", PAYMENTS, 2)];
        for (query, csv, _) in files {
            admin.import(query, csv).await;
        }
        let before = tenant_dump(&world.database_url, &world.tenant).await;
        for (query, csv, good) in files {
            let again = admin.import(query, csv).await;
            assert_eq!((&again["accepted"], &again["repeated"]), (&json!(good), &json!(good)), "{query}: {again}");
        }
        let after = tenant_dump(&world.database_url, &world.tenant).await;
        for table in ["account", "invoice", "instalment", "payment", "allocation", "balance", "due_sum", "credit_limit"] {
            assert_eq!(after[table], before[table], "{table}");
        }
    }

    async fn limits_above_the_senders_authority_wait_together_for_one_second_person(world: World) {
        world.api.rest().await;
        let (admin, manager) = (world.admin(), world.client(Role::CreditManager));
        two_persons(&admin).await;
        let who = Caller { actor: "local:credit_officer".into(), roles: [Role::CreditOfficer].into(), ..world.caller() };
        let file = "external_id,name,currency,credit_limit\nB1,One,CNY,100000.00\nB2,Two,CNY,100000.01\nB3,Three,CNY,none\n\
            B4,Four,CNY,0.00\nB5,Five,CNY,200000.00\n";
        let options = ImportOptions { kind: ImportKind::Accounts, creates_accounts: false, may_set_limits: true };
        let take = async || {
            let id = world.engine.execute(&who, BeginImport { options }).await.unwrap().done.id;
            let done = world.engine.run_import(&who, id, &options, std::io::Cursor::new(file.as_bytes().to_vec()), &|_| GoOn::Yes).await;
            serde_json::to_value(done.unwrap()).unwrap()
        };
        let done = take().await;
        assert_eq!(counts(&done), json!(["done", 5, 5, 0, 0]), "{done}");
        assert_eq!(faults(&done["warnings"]), [(3, "limit_waits"), (4, "limit_waits"), (6, "limit_waits")], "{done}");
        let account = async |number: &str| admin.get(&format!("/v1/accounts?external_id={number}")).await.expect(200)["data"][0]["id"].clone();
        let limit = async |number: &str| {
            let path = format!("/v1/accounts/{}/exposure", account(number).await.as_str().unwrap());
            let stands = admin.get(&path).await.expect(200);
            format!("{} {}", stands["limit_state"].as_str().unwrap(), stands["limit"]["amount"].as_str().unwrap_or("-"))
        };
        for (number, expected) in [("B1", "amount 100000.00"), ("B2", "amount 0.00"), ("B3", "amount 0.00"), ("B4", "amount 0.00")] {
            assert_eq!(limit(number).await, expected, "{number}");
        }
        let asked = admin.get("/v1/approvals?state=pending&kind=import_limits").await.expect(200);
        let [request] = asked["data"].as_array().unwrap().as_slice() else { panic!("one request for the whole file: {asked}") };
        assert_eq!((&request["role"], &request["amount"]), (&json!("credit_manager"), &cny("300000.01")), "{request}");
        assert_eq!(counts(&take().await), json!(["done", 5, 5, 0, 5]), "the same file again asks for nothing");

        let own = json!({ "amount": cny("7.00"), "valid_from": "2026-03-02", "kind": "standing", "reason": "known better" });
        admin.post(&format!("/v1/accounts/{}/credit-limits", account("B5").await.as_str().unwrap()), own).await.expect(201);
        let path = format!("/v1/approvals/{}/decisions", request["id"].as_str().unwrap());
        assert_eq!(world.client(Role::CreditOfficer).post(&path, json!({ "decision": "approve" })).await.status, 403);
        let said = manager.post(&path, json!({ "decision": "approve" })).await.expect(201);
        assert_eq!((&said["result"]["set"], &said["result"]["left_out"]), (&json!(2), &json!([account("B5").await])), "{said}");
        for (number, expected) in [("B2", "amount 100000.01"), ("B3", "no_check -"), ("B5", "amount 7.00")] {
            assert_eq!(limit(number).await, expected, "{number}");
        }
        let lines = admin.get("/v1/audit?type=credit_limit.set").await.expect(200);
        let told = |number: &Value| lines["data"].as_array().unwrap().iter().filter(|line| line["data"]["account_id"] == *number).count();
        assert_eq!((told(&account("B1").await), told(&account("B2").await)), (1, 2), "every limit is in the journal: {lines}");
    }

    async fn a_limit_in_a_file_of_the_operator_is_set_alone_and_the_journal_says_so(world: World) {
        let admin = world.admin();
        two_persons(&admin).await;
        let done = admin.import("kind=accounts", "external_id,name,currency,credit_limit\nB1,One,CNY,5000000.00\n").await;
        assert_eq!((&done["accepted"], faults(&done["warnings"])), (&json!(1), vec![]), "{done}");
        let query = "SELECT body FROM journal WHERE kind = 'credit_limit.set'";
        let rows = sql(&world.database_url, query).await.unwrap();
        let body: Value = serde_json::from_str(rows[0][0].as_deref().unwrap()).unwrap();
        assert_eq!((&body["amount"], &body["four_eyes"]), (&cny("5000000.00"), &json!("operator")), "{body}");
    }

    async fn a_file_that_makes_accounts_makes_each_once(world: World) {
        let admin = world.admin();
        let done = admin.import("kind=invoices&create_accounts=true", INVOICES).await;
        assert_eq!(counts(&done), json!(["done", 10, 5, 5, 1]), "{done}");
        let accounts = sql(&world.database_url, "SELECT external_id, name FROM account ORDER BY external_id").await.unwrap();
        assert_eq!(accounts, ["A1", "A2", "A9"].map(|number| vec![Some(number.to_owned()), Some(number.to_owned())]));
    }

    async fn a_file_that_is_no_such_file_is_refused_as_a_whole(world: World) {
        let admin = world.admin();
        let nameless = admin.import("kind=accounts", "name,currency\nAcme,CNY\n").await;
        assert_eq!(nameless["state"], "failed");
        assert!(nameless["detail"].as_str().unwrap().contains("external_id"), "{nameless}");
        assert_eq!(admin.post_csv("/v1/imports?kind=dreams", "a\n1\n").await.refused(400), "invalid_parameter");
        assert_eq!(admin.post("/v1/imports?kind=accounts", json!({})).await.refused(415), "unsupported_media_type");
        let odd = admin.import("kind=accounts", b"external_id,name,currency\nA1,\xff\xfe,CNY\nA2,Fine,CNY\n".to_vec()).await;
        assert_eq!((counts(&odd), faults(&odd["errors"])), (json!(["done", 2, 1, 1, 0]), vec![(2, "malformed_csv")]), "{odd}");
    }

    async fn a_file_of_many_lines_is_taken_to_its_last_line(world: World) {
        let lines: String = (0..3_000).map(|no| format!("I{no},A{},2026-01-05,2026-02-04,{}.00,CNY\n", no % 50, no % 90 + 1)).collect();
        let csv = format!("external_id,account_external_id,issued_on,due_on,amount,currency\n{lines}broken\n");
        let done = world.admin().import("kind=invoices&create_accounts=true", csv).await;
        assert_eq!((counts(&done), faults(&done["errors"])), (json!(["done", 3_001, 3_000, 1, 0]), vec![(3_002, "malformed_csv")]));
        let found = sql(&world.database_url, "SELECT COUNT(*), SUM(total_minor) FROM invoice").await.unwrap();
        let expected: i64 = (0..3_000).map(|no| (no % 90 + 1) * 100).sum();
        assert_eq!(found, [[Some("3000".into()), Some(expected.to_string())]]);
    }
}

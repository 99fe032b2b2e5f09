//! The daily work over HTTP: a day counts once, a run that was cut off ends like one that was not, and a whole year stays whole.

use serde_json::{Value, json};
use std::fmt::Write as _;
use tests::client::Client;
use tests::inspect::sql;
use tests::invariants;
use tests::numbers::{RUN_ACCOUNTS, YEAR_STEP};
use tests::on_both;
use tests::reference::folder;
use tests::story::{same, story};
use tests::world::{World, day};

/// A book in which every second account is late, a third of them by long, and some have paid a part.
async fn fill(client: &Client, accounts: usize) {
    let mut customers = String::from("external_id,name,currency\n");
    let mut invoices = String::from("external_id,account_external_id,issued_on,due_on,amount,currency\n");
    let mut payments = String::from("external_id,account_external_id,received_on,amount,currency,invoice_external_id\n");
    for no in 0..accounts {
        writeln!(customers, "A{no:05},Customer {no},CNY").unwrap();
        let due = ["2026-02-20", "2026-03-10", "2026-01-15", "2026-05-01"][no % 4];
        writeln!(invoices, "I{no:05},A{no:05},2026-01-02,{due},{}.50,CNY", 900 + no).unwrap();
        writeln!(invoices, "J{no:05},A{no:05},2026-01-02,2026-02-28,{}.00,CNY", 100 + no % 7).unwrap();
        if no % 3 == 0 {
            writeln!(payments, "P{no:05},A{no:05},2026-02-15,{}.00,CNY,I{no:05}", 50 + no % 11).unwrap();
        }
    }
    for (kind, csv) in [("accounts", customers), ("invoices", invoices), ("payments", payments)] {
        let done = client.import(&format!("kind={kind}"), csv).await;
        assert_eq!((&done["state"], &done["rejected"]), (&json!("done"), &json!(0)), "{kind}: {done}");
    }
}

async fn begun(client: &Client, day: &str) -> String {
    let begun = client.post("/v1/runs", json!({ "day": day })).await.expect(202);
    format!("/v1/runs/{}", begun["id"].as_str().unwrap())
}

/// The run of a day, worked to its end.
async fn ran(client: &Client, day: &str) -> Value {
    let done = client.worked(&begun(client, day).await).await;
    assert_eq!((&done["state"], &done["failed"]), (&json!("done"), &json!(0)), "{done}");
    done
}

on_both! {
    async fn the_same_day_again_joins_the_finished_run_and_adds_nothing(world: World) {
        let admin = world.admin();
        fill(&admin, 60).await;
        let done = ran(&admin, "2026-03-02").await;
        assert!(done["notices"].as_i64().unwrap() > 20 && done["cases_opened"].as_i64().unwrap() > 20, "{done}");
        let told = story(&world.database_url).await;
        assert_eq!(ran(&admin, "2026-03-02").await, done);
        same(&story(&world.database_url).await, &told);
        assert_eq!(admin.post("/v1/runs", json!({ "day": "2026-03-01" })).await.refused(409), "run_out_of_order");
        ran(&admin, "2026-03-03").await;
        assert_ne!(story(&world.database_url).await, told, "another day moves on");
    }

    async fn a_run_killed_half_way_and_started_again_ends_like_one_that_was_not(world: World) {
        let whole = World::open(world.on).await.unwrap();
        for one in [world, &whole] {
            fill(&one.admin(), RUN_ACCOUNTS).await;
        }
        let (mut server, client) = world.process().await;
        let at = begun(&client, "2026-03-02").await;
        let done = loop {
            let now = client.get(&at).await.expect(200);
            let done = sql(&world.database_url, "SELECT COUNT(*) FROM collection_case").await.unwrap()[0][0].as_ref().unwrap().parse::<usize>().unwrap();
            assert_eq!(now["state"], "running", "it was cut off before its end: {now}");
            if done > 0 {
                break done;
            }
        };
        server.kill();
        let cut = sql(&world.database_url, "SELECT state FROM run").await.unwrap();
        assert_eq!(cut, [[Some("running".to_owned())]], "after {done} cases");
        invariants::clean(&invariants::broken(&world.database_url).await);
        // Thirty seconds go by: whoever worked on it is silent.
        sql(&world.database_url, "UPDATE run SET lease_until = NULL").await.unwrap();
        let (mut server, client) = world.process().await;
        assert_eq!(begun(&client, "2026-03-02").await, at, "the same day again is the same run");
        let resumed = client.worked(&at).await;
        assert_eq!(server.stop(), Some(0));
        let plain = ran(&whole.admin(), "2026-03-02").await;
        for count in ["accounts_due", "accounts_done", "failed", "notices", "tasks", "cases_opened"] {
            assert_eq!(resumed[count], plain[count], "{count}: {resumed} {plain}");
        }
        same(&story(&world.database_url).await, &story(&whole.database_url).await);
    }

    async fn the_reference_year_is_worked_day_by_day_and_the_ledger_stays_whole(world: World) {
        let Some(folder) = folder() else { return };
        let admin = world.admin();
        for (kind, file) in [("accounts", "accounts.csv"), ("invoices", "invoices_2012.csv"), ("payments", "payments_2012.csv")] {
            admin.import(&format!("kind={kind}"), std::fs::read(folder.join(file)).unwrap()).await;
        }
        for plugin in ["order_hold", "early_discount"] {
            admin.post(&format!("/v1/plugins/{plugin}/activations"), json!({})).await.expect(201);
        }
        let (mut notices, mut cases) = (0, 0);
        let days = day("2012-01-02").iter_days().take_while(|date| *date <= day("2012-12-31")).step_by(YEAR_STEP);
        for (no, date) in days.enumerate() {
            let done = ran(&admin, &date.to_string()).await;
            notices += done["notices"].as_i64().unwrap();
            cases += done["cases_opened"].as_i64().unwrap();
            if no % 40 == 0 {
                invariants::clean(&invariants::broken(&world.database_url).await);
            }
        }
        assert!(notices > 100 && cases > 50, "{notices} notices, {cases} cases");
        let expected: Value = serde_json::from_slice(&std::fs::read(folder.join("expected_2012.json")).unwrap()).unwrap();
        let ageing = admin.get("/v1/reports/ageing?as_of=2012-12-31").await.expect(200);
        assert_eq!(ageing["total"]["amount"], expected["snapshots"][1]["open_total"], "the work moves no money");
    }
}

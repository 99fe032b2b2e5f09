//! The reference year: a hundred customers of 2012, imported over HTTP, and every figure that is known of two of its days.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use tests::on_both;
use tests::reference::folder;

/// The figures that are compared for each window.
const FIGURES: [&str; 6] = ["overdue_ratio", "dso_simple", "dso_best_possible", "average_days_delinquent", "dso_countback", "cei"];

/// What a row says in the form the reference is hashed in.
fn line(row: &Value) -> String {
    let buckets = row["buckets"].as_array().into_iter().flatten().map(|bucket| &bucket["amount"]["amount"]);
    let amounts = std::iter::once(&row["total"]["amount"]).chain(buckets);
    let mut line = row["account_external_id"].as_str().unwrap().to_owned();
    for amount in amounts {
        write!(line, "|{}", amount.as_str().unwrap()).unwrap();
    }
    line + "\n"
}

on_both! {
    async fn the_imported_year_has_the_reference_ageing_per_bucket_and_account_and_the_reference_kpis(world: World) {
        let Some(folder) = folder() else { return };
        let admin = world.admin();
        for (kind, file, lines) in [("accounts", "accounts.csv", 100), ("invoices", "invoices_2012.csv", 1_277), ("payments", "payments_2012.csv", 1_262)] {
            let done = admin.import(&format!("kind={kind}"), std::fs::read(folder.join(file)).unwrap()).await;
            assert_eq!((&done["state"], &done["accepted"], &done["rejected"]), (&json!("done"), &json!(lines), &json!(0)), "{file}: {done}");
        }
        let expected: Value = serde_json::from_slice(&std::fs::read(folder.join("expected_2012.json")).unwrap()).unwrap();
        let snapshots = expected["snapshots"].as_array().unwrap();
        assert_eq!(snapshots.len(), 2);
        for expected in snapshots {
            let day = expected["as_of"].as_str().unwrap();
            let ageing = admin.get(&format!("/v1/reports/ageing?as_of={day}&group_by=account")).await.expect(200);
            assert_eq!((&ageing["total"]["amount"], &ageing["count"]), (&expected["open_total"], &expected["open_count"]), "{day}");
            assert_eq!(ageing["buckets"].as_array().unwrap().len(), 5);
            for bucket in ageing["buckets"].as_array().unwrap() {
                let theirs = &expected["buckets"][bucket["key"].as_str().unwrap()];
                assert_eq!((&bucket["amount"]["amount"], &bucket["count"]), (&theirs["amount"], &theirs["count"]), "{day} {bucket}");
            }
            let rows: Vec<String> = ageing["rows"].as_array().unwrap().iter().map(line).collect();
            assert_eq!(json!(rows.len()), expected["accounts_with_balance"]);
            let hash: String = Sha256::digest(rows.concat()).iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(json!(hash), expected["per_account_sha256"], "{day}");
            for days in [90, 365] {
                let ours = admin.get(&format!("/v1/reports/kpis?as_of={day}&days={days}")).await.expect(200);
                for figure in FIGURES {
                    let theirs = &expected["kpis"][format!("days_{days}")][figure];
                    assert!(theirs.is_string(), "{figure} is in the reference");
                    assert_eq!(&ours[figure]["value"], theirs, "{day} {days} {figure}");
                }
            }
        }
    }
}

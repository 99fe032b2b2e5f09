//! Lists: their order either way, how many rows there are, and what a page is not read on with.

use serde_json::{Value, json};
use tests::on_both;

fn numbers(page: &Value) -> Vec<&str> {
    page["data"].as_array().unwrap().iter().map(|row| row["external_id"].as_str().unwrap()).collect()
}

on_both! {
    async fn a_list_is_read_from_either_end_and_counted_where_that_is_asked(world: World) {
        let admin = world.admin();
        for number in 0..5 {
            let segment = if number < 3 { "key" } else { "small" };
            let account = json!({ "external_id": format!("A{number}"), "name": "Customer", "currency": "CNY", "segment": segment });
            admin.post("/v1/accounts", account).await.expect(201);
        }
        let first = admin.get("/v1/accounts?sort=-created_at&limit=2&include=total&segment=key").await.expect(200);
        assert_eq!((numbers(&first), &first["total"], &first["total_capped"]), (vec!["A2", "A1"], &json!(3), &json!(false)), "{first}");
        let cursor = first["next_cursor"].as_str().unwrap();
        let rest = admin.get(&format!("/v1/accounts?sort=-created_at&segment=key&cursor={cursor}")).await.expect(200);
        assert_eq!((numbers(&rest), rest.get("total")), (vec!["A0"], None), "not counted where nobody asked: {rest}");
        let counted = admin.get(&format!("/v1/accounts?sort=-created_at&segment=key&include=total&cursor={cursor}")).await.expect(200);
        assert_eq!((numbers(&counted), &counted["total"]), (vec!["A0"], &json!(3)), "all pages are counted, not what is left");
        assert_eq!(admin.get(&format!("/v1/accounts?segment=key&cursor={cursor}")).await.refused(400), "invalid_cursor", "the other order");
        assert_eq!(numbers(&admin.get("/v1/accounts?sort=created_at&limit=1").await.expect(200)), ["A0"]);
        let nobody = admin.get("/v1/invoices?account_external_id=nobody&include=total").await.expect(200);
        assert_eq!(nobody, json!({ "data": [], "has_more": false, "next_cursor": null, "total": 0, "total_capped": false }));
        let newest = admin.get("/v1/audit?sort=created_at&limit=1&include=total").await.expect(200);
        assert_eq!(newest["data"].as_array().unwrap().len(), 1, "the journal, the oldest line first: {newest}");
        assert!(newest["total"].as_u64().unwrap() >= 5, "{newest}");
        for unknown in ["sort=name", "sort=", "include=all", "include="] {
            assert_eq!(admin.get(&format!("/v1/accounts?{unknown}")).await.refused(400), "invalid_parameter", "{unknown}");
        }
        let worklist = admin.get("/v1/worklist?sort=created_at").await;
        assert_eq!(worklist.json["errors"][0]["pointer"], "?sort", "{}", worklist.text);
        assert_eq!(worklist.refused(400), "invalid_parameter");
        assert_eq!(admin.get("/v1/worklist?include=total").await.expect(200)["total"], 0);
    }

    async fn people_and_notes_of_an_account_come_in_pages(world: World) {
        let admin = world.admin();
        let account = admin.post("/v1/accounts", json!({ "external_id": "A1", "name": "Customer", "currency": "CNY" })).await.expect(201);
        let at = format!("/v1/accounts/{}", account["id"].as_str().unwrap());
        for number in 0..3 {
            admin.post(&format!("{at}/contacts"), json!({ "name": format!("Person {number}"), "role": "payer" })).await.expect(201);
            admin.post(&format!("{at}/notes"), json!({ "text": format!("Note {number}") })).await.expect(201);
        }
        for (list, member, expected) in
            [("contacts", "name", ["Person 0", "Person 1", "Person 2"]), ("notes", "text", ["Note 2", "Note 1", "Note 0"])]
        {
            let first = admin.get(&format!("{at}/{list}?limit=2&include=total")).await.expect(200);
            assert_eq!((&first["total"], &first["has_more"]), (&json!(3), &json!(true)), "{first}");
            let cursor = first["next_cursor"].as_str().unwrap();
            let rest = admin.get(&format!("{at}/{list}?cursor={cursor}")).await.expect(200);
            let rows = first["data"].as_array().unwrap().iter().chain(rest["data"].as_array().unwrap());
            assert_eq!(rows.map(|row| row[member].as_str().unwrap()).collect::<Vec<_>>(), expected, "{list}");
        }
    }
}

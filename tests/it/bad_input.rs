//! Bad input: every refusal is one clear problem with its code and its place, and leaves nothing behind.

use recoup_api::access::Role;
use recoup_engine::tenant::{NewTenant, TenantKind};
use serde_json::{Value, json};
use tests::client::{Answer, Client};
use tests::inspect::tenant_dump;
use tests::ledger::{cny, fill};
use tests::on_both;
use tests::world::default_tenant;

/// An id of each kind that nobody has.
const NOBODY: &str = "01h455vb4pex5vsknk084sn02q";

/// One bad request: what it is called, where it goes, what a good body is made into, the answer, and the member at fault.
struct Bad {
    name: &'static str,
    path: String,
    body: Value,
    status: u16,
    code: &'static str,
    pointer: Option<&'static str>,
}

fn bad(name: &'static str, path: &str, body: Value, answer: (u16, &'static str), pointer: impl Into<Option<&'static str>>) -> Bad {
    Bad { name, path: path.to_owned(), body, status: answer.0, code: answer.1, pointer: pointer.into() }
}

/// This body with other members.
fn but(mut body: Value, changes: Value) -> Value {
    for (name, value) in changes.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    body
}

/// A POST that insists on a version.
async fn insist(client: &Client, path: &str, tag: &str, key: &str, body: &Value) -> Answer {
    let headers = [("content-type", "application/json"), ("if-match", tag), ("idempotency-key", key)];
    client.send(reqwest::Method::POST, path, &headers, Some(body.to_string().into_bytes())).await.unwrap()
}

fn money(amount: &str, currency: &str) -> Value {
    json!({ "amount": amount, "currency": currency })
}

fn account() -> Value {
    json!({ "external_id": "B1", "name": "Customer", "currency": "CNY" })
}

fn invoice() -> Value {
    json!({ "external_id": "BI1", "account_external_id": "A1", "issued_on": "2026-01-02", "due_on": "2026-02-01", "amount": cny("120.00") })
}

fn payment() -> Value {
    json!({ "external_id": "BP1", "account_external_id": "A1", "received_on": "2026-03-01", "amount": cny("1.00") })
}

fn accounts() -> Vec<Bad> {
    let to = |name, changes, answer, pointer| bad(name, "/v1/accounts", but(account(), changes), answer, pointer);
    vec![
        to("an unknown field", json!({ "colour": "red" }), (422, "unknown_field"), Some("#/colour")),
        to("an unknown currency", json!({ "currency": "XQQ" }), (422, "unknown_currency"), Some("#/currency")),
        to("a currency in small letters", json!({ "currency": "cny" }), (422, "unknown_currency"), Some("#/currency")),
        to("an empty number", json!({ "external_id": "" }), (422, "validation_failed"), Some("#/external_id")),
        to("a number that is too long", json!({ "external_id": "x".repeat(101) }), (422, "validation_failed"), Some("#/external_id")),
        to("a parent nobody has", json!({ "parent_external_id": "nobody" }), (422, "unknown_reference"), Some("#/parent_external_id")),
        to("a known number with other content", json!({ "external_id": "A1", "name": "Other" }), (409, "external_id_conflict"), None),
        bad("no name", "/v1/accounts", json!({ "external_id": "B1", "currency": "CNY" }), (422, "missing_field"), None),
        bad("an array", "/v1/accounts", json!([]), (422, "validation_failed"), None),
        bad("members without their names", "/v1/accounts", json!(["B1", "Customer", "CNY"]), (422, "validation_failed"), None),
        to("a control character", json!({ "name": "x\u{0}" }), (422, "validation_failed"), Some("#/name")),
        to("a control character deep inside", json!({ "metadata": { "a": "\u{1b}" } }), (422, "validation_failed"), Some("#/metadata/a")),
    ]
}

fn invoices() -> Vec<Bad> {
    let to = |name, changes, answer, pointer| bad(name, "/v1/invoices", but(invoice(), changes), answer, pointer);
    let stranger = format!("acc_{NOBODY}");
    vec![
        to("an unknown field", json!({ "colour": "red" }), (422, "unknown_field"), Some("#/colour")),
        to("a day the calendar lacks", json!({ "issued_on": "2026-02-30" }), (422, "malformed_date"), Some("#/issued_on")),
        to("a date of another country", json!({ "due_on": "31.12.2026" }), (422, "malformed_date"), Some("#/due_on")),
        to("a date long ago", json!({ "issued_on": "1812-01-01" }), (422, "malformed_date"), Some("#/issued_on")),
        to("too many decimals", json!({ "amount": cny("1.005") }), (422, "too_many_decimals"), Some("#/amount/amount")),
        to(
            "decimals where the currency has none",
            json!({ "amount": money("1.5", "JPY") }),
            (422, "too_many_decimals"),
            Some("#/amount/amount"),
        ),
        to("an unknown currency", json!({ "amount": money("1.00", "XQQ") }), (422, "unknown_currency"), Some("#/amount/currency")),
        to("a negative amount", json!({ "amount": cny("-5.00") }), (422, "use_credit_notes"), Some("#/amount")),
        to("nothing", json!({ "amount": cny("0.00") }), (422, "amount_out_of_range"), Some("#/amount")),
        to("more than there is", json!({ "amount": cny("100000000000000.00") }), (422, "amount_out_of_range"), Some("#/amount/amount")),
        to(
            "an amount as a number",
            json!({ "amount": { "amount": 120, "currency": "CNY" } }),
            (422, "validation_failed"),
            Some("#/amount/amount"),
        ),
        to("an amount with an exponent", json!({ "amount": cny("1e3") }), (422, "malformed_amount"), Some("#/amount/amount")),
        to("money without the names of its members", json!({ "amount": ["1.00", "CNY"] }), (422, "validation_failed"), Some("#/amount")),
        to("an entity that is too long", json!({ "entity": "x".repeat(41) }), (422, "validation_failed"), Some("#/entity")),
        to("a reference of two lines", json!({ "reference": "a\nb" }), (422, "validation_failed"), Some("#/reference")),
        to("an account nobody has", json!({ "account_external_id": "nobody" }), (422, "unknown_reference"), Some("#/account_external_id")),
        to(
            "an account id nobody has",
            json!({ "account_external_id": null, "account_id": stranger }),
            (422, "unknown_reference"),
            Some("#/account_id"),
        ),
        to("a known number with other content", json!({ "external_id": "I1" }), (409, "external_id_conflict"), None),
        to(
            "instalments that are not the total",
            json!({ "due_on": null, "instalments": [{ "due_on": "2026-02-01", "amount": cny("100.00") }] }),
            (422, "validation_failed"),
            None,
        ),
    ]
}

fn payments(payment_id: &str, open: &str, other_currency: &str) -> Vec<Bad> {
    let to = |name, changes, answer, pointer| bad(name, "/v1/payments", but(payment(), changes), answer, pointer);
    let shares = format!("/v1/payments/{payment_id}/allocations");
    let share = |name, item: &str, amount: Value, code| {
        bad(name, &shares, json!({ "allocations": [{ "instalment_id": item, "amount": amount }] }), (422, code), None)
    };
    vec![
        to("an unknown field", json!({ "colour": "red" }), (422, "unknown_field"), Some("#/colour")),
        to("a malformed date", json!({ "received_on": "2026-3-1" }), (422, "malformed_date"), Some("#/received_on")),
        to("too many decimals", json!({ "amount": cny("0.001") }), (422, "too_many_decimals"), Some("#/amount/amount")),
        to("an unknown currency", json!({ "amount": money("1.00", "XXX") }), (422, "unknown_currency"), Some("#/amount/currency")),
        to("a negative amount", json!({ "amount": cny("-1.00") }), (422, "amount_out_of_range"), Some("#/amount")),
        to("a known number with other content", json!({ "external_id": "P1" }), (409, "external_id_conflict"), None),
        to(
            "a named share in another currency",
            json!({ "remittance": [{ "invoice_external_id": "I1", "amount": money("1.00", "USD") }] }),
            (422, "currency_mismatch"),
            Some("#/remittance/0/amount"),
        ),
        share("more than the item has open", open, cny("100.01"), "over_allocation"),
        share("more than the payment has left", open, cny("60.01"), "over_allocation"),
        share("a share in another currency", open, money("1.00", "USD"), "currency_mismatch"),
        share("an item in another currency", other_currency, cny("1.00"), "currency_mismatch"),
        bad(
            "an invoice that is paid",
            &shares,
            json!({ "allocations": [{ "invoice_external_id": "I1", "amount": cny("1.00") }] }),
            (422, "over_allocation"),
            None,
        ),
        bad(
            "an invoice nobody has",
            &shares,
            json!({ "allocations": [{ "invoice_external_id": "nobody", "amount": cny("1.00") }] }),
            (422, "unknown_reference"),
            Some("#/allocations/0"),
        ),
        share("an item nobody has", &format!("itm_{NOBODY}"), cny("1.00"), "unknown_reference"),
        bad("a payment nobody has", &format!("/v1/payments/pay_{NOBODY}/allocations"), json!({ "auto": true }), (404, "not_found"), None),
        bad("an id of another kind", &format!("/v1/payments/acc_{NOBODY}/allocations"), json!({ "auto": true }), (404, "not_found"), None),
        bad("no id at all", "/v1/payments/x/allocations", json!({ "auto": true }), (404, "not_found"), None),
    ]
}

/// Sends each and compares; gives every disagreement at once.
async fn disagreements(client: &Client, table: &[Bad]) -> Vec<String> {
    let mut wrong = Vec::new();
    for bad in table {
        let answer = client.post(&bad.path, bad.body.clone()).await;
        let seen = (answer.status, answer.json["code"].as_str().unwrap_or_default());
        let is_at_fault =
            bad.pointer.is_none_or(|pointer| answer.json["errors"].as_array().into_iter().flatten().any(|one| one["pointer"] == pointer));
        if seen != (bad.status, bad.code) || !is_at_fault {
            wrong.push(format!("{} {}: expected {} {} {:?}: {}", bad.path, bad.name, bad.status, bad.code, bad.pointer, answer.text));
        }
    }
    wrong
}

/// The first instalment of an invoice that is there.
async fn item(client: &Client, external_id: &str) -> String {
    let found = client.get(&format!("/v1/invoices?external_id={external_id}")).await.expect(200);
    found["data"][0]["instalments"][0]["id"].as_str().expect("an invoice has an instalment").to_owned()
}

on_both! {
    async fn every_bad_account_invoice_and_payment_is_refused_with_its_code_and_place_and_leaves_nothing(world: World) {
        fill(world).await;
        let admin = world.admin();
        let dollars = but(invoice(), json!({ "external_id": "USD1", "amount": money("50.00", "USD") }));
        admin.post("/v1/invoices", dollars).await.expect(201);
        // Received in dollars' company but not allocated: sixty are left of it after its own invoice.
        let spare = but(payment(), json!({ "external_id": "SPARE", "amount": cny("350.00") }));
        admin.post("/v1/payments", spare).await.expect(201);
        let fresh = but(invoice(), json!({ "external_id": "FRESH", "amount": cny("100.00") }));
        admin.post("/v1/invoices", fresh).await.expect(201);
        let spare = admin.get("/v1/payments?external_id=SPARE").await.expect(200)["data"][0].clone();
        assert_eq!(spare["unallocated"], cny("60.00"), "{spare}");
        let table = payments(spare["id"].as_str().unwrap(), &item(&admin, "FRESH").await, &item(&admin, "USD1").await);
        // The work behind the requests ends here, so that what is compared stands still.
        world.api.rest().await;
        let before = tenant_dump(&world.database_url, &world.tenant).await;
        let mut wrong = disagreements(&admin, &accounts()).await;
        wrong.extend(disagreements(&admin, &invoices()).await);
        wrong.extend(disagreements(&admin, &table).await);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert_eq!(tenant_dump(&world.database_url, &world.tenant).await, before, "a refusal leaves nothing");
    }

    async fn what_another_tenant_has_is_as_unknown_as_what_nobody_has(world: World) {
        fill(world).await;
        let other = world.another_tenant("other").await;
        let (own, foreign) = (world.admin(), world.api.client(Role::Admin, &other.slug));
        let account = own.get("/v1/accounts?external_id=A1").await.expect(200)["data"][0]["id"].as_str().unwrap().to_owned();
        let post = async |account: &str| {
            let body = but(invoice(), json!({ "account_external_id": null, "account_id": account }));
            let answer = foreign.post("/v1/invoices", body).await;
            tests::document::comparable(&answer, account)
        };
        assert_eq!(post(&account).await, post(&format!("acc_{NOBODY}")).await);
        assert_eq!(foreign.get(&format!("/v1/accounts/{account}")).await.refused(404), "not_found");
    }

    async fn a_live_tenant_takes_nothing_of_tomorrow(world: World) {
        let live = NewTenant { kind: TenantKind::Live, ..default_tenant("live") };
        world.engine.ensure_tenant(&live).await.unwrap();
        let live = world.api.client(Role::Admin, "live");
        live.post("/v1/accounts", but(account(), json!({ "external_id": "A1" }))).await.expect(201);
        let tomorrow = live.post("/v1/payments", but(payment(), json!({ "received_on": "2026-03-03" }))).await;
        assert_eq!(tomorrow.json["errors"][0]["pointer"], "#/received_on");
        assert_eq!(tomorrow.refused(422), "post_dated");
        let payment = live.post("/v1/payments", but(payment(), json!({ "received_on": "2026-03-02" }))).await.expect(201);
        let invoice = live.post("/v1/invoices", invoice()).await.expect(201);
        let at = |what: &str, of: &Value, act: &str| format!("/v1/{what}/{}/{act}", of["id"].as_str().unwrap());
        let credit = json!({ "external_id": "C1", "account_external_id": "A1", "issued_on": "2026-03-03", "amount": cny("1.00") });
        for (path, body, pointer) in [
            ("/v1/credit-notes".to_owned(), credit, "#/issued_on"),
            (at("invoices", &invoice, "cancellations"), json!({ "cancelled_on": "2026-03-03", "reason": "early" }), "#/cancelled_on"),
            (at("payments", &payment, "bounces"), json!({ "bounced_on": "2026-03-03", "reason": "early" }), "#/bounced_on"),
        ] {
            let refused = live.post(&path, body).await;
            assert_eq!(refused.json["errors"][0]["pointer"], pointer, "{path}: {refused:?}");
            assert_eq!(refused.refused(422), "post_dated", "{path}");
        }
    }

    async fn an_expired_a_forged_and_a_missing_token_open_nothing(world: World) {
        let good = world.admin().token.unwrap();
        let old = world.api.token_of(Role::Admin, &world.tenant.slug, -7_200);
        let turned = |from: &str| from.chars().map(|c| if c == 'A' { 'B' } else { 'A' }).collect::<String>();
        let (body, signature) = good.rsplit_once('.').unwrap();
        let forged = format!("{body}.{}", turned(signature));
        let stranger = world.api.stranger();
        assert_eq!(stranger.with_token(&good).get("/v1/accounts").await.status, 200);
        for token in [old, forged, format!("{body}."), "x".to_owned(), world.api.token_of(Role::Admin, "nowhere", 0)] {
            let answer = stranger.with_token(&token).get("/v1/accounts").await;
            assert!(answer.header("www-authenticate").unwrap().contains("invalid_token"), "{answer:?}");
            assert_eq!(answer.refused(401), "invalid_token", "{token}");
        }
        assert_eq!(stranger.get("/v1/accounts").await.refused(401), "unauthenticated");
    }

    async fn what_is_too_large_too_deep_or_not_json_is_refused_before_it_is_read(world: World) {
        let admin = world.admin();
        let large = but(account(), json!({ "name": "x".repeat(1024 * 1024) }));
        assert_eq!(admin.post("/v1/accounts", large).await.refused(413), "too_large");
        let json = [("content-type", "application/json")];
        let send = async |body: String| admin.send(reqwest::Method::POST, "/v1/accounts", &json, Some(body.into_bytes())).await.unwrap();
        assert_eq!(send("{\"external_id\":".into()).await.refused(400), "malformed_json");
        assert_eq!(send("[".repeat(100_000)).await.refused(400), "malformed_json");
        assert_eq!(send("{\"external_id\":\"\u{0}\"}".into()).await.refused(400), "malformed_json");
        let text = admin.send(reqwest::Method::POST, "/v1/accounts", &[("content-type", "text/plain")], Some(b"{}".to_vec())).await.unwrap();
        assert_eq!(text.refused(415), "unsupported_media_type");
        assert_eq!(admin.get("/v1/accounts?colour=red").await.refused(400), "unknown_parameter");
        for nothing_asked_for in ["/v1/calendars?colour=red", "/v1/settings?as_of=2026-01-01", "/v1/plugins?"] {
            let answer = admin.get(nothing_asked_for).await;
            let expected = if nothing_asked_for.ends_with('?') { 200 } else { 400 };
            assert_eq!(answer.status, expected, "{nothing_asked_for}: {answer:?}");
        }
        assert_eq!(admin.post("/v1/accounts?colour=red", account()).await.refused(400), "unknown_parameter");
        assert_eq!(admin.get("/v1/accounts?external_id=%00").await.refused(400), "invalid_parameter");
        assert_eq!(admin.get("/v1/calendars/%00").await.refused(404), "not_found");
    }

    async fn money_that_is_named_beyond_the_payment_is_told(world: World) {
        fill(world).await;
        let named = json!([
            { "invoice_external_id": "I1", "amount": cny("8.00") },
            { "invoice_external_id": "I2", "amount": cny("5.00") },
        ]);
        let of = |number: &str, amount: &str| {
            let changes = json!({ "external_id": number, "amount": cny(amount), "remittance": named, "invoice_external_id": null });
            but(payment(), changes)
        };
        let told = world.admin().post("/v1/payments", of("LESS", "12.99")).await.expect(201);
        assert_eq!(told["warnings"][0]["code"], "remittance_beyond_payment", "{told}");
        let silent = world.admin().post("/v1/payments", of("ALL", "13.00")).await.expect(201);
        assert_eq!(silent["warnings"], json!([]), "{silent}");
    }

    async fn what_is_always_there_can_be_changed_and_not_removed(world: World) {
        fill(world).await;
        let admin = world.admin();
        let id = admin.get("/v1/accounts?external_id=A1").await.expect(200)["data"][0]["id"].as_str().unwrap().to_owned();
        for (member, body) in [("name", json!({ "name": null })), ("state", json!({ "state": null })), ("blocked", json!({ "blocked": null }))] {
            let refused = admin.patch(&format!("/v1/accounts/{id}"), "*", body).await;
            assert_eq!(refused.json["errors"][0]["pointer"], format!("#/{member}"), "{refused:?}");
            assert_eq!(refused.refused(422), "validation_failed", "{member}");
        }
    }

    async fn an_act_is_done_to_the_version_that_was_read_or_not_at_all(world: World) {
        fill(world).await;
        let admin = world.admin();
        let id = admin.get("/v1/accounts?external_id=A1").await.expect(200)["data"][0]["id"].as_str().unwrap().to_owned();
        let account = format!("/v1/accounts/{id}");
        let read = admin.get(&account).await.header("etag").unwrap().to_owned();
        let note = async |tag: &str, key: &str| {
            let headers = [("content-type", "application/json"), ("if-match", tag), ("idempotency-key", key)];
            let body = json!({ "text": "called" }).to_string().into_bytes();
            admin.send(reqwest::Method::POST, &format!("{account}/notes"), &headers, Some(body)).await.unwrap()
        };
        admin.patch(&account, &read, json!({ "segment": "key" })).await.expect(200);
        // The work behind the requests ends here, so that what is compared stands still.
        world.api.rest().await;
        let before = tenant_dump(&world.database_url, &world.tenant).await;
        let stale = note(&read, "k1").await;
        assert_eq!(stale.header("etag"), admin.get(&account).await.header("etag"), "{stale:?}");
        assert_eq!(stale.refused(412), "stale_version");
        assert_eq!(note("\"v999\"", "k1").await.refused(412), "stale_version", "a version to come");
        assert_eq!(tenant_dump(&world.database_url, &world.tenant).await, before, "a refusal leaves nothing");
        let now = admin.get(&account).await.header("etag").unwrap().to_owned();
        note(&now, "k1").await.expect(201);
        // The same request again: it was done, and the version it insisted on has moved by its own doing.
        let again = note(&now, "k1").await;
        assert_eq!((again.status, again.header("idempotent-replayed")), (201, Some("true")), "{again:?}");
        note("*", "k2").await.expect(201);
    }

    async fn an_act_on_a_plugin_is_done_to_the_activation_or_the_draft_that_was_read_or_not_at_all(world: World) {
        let admin = world.admin();
        let plugin = "/v1/plugins/early_discount";
        let tag = async |of: &str| admin.get(&format!("{plugin}/{of}")).await.header("etag").unwrap().to_owned();
        let act = async |what: &str, tag: &str, key: &str, body: &Value| insist(&admin, &format!("{plugin}/{what}"), tag, key, body).await;
        let never = tag("settings").await;
        act("activations", "W/\"v1\"", "k0", &json!({})).await.refused(412);
        act("activations", &never, "k1", &json!({})).await.expect(201);
        let files = admin.get(&format!("{plugin}/versions/1/files")).await.expect(200)["files"].clone();
        let saved = |readme: &str| json!({ "files": but(files.clone(), json!({ "README.md": readme })) });
        admin.put(&format!("{plugin}/draft"), "*", saved("One.")).await.expect(200);
        let drafted = tag("draft").await;
        admin.put(&format!("{plugin}/draft"), &drafted, saved("Two.")).await.expect(200);
        world.api.rest().await;

        let before = tenant_dump(&world.database_url, &world.tenant).await;
        let quote = json!({ "params": { "amount": cny("100.00"), "rate": "0.005", "days": 25 } });
        let why = json!({ "reason": "enough" });
        let case = json!({ "hook": "before_due", "fixture": "tests/recorded/not_worth_it.json" });
        let acts = [
            ("activations", json!({})), ("rollbacks", why.clone()), ("stops", why.clone()), ("versions", saved("Three.")), ("dry-runs", case.clone()),
            ("actions/quote", quote.clone()), ("actions/quote?mode=apply", quote.clone()),
        ];
        let now = tag("settings").await;
        for (what, body) in &acts {
            for old in [never.as_str(), "\"v999\"", "W/\"v1\""] {
                let stale = act(what, old, "k2", body).await;
                assert_eq!(stale.header("etag"), Some(now.as_str()), "{what} {old}: {stale:?}");
                assert!(stale.json["current_version"].is_i64(), "{what}: {}", stale.text);
                assert_eq!(stale.refused(412), "stale_version", "{what} {old}");
            }
        }
        let stale = act("draft/tests", &drafted, "k2", &json!({})).await;
        assert_eq!(stale.header("etag"), Some(tag("draft").await.as_str()), "{stale:?}");
        assert_eq!(stale.refused(412), "stale_version");
        assert_eq!(tenant_dump(&world.database_url, &world.tenant).await, before, "a refusal leaves nothing");

        act("draft/tests", &tag("draft").await, "k3", &json!({})).await.expect(200);
        act("dry-runs", &now, "k3", &case).await.expect(200);
        act("versions", &now, "k3", &saved("Three.")).await.expect(201);
        act("actions/quote", &now, "k3", &quote).await.expect(200);
        act("actions/quote?mode=apply", &now, "k4", &quote).await.expect(200);
        act("stops", &now, "k5", &why).await.expect(201);
        // The same request again: it was done, and the version it insisted on has moved by its own doing.
        let again = act("stops", &now, "k5", &why).await;
        assert_eq!((again.status, again.header("idempotent-replayed")), (201, Some("true")), "{again:?}");
        assert_eq!(act("activations", &now, "k6", &json!({})).await.refused(412), "stale_version", "it was stopped since");
        act("activations", &tag("settings").await, "k6", &json!({})).await.expect(201);
        act("stops", "*", "k7", &why).await.expect(201);
    }

    async fn an_act_that_insists_on_a_version_where_there_is_none_is_refused(world: World) {
        fill(world).await;
        let admin = world.admin();
        let policy = admin.get("/v1/policies").await.expect(200)["data"][0]["id"].as_str().unwrap().to_owned();
        world.api.rest().await;
        let before = tenant_dump(&world.database_url, &world.tenant).await;
        for (path, body) in [
            ("/v1/accounts".to_owned(), account()),
            ("/v1/plugins/lint".to_owned(), json!({ "files": {} })),
            (format!("/v1/policies/{policy}/activations"), json!({})),
            (format!("/v1/decisions/dec_{NOBODY}/replays"), json!({})),
            ("/v1/runs".to_owned(), json!({})),
            ("/v1/tenants".to_owned(), json!({ "slug": "more", "kind": "live", "time_zone": "Asia/Shanghai", "currency": "CNY" })),
        ] {
            let refused = insist(&admin, &path, "\"v1\"", "k1", &body).await;
            assert_eq!(refused.json["errors"][0]["pointer"], "@If-Match", "{path}: {}", refused.text);
            assert!(refused.json["detail"].as_str().unwrap().contains("has no version"), "{path}: {}", refused.text);
            assert_eq!(refused.refused(412), "stale_version", "{path}");
        }
        assert_eq!(tenant_dump(&world.database_url, &world.tenant).await, before, "a refusal leaves nothing");
        assert_eq!(admin.get("/v1/tenants/more").await.status, 404);
    }

    async fn a_milestone_is_completed_in_the_version_that_was_read_or_not_at_all(world: World) {
        fill(world).await;
        let admin = world.admin();
        let contract = json!({ "external_id": "K77", "account_external_id": "A1", "amount": cny("1000.00"), "mode": "open_account",
            "terms": { "cycle": "milestone", "method": "transfer", "due_basis": "acceptance", "due_days": 30, "grace_days": 0 } });
        let contract = admin.post("/v1/contracts", contract).await.expect(201)["id"].as_str().unwrap().to_owned();
        let planned = json!({ "name": "acceptance", "planned_on": "2026-02-20" });
        let milestone = admin.post(&format!("/v1/contracts/{contract}/milestones"), planned).await.expect(201)["id"].as_str().unwrap().to_owned();
        let path = format!("/v1/milestones/{milestone}");
        let read = admin.get(&path).await.header("etag").unwrap().to_owned();
        let evidence = json!({ "reference": "DMS-1", "sha256": "ab".repeat(32), "signed_by": "Chen Wei", "signed_on": "2026-02-27" });
        let reached = json!({ "completed_on": "2026-02-20", "evidence": evidence });
        let stale = insist(&admin, &format!("{path}/completions"), "\"v999\"", "k1", &reached).await;
        assert_eq!(stale.header("etag"), Some(read.as_str()), "{stale:?}");
        assert_eq!(stale.refused(412), "stale_version");
        assert_eq!(admin.get(&path).await.header("etag"), Some(read.as_str()));
        insist(&admin, &format!("{path}/completions"), &read, "k1", &reached).await.expect(201);
    }

    async fn what_the_caller_cannot_read_is_not_done(world: World) {
        let admin = world.admin();
        let post = async |kinds: &str| {
            let headers = [("content-type", "application/json"), ("accept", kinds)];
            admin.send(reqwest::Method::POST, "/v1/accounts", &headers, Some(account().to_string().into_bytes())).await.unwrap()
        };
        for kinds in ["text/html", "application/xml, text/*;q=0.5", "application/json;q=0"] {
            assert_eq!(post(kinds).await.refused(406), "not_acceptable", "{kinds}");
        }
        assert_eq!(admin.get("/v1/accounts").await.expect(200)["data"], json!([]), "nothing was made");
        for kinds in ["text/html, */*;q=0.1", "application/*", "application/json", "application/problem+json", "no media type"] {
            let answer = post(kinds).await;
            assert!(matches!(answer.status, 200 | 201), "{kinds}: {answer:?}");
        }
    }
}

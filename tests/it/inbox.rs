//! The inbox of the second person: what waits, who may say yes, and what a yes does.

use recoup_api::access::Role;
use serde_json::{Value, json};
use tests::client::{Answer, Client};
use tests::inspect::tenant_dump;
use tests::ledger::cny;
use tests::on_both;
use tests::world::World;

/// The callers of one tenant in which an act above one's authority waits.
struct Desk {
    officer: Client,
    manager: Client,
    operator: Client,
    account: String,
}

/// A tenant with the second person switched on, and an account whose limit is 1,000.00.
async fn desk(world: &World) -> Desk {
    let operator = world.admin();
    let mut settings = operator.get("/v1/settings").await.expect(200);
    settings["four_eyes"] = true.into();
    operator.put("/v1/settings", "*", settings).await.expect(200);
    let account = operator.post("/v1/accounts", json!({ "external_id": "A1", "name": "Lotus", "currency": "CNY" })).await.expect(201);
    let account = account["id"].as_str().unwrap().to_owned();
    let desk = Desk { officer: world.client(Role::CreditOfficer), manager: world.client(Role::CreditManager), operator, account };
    desk.raise(&desk.officer, "1000.00", "2026-01-01").await.expect(201);
    desk
}

impl Desk {
    async fn raise(&self, who: &Client, amount: &str, from: &str) -> Answer {
        let limit = json!({ "amount": cny(amount), "valid_from": from, "kind": "standing", "reason": "they grow" });
        who.post(&format!("/v1/accounts/{}/credit-limits", self.account), limit).await
    }

    async fn limits(&self) -> usize {
        let limits = self.operator.get(&format!("/v1/accounts/{}/credit-limits", self.account)).await.expect(200);
        limits["data"].as_array().unwrap().len()
    }

    /// An order that is held, with its path.
    async fn held(&self, external_id: &str, amount: &str) -> String {
        let order = json!({ "external_id": external_id, "account_external_id": "A1", "amount": cny(amount) });
        let placed = self.operator.post("/v1/orders", order).await.expect(201);
        assert_eq!(placed["state"], "held", "{placed}");
        format!("/v1/orders/{}", placed["id"].as_str().unwrap())
    }

    async fn answer(&self, who: &Client, waits: &Value, decision: &str) -> Answer {
        let path = format!("/v1/approvals/{}/decisions", waits["id"].as_str().unwrap());
        who.post(&path, json!({ "decision": decision, "comment": "seen" })).await
    }

    async fn audit(&self, kind: &str) -> Vec<Value> {
        let lines = self.operator.get(&format!("/v1/audit?type={kind}")).await.expect(200);
        lines["data"].as_array().unwrap().clone()
    }
}

on_both! {
    async fn a_limit_above_ones_authority_waits_and_is_set_in_the_name_of_both(world: World) {
        let desk = desk(world).await;
        let waits = desk.raise(&desk.officer, "500000.00", "2026-03-01").await.expect(202);
        assert_eq!((&waits["state"], &waits["approval"]["needs"]), (&"pending_approval".into(), &"credit_manager".into()), "{waits}");
        assert_eq!((&waits["approval"]["id"], &waits["approval"]["expires_at"]), (&waits["id"], &"2026-03-09T16:00:00Z".into()), "{waits}");
        assert_eq!(desk.limits().await, 1, "nothing is granted by asking");
        let listed = desk.manager.get("/v1/approvals?state=pending&kind=set_limit&account_external_id=A1").await.expect(200);
        let one = &listed["data"][0];
        assert_eq!((&one["amount"], &one["asked_by"], &one["expires_on"]), (&cny("500000.00"), &"local:credit_officer".into(), &"2026-03-09".into()));
        assert!(one["text"]["en"].as_str().unwrap().contains("Lotus to CNY 500,000.00"), "{one}");
        assert!(one["text"]["zh-CN"].as_str().unwrap().contains("信用额度"), "{one}");
        let said = desk.answer(&desk.manager, &waits, "approve").await.expect(201);
        assert_eq!((&said["state"], &said["decided_by"], &said["comment"]), (&"approved".into(), &"local:credit_manager".into(), &"seen".into()));
        assert_eq!((&said["result"]["amount"], &said["result"]["author"]), (&cny("500000.00"), &"local:credit_officer".into()), "{said}");
        assert_eq!(desk.limits().await, 2);
        let line = desk.audit("credit_limit.set").await.remove(0);
        assert_eq!((&line["actor"], &line["approved_by"]), (&"local:credit_officer".into(), &"local:credit_manager".into()), "{line}");
        assert_eq!(line["data"]["four_eyes"], "approved", "{line}");
        assert_eq!(desk.answer(&desk.manager, &waits, "approve").await.refused(409), "illegal_state", "it is answered once");
    }

    async fn only_a_raise_is_judged_and_the_operator_acts_alone_and_says_so(world: World) {
        let desk = desk(world).await;
        desk.raise(&desk.operator, "800000.00", "2026-02-01").await.expect(201);
        assert_eq!(desk.audit("credit_limit.set").await[0]["data"]["four_eyes"], "operator");
        desk.raise(&desk.officer, "700000.00", "2026-03-01").await.expect(201);
        assert_eq!(desk.audit("credit_limit.set").await[0]["data"]["four_eyes"], Value::Null, "a lower limit needs nobody");
        desk.raise(&desk.officer, "700000.01", "2026-03-02").await.expect(202);
    }

    async fn ones_own_request_and_another_roles_are_refused_and_leave_nothing(world: World) {
        let desk = desk(world).await;
        let waits = desk.raise(&desk.officer, "500000.00", "2026-03-01").await.expect(202);
        let own = desk.held("SO-1", "2000000.00").await;
        let of_manager = desk.manager.post(&format!("{own}/releases"), json!({ "reason": "I know them" })).await.expect(202);
        // The work behind the requests ends here, so that what is compared stands still.
        world.api.rest().await;
        let before = tenant_dump(&world.database_url, &world.tenant).await;
        assert_eq!(desk.answer(&desk.officer, &waits, "approve").await.refused(403), "insufficient_scope");
        assert_eq!(desk.answer(&desk.manager, &of_manager, "approve").await.refused(403), "second_person_required");
        assert_eq!(desk.answer(&desk.manager, &of_manager, "reject").await.refused(403), "second_person_required");
        assert_eq!(desk.answer(&world.client(Role::Cashier), &waits, "approve").await.refused(403), "insufficient_scope");
        assert_eq!(desk.answer(&desk.manager, &json!({ "id": "apr_01h455vb4pex5vsknk084sn02q" }), "approve").await.refused(404), "not_found");
        assert_eq!(tenant_dump(&world.database_url, &world.tenant).await, before, "a refusal leaves nothing");
        desk.answer(&desk.operator, &of_manager, "approve").await.expect(201);
    }

    async fn a_release_above_ones_authority_waits_for_exactly_what_was_asked(world: World) {
        let desk = desk(world).await;
        let order = desk.held("SO-1", "150000.00").await;
        let release = |amount: Option<&str>| json!({ "reason": "signed", "amount": amount.map(cny) });
        desk.officer.post(&format!("{order}/releases"), release(Some("100000.00"))).await.expect(201);
        let waits = desk.officer.post(&format!("{order}/releases"), release(None)).await.expect(202);
        let again = desk.officer.post(&format!("{order}/releases"), release(None)).await;
        assert_eq!((again.header("idempotent-replayed"), &again.json), (Some("true"), &waits), "it waits once");
        desk.operator.post(&format!("{order}/checks"), json!({})).await.expect(201);
        let said = desk.answer(&desk.manager, &waits, "approve").await.expect(201);
        assert_eq!((&said["result"]["state"], &said["amount"]), (&"released".into(), &cny("150000.00")), "{said}");
        assert_eq!(desk.audit("order.released").await[0]["approved_by"], "local:credit_manager");
    }

    async fn the_second_override_in_thirty_days_takes_two_persons_whatever_its_amount(world: World) {
        let desk = desk(world).await;
        let (first, second) = (desk.held("SO-1", "1500.00").await, desk.held("SO-2", "1500.00").await);
        let release = async |order: &str| desk.officer.post(&format!("{order}/releases"), json!({ "reason": "signed" })).await;
        release(&first).await.expect(201);
        let waits = release(&second).await.expect(202);
        let path = format!("/v1/approvals/{}", waits["id"].as_str().unwrap());
        assert_eq!(desk.manager.get(&path).await.expect(200)["code"], "second_override");
        world.set_day("2026-03-31");
        let third = desk.held("SO-3", "1500.00").await;
        release(&third).await.expect(202);
        world.set_day("2026-04-01");
        release(&third).await.expect(201);
    }

    async fn a_plugin_that_decides_is_asked_for_by_one_and_switched_on_by_another(world: World) {
        let desk = desk(world).await;
        let (author, approver) = (world.client(Role::PluginAuthor), world.client(Role::PluginApprover));
        let ask = json!({ "version": 1, "reason": "we lost money" });
        let waits = author.post("/v1/plugins/order_hold/activations", ask).await.expect(202);
        assert_eq!(waits["approval"]["needs"], "plugin_approver");
        let listed = approver.get("/v1/approvals?state=pending").await.expect(200);
        assert_eq!(listed["data"][0]["kind"], "activate_plugin", "{listed}");
        assert!(listed["data"][0]["text"]["zh-CN"].as_str().unwrap().contains("order_hold"), "{listed}");
        assert_eq!(desk.answer(&desk.manager, &waits, "approve").await.refused(403), "insufficient_scope");
        assert_eq!(desk.answer(&author, &waits, "approve").await.refused(403), "insufficient_scope");
        let said = desk.answer(&approver, &waits, "approve").await.expect(201);
        assert_eq!((&said["result"]["by"], &said["result"]["approved_by"]), (&"local:plugin_author".into(), &"local:plugin_approver".into()), "{said}");
        assert_eq!(author.get("/v1/plugins/order_hold").await.expect(200)["mode"], "on");
        let settings = json!({ "settings": { "grace_days": 9 } });
        let changed = author.put("/v1/plugins/order_hold/settings", "*", settings).await.expect(202);
        author.post("/v1/plugins/order_hold/stops", json!({ "reason": "halt" })).await.refused(403);
        approver.post("/v1/plugins/order_hold/stops", json!({ "reason": "halt" })).await.expect(201);
        assert_eq!(desk.answer(&approver, &changed, "approve").await.refused(409), "approval_stale", "it was switched in the meantime");
    }

    async fn whoever_wrote_a_version_does_not_say_yes_to_it(world: World) {
        let desk = desk(world).await;
        let files = desk.operator.get("/v1/plugins/order_hold/versions/1/files").await.expect(200);
        let mut files = files["files"].clone();
        let readme = format!("{}\nOurs.", files["README.md"].as_str().unwrap());
        files["README.md"] = readme.into();
        let pushed = world.client(Role::PluginAuthor).post("/v1/plugins/order_hold/versions", json!({ "files": files })).await.expect(201);
        assert_eq!((&pushed["number"], &pushed["author"]), (&2.into(), &"local:plugin_author".into()), "{pushed}");
        let approver = world.client(Role::PluginApprover);
        let waits = approver.post("/v1/plugins/order_hold/activations", json!({ "version": 2 })).await.expect(202);
        assert_eq!(desk.answer(&approver, &waits, "approve").await.refused(403), "second_person_required");
        desk.answer(&desk.operator, &waits, "approve").await.expect(201);
    }

    async fn the_rules_are_changed_by_an_admin_and_a_credit_manager_together(world: World) {
        let desk = desk(world).await;
        let made = desk.manager.post("/v1/policies", json!({ "preset": "four_stage" })).await.expect(201);
        let path = format!("/v1/policies/{}", made["id"].as_str().unwrap());
        let waits = desk.manager.post(&format!("{path}/activations"), json!({})).await.expect(202);
        assert_eq!(waits["approval"]["needs"], "admin");
        assert_eq!(desk.answer(&desk.manager, &waits, "approve").await.refused(403), "second_person_required");
        desk.answer(&desk.operator, &waits, "approve").await.expect(201);
        assert_eq!(desk.manager.get(&path).await.expect(200)["active"], true);
        let days = json!({ "holidays": ["2026-10-01"] });
        let waits = desk.manager.put("/v1/calendars/cn", "*", days).await.expect(202);
        let said = desk.answer(&desk.operator, &waits, "approve").await.expect(201);
        assert_eq!((&said["result"]["version"], &said["result"]["holidays"]), (&1.into(), &json!(["2026-10-01"])), "{said}");
        let line = desk.audit("calendar.changed").await.remove(0);
        assert_eq!((&line["actor"], &line["approved_by"]), (&"local:credit_manager".into(), &"local:admin".into()), "{line}");
    }

    async fn what_can_no_longer_be_done_is_stale_and_changes_nothing(world: World) {
        let desk = desk(world).await;
        let waits = desk.raise(&desk.officer, "500000.00", "2026-03-01").await.expect(202);
        desk.raise(&desk.operator, "2000.00", "2026-03-01").await.expect(201);
        let before = tenant_dump(&world.database_url, &world.tenant).await;
        let stale = desk.answer(&desk.manager, &waits, "approve").await;
        assert_eq!(stale.json["cause"], "overlapping_limit", "{}", stale.text);
        assert_eq!(stale.refused(409), "approval_stale");
        assert_eq!(tenant_dump(&world.database_url, &world.tenant).await, before);
        let order = desk.held("SO-1", "150000.00").await;
        let release = desk.officer.post(&format!("{order}/releases"), json!({ "reason": "signed" })).await.expect(202);
        desk.operator.post(&format!("{order}/cancellations"), json!({})).await.expect(201);
        assert_eq!(desk.answer(&desk.manager, &release, "approve").await.refused(409), "illegal_state", "the request went with the order");
        let said = desk.answer(&desk.manager, &waits, "reject").await.expect(201);
        assert_eq!((&said["state"], &said["comment"], &said["result"]), (&"rejected".into(), &"seen".into(), &Value::Null), "{said}");
    }

    async fn after_its_last_day_no_answer_counts_whether_it_was_marked_or_not(world: World) {
        let desk = desk(world).await;
        let waits = desk.raise(&desk.officer, "500000.00", "2026-03-01").await.expect(202);
        world.set_day("2026-03-10");
        assert_eq!(desk.answer(&desk.manager, &waits, "approve").await.refused(409), "illegal_state");
        let path = format!("/v1/approvals/{}", waits["id"].as_str().unwrap());
        assert_eq!(desk.manager.get(&path).await.expect(200)["state"], "expired");
        let listed = async |state: &str| {
            let list = desk.manager.get(&format!("/v1/approvals?state={state}")).await.expect(200);
            list["data"].as_array().unwrap().len()
        };
        assert_eq!((listed("pending").await, listed("expired").await), (0, 1));
        let anew = desk.raise(&desk.officer, "500000.00", "2026-03-01").await.expect(202);
        assert_ne!(anew["id"], waits["id"], "what expired can be asked again");
        world.set_day("2026-03-20");
        let run = desk.operator.post("/v1/runs", json!({ "day": "2026-03-20" })).await.expect(202);
        desk.operator.worked(&format!("/v1/runs/{}", run["id"].as_str().unwrap())).await;
        assert_eq!(desk.audit("approval.expired").await.len(), 2, "one when it was asked again, one by the run");
        assert_eq!((listed("pending").await, listed("expired").await), (0, 2));
    }

    async fn a_yes_said_twice_at_once_counts_once(world: World) {
        let desk = desk(world).await;
        let waits = desk.raise(&desk.officer, "500000.00", "2026-03-01").await.expect(202);
        let all = futures::future::join_all((0..8).map(|_| desk.answer(&desk.manager, &waits, "approve"))).await;
        let (done, refused): (Vec<_>, Vec<_>) = all.into_iter().partition(|answer| answer.status == 201);
        assert_eq!(done.len(), 1);
        assert!(refused.iter().all(|answer| answer.status == 409), "{refused:?}");
        assert_eq!(desk.limits().await, 2);
    }

    async fn who_changes_how_much_he_answers_for_needs_the_operator(world: World) {
        let desk = desk(world).await;
        let mut settings = desk.operator.get("/v1/settings").await.expect(200);
        settings["authority"]["set_limit"] = json!({ "credit_officer": "600000", "credit_manager": null });
        assert_eq!(desk.manager.put("/v1/settings", "*", settings.clone()).await.refused(403), "second_person_required");
        desk.operator.put("/v1/settings", "*", settings.clone()).await.expect(200);
        desk.raise(&desk.officer, "500000.00", "2026-03-01").await.expect(201);
        for (tier, code) in [("1.005", "too_many_decimals"), ("-1", "amount_out_of_range"), ("many", "malformed_amount")] {
            settings["authority"]["set_limit"]["credit_officer"] = tier.into();
            let refused = desk.operator.put("/v1/settings", "*", settings.clone()).await;
            assert_eq!(refused.json["errors"][0]["pointer"], "#/authority/set_limit/credit_officer", "{}", refused.text);
            assert_eq!(refused.refused(422), code);
        }
    }

    async fn an_amount_in_other_money_is_measured_at_the_rate_of_the_day_or_not_at_all(world: World) {
        let desk = desk(world).await;
        let usd = |amount: &str| json!({ "amount": amount, "currency": "USD" });
        let account = json!({ "external_id": "U1", "name": "Maple", "currency": "USD" });
        let account = desk.operator.post("/v1/accounts", account).await.expect(201)["id"].as_str().unwrap().to_owned();
        let raise = async |amount: &str, from: &str| {
            let limit = json!({ "amount": usd(amount), "valid_from": from, "kind": "standing", "reason": "they grow" });
            desk.officer.post(&format!("/v1/accounts/{account}/credit-limits"), limit).await
        };
        let order = json!({ "external_id": "S1", "account_external_id": "A1", "amount": usd("10000.00") });
        let order = desk.operator.post("/v1/orders", order).await.expect(201)["id"].as_str().unwrap().to_owned();
        let release = async || desk.officer.post(&format!("/v1/orders/{order}/releases"), json!({ "reason": "signed" })).await;
        world.api.rest().await;
        let before = tenant_dump(&world.database_url, &world.tenant).await;
        assert_eq!(raise("10000.00", "2026-01-01").await.refused(409), "no_rate");
        assert_eq!(release().await.refused(409), "no_rate");
        assert_eq!(tenant_dump(&world.database_url, &world.tenant).await, before, "a refusal leaves nothing");
        let seven = json!({ "valid_from": "2026-03-01", "source": "house", "rates": [{ "from": "USD", "to": "CNY", "rate": "7" }] });
        desk.operator.post("/v1/exchange-rates", seven).await.expect(201);
        raise("14285.71", "2026-01-01").await.expect(201);
        raise("14285.72", "2026-01-02").await.expect(202);
        assert_eq!(release().await.expect(201)["state"], "released", "70,000 of ours is within what an officer answers for");
    }

    async fn a_manager_sets_limits_up_to_what_he_answers_for_and_then_asks_another_manager(world: World) {
        let desk = desk(world).await;
        desk.raise(&desk.manager, "1000000.00", "2026-03-01").await.expect(201);
        let waits = desk.raise(&desk.manager, "1000000.01", "2026-03-02").await.expect(202);
        assert_eq!(desk.answer(&desk.manager, &waits, "approve").await.refused(403), "second_person_required");
        assert_eq!(desk.limits().await, 2);
    }
}

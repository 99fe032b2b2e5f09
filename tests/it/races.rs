//! Many callers, one thing: whatever the order, the outcome is as if they had come one after another.

use futures::future::join_all;
use serde_json::json;
use std::collections::BTreeMap;
use tests::client::Client;
use tests::inspect::sql;
use tests::ledger::cny;
use tests::numbers::{Dice, RACE_CLIENTS, RACE_ORDERS};
use tests::on_both;
use tests::world::World;
use tokio::sync::watch;

/// The limit, and what one order asks of it: so many fit, and no more.
const FITTING: usize = 50;

/// Orders of a race, in all.
const ORDERS: usize = RACE_CLIENTS * RACE_ORDERS;

/// What is in the world while orders race: limits go down, approvals run out, invoices come, and somebody looks.
struct Weather<'a> {
    world: &'a World,
    limits: String,
    /// Orders answered so far: the clock by which the weather changes.
    answered: watch::Sender<usize>,
}

impl Weather<'_> {
    fn blows(&self) -> bool {
        *self.answered.borrow() < ORDERS
    }

    /// Waits until so many more orders are answered, or all.
    async fn pass(&self, more: usize) {
        let mut answered = self.answered.subscribe();
        let until = Ord::min(*answered.borrow() + more, ORDERS);
        answered.wait_for(|so_far| *so_far >= until).await.expect("the race goes on");
    }

    /// Each day of the year before a new limit, mostly lower than the one before it.
    async fn limits_go_down(&self, admin: &Client) {
        for (no, amount) in (2..28).zip([4_500, 4_000, 4_800, 3_500, 3_000, 4_200].into_iter().cycle()) {
            if !self.blows() {
                return;
            }
            let limit = json!({ "amount": cny(&format!("{amount}.00")), "valid_from": format!("2026-01-{no:02}"), "kind": "standing", "reason": "tighter" });
            let set = admin.post(&self.limits, limit).await;
            assert!(matches!(set.status, 201 | 409), "{set:?}");
            self.pass(ORDERS / 40).await;
        }
    }

    /// Approvals hold for a day, and the days go by.
    async fn approvals_run_out(&self) {
        for no in 3..25 {
            if !self.blows() {
                return;
            }
            let day = tests::world::day(&format!("2026-03-{no:02}"));
            self.world.clock.set_day(day);
            self.world.engine.expire_orders(&self.world.caller(), day).await.unwrap();
            self.pass(ORDERS / 25).await;
        }
    }

    /// Half of what is approved is invoiced.
    async fn invoices_come(&self, admin: &Client, mut dice: Dice) {
        let mut billed = 0;
        while self.blows() {
            let page = admin.get("/v1/orders?state=approved,partially_released&limit=100").await.expect(200);
            let orders = page["data"].as_array().unwrap();
            let Some(order) = orders.get(usize::try_from(dice.below(100)).unwrap() % orders.len().max(1)) else { continue };
            billed += 1;
            let invoice = json!({ "external_id": format!("I{billed}"), "account_external_id": "A1", "issued_on": "2026-03-02", "due_on": "2026-05-01",
                "amount": cny("20.00"), "order_external_id": order["external_id"], "final": dice.below(4) == 0 });
            let answer = admin.post("/v1/invoices", invoice).await;
            assert!(matches!(answer.status, 201 | 409), "{answer:?}");
        }
    }

    /// At any committed moment the kept sums are those of the rows, and no more is taken than the highest limit there ever was.
    async fn somebody_looks(&self) {
        let look = "SELECT b.orders_minor, (SELECT SUM(o.reserved_minor) FROM sales_order o WHERE o.account_id = b.account_id),
                           (SELECT SUM(r.amount_minor) FROM reservation r WHERE r.account_id = b.account_id) FROM balance b";
        while self.blows() {
            if let [row] = sql(&self.world.database_url, look).await.unwrap().as_slice() {
                assert!(row.windows(2).all(|pair| pair[0] == pair[1]), "kept, in the orders, in the movements: {row:?}");
                assert!(row[0].as_ref().unwrap().parse::<i64>().unwrap() <= 500_000, "{row:?}");
            }
            self.pass(1).await;
        }
    }
}

/// Reads what was committed in its order: the account's version. Gives how often an order was let ship, and fails where that took more
/// than the limit of its moment.
async fn replayed(world: &World) -> usize {
    let history = "SELECT j.account_version, j.kind, j.body, j.effective_on,
                          (SELECT SUM(r.amount_minor) FROM reservation r WHERE r.account_id = j.account_id AND r.created_at = j.at),
                          (SELECT SUM(v.total_minor) FROM invoice v WHERE v.account_id = j.account_id AND v.created_at = j.at)
                     FROM journal j WHERE j.account_version IS NOT NULL ORDER BY j.account_version, j.id";
    let (mut limits, mut exposure, mut let_ship, mut last) = (BTreeMap::new(), 0_i64, 0, 0_i64);
    for row in sql(&world.database_url, history).await.unwrap() {
        let [version, kind, body, day, reserved, invoiced] = row.try_into().unwrap();
        let (version, kind) = (version.unwrap().parse::<i64>().unwrap(), kind.unwrap());
        if version != last {
            let number = |text: Option<String>| text.map_or(0, |text| text.parse::<i64>().unwrap());
            exposure += number(reserved) + number(invoiced);
            last = version;
        }
        if kind == "credit_limit.set" {
            let body: serde_json::Value = serde_json::from_str(&body.unwrap()).unwrap();
            let amount = body["amount"]["amount"].as_str().unwrap().replace('.', "").parse::<i64>().unwrap();
            limits.insert(day.unwrap(), amount);
        }
        if matches!(kind.as_str(), "order.approved" | "order.partially_released") {
            let_ship += 1;
            let limit = limits.values().next_back().copied().unwrap();
            assert!(exposure <= limit, "version {version}: {exposure} taken, {limit} in force");
        }
    }
    let kept = sql(&world.database_url, "SELECT open_minor + orders_minor FROM balance").await.unwrap();
    assert_eq!(kept[0][0], Some(exposure.to_string()), "the history comes to what is kept");
    let_ship
}

on_both! {
    async fn no_order_is_let_ship_above_the_limit_of_its_moment(world: World) {
        let admin = world.admin();
        let tag = admin.get("/v1/settings").await.header("etag").unwrap().to_owned();
        admin.put("/v1/settings", &tag, json!({ "approval_days": 1 })).await.expect(200);
        let account = admin.post("/v1/accounts", json!({ "external_id": "A1", "name": "Customer", "currency": "CNY" })).await.expect(201);
        let limits = format!("/v1/accounts/{}/credit-limits", account["id"].as_str().unwrap());
        let limit = json!({ "amount": cny("5000.00"), "valid_from": "2026-01-01", "kind": "standing", "reason": "as agreed" });
        admin.post(&limits, limit).await.expect(201);
        let mut dice = Dice::from_seed();
        let chance = dice.split(99);
        let weather = Weather { world, limits, answered: watch::Sender::new(0) };
        let callers = (0..RACE_CLIENTS).map(|no| {
            let (admin, mut dice, answered) = (admin.clone(), dice.split(u64::try_from(no).unwrap()), &weather.answered);
            async move {
                let mut seen = Vec::new();
                for turn in 0..RACE_ORDERS {
                    let amount = cny(&format!("{}.00", 50 + dice.below(150)));
                    let order = json!({ "external_id": format!("O{no}-{turn}"), "account_external_id": "A1", "amount": amount, "partial_ok": dice.below(2) == 0 });
                    let answer = admin.post("/v1/orders", order).await;
                    seen.push(answer.status);
                    answered.send_modify(|so_far| *so_far += 1);
                }
                seen
            }
        });
        let callers: Vec<_> = callers.collect();
        let (seen, ..) = tokio::join!(
            join_all(callers),
            weather.limits_go_down(&admin),
            weather.approvals_run_out(),
            weather.invoices_come(&admin, chance),
            weather.somebody_looks()
        );
        let seen: Vec<u16> = seen.into_iter().flatten().collect();
        let conflicts = seen.iter().filter(|status| **status == 409).count();
        assert!(seen.iter().all(|status| matches!(status, 201 | 409)), "{dice}: {seen:?}");
        assert!(conflicts * 100 <= seen.len(), "{dice}: {conflicts} of {} callers saw a conflict", seen.len());
        // Held orders go on being let ship as approvals run out; that ends here, so that what is compared stands still.
        world.api.rest().await;
        let let_ship = replayed(world).await;
        assert!(let_ship > 20, "{dice}: {let_ship} orders were let ship");
    }

    async fn not_one_unit_passes_the_limit(world: World) {
        let admin = world.admin();
        let account = admin.post("/v1/accounts", json!({ "external_id": "A1", "name": "Customer", "currency": "CNY" })).await.expect(201);
        let limits = format!("/v1/accounts/{}/credit-limits", account["id"].as_str().unwrap());
        let limit = json!({ "amount": cny("5000.00"), "valid_from": "2026-01-01", "kind": "standing", "reason": "as agreed" });
        admin.post(&limits, limit).await.expect(201);
        let callers = (0..RACE_CLIENTS).map(|no| {
            let admin = admin.clone();
            async move {
                let mut seen = Vec::new();
                for turn in 0..RACE_ORDERS {
                    let order = json!({ "external_id": format!("O{no}-{turn}"), "account_external_id": "A1", "amount": cny("100.00") });
                    let answer = admin.post("/v1/orders", order).await;
                    let code = if answer.status == 201 { &answer.json["decision"] } else { &answer.json["code"] };
                    seen.push((answer.status, code.as_str().unwrap_or_default().to_owned()));
                }
                seen
            }
        });
        let mut counts: BTreeMap<(u16, String), usize> = BTreeMap::new();
        for answer in join_all(callers).await.into_iter().flatten() {
            *counts.entry(answer).or_default() += 1;
        }
        let of = |status: u16, code: &str| counts.get(&(status, code.to_owned())).copied().unwrap_or(0);
        let (approved, held, again) = (of(201, "approve"), of(201, "hold"), of(409, "try_again"));
        assert_eq!(approved + held + again, ORDERS, "{counts:?}");
        assert!(approved == FITTING || (approved < FITTING && again > 0), "{counts:?}");
        let reserved = sql(&world.database_url, "SELECT SUM(reserved_minor), COUNT(*) FROM sales_order WHERE state = 'approved'").await.unwrap();
        assert_eq!(reserved[0], [Some((approved * 10_000).to_string()), Some(approved.to_string())]);
    }

    async fn one_bank_reference_posted_by_twenty_is_one_receipt(world: World) {
        let admin = world.admin();
        admin.post("/v1/accounts", json!({ "external_id": "A1", "name": "Customer", "currency": "CNY" })).await.expect(201);
        let payment = json!({ "external_id": "BANK-1", "account_external_id": "A1", "received_on": "2026-03-01", "amount": cny("70.00") });
        let answers = join_all((0..20).map(|_| admin.post("/v1/payments", payment.clone()))).await;
        let ids: Vec<&str> = answers.iter().filter_map(|answer| answer.json["id"].as_str()).collect();
        assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
        assert!(answers.iter().all(|answer| matches!(answer.status, 200 | 201 | 409)), "{answers:?}");
        assert!(ids.windows(2).all(|pair| pair[0] == pair[1]), "{ids:?}");
        let other = json!({ "external_id": "BANK-1", "account_external_id": "A1", "received_on": "2026-03-01", "amount": cny("71.00") });
        assert_eq!(admin.post("/v1/payments", other).await.refused(409), "external_id_conflict");
        assert_eq!(sql(&world.database_url, "SELECT COUNT(*) FROM payment").await.unwrap(), [[Some("1".into())]]);
    }
}

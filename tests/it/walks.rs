//! Random lives of accounts: whatever happens in whatever order, the kept sums are what the rows come to, now and on every day that
//! was lived through.

use chrono::NaiveDate;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use recoup_engine::Command;
use recoup_engine::account::CreateAccount;
use recoup_engine::credit::{
    CancelOrder, CheckOrder, ExposureView, PlaceOrder, PutLimit, RejectOrder, ReleaseOrder, ReviseOrder, ShipOrder, exposure,
};
use recoup_engine::ledger::{CancelInvoice, PostCreditNote, PostInvoice, PostPayment, VoidKind, VoidPayment};
use recoup_engine::words::code::Code;
use recoup_engine::words::day::add_days;
use recoup_engine::words::id::{AccountId, InvoiceId, OrderId, PaymentId};
use recoup_engine::words::money::Money;
use serde_json::{Value, json};
use tests::inspect::sql;
use tests::numbers::{Dice, WALK_LIVES, WALK_LIVES_ON_A_SERVER, WALK_STEPS};
use tests::on_both;
use tests::world::{FIRST_DAY, On, World, day};

/// One thing that happens. Numbers choose among what is there: the third order, the second payment.
#[derive(Clone, Debug)]
enum Step {
    Order { amount: i64, is_partial_ok: bool, is_lined: bool },
    Revise { which: usize, amount: i64 },
    Ship { which: usize, amount: i64 },
    Bill { which: usize, amount: i64, is_final: bool },
    Sell { amount: i64 },
    Pay { amount: i64, names_order: Option<usize> },
    Bounce { which: usize },
    Credit { amount: i64 },
    Check { which: usize },
    Release { which: usize, days: i64 },
    Reject { which: usize },
    Cancel { which: usize },
    Unbill { which: usize },
    Limit { amount: i64 },
    NextDay,
}

fn step() -> impl Strategy<Value = Step> {
    let amount = 1..400_i64;
    let which = 0..12_usize;
    prop_oneof![
        6 => (amount.clone(), any::<bool>(), any::<bool>())
            .prop_map(|(amount, is_partial_ok, is_lined)| Step::Order { amount, is_partial_ok, is_lined }),
        2 => (which.clone(), amount.clone()).prop_map(|(which, amount)| Step::Revise { which, amount }),
        3 => (which.clone(), amount.clone()).prop_map(|(which, amount)| Step::Ship { which, amount }),
        4 => (which.clone(), amount.clone(), prop::bool::weighted(0.2))
            .prop_map(|(which, amount, is_final)| Step::Bill { which, amount, is_final }),
        1 => amount.clone().prop_map(|amount| Step::Sell { amount }),
        4 => (amount.clone(), prop::option::of(which.clone())).prop_map(|(amount, names_order)| Step::Pay { amount, names_order }),
        2 => which.clone().prop_map(|which| Step::Bounce { which }),
        1 => amount.clone().prop_map(|amount| Step::Credit { amount }),
        3 => which.clone().prop_map(|which| Step::Check { which }),
        1 => (which.clone(), 0..4_i64).prop_map(|(which, days)| Step::Release { which, days }),
        1 => which.clone().prop_map(|which| Step::Reject { which }),
        1 => which.clone().prop_map(|which| Step::Cancel { which }),
        1 => which.prop_map(|which| Step::Unbill { which }),
        2 => (0..2_000_i64).prop_map(|amount| Step::Limit { amount }),
        3 => Just(Step::NextDay),
    ]
}

/// One account that is lived through.
struct Life<'a> {
    world: &'a World,
    no: usize,
    account: AccountId,
    today: NaiveDate,
    made: usize,
    orders: Vec<(OrderId, String, bool)>,
    invoices: Vec<InvoiceId>,
    payments: Vec<PaymentId>,
    /// What the account stood at each evening.
    evenings: Vec<(NaiveDate, ExposureView)>,
}

fn cny(units: i64) -> Money {
    Money::new(units * 100, "CNY".parse().expect("a currency"))
}

fn read<T: serde::de::DeserializeOwned>(body: Value) -> T {
    serde_json::from_value(body).expect("a body")
}

impl<'a> Life<'a> {
    async fn begin(world: &'a World, no: usize) -> Self {
        world.set_day(FIRST_DAY);
        let account = json!({ "external_id": format!("W{no}"), "name": "Walker", "currency": "CNY" });
        let account = world.engine.execute(&world.caller(), CreateAccount { account: read(account) }).await.expect("an account").done.id;
        let (orders, invoices, payments, evenings) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut life = Self { world, no, account, today: day(FIRST_DAY), made: 0, orders, invoices, payments, evenings };
        life.step(&Step::Limit { amount: 1_000 }).await;
        life
    }

    fn number(&mut self, kind: &str) -> String {
        self.made += 1;
        format!("W{}-{kind}{}", self.no, self.made)
    }

    /// Does it; a refusal by the rules is part of life, anything else is not.
    async fn run<C: Command>(&self, command: C) -> Option<C::Done> {
        match self.world.engine.execute(&self.world.caller(), command).await {
            Ok(outcome) => Some(outcome.done),
            Err(error) => {
                let by_the_rules = [
                    Code::IllegalState,
                    Code::AlreadyShipped,
                    Code::OverShipped,
                    Code::OverInvoiced,
                    Code::AmountOutOfRange,
                    Code::OverlappingLimit,
                    Code::MissingField,
                    Code::ValidationFailed,
                ];
                assert!(by_the_rules.contains(&error.code()), "{error:?}");
                None
            }
        }
    }

    fn pick<T: Clone>(of: &[T], which: usize) -> Option<T> {
        of.get(which % of.len().max(1)).cloned()
    }

    async fn step(&mut self, step: &Step) {
        let (account, today) = (self.account, self.today);
        match step.clone() {
            Step::Order { amount, is_partial_ok, is_lined } => {
                let number = self.number("O");
                let half = cny(amount / 2);
                let lines =
                    if is_lined && amount > 1 { json!([{ "amount": half }, { "amount": cny(amount - amount / 2) }]) } else { json!([]) };
                let order = json!({ "external_id": number, "amount": cny(amount), "partial_ok": is_partial_ok, "lines": lines });
                let has_lines = is_lined && amount > 1;
                if let Some(done) = self.run(PlaceOrder { account, order: read(order) }).await {
                    self.orders.push((done.id, number, has_lines));
                }
            }
            Step::Revise { which, amount } => {
                let Some((order, _, has_lines)) = Self::pick(&self.orders, which) else { return };
                let lines = if has_lines { json!([{ "amount": cny(amount) }]) } else { Value::Null };
                let revision = json!({ "amount": cny(amount), "lines": lines, "reason": "life" });
                self.run(ReviseOrder { account, order, revision: read(revision) }).await;
            }
            Step::Ship { which, amount } => {
                let Some((order, _, has_lines)) = Self::pick(&self.orders, which) else { return };
                let external_id = self.number("D");
                let shipment = if has_lines {
                    json!({ "external_id": external_id })
                } else {
                    json!({ "external_id": external_id, "amount": cny(amount) })
                };
                self.run(ShipOrder { account, order, shipment: read(shipment) }).await;
            }
            Step::Bill { which, amount, is_final } => {
                let number = Self::pick(&self.orders, which).map(|(_, number, _)| number);
                let is_final = is_final && number.is_some();
                self.invoice(amount, number, is_final).await;
            }
            Step::Sell { amount } => self.invoice(amount, None, false).await,
            Step::Pay { amount, names_order } => {
                let number = self.number("P");
                // Sometimes for the next order, which has not come yet.
                let next = format!("W{}-O{}", self.no, self.made + 1);
                let order = names_order.map(|which| Self::pick(&self.orders, which).map_or(next, |(_, number, _)| number));
                let payment = json!({ "external_id": number, "received_on": today, "amount": cny(amount), "order_external_id": order });
                if let Some(done) = self.run(PostPayment { account, payment: read(payment) }).await {
                    self.payments.push(done.id);
                }
            }
            Step::Bounce { which } => {
                let Some(payment) = Self::pick(&self.payments, which) else { return };
                self.run(VoidPayment { account, payment, kind: VoidKind::Bounce, on: Some(today), reason: None }).await;
            }
            Step::Credit { amount } => {
                let note = json!({ "external_id": self.number("C"), "issued_on": today, "amount": cny(amount) });
                self.run(PostCreditNote { account, credit_note: read(note) }).await;
            }
            Step::Check { which } => {
                let Some((order, ..)) = Self::pick(&self.orders, which) else { return };
                self.run(CheckOrder { account, order }).await;
            }
            Step::Release { which, days } => {
                let Some((order, ..)) = Self::pick(&self.orders, which) else { return };
                let valid_until = Some(add_days(today, days));
                self.run(ReleaseOrder { account, order, amount: None, reason: "life".into(), valid_until }).await;
            }
            Step::Reject { which } => {
                let Some((order, ..)) = Self::pick(&self.orders, which) else { return };
                self.run(RejectOrder { account, order, reason: "life".into() }).await;
            }
            Step::Cancel { which } => {
                let Some((order, ..)) = Self::pick(&self.orders, which) else { return };
                self.run(CancelOrder { account, order, reason: None }).await;
            }
            Step::Unbill { which } => {
                let Some(invoice) = Self::pick(&self.invoices, which) else { return };
                self.run(CancelInvoice { account, invoice, cancelled_on: today, reason: "life".into() }).await;
            }
            Step::Limit { amount } => {
                let limit = json!({ "amount": cny(amount), "valid_from": today, "kind": "standing", "reason": "life" });
                self.run(PutLimit { account, limit: read(limit) }).await;
            }
            Step::NextDay => self.end_of_day().await,
        }
    }

    async fn invoice(&mut self, amount: i64, order: Option<String>, is_final: bool) {
        let (number, due_on) = (self.number("I"), add_days(self.today, amount % 5));
        let invoice = json!({ "external_id": number, "issued_on": self.today, "due_on": due_on, "amount": cny(amount),
            "order_external_id": order, "final": is_final });
        if let Some(done) = self.run(PostInvoice { account: self.account, invoice: read(invoice) }).await {
            self.invoices.push(done.id);
        }
    }

    async fn now(&self, as_of: Option<NaiveDate>) -> ExposureView {
        exposure(&self.world.engine, &self.world.caller(), self.account, as_of).await.expect("an exposure")
    }

    async fn end_of_day(&mut self) {
        self.evenings.push((self.today, self.now(None).await));
        self.today = add_days(self.today, 1);
        self.world.clock.set_day(self.today);
        self.world.engine.expire_orders(&self.world.caller(), self.today).await.expect("approvals run out");
    }

    /// What does not add up, if anything.
    async fn faults(&mut self) -> Vec<String> {
        self.end_of_day().await;
        let mut faults = Vec::new();
        for (evening, seen) in &self.evenings {
            let told = self.now(Some(*evening)).await;
            let seen = ExposureView { as_of: told.as_of, ..seen.clone() };
            if told != seen {
                faults.push(format!("as of {evening}: seen that evening {seen:?}, told afterwards {told:?}"));
            }
        }
        let from_rows =
            sql(&self.world.database_url, &FROM_ROWS.replace("WALKER", &format!("W{}", self.no))).await.expect("the rows add up");
        let from_rows: Vec<i64> = from_rows[0].iter().map(|cell| cell.as_ref().map_or(0, |text| text.parse().expect("a number"))).collect();
        let now = self.now(None).await;
        let parts = now.parts;
        let kept = [
            parts.open_items,
            parts.orders,
            parts.shipped_not_invoiced,
            parts.unallocated,
            parts.credit_notes,
            parts.deposits,
            now.exposure,
        ];
        let kept = kept.map(Money::minor);
        if from_rows != kept {
            faults.push(format!("from the rows {from_rows:?}, kept {kept:?}"));
        }
        faults
    }
}

/// The parts of one account's exposure, and the whole, from nothing but documents: what was billed, paid, credited, shipped and put on
/// orders. Of decisions only what an order may ship in all is taken as it stands. The same text for both databases.
const FROM_ROWS: &str = "
WITH one AS (SELECT tenant_id, id FROM account WHERE external_id = 'WALKER'),
     cash AS (SELECT p.tenant_id, p.id, CASE WHEN p.voided_on IS NULL THEN p.amount_minor ELSE 0 END
                     - COALESCE((SELECT SUM(a.amount_minor) FROM allocation a WHERE a.tenant_id = p.tenant_id AND a.payment_id = p.id), 0)
                     - COALESCE((SELECT SUM(d.amount_minor) FROM deposit d WHERE d.tenant_id = p.tenant_id AND d.payment_id = p.id), 0) AS minor
                FROM payment p JOIN one ON p.tenant_id = one.tenant_id AND p.account_id = one.id),
     notes AS (SELECT c.amount_minor - COALESCE((SELECT SUM(a.amount_minor) FROM allocation a WHERE a.tenant_id = c.tenant_id AND a.credit_note_id = c.id), 0)
                      AS minor FROM credit_note c JOIN one ON c.tenant_id = one.tenant_id AND c.account_id = one.id),
     items AS (SELECT i.amount_minor - i.paid_before_minor
                      - COALESCE((SELECT SUM(a.amount_minor) FROM allocation a WHERE a.tenant_id = i.tenant_id AND a.instalment_id = i.id), 0) AS minor
                 FROM instalment i JOIN one ON i.tenant_id = one.tenant_id AND i.account_id = one.id WHERE i.cancelled_on IS NULL),
     live AS (SELECT o.approved_minor AS approved,
                     COALESCE((SELECT SUM(s.amount_minor) FROM shipment s WHERE s.tenant_id = o.tenant_id AND s.order_id = o.id), 0) AS shipped,
                     COALESCE((SELECT SUM(v.total_minor) FROM invoice v WHERE v.tenant_id = o.tenant_id AND v.account_id = o.account_id
                                AND v.order_external_id = o.external_id AND v.cancelled_on IS NULL), 0)
                       + COALESCE((SELECT SUM(d.amount_minor) FROM deposit d WHERE d.tenant_id = o.tenant_id AND d.order_id = o.id), 0) AS covered
                FROM sales_order o JOIN one ON o.tenant_id = one.tenant_id AND o.account_id = one.id
               WHERE o.state NOT IN ('rejected', 'cancelled', 'invoiced')),
     taken AS (SELECT CASE WHEN approved > shipped THEN approved ELSE shipped END - covered AS reserved, shipped - covered AS shipped FROM live),
     orders AS (SELECT COALESCE(SUM(CASE WHEN reserved > 0 THEN reserved ELSE 0 END), 0) AS reserved,
                       COALESCE(SUM(CASE WHEN shipped > 0 THEN shipped ELSE 0 END), 0) AS shipped FROM taken),
     put AS (SELECT COALESCE(SUM(d.amount_minor), 0) AS minor FROM deposit d JOIN one ON d.tenant_id = one.tenant_id AND d.account_id = one.id),
     sums AS (SELECT (SELECT COALESCE(SUM(minor), 0) FROM items) AS open, (SELECT reserved - shipped FROM orders) AS orders,
                     (SELECT shipped FROM orders) AS shipped, (SELECT COALESCE(SUM(minor), 0) FROM cash) AS unallocated,
                     (SELECT COALESCE(SUM(minor), 0) FROM notes) AS notes, (SELECT minor FROM put) AS deposits)
SELECT open, orders, shipped, unallocated, notes, deposits, open + orders + shipped - unallocated - notes FROM sums";

/// Lives through it on an account of its own.
async fn lived(world: &World, no: usize, steps: &[Step]) -> Vec<String> {
    let mut life = Life::begin(world, no).await;
    for step in steps {
        life.step(step).await;
    }
    life.faults().await
}

on_both! {
    async fn exposure_recomputed_from_the_rows_is_the_kept_one_now_and_on_every_past_day(world: World) {
        // An evening is looked at once and compared later: nobody else may check an order again between the look and midnight.
        world.api.rest().await;
        let admin = world.admin();
        let tag = admin.get("/v1/settings").await.header("etag").unwrap().to_owned();
        admin.put("/v1/settings", &tag, json!({ "approval_days": 2 })).await.expect(200);
        let mut dice = Dice::from_seed();
        let seed: Vec<u8> = (0..32).map(|_| u8::try_from(dice.below(256)).unwrap()).collect();
        let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
        let lives = if world.on == On::Sqlite { WALK_LIVES } else { WALK_LIVES_ON_A_SERVER };
        for no in 0..lives {
            let mut tree = vec(step(), WALK_STEPS).new_tree(&mut runner).unwrap();
            let mut faults = lived(world, no, &tree.current()).await;
            if faults.is_empty() {
                continue;
            }
            // Make it short: the simplest life that still goes wrong, each try on an account of its own.
            let (mut shortest, mut tries) = (tree.current(), 0);
            while tries < 200 && tree.simplify() {
                tries += 1;
                let found = lived(world, 10_000 * (no + 1) + tries, &tree.current()).await;
                if found.is_empty() && !tree.complicate() {
                    break;
                }
                if !found.is_empty() {
                    (shortest, faults) = (tree.current(), found);
                }
            }
            unreachable!("{dice}: after {shortest:#?}\n{}", faults.join("\n"));
        }
    }
}

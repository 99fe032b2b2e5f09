//! A tenant of its own for each engine test: on a SQLite file, or in the database that `RECOUP_TEST_ENGINE_URL` names.

use crate::account::{AccountIn, CreateAccount};
use crate::approval::Acted;
use crate::command::Command;
use crate::credit::{CreditLimitIn, OrderIn, OrderView, PlaceOrder, PutLimit};
use crate::doors::clock::ManualClock;
use crate::doors::store::StoreOptions;
use crate::engine::Engine;
use crate::ledger::{InvoiceIn, PaymentIn, PostInvoice, PostPayment, VoidKind, VoidPayment};
use crate::limit::rules::LimitKind;
use crate::tenant::{NewTenant, TenantKind};
use crate::words::action::{ActionSpec, ActionSubject};
use crate::words::asked::{
    Advice, Asked, CallStatus, Files, Hook, Judged, Needs, NoPlugins, OnFailure, PluginSet, Plugins, Question, StepType, StoredPackage,
    Vote, VoteKind,
};
use crate::words::caller::Caller;
use crate::words::code::Code;
use crate::words::day::parse_date;
use crate::words::error::Result;
use crate::words::id::{AccountId, PaymentId, TenantId};
use crate::words::money::Money;
use crate::words::text::Bilingual;
use chrono::NaiveDate;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::sync::OnceCell;

/// One migration for all tests of this process that share a database.
static MIGRATED: OnceCell<()> = OnceCell::const_new();
static TENANTS: AtomicU32 = AtomicU32::new(0);

/// A database and a tenant in it, on 2025-03-14.
pub(crate) struct Bed {
    pub(crate) engine: Engine,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) who: Caller,
    pub(crate) url: String,
    _folder: tempfile::TempDir,
}

pub(crate) fn day(text: &str) -> NaiveDate {
    parse_date(text).unwrap()
}

pub(crate) fn money(text: &str) -> Money {
    let (currency, amount) = text.split_once(' ').unwrap();
    Money::parse(amount, currency.parse().unwrap()).unwrap()
}

impl Bed {
    /// A bed with nobody to ask.
    pub(crate) async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let shared = std::env::var_os("RECOUP_TEST_ENGINE_URL");
        let url = shared
            .as_ref()
            .map_or_else(|| format!("sqlite://{}", folder.path().join("test.db").display()), |url| url.to_string_lossy().into());
        let clock = Arc::new(ManualClock::on(day("2025-03-14")));
        let engine = Engine::connect(&StoreOptions::new(url.clone())).await.unwrap().with_clock(clock.clone());
        let migrate = || async { drop(engine.migrate().await.unwrap()) };
        if shared.is_some() {
            MIGRATED.get_or_init(migrate).await;
        } else {
            migrate().await;
        }
        let slug = format!("t{}-{}", std::process::id(), TENANTS.fetch_add(1, Ordering::Relaxed));
        let new = NewTenant { slug, kind: TenantKind::Sandbox, time_zone: "Asia/Shanghai".into(), currency: "CNY".parse().unwrap() };
        let tenant = engine.open_tenant(&new).await.unwrap();
        Self { engine, clock, who: Caller { actor: "cli_test".into(), ..Caller::engine(tenant.id) }, url, _folder: folder }
    }

    /// A bed whose plugins answer order checks like this.
    pub(crate) async fn asking(answer: impl Fn(&Question) -> Asked + Send + Sync + 'static) -> Self {
        let bed = Self::open().await;
        Self { engine: bed.engine.clone().with_plugins(Arc::new(Told(Arc::new(answer)))), ..bed }
    }

    /// Another process on the same database: its own lanes and caches.
    pub(crate) async fn neighbour(&self) -> Engine {
        Engine::connect(&StoreOptions::new(self.url.clone())).await.unwrap().with_clock(self.clock.clone())
    }

    /// Does something and gives the answer.
    pub(crate) async fn run<C: Command>(&self, command: C) -> Result<C::Done> {
        self.engine.execute(&self.who, command).await.map(|outcome| outcome.done)
    }

    /// Does something that might have had to wait for a second person, and gives the answer.
    pub(crate) async fn act<D, C: Command<Done = Acted<D>>>(&self, command: C) -> Result<D> {
        Ok(self.run(command).await?.done().expect("one person is enough here"))
    }

    /// The name of the refusal.
    pub(crate) async fn refused<C: Command>(&self, command: C) -> Code {
        match self.engine.execute(&self.who, command).await {
            Err(error) => error.code(),
            Ok(_) => panic!("it was not refused"),
        }
    }

    pub(crate) async fn account(&self, external_id: &str, currency: &str) -> AccountId {
        let account: AccountIn =
            serde_json::from_value(serde_json::json!({"external_id": external_id, "name": external_id, "currency": currency})).unwrap();
        self.run(CreateAccount { account }).await.unwrap().id
    }

    /// An account with a standing limit.
    pub(crate) async fn limited(&self, external_id: &str, limit: &str) -> AccountId {
        let limit = money(limit);
        let account = self.account(external_id, limit.currency().as_str()).await;
        self.limit(account, Some(limit), "2025-01-01", None).await.unwrap();
        account
    }

    pub(crate) async fn limit(&self, account: AccountId, amount: Option<Money>, from: &str, to: Option<&str>) -> Result<()> {
        let limit = CreditLimitIn {
            amount,
            valid_from: day(from),
            valid_to: to.map(day),
            kind: LimitKind::Standing,
            reason: "yearly review".into(),
            override_reason: None,
        };
        self.run(PutLimit { account, limit }).await.map(drop)
    }

    pub(crate) fn order(external_id: &str, amount: &str) -> OrderIn {
        OrderIn {
            external_id: external_id.into(),
            account_id: None,
            account_external_id: None,
            amount: money(amount),
            entity: None,
            contract_external_id: None,
            contract_id: None,
            batch_no: None,
            ship_on: None,
            partial_ok: false,
            terms_days: None,
            lines: Vec::new(),
        }
    }

    pub(crate) async fn place(&self, account: AccountId, external_id: &str, amount: &str) -> OrderView {
        self.run(PlaceOrder { account, order: Self::order(external_id, amount) }).await.unwrap()
    }

    pub(crate) async fn invoice(
        &self,
        account: AccountId,
        external_id: &str,
        issued_on: &str,
        due_on: &str,
        amount: &str,
    ) -> crate::ledger::InvoiceView {
        let json = serde_json::json!({"external_id": external_id, "issued_on": issued_on, "due_on": due_on, "amount": money(amount)});
        self.run(PostInvoice { account, invoice: serde_json::from_value::<InvoiceIn>(json).unwrap() }).await.unwrap()
    }

    pub(crate) async fn pay(&self, account: AccountId, external_id: &str, received_on: &str, amount: &str) -> crate::ledger::PaymentView {
        let json = serde_json::json!({"external_id": external_id, "received_on": received_on, "amount": money(amount)});
        self.run(PostPayment { account, payment: serde_json::from_value::<PaymentIn>(json).unwrap() }).await.unwrap()
    }

    /// An invoice that bills an order.
    pub(crate) async fn bill(&self, account: AccountId, order: &str, external_id: &str, issued_on: &str, due_on: &str, amount: &str) {
        let json = serde_json::json!({"external_id": external_id, "issued_on": issued_on, "due_on": due_on, "amount": money(amount),
            "order_external_id": order});
        self.run(PostInvoice { account, invoice: serde_json::from_value::<InvoiceIn>(json).unwrap() }).await.unwrap();
    }

    pub(crate) async fn bounce(&self, account: AccountId, payment: PaymentId, on: &str) {
        let void = VoidPayment { account, payment, kind: VoidKind::Bounce, on: Some(day(on)), reason: None };
        self.run(void).await.unwrap();
    }

    /// The first column of a query whose `$1` is the tenant, as numbers.
    pub(crate) async fn numbers(&self, sql: &str) -> Vec<i64> {
        let rows = self.engine.read(&self.who).rows(sql, []).await.unwrap();
        rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
    }
}

/// Plugins that answer order checks, and the calls of one action about no account, by a function.
struct Told(Arc<dyn Fn(&Question) -> Asked + Send + Sync>);

impl Plugins for Told {
    fn judge(&self, files: &Files) -> Judged {
        NoPlugins.judge(files)
    }
    fn settings(&self, files: &Files, given: &serde_json::Value) -> Result<serde_json::Value> {
        NoPlugins.settings(files, given)
    }
    fn shipped(&self) -> Vec<Files> {
        NoPlugins.shipped()
    }
    fn at(&self, _: TenantId, revision: i64) -> Option<Arc<dyn PluginSet>> {
        Some(Arc::new(ToldAt(revision, self.0.clone())))
    }
    fn load(&self, _: TenantId, revision: i64, _: Vec<StoredPackage>) -> Arc<dyn PluginSet> {
        Arc::new(ToldAt(revision, self.0.clone()))
    }
}

struct ToldAt(i64, Arc<dyn Fn(&Question) -> Asked + Send + Sync>);

impl PluginSet for ToldAt {
    fn revision(&self) -> i64 {
        self.0
    }
    fn has(&self, hook: Hook) -> bool {
        matches!(hook, Hook::OrderCheck | Hook::Action)
    }
    fn needs(&self, _: Hook) -> Needs {
        Needs { open_items: true, ..Needs::default() }
    }
    fn ask(&self, question: &Question) -> Asked {
        (self.1)(question)
    }
    fn lead_days(&self) -> &[i64] {
        &[]
    }
    fn daily_every(&self) -> Option<i64> {
        None
    }
    fn step_type(&self, _: &str) -> Option<StepType> {
        None
    }
    fn template(&self, _: &str, _: &str) -> Option<String> {
        None
    }
    fn actions(&self) -> Vec<ActionSpec> {
        vec![ActionSpec {
            plugin: "order_hold".into(),
            name: "quote".into(),
            version: 7,
            label: "1.0.0".into(),
            title: Bilingual::same("Order hold"),
            summary: Bilingual::same("A calculator"),
            subject: ActionSubject::None,
            effects: vec![],
            params: serde_json::json!({}),
            result: serde_json::json!({}),
        }]
    }
    fn action_params(&self, _: &str, _: &str, given: &serde_json::Value) -> Result<serde_json::Value> {
        Ok(given.clone())
    }
}

/// A vote for this reason, at line 14.
pub(crate) fn vote(kind: VoteKind, code: &str) -> Vote {
    Vote {
        vote: kind,
        code: code.into(),
        text: Bilingual::new(format!("{code} says the script"), format!("脚本：{code}")),
        values: Default::default(),
        line: 14,
        amount: None,
        until: None,
        role: None,
        pay_to_release: None,
        items: vec![],
        expires_on: None,
    }
}

/// What the plugin `order_hold` answered, in its version 7.
pub(crate) fn advice(votes: Vec<Vote>) -> Advice {
    Advice {
        plugin: "order_hold".into(),
        version: 7,
        hash: "h".into(),
        status: CallStatus::Ok,
        on_failure: OnFailure::Core,
        operations: 10,
        budget: 100,
        cpu_us: 5,
        votes,
        effects: vec![],
        notes: vec![],
        error: None,
    }
}

/// Holds for what is overdue, wants half of it, until the end of the month: a script that never changes its mind.
pub(crate) fn overdue(question: &Question) -> Asked {
    let rows = question.facts.account().map_or(&[][..], |facts| &facts.open_items.rows);
    let late: Vec<_> = rows.iter().filter(|row| row.days_past_due > 0).collect();
    if late.is_empty() {
        return Asked { advice: vec![advice(vec![vote(VoteKind::Pass, "FINE")])] };
    }
    let half = money("CNY 100.00");
    let items = late.iter().map(|row| row.id).collect();
    let hold = Vote { pay_to_release: Some(half), items, expires_on: Some(day("2025-03-31")), ..vote(VoteKind::Hold, "OVERDUE") };
    Asked { advice: vec![advice(vec![hold])] }
}

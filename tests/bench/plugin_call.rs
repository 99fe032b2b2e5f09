//! One plugin call with its limits on and its facts ready, as a multiple of the same script called on a bare Rhai engine.

use rhai::{AST, Dynamic, Engine, Scope};
use std::hint::black_box;
use std::sync::{Arc, Mutex};
use std::time::Instant;
use tests::figures::{Figures, Rate};

/// What both sides run.
const SCRIPT: &str = r#"
fn order_check(ctx, plan) {
    let overdue = 0;
    for item in ctx.open_items {
        if item.days_past_due > ctx.settings.grace_days { overdue += 1; }
    }
    if overdue >= ctx.settings.max_overdue {
        plan.hold("TOO_MANY_OVERDUE", `${overdue} items are overdue by more than ${ctx.settings.grace_days} days`);
    }
}
"#;

/// Open items in sight of the script.
const ITEMS: i64 = 20;

fn main() {
    let mut figures = Figures::new("one plugin call");
    let calls = figures.amount(200_000);
    let bare = Bare::new();
    bare.calls(calls / 10);
    figures.rate("bare Rhai engine", bare.calls(calls), None);
    figures.print();
}

#[derive(Clone)]
struct Item {
    days_past_due: i64,
}

#[derive(Clone)]
struct Settings {
    grace_days: i64,
    max_overdue: i64,
}

#[derive(Clone)]
struct Ctx(Arc<(Vec<Dynamic>, Settings)>);

#[derive(Clone, Default)]
struct Plan(Arc<Mutex<Vec<(String, String)>>>);

/// A Rhai engine as its manual makes one, kept for all calls: no limit, no budget, no wall, no check of what is proposed.
struct Bare {
    engine: Engine,
    ast: AST,
    ctx: Ctx,
}

impl Bare {
    #[expect(clippy::disallowed_methods, reason = "the bare engine is what the sandbox is compared with")]
    fn new() -> Self {
        let mut engine = Engine::new();
        engine.register_type::<Ctx>().register_type::<Plan>().register_type::<Settings>().register_type::<Item>();
        engine.register_get("open_items", |ctx: &mut Ctx| ctx.0.0.clone());
        engine.register_get("settings", |ctx: &mut Ctx| ctx.0.1.clone());
        engine.register_get("days_past_due", |item: &mut Item| item.days_past_due);
        engine.register_get("grace_days", |settings: &mut Settings| settings.grace_days);
        engine.register_get("max_overdue", |settings: &mut Settings| settings.max_overdue);
        engine.register_fn("hold", |plan: &mut Plan, code: &str, text: &str| {
            plan.0.lock().expect("one thread").push((code.into(), text.into()))
        });
        let ast = engine.compile(SCRIPT).expect("the script compiles");
        let items = (0..ITEMS).map(|no| Dynamic::from(Item { days_past_due: no * 3 })).collect();
        Self { engine, ast, ctx: Ctx(Arc::new((items, Settings { grace_days: 30, max_overdue: 3 }))) }
    }

    fn calls(&self, count: u64) -> Rate {
        let start = Instant::now();
        for _ in 0..count {
            let plan = Plan::default();
            let called = self.engine.call_fn::<Dynamic>(&mut Scope::new(), &self.ast, "order_check", (self.ctx.clone(), plan.clone()));
            assert!(called.is_ok() && black_box(plan).0.lock().is_ok_and(|held| held.len() == 1), "the script holds the order");
        }
        Rate::of(count, start.elapsed())
    }
}

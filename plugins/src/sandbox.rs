//! The only place where a script engine is born. One call: a fresh engine over shared words, our own budget, a wall against
//! panics. Nothing survives it.

use crate::limits::{self, Allowance, Budget, Stop};
use crate::plan::{Draft, Plan, place};
use crate::watch::{Hottest, Watch, watch};
use crate::words::WORDS;
use crate::words::ctx::Ctx;
use recoup_engine::words::asked::{CallStatus, ScriptError};
use rhai::{AST, CallFnOptions, Dynamic, Engine, EvalAltResult, Module, OptimizationLevel, Position, Scope, Shared};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Once};
use std::time::Duration;

/// The script file of a package.
pub(crate) const SCRIPT: &str = "main.rhai";

/// Longest error message, in characters.
const MESSAGE_CHARS_MAX: usize = 500;

/// How one call went.
pub(crate) struct Ran {
    /// What the script proposed; to be ignored after a failure.
    pub(crate) draft: Draft,
    pub(crate) operations: u64,
    pub(crate) cpu: Duration,
    pub(crate) end: Result<(), Failure>,
}

/// Why a call did not answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Failure {
    pub(crate) status: CallStatus,
    pub(crate) error: ScriptError,
}

impl Failure {
    /// A failure with its place.
    pub(crate) fn new(status: CallStatus, (line, column): (i64, i64), message: impl Into<String>) -> Self {
        Self { status, error: ScriptError { file: SCRIPT.to_owned(), line, column, message: message.into() } }
    }
}

/// An engine with nothing in it: no files, no clock, no interner and its lock.
#[expect(clippy::disallowed_methods, reason = "this is the sandbox")]
fn raw() -> Engine {
    Engine::new_raw()
}

/// The engine of one call.
pub(crate) fn engine(words: &Shared<Module>) -> Engine {
    let mut engine = raw();
    engine.register_global_module(Shared::clone(words));
    // The optimizer has dropped statements; fast operators would answer mixed comparisons without asking our guards.
    engine.set_optimization_level(OptimizationLevel::None).set_strict_variables(true);
    engine.set_fail_on_invalid_map_property(true).set_fast_operators(false);
    limits::set(&mut engine);
    engine.on_progress(limits::tick);
    engine
}

/// An engine with the words and nothing else, to measure the walls against.
pub(crate) fn bare() -> Engine {
    let mut engine = raw();
    engine.register_global_module(Shared::clone(&WORDS.module));
    engine.set_optimization_level(OptimizationLevel::None);
    engine
}

/// The engine that turns text into a script. Code that loads or makes code does not compile.
pub(crate) fn compiler() -> Engine {
    let mut engine = engine(&WORDS.module);
    for symbol in ["eval", "import", "export"] {
        engine.disable_symbol(symbol);
    }
    engine
}

/// Options of a call: top-level code never runs, and the facts travel along for words that need the calendar.
fn no_top_level(ctx: &Ctx) -> CallFnOptions<'static> {
    CallFnOptions::new().eval_ast(false).with_tag(ctx.shown.clone())
}

/// Calls one function of a script with `ctx` and `plan`.
#[cfg(test)]
pub(crate) fn call(words: &Shared<Module>, ast: &AST, function: &str, ctx: Ctx, allowance: Allowance) -> Ran {
    call_watched(words, ast, function, ctx, allowance, None)
}

/// Calls one function of a script with `ctx` and `plan`, watched by somebody or by nobody.
pub(crate) fn call_watched(
    words: &Shared<Module>,
    ast: &AST,
    function: &str,
    ctx: Ctx,
    allowance: Allowance,
    watcher: Option<Arc<dyn Watch>>,
) -> Ran {
    let plan = Plan::new(&ctx.shown);
    let again = ctx.clone();
    let mut engine = engine(words);
    if let Some(watcher) = watcher {
        watch(&mut engine, watcher);
    }
    let notes = plan.clone();
    engine.on_print(move |text| notes.print(text));
    let budget = Budget::start(allowance);
    let end = walled(|| engine.call_fn_with_options::<Dynamic>(no_top_level(&ctx), &mut Scope::new(), ast, function, (ctx, plan.clone())));
    let (operations, cpu) = budget.used();
    drop(budget);
    let end = end.map_err(|failure| with_line(failure, operations, words, ast, function, &again));
    let mut draft = plan.take();
    // What was refused stays refused, even if the script caught the error.
    let end = match (end, draft.refused.take()) {
        (Err(failure), _) if failure.status != CallStatus::Error => Err(failure),
        (_, Some(refusal)) => {
            let status = if refusal.is_limit { CallStatus::Limit } else { CallStatus::Error };
            Err(Failure::new(status, (refusal.line, refusal.column), refusal.message))
        }
        (end, None) => end.map(|_| ()),
    };
    Ran { draft, operations, cpu, end }
}

/// A used-up budget often has no place of its own. The call is repeated once under tracing, and the place where it went is reported.
fn with_line(failure: Failure, operations: u64, words: &Shared<Module>, ast: &AST, function: &str, ctx: &Ctx) -> Failure {
    if failure.error.line > 0 || !matches!(failure.status, CallStatus::Limit | CallStatus::Time) {
        return failure;
    }
    let hottest: Arc<Hottest> = Arc::default();
    let watcher: Arc<dyn Watch> = Arc::<Hottest>::clone(&hottest);
    let mut engine = engine(words);
    watch(&mut engine, watcher);
    engine.on_print(|_| {});
    let budget = Budget::start(Allowance { operations, cpu: None });
    let args = (ctx.clone(), Plan::new(&ctx.shown));
    let _ = walled(|| engine.call_fn_with_options::<Dynamic>(no_top_level(ctx), &mut Scope::new(), ast, function, args));
    drop(budget);
    let (line, column) = hottest.place();
    Failure { error: ScriptError { line, column, ..failure.error }, ..failure }
}

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Runs something that may panic in a native function. The panic is an answer, not a line on the terminal.
pub(crate) fn walled<T>(run: impl FnOnce() -> Result<T, Box<EvalAltResult>>) -> Result<T, Failure> {
    quiet_panics();
    let outer = INSIDE.replace(true);
    let end = catch_unwind(AssertUnwindSafe(run));
    INSIDE.set(outer);
    match end {
        Ok(end) => end.map_err(explain),
        Err(cause) => {
            let why = cause.downcast_ref::<&str>().map(|text| (*text).to_owned()).or_else(|| cause.downcast_ref::<String>().cloned());
            Err(Failure::new(CallStatus::Panic, (0, 0), why.unwrap_or_else(|| "a native function panicked".to_owned())))
        }
    }
}

/// A backtrace costs 50 to 90 ms and says nothing about the script, so panics inside a call print none.
fn quiet_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let outside = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !INSIDE.get() {
                outside(info);
            }
        }));
    });
}

/// An error as status, place and one sentence.
pub(crate) fn explain(error: Box<EvalAltResult>) -> Failure {
    let (mut error, position) = innermost(error);
    let at = place(position);
    if let EvalAltResult::ErrorTerminated(stop, _) = error.as_ref() {
        return match stop.clone().try_cast::<Stop>() {
            Some(Stop::Time) => Failure::new(CallStatus::Time, at, "the processor time is used up"),
            Some(Stop::Operations) | None => Failure::new(CallStatus::Limit, at, "the operations are used up"),
        };
    }
    let is_limit = matches!(
        error.as_ref(),
        EvalAltResult::ErrorDataTooLarge(..)
            | EvalAltResult::ErrorStackOverflow(..)
            | EvalAltResult::ErrorTooManyVariables(..)
            | EvalAltResult::ErrorTooManyOperations(..)
            | EvalAltResult::ErrorTooManyModules(..)
    );
    let _ = error.take_position();
    let message = if let EvalAltResult::ErrorRuntime(value, _) = error.as_ref() { value.to_string() } else { error.to_string() };
    // It is stored with the decision, so a script cannot make it as long as it likes.
    let message: String = message.chars().take(MESSAGE_CHARS_MAX).collect();
    Failure::new(if is_limit { CallStatus::Limit } else { CallStatus::Error }, at, message)
}

/// The error where it began, and the deepest place that is known.
fn innermost(mut error: Box<EvalAltResult>) -> (Box<EvalAltResult>, Position) {
    let mut position = error.position();
    loop {
        let EvalAltResult::ErrorInFunctionCall(_, _, inner, _) = *error else { return (error, position) };
        let deeper = inner.position();
        position = if deeper.is_none() { position } else { deeper };
        error = inner;
    }
}

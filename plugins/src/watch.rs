//! What happens inside a call, statement by statement: for coverage, for the trace of a dry-run, and for the line on which a budget ended.

use crate::limits;
use crate::plan::place;
use crate::words::date::Date;
use crate::words::money::Money;
use recoup_engine::words::traced::TracedLine;
use rhai::debugger::{DebuggerCommand, DebuggerEvent};
use rhai::{AST, ASTNode, Dynamic, Engine, Expr, Scope, Stmt};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Line and column, from 1.
pub(crate) type Place = (i64, i64);

/// Most steps of a trace.
const STEPS_MAX: usize = 1_000;
/// Most characters of one value in a trace.
const VALUE_CHARS_MAX: usize = 120;
/// Most members of a list or map that a trace shows.
const MEMBERS_SHOWN: usize = 8;

/// Fewer visits than this make no line hot: what ran on is a loop without statements, which is visited once.
const HOT_VISITS: u64 = 64;

/// Where a call is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    place: Place,
    /// Is it a statement, and not a value in one?
    is_statement: bool,
}

/// Somebody who watches a call. Whoever watches sees and changes nothing.
pub(crate) trait Watch: Send + Sync {
    /// The call comes to this place, so many calls deep, with these variables.
    fn at(&self, seen: Seen, depth: usize, scope: &Scope<'_>);
}

/// Has a call of this engine watched.
#[expect(deprecated, reason = "the debugger interface is marked so because it may change; the version is pinned")]
pub(crate) fn watch(engine: &mut Engine, watcher: Arc<dyn Watch>) {
    engine.register_debugger(
        |_, debugger| debugger,
        move |context, event, node, _, position| {
            // A function that is left is left at its last brace: nothing runs there.
            if matches!(event, DebuggerEvent::FunctionExitWithValue(_) | DebuggerEvent::FunctionExitWithError(_) | DebuggerEvent::End) {
                return Ok(DebuggerCommand::StepInto);
            }
            let seen = Seen { place: place(position), is_statement: node.is_stmt() };
            watcher.at(seen, context.call_level(), context.scope());
            Ok(DebuggerCommand::StepInto)
        },
    );
}

fn open<T>(inside: &Mutex<T>) -> MutexGuard<'_, T> {
    inside.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where the statements of a script begin. An arm of a `switch` counts like the statement it stands for.
pub(crate) fn statements(ast: &AST) -> BTreeSet<Place> {
    let (mut places, values) = parts(ast);
    places.extend(values);
    places
}

/// The statements of a script, and those that are nothing but a value.
fn parts(ast: &AST) -> (BTreeSet<Place>, BTreeSet<Place>) {
    let (mut places, mut values) = (BTreeSet::new(), BTreeSet::new());
    ast.walk(&mut |path: &[ASTNode<'_>]| {
        if let Some(ASTNode::Stmt(statement)) = path.last() {
            if let Stmt::Expr(value) = statement {
                add_value(value, &mut values);
            } else if !matches!(statement, Stmt::Noop(_) | Stmt::Block(_)) {
                places.insert(place(statement.position()));
            }
            if let Stmt::Switch(parts, _) = statement {
                parts.1.expressions.iter().for_each(|arm| add_value(&arm.rhs, &mut values));
            }
        }
        true
    });
    (places, values)
}

/// A block used as a value is its statements, and those are counted by themselves.
fn add_value(value: &Expr, places: &mut BTreeSet<Place>) {
    if !matches!(value, Expr::Stmt(_)) {
        places.insert(place(value.position()));
    }
}

/// How often each line was visited and where it was first entered, and the place that was visited last.
#[derive(Debug, Default)]
pub(crate) struct Hottest(Mutex<Visits>);

#[derive(Debug, Default)]
struct Visits {
    by_line: BTreeMap<i64, (u64, i64)>,
    last: Place,
}

impl Hottest {
    /// Where a budget went: the hottest line, or the last place where none is hot.
    pub(crate) fn place(&self) -> Place {
        let visits = open(&self.0);
        let hottest = visits.by_line.iter().max_by_key(|(_, (times, _))| *times).filter(|(_, (times, _))| *times >= HOT_VISITS);
        hottest.map_or(visits.last, |(line, (_, column))| (*line, *column))
    }
}

impl Watch for Hottest {
    fn at(&self, seen: Seen, _: usize, _: &Scope<'_>) {
        let (line, column) = seen.place;
        // The beginning of a call has no place.
        if line > 0 {
            let mut visits = open(&self.0);
            visits.by_line.entry(line).or_insert((0, column)).0 += 1;
            visits.last = seen.place;
        }
    }
}

/// Every place that was visited.
#[derive(Debug, Default)]
pub(crate) struct Visited(Mutex<BTreeSet<Place>>);

impl Visited {
    /// Those of these places that were never visited.
    pub(crate) fn missed(&self, of: &BTreeSet<Place>) -> Vec<Place> {
        let visited = open(&self.0);
        of.iter().filter(|place| !visited.contains(place)).copied().collect()
    }
}

impl Watch for Visited {
    fn at(&self, seen: Seen, _: usize, _: &Scope<'_>) {
        open(&self.0).insert(seen.place);
    }
}

/// The statements of one call in their order, each with what it changed.
#[derive(Debug)]
pub(crate) struct Steps {
    statements: BTreeSet<Place>,
    /// Those among them that are nothing but a value.
    values: BTreeSet<Place>,
    walk: Mutex<Walk>,
}

#[derive(Debug, Default)]
struct Walk {
    steps: Vec<TracedLine>,
    is_cut: bool,
    /// For each depth, the last step there and what the variables were then.
    open: BTreeMap<usize, (usize, BTreeMap<String, String>)>,
}

impl Steps {
    /// A trace of a script's statements.
    pub(crate) fn of(ast: &AST) -> Self {
        let (statements, values) = parts(ast);
        Self { statements, values, walk: Mutex::default() }
    }

    /// The steps so far, and whether there were more of them than are kept.
    pub(crate) fn taken(&self) -> (Vec<TracedLine>, bool) {
        let mut walk = open(&self.walk);
        (std::mem::take(&mut walk.steps), walk.is_cut)
    }
}

impl Watch for Steps {
    fn at(&self, seen: Seen, depth: usize, scope: &Scope<'_>) {
        // A value in a statement may stand where the statement does: it is no step of its own.
        let of = if seen.is_statement { &self.statements } else { &self.values };
        if of.contains(&seen.place) {
            open(&self.walk).step(seen.place, depth, scope);
        }
    }
}

impl Walk {
    fn step(&mut self, (line, column): Place, depth: usize, scope: &Scope<'_>) {
        if self.steps.len() >= STEPS_MAX {
            self.is_cut = true;
            return;
        }
        let now: BTreeMap<String, String> = scope
            .iter_raw()
            .filter(|(name, ..)| !matches!(*name, "ctx" | "plan"))
            .map(|(name, _, value)| (name.to_owned(), shown(value)))
            .collect();
        // What a function did is over once its caller goes on.
        self.open.retain(|level, _| *level <= depth);
        let last = self.steps.len();
        if let Some((step, before)) = self.open.insert(depth, (last, now.clone()))
            && let Some(step) = self.steps.get_mut(step)
        {
            step.values.extend(now.into_iter().filter(|(name, value)| before.get(name) != Some(value)));
        }
        let operations = i64::try_from(limits::used()).unwrap_or(i64::MAX);
        self.steps.push(TracedLine { line, column, operations, values: BTreeMap::new() });
    }
}

/// A value as a trace shows it: short, and the same whenever it is the same.
fn shown(value: &Dynamic) -> String {
    let text = told(value);
    if text.chars().count() <= VALUE_CHARS_MAX { text } else { text.chars().take(VALUE_CHARS_MAX).chain(['…']).collect() }
}

fn told(value: &Dynamic) -> String {
    if let Some(money) = value.clone().try_cast::<Money>() {
        return money.to_string();
    }
    if let Some(date) = value.clone().try_cast::<Date>() {
        return date.to_string();
    }
    if let Some(list) = value.read_lock::<rhai::Array>() {
        let members: Vec<String> = list.iter().take(MEMBERS_SHOWN).map(told).collect();
        return format!("[{}{}]", members.join(", "), if list.len() > MEMBERS_SHOWN { ", …" } else { "" });
    }
    if let Some(map) = value.read_lock::<rhai::Map>() {
        let members: Vec<String> = map.iter().take(MEMBERS_SHOWN).map(|(key, value)| format!("{key}: {}", told(value))).collect();
        return format!("#{{{}{}}}", members.join(", "), if map.len() > MEMBERS_SHOWN { ", …" } else { "" });
    }
    if value.is_unit() {
        return "()".to_owned();
    }
    if value.is_string() {
        return format!("{value:?}");
    }
    if value.is_int() || value.is_bool() || value.is_decimal() || value.is_char() {
        return value.to_string();
    }
    // A thing of the engine's is named by what it is.
    value.type_name().rsplit("::").next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ask::Asking;
    use crate::bundle::Ready;
    use crate::check::world::World;
    use crate::compile::compile;
    use crate::package::{Package, skeleton};
    use recoup_engine::words::asked::StoredPackage;

    #[test]
    fn a_trace_tells_each_statement_with_what_it_changed_also_across_functions() {
        let mut files = skeleton("my_hold");
        let main = "// Counts.\nfn twice(n) {\n    let m = n * 2;\n    m\n}\n// Approves.\nfn order_check(ctx, plan) {\n    let a = twice(3);\n    \
                    for x in [1, 2] { a += x; }\n    let owed = ctx.totals.open;\n    plan.approve(\"NOTHING_LATE\");\n}\n";
        files.insert("main.rhai".to_owned(), main.to_owned());
        let package = Arc::new(Package::parse(&files).unwrap());
        let (settings, segment_settings) = (serde_json::json!({}), BTreeMap::new());
        let stored =
            StoredPackage { name: "my_hold".into(), version: 1, hash: String::new(), files: Arc::default(), settings, segment_settings };
        let ready = Ready::new(&package, &stored).unwrap();
        let question = World::default().question("my_hold", "order_check").unwrap();
        let steps = Arc::new(Steps::of(&package.script.ast));
        let asking = Asking::new(&ready, &question);
        let (watched, _) = asking.run_watched("order_check", Some(Arc::<Steps>::clone(&steps)));
        let (trace, is_cut) = steps.taken();
        let told: Vec<String> = trace.iter().map(|step| format!("{} {:?}", step.line, step.values)).collect();
        expect_test::expect![[r#"
            8 {"a": "6"}
            3 {"m": "6"}
            4 {}
            9 {"x": "1"}
            9 {"a": "7", "x": "2"}
            9 {"a": "9"}
            10 {"owed": "CNY 0.00"}
            11 {}"#]]
        .assert_eq(&told.join("\n"));
        assert!(!is_cut && trace.is_sorted_by_key(|step| step.operations));
        let (plain, _) = asking.run("order_check");
        assert_eq!((plain.operations, plain.draft.votes), (watched.operations, watched.draft.votes), "whoever watches changes nothing");
    }

    #[test]
    fn every_statement_and_every_arm_of_a_switch_is_counted_once_and_a_block_is_what_stands_in_it() {
        let text = "fn f(ctx, plan) {\n    let a = 1;\n    if a > 0 { a += 1; } else { a -= 1; }\n    for x in [1] { a = x; }\n    \
                    switch a {\n        1 => plan.pass(\"A\"),\n        2 => { plan.pass(\"B\"); }\n        _ => ()\n    }\n    \
                    let f = |x| x + 1;\n    return a;\n}";
        let script = compile("main.rhai", text).unwrap();
        let lines: Vec<i64> = statements(&script.ast).into_iter().map(|(line, _)| line).collect();
        assert_eq!(lines, [2, 3, 3, 3, 4, 4, 5, 6, 7, 8, 10, 10, 11]);
    }
}

//! What a script may say: one file per noun, all of it in one table.

pub(crate) mod account;
pub(crate) mod action;
pub(crate) mod acts;
pub(crate) mod credit;
pub(crate) mod ctx;
pub(crate) mod date;
pub(crate) mod guard;
pub(crate) mod handles;
pub(crate) mod happened;
pub(crate) mod items;
pub(crate) mod money;
pub(crate) mod number;
pub(crate) mod order_lines;
pub(crate) mod plan;
pub(crate) mod rows;
pub(crate) mod table;
pub(crate) mod things;

use rhai::packages::{
    ArithmeticPackage, BasicArrayPackage, BasicFnPackage, BasicIteratorPackage, BasicMapPackage, BasicMathPackage, BasicStringPackage,
    LogicPackage, MoreStringPackage, Package,
};
use rhai::{Module, Shared};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, OnceLock};
use std::thread::available_parallelism;
use table::{Table, Word};

/// Names that are keywords of the language, now or one day: never a property, method, settings key, state or action.
pub(crate) const RESERVED: [&str; 53] = [
    "case",
    "default",
    "new",
    "match",
    "use",
    "with",
    "is",
    "do",
    "until",
    "go",
    "goto",
    "in",
    "as",
    "if",
    "for",
    "switch",
    "shared",
    "static",
    "null",
    "nil",
    "void",
    "public",
    "private",
    "protected",
    "super",
    "this",
    "sync",
    "async",
    "await",
    "yield",
    "spawn",
    "thread",
    "package",
    "module",
    "import",
    "export",
    "var",
    "fn",
    "try",
    "catch",
    "throw",
    "let",
    "const",
    "print",
    "debug",
    "eval",
    "Fn",
    "is_def_var",
    "else",
    "while",
    "loop",
    "return",
    "break",
];

/// Names that cannot be properties, because Rhai gives them a meaning behind a dot.
pub(crate) const RESERVED_PROPERTIES: [&str; 3] = ["call", "curry", "type_of"];

/// Everything a script may say.
pub(crate) struct Words {
    /// The functions, shared by every engine.
    pub(crate) module: Shared<Module>,
    /// The table they were made from.
    pub(crate) table: Vec<Word>,
    /// Type names with their meaning.
    pub(crate) types: Vec<(&'static str, &'static str)>,
}

/// Built once per process.
pub(crate) static WORDS: LazyLock<Words> = LazyLock::new(build);

/// Most copies of the functions, however many cores there are.
const COPIES_MAX: usize = 16;

/// The copies, each built when a thread first asks by it: two for each core, so that threads that ask at once seldom share one.
static COPIES: LazyLock<Vec<OnceLock<Shared<Module>>>> = LazyLock::new(|| {
    let cores = available_parallelism().map_or(1, usize::from);
    (0..(2 * cores).min(COPIES_MAX)).map(|_| OnceLock::new()).collect()
});

/// The next thread's number.
static NEXT: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static NUMBER: usize = NEXT.fetch_add(1, Ordering::Relaxed);
}

/// The functions for whoever asks on this thread. A call takes a counted reference of every function it uses; threads that count on the same
/// ones hand each count from core to core and hardly run beside one another, so they have copies of their own.
pub(crate) fn here() -> &'static Shared<Module> {
    let at = NUMBER.with(|number| number % COPIES.len().max(1));
    let copy =
        |copy: &'static OnceLock<Shared<Module>>| copy.get_or_init(|| if at == 0 { Shared::clone(&WORDS.module) } else { build().module });
    COPIES.get(at).map_or(&WORDS.module, copy)
}

fn build() -> Words {
    let mut table = Table::new(language());
    money::register(&mut table);
    date::register(&mut table);
    number::register(&mut table);
    guard::register(&mut table);
    ctx::register(&mut table);
    account::register(&mut table);
    items::register(&mut table);
    rows::register(&mut table);
    things::register(&mut table);
    order_lines::register(&mut table);
    credit::register(&mut table);
    action::register(&mut table);
    acts::register(&mut table);
    happened::register(&mut table);
    plan::register(&mut table);
    handles::register(&mut table);
    let Table { words, types, mut module } = table;
    module.build_index();
    Words { module: module.into(), table: words, types }
}

/// Rhai's own words. The language-core package stays out: it holds sleep, exit, parse_json and the metadata functions.
fn language() -> Module {
    let mut module = Module::new();
    ArithmeticPackage::init(&mut module);
    BasicStringPackage::init(&mut module);
    BasicIteratorPackage::init(&mut module);
    BasicFnPackage::init(&mut module);
    LogicPackage::init(&mut module);
    BasicMathPackage::init(&mut module);
    BasicArrayPackage::init(&mut module);
    BasicMapPackage::init(&mut module);
    MoreStringPackage::init(&mut module);
    // Our own words replace some of these, so they have to be there first.
    module.register_lazy_functions();
    module
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_thread_keeps_its_functions_and_all_say_the_same_words() {
        let copies: Vec<&'static Shared<Module>> = std::thread::scope(|scope| {
            let both: Vec<_> = (0..2).map(|_| scope.spawn(here)).collect();
            both.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let said = |module: &Module| {
            let mut said: Vec<String> = module.gen_fn_signatures_with_mapper(Into::into).collect();
            said.sort_unstable();
            said
        };
        assert!(copies.iter().all(|copy| said(copy) == said(&WORDS.module)));
        assert!(Shared::ptr_eq(here(), here()), "a thread keeps its copy");
    }
}

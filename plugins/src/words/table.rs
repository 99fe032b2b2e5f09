//! The one registration table. Every word a script may say is written here once, with its types and its meaning; functions,
//! symbols, definitions, the linter's tables and the reserved-word test are made from it.

use recoup_engine::words::asked::Hook;
use rhai::{Dynamic, EvalAltResult, FuncRegistration, Module, Position, RhaiNativeFunc, Variant};
use std::any::TypeId;

/// What a word called by a script may answer.
pub(crate) type Fallible<T> = Result<T, Box<EvalAltResult>>;

/// An error a script sees, with the line where it happened filled in by Rhai.
pub(crate) fn raise<T>(message: impl Into<String>) -> Fallible<T> {
    Err(Box::new(EvalAltResult::ErrorRuntime(message.into().into(), Position::NONE)))
}

/// How a word is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `thing.word`
    Property,
    /// `thing.word(…)`
    Method,
    /// `word(…)`
    Function,
}

/// One argument of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Arg {
    pub(crate) name: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) is_optional: bool,
}

/// One word a script may say.
#[derive(Clone, Debug)]
pub(crate) struct Word {
    /// The type it belongs to; empty for a function.
    pub(crate) on: &'static str,
    pub(crate) name: &'static str,
    pub(crate) form: Form,
    pub(crate) args: Vec<Arg>,
    /// The type of its value; a trailing `?` says that it may be absent.
    pub(crate) returns: &'static str,
    pub(crate) doc: &'static str,
    /// The hooks it can be used in; all of them when empty.
    pub(crate) hooks: &'static [Hook],
    /// The permission the manifest must give; empty when none is needed.
    pub(crate) permission: &'static str,
    /// Is it there in an action about no account too? It matters for the words of `ctx` and `plan`.
    pub(crate) is_without_account: bool,
}

impl Word {
    /// `Items.overdue_by(days: int) -> Items`, as it is printed.
    pub(crate) fn signature(&self) -> String {
        let args: Vec<String> =
            self.args.iter().map(|arg| format!("{}{}: {}", arg.name, if arg.is_optional { "?" } else { "" }, arg.kind)).collect();
        let on = if self.on.is_empty() { String::new() } else { format!("{}.", self.on) };
        let args = if self.form == Form::Property { String::new() } else { format!("({})", args.join(", ")) };
        let returns = if self.returns.is_empty() { String::new() } else { format!(" -> {}", self.returns) };
        format!("{on}{}{args}{returns}", self.name)
    }

    /// Fewest and most arguments, without the thing itself.
    pub(crate) fn arity(&self) -> (usize, usize) {
        (self.args.iter().filter(|arg| !arg.is_optional).count(), self.args.len())
    }
}

/// Words and the functions behind them, growing side by side.
pub(crate) struct Table {
    pub(crate) words: Vec<Word>,
    /// Type names with their meaning.
    pub(crate) types: Vec<(&'static str, &'static str)>,
    pub(crate) module: Module,
}

impl Table {
    pub(crate) fn new(module: Module) -> Self {
        Self { words: Vec::new(), types: Vec::new(), module }
    }

    /// Names a type.
    pub(crate) fn kind<T: Variant + Clone>(&mut self, name: &'static str, doc: &'static str) -> &mut Self {
        self.module.set_custom_type::<T>(name);
        self.types.push((name, doc));
        self
    }

    /// A property: `Account.currency -> text`.
    pub(crate) fn get<T, R>(&mut self, signature: &'static str, doc: &'static str, read: fn(&T) -> R) -> &mut Self
    where
        T: Variant + Clone,
        R: IntoScript + 'static,
    {
        self.try_get(signature, doc, move |thing: &T| Ok(read(thing).into_script()))
    }

    /// A property that can fail.
    pub(crate) fn try_get<T: Variant + Clone>(
        &mut self,
        signature: &'static str,
        doc: &'static str,
        read: impl Fn(&T) -> Fallible<Dynamic> + Send + Sync + 'static,
    ) -> &mut Self {
        let word = parse(signature, doc, Form::Property);
        self.module.set_getter_fn(word.name, move |thing: &mut T| read(thing));
        self.words.push(word);
        self
    }

    /// A method `Items.overdue_by(days: int) -> Items`, or a function when no type stands in front.
    pub(crate) fn call<A: 'static, const N: usize, const X: bool, R: Variant + Clone, const F: bool>(
        &mut self,
        signature: &'static str,
        doc: &'static str,
        function: impl RhaiNativeFunc<A, N, X, R, F> + Send + Sync + 'static,
    ) -> &mut Self {
        let form = if signature.split('(').next().is_some_and(|head| head.contains('.')) { Form::Method } else { Form::Function };
        let word = parse(signature, doc, form);
        FuncRegistration::new(word.name).in_global_namespace().set_into_module(&mut self.module, function);
        self.words.push(word);
        self
    }

    /// Another shape of the arguments for the word before.
    pub(crate) fn also<A: 'static, const N: usize, const X: bool, R: Variant + Clone, const F: bool>(
        &mut self,
        function: impl RhaiNativeFunc<A, N, X, R, F> + Send + Sync + 'static,
    ) -> &mut Self {
        if let Some(word) = self.words.last() {
            FuncRegistration::new(word.name).in_global_namespace().set_into_module(&mut self.module, function);
        }
        self
    }

    /// A function that is not a word: an operator or the way a value is printed.
    pub(crate) fn operator<A: 'static, const N: usize, const X: bool, R: Variant + Clone, const F: bool>(
        &mut self,
        name: &'static str,
        function: impl RhaiNativeFunc<A, N, X, R, F> + Send + Sync + 'static,
    ) -> &mut Self {
        FuncRegistration::new(name).in_global_namespace().set_into_module(&mut self.module, function);
        self
    }

    /// The word before can be used in these hooks only.
    pub(crate) fn only_in(&mut self, hooks: &'static [Hook]) -> &mut Self {
        if let Some(word) = self.words.last_mut() {
            word.hooks = hooks;
        }
        self
    }

    /// The word before needs this permission.
    pub(crate) fn needs(&mut self, permission: &'static str) -> &mut Self {
        if let Some(word) = self.words.last_mut() {
            word.permission = permission;
        }
        self
    }

    /// The word before is there in an action about no account too.
    pub(crate) fn without_account(&mut self) -> &mut Self {
        if let Some(word) = self.words.last_mut() {
            word.is_without_account = true;
        }
        self
    }

    /// `for` can walk this type.
    pub(crate) fn walk<T: Variant + Clone, I: Iterator<Item = Dynamic> + 'static>(&mut self, walk: fn(T) -> I) -> &mut Self {
        self.module.set_iter(TypeId::of::<T>(), move |list| match list.try_cast::<T>() {
            Some(list) => Box::new(walk(list)),
            None => Box::new(std::iter::empty()),
        });
        self
    }
}

/// Reads `Type.name(arg: type, other?: type) -> type`. The table is checked by a test, so anything odd shows up there.
fn parse(signature: &'static str, doc: &'static str, form: Form) -> Word {
    let (head, returns) = signature.split_once(" -> ").unwrap_or((signature, ""));
    let (path, inside) = head.split_once('(').map_or((head, ""), |(path, rest)| (path, rest.trim_end_matches(')')));
    let (on, name) = path.split_once('.').unwrap_or(("", path));
    let args = inside
        .split(", ")
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (name, kind) = part.split_once(": ").unwrap_or((part, "any"));
            Arg { name: name.trim_end_matches('?'), kind, is_optional: name.ends_with('?') }
        })
        .collect();
    Word { on, name, form, args, returns, doc, hooks: &[], permission: "", is_without_account: false }
}

/// Rust values as script values; what is absent is `()`.
pub(crate) trait IntoScript {
    /// The script's value.
    fn into_script(self) -> Dynamic;
}

macro_rules! into_script {
    ($($kind:ty),*) => { $(impl IntoScript for $kind { fn into_script(self) -> Dynamic { Dynamic::from(self) } })* };
}
into_script!(i64, bool, rust_decimal::Decimal, rhai::ImmutableString, rhai::Array, rhai::Map, Dynamic);

impl IntoScript for String {
    fn into_script(self) -> Dynamic {
        Dynamic::from(rhai::ImmutableString::from(self))
    }
}

impl<T: IntoScript> IntoScript for Option<T> {
    fn into_script(self) -> Dynamic {
        self.map_or(Dynamic::UNIT, IntoScript::into_script)
    }
}

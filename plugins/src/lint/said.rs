//! Words that are said: properties, methods, functions and operators, against the table and the package.

use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::lint::kind::{Kind, NATIVE, word_of, words_of};
use crate::lint::script::error;
use crate::lint::walk::Walk;
use crate::package::MANIFEST;
use crate::words::WORDS;
use crate::words::table::{Form, Word};
use recoup_engine::words::action::ActionSubject;
use recoup_engine::words::asked::Hook;
use rhai::{FnCallExpr, Position};
use serde_json::Value;

impl<'a> Walk<'a, '_> {
    pub(super) fn property(&mut self, on: Kind<'a>, name: &str, at: Position) -> (Kind<'a>, bool) {
        let (group, what) = match on {
            Kind::Named("settings") => (Some(self.package.schema.document()), "setting"),
            Kind::Named("params") => (self.params(), "parameter"),
            Kind::Group(schema) => (Some(schema), "setting"),
            Kind::Any | Kind::Named(_) | Kind::ListOf(_) => (None, ""),
        };
        if let Some(schema) = group {
            return (self.setting(schema, what, name, at), false);
        }
        let Some(kind) = on.is_ours() else { return (Kind::Any, false) };
        match word_of(kind, name, Form::Property) {
            Some(word) => {
                self.allowed(word, at);
                if name == "step" && self.inside.hook == Some(Hook::StepDue) {
                    (Kind::Named("DueStep"), false)
                } else {
                    Kind::returned(word)
                }
            }
            None => {
                let fault = error(at, "unknown_property", format!("{kind} has no '{name}'"), name);
                self.found.push(Diagnostic { hint: did_you_mean(name, words_of(kind).map(|word| word.name)), ..fault });
                (Kind::Any, false)
            }
        }
    }

    /// The schema of the parameters of the action this function answers.
    fn params(&self) -> Option<&'a Value> {
        let name = self.inside.kind.as_ref()?;
        self.package.actions.get(name).map(|action| action.params.document())
    }

    /// The name of the action this function answers, where it is about no account.
    fn action_without_account(&self) -> Option<&str> {
        let name = self.inside.kind.as_deref().filter(|_| self.inside.hook == Some(Hook::Action))?;
        self.package.manifest.actions.get(name).filter(|action| action.subject == ActionSubject::None).map(|_| name)
    }

    fn setting(&mut self, group: &'a Value, what: &str, name: &str, at: Position) -> Kind<'a> {
        let known = group.get("properties").and_then(Value::as_object);
        if let Some(shape) = known.and_then(|known| known.get(name)) {
            return Kind::of_schema(shape);
        }
        let fault = error(at, &format!("unknown_{what}"), format!("there is no {what} '{name}'"), name);
        let names = known.into_iter().flat_map(|known| known.keys().map(String::as_str));
        self.found.push(Diagnostic { hint: did_you_mean(name, names), ..fault });
        Kind::Any
    }

    /// Is a word given to this hook, and does the manifest allow it?
    fn allowed(&mut self, word: &Word, at: Position) {
        let Some(hook) = self.inside.hook else { return };
        if !word.hooks.is_empty() && !word.hooks.contains(&hook) {
            let message = format!("{} is not given to {hook}", word.name);
            self.found.push(error(at, "not_in_this_hook", message, word.name));
        }
        if let Some(name) = self.action_without_account()
            && ["Ctx", "Plan"].contains(&word.on)
            && !word.is_without_account
        {
            let message = format!("{} needs an account, and the action {name} is about none", word.name);
            let hint = format!("give [actions.{name}] another subject in {MANIFEST}: account, case, order or invoice");
            self.found.push(error(at, "no_account", message, word.name).hint(hint));
            return;
        }
        let permission = if word.permission == "decide" { format!("decide:{hook}") } else { word.permission.to_owned() };
        if !permission.is_empty() && !self.package.manifest.may(&permission) {
            let message = format!("{} needs the permission {permission} in the manifest", word.name);
            self.found.push(error(at, "not_permitted", message, word.name));
        }
    }

    pub(super) fn method(&mut self, on: Kind<'a>, call: &FnCallExpr, at: Position) -> (Kind<'a>, bool) {
        let args: Vec<Kind<'a>> = call.args.iter().map(|arg| self.expr(arg)).collect();
        let name = call.name.as_str();
        let Some(kind) = on.is_ours() else {
            let is_known = self.package.script.functions.contains_key(name)
                || NATIVE.contains_key(name)
                || WORDS.table.iter().any(|word| word.name == name && word.form == Form::Method);
            if !is_known {
                self.unknown_function(name, at);
            }
            return (Kind::Any, false);
        };
        if let Some(word) = word_of(kind, name, Form::Method) {
            self.arity(word.name, word.arity(), args.len(), at);
            self.allowed(word, at);
            self.arguments(word, call);
            return Kind::returned(word);
        }
        // A free function can be said behind a dot too: `amount.abs()`.
        if let Some(word) = word_of("", name, Form::Function) {
            self.arity(word.name, word.arity(), args.len() + 1, at);
            return Kind::returned(word);
        }
        let is_native =
            NATIVE.get(name).is_some_and(|params| params.contains(&(args.len() + 1))) && !WORDS.table.iter().any(|word| word.name == name);
        if !is_native && !self.package.script.functions.contains_key(name) {
            let fault = error(at, "unknown_function", format!("unknown function '{name}' of {kind}"), name);
            self.found.push(Diagnostic { hint: did_you_mean(name, words_of(kind).map(|word| word.name)), ..fault });
        }
        (Kind::Any, false)
    }

    fn unknown_function(&mut self, name: &str, at: Position) {
        let known = WORDS.table.iter().map(|word| word.name).chain(self.package.script.functions.keys().map(String::as_str));
        let hint = did_you_mean(name, known.chain(NATIVE.keys().map(String::as_str)));
        let fault = error(at, "unknown_function", format!("unknown function '{name}'"), name);
        self.found.push(Diagnostic { hint, ..fault });
    }

    fn arity(&mut self, name: &str, (least, most): (usize, usize), given: usize, at: Position) {
        if !(least..=most).contains(&given) {
            let wanted = if least == most { format!("{least}") } else { format!("{least} to {most}") };
            self.found.push(error(at, "argument_count", format!("{name} takes {wanted} arguments, not {given}"), name));
        }
    }

    pub(super) fn function(&mut self, call: &FnCallExpr, at: Position) -> Kind<'a> {
        let kinds: Vec<Kind<'a>> = call.args.iter().map(|arg| self.expr(arg)).collect();
        let name = call.name.as_str();
        if call.op_token.is_some() || !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            return match kinds.as_slice() {
                [a, b] => self.operator(name, *a, *b, at),
                [a] if name == "-" => *a,
                _ => Kind::Any,
            };
        }
        if name.starts_with("anon$") {
            return Kind::Any;
        }
        if let Some(function) = self.package.script.functions.get(name) {
            self.arity(name, (function.params.len(), function.params.len()), kinds.len(), at);
            return Kind::Any;
        }
        if let Some(word) = word_of("", name, Form::Function) {
            self.arity(name, word.arity(), kinds.len(), at);
            return match (name, kinds.as_slice()) {
                ("min" | "max", [a, b]) if a == b => *a,
                ("abs", [a]) => *a,
                _ => Kind::returned(word).0,
            };
        }
        // Methods can be said in front too: `overdue_by(list, 3)`.
        let is_method = WORDS.table.iter().any(|word| word.name == name && word.form == Form::Method);
        match NATIVE.get(name) {
            Some(params) if !params.contains(&kinds.len()) && !is_method => {
                let wanted: Vec<String> = params.iter().map(usize::to_string).collect();
                let message = format!("{name} takes {} arguments, not {}", wanted.join(" or "), kinds.len());
                self.found.push(error(at, "argument_count", message, name));
            }
            None if !is_method => self.unknown_function(name, at),
            _ => {}
        }
        Kind::Any
    }

    pub(super) fn operator(&mut self, op: &str, a: Kind<'a>, b: Kind<'a>, at: Position) -> Kind<'a> {
        if ["==", "!=", "<", "<=", ">", ">="].contains(&op) && !a.compares_with(b) {
            let message = format!("{} is compared with {}", a.name(), b.name());
            let hint = match (a, b) {
                (Kind::Named("Money"), _) | (_, Kind::Named("Money")) => "write money(\"…\", \"CNY\"), a setting, or .is_positive",
                (Kind::Named("Date"), _) | (_, Kind::Named("Date")) => "write date(\"2026-12-31\")",
                _ => "this is an error when it is reached",
            };
            self.found.push(error(at, "mixed_comparison", message, op).hint(hint));
        }
        if (op == "/" || op == "/=") && a == Kind::Named("int") && b == a {
            let fault = error(at, "integer_division", "whole numbers divide to a whole number: 1 / 2 is 0", op);
            self.found.push(fault.hint("write 1.0 / 2"));
        }
        Kind::of_operator(op, a, b)
    }
}

//! Findings in the functions of a script: types are inferred forward from `ctx`.

use crate::diagnostic::Diagnostic;
use crate::hooks::hook_of;
use crate::lint::kind::Kind;
use crate::lint::walk::{Inside, Walk};
use crate::package::Package;
use crate::plan::place;
use crate::sandbox::{self, SCRIPT};
use rhai::{ASTNode, Expr, Stmt, SwitchCasesCollection};
use std::collections::BTreeSet;

pub(super) fn lint(package: &Package, found: &mut Vec<Diagnostic>) {
    for (name, function) in &package.script.functions {
        let (hook, kind) = match hook_of(name) {
            Some((hook, kind)) if function.params.len() == 2 => (Some(hook), kind.map(str::to_owned)),
            _ => (None, None),
        };
        let inside = Inside { hook, kind };
        let changed = changed(package, name);
        let mut walk = Walk::new(package, inside, changed, found);
        for param in &function.params {
            walk.define(param, of_param(param), None);
        }
        package.script.body(name, |statement| walk.statement(statement));
        walk.close();
    }
}

/// By convention; a helper that takes `ctx` takes the context.
fn of_param(name: &str) -> Kind<'static> {
    match name {
        "ctx" => Kind::Named("Ctx"),
        "plan" => Kind::Named("Plan"),
        _ => Kind::Any,
    }
}

/// Variables that are assigned after their birth: their type is whatever comes.
fn changed(package: &Package, function: &str) -> BTreeSet<String> {
    let mut changed = BTreeSet::new();
    package.script.body(function, |statement| {
        statement.walk(&mut Vec::new(), &mut |path: &[ASTNode<'_>]| {
            if let Some(ASTNode::Stmt(Stmt::Assignment(assignment))) = path.last()
                && let Expr::Variable(variable, ..) = &assignment.1.lhs
            {
                changed.insert(variable.1.to_string());
            }
            true
        });
    });
    changed
}

/// A `switch` on a step's state without a default that misses a state.
pub(super) fn missed_states(states: &[String], cases: &SwitchCasesCollection) -> Vec<String> {
    if cases.def_case.is_some() {
        return Vec::new();
    }
    // A script keeps only the hash of each case, so the states are hashed the same way: by compiling them.
    let hash = |state: &String| {
        let text = format!("fn f(x) {{ switch x {{ {state:?} => 1 }} }}");
        let ast = sandbox::compiler().compile(text).ok()?;
        let mut hash = None;
        ast.walk(&mut |path: &[ASTNode<'_>]| {
            if let Some(ASTNode::Stmt(Stmt::Switch(switch, _))) = path.last() {
                hash = switch.1.cases.keys().next().copied();
            }
            true
        });
        hash
    };
    states.iter().filter(|state| hash(state).is_none_or(|hash| !cases.cases.contains_key(&hash))).cloned().collect()
}

/// An error at a place of the script.
pub(super) fn error(position: rhai::Position, code: &str, message: impl Into<String>, word: &str) -> Diagnostic {
    Diagnostic::error(SCRIPT, place(position), code, message).word(word)
}

/// A warning at a place of the script.
pub(super) fn warning(position: rhai::Position, code: &str, message: impl Into<String>, word: &str) -> Diagnostic {
    Diagnostic::warning(SCRIPT, place(position), code, message).word(word)
}

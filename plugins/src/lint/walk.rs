//! The walk through one function: statements, expressions, chains of words.
#![expect(clippy::wildcard_enum_match_arm, reason = "the syntax tree belongs to Rhai and is not exhaustive")]

use crate::diagnostic::Diagnostic;
use crate::lint::kind::Kind;
use crate::lint::script::{error, missed_states, warning};
use crate::package::Package;
use recoup_engine::words::asked::Hook;
use rhai::{ASTFlags, Expr, Position, Stmt, StmtBlock};
use std::collections::BTreeSet;

/// The hook a function answers.
pub(super) struct Inside {
    pub(super) hook: Option<Hook>,
    /// The type of a custom step, or the name of an action.
    pub(super) kind: Option<String>,
}

struct Variable<'a> {
    name: String,
    kind: Kind<'a>,
    at: Option<Position>,
    is_used: bool,
}

/// One function under the linter's eye.
pub(super) struct Walk<'a, 'f> {
    pub(super) package: &'a Package,
    pub(super) inside: Inside,
    changed: BTreeSet<String>,
    scope: Vec<Variable<'a>>,
    pub(super) found: &'f mut Vec<Diagnostic>,
}

impl<'a, 'f> Walk<'a, 'f> {
    pub(super) fn new(package: &'a Package, inside: Inside, changed: BTreeSet<String>, found: &'f mut Vec<Diagnostic>) -> Self {
        Self { package, inside, changed, scope: Vec::new(), found }
    }

    /// A new variable; with a place if it should be used.
    pub(super) fn define(&mut self, name: &str, kind: Kind<'a>, at: Option<Position>) {
        let kind = if self.changed.contains(name) { Kind::Any } else { kind };
        self.scope.push(Variable { name: name.to_owned(), kind, at, is_used: false });
    }

    /// The end of the function.
    pub(super) fn close(&mut self) {
        self.leave(0);
    }

    fn leave(&mut self, depth: usize) {
        for variable in self.scope.drain(depth..) {
            if let Some(at) = variable.at.filter(|_| !variable.is_used && !variable.name.starts_with('_')) {
                let message = format!("{} is never used", variable.name);
                self.found.push(warning(at, "unused_variable", message, &variable.name));
            }
        }
    }

    fn block(&mut self, block: &StmtBlock) {
        let depth = self.scope.len();
        let mut is_over = false;
        for statement in block.iter() {
            if std::mem::take(&mut is_over) && !statement.is_noop() {
                self.found.push(warning(statement.position(), "unreachable", "this is never reached", ""));
            }
            self.statement(statement);
            is_over = matches!(statement, Stmt::Return(..) | Stmt::BreakLoop(..));
        }
        self.leave(depth);
    }

    pub(super) fn statement(&mut self, statement: &Stmt) {
        match statement {
            Stmt::If(flow, _) | Stmt::While(flow, _) | Stmt::Do(flow, ..) | Stmt::TryCatch(flow, _) => {
                let depth = self.scope.len();
                if let (Stmt::TryCatch(..), Expr::Variable(name, ..)) = (statement, &flow.expr) {
                    self.block(&flow.body);
                    self.define(&name.1, Kind::Any, None);
                } else {
                    self.expr(&flow.expr);
                    self.block(&flow.body);
                }
                self.block(&flow.branch);
                self.leave(depth);
            }
            Stmt::Switch(switch, at) => self.switch(&switch.0, &switch.1, *at),
            Stmt::For(parts, _) => {
                let (name, counter, flow) = parts.as_ref();
                let list = self.expr(&flow.expr);
                if list == Kind::Named("Items") {
                    let message = "a list of items may be cut; sums and date filters stay exact, rows do not: ask .is_cut";
                    self.found.push(warning(flow.expr.start_position(), "cut_list", message, ""));
                }
                let depth = self.scope.len();
                self.define(&name.name, list.element(), None);
                if let Some(counter) = counter {
                    self.define(&counter.name, Kind::Named("int"), None);
                }
                self.block(&flow.body);
                self.leave(depth);
            }
            Stmt::Var(parts, ..) => {
                let (name, value, _) = parts.as_ref();
                let kind = self.expr(value);
                self.define(&name.name, kind, Some(name.pos));
            }
            Stmt::Assignment(assignment) => {
                let (op, sides) = assignment.as_ref();
                self.assigned(&sides.lhs, op.position());
                let (to, value) = (self.expr(&sides.lhs), self.expr(&sides.rhs));
                if let Some((.., op, name)) = op.get_op_assignment_info() {
                    let _ = op;
                    self.operator(name, to, value, sides.lhs.start_position());
                }
            }
            Stmt::FnCall(call, at) => {
                self.function(call, *at);
            }
            Stmt::Block(block) => self.block(block),
            Stmt::Expr(expr) => {
                self.expr(expr);
            }
            Stmt::Return(Some(expr), ..) | Stmt::BreakLoop(Some(expr), ..) => {
                self.expr(expr);
            }
            _ => {}
        }
    }

    /// Facts cannot be written; the settings are a copy, and writing to it changes nothing.
    fn assigned(&mut self, to: &Expr, at: Position) {
        if let Expr::Dot(dot, ..) = to
            && let Expr::Variable(root, ..) = &dot.lhs
            && let Some(kind) = self.scope.iter().rev().find(|variable| variable.name == root.1.as_str()).map(|variable| variable.kind)
            && (kind.is_ours().is_some() || matches!(kind, Kind::Named("settings") | Kind::Group(_)))
        {
            self.found.push(error(at, "writing_a_fact", "facts and settings cannot be changed by a script", ""));
        }
    }

    fn switch(&mut self, on: &Expr, cases: &rhai::SwitchCasesCollection, at: Position) {
        self.expr(on);
        for case in &cases.expressions {
            self.expr(&case.lhs);
            self.expr(&case.rhs);
        }
        let is_state = matches!(last_property(on), Some("at"));
        let step = self.inside.kind.as_ref().and_then(|kind| self.package.manifest.steps.get(kind));
        if let Some(step) = step.filter(|_| is_state) {
            for state in missed_states(&step.states, cases) {
                self.found.push(error(at, "missed_state", format!("this switch misses the state {state}"), "switch"));
            }
        }
    }

    pub(super) fn expr(&mut self, expr: &Expr) -> Kind<'a> {
        match expr {
            Expr::IntegerConstant(..) => Kind::Named("int"),
            Expr::BoolConstant(..) => Kind::Named("bool"),
            Expr::StringConstant(..) => Kind::Named("text"),
            Expr::DynamicConstant(value, _) if value.is_decimal() => Kind::Named("decimal"),
            Expr::InterpolatedString(parts, _) => {
                parts.iter().for_each(|part| {
                    self.expr(part);
                });
                Kind::Named("text")
            }
            Expr::Array(items, _) => {
                items.iter().for_each(|item| {
                    self.expr(item);
                });
                Kind::Named("list")
            }
            Expr::Map(map, _) => {
                map.0.iter().for_each(|(_, value)| {
                    self.expr(value);
                });
                Kind::Any
            }
            Expr::Variable(variable, ..) => self.variable(&variable.1),
            Expr::Stmt(block) => {
                self.block(block);
                Kind::Any
            }
            Expr::FnCall(call, at) => self.function(call, *at),
            Expr::Dot(sides, ..) => {
                let on = self.expr(&sides.lhs);
                self.chain(on, &sides.rhs)
            }
            Expr::Index(sides, flags, _) => {
                self.expr(&sides.lhs);
                self.index(&sides.rhs, *flags)
            }
            Expr::And(list, _) | Expr::Or(list, _) => {
                list.iter().for_each(|one| {
                    self.expr(one);
                });
                Kind::Named("bool")
            }
            Expr::Coalesce(list, _) => {
                list.iter().for_each(|one| {
                    self.expr(one);
                });
                Kind::Any
            }
            _ => Kind::Any,
        }
    }

    fn variable(&mut self, name: &str) -> Kind<'a> {
        let known = self.scope.iter_mut().rev().find(|variable| variable.name == name);
        known.map_or(Kind::Any, |variable| {
            variable.is_used = true;
            variable.kind
        })
    }

    /// `a[i]`, and what may follow behind it.
    fn index(&mut self, rest: &Expr, flags: ASTFlags) -> Kind<'a> {
        match rest {
            Expr::Dot(sides, ..) if !flags.contains(ASTFlags::BREAK) => {
                self.expr(&sides.lhs);
                self.chain(Kind::Any, &sides.rhs)
            }
            Expr::Index(sides, inner, _) if !flags.contains(ASTFlags::BREAK) => {
                self.expr(&sides.lhs);
                self.index(&sides.rhs, *inner)
            }
            index => {
                self.expr(index);
                Kind::Any
            }
        }
    }

    /// What follows behind a dot.
    fn chain(&mut self, on: Kind<'a>, rest: &Expr) -> Kind<'a> {
        match rest {
            Expr::Property(property, at) => self.property(on, &property.2, *at).0,
            Expr::MethodCall(call, at) => self.method(on, call, *at).0,
            Expr::Dot(sides, flags, at) => {
                let (kind, is_absent) = match &sides.lhs {
                    Expr::Property(property, at) => self.property(on, &property.2, *at),
                    Expr::MethodCall(call, at) => self.method(on, call, *at),
                    other => (self.chain(on, other), false),
                };
                if is_absent && !flags.contains(ASTFlags::NEGATED) {
                    self.found.push(warning(*at, "maybe_absent", "this may be (): ask before whether it is there, or write ?.", ""));
                }
                self.chain(kind, &sides.rhs)
            }
            Expr::Index(sides, flags, _) => {
                self.chain(on, &sides.lhs);
                self.index(&sides.rhs, *flags)
            }
            _ => Kind::Any,
        }
    }
}

/// The last property of a chain: `at` in `ctx.step.at`.
fn last_property(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Dot(sides, ..) => last_property(&sides.rhs),
        Expr::Property(property, _) => Some(property.2.as_str()),
        _ => None,
    }
}

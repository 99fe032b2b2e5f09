//! Text becomes a script: functions only, nothing that loads or makes code, and what each function looks at.

use crate::diagnostic::Diagnostic;
use crate::hooks::hook_of;
use crate::plan::place;
use crate::sandbox;
use recoup_engine::words::asked::{Hook, Needs};
use rhai::{AST, ASTNode, Expr, ParseError, ScriptFuncDef, Stmt};
use std::collections::{BTreeMap, BTreeSet};

/// One function of a script.
#[derive(Clone, Debug, Default)]
pub(crate) struct Function {
    /// Names of its arguments.
    pub(crate) params: Vec<String>,
    /// Where its body begins.
    pub(crate) at: (i64, i64),
    /// Functions it calls.
    calls: BTreeSet<String>,
    /// Properties it reads.
    reads: BTreeSet<String>,
}

/// A script that compiled.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) ast: AST,
    pub(crate) functions: BTreeMap<String, Function>,
}

/// Compiles one file, or says where it does not.
pub(crate) fn compile(file: &str, text: &str) -> Result<Script, Box<Diagnostic>> {
    let ast = sandbox::compiler().compile(text).map_err(|error| Box::new(parse_error(file, text, &error)))?;
    if let Some(first) = ast.statements().first() {
        let message = "code stands outside of a function: it would run at every call; constants belong into the settings";
        return Err(Box::new(Diagnostic::error(file, place(first.position()), "top_level_code", message)));
    }
    if let Some(at) = curried(&ast) {
        // Bound arguments are seen by no size limit: a function curried with itself doubles at every turn.
        let message = "curry is not allowed here; pass the value as an argument";
        return Err(Box::new(Diagnostic::error(file, at, "not_allowed", message).word("curry")));
    }
    let functions = ast.iter_fn_def().map(|def| (def.name.to_string(), function(&ast, def))).collect();
    Ok(Script { ast, functions })
}

/// Where arguments are bound to a function.
fn curried(ast: &AST) -> Option<(i64, i64)> {
    let mut found = None;
    ast.walk(&mut |path: &[ASTNode<'_>]| {
        match path.last() {
            Some(ASTNode::Expr(Expr::FnCall(call, at) | Expr::MethodCall(call, at)) | ASTNode::Stmt(Stmt::FnCall(call, at)))
                if call.name == "curry" =>
            {
                found = Some(place(*at));
            }
            _ => {}
        }
        found.is_none()
    });
    found
}

fn function(ast: &AST, def: &ScriptFuncDef) -> Function {
    let mut found = Function {
        params: def.params.iter().map(ToString::to_string).collect(),
        at: place(def.body.start_position()),
        ..Function::default()
    };
    only(ast, def).walk(&mut |path: &[ASTNode<'_>]| {
        look(path.last(), &mut found);
        true
    });
    found
}

/// The script with this function alone. Cloning with a filter ignores the filter in this version, so it is retained afterwards.
fn only(ast: &AST, def: &ScriptFuncDef) -> AST {
    let mut one = ast.clone_functions_only();
    one.retain_functions(|_, _, name, params| name == def.name.as_str() && params == def.params.len());
    one
}

fn look(node: Option<&ASTNode<'_>>, found: &mut Function) {
    match node {
        Some(ASTNode::Expr(Expr::FnCall(call, _))) | Some(ASTNode::Stmt(Stmt::FnCall(call, _))) => {
            found.calls.insert(call.name.to_string());
            // A function pointer names its function in a text.
            for arg in &call.args {
                if let Expr::StringConstant(text, _) = arg {
                    found.calls.insert(text.to_string());
                }
            }
        }
        Some(ASTNode::Expr(Expr::MethodCall(call, _))) => {
            found.calls.insert(call.name.to_string());
        }
        Some(ASTNode::Expr(Expr::Property(property, _))) => {
            found.reads.insert(property.2.to_string());
        }
        _ => {}
    }
}

impl Function {
    /// Does it call this function?
    pub(crate) fn calls(&self, name: &str) -> bool {
        self.calls.contains(name)
    }
}

impl Script {
    /// The hooks this script answers: functions with a hook's name and two arguments.
    pub(crate) fn hooks(&self) -> impl Iterator<Item = (&str, Hook)> {
        let named = self.functions.iter().filter(|(_, function)| function.params.len() == 2);
        named.filter_map(|(name, _)| hook_of(name).map(|(hook, _)| (name.as_str(), hook)))
    }

    /// Walks the statements of a function, in order.
    pub(crate) fn body(&self, function: &str, mut each: impl FnMut(&Stmt)) {
        for def in self.ast.iter_fn_def().filter(|def| def.name == function) {
            only(&self.ast, def).walk(&mut |path: &[ASTNode<'_>]| {
                if let [ASTNode::Stmt(statement)] = path {
                    each(statement);
                }
                true
            });
        }
    }

    /// Words said by a function and everything it calls: properties that are read, and functions.
    fn reads(&self, from: &str) -> BTreeSet<&str> {
        let (mut reads, mut seen, mut open) = (BTreeSet::new(), BTreeSet::new(), vec![from]);
        while let Some(name) = open.pop() {
            if let Some(function) = self.functions.get(name).filter(|_| seen.insert(name)) {
                reads.extend(function.reads.iter().chain(&function.calls).map(String::as_str));
                open.extend(function.calls.iter().map(String::as_str));
            }
        }
        reads
    }

    /// The lists a function looks at: only those are loaded.
    pub(crate) fn needs(&self, function: &str) -> Needs {
        let reads = self.reads(function);
        let has = |word| reads.contains(word);
        Needs {
            open_items: has("open_items") || has("items"),
            holds: has("holds"),
            evidence: has("evidence"),
            contacts: has("contacts"),
            offers: has("offers"),
            case: has("collection_case"),
            // What is to be remembered is written over what is known.
            state: has("state") || has("remember") || has("forget"),
        }
    }
}

/// The parser reports a missing `;` at the token after it, often a line late; the author looks for it at the end before.
fn parse_error(file: &str, text: &str, error: &ParseError) -> Diagnostic {
    let mut at = place(error.position());
    let message = error.err_type().to_string();
    if message.contains("';'")
        && let Some(before) = end_before(text, at)
    {
        at = before;
    }
    Diagnostic::error(file, at, "does_not_compile", message)
}

/// The end of the last code before a place.
fn end_before(text: &str, (line, column): (i64, i64)) -> Option<(i64, i64)> {
    let lines: Vec<&str> = text.lines().collect();
    let last = usize::try_from(line).ok()?.checked_sub(1)?;
    let column = usize::try_from(column).ok()?.saturating_sub(1);
    let here: String = lines.get(last)?.chars().take(column).collect();
    let earlier = lines.get(..last)?.iter().rev().map(|line| (*line).to_owned());
    let (back, code) = std::iter::once(here)
        .chain(earlier)
        .map(|line| line.split("//").next().unwrap_or("").trim_end().to_owned())
        .enumerate()
        .find(|(_, code)| !code.is_empty())?;
    Some((line - i64::try_from(back).ok()?, i64::try_from(code.chars().count()).ok()? + 1))
}

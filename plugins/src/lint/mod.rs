//! Findings on a package that compiles: what would only fail when it is reached, and what a reader would miss.

mod arguments;
mod kind;
mod said;
mod script;
mod texts;
mod walk;

use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::hooks::hook_of;
use crate::package::{Files, MANIFEST, Package};
use crate::sandbox::SCRIPT;
use recoup_engine::words::asked::Hook;

pub(crate) use texts::TEMPLATE_VARIABLES;

/// Every native function with the numbers of arguments it takes, the thing itself included.
#[cfg(test)]
pub(crate) fn native() -> &'static std::collections::BTreeMap<String, std::collections::BTreeSet<usize>> {
    &kind::NATIVE
}

/// Everything the linter finds.
pub(crate) fn lint(package: &Package, files: &Files) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    functions(package, &mut found);
    texts::lint(package, files, &mut found);
    script::lint(package, &mut found);
    found
}

/// Hooks without a function, and functions that look like hooks but are none.
fn functions(package: &Package, found: &mut Vec<Diagnostic>) {
    let manifest = &package.manifest;
    let written = |name: &str| package.script.functions.get(name).is_some_and(|function| function.params.len() == 2);
    for name in manifest.hooks.keys().filter(|name| !written(name)) {
        found.push(Diagnostic::error(
            MANIFEST,
            (0, 0),
            "missing_hook",
            format!("[hooks.{name}], but main.rhai has no fn {name}(ctx, plan)"),
        ));
    }
    for kind in manifest.steps.keys().filter(|kind| !written(&format!("step_{kind}"))) {
        found.push(Diagnostic::error(
            MANIFEST,
            (0, 0),
            "missing_hook",
            format!("[steps.{kind}], but main.rhai has no fn step_{kind}(ctx, plan)"),
        ));
    }
    for name in manifest.actions.keys().filter(|name| !written(&format!("action_{name}"))) {
        let message = format!("[actions.{name}], but main.rhai has no fn action_{name}(ctx, plan)");
        found.push(Diagnostic::error(MANIFEST, (0, 0), "missing_hook", message));
    }
    for (name, function) in &package.script.functions {
        let is_hook_shaped = function.params == ["ctx", "plan"];
        match hook_of(name) {
            Some((Hook::Step, Some(kind))) if is_hook_shaped && !manifest.steps.contains_key(kind) => {
                let message = format!("step type {kind} is not in the manifest's [steps]");
                found.push(Diagnostic::error(SCRIPT, function.at, "unknown_step", message));
            }
            Some((Hook::Action, Some(action))) if is_hook_shaped && !manifest.actions.contains_key(action) => {
                let message = format!("action {action} is not in the manifest's [actions]");
                let fault = Diagnostic::error(SCRIPT, function.at, "unknown_action", message);
                found.push(Diagnostic { hint: did_you_mean(action, manifest.actions.keys().map(String::as_str)), ..fault });
            }
            Some((_, None)) if function.params.len() != 2 => {
                let message = format!("{name} takes ctx and plan, nothing else");
                found.push(Diagnostic::error(SCRIPT, function.at, "argument_count", message));
            }
            None if is_hook_shaped && !is_called(package, name) => {
                let hooks = Hook::ALL.iter().map(|hook| hook.as_str());
                let fault =
                    Diagnostic::error(SCRIPT, function.at, "unknown_hook", format!("no hook is called {name}, so nobody ever calls it"));
                found.push(Diagnostic { hint: did_you_mean(name, hooks), ..fault });
            }
            _ => {}
        }
    }
    if package.hooks().next().is_none() {
        found.push(Diagnostic::error(SCRIPT, (0, 0), "missing_hook", "the script answers no hook"));
    }
}

fn is_called(package: &Package, name: &str) -> bool {
    package.script.functions.values().any(|function| function.calls(name))
}

//! One call, prepared so that a bench can repeat it: guarded as in real life, and on a bare engine for comparison.

use crate::ask::Asking;
use crate::bundle::Ready;
use crate::package::{Files, Package};
use crate::plan::Plan;
use crate::sandbox;
use recoup_engine::words::asked::{Question, StoredPackage};
use recoup_engine::words::code::Code;
use recoup_engine::words::error::{Error, Result};
use rhai::{CallFnOptions, Dynamic, Engine, Scope};
use std::sync::Arc;

/// A package with its settings, compiled.
#[derive(Debug)]
pub struct Prepared {
    ready: Ready,
    function: String,
}

/// An engine born once, with the same words and no wall at all.
#[derive(Debug)]
pub struct Bare(Engine);

impl Default for Bare {
    fn default() -> Self {
        Self::new()
    }
}

impl Bare {
    /// No limits, no budget, no wall against panics; shared by all calls.
    pub fn new() -> Self {
        Self(sandbox::bare())
    }
}

impl Prepared {
    /// Compiles a package with the default settings; refuses one that does not compile or has no such hook function.
    pub fn new(files: &Files, function: &str) -> Result<Self> {
        let package = Package::parse(files).map_err(|found| {
            let why = found.first().map_or_else(String::new, crate::diagnostic::Diagnostic::line);
            Error::new(Code::ScriptRefused, why)
        })?;
        if !package.script.functions.contains_key(function) {
            return Err(Error::new(Code::ScriptRefused, format!("there is no function {function}")));
        }
        let stored = StoredPackage {
            name: package.manifest.plugin.name.clone(),
            version: 1,
            hash: String::new(),
            files: Arc::default(),
            settings: serde_json::json!({}),
            segment_settings: std::collections::BTreeMap::new(),
        };
        Ok(Self { ready: Ready::new(&Arc::new(package), &stored)?, function: function.to_owned() })
    }

    /// One call as in real life, facts ready; tells the operations used, or why it failed.
    pub fn guarded(&self, question: &Question) -> std::result::Result<u64, String> {
        let (ran, _) = Asking::new(&self.ready, question).run(&self.function);
        ran.end.map(|()| ran.operations).map_err(|failure| failure.error.message)
    }

    /// The same function on a bare engine: no budget, and nobody looks at the plan.
    pub fn bare(&self, bare: &Bare, question: &Question) -> std::result::Result<(), String> {
        let ctx = Asking::new(&self.ready, question).ctx;
        let plan = Plan::new(&ctx.shown);
        let options = CallFnOptions::new().eval_ast(false).with_tag(ctx.shown.clone());
        let ast = &self.ready.package.script.ast;
        let end = bare.0.call_fn_with_options::<Dynamic>(options, &mut Scope::new(), ast, &self.function, (ctx, plan));
        end.map(|_| ()).map_err(|error| error.to_string())
    }
}

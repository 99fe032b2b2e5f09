//! Arguments that name something of the package: codes, roles, tasks, templates, states, channels.

use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::lint::script::error;
use crate::lint::walk::Walk;
use crate::plan::close::{CHANNELS, CONTACT_ROLES, ROLES};
use crate::plan::text::places;
use crate::words::table::Word;
use rhai::{Expr, FnCallExpr, Position};
use std::collections::BTreeSet;

impl Walk<'_, '_> {
    /// Checks every argument that is a plain text against what there is.
    pub(super) fn arguments(&mut self, word: &Word, call: &FnCallExpr) {
        for (arg, given) in word.args.iter().zip(&call.args) {
            let Expr::StringConstant(text, at) = given else { continue };
            let manifest = &self.package.manifest;
            let known: Vec<&str> = match arg.kind {
                "role" => ROLES.to_vec(),
                "contact_role" => CONTACT_ROLES.clone(),
                "channel" => CHANNELS.clone(),
                "handoff" => vec!["legal"],
                "task" => manifest.tasks.keys().map(String::as_str).collect(),
                "template" => self.package.templates.keys().map(String::as_str).collect(),
                "state" => self.states(),
                "code" if !is_text(call.args.last(), given) => manifest.codes.keys().map(String::as_str).collect(),
                _ => continue,
            };
            if !known.contains(&text.as_str()) {
                let fault = error(*at, &format!("unknown_{}", arg.kind), format!("unknown {} {text:?}", arg.kind.replace('_', " ")), text);
                let hint = did_you_mean(text, known.iter().copied());
                self.found.push(Diagnostic { hint, ..fault });
            } else if matches!(arg.kind, "code" | "task") {
                let place = word.args.iter().position(|arg| arg.kind == "map|text");
                self.values(arg.kind, text, place.and_then(|place| call.args.get(place)), *at);
            }
        }
    }

    fn states(&self) -> Vec<&str> {
        let steps = &self.package.manifest.steps;
        let own = self.inside.kind.as_ref().and_then(|kind| steps.get(kind));
        match own {
            Some(step) => step.states.iter().map(String::as_str).collect(),
            None => steps.values().flat_map(|step| &step.states).map(String::as_str).collect(),
        }
    }

    /// The values a text needs are in the map, and the map has nothing the text does not know.
    fn values(&mut self, kind: &str, name: &str, map: Option<&Expr>, at: Position) {
        let wanted: BTreeSet<String> = if kind == "code" {
            self.package.manifest.codes.get(name).into_iter().flat_map(|values| values.keys().cloned()).collect()
        } else {
            let text = self.package.texts.tasks.get(name);
            text.into_iter().flat_map(|text| places(&text.en).into_iter().chain(places(&text.zh)).map(str::to_owned)).collect()
        };
        let given: BTreeSet<String> = match map {
            Some(Expr::Map(map, _)) => map.0.iter().map(|(key, _)| key.name.to_string()).collect(),
            None => BTreeSet::new(),
            // Values in a variable are only seen when the script runs.
            Some(_) => return,
        };
        for missing in wanted.difference(&given) {
            self.found.push(error(at, "missing_value", format!("{name} needs the value {missing}"), name));
        }
        for odd in given.difference(&wanted).filter(|_| kind == "code") {
            let fault = error(at, "unknown_value", format!("{name} has no value {odd}"), name);
            self.found.push(Diagnostic { hint: did_you_mean(odd, wanted.iter().map(String::as_str)), ..fault });
        }
    }
}

/// A code with a plain text behind it needs no entry in the manifest.
fn is_text(last: Option<&Expr>, code: &Expr) -> bool {
    last.is_some_and(|last| !std::ptr::eq(last, code) && matches!(last, Expr::StringConstant(..) | Expr::InterpolatedString(..)))
}

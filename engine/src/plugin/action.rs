//! Looking up custom actions of the packages that are switched on.

use crate::words::action::ActionSpec;
use crate::words::asked::PluginSet;
use crate::words::code::Code;
use crate::words::error::{Error, Result};

/// The action of this name; `not_found` with the nearest one, or `plugin_unavailable` where its package cannot be loaded here.
pub fn find_action(set: &dyn PluginSet, plugin: &str, action: &str) -> Result<ActionSpec> {
    if let Some(trouble) = set.troubles().into_iter().find(|trouble| trouble.plugin == plugin) {
        return Err(Error::new(Code::PluginUnavailable, format!("the plugin {plugin} cannot be asked by this server: {}", trouble.why)));
    }
    let all = set.actions();
    let own: Vec<&ActionSpec> = all.iter().filter(|spec| spec.plugin == plugin).collect();
    if let Some(found) = own.iter().find(|spec| spec.name == action) {
        return Ok((*found).clone());
    }
    let (what, hint) = if own.is_empty() {
        let wanted = format!("{plugin}.{action}");
        let near = nearest(&wanted, all.iter().map(ActionSpec::full_name));
        (format!("no plugin {plugin:?} with actions is switched on"), near)
    } else {
        (format!("the plugin {plugin} has no action {action:?}"), nearest(action, own.iter().map(|spec| spec.name.clone())))
    };
    let hint = hint.map_or_else(String::new, |near| format!("; did you mean {near:?}?"));
    Err(Error::new(Code::NotFound, format!("{what}{hint}")))
}

fn nearest(wanted: &str, known: impl Iterator<Item = String>) -> Option<String> {
    known.min_by_key(|other| strsim::damerau_levenshtein(wanted, other))
}

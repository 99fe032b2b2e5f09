//! What packages remember about an account: written under the account's claim, read back as `ctx.state`.

use super::rows::plugin_state;
use crate::command::Attempt;
use crate::doors::store::Changes;
use crate::doors::store::columns::Payload;
use crate::words::effect::FactValue;
use crate::words::id::{AccountId, RowId};
use std::collections::BTreeMap;

/// Something a package wants to remember about an account, or to forget.
#[derive(Clone, Debug, PartialEq)]
pub struct Remembered {
    /// The package.
    pub plugin: String,
    /// Under this name.
    pub key: String,
    /// This; forgotten when absent.
    pub value: Option<FactValue>,
}

/// Writes what is to be remembered over what is known: one row an account and package, and none where nothing changes.
pub fn remember(changes: Changes, account: AccountId, known: &[plugin_state::Model], wanted: &[Remembered], attempt: &Attempt) -> Changes {
    let mut by_plugin: BTreeMap<&str, Vec<&Remembered>> = BTreeMap::new();
    for one in wanted {
        by_plugin.entry(&one.plugin).or_default().push(one);
    }
    by_plugin.into_iter().fold(changes, |changes, (plugin, wanted)| {
        let before = known.iter().find(|row| row.plugin == plugin);
        let mut state = before.map(|row| row.state.0.clone()).unwrap_or_default();
        for Remembered { key, value, .. } in wanted {
            match value {
                Some(value) => state.insert(key.clone(), value.clone()),
                None => state.remove(key),
            };
        }
        let (was, id) = before.map_or((BTreeMap::new(), None), |row| (row.state.0.clone(), Some(row.id)));
        if was == state {
            return changes;
        }
        let row = plugin_state::Model {
            tenant_id: attempt.who.tenant,
            id: id.unwrap_or_else(|| RowId(attempt.stamp.id())),
            account_id: account,
            plugin: plugin.to_owned(),
            state: Payload(state),
            changed_at: attempt.stamp.at,
        };
        if id.is_some() { changes.save(&row) } else { changes.add(&row) }
    })
}

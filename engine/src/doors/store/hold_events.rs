//! Which holds a change places and ends, read off its rows: whoever writes a hold need not think of those who listen.

use super::Changes;
use super::changes::{How, TableRows};
use crate::doors::hold_event::hold_event;
use crate::words::asked::{Hook, PluginSet};
use crate::words::id::{AccountId, HoldId, OrderId, RowId, TenantId};
use crate::words::stamp::Stamp;
use sea_orm::Value;
use uuid::Uuid;

/// What a row of a hold says, as far as it is an event.
#[derive(Clone, Debug, PartialEq)]
struct Seen {
    hold: HoldId,
    account: AccountId,
    order: Option<OrderId>,
    voice: String,
    code: String,
    is_active: bool,
}

impl Changes {
    /// Adds an event for whatever happens here and a plugin of the set wants to hear of.
    pub(crate) fn tell_listeners(self, set: &dyn PluginSet, stamp: &Stamp) -> Self {
        self.tell_of_holds(set, stamp).tell_of_events(set, stamp)
    }

    /// Each hold that begins or ends. A hold that takes the place of one for the same reason is none.
    fn tell_of_holds(self, set: &dyn PluginSet, stamp: &Stamp) -> Self {
        let listens = |hook: Hook| set.has(hook).then_some(hook);
        let (placed, released) = (listens(Hook::HoldPlaced), listens(Hook::HoldReleased));
        if placed.is_none() && released.is_none() {
            return self;
        }
        let (began, ended) = (self.holds(How::Add), self.holds(How::Save));
        let began: Vec<Seen> = began.into_iter().filter(|seen| seen.is_active).collect();
        let ended: Vec<Seen> = ended.into_iter().filter(|seen| !seen.is_active).collect();
        let is_new = |seen: &&Seen| !ended.iter().any(|other| is_same_reason(other, seen));
        let is_gone = |seen: &&Seen| !began.iter().any(|other| is_same_reason(other, seen));
        let placed = placed.into_iter().flat_map(|hook| began.iter().filter(is_new).map(move |seen| row(seen, hook, stamp)));
        let released = released.into_iter().flat_map(|hook| ended.iter().filter(is_gone).map(move |seen| row(seen, hook, stamp)));
        let rows: Vec<hold_event::Model> = placed.chain(released).collect();
        self.add_all(&rows)
    }

    fn holds(&self, how: How) -> Vec<Seen> {
        let of_holds = self.tables.iter().filter(|table| table.table == "hold" && table.how == how);
        of_holds.flat_map(|table| table.rows.iter().filter_map(|values| seen(table, values))).collect()
    }
}

fn is_same_reason(one: &Seen, other: &Seen) -> bool {
    (one.order, &one.voice, &one.code) == (other.order, &other.voice, &other.code)
}

fn row(seen: &Seen, hook: Hook, stamp: &Stamp) -> hold_event::Model {
    hold_event::Model {
        // The writer binds the tenant itself.
        tenant_id: TenantId(Uuid::nil()),
        id: RowId(stamp.id()),
        account_id: seen.account,
        hook: hook.as_str().to_owned(),
        hold_id: seen.hold,
        order_id: seen.order,
        happened_on: stamp.today,
        wake_on: stamp.today,
        tries: 0,
        is_done: false,
        created_at: stamp.at,
    }
}

fn seen(table: &TableRows, values: &[Value]) -> Option<Seen> {
    let value = |name: &str| table.columns.iter().position(|column| *column == name).and_then(|at| values.get(at));
    let id = |name: &str| if let Some(Value::Uuid(id)) = value(name) { *id } else { None };
    let text = |name: &str| if let Some(Value::String(text)) = value(name) { text.clone() } else { None };
    let source = text("source")?;
    Some(Seen {
        hold: HoldId(id("id")?),
        account: AccountId(id("account_id")?),
        order: id("order_id").map(OrderId),
        voice: source.split('@').next().unwrap_or(&source).to_owned(),
        code: text("code")?,
        is_active: text("state")? == "active",
    })
}

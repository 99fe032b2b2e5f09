//! What a custom action is shown of its call beside who calls: about what, and with which parameters.

use crate::words::ctx::Seen;
use crate::words::items::Items;
use crate::words::table::Table;
use recoup_engine::words::action::SubjectFacts;
use recoup_engine::words::asked::Hook;
use recoup_engine::words::id::InstalmentId;
use rhai::{Dynamic, ImmutableString};
use std::sync::Arc;

/// What an action is about.
#[derive(Clone, Debug)]
pub(crate) struct Subject(pub(crate) Arc<Seen>);

impl Subject {
    fn read<R: Default>(&self, read: impl Fn(&SubjectFacts) -> R) -> R {
        self.0.about.action().map(|call| read(&call.subject)).unwrap_or_default()
    }

    /// Open items of the invoice or order it is; of an account or case, all of them.
    fn items(&self) -> Items {
        let all = Items::all(&self.0);
        let rows = &self.0.facts.open_items.rows;
        let only = |keep: &dyn Fn(&recoup_engine::words::facts::ItemFacts) -> bool| -> Vec<InstalmentId> {
            rows.iter().filter(|row| keep(row)).map(|row| row.id).collect()
        };
        match self.0.about.action().map(|call| &call.subject) {
            Some(SubjectFacts::Invoice { id, .. }) => all.only(&only(&|row| row.invoice_id == *id)),
            Some(SubjectFacts::Order { order }) => all.only(&only(&|row| row.order_external_id.as_ref() == Some(&order.external_id))),
            Some(SubjectFacts::Account { .. } | SubjectFacts::Case { .. } | SubjectFacts::None) | None => all,
        }
    }
}

pub(super) fn register(table: &mut Table) {
    table
        .kind::<Subject>("Subject", "What an action is about.")
        .get("Subject.kind -> text", "account, case, order or invoice.", |subject: &Subject| {
            subject.read(|about| ImmutableString::from(about.kind().as_str()))
        })
        .get("Subject.id -> text", "Its id.", |subject: &Subject| subject.read(SubjectFacts::id))
        .get("Subject.external_id -> text", "Its number in the ERP, or for people.", |subject: &Subject| {
            subject.read(|about| about.external_id().map(ImmutableString::from))
        })
        .get("Subject.items -> Items", "Open items of the invoice or order; of an account or case, all of them.", |subject: &Subject| {
            Dynamic::from(subject.items())
        })
        .only_in(&[Hook::Action]);
}

//! What a custom action is shown of its call: who calls, about what, and with which parameters.

use crate::words::ctx::Seen;
use crate::words::items::Items;
use crate::words::table::Table;
use recoup_engine::words::action::{ActionFacts, SubjectFacts};
use recoup_engine::words::asked::Hook;
use recoup_engine::words::id::InstalmentId;
use rhai::{Dynamic, ImmutableString};
use std::sync::Arc;

/// Who calls an action.
#[derive(Clone, Debug)]
pub(crate) struct Requester(pub(crate) Arc<Seen>);
/// What an action is about.
#[derive(Clone, Debug)]
pub(crate) struct Subject(pub(crate) Arc<Seen>);

impl Requester {
    fn read<R: Default>(&self, read: impl Fn(&ActionFacts) -> R) -> R {
        self.0.about.action().map(read).unwrap_or_default()
    }
}

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
            Some(SubjectFacts::Account { .. } | SubjectFacts::Case { .. }) | None => all,
        }
    }
}

pub(super) fn register(table: &mut Table) {
    table
        .kind::<Requester>("Requester", "Who calls an action.")
        .get("Requester.actor -> text", "The person or program.", |who: &Requester| {
            who.read(|call| ImmutableString::from(&call.requester.actor))
        })
        .get("Requester.roles -> list", "The jobs in whose name it calls.", |who: &Requester| {
            who.read(|call| call.requester.roles.iter().map(|role| ImmutableString::from(role).into()).collect::<rhai::Array>())
        })
        .kind::<Subject>("Subject", "What an action is about.")
        .get("Subject.kind -> text", "account, case, order or invoice.", |subject: &Subject| {
            subject.read(|about| ImmutableString::from(about.kind().as_str()))
        })
        .get("Subject.id -> text", "Its id.", |subject: &Subject| subject.read(SubjectFacts::id))
        .get("Subject.external_id -> text", "Its number in the ERP, or for people.", |subject: &Subject| {
            subject.read(|about| ImmutableString::from(about.external_id()))
        })
        .get("Subject.items -> Items", "Open items of the invoice or order; of an account or case, all of them.", |subject: &Subject| {
            Dynamic::from(subject.items())
        })
        .only_in(&[Hook::Action]);
}

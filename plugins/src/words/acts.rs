//! What a person wants done, and who wants it: what a gate on an act is asked about. And a letter that is written.

use crate::words::account::words;
use crate::words::ctx::{Seen, Shown};
use crate::words::items::Items;
use crate::words::table::Table;
use recoup_engine::words::act_facts::{LimitChange as ChangeFacts, MessageFacts, Requester as RequesterFacts};
use rhai::{Dynamic, ImmutableString};
use std::sync::Arc;

/// A credit limit as it would become.
#[derive(Clone, Debug)]
pub(crate) struct LimitChange(pub(crate) Arc<Seen>);
/// The person who wants something done.
#[derive(Clone, Debug)]
pub(crate) struct Requester(pub(crate) Shown);
/// A letter that is written.
#[derive(Clone, Debug)]
pub(crate) struct Message(pub(crate) Arc<Seen>);

impl Message {
    fn read<R: Default>(&self, read: impl Fn(&MessageFacts) -> R) -> R {
        self.0.about.message().map(read).unwrap_or_default()
    }
}

impl LimitChange {
    fn read<R: Default>(&self, read: impl Fn(&ChangeFacts) -> R) -> R {
        self.0.about.limit_change().map(read).unwrap_or_default()
    }
}

impl Requester {
    fn read<R: Default>(&self, read: impl Fn(&RequesterFacts) -> R) -> R {
        self.0.about().person().map(read).unwrap_or_default()
    }
}

pub(super) fn register(table: &mut Table) {
    table
        .kind::<LimitChange>("LimitChange", "A credit limit as it would become.")
        .get(
            "LimitChange.kind -> text",
            "standing, temporary, security for one that adds to the limit, or group for one its members share.",
            |c: &LimitChange| c.read(|c| ImmutableString::from(&c.kind)),
        )
        .get("LimitChange.amount -> Money?", "The new limit, or what a security adds; () for no credit check.", |c: &LimitChange| {
            c.read(|c| c.amount)
        })
        .get(
            "LimitChange.before -> Money?",
            "What was set for its first day before; () where nothing was, or nobody checked.",
            |c: &LimitChange| c.read(|c| c.before),
        )
        .get("LimitChange.before_since -> Date?", "The first day of the limit before.", |c: &LimitChange| c.read(|c| c.before_since))
        .get("LimitChange.is_raise -> bool", "Is it more credit on any day than there was before?", |c: &LimitChange| {
            c.read(|c| c.is_raise)
        })
        .get("LimitChange.valid_from -> Date", "The first day it is in force.", |c: &LimitChange| c.read(|c| Some(c.valid_from)))
        .get("LimitChange.valid_to -> Date?", "The last day it is in force; () for ever.", |c: &LimitChange| c.read(|c| c.valid_to))
        .get("LimitChange.reason -> text", "Why it is wanted.", |c: &LimitChange| c.read(|c| ImmutableString::from(&c.reason)))
        .get("LimitChange.override_reason -> text?", "Why it is wanted although a collection case is open.", |c: &LimitChange| {
            c.read(|c| words(c.override_reason.as_ref()))
        });
    table
        .kind::<Message>("Message", "A letter that is written.")
        .get("Message.template -> text", "Its text by name: one of the policy's, or plugin/KEY.", |m: &Message| {
            m.read(|m| ImmutableString::from(&m.template))
        })
        .get("Message.step -> text", "The policy step it belongs to, or the question it came from.", |m: &Message| {
            m.read(|m| ImmutableString::from(&m.step))
        })
        .get("Message.channel -> text", "email, sms, letter or registered.", |m: &Message| m.read(|m| ImmutableString::from(&m.channel)))
        .get("Message.language -> text", "The language it is written in: zh-CN, en, …", |m: &Message| {
            m.read(|m| ImmutableString::from(&m.language))
        })
        .get("Message.is_formal -> bool", "Is it a formal notice?", |m: &Message| m.read(|m| m.is_formal))
        .get("Message.has_offer -> bool", "Is it about an offer?", |m: &Message| m.read(|m| m.has_offer))
        .get("Message.amount -> Money", "What it asks for.", |m: &Message| m.read(|m| Some(m.amount)))
        .get("Message.items -> Items", "The items it is about.", |m: &Message| Dynamic::from(Items::all(&m.0).only(&m.0.about.items())));
    table
        .kind::<Requester>("Requester", "The person who wants something done.")
        .get("Requester.name -> text", "Who it is.", |r: &Requester| r.read(|r| ImmutableString::from(&r.actor)))
        .get("Requester.roles -> list", "The jobs in whose name it is asked; empty once a second person has said yes.", |r: &Requester| {
            r.read(|r| r.roles.iter().map(|role| ImmutableString::from(role).into()).collect::<rhai::Array>())
        })
        .get("Requester.approved_by -> text?", "The second person who said yes; () while nobody has.", |r: &Requester| {
            r.read(|r| words(r.approved_by.as_ref()))
        })
        .call(
            "Requester.has_role(role: role) -> bool",
            "Is this one of the jobs in whose name it is asked?",
            |r: &mut Requester, role: &str| r.read(|r| r.roles.iter().any(|known| known == role)),
        );
}

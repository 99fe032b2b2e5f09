//! The other lists: promises, holds, contacts, offers and papers. One shape for all of them, and a few words of their own.

use crate::limits::charge;
use crate::words::account::share;
use crate::words::ctx::Seen;
use crate::words::items::Item;
use crate::words::table::{Fallible, Table, raise};
use recoup_engine::words::asked::About;
use recoup_engine::words::day::days_between;
use recoup_engine::words::facts::{ContactFacts, EvidenceFacts, Facts, HoldFacts, OfferFacts, PromiseFacts};
use recoup_engine::words::signal::SignalFacts;
use rhai::{Array, Dynamic, ImmutableString};
use std::marker::PhantomData;
use std::sync::Arc;

/// One kind of row.
pub(crate) trait Kind: Clone + Send + Sync + 'static {
    /// How the facts hold it.
    type Facts: 'static;
    /// All of them.
    fn list(facts: &Facts) -> &[Self::Facts];
    /// The one a question is about, if it is about one.
    fn subject(about: &About) -> Option<&Self::Facts>;
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $facts:ident in $list:ident $(, $subject:ident)?;)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub(crate) struct $name;
        impl Kind for $name {
            type Facts = $facts;
            fn list(facts: &Facts) -> &[$facts] { &facts.$list }
            fn subject(about: &About) -> Option<&$facts> { kinds!(@subject about $($subject)?) }
        }
    )* };
    (@subject $about:ident) => {{ let _ = $about; None }};
    (@subject $about:ident $subject:ident) => { $about.$subject() };
}

kinds! {
    /// Promises to pay.
    Promise = PromiseFacts in promises;
    /// Holds in force.
    Hold = HoldFacts in holds, hold;
    /// Contact persons.
    Contact = ContactFacts in contacts;
    /// Live early-payment offers.
    Offer = OfferFacts in offers, offer;
    /// Papers that prove the claim.
    Paper = EvidenceFacts in evidence;
}

/// Early-warning signals.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signal;
impl Kind for Signal {
    type Facts = SignalFacts;
    fn subject(about: &About) -> Option<&SignalFacts> {
        about.raised()
    }
    fn list(facts: &Facts) -> &[SignalFacts] {
        &facts.risk.signals
    }
}

/// One row of a list, or the one thing of its kind that the question is about.
#[derive(Clone, Debug)]
pub(crate) struct Row<K: Kind> {
    pub(crate) seen: Arc<Seen>,
    at: Option<usize>,
    kind: PhantomData<K>,
}

impl<K: Kind> Row<K> {
    pub(crate) fn facts(&self) -> &K::Facts {
        let of_list = |at: usize| &K::list(&self.seen.facts)[at];
        // Only a row of a list has no subject to stand for.
        K::subject(&self.seen.about).filter(|_| self.at.is_none()).unwrap_or_else(|| of_list(self.at.unwrap_or_default()))
    }

    /// The row at this place of its list.
    pub(crate) fn at(seen: &Arc<Seen>, at: usize) -> Self {
        Self { seen: Arc::clone(seen), at: Some(at), kind: PhantomData }
    }

    /// What the question is about, where it is about one of these.
    pub(crate) fn subject(seen: &Arc<Seen>) -> Option<Self> {
        K::subject(&seen.about).map(|_| Self { seen: Arc::clone(seen), at: None, kind: PhantomData })
    }
}

/// Some of the rows of a list.
#[derive(Clone, Debug)]
pub(crate) struct Rows<K: Kind> {
    pub(crate) seen: Arc<Seen>,
    plugin: Arc<str>,
    rows: Arc<[usize]>,
    kind: PhantomData<K>,
}

impl<K: Kind> Rows<K> {
    pub(crate) fn all(seen: &Arc<Seen>, plugin: &Arc<str>) -> Self {
        let rows = (0..K::list(&seen.facts).len()).collect();
        Self { seen: Arc::clone(seen), plugin: Arc::clone(plugin), rows, kind: PhantomData }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Row<K>> + use<K> {
        let (seen, rows) = (Arc::clone(&self.seen), Arc::clone(&self.rows));
        (0..rows.len()).map(move |n| Row { seen: Arc::clone(&seen), at: Some(rows[n]), kind: PhantomData })
    }

    fn keep(&self, keep: impl Fn(&K::Facts) -> bool) -> Self {
        charge(self.rows.len());
        let rows = self.rows.iter().copied().filter(|at| keep(&K::list(&self.seen.facts)[*at])).collect();
        Self { seen: Arc::clone(&self.seen), plugin: Arc::clone(&self.plugin), rows, kind: PhantomData }
    }

    fn len(&self) -> i64 {
        i64::try_from(self.rows.len()).unwrap_or(i64::MAX)
    }

    fn first(&self) -> Option<Dynamic> {
        self.iter().next().map(Dynamic::from)
    }
}

impl Rows<Promise> {
    /// The open promise that comes due next, today included.
    fn next_due(&self) -> Option<Dynamic> {
        let today = self.seen.facts.today;
        let open = self.iter().filter(|row| row.facts().state == "open" && row.facts().due_on >= today);
        open.min_by_key(|row| row.facts().due_on).map(Dynamic::from)
    }

    fn broken_since(&self, days: i64) -> Self {
        let today = self.seen.facts.today;
        self.keep(|promise| promise.state == "broken" && (0..=days).contains(&days_between(promise.due_on, today)))
    }
}

impl Rows<Paper> {
    fn missing(&self, kinds: Array) -> Fallible<Array> {
        charge(kinds.len().saturating_mul(self.rows.len()));
        let mut missing = Array::new();
        for kind in kinds {
            let Ok(kind) = kind.into_immutable_string() else { return raise("missing() takes a list of kinds as text") };
            if !self.iter().any(|row| row.facts().kind == kind.as_str()) {
                missing.push(kind.into());
            }
        }
        Ok(missing)
    }
}

/// The words every list has. The names differ by type, so each list says its own.
macro_rules! list_words {
    ($table:ident, $kind:ty, $list:literal, $row:literal, $doc:literal) => {
        $table
            .kind::<Rows<$kind>>($list, $doc)
            .get(concat!($list, ".len -> int"), "How many there are.", |list: &Rows<$kind>| list.len())
            .get(concat!($list, ".is_empty -> bool"), "Is there none?", |list: &Rows<$kind>| list.rows.is_empty())
            .call(concat!($list, ".first() -> ", $row, "?"), "The first one, or ().", |list: &mut Rows<$kind>| {
                list.first().unwrap_or(Dynamic::UNIT)
            })
            .walk::<Rows<$kind>, _>(|list| list.iter().map(Dynamic::from))
    };
}

pub(super) fn register(table: &mut Table) {
    promises(table);
    holds(table);
    people(table);
    papers(table);
    signals(table);
}

fn promises(table: &mut Table) {
    list_words!(table, Promise, "Promises", "Promise", "Promises to pay.")
        .call("Promises.next_due() -> Promise?", "The open promise that comes due next, or ().", |list: &mut Rows<Promise>| {
            list.next_due().unwrap_or(Dynamic::UNIT)
        })
        .call("Promises.broken_since(days: int) -> Promises", "Those broken in the last days.", |list: &mut Rows<Promise>, days: i64| {
            list.broken_since(days)
        })
        .kind::<Row<Promise>>("Promise", "A promise to pay.")
        .get("Promise.amount -> Money", "Promised amount.", |row: &Row<Promise>| row.facts().amount)
        .get("Promise.due_on -> Date", "Promised day.", |row: &Row<Promise>| row.facts().due_on)
        .get("Promise.made_on -> Date", "Day it was made.", |row: &Row<Promise>| row.facts().made_on)
        .get("Promise.state -> text", "open, kept, partially_kept or broken.", |row: &Row<Promise>| {
            ImmutableString::from(&row.facts().state)
        });
}

fn holds(table: &mut Table) {
    list_words!(table, Hold, "Holds", "Hold", "Holds in force on the account or its orders.")
        .call("Holds.mine() -> Holds", "Those this plugin placed.", |list: &mut Rows<Hold>| {
            let plugin = Arc::clone(&list.plugin);
            list.keep(|hold| is_of(&hold.source, &plugin))
        })
        .kind::<Row<Hold>>("Hold", "Why an order or the whole account may not ship.")
        .get("Hold.id -> text", "Its id.", |row: &Row<Hold>| row.facts().id.to_string())
        .get("Hold.code -> text", "Its reason.", |row: &Row<Hold>| ImmutableString::from(&row.facts().code))
        .get("Hold.source -> text", "core, a plugin's name, or a person.", |row: &Row<Hold>| ImmutableString::from(&row.facts().source))
        .get("Hold.order_id -> text?", "The order it holds; () for the whole account.", |row: &Row<Hold>| {
            row.facts().order_id.map(|id| id.to_string())
        })
        .get("Hold.expires_on -> Date?", "The last day it holds.", |row: &Row<Hold>| row.facts().expires_on)
        .get("Hold.pay_to_release -> Money?", "Paying this lifts it.", |row: &Row<Hold>| row.facts().pay_to_release);
}

/// A hold names its plugin alone, or with version and line.
pub(crate) fn is_of(source: &str, plugin: &str) -> bool {
    source.split('@').next() == Some(plugin)
}

fn people(table: &mut Table) {
    list_words!(table, Contact, "Contacts", "Contact", "People at the customer.")
        .call(
            "Contacts.with_role(role: text) -> Contacts",
            "Those with this role: payer, legal, …",
            |list: &mut Rows<Contact>, role: &str| list.keep(|contact| contact.role == role),
        )
        .kind::<Row<Contact>>("Contact", "A person at the customer.")
        .get("Contact.role -> text", "payer, decision_maker, approver, handler, cashier or legal.", |row: &Row<Contact>| {
            ImmutableString::from(&row.facts().role)
        })
        .get("Contact.name -> text", "Name.", |row: &Row<Contact>| ImmutableString::from(&row.facts().name))
        .get("Contact.has_email -> bool", "Can be written to by e-mail.", |row: &Row<Contact>| row.facts().has_email)
        .get("Contact.has_phone -> bool", "Can be called or texted.", |row: &Row<Contact>| row.facts().has_phone);
    list_words!(table, Offer, "Offers", "Offer", "Live early-payment offers.")
        .call("Offers.of_item(item: Item) -> Offers", "Those for this instalment.", |list: &mut Rows<Offer>, item: Item| {
            list.keep(|offer| offer.instalment_id == item.facts().id)
        })
        .kind::<Row<Offer>>("Offer", "A live early-payment offer.")
        .get("Offer.rate -> decimal", "Discount, 0.02 for 2 %.", |row: &Row<Offer>| share(row.facts().rate_bps))
        .get("Offer.pay_by -> Date", "Last day to pay.", |row: &Row<Offer>| row.facts().pay_by);
}

fn papers(table: &mut Table) {
    list_words!(table, Paper, "Papers", "Paper", "Papers that prove the claim.")
        .call("Papers.missing(kinds: list) -> list", "Kinds of document that are not there.", |list: &mut Rows<Paper>, kinds: Array| {
            list.missing(kinds)
        })
        .call("Papers.of_kind(kind: text) -> Papers", "Those of this kind.", |list: &mut Rows<Paper>, kind: &str| {
            list.keep(|paper| paper.kind == kind)
        })
        .kind::<Row<Paper>>("Paper", "A paper that proves the claim.")
        .get("Paper.document -> text", "Kind of document.", |row: &Row<Paper>| ImmutableString::from(&row.facts().kind))
        .get("Paper.reference -> text", "What it is, for people.", |row: &Row<Paper>| ImmutableString::from(&row.facts().reference))
        .get("Paper.dated_on -> Date", "Its date.", |row: &Row<Paper>| row.facts().dated_on);
}

fn signals(table: &mut Table) {
    list_words!(table, Signal, "Signals", "Signal", "Early-warning signals of the last year, faded ones included.")
        .call("Signals.live() -> Signals", "Those that still count today.", |list: &mut Rows<Signal>| {
            let today = list.seen.facts.today;
            list.keep(|signal| signal.fading.live_on(today).is_some())
        })
        .call(
            "Signals.of_kind(kind: text) -> Signals",
            "Those of this kind: bounce, relocation, …",
            |list: &mut Rows<Signal>, kind: &str| list.keep(|signal| signal.kind.as_str() == kind),
        )
        .kind::<Row<Signal>>("Signal", "An early-warning signal.")
        .get("Signal.kind -> text", "What was noticed: bounce, relocation, …", |row: &Row<Signal>| {
            ImmutableString::from(row.facts().kind.as_str())
        })
        .get("Signal.severity -> text?", "How grave it still is: low, medium or high; () when it has faded.", |row: &Row<Signal>| {
            row.facts().fading.live_on(row.seen.facts.today).map(|severity| ImmutableString::from(severity.as_str()))
        })
        .get("Signal.observed_on -> Date", "The day it was noticed.", |row: &Row<Signal>| row.facts().fading.observed_on)
        .get("Signal.ends_on -> Date", "The first day nothing is left of it.", |row: &Row<Signal>| row.facts().fading.ends_on());
}

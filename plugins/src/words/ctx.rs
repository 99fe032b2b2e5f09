//! `ctx`: what a hook is shown. Everything is a native type over the shared facts, so a misspelt word is an error with its
//! place, and showing five hundred items costs what showing one does.

use crate::hooks::REMEMBERS;
use crate::plan::value::script;
use crate::words::account::{Account, Totals};
use crate::words::action::Subject;
use crate::words::acts::{LimitChange, Message, Requester};
use crate::words::credit::{CREDIT, CreditFile, History, grades};
use crate::words::date::Date;
use crate::words::happened::{Invoice, Payment};
use crate::words::items::{Item, Items};
use crate::words::money::Money;
use crate::words::rows::{Contact, Hold, Kind, Offer, Paper, Promise, Row, Rows, Signal};
use crate::words::table::{Fallible, IntoScript, Table, raise};
use crate::words::things::{Case, Core, DueStep, Handoff, Order, Step};
use chrono::{NaiveDate, NaiveDateTime, Timelike};
use recoup_engine::words::asked::{About, Hook, Question};
use recoup_engine::words::day::Calendar;
use recoup_engine::words::facts::Facts;
use recoup_engine::words::question_facts::{DayFacts, QuestionFacts};
use rhai::{Dynamic, ImmutableString};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Where the question is about an instalment.
const ITEM: &[Hook] = &[Hook::BeforeDue, Hook::InvoiceRegistered, Hook::BecameOverdue, Hook::OfferCheck];

/// One question about an account with its facts, as every thing of a call holds it. Two calls never share one, so a thing that was kept
/// from another call is recognised by it.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) facts: Arc<Facts>,
    pub(crate) about: About,
}

/// One question about no account.
#[derive(Debug)]
pub(crate) struct SeenDay {
    pub(crate) facts: Arc<DayFacts>,
    pub(crate) about: About,
}

/// What a call is shown. Whatever belongs to an account is made from [`Seen`] alone, so where a question is about none there is nothing to
/// make it from.
#[derive(Clone, Debug)]
pub(crate) enum Shown {
    /// It is about an account.
    Account(Arc<Seen>),
    /// It is about none.
    Day(Arc<SeenDay>),
}

impl Shown {
    pub(crate) fn new(question: &Question) -> Self {
        let about = question.about.clone();
        match &question.facts {
            QuestionFacts::Account(facts) => Self::Account(Arc::new(Seen { facts: Arc::clone(facts), about })),
            QuestionFacts::Day(facts) => Self::Day(Arc::new(SeenDay { facts: Arc::clone(facts), about })),
        }
    }

    pub(crate) fn about(&self) -> &About {
        match self {
            Self::Account(seen) => &seen.about,
            Self::Day(seen) => &seen.about,
        }
    }

    /// What is shown of the account, where the question is about one.
    pub(crate) fn seen(&self) -> Option<&Arc<Seen>> {
        if let Self::Account(seen) = self { Some(seen) } else { None }
    }

    pub(crate) fn today(&self) -> NaiveDate {
        match self {
            Self::Account(seen) => seen.facts.today,
            Self::Day(seen) => seen.facts.today,
        }
    }

    fn now(&self) -> NaiveDateTime {
        match self {
            Self::Account(seen) => seen.facts.now,
            Self::Day(seen) => seen.facts.now,
        }
    }

    pub(crate) fn calendar(&self) -> &Calendar {
        match self {
            Self::Account(seen) => &seen.facts.calendar,
            Self::Day(seen) => &seen.facts.calendar,
        }
    }

    /// Is a thing of this call? One that was kept from another is refused.
    pub(crate) fn is_of(&self, thing: &Arc<Seen>) -> bool {
        self.seen().is_some_and(|seen| Arc::ptr_eq(seen, thing))
    }

    /// Rows a script of this call can walk.
    pub(crate) fn rows(&self) -> usize {
        self.seen().map_or(0, |seen| seen.rows())
    }
}

impl Seen {
    /// Rows a script of this call can walk: they raise its budget.
    fn rows(&self) -> usize {
        let facts = &self.facts;
        facts.open_items.rows.len()
            + facts.holds.len()
            + facts.promises.len()
            + facts.risk.signals.len()
            + facts.evidence.len()
            + facts.contacts.len()
            + facts.offers.len()
            + self.about.order().map_or(0, |order| order.lines.len())
    }
}

/// What a hook is shown.
#[derive(Clone, Debug)]
pub(crate) struct Ctx {
    pub(crate) shown: Shown,
    /// The plugin's own settings, typed, in the account's currency, or the tenant's own where there is none; or why they cannot be had.
    pub(crate) settings: Result<Arc<rhai::Map>, Arc<str>>,
    /// The parameters of an action, typed by its schema.
    pub(crate) params: Option<Arc<rhai::Map>>,
    /// The plugin that is asked.
    pub(crate) plugin: Arc<str>,
}

impl Ctx {
    fn about(&self) -> &About {
        self.shown.about()
    }

    fn only<R: IntoScript>(&self, value: Option<R>, word: &str) -> Fallible<Dynamic> {
        match value {
            Some(value) => Ok(value.into_script()),
            None if self.shown.seen().is_none() => raise(format!("there is no ctx.{word}: this action is about no account")),
            None => raise(format!("ctx.{word} is not given to {}", self.about().hook())),
        }
    }

    /// A thing of the account; an error where the question is about none.
    fn of_account<R: IntoScript>(&self, word: &str, read: impl FnOnce(&Arc<Seen>) -> R) -> Fallible<Dynamic> {
        self.only(self.shown.seen().map(read), word)
    }

    /// A thing of the account that is given to some questions only.
    fn of<R>(&self, read: impl FnOnce(&Arc<Seen>) -> Option<R>) -> Option<R> {
        self.shown.seen().and_then(read)
    }

    /// A list of the account's rows.
    fn rows<K: Kind>(&self, word: &str) -> Fallible<Dynamic> {
        self.of_account(word, |seen| Dynamic::from(Rows::<K>::all(seen, &self.plugin)))
    }

    fn settings(&self) -> Fallible<Dynamic> {
        match &self.settings {
            Ok(settings) => Ok(Dynamic::from_map(settings.as_ref().clone())),
            Err(why) => raise(why.to_string()),
        }
    }

    /// What an action is about, where one is called.
    fn subject(&self) -> Option<Dynamic> {
        self.of(|seen| seen.about.action().map(|_| Dynamic::from(Subject(Arc::clone(seen)))))
    }

    fn params(&self) -> Option<rhai::Map> {
        self.about().action()?;
        Some(self.params.as_ref().map(|params| params.as_ref().clone()).unwrap_or_default())
    }

    /// What this plugin remembers about the account.
    fn state(&self, seen: &Seen) -> rhai::Map {
        let own = seen.facts.state.get(self.plugin.as_ref()).into_iter().flatten();
        own.map(|(key, value)| (key.as_str().into(), script(value))).collect()
    }

    /// The instalment of the question; () for one that is paid by now, and for an invoice of which nothing is open any more.
    fn item(&self) -> Option<Dynamic> {
        let seen = self.shown.seen().filter(|seen| ITEM.contains(&seen.about.hook()))?;
        let first = seen.about.items().first().and_then(|item| seen.facts.open_items.rows.iter().position(|row| row.id == *item));
        Some(first.map_or(Dynamic::UNIT, |at| Dynamic::from(Item::new(seen, at))))
    }

    fn days_left(&self) -> Option<i64> {
        if let About::BeforeDue { days_left, .. } = self.about() { Some(*days_left) } else { None }
    }

    fn step(&self) -> Option<Dynamic> {
        let seen = self.shown.seen()?;
        if matches!(seen.about, About::Step { .. }) {
            return Some(Dynamic::from(Step(Arc::clone(seen))));
        }
        matches!(seen.about, About::StepDue { .. }).then(|| Dynamic::from(DueStep(Arc::clone(seen))))
    }

    fn order(&self) -> Option<Dynamic> {
        let order = self.of(|seen| seen.about.order().map(|_| Dynamic::from(Order(Arc::clone(seen)))));
        // A hold may be of the whole account.
        order.or_else(|| self.about().hold().map(|_| Dynamic::UNIT))
    }

    /// Limit, collected and planned of the question how much may be used.
    fn asked_limit(&self) -> Option<[Dynamic; 3]> {
        let About::UsableLimit { limit, collected, planned } = self.about() else { return None };
        Some([*limit, *collected, *planned].map(|amount| Money::from(amount).into_script()))
    }

    /// The hold of the question; () where an order is to be released that no hold stands on any more.
    fn hold(&self) -> Option<Dynamic> {
        let hold = self.of(Row::<Hold>::subject).map(Dynamic::from);
        hold.or_else(|| matches!(self.about(), About::HoldRelease { .. }).then_some(Dynamic::UNIT))
    }

    /// Rate, discount and last day of an offer that is to be made.
    fn asked_offer(&self) -> Option<[Dynamic; 3]> {
        let About::OfferCheck { rate, discount, pay_by, .. } = self.about() else { return None };
        Some([rate.0.into_script(), (*discount).into_script(), (*pay_by).into_script()])
    }

    /// Whom a letter is for.
    fn contact(&self) -> Option<Dynamic> {
        let seen = self.shown.seen()?;
        let About::MessageCompose { contact, .. } = &seen.about else { return None };
        let at = contact.and_then(|id| seen.facts.contacts.iter().position(|row| row.id == id));
        Some(at.map_or(Dynamic::UNIT, |at| Dynamic::from(Row::<Contact>::at(seen, at))))
    }

    /// How much a release would let ship; () for a whole account.
    fn release_amount(&self) -> Option<Dynamic> {
        let About::HoldRelease { amount, .. } = self.about() else { return None };
        Some((*amount).into_script())
    }

    /// 0 to n − 1 from the account and the name: the same for ever, so that no decision hangs on chance.
    fn bucket(&self, name: &str, buckets: i64) -> Fallible<i64> {
        if buckets < 1 {
            return raise("a bucket needs at least one");
        }
        let Some(seen) = self.shown.seen() else { return raise("there is no ctx.bucket: this action is about no account") };
        let hash = Sha256::digest(format!("{}/{name}", seen.facts.account.id));
        let wide = hash.iter().take(8).fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
        Ok(i64::try_from(wide % buckets.unsigned_abs()).unwrap_or(0))
    }
}

/// The tenant's local time of the decision.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now(chrono::NaiveDateTime);

pub(super) fn register(table: &mut Table) {
    table
        .kind::<Ctx>("Ctx", "What a hook is shown.")
        .get("Ctx.today -> Date", "The business day the decision is made for.", |ctx: &Ctx| Date(ctx.shown.today()))
        .without_account()
        .get("Ctx.now -> Now", "The tenant's local time.", |ctx: &Ctx| Dynamic::from(Now(ctx.shown.now())))
        .without_account()
        .get("Ctx.hook -> text", "The hook that is asked.", |ctx: &Ctx| ImmutableString::from(ctx.about().hook().as_str()))
        .without_account()
        .try_get("Ctx.account -> Account", "The account.", |ctx: &Ctx| {
            ctx.of_account("account", |seen| Dynamic::from(Account(Arc::clone(seen))))
        })
        .try_get("Ctx.totals -> Totals", "What the account owes in total.", |ctx: &Ctx| {
            ctx.of_account("totals", |seen| Dynamic::from(Totals(Arc::clone(seen))))
        })
        .try_get("Ctx.collection_case -> Case?", "The collection case, or () when there is none.", |ctx: &Ctx| {
            ctx.of_account("collection_case", |seen| seen.facts.case.as_ref().map(|_| Dynamic::from(Case(Arc::clone(seen)))))
        })
        .try_get("Ctx.settings -> settings", "The plugin's own settings. A copy: changing it changes nothing.", Ctx::settings)
        .without_account()
        .kind::<Now>("Now", "A time of day.")
        .get("Now.hour -> int", "Hour, 0 to 23.", |now: &Now| i64::from(now.0.hour()))
        .get("Now.minute -> int", "Minute, 0 to 59.", |now: &Now| i64::from(now.0.minute()))
        .call(
            "Ctx.bucket(name: text, buckets: int) -> int",
            "0 to buckets − 1, always the same for this account and name: the only chance there is.",
            |ctx: &mut Ctx, name: &str, buckets: i64| ctx.bucket(name, buckets),
        );
    lists(table);
    subjects(table);
    calls(table);
}

fn calls(table: &mut Table) {
    table
        .try_get(
            "Ctx.params -> params",
            "The action's parameters, typed by their schema; one left out without a default is ().",
            |ctx: &Ctx| ctx.only(ctx.params(), "params"),
        )
        .only_in(&[Hook::Action])
        .without_account()
        .try_get("Ctx.subject -> Subject", "What the action is about.", |ctx: &Ctx| ctx.only(ctx.subject(), "subject"))
        .only_in(&[Hook::Action])
        .try_get(
            "Ctx.state -> map",
            "What this plugin remembers about the account: `ctx.state.get(\"key\")` is () where nothing is.",
            |ctx: &Ctx| ctx.of_account("state", |seen| ctx.state(seen)),
        )
        .only_in(REMEMBERS);
    happened(table);
}

fn lists(table: &mut Table) {
    table
        .try_get("Ctx.open_items -> Items", "What is open, oldest due first.", |ctx: &Ctx| {
            ctx.of_account("open_items", |seen| Dynamic::from(Items::all(seen)))
        })
        .try_get("Ctx.promises -> Promises", "Promises to pay.", |ctx: &Ctx| ctx.rows::<Promise>("promises"))
        .try_get("Ctx.holds -> Holds", "Holds in force.", |ctx: &Ctx| ctx.rows::<Hold>("holds"))
        .try_get("Ctx.signals -> Signals", "Early-warning signals.", |ctx: &Ctx| ctx.rows::<Signal>("signals"))
        .try_get("Ctx.contacts -> Contacts", "People to write to or call.", |ctx: &Ctx| ctx.rows::<Contact>("contacts"))
        .try_get("Ctx.offers -> Offers", "Live early-payment offers.", |ctx: &Ctx| ctx.rows::<Offer>("offers"))
        .try_get("Ctx.evidence -> Papers", "Papers that prove the claim.", |ctx: &Ctx| ctx.rows::<Paper>("evidence"))
        .only_in(&[Hook::Step, Hook::LegalPacket, Hook::LegalCheck, Hook::DailyAccount]);
}

fn subjects(table: &mut Table) {
    table
        .try_get("Ctx.core -> Core", "What the core rule says.", |ctx: &Ctx| {
            ctx.only(ctx.of(|seen| seen.about.core().map(|_| Dynamic::from(Core(Arc::clone(seen))))), "core")
        })
        .only_in(&[Hook::OrderCheck, Hook::StepDue, Hook::CreditGrade])
        .try_get(
            "Ctx.order -> Order",
            "The order that asks to ship, that an action is about, or whose hold began, ended or is to be released; () where a whole \
             account is held.",
            |ctx: &Ctx| ctx.only(ctx.order(), "order"),
        )
        .only_in(&[Hook::OrderCheck, Hook::HoldPlaced, Hook::HoldReleased, Hook::HoldRelease, Hook::Action])
        .try_get("Ctx.hold -> Hold", "The hold that began, ended or is to be released.", |ctx: &Ctx| ctx.only(ctx.hold(), "hold"))
        .only_in(&[Hook::HoldPlaced, Hook::HoldReleased, Hook::HoldRelease])
        .try_get("Ctx.amount -> Money?", "How much of the order would ship; () where a whole account is released.", |ctx: &Ctx| {
            ctx.only(ctx.release_amount(), "amount")
        })
        .only_in(&[Hook::HoldRelease])
        .try_get("Ctx.limit_change -> LimitChange", "The credit limit as it would become.", |ctx: &Ctx| {
            let change = ctx.of(|seen| seen.about.limit_change().map(|_| Dynamic::from(LimitChange(Arc::clone(seen)))));
            ctx.only(change, "limit_change")
        })
        .only_in(&[Hook::LimitCheck])
        .try_get("Ctx.message -> Message", "The letter that is written.", |ctx: &Ctx| {
            ctx.only(ctx.of(|seen| seen.about.message().map(|_| Dynamic::from(Message(Arc::clone(seen))))), "message")
        })
        .only_in(&[Hook::MessageCompose])
        .try_get("Ctx.contact -> Contact?", "To whom; () where it reaches nobody in particular.", |ctx: &Ctx| {
            ctx.only(ctx.contact(), "contact")
        })
        .only_in(&[Hook::MessageCompose])
        .try_get("Ctx.requester -> Requester", "Who wants it done, or calls the action.", |ctx: &Ctx| {
            ctx.only(ctx.about().person().map(|_| Dynamic::from(Requester(ctx.shown.clone()))), "requester")
        })
        .only_in(&[Hook::LimitCheck, Hook::HoldRelease, Hook::Action])
        .without_account()
        .try_get("Ctx.step -> Step", "The step that is due or wakes.", |ctx: &Ctx| ctx.only(ctx.step(), "step"))
        .only_in(&[Hook::StepDue, Hook::Step])
        .try_get(
            "Ctx.item -> Item",
            "The instalment that comes due or became overdue, or the first open one of the invoice; () where it is paid by now.",
            |ctx: &Ctx| ctx.only(ctx.item(), "item"),
        )
        .only_in(ITEM)
        .try_get("Ctx.days_left -> int", "Days to its due date.", |ctx: &Ctx| ctx.only(ctx.days_left(), "days_left"))
        .only_in(&[Hook::BeforeDue])
        .try_get("Ctx.handoff -> Handoff", "The handoff the packet is for, or that is to be made.", |ctx: &Ctx| {
            let is_packet = |about: &About| matches!(about, About::LegalPacket { .. } | About::LegalCheck { .. });
            ctx.only(ctx.of(|seen| is_packet(&seen.about).then(|| Dynamic::from(Handoff(Arc::clone(seen))))), "handoff")
        })
        .only_in(&[Hook::LegalPacket, Hook::LegalCheck])
        .try_get("Ctx.credit_file -> CreditFile", "The credit file.", |ctx: &Ctx| {
            ctx.only(ctx.of(CreditFile::of).map(Dynamic::from), "credit_file")
        })
        .only_in(CREDIT)
        .try_get("Ctx.history -> History", "How the account has bought and paid.", |ctx: &Ctx| {
            ctx.only(ctx.of(History::of).map(Dynamic::from), "history")
        })
        .only_in(CREDIT)
        .try_get("Ctx.grades -> list", "Names of the grades, the best first.", |ctx: &Ctx| ctx.only(ctx.of(grades), "grades"))
        .only_in(CREDIT)
        .try_get("Ctx.limit -> Money", "The limit, what stands behind it counted in.", |ctx: &Ctx| {
            ctx.only(ctx.asked_limit().map(|[limit, _, _]| limit), "limit")
        })
        .only_in(&[Hook::UsableLimit])
        .try_get("Ctx.collected -> Money", "What has come of the planned money.", |ctx: &Ctx| {
            ctx.only(ctx.asked_limit().map(|[_, collected, _]| collected), "collected")
        })
        .only_in(&[Hook::UsableLimit])
        .try_get("Ctx.planned -> Money", "What fell due in the last 90 days.", |ctx: &Ctx| {
            ctx.only(ctx.asked_limit().map(|[_, _, planned]| planned), "planned")
        })
        .only_in(&[Hook::UsableLimit]);
}

/// What has happened, where something has, and an offer that is to be made.
fn happened(table: &mut Table) {
    table
        .try_get("Ctx.rate -> decimal", "The discount that is to be offered, 0.02 for 2 %.", |ctx: &Ctx| {
            ctx.only(ctx.asked_offer().map(|[rate, _, _]| rate), "rate")
        })
        .only_in(&[Hook::OfferCheck])
        .try_get("Ctx.discount -> Money", "The discount that is to be offered, as an amount.", |ctx: &Ctx| {
            ctx.only(ctx.asked_offer().map(|[_, discount, _]| discount), "discount")
        })
        .only_in(&[Hook::OfferCheck])
        .try_get("Ctx.pay_by -> Date", "The last day to pay of the offer that is to be made.", |ctx: &Ctx| {
            ctx.only(ctx.asked_offer().map(|[_, _, pay_by]| pay_by), "pay_by")
        })
        .only_in(&[Hook::OfferCheck])
        .try_get("Ctx.invoice -> Invoice", "The invoice that was booked.", |ctx: &Ctx| {
            ctx.only(ctx.of(|seen| seen.about.invoice().map(|_| Dynamic::from(Invoice(Arc::clone(seen))))), "invoice")
        })
        .only_in(&[Hook::InvoiceRegistered])
        .try_get("Ctx.payment -> Payment", "The payment that came, or that the bank took back.", |ctx: &Ctx| {
            ctx.only(ctx.of(|seen| seen.about.payment().map(|_| Dynamic::from(Payment(Arc::clone(seen))))), "payment")
        })
        .only_in(&[Hook::PaymentReceived, Hook::PaymentBounced])
        .try_get("Ctx.from_stage -> text?", "The stage the case was in; () where it begins.", |ctx: &Ctx| {
            ctx.only(ctx.about().stage().map(|stage| stage.from_stage.clone().into_script()), "from_stage")
        })
        .only_in(&[Hook::CaseOpened, Hook::StageEntered])
        .try_get("Ctx.to_stage -> text", "The stage the case came to.", |ctx: &Ctx| {
            ctx.only(ctx.about().stage().map(|stage| stage.to_stage.clone()), "to_stage")
        })
        .only_in(&[Hook::CaseOpened, Hook::StageEntered])
        .try_get("Ctx.offer -> Offer", "The offer that was taken or ran out.", |ctx: &Ctx| {
            ctx.only(ctx.of(Row::<Offer>::subject).map(Dynamic::from), "offer")
        })
        .only_in(&[Hook::OfferTaken, Hook::OfferExpired])
        .try_get("Ctx.raised -> Signal", "The signal that was noticed.", |ctx: &Ctx| {
            ctx.only(ctx.of(Row::<Signal>::subject).map(Dynamic::from), "raised")
        })
        .only_in(&[Hook::SignalRaised]);
}

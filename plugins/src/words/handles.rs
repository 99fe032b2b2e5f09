//! Handles: what can be said about a hold, a notice, an offer or a handoff after it was proposed.

use crate::plan::Plan;
use crate::words::date::Date;
use crate::words::items::Items;
use crate::words::money::Money;
use crate::words::table::{Fallible, Table};
use chrono::NaiveDate;
use recoup_engine::words::effect::EffectKind;
use recoup_engine::words::id::InstalmentId;
use recoup_engine::words::money as engine;
use rhai::{Array, Dynamic, EvalAltResult, NativeCallContext as Call};

/// Says more about a hold.
#[derive(Clone, Debug)]
pub(crate) struct HoldHandle {
    pub(super) plan: Plan,
    pub(super) at: usize,
    pub(super) is_vote: bool,
}

/// Says more about a notice.
#[derive(Clone, Debug)]
pub(crate) struct NoticeHandle {
    pub(super) plan: Plan,
    pub(super) at: usize,
}

/// An offer, for a notice about it.
#[derive(Clone, Debug)]
pub(crate) struct OfferHandle {
    pub(super) plan: Plan,
    pub(super) at: usize,
}

/// Says more about a handoff.
#[derive(Clone, Debug)]
pub(crate) struct HandoffHandle {
    pub(super) plan: Plan,
    pub(super) at: usize,
}

pub(super) fn register(table: &mut Table) {
    table.kind::<OfferHandle>("OfferHandle", "An offer, for a notice about it.");
    notice(table);
    hold(table);
    handoff(table);
}

fn notice(table: &mut Table) {
    table
        .kind::<NoticeHandle>("NoticeHandle", "Says more about a notice.")
        .call(
            "NoticeHandle.about(items: Items) -> NoticeHandle",
            "The items it is about.",
            |call: Call, notice: &mut NoticeHandle, list: Items| {
                let ids = ids(&call, &notice.plan, &list)?;
                Ok::<_, Box<EvalAltResult>>(notice.set(|parts| *parts.items = ids))
            },
        )
        .call(
            "NoticeHandle.about_offer(offer: OfferHandle) -> NoticeHandle",
            "The offer it is about.",
            |call: Call, notice: &mut NoticeHandle, handle: OfferHandle| {
                if !notice.plan.is(&handle.plan) {
                    return notice.plan.refuse(&call, "this offer belongs to another call");
                }
                Ok(notice.set(|parts| *parts.offer = Some(handle.at)))
            },
        )
        .call("NoticeHandle.channel(channel: channel) -> NoticeHandle", "By this channel.", |notice: &mut NoticeHandle, name: &str| {
            notice.set(|parts| *parts.channel = Some(name.to_owned()))
        })
        .call("NoticeHandle.send_on(day: Date) -> NoticeHandle", "Not before this day.", |notice: &mut NoticeHandle, day: Date| {
            notice.set(|parts| *parts.send_on = Some(day.0))
        });
}

/// What a notice may be told.
struct NoticeParts<'a> {
    items: &'a mut Vec<InstalmentId>,
    offer: &'a mut Option<usize>,
    channel: &'a mut Option<String>,
    send_on: &'a mut Option<NaiveDate>,
}

impl NoticeHandle {
    fn set(&self, change: impl FnOnce(NoticeParts<'_>)) -> Self {
        if let Some(EffectKind::Notice { items, offer, channel, send_on, .. }) =
            self.plan.draft().effects.get_mut(self.at).map(|effect| &mut effect.kind)
        {
            change(NoticeParts { items, offer, channel, send_on });
        }
        self.clone()
    }
}

/// The items of a list that this call was shown.
fn ids(call: &Call, plan: &Plan, list: &Items) -> Fallible<Vec<InstalmentId>> {
    if plan.shown.is_of(&list.seen) { Ok(list.ids()) } else { plan.refuse(call, "these items belong to another call") }
}

fn hold(table: &mut Table) {
    table
        .kind::<HoldHandle>("HoldHandle", "Says more about a hold.")
        .call(
            "HoldHandle.pay_to_release(amount: Money) -> HoldHandle",
            "Paying so much lifts it.",
            |call: Call, hold: &mut HoldHandle, amount: Money| {
                let amount = amount.rounded().or_else(|error| hold.plan.refuse(&call, error.to_string()))?;
                hold.set(|pay, _, _| *pay = Some(amount));
                Ok::<_, Box<EvalAltResult>>(hold.clone())
            },
        )
        .call(
            "HoldHandle.for_items(items: Items) -> HoldHandle",
            "Settling these lifts it.",
            |call: Call, hold: &mut HoldHandle, list: Items| {
                for_items(&call, hold, &list)?;
                Ok::<_, Box<EvalAltResult>>(hold.clone())
            },
        )
        .call("HoldHandle.expires_on(last_day: Date) -> HoldHandle", "The last day it holds.", |hold: &mut HoldHandle, day: Date| {
            hold.set(|_, _, expires| *expires = Some(day.0));
            hold.clone()
        });
}

/// Settling the shown rows of a cut list would lift the hold too early, so such a reason is lifted by its amount alone.
fn for_items(call: &Call, hold: &HoldHandle, list: &Items) -> Fallible<()> {
    let shown = ids(call, &hold.plan, list)?;
    if list.is_cut() {
        let total = list.total()?.rounded()?;
        hold.set(|pay, _, _| *pay = Some(pay.unwrap_or(total)));
    } else {
        hold.set(|_, items, _| *items = shown);
    }
    Ok(())
}

impl HoldHandle {
    fn set(&self, change: impl FnOnce(&mut Option<engine::Money>, &mut Vec<InstalmentId>, &mut Option<NaiveDate>)) {
        let mut draft = self.plan.draft();
        if self.is_vote {
            if let Some(vote) = draft.votes.get_mut(self.at) {
                change(&mut vote.pay_to_release, &mut vote.items, &mut vote.expires_on);
            }
        } else if let Some(EffectKind::PlaceHold { pay_to_release, items, expires_on }) =
            draft.effects.get_mut(self.at).map(|e| &mut e.kind)
        {
            let mut until = Some(*expires_on);
            change(pay_to_release, items, &mut until);
            *expires_on = until.unwrap_or(*expires_on);
        }
    }
}

fn handoff(table: &mut Table) {
    table.kind::<HandoffHandle>("HandoffHandle", "Says more about a handoff.").call(
        "HandoffHandle.documents(kinds: list) -> HandoffHandle",
        "Kinds of document the packet must hold.",
        |call: Call, handoff: &mut HandoffHandle, kinds: Array| {
            documents(&call, handoff, kinds)?;
            Ok::<_, Box<EvalAltResult>>(handoff.clone())
        },
    );
}

fn documents(call: &Call, handoff: &HandoffHandle, kinds: Array) -> Fallible<()> {
    let words: Result<Vec<String>, _> = kinds.into_iter().map(Dynamic::into_string).collect();
    let Ok(words) = words else { return handoff.plan.refuse(call, "documents() takes a list of kinds as text") };
    if let Some(EffectKind::Handoff { documents, .. }) = handoff.plan.draft().effects.get_mut(handoff.at).map(|effect| &mut effect.kind) {
        *documents = words;
    }
    Ok(())
}

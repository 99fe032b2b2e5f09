//! Gates on what a review is about to do: every offer and every handoff is asked about after all effects have met, and before anything is
//! written. A plugin takes away, it never adds; one that cannot answer takes away too, and its owner is told (policy `block`).

use super::packet::{take_back, tell_owner};
use super::rules::Review;
use crate::command::Attempt;
use crate::credit::rules::gated::{ActDecision, Heard, hear};
use crate::doors::decision::Call;
use crate::words::asked::{About, Asked, CallStatus, Hook, Question};
use crate::words::effect::EffectKind;
use crate::words::facts::Facts;
use crate::words::money::Money;
use crate::words::rate::Rate;
use std::sync::Arc;

fn ask(attempt: &Attempt, facts: &Arc<Facts>, about: &About, calls: &mut Vec<Call>) -> (Asked, Heard) {
    let asked = attempt.ground.plugins.ask(&Question::new(facts, about.clone()));
    calls.extend(asked.advice.iter().map(|advice| Call { about: about.clone(), advice: advice.clone() }));
    let heard = hear(&asked, false);
    (asked, heard)
}

/// Asks about every offer. One that somebody is against is not made, and no letter is written about it; a cap lowers its rate.
pub(super) fn offers(attempt: &Attempt, facts: &Arc<Facts>, review: &mut Review) -> Vec<Call> {
    let mut calls = Vec::new();
    if !attempt.ground.plugins.has(Hook::OfferCheck) {
        return calls;
    }
    let mut gone: Vec<usize> = Vec::new();
    for at in 0..review.offers.len() {
        let offer = &review.offers[at];
        let about = About::OfferCheck { item: offer.instalment, rate: offer.rate, discount: offer.discount, pay_by: offer.pay_by };
        let (asked, heard) = ask(attempt, facts, &about, &mut calls);
        if let Some(why) = heard.against {
            gone.push(at);
            review.reasons.push(why);
            heard.failed.into_iter().for_each(|source| tell_owner(review, facts, "plugin_failed", source));
        } else if let Some(cap) = cap(&asked).filter(|cap| *cap < review.offers[at].rate)
            && !lower(review, at, cap)
        {
            gone.push(at);
        }
    }
    take_away(review, &gone);
    calls
}

/// The lowest rate anybody allows.
fn cap(asked: &Asked) -> Option<Rate> {
    let said = asked.advice.iter().filter(|advice| advice.status == CallStatus::Ok).flat_map(|advice| &advice.effects);
    said.filter_map(|effect| if let EffectKind::CapRate { rate } = &effect.kind { Some(*rate) } else { None }).min()
}

/// Lowers the rate of an offer; tells whether anything is left of it.
fn lower(review: &mut Review, at: usize, rate: Rate) -> bool {
    let offer = &mut review.offers[at];
    let discount = offer.open.decimal().checked_mul(rate.0).and_then(|units| Money::round_half_up(units, offer.open.currency()).ok());
    let Some(discount) = discount.filter(|discount| discount.is_positive()) else { return false };
    (offer.rate, offer.discount) = (rate, discount);
    true
}

/// Takes offers out, with the letters about them; what is left keeps naming the right ones.
fn take_away(review: &mut Review, gone: &[usize]) {
    if gone.is_empty() {
        return;
    }
    review.notices.retain(|notice| notice.offer.is_none_or(|at| !gone.contains(&at)));
    for notice in &mut review.notices {
        notice.offer = notice.offer.map(|at| at - gone.iter().filter(|other| **other < at).count());
    }
    let mut at = 0;
    review.offers.retain(|_| {
        at += 1;
        !gone.contains(&(at - 1))
    });
}

/// Asks about every handoff. A second person has said yes to it already, so asking for one again changes nothing; one no takes all of them back.
pub(super) fn handoffs(attempt: &Attempt, facts: &Arc<Facts>, review: &mut Review) -> Vec<Call> {
    let mut calls = Vec::new();
    if review.handoffs.is_empty() || !attempt.ground.plugins.has(Hook::LegalCheck) {
        return calls;
    }
    for handoff in review.handoffs.clone() {
        let about = About::LegalCheck { to: handoff.to.clone(), documents: handoff.documents.clone() };
        let (_, heard) = ask(attempt, facts, &about, &mut calls);
        if heard.decision >= ActDecision::Block {
            heard.failed.into_iter().for_each(|source| tell_owner(review, facts, "plugin_failed", source));
            if let Some(why) = heard.against {
                take_back(review, facts, why);
            }
            break;
        }
    }
    calls
}

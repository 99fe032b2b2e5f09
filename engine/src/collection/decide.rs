//! Reviews a page of accounts on all cores: rules, scripts, rules again, and rows. No waiting in here.

use super::apply::{self, Kept, Ready};
use super::checks;
use super::compose;
use super::danger::danger;
use super::load::Subject;
use super::packet::{self, Packet};
use super::rules::{self, Review};
use crate::command::Attempt;
use crate::doors::decision::{Call, decision_facts, pack};
use crate::words::asked::{About, Asked, Hook, Question};
use crate::words::error::{Error, Result};
use crate::words::facts::{FACTS_SCHEMA, Facts};
use crate::words::id::RowId;
use std::sync::Arc;

/// Below this many accounts another thread costs more than it saves.
const CHUNK_MIN: usize = 32;

/// A page that is ready to be written.
#[derive(Default)]
pub(super) struct Decided {
    pub(super) ready: Vec<Ready>,
    pub(super) facts: Vec<decision_facts::Model>,
}

/// Decides every account of the page.
pub(super) fn decide_all(attempt: &Attempt, subjects: &[Subject]) -> Result<Decided> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let size = subjects.len().div_ceil(cores).max(CHUNK_MIN);
    if subjects.len() <= size {
        return decide(attempt, subjects);
    }
    let chunks: Vec<Result<Decided>> = std::thread::scope(|scope| {
        let running: Vec<_> = subjects.chunks(size).map(|chunk| scope.spawn(|| decide(attempt, chunk))).collect();
        running.into_iter().map(|one| one.join().unwrap_or_else(|_| Err(Error::internal("a review panicked")))).collect()
    });
    let mut all = Decided::default();
    for chunk in chunks {
        let chunk = chunk?;
        all.ready.extend(chunk.ready);
        all.facts.extend(chunk.facts);
    }
    Ok(all)
}

fn decide(attempt: &Attempt, subjects: &[Subject]) -> Result<Decided> {
    let mut kept = Kept { id: RowId(attempt.stamp.id()), facts: Vec::new() };
    let ready = subjects.iter().map(|subject| one(attempt, subject, &mut kept)).collect::<Result<Vec<Ready>>>()?;
    if kept.facts.is_empty() {
        return Ok(Decided { ready, facts: Vec::new() });
    }
    let facts: Vec<&Facts> = kept.facts.iter().map(|facts| &**facts).collect();
    let row = decision_facts::Model { tenant_id: attempt.who.tenant, id: kept.id, schema_version: FACTS_SCHEMA, body: pack(&facts)? };
    Ok(Decided { ready, facts: vec![row] })
}

fn one(attempt: &Attempt, subject: &Subject, kept: &mut Kept) -> Result<Ready> {
    let (policy, set) = (&attempt.ground.policy, &*attempt.ground.plugins);
    let danger = danger(attempt, subject)?;
    let facts = &danger.facts;
    let planned = rules::plan(facts, policy, set);
    let questions = planned.questions.clone();
    let ask = |about: &About| set.ask(&Question::new(facts, about.clone()));
    let answers: Vec<Asked> = questions.iter().map(ask).collect();
    let mut review = rules::settle(facts, policy, planned, &answers);
    danger.join(&mut review);
    let mut calls = calls(questions, answers);
    calls.extend(checks::offers(attempt, facts, &mut review));
    calls.extend(checks::handoffs(attempt, facts, &mut review));
    calls.extend(compose::compose(attempt, subject, facts, &mut review));
    let packets = packets(attempt, facts, &mut review, &mut calls);
    apply::ready(attempt, subject, &review, danger.kept.as_ref(), calls, &packets, kept)
}

fn calls(questions: Vec<About>, answers: Vec<Asked>) -> Vec<Call> {
    let of = |(about, asked): (About, Asked)| asked.advice.into_iter().map(move |advice| Call { about: about.clone(), advice });
    questions.into_iter().zip(answers).flat_map(of).collect()
}

/// The evidence packets of the review's handoffs. One that cannot be made takes all of them out of the review.
fn packets(attempt: &Attempt, facts: &Arc<Facts>, review: &mut Review, calls: &mut Vec<Call>) -> Vec<Packet> {
    let set = &*attempt.ground.plugins;
    let mut packets = Vec::with_capacity(review.handoffs.len());
    for handoff in &review.handoffs {
        let about = About::LegalPacket { to: handoff.to.clone() };
        let is_asked = set.has(Hook::LegalPacket);
        let asked = if is_asked { set.ask(&Question::new(facts, about.clone())) } else { Asked::nobody() };
        let packet = Packet::of(&handoff.documents, facts, &asked);
        let source = asked.advice.first().map_or_else(|| "core".to_owned(), |advice| advice.source(0));
        calls.extend(asked.advice.into_iter().map(|advice| Call { about: about.clone(), advice }));
        match packet {
            Some(packet) => packets.push(packet),
            None => {
                packet::block(review, facts, source);
                return Vec::new();
            }
        }
    }
    packets
}

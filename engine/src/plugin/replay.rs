//! Deciding again what was decided: the plugins that were asked, in the versions and with the settings of then, on the facts of then. Nothing
//! is written.

use super::recorded::Past;
use crate::doors::decision::Call;
use crate::engine::Engine;
use crate::words::asked::{About, Advice, CallStatus, Hook, Question, StoredPackage};
use crate::words::caller::Caller;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::fixture::{Expected, Fixture, masked};
use crate::words::id::DecisionId;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use utoipa::ToSchema;

/// A decision beside what it comes to when it is made again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReplayView {
    /// The decision.
    pub decision_id: DecisionId,
    /// Did everybody give the same answer, byte for byte? Calls that cannot be repeated are left out.
    pub same: bool,
    /// Each call of each plugin.
    #[schema(max_items = 1000)]
    pub calls: Vec<ReplayedCall>,
}

/// One call beside its repetition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReplayedCall {
    /// The plugin.
    pub plugin: String,
    /// Its version.
    pub version: i64,
    /// What it was asked.
    #[schema(inline)]
    pub hook: Hook,
    /// Can the call be repeated? One that used up its processor time or broke a wall says something about the machine.
    pub reproducible: bool,
    /// Is the answer the same, byte for byte? Processor time is no part of an answer.
    pub same: bool,
    /// The answer as it was recorded.
    #[schema(value_type = Object)]
    pub recorded: Json,
    /// The answer of now.
    #[schema(value_type = Object)]
    pub replayed: Json,
}

/// The answer without what differs from call to call.
fn answer(advice: &Advice) -> Result<Json> {
    serde_json::to_value(Advice { cpu_us: 0, ..advice.clone() }).map_err(Error::internal)
}

fn bytes(answer: &Json) -> Result<Vec<u8>> {
    serde_json::to_vec(answer).map_err(Error::internal)
}

fn is_reproducible(call: &Call) -> bool {
    !matches!(call.advice.status, CallStatus::Time | CallStatus::Panic)
}

impl Engine {
    /// Makes a decision again and tells whether it is the same; writes nothing.
    ///
    /// # Errors
    /// `not_found` where there is no such decision, or where its facts are not kept any more.
    pub async fn replay(&self, who: &Caller, id: DecisionId) -> Result<ReplayView> {
        let past = self.past(who, id).await?;
        let engine = self.clone();
        // Scripts run on the blocking pool: they are short, but they never hold up a thread that serves others.
        let calls = tokio::task::spawn_blocking(move || {
            past.recorded.calls.iter().map(|call| engine.again(&past, call)).collect::<Result<Vec<ReplayedCall>>>()
        });
        let calls = calls.await.map_err(Error::internal)??;
        Ok(ReplayView { decision_id: id, same: calls.iter().all(|call| call.same || !call.reproducible), calls })
    }

    /// Every question that was put to plugins in a decision, on the facts and the working days of then.
    pub(crate) async fn questions_of(&self, who: &Caller, id: DecisionId) -> Result<Vec<Question>> {
        let past = self.past(who, id).await?;
        let mut abouts: Vec<&About> = Vec::new();
        for call in &past.recorded.calls {
            if !abouts.contains(&&call.about) {
                abouts.push(&call.about);
            }
        }
        Ok(abouts.into_iter().map(|about| past.recorded.question(about, &past.calendar)).collect())
    }

    async fn past(&self, who: &Caller, id: DecisionId) -> Result<Past> {
        let ground = self.refresh_ground(who.tenant).await?;
        Past::read(&self.read(who), id, &ground.calendar).await
    }

    fn again(&self, past: &Past, call: &Call) -> Result<ReplayedCall> {
        let recorded = answer(&call.advice)?;
        let question = past.recorded.question(&call.about, &past.calendar);
        let traced = past.package(call).and_then(|package| self.plugins.alone(package.clone()).ask(&question, false));
        let replayed = traced.map_or(Ok(Json::Null), |traced| answer(&traced.advice))?;
        Ok(ReplayedCall {
            plugin: call.advice.plugin.clone(),
            version: call.advice.version,
            hook: call.about.hook(),
            reproducible: is_reproducible(call),
            same: bytes(&recorded)? == bytes(&replayed)?,
            recorded,
            replayed,
        })
    }

    /// A question of a decision as a file for script tests, with the names masked and with what the plugin answers to it. Of several
    /// questions to the same plugin it is the first.
    ///
    /// # Errors
    /// `not_found` where there is no such decision, where its facts are not kept any more, or where the plugin was not asked in it.
    pub async fn fixture(&self, who: &Caller, id: DecisionId, plugin: &str) -> Result<Fixture> {
        let past = self.past(who, id).await?;
        let call = past.recorded.calls.iter().find(|call| call.advice.plugin == plugin);
        let found = call.and_then(|call| Some((call, past.package(call)?)));
        let (call, package) =
            found.ok_or_else(|| Error::new(Code::NotFound, format!("the plugin {plugin:?} was not asked in this decision")))?;
        let question = masked(&past.recorded.question(&call.about, &past.calendar))?;
        // The recorded answer may name somebody: the masked question has an answer of its own.
        let (alone, asked) = (self.plugins.alone(package.clone()), question.clone());
        let traced = tokio::task::spawn_blocking(move || alone.ask(&asked, false)).await.map_err(Error::internal)?;
        let expected = traced.map(|traced| Expected { votes: traced.advice.votes, effects: traced.advice.effects });
        let settings = settings_of(package, question.facts.segment());
        Ok(Fixture { about: question.about, calendar: past.calendar.as_ref().clone(), facts: question.facts, settings, expected })
    }
}

/// The settings of an account of this segment: its own over the tenant's.
fn settings_of(package: &StoredPackage, segment: Option<&str>) -> Json {
    let mut settings = package.settings.clone();
    let own = segment.and_then(|segment| package.segment_settings.get(segment));
    if let (Some(all), Some(own)) = (settings.as_object_mut(), own.and_then(Json::as_object)) {
        all.extend(own.clone());
    }
    settings
}

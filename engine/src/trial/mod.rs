//! Trials: what a version or a draft of a plugin would answer, with every statement on the way. Nothing is written and nothing is counted.

mod set;
mod subject;

use crate::command::{Attempt, Command};
use crate::credit::{CheckOrder, OrderView, order_account};
use crate::doors::store::Read;
use crate::engine::Engine;
use crate::plugin;
use crate::words::asked::{Asked, Files, Question, StoredPackage};
use crate::words::caller::Caller;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::fixture::Fixture;
use crate::words::id::{AccountId, DecisionId, OrderId};
use crate::words::traced::{Alone, Traced, TracedLine};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use set::{Heard, TrialSet};
use std::sync::Arc;
use subject::Function;
use utoipa::ToSchema;

/// On what a plugin is tried.
#[derive(Clone, Debug)]
pub enum TrialOn {
    /// An order, as a check of now would look at it.
    Order(OrderId),
    /// An account, as a review of the day would look at it.
    Account(AccountId),
    /// The facts of a recorded decision.
    Decision(DecisionId),
    /// A file.
    Fixture(Box<Fixture>),
}

/// A trial.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The plugin.
    pub name: String,
    /// Its files.
    pub files: Files,
    /// The number of the version; none for what is not stored.
    pub number: Option<i64>,
    /// Settings; those in force, else those of the fixture, when absent.
    pub settings: Option<Json>,
    /// The function that is asked, `order_check` or `step_<type>`.
    pub hook: String,
    /// On what.
    pub on: TrialOn,
    /// The business day; today when absent.
    pub as_of: Option<NaiveDate>,
}

/// What came of a trial.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TrialView {
    /// The plugin.
    pub plugin: String,
    /// The version; none for what is not stored.
    pub version: Option<i64>,
    /// The function that was asked.
    pub hook: String,
    /// The business day it was asked for.
    pub day: NaiveDate,
    /// Each question and its answer.
    #[schema(max_items = 1000)]
    pub calls: Vec<TrialCall>,
    /// What the order would come to, beside the core rule and the other plugins that are on; null for everything but a live order.
    pub merged: Option<Merged>,
}

/// One question of a trial, its answer, and the way to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TrialCall {
    /// What was asked, without the common facts.
    #[schema(value_type = Object)]
    pub about: Json,
    /// Votes, effects, notes and errors; operations used and allowed.
    #[schema(value_type = Object)]
    pub advice: Json,
    /// The statements in the order they were come to, each with the variables it changed and the operations used before it.
    #[schema(max_items = 1000, value_type = Vec<Object>)]
    pub trace: Vec<TracedLine>,
    /// Were there more statements than are shown?
    pub is_cut: bool,
}

/// What an order would come to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Merged {
    /// The decision.
    pub decision: String,
    /// Every reason, each naming its source.
    #[schema(value_type = Vec<Object>, max_items = 1000)]
    pub reasons: Json,
    /// What to pay for it to ship.
    #[schema(value_type = Option<Object>)]
    pub pay_to_release: Json,
}

impl Engine {
    /// Tries a plugin; writes nothing.
    ///
    /// # Errors
    /// `script_refused` where the package cannot run, `not_found` where its subject is not there, `illegal_state` where the hook has no
    /// question for it today.
    pub async fn try_plugin(&self, who: &Caller, trial: Trial) -> Result<TrialView> {
        let (host, ground) = (self.plugins(), self.refresh_ground(who.tenant).await?);
        let read = self.read(who);
        let judged = host.judge(&trial.files);
        plugin::refuse_errors(&judged)?;
        let function = Function::of(&trial.hook, &judged)?;
        let package = self.package(&read, &trial).await?;
        host.settings(&trial.files, &package.settings)?;
        let alone = host.alone(package);
        let stamp = match trial.as_of {
            Some(day) => ground.stamp_on(self.clock(), day),
            None => ground.stamp(self.clock()),
        };
        let set = Arc::new(TrialSet::new(ground.plugins.clone(), &trial.name, judged.hooks, Arc::clone(&alone)));
        let ground = Arc::new(ground.asking(set.clone()));
        let attempt = Attempt { who: who.clone(), stamp: Arc::new(stamp), ground, lost: 0 };
        let (heard, merged) = match &trial.on {
            TrialOn::Order(order) => {
                let merged = order_as_if(&read, &attempt, *order).await?;
                (set.heard(), Some(merged))
            }
            TrialOn::Account(account) => {
                let questions = subject::questions(&read, &attempt, *account, &function).await?;
                (asked(alone, questions).await?, None)
            }
            TrialOn::Decision(id) => (asked(alone, self.questions_of(who, *id).await?).await?, None),
            TrialOn::Fixture(fixture) => (asked(alone, vec![fixture.question()]).await?, None),
        };
        let calls: Vec<TrialCall> =
            heard.into_iter().filter(|(question, _)| function.is_of(&question.about)).map(call).collect::<Result<_>>()?;
        if calls.is_empty() {
            let detail = format!("{} was not asked: what it is tried on has no such question", trial.hook);
            return Err(Error::new(Code::IllegalState, detail));
        }
        let day = attempt.stamp.today;
        Ok(TrialView { plugin: trial.name, version: trial.number, hook: trial.hook, day, calls, merged })
    }

    async fn package(&self, read: &Read, trial: &Trial) -> Result<StoredPackage> {
        let known = plugin::activation_of(read, &trial.name).await?;
        let of_fixture = if let TrialOn::Fixture(fixture) = &trial.on { Some(fixture.settings.clone()) } else { None };
        let in_force = known.as_ref().map(|known| known.settings.clone());
        let is_own = trial.settings.is_some() || of_fixture.is_some();
        let settings = trial.settings.clone().or(of_fixture).or(in_force);
        Ok(StoredPackage {
            name: trial.name.clone(),
            version: trial.number.unwrap_or(0),
            hash: self.plugins.judge(&trial.files).hash,
            files: Arc::new(trial.files.clone()),
            settings: settings.unwrap_or_else(|| serde_json::json!({})),
            segment_settings: known.filter(|_| !is_own).map(|known| known.segment_settings).unwrap_or_default(),
        })
    }
}

/// Puts questions to the package alone, on the blocking pool.
async fn asked(alone: Arc<dyn Alone>, questions: Vec<Question>) -> Result<Vec<Heard>> {
    let all = move || {
        let answered = |question: Question| alone.ask(&question, true).map(|traced| (question, traced));
        questions.into_iter().filter_map(answered).collect()
    };
    tokio::task::spawn_blocking(all).await.map_err(Error::internal)
}

/// The check anybody could ask for, up to the point where it would be written.
async fn order_as_if(read: &Read, attempt: &Attempt, order: OrderId) -> Result<Merged> {
    let command = Arc::new(CheckOrder { account: order_account(read, order).await?, order });
    let facts = Arc::new(command.facts(read, attempt).await?);
    let (asking, check, ground) = (command.clone(), facts.clone(), attempt.clone());
    let asked: Asked = tokio::task::spawn_blocking(move || asking.ask(&check, &ground)).await.map_err(Error::internal)?;
    let view: OrderView = command.decide(&facts, &asked, attempt)?.done?;
    let json = |value: serde_json::Result<Json>| value.map_err(Error::internal);
    Ok(Merged {
        decision: view.decision.as_str().to_owned(),
        reasons: json(serde_json::to_value(&view.reasons))?,
        pay_to_release: json(serde_json::to_value(&view.pay_to_release))?,
    })
}

fn call((question, traced): Heard) -> Result<TrialCall> {
    let Traced { advice, trace, is_cut } = traced;
    Ok(TrialCall {
        about: serde_json::to_value(&question.about).map_err(Error::internal)?,
        advice: serde_json::to_value(&advice).map_err(Error::internal)?,
        trace,
        is_cut,
    })
}

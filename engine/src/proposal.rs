//! Acts that wait for a second person, and what a yes does: the stored command is run as whoever asked for it, by the same path as if he
//! had been allowed alone. The one list of commands that may wait, and the only place that names several slices.

use crate::approval::rows::approval;
use crate::approval::{ApprovalKind, ApprovalView, answered, approval_row, refuse_altered, refuse_answer, told};
use crate::collection::DecideApproval;
use crate::command::{Attempt, Command, Decided, Outcome};
use crate::contract::ChangeContract;
use crate::credit::{
    AddSecurity, CheckOrder, OrderView, PutGroupLimit, PutLimit, ReleaseHold, ReleaseOrder, ResumeSupply, SetImportedLimits, StopSupply,
};
use crate::doors::store::columns::Payload;
use crate::doors::store::{Changes, Claim, Read};
use crate::engine::Engine;
use crate::grade::PutGradeTable;
use crate::offer_set::ChooseOption;
use crate::plugin::{ActivatePlugin, ConfigurePlugin, RollbackPlugin};
use crate::policy::{ActivatePolicy, PutCalendar};
use crate::words::asked::{Asked, PluginSet};
use crate::words::caller::{Caller, SecondPerson};
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, ApprovalId, OrderId};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use utoipa::ToSchema;

/// The answer of a second person.
#[derive(Clone, Debug)]
pub struct Answer {
    /// To which request.
    pub approval: ApprovalId,
    /// Yes or no.
    pub is_granted: bool,
    /// What is said with it.
    pub comment: Option<String>,
}

/// A request with its answer, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AnsweredView {
    /// The request.
    #[serde(flatten)]
    pub approval: ApprovalView,
    /// What the act came to, as its own operation would have answered; `null` where nothing was to be run.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub result: Option<Json>,
}

impl Engine {
    /// Answers a request. A yes to an act that waits runs it, in the transaction that marks the request as approved.
    ///
    /// # Errors
    /// `second_person_required` for one's own request, `insufficient_scope` for another role's, `illegal_state` when it is answered or
    /// expired, `approval_stale` when the act can no longer be done as it was asked for.
    pub async fn answer_approval(&self, who: &Caller, answer: Answer) -> Result<Outcome<AnsweredView>> {
        let row = approval_row(&self.read(who), answer.approval).await?;
        let Some(Payload(body)) = row.body.as_ref().filter(|_| answer.is_granted) else {
            let Answer { approval, is_granted, comment } = answer;
            let outcome = self.execute(who, DecideApproval { approval, account: row.account_id, is_granted, comment }).await?;
            let result = if is_granted { self.checked_again(who, &row).await? } else { None };
            let done = AnsweredView { approval: outcome.done, result };
            return Ok(Outcome { done, is_replay: outcome.is_replay, is_by_key: outcome.is_by_key });
        };
        let host = self.plugins();
        let outcome = match row.kind {
            ApprovalKind::SetLimit => return self.run::<PutLimit>(who, &row, stored(body)?, answer).await,
            ApprovalKind::AddSecurity => return self.run::<AddSecurity>(who, &row, stored(body)?, answer).await,
            ApprovalKind::PutGroupLimit => return self.run::<PutGroupLimit>(who, &row, stored(body)?, answer).await,
            ApprovalKind::ImportLimits => return self.run::<SetImportedLimits>(who, &row, stored(body)?, answer).await,
            ApprovalKind::ChangeContract => return self.run::<ChangeContract>(who, &row, stored(body)?, answer).await,
            ApprovalKind::ChooseOffer => return self.run::<ChooseOption>(who, &row, stored(body)?, answer).await,
            ApprovalKind::ReleaseOrder => return self.run::<ReleaseOrder>(who, &row, stored(body)?, answer).await,
            ApprovalKind::ReleaseHold => return self.run::<ReleaseHold>(who, &row, stored(body)?, answer).await,
            ApprovalKind::StopSupply => {
                let act: StopSupply = stored(body)?;
                let (account, order) = (act.account, act.order);
                let outcome = self.run(who, &row, act, answer).await?;
                self.meet_stop(who, account, order).await;
                return Ok(outcome);
            }
            ApprovalKind::ResumeSupply => return self.run::<ResumeSupply>(who, &row, stored(body)?, answer).await,
            ApprovalKind::ActivatePlugin => self.run(who, &row, ActivatePlugin { host, wanted: stored(body)? }, answer).await?,
            ApprovalKind::ConfigurePlugin => self.run(who, &row, ConfigurePlugin { host, wanted: stored(body)? }, answer).await?,
            ApprovalKind::RollBackPlugin => self.run::<RollbackPlugin>(who, &row, stored(body)?, answer).await?,
            ApprovalKind::ActivatePolicy => self.run::<ActivatePolicy>(who, &row, stored(body)?, answer).await?,
            ApprovalKind::PutCalendar => self.run::<PutCalendar>(who, &row, stored(body)?, answer).await?,
            ApprovalKind::PutGradeTable => self.run::<PutGradeTable>(who, &row, stored(body)?, answer).await?,
            ApprovalKind::OrderRelease | ApprovalKind::Step => return Err(Error::internal("what a script asks for is no act")),
        };
        // The rules have changed: whoever owes something is planned anew, also after a repetition.
        self.replan(who.tenant).await?;
        Ok(outcome)
    }

    /// An order that a script held for a yes is checked again once it has it: the other reasons stand as they do.
    async fn checked_again(&self, who: &Caller, row: &approval::Model) -> Result<Option<Json>> {
        let Some(account) = row.account_id.filter(|_| row.subject == "order") else { return Ok(None) };
        let who = who.for_what_follows();
        let checked: Result<Outcome<OrderView>> = self.execute(&who, CheckOrder { account, order: OrderId(row.subject_id) }).await;
        match checked {
            Ok(outcome) => serde_json::to_value(outcome.done).map(Some).map_err(Error::internal),
            // It has shipped or was taken back in the meantime: the yes stands, and nothing is left to check.
            Err(error) if error.code() == Code::IllegalState => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn run<C: Command>(&self, approver: &Caller, row: &approval::Model, act: C, answer: Answer) -> Result<Outcome<AnsweredView>> {
        let second = SecondPerson { actor: approver.actor.clone(), is_operator: approver.is_operator, approval: row.id };
        let asker =
            Caller { actor: row.asked_by.as_str().into(), roles: [].into(), is_operator: false, second: Some(second), ..approver.clone() };
        self.execute(&asker, Approved { act, approver: approver.clone(), answer }).await
    }
}

/// A command as it was stored; one that cannot be read was stored by another program than this.
fn stored<C: DeserializeOwned>(body: &Json) -> Result<C> {
    C::deserialize(body).map_err(|cause| Error::internal(format!("a stored act cannot be read: {cause}")))
}

/// An act that waited and has its second person: it is decided like any other, and the request is marked in the same transaction.
struct Approved<C> {
    act: C,
    approver: Caller,
    answer: Answer,
}

impl<C: Command> Command for Approved<C> {
    type Facts = (C::Facts, approval::Model);
    type Done = AnsweredView;

    fn account(&self) -> Option<AccountId> {
        self.act.account()
    }

    /// The act's own facts come first: its account, with the version that is claimed, before the request.
    async fn facts(&self, read: &Read, attempt: &Attempt) -> Result<Self::Facts> {
        let facts = self.act.facts(read, attempt).await;
        let row = approval_row(read, self.answer.approval).await?;
        refuse_answer(&row, &self.approver, attempt.stamp.today, self.answer.comment.as_deref())?;
        refuse_altered(&row)?;
        Ok((facts.map_err(stale)?, row))
    }

    fn asks(&self, plugins: &dyn PluginSet) -> bool {
        self.act.asks(plugins)
    }

    fn ask(&self, (facts, _): &Self::Facts, attempt: &Attempt) -> Asked {
        self.act.ask(facts, attempt)
    }

    fn decide(&self, (facts, row): &Self::Facts, asked: &Asked, attempt: &Attempt) -> Result<Decided<AnsweredView>> {
        let Decided { done, changes } = self.act.decide(facts, asked, attempt).map_err(stale)?;
        let done = match done {
            Ok(done) => done,
            // A plugin says no by the facts of now: its word is kept, and the request waits on as it did.
            Err(refusal) => return Ok(Decided { done: Err(stale(refusal)), changes }),
        };
        let row = answered(row, &self.approver, true, self.answer.comment.as_deref(), attempt);
        // What had come true by itself in the meantime leaves the answer alone to be written.
        let changes = changes.unwrap_or_else(|| Changes::on(Claim::Rules)).save(&row).tell(told(&row, attempt));
        let result = Some(serde_json::to_value(done).map_err(Error::internal)?);
        Ok(Decided::new(AnsweredView { approval: ApprovalView::on(&row, attempt.stamp.today), result }, changes))
    }
}

/// What an act is refused for after it was asked for: it was sound then, so something has changed since. A lost race, a failure of ours and
/// a second person who is none are told as they are.
fn stale(error: Error) -> Error {
    use Code::{CommitUnknown, DatabaseUnavailable, Internal, InvariantBroken, Overloaded, SecondPersonRequired, StorageFull, TryAgain};
    let is_told = [CommitUnknown, DatabaseUnavailable, Internal, InvariantBroken, Overloaded, SecondPersonRequired, StorageFull, TryAgain];
    if is_told.contains(&error.code()) {
        return error;
    }
    let detail = format!("it can no longer be done as it was asked for: {}", error.detail());
    Error::new(Code::ApprovalStale, detail).with(serde_json::json!({ "cause": error.code().name() }))
}

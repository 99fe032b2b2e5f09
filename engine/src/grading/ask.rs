//! The question `credit_grade`: the shipped formula first, then whoever answers in its place.

use super::known::{Known, known};
use crate::command::Attempt;
use crate::doors::decision::{Call, Record};
use crate::doors::store::Read;
use crate::facts::{Gathered, Gathering, Wanted, gather};
use crate::grade::rules::judge::Judgement;
use crate::grade::rules::table::GradeTable;
use crate::words::asked::{About, Asked, Hook, Needs, Question};
use crate::words::code::Code;
use crate::words::effect::EffectKind;
use crate::words::error::{Error, Result};
use crate::words::facts::Facts;
use crate::words::id::AccountId;
use chrono::NaiveDate;
use std::collections::HashMap;
use std::sync::Arc;

/// An account that is to be graded: what is known of it, and the common facts where somebody is asked or the decision is kept.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    pub(super) known: Known,
    pub(super) gathered: Option<Gathered>,
}

/// What a grading came to, and the call behind it.
#[derive(Clone, Debug)]
pub(super) struct Graded {
    pub(super) subject: Subject,
    /// What the shipped formula said.
    pub(super) core: Judgement,
    /// What counts: the script's answer, or the formula.
    pub(super) judgement: Judgement,
    pub(super) calls: Vec<Call>,
}

/// Reads what grading these accounts looks at. The common facts are read where a script looks at them, or where they are wanted anyway.
pub(super) async fn subjects(read: &Read, attempt: &Attempt, ids: &[AccountId], day: NaiveDate, is_kept: bool) -> Result<Vec<Subject>> {
    let set = &*attempt.ground.plugins;
    let is_asked = set.has(Hook::CreditGrade);
    let gathering = Gathering::begin();
    let known = known(read, attempt, ids, day, is_asked).await?;
    let mut gathered: HashMap<AccountId, Gathered> = HashMap::new();
    if is_asked || is_kept {
        let needs = if is_asked { set.needs(Hook::CreditGrade) } else { Needs::default() };
        let wanted = Wanted { day, items_max: None, needs, is_as_of: true };
        gathered = gather(read, attempt, ids, wanted).await?.into_iter().map(|one| (one.account.id, one)).collect();
    }
    let subject = |known: Known| {
        let mut gathered = gathered.remove(&known.account.id);
        gathered.iter_mut().try_for_each(|gathered| show(&known, gathered, attempt, day))?;
        Ok(Subject { known, gathered })
    };
    let subjects = known.into_iter().map(subject).collect::<Result<Vec<Subject>>>()?;
    gathering.end(set, &[Hook::CreditGrade]);
    Ok(subjects)
}

/// Puts what a grade is judged by into the common facts, for scripts and for the record.
fn show(known: &Known, gathered: &mut Gathered, attempt: &Attempt, day: NaiveDate) -> Result<()> {
    let table = attempt.ground.grades.on(day, known.account.currency);
    let facts = known.facts(&known.judged(table), table, day)?;
    Arc::make_mut(&mut gathered.facts).grade = Some(Box::new(facts));
    Ok(())
}

/// The question `credit_grade` about one account, as of today; `not_found` when there is no such account.
pub async fn grade_question(read: &Read, attempt: &Attempt, account: AccountId) -> Result<Question> {
    let day = attempt.stamp.today;
    let subject = subjects(read, attempt, &[account], day, true).await?.pop();
    let subject = subject.ok_or_else(|| Error::new(Code::NotFound, "there is no such account"))?;
    let core = subject.known.judged(subject.table(attempt, day)).verdict();
    Ok(Question::new(subject.facts()?, About::CreditGrade { core }))
}

/// The same for accounts whose common facts were gathered for another question.
pub async fn show_grades(read: &Read, attempt: &Attempt, gathered: &mut [Gathered], day: NaiveDate) -> Result<()> {
    let ids: Vec<AccountId> = gathered.iter().map(|one| one.account.id).collect();
    let known = known(read, attempt, &ids, day, true).await?;
    let by_id: HashMap<AccountId, Known> = known.into_iter().map(|known| (known.account.id, known)).collect();
    let mut found = gathered.iter_mut().filter_map(|one| by_id.get(&one.account.id).map(|known| (known, one)));
    found.try_for_each(|(known, one)| show(known, one, attempt, day))
}

impl Subject {
    /// The grade table that holds for the account.
    pub(super) fn table<'a>(&self, attempt: &'a Attempt, day: NaiveDate) -> &'a GradeTable {
        attempt.ground.grades.on(day, self.known.account.currency)
    }

    /// The common facts.
    pub(super) fn facts(&self) -> Result<&Arc<Facts>> {
        self.gathered.as_ref().map(|gathered| &gathered.facts).ok_or_else(|| Error::internal("a grading was asked without its facts"))
    }

    /// Asks whoever has `credit_grade`. Belongs on the blocking pool.
    pub(super) fn ask(&self, attempt: &Attempt, day: NaiveDate) -> Result<Asked> {
        let set = &*attempt.ground.plugins;
        if !set.has(Hook::CreditGrade) {
            return Ok(Asked::nobody());
        }
        let core = self.known.judged(self.table(attempt, day)).verdict();
        Ok(set.ask(&Question::new(self.facts()?, About::CreditGrade { core })))
    }

    /// The grading with what was answered.
    pub(super) fn graded(self, asked: &Asked, attempt: &Attempt, day: NaiveDate) -> Graded {
        let table = self.table(attempt, day);
        let core = self.known.judged(table);
        let about = About::CreditGrade { core: core.verdict() };
        let calls = asked.advice.iter().map(|advice| Call { about: about.clone(), advice: advice.clone() }).collect();
        let judgement = core.clone().answered(asked, table);
        Graded { subject: self, core, judgement, calls }
    }
}

impl Graded {
    /// The record of a decision that stands on it.
    pub(super) fn record(&self) -> Record {
        let said = |judgement: &Judgement| judgement.earned.clone().unwrap_or_else(|| "none".to_owned());
        let merge = format!("core {}; {} {}", said(&self.core), self.judgement.source, said(&self.judgement));
        // An answer is a grade; whatever else a script proposes beside it has no place here.
        let effects = self.calls.iter().flat_map(|call| call.advice.effects.iter().map(move |effect| (call, effect)));
        let stray = effects.filter(|(_, effect)| !matches!(effect.kind, EffectKind::Grade { .. } | EffectKind::Note { .. }));
        let dropped = stray.map(|(call, effect)| format!("line {} of {}: not for a grading", effect.line, call.advice.plugin)).collect();
        Record {
            core: Some(self.core.verdict()),
            reasons: self.judgement.reasons.clone(),
            calls: self.calls.clone(),
            dropped,
            merge: (!self.calls.is_empty()).then_some(merge),
            ..Record::default()
        }
    }
}

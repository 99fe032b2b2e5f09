//! The shipped formula: what an account scores, which grade that earns, and why. A script may answer instead (`credit_grade`).

use super::score::{Behaviour, total};
use super::table::{GradeTable, Step};
use crate::words::asked::{Asked, CallStatus};
use crate::words::effect::{EffectKind, FactValue};
use crate::words::facts::{Reason, Verdict};
use crate::words::rate::Rate;
use crate::words::score::Score;
use crate::words::text::Bilingual;
use chrono::NaiveDate;
use rust_decimal::Decimal;

/// What a judgement looks at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evidence {
    /// The newest score sheet: its day and what it comes to.
    pub sheet: Option<(NaiveDate, Score)>,
    /// How the account has paid.
    pub behaviour: Behaviour,
    /// Contract protections that were found missing, by their names on the checklist (CT-04).
    pub missing: Vec<String>,
}

/// What an account scores and earns, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// The total score; none when there is nothing to score.
    pub score: Option<Score>,
    /// The grade it earns; none when there is nothing to score.
    pub earned: Option<String>,
    /// Who judged: `core`, or plugin, version and line.
    pub source: String,
    /// Why.
    pub reasons: Vec<Reason>,
}

impl Behaviour {
    /// Days late on average, weighted by amount, to two decimals half-up; for people, never to reckon with.
    pub fn average_days_late(&self) -> Rate {
        let whole = i128::from(self.settled_minor.max(1));
        let hundredths = (200 * self.late_minor_days + whole) / (2 * whole);
        Rate(Decimal::from_i128_with_scale(hundredths, 2))
    }
}

/// Scores by the shipped formula. A missing contract protection costs one grade, however many are missing (our own figure).
pub fn judge(evidence: &Evidence, table: &GradeTable) -> Judgement {
    let mut reasons = Vec::new();
    let mut tell = |code: &str, en: String, zh: String| reasons.push(Reason::core(code, Bilingual::new(en, zh)));
    if let Some((on, score)) = evidence.sheet {
        tell("score_sheet", format!("The score sheet of {on} comes to {score}."), format!("{on} 评分表得分 {score}。"));
    }
    if let Some(score) = evidence.behaviour.score() {
        let Behaviour { paid_invoices, broken_promises, bounces, .. } = evidence.behaviour;
        let late = evidence.behaviour.average_days_late();
        let en = format!(
            "{paid_invoices} invoices paid {late} days late on average, {broken_promises} broken promises, {bounces} bounced payments: behaviour {score}."
        );
        let zh = format!(
            "已付清 {paid_invoices} 张发票，平均逾期 {late} 天，失信承诺 {broken_promises} 次，退票 {bounces} 次：付款行为得分 {score}。"
        );
        tell("behaviour", en, zh);
    }
    let score = total(evidence.sheet.map(|(_, score)| score), &evidence.behaviour);
    let mut earned = score.and_then(|score| table.earned(score)).map(str::to_owned);
    match (&mut earned, evidence.missing.as_slice()) {
        (None, _) => {
            let en = "There is no score sheet, and too few invoices have been paid to judge by.";
            tell("no_score", en.to_owned(), "尚无评分表，已付清发票也不足以评价付款行为。".to_owned());
        }
        (Some(_), []) => {}
        (Some(earned), missing) => {
            let missing = missing.join(", ");
            let lower = table.below(earned).to_owned();
            let en = format!("Contract protections are missing ({missing}): {lower} instead of {earned}.");
            tell("protection_missing", en, format!("合同缺少保护条款（{missing}）：{earned} 降为 {lower}。"));
            *earned = lower;
        }
    }
    Judgement { score, earned, source: "core".to_owned(), reasons }
}

impl Judgement {
    /// The judgement as a script sees it: the earned grade is the decision.
    pub fn verdict(&self) -> Verdict {
        Verdict { decision: self.earned.clone().unwrap_or_else(|| "none".to_owned()), reasons: self.reasons.clone() }
    }

    /// The judgement a script answered with; the shipped formula stands where nobody answered or the call failed.
    pub fn answered(self, asked: &Asked, table: &GradeTable) -> Self {
        let ok = asked.advice.iter().filter(|advice| advice.status == CallStatus::Ok);
        let answer = ok.flat_map(|advice| advice.effects.iter().map(move |effect| (advice, effect))).find_map(|(advice, effect)| {
            let EffectKind::Grade { grade, score } = &effect.kind else { return None };
            table.rule(grade).is_some().then(|| (advice.source(effect.line), grade.clone(), *score, effect))
        });
        let Some((source, grade, score, effect)) = answer else { return self };
        let said = |key: &str| if let Some(FactValue::Text(text)) = effect.values.get(key) { text.clone() } else { grade.clone() };
        let text = Bilingual::new(said("text.en"), said("text.zh-CN"));
        let reason = Reason {
            code: effect.code.clone().unwrap_or_else(|| "grade".to_owned()),
            source: source.clone(),
            detail: text.en.clone(),
            text,
        };
        Self { score: Some(score), earned: Some(grade), source, reasons: vec![reason] }
    }

    /// Where the grade moves today, with the reason when that is not where the score says.
    pub fn step(&mut self, table: &GradeTable, from: Option<&str>, changed_on: Option<NaiveDate>, today: NaiveDate) -> Option<String> {
        let earned = self.earned.clone()?;
        let step = table.step(from, &earned, changed_on, today);
        let mut tell = |code: &str, en: String, zh: String| self.reasons.push(Reason::core(code, Bilingual::new(en, zh)));
        match step {
            Step::Stay => None,
            Step::Wait(on) => {
                tell(
                    "changed_lately",
                    format!("The grade changed less than a month ago; it may move again on {on}."),
                    format!("等级一个月内已调整过，{on} 起方可再调。"),
                );
                None
            }
            Step::To(grade) => {
                if grade != earned {
                    let en = format!("The score earns {earned}; a grade moves one step a month, so it becomes {grade}.");
                    tell("one_step", en, format!("得分对应 {earned}；等级每月最多调整一级，本次调为 {grade}。"));
                }
                Some(grade)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::asked::{Advice, OnFailure};
    use crate::words::day::parse_date;
    use crate::words::effect::{Effect, Values};

    fn day() -> NaiveDate {
        parse_date("2026-03-02").unwrap()
    }

    fn evidence(sheet: Option<i64>, paid_invoices: i64, missing: &[&str]) -> Evidence {
        let behaviour = Behaviour { paid_invoices, settled_minor: 100, ..Behaviour::default() };
        let sheet = sheet.and_then(Score::of_hundredths).map(|score| (day(), score));
        Evidence { sheet, behaviour, missing: missing.iter().map(|name| (*name).to_owned()).collect() }
    }

    fn codes(judgement: &Judgement) -> Vec<&str> {
        judgement.reasons.iter().map(|reason| reason.code.as_str()).collect()
    }

    #[test]
    fn the_shipped_formula_says_what_it_looked_at() {
        let table = GradeTable::default();
        for (evidence, earned, expected) in [
            (evidence(Some(8_000), 0, &[]), Some("AA"), vec!["score_sheet"]),
            (evidence(Some(8_000), 6, &[]), Some("AA"), vec!["score_sheet", "behaviour"]),
            (evidence(None, 6, &[]), Some("AAA"), vec!["behaviour"]),
            (evidence(None, 0, &["title"]), None, vec!["no_score"]),
            (evidence(Some(8_000), 0, &["title", "guarantee"]), Some("A"), vec!["score_sheet", "protection_missing"]),
            (evidence(Some(100), 0, &["title"]), Some("C"), vec!["score_sheet", "protection_missing"]),
        ] {
            let judgement = judge(&evidence, &table);
            assert_eq!((judgement.earned.as_deref(), codes(&judgement)), (earned, expected), "{evidence:?}");
        }
    }

    fn said(status: CallStatus, grade: &str) -> Asked {
        let kind = EffectKind::Grade { grade: grade.to_owned(), score: Score::of_hundredths(8_800).unwrap() };
        let effects = vec![Effect { kind, code: Some("TRUSTED".to_owned()), values: Values::new(), line: 7 }];
        let advice = Advice {
            plugin: "house_grade".to_owned(),
            version: 3,
            hash: String::new(),
            status,
            on_failure: OnFailure::Core,
            operations: 0,
            budget: 0,
            cpu_us: 0,
            votes: Vec::new(),
            effects,
            notes: Vec::new(),
            error: None,
        };
        Asked { advice: vec![advice] }
    }

    #[test]
    fn a_scripts_answer_takes_the_place_of_the_formula_unless_it_failed() {
        let table = GradeTable::default();
        let core = judge(&evidence(Some(6_500), 0, &[]), &table);
        let answered = core.clone().answered(&said(CallStatus::Ok, "AA"), &table);
        assert_eq!(
            (answered.earned.as_deref(), answered.source.as_str(), codes(&answered)),
            (Some("AA"), "house_grade@3:7", vec!["TRUSTED"])
        );
        assert_eq!(answered.score.map(|score| score.to_string()).as_deref(), Some("88.00"));
        for stands in [said(CallStatus::Error, "AA"), said(CallStatus::Ok, "gold"), Asked::nobody()] {
            assert_eq!(core.clone().answered(&stands, &table), core);
        }
    }

    #[test]
    fn a_grade_that_does_not_move_where_the_score_says_tells_why() {
        let table = GradeTable::default();
        for (from, changed_on, to, code) in [
            (Some("C"), None, Some("B"), Some("one_step")),
            (Some("A"), None, Some("AA"), None),
            (Some("A"), Some("2026-02-20"), None, Some("changed_lately")),
            (Some("AA"), Some("2026-02-20"), None, None),
            (None, None, Some("AA"), None),
        ] {
            let mut judgement = judge(&evidence(Some(8_000), 0, &[]), &table);
            let moved = judgement.step(&table, from, changed_on.map(|text| parse_date(text).unwrap()), day());
            assert_eq!(moved.as_deref(), to, "{from:?} {changed_on:?}");
            assert_eq!(codes(&judgement).get(1).copied(), code, "{from:?} {changed_on:?}");
        }
    }
}

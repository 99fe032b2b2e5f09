//! Why was this decided? Sentences for people, made from a decision record: its reasons and votes carry their texts in both languages
//! from the version that decided, so an old decision is told in its own words (plugins.md §4).

mod decisions;
mod effects;
mod forget;
mod moved;
mod stats;

pub use decisions::{DecisionFilter, DecisionView, decision, decision_facts, explain_decision, list_decisions};
pub use stats::{HookStats, PluginMoney, PluginStats, plugin_stats};

use crate::doors::decision::{MovedBy, Record};
use crate::words::asked::{Advice, CallStatus, OnFailure, Vote, VoteKind};
use crate::words::facts::Verdict;
use crate::words::money::Money;
use crate::words::text::Bilingual;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a decision record says, as far as it is told to people.
#[derive(Clone, Debug)]
pub struct Told<'a> {
    /// What was decided about.
    pub subject: Subject<'a>,
    /// What came out: `approve`, `hold`, `release_partial`, `deny`, `defer`, `skip`.
    pub outcome: &'a str,
    /// What the core rule said, where it was asked.
    pub core: Option<&'a Verdict>,
    /// What every plugin said, in the order they were asked.
    pub advice: Vec<&'a Advice>,
    /// What was proposed and not applied, and why, in the record's words.
    pub dropped: &'a [String],
    /// What ends a hold, where the outcome is one.
    pub release: Release<'a>,
    /// What had moved, where nobody asked.
    pub moved_by: Option<&'a MovedBy>,
}

impl<'a> Told<'a> {
    /// What a stored record says.
    pub fn of(subject: Subject<'a>, outcome: &'a str, record: &'a Record, release: Release<'a>) -> Self {
        let advice = record.calls.iter().map(|call| &call.advice).collect();
        Self { subject, outcome, core: record.core.as_ref(), advice, dropped: &record.dropped, release, moved_by: record.moved_by.as_ref() }
    }
}

/// What a decision is about.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    /// An order, by its number in the ERP.
    Order(&'a str),
    /// A policy step, by its key.
    Step(&'a str),
    /// The review of an account, by its name in the ERP.
    Account(&'a str),
    /// A hold that was placed or has ended on an account, by the account's name in the ERP.
    Hold(&'a str),
    /// A custom action that was called about this account: the action, and the account's name in the ERP.
    Action(&'a str, &'a str),
    /// A custom action about no account that was called.
    ActionWithoutAccount(&'a str),
    /// Something else that has happened on an account, by the account's name in the ERP.
    Event(&'a str),
    /// A change of the credit limit of an account, by the account's name in the ERP.
    Limit(&'a str),
    /// The release of a held order, by its number in the ERP.
    OrderRelease(&'a str),
    /// The release of a hold on a whole account, by the account's name in the ERP.
    HoldRelease(&'a str),
}

/// What ends a hold.
#[derive(Clone, Copy, Debug, Default)]
pub struct Release<'a> {
    /// Paying so much.
    pub pay: Option<Money>,
    /// A person of this role.
    pub role: Option<&'a str>,
    /// The last day it holds.
    pub expires_on: Option<NaiveDate>,
}

/// A decision in the reader's language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Explanation {
    /// What was decided, in one sentence.
    pub summary: String,
    /// Who said what: what had moved where nobody asked, the core rule, then the plugins in the order they were asked.
    pub parts: Vec<Part>,
    /// What ends the hold; null when nothing is held.
    pub to_release: Option<String>,
}

/// What one voice contributed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ExplanationPart)]
pub struct Part {
    /// `core`, or plugin, version and script line: `order_hold@7:14`.
    pub source: String,
    /// The reason's name, or what the voice did where it named none.
    pub code: String,
    /// One sentence.
    pub text: String,
    /// Line of the script; null for the core.
    pub line: Option<i64>,
}

/// Tells a decision in Chinese for `zh…`, in English for every other language.
pub fn explain(told: &Told<'_>, language: &str) -> Explanation {
    let mut parts: Vec<Part> = told.moved_by.map(|moved| moved::part(moved, language)).into_iter().collect();
    parts.extend(told.core.map_or_else(Vec::new, |core| core_parts(core, language)));
    parts.extend(told.advice.iter().flat_map(|advice| advice_parts(advice, language)));
    parts.extend(told.dropped.iter().map(|what| dropped(what, language)));
    let summary = summary(told).in_language(language).to_owned();
    let is_held = matches!(told.outcome, "hold" | "release_partial");
    let to_release = is_held.then(|| release(&told.release)).flatten().map(|text| text.in_language(language).to_owned());
    Explanation { summary, parts, to_release }
}

impl Explanation {
    /// The whole explanation as one paragraph.
    pub fn plain(&self) -> String {
        let sentences = [&self.summary].into_iter().chain(self.parts.iter().map(|part| &part.text)).chain(&self.to_release);
        sentences.fold(String::new(), |text, sentence| {
            let gap = if text.is_empty() || text.ends_with('。') { "" } else { " " };
            format!("{text}{gap}{sentence}")
        })
    }
}

fn summary(told: &Told<'_>) -> Bilingual {
    let (en, zh) = match told.subject {
        Subject::Order(number) => (format!("Order {number}"), format!("订单 {number}")),
        Subject::Step(key) => (format!("Step {key}"), format!("步骤 {key}")),
        Subject::Account(name) => (format!("Account {name}"), format!("客户 {name}")),
        Subject::Hold(name) => (format!("A hold of account {name}"), format!("客户 {name} 的控货")),
        Subject::Action(action, name) => (format!("The action {action}"), format!("客户 {name} 的插件操作 {action}")),
        Subject::ActionWithoutAccount(action) => (format!("The action {action}"), format!("插件操作 {action}")),
        Subject::Event(name) => (format!("Something has happened on account {name}"), format!("客户 {name} 有新的事项")),
        Subject::Limit(name) => (format!("A change of the credit limit of account {name}"), format!("客户 {name} 的信用额度变更")),
        Subject::OrderRelease(number) => (format!("The release of order {number}"), format!("订单 {number} 的放行")),
        Subject::HoldRelease(name) => (format!("The release of the hold on account {name}"), format!("客户 {name} 整户控货的解除")),
    };
    let (said, zh_said) = match (told.subject, told.outcome) {
        (Subject::Order(_), "approve") => ("may ship.", "可以发货。"),
        (Subject::Order(_), "hold") => ("is held.", "已控货，暂不发货。"),
        (Subject::Order(_), "release_partial") => ("may ship in part.", "可部分发货。"),
        (Subject::Order(_), "deny") => ("is refused.", "不予发货。"),
        (Subject::Step(_), "approve") => ("is taken.", "照常执行。"),
        (Subject::Step(_), "defer") => ("is put off.", "推迟执行。"),
        (Subject::Step(_), "skip") => ("is left out.", "跳过。"),
        (Subject::Account(_), _) => ("was reviewed.", "已复核。"),
        (Subject::Hold(_), _) => ("has changed, and whoever listens was asked.", "有变，已询问相关插件。"),
        (Subject::Action(_, name), _) => return Bilingual::new(format!("{en} was called for account {name}."), format!("{zh} 已执行。")),
        (Subject::ActionWithoutAccount(_), _) => ("was called.", "已执行。"),
        (Subject::Event(_), _) => (", and whoever listens was asked.", "，已询问相关插件。"),
        (Subject::Limit(_) | Subject::OrderRelease(_) | Subject::HoldRelease(_), outcome) => act_words(outcome),
        (Subject::Order(_) | Subject::Step(_), other) => return Bilingual::new(format!("{en}: {other}."), format!("{zh}：{other}。")),
    };
    Bilingual::new(format!("{en} {said}"), format!("{zh} {zh_said}"))
}

/// What an act of a person came to.
fn act_words(outcome: &str) -> (&'static str, &'static str) {
    match outcome {
        "approve" => ("was done.", "已完成。"),
        "request_approval" => ("waits for a second person.", "等待第二人审批。"),
        "block" => ("was not done, because a plugin failed.", "因插件出错，未执行。"),
        _ => ("was refused.", "被拒绝。"),
    }
}

fn core_parts(core: &Verdict, language: &str) -> Vec<Part> {
    let part = |code: &str, text: Bilingual| Part {
        source: "core".to_owned(),
        code: code.to_owned(),
        text: text.in_language(language).to_owned(),
        line: None,
    };
    if core.reasons.is_empty() {
        let (en, zh) = verdict_words(&core.decision);
        return vec![part(&core.decision, Bilingual::new(format!("Core rules: {en}."), format!("核心规则：{zh}。")))];
    }
    let of_reason = |text: &Bilingual| {
        Bilingual::new(format!("Core rules: {}", closed(&text.en, '.')), format!("核心规则：{}", closed(&text.zh, '。')))
    };
    core.reasons.iter().map(|reason| part(&reason.code, of_reason(&reason.text))).collect()
}

/// What was taken away from the proposals after the plugins were asked.
fn dropped(what: &str, language: &str) -> Part {
    let text = Bilingual::new(format!("Proposed, but not applied: {what}."), format!("已提出但未采用：{what}。"));
    Part { source: "core".to_owned(), code: "dropped".to_owned(), text: text.in_language(language).to_owned(), line: None }
}

fn verdict_words(decision: &str) -> (&str, &str) {
    match decision {
        "approve" => ("nothing against it", "无异议"),
        "hold" => ("hold", "控货"),
        "release_partial" => ("ship in part", "部分放行"),
        "deny" => ("refuse", "拒绝"),
        "request_approval" => ("only with a second person", "须第二人审批"),
        other => (other, other),
    }
}

fn advice_parts(advice: &Advice, language: &str) -> Vec<Part> {
    let say = |line: i64, code: &str, text: Bilingual| {
        let line = (line > 0).then_some(line);
        let head = head(advice, line);
        let text = Bilingual::new(format!("{}: {}", head.en, closed(&text.en, '.')), format!("{}：{}", head.zh, closed(&text.zh, '。')));
        let source = advice.source(line.unwrap_or(0));
        Part { source, code: code.to_owned(), text: text.in_language(language).to_owned(), line }
    };
    if advice.status != CallStatus::Ok {
        let line = advice.error.as_ref().map_or(0, |error| error.line);
        return vec![say(line, advice.status.as_str(), silence(advice))];
    }
    let votes = advice.votes.iter().map(|vote| say(vote.line, &vote.code, vote_text(vote)));
    let effects = advice.effects.iter().map(|effect| {
        let (word, text) = effects::told(&effect.kind);
        say(effect.line, effect.code.as_deref().unwrap_or(word), text)
    });
    let mut parts: Vec<Part> = votes.chain(effects).collect();
    if parts.is_empty() {
        parts.push(say(0, "nothing", Bilingual::new("has nothing to say", "无意见")));
    }
    parts
}

fn head(advice: &Advice, line: Option<i64>) -> Bilingual {
    let name = format!("{} v{}", advice.plugin, advice.version);
    match line {
        Some(line) => Bilingual::new(format!("{name}, line {line}"), format!("{name} 第 {line} 行")),
        None => Bilingual::same(name),
    }
}

/// Why a plugin gave no answer, and what that means.
fn silence(advice: &Advice) -> Bilingual {
    if advice.status == CallStatus::Filtered {
        return Bilingual::new("not asked, its filter leaves this account out", "按筛选条件未对该客户询问");
    }
    let what = advice.error.as_ref().map(|error| format!(" ({} {}:{}: {})", error.file, error.line, error.column, error.message));
    let what = what.unwrap_or_else(|| format!(" ({})", advice.status));
    let (en, zh) = match advice.on_failure {
        OnFailure::Core => ("the core rules stand", "以核心规则为准"),
        OnFailure::Hold => ("the order is held", "按设置控货"),
        OnFailure::Block => ("it does not happen and a task says so", "暂不执行并生成任务"),
        OnFailure::Stay => ("nothing moves and it is asked again", "保持原状，稍后再问"),
        OnFailure::None => ("it has no effect", "不产生影响"),
        OnFailure::Retry => ("it is asked again", "稍后重试"),
    };
    Bilingual::new(format!("could not answer{what}, so {en}"), format!("未能给出结论{what}，{zh}"))
}

fn vote_text(vote: &Vote) -> Bilingual {
    let amount = vote.amount.map_or_else(String::new, |amount| amount.to_string());
    let until = vote.until.map_or_else(String::new, |day| day.to_string());
    let role = role_words(vote.role.as_deref().unwrap_or("credit_manager"));
    let (en, zh) = match vote.vote {
        // A hold is its reason; every other vote says first what it is.
        VoteKind::Hold if !vote.text.en.is_empty() => return vote.text.clone(),
        VoteKind::Approve => ("agrees".to_owned(), "同意".to_owned()),
        VoteKind::Pass => ("passes".to_owned(), "无意见".to_owned()),
        VoteKind::Hold => ("holds".to_owned(), "控货".to_owned()),
        VoteKind::ReleasePartial => (format!("ships up to {amount}"), format!("最多放行 {amount}")),
        VoteKind::Deny => ("refuses".to_owned(), "拒绝".to_owned()),
        VoteKind::Defer => (format!("waits until {until}"), format!("推迟至 {until}")),
        VoteKind::Skip => ("leaves it out".to_owned(), "跳过".to_owned()),
        VoteKind::RequestApproval => (format!("asks {} for a yes", role.en), format!("提请{}审批", role.zh)),
    };
    let because = |verb: String, why: &str, mark: &str| if why.is_empty() { verb } else { format!("{verb}{mark}{why}") };
    Bilingual::new(because(en, &vote.text.en, ": "), because(zh, &vote.text.zh, "——"))
}

/// A role as people call it.
fn role_words(role: &str) -> Bilingual {
    let (en, zh) = match role {
        "credit_manager" => ("a credit manager", "信用经理"),
        "two_persons" => ("two persons together", "两人会签"),
        "credit_officer" => ("a credit officer", "信用专员"),
        "collector" => ("a collector", "催收员"),
        "legal" => ("legal", "法务"),
        "cashier" => ("a cashier", "出纳"),
        "admin" => ("an administrator", "管理员"),
        other => return Bilingual::same(other.replace('_', " ")),
    };
    Bilingual::new(en, zh)
}

/// What ends the hold: money, a person, or time.
fn release(release: &Release<'_>) -> Option<Bilingual> {
    let mut ways: Vec<Bilingual> = Vec::new();
    ways.extend(release.pay.map(|pay| Bilingual::new(format!("when {pay} is paid"), format!("付清 {pay}"))));
    ways.extend(release.role.map(role_words).map(|role| Bilingual::new(format!("by {}", role.en), format!("{}放行", role.zh))));
    ways.extend(release.expires_on.map(|last| Bilingual::new(format!("once {last} has passed"), format!("{last} 期满"))));
    let listed = |separator: &str, last: &str, pick: fn(&Bilingual) -> &str| {
        let words: Vec<&str> = ways.iter().map(pick).collect();
        match words.split_last() {
            Some((end, rest)) if !rest.is_empty() => format!("{}{last}{end}", rest.join(separator)),
            _ => words.concat(),
        }
    };
    let (en, zh) = (listed(", ", " or ", |way| &way.en), listed("、", "或 ", |way| &way.zh));
    (!ways.is_empty()).then(|| Bilingual::new(format!("It is released {en}."), format!("{zh}即可解除。")))
}

/// The sentence with exactly one full stop at its end.
fn closed(sentence: &str, stop: char) -> String {
    format!("{}{stop}", sentence.trim_end_matches(['.', '。', ' ']))
}

#[cfg(test)]
mod tests;

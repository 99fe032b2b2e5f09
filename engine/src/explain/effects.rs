//! What a plugin proposed, one short sentence per kind of effect.

use crate::words::effect::EffectKind;
use crate::words::text::Bilingual;
use chrono::NaiveDate;

/// The effect's word and its sentence.
pub(super) fn told(effect: &EffectKind) -> (&'static str, Bilingual) {
    let say = |word, en: String, zh: String| (word, Bilingual::new(en, zh));
    match effect {
        EffectKind::Task { role, task, due_on, .. } => {
            say("task", format!("a task {task} for {role} by {due_on}"), format!("生成任务 {task}，交 {role}，{due_on} 前完成"))
        }
        EffectKind::Alert { role } => say("alert", format!("tells {role} at once"), format!("立即提醒 {role}")),
        EffectKind::Notice { to, template, send_on, .. } => notice(to, template, *send_on),
        EffectKind::PlaceHold { expires_on, .. } => {
            say("place_hold", format!("holds the whole account until {expires_on}"), format!("整户控货至 {expires_on}"))
        }
        EffectKind::ReleaseHold { hold } => say("release_hold", format!("lifts its hold {hold}"), format!("解除自设控货 {hold}")),
        EffectKind::Pause { last_day } => say("pause", format!("no chasing until {last_day}"), format!("暂停催收至 {last_day}")),
        EffectKind::OpenCase => say("open_case", "opens a case".to_owned(), "建立催收案件".to_owned()),
        EffectKind::Assign { role } => say("assign", format!("gives the case to {role}"), format!("案件转交 {role}")),
        EffectKind::SetPriority { priority } => say("set_priority", format!("priority {priority}"), format!("优先级设为 {priority}")),
        EffectKind::Escalate { role } => say("escalate", format!("calls in {role}"), format!("升级至 {role}")),
        EffectKind::ScheduleStep { key, on } => say("schedule_step", format!("step {key} on {on}"), format!("步骤 {key} 安排在 {on}")),
        EffectKind::Offer { rate, pay_by, .. } => {
            let percent =
                rust_decimal::Decimal::ONE_HUNDRED.checked_mul(rate.0).map_or_else(String::new, |percent| percent.normalize().to_string());
            let en = format!("offers {percent} % off for payment by {pay_by}");
            say("offer", en, format!("提前付款优惠 {percent}%，{pay_by} 前付款有效"))
        }
        EffectKind::StepTo { state, wake_on } => {
            say("step_to", format!("moves on to {state}, asks again on {wake_on}"), format!("进入 {state}，{wake_on} 再次处理"))
        }
        EffectKind::StepWait { wake_on } => say("step_wait", format!("waits until {wake_on}"), format!("等待至 {wake_on}")),
        EffectKind::StepDone => say("step_done", "finishes the step".to_owned(), "步骤完成".to_owned()),
        EffectKind::StepData { key, .. } => say("step_data", format!("remembers {key}"), format!("记录 {key}")),
        EffectKind::RequestApproval { role } => say("request_approval", format!("asks {role} for a yes"), format!("提请 {role} 审批")),
        EffectKind::Handoff { to, .. } => say("handoff", format!("gives the case to {to}"), format!("移交 {to}")),
        EffectKind::Include { document, references } => {
            let references = references.join(", ");
            say("include", format!("puts in {document}: {references}"), format!("附上 {document}：{references}"))
        }
        EffectKind::Missing { document } => say("missing", format!("{document} is missing"), format!("缺少 {document}")),
        EffectKind::Grade { grade, score } => say("grade", format!("grade {grade}, score {score}"), format!("等级 {grade}，得分 {score}")),
        EffectKind::ProposeLimit { amount, from } => {
            say("propose_limit", format!("proposes a limit of {amount} from {from} on"), format!("建议自 {from} 起授信 {amount}"))
        }
        EffectKind::ProposeGrade { grade } => say("propose_grade", format!("proposes grade {grade}"), format!("建议评为 {grade} 级")),
        EffectKind::CapRate { rate } => say("cap_rate", format!("allows {} at most", rate.0), format!("最多允许 {}", rate.0)),
        EffectKind::Variables { words } => {
            let names: Vec<&str> = words.keys().map(String::as_str).collect();
            let names = names.join(", ");
            say("variables", format!("adds to the letter: {names}"), format!("为信函补充：{names}"))
        }
        EffectKind::Usable { amount } => say("usable", format!("lets {amount} of the limit be used"), format!("可用额度限为 {amount}")),
        EffectKind::Answer { .. } => say("answer", "answers".to_owned(), "给出答复".to_owned()),
        EffectKind::Remember { key, .. } => say("remember", format!("remembers {key}"), format!("记住 {key}")),
        EffectKind::Forget { key } => say("forget", format!("forgets {key}"), format!("忘记 {key}")),
        EffectKind::Tag { name } => say("tag", format!("labels the account {name}"), format!("添加标签 {name}")),
        EffectKind::Untag { name } => say("untag", format!("takes the label {name} off"), format!("移除标签 {name}")),
        EffectKind::Note { text } => ("note", Bilingual::same(text)),
        EffectKind::Metric { name, by } => say("metric", format!("counts {name} by {by}"), format!("指标 {name} 计入 {by}")),
    }
}

fn notice(to: &str, template: &str, send_on: Option<NaiveDate>) -> (&'static str, Bilingual) {
    let (en, zh) = send_on.map_or_else(Default::default, |day| (format!(", not before {day}"), format!("，不早于 {day}")));
    ("notice", Bilingual::new(format!("writes {template} to {to}{en}"), format!("向 {to} 发送 {template}{zh}")))
}

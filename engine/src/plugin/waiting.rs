//! How a switching reads in the inbox while it waits for a second person.

use super::activate::Activation;
use super::configure::Configuration;
use super::rehearse::Rehearsal;
use super::rollback::RollbackPlugin;
use super::rows::plugin_version;
use super::switch::Excuse;
use crate::approval::{ApprovalKind, Ask, Proposal};
use crate::words::error::{Error, Result};
use crate::words::id::PluginId;
use crate::words::role::Role;
use crate::words::text::Bilingual;
use serde::Serialize;

/// A version that is to be switched on, with what it would have answered to the newest decisions.
pub(super) fn activation(exact: &Activation, version: &plugin_version::Model, rehearsal: &Rehearsal) -> Result<Proposal> {
    let plugin_version::Model { name, number, version: label, author, .. } = version;
    let (excused, excused_zh) = excused(&exact.excuse);
    let (rehearsed, rehearsed_zh) = rehearsed(rehearsal);
    let text = Bilingual::new(
        format!(
            "Switch on version {number} ({label}) of the plugin {name}, written by {author}{}{excused}{rehearsed}",
            because(exact.reason.as_ref(), ": ", ".")
        ),
        format!(
            "申请启用插件 {name} 第 {number} 版（{label}，作者 {author}）{}{excused_zh}{rehearsed_zh}",
            because(exact.reason.as_ref(), "：", "。")
        ),
    );
    proposal(ApprovalKind::ActivatePlugin, version.id, text, exact)
}

fn excused(checks: &[Excuse]) -> (String, String) {
    if checks.is_empty() {
        return (String::new(), String::new());
    }
    let names = checks.iter().map(|check| check.as_str()).collect::<Vec<_>>().join(", ");
    (format!(" Failed and to be excused: {names}."), format!("未通过、申请豁免的检查：{names}。"))
}

fn rehearsed(told: &Rehearsal) -> (String, String) {
    if told.asked == 0 {
        return (String::new(), String::new());
    }
    let Rehearsal { asked, changed, .. } = told;
    let en = told.transitions.iter().take(3).map(|one| format!("{} × {} → {}", one.times, one.from, one.to));
    let most = if *changed == 0 { String::new() } else { format!(" ({})", en.collect::<Vec<_>>().join("; ")) };
    (
        format!(" It would have answered {changed} of {asked} recorded questions in another way{most}."),
        format!("按最近 {asked} 个已记录的问题预演，{changed} 个答复不同{most}。"),
    )
}

/// Settings that are to come into force.
pub(super) fn configuration(exact: &Configuration, version: &plugin_version::Model) -> Result<Proposal> {
    let (name, settings) = (&exact.name, &exact.settings);
    let of = exact.segment.as_ref();
    let (en, zh) =
        (of.map_or(String::new(), |of| format!(" for the segment {of}")), of.map_or(String::new(), |of| format!("（客群 {of}）")));
    let text = Bilingual::new(
        format!("Set the plugin {name}{en} to {settings}{}", because(exact.reason.as_ref(), ": ", ".")),
        format!("申请将插件 {name}{zh} 的参数改为 {settings}{}", because(exact.reason.as_ref(), "：", "。")),
    );
    proposal(ApprovalKind::ConfigurePlugin, version.id, text, exact)
}

/// A version that is to be gone back to, long after it was on.
pub(super) fn rollback(exact: &RollbackPlugin, version: PluginId) -> Result<Proposal> {
    let (name, number) = (&exact.name, exact.number.unwrap_or_default());
    let text = Bilingual::new(
        format!("Go back to version {number} of the plugin {name}{}", because(exact.reason.as_ref(), ": ", ".")),
        format!("申请将插件 {name} 退回第 {number} 版{}", because(exact.reason.as_ref(), "：", "。")),
    );
    proposal(ApprovalKind::RollBackPlugin, version, text, exact)
}

fn proposal(kind: ApprovalKind, version: PluginId, text: Bilingual, body: &impl Serialize) -> Result<Proposal> {
    Ok(Proposal {
        kind,
        account: None,
        subject: ("plugin", version.0),
        ask: Ask::always(Role::PluginApprover),
        text,
        amount: None,
        body: serde_json::to_value(body).map_err(Error::internal)?,
    })
}

/// The end of a sentence: the reason after a colon, or a full stop.
fn because(reason: Option<&String>, colon: &str, stop: &str) -> String {
    reason.map_or_else(|| stop.to_owned(), |reason| format!("{colon}{reason}"))
}

//! Why a question was asked again although nobody asked it: what had happened, in words.

use super::Part;
use crate::doors::decision::MovedBy;
use crate::words::text::Bilingual;

/// The sentence that tells what moved.
pub(super) fn part(moved: &MovedBy, language: &str) -> Part {
    let what = what(&moved.kind);
    let text = Bilingual::new(
        format!("Checked again by itself: {} (dated {}).", what.en, moved.on),
        format!("因{}（业务日 {}），系统自动重新核查。", what.zh, moved.on),
    );
    Part { source: "core".to_owned(), code: moved.kind.clone(), text: text.in_language(language).to_owned(), line: None }
}

/// What happened, by the kind of its journal entry; by its subject alone where the kind says no more.
fn what(kind: &str) -> Bilingual {
    let (en, zh) = match kind {
        "payment.received" => ("a payment came in", "收到回款"),
        "payment.bounced" => ("a payment bounced", "付款被退回"),
        "payment.reversed" => ("a payment was reversed", "回款被冲销"),
        "invoice.registered" => ("an invoice was booked", "登记新发票"),
        "invoice.cancelled" => ("an invoice was cancelled", "发票被取消"),
        "hold.released" => ("a hold on the account was lifted", "整户控货被解除"),
        "hold.expired" => ("a hold on the account ran out", "整户控货到期"),
        "hold.placed" => ("the account was put on hold", "客户被整户控货"),
        "supply.stopped" => ("supply was stopped", "供货被中止"),
        "supply.resumed" => ("supply goes on", "恢复供货"),
        "day.begun" => ("a new day began", "进入新的一天"),
        _ => match kind.split('.').next().unwrap_or(kind) {
            "payment" | "payments" | "allocation" => ("money was booked", "回款核销有变"),
            "invoice" | "invoices" | "credit_note" | "charge" | "write_off" => ("what is owed has changed", "应收余额有变"),
            "credit_limit" | "limit" | "group_limit" | "security" => ("the credit limit has changed", "信用额度有变"),
            "hold" => ("a hold has changed", "控货状态有变"),
            "order" => ("another order gave room back", "其他订单释放了额度"),
            "group" => ("an account under the same group limit has changed", "同一集团额度下的其他客户有变"),
            "account" => ("the account has changed", "客户状态有变"),
            "settings" | "policy" | "plugin" | "calendar" | "test_clock" => ("the rules have changed", "规则有变"),
            _ => ("something it stands on has moved", "相关情况有变"),
        },
    };
    Bilingual::new(en, zh)
}

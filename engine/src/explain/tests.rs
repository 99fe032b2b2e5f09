use super::*;
use crate::words::asked::{Asked, ScriptError};
use crate::words::day::parse_date;
use crate::words::effect::{Effect, EffectKind};
use crate::words::facts::Reason;

fn cny(units: i64) -> Money {
    Money::new(units * 100, "CNY".parse().unwrap())
}

fn vote(kind: VoteKind, code: &str, line: i64, en: &str, zh: &str) -> Vote {
    Vote {
        vote: kind,
        code: code.into(),
        text: Bilingual::new(en, zh),
        values: Default::default(),
        line,
        amount: None,
        until: None,
        role: None,
        pay_to_release: None,
        items: vec![],
        expires_on: None,
    }
}

fn advice(plugin: &str, version: i64, votes: Vec<Vote>) -> Advice {
    Advice {
        plugin: plugin.into(),
        version,
        hash: "h".into(),
        status: CallStatus::Ok,
        on_failure: OnFailure::Core,
        operations: 10,
        budget: 100,
        cpu_us: 5,
        votes,
        effects: vec![],
        notes: vec![],
        error: None,
    }
}

fn verdict(decision: &str, reasons: Vec<Reason>) -> Verdict {
    Verdict { decision: decision.into(), reasons }
}

fn both(told: &Told<'_>) -> String {
    format!("{}\n{}", explain(told, "en").plain(), explain(told, "zh-CN").plain())
}

#[test]
fn a_held_order_is_explained_in_both_languages() {
    let core = verdict("approve", vec![]);
    let overdue = vote(VoteKind::Hold, "OVERDUE", 14, "CNY 9,000.00 is overdue, the oldest by 37 days", "逾期 CNY 9,000.00，最长 37 天");
    let passed = vote(VoteKind::Pass, "FIRST_BATCH", 8, "this is the first batch", "首批订单");
    let asked = Asked {
        advice: vec![advice("order_hold", 7, vec![overdue]), advice("staged_release", 2, vec![passed]), advice("quiet", 1, vec![])],
    };
    let release = Release { pay: Some(cny(9000)), role: Some("credit_manager"), expires_on: parse_date("2026-03-23").ok() };
    let told = Told {
        subject: Subject::Order("SO-551"),
        outcome: "hold",
        core: Some(&core),
        advice: asked.advice.iter().collect(),
        dropped: &[],
        moved_by: None,
        release,
    };
    expect_test::expect![[r#"
        Order SO-551 is held. Core rules: nothing against it. order_hold v7, line 14: CNY 9,000.00 is overdue, the oldest by 37 days. staged_release v2, line 8: passes: this is the first batch. quiet v1: has nothing to say. It is released when CNY 9,000.00 is paid, by a credit manager or once 2026-03-23 has passed.
        订单 SO-551 已控货，暂不发货。核心规则：无异议。order_hold v7 第 14 行：逾期 CNY 9,000.00，最长 37 天。staged_release v2 第 8 行：无意见——首批订单。quiet v1：无意见。付清 CNY 9,000.00、信用经理放行或 2026-03-23 期满即可解除。"#]]
    .assert_eq(&both(&told));
    let parts: Vec<_> = explain(&told, "en").parts.into_iter().map(|part| (part.source, part.code, part.line)).collect();
    let expected = [
        ("core", "approve", None),
        ("order_hold@7:14", "OVERDUE", Some(14)),
        ("staged_release@2:8", "FIRST_BATCH", Some(8)),
        ("quiet@1:0", "nothing", None),
    ];
    assert_eq!(parts, expected.map(|(source, code, line)| (source.to_owned(), code.to_owned(), line)));
}

#[test]
fn a_failed_plugin_and_the_core_rules_are_told_too() {
    let core = verdict("hold", vec![Reason::core("over_limit", Bilingual::new("CNY 300.00 above the limit.", "超出额度 CNY 300.00。"))]);
    let error = ScriptError { file: "main.rhai".into(), line: 9, column: 3, message: "no such property: overdu".into() };
    let failed = Advice { status: CallStatus::Error, error: Some(error), on_failure: OnFailure::Hold, ..advice("order_hold", 7, vec![]) };
    let slow = Advice { status: CallStatus::Time, ..advice("slow", 1, vec![]) };
    let filtered = Advice { status: CallStatus::Filtered, ..advice("dealers", 3, vec![]) };
    let asked = Asked { advice: vec![failed, slow, filtered] };
    let told = Told {
        subject: Subject::Order("SO-1"),
        outcome: "hold",
        core: Some(&core),
        advice: asked.advice.iter().collect(),
        dropped: &[],
        moved_by: None,
        release: Release::default(),
    };
    expect_test::expect![[r#"
        Order SO-1 is held. Core rules: CNY 300.00 above the limit. order_hold v7, line 9: could not answer (main.rhai 9:3: no such property: overdu), so the order is held. slow v1: could not answer (time), so the core rules stand. dealers v3: not asked, its filter leaves this account out.
        订单 SO-1 已控货，暂不发货。核心规则：超出额度 CNY 300.00。order_hold v7 第 9 行：未能给出结论 (main.rhai 9:3: no such property: overdu)，按设置控货。slow v1：未能给出结论 (time)，以核心规则为准。dealers v3：按筛选条件未对该客户询问。"#]]
    .assert_eq(&both(&told));
}

#[test]
fn a_review_tells_what_was_proposed() {
    let core = verdict("approve", vec![]);
    let due_on = parse_date("2026-04-01").unwrap();
    let effect = |kind, code: Option<&str>, line| Effect { kind, code: code.map(str::to_owned), values: Default::default(), line };
    let rate = "0.015".parse().unwrap();
    let effects = vec![
        effect(EffectKind::Offer { item: crate::words::id::InstalmentId(uuid::Uuid::nil()), rate, pay_by: due_on }, Some("EARLY"), 12),
        effect(EffectKind::Escalate { role: "supervisor".into() }, None, 20),
    ];
    let asked = Asked { advice: vec![Advice { effects, ..advice("early_discount", 4, vec![]) }] };
    let dropped = ["offer outbid".to_owned()];
    let told = Told {
        subject: Subject::Account("C-1"),
        outcome: "done",
        core: Some(&core),
        advice: asked.advice.iter().collect(),
        dropped: &dropped,
        moved_by: None,
        release: Release::default(),
    };
    expect_test::expect![[r#"
        Account C-1 was reviewed. Core rules: nothing against it. early_discount v4, line 12: offers 1.5 % off for payment by 2026-04-01. early_discount v4, line 20: calls in supervisor. Proposed, but not applied: offer outbid.
        客户 C-1 已复核。核心规则：无异议。early_discount v4 第 12 行：提前付款优惠 1.5%，2026-04-01 前付款有效。early_discount v4 第 20 行：升级至 supervisor。已提出但未采用：offer outbid。"#]]
    .assert_eq(&both(&told));
    assert_eq!(explain(&told, "en").parts[2].code, "escalate");
}

#[test]
fn every_outcome_has_its_sentence() {
    let (core, asked) = (verdict("approve", vec![]), Asked::nobody());
    for (subject, outcome, en, zh) in [
        (Subject::Order("O"), "approve", "Order O may ship.", "订单 O 可以发货。"),
        (Subject::Order("O"), "release_partial", "Order O may ship in part.", "订单 O 可部分发货。"),
        (Subject::Order("O"), "deny", "Order O is refused.", "订单 O 不予发货。"),
        (Subject::Step("call"), "defer", "Step call is put off.", "步骤 call 推迟执行。"),
        (Subject::Step("call"), "skip", "Step call is left out.", "步骤 call 跳过。"),
        (Subject::Step("call"), "other", "Step call: other.", "步骤 call：other。"),
    ] {
        let told = Told {
            subject,
            outcome,
            core: Some(&core),
            advice: asked.advice.iter().collect(),
            dropped: &[],
            moved_by: None,
            release: Release { pay: Some(cny(1)), ..Release::default() },
        };
        assert_eq!((explain(&told, "en").summary.as_str(), explain(&told, "zh-CN").summary.as_str()), (en, zh));
        assert_eq!(explain(&told, "en").to_release.is_some(), outcome == "release_partial");
    }
}

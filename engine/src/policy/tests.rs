//! The policy document: what is refused.

use crate::policy::{Policy, presets};
use crate::words::code::Code;

fn refused(change: serde_json::Value) -> Vec<(String, Code, String)> {
    let mut document = serde_json::to_value(presets::preset("cn_default").unwrap()).unwrap();
    for (pointer, value) in change.as_object().unwrap() {
        let (parent, member) = pointer.rsplit_once('/').unwrap();
        let place = document.pointer_mut(parent).unwrap();
        match (place.as_array_mut(), member.parse::<usize>()) {
            (Some(list), Ok(at)) => list[at] = value.clone(),
            _ => place[member] = value.clone(),
        }
    }
    let policy: Policy = serde_json::from_value(document).unwrap();
    let known = ["legal_handoff.handoff".to_owned(), "agency.place".to_owned()];
    let error = policy.check(&known).unwrap_err();
    error.faults().iter().map(|fault| (fault.pointer.clone(), fault.code, fault.detail.clone())).collect()
}

#[test]
fn a_fault_is_named_with_its_place() {
    use serde_json::json;
    let step = |more: serde_json::Value| {
        let mut step = json!({"key": "x", "kind": "item", "offset_days": 5, "channel": "email"});
        step.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"/steps/6": step})
    };
    let unknown = Code::UnknownPolicyKey;
    let wrong = Code::ValidationFailed;
    for (change, pointer, code) in [
        (step(json!({"stage": "M9"})), "#/steps/6/stage", unknown),
        (step(json!({"parts": ["half"]})), "#/steps/6/parts/0", unknown),
        (step(json!({"channel": null, "type": "legal_handof.handoff"})), "#/steps/6/type", unknown),
        (step(json!({"offset_days": null})), "#/steps/6/offset_days", Code::MissingField),
        (step(json!({"kind": "clock", "offset_days": null})), "#/steps/6/every_days", Code::MissingField),
        (step(json!({"every_days": 3})), "#/steps/6/every_days", wrong),
        (step(json!({"task": "call"})), "#/steps/6", wrong),
        (step(json!({"channel": null})), "#/steps/6", wrong),
        (step(json!({"channel": null, "task": "call", "formal": true})), "#/steps/6/channel", wrong),
        (step(json!({"offset_days": -30})), "#/steps/6/offset_days", wrong),
        (step(json!({"offset_days": 5000})), "#/steps/6/offset_days", wrong),
        (step(json!({"gap_days": 0})), "#/steps/6/gap_days", wrong),
        (step(json!({"key": "call_t1"})), "#/steps/6/key", wrong),
        (step(json!({"key": "Letter 1"})), "#/steps/6/key", wrong),
        (step(json!({"min_amount": "-1"})), "#/steps/6/min_amount", wrong),
        (json!({"/steps/6/key": "call"}), "#/steps/6/key", wrong),
        (json!({"/stages/2/from_days": 1}), "#/stages/2/from_days", wrong),
        (json!({"/stages/2/key": "M0"}), "#/stages/2/key", wrong),
        (json!({"/tolerance": "-0.01"}), "#/tolerance", wrong),
        (json!({"/written_per_run": 0}), "#/written_per_run", wrong),
        (json!({"/steps": []}), "#/steps", wrong),
        (json!({"/tightness/AAA": {"gap_percent": 0}}), "#/tightness/AAA/gap_percent", wrong),
        (json!({"/newcomers": {"first_invoices": 0, "gap_percent": 50}}), "#/newcomers/first_invoices", wrong),
        (json!({"/newcomers": {"first_invoices": 3, "gap_percent": 101}}), "#/newcomers/gap_percent", wrong),
        (json!({"/hold_rules/0/days": null}), "#/hold_rules/0/days", Code::MissingField),
        (json!({"/hold_rules/0": {"kind": "terms"}}), "#/hold_rules/0/days", Code::MissingField),
        (json!({"/hold_rules/0": {"kind": "batch_lag"}}), "#/hold_rules/0/lag", Code::MissingField),
        (json!({"/hold_rules/0": {"kind": "monthly_settlement", "settlement_day": 32}}), "#/hold_rules/0/settlement_day", wrong),
        (json!({"/hold_rules/0": {"kind": "prior_balance_open"}}), "#/hold_rules/3/key", wrong),
        (json!({"/hold_rules/3": {"kind": "prior_balance_open", "key": "Old money"}}), "#/hold_rules/3/key", wrong),
        (json!({"/hold_rules/3/grace_days": 366}), "#/hold_rules/3/grace_days", wrong),
    ] {
        let faults = refused(change.clone());
        assert!(faults.iter().any(|fault| fault.0 == pointer && fault.1 == code), "{change}: {faults:?}");
    }
}

#[test]
fn an_unknown_step_type_is_refused_with_the_nearest_one_first() {
    let step = serde_json::json!({"key": "x", "kind": "item", "offset_days": 75, "type": "legal_handof.handoff"});
    let faults = refused(serde_json::json!({"/steps/6": step}));
    assert!(faults[0].2.ends_with("the nearest are legal_handoff.handoff, agency.place"), "{faults:?}");
}

#[test]
fn a_member_nobody_knows_is_refused() {
    let mut document = serde_json::to_value(presets::preset("cn_default").unwrap()).unwrap();
    document["steps"][0]["ofset_days"] = 3.into();
    assert!(serde_json::from_value::<Policy>(document).unwrap_err().to_string().contains("ofset_days"));
}

#[test]
fn a_short_document_has_everything_else_as_it_is_shipped() {
    let short = r#"{"steps": [{"key": "letter", "kind": "item", "offset_days": 5, "channel": "email"}]}"#;
    let policy: Policy = serde_json::from_str(short).unwrap();
    policy.check(&[]).unwrap();
    assert_eq!(policy.stages.len(), 7);
    assert_eq!(policy.tolerance.to_string(), "0.10");
    assert_eq!(policy.steps[0].letter(), "letter");
    let days = [(-3, "M0"), (0, "M0"), (1, "M1"), (30, "M1"), (31, "M2"), (60, "M2"), (61, "M3"), (90, "M3"), (91, "M4"), (180, "M4")];
    for (late, stage) in days.into_iter().chain([(181, "M5"), (365, "M5"), (366, "M6"), (9_999, "M6")]) {
        assert_eq!(policy.stages[policy.stage_of(late)].key, stage, "{late} days");
    }
}

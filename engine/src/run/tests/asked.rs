//! Plugins that are asked by reviews: what they propose becomes rows.

use super::bed::{Bed, day};
use crate::approval::{ApprovalFilter, list_approvals};
use crate::collection::{CaseFilter, DecideApproval};
use crate::doors::decision::decision;
use crate::handoff::{HandoffFilter, list_handoffs};
use crate::hold::rows::{hold, hold_item};
use crate::import::ImportKind;
use crate::offer::{OfferFilter, list_offers};
use crate::policy::{CreatePolicy, PolicyIn};
use crate::tenant::TenantKind;
use crate::words::asked::{
    About, Advice, Asked, CallStatus, Files, Hook, Judged, Needs, NoPlugins, OnFailure, PluginSet, Plugins, Question, StepType,
    StoredPackage, VoteKind,
};
use crate::words::caller::Caller;
use crate::words::code::Code;
use crate::words::day::add_days;
use crate::words::effect::{Effect, EffectKind, Values};
use crate::words::error::Result;
use crate::words::id::TenantId;
use crate::words::page::PageOf;
use std::sync::Arc;

type Answer = fn(&Question) -> Vec<EffectKind>;

struct Host(Answer);
struct Set(i64, Answer);

impl Plugins for Host {
    fn judge(&self, files: &Files) -> Judged {
        NoPlugins.judge(files)
    }
    fn settings(&self, files: &Files, given: &serde_json::Value) -> Result<serde_json::Value> {
        NoPlugins.settings(files, given)
    }
    fn shipped(&self) -> Vec<Files> {
        NoPlugins.shipped()
    }
    fn at(&self, _: TenantId, revision: i64) -> Option<Arc<dyn PluginSet>> {
        Some(Arc::new(Set(revision, self.0)))
    }
    fn load(&self, _: TenantId, revision: i64, _: Vec<StoredPackage>) -> Arc<dyn PluginSet> {
        Arc::new(Set(revision, self.0))
    }
}

impl PluginSet for Set {
    fn revision(&self) -> i64 {
        self.0
    }
    fn has(&self, hook: Hook) -> bool {
        use Hook::{BeforeDue, DailyAccount, LegalCheck, LegalPacket, OfferCheck, Step};
        matches!(hook, BeforeDue | Step | DailyAccount | LegalPacket | LegalCheck | OfferCheck)
    }
    fn needs(&self, _: Hook) -> Needs {
        Needs { evidence: true, ..Needs::default() }
    }
    fn ask(&self, question: &Question) -> Asked {
        let effect = |(at, kind)| Effect { kind, code: Some("CODE".into()), values: Values::new(), line: i64::try_from(at).unwrap() + 1 };
        let is_gate = matches!(question.about, About::LegalCheck { .. } | About::OfferCheck { .. });
        let said = (self.1)(question);
        // To a gate, a note is a no.
        let no = |kind: &EffectKind| matches!(kind, EffectKind::Note { .. }).then(|| crate::testing::vote(VoteKind::Deny, "NO"));
        let votes = said.iter().filter(|_| is_gate).filter_map(no).collect();
        let effects = said.into_iter().enumerate().map(effect).collect();
        Asked {
            advice: vec![Advice {
                plugin: "helper".into(),
                version: 1,
                hash: "h".into(),
                status: CallStatus::Ok,
                on_failure: OnFailure::Stay,
                operations: 1,
                budget: 10,
                cpu_us: 0,
                votes,
                effects,
                notes: vec![],
                error: None,
            }],
        }
    }
    fn lead_days(&self) -> &[i64] {
        &[20]
    }
    fn daily_every(&self) -> Option<i64> {
        Some(30)
    }
    fn step_type(&self, name: &str) -> Option<StepType> {
        (name == "helper.walk").then(|| StepType { first: "begun".into(), states: vec!["begun".into(), "asked".into()], max_days: 90 })
    }
    fn template(&self, key: &str, _: &str) -> Option<String> {
        (key == "helper/offer").then(|| "Subject: {{ rate }} off\n\nPay {{ items }} by {{ pay_by }}".into())
    }
}

async fn bed(answer: Answer) -> Bed {
    let mut bed = Bed::new(TenantKind::Sandbox, "2025-01-01").await;
    bed.engine = bed.engine.clone().with_plugins(Arc::new(Host(answer)));
    bed.import(ImportKind::Accounts, "external_id,name,currency\nA1,Lotus,CNY\n".into()).await;
    bed.import(ImportKind::Contacts, "external_id,account_external_id,name,role,email\nC1,A1,Wang,payer,w@example.com\n".into()).await;
    bed.import(
        ImportKind::Invoices,
        "external_id,account_external_id,issued_on,due_on,amount,currency\nI1,A1,2025-01-01,2025-01-31,1000.00,CNY\n".into(),
    )
    .await;
    bed
}

fn all() -> PageOf {
    PageOf::first(200)
}

#[expect(clippy::wildcard_enum_match_arm, reason = "it answers a few questions and is silent on the others")]
fn offers_and_holds(question: &Question) -> Vec<EffectKind> {
    match &question.about {
        About::BeforeDue { item, .. } => vec![
            EffectKind::Offer { item: *item, rate: "0.02".parse().unwrap(), pay_by: add_days(question.facts.today(), 5) },
            EffectKind::Notice {
                to: "payer".into(),
                template: "helper/offer".into(),
                items: vec![],
                offer: Some(0),
                channel: None,
                send_on: None,
            },
            EffectKind::Tag { name: "helper:asked".into() },
        ],
        About::DailyAccount => vec![EffectKind::PlaceHold {
            pay_to_release: None,
            items: question.facts.account().unwrap().open_items.rows.iter().map(|row| row.id).collect(),
            expires_on: add_days(question.facts.today(), 3),
        }],
        _ => vec![],
    }
}

#[tokio::test]
async fn offers_letters_labels_and_holds_of_a_plugin_become_rows_and_end_in_time() {
    let bed = bed(offers_and_holds).await;
    let first = bed.run(day("2025-01-13")).await;
    assert_eq!((first.offers, first.notices, first.holds, first.failed), (1, 1, 1, 0));
    let (read, of) = (bed.engine.read(&bed.who), bed.tenant());
    let offer = list_offers(&read, &OfferFilter::default(), &all()).await.unwrap().data.remove(0);
    assert_eq!((offer.discount.to_string().as_str(), offer.pay_by, offer.state.as_str()), ("CNY 20.00", day("2025-01-18"), "open"));
    let ground = bed.engine.ground(of).await.unwrap();
    let notice = crate::notice::list_notices(&read, &ground, &Default::default(), &all(), chrono::DateTime::UNIX_EPOCH)
        .await
        .unwrap()
        .data
        .remove(0);
    assert_eq!((notice.subject.as_str(), notice.body.as_str()), ("2 % off", "Pay I1 by 2025-01-18"));
    assert_eq!((notice.offer_id, notice.answer_by), (Some(offer.id), offer.pay_by));
    let account = crate::account::account(&read, notice.account_id).await.unwrap();
    assert_eq!(account.tags, ["helper:asked"]);
    let placed = hold::find(of).all(read.db()).await.unwrap();
    assert_eq!((placed.len(), placed[0].source.as_str(), placed[0].state.as_str()), (1, "helper@1:1", "active"));
    assert_eq!(hold_item::find(of).all(read.db()).await.unwrap().len(), 1);
    let decisions = decision::find(of).all(read.db()).await.unwrap();
    assert_eq!((decisions.len(), decisions[0].record.0.calls.len()), (1, 3), "before_due, daily_account and offer_check");
    bed.run(day("2025-01-17")).await;
    assert_eq!(hold::find(of).all(read.db()).await.unwrap()[0].state, "expired");
    bed.run(day("2025-01-19")).await;
    assert_eq!(list_offers(&read, &OfferFilter::default(), &all()).await.unwrap().data[0].state, "expired");
    assert_eq!(bed.run(day("2025-01-20")).await.offers, 0, "a lead is asked once");
}

#[expect(clippy::wildcard_enum_match_arm, reason = "it answers a few questions and is silent on the others")]
fn walk(question: &Question) -> Vec<EffectKind> {
    let About::Step { step } = &question.about else {
        return match &question.about {
            About::LegalPacket { .. } => vec![
                EffectKind::Include { document: "invoice".into(), references: vec!["I1".into()] },
                EffectKind::Missing { document: "contract".into() },
            ],
            _ => vec![],
        };
    };
    match (step.at.as_str(), step.approval.as_str()) {
        ("begun", _) => vec![
            EffectKind::RequestApproval { role: "credit_manager".into() },
            EffectKind::StepTo { state: "asked".into(), wake_on: add_days(question.facts.today(), 10) },
        ],
        (_, "granted") => {
            vec![EffectKind::Handoff { to: "legal".into(), documents: vec!["invoice".into(), "contract".into()] }, EffectKind::StepDone]
        }
        (_, "refused") => vec![EffectKind::StepDone],
        _ => vec![EffectKind::StepWait { wake_on: add_days(question.facts.today(), 2) }],
    }
}

/// The same, and nothing is offered above 1 %.
fn capped(question: &Question) -> Vec<EffectKind> {
    if let About::OfferCheck { .. } = &question.about {
        return vec![EffectKind::CapRate { rate: "0.01".parse().unwrap() }];
    }
    offers_and_holds(question)
}

/// The same, and nothing is offered at all.
fn forbidden(question: &Question) -> Vec<EffectKind> {
    if let About::OfferCheck { .. } = &question.about {
        return vec![EffectKind::Note { text: "no".into() }];
    }
    offers_and_holds(question)
}

#[tokio::test]
async fn an_offer_is_asked_about_before_it_is_made_and_its_letter_goes_with_it() {
    let bed_ = bed(capped).await;
    let first = bed_.run(day("2025-01-13")).await;
    assert_eq!((first.offers, first.notices), (1, 1));
    let read = bed_.engine.read(&bed_.who);
    let offer = list_offers(&read, &OfferFilter::default(), &all()).await.unwrap().data.remove(0);
    assert_eq!((offer.rate.to_string().as_str(), offer.discount.to_string().as_str()), ("0.01", "CNY 10.00"));
    let bed_ = bed(forbidden).await;
    let first = bed_.run(day("2025-01-13")).await;
    assert_eq!((first.offers, first.notices, first.holds), (0, 0, 1), "the rest of what was proposed stands");
    let kept = decision::find(bed_.tenant()).all(bed_.engine.read(&bed_.who).db()).await.unwrap();
    assert!(kept[0].record.0.reasons.iter().any(|reason| reason.code == "NO"), "{:?}", kept[0].record.0.reasons);
}

/// Walks to the court, and is held back there until the middle of the month.
fn held_back(question: &Question) -> Vec<EffectKind> {
    if let About::LegalCheck { .. } = &question.about {
        return if question.facts.today() < day("2025-02-15") { vec![EffectKind::Note { text: "no".into() }] } else { vec![] };
    }
    walk(question)
}

#[tokio::test]
async fn a_handoff_that_somebody_is_against_does_not_happen_and_is_asked_about_again() {
    let bed = bed(held_back).await;
    let document = serde_json::json!({ "steps": [{"key": "handoff", "kind": "item", "offset_days": 10, "type": "helper.walk"}] });
    let new = PolicyIn { name: Some("legal".into()), preset: None, document: Some(serde_json::from_value(document).unwrap()) };
    let policy = bed.engine.execute(&bed.who, CreatePolicy { new }).await.unwrap().done;
    bed.engine.activate_policy(&bed.who, policy.id).await.unwrap();
    bed.run(day("2025-02-10")).await;
    let approval = list_approvals(&bed.engine, &bed.who, &ApprovalFilter::default(), &all()).await.unwrap().data.remove(0);
    let decide = DecideApproval { approval: approval.id, account: approval.account_id, is_granted: true, comment: None };
    bed.engine.execute(&Caller { actor: "cli_manager".into(), ..bed.who.clone() }, decide).await.unwrap();
    assert_eq!(bed.engine.review_due(&bed.who, 10).await.unwrap().handoffs, 0, "the plugin is against it");
    let case = bed.engine.list_cases(&bed.who, &CaseFilter::default(), &all()).await.unwrap().data.remove(0);
    assert_eq!(case.state, "active", "the case stays where it was");
    let handoffs: i64 = {
        let mut sum = 0;
        for on in ["2025-02-11", "2025-02-12", "2025-02-13", "2025-02-14"] {
            sum += bed.run(day(on)).await.handoffs;
        }
        sum
    };
    assert_eq!(handoffs, 0);
    assert_eq!(bed.run(day("2025-02-15")).await.handoffs, 1, "asked again, it is let go");
}

#[tokio::test]
async fn a_custom_step_asks_a_second_person_and_hands_the_case_over_with_its_evidence() {
    let bed = bed(walk).await;
    let document = serde_json::json!({ "steps": [{"key": "handoff", "kind": "item", "offset_days": 10, "type": "helper.walk"}] });
    let new = PolicyIn { name: Some("legal".into()), preset: None, document: Some(serde_json::from_value(document).unwrap()) };
    let policy = bed.engine.execute(&bed.who, CreatePolicy { new }).await.unwrap().done;
    bed.engine.activate_policy(&bed.who, policy.id).await.unwrap();
    bed.run(day("2025-02-10")).await;
    let read = bed.engine.read(&bed.who);
    let approval = list_approvals(&bed.engine, &bed.who, &ApprovalFilter::default(), &all()).await.unwrap().data.remove(0);
    assert_eq!((approval.state.as_str(), approval.role.as_str(), approval.kind.as_str()), ("pending", "credit_manager", "step"));
    assert_eq!(bed.run(day("2025-02-11")).await.handoffs, 0, "nobody has said yes");
    let yes = |who: &str| {
        let decide = DecideApproval { approval: approval.id, account: approval.account_id, is_granted: true, comment: None };
        let who = Caller { actor: who.into(), ..bed.who.clone() };
        let engine = bed.engine.clone();
        async move { engine.execute(&who, decide).await }
    };
    let refused: Result<_> = yes(&approval.asked_by).await;
    assert_eq!(refused.unwrap_err().code(), Code::SecondPersonRequired);
    assert_eq!(yes("cli_manager").await.unwrap().done.state, "approved");
    assert_eq!(yes("cli_manager").await.unwrap_err().code(), Code::IllegalState);
    assert_eq!(bed.engine.review_due(&bed.who, 10).await.unwrap().handoffs, 1);
    let handoff = list_handoffs(&read, &HandoffFilter::default(), &all()).await.unwrap().data.remove(0);
    assert_eq!((handoff.state.as_str(), handoff.amount.to_string().as_str()), ("open", "CNY 1,000.00"));
    assert_eq!(handoff.packet["missing"], serde_json::json!(["contract"]));
    assert_eq!(handoff.packet["documents"]["invoice"], serde_json::json!(["I1"]));
    assert_eq!(handoff.packet["claims"][0]["invoice_external_id"], "I1");
    let case = bed.engine.list_cases(&bed.who, &CaseFilter::default(), &all()).await.unwrap().data.remove(0);
    assert_eq!(case.state, "handed_off");
    let later = bed.run(day("2025-04-01")).await;
    assert_eq!((later.notices, later.tasks, later.handoffs), (0, 0, 0), "it is not ours to drive any more");
}

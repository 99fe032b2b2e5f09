//! The letter that tells a customer that supply is stopped, and on what (Civil Code of the PRC, art. 528: at once). It names the law, the
//! ground and the way back; the words of whoever stopped it stay in the house (G-TRUTH).

use crate::hold::basis::{BasisKind, SupplyLevel};
use crate::hold::rows::{StopLaw, StopScope, supply_stop};
use crate::policy::letters::Letter;
use crate::words::text::Bilingual;

/// The template of the letter, and the step it is told as.
pub const SUPPLY_STOP_LETTER: &str = "supply_stop";

/// Its texts, still with their names.
pub(super) fn letter() -> Letter {
    Letter {
        subject: Bilingual::new("{{ entity }}: notice that supply is stopped", "{{ entity }}：中止供货通知"),
        body: Bilingual::new(
            "To {{ account }}\n\nBy {{ basis }} we stop {{ scope }} from today on.\n\n{{ ground }}\n\nSupply goes on as soon as {{ way_back }}; \
             we ask for it by {{ answer_by }}. All our rights are reserved.\n\n{{ entity }}",
            "致 {{ account }}：\n\n依据{{ basis }}，我方自即日起中止{{ scope }}。\n\n{{ ground }}\n\n{{ way_back }}后，我方即恢复供货；\
             请于 {{ answer_by }} 前办理。我方保留全部权利。\n\n{{ entity }}",
        ),
    }
}

/// What the letter names of the stop. `amount` is what is overdue, where that is the ground.
pub(super) fn value(stop: &supply_stop::Model, name: &str, amount: &str, language: &str) -> Option<String> {
    let (law, scope) = (&stop.law.0, &stop.scope.0);
    let text = match name {
        "basis" => law.article.clone(),
        "scope" => what(stop.level, scope, stop.order_id.is_some()),
        "ground" => ground(law, amount),
        "way_back" => way_back(law.kind, amount),
        _ => return None,
    };
    Some(text.in_language(language).to_owned())
}

fn what(level: SupplyLevel, scope: &StopScope, is_of_order: bool) -> Bilingual {
    let names: Vec<&str> = scope.items.iter().chain(&scope.groups).map(String::as_str).collect();
    match (level, is_of_order, names.is_empty()) {
        (SupplyLevel::All, false, _) => Bilingual::new("all supply", "全部供货"),
        (SupplyLevel::All, true, _) => Bilingual::new("supply under the order concerned", "所涉订单的供货"),
        (SupplyLevel::KeyItems, _, true) => Bilingual::new("supply of key items", "重点货品的供货"),
        (SupplyLevel::KeyItems, _, false) => {
            Bilingual::new(format!("supply of these items: {}", names.join(", ")), format!("下列货品的供货：{}", names.join("、")))
        }
    }
}

fn ground(law: &StopLaw, amount: &str) -> Bilingual {
    match (law.kind, &law.ground, &law.clause) {
        (BasisKind::OrderOfPerformance, _, _) => Bilingual::new(
            format!("You were to perform first: {amount} is overdue."),
            format!("贵方应当先履行而未履行：逾期款项 {amount}。"),
        ),
        (BasisKind::Insecurity, Some(ground), _) => {
            Bilingual::new(format!("We have evidence about your company: {}.", ground.en), format!("我方有证据证明贵方{}。", ground.zh))
        }
        (_, _, Some(clause)) => Bilingual::new(format!("The clause is {clause}."), format!("所依条款：{clause}。")),
        (BasisKind::Insecurity | BasisKind::Clause, _, None) => Bilingual::same(""),
    }
}

fn way_back(kind: BasisKind, amount: &str) -> Bilingual {
    match kind {
        BasisKind::OrderOfPerformance => Bilingual::new(format!("{amount} is paid"), format!("贵方付清 {amount}")),
        BasisKind::Insecurity => {
            Bilingual::new("you give security or show that you are able to perform", "贵方提供适当担保或证明已恢复履行能力")
        }
        BasisKind::Clause => Bilingual::new("what the clause asks for is done", "贵方履行该条款要求"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::letters::names;

    #[test]
    fn or_07_the_notice_names_in_both_languages_what_the_engine_fills_in() {
        let letter = letter();
        let known = ["account", "entity", "answer_by", "basis", "scope", "ground", "way_back"];
        let sorted = |text: &str| {
            let mut all: Vec<String> = names(text).map(str::to_owned).collect();
            all.sort();
            all
        };
        assert!(names(&letter.body.en).chain(names(&letter.subject.en)).all(|name| known.contains(&name)));
        assert_eq!(sorted(&letter.body.en), sorted(&letter.body.zh));
    }
}

//! The letter that puts three proposals to a customer. It names them A, B and C and never says what they are for us; it says until when
//! they stand, and promises nothing that is not agreed yet (G-TRUTH).

use super::view::{OfferOptionView, OfferSetView};
use crate::contract::paper::{DueBasis, PaymentTerms, SettlementCycle, Tail};
use crate::policy::letters::{Letter, fill};
use crate::words::contract::ReleaseMode;
use crate::words::text::Bilingual;
use rust_decimal::Decimal;

/// Its texts, still with their names.
fn letter() -> Letter {
    Letter {
        subject: Bilingual::new(
            "{{ entity }}: three proposals, open until {{ valid_to }}",
            "{{ entity }}：三项方案，有效期至 {{ valid_to }}",
        ),
        body: Bilingual::new(
            "Dear {{ account }},\n\n{{ about }} you may choose one of these:\n\n{{ options }}\n\nPlease tell us by {{ valid_to }} which one you \
             choose, A, B or C. It is agreed once we have confirmed your choice; until then everything stays as it is, and all our rights are \
             reserved. After {{ valid_to }} none of them can be chosen.\n\n{{ entity }}",
            "{{ account }}：\n\n您好！{{ about }}，贵方可从下列方案中选择一项：\n\n{{ options }}\n\n请于 {{ valid_to }} 前（含当日）告知贵方选择 A、B 或 C。\
             经我方确认后即为达成一致；在此之前一切维持现状，我方保留全部权利。逾期未选择的，上述方案失效（截止 {{ valid_to }}）。\n\n{{ entity }}",
        ),
    }
}

/// Everything the letter may name.
pub(super) struct Told<'a> {
    pub(super) set: &'a OfferSetView,
    pub(super) account: &'a str,
    pub(super) entity: &'a str,
}

impl Told<'_> {
    /// The letter in both languages, its subject on the first line.
    pub(super) fn letter(&self) -> Bilingual {
        let Letter { subject, body } = letter();
        let in_language = |language: &str| {
            let text = format!("{}\n\n{}", subject.in_language(language), body.in_language(language));
            fill(&text, |name| self.value(name, language))
        };
        Bilingual::new(in_language("en"), in_language("zh-CN"))
    }

    fn value(&self, name: &str, language: &str) -> Option<String> {
        match name {
            "account" => Some(self.account.to_owned()),
            "entity" => Some(self.entity.to_owned()),
            "valid_to" => Some(self.set.valid_to.to_string()),
            "about" => Some(self.about().in_language(language).to_owned()),
            "options" => {
                let options: Vec<String> = self.set.options.iter().map(|option| told(option).in_language(language).to_owned()).collect();
                Some(options.join("\n\n"))
            }
            _ => None,
        }
    }

    /// What it is about: a contract, or invoices with what was open on them that day.
    fn about(&self) -> Bilingual {
        let set = self.set;
        match (&set.contract_external_id, set.open) {
            (Some(contract), _) => {
                Bilingual::new(format!("For the terms of payment of contract {contract}"), format!("关于合同 {contract} 的付款条件"))
            }
            (None, open) => {
                let numbers: Vec<&str> = set.invoices.iter().map(|invoice| invoice.external_id.as_str()).collect();
                let open = open.map_or_else(String::new, |open| open.to_string());
                Bilingual::new(
                    format!("For invoices {}, on which {open} was open on {},", numbers.join(", "), set.made_on),
                    format!("关于发票 {}（截至 {} 未付 {open}）", numbers.join("、"), set.made_on),
                )
            }
        }
    }
}

/// One proposal, from its letter to what was written beside it.
fn told(option: &OfferOptionView) -> Bilingual {
    let said = if option.pay.is_empty() { of_terms(option) } else { of_settlement(option) };
    let (mut en, mut zh) = (format!("{}. {}", option.label, said.en), format!("{}. {}", option.label, said.zh));
    if let Some(text) = &option.text {
        en = format!("{en}\n   {}", text.en);
        zh = format!("{zh}\n   {}", text.zh);
    }
    Bilingual::new(en, zh)
}

/// Days and amounts, and what is left once they have been kept.
fn of_settlement(option: &OfferOptionView) -> Bilingual {
    let total = option.total.map_or_else(String::new, |total| total.to_string());
    let mut en = vec![format!("You pay {total} in all:")];
    let mut zh = vec![format!("贵方共支付 {total}：")];
    for line in &option.pay {
        en.push(format!("   - by {}: {}", line.on, line.amount));
        zh.push(format!("   - {} 前（含当日）：{}", line.on, line.amount));
    }
    if let Some(rest) = option.concession.filter(|rest| rest.is_positive()) {
        en.push(format!("   Once each of these has come in time, the remaining {rest} is waived."));
        zh.push(format!("   上述各笔款项均按期到账后，余款 {rest} 予以免除。"));
    }
    Bilingual::new(en.join("\n"), zh.join("\n"))
}

/// What would change of the contract.
fn of_terms(option: &OfferOptionView) -> Bilingual {
    let mut parts: Vec<Bilingual> = option.terms.iter().flat_map(payment_terms).collect();
    parts.extend(option.mode.map(release_mode));
    parts.extend(option.tail.and_then(tail));
    parts.extend(option.lag.map(|lag| {
        Bilingual::new(format!("deliveries are {lag} batches ahead of their money at most"), format!("发货最多先于付款 {lag} 批"))
    }));
    parts.extend(
        option.settlement_day.map(|day| Bilingual::new(format!("settlement on day {day} of the month"), format!("每月 {day} 日结算"))),
    );
    let en: Vec<&str> = parts.iter().map(|part| part.en.as_str()).collect();
    let zh: Vec<&str> = parts.iter().map(|part| part.zh.as_str()).collect();
    Bilingual::new(format!("{}.", en.join("; ")), format!("{}。", zh.join("；")))
}

fn payment_terms(terms: &PaymentTerms) -> Vec<Bilingual> {
    let days = terms.due_days.map(|days| match terms.due_basis {
        None => Bilingual::new(format!("{days} days to pay"), format!("账期 {days} 天")),
        Some(basis) => {
            let from = counted_from(basis);
            Bilingual::new(format!("{days} days to pay from {}", from.en), format!("自{}起账期 {days} 天", from.zh))
        }
    });
    let grace = terms.grace_days.map(|days| Bilingual::new(format!("{days} days of grace"), format!("宽限 {days} 天")));
    let method = terms.method.as_ref().map(|way| Bilingual::new(format!("paid by {way}"), format!("付款方式：{way}")));
    [days, terms.cycle.map(settled), method, grace].into_iter().flatten().collect()
}

fn counted_from(basis: DueBasis) -> Bilingual {
    match basis {
        DueBasis::Invoice => Bilingual::new("the date of the invoice", "发票日"),
        DueBasis::Delivery => Bilingual::new("the delivery", "交货日"),
        DueBasis::DocumentReceived => Bilingual::new("the receipt of the papers", "单据签收日"),
        DueBasis::Acceptance => Bilingual::new("the signed acceptance", "验收签字日"),
    }
}

fn settled(cycle: SettlementCycle) -> Bilingual {
    match cycle {
        SettlementCycle::PerOrder => Bilingual::new("settled order by order", "按订单结算"),
        SettlementCycle::PerDelivery => Bilingual::new("settled delivery by delivery", "按次交货结算"),
        SettlementCycle::PerBatch => Bilingual::new("settled batch by batch", "按批结算"),
        SettlementCycle::Monthly => Bilingual::new("settled once a month", "按月结算"),
        SettlementCycle::Milestone => Bilingual::new("settled as milestones are reached", "按节点结算"),
    }
}

fn release_mode(mode: ReleaseMode) -> Bilingual {
    match mode {
        ReleaseMode::Prepay => Bilingual::new("payment before goods", "先款后货"),
        ReleaseMode::ProRata => Bilingual::new("goods as far as money has come", "同款同货"),
        ReleaseMode::TailHold => Bilingual::new("the last goods with the last money", "尾款尾货"),
        ReleaseMode::OpenAccount => Bilingual::new("goods on open account", "先货后款"),
        ReleaseMode::BatchLag => Bilingual::new("each batch once an earlier one is paid", "压批付款"),
        ReleaseMode::PerDelivery => Bilingual::new("each delivery once the one before is paid", "货到付款"),
        ReleaseMode::MonthlySettlement => Bilingual::new("goods against monthly settlement", "月结"),
    }
}

fn tail(tail: Tail) -> Option<Bilingual> {
    let much = match tail {
        Tail { amount: Some(amount), .. } => amount.to_string(),
        Tail { amount: None, share_bps: Some(bps) } => format!("{} %", Decimal::new(bps, 2).normalize()),
        Tail { amount: None, share_bps: None } => return None,
    };
    Some(Bilingual::new(format!("a last payment of {much}"), format!("尾款 {much}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::letters::names;

    #[test]
    fn ct_10_the_letter_names_in_both_languages_what_the_engine_fills_in() {
        let Letter { subject, body } = letter();
        let sorted = |text: &str| {
            let mut all: Vec<String> = names(text).map(str::to_owned).collect();
            all.sort();
            all.dedup();
            all
        };
        assert_eq!(sorted(&body.en), ["about", "account", "entity", "options", "valid_to"]);
        assert_eq!((sorted(&body.en), sorted(&subject.en)), (sorted(&body.zh), sorted(&subject.zh)));
    }

    #[test]
    fn ct_10_every_member_of_terms_is_told_in_both_languages() {
        let share = Tail { amount: None, share_bps: Some(1_250) };
        assert_eq!(tail(share).map(|text| text.en).as_deref(), Some("a last payment of 12.5 %"));
        let whole = PaymentTerms {
            cycle: Some(SettlementCycle::Monthly),
            method: Some("transfer".into()),
            due_basis: Some(DueBasis::Acceptance),
            due_days: Some(45),
            grace_days: Some(5),
        };
        let told = payment_terms(&whole);
        let en: Vec<&str> = told.iter().map(|part| part.en.as_str()).collect();
        let zh: Vec<&str> = told.iter().map(|part| part.zh.as_str()).collect();
        assert_eq!(en.join("; "), "45 days to pay from the signed acceptance; settled once a month; paid by transfer; 5 days of grace");
        assert_eq!(zh.join("；"), "自验收签字日起账期 45 天；按月结算；付款方式：transfer；宽限 5 天");
    }
}

//! The letters that are shipped, in both languages. What they say about money and days is filled in by the engine.

use crate::words::text::Bilingual;

/// A letter's two texts, still with their `{{ names }}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The subject line.
    pub subject: Bilingual,
    /// The text.
    pub body: Bilingual,
}

/// What a letter may name: account, amount with currency, the list of items, what they stand on (in a formal letter), days past due of the
/// oldest, our legal entity, and the day the engine acts again.
pub const NAMES: [&str; 7] = ["account", "amount", "items", "grounds", "days", "entity", "answer_by"];

/// Key, subject and text in English, subject and text in Chinese.
type Shipped = (&'static str, [&'static str; 2], [&'static str; 2]);

const LETTERS: [Shipped; 7] = [
    (
        "pre_due",
        [
            "{{ entity }}: {{ amount }} will soon be due",
            "Dear {{ account }},\n\nthe following will shortly be due:\n\n{{ items }}\n\nTogether {{ amount }}. If something is missing for your \
             payment, a document or an approval, tell us today and we will send it. If the transfer is already on its way, thank you.\n\n\
             {{ entity }}",
        ],
        [
            "{{ entity }}：{{ amount }} 即将到期",
            "{{ account }}：\n\n您好！下列款项即将到期：\n\n{{ items }}\n\n合计 {{ amount }}。如付款还缺少单据或审批材料，请今天告知，我们马上补齐；\
             如已安排付款，谢谢。\n\n{{ entity }}",
        ],
    ),
    (
        "due_today",
        [
            "{{ entity }}: {{ amount }} is due",
            "Dear {{ account }},\n\nthe following is due now:\n\n{{ items }}\n\nTogether {{ amount }}. Please arrange the transfer, or tell us \
             the day on which it will leave your bank.\n\n{{ entity }}",
        ],
        [
            "{{ entity }}：{{ amount }} 已到付款日",
            "{{ account }}：\n\n您好！下列款项已到付款日：\n\n{{ items }}\n\n合计 {{ amount }}。请安排付款，或告知汇出日期。\n\n{{ entity }}",
        ],
    ),
    (
        "reminder",
        [
            "{{ entity }}: {{ amount }} is past due",
            "Dear {{ account }},\n\nby our books these items are past due, the oldest by {{ days }} days:\n\n{{ items }}\n\nTogether {{ amount }}. \
             Perhaps they were overlooked. Please pay, or let us know by {{ answer_by }} when we may expect the money.\n\n{{ entity }}",
        ],
        [
            "{{ entity }}：{{ amount }} 已逾期",
            "{{ account }}：\n\n您好！按我方账目，下列款项已逾期，最长 {{ days }} 天：\n\n{{ items }}\n\n合计 {{ amount }}。或许是一时疏漏，\
             请尽快付款，或于 {{ answer_by }} 前告知付款日期。\n\n{{ entity }}",
        ],
    ),
    (
        "second_reminder",
        [
            "{{ entity }}: second reminder, {{ amount }}",
            "Dear {{ account }},\n\nwe have had no answer about these items, the oldest now {{ days }} days past due:\n\n{{ items }}\n\n\
             Together {{ amount }}. If a delivery, a price or a document stands in the way, name it, and we will settle it. Otherwise please pay \
             by {{ answer_by }}.\n\n{{ entity }}",
        ],
        [
            "{{ entity }}：第二次提醒，{{ amount }}",
            "{{ account }}：\n\n您好！下列款项尚未收到答复，最长已逾期 {{ days }} 天：\n\n{{ items }}\n\n合计 {{ amount }}。\
             如对交货、价格或单据有疑问，请具体说明，我们负责解决；如无疑问，请于 {{ answer_by }} 前付清。\n\n{{ entity }}",
        ],
    ),
    (
        "written",
        [
            "{{ entity }}: overdue items, {{ amount }}",
            "Dear {{ account }},\n\nthese items are overdue, the oldest by {{ days }} days:\n\n{{ items }}\n\nTogether {{ amount }}. Please send \
             the money, or a date for each item, by {{ answer_by }}.\n\n{{ entity }}",
        ],
        [
            "{{ entity }}：逾期款项 {{ amount }}",
            "{{ account }}：\n\n您好！下列款项已逾期，最长 {{ days }} 天：\n\n{{ items }}\n\n合计 {{ amount }}。请于 {{ answer_by }} 前付款，\
             或逐笔告知付款日期。\n\n{{ entity }}",
        ],
    ),
    (
        "demand",
        [
            "{{ entity }}: demand for payment of {{ amount }}",
            "To {{ account }}\n\nThe following claims are due and unpaid, the oldest for {{ days }} days:\n\n{{ items }}\n\nThey rest on:\n\n\
             {{ grounds }}\n\nWe demand payment of {{ amount }} by {{ answer_by }}. All our rights, also to interest for late payment, \
             are reserved.\n\n{{ entity }}",
        ],
        [
            "{{ entity }}：催款函，{{ amount }}",
            "致 {{ account }}：\n\n下列款项已到期而未支付，最长逾期 {{ days }} 天：\n\n{{ items }}\n\n上述款项的依据：\n\n{{ grounds }}\n\n\
             现要求贵方于 {{ answer_by }} 前支付 {{ amount }}。我方保留包括逾期利息在内的全部权利。\n\n{{ entity }}",
        ],
    ),
    (
        "final_notice",
        [
            "{{ entity }}: final notice, {{ amount }}",
            "To {{ account }}\n\nOur earlier letters about these claims were not followed by payment; the oldest is {{ days }} days overdue:\n\n\
             {{ items }}\n\nThey rest on:\n\n{{ grounds }}\n\nThis is our last letter before we decide on further steps. \
             Please pay {{ amount }} by {{ answer_by }}. All our rights are reserved.\n\n{{ entity }}",
        ],
        [
            "{{ entity }}：最后通知，{{ amount }}",
            "致 {{ account }}：\n\n就下列款项我方已多次致函而未获付款，最长逾期 {{ days }} 天：\n\n{{ items }}\n\n上述款项的依据：\n\n{{ grounds }}\n\n\
             本函为我方决定下一步措施前的最后通知。请于 {{ answer_by }} 前付清 {{ amount }}。我方保留全部权利。\n\n{{ entity }}",
        ],
    ),
];

/// The shipped letter with this key.
pub fn letter(key: &str) -> Option<Letter> {
    let (_, en, zh) = LETTERS.iter().find(|(known, _, _)| *known == key)?;
    Some(Letter { subject: Bilingual::new(en[0], zh[0]), body: Bilingual::new(en[1], zh[1]) })
}

/// The keys of all shipped letters.
pub fn keys() -> impl Iterator<Item = &'static str> {
    LETTERS.iter().map(|(key, _, _)| *key)
}

/// The names a text asks for, in order, as often as they occur.
pub fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split("{{").skip(1).filter_map(|rest| rest.split_once("}}").map(|(name, _)| name.trim()))
}

/// Fills every `{{ name }}` of a text; a name that has no value stays as it stands, so that it is seen.
pub fn fill(text: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut filled = String::with_capacity(text.len() * 2);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        filled.push_str(before);
        match after.split_once("}}") {
            Some((name, tail)) => {
                let known = value(name.trim());
                filled.push_str(&known.unwrap_or_else(|| format!("{{{{{name}}}}}")));
                rest = tail;
            }
            None => {
                filled.push_str("{{");
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shipped_letters_name_only_what_the_engine_fills_in() {
        for key in keys() {
            let letter = letter(key).unwrap();
            for text in [&letter.subject.en, &letter.subject.zh, &letter.body.en, &letter.body.zh] {
                assert!(names(text).all(|name| NAMES.contains(&name)), "{key}: {text}");
            }
            let (en, zh): (Vec<_>, Vec<_>) = (names(&letter.body.en).collect(), names(&letter.body.zh).collect());
            let sorted = |mut list: Vec<String>| {
                list.sort();
                list
            };
            let owned = |list: Vec<&str>| sorted(list.into_iter().map(str::to_owned).collect());
            assert_eq!(owned(en), owned(zh), "{key} says the same in both languages");
        }
    }

    #[test]
    fn names_are_filled_and_unknown_ones_stay_visible() {
        let value = |name: &str| (name == "amount").then(|| "CNY 5.00".to_owned());
        assert_eq!(fill("Pay {{amount}} or {{ amount }}, {{ who }}. {{ open", value), "Pay CNY 5.00 or CNY 5.00, {{ who }}. {{ open");
    }
}

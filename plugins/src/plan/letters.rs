//! Words that a plugin adds to a letter. What a letter says about money and days is the engine's (`G-TRUTH`): a script adds links, names and
//! ways to pay, and nothing the engine would have to keep.

use recoup_engine::words::money::Currency;
use std::collections::BTreeMap;

/// Most words of one call.
const WORDS_MAX: usize = 20;
/// Longest of them, in characters.
const CHARS_MAX: usize = 300;
/// Signs people write before or after an amount.
const SIGNS: [char; 6] = ['¥', '￥', '$', '€', '£', '元'];

/// Names, sizes, and nothing that looks like money or a day.
pub(crate) fn variables(words: &BTreeMap<String, String>) -> Result<(), String> {
    if words.len() > WORDS_MAX {
        return Err(format!("a letter takes at most {WORDS_MAX} variables of a plugin"));
    }
    for (name, text) in words {
        if !crate::manifest::is_name(name, 1) {
            return Err(format!("{name:?} cannot be a variable: small letters, digits and _"));
        }
        let has_odd = text.chars().any(|c| (c.is_control() && c != '\n') || c == '{' || c == '}');
        if text.trim().is_empty() || text.chars().count() > CHARS_MAX || has_odd {
            return Err(format!("variable {name}: 1 to {CHARS_MAX} characters, none of them a control character or a brace"));
        }
        if names_money(text) {
            return Err(format!("variable {name} names an amount: what a letter says about money is the engine's"));
        }
        if names_day(text) {
            return Err(format!("variable {name} names a day: what a letter says about days is the engine's"));
        }
    }
    Ok(())
}

/// A sign beside a digit, or the code of a currency beside a number.
fn names_money(text: &str) -> bool {
    let chars: Vec<char> = text.chars().filter(|c| *c != ' ').collect();
    let signed = chars
        .windows(2)
        .any(|two| (SIGNS.contains(&two[0]) && two[1].is_ascii_digit()) || (SIGNS.contains(&two[1]) && two[0].is_ascii_digit()));
    let words: Vec<&str> = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '.').filter(|word| !word.is_empty()).collect();
    let is_number = |word: &str| word.starts_with(|c: char| c.is_ascii_digit());
    let is_code = |word: &str| word.parse::<Currency>().is_ok();
    signed || words.windows(2).any(|two| (is_code(two[0]) && is_number(two[1])) || (is_number(two[0]) && is_code(two[1])))
}

/// A date as `2026-12-31`, or as people write one in Chinese.
fn names_day(text: &str) -> bool {
    let digits = |c: Option<&char>| c.is_some_and(char::is_ascii_digit);
    let chars: Vec<char> = text.chars().collect();
    let is_iso = chars.windows(10).any(|ten| {
        ten.iter().enumerate().all(|(at, c)| if at == 4 || at == 7 { matches!(c, '-' | '/' | '.') } else { c.is_ascii_digit() })
    });
    let is_chinese = chars.iter().enumerate().any(|(at, c)| matches!(c, '月' | '日') && at > 0 && digits(chars.get(at - 1)));
    is_iso || is_chinese
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_names_pass_and_money_and_days_do_not() {
        for (text, expected) in [
            ("https://pay.example/a/2026?b=1", "fine"),
            ("Ms Li, +86 21 5555 0123", "fine"),
            ("请联系李经理，电话 021-55550123", "fine"),
            ("Pay CNY 900.00 less", "an amount"),
            ("900 USD off", "an amount"),
            ("优惠 ¥900", "an amount"),
            ("便宜900元", "an amount"),
            ("until 2026-12-31", "a day"),
            ("12月31日前", "a day"),
            ("{{ amount }}", "brace"),
            ("", "1 to"),
        ] {
            let words = BTreeMap::from([("helper".to_owned(), text.to_owned())]);
            let said = variables(&words).map_or_else(|why| why, |()| "fine".to_owned());
            assert!(said.contains(expected), "{text}: {said}");
        }
        assert!(variables(&BTreeMap::from([("A B".to_owned(), "x".to_owned())])).is_err());
    }
}

//! Closed lists of words, written as text in the database and on the wire; sentences in both languages; and what text from outside has to be.

use super::code::Code;
use super::error::{Error, Fault, Result};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An enumeration whose values are plain words: `words! { /// doc  pub enum State { Active = "active" } }`.
#[macro_export]
macro_rules! words {
    ($(#[$doc:meta])* pub enum $name:ident { $($(#[$value_doc:meta])* $value:ident = $text:tt),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        pub enum $name { $($(#[$value_doc])* #[serde(rename = $text)] #[schema(rename = $text)] $value),* }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [$name] = &[$($name::$value),*];

            /// The word on the wire and in the database.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$value => $text),* }
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
        impl std::str::FromStr for $name {
            type Err = $crate::words::error::Error;
            fn from_str(text: &str) -> $crate::words::error::Result<Self> {
                Self::ALL.iter().copied().find(|word| word.as_str() == text).ok_or_else(|| {
                    let known: Vec<_> = Self::ALL.iter().map(|word| word.as_str()).collect();
                    $crate::words::error::Error::new(
                        $crate::words::code::Code::ValidationFailed,
                        format!("{text:?} is not one of {}", known.join(", ")),
                    )
                })
            }
        }
    };
}

/// A sentence in both languages of the product.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Bilingual {
    /// English.
    pub en: String,
    /// 简体中文.
    #[serde(rename = "zh-CN")]
    pub zh: String,
}

impl Bilingual {
    /// One sentence, said twice.
    pub fn new(en: impl Into<String>, zh: impl Into<String>) -> Self {
        Self { en: en.into(), zh: zh.into() }
    }

    /// A text shown as it is in either language.
    pub fn same(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { en: text.clone(), zh: text }
    }

    /// The sentence in the reader's language; anything but `zh…` reads English.
    pub fn in_language(&self, language: &str) -> &str {
        if language.to_ascii_lowercase().starts_with("zh") { &self.zh } else { &self.en }
    }
}

/// A name, a number or a reference: 1 to so many characters on one line, none of them a control character, and not only blanks.
pub fn is_line(text: &str, most: usize) -> bool {
    is_prose(text, most) && !text.contains(char::is_control)
}

/// What people write: 1 to so many characters, none of them a control character but tab and line feed, and not only blanks.
pub fn is_prose(text: &str, most: usize) -> bool {
    let is_plain = |c: char| !c.is_control() || c == '\n' || c == '\t';
    text.chars().count() <= most && text.chars().all(is_plain) && !text.trim().is_empty()
}

/// What is wrong with a text that has to be a line; nothing where it is one.
pub fn line_fault(pointer: &str, text: &str, most: usize) -> Option<Fault> {
    let detail = || format!("1 to {most} characters, none of them a control character");
    (!is_line(text, most)).then(|| Fault { pointer: pointer.to_owned(), code: Code::ValidationFailed, detail: detail() })
}

/// What is wrong with a text that has to be prose; nothing where it is.
pub fn prose_fault(pointer: &str, text: &str, most: usize) -> Option<Fault> {
    let detail = || format!("1 to {most} characters, none of them a control character but tab and line feed");
    (!is_prose(text, most)).then(|| Fault { pointer: pointer.to_owned(), code: Code::ValidationFailed, detail: detail() })
}

/// Refuses a text that has to be a line and is none, with `validation_failed`.
pub fn check_line(pointer: &str, text: &str, most: usize) -> Result<()> {
    line_fault(pointer, text, most).map_or(Ok(()), |fault| Err(Error::all(vec![fault])))
}

/// Refuses a reason, which people will read later, that has not 1 to 500 characters.
pub fn check_reason(reason: &str) -> Result<()> {
    if is_prose(reason, 500) {
        return Ok(());
    }
    Err(Error::new(Code::ValidationFailed, "a reason has 1 to 500 characters").at("#/reason"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_is_of_its_length_without_control_characters_and_not_blank() {
        for (text, is_one_line, is_text) in [
            ("INV-1", true, true),
            ("中国银行", true, true),
            ("中国银行股", false, false),
            ("", false, false),
            (" ", false, false),
            ("\u{3000}", false, false),
            ("a\nb", false, true),
            ("\n", false, false),
            ("a\u{0}b", false, false),
            ("a\u{85}", false, false),
        ] {
            let most = if text == "INV-1" { 5 } else { 4 };
            assert_eq!((is_line(text, most), is_prose(text, most)), (is_one_line, is_text), "{text:?}");
        }
        let fault = line_fault("#/name", "", 200).unwrap();
        assert_eq!((fault.pointer.as_str(), fault.detail.as_str()), ("#/name", "1 to 200 characters, none of them a control character"));
    }
}

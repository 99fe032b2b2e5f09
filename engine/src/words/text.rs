//! Closed lists of words, written as text in the database and on the wire; and sentences in both languages.

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

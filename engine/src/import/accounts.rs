//! Lines of accounts.

use super::line::Line;
use crate::account::{AccountIn, AccountKind};
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::hash::content_hash;
use crate::words::money::Money;
use std::collections::BTreeMap;

/// An account as its line says it, and the limit it begins with.
pub(super) struct AccountLine {
    pub(super) account: AccountIn,
    /// `Some(None)` is "no check"; `None` is no limit of its own (decision 17).
    pub(super) limit: Option<Option<Money>>,
}

impl AccountLine {
    /// Hash of the content; a line without a limit has the same as the account made over REST.
    pub(super) fn hash(&self) -> Result<String> {
        match &self.limit {
            None => self.account.hash(),
            Some(limit) => content_hash(&(self.account.hash()?, limit)),
        }
    }
}

pub(super) fn parse(line: &Line<'_>) -> Result<AccountLine> {
    let currency = line.currency()?;
    let limit = match line.text("credit_limit") {
        None => None,
        Some("none") => Some(None),
        Some(text) => {
            let amount = Money::parse(text, currency).map_err(|error| error.at("#/credit_limit"))?;
            if amount.minor() < 0 {
                return Err(Error::new(Code::AmountOutOfRange, "a limit is zero or more").at("#/credit_limit"));
            }
            Some(Some(amount))
        }
    };
    let account = AccountIn {
        external_id: line.required("external_id")?.to_owned(),
        name: line.required("name")?.to_owned(),
        currency,
        parent_external_id: line.owned("parent_external_id"),
        segment: line.owned("segment"),
        grade: line.owned("grade"),
        owner: line.owned("owner"),
        region: line.owned("region"),
        country: line.owned("country"),
        language: line.owned("language"),
        kind: line.optional_word::<AccountKind>("kind")?,
        tax_id: line.owned("tax_id"),
        terms_days: line.optional_number("terms_days")?,
        payment_mode: line.owned("payment_mode"),
        timezone: line.owned("timezone"),
        state: None,
        metadata: BTreeMap::new(),
    };
    account.check()?;
    Ok(AccountLine { account, limit })
}

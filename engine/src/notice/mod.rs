//! Notices: messages to the customer, as rows. When one is due is the collection slice's business.

pub mod rows;

use crate::account::rows::account;
use crate::tenant::Tenant;

/// The language of a letter: the person's, else the customer's, else that of the country or of our own currency.
pub fn language_of(contact: Option<&str>, account: &account::Model, tenant: &Tenant) -> String {
    let chosen = contact.or(account.language.as_deref());
    let is_chinese = match account.country.as_deref() {
        Some(country) => country == "CN",
        None => tenant.currency.as_str() == "CNY",
    };
    chosen.unwrap_or(if is_chinese { "zh-CN" } else { "en" }).to_owned()
}

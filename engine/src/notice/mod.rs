//! Notices: messages to the customer. When one is due is the collection slice's business; what it says is made here, on reading.

mod grounds;
mod letter;
pub mod rows;
pub mod rules;
mod supply;
mod view;

pub use supply::SUPPLY_STOP_LETTER;
pub use view::{NoticeFilter, NoticeLineView, NoticeView, NoticeWait, list_notices, notice, notice_account};

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

//! Lines of contacts.

use super::line::Line;
use crate::account::ContactIn;
use crate::words::code::Code;
use crate::words::error::{Error, Result};

/// A contact as its line says it, and the account it belongs to.
pub(super) fn parse(line: &Line<'_>) -> Result<(String, ContactIn)> {
    let role = line.optional_word("role")?.ok_or_else(|| Error::new(Code::MissingField, "role is missing").at("#/role"))?;
    let contact = ContactIn {
        external_id: Some(line.required("external_id")?.to_owned()),
        name: line.required("name")?.to_owned(),
        role,
        email: line.owned("email"),
        phone: line.owned("phone"),
        language: line.owned("language"),
        influence: None,
        persona: None,
        delegate_of: None,
        absent_from: None,
        absent_to: None,
        hours: None,
    };
    contact.check()?;
    Ok((line.required("account_external_id")?.to_owned(), contact))
}

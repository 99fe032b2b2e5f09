//! Lines of payments.

use super::job::{Batch, Known};
use super::line::{Fate, Fault, Line};
use crate::command::Attempt;
use crate::doors::store::{Read, failed};
use crate::ledger::{Books, Looking, PaymentIn, odd_method};
use crate::payment::rows::payment;
use crate::words::error::Result;
use crate::words::id::AccountId;
use sea_orm::{QueryFilter, QuerySelect};
use std::collections::HashMap;

/// A payment as its line says it.
pub(super) fn parse(line: &Line<'_>) -> Result<PaymentIn> {
    Ok(PaymentIn {
        external_id: line.required("external_id")?.to_owned(),
        account_id: None,
        account_external_id: Some(line.required("account_external_id")?.to_owned()),
        received_on: line.date("received_on")?,
        amount: line.amount()?,
        invoice_external_id: line.owned("invoice_external_id"),
        remittance: Vec::new(),
        entity: line.owned("entity"),
        method: line.optional_word("method")?,
        reference: line.owned("reference"),
        order_external_id: line.owned("order_external_id"),
        contract_external_id: line.owned("contract_external_id"),
    })
}

/// Hashes of the payments that exist already, by number.
pub(super) async fn known(read: &Read, numbers: &[String]) -> Result<HashMap<String, String>> {
    let query = payment::find(read.tenant())
        .select_only()
        .columns([payment::Column::ExternalId, payment::Column::ContentHash])
        .filter(read.among_texts(payment::Column::ExternalId, numbers));
    let rows: Vec<(String, String)> = query.into_tuple().all(read.db()).await.map_err(failed)?;
    Ok(rows.into_iter().collect())
}

/// What of the books payments look at.
pub(super) const LOOKING: Looking = Looking { at_open_items: true, at_waiting_cash: false };

/// Books one payment of a batch.
pub(super) fn book(
    new: &PaymentIn,
    account: AccountId,
    books: &mut Books,
    batch: &mut Batch,
    attempt: &Attempt,
) -> Result<(Fate, Vec<Fault>)> {
    new.check(attempt)?;
    let hash = new.hash(account)?;
    match batch.known(&new.external_id, &hash) {
        Known::Same => return Ok((Fate::Repeated, Vec::new())),
        Known::Other => return Ok((Fate::Rejected(Fault::conflict()), Vec::new())),
        Known::New => {}
    }
    books.post_payment(new, hash, attempt)?;
    let unknown = new.invoice_external_id.iter().filter(|number| !batch.has_invoice(number));
    let odd = unknown.map(|number| Fault {
        field: Some("invoice_external_id".into()),
        code: "invoice_unknown".into(),
        detail: format!("there is no invoice {number} yet; the money waits for it"),
    });
    // Money that came in a way that was not agreed is booked like any other, and said (CF-14).
    let unlike = batch.processes.get(&account).and_then(|process| odd_method(new, process)).map(|warning| Fault {
        field: Some("method".into()),
        code: warning.code,
        detail: warning.detail,
    });
    Ok((Fate::Accepted, odd.chain(unlike).collect()))
}

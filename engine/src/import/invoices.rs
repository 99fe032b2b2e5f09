//! Lines of invoices.

use super::job::{Batch, Known};
use super::line::{Fate, Fault, Line};
use crate::command::Attempt;
use crate::doors::store::{Read, failed};
use crate::invoice::rows::invoice;
use crate::invoice::rules::Schedule;
use crate::ledger::{Books, InvoiceIn, Looking};
use crate::words::error::Result;
use crate::words::id::AccountId;
use sea_orm::{QueryFilter, QuerySelect};
use std::collections::HashMap;

/// An invoice as its line says it.
pub(super) fn parse(line: &Line<'_>) -> Result<InvoiceIn> {
    Ok(InvoiceIn {
        external_id: line.required("external_id")?.to_owned(),
        account_id: None,
        account_external_id: Some(line.required("account_external_id")?.to_owned()),
        issued_on: line.date("issued_on")?,
        due_on: Some(line.date("due_on")?),
        amount: line.amount()?,
        part: line.optional_word("part")?,
        instalments: Vec::new(),
        entity: line.owned("entity"),
        order_external_id: line.owned("order_external_id"),
        contract_external_id: line.owned("contract_external_id"),
        batch_no: line.optional_number("batch_no")?,
        reference: line.owned("reference"),
        salesperson: line.owned("salesperson"),
        product_line: line.owned("product_line"),
        paid_before: line.optional_amount("paid_before")?,
        last_step: line.owned("last_step"),
        last_step_on: line.optional_date("last_step_on")?,
        is_final: false,
    })
}

/// Hashes of the invoices that exist already, by number.
pub(super) async fn known(read: &Read, numbers: &[String]) -> Result<HashMap<String, String>> {
    let query = invoice::find(read.tenant())
        .select_only()
        .columns([invoice::Column::ExternalId, invoice::Column::ContentHash])
        .filter(read.among_texts(invoice::Column::ExternalId, numbers));
    let rows: Vec<(String, String)> = query.into_tuple().all(read.db()).await.map_err(failed)?;
    Ok(rows.into_iter().collect())
}

/// What of the books invoices look at.
pub(super) const LOOKING: Looking = Looking { at_open_items: false, at_waiting_cash: true };

/// Books one invoice of a batch.
pub(super) fn book(
    new: &InvoiceIn,
    account: AccountId,
    books: &mut Books,
    batch: &mut Batch,
    attempt: &Attempt,
) -> Result<(Fate, Vec<Fault>)> {
    let plan: Schedule = new.schedule()?;
    let hash = new.hash(account)?;
    match batch.known(&new.external_id, &hash) {
        Known::Same => return Ok((Fate::Repeated, Vec::new())),
        Known::Other => return Ok((Fate::Rejected(Fault::conflict()), Vec::new())),
        Known::New => {}
    }
    books.post_invoice(new, &plan, hash, attempt)?;
    let odd = plan.warnings.iter().map(|warning| Fault {
        field: Some("due_on".into()),
        code: warning.code.into(),
        detail: warning.detail.clone(),
    });
    Ok((Fate::Accepted, odd.collect()))
}

//! Which papers went with an invoice, and when (CF-14).

use super::DocumentKind;
use super::rows::invoice_document;
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::{Changes, Claim, Entry, Read, failed};
use crate::invoice::rows::invoice;
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::day::strict_date;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, InvoiceId, RowId};
use crate::words::text::check_line;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The most papers an invoice has here.
const DOCUMENTS_MAX: u64 = 200;

/// A paper that went to the customer with an invoice.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "invoice_original", "sent_on": "2026-03-02", "reference": "SF 1234 5678 90"}))]
pub struct InvoiceDocumentIn {
    /// What it is.
    pub kind: DocumentKind,
    /// The day it went: not after today.
    #[serde(deserialize_with = "strict_date::deserialize")]
    pub sent_on: NaiveDate,
    /// Where it is kept or how it went: a file, a waybill number.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200)]
    pub reference: Option<String>,
}

/// A paper that went to the customer with an invoice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct InvoiceDocumentView {
    /// The invoice.
    pub invoice_id: InvoiceId,
    /// What it is.
    pub kind: DocumentKind,
    /// The day it went.
    pub sent_on: NaiveDate,
    /// Where it is kept or how it went.
    pub reference: Option<String>,
    /// Who wrote it down.
    pub author: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

impl From<invoice_document::Model> for InvoiceDocumentView {
    fn from(row: invoice_document::Model) -> Self {
        Self {
            invoice_id: row.invoice_id,
            kind: row.kind,
            sent_on: row.sent_on,
            reference: row.reference,
            author: row.author,
            created_at: row.created_at,
        }
    }
}

async fn invoice_row(read: &Read, id: InvoiceId) -> Result<invoice::Model> {
    let row = invoice::find(read.tenant()).filter(invoice::Column::Id.eq(id)).one(read.db()).await.map_err(failed)?;
    row.ok_or_else(|| Error::new(Code::NotFound, "there is no such invoice"))
}

/// Writes down that a paper went with an invoice.
pub struct SendDocument {
    /// The invoice.
    pub invoice: InvoiceId,
    /// The paper.
    pub document: InvoiceDocumentIn,
}

impl Command for SendDocument {
    type Facts = (invoice::Model, u64);
    type Done = InvoiceDocumentView;

    fn account(&self) -> Option<AccountId> {
        None
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<Self::Facts> {
        let row = invoice_row(read, self.invoice).await?;
        let known = rows_of(read, &[self.invoice], DOCUMENTS_MAX).await?.len();
        Ok((row, u64::try_from(known).unwrap_or(u64::MAX)))
    }

    fn decide(&self, (invoice, known): &Self::Facts, _: &Asked, attempt: &Attempt) -> Result<Decided<InvoiceDocumentView>> {
        let new = &self.document;
        if invoice.cancelled_on.is_some() {
            return Err(Error::new(Code::IllegalState, "the invoice was cancelled"));
        }
        if *known >= DOCUMENTS_MAX {
            return Err(Error::new(Code::IllegalState, format!("an invoice has at most {DOCUMENTS_MAX} papers here")));
        }
        if new.sent_on > attempt.stamp.today {
            let detail = format!("what has not gone yet is not written down; today is {}", attempt.stamp.today);
            return Err(Error::new(Code::ValidationFailed, detail).at("#/sent_on"));
        }
        new.reference.iter().try_for_each(|reference| check_line("#/reference", reference, 200))?;
        let row = invoice_document::Model {
            tenant_id: attempt.who.tenant,
            id: RowId(attempt.stamp.id()),
            account_id: invoice.account_id,
            invoice_id: invoice.id,
            kind: new.kind,
            sent_on: new.sent_on,
            reference: new.reference.clone(),
            author: attempt.who.actor.to_string(),
            created_at: attempt.stamp.at,
        };
        let entry = Entry {
            kind: "invoice.document_sent",
            subject: "invoice",
            subject_id: invoice.id.0,
            effective_on: new.sent_on,
            decision: None,
            body: serde_json::json!({ "external_id": invoice.external_id, "kind": new.kind, "reference": new.reference }),
        };
        let changes = Changes::on(Claim::Nothing).add(&row).tell(entry);
        Ok(Decided::new(InvoiceDocumentView::from(row), changes))
    }
}

/// The papers of these invoices, in the order they were written down.
pub(super) async fn rows_of(read: &Read, invoices: &[InvoiceId], most: u64) -> Result<Vec<invoice_document::Model>> {
    let query = invoice_document::find(read.tenant())
        .filter(read.among(invoice_document::Column::InvoiceId, invoices.iter().copied()))
        .order_by_asc(invoice_document::Column::Id)
        .limit(most);
    query.all(read.db()).await.map_err(failed)
}

/// The papers that went with an invoice; `not_found` when there is no such invoice.
pub async fn invoice_documents(read: &Read, invoice: InvoiceId) -> Result<Vec<InvoiceDocumentView>> {
    let row = invoice_row(read, invoice).await?;
    Ok(rows_of(read, &[row.id], DOCUMENTS_MAX).await?.into_iter().map(InvoiceDocumentView::from).collect())
}

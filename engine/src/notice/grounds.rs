//! What a demand stands on: for each item its invoice, the clause of the contract, and the proof that goods or work were delivered (CT-09).

use crate::contract::paper::{DueBasis, PaymentTerms};
use crate::contract::rows::{contract, contract_milestone};
use crate::doors::store::{Read, failed};
use crate::invoice::rows::instalment;
use crate::order::rows::{sales_order, shipment};
use crate::payment_process::DocumentKind;
use crate::payment_process::rows::invoice_document;
use crate::words::error::Result;
use crate::words::id::{AccountId, InvoiceId, OrderId};
use crate::words::text::Bilingual;
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::HashMap;

/// The clause that says when a customer pays, in its contract's own words.
const PAYMENT_CLAUSE: &str = "payment";

/// Contracts, deliveries and papers behind the items of demands.
#[derive(Default)]
pub(super) struct Grounds {
    contracts: HashMap<(AccountId, String), contract::Model>,
    milestones: Vec<contract_milestone::Model>,
    shipments: HashMap<(AccountId, String), Vec<(String, NaiveDate)>>,
    papers: HashMap<InvoiceId, Vec<invoice_document::Model>>,
}

impl Grounds {
    /// Reads them in a fixed number of queries; nothing is asked for where there are no items.
    pub(super) async fn of(read: &Read, items: &[&instalment::Model]) -> Result<Self> {
        if items.is_empty() {
            return Ok(Self::default());
        }
        let (of, db) = (read.tenant(), read.db());
        let numbers: Vec<String> = items.iter().filter_map(|item| item.contract_external_id.clone()).collect();
        let contracts = contract::find(of)
            .filter(read.among(contract::Column::AccountId, items.iter().map(|item| item.account_id)))
            .filter(read.among_texts(contract::Column::ExternalId, &numbers));
        let contracts = contracts.all(db).await.map_err(failed)?;
        let milestones =
            contract_milestone::find(of).filter(read.among(contract_milestone::Column::ContractId, contracts.iter().map(|row| row.id)));
        let milestones = milestones.all(db).await.map_err(failed)?;
        let papers = invoice_document::find(of)
            .filter(read.among(invoice_document::Column::InvoiceId, items.iter().map(|item| item.invoice_id)))
            .filter(invoice_document::Column::Kind.is_in([DocumentKind::TransportProof, DocumentKind::Acceptance]))
            .order_by_asc(invoice_document::Column::Id);
        let mut by_invoice: HashMap<InvoiceId, Vec<invoice_document::Model>> = HashMap::new();
        papers.all(db).await.map_err(failed)?.into_iter().for_each(|paper| by_invoice.entry(paper.invoice_id).or_default().push(paper));
        Ok(Self {
            contracts: contracts.into_iter().map(|row| ((row.account_id, row.external_id.clone()), row)).collect(),
            milestones,
            shipments: shipments(read, items).await?,
            papers: by_invoice,
        })
    }

    /// What an item stands on, as far as it was so on this day.
    pub(super) fn told(&self, item: &instalment::Model, on: NaiveDate) -> Bilingual {
        let mut parts: Vec<Bilingual> = Vec::new();
        let contract = item.contract_external_id.as_ref().and_then(|number| self.contracts.get(&(item.account_id, number.clone())));
        parts.extend(contract.map(clause));
        let shipped = item.order_external_id.as_ref().and_then(|number| self.shipments.get(&(item.account_id, number.clone())));
        let shipped = shipped.into_iter().flatten().filter(|(_, day)| *day <= on);
        parts.extend(shipped.map(|(number, day)| {
            Bilingual::new(format!("shipped on {day} with delivery note {number}"), format!("{day} 发货，送货单 {number}"))
        }));
        parts.extend(self.papers.get(&item.invoice_id).into_iter().flatten().filter(|paper| paper.sent_on <= on).map(paper));
        let is_reached = |row: &&contract_milestone::Model| {
            contract.is_some_and(|contract| contract.id == row.contract_id) && item.milestone.as_deref() == Some(row.name.as_str())
        };
        parts.extend(self.milestones.iter().filter(is_reached).filter_map(|row| accepted(row, on)));
        let (number, issued_on) = (&item.invoice_external_id, item.issued_on);
        let joined = |of: fn(&Bilingual) -> &str, by: &str| parts.iter().map(of).collect::<Vec<_>>().join(by);
        let (en, zh) = (joined(|part| &part.en, "; "), joined(|part| &part.zh, "；"));
        let colon = |text: &str, mark: &str| if text.is_empty() { String::new() } else { format!("{mark}{text}") };
        Bilingual::new(
            format!("- Invoice {number} of {issued_on}{}", colon(&en, ": ")),
            format!("- 发票 {number}（{issued_on} 开具）{}", colon(&zh, "：")),
        )
    }
}

/// What left for the orders of these items: delivery notes with their days, by order.
async fn shipments(read: &Read, items: &[&instalment::Model]) -> Result<HashMap<(AccountId, String), Vec<(String, NaiveDate)>>> {
    let (of, db) = (read.tenant(), read.db());
    let numbers: Vec<String> = items.iter().filter_map(|item| item.order_external_id.clone()).collect();
    let orders = sales_order::find(of)
        .select_only()
        .columns([sales_order::Column::Id, sales_order::Column::AccountId, sales_order::Column::ExternalId])
        .filter(read.among_texts(sales_order::Column::ExternalId, &numbers));
    let orders: Vec<(OrderId, AccountId, String)> = orders.into_tuple().all(db).await.map_err(failed)?;
    let left = shipment::find(of)
        .filter(read.among(shipment::Column::OrderId, orders.iter().map(|(id, _, _)| *id)))
        .order_by_asc(shipment::Column::Id);
    let by_id: HashMap<OrderId, (AccountId, String)> = orders.into_iter().map(|(id, account, number)| (id, (account, number))).collect();
    let mut found: HashMap<(AccountId, String), Vec<(String, NaiveDate)>> = HashMap::new();
    for row in left.all(db).await.map_err(failed)? {
        if let Some(order) = by_id.get(&row.order_id) {
            found.entry(order.clone()).or_default().push((row.external_id, row.shipped_on));
        }
    }
    Ok(found)
}

/// The contract and when it says that is paid: its own clause, else its terms.
fn clause(row: &contract::Model) -> Bilingual {
    let (number, paper) = (&row.external_id, &row.paper.0);
    match (paper.clauses.get(PAYMENT_CLAUSE), terms(&paper.terms)) {
        (Some(text), _) => Bilingual::new(format!("contract {number}, payment clause: {text}"), format!("合同 {number} 付款条款：{text}")),
        (None, Some(terms)) => Bilingual::new(format!("contract {number}, {}", terms.en), format!("合同 {number}，{}", terms.zh)),
        (None, None) => Bilingual::new(format!("contract {number}"), format!("合同 {number}")),
    }
}

fn terms(terms: &PaymentTerms) -> Option<Bilingual> {
    let days = terms.due_days?;
    let (en, zh) = match terms.due_basis? {
        DueBasis::Invoice => ("the date of the invoice", "开票日"),
        DueBasis::Delivery => ("the delivery", "交货"),
        DueBasis::DocumentReceived => ("receipt of the papers", "收到单据"),
        DueBasis::Acceptance => ("the acceptance", "验收"),
    };
    Some(Bilingual::new(format!("payable {days} days after {en}"), format!("{zh}后 {days} 天内付款")))
}

fn paper(row: &invoice_document::Model) -> Bilingual {
    let (en, zh) = match row.kind {
        DocumentKind::Acceptance => ("acceptance", "验收单"),
        DocumentKind::TransportProof | DocumentKind::InvoiceOriginal | DocumentKind::InvoiceCopy | DocumentKind::PurchaseOrder => {
            ("proof of carriage", "运输凭证")
        }
    };
    let reference = row.reference.as_ref().map_or_else(String::new, |reference| format!(" {reference}"));
    let day = row.sent_on;
    Bilingual::new(format!("{en}{reference}, sent to you on {day}"), format!("{zh}{reference}，{day} 送交"))
}

/// The paper the customer signed when a milestone was reached.
fn accepted(row: &contract_milestone::Model, on: NaiveDate) -> Option<Bilingual> {
    let (document, who) = (row.document.as_ref()?, row.signed_by.as_ref()?);
    let day = row.signed_on.filter(|day| *day <= on)?;
    let name = &row.name;
    Some(Bilingual::new(format!("{name} signed by {who} on {day} ({document})"), format!("{name} 由 {who} 于 {day} 签署（{document}）")))
}

//! Posting and cancelling invoices.

use super::MAIN_ENTITY;
use super::books::{Books, Held, Source};
use super::load::{Looking, load_books};
use super::milestone::Milestones;
use super::view::{self, InvoiceView};
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::{Entry, Read, failed};
use crate::invoice::rows::{instalment, invoice};
use crate::invoice::rules::{AskedInstalment, Part, Schedule, schedule};
use crate::payment::rows::allocation;
use crate::tenant::TenantKind;
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::day::{add_days, strict_date};
use crate::words::error::{Error, Result};
use crate::words::hash::content_hash;
use crate::words::id::{AccountId, InstalmentId, InvoiceId, PaymentId};
use crate::words::money::Money;
use crate::words::text::check_line;
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One due amount of a new invoice. It falls due on a day, or so many days after a milestone of its contract is reached.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InstalmentIn {
    /// Due date; absent where a milestone makes it fall due.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    pub due_on: Option<NaiveDate>,
    /// Amount, above zero, in the invoice's currency.
    pub amount: Money,
    /// `whole`, `first`, `middle` or `tail`; worked out from its place when absent.
    #[serde(default)]
    pub part: Option<Part>,
    /// The milestone of the invoice's contract that makes it fall due: it is not due before that is reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100)]
    pub milestone: Option<String>,
    /// Days to pay after the milestone; those of the contract when absent, 0 where it names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 730)]
    pub due_days: Option<i64>,
}

/// A new invoice, amounts gross of tax. Either `due_on` (one instalment) or `instalments`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InvoiceIn {
    /// Its number in the ERP: unique for ever.
    #[schema(min_length = 1, max_length = 100)]
    pub external_id: String,
    /// The account, by id or external id.
    #[serde(default)]
    pub account_id: Option<AccountId>,
    /// The account's number in the ERP.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub account_external_id: Option<String>,
    /// Date of the invoice.
    #[serde(deserialize_with = "strict_date::deserialize")]
    pub issued_on: NaiveDate,
    /// Due date of the one instalment.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    pub due_on: Option<NaiveDate>,
    /// The invoice's total.
    pub amount: Money,
    /// What the one instalment is of its contract.
    #[serde(default)]
    pub part: Option<Part>,
    /// Several instalments, in order.
    #[serde(default)]
    #[schema(max_items = 120)]
    pub instalments: Vec<InstalmentIn>,
    /// The legal entity of ours that is owed; `main` when absent.
    #[serde(default)]
    #[schema(max_length = 40)]
    pub entity: Option<String>,
    /// The order it bills, as the ERP calls it.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub order_external_id: Option<String>,
    /// The contract it belongs to, as the ERP calls it.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub contract_external_id: Option<String>,
    /// The delivery batch it bills.
    #[serde(default)]
    pub batch_no: Option<i64>,
    /// The customer's reference.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub reference: Option<String>,
    /// Who sold it.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub salesperson: Option<String>,
    /// What was sold.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub product_line: Option<String>,
    /// What the old system had collected of it, when it is brought over (decision 20).
    #[serde(default)]
    pub paid_before: Option<Money>,
    /// The last reminder step the old system took for it.
    #[serde(default)]
    #[schema(max_length = 60)]
    pub last_step: Option<String>,
    /// The day of that step.
    #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
    pub last_step_on: Option<NaiveDate>,
    /// Is it the last invoice of its order? What it leaves of the order is given up and reserved no more (decision 25).
    #[serde(rename = "final", default, skip_serializing_if = "is_not")]
    pub is_final: bool,
}

/// A mark that is not set is not part of the content: invoices from before it keep their hash.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_not(is_set: &bool) -> bool {
    !is_set
}

/// An external id has 1 to 100 characters, none of them a control character.
pub(crate) fn check_external_id(text: &str) -> Result<()> {
    check_line("#/external_id", text, 100)
}

/// Texts that may be there: their member, and how many characters they have at most, none of them a control character.
pub(super) fn check_texts(texts: &[(&str, &Option<String>, usize)]) -> Result<()> {
    let is_plain = |text: &str, most: usize| text.chars().count() <= most && !text.contains(char::is_control);
    let odd = texts.iter().find(|(_, text, most)| text.as_deref().is_some_and(|text| !is_plain(text, *most)));
    let Some((member, _, most)) = odd else { return Ok(()) };
    let detail = format!("{member} has at most {most} characters, none of them a control character");
    Err(Error::new(Code::ValidationFailed, detail).at(format!("#/{member}")))
}

/// A live tenant's books take nothing of a day that has not come: it would count before it is true (decision 39).
pub(super) fn check_has_come(day: NaiveDate, member: &str, attempt: &Attempt) -> Result<()> {
    let today = attempt.stamp.today;
    if attempt.ground.tenant.kind != TenantKind::Live || day <= today {
        return Ok(());
    }
    Err(Error::new(Code::PostDated, format!("today is {today}")).at(format!("#/{member}")))
}

impl InvoiceIn {
    /// Checks the invoice by itself and works out its instalments.
    pub fn schedule(&self) -> Result<Schedule> {
        self.schedule_by(&Milestones::default())
    }

    /// The same, where the milestones of its contract are known.
    pub fn schedule_by(&self, milestones: &Milestones) -> Result<Schedule> {
        check_external_id(&self.external_id)?;
        check_texts(&[
            ("entity", &self.entity, 40),
            ("order_external_id", &self.order_external_id, 100),
            ("contract_external_id", &self.contract_external_id, 100),
            ("reference", &self.reference, 200),
            ("salesperson", &self.salesperson, 100),
            ("product_line", &self.product_line, 100),
            ("last_step", &self.last_step, 60),
        ])?;
        let asked: Vec<AskedInstalment> = match (&self.due_on, self.instalments.as_slice()) {
            (Some(due_on), []) => vec![AskedInstalment { due_on: *due_on, amount: self.amount, part: self.part, awaits: None }],
            (None, [_, ..]) => milestones.asked(&self.instalments)?,
            (None, []) => return Err(Error::new(Code::MissingField, "an invoice has either due_on or instalments").at("#/due_on")),
            (Some(_), [_, ..]) => {
                return Err(Error::new(Code::ValidationFailed, "an invoice has either due_on or instalments, not both").at("#/instalments"));
            }
        };
        if let Some(paid) = self.paid_before
            && (paid.currency() != self.amount.currency() || paid.minor() < 0 || paid.minor() > self.amount.minor())
        {
            return Err(Error::new(Code::AmountOutOfRange, "paid_before lies between zero and the invoice's amount, in its currency")
                .at("#/paid_before"));
        }
        if self.is_final && self.order_external_id.is_none() {
            return Err(Error::new(Code::MissingField, "the last invoice of an order names it").at("#/order_external_id"));
        }
        schedule(self.amount, self.issued_on, &asked)
    }

    /// Hash of the content, with defaults filled in and the account resolved.
    pub fn hash(&self, account: AccountId) -> Result<String> {
        let normal = Self {
            account_id: Some(account),
            account_external_id: None,
            entity: Some(self.entity().to_owned()),
            part: if self.instalments.is_empty() { Some(self.part.unwrap_or(Part::Whole)) } else { None },
            ..self.clone()
        };
        content_hash(&normal)
    }

    /// The legal entity that is owed.
    pub fn entity(&self) -> &str {
        self.entity.as_deref().unwrap_or(MAIN_ENTITY)
    }
}

impl Books {
    /// Books a checked invoice and the cash that waits for it. Returns its rows.
    pub fn post_invoice(&mut self, new: &InvoiceIn, plan: &Schedule, hash: String, attempt: &Attempt) -> Result<InvoiceId> {
        self.check_order(new)?;
        let stamp = &*attempt.stamp;
        let id = InvoiceId(stamp.id());
        let currency = new.amount.currency();
        let row = invoice::Model {
            tenant_id: self.account.tenant_id,
            id,
            account_id: self.account.id,
            external_id: new.external_id.clone(),
            entity: new.entity().to_owned(),
            currency,
            total_minor: new.amount.minor(),
            issued_on: new.issued_on,
            order_external_id: new.order_external_id.clone(),
            contract_external_id: new.contract_external_id.clone(),
            batch_no: new.batch_no,
            reference: new.reference.clone(),
            salesperson: new.salesperson.clone(),
            product_line: new.product_line.clone(),
            origin: "erp".to_owned(),
            cancelled_on: None,
            content_hash: hash,
            created_at: stamp.at,
        };
        self.invoices.push(Held::made(row));
        let mut collected = new.paid_before.map_or(0, Money::minor);
        let mut first_due = None;
        let mut items = Vec::with_capacity(plan.instalments.len());
        for one in &plan.instalments {
            let paid_before_minor = collected.min(one.amount.minor());
            collected -= paid_before_minor;
            first_due = first_due.min(Some(one.due_on)).or(Some(one.due_on));
            let item = instalment::Model {
                tenant_id: self.account.tenant_id,
                id: InstalmentId(stamp.id()),
                invoice_id: id,
                account_id: self.account.id,
                invoice_external_id: new.external_id.clone(),
                entity: new.entity().to_owned(),
                currency,
                no: one.no,
                part: one.part.as_str().to_owned(),
                issued_on: new.issued_on,
                due_on: one.due_on,
                order_external_id: new.order_external_id.clone(),
                contract_external_id: new.contract_external_id.clone(),
                batch_no: new.batch_no,
                amount_minor: one.amount.minor(),
                open_minor: one.amount.minor() - paid_before_minor,
                disputed_minor: 0,
                paid_before_minor,
                cancelled_on: None,
                settled_on: None,
                last_step: new.last_step.clone(),
                last_step_on: new.last_step_on,
                draft_step: None,
                asked_lead_days: None,
                milestone: one.awaits.as_ref().map(|awaits| awaits.milestone.clone()),
                milestone_due_days: one.awaits.as_ref().map(|awaits| awaits.due_days),
            };
            items.push(item.id);
            self.open_item(item, stamp)?;
        }
        let lead = attempt.ground.longest_lead();
        let review_on = first_due.map_or(new.issued_on, |due_on| add_days(due_on, -lead)).max(new.issued_on);
        self.matters_on(new.issued_on, review_on);
        self.invoice_order(new, &items, stamp)?;
        self.pull_waiting_cash(id, new, attempt)?;
        Ok(id)
    }

    /// A new invoice pulls old credit only when that named it (decision 46).
    fn pull_waiting_cash(&mut self, id: InvoiceId, new: &InvoiceIn, attempt: &Attempt) -> Result<()> {
        let names_it = |row: &crate::payment::rows::payment::Model| {
            row.unallocated_minor > 0
                && row.voided_on.is_none()
                && row.invoice_external_id.as_deref() == Some(&new.external_id)
                && row.entity == new.entity()
                && row.currency == new.amount.currency()
        };
        let waiting: Vec<(PaymentId, i64, NaiveDate)> = self
            .payments
            .values()
            .map(|held| &held.row)
            .filter(|row| names_it(row))
            .map(|row| (row.id, row.unallocated_minor, row.received_on))
            .collect();
        let items: Vec<InstalmentId> = self.items.values().filter(|held| held.row.invoice_id == id).map(|held| held.row.id).collect();
        for (payment, mut cash, received_on) in waiting {
            for item in &items {
                let open = self.items.get(item).map_or(0, |held| held.row.open_minor);
                let share = open.min(cash);
                if share > 0 {
                    self.book(Source::Cash(payment), *item, share, received_on.max(new.issued_on), None, &attempt.stamp)?;
                    cash -= share;
                }
            }
        }
        Ok(())
    }
}

/// Posts one invoice on an account.
pub struct PostInvoice {
    /// The account, already found.
    pub account: AccountId,
    /// The invoice.
    pub invoice: InvoiceIn,
}

/// What posting an invoice looks at.
pub struct InvoiceFacts {
    before: Option<InvoiceView>,
    before_hash: Option<String>,
    milestones: Milestones,
    books: Books,
}

impl Command for PostInvoice {
    type Facts = InvoiceFacts;
    type Done = InvoiceView;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, attempt: &Attempt) -> Result<InvoiceFacts> {
        let before = invoice::find(read.tenant())
            .filter(invoice::Column::ExternalId.eq(&self.invoice.external_id))
            .one(read.db())
            .await
            .map_err(failed)?;
        let before_hash = before.as_ref().map(|row| row.content_hash.clone());
        let before = match before {
            Some(row) => Some(view::invoice(read, row.id).await?),
            None => None,
        };
        let orders: Vec<String> = self.invoice.order_external_id.iter().cloned().collect();
        let looking = Looking { at_waiting_cash: true, ..Looking::default() };
        let books = load_books(read, attempt, &[self.account], &orders, looking).await?.remove(&self.account);
        let books = books.ok_or_else(|| Error::new(Code::UnknownReference, "there is no such account").at("#/account_id"))?;
        let milestones = Milestones::of(read, self.account, &self.invoice).await?;
        Ok(InvoiceFacts { before, before_hash, milestones, books })
    }

    fn decide(&self, facts: &InvoiceFacts, _: &Asked, attempt: &Attempt) -> Result<Decided<InvoiceView>> {
        let plan = self.invoice.schedule_by(&facts.milestones)?;
        let hash = self.invoice.hash(self.account)?;
        if let (Some(before), Some(before_hash)) = (&facts.before, &facts.before_hash) {
            return same_or_conflict(*before_hash == hash, before.clone(), &before.id.to_string());
        }
        let mut books = facts.books.clone();
        let id = books.post_invoice(&self.invoice, &plan, hash, attempt)?;
        let mut view = books.invoice_view(id)?;
        view.warnings = plan.warnings.iter().map(view::WarningView::from).collect();
        books.tell(Entry {
            kind: "invoice.registered",
            subject: "invoice",
            subject_id: id.0,
            effective_on: self.invoice.issued_on,
            decision: None,
            body: serde_json::json!({"external_id": view.external_id, "amount": view.amount}),
        });
        Ok(Decided::new(view, books.into_changes(attempt)?))
    }
}

/// The same external id again: the first answer when the content is the same, else a conflict that names the first.
pub(super) fn same_or_conflict<D>(is_same: bool, before: D, id: &str) -> Result<Decided<D>> {
    if is_same {
        return Ok(Decided::before(before));
    }
    let error =
        Error::new(Code::ExternalIdConflict, format!("this external_id already names {id}, with other content")).at("#/external_id");
    Err(error.with(serde_json::json!({ "conflicting_id": id })))
}

/// Cancels an invoice from a day on: it leaves sales and ageing, its cash becomes unallocated, its value goes back to its order.
pub struct CancelInvoice {
    /// The account, already found.
    pub account: AccountId,
    /// The invoice.
    pub invoice: InvoiceId,
    /// From this day on.
    pub cancelled_on: NaiveDate,
    /// Why.
    pub reason: String,
}

/// What cancelling an invoice looks at.
pub struct CancelFacts {
    row: invoice::Model,
    booked: Vec<allocation::Model>,
    books: Books,
}

impl Command for CancelInvoice {
    type Facts = CancelFacts;
    type Done = InvoiceView;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, attempt: &Attempt) -> Result<CancelFacts> {
        let row = invoice::find(read.tenant()).filter(invoice::Column::Id.eq(self.invoice)).one(read.db()).await.map_err(failed)?;
        let row = row.ok_or_else(|| Error::new(Code::NotFound, "there is no such invoice"))?;
        let orders: Vec<String> = row.order_external_id.iter().cloned().collect();
        let books = load_books(read, attempt, &[self.account], &orders, Looking::default()).await?.remove(&self.account);
        let books = books.ok_or_else(|| Error::new(Code::NotFound, "there is no such account"))?;
        let items =
            instalment::find(read.tenant()).filter(instalment::Column::InvoiceId.eq(self.invoice)).all(read.db()).await.map_err(failed)?;
        let items: Vec<InstalmentId> = items.into_iter().map(|item| item.id).collect();
        let booked = allocation::find(read.tenant())
            .filter(read.among(allocation::Column::InstalmentId, items.iter().copied()))
            .all(read.db())
            .await
            .map_err(failed)?;
        let books = books.with_items(read, &items).await?.with_sources_of(read, &booked).await?;
        Ok(CancelFacts { row, booked, books })
    }

    fn decide(&self, facts: &CancelFacts, _: &Asked, attempt: &Attempt) -> Result<Decided<InvoiceView>> {
        if facts.row.cancelled_on.is_some() {
            return Err(Error::new(Code::IllegalState, "the invoice is cancelled already"));
        }
        check_has_come(self.cancelled_on, "cancelled_on", attempt)?;
        if self.cancelled_on < facts.row.issued_on {
            return Err(Error::new(Code::ValidationFailed, "an invoice is not cancelled before it was issued").at("#/cancelled_on"));
        }
        let mut books = facts.books.clone();
        books.undo(&facts.booked, |_| self.cancelled_on, attempt)?;
        books.close_invoice(facts.row.clone(), self.cancelled_on, attempt)?;
        books.tell(Entry {
            kind: "invoice.cancelled",
            subject: "invoice",
            subject_id: self.invoice.0,
            effective_on: self.cancelled_on,
            decision: None,
            body: serde_json::json!({ "reason": self.reason }),
        });
        let view = books.invoice_view(self.invoice)?;
        Ok(Decided::new(view, books.into_changes(attempt)?))
    }
}

impl Books {
    fn close_invoice(&mut self, row: invoice::Model, on: NaiveDate, attempt: &Attempt) -> Result<()> {
        let items: Vec<(InstalmentId, i64)> =
            self.items.values().filter(|held| held.row.invoice_id == row.id).map(|held| (held.row.id, held.row.open_minor)).collect();
        for (item, open) in items {
            if let Some(held) = self.items.get_mut(&item) {
                held.change().cancelled_on = Some(on);
            }
            self.move_open(item, -open, on, &attempt.stamp)?;
        }
        if let Some(order) = row.order_external_id.clone() {
            self.uninvoice_order(&order, Money::new(row.total_minor, row.currency), on, &attempt.stamp);
        }
        let mut held = Held::read(row);
        held.change().cancelled_on = Some(on);
        self.invoices.push(held);
        self.matters_on(on, on);
        Ok(())
    }
}

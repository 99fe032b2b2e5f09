//! When the money of an account's open items is expected: item by item with the days that made it, and added up by day and month.

use super::document::rows_of;
use super::process::{PaymentProcess, payment_process};
use super::rules::{Expected, Papers, expect, papers, pay_days_of, season};
use super::{DocumentKind, Pace};
use crate::doors::store::{Read, failed};
use crate::ground::Ground;
use crate::invoice::rows::instalment;
use crate::words::code::Code;
use crate::words::day::{add_months, parse_date};
use crate::words::error::{Error, Result};
use crate::words::facts::Reason;
use crate::words::id::{AccountId, InstalmentId, InvoiceId};
use crate::words::money::{Currency, Money};
use crate::words::page::{After, Page, PageOf};
use crate::words::text::Bilingual;
use chrono::{Datelike, NaiveDate};
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use utoipa::ToSchema;

/// Open items that a payment calendar adds up, the earliest due first, and papers it looks at.
const ITEMS_MAX: u64 = 5_000;
const DOCUMENTS_MAX: u64 = 50_000;
/// Months a payment calendar shows, this one included.
const MONTHS: i32 = 12;

/// An open item, and when its money is expected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExpectedItemView {
    /// The instalment.
    pub instalment_id: InstalmentId,
    /// Its invoice.
    pub invoice_id: InvoiceId,
    /// The invoice's number in the ERP.
    pub invoice_external_id: String,
    /// `whole`, `first`, `middle` or `tail`.
    pub part: String,
    /// The day the invoice was issued.
    pub issued_on: NaiveDate,
    /// The day it falls due.
    pub due_on: NaiveDate,
    /// What is open of it and not disputed.
    pub amount: Money,
    /// What of it is disputed: nobody expects that.
    pub disputed: Money,
    /// Papers the customer asks for and has not got: a delay on our side.
    pub missing_documents: Vec<DocumentKind>,
    /// Days from the issue of the invoice until all papers were there, or until today.
    pub our_delay_days: i64,
    /// The day all papers were there; none while one is missing.
    pub received_on: Option<NaiveDate>,
    /// The day the customer's approval is over.
    pub approved_on: NaiveDate,
    /// The pay day it is paid on.
    pub pay_day_on: NaiveDate,
    /// Days the money comes later, because the month is a slow one.
    pub late_days: i64,
    /// The day on which the money is expected; as if the papers went today while one is missing.
    pub expected_on: NaiveDate,
    /// How that day came about.
    pub reasons: Vec<Reason>,
}

/// What is expected on a day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CalendarDay {
    /// The day.
    pub on: NaiveDate,
    /// How many items.
    pub items: i64,
    /// How much, in every currency that has any.
    pub amounts: Vec<Money>,
}

/// A month of the account's payment calendar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CalendarMonth {
    /// Its first day.
    pub month: NaiveDate,
    /// Does the account pay well or slowly in it? Nothing where it is like any other.
    pub pace: Option<Pace>,
    /// Days that money of this month's pay days comes late.
    pub late_days: i64,
    /// Its pay days; none where the account pays on any day.
    pub pay_days: Vec<NaiveDate>,
    /// How many items are expected in it.
    pub items: i64,
    /// How much, in every currency that has any.
    pub amounts: Vec<Money>,
}

/// The payment calendar of an account: when it pays, and what is expected when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PaymentCalendarView {
    /// The account.
    pub account_id: AccountId,
    /// The day it was made for.
    pub as_of: NaiveDate,
    /// Working days the customer's approval takes.
    pub approval_days: i64,
    /// The days on which money is expected, the earliest first.
    pub days: Vec<CalendarDay>,
    /// This month, the eleven after it, and later ones in which money is expected.
    pub months: Vec<CalendarMonth>,
    /// The next month in which the account pays well, this one included: a good time to ask.
    pub next_good_month: Option<NaiveDate>,
    /// Are all open items in it? It adds up the first 5,000 by due date.
    pub is_complete: bool,
}

fn open_items(read: &Read, account: AccountId) -> Select<instalment::Entity> {
    use instalment::Column as C;
    instalment::find(read.tenant())
        .filter(C::AccountId.eq(account))
        .filter(C::OpenMinor.gt(0))
        .filter(C::CancelledOn.is_null())
        .order_by_asc(C::DueOn)
        .order_by_asc(C::Id)
}

/// Which papers went with the invoices of these items.
async fn sent(
    read: &Read,
    process: &PaymentProcess,
    items: &[instalment::Model],
) -> Result<HashMap<InvoiceId, Vec<(DocumentKind, NaiveDate)>>> {
    let mut by: HashMap<InvoiceId, Vec<(DocumentKind, NaiveDate)>> = HashMap::new();
    if process.required_documents.is_empty() || items.is_empty() {
        return Ok(by);
    }
    let mut invoices: Vec<InvoiceId> = items.iter().map(|item| item.invoice_id).collect();
    invoices.sort_unstable();
    invoices.dedup();
    for row in rows_of(read, &invoices, DOCUMENTS_MAX).await? {
        by.entry(row.invoice_id).or_default().push((row.kind, row.sent_on));
    }
    Ok(by)
}

/// The open items of an account by due date, each with the day on which its money is expected.
pub async fn list_expected(
    read: &Read,
    ground: &Ground,
    account: AccountId,
    today: NaiveDate,
    page: &PageOf,
) -> Result<Page<ExpectedItemView>> {
    use instalment::Column as C;
    let process = payment_process(read, account).await?.process;
    let mut query = open_items(read, account);
    let total = read.total(&query, C::Id, page.in_its_own_order()?).await?;
    if let Some(after) = &page.after {
        let due_on = parse_date(&after.key).map_err(|_| Error::new(Code::InvalidCursor, "the cursor is not one of this list"))?;
        query = query.filter(C::DueOn.gt(due_on).or(C::DueOn.eq(due_on).and(C::Id.gt(after.id))));
    }
    let rows = query.limit(page.limit + 1).all(read.db()).await.map_err(failed)?;
    let rows = Page::cut(rows, page.limit, |row| After { key: row.due_on.to_string(), id: row.id.0 });
    let sent = sent(read, &process, &rows.data).await?;
    Ok(Page { total, ..rows }.map(|row| {
        let (papers, expected) = judge(&process, &sent, &row, today, ground);
        view(&process, &row, papers, expected)
    }))
}

fn judge(
    process: &PaymentProcess,
    sent: &HashMap<InvoiceId, Vec<(DocumentKind, NaiveDate)>>,
    row: &instalment::Model,
    today: NaiveDate,
    ground: &Ground,
) -> (Papers, Expected) {
    let of_invoice = sent.get(&row.invoice_id).map_or(&[][..], Vec::as_slice);
    let papers = papers(&process.required_documents, of_invoice, row.issued_on);
    let expected = expect(process, &papers, (row.issued_on, row.due_on), today, &ground.calendar);
    (papers, expected)
}

fn view(process: &PaymentProcess, row: &instalment::Model, papers: Papers, expected: Expected) -> ExpectedItemView {
    ExpectedItemView {
        instalment_id: row.id,
        invoice_id: row.invoice_id,
        invoice_external_id: row.invoice_external_id.clone(),
        part: row.part.clone(),
        issued_on: row.issued_on,
        due_on: row.due_on,
        amount: Money::new(expected_minor(row), row.currency),
        disputed: Money::new(row.disputed_minor, row.currency),
        our_delay_days: expected.our_delay_days,
        received_on: papers.complete_on,
        approved_on: expected.approved_on,
        pay_day_on: expected.pay_day_on,
        late_days: expected.late_days,
        expected_on: expected.on,
        reasons: reasons(process, &papers, &expected),
        missing_documents: papers.missing,
    }
}

/// What is disputed is not expected.
fn expected_minor(row: &instalment::Model) -> i64 {
    std::cmp::max(row.open_minor - row.disputed_minor, 0)
}

/// How the day came about, in the order of the process.
fn reasons(process: &PaymentProcess, papers: &Papers, expected: &Expected) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let mut say = |code: &str, en: String, zh: String| reasons.push(Reason::core(code, Bilingual::new(en, zh)));
    if !papers.missing.is_empty() {
        let kinds: Vec<&str> = papers.missing.iter().map(|kind| kind.as_str()).collect();
        let (en, zh) = (kinds.join(", "), papers.missing.iter().map(|kind| in_chinese(*kind)).collect::<Vec<_>>().join("、"));
        say(
            "documents_missing",
            format!("We have not sent: {en}. The customer does not begin before."),
            format!("我方尚未提交：{zh}，客户不会启动付款流程。"),
        );
    }
    let (days, on) = (process.approval_days(), expected.approved_on);
    if days > 0 {
        say(
            "approval",
            format!("The customer's approval takes {days} working days, until {on}."),
            format!("客户审批需 {days} 个工作日，至 {on}。"),
        );
    }
    let pay_day = expected.pay_day_on;
    if !process.pay_days.is_empty() {
        say("pay_day", format!("It pays on {pay_day}, its next pay day."), format!("客户下一付款日为 {pay_day}。"));
    }
    let late = expected.late_days;
    if late > 0 {
        say("slow_month", format!("In that month money comes {late} days later."), format!("该月资金偏紧，到账约晚 {late} 天。"));
    }
    reasons
}

fn in_chinese(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::InvoiceOriginal => "发票原件",
        DocumentKind::InvoiceCopy => "发票复印件",
        DocumentKind::TransportProof => "运输凭证",
        DocumentKind::PurchaseOrder => "采购订单",
        DocumentKind::Acceptance => "验收单",
    }
}

/// Money that is added up, by currency.
#[derive(Clone, Debug, Default)]
struct Heap {
    items: i64,
    by_currency: BTreeMap<Currency, Money>,
}

impl Heap {
    fn add(&mut self, amount: Money) -> Result<()> {
        let sum = self.by_currency.entry(amount.currency()).or_insert_with(|| Money::zero(amount.currency()));
        *sum = sum.checked_add(amount)?;
        self.items += 1;
        Ok(())
    }

    fn amounts(&self) -> Vec<Money> {
        self.by_currency.values().copied().collect()
    }
}

/// The payment calendar of an account.
pub async fn payment_calendar(read: &Read, ground: &Ground, account: AccountId, today: NaiveDate) -> Result<PaymentCalendarView> {
    let process = payment_process(read, account).await?.process;
    let mut rows = open_items(read, account).limit(ITEMS_MAX + 1).all(read.db()).await.map_err(failed)?;
    let most = usize::try_from(ITEMS_MAX).unwrap_or(usize::MAX);
    let is_complete = rows.len() <= most;
    rows.truncate(most);
    let sent = sent(read, &process, &rows).await?;
    let this_month = today.with_day(1).unwrap_or(today);
    let mut days: BTreeMap<NaiveDate, Heap> = BTreeMap::new();
    let mut months: BTreeMap<NaiveDate, Heap> = (0..MONTHS).map(|no| (add_months(this_month, no), Heap::default())).collect();
    for row in rows.iter().filter(|row| expected_minor(row) > 0) {
        let on = judge(&process, &sent, row, today, ground).1.on;
        let amount = Money::new(expected_minor(row), row.currency);
        days.entry(on).or_default().add(amount)?;
        months.entry(on.with_day(1).unwrap_or(on)).or_default().add(amount)?;
    }
    let month = |(month, heap): (&NaiveDate, &Heap)| {
        let season = season(&process, *month);
        CalendarMonth {
            month: *month,
            pace: season.map(|season| season.pace),
            late_days: season.map_or(0, |season| season.late_days),
            pay_days: pay_days_of(&process, *month),
            items: heap.items,
            amounts: heap.amounts(),
        }
    };
    let months: Vec<CalendarMonth> = months.iter().map(month).collect();
    Ok(PaymentCalendarView {
        account_id: account,
        as_of: today,
        approval_days: process.approval_days(),
        days: days.iter().map(|(on, heap)| CalendarDay { on: *on, items: heap.items, amounts: heap.amounts() }).collect(),
        next_good_month: months.iter().find(|month| month.pace == Some(Pace::Well)).map(|month| month.month),
        months,
        is_complete,
    })
}

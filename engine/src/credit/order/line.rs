//! The lines of an order: what may be said of them, and how they are told.

use crate::words::code::Code;
use crate::words::error::Fault;
use crate::words::facts::OrderLine;
use crate::words::money::Money;
use crate::words::quantity::Quantity;
use crate::words::text::is_line;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The most lines of one order.
const LINES_MAX: usize = 500;
/// The longest terms of payment, in days: ten years.
const TERMS_DAYS_MAX: i64 = 3_650;

/// One line of a new order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderLineIn {
    /// What is ordered, as the ERP calls it.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub sku: Option<String>,
    /// How much of it, in the ERP's unit.
    #[serde(default)]
    pub quantity: Option<Quantity>,
    /// Its value, gross of tax, in the order's currency.
    pub amount: Money,
    /// The group of items it belongs to, as the ERP calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100)]
    pub group: Option<String>,
    /// Is it one of the goods that a stricter hold keeps back first?
    #[serde(default)]
    pub is_key_item: bool,
}

crate::words! {
    /// How far a line of an order has come.
    pub enum LineState {
        /// It waits: its order is held, or only part of it may ship.
        BackOrdered = "back_ordered",
        /// It may ship.
        Approved = "approved",
        /// It has shipped.
        Shipped = "shipped",
    }
}

/// One line of an order, and how far it has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OrderLineView {
    /// Its place in the order, from 1: what a shipment names it by.
    pub no: i64,
    /// What is ordered, as the ERP calls it.
    pub sku: Option<String>,
    /// How much of it.
    pub quantity: Option<Quantity>,
    /// Its value.
    pub amount: Money,
    /// The group of items it belongs to, as the ERP calls it.
    pub group: Option<String>,
    /// Is it one of the goods that a stricter hold keeps back first?
    pub is_key_item: bool,
    /// Did the last check find a stop of key items that keeps it back?
    pub is_stopped: bool,
    /// How far it has come.
    pub state: LineState,
}

impl From<&OrderLine> for OrderLineView {
    fn from(line: &OrderLine) -> Self {
        let state = match (line.is_shipped, line.is_approved) {
            (true, _) => LineState::Shipped,
            (false, true) => LineState::Approved,
            (false, false) => LineState::BackOrdered,
        };
        Self {
            no: line.no,
            sku: line.sku.clone(),
            quantity: line.quantity,
            amount: line.amount,
            group: line.group.clone(),
            is_key_item: line.is_key_item,
            is_stopped: line.is_stopped,
            state,
        }
    }
}

/// The lines as they begin: none may ship before the order was checked.
pub(super) fn line_rows(lines: &[OrderLineIn]) -> Vec<OrderLine> {
    let row = |(no, line): (i64, &OrderLineIn)| OrderLine {
        no,
        sku: line.sku.clone(),
        quantity: line.quantity,
        amount: line.amount,
        group: line.group.clone(),
        is_key_item: line.is_key_item,
        is_stopped: false,
        is_approved: false,
        is_shipped: false,
    };
    (1..).zip(lines).map(row).collect()
}

/// What is wrong with the lines of an order worth so much; all of it.
pub(super) fn check_lines(lines: &[OrderLineIn], amount: Money) -> Vec<Fault> {
    if lines.is_empty() {
        return Vec::new();
    }
    if lines.len() > LINES_MAX {
        let detail = format!("an order has at most {LINES_MAX} lines");
        return vec![Fault { pointer: "#/lines".to_owned(), code: Code::ValidationFailed, detail }];
    }
    let mut faults = Vec::new();
    let mut sum: i128 = 0;
    for (at, line) in lines.iter().enumerate() {
        let mut fault = |member: &str, code, detail: &str| {
            faults.push(Fault { pointer: format!("#/lines/{at}/{member}"), code, detail: detail.to_owned() });
        };
        if line.amount.currency() != amount.currency() {
            fault("amount", Code::CurrencyMismatch, "a line is in the order's currency");
        } else if !line.amount.is_positive() {
            fault("amount", Code::AmountOutOfRange, "a line is worth more than zero");
        }
        for (member, name) in [("sku", &line.sku), ("group", &line.group)] {
            if name.as_ref().is_some_and(|name| !is_line(name, 100)) {
                fault(member, Code::ValidationFailed, "1 to 100 characters, none of them a control character");
            }
        }
        sum += i128::from(line.amount.minor());
    }
    if faults.is_empty() && sum != i128::from(amount.minor()) {
        let detail = format!("the lines must add up to the order's {amount}");
        faults.push(Fault { pointer: "#/lines".to_owned(), code: Code::ValidationFailed, detail });
    }
    faults
}

/// What is wrong with terms of payment.
pub(super) fn check_terms(days: Option<i64>) -> Option<Fault> {
    let is_wrong = days.is_some_and(|days| !(0..=TERMS_DAYS_MAX).contains(&days));
    let detail = format!("terms have 0 to {TERMS_DAYS_MAX} days");
    is_wrong.then(|| Fault { pointer: "#/terms_days".to_owned(), code: Code::ValidationFailed, detail })
}

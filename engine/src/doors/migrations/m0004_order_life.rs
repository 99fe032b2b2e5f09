//! The life of an order after its first check: revisions, shipments, lines, deposits, and approvals that run out.

use super::table::{Table, add_column};
use sea_orm::DbBackend;

/// Later columns: `order.approved` is what may ship in all, from which everything it reserves follows.
const COLUMNS: &[(&str, &str)] = &[
    ("sales_order", "approved_minor int! 0"),
    ("sales_order", "shipped_minor int! 0"),
    ("sales_order", "deposit_minor int! 0"),
    ("sales_order", "terms_days int"),
    ("sales_order", "valid_until date"),
    ("sales_order", "lines text! '[]'"),
    ("sales_order", "closed_reason text"),
    ("reservation", "shipped_minor int! 0"),
    ("balance", "shipped_minor int! 0"),
    ("balance", "deposits_minor int! 0"),
    ("payment", "deposit_minor int! 0"),
];

/// What orders from before had approved: all they reserve, and what was taken of it by invoices.
const OLD_ORDERS: &str = "UPDATE sales_order SET approved_minor = reserved_minor + invoiced_minor \
                          WHERE reserved_minor > 0 OR state IN ('approved', 'released', 'invoiced')";

const fn table(
    name: &'static str,
    columns: &'static str,
    unique: &'static [&'static str],
    indexes: &'static [&'static str],
    parents: &'static [&'static str],
) -> Table {
    Table { name, columns, unique, indexes, parents }
}

const TABLES: &[Table] = &[
    table(
        "order_revision",
        "account_id uuid!, order_id uuid!, no int!, was text!, becomes text!, reason text!, author text!, is_checked bool!, \
         revised_on date!, created_at at!",
        &["order_id, no"],
        &[],
        &["order_id sales_order"],
    ),
    table(
        "shipment",
        "account_id uuid!, order_id uuid!, external_id text!, currency text!, amount_minor int!, lines text!, shipped_on date!, \
         content_hash text!, created_at at!",
        &["external_id"],
        &["order_id, id"],
        &["order_id sales_order"],
    ),
    table(
        "deposit",
        "account_id uuid!, payment_id uuid!, order_id uuid!, entity text!, currency text!, amount_minor int!, booked_on date!, \
         reverses_id uuid, created_at at!",
        &[],
        &["order_id", "payment_id", "account_id, booked_on"],
        &["order_id sales_order", "payment_id payment"],
    ),
];

/// Found by what names them: approvals by their last day, money by the order it is for.
const INDEXES: &[&str] = &[
    "CREATE INDEX ix_sales_order_valid_until ON sales_order (tenant_id, valid_until) WHERE valid_until IS NOT NULL",
    "CREATE INDEX ix_payment_order ON payment (tenant_id, order_external_id) WHERE order_external_id IS NOT NULL",
];

/// Every statement, in order.
pub(super) fn statements(backend: DbBackend) -> Vec<String> {
    let columns = COLUMNS.iter().map(|(table, text)| add_column(table, text, backend));
    let tables = TABLES.iter().flat_map(|table| table.statements(backend));
    columns.chain([OLD_ORDERS.to_owned()]).chain(tables).chain(INDEXES.iter().map(|text| (*text).to_owned())).collect()
}

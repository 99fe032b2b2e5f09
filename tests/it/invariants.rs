//! What holds in every committed state, asked of the tables from outside: money is conserved, kept sums equal what they sum up,
//! and nothing is half-written.

use crate::inspect;

/// Name, and a query that returns the rows that break it. The same text for both databases.
const ALWAYS: &[(&str, &str)] = &[
    (
        "an instalment is open by its amount less what came before us and what is allocated to it, and never below zero",
        "SELECT i.invoice_external_id, i.no, i.amount_minor, i.open_minor, COALESCE(a.sum_minor, 0)
           FROM instalment i LEFT JOIN (SELECT tenant_id, instalment_id, SUM(amount_minor) AS sum_minor FROM allocation GROUP BY tenant_id, instalment_id) a
             ON a.tenant_id = i.tenant_id AND a.instalment_id = i.id
          WHERE i.open_minor < 0 OR i.disputed_minor < 0 OR i.disputed_minor > i.open_minor
             OR (i.cancelled_on IS NULL AND i.open_minor <> i.amount_minor - i.paid_before_minor - COALESCE(a.sum_minor, 0))
             OR (i.cancelled_on IS NOT NULL AND i.open_minor <> 0)",
    ),
    (
        "an invoice is the sum of its instalments",
        "SELECT v.external_id, v.total_minor, SUM(i.amount_minor) FROM invoice v LEFT JOIN instalment i ON i.tenant_id = v.tenant_id AND i.invoice_id = v.id
          GROUP BY v.tenant_id, v.id, v.external_id, v.total_minor HAVING v.total_minor <> COALESCE(SUM(i.amount_minor), 0)",
    ),
    (
        "a payment is what is allocated of it, what lies on orders and what does neither",
        "SELECT p.external_id, p.amount_minor, p.unallocated_minor, COALESCE(a.sum_minor, 0)
           FROM payment p LEFT JOIN (SELECT tenant_id, payment_id, SUM(amount_minor) AS sum_minor FROM allocation GROUP BY tenant_id, payment_id) a
             ON a.tenant_id = p.tenant_id AND a.payment_id = p.id
           LEFT JOIN (SELECT tenant_id, payment_id, SUM(amount_minor) AS sum_minor FROM deposit GROUP BY tenant_id, payment_id) d
             ON d.tenant_id = p.tenant_id AND d.payment_id = p.id
          WHERE p.unallocated_minor < 0 OR p.deposit_minor <> COALESCE(d.sum_minor, 0)
             OR (p.voided_on IS NULL AND p.amount_minor <> p.unallocated_minor + p.deposit_minor + COALESCE(a.sum_minor, 0))
             OR (p.voided_on IS NOT NULL AND (p.unallocated_minor <> 0 OR p.deposit_minor <> 0 OR COALESCE(a.sum_minor, 0) <> 0))",
    ),
    (
        "a credit note is what is allocated of it and what is open",
        "SELECT c.external_id, c.amount_minor, c.open_minor, COALESCE(a.sum_minor, 0)
           FROM credit_note c LEFT JOIN (SELECT tenant_id, credit_note_id, SUM(amount_minor) AS sum_minor FROM allocation GROUP BY tenant_id, credit_note_id) a
             ON a.tenant_id = c.tenant_id AND a.credit_note_id = c.id
          WHERE c.open_minor < 0 OR c.amount_minor <> c.open_minor + COALESCE(a.sum_minor, 0)",
    ),
    (
        "an allocation that undoes another is its mirror",
        "SELECT u.amount_minor, a.amount_minor FROM allocation u JOIN allocation a ON a.tenant_id = u.tenant_id AND a.id = u.reverses_id
          WHERE u.amount_minor <> -a.amount_minor OR u.instalment_id <> a.instalment_id OR u.currency <> a.currency",
    ),
    (
        "the kept balance is the sum of what it counts",
        "SELECT b.account_id, b.entity, b.currency, b.open_minor, i.open, b.disputed_minor, i.disputed, b.unallocated_minor, p.cash, b.credit_notes_minor, c.notes
           FROM balance b
           LEFT JOIN (SELECT tenant_id, account_id, entity, currency, SUM(open_minor) AS open, SUM(disputed_minor) AS disputed FROM instalment
                       GROUP BY tenant_id, account_id, entity, currency) i
             ON i.tenant_id = b.tenant_id AND i.account_id = b.account_id AND i.entity = b.entity AND i.currency = b.currency
           LEFT JOIN (SELECT tenant_id, account_id, entity, currency, SUM(unallocated_minor) AS cash FROM payment GROUP BY tenant_id, account_id, entity, currency) p
             ON p.tenant_id = b.tenant_id AND p.account_id = b.account_id AND p.entity = b.entity AND p.currency = b.currency
           LEFT JOIN (SELECT tenant_id, account_id, entity, currency, SUM(open_minor) AS notes FROM credit_note GROUP BY tenant_id, account_id, entity, currency) c
             ON c.tenant_id = b.tenant_id AND c.account_id = b.account_id AND c.entity = b.entity AND c.currency = b.currency
          WHERE b.open_minor <> COALESCE(i.open, 0) OR b.disputed_minor <> COALESCE(i.disputed, 0) OR b.unallocated_minor <> COALESCE(p.cash, 0)
             OR b.credit_notes_minor <> COALESCE(c.notes, 0)",
    ),
    (
        "the kept balance of orders is what orders reserve",
        "SELECT b.account_id, b.entity, b.currency, b.orders_minor, o.reserved FROM balance b
           LEFT JOIN (SELECT tenant_id, account_id, entity, currency, SUM(reserved_minor) AS reserved FROM sales_order GROUP BY tenant_id, account_id, entity, currency) o
             ON o.tenant_id = b.tenant_id AND o.account_id = b.account_id AND o.entity = b.entity AND o.currency = b.currency
          WHERE b.orders_minor <> COALESCE(o.reserved, 0)",
    ),
    (
        "an order's figures are those of its shipments, its invoices that stand and its deposits",
        "SELECT o.external_id, o.shipped_minor, s.sum_minor, o.invoiced_minor, i.sum_minor, o.deposit_minor, d.sum_minor FROM sales_order o
           LEFT JOIN (SELECT tenant_id, order_id, SUM(amount_minor) AS sum_minor FROM shipment GROUP BY tenant_id, order_id) s
             ON s.tenant_id = o.tenant_id AND s.order_id = o.id
           LEFT JOIN (SELECT tenant_id, account_id, currency, order_external_id, SUM(total_minor) AS sum_minor FROM invoice WHERE cancelled_on IS NULL
                       GROUP BY tenant_id, account_id, currency, order_external_id) i
             ON i.tenant_id = o.tenant_id AND i.account_id = o.account_id AND i.currency = o.currency AND i.order_external_id = o.external_id
           LEFT JOIN (SELECT tenant_id, order_id, SUM(amount_minor) AS sum_minor FROM deposit GROUP BY tenant_id, order_id) d
             ON d.tenant_id = o.tenant_id AND d.order_id = o.id
          WHERE o.shipped_minor <> COALESCE(s.sum_minor, 0) OR o.invoiced_minor <> COALESCE(i.sum_minor, 0)
             OR o.deposit_minor <> COALESCE(d.sum_minor, 0) OR o.deposit_minor < 0 OR o.shipped_minor > o.amount_minor",
    ),
    (
        "an order reserves what may ship or has shipped and is not invoiced, less its deposit, and nothing once it has ended",
        "SELECT o.external_id, o.state, o.approved_minor, o.shipped_minor, o.invoiced_minor, o.deposit_minor, o.reserved_minor FROM sales_order o
          WHERE o.reserved_minor < 0 OR (o.state IN ('rejected', 'cancelled', 'invoiced') AND o.reserved_minor <> 0)
             OR (o.state NOT IN ('rejected', 'cancelled', 'invoiced') AND o.reserved_minor <>
                   CASE WHEN o.shipped_minor > o.approved_minor AND o.shipped_minor > o.invoiced_minor + o.deposit_minor
                             THEN o.shipped_minor - o.invoiced_minor - o.deposit_minor
                        WHEN o.approved_minor > o.invoiced_minor + o.deposit_minor AND o.approved_minor >= o.shipped_minor
                             THEN o.approved_minor - o.invoiced_minor - o.deposit_minor
                        ELSE 0 END)",
    ),
    (
        "what orders reserve is the sum of its dated movements",
        "SELECT o.external_id, o.reserved_minor, r.sum_minor FROM sales_order o
           LEFT JOIN (SELECT tenant_id, order_id, SUM(amount_minor) AS sum_minor FROM reservation GROUP BY tenant_id, order_id) r
             ON r.tenant_id = o.tenant_id AND r.order_id = o.id
          WHERE o.reserved_minor <> COALESCE(r.sum_minor, 0)",
    ),
    (
        "the kept balance of what has shipped is the sum of its dated movements, and that of deposits the sum on orders",
        "SELECT b.account_id, b.entity, b.currency, b.shipped_minor, r.shipped, b.deposits_minor, d.cash FROM balance b
           LEFT JOIN (SELECT tenant_id, account_id, entity, currency, SUM(shipped_minor) AS shipped FROM reservation
                       GROUP BY tenant_id, account_id, entity, currency) r
             ON r.tenant_id = b.tenant_id AND r.account_id = b.account_id AND r.entity = b.entity AND r.currency = b.currency
           LEFT JOIN (SELECT tenant_id, account_id, entity, currency, SUM(amount_minor) AS cash FROM deposit
                       GROUP BY tenant_id, account_id, entity, currency) d
             ON d.tenant_id = b.tenant_id AND d.account_id = b.account_id AND d.entity = b.entity AND d.currency = b.currency
          WHERE b.shipped_minor <> COALESCE(r.shipped, 0) OR b.deposits_minor <> COALESCE(d.cash, 0) OR b.shipped_minor > b.orders_minor",
    ),
    (
        "what is owed has a balance",
        "SELECT i.account_id, i.entity, i.currency FROM instalment i
           LEFT JOIN balance b ON b.tenant_id = i.tenant_id AND b.account_id = i.account_id AND b.entity = i.entity AND b.currency = i.currency
          WHERE b.id IS NULL AND i.open_minor > 0",
    ),
    (
        "the kept sum of a due date is the sum of the instalments due then",
        "SELECT d.account_id, d.due_on, d.open_minor, i.open, d.open_count, i.items FROM due_sum d
           LEFT JOIN (SELECT tenant_id, account_id, entity, currency, due_on, SUM(open_minor) AS open, SUM(disputed_minor) AS disputed,
                             SUM(CASE WHEN open_minor > 0 THEN 1 ELSE 0 END) AS items
                        FROM instalment GROUP BY tenant_id, account_id, entity, currency, due_on) i
             ON i.tenant_id = d.tenant_id AND i.account_id = d.account_id AND i.entity = d.entity AND i.currency = d.currency AND i.due_on = d.due_on
          WHERE d.open_minor <> COALESCE(i.open, 0) OR d.disputed_minor <> COALESCE(i.disputed, 0) OR d.open_count <> COALESCE(i.items, 0)",
    ),
    (
        "an account knows how many open items it has",
        "SELECT a.external_id, a.open_count, COUNT(i.id) FROM account a
           LEFT JOIN instalment i ON i.tenant_id = a.tenant_id AND i.account_id = a.id AND i.open_minor > 0
          GROUP BY a.tenant_id, a.id, a.external_id, a.open_count HAVING a.open_count <> COUNT(i.id)",
    ),
    (
        "an account counts the securities that stand behind it",
        "SELECT a.external_id, a.security_count, COUNT(s.id) FROM account a
           LEFT JOIN security s ON s.tenant_id = a.tenant_id AND s.account_id = a.id AND s.withdrawn_on IS NULL
          GROUP BY a.tenant_id, a.id, a.external_id, a.security_count HAVING a.security_count <> COUNT(s.id)",
    ),
    (
        "a group lies in the tree of the one above it",
        "SELECT g.external_id FROM credit_group g LEFT JOIN credit_group p ON p.tenant_id = g.tenant_id AND p.id = g.parent_id
          WHERE (g.parent_id IS NULL AND g.root_id <> g.id) OR (g.parent_id IS NOT NULL AND (p.id IS NULL OR p.root_id <> g.root_id))",
    ),
    (
        "an account with signals says so",
        "SELECT s.kind, s.account_id FROM signal s LEFT JOIN risk_profile p ON p.tenant_id = s.tenant_id AND p.account_id = s.account_id
          WHERE p.id IS NULL OR NOT p.has_signals",
    ),
    (
        "every journal entry has its outbox line, and the other way round",
        "SELECT 'entry', j.kind FROM journal j LEFT JOIN outbox o ON o.tenant_id = j.tenant_id AND o.id = j.id WHERE o.id IS NULL
         UNION ALL SELECT 'line', '' FROM outbox o LEFT JOIN journal j ON j.tenant_id = o.tenant_id AND j.id = o.id WHERE j.id IS NULL",
    ),
    (
        "no journal entry is ahead of its account",
        "SELECT j.kind, j.account_version, a.version FROM journal j JOIN account a ON a.tenant_id = j.tenant_id AND a.id = j.account_id
          WHERE j.account_version > a.version",
    ),
    (
        "a decision keeps the facts it was made from",
        "SELECT d.cause, d.outcome FROM decision d LEFT JOIN decision_facts f ON f.tenant_id = d.tenant_id AND f.id = d.facts_id WHERE f.id IS NULL",
    ),
    (
        "a notice asks for the sum of its lines",
        "SELECT n.step, n.amount_minor, SUM(l.amount_minor) FROM notice n JOIN notice_line l ON l.tenant_id = n.tenant_id AND l.notice_id = n.id
          WHERE NOT l.is_for_information GROUP BY n.tenant_id, n.id, n.step, n.amount_minor HAVING n.amount_minor <> SUM(l.amount_minor)",
    ),
];

/// Everything that is broken in this database, a line each.
pub async fn broken(url: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (name, query) in ALWAYS {
        let rows = inspect::sql(url, query).await.unwrap_or_else(|why| vec![vec![Some(why)]]);
        found.extend(rows.iter().take(5).map(|row| format!("{name}: {row:?}")));
    }
    found
}

/// Fails when anything is broken.
#[track_caller]
pub fn clean(found: &[String]) {
    assert!(found.is_empty(), "the ledger is not whole:\n{}", found.join("\n"));
}

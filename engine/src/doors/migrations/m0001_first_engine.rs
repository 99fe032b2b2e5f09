//! The schema of the first engine.

use super::table::Table;
use sea_orm::DbBackend;

const fn table(
    name: &'static str,
    columns: &'static str,
    unique: &'static [&'static str],
    indexes: &'static [&'static str],
    parents: &'static [&'static str],
) -> Table {
    Table { name, columns, unique, indexes, parents }
}

const GLOBAL: &[Table] = &[
    table("tenant", "slug text!, kind text!, time_zone text!, currency text!, created_at at!", &["slug"], &[], &[]),
    table("signing_key", "kid text!, sealed bytes!, created_at at!", &["kid"], &[], &[]),
];

const OF_TENANTS: &[Table] = &[
    table("tenant_state", "revision int!, policy_id uuid!, settings text!, collections_day date, test_now at", &[""], &[], &[]),
    table("idempotency", "scope text!, fingerprint text!, answer text!, created_at at!", &["scope"], &[], &[]),
    table("counter", "name text!, value int!", &["name"], &[], &[]),
    table("policy_version", "number int!, name text!, document text!, author text!, created_at at!", &["number"], &[], &[]),
    table("calendar", "name text!, document text!, version int!, created_at at!", &["name"], &[], &[]),
    table(
        "approval",
        "kind text!, account_id uuid, subject text!, subject_id uuid!, role text!, code text!, text_en text!, text_zh text!, asked_by text!, \
         asked_on date!, expires_on date!, state text!, decided_by text, decided_at at, comment text, version int!",
        &[],
        &["state, id", "subject_id"],
        &[],
    ),
    table(
        "plugin_version",
        "name text!, number int!, hash text!, version text!, files text!, message text, tag text, author text!, created_at at!",
        &["name, number", "name, hash"],
        &[],
        &[],
    ),
    table("plugin_draft", "name text!, author text!, files text!, version int!, saved_at at!", &["name, author"], &[], &[]),
    table(
        "plugin_activation",
        "name text!, number int!, mode text!, settings text!, segment_settings text!, revision int!, asked_by text!, approved_by text, \
         reason text, at at!, is_current bool!",
        &["name : is_current", "name, revision"],
        &["name, id"],
        &[],
    ),
    table(
        "account",
        "external_id text!, name text!, currency text!, parent_id uuid, segment text, grade text, owner text, region text, country text, \
         language text, kind text!, tax_id text, terms_days int, payment_mode text, time_zone text, state text!, is_blocked bool!, \
         block_reason text, tags text!, metadata text!, content_hash text!, version int!, next_review_on date, facts_until date, \
         daily_asked_on date, open_count int!, shard int!, created_at at!",
        &["external_id"],
        &["next_review_on, shard, id : next_review_on IS NOT NULL", "name, id"],
        &[],
    ),
    table(
        "contact",
        "account_id uuid!, external_id text, name text!, role text!, email text, phone text, language text, version int!, created_at at!",
        &["external_id : external_id IS NOT NULL"],
        &["account_id"],
        &["account_id account"],
    ),
    table("account_note", "account_id uuid!, text text!, author text!, created_at at!", &[], &["account_id, id"], &["account_id account"]),
    table(
        "balance",
        "account_id uuid!, entity text!, currency text!, open_minor int!, disputed_minor int!, orders_minor int!, unallocated_minor int!, \
         credit_notes_minor int!, lifetime_paid_minor int!, settled_minor int!, on_time_minor int!, settled_count int!, late_days int!",
        &["account_id, entity, currency"],
        &[],
        &["account_id account"],
    ),
    table(
        "due_sum",
        "account_id uuid!, entity text!, currency text!, due_on date!, open_minor int!, disputed_minor int!, open_count int!",
        &["account_id, entity, currency, due_on"],
        &["account_id, due_on : open_count > 0"],
        &["account_id account"],
    ),
    table(
        "invoice",
        "account_id uuid!, external_id text!, entity text!, currency text!, total_minor int!, issued_on date!, order_external_id text, \
         contract_external_id text, batch_no int, reference text, salesperson text, product_line text, origin text!, cancelled_on date, \
         content_hash text!, created_at at!",
        &["external_id"],
        &["account_id, id", "issued_on", "order_external_id : order_external_id IS NOT NULL"],
        &["account_id account"],
    ),
    table(
        "instalment",
        "invoice_id uuid!, account_id uuid!, invoice_external_id text!, entity text!, currency text!, no int!, part text!, issued_on date!, \
         due_on date!, order_external_id text, contract_external_id text, batch_no int, amount_minor int!, open_minor int!, disputed_minor int!, \
         paid_before_minor int!, cancelled_on date, settled_on date, last_step text, last_step_on date, draft_step text, asked_lead_days int",
        &["invoice_id, no"],
        &["account_id, due_on : open_minor > 0", "account_id, id"],
        &["invoice_id invoice"],
    ),
    table(
        "payment",
        "account_id uuid!, external_id text!, entity text!, currency text!, amount_minor int!, unallocated_minor int!, received_on date!, \
         method text!, state text!, reference text, invoice_external_id text, order_external_id text, contract_external_id text, origin text!, \
         voided_on date, void_kind text, void_reason text, content_hash text!, created_at at!",
        &["external_id"],
        &[
            "account_id, received_on, id",
            "account_id, invoice_external_id : unallocated_minor > 0 AND invoice_external_id IS NOT NULL",
            "account_id : unallocated_minor > 0",
        ],
        &["account_id account"],
    ),
    table(
        "credit_note",
        "account_id uuid!, external_id text!, entity text!, currency text!, amount_minor int!, open_minor int!, issued_on date!, \
         invoice_external_id text, reason text, content_hash text!, created_at at!",
        &["external_id"],
        &["account_id, id", "account_id : open_minor > 0"],
        &["account_id account"],
    ),
    table(
        "allocation",
        "account_id uuid!, payment_id uuid, credit_note_id uuid, invoice_id uuid!, instalment_id uuid!, currency text!, amount_minor int!, \
         allocated_on date!, reverses_id uuid, created_at at!",
        &["reverses_id : reverses_id IS NOT NULL"],
        &["instalment_id, allocated_on", "payment_id : payment_id IS NOT NULL", "account_id, allocated_on"],
        &["instalment_id instalment"],
    ),
    table(
        "credit_limit",
        "account_id uuid!, kind text!, currency text!, amount_minor int, valid_from date!, valid_to date, reason text!, author text!, created_at at!",
        &["account_id, kind, valid_from"],
        &[],
        &["account_id account"],
    ),
    table(
        "sales_order",
        "account_id uuid!, external_id text!, entity text!, currency text!, amount_minor int!, reserved_minor int!, released_minor int!, \
         invoiced_minor int!, state text!, decision text!, contract_external_id text, batch_no int, ship_on date, is_partial_ok bool!, answer text!, \
         decision_id uuid!, content_hash text!, version int!, placed_on date!, created_at at!",
        &["external_id"],
        &["account_id, id", "state, id"],
        &["account_id account"],
    ),
    table(
        "reservation",
        "order_id uuid!, account_id uuid!, entity text!, currency text!, amount_minor int!, reserved_on date!, created_at at!",
        &[],
        &["account_id, reserved_on", "order_id"],
        &["order_id sales_order"],
    ),
    table(
        "hold",
        "account_id uuid!, order_id uuid, source text!, code text!, text_en text!, text_zh text!, currency text, pay_to_release_minor int, \
         paid_before_minor int!, placed_on date!, expires_on date, state text!, lifted_on date, lifted_by text, lift_reason text, \
         decision_id uuid, version int!, created_at at!",
        &[],
        &["account_id : state = 'active'", "state, id", "order_id : order_id IS NOT NULL"],
        &["account_id account"],
    ),
    table("hold_item", "hold_id uuid!, instalment_id uuid!", &["hold_id, instalment_id"], &[], &["hold_id hold"]),
    table(
        "offer",
        "account_id uuid!, instalment_id uuid!, invoice_external_id text!, rate text!, currency text!, discount_minor int!, pay_by date!, \
         state text!, source text!, decision_id uuid, made_on date!, created_at at!",
        &["instalment_id : state = 'open'"],
        &["account_id, id"],
        &["account_id account"],
    ),
    table(
        "collection_case",
        "account_id uuid!, number int!, state text!, stage text!, stage_no int!, stage_since date!, opened_on date!, overdue_since date, \
         closed_on date, closed_reason text, priority int!, owner text, next_step text, next_step_on date, last_notice_on date, \
         last_formal_on date, paused_until date, opened_by text, scheduled text!, clocks text!, version int!, created_at at!",
        &["account_id : state <> 'closed'", "number"],
        &["state, priority, id", "account_id, id"],
        &["account_id account"],
    ),
    table(
        "step_instance",
        "account_id uuid!, case_id uuid!, key text!, step_type text!, state text!, entered_on date!, wake_on date!, due_on date!, \
         approval text!, approval_id uuid, tries int!, data text!, is_done bool!, created_at at!",
        &[],
        &["account_id : NOT is_done"],
        &[],
    ),
    table(
        "task",
        "account_id uuid!, case_id uuid, kind text!, activity text!, role text!, step text, effective_on date!, due_on date!, state text!, \
         source text!, details text!, created_on date!, done_on date, done_by text, outcome text, version int!, created_at at!",
        &[],
        &["state, due_on, id", "account_id, id", "account_id : state = 'open'"],
        &[],
    ),
    table(
        "notice",
        "account_id uuid!, case_id uuid, contact_id uuid, entity text!, currency text!, channel text!, template text!, language text!, step text!, \
         effective_on date!, state text!, is_formal bool!, amount_minor int!, credit_minor int!, answer_by date!, send_on date, offer_id uuid, \
         source text!, created_on date!, created_at at!",
        &[],
        &["account_id, id", "case_id, step"],
        &[],
    ),
    table(
        "notice_line",
        "notice_id uuid!, account_id uuid!, invoice_id uuid!, instalment_id uuid!, invoice_external_id text!, part text!, step text!, \
         effective_on date!, days_past_due int!, amount_minor int!, currency text!, is_for_information bool!",
        &["instalment_id, step, effective_on : NOT is_for_information"],
        &["notice_id"],
        &[],
    ),
    table(
        "handoff",
        "account_id uuid!, case_id uuid!, kind text!, state text!, entity text!, currency text!, amount_minor int!, documents text!, packet text!, \
         source text!, decision_id uuid, made_on date!, version int!, created_at at!",
        &[],
        &["account_id, id", "state, id"],
        &[],
    ),
    table(
        "evidence",
        "account_id uuid!, kind text!, reference text!, dated_on date!, created_at at!",
        &[],
        &["account_id, id"],
        &["account_id account"],
    ),
    table(
        "decision",
        "account_id uuid!, cause text!, cause_id uuid!, effective_on date!, at at!, actor text!, request_id text!, attempts int!, revision int!, \
         policy_id uuid!, outcome text!, record text!, facts_id uuid!, facts_slot int!",
        &[],
        &["account_id, id"],
        &[],
    ),
    table("decision_facts", "schema_version int!, body bytes!", &[], &[], &[]),
    table(
        "journal",
        "at at!, actor text!, request_id text!, account_id uuid, account_version int, kind text!, subject text!, subject_id uuid!, \
         effective_on date!, decision_id uuid, body text!",
        &[],
        &["account_id, id"],
        &[],
    ),
    table("outbox", "account_id uuid, account_version int, position int", &[], &["id : position IS NULL"], &[]),
    table(
        "import",
        "kind text!, state text!, total int!, done int!, accepted int!, rejected int!, failed int!, repeated int!, warned int!, creates_accounts bool!, \
         actor text!, detail text, started_at at!, finished_at at",
        &[],
        &[],
        &[],
    ),
    table(
        "import_fault",
        "import_id uuid!, line int!, field text, code text!, detail text!, is_warning bool!",
        &[],
        &["import_id, is_warning, line, id"],
        &[],
    ),
    table(
        "run",
        "day date!, state text!, accounts_due int!, accounts_done int!, failed int!, notices int!, tasks int!, cases_opened int!, cases_closed int!, \
         offers int!, holds int!, handoffs int!, lease_owner text, lease_until at, epoch int!, started_at at!, finished_at at",
        &["day"],
        &[],
        &[],
    ),
];

/// Every statement, in order.
pub(super) fn statements(backend: DbBackend) -> Vec<String> {
    let global = GLOBAL.iter().flat_map(|table| table.global(backend));
    let of_tenants = OF_TENANTS.iter().flat_map(|table| table.statements(backend));
    global.chain(of_tenants).collect()
}

//! The credit file: entries, checklists, score sheets, grades with their history, grade runs and credit reviews.

use super::table::{Table, add_column};
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

const TABLES: &[Table] = &[
    table(
        "credit_file_entry",
        "account_id uuid!, number int!, section text!, source text!, reliability int!, basis text!, title text!, content text!, reference text, \
         evidence_url text, dated_on date!, replaces_id uuid, author text!, created_at at!",
        &["account_id, number", "replaces_id : replaces_id IS NOT NULL"],
        &[],
        &["account_id account"],
    ),
    table(
        "checklist_answer",
        "account_id uuid!, item text!, is_met bool!, reference text, note text, answered_on date!, author text!, created_at at!",
        &[],
        &["account_id, id"],
        &["account_id account"],
    ),
    table(
        "score_template",
        "name text!, title_en text!, title_zh text!, dimensions text!, author text!, created_at at!",
        &["name"],
        &[],
        &[],
    ),
    table(
        "score_sheet",
        "account_id uuid!, template text!, scored_on date!, dimensions text!, score_hundredths int!, author text!, created_at at!",
        &[],
        &["account_id, id"],
        &["account_id account"],
    ),
    table(
        "grade_table",
        "currency text, valid_from date!, grades text!, reason text!, author text!, created_at at!",
        &["currency, valid_from : currency IS NOT NULL", "valid_from : currency IS NULL"],
        &[],
        &[],
    ),
    table(
        "grade_change",
        "account_id uuid!, from_grade text, to_grade text, changed_on date!, score_hundredths int, source text!, source_id uuid, reasons text!, \
         author text!, created_at at!",
        &[],
        &["account_id, id"],
        &["account_id account"],
    ),
    table(
        "credit_review",
        "account_id uuid!, reviewed_on date!, outcome text!, grade text, earned_grade text, score_hundredths int, currency text!, \
         expected_monthly_sales_minor int, monthly_capacity_minor int, margin_bps int, proposed_limit_minor int, next_review_on date!, \
         comment text!, reasons text!, author text!, decision_id uuid!, created_at at!",
        &[],
        &["account_id, id"],
        &["account_id account"],
    ),
    table(
        "grade_run",
        "day date!, is_dry_run bool!, reason text!, state text!, last_account_id uuid, total int!, done int!, changed int!, ungraded int!, \
         failed int!, author text!, started_at at!, finished_at at",
        &[],
        &["id : state = 'running'"],
        &[],
    ),
    table(
        "grade_result",
        "run_id uuid!, account_id uuid!, from_grade text, earned_grade text, to_grade text, is_changed bool!, score_hundredths int, source text!, \
         currency text!, proposed_limit_minor int, reasons text!, created_at at!",
        &["run_id, account_id"],
        &["run_id, id"],
        &["run_id grade_run", "account_id account"],
    ),
];

/// Every statement, in order.
pub(super) fn statements(backend: DbBackend) -> Vec<String> {
    let tables = TABLES.iter().flat_map(|table| table.statements(backend));
    let columns = ["credit_review_on date", "credit_review_asked_on date"].map(|column| add_column("account", column, backend));
    tables.chain(columns).collect()
}

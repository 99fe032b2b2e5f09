//! Tables of grades.

use super::rules::table::GradeTable;
use crate::doors::store::columns::Payload;
use crate::tenant_rows;
use crate::words::id::GradeTableId;
use crate::words::money::Currency;
use chrono::NaiveDate;

tenant_rows! {
    /// Grade tables, dated and never changed; for one currency or, without one, for all others.
    "grade_table" grade_table {
        id: GradeTableId,
        currency: Option<Currency>,
        valid_from: NaiveDate,
        grades: Payload<GradeTable>,
        reason: String,
        author: String,
        created_at: DateTimeUtc,
    }
}

//! What accounts stood at on a past day, from the dated movements behind their sums.

use super::exposure::Stands;
use super::rules::exposure::KeptSums;
use crate::doors::store::{Read, failed};
use crate::words::error::Result;
use crate::words::id::{AccountId, CreditGroupId};
use crate::words::money::Money;
use chrono::NaiveDate;
use sea_orm::{DbErr, QueryResult};
use uuid::Uuid;

/// What was open, overdue, unallocated, credited, reserved and deposited on a day, by currency (contract choice 8, decision 43). Each
/// figure is what it is now and what was booked on it after the day; a document that was cancelled or voided after the day counts as
/// it was before.
const ON_DAY: &str = "
WITH <stays>booked AS (SELECT instalment_id, payment_id, credit_note_id, amount_minor FROM allocation
                 WHERE tenant_id = $1 AND account_id <whose> AND allocated_on > $3),
     placed AS (SELECT account_id, payment_id, amount_minor, currency, booked_on FROM deposit WHERE tenant_id = $1 AND account_id <whose>)
SELECT <group>currency, CAST(SUM(open_minor) AS BIGINT) AS open_minor, CAST(SUM(overdue_minor) AS BIGINT) AS overdue_minor,
       CAST(SUM(disputed_minor) AS BIGINT) AS disputed_minor, CAST(SUM(orders_minor) AS BIGINT) AS orders_minor,
       CAST(SUM(shipped_minor) AS BIGINT) AS shipped_minor, CAST(SUM(unallocated_minor) AS BIGINT) AS unallocated_minor,
       CAST(SUM(credit_notes_minor) AS BIGINT) AS credit_notes_minor, CAST(SUM(deposits_minor) AS BIGINT) AS deposits_minor
  FROM (SELECT account_id, currency, open_minor, CASE WHEN due_on < $3 THEN open_minor ELSE 0 END AS overdue_minor,
               CASE WHEN disputed_minor < open_minor THEN disputed_minor ELSE open_minor END AS disputed_minor,
               0 AS orders_minor, 0 AS shipped_minor, 0 AS unallocated_minor, 0 AS credit_notes_minor, 0 AS deposits_minor
          FROM (SELECT i.account_id, i.currency, i.due_on, i.disputed_minor,
                       CASE WHEN i.cancelled_on IS NULL THEN i.open_minor ELSE i.amount_minor - i.paid_before_minor END
                         + COALESCE((SELECT SUM(b.amount_minor) FROM booked b WHERE b.instalment_id = i.id), 0) AS open_minor
                  FROM instalment i
                 WHERE i.tenant_id = $1 AND i.account_id <whose> AND i.issued_on <= $3 AND (i.cancelled_on IS NULL OR i.cancelled_on > $3)) items
        UNION ALL
        SELECT account_id, currency, 0, 0, 0, amount_minor, shipped_minor, 0, 0, 0
          FROM reservation WHERE tenant_id = $1 AND account_id <whose> AND reserved_on <= $3
        UNION ALL
        SELECT p.account_id, p.currency, 0, 0, 0, 0, 0, CASE WHEN p.voided_on IS NULL THEN p.unallocated_minor ELSE p.amount_minor END
               + COALESCE((SELECT SUM(b.amount_minor) FROM booked b WHERE b.payment_id = p.id), 0)
               + COALESCE((SELECT SUM(d.amount_minor) FROM placed d WHERE d.payment_id = p.id AND d.booked_on > $3), 0), 0, 0
          FROM payment p
         WHERE p.tenant_id = $1 AND p.account_id <whose> AND p.received_on <= $3 AND (p.voided_on IS NULL OR p.voided_on > $3)
        UNION ALL
        SELECT c.account_id, c.currency, 0, 0, 0, 0, 0, 0,
               c.open_minor + COALESCE((SELECT SUM(b.amount_minor) FROM booked b WHERE b.credit_note_id = c.id), 0), 0
          FROM credit_note c WHERE c.tenant_id = $1 AND c.account_id <whose> AND c.issued_on <= $3
        UNION ALL
        SELECT account_id, currency, 0, 0, 0, 0, 0, 0, 0, amount_minor FROM placed WHERE booked_on <= $3) parts<join>
 GROUP BY <group>currency ORDER BY <group>currency";

/// Who belonged on the day to which group of a tree: the groups hang together as they do today.
const STAYS: &str = "stay AS (SELECT s.account_id, s.group_id FROM group_stay s
                 JOIN credit_group g ON g.tenant_id = s.tenant_id AND g.id = s.group_id
                WHERE s.tenant_id = $1 AND g.root_id = $2
                  AND (s.joined_on IS NULL OR s.joined_on <= $3) AND (s.left_on IS NULL OR s.left_on > $3)),
     ";

/// The group an account belonged to on a day.
const GROUP_OF: &str = "SELECT group_id FROM group_stay
 WHERE tenant_id = $1 AND account_id = $2 AND (joined_on IS NULL OR joined_on <= $3) AND (left_on IS NULL OR left_on > $3)";

/// What an account stood at on a day.
pub(super) async fn on_day(read: &Read, account: AccountId, day: NaiveDate) -> Result<Stands> {
    let sql = ON_DAY.replace("<whose>", "= $2").replace("<stays>", "").replace("<group>", "").replace("<join>", "");
    let rows = read.rows(&sql, [account.into(), day.into()]).await?;
    let one = |row: &QueryResult| -> std::result::Result<(KeptSums, Money), DbErr> {
        let sums = read_sums(row, account)?;
        let overdue = Money::new(row.try_get("", "overdue_minor")?, sums.currency);
        Ok((sums, overdue))
    };
    let rows = rows.iter().map(|row| one(row).map_err(failed)).collect::<Result<Vec<_>>>()?;
    let (sums, overdue) = rows.into_iter().unzip();
    Ok(Stands { sums, overdue })
}

/// What those stood at on a day who belonged then to the groups under a root, by group.
pub(super) async fn groups_on_day(read: &Read, root: CreditGroupId, day: NaiveDate) -> Result<Vec<(CreditGroupId, KeptSums)>> {
    let sql = ON_DAY.replace("<whose>", "IN (SELECT account_id FROM stay)").replace("<stays>", STAYS);
    let sql = sql.replace("<group>", "s.group_id, ").replace("<join>", " JOIN stay s ON s.account_id = parts.account_id");
    let rows = read.rows(&sql, [root.into(), day.into()]).await?;
    rows.iter().map(|row| group_sums(row).map_err(failed)).collect()
}

/// The group an account belonged to on a day; none before anybody wrote it down or when it belonged to none.
pub(super) async fn group_on_day(read: &Read, account: AccountId, day: NaiveDate) -> Result<Option<CreditGroupId>> {
    let rows = read.rows(GROUP_OF, [account.into(), day.into()]).await?;
    rows.first().map(|row| row.try_get("", "group_id").map_err(failed)).transpose()
}

/// The sums of one group's members in a row; sums over many accounts belong to none of them.
pub(super) fn group_sums(row: &QueryResult) -> std::result::Result<(CreditGroupId, KeptSums), DbErr> {
    Ok((row.try_get("", "group_id")?, read_sums(row, AccountId(Uuid::nil()))?))
}

fn read_sums(row: &QueryResult, account: AccountId) -> std::result::Result<KeptSums, DbErr> {
    Ok(KeptSums {
        account,
        currency: row.try_get("", "currency")?,
        open: row.try_get("", "open_minor")?,
        disputed: row.try_get("", "disputed_minor")?,
        orders: row.try_get("", "orders_minor")?,
        shipped: row.try_get("", "shipped_minor")?,
        unallocated: row.try_get("", "unallocated_minor")?,
        credit_notes: row.try_get("", "credit_notes_minor")?,
        deposits: row.try_get("", "deposits_minor")?,
    })
}

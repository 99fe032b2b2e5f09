//! Said and done (说到做到, OR-21): what formal letters announced and did not follow by its day, and the share that did.

use super::rules::{Outcome, Said, credible_bps, outcome};
use crate::doors::store::{Read, failed};
use crate::words::day::add_days;
use crate::words::error::Result;
use crate::words::id::{AccountId, NoticeId};
use crate::words::money::Money;
use chrono::NaiveDate;
use sea_orm::{QueryResult, Value};
use serde::Serialize;
use utoipa::ToSchema;

/// The longest list.
const ROWS_MAX: usize = 1_000;

/// A formal letter whose deadline passed without the money and without what it announced.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct IdleThreat {
    /// The letter.
    pub notice_id: NoticeId,
    /// The account.
    pub account_id: AccountId,
    /// Its number in the ERP.
    pub account_external_id: String,
    /// Who drives its collection.
    pub owner: Option<String>,
    /// The letter's template.
    pub template: String,
    /// The day it was made.
    pub announced_on: NaiveDate,
    /// The day by which it asked for the money.
    pub answer_by: NaiveDate,
    /// The day by which a step had to follow.
    pub follow_by: NaiveDate,
    /// What it asked for.
    pub amount: Money,
    /// The day a step followed all the same, too late; `null` where none has.
    pub followed_on: Option<NaiveDate>,
}

/// What was announced, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ThreatsView {
    /// The day looked at.
    pub as_of: NaiveDate,
    /// Letters whose step had to follow in so many days up to it.
    pub days: i64,
    /// Days after a letter's deadline in which the step follows.
    pub within_days: i64,
    /// Formal letters that announced a step.
    pub announced: i64,
    /// The money came by the deadline, so there was nothing to carry out.
    pub met: i64,
    /// A handoff to legal, or a stop of supply, followed in time.
    pub carried_out: i64,
    /// Nothing followed in time.
    pub not_carried_out: i64,
    /// The share that was carried out, in basis points; `null` where nothing had to be.
    pub credible_share_bps: Option<i64>,
    /// How the share is worked out.
    pub formula: &'static str,
    /// What did not follow, the longest ago first; at most 1,000.
    #[schema(max_items = 1000)]
    pub rows: Vec<IdleThreat>,
}

const FORMULA: &str = "carried_out ÷ (carried_out + not_carried_out): formal letters whose deadline passed unpaid and that were followed by a \
     handoff to legal or a stop of supply by follow_by";

/// Formal letters with a deadline after `$3` and up to `$4`, as of the day `$2`: what is unpaid of them after their deadline, and the first
/// step since.
const SAID: &str = "
said AS (
SELECT n.id, n.account_id, n.template, n.created_on, n.answer_by, n.currency, n.amount_minor,
       EXISTS (SELECT 1 FROM notice_line l JOIN instalment i ON i.tenant_id = l.tenant_id AND i.id = l.instalment_id
                WHERE l.tenant_id = $1 AND l.notice_id = n.id AND NOT l.is_for_information
                  AND (i.settled_on IS NULL OR i.settled_on > n.answer_by)
                  AND (i.cancelled_on IS NULL OR i.cancelled_on > n.answer_by)) AS is_unpaid,
       (SELECT MIN(f.on_day) FROM (
          SELECT h.account_id, h.made_on AS on_day FROM handoff h WHERE h.tenant_id = $1 AND h.state <> 'asked'
          UNION ALL SELECT s.account_id, s.stopped_on FROM supply_stop s WHERE s.tenant_id = $1) f
         WHERE f.account_id = n.account_id AND f.on_day >= n.created_on AND f.on_day <= $2) AS followed_on
  FROM notice n
 WHERE n.tenant_id = $1 AND n.is_formal AND n.step <> 'supply_stop' AND n.state IN ('ready', 'sent', 'unclear')
   AND n.answer_by > $3 AND n.answer_by <= $4)";

fn said(row: &QueryResult) -> std::result::Result<Said, sea_orm::DbErr> {
    Ok(Said {
        is_unpaid: row.try_get("", "is_unpaid")?,
        answer_by: row.try_get("", "answer_by")?,
        followed_on: row.try_get("", "followed_on")?,
    })
}

fn idle(row: &QueryResult, within_days: i64) -> std::result::Result<IdleThreat, sea_orm::DbErr> {
    let answer_by: NaiveDate = row.try_get("", "answer_by")?;
    Ok(IdleThreat {
        notice_id: row.try_get("", "id")?,
        account_id: row.try_get("", "account_id")?,
        account_external_id: row.try_get("", "external_id")?,
        owner: row.try_get("", "owner")?,
        template: row.try_get("", "template")?,
        announced_on: row.try_get("", "created_on")?,
        answer_by,
        follow_by: add_days(answer_by, within_days),
        amount: Money::new(row.try_get("", "amount_minor")?, row.try_get("", "currency")?),
        followed_on: row.try_get("", "followed_on")?,
    })
}

/// What formal letters announced, of those whose step had to follow in the window `(as_of − days, as_of]`.
pub async fn threats(read: &Read, as_of: NaiveDate, days: i64, within_days: i64) -> Result<ThreatsView> {
    let last = add_days(as_of, -within_days);
    let values = || [Value::from(as_of), add_days(last, -days).into(), last.into()];
    let groups = format!(
        "WITH {SAID} SELECT is_unpaid, answer_by, followed_on, CAST(COUNT(*) AS BIGINT) AS letters FROM said GROUP BY is_unpaid, answer_by, followed_on"
    );
    let (mut met, mut carried_out, mut not_carried_out) = (0_i64, 0_i64, 0_i64);
    for row in read.rows(&groups, values()).await? {
        let letters: i64 = row.try_get("", "letters").map_err(failed)?;
        match outcome(said(&row).map_err(failed)?, within_days) {
            Outcome::Met => met += letters,
            Outcome::CarriedOut => carried_out += letters,
            Outcome::NotCarriedOut => not_carried_out += letters,
        }
    }
    let listed = format!(
        "WITH {SAID} SELECT n.id, n.account_id, a.external_id, a.owner, n.template, n.created_on, n.answer_by, n.currency, n.amount_minor,
                n.is_unpaid, n.followed_on
           FROM said n JOIN account a ON a.tenant_id = $1 AND a.id = n.account_id
          WHERE n.is_unpaid AND (n.followed_on IS NULL OR n.followed_on > n.answer_by) ORDER BY n.answer_by, n.id LIMIT 5000"
    );
    let mut rows = Vec::new();
    for row in read.rows(&listed, values()).await? {
        if outcome(said(&row).map_err(failed)?, within_days) == Outcome::NotCarriedOut && rows.len() < ROWS_MAX {
            rows.push(idle(&row, within_days).map_err(failed)?);
        }
    }
    Ok(ThreatsView {
        as_of,
        days,
        within_days,
        announced: met + carried_out + not_carried_out,
        met,
        carried_out,
        not_carried_out,
        credible_share_bps: credible_bps(carried_out, not_carried_out),
        formula: FORMULA,
        rows,
    })
}

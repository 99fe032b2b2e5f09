//! How often an account was let ship against its answer: the second time within a while takes two persons (api.md §11).

use crate::approval::Ask;
use crate::command::Attempt;
use crate::doors::journal::journal;
use crate::doors::store::{Read, failed};
use crate::tenant::authority::{Tiers, is_beyond};
use crate::words::day::add_days;
use crate::words::error::Result;
use crate::words::id::{AccountId, EventId};
use crate::words::money::Money;
use crate::words::role::Role;
use sea_orm::{ColumnTrait, PaginatorTrait, QueryFilter};
use uuid::Uuid;

/// Was the account let ship by a person, on an order or whole, within the days the tenant remembers? The journal knows.
pub(super) async fn was_overridden(read: &Read, account: AccountId, attempt: &Attempt) -> Result<bool> {
    let settings = &attempt.ground.settings;
    let days = settings.authority.override_days;
    if days <= 0 || !settings.four_eyes {
        return Ok(false);
    }
    let first_day = add_days(attempt.stamp.today, 1 - days);
    // Ids begin with their moment: a day before the first one is early enough in every zone, and spares the older lines.
    let from = first_day.pred_opt().unwrap_or(first_day).and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis();
    let from = EventId(Uuid::from_u128(u128::from(from.max(0).unsigned_abs()) << 80));
    let lines = journal::find(read.tenant())
        .filter(journal::Column::AccountId.eq(account))
        .filter(journal::Column::Id.gte(from))
        .filter(journal::Column::EffectiveOn.gte(first_day))
        .filter(journal::Column::Kind.is_in(["order.released", "hold.released"]));
    Ok(lines.count(read.db()).await.map_err(failed)? > 0)
}

/// What a release needs a second person for, if for anything: the amount, or because it is not the first.
pub(super) fn ask(attempt: &Attempt, tiers: &Tiers, amount: Option<Money>, was_overridden: bool) -> Option<Ask> {
    if is_beyond(attempt, tiers, amount) {
        return Some(Ask::above_authority(Role::CreditManager));
    }
    was_overridden.then(|| Ask { role: Role::CreditManager, code: "second_override".to_owned(), reason: None })
}

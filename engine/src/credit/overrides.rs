//! What makes a release take two persons whatever its amount: the account was let ship against its answer not long ago (api.md §11), or
//! it threatens to pay only if goods come: that raises what a release takes, and never lowers it (OR-07).

use crate::approval::Ask;
use crate::command::Attempt;
use crate::credit::rules::supply::NO_GOODS_NO_PAYMENT;
use crate::doors::journal::journal;
use crate::doors::store::{Read, failed};
use crate::signal::rows::signal;
use crate::tenant::authority::{Tiers, is_beyond};
use crate::words::day::add_days;
use crate::words::error::Result;
use crate::words::id::{AccountId, EventId};
use crate::words::money::Money;
use crate::words::role::Role;
use crate::words::signal::SignalType;
use sea_orm::{ColumnTrait, Condition, PaginatorTrait, QueryFilter};
use uuid::Uuid;

/// What bears on a release beside its amount.
#[derive(Clone, Copy, Debug, Default)]
pub struct Overrides {
    /// Was the account let ship against its answer not long ago?
    was_overridden: bool,
    /// Does it say that it pays only if goods come?
    is_threatened: bool,
}

/// Reads it; nothing where one person is enough for everything.
pub(super) async fn overrides(read: &Read, account: AccountId, attempt: &Attempt) -> Result<Overrides> {
    if !attempt.ground.settings.four_eyes {
        return Ok(Overrides::default());
    }
    let (was_overridden, is_threatened) = (was_overridden(read, account, attempt).await?, is_threatened(read, account, attempt).await?);
    Ok(Overrides { was_overridden, is_threatened })
}

/// Is there a live signal that the customer pays only if goods come?
async fn is_threatened(read: &Read, account: AccountId, attempt: &Attempt) -> Result<bool> {
    use signal::Column as C;
    let today = attempt.stamp.today;
    let lines = signal::find(read.tenant())
        .filter(C::AccountId.eq(account))
        .filter(C::Kind.eq(SignalType::NoGoodsNoPayment))
        .filter(C::ObservedOn.lte(today))
        .filter(C::EndsOn.gt(today))
        .filter(Condition::any().add(C::WithdrawnOn.is_null()).add(C::WithdrawnOn.gt(today)));
    Ok(lines.count(read.db()).await.map_err(failed)? > 0)
}

/// Was the account let ship by a person, on an order or whole, within the days the tenant remembers? The journal knows.
async fn was_overridden(read: &Read, account: AccountId, attempt: &Attempt) -> Result<bool> {
    let days = attempt.ground.settings.authority.override_days;
    if days <= 0 {
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
        .filter(journal::Column::Kind.is_in(["order.released", "hold.released", "supply.resumed"]));
    Ok(lines.count(read.db()).await.map_err(failed)? > 0)
}

/// What a release needs a second person for, if for anything: the amount, a threat, or because it is not the first.
pub(super) fn ask(attempt: &Attempt, tiers: &Tiers, amount: Option<Money>, overrides: &Overrides) -> Option<Ask> {
    if is_beyond(attempt, tiers, amount) {
        return Some(Ask::above_authority(Role::CreditManager));
    }
    let because = |code: &str| Ask { role: Role::CreditManager, code: code.to_owned(), reason: None };
    match (overrides.is_threatened, overrides.was_overridden) {
        (true, _) => Some(because(NO_GOODS_NO_PAYMENT)),
        (false, true) => Some(because("second_override")),
        (false, false) => None,
    }
}

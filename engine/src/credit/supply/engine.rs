//! Orders that were let go before a stop meet it at once. The stop itself is the wall: nothing ships through it in the meantime.

use super::stop::StopSupply;
use super::view::SupplyStopView;
use crate::approval::Acted;
use crate::command::Outcome;
use crate::credit::order::CheckOrder;
use crate::doors::store::{Read, failed};
use crate::engine::Engine;
use crate::order::OrderState;
use crate::order::rows::sales_order;
use crate::order::rules::Progress;
use crate::words::caller::Caller;
use crate::words::code::Code;
use crate::words::error::Result;
use crate::words::id::{AccountId, OrderId};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};

/// Orders of one account looked up at once.
const ORDERS_AT_ONCE: u64 = 200;

impl Engine {
    /// Stops supply, and checks again what was approved and has not shipped.
    ///
    /// # Errors
    /// What the command refuses: `supply_basis_missing`, `illegal_state`, `validation_failed`.
    pub async fn stop_supply(&self, who: &Caller, command: StopSupply) -> Result<Outcome<Acted<SupplyStopView>>> {
        let (account, order) = (command.account, command.order);
        let outcome = self.execute(who, command).await?;
        if matches!(outcome.done, Acted::Done(_)) && !outcome.is_replay {
            self.meet_stop(who, account, order).await;
        }
        Ok(outcome)
    }

    /// Has orders meet a stop that was placed. Where that fails the stop stands all the same: their next check finds it.
    pub(crate) async fn meet_stop(&self, who: &Caller, account: AccountId, order: Option<OrderId>) {
        let who = Caller { request_id: who.request_id.clone(), ..Caller::engine(who.tenant) };
        let met = match order {
            Some(order) => self.check_stopped(&who, account, order).await,
            None => self.check_approved(&who, account).await,
        };
        if let Err(error) = met {
            tracing::warn!(%account, %error, "orders could not be checked against a stop of supply");
        }
    }

    async fn check_approved(&self, who: &Caller, account: AccountId) -> Result<()> {
        let read = self.store.read(who.tenant);
        let mut behind = None;
        loop {
            let page = approved(&read, account, behind).await?;
            let Some(last) = page.last() else { return Ok(()) };
            behind = Some(last.id);
            for row in page.iter().filter(|row| Progress::from(*row).ready() > 0) {
                self.check_stopped(who, account, row.id).await?;
            }
        }
    }

    async fn check_stopped(&self, who: &Caller, account: AccountId, order: OrderId) -> Result<()> {
        match self.execute(who, CheckOrder { account, order }).await {
            Ok(_) => Ok(()),
            // It has moved on in the meantime.
            Err(error) if error.code() == Code::IllegalState => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// Approved orders of the account, behind the last one that was looked at.
async fn approved(read: &Read, account: AccountId, behind: Option<OrderId>) -> Result<Vec<sales_order::Model>> {
    use sales_order::Column as C;
    let query = sales_order::find(read.tenant()).filter(C::AccountId.eq(account)).filter(C::State.eq(OrderState::Approved));
    let query = behind.into_iter().fold(query, |query, last| query.filter(C::Id.gt(last)));
    query.order_by_asc(C::Id).limit(ORDERS_AT_ONCE).all(read.db()).await.map_err(failed)
}

//! Taking a set back while the customer has not chosen.

use super::OfferSetState;
use super::choose::entry;
use super::create::account_now;
use super::rows::{offer_set, offer_set_invoice};
use super::rules::state_on;
use super::view::{OfferSetView, invoices_of, row};
use crate::account::claimed;
use crate::account::rows::account;
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::{Changes, Claim, Read};
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, OfferSetId};
use crate::words::text::check_line;

/// Withdraws a set that is open. One whose choice waits is ended by the answer to its request.
pub struct WithdrawOfferSet {
    /// The account, already found.
    pub account: AccountId,
    /// The set.
    pub offer_set: OfferSetId,
    /// Why.
    pub reason: String,
}

impl Command for WithdrawOfferSet {
    type Facts = (account::Model, offer_set::Model, Vec<offer_set_invoice::Model>);
    type Done = OfferSetView;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<Self::Facts> {
        let (account, set) = (account_now(read, self.account).await?, row(read, self.offer_set).await?);
        let invoices = invoices_of(read, &[set.id]).await?.remove(&set.id).unwrap_or_default();
        Ok((account, set, invoices))
    }

    fn decide(&self, (account, set, invoices): &Self::Facts, _: &Asked, attempt: &Attempt) -> Result<Decided<OfferSetView>> {
        let today = attempt.stamp.today;
        check_line("#/reason", &self.reason, 500)?;
        let state = state_on(set.state, set.valid_to, set.answer_by, today);
        if state != OfferSetState::Open {
            return Err(Error::new(Code::IllegalState, format!("the set is {state}")));
        }
        let row = offer_set::Model {
            state: OfferSetState::Withdrawn,
            reason: Some(self.reason.clone()),
            ended_on: Some(today),
            version: set.version + 1,
            ..set.clone()
        };
        let body = serde_json::json!({ "external_id": row.external_id, "account_id": row.account_id, "reason": row.reason });
        let told = entry("offer_set.withdrawn", &row, attempt, body);
        let changes = Changes::on(Claim::Account(claimed(account))).save(&row).tell(told);
        Ok(Decided::new(OfferSetView::on(&row, invoices, &account.name, today), changes))
    }
}

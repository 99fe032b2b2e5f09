//! What stands against a new credit limit: an open collection case, what is owed already, and the warning lines it moves.

use super::gated::Questions;
use super::gauge::{gauge_of, warned};
use super::order::securities;
use super::rules::authority::is_raise;
use super::rules::exposure::{KeptSums, foreign, parts};
use super::stake::rates_to_own;
use crate::account::rows::{account, balance};
use crate::approval::pending_about;
use crate::approval::rows::approval;
use crate::case::rows::collection_case;
use crate::command::Attempt;
use crate::doors::store::{Entry, Read, failed};
use crate::exchange::rates_on;
use crate::exchange::rules::Rates;
use crate::limit::rows::credit_limit;
use crate::limit::rules::{LimitRow, in_force, is_more_credit, standing_on};
use crate::limit::security::SecurityRow;
use crate::tenant::LimitBelowOwed;
use crate::words::act_facts::LimitChange;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::AccountId;
use crate::words::money::Currency;
use crate::words::text::check_reason;
use sea_orm::{ColumnTrait, QueryFilter, QuerySelect};
use std::collections::BTreeSet;

/// What setting a limit looks at.
pub struct LimitFacts {
    pub(super) account: account::Model,
    pub(super) limits: Vec<credit_limit::Model>,
    balances: Vec<balance::Model>,
    securities: Vec<SecurityRow>,
    rates: Rates,
    /// Rates into the tenant's currency, for whose authority a limit is within.
    pub(super) own_rates: Rates,
    has_open_case: bool,
    /// What is asked about the account and not answered.
    pub(super) pending: Vec<approval::Model>,
    /// What plugins are asked about the change, where one listens.
    pub(super) questions: Option<Questions>,
}

/// Reads it, the account with its version first.
pub(super) async fn limit_facts(read: &Read, attempt: &Attempt, id: AccountId) -> Result<LimitFacts> {
    let tenant = read.tenant();
    let account = account::find(tenant).filter(account::Column::Id.eq(id)).one(read.db()).await.map_err(failed)?;
    let account = account.ok_or_else(|| Error::new(Code::NotFound, "there is no such account"))?;
    let limits = credit_limit::find(tenant).filter(credit_limit::Column::AccountId.eq(id)).all(read.db()).await.map_err(failed)?;
    let balances = balance::find(tenant).filter(balance::Column::AccountId.eq(id)).all(read.db()).await.map_err(failed)?;
    let in_other_money = balances.iter().map(|kept| kept.currency).filter(|currency| *currency != account.currency);
    let pairs: BTreeSet<(Currency, Currency)> = in_other_money.map(|other| (other, account.currency)).collect();
    let rates = rates_on(read, attempt.stamp.today, &pairs).await?;
    let open = collection_case::find(tenant)
        .select_only()
        .column(collection_case::Column::State)
        .filter(collection_case::Column::AccountId.eq(id))
        .filter(collection_case::Column::State.ne("closed"));
    let open: Option<String> = open.into_tuple().one(read.db()).await.map_err(failed)?;
    let securities = securities(read, &account).await?;
    let pending = pending_about(read, id.0).await?;
    let own_rates = rates_to_own(read, attempt, [account.currency]).await?;
    let has_open_case = open.is_some();
    Ok(LimitFacts { account, limits, balances, securities, rates, own_rates, has_open_case, pending, questions: None })
}

impl LimitFacts {
    /// Refuses more credit while a case is open, unless somebody says why (OR-18: `case_open`), and a limit below what is owed where
    /// the tenant wants that refused (`limit_below_owed`).
    pub(super) fn may_set(&self, new: &LimitRow, known: &[LimitRow], override_reason: Option<&str>, attempt: &Attempt) -> Result<()> {
        override_reason.map_or(Ok(()), check_reason).map_err(|error| Error::new(error.code(), error.detail()).at("#/override_reason"))?;
        let settings = &attempt.ground.settings;
        let day = new.valid_from.max(attempt.stamp.today);
        let before = in_force(known, day, settings.no_limit_row, self.account.state == "approved");
        if self.has_open_case && override_reason.is_none() && is_more_credit(new.amount, &before) {
            let detail = "a collection case is open: no limit is raised and none is newly set, unless override_reason says why";
            return Err(Error::new(Code::CaseOpen, detail).at("#/override_reason"));
        }
        let Some(amount) = new.amount.filter(|_| settings.limit_below_owed == LimitBelowOwed::Refuse) else { return Ok(()) };
        let counted: Vec<KeptSums> = self.balances.iter().map(|row| KeptSums::of(row).counted(&settings.exposure_includes)).collect();
        let own = parts(self.account.id, self.account.currency, &counted)?.exposure()?;
        let owed = own.checked_add(foreign(self.account.currency, &counted, &self.rates)?.exposure)?;
        if amount.minor() < owed.minor() {
            let detail = format!("the account stands at {owed} already, and the settings refuse a limit below that");
            return Err(Error::new(Code::LimitBelowOwed, detail).at("#/amount"));
        }
        Ok(())
    }

    /// The change as plugins are shown it.
    pub(super) fn change(&self, new: &LimitRow, known: &[LimitRow], said: (&str, Option<&String>), attempt: &Attempt) -> LimitChange {
        let settings = &attempt.ground.settings;
        let before = standing_on(known, new.valid_from);
        LimitChange {
            kind: new.kind.as_str().to_owned(),
            amount: new.amount,
            before: in_force(known, new.valid_from, settings.no_limit_row, self.account.state == "approved").figure(),
            before_since: before.map(|row| row.valid_from),
            is_raise: is_raise(new, known),
            valid_from: new.valid_from,
            valid_to: new.valid_to,
            reason: said.0.to_owned(),
            override_reason: said.1.cloned(),
        }
    }

    /// The warning level under the new limit, where it is in force today, with a line for each warning line passed.
    pub(super) fn warned(&self, known: &[LimitRow], new: &LimitRow, attempt: &Attempt) -> Result<(i64, Vec<Entry>)> {
        let all: Vec<LimitRow> = known.iter().chain([new]).copied().collect();
        let settings = &attempt.ground.settings;
        let limit = in_force(&all, attempt.stamp.today, settings.no_limit_row, self.account.state == "approved");
        let gauge = gauge_of(&self.account, limit, &self.securities, self.rates.clone(), attempt)?;
        warned(&gauge, self.balances.iter(), attempt)
    }
}

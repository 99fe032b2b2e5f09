//! Making accounts.

use super::AccountState;
use super::rows::account;
use super::view::AccountView;
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::{Changes, Claim, Entry, Read, columns::Payload, failed};
use crate::tenant::NewAccounts;
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::error::{Error, Fault, Result};
use crate::words::hash::content_hash;
use crate::words::id::{AccountId, TenantId};
use crate::words::money::Currency;
use crate::words::text::line_fault;
use sea_orm::{ColumnTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use utoipa::ToSchema;

crate::words! {
    /// Whom we deal with: contact rules differ.
    pub enum AccountKind {
        /// A company.
        Company = "company",
        /// A natural person.
        Person = "person",
    }
}

/// A new account.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountIn {
    /// Its number in the ERP: unique for ever.
    #[schema(min_length = 1, max_length = 100)]
    pub external_id: String,
    /// Its name.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// The currency of its limit.
    pub currency: Currency,
    /// The account it belongs to, by its number in the ERP.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub parent_external_id: Option<String>,
    /// Sales segment.
    #[serde(default)]
    #[schema(max_length = 60)]
    pub segment: Option<String>,
    /// Credit grade, AAA to C.
    #[serde(default)]
    #[schema(max_length = 10)]
    pub grade: Option<String>,
    /// Who drives its collection.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub owner: Option<String>,
    /// Sales region.
    #[serde(default)]
    #[schema(max_length = 60)]
    pub region: Option<String>,
    /// ISO 3166 country.
    #[serde(default)]
    #[schema(max_length = 2)]
    pub country: Option<String>,
    /// BCP 47 language of its letters.
    #[serde(default)]
    #[schema(max_length = 20)]
    pub language: Option<String>,
    /// Company or person; company when absent.
    #[serde(default)]
    pub kind: Option<AccountKind>,
    /// Tax number.
    #[serde(default)]
    #[schema(max_length = 60)]
    pub tax_id: Option<String>,
    /// Agreed days to pay.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 730)]
    pub terms_days: Option<i64>,
    /// Agreed way to pay.
    #[serde(default)]
    #[schema(max_length = 40)]
    pub payment_mode: Option<String>,
    /// IANA time zone of its people.
    #[serde(default)]
    #[schema(max_length = 60)]
    pub timezone: Option<String>,
    /// How far it has come: `prospect` until a credit review approves it. As the settings say when absent; `approved` only where they
    /// do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<AccountState>,
    /// The integrator's own words: at most 50.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
}

/// At most 50 keys of at most 40 characters, values of at most 500.
pub(super) fn check_metadata(metadata: &BTreeMap<String, String>, faults: &mut Vec<Fault>) {
    let too_long = |(key, value): (&String, &String)| key.chars().count() > 40 || value.chars().count() > 500;
    if metadata.len() > 50 || metadata.iter().any(too_long) {
        let detail = "at most 50 keys of at most 40 characters, values of at most 500".to_owned();
        faults.push(Fault { pointer: "#/metadata".to_owned(), code: Code::ValidationFailed, detail });
    }
}

impl AccountIn {
    /// An account of which only the number is known, named like it.
    pub fn named(external_id: &str, currency: Currency) -> Self {
        Self {
            external_id: external_id.to_owned(),
            name: external_id.to_owned(),
            currency,
            parent_external_id: None,
            segment: None,
            grade: None,
            owner: None,
            region: None,
            country: None,
            language: None,
            kind: None,
            tax_id: None,
            terms_days: None,
            payment_mode: None,
            timezone: None,
            state: None,
            metadata: BTreeMap::new(),
        }
    }

    /// Checks the account by itself; all faults at once.
    pub fn check(&self) -> Result<()> {
        let mut faults = Vec::new();
        faults.extend(line_fault("#/external_id", &self.external_id, 100));
        faults.extend(line_fault("#/name", &self.name, 200));
        for (pointer, text, most) in [
            ("#/segment", &self.segment, 60),
            ("#/grade", &self.grade, 10),
            ("#/owner", &self.owner, 100),
            ("#/region", &self.region, 60),
            ("#/country", &self.country, 2),
            ("#/language", &self.language, 20),
            ("#/tax_id", &self.tax_id, 60),
            ("#/payment_mode", &self.payment_mode, 40),
        ] {
            faults.extend(text.iter().filter_map(|text| line_fault(pointer, text, most)));
        }
        if self.terms_days.is_some_and(|days| !(0..=730).contains(&days)) {
            faults.push(Fault { pointer: "#/terms_days".into(), code: Code::ValidationFailed, detail: "0 to 730 days".into() });
        }
        if self.timezone.as_ref().is_some_and(|zone| zone.parse::<chrono_tz::Tz>().is_err()) {
            faults.push(Fault { pointer: "#/timezone".into(), code: Code::ValidationFailed, detail: "a zone like Asia/Shanghai".into() });
        }
        check_metadata(&self.metadata, &mut faults);
        if faults.is_empty() { Ok(()) } else { Err(Error::all(faults)) }
    }

    /// Hash of the content, with defaults filled in.
    pub fn hash(&self) -> Result<String> {
        content_hash(&Self { kind: Some(self.kind.unwrap_or(AccountKind::Company)), ..self.clone() })
    }

    /// The row of a new account. Nothing can matter about it before it owes something.
    pub fn row(&self, parent_id: Option<AccountId>, hash: String, attempt: &Attempt) -> account::Model {
        let id = AccountId(attempt.stamp.id());
        let new = self.clone();
        account::Model {
            tenant_id: attempt.who.tenant,
            id,
            external_id: new.external_id,
            name: new.name,
            currency: new.currency,
            parent_id,
            segment: new.segment,
            grade: new.grade,
            owner: new.owner,
            region: new.region,
            country: new.country,
            language: new.language,
            kind: new.kind.unwrap_or(AccountKind::Company).as_str().to_owned(),
            tax_id: new.tax_id,
            terms_days: new.terms_days,
            payment_mode: new.payment_mode,
            time_zone: new.timezone,
            state: self.state.unwrap_or(AccountState::Approved).as_str().to_owned(),
            is_blocked: false,
            block_reason: None,
            tags: Payload(Vec::new()),
            metadata: Payload(new.metadata),
            content_hash: hash,
            version: 1,
            next_review_on: None,
            facts_until: None,
            daily_asked_on: None,
            open_count: 0,
            exclusion_count: 0,
            shard: shard(attempt.who.tenant, id),
            credit_review_on: None,
            credit_review_asked_on: None,
            created_at: attempt.stamp.at,
            credit_group_id: None,
            security_count: 0,
            warning_level: 0,
            open_limit_minor: None,
            overdue_limit_minor: None,
            orders_limit_minor: None,
            overdue_margin_days: None,
        }
    }
}

/// The state of an account that is made one at a time (decision 21): as the settings say. A body may ask for less, never for more.
fn start(asked: Option<AccountState>, setting: NewAccounts) -> Result<AccountState> {
    let refused = |detail: &str| Err(Error::new(Code::IllegalState, detail).at("#/state"));
    match (asked, setting) {
        (None | Some(AccountState::Approved), NewAccounts::Approved) => Ok(AccountState::Approved),
        (None, NewAccounts::Prospect) | (Some(AccountState::Prospect), _) => Ok(AccountState::Prospect),
        (Some(AccountState::Approved), NewAccounts::Prospect) => {
            refused("here every new account begins as a prospect; a credit review approves it")
        }
        (Some(AccountState::UnderReview | AccountState::Declined), _) => refused("an account begins as a prospect or approved"),
    }
}

/// Which of the 1,024 shards an account lives in: a hash stored at birth, so that one account has one worker at a time.
fn shard(tenant: TenantId, account: AccountId) -> i64 {
    let hash = Sha256::new().chain_update(tenant.0.as_bytes()).chain_update(account.0.as_bytes()).finalize();
    i64::from(u16::from_be_bytes([hash[0], hash[1]]) % 1_024)
}

/// Makes one account.
pub struct CreateAccount {
    /// The account.
    pub account: AccountIn,
}

impl Command for CreateAccount {
    type Facts = (Option<account::Model>, Option<AccountId>);
    type Done = AccountView;

    fn account(&self) -> Option<AccountId> {
        None
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<Self::Facts> {
        let before = account::find(read.tenant())
            .filter(account::Column::ExternalId.eq(&self.account.external_id))
            .one(read.db())
            .await
            .map_err(failed)?;
        let parent = match &self.account.parent_external_id {
            Some(parent) => super::find_account(read, parent).await?,
            None => None,
        };
        Ok((before, parent))
    }

    fn decide(&self, (before, parent): &Self::Facts, _: &Asked, attempt: &Attempt) -> Result<Decided<AccountView>> {
        self.account.check()?;
        if self.account.parent_external_id.is_some() && parent.is_none() {
            return Err(Error::new(Code::UnknownReference, "there is no such parent account").at("#/parent_external_id"));
        }
        let hash = self.account.hash()?;
        if let Some(before) = before {
            if before.content_hash == hash {
                return Ok(Decided::before(AccountView::from(before)));
            }
            let error = Error::new(Code::ExternalIdConflict, format!("this external_id already names {}, with other content", before.id));
            return Err(error.at("#/external_id").with(serde_json::json!({ "conflicting_id": before.id })));
        }
        let state = Some(start(self.account.state, attempt.ground.settings.credit.new_accounts)?);
        let row = AccountIn { state, ..self.account.clone() }.row(*parent, hash, attempt);
        let view = AccountView::from(&row);
        let entry = Entry {
            kind: "account.created",
            subject: "account",
            subject_id: row.id.0,
            effective_on: attempt.stamp.today,
            decision: None,
            body: serde_json::json!({ "external_id": row.external_id }),
        };
        Ok(Decided::new(view, Changes::on(Claim::Nothing).add(&row).tell(entry)))
    }
}

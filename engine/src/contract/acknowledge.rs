//! The customer's own word that it knows the terms: who, when, and of which document (CT-08).

use super::create::account_now;
use super::milestone::signature_faults;
use super::paper::Acknowledgement;
use super::rows::contract;
use super::view::{ContractView, row};
use crate::account::claimed;
use crate::account::rows::account;
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::{Changes, Claim, Entry, Read};
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::contract::ContractState;
use crate::words::day::strict_date;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, ContractId};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Who at the customer acknowledged the terms, when, and of which document.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"signed_by": "Li Na, purchasing", "signed_on": "2026-03-01",
    "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "reference": "DMS-2026-12"}))]
pub struct AcknowledgementIn {
    /// Who signed.
    #[schema(min_length = 1, max_length = 200)]
    pub signed_by: String,
    /// On which day; it has come.
    #[serde(deserialize_with = "strict_date::deserialize")]
    pub signed_on: NaiveDate,
    /// SHA-256 of the document, in lower-case hexadecimal.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub sha256: String,
    /// Where the document lies.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200)]
    pub reference: Option<String>,
}

/// Writes an acknowledgement down on its contract. The same one again is answered as before; a contract that is changed later is no longer
/// what was acknowledged, and says so.
pub struct AcknowledgeTerms {
    /// The account, already found.
    pub account: AccountId,
    /// The contract.
    pub contract: ContractId,
    /// The acknowledgement.
    pub acknowledgement: AcknowledgementIn,
}

impl Command for AcknowledgeTerms {
    type Facts = (account::Model, contract::Model);
    type Done = ContractView;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<Self::Facts> {
        Ok((account_now(read, self.account).await?, row(read, self.contract).await?))
    }

    fn decide(&self, (account, contract): &Self::Facts, _: &Asked, attempt: &Attempt) -> Result<Decided<ContractView>> {
        let new = &self.acknowledgement;
        let faults = signature_faults("#", new.reference.as_deref(), Some(&new.sha256), &new.signed_by, new.signed_on, attempt.stamp.today);
        if !faults.is_empty() {
            return Err(Error::all(faults));
        }
        if contract.state == ContractState::Ended {
            return Err(Error::new(Code::IllegalState, "the contract has ended"));
        }
        let mut changed = contract.clone();
        changed.version += 1;
        let told = Acknowledgement {
            signed_by: new.signed_by.clone(),
            signed_on: new.signed_on,
            sha256: new.sha256.clone(),
            reference: new.reference.clone(),
            recorded_by: attempt.who.actor.to_string(),
            version: changed.version,
        };
        let known = contract.paper.0.acknowledgement.as_ref().filter(|known| known.version == contract.version);
        if known.is_some_and(|known| {
            *known == Acknowledgement { version: known.version, recorded_by: known.recorded_by.clone(), ..told.clone() }
        }) {
            return Ok(Decided::before(ContractView::of(contract)));
        }
        let entry = Entry {
            kind: "contract.acknowledged",
            subject: "contract",
            subject_id: contract.id.0,
            effective_on: new.signed_on,
            decision: None,
            body: serde_json::json!({ "external_id": contract.external_id, "signed_by": told.signed_by, "sha256": told.sha256,
                "reference": told.reference, "version": contract.version }),
        };
        changed.paper.0.acknowledgement = Some(told);
        let changes = Changes::on(Claim::Account(claimed(account))).save(&changed).tell(entry);
        Ok(Decided::new(ContractView::of(&changed), changes))
    }
}

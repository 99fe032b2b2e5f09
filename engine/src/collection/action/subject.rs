//! What an action is about: found by what the request names, and read again with the account in every attempt.

use crate::account::resolve;
use crate::case::rows::collection_case;
use crate::collection::events::order_facts;
use crate::doors::store::{Read, failed};
use crate::facts::Gathered;
use crate::invoice::rows::invoice;
use crate::order::rows::sales_order;
use crate::words::action::{ActionSpec, ActionSubject, SubjectFacts};
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, CaseId, InvoiceId, OrderId};
use sea_orm::{ColumnTrait, QueryFilter, QuerySelect};
use serde::Deserialize;
use serde_json::Value as Json;
use utoipa::ToSchema;
use uuid::Uuid;

/// A call of an action: what it is about, where it is about something, and its parameters. Which members belong here is said by the action's own path.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActionIn {
    /// The account, where the action is about one.
    #[serde(default)]
    pub account_id: Option<AccountId>,
    /// Its number in the ERP.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub account_external_id: Option<String>,
    /// The case, where the action is about one.
    #[serde(default)]
    pub case_id: Option<CaseId>,
    /// The order, where the action is about one.
    #[serde(default)]
    pub order_id: Option<OrderId>,
    /// Its number in the ERP.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub order_external_id: Option<String>,
    /// The invoice, where the action is about one.
    #[serde(default)]
    pub invoice_id: Option<InvoiceId>,
    /// Its number in the ERP.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub invoice_external_id: Option<String>,
    /// Parameters by the action's own schema.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub params: Option<Json>,
}

/// What an action is about, found: the account to claim, and the thing on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// The account.
    pub account: AccountId,
    what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Account,
    Case(CaseId),
    Order(OrderId),
    Invoice(InvoiceId),
}

impl ActionIn {
    /// Members that name something, each with whether it is there and what it belongs to.
    fn named(&self) -> [(&'static str, bool, ActionSubject); 7] {
        use ActionSubject::{Account, Case, Invoice, Order};
        [
            ("account_id", self.account_id.is_some(), Account),
            ("account_external_id", self.account_external_id.is_some(), Account),
            ("case_id", self.case_id.is_some(), Case),
            ("order_id", self.order_id.is_some(), Order),
            ("order_external_id", self.order_external_id.is_some(), Order),
            ("invoice_id", self.invoice_id.is_some(), Invoice),
            ("invoice_external_id", self.invoice_external_id.is_some(), Invoice),
        ]
    }

    fn judge(&self, subject: ActionSubject) -> Result<()> {
        if let Some((name, ..)) = self.named().into_iter().find(|(_, is_there, of)| *is_there && *of != subject) {
            let about =
                if subject == ActionSubject::None { "no account, and takes params alone".to_owned() } else { format!("one {subject}") };
            let detail = format!("{name} does not belong here: the action is about {about}");
            return Err(Error::new(Code::UnknownField, detail).at(format!("#/{name}")));
        }
        if subject == ActionSubject::None {
            return Ok(());
        }
        if self.named().into_iter().any(|(_, is_there, of)| is_there && of == subject) {
            return Ok(());
        }
        let wanted = if subject == ActionSubject::Case { "case_id".to_owned() } else { format!("{subject}_external_id") };
        Err(Error::new(Code::MissingField, format!("name the {subject} by {wanted} or its id")).at(format!("#/{wanted}")))
    }
}

/// What the request names, none where the action is about no account; `unknown_reference` where there is no such thing.
pub async fn target(read: &Read, spec: &ActionSpec, body: &ActionIn) -> Result<Option<Target>> {
    body.judge(spec.subject)?;
    match spec.subject {
        ActionSubject::None => Ok(None),
        ActionSubject::Account => {
            let account = resolve(read, body.account_id, body.account_external_id.as_deref()).await?;
            Ok(Some(Target { account, what: What::Account }))
        }
        ActionSubject::Case => {
            let case = body.case_id.ok_or_else(|| Error::new(Code::MissingField, "name the case by case_id").at("#/case_id"))?;
            let query = collection_case::find(read.tenant()).filter(collection_case::Column::Id.eq(case));
            let row = query.one(read.db()).await.map_err(failed)?.ok_or_else(|| unknown("case", "case_id"))?;
            Ok(Some(Target { account: row.account_id, what: What::Case(row.id) }))
        }
        ActionSubject::Order => {
            use sales_order::Column as C;
            let query = sales_order::find(read.tenant()).select_only().columns([C::Id, C::AccountId]);
            let query = body.order_id.iter().fold(query, |query, id| query.filter(C::Id.eq(*id)));
            let query = body.order_external_id.iter().fold(query, |query, number| query.filter(C::ExternalId.eq(number)));
            let found: Option<(OrderId, AccountId)> = query.into_tuple().one(read.db()).await.map_err(failed)?;
            let at = if body.order_id.is_some() { "order_id" } else { "order_external_id" };
            let (order, account) = found.ok_or_else(|| unknown("order", at))?;
            Ok(Some(Target { account, what: What::Order(order) }))
        }
        ActionSubject::Invoice => {
            use invoice::Column as C;
            let query = invoice::find(read.tenant()).select_only().columns([C::Id, C::AccountId]);
            let query = body.invoice_id.iter().fold(query, |query, id| query.filter(C::Id.eq(*id)));
            let query = body.invoice_external_id.iter().fold(query, |query, number| query.filter(C::ExternalId.eq(number)));
            let found: Option<(InvoiceId, AccountId)> = query.into_tuple().one(read.db()).await.map_err(failed)?;
            let at = if body.invoice_id.is_some() { "invoice_id" } else { "invoice_external_id" };
            let (invoice, account) = found.ok_or_else(|| unknown("invoice", at))?;
            Ok(Some(Target { account, what: What::Invoice(invoice) }))
        }
    }
}

fn unknown(what: &str, member: &str) -> Error {
    Error::new(Code::UnknownReference, format!("there is no such {what}")).at(format!("#/{member}"))
}

impl Target {
    /// Its id, as the database keeps it.
    pub(super) fn uuid(self) -> Uuid {
        match self.what {
            What::Account => self.account.0,
            What::Case(id) => id.0,
            What::Order(id) => id.0,
            What::Invoice(id) => id.0,
        }
    }

    /// The thing as it stands now.
    pub(super) async fn facts(&self, read: &Read, of: &Gathered) -> Result<SubjectFacts> {
        match self.what {
            What::Account => Ok(SubjectFacts::Account { id: of.account.id, external_id: of.account.external_id.clone() }),
            What::Case(id) => match of.case.as_ref().filter(|case| case.id == id) {
                Some(case) => Ok(SubjectFacts::Case { id, external_id: case.number.to_string() }),
                None => Err(Error::new(Code::IllegalState, "the case is closed")),
            },
            What::Order(id) => {
                let row = sales_order::find(read.tenant()).filter(sales_order::Column::Id.eq(id)).one(read.db()).await.map_err(failed)?;
                let row = row.ok_or_else(|| unknown("order", "order_id"))?;
                Ok(SubjectFacts::Order { order: Box::new(order_facts(&row)) })
            }
            What::Invoice(id) => {
                let row = invoice::find(read.tenant()).filter(invoice::Column::Id.eq(id)).one(read.db()).await.map_err(failed)?;
                let row = row.ok_or_else(|| unknown("invoice", "invoice_id"))?;
                Ok(SubjectFacts::Invoice { id, external_id: row.external_id })
            }
        }
    }
}

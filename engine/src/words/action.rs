//! Custom actions of packages: what can be called, about what, and what a script is shown of a call.

use crate::words::act_facts::Requester;
use crate::words::facts::OrderFacts;
use crate::words::id::{AccountId, CaseId, InvoiceId};
use crate::words::text::Bilingual;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

crate::words! {
    /// What kind of thing an action is about.
    pub enum ActionSubject {
        /// A customer account.
        Account = "account",
        /// The collection case of an account.
        Case = "case",
        /// An order.
        Order = "order",
        /// An invoice.
        Invoice = "invoice",
        /// Nothing that belongs to an account: what it answers follows from its parameters, the tenant's settings and the day.
        None = "none",
    }
}

crate::words! {
    /// How far a call of an action goes.
    pub enum ActionMode {
        /// It is answered, and nothing is written.
        Preview = "preview",
        /// What it proposes happens too, and the decision is kept.
        Apply = "apply",
    }
}

/// An action of a package that is switched on.
#[derive(Clone, Debug, PartialEq)]
pub struct ActionSpec {
    /// The package.
    pub plugin: String,
    /// The action's own name.
    pub name: String,
    /// The version's number in the tenant.
    pub version: i64,
    /// The version for people.
    pub label: String,
    /// What people call the package.
    pub title: Bilingual,
    /// What the action does, in one line.
    pub summary: Bilingual,
    /// What it is about.
    pub subject: ActionSubject,
    /// Permissions it may use; it only reads when there are none.
    pub effects: Vec<String>,
    /// JSON Schema of its parameters.
    pub params: Json,
    /// JSON Schema of its answer.
    pub result: Json,
}

impl ActionSpec {
    /// `order_hold.preview`.
    pub fn full_name(&self) -> String {
        format!("{}.{}", self.plugin, self.name)
    }
}

/// What a package that is switched on brings beside its actions: the words an admin meets in settings, policies and answers.
#[derive(Clone, Debug, PartialEq)]
pub struct PackageSpec {
    /// The package.
    pub plugin: String,
    /// The version's number in the tenant.
    pub version: i64,
    /// The version for people.
    pub label: String,
    /// What people call the package.
    pub title: Bilingual,
    /// JSON Schema of its settings, each with its title and what it does.
    pub settings: Json,
    /// Its custom step types, `plugin.type`.
    pub steps: Vec<String>,
    /// Its reason codes.
    pub codes: Vec<String>,
}

/// One call of an action, as its script sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActionFacts {
    /// `plugin.action`.
    pub name: String,
    /// The parameters, checked, with their defaults filled in.
    pub params: Json,
    /// Who calls.
    pub requester: Requester,
    /// What it is about.
    pub subject: SubjectFacts,
}

impl ActionFacts {
    /// The package and the action's own name.
    pub fn parts(&self) -> (&str, &str) {
        self.name.split_once('.').unwrap_or((&self.name, ""))
    }
}

/// What an action is about; the account it belongs to stands in the common facts, where it belongs to one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SubjectFacts {
    /// The account.
    Account {
        /// Its id.
        id: AccountId,
        /// Its number in the ERP.
        external_id: String,
    },
    /// The case that is not closed.
    Case {
        /// Its id.
        id: CaseId,
        /// Its number for people.
        external_id: String,
    },
    /// An order.
    Order {
        /// The order as it stands.
        order: Box<OrderFacts>,
    },
    /// An invoice; what is open on it stands among the open items.
    Invoice {
        /// Its id.
        id: InvoiceId,
        /// Its number in the ERP.
        external_id: String,
    },
    /// Nothing that belongs to an account.
    None,
}

impl SubjectFacts {
    /// What kind of thing it is.
    pub fn kind(&self) -> ActionSubject {
        match self {
            Self::Account { .. } => ActionSubject::Account,
            Self::Case { .. } => ActionSubject::Case,
            Self::Order { .. } => ActionSubject::Order,
            Self::Invoice { .. } => ActionSubject::Invoice,
            Self::None => ActionSubject::None,
        }
    }

    /// Its id, as outsiders write it.
    pub fn id(&self) -> Option<String> {
        match self {
            Self::Account { id, .. } => Some(id.to_string()),
            Self::Case { id, .. } => Some(id.to_string()),
            Self::Order { order } => Some(order.id.to_string()),
            Self::Invoice { id, .. } => Some(id.to_string()),
            Self::None => None,
        }
    }

    /// Its name in the ERP, or its number for people.
    pub fn external_id(&self) -> Option<&str> {
        match self {
            Self::Account { external_id, .. } | Self::Case { external_id, .. } | Self::Invoice { external_id, .. } => Some(external_id),
            Self::Order { order } => Some(&order.external_id),
            Self::None => None,
        }
    }

    /// The order, if it is one.
    pub fn order(&self) -> Option<&OrderFacts> {
        if let Self::Order { order } = self { Some(order) } else { None }
    }
}

/// A custom action of a package that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JudgedAction {
    /// Its own name.
    pub name: String,
    /// What it is about.
    pub subject: ActionSubject,
    /// JSON Schema of its parameters.
    pub params: serde_json::Value,
    /// JSON Schema of its answer.
    pub result: serde_json::Value,
}

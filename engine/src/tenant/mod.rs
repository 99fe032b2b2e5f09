//! Tenants: the isolation boundary. Every row and every token belongs to one.

pub mod authority;
mod change;
mod credit;
pub mod kpi;
mod queue;
pub mod rows;

pub use change::{ChangeSettings, MoveTestClock, SettingsNow, TestClockState, TestClockView, may_move_test_clock, settings, test_clock};
pub use queue::{CollectNow, EscalationLevel};

pub use credit::{ChecklistItem, ChecklistKind, CreditSettings, FileSource, NewAccounts, Persona};

use crate::doors::store::{Changes, Claim, Store, columns::Payload, failed};
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::{PolicyId, RowId, TenantId};
use crate::words::money::Currency;
use crate::words::stamp::Stamp;
use authority::Authority;
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use rows::{tenant, tenant_state};
use sea_orm::sea_query::Value;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Statement};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

crate::words! {
    /// Is a tenant real, or a place to try things with a clock of its own?
    pub enum TenantKind {
        /// Real business; time is the machine's.
        Live = "live",
        /// For trying: it has a test clock.
        Sandbox = "sandbox",
    }
}

crate::words! {
    /// What an order check does when an account never had a limit (decision 21).
    pub enum NoLimitRow {
        /// No credit check.
        NoCheck = "no_check",
        /// Only against money received.
        Prepay = "prepay",
        /// Hold.
        Hold = "hold",
    }
}

crate::words! {
    /// Who books cash against invoices (decision 4).
    pub enum CashApplication {
        /// The engine does it by itself.
        Engine = "engine",
        /// The ERP says; nothing is allocated by itself.
        Erp = "erp",
    }
}

crate::words! {
    /// How insurances and guarantees count (numbers.md §3).
    pub enum SecurityMode {
        /// They raise the limit.
        InLimit = "in_limit",
        /// They raise the limit by their share, and the secured money is kept apart from it.
        InExposure = "in_exposure",
    }
}

crate::words! {
    /// What happens to a new limit below what the account already owes (numbers.md §3).
    pub enum LimitBelowOwed {
        /// It is taken, and holds new orders.
        Accept = "accept",
        /// It is refused.
        Refuse = "refuse",
    }
}

crate::text_column!(TenantKind, FileSource);

/// Which parts of the exposure count against a limit; open items always do. Shipped: all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ExposureIncludes {
    /// Approved orders not invoiced yet.
    pub orders: bool,
    /// Cash not allocated, in the customer's favour.
    pub unallocated: bool,
    /// Open credit notes, in the customer's favour.
    pub credit_notes: bool,
}

impl Default for ExposureIncludes {
    fn default() -> Self {
        Self { orders: true, unallocated: true, credit_notes: true }
    }
}

/// What a tenant may choose for itself. Changing it moves the revision of its rules.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TenantSettings {
    /// What an order check does when an account never had a limit.
    pub no_limit_row: NoLimitRow,
    /// Who books cash against invoices.
    pub cash_application: CashApplication,
    /// Working days: the name of a calendar; Monday to Friday when absent.
    pub calendar: Option<String>,
    /// Local hour, `HH:MM`, at which the server starts the daily run by itself; never when absent (decision 39).
    pub run_at: Option<String>,
    /// Does an act of the four-eyes list wait for a second person?
    pub four_eyes: bool,
    /// How insurances and guarantees count.
    pub security: SecurityMode,
    /// What happens to a new limit below what the account already owes.
    pub limit_below_owed: LimitBelowOwed,
    /// Percents of the limit above which an event warns, each once on the way up.
    #[schema(max_items = 10)]
    pub warning_lines: Vec<i64>,
    /// Which parts of the exposure count.
    pub exposure_includes: ExposureIncludes,
    /// Up to which amount one person acts alone, by act and role.
    pub authority: Authority,
    /// When is a collector told to ask for money because an order came in?
    pub collect_now: CollectNow,
    /// Before whom a held order is brought when it has waited too long: one level after the other, each once.
    #[schema(max_items = 5)]
    pub hold_escalation: Vec<EscalationLevel>,
    /// Who may buy on credit, and what is written down about it.
    pub credit: CreditSettings,
    /// Days after its check on which an approved order may still ship; then it gives back what it reserves and is held until it is
    /// checked again. Approvals do not run out when absent.
    #[schema(minimum = 1, maximum = 3650)]
    pub approval_days: Option<i64>,
    /// Days for which the record of a decision and the facts it was made on are kept.
    #[schema(minimum = 90, maximum = 36500)]
    pub decision_days: i64,
    /// Which roles answer for which key figure, by the name `/reports/kpis` gives it: finance and sales together where none is named.
    #[schema(value_type = std::collections::BTreeMap<String, Vec<String>>)]
    pub kpi_owners: kpi::KpiOwners,
}

impl Default for TenantSettings {
    fn default() -> Self {
        Self {
            no_limit_row: NoLimitRow::NoCheck,
            cash_application: CashApplication::Engine,
            calendar: None,
            run_at: None,
            four_eyes: true,
            security: SecurityMode::InLimit,
            limit_below_owed: LimitBelowOwed::Accept,
            warning_lines: vec![80, 90, 100],
            exposure_includes: ExposureIncludes::default(),
            authority: Authority::default(),
            collect_now: CollectNow::Overdue,
            hold_escalation: EscalationLevel::shipped(),
            credit: CreditSettings::default(),
            approval_days: None,
            decision_days: 400,
            kpi_owners: kpi::KpiOwners::new(),
        }
    }
}

/// A tenant as the engine knows it.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// Its id, never shown outside.
    pub id: TenantId,
    /// What outsiders call it.
    pub slug: String,
    /// Live or sandbox.
    pub kind: TenantKind,
    /// Its time zone: business days are counted in it.
    pub zone: Tz,
    /// Its own currency.
    pub currency: Currency,
}

/// What outsiders see of a tenant.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct TenantView {
    /// What tokens call it.
    pub slug: String,
    /// Live or sandbox.
    pub kind: TenantKind,
    /// IANA name.
    pub time_zone: String,
    /// ISO 4217.
    #[schema(value_type = String)]
    pub currency: Currency,
}

impl From<&Tenant> for TenantView {
    fn from(tenant: &Tenant) -> Self {
        Self { slug: tenant.slug.clone(), kind: tenant.kind, time_zone: tenant.zone.name().to_owned(), currency: tenant.currency }
    }
}

/// A new tenant.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTenant {
    /// `^[a-z][a-z0-9_-]{1,39}$`
    pub slug: String,
    /// Live or sandbox.
    pub kind: TenantKind,
    /// IANA name, `Asia/Shanghai`.
    pub time_zone: String,
    /// ISO 4217, `CNY`.
    #[schema(value_type = String)]
    pub currency: Currency,
}

/// Every tenant, by slug. Global on purpose: it is how work across tenants finds them.
pub async fn list(store: &Store) -> Result<Vec<Tenant>> {
    let rows = tenant::Entity::find().order_by_asc(tenant::Column::Slug).all(store.reader()).await.map_err(failed)?;
    rows.into_iter().map(from_row).collect()
}

/// The tenant with this slug, if there is one.
pub async fn find(store: &Store, slug: &str) -> Result<Option<Tenant>> {
    let row = tenant::Entity::find().filter(tenant::Column::Slug.eq(slug)).one(store.reader()).await.map_err(failed)?;
    row.map(from_row).transpose()
}

/// The tenant with this id.
pub async fn by_id(store: &Store, id: TenantId) -> Result<Tenant> {
    let row = tenant::Entity::find().filter(tenant::Column::Id.eq(id)).one(store.reader()).await.map_err(failed)?;
    from_row(row.ok_or_else(|| Error::internal("a tenant that does not exist was asked for"))?)
}

fn from_row(row: tenant::Model) -> Result<Tenant> {
    Ok(Tenant { id: row.id, slug: row.slug, kind: row.kind, zone: zone(&row.time_zone)?, currency: row.currency })
}

fn zone(name: &str) -> Result<Tz> {
    name.parse()
        .map_err(|_| Error::new(Code::ValidationFailed, format!("{name:?} is not a time zone like Asia/Shanghai")).at("#/time_zone"))
}

fn slug_is_good(slug: &str) -> bool {
    let mut bytes = slug.bytes();
    slug.len() <= 40
        && slug.len() >= 2
        && bytes.next().is_some_and(|b| b.is_ascii_lowercase())
        && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-')
}

/// Checks a new tenant and gives its rows: the tenant itself (global) and the first change of its own tables.
pub fn open(new: &NewTenant, policy: PolicyId, settings: &TenantSettings, stamp: &Stamp) -> Result<(Tenant, Changes)> {
    if !slug_is_good(&new.slug) {
        return Err(Error::new(Code::ValidationFailed, "a slug has 2 to 40 of a-z, 0-9, _ and -, and begins with a letter").at("#/slug"));
    }
    let id = TenantId(stamp.id());
    let tenant = Tenant { id, slug: new.slug.clone(), kind: new.kind, zone: zone(&new.time_zone)?, currency: new.currency };
    let state = tenant_state::Model {
        tenant_id: id,
        id: RowId(stamp.id()),
        revision: 1,
        policy_id: policy,
        settings: Payload(settings.clone()),
        collections_day: None,
        test_now: None,
    };
    Ok((tenant, Changes::on(Claim::Nothing).add(&state)))
}

/// Inserts the global row of a new tenant; a lost race when the slug is taken.
pub async fn insert(store: &Store, tenant: &Tenant, at: DateTime<Utc>) -> Result<()> {
    let db = store.writer();
    let sql = "INSERT INTO tenant (id, slug, kind, time_zone, currency, created_at) VALUES ($1, $2, $3, $4, $5, $6)";
    let values: [Value; 6] =
        [tenant.id.into(), tenant.slug.clone().into(), tenant.kind.into(), tenant.zone.name().into(), tenant.currency.into(), at.into()];
    db.execute_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await.map(drop).map_err(failed)
}

/// Moves the test clock of a sandbox forward, and with it the revision, so that every node learns of it. Never backwards.
pub async fn move_test_clock(store: &Store, tenant: TenantId, now: DateTime<Utc>) -> Result<()> {
    let db = store.writer();
    let sql = "UPDATE tenant_state SET test_now = $2, revision = revision + 1 WHERE tenant_id = $1 AND (test_now IS NULL OR test_now < $2)";
    db.execute_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, [tenant.into(), now.into()]))
        .await
        .map(drop)
        .map_err(failed)
}

/// Moves the tenant's collections day forward after a finished run. Never backwards.
pub async fn move_collections_day(store: &Store, tenant: TenantId, day: NaiveDate) -> Result<()> {
    let db = store.writer();
    let sql = "UPDATE tenant_state SET collections_day = $2 WHERE tenant_id = $1 AND (collections_day IS NULL OR collections_day < $2)";
    db.execute_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, [tenant.into(), day.into()]))
        .await
        .map(drop)
        .map_err(failed)
}

//! Tables of tenants.

use super::{TenantKind, TenantSettings};
use crate::doors::store::columns::Payload;
use crate::tenant_rows;
use crate::words::id::{PolicyId, RowId};
use crate::words::money::Currency;
use chrono::NaiveDate;

/// Tenants themselves: a global table.
pub(crate) mod tenant {
    use super::{Currency, TenantKind};
    use crate::words::id::TenantId;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "tenant")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: TenantId,
        pub slug: String,
        pub kind: TenantKind,
        pub time_zone: String,
        pub currency: Currency,
        pub created_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

tenant_rows! {
    /// One row a tenant: the revision of its rules, its settings, the day of its last finished run, its test clock.
    "tenant_state" tenant_state {
        id: RowId,
        revision: i64,
        policy_id: PolicyId,
        settings: Payload<TenantSettings>,
        collections_day: Option<NaiveDate>,
        test_now: Option<DateTimeUtc>,
    }
}

//! Tables and their one starting query, which takes the tenant: there is no other way into a table.

use sea_orm::{EntityName, EntityTrait, IdenStatic, IntoActiveModel, Iterable, ModelTrait, Value};

/// A row of a tenant's table that the one writer can write.
pub trait TenantRow: ModelTrait {
    /// Name of the table.
    fn table() -> &'static str {
        <Self::Entity as Default>::default().table_name()
    }

    /// Names of its columns, `tenant_id` left out: the writer binds the tenant itself.
    fn columns() -> Vec<&'static str> {
        <Self::Entity as EntityTrait>::Column::iter().map(|column| column.as_str()).filter(|name| *name != "tenant_id").collect()
    }

    /// The row's values in the order of [`TenantRow::columns`].
    fn values(&self) -> Vec<Value> {
        <Self::Entity as EntityTrait>::Column::iter()
            .filter(|column| column.as_str() != "tenant_id")
            .map(|column| self.get(column))
            .collect()
    }
}

impl<M: ModelTrait + IntoActiveModel<<M::Entity as EntityTrait>::ActiveModel>> TenantRow for M {}

/// Declares a tenant's tables. Each becomes a module with its `Model`, its columns, and `find`, filtered before anyone can touch it.
#[macro_export]
macro_rules! tenant_rows {
    ($($(#[$doc:meta])* $table:literal $name:ident { $id:ident : $id_type:ty, $($field:ident : $type:ty),* $(,)? })*) => { $(
        $(#[$doc])*
        pub mod $name {
            use super::*;
            use std::result::Result;
            use $crate::words::id::TenantId;
            use sea_orm::entity::prelude::*;

            /// One row; the columns are described where the table's slice explains its words.
            #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
            #[sea_orm(table_name = $table)]
            pub struct Model {
                /// The tenant, first part of every key.
                #[sea_orm(primary_key, auto_increment = false)]
                pub tenant_id: TenantId,
                /// The row's id.
                #[sea_orm(primary_key, auto_increment = false)]
                pub $id: $id_type,
                $(
                    #[doc = concat!("Column `", stringify!($field), "`.")]
                    pub $field: $type,
                )*
            }

            /// Relations are joined by hand, with the tenant.
            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}
            impl ActiveModelBehavior for ActiveModel {}

            /// The table's one starting query: this tenant's rows.
            pub fn find(of: TenantId) -> Select<Entity> {
                <Entity as EntityTrait>::find().filter(Column::TenantId.eq(of))
            }
        }
    )* };
}

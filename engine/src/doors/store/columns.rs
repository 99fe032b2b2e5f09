//! How the words of the business are columns: ids as UUIDs, closed lists as text, payloads as JSON text.

use sea_orm::sea_query::{ArrayType, ColumnType, Nullable, StringLen, Value, ValueType, ValueTypeErr};
use sea_orm::{ColIdx, DbErr, QueryResult, TryFromU64, TryGetError, TryGetable};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use uuid::Uuid;

/// Primary keys never come from the database, which the trait would ask for.
fn never_generated<T>() -> Result<T, DbErr> {
    Err(DbErr::ConvertFromU64("ids are made by the program"))
}

macro_rules! uuid_column {
    ($id:ty) => {
        impl From<$id> for Value {
            fn from(id: $id) -> Self {
                Value::Uuid(Some(id.0))
            }
        }
        impl TryGetable for $id {
            fn try_get_by<I: ColIdx>(row: &QueryResult, at: I) -> Result<Self, TryGetError> {
                Uuid::try_get_by(row, at).map(Self)
            }
        }
        impl ValueType for $id {
            fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
                <Uuid as ValueType>::try_from(value).map(Self)
            }
            fn type_name() -> String {
                stringify!($id).to_owned()
            }
            fn array_type() -> ArrayType {
                ArrayType::Uuid
            }
            fn column_type() -> ColumnType {
                ColumnType::Uuid
            }
        }
        impl Nullable for $id {
            fn null() -> Value {
                Value::Uuid(None)
            }
        }
        impl TryFromU64 for $id {
            fn try_from_u64(_: u64) -> Result<Self, DbErr> {
                never_generated()
            }
        }
    };
}
crate::words::id::for_each_id!(uuid_column);

/// Makes a type with `as_str` and `FromStr` a text column.
#[macro_export]
#[doc(hidden)]
macro_rules! text_column {
    ($($word:ty),* $(,)?) => { $(
        impl From<$word> for sea_orm::Value {
            fn from(word: $word) -> Self {
                sea_orm::Value::String(Some(word.as_str().to_owned()))
            }
        }
        impl sea_orm::TryGetable for $word {
            fn try_get_by<I: sea_orm::ColIdx>(row: &sea_orm::QueryResult, at: I) -> std::result::Result<Self, sea_orm::TryGetError> {
                $crate::doors::store::columns::parsed(String::try_get_by(row, at)?)
            }
        }
        impl sea_orm::sea_query::ValueType for $word {
            fn try_from(value: sea_orm::Value) -> std::result::Result<Self, sea_orm::sea_query::ValueTypeErr> {
                let text = <String as sea_orm::sea_query::ValueType>::try_from(value)?;
                text.parse().map_err(|_| sea_orm::sea_query::ValueTypeErr)
            }
            fn type_name() -> String {
                stringify!($word).to_owned()
            }
            fn array_type() -> sea_orm::sea_query::ArrayType {
                sea_orm::sea_query::ArrayType::String
            }
            fn column_type() -> sea_orm::sea_query::ColumnType {
                sea_orm::sea_query::ColumnType::Text
            }
        }
        impl sea_orm::sea_query::Nullable for $word {
            fn null() -> sea_orm::Value {
                sea_orm::Value::String(None)
            }
        }
    )* };
}
text_column!(crate::words::money::Currency);

/// Reads a word out of a text column; a word we do not know means the database is newer or damaged.
pub fn parsed<T: FromStr>(text: String) -> Result<T, TryGetError> {
    text.parse().map_err(|_| TryGetError::DbErr(DbErr::Type(format!("{text:?} is not a word of this column"))))
}

/// A payload kept as JSON text: never money to add up, never a key.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Payload<T>(pub T);

impl<T: Serialize> From<Payload<T>> for Value {
    fn from(payload: Payload<T>) -> Self {
        // A payload is plain data with text keys, which always has a JSON form.
        Value::String(serde_json::to_string(&payload.0).ok())
    }
}

impl<T: DeserializeOwned> TryGetable for Payload<T> {
    fn try_get_by<I: ColIdx>(row: &QueryResult, at: I) -> Result<Self, TryGetError> {
        let text = String::try_get_by(row, at)?;
        serde_json::from_str(&text).map(Self).map_err(|e| TryGetError::DbErr(DbErr::Json(e.to_string())))
    }
}

impl<T: DeserializeOwned> ValueType for Payload<T> {
    fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
        let text = <String as ValueType>::try_from(value)?;
        serde_json::from_str(&text).map(Self).map_err(|_| ValueTypeErr)
    }
    fn type_name() -> String {
        "Payload".to_owned()
    }
    fn array_type() -> ArrayType {
        ArrayType::String
    }
    fn column_type() -> ColumnType {
        ColumnType::String(StringLen::None)
    }
}

impl<T> Nullable for Payload<T> {
    fn null() -> Value {
        Value::String(None)
    }
}

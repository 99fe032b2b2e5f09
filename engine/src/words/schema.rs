//! How money, currencies and rates look in the API document.

use crate::words::money::{Currency, Money};
use crate::words::quantity::Quantity;
use crate::words::rate::Rate;
use serde_json::json;
use std::borrow::Cow;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

fn text(pattern: &str, most: usize) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).pattern(Some(pattern)).max_length(Some(most))
}

impl PartialSchema for Currency {
    fn schema() -> RefOr<Schema> {
        text("^[A-Z]{3}$", 3).description(Some("ISO 4217 code.")).examples([json!("CNY")]).into()
    }
}

impl ToSchema for Currency {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Currency")
    }
}

impl PartialSchema for Rate {
    fn schema() -> RefOr<Schema> {
        text(r"^-?[0-9]{1,15}(\.[0-9]{1,12})?$", 30)
            .description(Some("Exact decimal: `0.0435` is 4.35 %."))
            .examples([json!("0.0435")])
            .into()
    }
}

impl ToSchema for Rate {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Rate")
    }
}

impl PartialSchema for Quantity {
    fn schema() -> RefOr<Schema> {
        text(r"^[0-9]{1,13}(\.[0-9]{1,6})?$", 20)
            .description(Some("Exact decimal above zero, in the unit the ERP sells it in."))
            .examples([json!("12.5")])
            .into()
    }
}

impl ToSchema for Quantity {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Quantity")
    }
}

impl PartialSchema for Money {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .property("amount", text(r"^-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,4})?$", 22).examples([json!("1200.00")]))
            .property("currency", Ref::from_schema_name("Currency"))
            .required("amount")
            .required("currency")
            .additional_properties(Some(AdditionalProperties::FreeForm(false)))
            .description(Some("An exact amount: decimal text with at most the currency's decimals, and its currency."))
            .examples([json!({"amount": "1200.00", "currency": "CNY"})])
            .into()
    }
}

impl ToSchema for Money {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Money")
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((Currency::name().into_owned(), Currency::schema()));
    }
}

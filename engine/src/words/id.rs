//! Typed ids: a UUIDv7 inside, a TypeID such as `acc_01h455vb4pex5vsknk084sn02q` outside.
//!
//! The prefix is checked on parsing, so an account id cannot pass for an invoice id, in Rust or in JSON.

use crate::words::code::Code;
use crate::words::error::{Error, Result};
use uuid::Uuid;

const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// The 26 base-32 characters of a UUID, as the public TypeID specification writes them.
fn encode(uuid: Uuid) -> String {
    let bits = uuid.as_u128();
    (0..26).rev().map(|at| char::from(LETTERS[usize::try_from((bits >> (at * 5)) & 31).unwrap_or(0)])).collect()
}

fn decode(text: &str) -> Option<Uuid> {
    let bytes = text.as_bytes();
    if bytes.len() != 26 || bytes[0] > b'7' {
        return None;
    }
    let mut bits: u128 = 0;
    for byte in bytes {
        let value = LETTERS.iter().position(|letter| letter == byte)?;
        bits = (bits << 5) | u128::try_from(value).ok()?;
    }
    Some(Uuid::from_u128(bits))
}

/// Text of an id with this prefix.
pub fn to_text(prefix: &str, uuid: Uuid) -> String {
    format!("{prefix}_{}", encode(uuid))
}

/// The UUID in the text of an id with this prefix; anything else is `unknown_reference`.
pub fn from_text(prefix: &str, text: &str) -> Result<Uuid> {
    text.strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('_'))
        .and_then(decode)
        .ok_or_else(|| Error::new(Code::UnknownReference, format!("{text:?} is not an id that starts with {prefix}_")))
}

/// One typed id per kind of thing; the prefix is for ever.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
            pub struct $name(pub Uuid);

            impl $name {
                /// The three letters in front of every such id.
                pub const PREFIX: &'static str = $prefix;
            }
            impl std::fmt::Display for $name {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str(&to_text($prefix, self.0))
                }
            }
            impl std::fmt::Debug for $name {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    std::fmt::Display::fmt(self, f)
                }
            }
            impl std::str::FromStr for $name {
                type Err = Error;
                fn from_str(text: &str) -> Result<Self> {
                    from_text($prefix, text).map(Self)
                }
            }
            impl serde::Serialize for $name {
                fn serialize<S: serde::Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
                    to.collect_str(self)
                }
            }
            impl<'de> serde::Deserialize<'de> for $name {
                fn deserialize<D: serde::Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
                    use serde::de::Error as _;
                    std::borrow::Cow::<'de, str>::deserialize(from)?.parse().map_err(D::Error::custom)
                }
            }
            impl utoipa::PartialSchema for $name {
                fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                    use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
                    ObjectBuilder::new()
                        .schema_type(SchemaType::Type(Type::String))
                        .pattern(Some(concat!("^", $prefix, "_[0-7][0-9a-hjkmnp-tv-z]{25}$")))
                        .max_length(Some(30))
                        .examples([serde_json::json!(concat!($prefix, "_01h455vb4pex5vsknk084sn02q"))])
                        .into()
                }
            }
            impl utoipa::ToSchema for $name {
                fn name() -> std::borrow::Cow<'static, str> {
                    std::borrow::Cow::Borrowed(stringify!($name))
                }
            }
        )*
        /// Runs a macro over every id type: how the store teaches them all to be columns.
        macro_rules! for_each_id { ($then:ident) => { $($then!{ $crate::words::id::$name })* } }
        pub(crate) use for_each_id;
    };
}

ids! {
    /// A tenant. It never leaves the engine: outsiders know a tenant by its slug.
    TenantId = "ten";
    /// A customer account.
    AccountId = "acc";
    /// A contact person of an account.
    ContactId = "con";
    /// An invoice.
    InvoiceId = "inv";
    /// An instalment: one due amount of an invoice.
    InstalmentId = "itm";
    /// A payment.
    PaymentId = "pay";
    /// A share of a payment or credit note booked on an instalment.
    AllocationId = "alc";
    /// A bounce or reversal of a payment.
    BounceId = "bnc";
    /// A credit note.
    CreditNoteId = "crn";
    /// A credit limit.
    CreditLimitId = "lim";
    /// A group of accounts that share a limit.
    CreditGroupId = "cgr";
    /// An insurance or guarantee behind an account.
    SecurityId = "sec";
    /// A dated exchange rate.
    ExchangeRateId = "fxr";
    /// An order.
    OrderId = "ord";
    /// A shipment of an order.
    ShipmentId = "shp";
    /// A revision of an order.
    RevisionId = "rvn";
    /// A hold on an order or an account.
    HoldId = "hld";
    /// A stop of supply.
    SupplyStopId = "sst";
    /// What a distributor sold on in a period.
    SellOutId = "slo";
    /// A contract.
    ContractId = "ctr";
    /// A milestone of a contract.
    MilestoneId = "mls";
    /// A signed record about a milestone.
    AcceptanceRecordId = "acr";
    /// The plan of an account for a year.
    YearPlanId = "ypl";
    /// A count of a distributor's stock.
    StockCheckId = "stk";
    /// A finding of internal control.
    FindingId = "fnd";
    /// A hold rule an account is let off.
    ExclusionId = "exc";
    /// An extension of a settlement day.
    ExtensionId = "ext";
    /// A collection case.
    CaseId = "cas";
    /// What really happened on a case.
    ActivityId = "act";
    /// A task for a person.
    TaskId = "tsk";
    /// A message to the customer.
    NoticeId = "ntc";
    /// An early-payment offer.
    OfferId = "ofr";
    /// A set of three proposals.
    OfferSetId = "ofs";
    /// A case given to legal or to an agency.
    HandoffId = "hof";
    /// A version of the collections policy.
    PolicyId = "pol";
    /// A calendar.
    CalendarId = "cal";
    /// A plugin.
    PluginId = "plg";
    /// A decision record.
    DecisionId = "dec";
    /// A collections run.
    RunId = "run";
    /// An import.
    ImportId = "imp";
    /// An event or journal line.
    EventId = "evt";
    /// A request to approve something.
    ApprovalId = "apr";
    /// An early-warning signal.
    SignalId = "sig";
    /// An entry of a credit file.
    CreditFileEntryId = "cfe";
    /// A filled score sheet.
    ScoreSheetId = "scs";
    /// A score template.
    ScoreTemplateId = "sct";
    /// A grade table.
    GradeTableId = "grt";
    /// A grade run.
    GradeRunId = "grn";
    /// A credit review.
    CreditReviewId = "crv";
    /// A row with no public name of its own.
    RowId = "row";
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_public_example_of_the_specification_holds() {
        let id: AccountId = "acc_01h455vb4pex5vsknk084sn02q".parse().unwrap();
        assert_eq!(id.0.to_string(), "01890a5d-ac96-774b-bcce-b302099a8057");
    }

    #[test]
    fn an_id_of_another_kind_or_a_spoilt_one_is_refused() {
        for text in [
            "inv_01h455vb4pex5vsknk084sn02q",
            "acc_81h455vb4pex5vsknk084sn02q",
            "acc_01h455vb4pex5vsknk084sn02",
            "acc_01h455vb4pex5vsknk084sn02u",
            "acc01h455vb4pex5vsknk084sn02q",
            "",
        ] {
            assert!(text.parse::<AccountId>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(bits: u128) {
            let id = InvoiceId(Uuid::from_u128(bits));
            prop_assert_eq!(id.to_string().parse::<InvoiceId>().unwrap(), id);
        }
    }
}

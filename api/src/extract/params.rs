//! `Params<T>`: a query string. An unknown or repeated parameter is refused, never ignored.

use super::body::{Place, explain_message, has_control};
use crate::problem::Problem;
use actix_web::dev::Payload;
use actix_web::web::Query;
use actix_web::{FromRequest, HttpRequest};
use futures::future::{Ready, ready};
use recoup_engine::words::code::Code;
use recoup_engine::words::error::{Error, Result};
use serde::de::value::{Error as ReadError, MapDeserializer, StrDeserializer};
use serde::de::{DeserializeOwned, Deserializer, Error as _, IntoDeserializer, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};
use std::str::FromStr;

/// The query of a request, read by the rules of `T`; `T` refuses unknown members.
#[derive(Debug)]
pub struct Params<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Params<T> {
    type Error = Problem;
    type Future = Ready<std::result::Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let read = pairs(request.query_string()).and_then(|pairs| read(&pairs));
        ready(read.map(Params).map_err(Problem::from))
    }
}

/// Several values of one parameter, by comma: `state=active,paused`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommaList<T>(pub Vec<T>);

impl<T> Default for CommaList<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: ToString> CommaList<T> {
    /// The values as text.
    pub fn texts(&self) -> Vec<String> {
        self.0.iter().map(T::to_string).collect()
    }
}

impl<'de, T: FromStr<Err = Error>> Deserialize<'de> for CommaList<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let read: Result<Vec<T>> = text.split(',').map(str::parse).collect();
        read.map(CommaList).map_err(D::Error::custom)
    }
}

/// Name and value of every parameter, decoded; a repeated name is refused.
pub(super) fn pairs(query: &str) -> Result<Vec<(String, String)>> {
    let unreadable = || Error::new(Code::InvalidParameter, "the query string cannot be read");
    let pairs = Query::<Vec<(String, String)>>::from_query(query).map_err(|_| unreadable())?.into_inner();
    for (at, (name, value)) in pairs.iter().enumerate() {
        if has_control(name) || has_control(value) {
            return Err(Error::new(Code::InvalidParameter, "a parameter holds no control characters").at(format!("?{name}")));
        }
        if pairs[..at].iter().any(|(earlier, _)| earlier == name) {
            return Err(Error::new(Code::UnknownParameter, format!("{name} is there twice")).at(format!("?{name}")));
        }
    }
    Ok(pairs)
}

/// Reads decoded parameters as `T`.
pub(super) fn read<T: DeserializeOwned>(pairs: &[(String, String)]) -> Result<T> {
    let members = pairs.iter().map(|(name, value)| (name.as_str(), Text(value)));
    let reader = MapDeserializer::<_, ReadError>::new(members);
    serde_path_to_error::deserialize(reader).map_err(|fault| {
        let name = fault.path().to_string();
        let said = explain_message(&fault.inner().to_string(), &|place| match place {
            Place::Member(member) => format!("?{member}"),
            Place::Judged(_) => format!("?{name}"),
        });
        // A parameter belongs to the address, so whatever is wrong with it is a 400.
        let code = if said.code() == Code::UnknownField { Code::UnknownParameter } else { Code::InvalidParameter };
        let at = said.faults().first().map_or_else(String::new, |first| first.pointer.clone());
        Error::new(code, said.detail()).at(at)
    })
}

/// The value of a parameter: text that is a number where a number is asked for.
struct Text<'a>(&'a str);

impl<'de> IntoDeserializer<'de, ReadError> for Text<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

macro_rules! numbers {
    ($($method:ident $visit:ident $what:literal;)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> std::result::Result<V::Value, ReadError> {
            let plain = self.0.strip_prefix('-').unwrap_or(self.0);
            match self.0.parse() {
                Ok(value) if plain.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()) => visitor.$visit(value),
                _ => Err(ReadError::custom(format!(concat!("{:?} is not ", $what), self.0))),
            }
        })*
    };
}

impl<'de> Deserializer<'de> for Text<'de> {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> std::result::Result<V::Value, ReadError> {
        visitor.visit_borrowed_str(self.0)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> std::result::Result<V::Value, ReadError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> std::result::Result<V::Value, ReadError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> std::result::Result<V::Value, ReadError> {
        StrDeserializer::new(self.0).deserialize_enum(name, variants, visitor)
    }

    numbers! {
        deserialize_bool visit_bool "true or false";
        deserialize_i32 visit_i32 "a whole number";
        deserialize_i64 visit_i64 "a whole number";
        deserialize_u32 visit_u32 "a whole number";
        deserialize_u64 visit_u64 "a whole number";
    }

    forward_to_deserialize_any! {
        i8 i16 u8 u16 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;
    use recoup_engine::words::day::strict_date;
    use recoup_engine::words::money::Currency;

    recoup_engine::words! {
        /// A word of the test.
        pub enum State { Active = "active", Paused = "paused" }
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Filters {
        #[serde(default, deserialize_with = "strict_date::optional::deserialize")]
        as_of: Option<NaiveDate>,
        currency: Option<Currency>,
        days: Option<u32>,
        #[serde(default)]
        state: CommaList<State>,
        kind: Option<State>,
        is_open: Option<bool>,
        q: Option<String>,
    }

    fn fault(query: &str) -> String {
        match pairs(query).and_then(|pairs| read::<Filters>(&pairs)) {
            Ok(_) => "read".to_owned(),
            Err(error) => format!("{} {}", error.code().name(), error.faults().first().map_or("", |first| &first.pointer)),
        }
    }

    #[test]
    fn parameters_are_read_by_their_type() {
        let query = "as_of=2012-12-31&currency=CNY&days=90&state=active,paused&kind=paused&is_open=true&q=%E5%9B%9E%20a+b";
        let read: Filters = read(&pairs(query).unwrap()).unwrap();
        assert_eq!(read.as_of.unwrap().to_string(), "2012-12-31");
        assert_eq!((read.currency.unwrap().as_str(), read.days, read.is_open), ("CNY", Some(90), Some(true)));
        assert_eq!((read.state.0, read.kind), (vec![State::Active, State::Paused], Some(State::Paused)));
        assert_eq!(read.q.as_deref(), Some("回 a b"));
    }

    #[test]
    fn an_unknown_repeated_or_malformed_parameter_is_refused_by_name() {
        for (query, expected) in [
            ("", "read"),
            ("colour=red", "unknown_parameter ?colour"),
            ("days=1&days=2", "unknown_parameter ?days"),
            ("as_of=2012-13-31", "invalid_parameter ?as_of"),
            ("currency=cny", "invalid_parameter ?currency"),
            ("days=-1", "invalid_parameter ?days"),
            ("days=+1", "invalid_parameter ?days"),
            ("days=%2B1", "invalid_parameter ?days"),
            ("days=1.5", "invalid_parameter ?days"),
            ("state=active,asleep", "invalid_parameter ?state"),
            ("kind=asleep", "invalid_parameter ?kind"),
            ("is_open=1", "invalid_parameter ?is_open"),
        ] {
            assert_eq!(fault(query), expected, "{query}");
        }
    }
}

//! `At<Id>`: a path id. Malformed, of another kind or unknown: always the same 404.

use crate::problem::Problem;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures::future::{Ready, ready};
use recoup_engine::words::code::Code;
use std::str::FromStr;

/// The first id of the path, typed.
#[derive(Clone, Copy, Debug)]
pub struct At<T>(pub T);

impl<T: FromStr> FromRequest for At<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let text = texts(request).next();
        let found = text.and_then(|text| text.parse().ok());
        ready(found.map(At).ok_or_else(|| Problem::new(Code::NotFound, "there is no such thing")))
    }
}

/// What the path names. Nothing has a control character in its name, so such a name ends the list.
fn texts(request: &HttpRequest) -> impl Iterator<Item = &str> {
    request.match_info().iter().map(|(_, text)| text).take_while(|text| !text.contains(char::is_control))
}

/// Two ids of the path, typed, in their order.
#[derive(Clone, Copy, Debug)]
pub struct Within<A, B>(pub A, pub B);

impl<A: FromStr, B: FromStr> FromRequest for Within<A, B> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mut texts = texts(request);
        let found = texts.next().and_then(|text| text.parse().ok()).zip(texts.next().and_then(|text| text.parse().ok()));
        ready(found.map(|(outer, inner)| Within(outer, inner)).ok_or_else(|| Problem::new(Code::NotFound, "there is no such thing")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;
    use recoup_engine::words::id::AccountId;

    #[actix_web::test]
    async fn an_id_that_is_spoilt_or_of_another_kind_is_not_found() {
        for (text, found) in [
            ("acc_01h455vb4pex5vsknk084sn02q", true),
            ("inv_01h455vb4pex5vsknk084sn02q", false),
            ("acc_81h455vb4pex5vsknk084sn02q", false),
            ("1", false),
            ("", false),
        ] {
            let request = TestRequest::get().param("id", text.to_owned()).to_http_request();
            let read = At::<AccountId>::extract(&request).await;
            assert_eq!(
                read.map_or_else(|problem| problem.error().code().name(), |_| "found"),
                if found { "found" } else { "not_found" },
                "{text}"
            );
        }
    }
}

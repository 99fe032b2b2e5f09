//! A caller over HTTP, as an integrator writes one: a base address, a token, JSON in and out.

use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use std::time::Duration;

/// One caller with one token. Cheap to clone; clones share their connections.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    /// `http://127.0.0.1:port`, without a slash at the end.
    pub address: String,
    /// The bearer token, if any.
    pub token: Option<String>,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status, as a number.
    pub status: u16,
    /// Every header.
    pub headers: HeaderMap,
    /// The body as it was sent.
    pub text: String,
    /// The body as JSON; `null` where it is none.
    pub json: Value,
}

impl Answer {
    /// The body of an answer with this status. Anything else fails the test and shows what came.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.json
    }

    /// The `code` of a problem with this status.
    #[track_caller]
    pub fn refused(self, status: u16) -> String {
        let kind = self.header("content-type").unwrap_or_default().to_owned();
        let problem = self.expect(status);
        assert!(kind.starts_with("application/problem+json"), "a refusal of type {kind:?}: {problem}");
        problem["code"].as_str().expect("a problem has a code").to_owned()
    }

    /// One header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl Client {
    /// A caller of this server, without a token.
    pub fn new(address: impl Into<String>) -> Self {
        Self { http: reqwest::Client::new(), address: address.into(), token: None }
    }

    /// The same server with another token.
    #[must_use]
    pub fn with_token(&self, token: impl Into<String>) -> Self {
        Self { token: Some(token.into()), ..self.clone() }
    }

    /// A request with any headers and any body; `Err` only where no answer came at all.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> Result<Answer, reqwest::Error> {
        let mut request = self.http.request(method, format!("{}{path}", self.address));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let mut own = HeaderMap::new();
        for (name, value) in headers {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a header name");
            own.insert(name, HeaderValue::from_str(value).expect("a header value"));
        }
        request = request.headers(own);
        if let Some(body) = body {
            request = request.body(body);
        }
        let answer = request.send().await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = answer.text().await?;
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        Ok(Answer { status, headers, text, json })
    }

    async fn json(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        self.send(method, path, headers, Some(body.to_string().into_bytes())).await.expect("the server answers")
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], None).await.expect("the server answers")
    }

    /// POST of JSON.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.json(Method::POST, path, &[("content-type", "application/json")], &body).await
    }

    /// POST of JSON that takes effect once, however often it is sent.
    pub async fn post_once(&self, path: &str, key: &str, body: Value) -> Answer {
        self.json(Method::POST, path, &[("content-type", "application/json"), ("idempotency-key", key)], &body).await
    }

    /// POST of CSV, as imports take it.
    pub async fn post_csv(&self, path: &str, csv: impl Into<Vec<u8>>) -> Answer {
        self.send(Method::POST, path, &[("content-type", "text/csv")], Some(csv.into())).await.expect("the server answers")
    }

    /// Sends a file to be imported, and gives the import once it has been worked.
    pub async fn import(&self, query: &str, csv: impl Into<Vec<u8>>) -> Value {
        let taken = self.post_csv(&format!("/v1/imports?{query}"), csv).await;
        let at = taken.header("location").map(str::to_owned);
        taken.expect(202);
        self.worked(&at.expect("an import has a place")).await
    }

    /// Looks at work behind the requests until it is over, at most two minutes.
    pub async fn worked(&self, at: &str) -> Value {
        for _ in 0..12_000 {
            let now = self.get(at).await.expect(200);
            if !matches!(now["state"].as_str(), Some("queued" | "running")) {
                return now;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        unreachable!("{at} does not end")
    }

    /// A merge patch of the version named by `if_match`.
    pub async fn patch(&self, path: &str, if_match: &str, body: Value) -> Answer {
        self.json(Method::PATCH, path, &[("content-type", "application/merge-patch+json"), ("if-match", if_match)], &body).await
    }

    /// PUT of JSON onto the version named by `if_match`.
    pub async fn put(&self, path: &str, if_match: &str, body: Value) -> Answer {
        self.json(Method::PUT, path, &[("content-type", "application/json"), ("if-match", if_match)], &body).await
    }
}

//! Tokens: made, checked every time by every rule, and turned into a permit. A handler that takes a permit is allowed.

use crate::access::{Needs, Operation, Role, Scope, scopes_of};
use crate::clock;
use crate::extract::IfMatch;
use crate::idempotency;
use crate::keys::SigningKey;
use crate::letterhead::RequestId;
use crate::parent::Parent;
use crate::problem::{PROBLEM_JSON, Problem};
use crate::server::Server;
use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::{AUTHORIZATION, Accept, Header as _, HeaderMap, IF_MATCH, Quality};
use actix_web::mime::Mime;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::future::{Ready, ready};
use jsonwebtoken::Algorithm;
use recoup_engine::Engine;
use recoup_engine::doors::precondition::unversioned;
use recoup_engine::tenant;
use recoup_engine::words::caller::{Caller, Expected, IdempotencyKey};
use recoup_engine::words::code::Code;
use recoup_engine::words::error::{Error, Result};
use recoup_engine::words::id::TenantId;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};
use std::marker::PhantomData;
use std::sync::{Arc, PoisonError, RwLock};

/// Who issues our tokens.
pub const ISSUER: &str = "recoup";
/// Whom they are for.
pub const AUDIENCE: &str = "recoup";
/// The longest token, in bytes.
const TOKEN_BYTES_MAX: usize = 16 * 1024;
/// How far two clocks may be apart, in seconds.
const LEEWAY_SECONDS: i64 = 60;
/// Verified tokens remembered until they expire.
const REMEMBERED_MAX: usize = 10_000;

/// Who presented a valid token, and what it allows.
#[derive(Debug)]
pub struct Holder {
    /// The only tenant the token opens.
    pub tenant: TenantId,
    /// Who acts: `cli_…` or `local:<role>`.
    pub actor: Arc<str>,
    /// The program that asked for the token.
    pub client: Arc<str>,
    /// What it may do.
    pub scopes: BTreeSet<Scope>,
    /// The jobs it holds whole: one whose scopes were narrowed answers for nothing on its own.
    pub roles: Arc<[Role]>,
    /// Is this the operator of the installation?
    pub is_operator: bool,
    expires: i64,
}

/// What the letterhead found in the `Authorization` header, for the permit to judge once the route is known.
pub(crate) struct Presented(pub(crate) Result<Arc<Holder>>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    // Nothing else is read: `jku`, `x5u`, `x5c`, `jwk`, `crit`, `cty`, `zip` and the like refuse the token.
    alg: String,
    typ: String,
    kid: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// What a token says (RFC 9068).
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: Audience,
    sub: String,
    client_id: String,
    tenant: String,
    roles: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    operator: bool,
    iat: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    exp: i64,
    jti: String,
}

/// The judge of tokens.
pub struct Access {
    key: SigningKey,
    engine: Engine,
    remembered: RwLock<HashMap<[u8; 32], Arc<Holder>>>,
}

impl Access {
    /// A judge who knows this key and the engine's tenants.
    pub fn new(key: SigningKey, engine: Engine) -> Self {
        Self { key, engine, remembered: RwLock::new(HashMap::new()) }
    }

    /// The public keys, as `/.well-known/jwks.json` shows them.
    pub fn jwks(&self) -> serde_json::Value {
        serde_json::json!({"keys": [self.key.jwk()]})
    }

    /// A token of the local command line; see [`local_token`].
    pub fn local_token(&self, role: Role, tenant: &str, now: i64, ttl_seconds: i64) -> Result<String> {
        local_token(&self.key, role, tenant, now, ttl_seconds)
    }

    /// Judges the `Authorization` header at a moment, in seconds since 1970.
    pub(crate) async fn present(&self, headers: &HeaderMap, now: i64) -> Result<Arc<Holder>> {
        let mut sent = headers.get_all(AUTHORIZATION);
        let Some(first) = sent.next() else {
            return Err(Error::new(Code::Unauthenticated, "send a token: Authorization: Bearer …"));
        };
        if sent.next().is_some() {
            return Err(invalid("two Authorization headers"));
        }
        let text = first.to_str().map_err(|_| invalid("the Authorization header is not text"))?;
        match text.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => self.verify(token.trim(), now).await,
            _ => Err(invalid("the Authorization header is not a bearer token")),
        }
    }

    /// The holder of a valid token; everything else is `invalid_token`.
    pub async fn verify(&self, token: &str, now: i64) -> Result<Arc<Holder>> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(invalid("the token is too long"));
        }
        let hash = idempotency::sha256(token.as_bytes());
        let known = self.remembered.read().unwrap_or_else(PoisonError::into_inner).get(&hash).cloned();
        if let Some(holder) = known {
            return if now > holder.expires.saturating_add(LEEWAY_SECONDS) { Err(invalid("the token has expired")) } else { Ok(holder) };
        }
        let claims = self.claims(token)?;
        judge(&claims, now)?;
        let holder = Arc::new(self.holder(claims).await?);
        self.remember(hash, &holder, now);
        Ok(holder)
    }

    /// Form, header and signature.
    fn claims(&self, token: &str) -> Result<Claims> {
        let parts: Vec<&str> = token.split('.').collect();
        let [head, body, signature] = parts.as_slice() else {
            return Err(invalid("a token has three parts"));
        };
        let read = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| invalid("the token is not base64url"));
        let head: Head = serde_json::from_slice(&read(head)?).map_err(|_| invalid("the token's header is not one of ours"))?;
        if head.alg != "ES256" || head.typ != "at+jwt" || head.kid != self.key.kid {
            return Err(invalid("the token's alg, typ or kid is not ours"));
        }
        let message = &token.as_bytes()[..token.len() - signature.len() - 1];
        match jsonwebtoken::crypto::verify(signature, message, &self.key.decoding, Algorithm::ES256) {
            Ok(true) => {}
            Ok(false) | Err(_) => return Err(invalid("the token's signature is not ours")),
        }
        serde_json::from_slice(&read(body)?).map_err(|_| invalid("the token's claims cannot be read"))
    }

    /// Tenant, roles and scopes.
    async fn holder(&self, claims: Claims) -> Result<Holder> {
        let mut allowed = BTreeSet::new();
        let mut roles: Vec<Role> = Vec::with_capacity(claims.roles.len());
        for name in &claims.roles {
            let role: Role = name.parse().map_err(|_| invalid("the token names an unknown role"))?;
            allowed.extend(scopes_of(role));
            roles.push(role);
        }
        if claims.operator {
            if !roles.contains(&Role::Admin) {
                return Err(invalid("only an admin is the operator"));
            }
            allowed = Scope::ALL.iter().copied().collect();
        }
        if let Some(scope) = &claims.scope {
            let asked: BTreeSet<&str> = scope.split(' ').collect();
            allowed.retain(|scope| asked.contains(scope.as_str()));
        }
        roles.retain(|role| scopes_of(*role).is_subset(&allowed));
        let tenant = tenant::find(self.engine.store(), &claims.tenant).await?;
        let tenant = tenant.ok_or_else(|| invalid("the token's tenant is not known"))?.id;
        Ok(Holder {
            tenant,
            actor: claims.sub.into(),
            client: claims.client_id.into(),
            scopes: allowed,
            roles: roles.into(),
            is_operator: claims.operator,
            expires: claims.exp,
        })
    }

    fn remember(&self, hash: [u8; 32], holder: &Arc<Holder>, now: i64) {
        let mut remembered = self.remembered.write().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= REMEMBERED_MAX {
            remembered.retain(|_, holder| holder.expires > now);
        }
        if remembered.len() >= REMEMBERED_MAX {
            remembered.clear();
        }
        remembered.insert(hash, Arc::clone(holder));
    }
}

/// Parties and times.
fn judge(claims: &Claims, now: i64) -> Result<()> {
    if claims.iss != ISSUER {
        return Err(invalid("the token's issuer is not known"));
    }
    let is_for_us = match &claims.aud {
        Audience::One(one) => one == AUDIENCE,
        Audience::Several(several) => several.iter().any(|one| one == AUDIENCE),
    };
    if !is_for_us {
        return Err(invalid("the token is for another audience"));
    }
    if claims.sub.is_empty() || claims.jti.is_empty() || claims.client_id.is_empty() || claims.roles.is_empty() {
        return Err(invalid("sub, jti, client_id or roles is empty"));
    }
    if now > claims.exp.saturating_add(LEEWAY_SECONDS) {
        return Err(invalid("the token has expired"));
    }
    let soon = now.saturating_add(LEEWAY_SECONDS);
    if claims.iat > soon || claims.nbf.is_some_and(|nbf| nbf > soon) {
        return Err(invalid("the token is not valid yet"));
    }
    Ok(())
}

fn invalid(why: &str) -> Error {
    Error::new(Code::InvalidToken, why)
}

/// A token of the local command line, signed with this installation's key. Whoever can make one owns the host:
/// role admin is therefore the operator (decision 55).
pub fn local_token(key: &SigningKey, role: Role, tenant: &str, now: i64, ttl_seconds: i64) -> Result<String> {
    let is_operator = role == Role::Admin;
    let scopes = if is_operator { Scope::ALL.iter().copied().collect() } else { scopes_of(role) };
    let names: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
    let actor = format!("local:{role}");
    sign(
        key,
        &Claims {
            iss: ISSUER.into(),
            aud: Audience::One(AUDIENCE.into()),
            sub: actor.clone(),
            client_id: actor,
            tenant: tenant.into(),
            roles: vec![role.to_string()],
            scope: Some(names.join(" ")),
            operator: is_operator,
            iat: now,
            nbf: Some(now),
            exp: now.saturating_add(ttl_seconds),
            jti: clock::fresh_id("jti").to_string(),
        },
    )
}

fn sign(key: &SigningKey, claims: &Claims) -> Result<String> {
    let head =
        jsonwebtoken::Header { typ: Some("at+jwt".into()), kid: Some(key.kid.clone()), ..jsonwebtoken::Header::new(Algorithm::ES256) };
    jsonwebtoken::encode(&head, claims, &key.encoding).map_err(Error::internal)
}

/// Leave to run an operation. Nothing else lets a handler know its caller, so none forgets to ask.
pub struct Permit<P> {
    /// Who asks, for commands that keep no idempotency key and for reads.
    pub caller: Caller,
    /// What the token allows, for the few operations whose parts need a scope of their own.
    pub holder: Arc<Holder>,
    key: Option<idempotency::Sent>,
    operation: PhantomData<P>,
}

impl<P: Operation> Permit<P> {
    /// The caller of a command that takes effect once per `Idempotency-Key`. `fingerprint` is the hash of the body.
    pub fn once(&self, fingerprint: impl FnOnce() -> String) -> Caller {
        let mut caller = self.caller.clone();
        if let Some(sent) = &self.key {
            caller.idempotency = Some(IdempotencyKey { scope: sent.scope(&self.holder.client), fingerprint: fingerprint() });
        }
        caller
    }

    /// Refuses unless the token has this scope too.
    pub fn also(&self, scope: Scope) -> Result<()> {
        allow(&self.holder, Needs::Scope(scope))
    }

    fn judge(request: &HttpRequest) -> std::result::Result<Self, Problem> {
        let extensions = request.extensions();
        let holder = match extensions.get::<Presented>() {
            Some(Presented(Ok(holder))) => Arc::clone(holder),
            Some(Presented(Err(error))) => return Err(error.clone().into()),
            None => return Err(Problem::new(Code::Unauthenticated, "send a token: Authorization: Bearer …")),
        };
        allow(&holder, P::NEEDS)?;
        judge_accept(request)?;
        judge_query(request)?;
        let request_id = extensions.get::<RequestId>().map_or_else(|| clock::fresh_id("req"), |id| Arc::clone(&id.0));
        let key = idempotency::Sent::read(request)?;
        let caller = Caller {
            actor: Arc::clone(&holder.actor),
            roles: Arc::clone(&holder.roles),
            is_operator: holder.is_operator,
            request_id,
            expected: expected(request)?,
            ..Caller::engine(holder.tenant)
        };
        Ok(Self { caller, holder, key, operation: PhantomData })
    }
}

/// The version an act insists on: `If-Match` of a POST is that of the thing in its path, and refused where that has none. Other methods judge
/// theirs by themselves.
fn expected(request: &HttpRequest) -> std::result::Result<Option<Expected>, Problem> {
    if request.method() != Method::POST || !request.headers().contains_key(IF_MATCH) {
        return Ok(None);
    }
    // Any version will do.
    let IfMatch(Some(version)) = IfMatch::read(request)? else { return Ok(None) };
    let parent = request.match_pattern().and_then(|pattern| Parent::of(&pattern)).ok_or_else(unversioned)?;
    let name = request.match_info().get(parent.parameter()).unwrap_or_default();
    Ok(Some(Expected { thing: parent.thing(name), version }))
}

/// An answer that the caller could not read is refused before anything is done.
fn judge_accept(request: &HttpRequest) -> Result<()> {
    let (Some(pattern), Some(server)) = (request.match_pattern(), request.app_data::<Data<Server>>()) else { return Ok(()) };
    // A header that cannot be read asks for nothing.
    let Ok(accept) = Accept::parse(request) else { return Ok(()) };
    if accept.is_empty() {
        return Ok(());
    }
    let mut wanted = accept.iter().filter(|kind| kind.quality > Quality::ZERO).map(|kind| &kind.item);
    let offered: Vec<&str> = server.document.media_types(request.method().as_str(), &pattern).collect();
    let is_offered = |kind: &Mime| match (kind.type_().as_str(), kind.subtype().as_str()) {
        ("*", _) => true,
        (group, "*") => offered.iter().any(|one| one.split('/').next() == Some(group)),
        (group, one) => offered.contains(&format!("{group}/{one}").as_str()),
    };
    // Whoever asks for problems alone can read the answer that matters.
    if wanted.any(|kind| is_offered(kind) || kind.essence_str() == PROBLEM_JSON) {
        return Ok(());
    }
    Err(Error::new(Code::NotAcceptable, format!("this is answered as {}", offered.join(" or "))).at("@Accept"))
}

/// A parameter that the operation does not know is refused, never ignored. Those that know some judge theirs by themselves.
fn judge_query(request: &HttpRequest) -> Result<()> {
    let sent = request.query_string().split(['&', '=']).next().filter(|name| !name.is_empty());
    let (Some(name), Some(pattern), Some(server)) = (sent, request.match_pattern(), request.app_data::<Data<Server>>()) else {
        return Ok(());
    };
    if server.document.takes_no_query(request.method().as_str(), &pattern) {
        return Err(Error::new(Code::UnknownParameter, format!("{name} is not known here")).at(format!("?{name}")));
    }
    Ok(())
}

fn allow(holder: &Holder, needs: Needs) -> Result<()> {
    match needs {
        Needs::Scope(scope) if holder.scopes.contains(&scope) => Ok(()),
        Needs::Scope(scope) => Err(Error::new(Code::InsufficientScope, format!("this needs the scope {scope}"))),
        Needs::Any(scopes) if scopes.iter().any(|scope| holder.scopes.contains(scope)) => Ok(()),
        Needs::Any(scopes) => {
            let names: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
            Err(Error::new(Code::InsufficientScope, format!("this needs one of the scopes {}", names.join(", "))))
        }
        Needs::Operator if holder.is_operator => Ok(()),
        Needs::Operator => Err(Error::new(Code::OperatorOnly, "only the operator of this installation may do this")),
    }
}

impl<P: Operation> FromRequest for Permit<P> {
    type Error = Problem;
    type Future = Ready<std::result::Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::judge(request))
    }
}

#[cfg(test)]
#[path = "auth_tests.rs"]
pub(crate) mod tests;

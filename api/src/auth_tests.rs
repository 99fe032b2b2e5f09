//! The table of malicious tokens: every line is refused, and none reaches a handler.

use super::*;
use crate::keys::MasterKey;
use actix_web::http::header::HeaderValue;
use jsonwebtoken::{EncodingKey, Header};
use recoup_engine::doors::store::StoreOptions;
use recoup_engine::tenant::{NewTenant, TenantKind};
use recoup_engine::words::id::TenantId;
use serde_json::{Value, json};

const NOW: i64 = 1_800_000_000;

/// An engine over an empty database with the one tenant `default`, gone with its folder.
pub(crate) async fn engine() -> (Engine, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("test.db").display());
    let engine = Engine::connect(&StoreOptions::new(url)).await.unwrap().with_plugins(Arc::new(recoup_plugins::ScriptHost::new()));
    engine.migrate().await.unwrap();
    let new =
        NewTenant { slug: "default".into(), kind: TenantKind::Live, time_zone: "Asia/Shanghai".into(), currency: "CNY".parse().unwrap() };
    engine.ensure_tenant(&new).await.unwrap();
    (engine, folder)
}

fn key() -> SigningKey {
    let master = MasterKey::random();
    SigningKey::open(&master, &SigningKey::make(&master).unwrap()).unwrap()
}

async fn access() -> (Access, tempfile::TempDir) {
    let (engine, folder) = engine().await;
    (Access::new(key(), engine), folder)
}

fn head(kid: &str) -> Value {
    json!({"typ": "at+jwt", "alg": "ES256", "kid": kid})
}

fn body() -> Value {
    json!({"iss": "recoup", "aud": "recoup", "sub": "local:collector", "client_id": "local:collector", "tenant": "default",
        "roles": ["collector"], "iat": NOW, "nbf": NOW, "exp": NOW + 3600, "jti": "j1"})
}

fn without(mut value: Value, name: &str) -> Value {
    value.as_object_mut().unwrap().shift_remove(name);
    value
}

fn with(mut value: Value, name: &str, new: Value) -> Value {
    value[name] = new;
    value
}

/// A token of exactly these bytes, signed with this key as ES256 whatever the header says.
fn raw(key: &SigningKey, head: &str, body: &str) -> String {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(head), URL_SAFE_NO_PAD.encode(body));
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key.encoding, Algorithm::ES256).unwrap();
    format!("{message}.{signature}")
}

async fn verdict(access: &Access, token: &str) -> String {
    match access.verify(token, NOW).await {
        Ok(_) => "accepted".to_owned(),
        Err(error) => error.code().name().to_owned(),
    }
}

#[actix_web::test]
async fn a_good_token_opens_its_tenant_with_the_scopes_of_its_roles() {
    let (access, _folder) = access().await;
    let token = raw(&access.key, &head(&access.key.kid).to_string(), &body().to_string());
    let holder = access.verify(&token, NOW).await.unwrap();
    assert_eq!(holder.tenant, tenant::find(access.engine.store(), "default").await.unwrap().unwrap().id);
    assert!(holder.scopes.contains(&Scope::CasesWrite) && !holder.scopes.contains(&Scope::CashWrite) && !holder.is_operator);
    let narrow = with(body(), "scope", json!("cases:read cash:write nonsense"));
    let holder = access.verify(&raw(&access.key, &head(&access.key.kid).to_string(), &narrow.to_string()), NOW).await.unwrap();
    assert_eq!(holder.scopes, BTreeSet::from([Scope::CasesRead]), "a scope never adds to a role");
}

#[actix_web::test]
async fn the_token_of_the_command_line_is_accepted_and_only_admin_is_the_operator() {
    let (access, _folder) = access().await;
    for role in Role::ALL.iter().copied() {
        let token = local_token(&access.key, role, "default", NOW, 3600).unwrap();
        let holder = access.verify(&token, NOW).await.unwrap();
        assert_eq!(holder.is_operator, role == Role::Admin, "{role}");
        assert_eq!(&*holder.actor, format!("local:{role}"));
        let expected = if role == Role::Admin { Scope::ALL.iter().copied().collect() } else { scopes_of(role) };
        assert_eq!(holder.scopes, expected, "{role}");
    }
}

#[actix_web::test]
async fn tokens_with_a_bad_header_are_refused() {
    let (access, _folder) = access().await;
    let kid = access.key.kid.clone();
    let mut heads: Vec<Value> = Vec::new();
    for alg in ["none", "None", "NONE", "HS256", "RS256", "ES384", "EdDSA", ""] {
        heads.push(with(head(&kid), "alg", json!(alg)));
    }
    for typ in ["JWT", "at+JWT", "id+jwt", "rt+jwt", ""] {
        heads.push(with(head(&kid), "typ", json!(typ)));
    }
    for other in ["", "../../x", "' OR 1=1", &"k".repeat(10_000)] {
        heads.push(head(other));
    }
    for name in ["alg", "typ", "kid"] {
        heads.push(without(head(&kid), name));
    }
    for name in ["jku", "x5u", "x5c", "jwk", "crit", "cty", "enc", "zip"] {
        heads.push(with(head(&kid), name, json!("https://attacker.example/keys")));
    }
    for bad in heads {
        assert_eq!(verdict(&access, &raw(&access.key, &bad.to_string(), &body().to_string())).await, "invalid_token", "{bad}");
    }
    let doubled = format!(r#"{{"typ":"at+jwt","alg":"ES256","kid":"{kid}","kid":"{kid}"}}"#);
    assert_eq!(verdict(&access, &raw(&access.key, &doubled, &body().to_string())).await, "invalid_token");
}

#[actix_web::test]
async fn tokens_with_bad_claims_are_refused() {
    let (access, _folder) = access().await;
    let head = head(&access.key.kid).to_string();
    let mut bodies: Vec<String> = Vec::new();
    for name in ["iss", "aud", "sub", "client_id", "tenant", "roles", "iat", "exp", "jti"] {
        bodies.push(without(body(), name).to_string());
    }
    for (name, value) in [
        ("exp", json!(NOW - 61)),
        ("exp", json!("soon")),
        ("exp", json!(1.5)),
        ("exp", json!(-1)),
        ("exp", json!(null)),
        ("nbf", json!(NOW + 61)),
        ("nbf", json!("now")),
        ("iat", json!(NOW + 61)),
        ("aud", json!("other")),
        ("aud", json!(7)),
        ("aud", json!(["other", "another"])),
        ("aud", json!([])),
        ("iss", json!("other")),
        ("iss", json!("recoup/")),
        ("tenant", json!("nobody")),
        ("tenant", json!("")),
        ("roles", json!(["emperor"])),
        ("roles", json!("collector")),
        ("roles", json!([])),
        ("sub", json!("")),
        ("jti", json!("")),
        ("operator", json!(true)),
        ("operator", json!("yes")),
    ] {
        bodies.push(with(body(), name, value).to_string());
    }
    bodies.push(body().to_string().replace(&format!("\"exp\":{}", NOW + 3600), "\"exp\":1e400"));
    bodies.push(body().to_string().replacen('{', "{\"sub\":\"local:admin\",", 1));
    bodies.push("not json".into());
    for bad in bodies {
        assert_eq!(verdict(&access, &raw(&access.key, &head, &bad)).await, "invalid_token", "{bad}");
    }
}

#[actix_web::test]
async fn tokens_with_a_bad_signature_or_form_are_refused() {
    let (access, _folder) = access().await;
    let (head, body) = (head(&access.key.kid).to_string(), body().to_string());
    let good = raw(&access.key, &head, &body);
    assert_eq!(verdict(&access, &good).await, "accepted");
    let (message, signature) = good.rsplit_once('.').unwrap();
    let mut flipped = URL_SAFE_NO_PAD.decode(signature).unwrap();
    flipped[10] ^= 1;
    let public = URL_SAFE_NO_PAD.decode(access.key.jwk()["x"].as_str().unwrap()).unwrap();
    let hmac_head = Header { typ: Some("at+jwt".into()), kid: Some(access.key.kid.clone()), ..Header::default() };
    let claims: Claims = serde_json::from_str(&body).unwrap();
    let other_claims = with(serde_json::from_str(&body).unwrap(), "sub", json!("local:admin")).to_string();
    for bad in [
        format!("{message}."),
        format!("{message}.{}", URL_SAFE_NO_PAD.encode([0; 64])),
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(&flipped)),
        format!("{message}.{}", &signature[..signature.len() - 4]),
        format!("{message}.{signature}=="),
        format!("{good}.{signature}"),
        format!("{good}.x.y"),
        message.to_owned(),
        message.split_once('.').unwrap().0.to_owned(),
        String::new(),
        format!("{}.{}.{signature}", message.split_once('.').unwrap().0, URL_SAFE_NO_PAD.encode(other_claims)),
        raw(&key(), &head, &body),
        jsonwebtoken::encode(&hmac_head, &claims, &EncodingKey::from_secret(&public)).unwrap(),
        "x".repeat(1_000_000),
        raw(&access.key, &head, &format!("{}{}", &body[..body.len() - 1], format_args!(",\"pad\":\"{}\"}}", "p".repeat(17_000)))),
    ] {
        assert_eq!(verdict(&access, &bad).await, "invalid_token", "{}", &bad[..bad.len().min(200)]);
    }
}

#[actix_web::test]
async fn a_remembered_token_still_expires() {
    let (access, _folder) = access().await;
    let token = raw(&access.key, &head(&access.key.kid).to_string(), &body().to_string());
    assert!(access.verify(&token, NOW + 3660).await.is_ok());
    assert!(access.verify(&token, NOW + 3660).await.is_ok());
    assert_eq!(access.verify(&token, NOW + 3661).await.unwrap_err().code(), Code::InvalidToken);
}

#[actix_web::test]
async fn only_one_bearer_header_is_heard() {
    let (access, _folder) = access().await;
    let token = raw(&access.key, &head(&access.key.kid).to_string(), &body().to_string());
    let present = async |lines: &[String]| {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(AUTHORIZATION, HeaderValue::from_str(line).unwrap());
        }
        access.present(&headers, NOW).await.map_or_else(|error| error.code().name(), |_| "accepted")
    };
    assert_eq!(present(&[]).await, "unauthenticated");
    assert_eq!(present(&[format!("Bearer {token}")]).await, "accepted");
    assert_eq!(present(&[format!("bearer {token}")]).await, "accepted");
    assert_eq!(present(&[format!("Bearer {token}"), format!("Bearer {token}")]).await, "invalid_token");
    assert_eq!(present(&[format!("Basic {token}")]).await, "invalid_token");
    assert_eq!(present(std::slice::from_ref(&token)).await, "invalid_token");
}

#[test]
fn a_permit_is_refused_without_the_scope_and_the_operator_alone_passes_operator_rows() {
    let holder = |scopes: &[Scope], is_operator| Holder {
        tenant: TenantId(uuid::Uuid::nil()),
        actor: "a".into(),
        client: "a".into(),
        scopes: scopes.iter().copied().collect(),
        roles: [].into(),
        is_operator,
        expires: 0,
    };
    let code = |holder: Holder, needs| allow(&holder, needs).map_or_else(|error| error.code().name(), |()| "allowed");
    assert_eq!(code(holder(&[Scope::CasesRead], false), Needs::Scope(Scope::CasesRead)), "allowed");
    assert_eq!(code(holder(&[Scope::CasesRead], false), Needs::Scope(Scope::CasesWrite)), "insufficient_scope");
    assert_eq!(code(holder(Scope::ALL, false), Needs::Operator), "operator_only");
    assert_eq!(code(holder(&[], true), Needs::Operator), "allowed");
}

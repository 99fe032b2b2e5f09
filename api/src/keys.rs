//! The master key, and the key pair that signs tokens: sealed with the master key, kept in the database, so that
//! every node and the command line agree (decision 53).

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use aws_lc_rs::{digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{DecodingKey, EncodingKey};
use recoup_engine::Engine;
use recoup_engine::doors::keys::{self as kept, SealedKey};
use recoup_engine::words::code::Code;
use recoup_engine::words::error::{Error, Result};
use serde_json::{Value, json};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// The name of the master key's file in the data directory.
const MASTER_KEY_FILE: &str = "master.key";
/// Fewer different bytes than this in a key are no accident.
const DISTINCT_BYTES_MIN: usize = 8;

/// 32 secret bytes that seal what lies in the database and sign cursors.
#[derive(Clone)]
pub struct MasterKey([u8; 32]);

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

/// May a missing master key be made, or must it already be there?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// One process owns the data: it makes the file at first start.
    Make,
    /// Several nodes share the database: each must be given the same key.
    Refuse,
}

impl MasterKey {
    /// The key from the setting if it is set, else from the 0600 file in the data directory.
    ///
    /// # Errors
    /// `validation_failed` with what to do when the key is missing, weak, malformed or readable by others.
    pub fn load(setting: Option<&str>, data_dir: &Path, missing: Missing) -> Result<Self> {
        if let Some(text) = setting {
            return Self::parse(text, "RECOUP_MASTER_KEY");
        }
        let path = data_dir.join(MASTER_KEY_FILE);
        match std::fs::metadata(&path) {
            Ok(found) if found.permissions().mode() & 0o077 != 0 => {
                Err(refused(format!("{} can be read by others; run: chmod 600 {}", path.display(), path.display())))
            }
            Ok(_) => {
                let text = std::fs::read_to_string(&path).map_err(|cause| refused(format!("{}: {cause}", path.display())))?;
                Self::parse(&text, &path.display().to_string())
            }
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound && missing == Missing::Make => {
                Self::make(data_dir, &path)?;
                Self::load(None, data_dir, Missing::Refuse)
            }
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Err(refused(format!(
                "there is no master key: set RECOUP_MASTER_KEY to 32 random bytes in base64 (openssl rand -base64 32), \
                 the same on every node, or put them into {} with mode 0600",
                path.display()
            ))),
            Err(cause) => Err(refused(format!("{}: {cause}", path.display()))),
        }
    }

    /// A key that lives as long as the process, for tests.
    pub fn random() -> Self {
        Self(rand::random())
    }

    fn parse(text: &str, source: &str) -> Result<Self> {
        let bytes = STANDARD.decode(text.trim()).or_else(|_| URL_SAFE_NO_PAD.decode(text.trim()));
        let bytes = bytes.map_err(|_| refused(format!("{source} is not base64")))?;
        let key: [u8; 32] = bytes.try_into().map_err(|_| refused(format!("{source} does not hold 32 bytes")))?;
        let distinct: std::collections::BTreeSet<u8> = key.iter().copied().collect();
        if distinct.len() < DISTINCT_BYTES_MIN {
            return Err(refused(format!("{source} is not random; make one with: openssl rand -base64 32")));
        }
        Ok(Self(key))
    }

    /// Written beside and moved into place, so that nobody ever reads half a key; who comes second keeps the first one.
    fn make(data_dir: &Path, path: &Path) -> Result<()> {
        let failed = |cause: std::io::Error| refused(format!("{} cannot be written: {cause}", path.display()));
        std::fs::create_dir_all(data_dir).map_err(failed)?;
        let mut file = tempfile::NamedTempFile::new_in(data_dir).map_err(failed)?;
        writeln!(file, "{}", STANDARD.encode(Self::random().0)).map_err(failed)?;
        file.as_file().sync_all().map_err(failed)?;
        match file.persist_noclobber(path) {
            Ok(_) => Ok(()),
            Err(taken) if taken.error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
            Err(other) => Err(failed(other.error)),
        }
    }

    /// A key for one purpose; who learns it learns nothing about the others.
    pub fn derive(&self, purpose: &str) -> hmac::Key {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &self.0), purpose.as_bytes());
        hmac::Key::new(hmac::HMAC_SHA256, tag.as_ref())
    }

    /// Seals a secret for the database: nonce, then ciphertext. `about` must be the same when it is opened.
    pub fn seal(&self, about: &str, secret: &[u8]) -> Result<Vec<u8>> {
        let mut sealed = secret.to_vec();
        let nonce = self
            .aead()?
            .seal_in_place_append_tag(Aad::from(about.as_bytes()), &mut sealed)
            .map_err(|_| Error::internal("a secret could not be sealed"))?;
        Ok([nonce.as_ref(), sealed.as_slice()].concat())
    }

    /// Opens what [`MasterKey::seal`] sealed; refuses what another key sealed.
    pub fn open(&self, about: &str, sealed: &[u8]) -> Result<Vec<u8>> {
        let wrong = || refused("the database was sealed with another master key than this one".to_owned());
        let (nonce, rest) = sealed.split_at_checked(NONCE_LEN).ok_or_else(wrong)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| wrong())?;
        let mut rest = rest.to_vec();
        let opened = self.aead()?.open_in_place(nonce, Aad::from(about.as_bytes()), &mut rest).map_err(|_| wrong())?;
        Ok(opened.to_vec())
    }

    fn aead(&self) -> Result<RandomizedNonceKey> {
        let key = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &self.0), b"seal");
        RandomizedNonceKey::new(&AES_256_GCM, key.as_ref()).map_err(|_| Error::internal("the sealing key is not accepted"))
    }
}

fn refused(detail: String) -> Error {
    Error::new(Code::ValidationFailed, detail)
}

/// The ES256 key pair that signs tokens.
pub struct SigningKey {
    /// The look-up name of the key in tokens.
    pub kid: String,
    pub(crate) encoding: EncodingKey,
    pub(crate) decoding: DecodingKey,
    x: String,
    y: String,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({})", self.kid)
    }
}

impl SigningKey {
    /// The key of this installation; the first start makes it.
    ///
    /// # Errors
    /// `validation_failed` when the database was sealed with another master key.
    pub async fn of(engine: &Engine, master: &MasterKey) -> Result<Self> {
        if let Some(found) = kept::signing_key(engine.store()).await? {
            return Self::open(master, &found);
        }
        kept::keep_signing_key(engine.store(), &Self::make(master)?, engine.clock().now()).await?;
        // Another node may have made one at the same time: whichever the database names signs for both.
        let found = kept::signing_key(engine.store()).await?.ok_or_else(|| Error::internal("the signing key was not kept"))?;
        Self::open(master, &found)
    }

    /// Makes a key pair and seals it for the database.
    pub fn make(master: &MasterKey) -> Result<SealedKey> {
        let failed = |_| Error::internal("no key pair could be made");
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).map_err(failed)?;
        let kid = Self::read(document.as_ref())?.kid;
        let sealed = master.seal(&kid, document.as_ref())?;
        Ok(SealedKey { kid, sealed })
    }

    /// Opens a key pair from the database.
    pub fn open(master: &MasterKey, kept: &SealedKey) -> Result<Self> {
        Self::read(&master.open(&kept.kid, &kept.sealed)?)
    }

    fn read(pkcs8: &[u8]) -> Result<Self> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8)
            .map_err(|_| Error::internal("the signing key cannot be read"))?;
        // An uncompressed point: 4, then 32 bytes of x and 32 of y.
        let point = pair.public_key().as_ref();
        let (x, y) = match point.split_first().map(|(_, rest)| rest.split_at_checked(32)) {
            Some(Some((x, y))) => (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y)),
            _ => return Err(Error::internal("the public key is not a point on P-256")),
        };
        // RFC 7638: the thumbprint names the key, so that two keys never share a name.
        let thumbprint = digest::digest(&digest::SHA256, format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#).as_bytes());
        let kid: String = URL_SAFE_NO_PAD.encode(thumbprint.as_ref()).chars().take(16).collect();
        let decoding = DecodingKey::from_ec_components(&x, &y).map_err(Error::internal)?;
        Ok(Self { kid, encoding: EncodingKey::from_ec_der(pkcs8), decoding, x, y })
    }

    /// The public half, as `/.well-known/jwks.json` lists it.
    pub fn jwk(&self) -> Value {
        json!({"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.kid, "x": self.x, "y": self.y})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_start_makes_a_key_only_its_owner_can_read_and_the_second_finds_it() {
        let dir = tempfile::tempdir().unwrap();
        let first = MasterKey::load(None, dir.path(), Missing::Make).unwrap();
        let second = MasterKey::load(None, dir.path(), Missing::Refuse).unwrap();
        assert_eq!(first.0, second.0);
        let mode = std::fs::metadata(dir.path().join(MASTER_KEY_FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_missing_shared_readable_weak_or_malformed_key_refuses_to_start() {
        let dir = tempfile::tempdir().unwrap();
        assert!(MasterKey::load(None, dir.path(), Missing::Refuse).is_err());
        let path = dir.path().join(MASTER_KEY_FILE);
        std::fs::write(&path, STANDARD.encode(MasterKey::random().0)).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(MasterKey::load(None, dir.path(), Missing::Make).is_err());
        for text in [STANDARD.encode([7; 32]), STANDARD.encode([1, 2, 3]), "not base64!".to_owned(), String::new()] {
            assert!(MasterKey::load(Some(&text), dir.path(), Missing::Make).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_sealed_opens_with_the_same_key_and_name_only() {
        let (master, other) = (MasterKey::random(), MasterKey::random());
        let sealed = master.seal("k1", b"secret").unwrap();
        assert_eq!(master.open("k1", &sealed).unwrap(), b"secret");
        assert!(!sealed.windows(6).any(|part| part == b"secret"));
        assert!(other.open("k1", &sealed).is_err());
        assert!(master.open("k2", &sealed).is_err());
        assert!(master.open("k1", &sealed[..5]).is_err());
    }

    #[actix_web::test]
    async fn every_node_with_the_master_key_finds_the_same_signing_key_and_no_other_opens_it() {
        let (engine, _folder) = crate::auth::tests::engine().await;
        let master = MasterKey::random();
        let first = SigningKey::of(&engine, &master).await.unwrap();
        let second = SigningKey::of(&engine, &master).await.unwrap();
        assert_eq!((first.kid.as_str(), first.jwk()), (second.kid.as_str(), second.jwk()));
        assert!(SigningKey::of(&engine, &MasterKey::random()).await.is_err());
    }
}

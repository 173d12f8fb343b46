//! The manifests in `tests/vectors`, and values that several tests use.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use alikassa::{Account, Digest, PayoutQuery, PrivateKey, Signer};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// A path under `tests/vectors`.
pub(crate) fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(name)
}

/// The records of a manifest, which must not be empty.
pub(crate) fn load<T: DeserializeOwned>(name: &str) -> Vec<T> {
    let text = std::fs::read(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let records: Vec<T> = serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(!records.is_empty(), "{name} is empty");
    records
}

/// The text of a key that opens.
pub(crate) fn key_text(file: &str) -> String {
    std::fs::read_to_string(path("keys").join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The text of a key that must not open. It may not be UTF-8.
pub(crate) fn refused_text(file: &str) -> Vec<u8> {
    std::fs::read(path("refused").join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

#[derive(Deserialize)]
pub(crate) struct JsonRecord {
    pub(crate) name: String,
    pub(crate) json: String,
    pub(crate) php: String,
}

#[derive(Deserialize)]
pub(crate) struct StringRecord {
    codepoints: Vec<u32>,
    pub(crate) php: String,
}

impl StringRecord {
    pub(crate) fn text(&self) -> String {
        self.codepoints.iter().map(|codepoint| char::from_u32(*codepoint).expect("no surrogates")).collect()
    }
}

#[derive(Clone, Deserialize)]
pub(crate) struct KeyRecord {
    pub(crate) file: String,
    pub(crate) password: Option<String>,
    pub(crate) password_file: Option<String>,
    pub(crate) bits: u32,
    pub(crate) fingerprint: String,
    pub(crate) php: bool,
}

#[derive(Deserialize)]
pub(crate) struct RefusedRecord {
    pub(crate) file: String,
    pub(crate) password: Option<String>,
    pub(crate) kind: String,
    pub(crate) why: String,
    pub(crate) oid: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct SignatureRecord {
    pub(crate) key: String,
    pub(crate) digest: String,
    pub(crate) message: String,
    pub(crate) signature: String,
}

/// The account of AliKassa's sample.
pub(crate) const ACCOUNT: &str = "93d5df06-996c-48c3-9847-348d6b580b80";

/// The key with the fastest signatures.
pub(crate) const SIGNER_FILE: &str = "plain-1024.pem";

pub(crate) static SIGNER: LazyLock<Signer> = LazyLock::new(|| {
    let key = PrivateKey::from_pem(key_text(SIGNER_FILE), None).expect("it opens");
    Signer::new(key, Digest::Sha1)
});

pub(crate) fn account() -> Account {
    ACCOUNT.parse().expect("the account of AliKassa's sample")
}

/// The query of AliKassa's sample.
pub(crate) fn sample_query() -> PayoutQuery {
    PayoutQuery::id("100000536").expect("the id of AliKassa's sample")
}

/// The answer of AliKassa's page.
pub(crate) fn sample_answer() -> Vec<u8> {
    std::fs::read(path("make/answer.json")).expect("the example of AliKassa's page")
}

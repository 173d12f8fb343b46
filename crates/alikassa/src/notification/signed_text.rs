//! The text that AliKassa signs: PHP's `json_encode` of the fields in their order, with `id` as an integer, every other value as the
//! received string, and null for an absent one.
//!
//! `commission_amount` was added later, and older clients verify without it, so both texts are accepted. AliKassa's page signs with
//! SHA-1 in PHP and with SHA-256 in JavaScript. The signature contains the name of its hash, so accepting both weakens neither.

use relaxed_rsa::Recovered;
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::parameters::{FIELDS, Parameters};
use crate::digest::Digest;
use crate::php_json;

pub(super) struct SignedText<'a> {
    pub(super) id: i64,
    pub(super) parameters: &'a Parameters,
    pub(super) with_commission: bool,
}

impl SignedText<'_> {
    /// Whether the signature is over this text, with either hash.
    pub(super) fn is_signed_by(&self, recovered: &Recovered) -> bool {
        php_json::encode(self).is_ok_and(|text| {
            [Digest::Sha1, Digest::Sha256]
                .into_iter()
                .any(|digest| recovered.encodes(&digest.digest_info(text.as_bytes())))
        })
    }
}

impl Serialize for SignedText<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for field in FIELDS {
            match field {
                "id" => map.serialize_entry(field, &self.id)?,
                "commission_amount" if !self.with_commission => {}
                _ => map.serialize_entry(field, &self.parameters.get(field))?,
            }
        }
        map.end()
    }
}

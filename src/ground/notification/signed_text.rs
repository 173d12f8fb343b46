//! What AliKassa signs: PHP's `json_encode` of the fields in their order, with `id` as an integer, every other value as the
//! string that came, and null for what did not come.
//!
//! `commission_amount` came to the fields later, and clients from before it verify without: so either text is looked for. Of
//! the hash AliKassa's page says SHA-1 in PHP and SHA-256 in JavaScript. The signature itself says which one it is of, so
//! looking for both makes nothing weaker than it is.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::parameters::{FIELDS, Parameters};
use crate::ground::php_json;
use crate::ground::rsa::Recovered;
use crate::ground::signature::Digest;

pub(super) struct SignedText<'a> {
    pub(super) id: i64,
    pub(super) parameters: &'a Parameters,
    pub(super) with_commission: bool,
}

impl SignedText<'_> {
    /// Whether a signature is over this text, with either hash.
    pub(super) fn is_in(&self, recovered: &Recovered) -> bool {
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

//! The text that AliKassa signs: PHP's `json_encode` of the fields, in one of the forms of [`NotificationForm`].
//!
//! The signature contains the name of its hash, so accepting SHA-1 and SHA-256 weakens neither.

use relaxed_rsa::Recovered;
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::flag::flag;
use super::form::{NotificationForm, SignedFields};
use super::parameters::{FIELDS, Parameters};
use crate::digest::Digest;
use crate::php_json;

/// The signed text of these parameters, and its form. `None` if the signature is over none of the texts.
///
/// The hash comes first: a bogus signature has none, and costs no text.
pub(super) fn find(parameters: &Parameters, id: i64, recovered: &Recovered) -> Option<(NotificationForm, String)> {
    let (digest, hash) = [Digest::Sha1, Digest::Sha256].into_iter().find_map(|digest| {
        let length = *digest.identifier().last()?;
        Some((digest, recovered.hash(digest.identifier(), length.into())?))
    })?;
    let forms = SignedFields::ALL.into_iter().flat_map(|fields| [(fields, false), (fields, true)]);
    forms.into_iter().find_map(|(fields, is_boolean)| {
        let escaped = match fields {
            SignedFields::WholeBody if is_boolean => return None,
            SignedFields::WholeBody => parameters.whole_body()?,
            _ => php_json::encode(&Documented { parameters, id, fields, is_boolean }).ok()?,
        };
        // PHP writes no other slash, so the text is what `JSON_UNESCAPED_SLASHES` writes.
        let unescaped = escaped.replace("\\/", "/");
        [(false, escaped), (true, unescaped)].into_iter().find_map(|(is_unescaped, text)| {
            let form = NotificationForm { fields, is_boolean, is_unescaped, digest };
            (digest.hash(text.as_bytes()) == hash).then_some((form, text))
        })
    })
}

/// The documented fields in their order.
struct Documented<'a> {
    parameters: &'a Parameters,
    id: i64,
    fields: SignedFields,
    is_boolean: bool,
}

impl Serialize for Documented<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for field in FIELDS.into_iter().filter(|field| self.fields.contain(field)) {
            let value = self.parameters.get(field);
            match (field, value.and_then(flag)) {
                ("id", _) => map.serialize_entry(field, &self.id)?,
                ("is_partial_payment", Some(flag)) if self.is_boolean => map.serialize_entry(field, &flag)?,
                _ => map.serialize_entry(field, &value)?,
            }
        }
        map.end()
    }
}

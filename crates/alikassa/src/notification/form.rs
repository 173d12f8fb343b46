//! The form of the text under a notification's signature.

use std::fmt;

use crate::digest::Digest;

/// Which fields AliKassa signed, how PHP wrote them, and with which hash.
///
/// AliKassa's page documents one form, and others are seen in production. Each is an unambiguous JSON text, so that accepting all of
/// them makes no forgery possible. [`as_str`](Self::as_str) names the form in which a notification verified; if a text has several
/// forms, since it has no slash for example, the first counts, in the order below.
///
/// | name | what is signed |
/// | --- | --- |
/// | `documented` | the eleven documented fields in AliKassa's order: `id` as an integer, every other value as a string, null for an absent one |
/// | `without_commission` | without `commission_amount`, which was added later |
/// | `card_brand` | with a twelfth field `card_brand` at the end |
/// | `card_brand_without_commission` | with `card_brand` and without `commission_amount` |
/// | `whole_body` | a JSON body without `sign`: every field with its type, in the order received |
/// | … `_boolean` | `is_partial_payment` as a JSON boolean; not for `whole_body` |
/// | … `_unescaped` | slashes unescaped, as by PHP's `JSON_UNESCAPED_SLASHES` |
/// | … `_sha1`, `_sha256` | the hash |
///
/// ```
/// use alikassa::{Notification, NotificationKey};
///
/// let key = NotificationKey::from_pem(include_bytes!("../../tests/vectors/public/spki-2048.pem"))?;
/// let notification = Notification::from_json(include_bytes!("../../tests/vectors/notification.json"), &key)?;
/// assert_eq!(notification.form().as_str(), "documented_sha1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NotificationForm {
    pub(super) fields: SignedFields,
    pub(super) is_boolean: bool,
    pub(super) is_unescaped: bool,
    pub(super) digest: Digest,
}

/// The fields that are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum SignedFields {
    Documented,
    WithoutCommission,
    CardBrand,
    CardBrandWithoutCommission,
    WholeBody,
}

impl NotificationForm {
    /// The name of the form, one word: `documented_sha1`, `card_brand_boolean_unescaped_sha256`, ….
    #[must_use]
    pub fn as_str(self) -> &'static str {
        macro_rules! name {
            ($fields:literal) => {
                match (self.is_boolean, self.is_unescaped, self.digest) {
                    (false, false, Digest::Sha1) => concat!($fields, "_sha1"),
                    (false, false, Digest::Sha256) => concat!($fields, "_sha256"),
                    (false, true, Digest::Sha1) => concat!($fields, "_unescaped_sha1"),
                    (false, true, Digest::Sha256) => concat!($fields, "_unescaped_sha256"),
                    (true, false, Digest::Sha1) => concat!($fields, "_boolean_sha1"),
                    (true, false, Digest::Sha256) => concat!($fields, "_boolean_sha256"),
                    (true, true, Digest::Sha1) => concat!($fields, "_boolean_unescaped_sha1"),
                    (true, true, Digest::Sha256) => concat!($fields, "_boolean_unescaped_sha256"),
                }
            };
        }
        match self.fields {
            SignedFields::Documented => name!("documented"),
            SignedFields::WithoutCommission => name!("without_commission"),
            SignedFields::CardBrand => name!("card_brand"),
            SignedFields::CardBrandWithoutCommission => name!("card_brand_without_commission"),
            SignedFields::WholeBody => name!("whole_body"),
        }
    }
}

impl fmt::Display for NotificationForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl SignedFields {
    pub(super) const ALL: [Self; 5] =
        [Self::Documented, Self::WithoutCommission, Self::CardBrand, Self::CardBrandWithoutCommission, Self::WholeBody];

    /// Whether a documented field is signed.
    pub(super) fn contain(self, field: &str) -> bool {
        match field {
            "commission_amount" => !matches!(self, Self::WithoutCommission | Self::CardBrandWithoutCommission),
            "card_brand" => !matches!(self, Self::Documented | Self::WithoutCommission),
            _ => true,
        }
    }
}

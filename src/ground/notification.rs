//! A notification: AliKassa calls the merchant when a payout or a payment changes its status.
//!
//! The rule is AliKassa's sample on «Verifying the signature of a notification»
//! ([doc-merchant.alikassa.com/api/sign](https://doc-merchant.alikassa.com/api/sign)), which is PHP: see
//! [`signed_text`] for what is signed. A [`Notification`] exists only where that verified, and holds nothing that was not
//! signed.
//!
//! It is a hint, and no proof of a state: whoever gets one asks for the payout again.

mod contradictions;
mod error;
mod parameters;
mod signed_text;

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

pub use self::error::SignatureError;
use self::parameters::Parameters;
use self::signed_text::SignedText;
use super::key::NotificationKey;
use super::payout::PaymentStatus;
use super::query::PayoutQuery;

/// What a notification is about.
///
/// ```
/// use alikassa_edge::NotificationKind;
///
/// assert_eq!(NotificationKind::from("payout"), NotificationKind::Payout);
/// assert_eq!(NotificationKind::from("refund").as_str(), "refund");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NotificationKind {
    /// `payout`: money from the merchant.
    Payout,
    /// `payment`: money to the merchant.
    Payment,
    /// Not documented.
    Other(String),
}

impl NotificationKind {
    /// The word as AliKassa writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Payout => "payout",
            Self::Payment => "payment",
            Self::Other(kind) => kind,
        }
    }
}

impl From<&str> for NotificationKind {
    fn from(kind: &str) -> Self {
        match kind {
            "payout" => Self::Payout,
            "payment" => Self::Payment,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl fmt::Display for NotificationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A notification that verified, with the fields that were signed and no other.
///
/// All fields are the text that came. What did not come is absent, and so is what came and was not signed: parameters that
/// are not documented, and `commission_amount` where AliKassa signed without it. Serializes under AliKassa's names in
/// AliKassa's order, without `sign`; `is_partial_payment` as a boolean where it is `0`, `1`, `false` or `true`.
///
/// **A notification says what AliKassa once said, not what is so now.** It may come late, twice, or out of order. Ask for
/// the payout by its [`payout_query`](Self::payout_query), and let that answer count.
///
/// ```
/// use alikassa_edge::{Notification, NotificationKey, NotificationKind, PaymentStatus};
///
/// let key = NotificationKey::from_pem(include_bytes!("../../tests/vectors/public/spki-2048.pem"))?;
/// let json = include_bytes!("../../tests/vectors/notification.json");
/// let notification = Notification::from_json(json, &key)?;
/// assert_eq!(notification.kind(), &NotificationKind::Payout);
/// assert_eq!(notification.payment_status(), &PaymentStatus::Paid);
/// assert_eq!((notification.id(), notification.order_id()), ("100000536", Some("6422494")));
/// assert_eq!((notification.amount(), notification.payment_amount()), (Some("300.00"), Some("300.00")));
/// assert_eq!((notification.commission_amount(), notification.is_partial_payment()), (Some("10"), Some(false)));
/// assert_eq!(notification.field("desc"), Some("Выплата 6422494"));
/// let query = notification.payout_query().expect("it is about a payout");
/// assert_eq!(query.body(), r#"{"id":"100000536"}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    kind: NotificationKind,
    status: PaymentStatus,
    id: String,
    /// What came and was signed, in AliKassa's order.
    fields: Vec<(&'static str, String)>,
    /// In base64 without anything that was turned on the way.
    sign: String,
}

impl Notification {
    /// From the names and values of a query string or a form, as they are after percent-decoding.
    ///
    /// A blank in `sign` is taken for the `+` that it was before a decoder turned it.
    ///
    /// # Errors
    /// A [`SignatureError`] for everything that does not verify, for a field that comes twice, or under another name that
    /// PHP takes for it (`id[]`, `order.id`), and for a notification without `type`, `payment_status` or an integer as its `id`.
    ///
    /// ```
    /// use alikassa_edge::{Notification, NotificationKey, SignatureError};
    ///
    /// let key = NotificationKey::from_pem(include_bytes!("../../tests/vectors/public/spki-2048.pem"))?;
    /// let pairs = [("type", "payout"), ("id", "1"), ("payment_status", "paid"), ("sign", "QUJD")];
    /// assert_eq!(Notification::from_pairs(pairs, &key), Err(SignatureError::DoesNotVerify));
    /// # Ok::<(), alikassa_edge::KeyError>(())
    /// ```
    pub fn from_pairs<N, V>(
        pairs: impl IntoIterator<Item = (N, V)>,
        key: &NotificationKey,
    ) -> Result<Self, SignatureError>
    where
        N: AsRef<str>,
        V: Into<String>,
    {
        Self::verified(Parameters::from_pairs(pairs)?, key)
    }

    /// From a JSON object with the same names, as whoever took the query string apart may pass it on.
    ///
    /// AliKassa signs text, so each value is taken for the text that it was in the query string: a string as it is, a
    /// number as its digits stand there (`300.00` is not `300`), `true` and `false` as PHP's `http_build_query` writes
    /// them (`1` and `0`), null as a parameter that did not come.
    ///
    /// # Errors
    /// As [`from_pairs`](Self::from_pairs), and for what is no JSON object, or has an array or an object as one of the
    /// fields.
    ///
    /// ```
    /// use alikassa_edge::{Notification, NotificationKey, SignatureError};
    ///
    /// let key = NotificationKey::from_pem(include_bytes!("../../tests/vectors/public/spki-2048.pem"))?;
    /// let error = Notification::from_json(br#"{"type":"payout","id":1,"payment_status":"paid"}"#, &key).unwrap_err();
    /// assert_eq!(error, SignatureError::NoSign);
    /// # Ok::<(), alikassa_edge::KeyError>(())
    /// ```
    pub fn from_json(body: &[u8], key: &NotificationKey) -> Result<Self, SignatureError> {
        Self::verified(Parameters::from_json(body)?, key)
    }

    fn verified(mut parameters: Parameters, key: &NotificationKey) -> Result<Self, SignatureError> {
        let signature = parameters.signature()?;
        let kind = parameters.required("type")?.into();
        let status = parameters.required("payment_status")?.into();
        let id = parameters.required("id")?.to_owned();
        let number = whole(&id).ok_or(SignatureError::BadId)?;
        // One operation for all that might have been signed.
        let recovered = key.recover(&signature).ok_or(SignatureError::DoesNotVerify)?;
        let signed = |with_commission| SignedText { id: number, parameters: &parameters, with_commission };
        if !signed(true).is_in(&recovered) {
            if !signed(false).is_in(&recovered) {
                return Err(SignatureError::DoesNotVerify);
            }
            parameters.remove("commission_amount");
        }
        Ok(Self { kind, status, id, fields: parameters.into_fields(), sign: STANDARD.encode(signature) })
    }

    /// What it is about.
    #[must_use]
    pub fn kind(&self) -> &NotificationKind {
        &self.kind
    }

    /// AliKassa's id of the payout or the payment: an integer of at most 64 bits.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The merchant's own id.
    #[must_use]
    pub fn order_id(&self) -> Option<&str> {
        self.field("order_id")
    }

    /// What AliKassa said had become of it.
    #[must_use]
    pub fn payment_status(&self) -> &PaymentStatus {
        &self.status
    }

    /// The amount, in the digits that AliKassa sent.
    #[must_use]
    pub fn amount(&self) -> Option<&str> {
        self.field("amount")
    }

    /// The amount that was paid, in the digits that AliKassa sent.
    #[must_use]
    pub fn payment_amount(&self) -> Option<&str> {
        self.field("payment_amount")
    }

    /// The commission, in the digits that AliKassa sent; `None` also where it came and AliKassa signed without it.
    #[must_use]
    pub fn commission_amount(&self) -> Option<&str> {
        self.field("commission_amount")
    }

    /// Whether less was paid than the amount, where that is said in a word that is known: `0`, `1`, `false` or `true`.
    #[must_use]
    pub fn is_partial_payment(&self) -> Option<bool> {
        flag(self.field("is_partial_payment")?)
    }

    /// A field by AliKassa's name, as the text that came: `account`, `service`, `desc`, ….
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// The parameters that were signed and `sign`, from which it verifies again: for keeping it, or handing it on.
    ///
    /// ```
    /// use alikassa_edge::{Notification, NotificationKey};
    ///
    /// let key = NotificationKey::from_pem(include_bytes!("../../tests/vectors/public/spki-2048.pem"))?;
    /// let notification = Notification::from_json(include_bytes!("../../tests/vectors/notification.json"), &key)?;
    /// assert_eq!(Notification::from_pairs(notification.parameters(), &key), Ok(notification));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn parameters(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.fields.iter().map(|(name, value)| (*name, value.as_str())).chain([("sign", self.sign.as_str())])
    }

    /// The query that asks for the payout as it is now; `None` where the notification is about something else.
    #[must_use]
    pub fn payout_query(&self) -> Option<PayoutQuery> {
        match self.kind {
            NotificationKind::Payout => PayoutQuery::id(&self.id).ok(),
            _ => None,
        }
    }
}

impl Serialize for Notification {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.fields.len()))?;
        for (name, value) in &self.fields {
            match flag(value) {
                // In JavaScript and in PHP the text "false" is true, and in JavaScript so is "0".
                Some(flag) if *name == "is_partial_payment" => map.serialize_entry(name, &flag)?,
                _ => map.serialize_entry(name, value)?,
            }
        }
        map.end()
    }
}

fn flag(text: &str) -> Option<bool> {
    match text {
        "1" | "true" => Some(true),
        "0" | "false" => Some(false),
        _ => None,
    }
}

/// The integer, where PHP's `(int)` would lose nothing of the text.
///
/// `(int)` takes `12abc` for 12 and everything beyond 64 bits for the largest integer: under one signature, more than one
/// payout could be named.
fn whole(id: &str) -> Option<i64> {
    id.parse().ok().filter(|number: &i64| number.to_string() == id)
}

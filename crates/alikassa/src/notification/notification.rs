//! A notification whose signature verified.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::error::VerificationError;
use super::flag::flag;
use super::kind::NotificationKind;
use super::parameters::Parameters;
use super::signed_text::SignedText;
use crate::key::NotificationKey;
use crate::payout::{PaymentStatus, PayoutQuery};

/// A notification whose signature verified, with the signed fields and no other.
///
/// All fields are the received text. A field that was not received is absent, and so is one that was not signed: undocumented
/// parameters, and `commission_amount` if AliKassa signed without it. A notification serializes under AliKassa's names in AliKassa's
/// order, without `sign`, and with `is_partial_payment` as a boolean if it is `0`, `1`, `false` or `true`.
///
/// **A notification is a hint, not proof of a payout's state.** It may be late, repeated or out of order. Ask for the payout's status
/// with its [`payout_query`](Self::payout_query), and act on that answer.
///
/// ```
/// use alikassa::{Notification, NotificationKey, NotificationKind, PaymentStatus};
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
    /// The signed fields, in AliKassa's order.
    fields: Vec<(&'static str, String)>,
    /// Base64 in the standard alphabet, padded.
    sign: String,
}

impl Notification {
    /// Verifies the names and values of a query string or a form, after percent-decoding.
    ///
    /// A blank in `sign` counts as `+`, which form decoding turns into a blank.
    ///
    /// # Errors
    /// [`VerificationError`] if the signature does not verify, if a field is there twice or under another name that PHP reads as the
    /// field (`id[]`, `order.id`), or if there is no `type`, no `payment_status` or no integer `id`.
    ///
    /// ```
    /// use alikassa::{Notification, NotificationKey, VerificationError};
    ///
    /// let key = NotificationKey::from_pem(include_bytes!("../../tests/vectors/public/spki-2048.pem"))?;
    /// let pairs = [("type", "payout"), ("id", "1"), ("payment_status", "paid"), ("sign", "QUJD")];
    /// assert_eq!(Notification::from_pairs(pairs, &key), Err(VerificationError::DoesNotVerify));
    /// # Ok::<(), alikassa::KeyError>(())
    /// ```
    pub fn from_pairs<N, V>(
        pairs: impl IntoIterator<Item = (N, V)>,
        key: &NotificationKey,
    ) -> Result<Self, VerificationError>
    where
        N: AsRef<str>,
        V: Into<String>,
    {
        Self::verify(Parameters::from_pairs(pairs)?, key)
    }

    /// Verifies a JSON object with the same names, made from the query string.
    ///
    /// AliKassa signs text, so each value stands for the text that it had in the query string: a string for itself, a number for its
    /// digits (`300.00` is not `300`), `true` and `false` for `1` and `0` as PHP's `http_build_query` writes them, and null for an absent
    /// parameter.
    ///
    /// # Errors
    /// As [`from_pairs`](Self::from_pairs), and if the body is not a JSON object, or a field is an array or an object.
    ///
    /// ```
    /// use alikassa::{Notification, NotificationKey, VerificationError};
    ///
    /// let key = NotificationKey::from_pem(include_bytes!("../../tests/vectors/public/spki-2048.pem"))?;
    /// let error = Notification::from_json(br#"{"type":"payout","id":1,"payment_status":"paid"}"#, &key).unwrap_err();
    /// assert_eq!(error, VerificationError::NoSign);
    /// # Ok::<(), alikassa::KeyError>(())
    /// ```
    pub fn from_json(body: &[u8], key: &NotificationKey) -> Result<Self, VerificationError> {
        Self::verify(Parameters::from_json(body)?, key)
    }

    fn verify(mut parameters: Parameters, key: &NotificationKey) -> Result<Self, VerificationError> {
        let signature = parameters.signature()?;
        let kind = parameters.required("type")?.into();
        let status = parameters.required("payment_status")?.into();
        let id = parameters.required("id")?.to_owned();
        let number = integer(&id).ok_or(VerificationError::BadId)?;
        // One RSA operation for all candidate texts.
        let recovered = key.recover(&signature).ok_or(VerificationError::DoesNotVerify)?;
        let signed = |with_commission| SignedText { id: number, parameters: &parameters, with_commission };
        if !signed(true).is_signed_by(&recovered) {
            if !signed(false).is_signed_by(&recovered) {
                return Err(VerificationError::DoesNotVerify);
            }
            parameters.remove("commission_amount");
        }
        Ok(Self { kind, status, id, fields: parameters.into_fields(), sign: STANDARD.encode(signature) })
    }

    /// What the notification is about.
    #[must_use]
    pub fn kind(&self) -> &NotificationKind {
        &self.kind
    }

    /// AliKassa's id of the payout or the payment: an integer of at most 64 bits.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The merchant's own id of the payout or the payment.
    #[must_use]
    pub fn order_id(&self) -> Option<&str> {
        self.field("order_id")
    }

    /// The status at the time of the notification.
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

    /// The commission, in the digits that AliKassa sent; `None` also if it was received but not signed.
    #[must_use]
    pub fn commission_amount(&self) -> Option<&str> {
        self.field("commission_amount")
    }

    /// AliKassa's `is_partial_payment`: whether less than the amount was paid. `None` unless it is `0`, `1`, `false` or `true`.
    #[must_use]
    pub fn is_partial_payment(&self) -> Option<bool> {
        flag(self.field("is_partial_payment")?)
    }

    /// The received text of a field by AliKassa's name: `account`, `service`, `desc`, ….
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// The signed parameters and `sign`, from which the notification can be verified again after it was stored or forwarded.
    ///
    /// ```
    /// use alikassa::{Notification, NotificationKey};
    ///
    /// let key = NotificationKey::from_pem(include_bytes!("../../tests/vectors/public/spki-2048.pem"))?;
    /// let notification = Notification::from_json(include_bytes!("../../tests/vectors/notification.json"), &key)?;
    /// assert_eq!(Notification::from_pairs(notification.parameters(), &key), Ok(notification));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn parameters(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.fields.iter().map(|(name, value)| (*name, value.as_str())).chain([("sign", self.sign.as_str())])
    }

    /// The query for the payout's present status; `None` if the notification is not about a payout.
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
                // A boolean, since the string "false" is truthy in JavaScript and PHP, and "0" is in JavaScript.
                Some(flag) if *name == "is_partial_payment" => map.serialize_entry(name, &flag)?,
                _ => map.serialize_entry(name, value)?,
            }
        }
        map.end()
    }
}

/// The integer, if PHP's `(int)` would lose nothing of the text.
///
/// `(int)` makes 12 of `12abc`, and the largest integer of everything beyond 64 bits, so one signature would cover several texts.
fn integer(id: &str) -> Option<i64> {
    id.parse().ok().filter(|number: &i64| number.to_string() == id)
}

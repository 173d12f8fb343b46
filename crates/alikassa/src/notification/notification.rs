//! A notification whose signature verified.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::error::VerificationError;
use super::flag::flag;
use super::form::NotificationForm;
use super::kind::NotificationKind;
use super::parameters::Parameters;
use super::signed_text;
use super::value::Value;
use crate::key::NotificationKey;
use crate::payout::{PaymentStatus, PayoutQuery};

/// A notification whose signature verified, with the signed fields and no other.
///
/// All documented fields are the signed text: a number stands for its digits, `true` and `false` for `1` and `0`. A field that was not
/// received or is null is absent, and so is one that was not signed: `commission_amount` or `card_brand` if AliKassa signed without
/// it, and undocumented parameters in all forms but `whole_body` ([`form`](Self::form)).
///
/// A notification serializes under AliKassa's names in AliKassa's order, without `sign`, and with `is_partial_payment` as a boolean if
/// it is `0`, `1`, `false` or `true`. Undocumented fields that were signed come last, as the JSON that was signed.
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
    /// The signed fields.
    fields: Vec<(String, Value)>,
    form: NotificationForm,
    /// The signed text, a JSON object.
    text: String,
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
        Self::verify(&Parameters::from_pairs(pairs)?, key)
    }

    /// Verifies a JSON object: a body that AliKassa posted, or one made from a query string.
    ///
    /// Where AliKassa signs text, each value stands for the text that it has in a query string: a string for itself, a number for its
    /// digits (`300.00` is not `300`), `true` and `false` for `1` and `0` as PHP's `http_build_query` writes them, and null for an absent
    /// parameter. The whole body without `sign` may be signed as well, with its types and its order.
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
        Self::verify(&Parameters::from_json(body)?, key)
    }

    fn verify(received: &Parameters, key: &NotificationKey) -> Result<Self, VerificationError> {
        let signature = received.signature()?;
        for field in ["type", "payment_status"] {
            received.required(field)?;
        }
        let id = integer(received.required("id")?).ok_or(VerificationError::BadId)?;
        // One RSA operation for all candidate texts.
        let recovered = key.recover(&signature).ok_or(VerificationError::DoesNotVerify)?;
        let (form, text) = signed_text::find(received, id, &recovered).ok_or(VerificationError::DoesNotVerify)?;
        // From here on the signed text counts, whatever else was received.
        let signed = Parameters::from_json(text.as_bytes())?;
        Ok(Self {
            kind: signed.required("type")?.into(),
            status: signed.required("payment_status")?.into(),
            id: signed.required("id")?.to_owned(),
            fields: signed.into_fields(),
            form,
            text,
            sign: STANDARD.encode(signature),
        })
    }

    /// Which text was signed, for the log: AliKassa's page documents one form, and sends others.
    #[must_use]
    pub fn form(&self) -> NotificationForm {
        self.form
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

    /// The signed text of a field by AliKassa's name: `account`, `service`, `desc`, `card_brand`, …. Of an undocumented field that is no
    /// string, the JSON that was signed.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The signed text with `sign` at its end: a JSON body from which the notification can be verified again after it was stored or
    /// forwarded.
    ///
    /// ```
    /// use alikassa::{Notification, NotificationKey};
    ///
    /// let key = NotificationKey::from_pem(include_bytes!("../../tests/vectors/public/spki-2048.pem"))?;
    /// let notification = Notification::from_json(include_bytes!("../../tests/vectors/notification.json"), &key)?;
    /// assert_eq!(Notification::from_json(notification.signed_body().as_bytes(), &key), Ok(notification));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn signed_body(&self) -> String {
        // An object that is not empty: it has an id.
        format!(r#"{},"sign":"{}"}}"#, self.text.strip_suffix('}').unwrap_or_default(), self.sign)
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
            match flag(value.as_str()) {
                // A boolean, since the string "false" is truthy in JavaScript and PHP, and "0" is in JavaScript.
                Some(flag) if name == "is_partial_payment" => map.serialize_entry(name, &flag)?,
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

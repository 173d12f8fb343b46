//! A request with its signature.

use std::fmt;

use super::account::Account;
use super::base_url::BaseUrl;
use crate::signing::{Signer, SigningError};

/// A request that is ready to be sent: always a `POST`, with the body that was signed, byte for byte.
///
/// The signature covers the body alone, without time or nonce, so anybody who has the request can send it again: treat it like a
/// secret. Its `Debug` shows the URL, the names of the headers and the length of the body.
///
/// ```
/// use alikassa::{Account, BaseUrl, Digest, PrivateKey, SignedRequest, Signer};
///
/// let pem = include_str!("../../tests/vectors/keys/php-3des-2048.pem");
/// let signer = Signer::new(PrivateKey::from_pem(pem, Some(b"Secret-2048"))?, Digest::Sha1);
/// let account: Account = "93d5df06-996c-48c3-9847-348d6b580b80".parse()?;
/// let request = SignedRequest::new(&BaseUrl::default(), "v1/account/balance", &account, "[]".into(), &signer)?;
/// assert_eq!(SignedRequest::METHOD, "POST");
/// assert_eq!(request.url, "https://api-merchant.alikassa.com/v1/account/balance");
/// assert_eq!(request.headers[1], ("Account", account.to_string()));
/// assert_eq!(
///     format!("{request:?}"),
///     r#"SignedRequest { url: "https://api-merchant.alikassa.com/v1/account/balance", headers: ["Content-Type", "Account", "Sign", "Accept", "User-Agent"], body_length: 2 }"#,
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct SignedRequest {
    /// The absolute URL.
    pub url: String,
    /// The headers that AliKassa requires (`Content-Type`, `Account`, `Sign`), `Accept` and `User-Agent`.
    pub headers: [(&'static str, String); 5],
    /// The JSON that was signed.
    pub body: String,
}

impl SignedRequest {
    /// The HTTP method, the same for all of AliKassa's API.
    pub const METHOD: &'static str = "POST";

    /// Signs `body`, and addresses it to `method`, AliKassa's path, like `v1/payout/status`.
    ///
    /// # Errors
    /// [`SigningError`] if the body can't be signed.
    pub fn new(
        base_url: &BaseUrl,
        method: &str,
        account: &Account,
        body: String,
        signer: &Signer,
    ) -> Result<Self, SigningError> {
        let sign = signer.sign(body.as_bytes())?;
        let headers = [
            ("Content-Type", "application/json".to_owned()),
            ("Account", account.to_string()),
            ("Sign", sign),
            // Without it, Laravel answers an invalid request with a redirection.
            ("Accept", "application/json".to_owned()),
            // As AliKassa's sample.
            ("User-Agent", "AliKassa2.0 API".to_owned()),
        ];
        Ok(Self { url: format!("{}/{}", base_url.as_str(), method.trim_start_matches('/')), headers, body })
    }
}

impl fmt::Debug for SignedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedRequest")
            .field("url", &self.url)
            .field("headers", &self.headers.each_ref().map(|(name, _)| *name))
            .field("body_length", &self.body.len())
            .finish()
    }
}

//! RSA keys from PEM.
//!
//! The rule is PHP's: what [`openssl_pkey_get_private`](https://www.php.net/manual/en/function.openssl-pkey-get-private.php) opens,
//! [`private_key`] opens, and what [`openssl_pkey_get_public`](https://www.php.net/manual/en/function.openssl-pkey-get-public.php)
//! opens, [`notification_key`] opens.
//!
//! From the text to the key: [`pem`] finds the block and decodes its base64; [`encrypted`] and [`traditional`] decrypt it with a
//! password; [`pkcs8`] unwraps the RSA key.

mod cipher;
mod derivation;
mod encrypted;
mod error;
mod fingerprint;
mod notification_key;
mod pbes1;
mod pbes2;
mod pem;
mod pkcs8;
mod private_key;
mod traditional;

pub use self::error::KeyError;
pub use self::notification_key::NotificationKey;
pub use self::private_key::PrivateKey;

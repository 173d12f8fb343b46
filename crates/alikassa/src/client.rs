//! The client of AliKassa's API.
//!
//! In reading order: [`account`], [`base_url`] and [`settings`] say where a request goes, [`request`] signs it, a [`transport`] sends
//! it, [`clock`], [`budget`] and [`retry`] decide whether and when it is sent again, and [`client`] brings these together.

mod account;
mod base_url;
mod budget;
mod client;
mod clock;
mod https_url;
mod payout_status_error;
mod progress;
mod request;
mod request_error;
mod retry;
mod settings;
mod transport;

pub use self::account::{Account, InvalidAccount};
pub use self::base_url::{BaseUrl, InvalidBaseUrl};
pub use self::budget::RequestBudget;
pub use self::client::Client;
pub use self::clock::{Clock, timeout};
pub use self::https_url::{HttpsUrl, InvalidHttpsUrl};
pub use self::payout_status_error::{ADVICE, PayoutStatusError};
pub use self::request::SignedRequest;
pub use self::request_error::{RequestError, RequestErrorKind};
pub use self::retry::parse_retry_after;
pub use self::settings::Settings;
pub use self::transport::{MAX_BODY, Response, Transport, TransportError};

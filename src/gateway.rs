//! The gateway storey: the one client of AliKassa's API, over a [`Transport`] that the edges or a test bring.
//!
//! In the order in which data passes through: the [`endpoint`] with its [`url`] and settings, the signed [`request`], the
//! [`transport`] that carries it, [`retry`] where that is safe, a [`batch`] of many in [`lanes`], and the [`error`] that everything becomes which is no
//! payout.

mod batch;
pub(crate) mod client;
pub(crate) mod endpoint;
pub(crate) mod error;
pub(crate) mod lanes;
pub(crate) mod request;
pub(crate) mod retry;
pub(crate) mod transport;
pub(crate) mod url;

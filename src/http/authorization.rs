//! Bearer tokens (RFC 6750 section 2.1), compared in constant time.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use super::problem::Problem;
use super::request::Request;

/// The accepted tokens, as SHA-256 hashes: the tokens themselves are not kept.
pub(crate) struct Tokens(Vec<[u8; 32]>);

impl Tokens {
    /// From a list separated by commas; white space around a token is ignored. `None` if there is no token.
    pub(crate) fn from_list(list: &str) -> Option<Self> {
        let tokens: Vec<_> = list.split(',').map(str::trim).filter(|token| !token.is_empty()).map(hash).collect();
        if tokens.is_empty() { None } else { Some(Self(tokens)) }
    }

    /// Fails unless the request has one of the tokens.
    pub(crate) fn authorize(&self, request: &Request) -> Result<Caller, Problem> {
        let header = request.header("Authorization").unwrap_or_default();
        let (scheme, token) = header.trim().split_once(' ').unwrap_or_default();
        let token = hash(token.trim());
        if scheme.eq_ignore_ascii_case("Bearer") && self.contains(&token) {
            Ok(Caller { token })
        } else {
            Err(Problem::unauthorized())
        }
    }

    /// Compares with every token, so that the time does not depend on which one matches. Hashes have the same length.
    fn contains(&self, token: &[u8; 32]) -> bool {
        self.0.iter().fold(Choice::from(0), |found, known| found | known.ct_eq(token)).into()
    }
}

/// A caller with a valid token.
pub(crate) struct Caller {
    token: [u8; 32],
}

impl Caller {
    /// The key for the rate limiter, from which the token can't be computed.
    pub(crate) fn rate_limit_key(&self) -> String {
        format!("token/{}", URL_SAFE_NO_PAD.encode(self.token))
    }
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

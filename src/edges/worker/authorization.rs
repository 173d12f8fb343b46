//! Who may ask: bearer tokens (RFC 6750 section 2.1), compared in constant time.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use super::problem::Problem;
use super::request::Request;

/// The tokens that may ask, as their hashes: the tokens themselves need not be kept.
pub(super) struct Tokens(Vec<[u8; 32]>);

impl Tokens {
    /// From a list with commas; blanks around a token are no part of it. `None` where there is not a single one.
    pub(super) fn from_list(list: &str) -> Option<Self> {
        let tokens: Vec<_> = list.split(',').map(str::trim).filter(|token| !token.is_empty()).map(hash).collect();
        if tokens.is_empty() { None } else { Some(Self(tokens)) }
    }

    /// Lets a request with one of the tokens pass.
    pub(super) fn authorize(&self, request: &Request) -> Result<Caller, Problem> {
        let header = request.header("Authorization").unwrap_or_default();
        let (scheme, token) = header.trim().split_once(' ').unwrap_or_default();
        let token = hash(token.trim());
        if scheme.eq_ignore_ascii_case("Bearer") && self.contains(&token) {
            Ok(Caller { token })
        } else {
            Err(Problem::unauthorized())
        }
    }

    /// Looks at every token, whichever fits, so that the time tells nothing. Hashes have one length, whatever the
    /// tokens' are.
    fn contains(&self, token: &[u8; 32]) -> bool {
        self.0.iter().fold(Choice::from(0), |found, known| found | known.ct_eq(token)).into()
    }
}

/// Who asks: the hash of a token that may.
pub(super) struct Caller {
    token: [u8; 32],
}

impl Caller {
    /// A name for who asks, from which nobody gets the token.
    pub(super) fn name(&self) -> String {
        format!("token/{}", URL_SAFE_NO_PAD.encode(self.token))
    }
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

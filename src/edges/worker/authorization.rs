//! Who may ask: bearer tokens (RFC 6750 section 2.1), compared in constant time.

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
    pub(super) fn authorize(&self, request: &Request) -> Result<(), Problem> {
        let header = request.header("Authorization").unwrap_or_default();
        let (scheme, token) = header.trim().split_once(' ').unwrap_or_default();
        if scheme.eq_ignore_ascii_case("Bearer") && self.contains(token.trim()) {
            Ok(())
        } else {
            Err(Problem::unauthorized())
        }
    }

    /// Looks at every token, whichever fits, so that the time tells nothing. Hashes have one length, whatever the
    /// tokens' are.
    fn contains(&self, token: &str) -> bool {
        let token = hash(token);
        self.0.iter().fold(Choice::from(0), |found, known| found | known.ct_eq(&token)).into()
    }
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

//! The fallback: private keys of the `rsa` crate.

use getrandom::SysRng;
use rsa::BoxedUint;
use rsa::pkcs1v15::Pkcs1v15Sign;

use crate::components::{Components, bit_length};
use crate::error::{KeyError, SigningError};

/// Makes a key of the `rsa` crate, which checks that n, e, d and the primes belong together and computes the rest anew.
#[inline(never)]
pub(crate) fn private_key(components: &Components<'_>) -> Result<rsa::PrivateKey, KeyError> {
    let bits = components.bits();
    let number = |bytes, precision: u32| {
        BoxedUint::from_be_slice(bytes, precision.next_multiple_of(8)).map_err(|_| KeyError::Inconsistent)
    };
    let n = number(components.n, bits)?;
    let e = number(components.e, bit_length(components.e))?;
    let d = number(components.d, bits)?;
    let mut primes = vec![number(components.p, bits)?, number(components.q, bits)?];
    for prime in &components.other_primes {
        primes.push(number(prime, bits)?);
    }
    // Primes of unequal size need wider arithmetic, which is slower.
    let half = bits.div_ceil(2);
    let are_unequal = primes.len() == 2 && primes.iter().any(|prime| prime.bit_width() > half);
    let key = if are_unequal {
        rsa::PrivateKey::from_components_with_wide_primes(n, e, d, primes)
    } else {
        rsa::PrivateKey::from_components(n, e, d, primes)
    };
    key.map_err(|_| KeyError::Inconsistent)
}

/// Signs a `DigestInfo`. The crate blinds the operation and checks the result with the public key.
#[inline(never)]
pub(crate) fn sign(key: &rsa::PrivateKey, digest_info: &[u8]) -> Result<Vec<u8>, SigningError> {
    // "Unprefixed": the DigestInfo already names the digest.
    key.sign_with_rng(&mut SysRng, Pkcs1v15Sign::new_unprefixed(), digest_info).map_err(|error| match error {
        rsa::Error::Rng => SigningError::Randomness,
        rsa::Error::MessageTooLong => SigningError::TooLong,
        _ => SigningError::Unverified,
    })
}

//! The arithmetic against crypto-bigint and 128-bit integers, on random numbers and on those at the bounds.

mod constant_time;
mod digits;
mod keys;
mod lanes;
mod primes;
mod private_op;
mod public_modulus;

use crypto_bigint::{
    BoxedUint, Odd, Resize,
    modular::{BoxedMontyForm, BoxedMontyParams},
};
use rsa::rand_core::{TryCryptoRng, TryRng};

use crate::components::Components;

/// Reproducible random numbers.
struct TestRng(u64);

impl TryRng for TestRng {
    type Error = core::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok((self.try_next_u64()? >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        Ok(self.0.wrapping_mul(0x2545_f491_4f6c_dd1d))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        for byte in bytes {
            *byte = (self.try_next_u64()? >> 56) as u8;
        }
        Ok(())
    }
}

impl TryCryptoRng for TestRng {}

impl TestRng {
    fn next(&mut self) -> u64 {
        let Ok(word) = self.try_next_u64();
        word
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        let Ok(()) = self.try_fill_bytes(&mut bytes);
        bytes
    }

    /// A number of this length that is below every modulus of the same length.
    fn below_modulus(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = self.bytes(length);
        bytes[0] &= 0x7f;
        bytes
    }
}

/// A key of `tests/vectors/keys.txt`.
struct TestKey {
    label: &'static str,
    n: Vec<u8>,
    e: Vec<u8>,
    p: Vec<u8>,
    q: Vec<u8>,
    dp: Vec<u8>,
    dq: Vec<u8>,
    qinv: Vec<u8>,
}

impl TestKey {
    fn components(&self) -> Components<'_> {
        let Self { n, e, p, q, dp, dq, qinv, .. } = self;
        Components { n, e, d: &[], p, q, dp, dq, qinv, other_primes: Vec::new() }
    }
}

/// Random keys, and keys whose primes are at the ends of their range.
fn keys() -> impl Iterator<Item = TestKey> {
    include_str!("../../tests/vectors/keys.txt").lines().map(|line| {
        let mut fields = line.split(' ');
        let label = fields.next().unwrap();
        let [n, e, p, q, dp, dq, qinv] = [(); 7].map(|()| from_hex(fields.next().unwrap()));
        TestKey { label, n, e, p, q, dp, dq, qinv }
    })
}

fn key(label: &str) -> TestKey {
    keys().find(|key| key.label == label).expect(label)
}

fn from_hex(hex: &str) -> Vec<u8> {
    let hex = format!("{}{hex}", "0".repeat(hex.len() % 2));
    hex.as_bytes().chunks(2).map(|pair| u8::from_str_radix(core::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// The number before this one, which is odd.
fn predecessor(number: &[u8]) -> Vec<u8> {
    let mut bytes = number.to_vec();
    *bytes.last_mut().unwrap() -= 1;
    bytes
}

fn big(bytes: &[u8]) -> BoxedUint {
    BoxedUint::from_be_slice(bytes, 8 * bytes.len() as u32).unwrap()
}

fn field(modulus: &[u8]) -> BoxedMontyParams {
    BoxedMontyParams::new_vartime(Odd::new(big(modulus)).unwrap())
}

fn element(bytes: &[u8], field: &BoxedMontyParams) -> BoxedMontyForm {
    BoxedMontyForm::new(big(bytes).rem(field.modulus().as_nz_ref()).resize(field.bits_precision()), field)
}

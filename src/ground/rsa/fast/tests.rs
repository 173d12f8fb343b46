//! The arithmetic against crypto-bigint and 128-bit integers, on random values and on those at the bounds.

mod digits;
pub(in crate::ground::rsa) mod fault;
mod keys;
mod operation;
mod residues;
mod roots;

use crypto_bigint::{
    BoxedUint, Odd, Resize,
    modular::{BoxedMontyForm, BoxedMontyParams},
};

/// Reproducible random numbers, for tests only.
pub(super) struct Numbers(pub(super) u64);

impl rsa::rand_core::TryRng for Numbers {
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

impl rsa::rand_core::TryCryptoRng for Numbers {}

impl Numbers {
    fn next(&mut self) -> u64 {
        let Ok(word) = rsa::rand_core::TryRng::try_next_u64(self);
        word
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        let Ok(()) = rsa::rand_core::TryRng::try_fill_bytes(self, &mut bytes);
        bytes
    }
}

impl Numbers {
    /// A number of so many bytes that is below every modulus of that length.
    fn below(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = self.bytes(length);
        bytes[0] &= 0x7f;
        bytes
    }
}

/// A key of the pool: its label, and n, e, p, q, dp, dq, qinv.
struct Pooled {
    label: &'static str,
    parts: [Vec<u8>; 7],
}

fn pool() -> impl Iterator<Item = Pooled> {
    include_str!("../../../../tests/vectors/rsa/keys.txt").lines().map(|line| {
        let mut fields = line.split(' ');
        let label = fields.next().unwrap();
        let parts = [(); 7].map(|()| from_hex(fields.next().unwrap()));
        Pooled { label, parts }
    })
}

fn from_hex(hex: &str) -> Vec<u8> {
    let hex = format!("{}{hex}", "0".repeat(hex.len() % 2));
    hex.as_bytes().chunks(2).map(|pair| u8::from_str_radix(core::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
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

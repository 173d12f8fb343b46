//! Signs standard input with SHA-256, as `openssl dgst -sha256 -sign` does.
//!
//! ```sh
//! cargo run --example sign -- key.der < message > signature
//! ```

use std::error::Error;
use std::io::{Read, Write};
use std::{env, fs, io};

use relaxed_rsa::{PrivateKey, digest_info};
use sha2::Sha256;

fn main() -> Result<(), Box<dyn Error>> {
    let path = env::args_os().nth(1).ok_or("usage: sign KEY.der < MESSAGE > SIGNATURE")?;
    let mut message = Vec::new();
    io::stdin().read_to_end(&mut message)?;
    io::stdout().write_all(&sign(&fs::read(path)?, &message)?)?;
    Ok(())
}

/// The key may be in PKCS#8 or in PKCS#1 form.
fn sign(der: &[u8], message: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let key = PrivateKey::from_pkcs8_der(der).or_else(|_| PrivateKey::from_pkcs1_der(der))?;
    Ok(key.sign_pkcs1v15(&digest_info::<Sha256>(message))?)
}

#[cfg(test)]
#[test]
fn signs_as_openssl_does() -> Result<(), Box<dyn Error>> {
    use base64::Engine;
    let signatures = fs::read_to_string("tests/vectors/signatures.txt")?;
    // The empty message.
    let expected = signatures.lines().find_map(|line| line.strip_prefix("2048 sha256 - ")).ok_or("no signature")?;
    for file in ["2048.der", "2048.pkcs8"] {
        let signature = sign(&fs::read(format!("tests/vectors/{file}"))?, b"")?;
        assert_eq!(base64::engine::general_purpose::STANDARD.encode(signature), expected, "{file}");
    }
    Ok(())
}

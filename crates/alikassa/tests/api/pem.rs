//! Encodes and decodes PEM, for tests that damage it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The DER of a PEM that has a single block.
pub(crate) fn der(pem: &str) -> Vec<u8> {
    STANDARD.decode(base64_lines(pem).concat()).expect("the vector is base64")
}

/// A PEM, in lines of 64 characters.
pub(crate) fn pem(label: &str, headers: &str, der: &[u8]) -> String {
    let base64 = STANDARD.encode(der);
    let lines: Vec<&str> = base64.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{headers}{}\n-----END {label}-----\n", lines.join("\n"))
}

/// The lines of a text that are base64.
pub(crate) fn base64_lines(text: &str) -> Vec<&str> {
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    text.lines().map(str::trim).filter(|line| !line.is_empty() && line.bytes().all(is_base64)).collect()
}

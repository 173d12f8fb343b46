//! Finds the key in a PEM, and decodes its base64.
//!
//! Parsers ignore text around the block (RFC 7468 section 2). A PEM that was pasted into a secret may also have CRLF, the two
//! characters `\n`, blanks or nothing in place of line breaks, indented lines, a byte order mark, or quotes around it. None of these is
//! base64, so all of it is ignored.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use super::cipher::{Cipher, MAX_IV_LEN};
use super::error::{KeyError, PRIVATE_PEM, PUBLIC_PEM};
use super::traditional::DekInfo;

/// The block of a private key: its label, its encryption if that is in PEM headers, and its DER.
pub(super) struct Block {
    pub(super) label: Label,
    pub(super) dek_info: Option<DekInfo>,
    pub(super) der: Zeroizing<Vec<u8>>,
}

/// The labels of private keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Label {
    Pkcs8,
    EncryptedPkcs8,
    Pkcs1,
}

impl Label {
    fn from_bytes(label: &[u8]) -> Option<Self> {
        [Self::Pkcs8, Self::EncryptedPkcs8, Self::Pkcs1].into_iter().find(|known| known.as_str().as_bytes() == label)
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Pkcs8 => "PRIVATE KEY",
            Self::EncryptedPkcs8 => "ENCRYPTED PRIVATE KEY",
            Self::Pkcs1 => "RSA PRIVATE KEY",
        }
    }
}

/// The DER of a block with a public key in it, by the block's label.
pub(super) enum PublicBlock {
    Certificate(Vec<u8>),
    Spki(Vec<u8>),
    Pkcs1(Vec<u8>),
}

/// The labels of certificates in OpenSSL (`PEM_STRING_X509` and `PEM_STRING_X509_OLD`).
const CERTIFICATES: [&str; 2] = ["CERTIFICATE", "X509 CERTIFICATE"];

/// The label of a `SubjectPublicKeyInfo` (RFC 7468 section 13).
const SPKI: &str = "PUBLIC KEY";

/// The label of an `RSAPublicKey`.
const PKCS1: &str = "RSA PUBLIC KEY";

const DASHES: &[u8] = b"-----";
const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";

/// The longest label that is recognized. OpenSSL's longest for a private key has 21 characters.
const MAX_LABEL: usize = 40;

/// Padding is optional: it gets lost where `=` separates names from values.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The first block of `text` that holds a private key.
pub(super) fn find_private(text: &[u8]) -> Result<Block, KeyError> {
    let mut first_label = None;
    for (label, body) in blocks(text) {
        if let Some(label) = Label::from_bytes(label) {
            let (dek_info, body) = read_headers(before_end(label.as_str(), body, PRIVATE_PEM)?)?;
            return Ok(Block { label, dek_info, der: decode(body, PRIVATE_PEM)? });
        }
        if is_private(label) {
            return Err(KeyError::NotRsa { algorithm: printable(label) });
        }
        first_label.get_or_insert(label);
    }
    Err(first_label
        .map_or(KeyError::NoPem { file: PRIVATE_PEM }, |label| KeyError::NotAPrivateKey { label: printable(label) }))
}

/// The first certificate of `text`, or else its first public key, as in PHP.
pub(super) fn find_public(text: &[u8]) -> Result<PublicBlock, KeyError> {
    let read = |label, body| Ok(decode(before_end(label, body, PUBLIC_PEM)?, PUBLIC_PEM)?.to_vec());
    let of = |wanted: &[&'static str]| {
        blocks(text).find_map(|(label, body)| {
            let label = wanted.iter().find(|wanted| wanted.as_bytes() == label)?;
            Some((*label, body))
        })
    };
    if let Some((label, body)) = of(&CERTIFICATES) {
        return read(label, body).map(PublicBlock::Certificate);
    }
    if let Some((label, body)) = of(&[SPKI, PKCS1]) {
        let der = read(label, body)?;
        return Ok(if label == SPKI { PublicBlock::Spki(der) } else { PublicBlock::Pkcs1(der) });
    }
    if let Some((label, _)) = blocks(text).find(|(label, _)| is_private(label)) {
        return Err(KeyError::PrivateInPlaceOfPublic { label: printable(label) });
    }
    Err(blocks(text)
        .next()
        .map_or(KeyError::NoPem { file: PUBLIC_PEM }, |(label, _)| KeyError::NotAPublicKey { label: printable(label) }))
}

/// The labels of the blocks in a text, each with the text after it.
fn blocks(text: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut rest = text;
    std::iter::from_fn(move || {
        while let Some((_, after)) = split_at(rest, BEGIN) {
            rest = after;
            if let Some(block) = split_at(after, DASHES).filter(|(label, _)| is_label(label)) {
                return Some(block);
            }
        }
        None
    })
}

/// The text before the END line of this label.
fn before_end<'a>(label: &'static str, body: &'a [u8], file: &'static str) -> Result<&'a [u8], KeyError> {
    let truncated = KeyError::Truncated { file, label };
    let Some((body, end)) = split_at(body, END) else { return Err(truncated) };
    match split_at(end, DASHES) {
        Some((end_label, _)) if end_label == label.as_bytes() => Ok(body),
        _ => Err(truncated),
    }
}

/// Decodes the base64 of a block.
fn decode(body: &[u8], file: &'static str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let mut base64 = Zeroizing::new(Vec::with_capacity(body.len()));
    let mut rest = skip_blanks(body);
    while let Some((byte, after)) = rest.split_first() {
        base64.push(*byte);
        rest = skip_blanks(after);
    }
    let der = BASE64.decode(base64.as_slice()).map_err(|_| KeyError::BadBase64 { file })?;
    if der.is_empty() {
        return Err(KeyError::Malformed { file, what: "there is nothing between its BEGIN and END lines" });
    }
    Ok(Zeroizing::new(der))
}

/// Reads the headers `Proc-Type: 4,ENCRYPTED` and `DEK-Info: <cipher>,<vector in hex>`, if any; returns the text after them.
fn read_headers(body: &[u8]) -> Result<(Option<DekInfo>, &[u8]), KeyError> {
    let body = skip_blanks(body);
    match body.strip_prefix(b"Proc-Type:") {
        None => Ok((None, body)),
        Some(rest) => read_dek_info(rest).map(|(dek_info, rest)| (Some(dek_info), rest)),
    }
}

/// Reads the rest of the headers after `Proc-Type:`. Out of line, so that an engine compiles it only if it is needed.
#[inline(never)]
fn read_dek_info(rest: &[u8]) -> Result<(DekInfo, &[u8]), KeyError> {
    let rest = skip_blanks(rest).strip_prefix(b"4,ENCRYPTED").ok_or(KeyError::BadHeader)?;
    let rest = skip_blanks(rest).strip_prefix(b"DEK-Info:").ok_or(KeyError::BadHeader)?;
    let (name, rest) = split_at(skip_blanks(rest), b",").ok_or(KeyError::BadHeader)?;
    if !is_cipher_name(name) {
        return Err(KeyError::BadHeader);
    }
    let cipher = Cipher::from_name(name).ok_or_else(|| KeyError::UnsupportedCipher { algorithm: printable(name) })?;
    // By the length of the vector, since base64 may follow it without a line break.
    let (hex, rest) = skip_blanks(rest).split_at_checked(cipher.iv_len() * 2).ok_or(KeyError::BadHeader)?;
    let mut iv = [0; MAX_IV_LEN];
    for (byte, digits) in iv.iter_mut().zip(hex.chunks_exact(2)) {
        *byte = digits
            .iter()
            .try_fold(0, |value, digit| Some(value * 16 + hex_value(*digit)?))
            .ok_or(KeyError::BadHeader)?;
    }
    Ok((DekInfo { cipher, iv }, rest))
}

/// Skips everything that may be between two characters of base64.
fn skip_blanks(mut text: &[u8]) -> &[u8] {
    loop {
        text = match text {
            [b'\\', b'n' | b'r' | b't', rest @ ..]
            | [b' ' | b'\t' | b'\r' | b'\n' | 0x0b | 0x0c | b'"' | b'\'' | b'\\', rest @ ..] => rest,
            _ => return text,
        }
    }
}

/// The text before and after the first `mark`.
fn split_at<'a>(text: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = text.windows(mark.len()).position(|window| window == mark)?;
    Some((text.get(..at)?, text.get(at + mark.len()..)?))
}

fn is_private(label: &[u8]) -> bool {
    label.ends_with(b"PRIVATE KEY")
}

fn is_label(label: &[u8]) -> bool {
    (1..=MAX_LABEL).contains(&label.len())
        && label.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b' ')
}

fn is_cipher_name(name: &[u8]) -> bool {
    (1..=MAX_LABEL).contains(&name.len()) && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
}

/// A label or the name of a cipher, which are checked to be ASCII.
fn printable(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}

fn hex_value(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

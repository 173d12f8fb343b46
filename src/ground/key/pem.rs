//! Finding the private key in a PEM, however it was pasted.
//!
//! RFC 7468 section 2 has parsers ignore text around the block; people do worse to it. Line breaks come as CRLF, as the
//! two characters `\n`, as blanks or not at all, lines are indented, a byte order mark leads, quotes surround.
//! None of that can be confused with base64, so all of it is passed over.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use super::cipher::{Cipher, MAX_IV_LEN};
use super::error::KeyError;
use super::traditional::DekInfo;

/// The private key of a PEM: its label, its encryption where that stands outside of the DER, and the DER.
pub(super) struct Block {
    pub(super) label: Label,
    pub(super) dek_info: Option<DekInfo>,
    pub(super) der: Zeroizing<Vec<u8>>,
}

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

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Pkcs8 => "PRIVATE KEY",
            Self::EncryptedPkcs8 => "ENCRYPTED PRIVATE KEY",
            Self::Pkcs1 => "RSA PRIVATE KEY",
        }
    }
}

const DASHES: &[u8] = b"-----";
const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";

/// The longest label that is looked at (OpenSSL's longest of a private key has 21 characters).
const MAX_LABEL: usize = 40;

/// A padding that got lost, as happens where `=` separates names from values, is no reason to refuse.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The first block of `text` that holds a private key.
pub(super) fn find(text: &[u8]) -> Result<Block, KeyError> {
    let mut first_label = None;
    let mut rest = text;
    while let Some((_, after)) = split_at(rest, BEGIN) {
        rest = after;
        let Some((label, body)) = split_at(after, DASHES).filter(|(label, _)| is_label(label)) else {
            continue;
        };
        if let Some(label) = Label::from_bytes(label) {
            return read(label, body);
        }
        if label.ends_with(b"PRIVATE KEY") {
            return Err(KeyError::NotRsa { algorithm: printable(label) });
        }
        first_label.get_or_insert_with(|| printable(label));
    }
    Err(first_label.map_or(KeyError::NoPem, |label| KeyError::NotAPrivateKey { label }))
}

fn read(label: Label, body: &[u8]) -> Result<Block, KeyError> {
    let (body, end) = split_at(body, END).ok_or(KeyError::CutOff { label: label.as_str() })?;
    if split_at(end, DASHES).is_none_or(|(end_label, _)| end_label != label.as_str().as_bytes()) {
        return Err(KeyError::CutOff { label: label.as_str() });
    }
    let (dek_info, body) = read_headers(body)?;
    let mut base64 = Zeroizing::new(Vec::with_capacity(body.len()));
    let mut rest = skip_blanks(body);
    while let Some((byte, after)) = rest.split_first() {
        base64.push(*byte);
        rest = skip_blanks(after);
    }
    let der = BASE64.decode(base64.as_slice()).map_err(|_| KeyError::BadBase64)?;
    if der.is_empty() {
        return Err(KeyError::Malformed { what: "nothing stands between its BEGIN and END line" });
    }
    Ok(Block { label, dek_info, der: Zeroizing::new(der) })
}

/// `Proc-Type: 4,ENCRYPTED` and `DEK-Info: <cipher>,<vector in hex>`, where they are, and what follows them.
fn read_headers(body: &[u8]) -> Result<(Option<DekInfo>, &[u8]), KeyError> {
    let body = skip_blanks(body);
    let Some(rest) = body.strip_prefix(b"Proc-Type:") else {
        return Ok((None, body));
    };
    let rest = skip_blanks(rest).strip_prefix(b"4,ENCRYPTED").ok_or(KeyError::BadHeader)?;
    let rest = skip_blanks(rest).strip_prefix(b"DEK-Info:").ok_or(KeyError::BadHeader)?;
    let (name, rest) = split_at(skip_blanks(rest), b",").ok_or(KeyError::BadHeader)?;
    if !is_cipher_name(name) {
        return Err(KeyError::BadHeader);
    }
    let cipher = Cipher::from_name(name).ok_or_else(|| KeyError::UnsupportedCipher { algorithm: printable(name) })?;
    // The vector's length is known, so that base64 may follow it without a break in between.
    let (hex, rest) = skip_blanks(rest).split_at_checked(cipher.iv_len() * 2).ok_or(KeyError::BadHeader)?;
    let mut iv = [0; MAX_IV_LEN];
    for (byte, digits) in iv.iter_mut().zip(hex.chunks_exact(2)) {
        *byte = digits
            .iter()
            .try_fold(0, |value, digit| Some(value * 16 + hex_value(*digit)?))
            .ok_or(KeyError::BadHeader)?;
    }
    Ok((Some(DekInfo { cipher, iv }), rest))
}

/// Passes over all that may stand between two characters of base64.
fn skip_blanks(mut text: &[u8]) -> &[u8] {
    loop {
        text = match text {
            [b'\\', b'n' | b'r' | b't', rest @ ..]
            | [b' ' | b'\t' | b'\r' | b'\n' | 0x0b | 0x0c | b'"' | b'\'' | b'\\', rest @ ..] => rest,
            _ => return text,
        }
    }
}

/// What stands before and after the first `mark`.
fn split_at<'a>(text: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = text.windows(mark.len()).position(|window| window == mark)?;
    Some((text.get(..at)?, text.get(at + mark.len()..)?))
}

fn is_label(label: &[u8]) -> bool {
    (1..=MAX_LABEL).contains(&label.len())
        && label.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b' ')
}

fn is_cipher_name(name: &[u8]) -> bool {
    (1..=MAX_LABEL).contains(&name.len()) && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
}

/// A label or a cipher name: ASCII by the checks above.
fn printable(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}

fn hex_value(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

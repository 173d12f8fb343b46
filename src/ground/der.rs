//! The structures that keys come in, element by element, in DER (X.690).
//!
//! The `der` crate reads each element and holds it to its rules. What belongs to a structure is asked here in plain calls:
//! a typed reader for each one would be code of its own, and all that is on the way to a key is compiled in every
//! fresh isolate.

use std::fmt;

use pkcs8::ObjectIdentifier;
use pkcs8::der::asn1::AnyRef;
use pkcs8::der::{Decode, Reader, SliceReader, Tag, Tagged};

/// An object identifier as it stands in the DER: compared as it is, and read only where a message tells of it.
#[derive(Clone, Copy)]
pub(super) struct Oid<'a>(&'a [u8]);

impl PartialEq<ObjectIdentifier> for Oid<'_> {
    fn eq(&self, known: &ObjectIdentifier) -> bool {
        self.0 == known.as_bytes()
    }
}

/// In dotted decimals.
impl fmt::Display for Oid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match ObjectIdentifier::from_bytes(self.0) {
            Ok(oid) => oid.fmt(f),
            Err(_) => f.write_str("a damaged object identifier"),
        }
    }
}

/// An `AlgorithmIdentifier` (RFC 5280 section 4.1.1.2).
#[derive(Clone, Copy)]
pub(super) struct Algorithm<'a> {
    pub(super) oid: Oid<'a>,
    pub(super) parameters: Option<AnyRef<'a>>,
}

/// What a SEQUENCE has not yielded yet. Each method takes what comes next, and says `None` where that is something else.
#[derive(Clone)]
pub(super) struct Elements<'a>(SliceReader<'a>);

impl<'a> Elements<'a> {
    /// Of the SEQUENCE at the front of `der`.
    pub(super) fn at_front(der: &'a [u8]) -> Option<Self> {
        Self(SliceReader::new(der).ok()?).sequence()
    }

    /// Of the SEQUENCE that is all of `der`.
    pub(super) fn of(der: &'a [u8]) -> Option<Self> {
        let mut whole = Self(SliceReader::new(der).ok()?);
        let elements = whole.sequence()?;
        whole.end()?;
        Some(elements)
    }

    /// Of what is a SEQUENCE.
    pub(super) fn of_any(any: AnyRef<'a>) -> Option<Self> {
        (any.tag() == Tag::Sequence).then(|| SliceReader::new(any.value()).ok().map(Self)).flatten()
    }

    /// Whatever it is.
    pub(super) fn any(&mut self) -> Option<AnyRef<'a>> {
        AnyRef::decode(&mut self.0).ok()
    }

    pub(super) fn sequence(&mut self) -> Option<Self> {
        Self::of_any(self.any()?)
    }

    /// The content of what has this tag.
    pub(super) fn tagged(&mut self, tag: Tag) -> Option<&'a [u8]> {
        let any = self.any()?;
        (any.tag() == tag).then(|| any.value())
    }

    pub(super) fn octets(&mut self) -> Option<&'a [u8]> {
        self.tagged(Tag::OctetString)
    }

    /// An INTEGER that is not negative: big-endian, without leading zeros; 0 is a single one.
    pub(super) fn uint(&mut self) -> Option<&'a [u8]> {
        // The sign takes a byte where the first bit is set, and only there (X.690 section 8.3.2).
        match self.tagged(Tag::Integer)? {
            [0, bytes @ ..] if bytes.first().is_some_and(|first| *first >= 0x80) => Some(bytes),
            bytes @ ([0] | [0x01..=0x7f, ..]) => Some(bytes),
            _ => None,
        }
    }

    pub(super) fn algorithm(&mut self) -> Option<Algorithm<'a>> {
        let mut elements = self.sequence()?;
        let oid = Oid(elements.tagged(Tag::ObjectIdentifier)?);
        let parameters = if elements.is_at_end() { None } else { Some(elements.any()?) };
        elements.end()?;
        Some(Algorithm { oid, parameters })
    }

    /// Whether an element with this tag comes next.
    pub(super) fn has(&self, tag: Tag) -> bool {
        self.clone().tagged(tag).is_some()
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.0.is_finished()
    }

    /// That nothing is left.
    pub(super) fn end(self) -> Option<()> {
        self.is_at_end().then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::Oid;

    #[test]
    fn object_identifiers_are_told_as_rfc_8017_writes_them() {
        let rsa_encryption = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
        assert_eq!(Oid(&rsa_encryption).to_string(), "1.2.840.113549.1.1.1");
        for damaged in [&[][..], &[0x2a, 0x86], &[0x2a; 100]] {
            assert_eq!(Oid(damaged).to_string(), "a damaged object identifier");
        }
    }
}

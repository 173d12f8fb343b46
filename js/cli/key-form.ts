/** The encryption of a private key, read from its PEM without opening it. */
import { type AsnType, fromBER, Integer, ObjectIdentifier, Sequence } from "asn1js";

/** The form of a PEM. */
export interface KeyForm {
  /** The label of the PEM block, like `ENCRYPTED PRIVATE KEY`. */
  readonly label: string;
  /** Its encryption; undefined for a key in the clear. */
  readonly encryption?: Encryption;
}

/** An encryption, with OpenSSL's names; an OID if the name is not known. */
export interface Encryption {
  /** `PBES2` (RFC 8018), an older scheme by its name, or `DEK-Info` of the traditional form. */
  readonly scheme: string;
  /** The key derivation with its cost parameters. */
  readonly kdf: string;
  readonly cipher: string;
}

const PBES2 = "1.2.840.113549.1.5.13";
const PBKDF2 = "1.2.840.113549.1.5.12";
const SCRYPT = "1.3.6.1.4.1.11591.4.11";

/** RFC 8018 appendix B.1.2. The default is HMAC-SHA-1. */
const PRFS: Readonly<Record<string, string>> = {
  "1.2.840.113549.2.7": "HMAC-SHA-1",
  "1.2.840.113549.2.8": "HMAC-SHA-224",
  "1.2.840.113549.2.9": "HMAC-SHA-256",
  "1.2.840.113549.2.10": "HMAC-SHA-384",
  "1.2.840.113549.2.11": "HMAC-SHA-512",
  "1.2.840.113549.2.12": "HMAC-SHA-512/224",
  "1.2.840.113549.2.13": "HMAC-SHA-512/256",
};

const CIPHERS: Readonly<Record<string, string>> = {
  "1.3.14.3.2.7": "DES-CBC",
  "1.2.840.113549.3.2": "RC2-CBC",
  "1.2.840.113549.3.7": "DES-EDE3-CBC",
  "2.16.840.1.101.3.4.1.2": "AES-128-CBC",
  "2.16.840.1.101.3.4.1.22": "AES-192-CBC",
  "2.16.840.1.101.3.4.1.42": "AES-256-CBC",
  "1.2.392.200011.61.1.1.1.4": "CAMELLIA-256-CBC",
  "1.2.410.200046.1.1.12": "ARIA-256-CBC",
  "1.2.156.10197.1.104.2": "SM4-CBC",
};

/** The schemes before PBES2: RFC 8018 appendix A.3 and RFC 7292 appendix C. */
const OLD_SCHEMES: Readonly<Record<string, Omit<Encryption, "kdf"> & { readonly hash: string }>> = {
  "1.2.840.113549.1.5.3": { scheme: "pbeWithMD5AndDES-CBC", hash: "MD5", cipher: "DES-CBC" },
  "1.2.840.113549.1.5.10": { scheme: "pbeWithSHA1AndDES-CBC", hash: "SHA-1", cipher: "DES-CBC" },
  "1.2.840.113549.1.12.1.3": { scheme: "pbeWithSHA1And3-KeyTripleDES-CBC", hash: "SHA-1", cipher: "DES-EDE3-CBC" },
};

/** The form of the first private key in a PEM; undefined if it can't be read. */
export function readKeyForm(pem: string): KeyForm | undefined {
  // Literal \n in place of line breaks is accepted, as in the library.
  const text = pem.replaceAll(/\\[nrt]/g, "\n");
  const [, label = "", body = ""] = /-----BEGIN ((?:[A-Z]+ )*PRIVATE KEY)-----(.*?)-----END /s.exec(text) ?? [];
  if (label === "") return undefined;
  if (label === "ENCRYPTED PRIVATE KEY") {
    const encryption = readEncryptedPrivateKeyInfo(Buffer.from(body, "base64"));
    return encryption === undefined ? undefined : { label, encryption };
  }
  // RFC 1421 section 4.6.1; the derivation is OpenSSL's EVP_BytesToKey.
  const [, cipher] = /DEK-Info:\s*([\w-]+),/.exec(body) ?? [];
  if (cipher === undefined) return { label };
  return { label, encryption: { scheme: "DEK-Info", kdf: "EVP_BytesToKey with MD5, 1 round", cipher } };
}

/** The algorithm of an `EncryptedPrivateKeyInfo` (RFC 5958 section 3). */
function readEncryptedPrivateKeyInfo(der: Uint8Array): Encryption | undefined {
  const [algorithm] = partsOf(fromBER(der).result);
  const [oid, parameters] = algorithmOf(algorithm);
  if (oid === PBES2) {
    const [derivation, encryption] = partsOf(parameters);
    const kdf = derivationOf(derivation);
    const [cipher] = algorithmOf(encryption);
    return kdf && cipher ? { scheme: "PBES2", kdf, cipher: CIPHERS[cipher] ?? cipher } : undefined;
  }
  if (oid === undefined) return undefined;
  const old = OLD_SCHEMES[oid];
  const [, rounds] = partsOf(parameters);
  if (old === undefined) return { scheme: oid, kdf: "unknown", cipher: "unknown" };
  const kdf = `${old.hash}, ${roundsOf(rounds)}`;
  return { scheme: old.scheme, kdf, cipher: old.cipher };
}

function derivationOf(block: AsnType | undefined): string | undefined {
  const [oid, parameters] = algorithmOf(block);
  if (oid === PBKDF2) {
    // PBKDF2-params: salt, iterationCount, keyLength OPTIONAL, prf DEFAULT hmacWithSHA1.
    const [, rounds, ...rest] = partsOf(parameters);
    const [prf = ""] = algorithmOf(rest.find((part) => part instanceof Sequence));
    return `PBKDF2 with ${prf === "" ? "HMAC-SHA-1" : (PRFS[prf] ?? prf)}, ${roundsOf(rounds)}`;
  }
  if (oid === SCRYPT) {
    const [, n, r, p] = partsOf(parameters);
    return `scrypt with N ${numberOf(n)}, r ${numberOf(r)}, p ${numberOf(p)}`;
  }
  return oid;
}

function algorithmOf(block: AsnType | undefined): [oid?: string, parameters?: AsnType | undefined] {
  const [oid, parameters] = partsOf(block);
  return oid instanceof ObjectIdentifier ? [oid.getValue(), parameters] : [];
}

function partsOf(block: AsnType | undefined): AsnType[] {
  return block instanceof Sequence ? (block.valueBlock.value as AsnType[]) : [];
}

function roundsOf(block: AsnType | undefined): string {
  const rounds = numberOf(block);
  return `${rounds} ${rounds === "1" ? "round" : "rounds"}`;
}

function numberOf(block: AsnType | undefined): string {
  return block instanceof Integer ? String(block.toBigInt()) : "?";
}

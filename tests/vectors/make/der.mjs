// Just enough DER to write keys that openssl would not write.
import { createCipheriv, createHash, createPrivateKey, pbkdf2Sync, scryptSync } from "node:crypto";

function tlv(tag, ...parts) {
  const body = Buffer.concat(parts);
  const n = body.length;
  const length = n < 128 ? [n] : n < 256 ? [0x81, n] : [0x82, n >> 8, n & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}
export const seq = (...parts) => tlv(0x30, ...parts);
export const octets = (bytes) => tlv(0x04, Buffer.from(bytes));
export const bits = (bytes) => tlv(0x03, Buffer.of(0), Buffer.from(bytes));
export const nil = Buffer.from([5, 0]);
export const rawInt = (bytes) => tlv(0x02, Buffer.from(bytes));
export const context = (n, ...parts) => tlv(0xa0 + n, ...parts);
export function int(value) {
  let hex = BigInt(value).toString(16);
  if (hex.length % 2) hex = `0${hex}`;
  if (parseInt(hex.slice(0, 2), 16) > 127) hex = `00${hex}`;
  return rawInt(Buffer.from(hex, "hex"));
}
export function oid(dotted) {
  const [a, b, ...rest] = dotted.split(".").map(Number);
  const bytes = [a * 40 + b];
  for (const n of rest) {
    const group = [n & 127];
    for (let high = Math.floor(n / 128); high > 0; high = Math.floor(high / 128)) group.unshift((high & 127) | 128);
    bytes.push(...group);
  }
  return tlv(0x06, Buffer.from(bytes));
}
export function pem(label, der, width = 64) {
  const lines = der.toString("base64").match(new RegExp(`.{1,${width}}`, "g")) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}
export const derOf = (text) => Buffer.from(text.replace(/-----[^-]+-----|\s/g, ""), "base64");

export const RSA = seq(oid("1.2.840.113549.1.1.1"), nil);
export const pkcs8 = (pkcs1) => seq(int(0), RSA, octets(pkcs1));

// RSAPrivateKey from its numbers, each a bigint or a Buffer that is already DER.
const number = (value) => (Buffer.isBuffer(value) ? value : int(value));
export function pkcs1(key) {
  return seq(
    number(key.version ?? 0n),
    ...["n", "e", "d", "p", "q", "dp", "dq", "qi"].map((name) => number(key[name])),
  );
}
export function numbersOf(pemText) {
  const jwk = createPrivateKey(pemText).export({ format: "jwk" });
  const entries = ["n", "e", "d", "p", "q", "dp", "dq", "qi"].map((name) => [
    name,
    BigInt(`0x${Buffer.from(jwk[name], "base64url").toString("hex")}`),
  ]);
  return Object.fromEntries(entries);
}
export function inverse(a, m) {
  let [r0, r1, s0, s1] = [m, ((a % m) + m) % m, 0n, 1n];
  while (r1) {
    const q = r0 / r1;
    [r0, r1, s0, s1] = [r1, r0 - q * r1, s1, s0 - q * s1];
  }
  if (r0 !== 1n) throw new Error("no inverse");
  return ((s0 % m) + m) % m;
}
// A private key with consistent numbers from its primes, in the order given.
export function keyFrom(p, q, e) {
  const d = inverse(e, (p - 1n) * (q - 1n));
  return { n: p * q, e, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: inverse(q, p) };
}

// Salts and IVs of crafted files are no secret: from a name, so that a run can be compared with the last.
export const bytesFor = (name, n) =>
  Buffer.concat(
    Array.from({ length: Math.ceil(n / 32) }, (_, i) => createHash("sha256").update(`${name}/${i}`).digest()),
  ).subarray(0, n);

export const CIPHERS = {
  "des-ede3-cbc": { oid: "1.2.840.113549.3.7", key: 24, iv: 8 },
  "aes-128-cbc": { oid: "2.16.840.1.101.3.4.1.2", key: 16, iv: 16 },
  "aes-256-cbc": { oid: "2.16.840.1.101.3.4.1.42", key: 32, iv: 16 },
};
const PRFS = { sha1: "1.2.840.113549.2.7", sha256: "1.2.840.113549.2.9" };

// EncryptedPrivateKeyInfo with a PBES2 of the caller's taste. What the options write into the DER may differ from what
// was used to encrypt (`ivWritten`, `iterationsWritten`), which is how a lie is made.
export function pbes2(plain, password, options = {}) {
  const o = {
    name: "x",
    cipher: "des-ede3-cbc",
    prf: "sha256",
    prfParams: nil,
    iterations: 2048,
    saltLength: 8,
    ...options,
  };
  const cipher = CIPHERS[o.cipher];
  const salt = o.saltLength === 0 ? Buffer.alloc(0) : bytesFor(`${o.name} salt`, o.saltLength);
  const iv = bytesFor(`${o.name} iv`, cipher.iv);
  const keyLength = o.keyLength === undefined ? [] : [int(o.keyLength)];
  let key, kdf;
  if (o.scrypt) {
    const [N, r, p] = o.scrypt;
    key = o.fakeKey
      ? bytesFor("no key", cipher.key)
      : scryptSync(password, salt, cipher.key, { N, r, p, maxmem: 1 << 30 });
    kdf = seq(oid("1.3.6.1.4.1.11591.4.11"), seq(octets(salt), int(N), int(r), int(p), ...keyLength));
  } else {
    key = pbkdf2Sync(password, salt, o.iterations, cipher.key, o.prf);
    const prf = o.omitPrf ? [] : [o.prfWritten ?? seq(oid(PRFS[o.prf]), o.prfParams)];
    const count = o.iterationsWritten ?? int(o.iterations);
    kdf = seq(oid("1.2.840.113549.1.5.12"), seq(o.saltWritten ?? octets(salt), count, ...keyLength, ...prf));
  }
  const c = createCipheriv(o.cipher, key, iv);
  const data = Buffer.concat([c.update(plain), c.final()]);
  const scheme = seq(oid(o.cipherOidWritten ?? cipher.oid), octets(o.ivWritten ?? iv));
  return seq(seq(oid("1.2.840.113549.1.5.13"), seq(kdf, scheme)), octets(o.data ?? data));
}

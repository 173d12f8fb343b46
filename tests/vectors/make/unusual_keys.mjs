// Keys that are right, in DER that neither PHP nor openssl writes but PHP opens. Called by keys.sh.

import { generatePrimeSync } from "node:crypto";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { context, derOf, int, keyFrom, numbersOf, octets, oid, pbes2, pem, pkcs1, pkcs8, RSA, seq } from "./der.mjs";

const work = process.env.WORK;
const keys = new URL("../keys/", import.meta.url);
const base = readFileSync(`${work}/2048.pem`, "utf8");
const plain = derOf(base);

function write(file, text, password, der, form) {
  writeFileSync(new URL(file, keys), text);
  const secret = password === null ? "-" : Buffer.from(password).toString("base64");
  appendFileSync(`${work}/keys.tsv`, `${[file, `${secret}:`, "node", der, form].join("\t")}\n`);
}
function encrypted(file, form, der, options) {
  write(file, pem("ENCRYPTED PRIVATE KEY", pbes2(plain, "unusual", { name: file, ...options })), "unusual", der, form);
}
encrypted(
  "unusual-keylength-3des.pem",
  "PBES2, 3DES, PBKDF2 with its keyLength written",
  "PBES2 PBKDF2 2048 24 hmacWithSHA256 des-ede3-cbc",
  { keyLength: 24 },
);
encrypted(
  "unusual-keylength-scrypt.pem",
  "PBES2, AES-256, scrypt with its keyLength written",
  "PBES2 scrypt 1024 8 1 32 aes-256-cbc",
  { scrypt: [1024, 8, 1], cipher: "aes-256-cbc", keyLength: 32 },
);
encrypted(
  "unusual-prf-sha1-written.pem",
  "PBES2, 3DES, the default PRF HMAC-SHA-1 written out",
  "PBES2 PBKDF2 2048 hmacWithSHA1 des-ede3-cbc",
  { prf: "sha1" },
);
encrypted(
  "unusual-prf-no-null.pem",
  "PBES2, AES-128, PRF without its NULL",
  "PBES2 PBKDF2 2048 hmacWithSHA256 aes-128-cbc",
  { prfParams: Buffer.alloc(0), cipher: "aes-128-cbc" },
);
for (const n of [1, 16, 64, 127])
  encrypted(
    `unusual-salt-${n}.pem`,
    `PBES2, 3DES, salt of ${n} bytes`,
    "PBES2 PBKDF2 2048 hmacWithSHA256 des-ede3-cbc",
    { saltLength: n },
  );
encrypted(
  "unusual-salt-16-aes256.pem",
  "PBES2, AES-256, salt of 16 bytes, as openssl 3.2 and newer write",
  "PBES2 PBKDF2 2048 hmacWithSHA256 aes-256-cbc",
  { saltLength: 16, cipher: "aes-256-cbc" },
);

const k = numbersOf(base);
const clear = (file, form, key) => write(file, pem("PRIVATE KEY", pkcs8(pkcs1(key))), null, "PRIVATE KEY", form);
const [big, small] = k.p > k.q ? [k.p, k.q] : [k.q, k.p];
clear("unusual-p-below-q.pem", "PKCS#8 in the clear, p smaller than q", keyFrom(small, big, k.e));
clear(
  "unusual-d-mod-phi.pem",
  "PKCS#8 in the clear, d taken mod (p-1)(q-1), p greater than q",
  keyFrom(big, small, k.e),
);
// Sizes that openssl rounds off or splits evenly. Primes are drawn until their product has the size wanted.
const prime = (bits) => generatePrimeSync(bits, { bigint: true });
function odd(file, bits, pBits, form) {
  for (;;) {
    const [p, q] = [prime(pBits), prime(bits - pBits)];
    if ((p * q).toString(2).length !== bits || (p - 1n) % 65537n === 0n || (q - 1n) % 65537n === 0n) continue;
    return clear(file, form, keyFrom(p, q, 65537n));
  }
}
odd("unusual-unequal-primes.pem", 2048, 1200, "PKCS#8 in the clear, primes of 1200 and 848 bits");
odd("plain-2049.pem", 2049, 1025, "PKCS#8 in the clear, a size that is no multiple of 8");
odd("plain-2047.pem", 2047, 1024, "PKCS#8 in the clear, a size that is no multiple of 8");
const inner = pkcs1(k);
write(
  "unusual-no-null.pem",
  pem("PRIVATE KEY", seq(int(0), seq(oid("1.2.840.113549.1.1.1")), octets(inner))),
  null,
  "PRIVATE KEY",
  "PKCS#8 in the clear, rsaEncryption without its NULL",
);
// Windows writes such an attribute (key usage) into its PKCS#8.
const usage = seq(oid("2.5.29.15"), Buffer.from([0x31, 4, 3, 2, 0, 0x10]));
write(
  "unusual-attributes.pem",
  pem("PRIVATE KEY", seq(int(0), RSA, octets(inner), context(0, usage))),
  null,
  "PRIVATE KEY",
  "PKCS#8 in the clear, with attributes",
);

// refused/, second part: valid files, patched. Called by refused.sh, lists its files as that does.

import { createDecipheriv, pbkdf2Sync } from "node:crypto";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import {
  bytesFor,
  CIPHERS,
  derOf,
  int,
  nil,
  numbersOf,
  octets,
  oid,
  pbes2,
  pem,
  pkcs1,
  pkcs8,
  rawInt,
  seq,
} from "./der.mjs";

const work = process.env.WORK;
const refused = new URL("../refused/", import.meta.url);
const keyFile = (name) => readFileSync(new URL(`../keys/${name}`, import.meta.url), "utf8");
const clear = derOf(readFileSync(`${work}/2048.pem`, "utf8"));
const small = derOf(readFileSync(`${work}/1024.pem`, "utf8"));

function write(file, text, password, kind, why, id = "-") {
  writeFileSync(new URL(file, refused), text);
  const secret = password === null ? "-" : Buffer.from(password).toString("base64");
  appendFileSync(`${work}/refused.tsv`, `${[file, `${secret}:`, kind, id, why].join("\t")}\n`);
}

// Wrong passwords. One of each form decrypts to right padding by luck, which happens once in 256: only the DER under it tells.
const php = keyFile("php-3des-2048.pem");
write("wrong-password-php.pem", php, "Secret-2049", "wrong_password", "a wrong password");
write("wrong-password-case.pem", php, "secret-2048", "wrong_password", "the password in another case");
write(
  "wrong-password-blank.pem",
  php,
  "Secret-2048 ",
  "wrong_password",
  "a blank after the password: only line breaks are cut off",
);
write(
  "wrong-password-front.pem",
  php,
  "\nSecret-2048",
  "wrong_password",
  "a line break before the password: only those at the end are cut off",
);
write("wrong-password-empty.pem", php, "", "wrong_password", "an empty password for an encrypted key");
write(
  "wrong-password-newline-missing.pem",
  keyFile("password-5-3des.pem"),
  "ends in a newline",
  "wrong_password",
  "the line break was part of the password",
);
write("wrong-password-scrypt.pem", keyFile("scrypt-aes256.pem"), "wrong", "wrong_password", "a wrong password, scrypt");
write("wrong-password-dek.pem", keyFile("dek-3des.pem"), "wrong", "wrong_password", "a wrong password, DEK-Info");
write("wrong-password-dek-empty.pem", keyFile("dek-aes256.pem"), "", "wrong_password", "an empty password, DEK-Info");
write("no-password-php.pem", php, null, "no_password", "encrypted, and no password given");
write(
  "no-password-scrypt.pem",
  keyFile("scrypt-aes256.pem"),
  null,
  "no_password",
  "encrypted, and no password given, scrypt",
);
write(
  "no-password-dek.pem",
  keyFile("dek-3des.pem"),
  null,
  "no_password",
  "encrypted, and no password given, DEK-Info",
);
{
  const name = "lucky",
    salt = bytesFor(`${name} salt`, 8),
    iv = bytesFor(`${name} iv`, 8);
  const der = pbes2(clear, "right", { name, iterations: 10 });
  const data = der.subarray(der.length - (clear.length + 8 - (clear.length % 8)));
  for (let i = 0; ; i++) {
    const d = createDecipheriv("des-ede3-cbc", pbkdf2Sync(`wrong-${i}`, salt, 10, 24, "sha256"), iv);
    try {
      d.update(data);
      d.final();
    } catch {
      continue;
    }
    write(
      "wrong-password-lucky.pem",
      pem("ENCRYPTED PRIVATE KEY", der),
      `wrong-${i}`,
      "wrong_password",
      "a wrong password whose padding is right by luck",
    );
    break;
  }
}

// PBES2 parameters. Unless a lie is the point, the file is truly encrypted with what it says.
function patched(file, kind, why, options, id) {
  write(
    file,
    pem("ENCRYPTED PRIVATE KEY", pbes2(clear, "secret", { name: file, ...options })),
    "secret",
    kind,
    why,
    id,
  );
}
const count = (bytes) => ({ iterationsWritten: rawInt(bytes) });
patched("iterations-2147483647.pem", "limit", "PBKDF2 with 2147483647 iterations", {
  iterationsWritten: int(2147483647),
});
patched("iterations-2-63.pem", "limit", "PBKDF2 with 2^63 iterations", { iterationsWritten: int(1n << 63n) });
patched("iterations-2-64-plus-2048.pem", "limit", "PBKDF2 with 2^64 + 2048 iterations: 2048 if only 64 bits are read", {
  iterationsWritten: int((1n << 64n) + 2048n),
});
patched("iterations-2-32-plus-2048.pem", "limit", "PBKDF2 with 2^32 + 2048 iterations: 2048 if only 32 bits are read", {
  iterationsWritten: int((1n << 32n) + 2048n),
});
patched("iterations-0.pem", "malformed", "PBKDF2 with 0 iterations", count([0]));
patched("iterations-negative.pem", "malformed", "PBKDF2 with -1 iterations", count([0xff]));
patched("iterations-empty.pem", "malformed", "PBKDF2 whose iterations are an INTEGER without bytes", count([]));
for (const n of [0, 4, 7, 9, 16])
  patched(`iv-${n}.pem`, "malformed", `PBES2 with 3DES and an IV of ${n} bytes`, { ivWritten: bytesFor("iv", n) });
for (const n of [0, 8, 15, 17])
  patched(`iv-aes-${n}.pem`, "malformed", `PBES2 with AES-256 and an IV of ${n} bytes`, {
    cipher: "aes-256-cbc",
    ivWritten: bytesFor("iv", n),
  });
patched("salt-0.pem", "limit", "PBKDF2 with an empty salt, truly encrypted so", { saltLength: 0 });
patched("salt-200.pem", "limit", "PBKDF2 with a salt of 200 bytes, truly encrypted so", { saltLength: 200 });
patched("salt-other-source.pem", "malformed", "PBKDF2 whose salt is an AlgorithmIdentifier", {
  saltWritten: seq(oid("1.2.840.113549.2.9"), nil),
});
for (const n of [0, 16, 32, 65560])
  patched(`keylength-${n}.pem`, "malformed", `PBKDF2 with keyLength ${n} for 3DES, which takes 24`, { keyLength: n });
patched("keylength-scrypt.pem", "malformed", "scrypt with keyLength 16 for AES-256, which takes 32", {
  scrypt: [1024, 8, 1],
  cipher: "aes-256-cbc",
  keyLength: 16,
});
patched(
  "cipher-unknown.pem",
  "unsupported",
  "PBES2 with a cipher nobody knows",
  { cipherOidWritten: "1.3.6.1.4.1.99999.1" },
  "1.3.6.1.4.1.99999.1",
);
patched(
  "prf-unknown.pem",
  "unsupported",
  "PBKDF2 with a PRF nobody knows",
  { prfWritten: seq(oid("1.3.6.1.4.1.99999.2"), nil) },
  "1.3.6.1.4.1.99999.2",
);
patched("data-empty.pem", "malformed", "no encrypted data", { data: Buffer.alloc(0) });
patched("data-not-blocks.pem", "malformed", "encrypted data that is no whole number of blocks", {
  data: bytesFor("data", 1217),
});
patched("data-one-block.pem", "malformed", "encrypted data of one block", { data: bytesFor("data", 8) });
const scrypt = (file, why, set, kind = "malformed", fakeKey = true) =>
  patched(file, kind, `scrypt with ${why}`, { scrypt: set, cipher: "aes-256-cbc", fakeKey });
scrypt("scrypt-128-mib.pem", "N=2^17, r=8: 128 MiB, truly encrypted so", [131072, 8, 1], "limit", false);
scrypt("scrypt-n-0.pem", "N=0", [0, 8, 1]);
scrypt("scrypt-n-1.pem", "N=1", [1, 8, 1]);
scrypt("scrypt-n-3.pem", "N=3, no power of two", [3, 8, 1]);
scrypt("scrypt-n-2-63.pem", "N=2^63", [1n << 63n, 8, 1], "limit");
scrypt("scrypt-r-0.pem", "r=0", [1024, 0, 1]);
scrypt("scrypt-r-2-30.pem", "r=2^30", [2, 1 << 30, 1], "limit");
scrypt("scrypt-p-0.pem", "p=0", [1024, 8, 0]);
scrypt("scrypt-p-2-30.pem", "p=2^30: hours of work in little memory", [2, 1, 1 << 30], "limit");
write(
  "kdf-unknown.pem",
  pem(
    "ENCRYPTED PRIVATE KEY",
    seq(
      seq(
        oid("1.2.840.113549.1.5.13"),
        seq(seq(oid("1.3.6.1.4.1.99999.3"), nil), seq(oid(CIPHERS["aes-256-cbc"].oid), octets(bytesFor("iv", 16)))),
      ),
      octets(bytesFor("x", 1232)),
    ),
  ),
  "secret",
  "unsupported",
  "PBES2 with a key derivation nobody knows",
  "1.3.6.1.4.1.99999.3",
);
write(
  "scheme-unknown.pem",
  pem("ENCRYPTED PRIVATE KEY", seq(seq(oid("1.3.6.1.4.1.99999.4"), nil), octets(bytesFor("x", 1232)))),
  "secret",
  "unsupported",
  "an encryption scheme nobody knows",
  "1.3.6.1.4.1.99999.4",
);
// Rightly encrypted, and no key inside: nothing tells that from a wrong password.
const inside = (name, der, kind, why) =>
  write(
    `inside-${name}.pem`,
    pem("ENCRYPTED PRIVATE KEY", pbes2(der, "secret", { name })),
    "secret",
    kind,
    `rightly encrypted, with ${why} inside`,
  );
inside("garbage", bytesFor("inner", 600), "wrong_password", "random bytes");
inside("empty", Buffer.alloc(0), "wrong_password", "nothing");
inside("text", Buffer.from("hello"), "wrong_password", "a word");
inside("pkcs1", pkcs1(numbersOf(readFileSync(`${work}/1024.pem`, "utf8"))), "malformed", "PKCS#1 where PKCS#8 belongs");

// DER cut off. The cuts are spread over the headers, where a reader looks most, and over the rest.
const locked = pbes2(small, "secret", { name: "cut" });
const cuts = (n) => [0, 1, 2, 3, 4, 7, 9, 17, 25, 40, 60, 78, 90, 100, 200, 300, 400, 500, n - 9, n - 1];
for (const n of cuts(locked.length))
  write(
    `cut-pbes2-${n}.pem`,
    pem("ENCRYPTED PRIVATE KEY", locked.subarray(0, n)),
    "secret",
    "malformed",
    `PBES2: the first ${n} of ${locked.length} bytes`,
  );
for (const n of cuts(small.length))
  write(
    `cut-plain-${n}.pem`,
    pem("PRIVATE KEY", small.subarray(0, n)),
    null,
    "malformed",
    `PKCS#8: the first ${n} of ${small.length} bytes`,
  );

// RSA numbers that are no key.
const k = numbersOf(readFileSync(`${work}/2048.pem`, "utf8"));
const rsa = (file, why, change, kind = "inconsistent") =>
  write(file, pem("RSA PRIVATE KEY", pkcs1({ ...k, ...change })), null, kind, why);
rsa("rsa-n-not-pq.pem", "n is not p·q", { n: k.n + 2n });
rsa("rsa-n-even.pem", "n is even", { n: k.n - 1n });
rsa("rsa-p-even.pem", "p is even, and n = p·q", { p: k.p + 1n, n: (k.p + 1n) * k.q });
rsa("rsa-d-wrong.pem", "d is wrong, the CRT numbers are right", { d: k.d + 2n });
rsa("rsa-d-0.pem", "d is 0", { d: 0n });
rsa("rsa-d-1.pem", "d is 1", { d: 1n });
rsa("rsa-e-0.pem", "e is 0", { e: 0n });
rsa("rsa-e-1.pem", "e and d are 1: consistent, and every signature shows its own text", {
  e: 1n,
  d: 1n,
  dp: 1n,
  dq: 1n,
});
rsa("rsa-e-2.pem", "e is even", { e: 2n });
rsa("rsa-e-of-another.pem", "e is 3, and the rest belongs to 65537", { e: 3n });
rsa("rsa-p-1.pem", "p is 1 and q is n", { p: 1n, q: k.n, dp: 0n, dq: k.d, qi: 0n });
rsa("rsa-p-0.pem", "p is 0", { p: 0n });
rsa("rsa-p-is-q.pem", "p equals q", { q: k.p, n: k.p * k.p });
rsa("rsa-all-0.pem", "every number is 0", { n: 0n, e: 0n, d: 0n, p: 0n, q: 0n, dp: 0n, dq: 0n, qi: 0n });
const none = rawInt([]);
rsa("rsa-d-empty.pem", "d is an INTEGER without bytes", { d: none }, "malformed");
rsa(
  "rsa-all-empty.pem",
  "every number is an INTEGER without bytes",
  { n: none, e: none, d: none, p: none, q: none, dp: none, dq: none, qi: none },
  "malformed",
);
rsa(
  "rsa-n-negative.pem",
  "n without the zero byte in front: negative",
  { n: rawInt(Buffer.from(k.n.toString(16), "hex")) },
  "malformed",
);
rsa("rsa-version-1.pem", "version 1 says more than two primes, and there are two", { version: 1n }, "malformed");
rsa("rsa-version-9.pem", "a version that does not exist", { version: 9n }, "malformed");
write(
  "pkcs8-inner-garbage.pem",
  pem("PRIVATE KEY", pkcs8(bytesFor("inner", 300))),
  null,
  "malformed",
  "PKCS#8 whose key is no PKCS#1",
);
write(
  "pkcs1-garbage.pem",
  pem("RSA PRIVATE KEY", bytesFor("x", 1190)),
  null,
  "malformed",
  "random bytes under RSA PRIVATE KEY",
);

// PEM that is none.
const body = php.split("\n").slice(1, -2);
const [begin, end] = ["-----BEGIN ENCRYPTED PRIVATE KEY-----", "-----END ENCRYPTED PRIVATE KEY-----"];
const text = (file, lines, why, kind = "malformed") => write(file, lines.join("\n"), "Secret-2048", kind, why);
text(
  "pem-bad-base64.pem",
  [begin, ...body.slice(0, 9), `${body[9].slice(0, 30)}!*${body[9].slice(32)}`, ...body.slice(10), end, ""],
  "characters that are not base64",
);
text(
  "pem-padding-inside.pem",
  [begin, ...body.slice(0, 9), `${body[9].slice(0, 62)}==`, ...body.slice(10), end, ""],
  "padding in the middle",
);
text(
  "pem-one-character-short.pem",
  [begin, ...body.slice(0, 9), body[9].slice(1), ...body.slice(10), end, ""],
  "one character is missing",
);
text("pem-line-missing.pem", [begin, ...body.slice(0, 9), ...body.slice(10), end, ""], "a line is missing");
text("pem-no-end.pem", [begin, ...body, ""], "no END line");
text("pem-no-begin.pem", [...body, end, ""], "no BEGIN line", "not_a_key");
text("pem-other-end.pem", [begin, ...body, "-----END RSA PRIVATE KEY-----", ""], "the END of another type");
text("pem-no-body.pem", [begin, end, ""], "nothing between BEGIN and END");
text("pem-only-body.pem", body, "base64 alone", "not_a_key");
text("pem-empty.pem", [""], "an empty text", "not_a_key");
text("pem-blanks.pem", [" \t", "\r", ""], "blanks alone", "not_a_key");
text("pem-words.pem", ["to be filled in by the operator", ""], "words", "not_a_key");
text("pem-path.pem", ["/etc/secrets/private.pem"], "a path in place of the text", "not_a_key");
text("pem-dashes.pem", ["-----BEGIN -----", "AAAA", "-----END -----", ""], "a label without a name", "not_a_key");

// DEK-Info.
const dek = keyFile("dek-3des.pem");
const info = (file, line, why, kind = "malformed") =>
  write(file, dek.replace(/DEK-Info: .*/, line), "des ede3", kind, why);
const iv = /DEK-Info: .*,(.*)/.exec(dek)[1];
info("dek-bad-hex.pem", `DEK-Info: DES-EDE3-CBC,${iv.slice(0, 14)}XY`, "an IV that is not hex");
info("dek-short-iv.pem", `DEK-Info: DES-EDE3-CBC,${iv.slice(0, 8)}`, "an IV of 4 bytes");
info("dek-odd-iv.pem", `DEK-Info: DES-EDE3-CBC,${iv.slice(0, 15)}`, "an IV of 7 bytes and a half");
info("dek-no-iv.pem", "DEK-Info: DES-EDE3-CBC", "no IV");
info("dek-empty-iv.pem", "DEK-Info: DES-EDE3-CBC,", "an empty IV");
info("dek-aes-short-iv.pem", `DEK-Info: AES-256-CBC,${iv}`, "an IV of 8 bytes for AES");
info("dek-unknown.pem", `DEK-Info: NOBODY-512-CBC,${iv}`, "a cipher nobody knows", "unsupported");
info("dek-gcm.pem", `DEK-Info: id-aes256-GCM,${iv}`, "a cipher that is no CBC", "unsupported");
info("dek-no-cipher.pem", `DEK-Info: ,${iv}`, "no cipher");
write(
  "dek-missing.pem",
  dek.replace(/DEK-Info: .*\n/, ""),
  "des ede3",
  "malformed",
  "Proc-Type says encrypted, and there is no DEK-Info",
);
write(
  "dek-mic-only.pem",
  dek.replace("4,ENCRYPTED", "4,MIC-ONLY"),
  "des ede3",
  "malformed",
  "Proc-Type says that it is not encrypted",
);

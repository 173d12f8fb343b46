/** Opening a key: what opens, and what is said of what does not. */
import assert from "node:assert/strict";
import { createHash, createPublicKey } from "node:crypto";
import { describe, test } from "node:test";
import { main } from "./installed.ts";
import { ACCOUNT, archive, assertTellsNothing, client, refusalOf, vectorFile, vectors } from "./support.ts";

interface KeyVector {
  readonly file: string;
  readonly password: string | null;
  readonly password_file?: string;
  readonly form: string;
  readonly bits: number;
  readonly fingerprint: string;
}

interface RefusedVector {
  readonly file: string;
  readonly password: string | null;
  readonly kind: string;
  readonly why: string;
  readonly oid?: string;
}

interface MangledVector {
  readonly name: string;
  readonly text: string;
  readonly password: string | null;
  readonly fingerprint: string;
}

// All forms are opened by the tests in Rust; here are those that differ in what JavaScript hands over.
const FORMS = [
  ...["plain-1024.pem", "plain-4096.pem", "plain-3primes-2048.pem", "pkcs1-2048.pem", "php-3des-2048.pem"],
  ...["php-password-nul.pem", "pbes2-aes256-sha512.pem", "scrypt-1024-8-1.pem", "pbe-sha1-3des.pem", "pbe-md5-des.pem"],
  ...["dek-3des.pem", "dek-aes256.pem", "password-2-3des.pem", "password-3-dek.pem", "password-5-3des.pem"],
  ...["password-6-3des.pem", "password-empty-3des.pem", "plain-2047.pem"],
];

function open(privateKey: string, password?: string | null) {
  return new main.AliKassa({ account: ACCOUNT, privateKey, password: password ?? undefined });
}

describe("a key", () => {
  const keys = vectors<KeyVector>("keys").filter(({ file }) => FORMS.includes(file));

  test("is tried in each of the chosen forms", () => {
    assert.deepEqual(new Set(keys.map(({ file }) => file)), new Set(FORMS));
  });

  for (const [at, { file, password, password_file, form, bits, fingerprint }] of keys.entries()) {
    const whole = password_file ?? password;
    test(`opens and tells its size and fingerprint: ${form}, ${file} (${at})`, () => {
      const alikassa = open(vectorFile(`keys/${file}`), whole);
      assert.deepEqual([alikassa.keyBits, alikassa.keyFingerprint], [bits, fingerprint]);
    });
  }

  for (const { name, text, password, fingerprint } of vectors<MangledVector>("mangled").filter(
    (_, at) => at % 9 === 0,
  )) {
    test(`opens as people paste it: ${name}`, () => {
      assert.equal(open(text, password).keyFingerprint, fingerprint);
    });
  }

  test("has the fingerprint of the archive's public.pem", () => {
    const der = createPublicKey(archive.publicPem).export({ type: "spki", format: "der" });
    assert.equal(client().keyFingerprint, createHash("sha256").update(der).digest("hex"));
  });

  test("opens in the clear with any password, and with null or undefined for none", () => {
    const pem = vectorFile("keys/plain-1024.pem");
    for (const password of ["whatever", "", null, undefined]) {
      const options = { account: ACCOUNT, privateKey: pem, password } as { account: string; privateKey: string };
      assert.equal(new main.AliKassa(options).keyBits, 1024);
    }
  });
});

// A salt of no byte or of very many is odd, and PHP takes it.
const ODD_BUT_GOOD = ["salt-0.pem", "salt-200.pem"];

describe("a key that does not open", () => {
  const words: Readonly<Record<string, RegExp>> = {
    not_rsa: /not an RSA key/,
    too_small: /RSA key of \d+ bits is not accepted/,
    not_a_key: /no PEM in it|no private key/,
    unsupported: /not supported/,
    wrong_password: /password does not open the key|damaged/,
    no_password: /no password was given/,
    limit: /too expensive/,
    malformed: /damaged|cut off|password does not open|no PEM|contradict/,
    // A modulus of 0 has no size either.
    inconsistent: /contradict|an RSA key of 0 bits/,
  };

  for (const { file, password, kind, why, oid } of vectors<RefusedVector>("refused")) {
    if (ODD_BUT_GOOD.includes(file)) continue;
    test(`is a KeyError that tells the reason and no secret: ${why} (${file})`, async () => {
      const pem = vectorFile(`refused/${file}`);
      const error = await refusalOf(() => open(pem, password), "KeyError");
      assert.equal(error.code, "bad_key");
      assert.match(error.message, words[kind] ?? assert.fail(kind));
      if (oid !== undefined) assert.ok(error.message.includes(oid), error.message);
      assertTellsNothing(error, pem, password);
    });
  }

  test("names the wrong password as the reason, without the password", async () => {
    const error = await refusalOf(() => client({ password: "Tr0ub4dor&3" }), "KeyError");
    assert.match(error.message, /^the password does not open the key/);
    assertTellsNothing(error, archive.privatePem, "Tr0ub4dor&3");
    assertTellsNothing(error, archive.privatePem, archive.password);
  });

  test("is an AliKassaError and an Error, and can be told by its name", async () => {
    const error = await refusalOf(() => client({ privateKey: "" }), "KeyError");
    assert.ok(error instanceof main.AliKassaError && error instanceof Error);
    assert.match(String(error), /^KeyError: there is no PEM in it/);
    assert.match(error.stack ?? "", /^KeyError: there is no PEM in it/);
  });
});

/** Opening a key: what opens, and what is said of what does not. */
import { AliKassa } from "alikassa-edge";
import { assert } from "chai";
import { describe, test } from "./cases.ts";
import { assertTellsNothing, type Merchant } from "./merchant.ts";

/** What is said of each kind of failure in tests/vectors/refused.json. */
const WORDS: Readonly<Record<string, RegExp>> = {
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

export function keyCases(merchant: Merchant): void {
  const { account, keys, mangled, refused, fingerprint, archive, pems } = merchant.given;
  const open = (privateKey: string, password: string | null | undefined) =>
    new AliKassa({ account, privateKey, password: password ?? undefined });

  describe("a key", () => {
    for (const [at, { name, pem, password, bits, fingerprint }] of keys.entries()) {
      test(`opens and tells its size and fingerprint: ${name} (${at})`, () => {
        const alikassa = open(pem, password);
        assert.deepEqual([alikassa.keyBits, alikassa.keyFingerprint], [bits, fingerprint]);
      });
    }

    for (const { name, pem, password, fingerprint } of mangled) {
      test(`opens as people paste it: ${name}`, () => {
        assert.strictEqual(open(pem, password).keyFingerprint, fingerprint);
      });
    }

    test("has the fingerprint of the archive's public.pem", () => {
      assert.strictEqual(merchant.client().keyFingerprint, fingerprint);
    });

    test("opens in the clear with any password, and with null or undefined for none", () => {
      const privateKey = pems["plain-1024.pem"] ?? assert.fail("no such key");
      for (const password of ["whatever", "", null, undefined]) {
        const options = { account, privateKey, password } as { account: string; privateKey: string };
        assert.strictEqual(new AliKassa(options).keyBits, 1024);
      }
    });
  });

  describe("a key that does not open", () => {
    for (const { name, pem, password, kind, oid } of refused) {
      test(`is a KeyError that tells the reason and no secret: ${name}`, async () => {
        const error = await merchant.refusalOf(() => open(pem, password), "KeyError");
        assert.strictEqual(error.code, "bad_key");
        assert.match(error.message, WORDS[kind] ?? assert.fail(kind));
        if (oid !== undefined) assert.include(error.message, oid);
        assertTellsNothing(error, pem, password);
      });
    }

    test("names the wrong password as the reason, without the password", async () => {
      const error = await merchant.refusalOf(() => merchant.client({ password: "Tr0ub4dor&3" }), "KeyError");
      assert.match(error.message, /^the password does not open the key/);
      assertTellsNothing(error, archive.privatePem, "Tr0ub4dor&3");
    });

    test("is an Error, and can be told by its name", async () => {
      const error = await merchant.refusalOf(() => merchant.client({ privateKey: "" }), "KeyError");
      assert.instanceOf(error, Error);
      assert.match(String(error), /^KeyError: there is no PEM in it/);
    });
  });
}

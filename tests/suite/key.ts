/** Keys that open, and the errors of those that do not. */
import { AliKassa } from "alikassa-edge";
import { assert } from "chai";
import { assertNoSecret } from "../fixtures/errors.ts";
import { describe, test } from "./cases.ts";
import type { SuiteContext } from "./context.ts";

/** The message of each kind in tests/vectors/refused.json. */
const WORDS: Readonly<Record<string, RegExp>> = {
  not_rsa: /not an RSA key/,
  too_small: /RSA key of \d+ bits, but must have/,
  not_a_key: /no PEM block|no private key/,
  unsupported: /not supported/,
  wrong_password: /password does not decrypt the key|damaged/,
  no_password: /encrypted, but the password is missing/,
  limit: /too expensive/,
  malformed: /damaged|truncated|does not decrypt|no PEM|contradict/,
  // A modulus of 0 has no size either.
  inconsistent: /contradict|an RSA key of 0 bits/,
};

export function keyCases(context: SuiteContext): void {
  const { account, keys, mangled, refused, fingerprint, archive, pems } = context.data;
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
      assert.strictEqual(context.client().keyFingerprint, fingerprint);
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
        const error = await context.refusalOf(() => open(pem, password), "KeyError");
        assert.strictEqual(error.code, "bad_key");
        assert.match(error.message, WORDS[kind] ?? assert.fail(kind));
        if (oid !== undefined) assert.include(error.message, oid);
        assertNoSecret(error, pem, password);
      });
    }

    test("names a wrong password as the reason, without quoting it", async () => {
      const error = await context.refusalOf(() => context.client({ password: "Tr0ub4dor&3" }), "KeyError");
      assert.match(error.message, /^the password does not decrypt the key\. Set it to the text of password\.txt/);
      assertNoSecret(error, archive.privatePem, "Tr0ub4dor&3");
    });

    test("is an Error, and can be told by its name", async () => {
      const error = await context.refusalOf(() => context.client({ privateKey: "" }), "KeyError");
      assert.instanceOf(error, Error);
      assert.match(String(error), /^KeyError: the key contains no PEM block/);
    });
  });
}

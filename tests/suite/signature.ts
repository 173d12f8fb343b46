/** `sign`: the same bytes as PHP's `openssl_sign` and Node's crypto. */
import { AliKassa } from "alikassa-edge";
import { assert } from "chai";
import { describe, test } from "./cases.ts";
import { base64Of, bytesOf, type SuiteContext } from "./context.ts";

export function signatureCases(context: SuiteContext): void {
  const { account, pems, signatures, signed } = context.data;

  describe("a signature", () => {
    for (const [key, privateKey] of Object.entries(pems)) {
      for (const digest of ["sha1", "sha256"] as const) {
        test(`is PHP's, byte for byte, for every message of the vectors: ${key}, ${digest}`, () => {
          const alikassa = new AliKassa({ account, privateKey, digest });
          const rows = signatures.filter((row) => row.key === key && row.digest === digest);
          assert.isAtLeast(rows.length, 10);
          for (const { message, signature } of rows) {
            assert.strictEqual(alikassa.sign(bytesOf(message)), signature, message);
          }
        });
      }
    }

    test("is tested with four sizes of keys", () => {
      assert.deepEqual(Object.keys(pems).length, 4);
    });

    for (const { message, sha1, sha256 } of signed) {
      const bytes = bytesOf(message);
      test(`of bytes is Node's: ${message.slice(0, 40)}`, () => {
        const before = base64Of(bytes);
        assert.strictEqual(context.client().sign(bytes), sha1);
        assert.strictEqual(context.client({ digest: "sha256" }).sign(bytes), sha256);
        assert.strictEqual(base64Of(bytes), before);
      });

      const text = textOf(bytes);
      if (text === undefined) continue;
      test(`of a string is Node's of its UTF-8: ${JSON.stringify(text.slice(0, 40))}`, () => {
        assert.strictEqual(context.client().sign(text), sha1);
        assert.strictEqual(context.client({ digest: "sha256" }).sign(text), sha256);
      });
    }

    test("of a part of a larger buffer is that of the part", () => {
      const larger = Uint8Array.from({ length: 300 }, (_, at) => at % 256);
      assert.strictEqual(context.client().sign(larger.subarray(7, 260)), context.client().sign(larger.slice(7, 260)));
    });

    test("is the same each time, though the key is blinded anew", () => {
      const sign = () => context.client().sign("[]");
      assert.strictEqual(new Set(Array.from({ length: 5 }, sign)).size, 1);
    });

    for (const half of ["\ud800", "a\udc00b", "\udc00\ud800", "ends in \ud83d"]) {
      test(`of half a surrogate pair is refused, since it has no UTF-8: ${JSON.stringify(half)}`, async () => {
        const error = await context.refusalOf(() => context.client().sign(half), "InvalidRequestError");
        assert.strictEqual(error.code, "invalid_request");
        assert.match(error.message, /surrogate/);
      });
    }

    for (const body of [undefined, null, 1, {}, [], new ArrayBuffer(2), new Uint16Array(2), ["a"], Symbol("s")]) {
      test(`of what is neither string nor bytes is refused: ${Object.prototype.toString.call(body)}`, async () => {
        const alikassa: { sign(body: unknown): string } = context.client() as AliKassa & {
          sign(body: unknown): string;
        };
        const error = await context.refusalOf(() => alikassa.sign(body), "InvalidRequestError");
        assert.match(error.message, /string or a Uint8Array/);
      });
    }
  });
}

/** The text that has these bytes as its UTF-8, if there is one. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

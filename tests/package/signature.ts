/** `sign`: the bytes that PHP's `openssl_sign` and Node's own crypto make. */
import assert from "node:assert/strict";
import { createPrivateKey, sign as cryptoSign, generateKeyPairSync } from "node:crypto";
import { describe, test } from "node:test";
import type { AliKassa } from "../../dist/index.js";
import { main } from "./installed.ts";
import { ACCOUNT, archive, client, refusalOf, vectorFile, vectors } from "./support.ts";

interface SignatureVector {
  readonly key: string;
  readonly digest: "sha1" | "sha256";
  readonly message: string;
  readonly signature: string;
}

const privateKey = createPrivateKey({ key: archive.privatePem, passphrase: archive.password });

function node(body: string | Uint8Array, digest: "sha1" | "sha256" = "sha1"): string {
  return cryptoSign(digest, Buffer.from(body), privateKey).toString("base64");
}

describe("a signature", () => {
  const SIZES = ["plain-1024.pem", "plain-2048.pem", "plain-3072.pem", "plain-4096.pem"];
  const table = vectors<SignatureVector>("signatures").filter(({ key }) => SIZES.includes(key));

  for (const key of SIZES) {
    for (const digest of ["sha1", "sha256"] as const) {
      test(`is PHP's, byte for byte, for every message of the vectors: ${key}, ${digest}`, () => {
        const alikassa = new main.AliKassa({ account: ACCOUNT, privateKey: vectorFile(`keys/${key}`), digest });
        const rows = table.filter((row) => row.key === key && row.digest === digest);
        assert.ok(rows.length >= 10);
        for (const { message, signature } of rows) {
          assert.equal(alikassa.sign(Buffer.from(message, "base64")), signature, message);
        }
      });
    }
  }

  const texts = ["", "[]", '{"id":"100000536"}', "Выплата №5 — «Ёлка»", "emoji 🔑", "\0", "\ufeffmark", "a\r\nb"];
  for (const text of texts) {
    test(`of a string is Node's of its UTF-8: ${JSON.stringify(text)}`, () => {
      assert.equal(client().sign(text), node(text));
      assert.equal(client({ digest: "sha256" }).sign(text), node(text, "sha256"));
    });
  }

  const bytes = Uint8Array.from({ length: 300 }, (_, at) => at % 256);
  const views: Readonly<Record<string, Uint8Array>> = {
    "a Uint8Array": bytes,
    "a Buffer": Buffer.from(bytes),
    "a part of a larger buffer": bytes.subarray(7, 260),
    "an empty Uint8Array": new Uint8Array(),
    "bytes that are no UTF-8": Uint8Array.of(0xff, 0xc3, 0x28, 0),
    "shared memory": new Uint8Array(new SharedArrayBuffer(16)).fill(7),
    "a megabyte": new Uint8Array(1 << 20).fill(65),
  };
  for (const [name, view] of Object.entries(views)) {
    test(`of bytes is Node's: ${name}`, () => {
      const before = Buffer.from(view).toString("hex");
      assert.equal(client().sign(view), node(view));
      assert.equal(Buffer.from(view).toString("hex"), before);
    });
  }

  test("is the same each time, though the key is blinded anew", () => {
    const alikassa = client();
    assert.equal(new Set(Array.from({ length: 20 }, () => alikassa.sign("[]"))).size, 1);
  });

  test("is Node's with keys that were made a moment ago", () => {
    for (const modulusLength of [1024, 1536, 2048]) {
      const made = generateKeyPairSync("rsa", { modulusLength }).privateKey;
      const pem = made.export({ type: "pkcs8", format: "pem" }).toString();
      const alikassa = new main.AliKassa({ account: ACCOUNT, privateKey: pem });
      assert.equal(alikassa.sign("[]"), cryptoSign("sha1", Buffer.from("[]"), made).toString("base64"));
    }
  });

  for (const half of ["\ud800", "a\udc00b", "\udc00\ud800", "ends in \ud83d"]) {
    test(`of half a surrogate pair is refused, since it has no UTF-8: ${JSON.stringify(half)}`, async () => {
      const error = await refusalOf(() => client().sign(half), "InvalidRequestError");
      assert.equal(error.code, "invalid_request");
      assert.match(error.message, /surrogate/);
    });
  }

  for (const body of [undefined, null, 1, {}, [], new ArrayBuffer(2), new Uint16Array(2), ["a"], Symbol("s")]) {
    test(`of what is neither string nor bytes is refused: ${Object.prototype.toString.call(body)}`, async () => {
      const alikassa: { sign(body: unknown): string } = client() as AliKassa & { sign(body: unknown): string };
      const error = await refusalOf(() => alikassa.sign(body), "InvalidRequestError");
      assert.match(error.message, /string or a Uint8Array/);
    });
  }
});

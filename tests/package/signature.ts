/** `sign`: what only Node can be asked about. The rest is in tests/suite. */
import assert from "node:assert/strict";
import { createPrivateKey, sign as cryptoSign, generateKeyPairSync } from "node:crypto";
import { describe, test } from "node:test";
import { main } from "./installed.ts";
import { ACCOUNT, archive, client } from "./support.ts";

const privateKey = createPrivateKey({ key: archive.privatePem, passphrase: archive.password });

function node(body: Uint8Array): string {
  return cryptoSign("sha1", body, privateKey).toString("base64");
}

describe("a signature", () => {
  const bytes = Uint8Array.from({ length: 300 }, (_, at) => at % 256);
  const views: Readonly<Record<string, Uint8Array>> = {
    "a Buffer": Buffer.from(bytes),
    "a part of a larger buffer": bytes.subarray(7, 260),
    "shared memory": new Uint8Array(new SharedArrayBuffer(16)).fill(7),
  };
  for (const [name, view] of Object.entries(views)) {
    test(`of bytes is Node's: ${name}`, () => {
      const before = Buffer.from(view).toString("hex");
      assert.equal(client().sign(view), node(view));
      assert.equal(Buffer.from(view).toString("hex"), before);
    });
  }

  test("is Node's with keys that were made a moment ago", () => {
    for (const modulusLength of [1024, 1536, 2048]) {
      const made = generateKeyPairSync("rsa", { modulusLength }).privateKey;
      const pem = made.export({ type: "pkcs8", format: "pem" }).toString();
      const alikassa = new main.AliKassa({ account: ACCOUNT, privateKey: pem });
      assert.equal(alikassa.sign("[]"), cryptoSign("sha1", Buffer.from("[]"), made).toString("base64"));
    }
  });
});

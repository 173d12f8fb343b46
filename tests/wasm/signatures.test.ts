/** Ten thousand signatures over many keys against Node's OpenSSL; `ROUNDS=10 npm run test:node -- wasm` makes ten times as many. */
import assert from "node:assert/strict";
import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { describe, test } from "node:test";
import { AliKassa } from "../../dist/index.js";
import { ACCOUNT } from "../fixtures/keys.ts";
import { vectorFile } from "../fixtures/vectors.ts";

const ROUNDS = Number(process.env["ROUNDS"] ?? 1);

/** Sizes that the lanes take, with the number of keys and of signatures for each key; and sizes beside them, that they don't. */
const SIZES: readonly [bits: number, keys: number, signatures: number][] = [
  [2048, 16, 525],
  [3072, 6, 200],
  [4096, 4, 100],
  [1024, 2, 20],
  [2046, 2, 10],
  [2050, 2, 10],
  [3070, 1, 10],
  [4094, 1, 5],
  [8192, 1, 2],
];

let total = 0;

/** Making a key of this size takes seconds, so here is one. */
function givenKey(bits: number): KeyObject {
  return createPrivateKey(vectorFile(`keys/plain-${bits}.pem`));
}

describe("a signature", () => {
  for (const [bits, keys, signatures] of SIZES) {
    test(`with ${bits} bits is the one of OpenSSL`, () => {
      for (let key = 0; key < keys; key += 1) {
        const privateKey =
          bits > 4096 ? givenKey(bits) : generateKeyPairSync("rsa", { modulusLength: bits }).privateKey;
        const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
        const digest = key % 2 === 0 ? "sha1" : "sha256";
        using alikassa = new AliKassa({ account: ACCOUNT, privateKey: pem, digest });
        for (let round = 0; round < signatures * ROUNDS; round += 1) {
          const body = randomBytes(round % 300);
          const expected = sign(digest, body, privateKey).toString("base64");
          if (alikassa.sign(body) !== expected) assert.fail(`${bits} bits, ${digest}, body ${body.toString("hex")}`);
          total += 1;
        }
      }
    });
  }

  test("was compared ten thousand times at least", () => assert.ok(total >= 10_000, String(total)));
});

describe("the last signatures", () => {
  test("are remembered, and still right when many others have come between", () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const alikassa = new AliKassa({ account: ACCOUNT, privateKey: pem });
    const right = (id: number) => {
      const body = `{"id":"${id}"}`;
      assert.equal(alikassa.sign(body), sign("sha1", Buffer.from(body), privateKey).toString("base64"));
    };
    for (let id = 0; id < 200; id += 1) right(id);
    for (const id of [199, 198, 150, 137, 136, 135, 1, 0, 0]) right(id);
    // Longer than what is remembered, twice.
    const long = "x".repeat(5000);
    assert.equal(alikassa.sign(long), alikassa.sign(long));
  });
});

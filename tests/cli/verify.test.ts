/** `verify`, with a notification signed by PHP. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { vectorFile } from "../fixtures/vectors.ts";
import { assertRefused, fileWith, jsonLines, ROOT, run } from "./command.ts";

const KEY = join(ROOT, "tests/vectors/public/spki-2048.pem");
const signed: Readonly<Record<string, string>> = JSON.parse(vectorFile("notification.json"));
const { sign: _, ...fields } = signed;
const url = (changes: Readonly<Record<string, string>> = {}) =>
  `https://shop.example/hook?${new URLSearchParams({ ...signed, ...changes })}`;
const VERIFIED = { verified: true, notification: { ...fields, is_partial_payment: false } };

describe("verify", { concurrency: 2 }, () => {
  test("prints a table, and where the current state is", async () => {
    const { status, stdout, stderr } = await run(["verify", url(), "--key", KEY]);
    assert.equal(status, 0);
    assert.match(stdout, /│ type +│ payout +│\n.*│ id +│ 100000536 +│/);
    assert.match(stderr, /may be outdated: alikassa-edge status shows the current state/);
  });

  test("prints JSON", async () => {
    const { status, stdout, stderr } = await run(["verify", url(), "--key", KEY, "--json"]);
    assert.deepEqual([status, jsonLines(stdout), stderr], [0, [VERIFIED], ""]);
  });

  for (const [name, input] of [
    ["a URL on a line", `${url()}\r\n`],
    ["a query", new URLSearchParams(signed).toString()],
  ] as const) {
    test(`reads standard input, and the key from the environment: ${name}`, async () => {
      const env = { ALIKASSA_NOTIFICATION_KEY: vectorFile("public/spki-2048.pem") };
      const { status, stdout } = await run(["verify", "--json"], { env, input });
      assert.deepEqual([status, jsonLines(stdout)], [0, [VERIFIED]]);
    });
  }

  for (const [name, input] of Object.entries({
    "another amount": url({ amount: "3000.00" }),
    "another status": url({ payment_status: "fail" }),
    "no signature": url({ sign: "" }),
    "a field twice": `${url()}&amount=300.00`,
    "no parameters": "https://shop.example/hook",
  })) {
    test(`refuses a URL with ${name}`, async () => {
      const { status, stdout } = await run(["verify", input, "--key", KEY, "--json"]);
      const [document, ...more] = jsonLines(stdout);
      assert.deepEqual([status, more], [1, []]);
      assert.deepEqual([document?.["verified"], document?.["code"]], [false, "invalid_signature"]);
      assert.ok(!stdout.includes("payment_status"));
    });
  }

  test("prints one line of error for a forged URL", async () => {
    const { status, stdout, stderr } = await run(["verify", url({ id: "1" }), "--key", KEY]);
    assert.deepEqual([status, stdout], [1, ""]);
    assert.match(stderr, /^error: [^\n]+\n$/);
  });

  for (const [name, args, pattern] of [
    ["a missing key", [], /there is no public key: give --key/],
    ["a missing file", ["--key", "none.pem"], /none\.pem, the public key of the notifications, does not exist/],
    ["a text as key", ["--key", fileWith("Dear all", "x.pem")], /x\.pem: the key contains no PEM block/],
  ] as const) {
    test(`refuses ${name}`, async () => assertRefused(await run(["verify", url(), ...args]), pattern));
  }
});

/** `verify`, with a notification that PHP has signed, and with one of the sandbox's own. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileWith, jsonLines, ROOT, run } from "./command.ts";

const vectors = join(ROOT, "tests", "vectors");
const key = join(vectors, "public", "spki-2048.pem");
const signed: Readonly<Record<string, string>> = JSON.parse(readFileSync(join(vectors, "notification.json"), "utf8"));
const { sign: _, ...fields } = signed;
const url = (changes: Readonly<Record<string, string>> = {}) =>
  `https://shop.example/hook?${new URLSearchParams({ ...signed, ...changes })}`;
const notification = { ...fields, is_partial_payment: false };

describe("verify", { concurrency: 2 }, () => {
  test("shows the notification in a URL that AliKassa has signed", async () => {
    const { status, stdout, stderr } = await run(["verify", url(), "--key", key]);
    assert.equal(status, 0);
    assert.match(stdout, /│ type +│ payout +│\n.*│ id +│ 100000536 +│/);
    assert.match(stderr, /may be outdated: alikassa-edge status shows the current state/);
  });

  test("gives it as JSON, apart from what is so now", async () => {
    const { status, stdout, stderr } = await run(["verify", url(), "--key", key, "--json"]);
    assert.deepEqual([status, stderr], [0, ""]);
    assert.deepEqual(jsonLines(stdout), [{ verified: true, notification }]);
  });

  for (const [name, input] of [
    ["a URL on a line", `${url()}\r\n`],
    ["a query", new URLSearchParams(signed).toString()],
  ] as const) {
    test(`reads standard input: ${name}`, async () => {
      const env = { ALIKASSA_NOTIFICATION_KEY: readFileSync(key, "utf8") };
      const { status, stdout } = await run(["verify", "--json"], { env, input });
      assert.deepEqual([status, jsonLines(stdout)], [0, [{ verified: true, notification }]]);
    });
  }

  const forged: Readonly<Record<string, string>> = {
    "another amount": url({ amount: "3000.00" }),
    "another status": url({ payment_status: "fail" }),
    "no signature": url({ sign: "" }),
    "a field twice": `${url()}&amount=300.00`,
    "no parameters": "https://shop.example/hook",
  };
  for (const [name, input] of Object.entries(forged)) {
    test(`refuses a URL with ${name}`, async () => {
      const json = await run(["verify", input, "--key", key, "--json"]);
      const [document, ...more] = jsonLines(json.stdout);
      assert.deepEqual([json.status, more], [1, []]);
      assert.deepEqual([document?.["verified"], document?.["code"]], [false, "invalid_signature"]);
      assert.ok(!json.stdout.includes("payment_status"));
    });
  }

  test("prints one line of error for a forged URL", async () => {
    const { status, stdout, stderr } = await run(["verify", url({ id: "1" }), "--key", key]);
    assert.deepEqual([status, stdout], [1, ""]);
    assert.match(stderr, /^error: [^\n]+\n$/);
  });

  const keys: Readonly<Record<string, readonly [readonly string[], RegExp]>> = {
    "no key": [[], /there is no public key: give --key/],
    "a key that is not there": [
      ["--key", "none.pem"],
      /none\.pem, the public key of the notifications, does not exist/,
    ],
    "a text as key": [["--key", fileWith("Dear all", "x.pem")], /x\.pem: the key contains no PEM block/],
  };
  for (const [name, [args, pattern]] of Object.entries(keys)) {
    test(`is refused with ${name}`, async () => {
      const { status, stdout, stderr } = await run(["verify", url(), ...args]);
      assert.deepEqual([status, stdout], [2, ""]);
      assert.match(stderr, /^error: [^\n]+\n$/);
      assert.match(stderr, pattern);
    });
  }
});

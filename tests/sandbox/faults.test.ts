/** Each fault of the sandbox is the fault that it claims to be. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FAULTS } from "../../dist/sandbox/index.js";
import { assertInvalid, openSandbox, STATUS } from "./client.ts";

const { sandbox, client } = await openSandbox();

describe("faults", () => {
  test("require a valid signature", async () => {
    assertInvalid(await client.fault("500", { headers: { sign: "AAAA" } }), "sign");
  });

  test("may be any status", async () => {
    for (const status of [201, 204, 304, 401, 403, 404, 418, 500, 502, 503, 504, 599, 600, 999])
      assert.equal((await client.fault(String(status))).status, status);
    assertInvalid(await client.fault("400"), "order_id");
    assert.equal((await client.ask({ id: "fault-500" })).status, 500);
    const limited = await client.fault("429");
    assert.deepEqual([limited.status, limited.headers["retry-after"]], [429, "1"]);
    for (const [name, status] of [["307", 307] as const, ["redirect", 302] as const]) {
      const redirected = await client.fault(name);
      assert.deepEqual([redirected.status, redirected.headers.location], [status, STATUS]);
    }
    // HTTP does not define these, or not here; Node's parser accepts them.
    for (const status of ["000", "099", "101"]) assert.equal((await client.fault(status)).status, Number(status));
    // Interim ones, after which no answer follows.
    for (const status of ["100", "102", "199"]) await assert.rejects(client.fault(status), status);
  });

  test("retry-date", async () => {
    const { status, headers } = await client.fault("retry-date");
    assert.equal(status, 503);
    const ahead = Date.parse(String(headers["retry-after"])) - Date.now();
    assert.ok(ahead > 0 && ahead <= 2000, String(ahead));
    assert.match(String(headers["retry-after"]), /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/);
  });

  test("hang", async () => {
    await assert.rejects(client.fault("hang", { timeoutMs: 200 }), { name: "AbortError" });
    assert.deepEqual(sandbox.requests[0]?.answer, { status: null, outcome: "hang" });
  });

  for (const [name, error] of [
    ["cut", { code: "ECONNRESET" }],
    ["reset", { code: "ECONNRESET" }],
    ["cut-body", { message: "aborted" }],
    ["cut-chunked", { message: "aborted" }],
  ] as const) {
    test(name, async () => {
      await assert.rejects(client.fault(name), error);
      // Half of the body arrives before the cut.
      if (name.startsWith("cut-"))
        assert.match((await client.fault(name, { maxBytes: 10 })).text, /^\{"payment_status":"paid"/);
    });
  }

  test("drip", async () => {
    const { text, pieces } = await client.fault("drip");
    assert.equal((JSON.parse(text) as { order_id: string }).order_id, "fault-drip");
    assert.ok(pieces > 20, String(pieces));
  });

  test("endless", async () => {
    assert.ok((await client.fault("endless", { maxBytes: 5_000_000 })).bytes.length >= 5_000_000);
  });

  const isNotJson = (text: string) => assert.throws(() => JSON.parse(text), SyntaxError);
  const fields = (text: string) => JSON.parse(text) as Record<string, unknown>;
  const bodies: Readonly<Record<string, (text: string) => void>> = {
    empty: (text) => assert.equal(text, ""),
    array: (text) => assert.equal(text, "[]"),
    html: (text) => assert.match(text, /^<!DOCTYPE html>/),
    half: isNotJson,
    "php-warning": isNotJson,
    "no-status": (text) => assert.ok(!text.includes("payment_status")),
    "number-status": (text) => assert.equal(fields(text)["payment_status"], 1),
    "error-200": (text) => assert.deepEqual(Object.keys(fields(text)), ["message", "errors"]),
    "other-payout": (text) => assert.partialDeepStrictEqual(fields(text), { id: 900000001, order_id: "another-order" }),
    duplicate: (text) => {
      const found = [...text.matchAll(/"payment_status":"(\w+)"/g)].map((match) => match[1]);
      assert.deepEqual(found, ["wait", "paid", "fail"]);
    },
    deep: (text) => assert.equal(text, "[".repeat(100_000) + "]".repeat(100_000)),
    large: (text) => assert.ok(text.length > 65_536 && fields(text)["payment_status"] === "paid"),
    "deep-field": (text) => {
      assert.ok(text.length < 65_536);
      assert.match(text, /^\{"payment_status":"paid".*\}$/);
    },
  };
  for (const [name, check] of Object.entries(bodies)) {
    test(name, async () => {
      const { status, text, headers } = await client.fault(name);
      assert.equal(status, 200);
      assert.equal(headers["content-type"], name === "html" ? "text/html; charset=utf-8" : "application/json");
      check(text);
    });
  }

  test("utf8", async () => {
    const { bytes } = await client.fault("utf8");
    assert.throws(() => new TextDecoder("utf-8", { fatal: true }).decode(bytes), TypeError);
  });

  test("message", async () => {
    const { status, text } = await client.fault("message");
    assert.equal(status, 400);
    assert.partialDeepStrictEqual(fields(text), { payment_status: "fail", order_id: "fault-message" });
    assert.equal(typeof fields(text)["message"], "string");
  });

  test("have a description and the status that they send", async () => {
    for (const [name, { about, status }] of Object.entries(FAULTS)) {
      assert.ok(about.length > 0);
      const answer = await client.fault(name, { maxBytes: 1, timeoutMs: 300 }).catch(() => null);
      if (answer !== null || status === null) assert.equal(answer?.status ?? null, status, name);
    }
  });
});

/** Each fault of the sandbox is the fault that it claims to be. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FAULTS } from "../../dist/sandbox/index.js";
import { assertInvalid, fileSandbox, Merchant, STATUS } from "./merchant.ts";

const sandbox = await fileSandbox();
const merchant = new Merchant(sandbox);

describe("faults", () => {
  test("need a valid signature, like everything else", async () => {
    assertInvalid(await merchant.fault("500", { headers: { sign: "AAAA" } }), "sign");
  });

  test("any status", async () => {
    for (const status of [201, 204, 304, 401, 403, 404, 418, 500, 502, 503, 504, 599, 600, 999]) {
      assert.equal((await merchant.fault(String(status))).status, status);
    }
    assertInvalid(await merchant.fault("400"), "order_id");
    assert.equal((await merchant.ask({ id: "fault-500" })).status, 500);
    const limited = await merchant.fault("429");
    assert.deepEqual([limited.status, limited.headers["retry-after"]], [429, "1"]);
    assert.equal((await merchant.fault("307")).headers.location, STATUS);
    // Node's parser lets these through, although HTTP has no such statuses, or no such answer to this question.
    for (const status of ["000", "099", "101"]) assert.equal((await merchant.fault(status)).status, Number(status));
    // Interim ones, after which no answer follows.
    for (const status of ["100", "102", "199"]) await assert.rejects(() => merchant.fault(status), status);
  });

  test("retry-date", async () => {
    const { status, headers } = await merchant.fault("retry-date");
    assert.equal(status, 503);
    const ahead = Date.parse(String(headers["retry-after"])) - Date.now();
    assert.ok(ahead > 0 && ahead <= 2000, String(ahead));
    assert.match(String(headers["retry-after"]), /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/);
  });

  test("redirect", async () => {
    const { status, headers } = await merchant.fault("redirect");
    assert.deepEqual([status, headers.location], [302, STATUS]);
  });

  test("hang", async () => {
    await assert.rejects(() => merchant.fault("hang", { timeoutMs: 200 }), { name: "AbortError" });
    assert.deepEqual(sandbox.requests[0]?.answer, { status: null, outcome: "hang" });
  });

  test("broken connections", async () => {
    for (const name of ["cut", "reset"]) await assert.rejects(() => merchant.fault(name), { code: "ECONNRESET" }, name);
    for (const name of ["cut-body", "cut-chunked"])
      await assert.rejects(() => merchant.fault(name), { message: "aborted" }, name);
    // The half does arrive before the cut.
    assert.match((await merchant.fault("cut-body", { maxBytes: 10 })).text, /^\{"payment_status":"paid"/);
  });

  test("drip", async () => {
    const { text, pieces } = await merchant.fault("drip");
    assert.equal((JSON.parse(text) as { order_id: string }).order_id, "fault-drip");
    assert.ok(pieces > 20, String(pieces));
  });

  test("endless", async () => {
    assert.ok((await merchant.fault("endless", { maxBytes: 5_000_000 })).bytes.length >= 5_000_000);
  });

  test("bodies that are no payout", async () => {
    const text = async (name: string): Promise<string> => {
      const answer = await merchant.fault(name);
      assert.equal(answer.status, 200, name);
      return answer.text;
    };
    assert.equal(await text("empty"), "");
    assert.equal(await text("array"), "[]");
    assert.match(await text("html"), /^<!DOCTYPE html>/);
    assert.equal((await merchant.fault("html")).headers["content-type"], "text/html; charset=utf-8");
    for (const name of ["half", "php-warning"]) {
      const broken = await text(name);
      assert.throws(() => JSON.parse(broken), SyntaxError, name);
    }
    assert.ok(!(await text("no-status")).includes("payment_status"));
    assert.equal((JSON.parse(await text("number-status")) as { payment_status: unknown }).payment_status, 1);
    const error = JSON.parse(await text("error-200")) as object;
    assert.deepEqual(Object.keys(error), ["message", "errors"]);
    const other = JSON.parse(await text("other-payout")) as { order_id: string; id: number };
    assert.deepEqual([other.id, other.order_id], [900000001, "another-order"]);
    const duplicate = await text("duplicate");
    assert.deepEqual(
      [...duplicate.matchAll(/"payment_status":"(\w+)"/g)].map((match) => match[1]),
      ["wait", "paid", "fail"],
    );
    assert.equal(await text("deep"), "[".repeat(100_000) + "]".repeat(100_000));
  });

  test("payouts that are hard to read", async () => {
    const large = await merchant.fault("large");
    assert.ok(large.bytes.length > 65_536);
    const deep = await merchant.fault("deep-field");
    assert.ok(deep.bytes.length < 65_536);
    for (const { text } of [large, deep]) assert.match(text, /^\{"payment_status":"paid".*\}$/);
    JSON.parse(large.text);
    const { bytes } = await merchant.fault("utf8");
    assert.throws(() => new TextDecoder("utf-8", { fatal: true }).decode(bytes), TypeError);
  });

  test("message: a 400 that says fail", async () => {
    const { status, text } = await merchant.fault("message");
    assert.equal(status, 400);
    const body = JSON.parse(text) as { payment_status: string; order_id: string; message: string };
    assert.deepEqual([body.payment_status, body.order_id], ["fail", "fault-message"]);
  });

  test("each says what it does and which status it sends", async () => {
    for (const [name, { about, status }] of Object.entries(FAULTS)) {
      assert.ok(about.length > 0);
      const answer = await merchant.fault(name, { maxBytes: 1, timeoutMs: 300 }).catch(() => null);
      if (answer !== null || status === null) assert.equal(answer?.status ?? null, status, name);
    }
  });
});

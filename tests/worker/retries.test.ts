/** Retries: when, how often, and how soon. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertProblem } from "./client.ts";
import { requestsFor, setUp } from "./harness.ts";

/** A clock may run this much behind a timer. */
const SLACK_MS = 20;

const { sandbox, clients } = await setUp({ sound: { ALIKASSA_TIMEOUT_MS: "20000" } });
const client = clients.sound;

/** When the requests for a payout arrived, in milliseconds. */
const timesOf = (name: string) => requestsFor(sandbox, name).map(({ time }) => time.getTime());

/** The time between the first two requests for a payout. */
function gapOf(name: string): number {
  const [first = Number.NaN, second = Number.NaN] = timesOf(name);
  return second - first;
}

describe("a retry", { concurrency: true }, () => {
  for (const [what, steps] of Object.entries({
    "after a 503 and a connection that was cut": [{ status: 503 }, "cut"],
    "after a reset and half an answer": ["reset", "cut-body"],
    "after a 502 and a 504": [{ status: 502 }, { status: 504 }],
    "after half an answer in chunks": ["cut-chunked"],
    "after a 503": [{ status: 503 }],
  } as const)) {
    test(`gets the payout ${what}`, async () => {
      const name = `again: ${what}`;
      sandbox.script(name, [...steps, "payout"]);
      const answer = await client.post({ order_id: name });
      assert.equal(answer.status, 200, answer.text);
      assert.match(answer.text, /"payment_status":"paid"/);
      const requests = requestsFor(sandbox, name);
      assert.equal(requests.length, steps.length + 1);
      // Signed once.
      assert.equal(new Set(requests.map(({ headers }) => headers["sign"])).size, 1);
      assert.equal(new Set(requests.map(({ body }) => body.toString())).size, 1);
    });
  }

  test("happens at most twice", async () => {
    sandbox.script("fourth", [{ status: 503 }, "cut", { status: 502 }, "payout"]);
    const upstream = { status: 502, message: "Sandbox: HTTP 502." };
    assertProblem(await client.post({ order_id: "fourth" }), { status: 502, code: "upstream_status", upstream });
    assert.equal(requestsFor(sandbox, "fourth").length, 3);
  });

  test("does not follow a 400", async () => {
    sandbox.script("refused", [{ status: 503 }, { status: 400, body: "{}" }, "payout"]);
    assertProblem(await client.post({ order_id: "refused" }), {
      status: 502,
      code: "upstream_status",
      upstream: { status: 400 },
    });
    assert.equal(requestsFor(sandbox, "refused").length, 2);
  });

  test("does not follow an answer that is no payout", async () => {
    sandbox.script("html", ["html", "payout"]);
    assertProblem(await client.post({ order_id: "html" }), {
      status: 502,
      code: "upstream_invalid",
      upstream: { status: 200 },
    });
    assert.equal(requestsFor(sandbox, "html").length, 1);
  });
});

describe("Retry-After", { concurrency: true }, () => {
  for (const status of [429, 503]) {
    test(`in seconds is respected, with ${status}`, async () => {
      const name = `seconds-${status}`;
      sandbox.script(name, [{ status, headers: { "Retry-After": "1" } }, "payout"]);
      assert.equal((await client.post({ order_id: name })).status, 200);
      assert.ok(gapOf(name) >= 1000 - SLACK_MS, `after ${gapOf(name)} ms`);
    });
  }

  test("as a date is respected", async () => {
    const date = new Date(Math.ceil(Date.now() / 1000) * 1000 + 1000);
    sandbox.script("date", [{ status: 503, headers: { "Retry-After": date.toUTCString() } }, "payout"]);
    assert.equal((await client.post({ order_id: "date" })).status, 200);
    const [, second = 0] = timesOf("date");
    assert.ok(second >= date.getTime() - SLACK_MS, `${date.getTime() - second} ms too early`);
  });

  for (const [what, value] of Object.entries({
    "a minute": "60",
    "more seconds than there are": "99999999999999999999",
    "an hour, as a date": new Date(Date.now() + 3_600_000).toUTCString(),
  })) {
    test(`of ${what} exceeds the timeout: no retry`, async () => {
      const name = `late: ${what}`;
      sandbox.script(name, [{ status: 503, headers: { "Retry-After": value } }, "payout"]);
      const begin = performance.now();
      const upstream = { status: 503, message: "Sandbox: HTTP 503." };
      const expected = { status: 502, code: "upstream_status", retryable: true, upstream };
      assertProblem(await client.post({ order_id: name }), expected);
      // Long before the timeout of 20 seconds.
      assert.ok(performance.now() - begin < 10_000);
      assert.equal(requestsFor(sandbox, name).length, 1);
    });
  }

  for (const value of [
    "0",
    "-1",
    "soon",
    "1.5",
    "",
    "Thu, 01 Jan 1970 00:00:00 GMT",
    "Wed, 99 Foo 9999 99:99:99 GMT",
  ]) {
    test(`that is no time is ignored: "${value}"`, async () => {
      const name = `odd: ${value}`;
      sandbox.script(name, [{ status: 503, headers: { "Retry-After": value } }, "payout"]);
      assert.equal((await client.post({ order_id: name })).status, 200);
      assert.equal(requestsFor(sandbox, name).length, 2);
    });
  }

  test("does not cause a retry of its own", async () => {
    sandbox.script("500", [{ status: 500, body: "{}", headers: { "Retry-After": "1" } }, "payout"]);
    const expected = { status: 502, code: "upstream_status", upstream: { status: 500 } };
    assertProblem(await client.post({ order_id: "500" }), expected);
    assert.equal(requestsFor(sandbox, "500").length, 1);
  });
});

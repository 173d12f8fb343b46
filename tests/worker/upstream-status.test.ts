/** AliKassa answers with another status than 200: the payout's state is unknown, whatever the body says. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ScriptedAnswer } from "../../dist/sandbox/index.js";
import { assertNoPaymentStatus, assertProblem, jsonOf } from "./client.ts";
import { requestsFor, setUp } from "./harness.ts";

/** Sent three times in all: AliKassa may be overloaded or restarting. */
const RETRIED = [429, 502, 503, 504];
/** The same request may get an answer later. */
const RETRYABLE = [408, 429, 500, 501, 502, 503, 504, 520, 530, 599];
const TRIED = [
  201, 202, 203, 204, 206, 226, 299, 300, 301, 302, 303, 304, 307, 308, 400, 401, 402, 403, 404, 405, 408, 409, 410,
  413, 418, 422, 425, 429, 451, 499, 500, 501, 502, 503, 504, 520, 530, 599,
];
/** A payout together with everything that an error may have: nothing of the payout may come through. */
const FAILED_PAYOUT = {
  payment_status: "fail",
  id: 100000536,
  order_id: "6422494",
  is_final: true,
  data: { payment_status: "cancel" },
} as const;

const { sandbox, clients } = await setUp({ sound: { ALIKASSA_TIMEOUT_MS: "10000" } });
const client = clients.sound;

/** Asks for a payout whose answers are all this one. */
async function askAnswered(name: string, answer: ScriptedAnswer) {
  sandbox.script(name, Array(5).fill(answer));
  return client.post({ order_id: name });
}

describe("HTTP status", { concurrency: true }, () => {
  for (const status of TRIED) {
    const times = RETRIED.includes(status) ? 3 : 1;
    test(`${status} is no payout, after ${times} request(s)`, async () => {
      const name = `status-${status}`;
      const body = JSON.stringify(FAILED_PAYOUT);
      const answer = await askAnswered(name, { status, body, headers: { "Retry-After": "0" } });
      const upstream = { status };
      const retryable = RETRYABLE.includes(status);
      const detail = new RegExp(`${status}`);
      assertProblem(answer, { status: 502, code: "upstream_status", detail, retryable, upstream });
      assert.doesNotMatch(answer.text, /payment.?status/i);
      const requests = requestsFor(sandbox, name);
      assert.equal(requests.length, times);
      for (const { path, body, headers } of requests) {
        assert.equal(path, "/v1/payout/status");
        assert.deepEqual(body, requests[0]?.body);
        assert.equal(headers["sign"], requests[0]?.headers["sign"]);
      }
    });
  }

  test("other than 200 is no payout", async () => {
    const statuses = Array.from({ length: 500 }, (_, index) => 100 + index);
    const others = statuses.filter((status) => status !== 200 && !TRIED.includes(status));
    assert.ok(others.length > 400);
    for (let i = 0; i < others.length; i += 50) await Promise.all(others.slice(i, i + 50).map(assertUnknown));
  });
});

/** The platform does not accept all of them as an answer (100, for one), so that any `upstream_*` code is right. */
async function assertUnknown(status: number): Promise<void> {
  const answer = await askAnswered(`other-${status}`, { status, body: JSON.stringify(FAILED_PAYOUT) });
  assertNoPaymentStatus(answer);
  assert.doesNotMatch(answer.text, /payment.?status/i);
  assert.ok(answer.status === 502 || answer.status === 504, `${status} became ${answer.status}`);
  const problem = jsonOf(answer) as { code: string; payout_state: string };
  assert.match(problem.code, /^upstream_/);
  assert.equal(problem.payout_state, "unknown");
}

describe("a redirection", () => {
  for (const status of [301, 302, 303, 307, 308]) {
    test(`with ${status} is not followed`, async () => {
      const elsewhere = `http://${new URL(sandbox.baseUrl).host}/elsewhere`;
      for (const Location of ["/v1/payout/status", elsewhere, "https://example.com/", "//", ""]) {
        const name = `redirect-${status}-${Location}`;
        const before = sandbox.requests.length;
        const answer = await askAnswered(name, { status, headers: { Location }, body: "" });
        assertProblem(answer, { status: 502, code: "upstream_status", retryable: false, upstream: { status } });
        assert.equal(answer.headers.get("Location"), null);
        assert.equal(sandbox.requests.length, before + 1);
      }
    });
  }
});

describe("AliKassa's message and errors", () => {
  const refused =
    (body: string, upstream: object) =>
    async (name: string, status = 400) => {
      const answer = await askAnswered(name, { status, body });
      return assertProblem(answer, { status: 502, code: "upstream_status", upstream: { status, ...upstream } });
    };

  test("are passed on", async () => {
    const errors = { order_id: ["The selected order_id is invalid."] };
    const message = "The given data was invalid.";
    const problem = await refused(JSON.stringify({ message, errors }), { message, errors })("explained");
    assert.match(problem.detail, /400.*The given data was invalid\./);
  });

  test("are passed on for an unknown payout", async () => {
    const errors = { id: ["The selected id is invalid."] };
    const upstream = { status: 400, message: "The given data was invalid.", errors };
    assertProblem(await client.get("?id=999"), { status: 502, code: "upstream_status", retryable: false, upstream });
  });

  test("keep their characters", async () => {
    const message = '<script>"Ошибка" \\ 😀\u0000\u2028</script>';
    await refused(JSON.stringify({ message }), { message })("characters");
  });

  const silent: Readonly<Record<string, string>> = {
    "is HTML": "<html><h1>502 Bad Gateway</h1>payment_status</html>",
    "is nothing": "",
    "is an array": '[{"message":"x","payment_status":"fail"}]',
    "is a text": '"payment_status: fail"',
    "has a message of another type": '{"message":{"payment_status":"fail"},"errors":[{"payment_status":"fail"}]}',
    "has errors of another type":
      '{"errors":{"order_id":{"payment_status":"fail"},"id":[[{"payment_status":"fail"}],7]}}',
    "has a payment status among the errors": '{"errors":{"payment_status":["fail"]}}',
    "has an item of a payment status among the errors": '{"errors":{"payment_status.0":["fail"]}}',
    "has a payment status at any depth among the errors":
      '{"errors":{"payouts.0.payment_status":["fail"],"payouts.0.payment_status.0.x":["fail"],"payment_status[0]":["fail"]}}',
    "is nested without end": "[".repeat(60_000),
    "is not UTF-8": Buffer.from('{"message":"\xff"}', "latin1").toString("latin1"),
  };
  for (const [what, body] of Object.entries(silent)) {
    test(`are left out if the body ${what}`, async () => {
      const bytes = Buffer.from(body, "latin1");
      const answer = await askAnswered(`silent: ${what}`, { status: 400, body: bytes });
      assertProblem(answer, { status: 502, code: "upstream_status", upstream: { status: 400 } });
    });
  }

  test("are left out if the body is too long", async () => {
    const body = `{"message":"${"x".repeat(70_000)}"}`;
    await refused(body, {})("long");
  });

  test("have no part of a payout", async () => {
    const message = "The given data was invalid.";
    const problem = await refused(JSON.stringify({ ...FAILED_PAYOUT, message }), { message })("payout");
    assert.equal(problem["is_final"], undefined);
    assert.equal(problem["id"], undefined);
  });
});

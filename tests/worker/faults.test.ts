/** AliKassa fails, or answers with something else than the payout: the payout's state is unknown. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { FAULTS, type FaultName, makeArchive, payoutJson } from "../../dist/sandbox/index.js";
import {
  type Answer,
  assertNoPaymentStatus,
  assertProblem,
  type Expected,
  jsonOf,
  type Problem,
  type WorkerClient,
} from "./client.ts";
import { ACCOUNT, openSandbox, requestsFor, setUp } from "./harness.ts";

/** The time limit of the Worker `short`. */
const SHORT_MS = 600;
const INVALID = { status: 502, code: "upstream_invalid", retryable: true, upstream: { status: 200 } } as const;
const UNREACHABLE = { status: 502, code: "upstream_unreachable", retryable: true, upstream: {} } as const;
const TIMEOUT = { status: 504, code: "upstream_timeout", retryable: true, upstream: {} } as const;
const refused = (retryable: boolean, upstream: NonNullable<Expected["upstream"]>): Expected => {
  return { status: 502, code: "upstream_status", retryable, upstream };
};

/** The problem for each fault, and the number of requests. */
const EXPECTED: Readonly<Record<string, readonly [expected: Expected, requests: number]>> = {
  "retry-date": [refused(true, { status: 503, message: "Sandbox: HTTP 503." }), 3],
  hang: [TIMEOUT, 1],
  cut: [UNREACHABLE, 3],
  reset: [UNREACHABLE, 3],
  "cut-body": [UNREACHABLE, 3],
  "cut-chunked": [UNREACHABLE, 3],
  half: [{ ...INVALID, detail: /not JSON/ }, 1],
  endless: [{ ...INVALID, detail: /longer than 65536 bytes/ }, 1],
  html: [{ ...INVALID, detail: /not JSON/ }, 1],
  "php-warning": [{ ...INVALID, detail: /not JSON/ }, 1],
  empty: [{ ...INVALID, detail: /not JSON/ }, 1],
  array: [{ ...INVALID, detail: /not a JSON object/ }, 1],
  "no-status": [{ ...INVALID, detail: /has no "payment_status"/ }, 1],
  "number-status": [{ ...INVALID, detail: /"payment_status" has an unexpected type/ }, 1],
  duplicate: [{ ...INVALID, detail: /twice/ }, 1],
  "other-payout": [{ ...INVALID, detail: /is not the one of the query/ }, 1],
  "error-200": [INVALID, 1],
  message: [refused(false, { status: 400, message: "The given data was invalid." }), 1],
  redirect: [refused(false, { status: 302, message: "Sandbox: HTTP 302." }), 1],
  large: [{ ...INVALID, detail: /longer than 65536 bytes/ }, 1],
  deep: [INVALID, 1],
  "deep-field": [{ ...INVALID, detail: /nested/ }, 1],
  utf8: [{ ...INVALID, detail: /not UTF-8/ }, 1],
};
/** Faults that end with the payout if there is enough time. */
const ENDS_WELL: readonly string[] = ["drip"];

const closed = await openSandbox({ publicPem: makeArchive({ bits: 1024 }).publicPem });
await closed.close();
const short = { ALIKASSA_TIMEOUT_MS: String(SHORT_MS) };
const { sandbox, clients } = await setUp(
  {
    patient: { ALIKASSA_TIMEOUT_MS: "15000" },
    medium: { ALIKASSA_TIMEOUT_MS: "2500" },
    short,
    refused: { ALIKASSA_BASE_URL: closed.baseUrl },
  },
  { dripIntervalMs: 1 },
);
const slow = await setUp({ short }, { dripIntervalMs: 100 });

/** Asks for a payout whose answers all have this fault. */
async function askFaulty(client: WorkerClient, fault: string, name: string, from = sandbox): Promise<[Answer, number]> {
  from.script(name, Array(5).fill(fault as FaultName));
  const answer = await client.post({ order_id: name });
  return [answer, requestsFor(from, name).length];
}

describe("a fault of AliKassa's", { concurrency: true }, () => {
  for (const [fault, { about }] of Object.entries(FAULTS)) {
    test(`${fault} (${about})`, async () => {
      const client = fault === "hang" ? clients.short : clients.patient;
      const [answer, requests] = await askFaulty(client, fault, `order-${fault}`);
      if (ENDS_WELL.includes(fault)) {
        assert.deepEqual([answer.status, requests], [200, 1], answer.text);
        return;
      }
      // A fault without an expectation must say «unknown» too.
      assertNoPaymentStatus(answer);
      const problem = jsonOf<Problem>(answer);
      assert.match(problem.code, /^upstream_/);
      assert.equal(problem["payout_state"], "unknown");
      const [expected, times] = EXPECTED[fault] ?? [];
      if (expected !== undefined) assertProblem(answer, expected);
      if (times !== undefined) assert.equal(requests, times);
    });
  }

  test("has an expectation in this file", () => {
    assert.deepEqual(Object.keys(FAULTS).sort(), [...Object.keys(EXPECTED), ...ENDS_WELL].sort());
  });
});

describe("a timeout", { concurrency: true }, () => {
  test("ends a request without an answer, not earlier", async () => {
    const begin = performance.now();
    const [answer] = await askFaulty(clients.short, "hang", "silent");
    const elapsed = performance.now() - begin;
    assertProblem(answer, { ...TIMEOUT, detail: /600 ms/ });
    assert.ok(elapsed > SHORT_MS - 50 && elapsed < SHORT_MS + 5000, `after ${elapsed} ms`);
  });

  test("ends a slow body", async () => {
    const [answer, requests] = await askFaulty(slow.clients.short, "drip", "slow", slow.sandbox);
    assertProblem(answer, TIMEOUT);
    assert.equal(requests, 1);
  });

  test("has the status of the attempt before", async () => {
    sandbox.script("503-hang", [{ status: 503, headers: { "Retry-After": "0" } }, "hang", "hang"]);
    const answer = await clients.medium.post({ order_id: "503-hang" });
    assertProblem(answer, { ...TIMEOUT, upstream: { status: 503 } });
    assert.equal(requestsFor(sandbox, "503-hang").length, 2);
  });

  test("covers all attempts together", async () => {
    sandbox.script("slow-503", Array(5).fill({ status: 503, delayMs: 400, headers: { "Retry-After": "0" } }));
    assertNoPaymentStatus(await clients.short.post({ order_id: "slow-503" }));
    // Two times 400 ms exceed the limit.
    assert.ok(requestsFor(sandbox, "slow-503").length <= 2);
  });
});

test("a refused connection is unreachable", async () => {
  assertProblem(await clients.refused.post({ id: "1" }), UNREACHABLE);
});

describe("a compressed body", () => {
  const headers = { "Content-Encoding": "gzip" };

  test("is decompressed", async () => {
    sandbox.script("gzip", [{ headers, body: gzipSync(payoutJson({ order_id: "gzip" })) }]);
    const answer = await clients.patient.post({ order_id: "gzip" });
    assert.equal(answer.status, 200, answer.text);
    assert.match(answer.text, /"order_id":"gzip"/);
  });

  test("is limited in its decompressed length", async () => {
    const bomb = gzipSync(`${payoutJson({ order_id: "bomb" })}${" ".repeat(50_000_000)}`);
    assert.ok(bomb.length < 64 * 1024);
    sandbox.script("bomb", [{ headers, body: bomb }]);
    const detail = /longer than 65536 bytes/;
    assertProblem(await clients.patient.post({ order_id: "bomb" }), { ...INVALID, detail });
  });

  test("that is not gzip is no payout", async () => {
    sandbox.script("no-gzip", Array(3).fill({ headers, body: payoutJson({ order_id: "no-gzip" }) }));
    assertNoPaymentStatus(await clients.patient.post({ order_id: "no-gzip" }));
  });
});

// The crate `alikassa` tests every way in which a body can be invalid; these are one of each kind.
describe("a body that is not quite a payout", () => {
  const bodies: Readonly<Record<string, string>> = {
    "null status": payoutJson({ order_id: "NAME", statusJson: "null" }),
    "an object as status": payoutJson({ order_id: "NAME", statusJson: '{"a":"fail"}' }),
    "no id at all": '{"payment_status":"fail","amount":"1"}',
    "another order_id": payoutJson({ order_id: "NAME2", statusJson: '"fail"' }),
    "an amount of another type": '{"payment_status":"fail","order_id":"NAME","amount":{}}',
    "is_partial_payment of another type": '{"payment_status":"fail","order_id":"NAME","is_partial_payment":"no"}',
    "a repeated field": '{"payment_status":"fail","order_id":"NAME","amount":"1","amount":"2"}',
    "trailing text": `${payoutJson({ order_id: "NAME" })}x`,
    "a wrapping": `{"data":${payoutJson({ order_id: "NAME", statusJson: '"fail"' })}}`,
    "an array around it": `[${payoutJson({ order_id: "NAME" })}]`,
    "a byte order mark": `\ufeff${payoutJson({ order_id: "NAME" })}`,
    "a lone surrogate": '{"payment_status":"fail","order_id":"NAME","service_code":"\\ud800"}',
  };
  for (const [what, body] of Object.entries(bodies)) {
    test(`is refused: ${what}`, async () => {
      const name = `almost: ${what}`;
      sandbox.script(name, [{ body: body.replaceAll("NAME", name) }]);
      assertProblem(await clients.patient.post({ order_id: name }), INVALID);
      assert.equal(requestsFor(sandbox, name).length, 1);
    });
  }

  test("is one with any Content-Type", async () => {
    sandbox.script("as-html", [{ headers: { "Content-Type": "text/html" } }]);
    const answer = await clients.patient.post({ order_id: "as-html" }, { headers: { Account: ACCOUNT } });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("Content-Type"), "application/json");
  });
});

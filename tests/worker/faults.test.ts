/** Everything that can go wrong between a correct question and a correct answer: the state of the payout is unknown. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { FAULTS, type FaultName, payoutJson, type Sandbox } from "../../dist/sandbox/index.js";
import { type Answer, assertNoPaymentStatus, assertProblem, type Edge, type Expected, jsonOf } from "./edge.ts";
import { ACCOUNT, newArchive, openSandbox, requestsFor, soundBindings, startWorkers, type Workers } from "./harness.ts";

/** The total time of the Worker that has little of it. */
const SHORT_MS = 600;
const INVALID = { status: 502, code: "upstream_invalid", retryable: true, upstream: { status: 200 } } as const;
const UNREACHABLE = { status: 502, code: "upstream_unreachable", retryable: true, upstream: {} } as const;
const TIMEOUT = { status: 504, code: "upstream_timeout", retryable: true, upstream: {} } as const;
const laravel = { message: "The given data was invalid." };

/** By fault: the failure that it must end in, and after how many requests. */
const EXPECTED: Readonly<Record<string, readonly [expected: Expected, requests: number]>> = {
  "retry-date": [
    {
      status: 502,
      code: "upstream_status",
      retryable: true,
      upstream: { status: 503, message: "Sandbox: HTTP 503." },
    },
    3,
  ],
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
  "other-payout": [{ ...INVALID, detail: /another/ }, 1],
  "error-200": [INVALID, 1],
  message: [{ status: 502, code: "upstream_status", retryable: false, upstream: { status: 400, ...laravel } }, 1],
  redirect: [
    {
      status: 502,
      code: "upstream_status",
      retryable: false,
      upstream: { status: 302, message: "Sandbox: HTTP 302." },
    },
    1,
  ],
  large: [{ ...INVALID, detail: /longer than 65536 bytes/ }, 1],
  deep: [INVALID, 1],
  "deep-field": [{ ...INVALID, detail: /nested/ }, 1],
  utf8: [{ ...INVALID, detail: /not UTF-8/ }, 1],
};
/** Faults that are none if there is time enough. */
const ENDS_WELL: readonly string[] = ["drip"];

let sandbox: Sandbox;
let slowSandbox: Sandbox;
let workers: Workers<"patient" | "medium" | "short" | "slow" | "refused">;

before(async () => {
  const archive = newArchive(1024);
  sandbox = await openSandbox({ publicPem: archive.publicPem, dripIntervalMs: 1 });
  slowSandbox = await openSandbox({ publicPem: archive.publicPem, dripIntervalMs: 100 });
  const closed = await openSandbox({ publicPem: archive.publicPem });
  await closed.close();
  const short = { ALIKASSA_TIMEOUT_MS: String(SHORT_MS) };
  workers = await startWorkers({
    patient: soundBindings(archive, sandbox, { ALIKASSA_TIMEOUT_MS: "15000" }),
    medium: soundBindings(archive, sandbox, { ALIKASSA_TIMEOUT_MS: "2500" }),
    short: soundBindings(archive, sandbox, short),
    slow: soundBindings(archive, slowSandbox, short),
    refused: soundBindings(archive, closed),
  });
});

after(async () => {
  await Promise.all([sandbox.close(), slowSandbox.close()]);
  await workers.stop();
});

/** Asks for a payout of this name that is answered with this fault, every time. */
async function askFaulty(edge: Edge, fault: string, name: string, from = sandbox): Promise<[Answer, number]> {
  from.script(name, Array(5).fill(fault as FaultName));
  const answer = await edge.post({ order_id: name });
  return [answer, requestsFor(from, name).length];
}

describe("an AliKassa that fails", { concurrency: true }, () => {
  describe("the sandbox's fault", { concurrency: true }, () => {
    for (const [fault, { about }] of Object.entries(FAULTS)) {
      test(`${fault} (${about}) tells nothing of the payout`, async () => {
        // Who waits for an answer that never comes should not have much patience.
        const edge = fault === "hang" ? workers.edges.short : workers.edges.patient;
        const [answer, requests] = await askFaulty(edge, fault, `order-${fault}`);
        if (ENDS_WELL.includes(fault)) {
          assert.equal(answer.status, 200, answer.text);
          assert.equal(requests, 1);
          return;
        }
        // Of a fault that is new here, this much holds as well.
        assertNoPaymentStatus(answer);
        const problem = jsonOf(answer) as { code: string; payout_state: string };
        assert.match(problem.code, /^upstream_/);
        assert.equal(problem.payout_state, "unknown");
        const [expected, times] = EXPECTED[fault] ?? [];
        if (expected !== undefined) assertProblem(answer, expected);
        if (times !== undefined) assert.equal(requests, times);
      });
    }

    test("has an expectation here, each of them", () => {
      const known = [...Object.keys(EXPECTED), ...ENDS_WELL];
      assert.deepEqual(Object.keys(FAULTS).sort(), known.sort());
    });
  });

  describe("a time limit", { concurrency: true }, () => {
    test("ends the waiting for an answer that never comes, and not before", async () => {
      const begin = performance.now();
      const [answer] = await askFaulty(workers.edges.short, "hang", "silent");
      const taken = performance.now() - begin;
      assertProblem(answer, { ...TIMEOUT, detail: /600 ms/ });
      assert.ok(taken > SHORT_MS - 50, `after ${taken} ms`);
      assert.ok(taken < SHORT_MS + 5000, `after ${taken} ms`);
    });

    test("ends the reading of an answer that drips", async () => {
      const [answer, requests] = await askFaulty(workers.edges.slow, "drip", "slow", slowSandbox);
      assertProblem(answer, TIMEOUT);
      assert.equal(requests, 1);
    });

    test("says what AliKassa had answered before", async () => {
      sandbox.script("503-hang", [{ status: 503, headers: { "Retry-After": "0" } }, "hang", "hang"]);
      const answer = await workers.edges.medium.post({ order_id: "503-hang" });
      assertProblem(answer, { ...TIMEOUT, upstream: { status: 503 } });
      assert.equal(requestsFor(sandbox, "503-hang").length, 2);
    });

    test("is one for all attempts together", async () => {
      sandbox.script("slow-503", Array(5).fill({ status: 503, delayMs: 400, headers: { "Retry-After": "0" } }));
      const answer = await workers.edges.short.post({ order_id: "slow-503" });
      assertNoPaymentStatus(answer);
      // Two times 400 ms are more than there is.
      assert.ok(requestsFor(sandbox, "slow-503").length <= 2);
    });
  });
});

test("an AliKassa that is not there is unreachable", async () => {
  assertProblem(await workers.edges.refused.post({ id: "1" }), UNREACHABLE);
});

describe("a compressed body", () => {
  const headers = { "Content-Encoding": "gzip" };

  test("is read", async () => {
    sandbox.script("gzip", [{ headers, body: gzipSync(payoutJson({ orderId: "gzip" })) }]);
    const answer = await workers.edges.patient.post({ order_id: "gzip" });
    assert.equal(answer.status, 200, answer.text);
    assert.match(answer.text, /"order_id":"gzip"/);
  });

  test("is not read to its end if it is a bomb", async () => {
    const bomb = gzipSync(`${payoutJson({ orderId: "bomb" })}${" ".repeat(50_000_000)}`);
    assert.ok(bomb.length < 64 * 1024);
    sandbox.script("bomb", [{ headers, body: bomb }]);
    const detail = /longer than 65536 bytes/;
    assertProblem(await workers.edges.patient.post({ order_id: "bomb" }), { ...INVALID, detail });
  });

  test("that is none tells nothing of the payout", async () => {
    sandbox.script("no-gzip", Array(3).fill({ headers, body: payoutJson({ orderId: "no-gzip" }) }));
    assertNoPaymentStatus(await workers.edges.patient.post({ order_id: "no-gzip" }));
  });
});

describe("a body that is almost a payout", () => {
  const bodies: Readonly<Record<string, string>> = {
    "null status": payoutJson({ orderId: "NAME", statusJson: "null" }),
    "empty status": payoutJson({ orderId: "NAME", statusJson: '""' }),
    "true as status": payoutJson({ orderId: "NAME", statusJson: "true" }),
    "an object as status": payoutJson({ orderId: "NAME", statusJson: '{"a":"fail"}' }),
    "an array as status": payoutJson({ orderId: "NAME", statusJson: '["fail"]' }),
    "no name at all": '{"payment_status":"fail","amount":"1"}',
    "null as its names": '{"payment_status":"fail","id":null,"order_id":null}',
    "another order_id": payoutJson({ orderId: "NAME2", statusJson: '"fail"' }),
    "an amount that is an object": '{"payment_status":"fail","order_id":"NAME","amount":{}}',
    "an amount that is true": '{"payment_status":"fail","order_id":"NAME","amount":true}',
    "is_partial_payment that is a word": '{"payment_status":"fail","order_id":"NAME","is_partial_payment":"no"}',
    "an amount twice": '{"payment_status":"fail","order_id":"NAME","amount":"1","amount":"2"}',
    "something behind it": `${payoutJson({ orderId: "NAME" })}x`,
    "another one behind it": payoutJson({ orderId: "NAME" }).repeat(2),
    "a wrapping": `{"data":${payoutJson({ orderId: "NAME", statusJson: '"fail"' })}}`,
    "an array around it": `[${payoutJson({ orderId: "NAME" })}]`,
    "quotes around it": JSON.stringify(payoutJson({ orderId: "NAME" })),
    "a byte order mark": `\ufeff${payoutJson({ orderId: "NAME" })}`,
    "NaN as an amount": '{"payment_status":"fail","order_id":"NAME","amount":NaN}',
    "a lone surrogate": '{"payment_status":"fail","order_id":"NAME","service_code":"\\ud800"}',
    "JSONP around it": `f(${payoutJson({ orderId: "NAME" })})`,
  };
  for (const [what, body] of Object.entries(bodies)) {
    test(`is none: ${what}`, async () => {
      const name = `almost: ${what}`;
      sandbox.script(name, [{ body: body.replaceAll("NAME", name) }]);
      assertProblem(await workers.edges.patient.post({ order_id: name }), INVALID);
      assert.equal(requestsFor(sandbox, name).length, 1);
    });
  }

  test("is one whatever its Content-Type says, since only HTTP 200 and its content count", async () => {
    sandbox.script("as-html", [{ headers: { "Content-Type": "text/html" } }]);
    const answer = await workers.edges.patient.post({ order_id: "as-html" }, { headers: { Account: ACCOUNT } });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("Content-Type"), "application/json");
  });
});

/** Every fault of the sandbox: the state is unknown, and the error says what happened. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { describe, test } from "node:test";
import type { ErrorCode } from "../../dist/index.js";
import { FAULTS, type FaultName } from "../../dist/sandbox/index.js";
import { client, suiteSandbox, unknownOf } from "./support.ts";

interface Expected {
  readonly code: ErrorCode;
  readonly status: number | undefined;
  readonly retryable: boolean;
}

const unreachable: Expected = { code: "upstream_unreachable", status: undefined, retryable: true };
const timeout: Expected = { code: "upstream_timeout", status: undefined, retryable: true };
const invalid: Expected = { code: "upstream_invalid", status: 200, retryable: true };
const refused = (status: number, retryable: boolean): Expected => ({ code: "upstream_status", status, retryable });

const EXPECTED: Readonly<Record<keyof typeof FAULTS, Expected>> = {
  "retry-date": refused(503, true),
  hang: timeout,
  cut: unreachable,
  reset: unreachable,
  "cut-body": unreachable,
  "cut-chunked": unreachable,
  half: invalid,
  drip: timeout,
  endless: invalid,
  html: invalid,
  "php-warning": invalid,
  empty: invalid,
  array: invalid,
  "no-status": invalid,
  "number-status": invalid,
  duplicate: invalid,
  "other-payout": invalid,
  "error-200": invalid,
  message: refused(400, false),
  redirect: refused(302, false),
  large: invalid,
  deep: invalid,
  "deep-field": invalid,
  utf8: invalid,
};

const STATUSES: readonly (readonly [FaultName, boolean])[] = [
  ...([201, 202, 204, 206, 301, 303, 304, 307, 308, 400, 401, 403, 404, 405, 409, 410, 413, 415, 422] as const).map(
    (status) => [`${status}`, false] as const,
  ),
  ...([408, 429, 500, 501, 502, 503, 504, 520, 599] as const).map((status) => [`${status}`, true] as const),
];

/** A port on which nobody listens. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

describe("the state is unknown, whatever AliKassa does instead of answering", { concurrency: true }, () => {
  const sandbox = suiteSandbox();
  const asked = (name: string) =>
    sandbox().requests.filter(({ key }) => key !== undefined && "orderId" in key && key.orderId === name);

  for (const [name, { code, status, retryable }] of Object.entries(EXPECTED)) {
    test(`${FAULTS[name as keyof typeof FAULTS].about}: ${code}`, async () => {
      // Faults that never end wait for the time limit; the others must not come near it.
      const alikassa = client({ baseUrl: sandbox().url, timeoutMs: code === "upstream_timeout" ? 3000 : 15_000 });
      const orderId = `fault-${name}`;
      const error = await unknownOf(() => alikassa.payoutStatus({ orderId }));
      assert.deepEqual(
        [error.code, error.upstreamStatus, error.retryable, error.attempts],
        [code, status, retryable, 1],
      );
      assert.equal(asked(orderId).length, 1);
    });
  }

  for (const [name, retryable] of STATUSES) {
    test(`HTTP ${name}, which is ${retryable ? "worth" : "not worth"} another try later`, async () => {
      const orderId = `fault-${name}`;
      const error = await unknownOf(() => client({ baseUrl: sandbox().url }).payoutStatus({ orderId }));
      assert.deepEqual([error.code, error.upstreamStatus], ["upstream_status", Number(name)]);
      assert.deepEqual([error.retryable, error.attempts], [retryable, 1]);
      assert.equal(asked(orderId).length, 1);
    });
  }

  test("nobody listens there: upstream_unreachable, with the system's word for it", async () => {
    const alikassa = client({ baseUrl: `http://127.0.0.1:${await freePort()}` });
    const error = await unknownOf(() => alikassa.payoutStatus({ id: "1" }));
    assert.equal(error.code, "upstream_unreachable");
    assert.match(error.message, /\(ECONNREFUSED\)/);
  });

  test("a host without an address: upstream_unreachable", async () => {
    const alikassa = client({ baseUrl: "https://alikassa.invalid", timeoutMs: 5000 });
    const error = await unknownOf(() => alikassa.payoutStatus({ id: "1" }));
    assert.match(error.code, /upstream_unreachable|upstream_timeout/);
  });

  test("a payout that stands in a refusal leaves no trace in the error", async () => {
    const error = await unknownOf(() => client({ baseUrl: sandbox().url }).payoutStatus({ orderId: "fault-message" }));
    assert.doesNotMatch(JSON.stringify(error), /payment_status|300\.00|fail"/);
    assert.equal(error.upstreamMessage, "The given data was invalid.");
    assert.equal(error.errors, undefined);
  });

  test("the error survives JSON with its code and its advice", async () => {
    const error = await unknownOf(() => client({ baseUrl: sandbox().url }).payoutStatus({ orderId: "fault-503" }));
    const { code, payoutState, retryable, attempts, upstreamStatus } = JSON.parse(
      JSON.stringify(error),
    ) as typeof error;
    assert.deepEqual([code, payoutState, retryable], ["upstream_status", "unknown", true]);
    assert.deepEqual([attempts, upstreamStatus], [1, 503]);
  });

  test("the error's message says that the state is unknown", async () => {
    const error = await unknownOf(() => client({ baseUrl: sandbox().url }).payoutStatus({ orderId: "fault-500" }));
    assert.equal(
      error.message,
      "the payout's state is unknown: AliKassa answered with HTTP status 500: Sandbox: HTTP 500.",
    );
  });
});

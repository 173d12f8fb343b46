/** Where the state is unknown: what the error says of it, besides what the suite in tests/suite looks at. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { describe, test } from "node:test";
import { client, suiteSandbox, unknownOf } from "./support.ts";

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

  test("the stack, which is what ends up in a log, begins with the error's name and message", async () => {
    const error = await unknownOf(() => client({ baseUrl: sandbox().url }).payoutStatus({ orderId: "fault-500" }));
    assert.match(error.stack ?? "", /^GatewayError: the payout's state is unknown: AliKassa answered with/);
  });
});

/** The library over HTTP in Node. */
import assert from "node:assert/strict";
import { createPrivateKey, sign as cryptoSign, generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { describe, type TestContext, test } from "node:test";
import { inspect } from "node:util";
import { AliKassa, GatewayError } from "alikassa-edge";
import { DEFAULT_FAULTS, payoutJson, startSandbox } from "../../dist/sandbox/index.js";
import { ACCOUNT, archive, UNKNOWN_ACCOUNT } from "../fixtures/keys.ts";
import { collect, echo } from "../fixtures/mock-api.ts";
import { requestsFor, useSandbox } from "../fixtures/sandbox.ts";
import { context } from "./context.ts";

/** A server that never answers. */
async function silentServer(test: TestContext) {
  const server = createServer().listen(0, "127.0.0.1");
  const requested = once(server, "request");
  const closed = requested.then(([, response]) => once(response, "close"));
  await once(server, "listening");
  test.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requested, closed };
}

describe("a status request over HTTP", { concurrency: true }, () => {
  const sandbox = useSandbox();
  const client = (options = {}) => context.client({ baseUrl: sandbox().baseUrl, ...options });

  test("is what AliKassa's documentation asks for", async () => {
    await client().payoutStatus({ id: "100000601" });
    const [request, ...more] = requestsFor(sandbox(), "100000601");
    assert.deepEqual(more, []);
    assert.deepEqual([request?.method, request?.path], ["POST", "/v1/payout/status"]);
    assert.equal(request?.body.toString(), '{"id":"100000601"}');
    const { account, "content-type": type, "content-length": length } = request?.headers ?? {};
    assert.deepEqual([account, type, length], [ACCOUNT, "application/json", "18"]);
  });

  for (const fault of ["cut", "reset", "cut-body"] as const) {
    test(`is retried after a broken connection: ${fault}`, async () => {
      sandbox().script(`twice-${fault}`, [fault, fault, "payout"]);
      const payout = await client({ retries: undefined }).payoutStatus({ order_id: `twice-${fault}` });
      assert.equal(payout.payment_status, "paid");
      assert.equal(requestsFor(sandbox(), `twice-${fault}`).length, 3);
    });
  }

  test("fails with AliKassa's errors for another account", async () => {
    const error = await context.unknownOf(() => client({ account: UNKNOWN_ACCOUNT }).payoutStatus({ id: "100000536" }));
    assert.deepEqual(error.errors, { account: ["The selected account is invalid."] });
  });

  test("fails with the system's code if nothing listens", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, "close");
    const baseUrl = `http://127.0.0.1:${port}`;
    const error = await context.unknownOf(() => client({ baseUrl }).payoutStatus({ id: "1" }));
    assert.equal(error.code, "upstream_unreachable");
    assert.match(error.message, /\(ECONNREFUSED\)/);
  });

  test("fails if the host has no address", async () => {
    const alikassa = client({ baseUrl: "https://alikassa.invalid", timeoutMs: 5000 });
    const error = await context.unknownOf(() => alikassa.payoutStatus({ id: "1" }));
    assert.match(error.code, /upstream_unreachable|upstream_timeout/);
  });

  test("closes its connection when it is aborted, and after its time limit", { timeout: 5000 }, async (test) => {
    const [first, second] = [await silentServer(test), await silentServer(test)];
    const controller = new AbortController();
    const { signal } = controller;
    const aborted = context.unknownOf(() => client({ baseUrl: first.baseUrl }).payoutStatus({ id: "1" }, { signal }));
    await first.requested;
    controller.abort();
    assert.equal((await aborted).code, "aborted");
    await first.closed;
    const late = client({ baseUrl: second.baseUrl, timeoutMs: 300 });
    assert.equal((await context.unknownOf(() => late.payoutStatus({ id: "1" }))).code, "upstream_timeout");
    await second.closed;
  });
});

test("request() sends and returns AliKassa's JSON", async (test) => {
  const sandbox = await startSandbox({ publicPem: archive.publicPem });
  test.after(() => sandbox.close());
  const balance = await context.client({ baseUrl: sandbox.baseUrl }).request("v1/account/balance", []);
  assert.equal((balance as { balance: string }).balance, "93.84000000");
  assert.deepEqual(
    sandbox.requests.map(({ body, headers }) => [body.toString(), headers["account"]]),
    [["[]", ACCOUNT]],
  );
});

describe("500 payouts of which one in ten gets a fault", () => {
  const sandbox = useSandbox({ schedule: { oneIn: 10, faults: DEFAULT_FAULTS.filter((fault) => fault !== "hang") } });

  test("have one answer each, in their order, and the faulty ones are unknown", async () => {
    const queries = Array.from({ length: 500 }, (_, place) => ({ order_id: `one-of-500-${place}` }));
    for (const { order_id } of queries) sandbox().addPayout(payoutJson({ order_id }), { order_id });
    const alikassa = context.client({ baseUrl: sandbox().baseUrl });
    const answers = await collect(alikassa.payoutStatuses(queries, { concurrency: 20 }));
    assert.equal(answers.length, 500);
    const outcomes = new Map(
      sandbox().requests.map(({ key = {}, answer }) => [Object.values(key)[0], answer.outcome] as const),
    );
    let unknown = 0;
    for (const [place, { query, payout, error }] of answers.entries()) {
      assert.equal(query, queries[place]);
      if (outcomes.get(query.order_id) === "payout") assert.equal(payout?.order_id, query.order_id);
      else if (error instanceof GatewayError) unknown += 1;
      else assert.fail(`${query.order_id} is ${inspect(payout ?? error)}`);
    }
    assert.equal(unknown, 50);
  });
});

test("queries may be a Readable", async () => {
  const queries = Array.from({ length: 9 }, (_, place) => ({ id: String(place) }));
  const answers = await collect(context.client(echo()).payoutStatuses(Readable.from(queries)));
  assert.deepEqual(
    answers.map(({ payout }) => payout?.id),
    queries.map(({ id }) => id),
  );
});

describe("a signature", () => {
  const privateKey = createPrivateKey({ key: archive.privatePem, passphrase: archive.password });
  const bytes = Uint8Array.from({ length: 300 }, (_, at) => at % 256);
  const views = { Buffer: Buffer.from(bytes), "shared memory": new Uint8Array(new SharedArrayBuffer(16)).fill(7) };
  for (const [name, view] of Object.entries(views)) {
    test(`of bytes is the same as Node's: ${name}`, () => {
      const before = Buffer.from(view).toString("hex");
      assert.equal(context.client().sign(view), cryptoSign("sha1", view, privateKey).toString("base64"));
      assert.equal(Buffer.from(view).toString("hex"), before);
    });
  }

  test("is the same as Node's with new keys", () => {
    for (const modulusLength of [1024, 1536, 2048]) {
      const { privateKey: key } = generateKeyPairSync("rsa", { modulusLength });
      const pem = key.export({ type: "pkcs8", format: "pem" }).toString();
      const alikassa = new AliKassa({ account: ACCOUNT, privateKey: pem });
      assert.equal(alikassa.sign("[]"), cryptoSign("sha1", Buffer.from("[]"), key).toString("base64"));
    }
  });
});

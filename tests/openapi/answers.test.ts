/**
 * Every answer of the Worker matches the OpenAPI document, and the Worker gives every answer that the document lists. A status, a
 * header or a field that only one of them has fails a test here.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { FAULTS, SANDBOX_PAYOUTS, type Sandbox } from "../../dist/sandbox/index.js";
import { type Answer, jsonOf, type RequestOptions, type WorkerClient } from "../worker/client.ts";
import {
  newArchive,
  notificationQueue,
  openSandbox,
  startWorkers,
  untilCached,
  validBindings,
  type Workers,
} from "../worker/harness.ts";
import { newPayout, notificationKey } from "../worker/notifications.ts";
import { Document } from "./document.ts";

const JSON_HEADERS = { "Content-Type": "application/json" };
const BODY = { id: "100000536" };
const LARGE = JSON.stringify({ id: "x".repeat(20_000) });
/** Internal errors. Neither a caller nor AliKassa can cause them. */
const NOT_PROVOKED = ["500 signing_failed", "500 internal_error"];
/** Cloudflare serves these without running the Worker. */
const STATIC_PATHS = ["/", "/reference", "/openapi.json"];
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

let sandbox: Sandbox;
let workers: Workers<"sound" | "hasty" | "closed" | "badKey" | "limited" | "forwarding" | "queueing">;
let document: Document;
/** The outcomes of each operation: a status, with the code if it is a failure. */
const seen = new Map<string, Set<string>>();

before(async () => {
  const archive = newArchive(1024);
  sandbox = await openSandbox({ publicPem: archive.publicPem, notificationArchive: notificationKey });
  const key = { ALIKASSA_NOTIFICATION_KEY: notificationKey.publicPem };
  // No server listens there.
  const forward = { ...key, FORWARD_URL: "http://127.0.0.1:9", FORWARD_SECRET: `whsec_${"c2VjcmV0".repeat(4)}` };
  workers = await startWorkers(
    {
      sound: validBindings(archive, sandbox, key),
      hasty: validBindings(archive, sandbox, { ...key, ALIKASSA_TIMEOUT_MS: "300" }),
      closed: validBindings(archive, sandbox, { API_TOKENS: undefined, ALIKASSA_ACCOUNT: undefined }),
      badKey: validBindings(archive, sandbox, { ...key, ALIKASSA_KEY_PASSWORD: "not the password" }),
      limited: validBindings(archive, sandbox, {
        ...key,
        RATE_LIMITER: { type: "rate-limit", namespace: "2001", simple: { limit: 1, period: 60 } },
      }),
      forwarding: validBindings(archive, sandbox, forward),
      queueing: validBindings(archive, sandbox, { ...forward, NOTIFICATIONS: notificationQueue("document") }),
    },
    { assets: true },
  );
  document = await Document.of(workers.clients.sound);
});

after(async () => {
  await sandbox.close();
  await workers.stop();
});

/** Sends a request. Fails unless the answer has this outcome and matches the document. */
async function check(
  id: string,
  client: WorkerClient,
  question: RequestOptions,
  expected: string | RegExp,
): Promise<Answer> {
  const operation = document.operation(id);
  const { path, method } = document.operations.find((one) => one.operation === operation) ?? {};
  const answer = await client.ask({ ...(method === undefined ? {} : { method }), path: path ?? "", ...question });
  document.assertAnswer(operation, answer, question.method ?? method);
  const code = answer.status < 400 || answer.text === "" ? "" : ` ${(jsonOf(answer) as { code: string }).code}`;
  const outcome = `${answer.status}${code}`;
  if (typeof expected === "string") assert.equal(outcome, expected, answer.text);
  else assert.match(outcome, expected, answer.text);
  const outcomes = seen.get(id) ?? new Set();
  seen.set(id, outcomes.add(outcome));
  return answer;
}

/** Checks the failures of every operation that needs a token. */
async function checkRefusals(id: string, question: RequestOptions): Promise<void> {
  const { sound, closed, badKey } = workers.clients;
  for (const token of [null, "", "wrong"]) await check(id, sound, { ...question, token }, "401 unauthorized");
  await check(id, closed, question, "503 not_configured");
  await check(id, badKey, question, "503 bad_key");
  const headers = { ...question.headers, Account: "another" };
  await check(id, sound, { ...question, headers }, "403 unknown_account");
}

/** Checks the rate limit of one request per minute. A minute may end between two of the requests, but not between all. */
async function checkLimit(id: string, question: RequestOptions): Promise<void> {
  for (let i = 0; i < 3; i += 1) await check(id, workers.clients.limited, question, /^(?:200|429 rate_limited)$/);
  assert.ok(seen.get(id)?.has("429 rate_limited"), id);
}

/** Checks the failures of every operation that has a body. */
async function checkBodies(id: string): Promise<void> {
  const { sound } = workers.clients;
  const post = (body: string, headers = JSON_HEADERS) => ({ body, headers });
  for (const body of ["", "{}", "[]", '{"id":""}', '{"payouts":[]}', '{"payouts":{}}', "\uffff"]) {
    await check(id, sound, post(body), "400 invalid_request");
  }
  await check(id, sound, post(LARGE), "413 payload_too_large");
  await check(id, sound, post("{}", { "Content-Type": "text/plain" }), "415 unsupported_media_type");
}

describe("a payout's status", { concurrency: true }, () => {
  const post = (query: unknown): RequestOptions => ({ body: JSON.stringify(query), headers: JSON_HEADERS });

  for (const { about, order_id = "", id = "" } of SANDBOX_PAYOUTS) {
    test(`matches the document: ${about}`, async () => {
      const { sound } = workers.clients;
      await check("payoutStatus", sound, post({ order_id }), "200");
      const answer = await check("payoutStatus", sound, post({ id }), "200");
      const again = await check("payoutStatusByQuery", sound, { path: `/v1/payout/status?id=${id}` }, "200");
      assert.equal(again.text, answer.text);
    });
  }

  for (const [name, { status }] of Object.entries(FAULTS)) {
    test(`matches the document when AliKassa fails: ${name}, HTTP ${status ?? "without an answer"}`, async () => {
      // These faults take longer than the time limit of this Worker.
      const client = ["hang", "drip", "retry-date"].includes(name) ? workers.clients.hasty : workers.clients.sound;
      // The time limit may end before or after the answer.
      const path = `/v1/payout/status?order_id=fault-${name}`;
      await check("payoutStatus", client, post({ order_id: `fault-${name}` }), /^50[24] upstream_/);
      await check("payoutStatusByQuery", client, { path }, /^50[24] upstream_/);
    });
  }

  test("matches the document for every HTTP status of AliKassa", async () => {
    for (const status of [201, 302, 400, 401, 403, 404, 422, 500, 599]) {
      await check("payoutStatus", workers.clients.sound, post({ order_id: `fault-${status}` }), "502 upstream_status");
    }
  });

  test("matches the document when the request is refused", async () => {
    await checkRefusals("payoutStatus", post(BODY));
    await checkBodies("payoutStatus");
    const path = "/v1/payout/status?id=100000536";
    await checkRefusals("payoutStatusByQuery", { path });
    for (const query of ["", "?id=", "?id=1&order_id=1", "?id=1&id=1", "?a=1", "?id=%ff"]) {
      const question = { path: `/v1/payout/status${query}` };
      await check("payoutStatusByQuery", workers.clients.sound, question, "400 invalid_request");
    }
  });

  test("matches the document when the rate limit is exceeded", async () => {
    await checkLimit("payoutStatus", post({ order_id: "sandbox-wait" }));
    await checkLimit("payoutStatusByQuery", { path: "/v1/payout/status?order_id=sandbox-wait" });
    await checkLimit("payoutStatuses", post({ payouts: [{ order_id: "sandbox-wait" }] }));
  });

  test("matches the document when it comes from the cache or bypasses it", async () => {
    const { sound } = workers.clients;
    const query = { order_id: "sandbox-cancel" };
    await untilCached(() => check("payoutStatus", sound, post(query), "200"));
    const { headers, body } = post(query);
    const bypass = { headers: { ...headers, "Cache-Control": "no-cache" }, ...(body === undefined ? {} : { body }) };
    const answer = await check("payoutStatus", sound, bypass, "200");
    assert.equal(answer.headers.get("x-alikassa-cache"), "bypass");
  });

  test("matches the document for a batch", async () => {
    const payouts = [
      BODY,
      { order_id: "sandbox-wait" },
      { order_id: "fault-500" },
      { id: "" },
      { order_id: "fault-cut" },
      7,
    ];
    await check("payoutStatuses", workers.clients.sound, post({ payouts }), "200");
    await check("payoutStatuses", workers.clients.hasty, post({ payouts: [{ order_id: "fault-hang" }] }), "200");
    await checkRefusals("payoutStatuses", post({ payouts: [BODY] }));
    await checkBodies("payoutStatuses");
  });
});

describe("a notification", { concurrency: true }, () => {
  const FORM = { "Content-Type": "application/x-www-form-urlencoded" };
  type Options = Omit<Parameters<Sandbox["notificationUrl"]>[1], "to">;

  /** Sends a notification by GET and by POST. */
  async function checkBoth(
    client: WorkerClient,
    payout: string,
    expected: string,
    options: Options = {},
  ): Promise<void> {
    const to = new URL("/webhooks/alikassa", client.url);
    const { pathname, search } = sandbox.notificationUrl(payout, { ...options, to });
    const scripted = scripts.get(payout) ?? [];
    for (const [id, question] of [
      ["notification", { path: pathname + search }],
      ["notificationByBody", { headers: FORM, body: search.slice(1) }],
    ] as const) {
      sandbox.script(payout, scripted);
      await check(id, client, { ...question, token: null }, expected);
    }
  }
  /** What AliKassa answers to the requests for a payout. */
  const scripts = new Map<string, Parameters<Sandbox["script"]>[1]>();

  test("matches the document when it is accepted", async () => {
    const { sound, queueing } = workers.clients;
    for (const status of ["paid", "wait", "refund"])
      await checkBoth(sound, newPayout(sandbox, status).id, "200", { status: "paid" });
    const { id } = newPayout(sandbox);
    await checkBoth(sound, id, "200", { type: "payment" });
    await checkBoth(sound, id, "200", { fields: { type: "refund", is_partial_payment: "perhaps", desc: null } });
    await checkBoth(queueing, id, "200");
    scripts.set(id, [{ status: 500 }, { status: 500 }]);
    await checkBoth(queueing, id, "200");
  });

  test("matches the document when it is refused, can't be checked or can't be forwarded", async () => {
    const { sound, hasty, closed, badKey, forwarding } = workers.clients;
    const { id } = newPayout(sandbox);
    await checkBoth(sound, id, "403 invalid_signature", { tamper: { amount: "1.00" } });
    await checkBoth(closed, id, "503 not_configured");
    await checkBoth(badKey, id, "503 bad_key");
    await checkBoth(forwarding, id, "502 forward_failed");
    for (const [step, code] of [
      [{ status: 500 }, "502 upstream_status"],
      ["html", "502 upstream_invalid"],
      ["cut", "502 upstream_unreachable"],
    ] as const) {
      const payout = newPayout(sandbox).id;
      scripts.set(payout, [step, step, step]);
      await checkBoth(sound, payout, code);
    }
    const payout = newPayout(sandbox).id;
    scripts.set(payout, ["hang"]);
    await checkBoth(hasty, payout, "504 upstream_timeout");
    const large = { headers: FORM, body: LARGE };
    await check("notificationByBody", sound, large, "413 payload_too_large");
    const type = { headers: { "Content-Type": "text/plain" }, body: "" };
    await check("notificationByBody", sound, type, "415 unsupported_media_type");
    const { pathname, search } = sandbox.notificationUrl(id, { to: new URL("/webhooks/alikassa", sound.url) });
    const body = search.slice(1);
    await checkLimit("notification", { path: pathname + search, headers: { "CF-Connecting-IP": "192.0.2.1" } });
    await checkLimit("notificationByBody", { body, headers: { ...FORM, "CF-Connecting-IP": "192.0.2.2" } });
    await check("notificationByBody", sound, { headers: JSON_HEADERS, body: "[" }, "403 invalid_signature");
  });
});

describe("the Worker's own answers", () => {
  test("match the document for the health", async () => {
    const { sound, closed, badKey } = workers.clients;
    await check("health", sound, {}, "200");
    await check("health", sound, { token: null }, "200");
    await check("health", closed, {}, "503 not_configured");
    await check("health", badKey, {}, "503 bad_key");
  });

  test("match the document for an unknown path", async () => {
    const routes = Object.keys(document.json.paths).filter((path) => !STATIC_PATHS.includes(path));
    for (const path of ["/v1/payout", "/page/", "/openapi.json/nothing", "/webhooks", "/favicon.ico", "/_headers"]) {
      const answer = await workers.clients.sound.ask({ path });
      assert.equal(answer.status, 404);
      document.assertComponent("NotFound", answer);
      const { detail } = jsonOf(answer) as { detail: string };
      // The routes that the Worker knows are those of the document.
      assert.deepEqual(detail.match(/\/[\w/]*/g)?.sort(), routes.sort(), detail);
    }
  });

  test("match the document for a method that a path does not support", async () => {
    for (const path of Object.keys(document.json.paths)) {
      const allowed = document.methodsOf(path);
      for (const method of METHODS) {
        const answer = await workers.clients.sound.askRaw({ method, path });
        if (allowed.includes(method)) {
          assert.notEqual(answer.status, 405, `${method} ${path}`);
          continue;
        }
        assert.equal(answer.status, 405, `${method} ${path}`);
        assert.deepEqual(answer.headers.get("Allow")?.split(", ").sort(), allowed);
        if (STATIC_PATHS.includes(path)) assert.equal(answer.text, "");
        else document.assertComponent("MethodNotAllowed", answer, method);
      }
    }
  });
});

describe("the static files", () => {
  for (const [id, path] of [
    ["page", "/"],
    ["reference", "/reference"],
    ["openApi", "/openapi.json"],
  ] as const) {
    test(`match the document: ${path}`, async () => {
      const answer = await check(id, workers.clients.closed, { path, token: null }, "200");
      const headers = { "If-None-Match": answer.headers.get("ETag") ?? "" };
      await check(id, workers.clients.sound, { path, headers }, "304");
      await check(id, workers.clients.sound, { path, method: "HEAD" }, "200");
    });
  }
});

/** The answer to a body that broke off. The caller has closed the connection and can't receive it. */
const NOT_RECEIVED: Readonly<Record<string, string>> = { notificationByBody: "400 invalid_request" };

test("the Worker gives every answer of the document", () => {
  for (const { operation } of document.operations) {
    const outcomes = seen.get(operation.operationId) ?? new Set();
    const missing = document.outcomesOf(operation).filter((outcome) => !outcomes.has(outcome));
    assert.deepEqual(
      missing.filter((outcome) => ![...NOT_PROVOKED, NOT_RECEIVED[operation.operationId]].includes(outcome)),
      [],
      operation.operationId,
    );
  }
});

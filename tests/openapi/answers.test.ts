/**
 * Every answer of the Worker matches the OpenAPI document, and the Worker gives every answer that the document lists. A status, a
 * header or a field that only one of them has fails a test here.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FAULTS, SANDBOX_PAYOUTS, type Sandbox } from "../../dist/sandbox/index.js";
import { JSON_HEADERS, jsonOf, NO_CACHE, type RequestOptions, type WorkerClient } from "../worker/client.ts";
import { untilRecorded } from "../worker/harness.ts";
import { newPayout } from "../worker/notifications.ts";
import {
  BODY,
  check,
  checkBodies,
  checkLimit,
  checkRefusals,
  clients,
  document,
  LARGE,
  merchant,
  sandbox,
  seen,
} from "./check.ts";
import "./ledger.ts";

/** Internal errors. Neither a caller nor AliKassa can cause them. */
const NOT_PROVOKED = ["500 signing_failed", "500 internal_error"];
/** Cloudflare serves these without running the Worker. */
const STATIC_PATHS = ["/", "/reference", "/openapi.json"];
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

describe("a payout's status", { concurrency: true }, () => {
  const post = (query: unknown): RequestOptions => ({ body: JSON.stringify(query), headers: JSON_HEADERS });

  for (const { about, order_id = "", id = "" } of SANDBOX_PAYOUTS) {
    test(`matches the document: ${about}`, async () => {
      const { sound } = clients;
      await check("payoutStatus", sound, post({ order_id }), "200");
      const answer = await check("payoutStatus", sound, post({ id }), "200");
      const again = await check("payoutStatusByQuery", sound, { path: `/v1/payout/status?id=${id}` }, "200");
      assert.equal(again.text, answer.text);
    });
  }

  for (const [name, { status }] of Object.entries(FAULTS)) {
    test(`matches the document when AliKassa fails: ${name}, HTTP ${status ?? "without an answer"}`, async () => {
      // These faults take longer than the time limit of this Worker.
      const client = ["hang", "drip", "retry-date"].includes(name) ? clients.hasty : clients.sound;
      // The time limit may end before or after the answer.
      const path = `/v1/payout/status?order_id=fault-${name}`;
      await check("payoutStatus", client, post({ order_id: `fault-${name}` }), /^50[24] upstream_/);
      await check("payoutStatusByQuery", client, { path }, /^50[24] upstream_/);
    });
  }

  test("matches the document for every HTTP status of AliKassa", async () => {
    for (const status of [201, 302, 400, 401, 403, 404, 422, 500, 599]) {
      await check("payoutStatus", clients.sound, post({ order_id: `fault-${status}` }), "502 upstream_status");
    }
  });

  test("matches the document when the request is refused", async () => {
    await checkRefusals("payoutStatus", post(BODY));
    await checkBodies("payoutStatus");
    const path = "/v1/payout/status?id=100000536";
    await checkRefusals("payoutStatusByQuery", { path });
    for (const query of ["", "?id=", "?id=1&order_id=1", "?id=1&id=1", "?a=1", "?id=%ff"]) {
      const question = { path: `/v1/payout/status${query}` };
      await check("payoutStatusByQuery", clients.sound, question, "400 invalid_request");
    }
  });

  test("matches the document when the rate limit is exceeded", async () => {
    await checkLimit("payoutStatus", post({ order_id: "sandbox-wait" }));
    await checkLimit("payoutStatusByQuery", { path: "/v1/payout/status?order_id=sandbox-wait" });
    await checkLimit("payoutStatuses", post({ payouts: [{ order_id: "sandbox-wait" }] }));
  });

  test("matches the document when it comes from the ledger or bypasses it", async () => {
    const { sound, without, failing } = clients;
    const query = { order_id: "sandbox-cancel" };
    await untilRecorded(() => check("payoutStatus", sound, post(query), "200"));
    const bypass = { ...post(query), headers: { ...JSON_HEADERS, ...NO_CACHE.headers } };
    const answer = await check("payoutStatus", sound, bypass, "200");
    assert.equal(answer.headers.get("x-alikassa-cache"), "bypass");
    await check("payoutStatus", without, post(query), "200");
    await check("payoutStatus", failing, post(query), "200");
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
    await check("payoutStatuses", clients.sound, post({ payouts }), "200");
    await check("payoutStatuses", clients.hasty, post({ payouts: [{ order_id: "fault-hang" }] }), "200");
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
    const { sound, without } = clients;
    for (const client of [sound, without]) {
      for (const status of ["paid", "wait", "refund"])
        await checkBoth(client, newPayout(sandbox, status).id, "200", { status: "paid" });
      const { id } = newPayout(sandbox);
      await checkBoth(client, id, "200", { type: "payment" });
      await checkBoth(client, id, "200", { fields: { type: "refund", is_partial_payment: "perhaps", desc: null } });
    }
  });

  test("matches the document when it is refused, can't be checked or can't be forwarded", async () => {
    const { sound, without, hasty, closed, badKey, failing } = clients;
    const { id } = newPayout(sandbox);
    await checkBoth(sound, id, "403 invalid_signature", { tamper: { amount: "1.00" } });
    await checkBoth(closed, id, "503 not_configured");
    await checkBoth(badKey, id, "503 bad_key");
    await checkBoth(failing, id, "502 forward_failed");
    for (const [step, code] of [
      [{ status: 500 }, "502 upstream_status"],
      ["html", "502 upstream_invalid"],
      ["cut", "502 upstream_unreachable"],
    ] as const) {
      const payout = newPayout(sandbox).id;
      scripts.set(payout, [step, step, step]);
      await checkBoth(without, payout, code);
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
    const { sound, without, closed, badKey, failing } = clients;
    await check("health", sound, {}, "200");
    await check("health", sound, { token: null }, "200");
    await check("health", without, {}, "200");
    await check("health", sound, { headers: { Account: "another" } }, "403 unknown_account");
    await check("health", failing, {}, "503 ledger_unavailable");
    await check("health", failing, { token: null }, "200");
    await check("health", closed, {}, "503 not_configured");
    await check("health", badKey, {}, "503 bad_key");
  });

  test("match the document for an unknown path", async () => {
    const routes = Object.keys(document.json.paths).filter((path) => !STATIC_PATHS.includes(path));
    for (const path of ["/v1/payout", "/page/", "/openapi.json/nothing", "/webhooks", "/favicon.ico", "/_headers"]) {
      const answer = await clients.sound.ask({ path });
      assert.equal(answer.status, 404);
      document.assertComponent("NotFound", answer);
      const { detail } = jsonOf(answer) as { detail: string };
      // The routes that the Worker knows are those of the document.
      assert.deepEqual(detail.match(/\/[\w/{}]*/g)?.sort(), routes.sort(), detail);
    }
  });

  test("match the document for a method that a path does not support", async () => {
    for (const template of Object.keys(document.json.paths)) {
      const allowed = document.methodsOf(template);
      const path = template.replace("{seq}", "7");
      for (const method of METHODS) {
        const answer = await clients.sound.askRaw({ method, path });
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
      const answer = await check(id, clients.closed, { path, token: null }, "200");
      const headers = { "If-None-Match": answer.headers.get("ETag") ?? "" };
      await check(id, clients.sound, { path, headers }, "304");
      await check(id, clients.sound, { path, method: "HEAD" }, "200");
    });
  }
});

/** The answer to a body that broke off. The caller has closed the connection and can't receive it. */
const NOT_RECEIVED: Readonly<Record<string, string>> = { notificationByBody: "400 invalid_request" };

test("the merchant's events match the document", () => {
  assert.deepEqual(merchant.rejected, []);
  const types = new Set(merchant.deliveries.map(({ event }) => event.type));
  const all = ["wait", "paid", "cancel", "fail", "other", "overdue"].map((name) => `payout.${name}`);
  assert.deepEqual([...types].sort(), all.sort());
  const schema = { $ref: "#/components/schemas/PayoutEvent" };
  for (const { event } of merchant.deliveries) document.assertValue(event, schema, JSON.stringify(event));
});

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

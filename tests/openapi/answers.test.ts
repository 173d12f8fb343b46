/**
 * Every answer that the document has is given by the Worker, and is as the document has it: a status, a header or a field that is
 * in the one and not in the other is found here.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { FAULTS, SANDBOX_PAYOUTS, type Sandbox } from "../../dist/sandbox/index.js";
import { type Answer, type Edge, jsonOf, type Question } from "../worker/edge.ts";
import {
  newArchive,
  notificationQueue,
  openSandbox,
  soundBindings,
  startWorkers,
  untilCached,
  type Workers,
} from "../worker/harness.ts";
import { newPayout, notificationKey } from "../worker/notify.ts";
import { Document } from "./document.ts";

const JSON_HEADERS = { "Content-Type": "application/json" };
const BODY = { id: "100000536" };
const LARGE = JSON.stringify({ id: "x".repeat(20_000) });
/** Nothing that a caller or AliKassa can do leads there: they are what the Worker says of itself if all else fails. */
const CANNOT_BE_PROVOKED = ["500 signing_failed", "500 internal_error"];
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

let sandbox: Sandbox;
let workers: Workers<"sound" | "hasty" | "closed" | "badKey" | "limited" | "forwarding" | "queueing">;
let document: Document;
/** What was seen of each operation: statuses, with the code where it was a failure. */
const seen = new Map<string, Set<string>>();

before(async () => {
  const archive = newArchive(1024);
  sandbox = await openSandbox({ publicPem: archive.publicPem, notificationKey });
  const key = { ALIKASSA_NOTIFICATION_KEY: notificationKey.publicPem };
  // Nobody is there.
  const forward = { ...key, FORWARD_URL: "http://127.0.0.1:9", FORWARD_SECRET: `whsec_${"c2VjcmV0".repeat(4)}` };
  workers = await startWorkers({
    sound: soundBindings(archive, sandbox, key),
    hasty: soundBindings(archive, sandbox, { ...key, ALIKASSA_TIMEOUT_MS: "300" }),
    closed: soundBindings(archive, sandbox, { API_TOKENS: undefined, ALIKASSA_ACCOUNT: undefined }),
    badKey: soundBindings(archive, sandbox, { ...key, ALIKASSA_KEY_PASSWORD: "not the password" }),
    limited: soundBindings(archive, sandbox, {
      ...key,
      RATE_LIMITER: { type: "rate-limit", namespace: "2001", simple: { limit: 1, period: 60 } },
    }),
    forwarding: soundBindings(archive, sandbox, forward),
    queueing: soundBindings(archive, sandbox, { ...forward, NOTIFICATIONS: notificationQueue("document") }),
  });
  document = await Document.of(workers.edges.sound);
});

after(async () => {
  await sandbox.close();
  await workers.stop();
});

/** Asks, and fails unless this is what comes of it, as the document has it. */
async function check(id: string, edge: Edge, question: Question, expected: string | RegExp): Promise<Answer> {
  const operation = document.operation(id);
  const { path, method } = document.operations.find((one) => one.operation === operation) ?? {};
  const answer = await edge.ask({ ...(method === undefined ? {} : { method }), path: path ?? "", ...question });
  document.assertAnswer(operation, answer, question.method ?? method);
  const code = answer.status < 400 || answer.text === "" ? "" : ` ${(jsonOf(answer) as { code: string }).code}`;
  const outcome = `${answer.status}${code}`;
  if (typeof expected === "string") assert.equal(outcome, expected, answer.text);
  else assert.match(outcome, expected, answer.text);
  const outcomes = seen.get(id) ?? new Set();
  seen.set(id, outcomes.add(outcome));
  return answer;
}

/** What goes wrong in the same way wherever a token is needed. */
async function checkRefusals(id: string, question: Question): Promise<void> {
  const { sound, closed, badKey } = workers.edges;
  for (const token of [null, "", "wrong"]) await check(id, sound, { ...question, token }, "401 unauthorized");
  await check(id, closed, question, "503 not_configured");
  await check(id, badKey, question, "503 bad_key");
  const headers = { ...question.headers, Account: "another" };
  await check(id, sound, { ...question, headers }, "403 unknown_account");
}

/** What comes of too many requests. One in a minute is not; a minute may end between two of them, but not between all. */
async function checkLimit(id: string, question: Question): Promise<void> {
  for (let i = 0; i < 3; i += 1) await check(id, workers.edges.limited, question, /^(?:200|429 rate_limited)$/);
  assert.ok(seen.get(id)?.has("429 rate_limited"), id);
}

/** What is wrong with a body in the same way wherever there is one. */
async function checkBodies(id: string): Promise<void> {
  const { sound } = workers.edges;
  const post = (body: string, headers = JSON_HEADERS) => ({ body, headers });
  for (const body of ["", "{}", "[]", '{"id":""}', '{"payouts":[]}', '{"payouts":{}}', "\uffff"]) {
    await check(id, sound, post(body), "400 invalid_request");
  }
  await check(id, sound, post(LARGE), "413 payload_too_large");
  await check(id, sound, post("{}", { "Content-Type": "text/plain" }), "415 unsupported_media_type");
}

describe("a payout's status", { concurrency: true }, () => {
  const post = (query: unknown): Question => ({ body: JSON.stringify(query), headers: JSON_HEADERS });

  for (const { about, orderId = "", id = "" } of SANDBOX_PAYOUTS) {
    test(`is in the document: ${about}`, async () => {
      const { sound } = workers.edges;
      await check("payoutStatus", sound, post({ order_id: orderId }), "200");
      const answer = await check("payoutStatus", sound, post({ id }), "200");
      const again = await check("payoutStatusByQuery", sound, { path: `/v1/payout/status?id=${id}` }, "200");
      assert.equal(again.text, answer.text);
    });
  }

  for (const [name, { status }] of Object.entries(FAULTS)) {
    test(`is in the document when AliKassa fails: ${name}, HTTP ${status ?? "without an answer"}`, async () => {
      // What takes its time is left no time.
      const edge = ["hang", "drip", "retry-date"].includes(name) ? workers.edges.hasty : workers.edges.sound;
      // A time limit may come before the answer or after it.
      const path = `/v1/payout/status?order_id=fault-${name}`;
      await check("payoutStatus", edge, post({ order_id: `fault-${name}` }), /^50[24] upstream_/);
      await check("payoutStatusByQuery", edge, { path }, /^50[24] upstream_/);
    });
  }

  test("is in the document for every status of AliKassa's", async () => {
    for (const status of [201, 302, 400, 401, 403, 404, 422, 500, 599]) {
      await check("payoutStatus", workers.edges.sound, post({ order_id: `fault-${status}` }), "502 upstream_status");
    }
  });

  test("is in the document when it is refused", async () => {
    await checkRefusals("payoutStatus", post(BODY));
    await checkBodies("payoutStatus");
    const path = "/v1/payout/status?id=100000536";
    await checkRefusals("payoutStatusByQuery", { path });
    for (const query of ["", "?id=", "?id=1&order_id=1", "?id=1&id=1", "?a=1", "?id=%ff"]) {
      const question = { path: `/v1/payout/status${query}` };
      await check("payoutStatusByQuery", workers.edges.sound, question, "400 invalid_request");
    }
  });

  test("is in the document when too many ask", async () => {
    await checkLimit("payoutStatus", post({ order_id: "sandbox-wait" }));
    await checkLimit("payoutStatusByQuery", { path: "/v1/payout/status?order_id=sandbox-wait" });
    await checkLimit("payoutStatuses", post({ payouts: [{ order_id: "sandbox-wait" }] }));
  });

  test("is in the document when it comes from the cache, or past it", async () => {
    const { sound } = workers.edges;
    const query = { order_id: "sandbox-cancel" };
    await untilCached(() => check("payoutStatus", sound, post(query), "200"));
    const { headers, body } = post(query);
    const anew = { headers: { ...headers, "Cache-Control": "no-cache" }, ...(body === undefined ? {} : { body }) };
    const answer = await check("payoutStatus", sound, anew, "200");
    assert.equal(answer.headers.get("x-alikassa-cache"), "bypass");
  });

  test("is in the document for many payouts at a time", async () => {
    const payouts = [
      BODY,
      { order_id: "sandbox-wait" },
      { order_id: "fault-500" },
      { id: "" },
      { order_id: "fault-cut" },
      7,
    ];
    await check("payoutStatuses", workers.edges.sound, post({ payouts }), "200");
    await check("payoutStatuses", workers.edges.hasty, post({ payouts: [{ order_id: "fault-hang" }] }), "200");
    await checkRefusals("payoutStatuses", post({ payouts: [BODY] }));
    await checkBodies("payoutStatuses");
  });
});

describe("a notification", { concurrency: true }, () => {
  const FORM = { "Content-Type": "application/x-www-form-urlencoded" };
  type Options = Omit<Parameters<Sandbox["notificationUrl"]>[1], "to">;

  /** Sends a notification in each way. */
  async function checkBoth(edge: Edge, payout: string, expected: string, options: Options = {}): Promise<void> {
    const to = new URL("/webhooks/alikassa", edge.url);
    const { pathname, search } = sandbox.notificationUrl(payout, { ...options, to });
    const scripted = requestsLeft.get(payout) ?? [];
    for (const [id, question] of [
      ["notification", { path: pathname + search }],
      ["notificationByBody", { headers: FORM, body: search.slice(1) }],
    ] as const) {
      sandbox.script(payout, scripted);
      await check(id, edge, { ...question, token: null }, expected);
    }
  }
  /** What AliKassa does with the questions for a payout. */
  const requestsLeft = new Map<string, Parameters<Sandbox["script"]>[1]>();

  test("is in the document as it is answered", async () => {
    const { sound, queueing } = workers.edges;
    for (const status of ["paid", "wait", "refund"])
      await checkBoth(sound, newPayout(sandbox, status).id, "200", { status: "paid" });
    const { id } = newPayout(sandbox);
    await checkBoth(sound, id, "200", { type: "payment" });
    await checkBoth(sound, id, "200", { fields: { type: "refund", is_partial_payment: "perhaps", desc: null } });
    await checkBoth(queueing, id, "200");
    requestsLeft.set(id, [{ status: 500 }, { status: 500 }]);
    await checkBoth(queueing, id, "200");
  });

  test("is in the document when it is refused, and when that it is about can't be read or told", async () => {
    const { sound, hasty, closed, badKey, forwarding } = workers.edges;
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
      requestsLeft.set(payout, [step, step, step]);
      await checkBoth(sound, payout, code);
    }
    const payout = newPayout(sandbox).id;
    requestsLeft.set(payout, ["hang"]);
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
  test("are in the document: its health", async () => {
    const { sound, closed, badKey } = workers.edges;
    await check("health", sound, {}, "200");
    await check("health", sound, { token: null }, "200");
    await check("health", closed, {}, "503 not_configured");
    await check("health", badKey, {}, "503 bad_key");
  });

  test("are in the document: its files, for everybody and whatever else is wrong", async () => {
    const files: [id: string, path: string][] = [
      ["openApi", "/openapi.json"],
      ["page", "/"],
      ...["documentation.js", "element.js", "icon.svg", "lookup.js", "style.css"].map((file): [string, string] => [
        "pageFile",
        `/page/${file}`,
      ]),
    ];
    for (const [id, path] of files) {
      const answer = await check(id, workers.edges.closed, { path, token: null }, "200");
      assert.equal(answer.headers.get("Cache-Control"), "no-cache");
      assert.equal(answer.headers.get("X-Content-Type-Options"), "nosniff");
      const tag = answer.headers.get("ETag") ?? "";
      for (const known of [tag, `W/${tag}`, `"other", ${tag}`, "*"]) {
        await check(id, workers.edges.sound, { path, headers: { "If-None-Match": known } }, "304");
      }
      for (const known of ['"other"', tag.slice(1, -1), ""]) {
        await check(id, workers.edges.sound, { path, headers: { "If-None-Match": known } }, "200");
      }
      await check(id, workers.edges.sound, { path, method: "HEAD" }, "200");
    }
    await check("pageFile", workers.edges.sound, { path: "/page/index.html" }, "404 not_found");
  });

  test("are in the document: a path that is not there", async () => {
    for (const path of ["/v1/payout", "/page/", "/openapi.json/", "/webhooks", "/favicon.ico"]) {
      const answer = await workers.edges.sound.ask({ path });
      assert.equal(answer.status, 404);
      document.assertComponent("NotFound", answer);
      const { detail } = jsonOf(answer) as { detail: string };
      // Of the page's files nobody need know.
      for (const known of Object.keys(document.json.paths)) {
        if (!known.includes("{")) assert.ok(`${detail} `.replaceAll(",", " ").includes(` ${known} `), detail);
      }
    }
  });

  test("are in the document: a method that its path does not take", async () => {
    for (const path of Object.keys(document.json.paths)) {
      const allowed = document.methodsOf(path);
      for (const method of METHODS) {
        const answer = await workers.edges.sound.askRaw({ method, path: path.replace("{file}", "style.css") });
        if (allowed.includes(method)) {
          assert.notEqual(answer.status, 405, `${method} ${path}`);
          continue;
        }
        assert.equal(answer.status, 405, `${method} ${path}`);
        document.assertComponent("MethodNotAllowed", answer, method);
        assert.deepEqual(answer.headers.get("Allow")?.split(", ").sort(), allowed);
      }
    }
  });
});

/** Of a notification this is said only where its body broke off, and then nobody is there to hear it. */
const CANNOT_BE_HEARD: Readonly<Record<string, string>> = { notificationByBody: "400 invalid_request" };

test("every answer that the document has was seen", () => {
  for (const { operation } of document.operations) {
    const outcomes = seen.get(operation.operationId) ?? new Set();
    const missing = document.outcomesOf(operation).filter((outcome) => !outcomes.has(outcome));
    assert.deepEqual(
      missing.filter((outcome) => ![...CANNOT_BE_PROVOKED, CANNOT_BE_HEARD[operation.operationId]].includes(outcome)),
      [],
      operation.operationId,
    );
  }
});

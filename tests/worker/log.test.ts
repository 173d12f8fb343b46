/** What the log and `Server-Timing` tell of a request: all that an operator needs, and nothing of what a caller sent. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { payoutJson, type Sandbox } from "../../dist/sandbox/index.js";
import type { Answer, Edge } from "./edge.ts";
import {
  newArchive,
  openSandbox,
  secrets,
  soundBindings,
  startWorkers,
  TOKEN,
  untilCached,
  type Workers,
} from "./harness.ts";
import type { Line } from "./lines.ts";

const STATUS = "/v1/payout/status";
const BATCH = "/v1/payout/status/batch";
const JSON_HEADERS = { "Content-Type": "application/json" };
/** How long an answer is held back, and how much earlier than that a timer may be. */
const DELAY_MS = 300;
const EARLY_MS = 5;

let sandbox: Sandbox;
let workers: Workers<"sound" | "short" | "closed" | "badKey">;
let edge: Edge;

before(async () => {
  const archive = newArchive(1024);
  sandbox = await openSandbox({ publicPem: archive.publicPem });
  workers = await startWorkers({
    sound: soundBindings(archive, sandbox),
    short: soundBindings(archive, sandbox, { ALIKASSA_TIMEOUT_MS: "400" }),
    closed: soundBindings(archive, sandbox, { API_TOKENS: undefined }),
    badKey: soundBindings(archive, sandbox, { ALIKASSA_PRIVATE_KEY: "no key" }),
  });
  edge = workers.edges.sound;
  await untilCached(() => edge.get("?order_id=6422494"));
});

after(async () => {
  await sandbox.close();
  await workers.stop();
});

/** A line without its times, which are whole and not negative, and without its ray. */
function withoutTimes(line: Line): Line {
  const { ray, total_ms, upstream_ms, sign_ms, ...rest } = line;
  assert.match(String(ray), /^[0-9a-f]{16}-TST$/);
  const times = "attempts" in rest ? [total_ms, upstream_ms, sign_ms] : [total_ms];
  for (const time of times) assert.ok(Number.isSafeInteger(time) && Number(time) >= 0, JSON.stringify(line));
  if (!("attempts" in rest)) assert.deepEqual([upstream_ms, sign_ms], [undefined, undefined]);
  return rest;
}

/** The parts of `Server-Timing`, as a browser takes it apart. */
function timingOf(answer: Answer): Record<string, string> {
  const parts = (answer.headers.get("Server-Timing") ?? "").split(", ").map((part) => {
    const found = /^([a-z]+);(?:dur=(\d+)|desc=([a-z]+))$/.exec(part);
    assert.ok(found, `not a metric: ${part}`);
    return [found[1], found[2] ?? found[3]] as const;
  });
  return Object.fromEntries(parts);
}

describe("the line of a request", () => {
  /** A question, and its line. */
  const lines: Readonly<
    Record<string, readonly [ask: (headers: Record<string, string>) => Promise<Answer>, line: Line]>
  > = {
    "a payout": [
      (headers) => edge.post({ order_id: "sandbox-paid" }, { headers }),
      {
        route: STATUS,
        method: "POST",
        outcome: "ok",
        status: 200,
        cache: "miss",
        upstream_status: 200,
        payout_id: "100000602",
        attempts: 1,
      },
    ],
    "a payout out of the cache": [
      (headers) => edge.get("?order_id=6422494", { headers }),
      { route: STATUS, method: "GET", outcome: "ok", status: 200, cache: "hit", payout_id: "100000536" },
    ],
    "a payout past the cache": [
      (headers) => edge.get("?order_id=6422494", { headers: { ...headers, "Cache-Control": "no-cache" } }),
      {
        route: STATUS,
        method: "GET",
        outcome: "ok",
        status: 200,
        cache: "bypass",
        upstream_status: 200,
        payout_id: "100000536",
        attempts: 1,
      },
    ],
    HEAD: [
      (headers) => edge.get("?id=100000601", { method: "HEAD", headers }),
      {
        route: STATUS,
        method: "HEAD",
        outcome: "ok",
        status: 200,
        cache: "miss",
        upstream_status: 200,
        payout_id: "100000601",
        attempts: 1,
      },
    ],
    "a refusal of AliKassa's": [
      (headers) => edge.get("?order_id=fault-400", { headers }),
      {
        route: STATUS,
        method: "GET",
        outcome: "upstream_status",
        status: 502,
        payout_state: "unknown",
        cache: "miss",
        upstream_status: 400,
        attempts: 1,
      },
    ],
    "three attempts": [
      (headers) => edge.get("?order_id=fault-503", { headers }),
      {
        route: STATUS,
        method: "GET",
        outcome: "upstream_status",
        status: 502,
        payout_state: "unknown",
        cache: "miss",
        upstream_status: 503,
        attempts: 3,
      },
    ],
    "a connection that breaks": [
      (headers) => edge.get("?order_id=fault-cut", { headers }),
      {
        route: STATUS,
        method: "GET",
        outcome: "upstream_unreachable",
        status: 502,
        payout_state: "unknown",
        cache: "miss",
        attempts: 3,
      },
    ],
    "an answer that is no payout": [
      (headers) => edge.get("?order_id=fault-html", { headers }),
      {
        route: STATUS,
        method: "GET",
        outcome: "upstream_invalid",
        status: 502,
        payout_state: "unknown",
        cache: "miss",
        upstream_status: 200,
        attempts: 1,
      },
    ],
    "a time limit": [
      (headers) => workers.edges.short.get("?order_id=fault-hang", { headers }),
      {
        route: STATUS,
        method: "GET",
        outcome: "upstream_timeout",
        status: 504,
        payout_state: "unknown",
        cache: "miss",
        attempts: 1,
      },
    ],
    "a batch": [
      (headers) =>
        edge.post(
          {
            payouts: [
              { id: "100000536" },
              { order_id: "6422494" },
              { id: "" },
              { order_id: "fault-400" },
              { order_id: "fault-401" },
            ],
          },
          { path: BATCH, headers },
        ),
      {
        route: BATCH,
        method: "POST",
        outcome: "ok",
        status: 200,
        payout_state: "unknown",
        cache: "miss",
        cache_hits: 1,
        outcomes: { ok: 2, invalid_request: 1, upstream_status: 2 },
        upstream_statuses: { 200: 1, 400: 1, 401: 1 },
        attempts: 3,
      },
    ],
    "a batch of which nothing is known": [
      (headers) => {
        const payouts = ["fault-401", "fault-cut", "fault-401", "fault-html"].map((order_id) => ({ order_id }));
        return edge.post({ payouts }, { path: BATCH, headers });
      },
      {
        route: BATCH,
        method: "POST",
        outcome: "ok",
        status: 200,
        payout_state: "unknown",
        cache: "miss",
        cache_hits: 0,
        outcomes: { upstream_status: 2, upstream_unreachable: 1, upstream_invalid: 1 },
        upstream_statuses: { 200: 1, 401: 2 },
        attempts: 6,
      },
    ],
    "a batch out of the cache": [
      (headers) => edge.post({ payouts: [{ order_id: "6422494" }, { order_id: "6422494" }] }, { path: BATCH, headers }),
      { route: BATCH, method: "POST", outcome: "ok", status: 200, cache: "hit", cache_hits: 2, outcomes: { ok: 2 } },
    ],
    "a batch of nothing that can be asked": [
      (headers) => edge.post({ payouts: [null] }, { path: BATCH, headers }),
      {
        route: BATCH,
        method: "POST",
        outcome: "ok",
        status: 200,
        cache: "none",
        cache_hits: 0,
        outcomes: { invalid_request: 1 },
      },
    ],
    "a bad request": [
      (headers) => edge.get("?id=", { headers }),
      { route: STATUS, method: "GET", outcome: "invalid_request", status: 400, cache: "none" },
    ],
    "a body that is no JSON by its type": [
      (headers) => edge.ask({ method: "POST", body: "{}", headers }),
      { route: STATUS, method: "POST", outcome: "unsupported_media_type", status: 415, cache: "none" },
    ],
    "a body that is too large": [
      (headers) => edge.post(`"${"x".repeat(17_000)}"`, { path: BATCH, headers }),
      { route: BATCH, method: "POST", outcome: "payload_too_large", status: 413, cache: "none" },
    ],
    "nobody with a token": [
      (headers) => edge.get("?id=1", { token: null, headers }),
      { route: STATUS, method: "GET", outcome: "unauthorized", status: 401, cache: "none" },
    ],
    "an account that is not ours": [
      (headers) => edge.get("?id=1", { headers: { ...headers, Account: "another" } }),
      { route: STATUS, method: "GET", outcome: "unknown_account", status: 403, cache: "none" },
    ],
    "no route": [
      (headers) => edge.ask({ path: "/wp-login.php?x=1", headers }),
      { route: "none", method: "GET", outcome: "not_found", status: 404, cache: "none" },
    ],
    "another method": [
      (headers) => edge.ask({ method: "DELETE", headers }),
      { route: STATUS, method: "DELETE", outcome: "method_not_allowed", status: 405, cache: "none" },
    ],
    "an unusual method": [
      (headers) => edge.askRaw({ method: "PROPFIND", path: BATCH, headers }),
      { route: BATCH, method: "OTHER", outcome: "method_not_allowed", status: 405, cache: "none" },
    ],
    "the health": [
      (headers) => edge.ask({ path: "/healthz", headers }),
      { route: "/healthz", method: "GET", outcome: "ok", status: 200, cache: "none" },
    ],
    "the document": [
      (headers) => edge.ask({ path: "/openapi.json", token: null, headers }),
      { route: "/openapi.json", method: "GET", outcome: "ok", status: 200, cache: "none" },
    ],
    "the document that a caller has already": [
      async (headers) => {
        const etag = (await edge.ask({ path: "/openapi.json" })).headers.get("ETag") ?? "";
        return edge.ask({ path: "/openapi.json", headers: { ...headers, "If-None-Match": etag } });
      },
      { route: "/openapi.json", method: "GET", outcome: "ok", status: 304, cache: "none" },
    ],
    "the page": [
      (headers) => edge.ask({ path: "/?id=1", headers }),
      { route: "/", method: "GET", outcome: "ok", status: 200, cache: "none" },
    ],
    "a file of the page": [
      (headers) => edge.ask({ path: "/page/style.css", headers }),
      { route: "/page/style.css", method: "GET", outcome: "ok", status: 200, cache: "none" },
    ],
    "the health of a Worker without tokens": [
      (headers) => workers.edges.closed.ask({ path: "/healthz", headers }),
      { route: "/healthz", method: "GET", outcome: "not_configured", status: 503, cache: "none" },
    ],
    "a Worker whose key does not open": [
      (headers) => workers.edges.badKey.get("?id=1", { headers }),
      { route: STATUS, method: "GET", outcome: "bad_key", status: 503, cache: "none" },
    ],
  };
  for (const [what, [ask, expected]] of Object.entries(lines)) {
    test(`tells of ${what}`, async () => {
      const { answer, line, incidents } = await workers.told(ask);
      assert.deepEqual(withoutTimes(line), { event: "request", ...expected });
      assert.deepEqual(incidents, []);
      assert.equal(answer.status, line["status"]);
      const cache = line["cache"] === "none" ? null : line["cache"];
      assert.equal(answer.headers.get("X-AliKassa-Cache"), cache);
      const { total_ms, upstream_ms, sign_ms } = line;
      const told = { cache: cache ?? undefined, sign: sign_ms, upstream: upstream_ms, total: total_ms };
      const timing = Object.entries(told).filter(([, value]) => value !== undefined);
      assert.deepEqual(timingOf(answer), Object.fromEntries(timing.map(([name, value]) => [name, String(value)])));
    });
  }

  test("tells how long AliKassa took, and the pauses between attempts as no part of it", async () => {
    sandbox.script("slow", [{ status: 429, headers: { "Retry-After": "1" } }, { delayMs: DELAY_MS }]);
    const { line } = await workers.told((headers) => edge.get("?order_id=slow", { headers }));
    const [upstream, total] = [Number(line["upstream_ms"]), Number(line["total_ms"])];
    assert.ok(upstream >= DELAY_MS - EARLY_MS, `${upstream} ms`);
    assert.ok(total >= upstream + 1000 - EARLY_MS, `${total} ms, of them ${upstream}`);
  });

  test("tells how long a batch waited for AliKassa, at six at a time", async () => {
    const names = Array.from({ length: 12 }, (_, place) => `slow-${place}`);
    for (const name of names) sandbox.script(name, [{ delayMs: DELAY_MS }]);
    const payouts = names.map((order_id) => ({ order_id }));
    const { line } = await workers.told((headers) => edge.post({ payouts }, { path: BATCH, headers }));
    const [upstream, total] = [Number(line["upstream_ms"]), Number(line["total_ms"])];
    assert.equal(line["attempts"], 12);
    assert.ok(upstream >= 2 * (DELAY_MS - EARLY_MS), `${upstream} ms`);
    assert.ok(upstream <= total, `${upstream} of ${total} ms: they overlap, and are no sum`);
  });

  test("tells how long AliKassa took up to a time limit", async () => {
    const { line } = await workers.told((headers) => workers.edges.short.get("?order_id=fault-drip", { headers }));
    assert.equal(line["outcome"], "upstream_timeout");
    assert.ok(Number(line["upstream_ms"]) >= 100, `${line["upstream_ms"]} ms`);
  });
});

describe("a line holds nothing of what a caller sent", () => {
  const planted = "planted-by-a-caller";

  test("not the order id, path, query, account, header or body", async () => {
    const headers = { "X-Own": planted, Account: planted, "User-Agent": planted, Cookie: planted };
    await edge.get(`?order_id=${planted}`);
    await edge.get(`?order_id=fault-400&${planted}=1`);
    await edge.get("?id=1", { headers });
    await edge.ask({ path: `/${planted}/${TOKEN}` });
    await edge.ask({ path: `${STATUS}/${planted}` });
    await edge.post(`{"${planted}`, { headers: { "X-Own": planted } });
    await edge.post({ payouts: [{ order_id: planted }, { [planted]: 1 }] }, { path: BATCH });
    await edge.askRaw({
      method: "POST",
      headers: { ...JSON_HEADERS, "CF-Ray": planted },
      pieces: ['{"id":"100000536"}'],
    });
    assert.ok((await workers.lines(() => true)).length > 0);
    assert.ok(!secrets.heard("the log", planted));
  });

  test("not a ray that Cloudflare would not give", async () => {
    const id = "777000111";
    sandbox.addPayout(payoutJson({ id, orderId: "ray", statusJson: '"wait"' }));
    const rays = [
      "",
      "0123456789abcdef-tst",
      "0123456789abcde-TST",
      "0123456789abcdef-TST,x",
      '0123456789abcdef"',
      "0123456789abcdef-TESTS",
    ];
    for (const ray of rays) await edge.get(`?id=${id}`, { headers: { "CF-Ray": ray } });
    const lines = await workers.lines(({ payout_id }) => payout_id === id);
    assert.equal(lines.length, rays.length);
    for (const line of lines) assert.ok(!("ray" in line), JSON.stringify(line));
    await edge.get(`?id=${id}`, { headers: { "CF-Ray": "0123456789abcdef" } });
    assert.equal((await workers.lines(({ ray }) => ray === "0123456789abcdef")).length, 1);
  });

  test("not an id of AliKassa's that is longer than its ids are", async () => {
    for (const [length, isTold] of [
      [128, true],
      [129, false],
      [30_000, false],
    ] as const) {
      const id = "ы".repeat(length);
      sandbox.addPayout(payoutJson({ id, orderId: `long-${length}` }));
      const { answer, line } = await workers.told((headers) => edge.get(`?order_id=long-${length}`, { headers }));
      assert.equal(answer.status, 200);
      assert.equal(line["payout_id"], isTold ? id : undefined);
    }
  });

  test("and is one line, whatever AliKassa calls a payout", async () => {
    const id = '7\n{"event":"request"}\u2028\u0000';
    sandbox.addPayout(payoutJson({ id, orderId: "lines" }));
    const { line } = await workers.told((headers) => edge.get("?order_id=lines", { headers }));
    assert.equal(line["payout_id"], id);
  });
});

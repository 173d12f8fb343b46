/** The log and `Server-Timing`: what an operator needs, and nothing that a caller sent. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { payoutJson } from "../../dist/sandbox/index.js";
import { type Answer, BATCH, cacheStatusOf, JSON_HEADERS, NO_CACHE, STATUS } from "./client.ts";
import { LEDGER, secrets, setUp, TOKEN, untilRecorded } from "./harness.ts";
import type { LogLine } from "./log-lines.ts";

/** How long an answer is delayed, and how much earlier a timer may fire. */
const DELAY_MS = 300;
const EARLY_MS = 5;

const { sandbox, workers, clients } = await setUp({
  sound: { LEDGER },
  short: { ALIKASSA_TIMEOUT_MS: "400", LEDGER },
  closed: { API_TOKENS: undefined },
  badKey: { ALIKASSA_PRIVATE_KEY: "no key" },
});
const client = clients.sound;
await untilRecorded(() => client.get("?order_id=6422494"));

type Ask = (headers: Record<string, string>) => Promise<Answer>;

/** The fields of a line with this status and outcome; the others are those of `GET /v1/payout/status`. */
const lineOf = (status: number, outcome: string, others: LogLine = {}): LogLine => {
  return { event: "request", route: STATUS, method: "GET", outcome, status, cache: "none", ...others };
};
const miss = (attempts: number) => ({ cache: "miss", attempts });
const unknown = (attempts: number, upstream_status?: number) => {
  return { payout_state: "unknown", ...miss(attempts), ...(upstream_status === undefined ? {} : { upstream_status }) };
};
const batch = { route: BATCH, method: "POST" };
const postBatch = (payouts: readonly unknown[], headers: Record<string, string>) =>
  client.post({ payouts }, { path: BATCH, headers });
const orders = (...names: string[]) => names.map((order_id) => ({ order_id }));

/** A line without its ray and its times, which are whole and not negative. */
function withoutTimes(line: LogLine): LogLine {
  const { ray, total_ms, upstream_ms, sign_ms, ...rest } = line;
  assert.match(String(ray), /^[0-9a-f]{16}-TST$/);
  const times = "attempts" in rest ? [total_ms, upstream_ms, sign_ms] : [total_ms];
  for (const time of times) assert.ok(Number.isSafeInteger(time) && Number(time) >= 0, JSON.stringify(line));
  if (!("attempts" in rest)) assert.deepEqual([upstream_ms, sign_ms], [undefined, undefined]);
  return rest;
}

/** The metrics of `Server-Timing`. */
function timingOf(answer: Answer): Record<string, string> {
  const metrics = (answer.headers.get("Server-Timing") ?? "").split(", ").map((metric) => {
    const found = /^([a-z]+);(?:dur=(\d+)|desc=([a-z]+))$/.exec(metric);
    assert.ok(found, `not a metric: ${metric}`);
    return [found[1], found[2] ?? found[3]] as const;
  });
  return Object.fromEntries(metrics);
}

describe("a request is logged in one line", () => {
  const lines: Readonly<Record<string, readonly [ask: Ask, line: LogLine]>> = {
    "a payout": [
      (headers) => client.post({ order_id: "sandbox-paid" }, { headers }),
      lineOf(200, "ok", { method: "POST", ...miss(1), upstream_status: 200, payout_id: "100000602" }),
    ],
    "a payout from the cache": [
      (headers) => client.get("?order_id=6422494", { headers }),
      lineOf(200, "ok", { cache: "hit", payout_id: "100000536" }),
    ],
    "a payout that bypasses the cache": [
      (headers) => client.get("?order_id=6422494", { headers: { ...headers, ...NO_CACHE.headers } }),
      lineOf(200, "ok", { cache: "bypass", attempts: 1, upstream_status: 200, payout_id: "100000536" }),
    ],
    HEAD: [
      (headers) => client.get("?id=100000601", { method: "HEAD", headers }),
      lineOf(200, "ok", { method: "HEAD", ...miss(1), upstream_status: 200, payout_id: "100000601" }),
    ],
    "AliKassa's refusal": [
      (headers) => client.get("?order_id=fault-400", { headers }),
      lineOf(502, "upstream_status", unknown(1, 400)),
    ],
    "three attempts": [
      (headers) => client.get("?order_id=fault-503", { headers }),
      lineOf(502, "upstream_status", unknown(3, 503)),
    ],
    "a broken connection": [
      (headers) => client.get("?order_id=fault-cut", { headers }),
      lineOf(502, "upstream_unreachable", unknown(3)),
    ],
    "an answer that is no payout": [
      (headers) => client.get("?order_id=fault-html", { headers }),
      lineOf(502, "upstream_invalid", unknown(1, 200)),
    ],
    "a timeout": [
      (headers) => clients.short.get("?order_id=fault-hang", { headers }),
      lineOf(504, "upstream_timeout", unknown(1)),
    ],
    "a batch": [
      (headers) =>
        postBatch(
          [{ id: "100000606" }, ...orders("6422494"), { id: "" }, ...orders("fault-400", "fault-401")],
          headers,
        ),
      lineOf(200, "ok", {
        ...batch,
        ...unknown(3),
        cache_hits: 1,
        outcomes: { ok: 2, invalid_request: 1, upstream_status: 2 },
        upstream_statuses: { 200: 1, 400: 1, 401: 1 },
      }),
    ],
    "a batch of unknown payouts": [
      (headers) => postBatch(orders("fault-401", "fault-cut", "fault-401", "fault-html"), headers),
      lineOf(200, "ok", {
        ...batch,
        ...unknown(6),
        cache_hits: 0,
        outcomes: { upstream_status: 2, upstream_unreachable: 1, upstream_invalid: 1 },
        upstream_statuses: { 200: 1, 401: 2 },
      }),
    ],
    "a batch from the cache": [
      (headers) => postBatch(orders("6422494", "6422494"), headers),
      lineOf(200, "ok", { ...batch, cache: "hit", cache_hits: 2, outcomes: { ok: 2 } }),
    ],
    "a batch of invalid queries": [
      (headers) => postBatch([null], headers),
      lineOf(200, "ok", { ...batch, cache_hits: 0, outcomes: { invalid_request: 1 } }),
    ],
    "an invalid request": [(headers) => client.get("?id=", { headers }), lineOf(400, "invalid_request")],
    "another media type": [
      (headers) => client.ask({ method: "POST", body: "{}", headers }),
      lineOf(415, "unsupported_media_type", { method: "POST" }),
    ],
    "a body that is too long": [
      (headers) => client.post(`"${"x".repeat(17_000)}"`, { path: BATCH, headers }),
      lineOf(413, "payload_too_large", batch),
    ],
    "no token": [(headers) => client.get("?id=1", { token: null, headers }), lineOf(401, "unauthorized")],
    "an unknown account": [
      (headers) => client.get("?id=1", { headers: { ...headers, Account: "another" } }),
      lineOf(403, "unknown_account"),
    ],
    "no route": [
      (headers) => client.ask({ path: "/wp-login.php?x=1", headers }),
      lineOf(404, "not_found", { route: "none" }),
    ],
    "another method": [
      (headers) => client.ask({ method: "DELETE", headers }),
      lineOf(405, "method_not_allowed", { method: "DELETE" }),
    ],
    "an unusual method": [
      (headers) => client.askRaw({ method: "PROPFIND", path: BATCH, headers }),
      lineOf(405, "method_not_allowed", { ...batch, method: "OTHER" }),
    ],
    "the health": [(headers) => client.ask({ path: "/healthz", headers }), lineOf(200, "ok", { route: "/healthz" })],
    "the health of a Worker without tokens": [
      (headers) => clients.closed.ask({ path: "/healthz", headers }),
      lineOf(503, "not_configured", { route: "/healthz" }),
    ],
    "a bad key": [(headers) => clients.badKey.get("?id=1", { headers }), lineOf(503, "bad_key")],
  };
  for (const [what, [ask, expected]] of Object.entries(lines)) {
    test(what, async () => {
      const { answer, line, incidents } = await workers.withLog(ask);
      assert.deepEqual(withoutTimes(line), expected);
      assert.deepEqual(incidents, []);
      assert.equal(answer.status, line["status"]);
      const cache = line["cache"] === "none" ? null : line["cache"];
      assert.equal(cacheStatusOf(answer), cache);
      const { total_ms, upstream_ms, sign_ms } = line;
      const metrics = { cache: cache ?? undefined, sign: sign_ms, upstream: upstream_ms, total: total_ms };
      const timing = Object.entries(metrics).filter(([, value]) => value !== undefined);
      assert.deepEqual(timingOf(answer), Object.fromEntries(timing.map(([name, value]) => [name, String(value)])));
    });
  }

  test("upstream_ms excludes the pauses between attempts", async () => {
    sandbox.script("slow", [{ status: 429, headers: { "Retry-After": "1" } }, { delayMs: DELAY_MS }]);
    const { line } = await workers.withLog((headers) => client.get("?order_id=slow", { headers }));
    const [upstream, total] = [Number(line["upstream_ms"]), Number(line["total_ms"])];
    assert.ok(upstream >= DELAY_MS - EARLY_MS, `${upstream} ms`);
    assert.ok(total >= upstream + 1000 - EARLY_MS, `${total} ms, of them ${upstream}`);
  });

  test("upstream_ms counts overlapping requests of a batch once", async () => {
    const names = Array.from({ length: 12 }, (_, place) => `slow-${place}`);
    for (const name of names) sandbox.script(name, [{ delayMs: DELAY_MS }]);
    const { line } = await workers.withLog((headers) => postBatch(orders(...names), headers));
    const [upstream, total] = [Number(line["upstream_ms"]), Number(line["total_ms"])];
    assert.equal(line["attempts"], 12);
    assert.ok(upstream >= 2 * (DELAY_MS - EARLY_MS), `${upstream} ms`);
    assert.ok(upstream <= total, `${upstream} of ${total} ms`);
  });

  test("upstream_ms ends with the timeout", async () => {
    const { line } = await workers.withLog((headers) => clients.short.get("?order_id=fault-drip", { headers }));
    assert.equal(line["outcome"], "upstream_timeout");
    assert.ok(Number(line["upstream_ms"]) >= 100, `${line["upstream_ms"]} ms`);
  });
});

describe("a line holds nothing that a caller sent", () => {
  const planted = "planted-by-a-caller";

  test("no order id, path, query, account, header or body", async () => {
    const headers = { "X-Own": planted, Account: planted, "User-Agent": planted, Cookie: planted };
    await client.get(`?order_id=${planted}`);
    await client.get(`?order_id=fault-400&${planted}=1`);
    await client.get("?id=1", { headers });
    await client.ask({ path: `/${planted}/${TOKEN}` });
    await client.ask({ path: `${STATUS}/${planted}` });
    await client.post(`{"${planted}`, { headers: { "X-Own": planted } });
    await client.post({ payouts: [{ order_id: planted }, { [planted]: 1 }] }, { path: BATCH });
    const pieces = ['{"id":"100000536"}'];
    await client.askRaw({ method: "POST", headers: { ...JSON_HEADERS, "CF-Ray": planted }, pieces });
    assert.ok((await workers.lines(() => true)).length > 0);
    assert.ok(!secrets.hasRecorded("the log", planted));
  });

  test("no ray that is not Cloudflare's", async () => {
    const id = "777000111";
    sandbox.addPayout(payoutJson({ id, order_id: "ray", statusJson: '"wait"' }));
    const bad = ["-tst", "-TST,x", '"', "-TESTS"].map((end) => `0123456789abcdef${end}`);
    for (const ray of ["", "0123456789abcde-TST", ...bad])
      await client.get(`?id=${id}`, { headers: { "CF-Ray": ray } });
    const lines = await workers.lines(({ payout_id }) => payout_id === id);
    assert.equal(lines.length, 6);
    for (const line of lines) assert.ok(!("ray" in line), JSON.stringify(line));
    await client.get(`?id=${id}`, { headers: { "CF-Ray": "0123456789abcdef" } });
    assert.equal((await workers.lines(({ ray }) => ray === "0123456789abcdef")).length, 1);
  });

  test("no id of AliKassa's that is longer than 128 characters", async () => {
    for (const length of [128, 129, 30_000]) {
      const id = "ы".repeat(length);
      sandbox.addPayout(payoutJson({ id, order_id: `long-${length}` }));
      const { answer, line } = await workers.withLog((headers) => client.get(`?order_id=long-${length}`, { headers }));
      assert.equal(answer.status, 200);
      assert.equal(line["payout_id"], length === 128 ? id : undefined);
    }
  });

  test("no second line, whatever AliKassa's id is", async () => {
    const id = '7\n{"event":"request"}\u2028\u0000';
    sandbox.addPayout(payoutJson({ id, order_id: "lines" }));
    const { line } = await workers.withLog((headers) => client.get("?order_id=lines", { headers }));
    assert.equal(line["payout_id"], id);
  });
});

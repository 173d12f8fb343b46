/** Cloudflare's rate limiter. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, test } from "node:test";
import { assertProblem, BATCH, STATUS, type WorkerClient } from "./client.ts";
import { fake } from "./fakes.ts";
import { secrets, setUp, TOKEN } from "./harness.ts";

const OTHER_TOKEN = `token-${randomUUID()}`;
const API_TOKENS = `${TOKEN},${OTHER_TOKEN}`;
/** Requests with one token in a minute. */
const LIMIT = 5;
/** How long the limiter may take, and what a busy machine may add to it. */
const LIMITER_TIMEOUT_MS = 1000;
const BUSY_MS = 5000;
const LIMITED = { status: 429, code: "rate_limited", detail: /token/, retryable: true } as const;

const FAILING = ["failing", "hanging", "confused"] as const;

const limiter = (namespace: string) =>
  ({ type: "rate-limit", namespace, simple: { limit: LIMIT, period: 60 } }) as const;
const { sandbox, workers, clients } = await setUp({
  limited: { API_TOKENS, RATE_LIMITER: limiter("1001") },
  batches: { API_TOKENS, RATE_LIMITER: limiter("1002") },
  failing: { RATE_LIMITER: fake("FailingLimiter") },
  hanging: { RATE_LIMITER: fake("HangingLimiter") },
  confused: { RATE_LIMITER: fake("ConfusedLimiter") },
  telling: { API_TOKENS, RATE_LIMITER: fake("TellingLimiter") },
  text: { RATE_LIMITER: "100 per minute" },
});

/** The statuses of so many requests in turn. The limiter's window begins with the minute, and may end in between. */
async function statuses(client: WorkerClient, count: number, options: object): Promise<number[]> {
  const found = [];
  for (let i = 0; i < count; i += 1) found.push((await client.get("?id=100000601", options)).status);
  return found;
}

describe("a rate limiter", () => {
  test("refuses too many requests with a token, with Retry-After", async () => {
    const { limited } = clients;
    const passed = (await statuses(limited, 3 * LIMIT, {})).filter((status) => status === 200).length;
    assert.ok(passed >= LIMIT && passed <= 2 * LIMIT, `${passed} passed`);
    const asked = sandbox.requests.length;
    const { answer, line } = await workers.withLog(async (headers) => {
      for (;;) {
        const answer = await limited.get("?id=100000601", {
          headers: { "CF-Ray": String(headers["CF-Ray"]).replace("TST", "TRY") },
        });
        if (answer.status === 429) return limited.get("?id=100000601", { headers });
      }
    });
    assertProblem(answer, LIMITED);
    assert.equal(answer.headers.get("Retry-After"), "10");
    assert.deepEqual([line["outcome"], line["status"], line["cache"]], ["rate_limited", 429, "none"]);
    assert.ok(sandbox.requests.length <= asked + LIMIT, "a refused request causes no request to AliKassa");
    assert.equal((await limited.get("?id=100000601", { token: OTHER_TOKEN })).status, 200);
    // A request without a token is 401, and does not count.
    assert.deepEqual(new Set(await statuses(limited, 2 * LIMIT, { token: null })), new Set([401]));
    assert.equal((await limited.get("?id=100000601", { token: OTHER_TOKEN })).status, 200);
    assert.equal((await limited.ask({ path: "/healthz" })).status, 200);
  });

  test("counts a batch as one request", async () => {
    const { batches } = clients;
    const payouts = Array.from({ length: 10 }, () => ({ id: "100000601" }));
    const found = [];
    for (let i = 0; i < 3 * LIMIT; i += 1) found.push(await batches.post({ payouts }, { path: BATCH }));
    const passed = found.filter(({ status }) => status === 200).length;
    assert.ok(passed >= LIMIT && passed <= 2 * LIMIT, `${passed} passed`);
    const refused = found.find(({ status }) => status !== 200);
    assert.ok(refused);
    assertProblem(refused, LIMITED);
  });

  test("gets a key from which the token can't be computed", async () => {
    const { telling } = clients;
    for (const token of [TOKEN, OTHER_TOKEN, TOKEN])
      assert.equal((await telling.get("?id=100000601", { token })).status, 200);
    await telling.get("?id=100000601", { token: "another" });
    await telling.ask({ path: "/healthz" });
    await telling.ask({ method: "PUT", path: STATUS });
    await workers.flushLogs();
    const names = secrets.recorded("the log").flatMap((text) => /^log limit (.*)$/.exec(text.trim())?.[1] ?? []);
    assert.equal(names.length, 3, names.join("\n"));
    const [first, second, third] = names.map((name) => JSON.parse(name));
    assert.match(first.key, /^token\/[A-Za-z0-9_-]{43}$/);
    assert.deepEqual(Object.keys(first), ["key"]);
    assert.equal(third.key, first.key);
    assert.notEqual(second.key, first.key);
  });

  for (const name of FAILING) {
    test(`that is ${name} lets requests pass, and is logged`, async () => {
      const begin = performance.now();
      const { answer, line, incidents } = await workers.withLog((headers) =>
        clients[name].get("?id=100000601", { headers }),
      );
      const milliseconds = performance.now() - begin;
      assert.equal(answer.status, 200, answer.text);
      assert.equal(line["outcome"], "ok");
      assert.deepEqual(
        incidents.map(({ event }) => event),
        ["rate_limiter_failed"],
      );
      if (name === "hanging")
        assert.ok(milliseconds > LIMITER_TIMEOUT_MS - 50 && milliseconds < LIMITER_TIMEOUT_MS + BUSY_MS);
    });
  }

  test("that is no rate limiter is 503, and named", async () => {
    const expected = {
      status: 503,
      code: "not_configured",
      detail: /^RATE_LIMITER must be a rate limiter\.$/,
      retryable: false,
    };
    assertProblem(await clients.text.get("?id=100000601"), expected);
    assertProblem(await clients.text.ask({ path: "/healthz" }), expected);
  });
});

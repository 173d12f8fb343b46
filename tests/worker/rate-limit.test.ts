/** Cloudflare's rate limiter, where one is bound: too much is refused, and a limiter that fails stops nobody. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, test } from "node:test";
import type { Sandbox } from "../../dist/sandbox/index.js";
import { assertProblem, type Edge } from "./edge.ts";
import { newArchive, openSandbox, secrets, soundBindings, startWorkers, TOKEN, type Workers } from "./harness.ts";
import { standIn } from "./stand-ins.ts";

const STATUS = "/v1/payout/status";
const BATCH = "/v1/payout/status/batch";
const OTHER_TOKEN = `token-${randomUUID()}`;
/** So many requests with a token may pass in a minute. */
const LIMIT = 5;
/** How long the limiter may think, and what a busy machine may add to it. */
const PATIENCE_MS = 1000;
const BUSY_MS = 5000;
const LIMITED = { status: 429, code: "rate_limited", detail: /token/, retryable: true } as const;

const FAILING = ["failing", "hanging", "confused"] as const;

let sandbox: Sandbox;
let workers: Workers<(typeof FAILING)[number] | "limited" | "batches" | "telling" | "text">;

before(async () => {
  const archive = newArchive(1024);
  sandbox = await openSandbox({ publicPem: archive.publicPem });
  const limiter = (namespace: string) =>
    ({ type: "rate-limit", namespace, simple: { limit: LIMIT, period: 60 } }) as const;
  const API_TOKENS = `${TOKEN},${OTHER_TOKEN}`;
  workers = await startWorkers({
    limited: soundBindings(archive, sandbox, { API_TOKENS, RATE_LIMITER: limiter("1001") }),
    batches: soundBindings(archive, sandbox, { API_TOKENS, RATE_LIMITER: limiter("1002") }),
    failing: soundBindings(archive, sandbox, { RATE_LIMITER: standIn("FailingLimiter") }),
    hanging: soundBindings(archive, sandbox, { RATE_LIMITER: standIn("HangingLimiter") }),
    confused: soundBindings(archive, sandbox, { RATE_LIMITER: standIn("ConfusedLimiter") }),
    telling: soundBindings(archive, sandbox, { API_TOKENS, RATE_LIMITER: standIn("TellingLimiter") }),
    text: soundBindings(archive, sandbox, { RATE_LIMITER: "100 per minute" }),
  });
});

after(async () => {
  await sandbox.close();
  await workers.stop();
});

/** The statuses of so many requests, one after the other. Windows begin with the minute, so that one may end within them. */
async function statuses(edge: Edge, count: number, question: object): Promise<number[]> {
  const found = [];
  for (let i = 0; i < count; i += 1) found.push((await edge.get("?id=100000601", question)).status);
  return found;
}

describe("a rate limiter", () => {
  test("refuses what is too much, by token, and says when to come back", async () => {
    const { limited } = workers.edges;
    const passed = (await statuses(limited, 3 * LIMIT, {})).filter((status) => status === 200).length;
    assert.ok(passed >= LIMIT && passed <= 2 * LIMIT, `${passed} passed`);
    const asked = sandbox.requests.length;
    const { answer, line } = await workers.told(async (headers) => {
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
    assert.ok(sandbox.requests.length <= asked + LIMIT, "what is refused is not asked for");
    assert.equal((await limited.get("?id=100000601", { token: OTHER_TOKEN })).status, 200);
    // Who may not ask is told so, and uses up nobody's share.
    assert.deepEqual(new Set(await statuses(limited, 2 * LIMIT, { token: null })), new Set([401]));
    assert.equal((await limited.get("?id=100000601", { token: OTHER_TOKEN })).status, 200);
    assert.equal((await limited.ask({ path: "/healthz" })).status, 200);
  });

  test("counts a batch as one request", async () => {
    const { batches } = workers.edges;
    const payouts = Array.from({ length: 10 }, () => ({ id: "100000601" }));
    const found = [];
    for (let i = 0; i < 3 * LIMIT; i += 1) found.push(await batches.post({ payouts }, { path: BATCH }));
    const passed = found.filter(({ status }) => status === 200).length;
    assert.ok(passed >= LIMIT && passed <= 2 * LIMIT, `${passed} passed`);
    const refused = found.find(({ status }) => status !== 200);
    assert.ok(refused);
    assertProblem(refused, LIMITED);
  });

  test("is asked in the name of a token, from which nobody gets the token", async () => {
    const { telling } = workers.edges;
    for (const token of [TOKEN, OTHER_TOKEN, TOKEN])
      assert.equal((await telling.get("?id=100000601", { token })).status, 200);
    await telling.get("?id=100000601", { token: "another" });
    await telling.ask({ path: "/healthz" });
    await telling.ask({ method: "PUT", path: STATUS });
    await workers.allHeard();
    const names = secrets.all("the log").flatMap((text) => /^log limit (.*)$/.exec(text.trim())?.[1] ?? []);
    assert.equal(names.length, 3, names.join("\n"));
    const [first, second, third] = names.map((name) => JSON.parse(name));
    assert.match(first.key, /^token\/[A-Za-z0-9_-]{43}$/);
    assert.deepEqual(Object.keys(first), ["key"]);
    assert.equal(third.key, first.key);
    assert.notEqual(second.key, first.key);
  });

  for (const name of FAILING) {
    test(`that is ${name} stops nobody, and the log tells of it`, async () => {
      const begin = performance.now();
      const { answer, line, incidents } = await workers.told((headers) =>
        workers.edges[name].get("?id=100000601", { headers }),
      );
      const milliseconds = performance.now() - begin;
      assert.equal(answer.status, 200, answer.text);
      assert.equal(line["outcome"], "ok");
      assert.deepEqual(
        incidents.map(({ event }) => event),
        ["rate_limiter_failed"],
      );
      if (name === "hanging") assert.ok(milliseconds > PATIENCE_MS - 50 && milliseconds < PATIENCE_MS + BUSY_MS);
    });
  }

  test("that is no rate limiter is named, and the Worker asks nobody", async () => {
    const expected = {
      status: 503,
      code: "not_configured",
      detail: /^RATE_LIMITER must be a rate limiter$/,
      retryable: false,
    };
    assertProblem(await workers.edges.text.get("?id=100000601"), expected);
    assertProblem(await workers.edges.text.ask({ path: "/healthz" }), expected);
  });
});

/** Whole requests: the built Worker, and one in plain JavaScript, before an AliKassa that answers at once. */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { Failure } from "../failure.mjs";
import { ROOT } from "../paths.mjs";
import { ask } from "./http.mjs";
import { WARM_UP } from "./plan.mjs";
import { summarize, takeTurns } from "./statistics.mjs";
import { bundle, startWorkers, wasm } from "./workerd/start.mjs";

const ACCOUNT = "93d5df06-996c-48c3-9847-348d6b580b80";
const CONCURRENCY = 20;
const WARM_UP_REQUESTS = 20 * WARM_UP;
const SAME = "the-same";

const CASES = ["edge", "plain"].flatMap((name) => ["distinct", "repeated"].map((kind) => ({ name, kind })));

/**
 * @param {import("./contenders.mjs").Key} key
 * @param {typeof import("./plan.mjs").FULL} plan
 * @returns By Worker and kind of question: `latency` in milliseconds, one request after the other, and `throughput` in
 *   requests per second, twenty at a time.
 */
export async function measureRequests(key, plan) {
  const upstream = new Worker(new URL("upstream.mjs", import.meta.url));
  const [port] = await once(upstream, "message");
  const token = randomUUID();
  const { urls, stop } = await startWorkers(await workerSources(key, token, port));
  let orders = 0;
  const askOnce = async ({ name, kind }) => {
    orders += 1;
    const orderId = kind === "repeated" ? SAME : `order-${orders}`;
    const { status, text, ms } = await ask(new URL("/v1/payout/status", urls[name]), {
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      body: JSON.stringify({ order_id: orderId }),
    });
    if (status !== 200 || JSON.parse(text).order_id !== orderId) {
      throw new Failure(`The Worker "${name}" gave no payout.`, { output: text });
    }
    return ms;
  };
  try {
    for (const one of CASES) await serveFor(() => askOnce(one), { requests: WARM_UP_REQUESTS });
    const latency = collector();
    await takeTurns(CASES, plan.requests, async (one) => latency.add(one, await askOnce(one)));
    const throughput = collector();
    await takeTurns(CASES, plan.windows, async (one) => {
      const begin = performance.now();
      const count = await serveFor(() => askOnce(one), { until: begin + plan.windowMs });
      throughput.add(one, (count * 1_000) / (performance.now() - begin));
    });
    return figures(latency, throughput);
  } finally {
    await stop();
    await upstream.terminate();
  }
}

async function workerSources(key, token, port) {
  const shared = {
    ALIKASSA_ACCOUNT: ACCOUNT,
    ALIKASSA_BASE_URL: `http://127.0.0.1:${port}`,
    API_TOKENS: token,
  };
  const built = join(ROOT, "build");
  const main = await readFile(join(built, "index.js"), "utf8");
  return {
    edge: {
      modules: {
        "index.js": { type: "esm", contents: main },
        "index_bg.wasm": await wasm(join(built, "index_bg.wasm")),
      },
      env: { ...shared, ALIKASSA_PRIVATE_KEY: key.privatePem, ALIKASSA_KEY_PASSWORD: key.password },
    },
    plain: { modules: { "index.js": await bundle("plain.mjs") }, env: { ...shared, PKCS8: key.pkcs8 } },
  };
}

/** Keeps twenty requests under way, for so many requests or until that time. */
async function serveFor(request, { requests = Number.POSITIVE_INFINITY, until = Number.POSITIVE_INFINITY }) {
  let begun = 0;
  let done = 0;
  const client = async () => {
    while (begun < requests && performance.now() < until) {
      begun += 1;
      await request();
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, client));
  return done;
}

function collector() {
  const values = new Map(CASES.map((one) => [one, []]));
  return { add: (one, value) => values.get(one).push(value), get: (one) => summarize(values.get(one)) };
}

function figures(latency, throughput) {
  const result = { edge: {}, plain: {} };
  for (const one of CASES) {
    result[one.name][one.kind] = { latency: latency.get(one), throughput: throughput.get(one) };
  }
  return result;
}

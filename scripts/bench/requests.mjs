/** Whole requests: the built Worker, without and with its ledger, and one in plain JavaScript, with an AliKassa that answers at once. */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import autocannon from "autocannon";
import { ROOT } from "../paths.mjs";
import { ACCOUNT } from "./contenders.mjs";
import { measureInTurns, post, summarize, takeTurns } from "./measure.mjs";
import { bundle, startWorkers, wasm } from "./workers.mjs";

const CONNECTIONS = 20;
const WORKERS = ["edge", "ledger", "plain"];
const CASES = WORKERS.flatMap((name) => ["distinct", "repeated"].map((kind) => ({ name, kind })));

/**
 * By Worker and kind of request: `latency` in milliseconds, one request after the other, and `throughput` in requests per second, with
 * twenty connections.
 */
export async function measureRequests(key, plan) {
  const upstream = new Worker(new URL("upstream.mjs", import.meta.url));
  const [port] = await once(upstream, "message");
  const token = randomUUID();
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  const { urls, stop } = await startWorkers(await workerSources(key, token, port));
  const urlOf = ({ name }) => new URL("/v1/payout/status", urls[name]);
  const throughput = new Map(CASES.map((one) => [one, []]));
  let orders = 0;
  const ask = async (one) => {
    orders += 1;
    const orderId = one.kind === "repeated" ? "the-same" : `order-${orders}`;
    const answer = await post(urlOf(one), JSON.stringify({ order_id: orderId }), headers);
    if (JSON.parse(answer).payment_status !== "paid") throw new Error(`A Worker gave no payout: ${answer}`);
  };
  try {
    const latency = await measureInTurns(CASES, plan, ask);
    // The first window warms up.
    await takeTurns(CASES, plan.windows + 1, async (one, window) => {
      const rate = await load(urlOf(one).href, headers, one.kind, plan.seconds);
      if (window > 0) throughput.get(one).push(rate);
    });
    const figures = Object.fromEntries(WORKERS.map((name) => [name, {}]));
    for (const one of CASES) {
      const [ms, rate] = [latency, throughput].map((measured) => summarize(measured.get(one)));
      figures[one.name][one.kind] = { latency: ms, throughput: rate };
    }
    return figures;
  } finally {
    await stop();
    await upstream.terminate();
  }
}

/** Requests per second. */
async function load(url, headers, kind, duration) {
  const result = await autocannon({
    url,
    method: "POST",
    headers,
    connections: CONNECTIONS,
    duration,
    body: JSON.stringify({ order_id: kind === "repeated" ? "the-same" : "order-[<id>]" }),
    idReplacement: kind === "distinct",
    verifyBody: (text) => text.includes('"payment_status":"paid"'),
  });
  if (result.non2xx + result.errors + result.mismatches > 0) throw new Error(`A Worker gave no payout: ${url}`);
  return result["2xx"] / result.duration;
}

async function workerSources(key, token, port) {
  const shared = { ALIKASSA_ACCOUNT: ACCOUNT, ALIKASSA_BASE_URL: `http://127.0.0.1:${port}`, API_TOKENS: token };
  const contents = await readFile(join(ROOT, "build", "index.js"), "utf8");
  const module = await wasm(join(ROOT, "build", "index_bg.wasm"));
  const modules = { "index.js": { type: "esm", contents }, "index_bg.wasm": module };
  const env = { ...shared, ALIKASSA_PRIVATE_KEY: key.privatePem, ALIKASSA_KEY_PASSWORD: key.password };
  return {
    edge: { modules, env },
    ledger: { modules, env, hasLedger: true },
    plain: { modules: { "index.js": await bundle("workerd/plain.mjs") }, env: { ...shared, PKCS8: key.pkcs8 } },
  };
}

/** `alikassa-edge/worker`: the Worker out of the package, deployed without Rust. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Miniflare } from "miniflare";
import { type Sandbox, startSandbox } from "../../dist/sandbox/index.js";
import { ACCOUNT, archive } from "../fixtures/keys.ts";
import { home, project, ROOT } from "../package/installed.ts";
import { bundleWorker, settings, startWorker } from "../package/wrangler.ts";

const TOKEN = "a token of the tests";
const AUTHORIZED = { headers: { Authorization: `Bearer ${TOKEN}` } };

const FILE = "node_modules/alikassa-edge/dist/worker/index.js";

/** The repository's own wrangler.toml, as docs/worker/deploy.md has it for a project without Rust. */
const COPY = readFileSync(join(ROOT, "wrangler.toml"), "utf8")
  .replace(/^\[build\]\n(?:.+\n)+/m, "")
  .replace(/^main = .*$/m, `main = "${FILE}"`)
  .replace(/^directory = "build\/assets"$/m, 'directory = "node_modules/alikassa-edge/dist/worker/assets"');

/** The ways to it: what stands in wrangler.toml, and what wrangler is called with. */
const WAYS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  "by its file": [settings(FILE)],
  "by its file, with all the rest of our wrangler.toml": [COPY, "--env", "production"],
  "by its name": [
    `durable_objects.bindings = [{ name = "LEDGER", class_name = "Ledger" }]
${settings("main.js")}[[migrations]]
tag = "v1"
new_sqlite_classes = ["Ledger"]
`,
  ],
};

for (const [name, [toml, ...args]] of Object.entries(WAYS)) {
  describe(`the Worker of the package, ${name}`, { timeout: 60_000 }, () => {
    let sandbox: Sandbox;
    let worker: Miniflare;
    let closed: Miniflare;
    let out: string;

    before(async () => {
      await writeFile(join(project, "main.js"), 'export { default, Ledger } from "alikassa-edge/worker";\n');
      sandbox = await startSandbox({ account: ACCOUNT, publicPem: archive.publicPem });
      out = await bundleWorker(toml, args);
      worker = await startWorker(out, {
        ALIKASSA_ACCOUNT: ACCOUNT,
        ALIKASSA_BASE_URL: sandbox.baseUrl,
        ALIKASSA_KEY_PASSWORD: archive.password,
        ALIKASSA_PRIVATE_KEY: archive.privatePem,
        API_TOKENS: TOKEN,
      });
      closed = await startWorker(out);
    });
    after(async () => {
      await Promise.all([worker?.dispose(), closed?.dispose()]);
      await sandbox?.close();
    });

    test("is deployed as one script and one wasm, which are the built ones", () => {
      const files = readdirSync(out).filter((file) => !/\.map$|README/.test(file));
      const [wasm = "", ...more] = files.filter((file) => file.endsWith(".wasm"));
      assert.deepEqual([files.length, more], [2, []]);
      assert.deepEqual(readFileSync(join(out, wasm)), readFileSync(join(ROOT, "build", "index_bg.wasm")));
    });

    test("answers with a payout", async () => {
      const response = await worker.dispatchFetch("http://edge.example/v1/payout/status?id=100000536", AUTHORIZED);
      const payout = (await response.json()) as Record<string, unknown>;
      assert.deepEqual([response.status, payout["payment_status"], payout["is_final"]], [200, "paid", true]);
    });

    test("answers that the state is unknown", async () => {
      const url = "http://edge.example/v1/payout/status?order_id=fault-500";
      const response = await worker.dispatchFetch(url, AUTHORIZED);
      const problem = (await response.json()) as Record<string, unknown>;
      assert.deepEqual([response.status, problem["payout_state"]], [502, "unknown"]);
      assert.equal("payment_status" in problem, false);
    });

    test("refuses a request without a token", async () => {
      const response = await worker.dispatchFetch("http://edge.example/v1/payout/status?id=100000536");
      assert.equal(response.status, 401);
    });

    test("is closed until it is configured, and says what is missing", async () => {
      const response = await closed.dispatchFetch("http://edge.example/healthz");
      assert.equal(response.status, 503);
      assert.match(await response.text(), /ALIKASSA_ACCOUNT|API_TOKENS/);
    });
  });
}

describe("the types of the Worker", () => {
  const namesIn = (text: string, pattern: RegExp) => new Set([...text.matchAll(pattern)].map(([, name = ""]) => name));

  test("name every secret, variable and binding that it reads, and no other", () => {
    const types = readFileSync(join(home, "dist/worker/index.d.ts"), "utf8");
    const toml = readFileSync(join(ROOT, "wrangler.toml"), "utf8");
    const folder = join(ROOT, "src");
    const rust = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".rs"));
    const quoted = namesIn(rust.map((file) => readFileSync(join(folder, file), "utf8")).join(), /"([A-Z][A-Z_]+)"/g);
    // Other words are in capitals, too; wrangler.toml tells which ones can be set.
    const read = [...quoted].filter((name) => new RegExp(`\\b${name}\\b`).test(toml));
    assert.deepEqual([...namesIn(types, /^ {2}readonly ([A-Z_]+)\??:/gm)].sort(), read.sort());
  });
});

/** Workers with the package in them, bundled by wrangler and run in workerd. */
import assert from "node:assert/strict";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { devProgram, project, runToEnd } from "../package/installed.ts";
import type { Result } from "../suite/cases.ts";
import type { SuiteData } from "../suite/suite-data.ts";
import { SUITE, writeData } from "./bundle.ts";

const COMPATIBILITY_DATE = "2026-10-23";

let workers = 0;

/** Runs the suite within one request to such a Worker. */
export async function runInWorkerd(data: SuiteData): Promise<Result[]> {
  const source = `import { runSuite } from "./${SUITE}";
import data from "./${await writeData("workerd", data)}";

export default { fetch: async () => Response.json(await runSuite(data)) };
`;
  await writeFile(join(project, "worker.js"), source);
  const worker = await startWorker(await bundleWorker(settings("worker.js")));
  try {
    const response = await worker.dispatchFetch("http://shop.example/");
    assert.equal(response.status, 200);
    return (await response.json()) as Result[];
  } finally {
    await worker.dispose();
  }
}

/** The least that a wrangler.toml has, as the README has it. */
export function settings(main: string): string {
  return `name = "shop"
main = ${JSON.stringify(main)}
compatibility_date = "${COMPATIBILITY_DATE}"
preview_urls = false
[observability]
enabled = true
[observability.logs]
enabled = true
invocation_logs = false
`;
}

/**
 * Makes of a Worker in the project what would be deployed, and gives the folder.
 *
 * @param toml The text of its wrangler.toml.
 */
export async function bundleWorker(toml: string, args: readonly string[] = []): Promise<string> {
  workers += 1;
  const config = join(project, `wrangler-${workers}.toml`);
  await writeFile(config, toml);
  const out = join(project, `out-${workers}`);
  const all = ["deploy", "--dry-run", "--config", config, "--outdir", out, ...args];
  const env = { CI: "1", WRANGLER_SEND_METRICS: "false", WRANGLER_LOG_PATH: join(project, "log") };
  const built = await runToEnd(process.execPath, [devProgram("wrangler/bin/wrangler.js"), ...all], project, env);
  assert.equal(built.status, 0, built.stdout + built.stderr);
  assert.doesNotMatch(built.stdout + built.stderr, /warning/i);
  return out;
}

/** Starts what {@link bundleWorker} has made, with these secrets. */
export async function startWorker(out: string, bindings: Readonly<Record<string, string>> = {}): Promise<Miniflare> {
  const files = await readdir(out);
  // The first one is the main module.
  const modules = [
    ...files
      .filter((file) => file.endsWith(".js"))
      .map((file) => ({ type: "ESModule" as const, path: join(out, file) })),
    ...files
      .filter((file) => file.endsWith(".wasm"))
      .map((file) => ({ type: "CompiledWasm" as const, path: join(out, file) })),
  ];
  const options = { modules, modulesRoot: out, compatibilityDate: COMPATIBILITY_DATE, bindings: { ...bindings } };
  const worker = new Miniflare(convertV4MiniflareOptions(options));
  try {
    await worker.ready;
  } catch (error) {
    await worker.dispose();
    throw error;
  }
  return worker;
}

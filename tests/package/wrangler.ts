/** Workers in the project in which the package is installed: bundled by wrangler, run in workerd. */
import assert from "node:assert/strict";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { devProgram, project, runToEnd } from "./installed.ts";

const COMPATIBILITY_DATE = "2026-10-23";

let workers = 0;

/** The settings that every Worker with the package needs. */
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

/** Bundles a Worker of the project with this wrangler.toml, as for a deployment, and returns the folder. Fails on a warning. */
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

/** Starts a bundled Worker with these secrets. */
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

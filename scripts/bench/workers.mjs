/** Workers in workerd, each in an isolate and on a port of its own. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { Log, LogLevel, Miniflare } from "miniflare";
import { CONTENDER_FOLDER, GLUE, ROOT } from "../paths.mjs";

const variant = (name) => {
  const glue = join(ROOT, "dist", "wasm", name, GLUE);
  return { glue: `${glue}.js`, wasm: `${glue}_bg.wasm` };
};

/** The wasm modules that are compared, with their glue: the package's two, and the crates alone. */
export const FILES = {
  edge: variant("relaxed-simd"),
  baseline: variant("baseline"),
  crates: { glue: join(CONTENDER_FOLDER, "contender.js"), wasm: join(CONTENDER_FOLDER, "contender_bg.wasm") },
};

/** Their names. */
export const MODULES = Object.keys(FILES);

/** Starts one workerd. `sources` has `modules`, the main one first, and may have `env`, `flags` and `hasLedger`, by Worker. */
export async function startWorkers(sources) {
  const toml = await readFile(join(ROOT, "wrangler.toml"), "utf8");
  const compatibilityDate = /^compatibility_date = "(.+)"$/m.exec(toml)?.[1];
  const miniflare = new Miniflare({
    log: new Log(LogLevel.ERROR),
    handleStructuredLogs: ({ level, message }) => level === "error" && console.error(message),
    workers: Object.entries(sources).map(([name, { modules, env = {}, flags = [], hasLedger = false }]) => ({
      config: {
        name,
        compatibilityDate,
        compatibilityFlags: [...flags],
        manifest: { mainModule: Object.keys(modules)[0], modules },
        env: {
          ...Object.fromEntries(Object.entries(env).map(([binding, value]) => [binding, { type: "json", value }])),
          ...(hasLedger ? { LEDGER: { type: "durable-object", worker: name, exportName: "Ledger" } } : {}),
        },
        exports: hasLedger ? { Ledger: { type: "durable-object", storage: "sqlite" } } : {},
      },
      dev: { unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }] },
    })),
  });
  const urls = {};
  for (const name of Object.keys(sources)) urls[name] = await miniflare.unsafeGetDirectURL(name);
  return { urls, stop: () => miniflare.dispose() };
}

/** A program of this folder in one file, as wrangler would bundle it. `alias` has files by the names that the program imports. */
export async function bundle(name, alias = {}) {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(name, import.meta.url))],
    alias,
    bundle: true,
    external: ["*.wasm", "node:*"],
    format: "esm",
    logLevel: "error",
    platform: "browser",
    write: false,
  });
  return { type: "esm", contents: outputFiles[0].text };
}

export async function wasm(path) {
  return { type: "wasm", contents: await readFile(path) };
}

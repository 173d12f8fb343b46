/** Workers in workerd, each in an isolate and on a port of its own. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ROOT } from "../../paths.mjs";

const require = createRequire(import.meta.url);

/**
 * @typedef {object} WorkerSource
 * @property {Readonly<Record<string, { type: "esm" | "wasm", contents: string | Uint8Array }>>} modules The first is the
 *   main one.
 * @property {Readonly<Record<string, unknown>>} [env]
 * @property {readonly string[]} [flags]
 */

/**
 * Starts one workerd with these Workers.
 *
 * @param {Readonly<Record<string, WorkerSource>>} sources
 * @returns {Promise<{ urls: Record<string, URL>, stop: () => Promise<void> }>}
 */
export async function startWorkers(sources) {
  const { Miniflare, Log, LogLevel } = require("miniflare");
  const compatibilityDate = await readCompatibilityDate();
  const miniflare = new Miniflare({
    log: new Log(LogLevel.ERROR),
    // A line for each request, which nobody reads here.
    handleStructuredLogs: ({ level, message }) => {
      if (level === "error") console.error(message);
    },
    workers: Object.entries(sources).map(([name, { modules, env = {}, flags = [] }]) => ({
      config: {
        name,
        compatibilityDate,
        compatibilityFlags: [...flags],
        manifest: { mainModule: Object.keys(modules)[0], modules },
        env: Object.fromEntries(Object.entries(env).map(([binding, value]) => [binding, { type: "json", value }])),
      },
      // Nothing comes out of the cache, so that each request asks; and Miniflare's own cache is a program of its own.
      dev: { cacheAPI: false, unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }] },
    })),
  });
  const urls = {};
  for (const name of Object.keys(sources)) urls[name] = await miniflare.unsafeGetDirectURL(name);
  return { urls, stop: () => miniflare.dispose() };
}

/**
 * A program of this folder in one file, as wrangler would bundle it.
 *
 * @param {string} name Of the file.
 * @param {Readonly<Record<string, string>>} [alias] Files by the names under which the program imports them.
 */
export async function bundle(name, alias = {}) {
  // Not at the top: the packages may not be there yet when the bench starts.
  const { build } = await import("esbuild");
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

/** @param {string} path */
export async function wasm(path) {
  return { type: "wasm", contents: await readFile(path) };
}

/** The date with which the Worker is deployed. */
async function readCompatibilityDate() {
  const toml = await readFile(join(ROOT, "wrangler.toml"), "utf8");
  return /^compatibility_date = "(.+)"$/m.exec(toml)?.[1];
}

/** The package in the bundles of others: it is all in there, it works, and what is not used is not in there. */
import assert from "node:assert/strict";
import { copyFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { project, runModule } from "../package/installed.ts";
import { ALL, assertResults } from "../runtimes/results.ts";
import type { Result } from "../suite/cases.ts";
import { SHORT, SHORT_APP, SUITE_APP } from "./apps.ts";
import { BUNDLERS, bundle, scriptsOf, writeApp } from "./bundle.ts";

/** How the base64 of every wasm begins. */
const WASM = /AGFzbQEAAAA/g;

/** Runs a bundle from where nothing else of the package is found. */
async function run(name: string, out: string): Promise<Result[]> {
  const [script = "", ...more] = (await scriptsOf(out)).keys();
  assert.deepEqual(more, [], "a bundle in pieces");
  const moved = join(project, `${name}.${script.endsWith(".cjs") ? "cjs" : "mjs"}`);
  await copyFile(join(out, script), moved);
  const { status, stdout, stderr } = await runModule(
    `await import(${JSON.stringify(pathToFileURL(moved).href)}); console.log(JSON.stringify(await globalThis.suite));`,
  );
  assert.deepEqual([status, stderr], [0, ""]);
  return JSON.parse(stdout) as Result[];
}

async function textOf(out: string): Promise<string> {
  return [...(await scriptsOf(out)).values()].join();
}

describe("a bundle", { concurrency: 2, timeout: 180_000 }, () => {
  for (const bundler of BUNDLERS) {
    test(`of ${bundler} for Node has both modules in it, and runs the suite`, async (context) => {
      // webpack is the one that makes the bundle small, and with it all names that are not written as text.
      const app = bundler === "webpack" ? SUITE_APP : SHORT_APP;
      const out = await bundle(await writeApp(app), bundler, "node");
      assert.equal((await textOf(out)).match(WASM)?.length, 2);
      await assertResults(context, await run(bundler, out), bundler === "webpack" ? ALL : SHORT);
    });

    test(`of ${bundler} for browsers has one module in it, and no file beside it`, async () => {
      const source = `import { verifyNotification } from "alikassa-edge";
        globalThis.verify = verifyNotification;`;
      const out = await bundle(await writeApp(source), bundler, "browser");
      assert.equal((await textOf(out)).match(WASM)?.length, 1);
      const files = await readdir(out, { recursive: true, withFileTypes: true });
      const names = files.filter((file) => file.isFile()).map(({ name }) => name);
      assert.deepEqual(
        names.filter((name) => !/\.(?:js|html)$/.test(name)),
        [],
      );
    });

    test(`of ${bundler} leaves out what is not used: all but an error class`, async () => {
      const source = `import { GatewayError } from "alikassa-edge";
        globalThis.isUnknown = (error) => error instanceof GatewayError;`;
      const text = await textOf(await bundle(await writeApp(source), bundler, "browser"));
      assert.doesNotMatch(text, /AGFzbQ|WebAssembly|verifyNotification|readFileSync/);
      assert.ok(text.length < 4000, `${text.length} characters`);
    });
  }
});

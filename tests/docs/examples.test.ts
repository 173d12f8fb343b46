/** The examples of the documentation: checked by TypeScript against the package, and run against the sandbox. */
import assert from "node:assert/strict";
import { copyFile, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startSandbox, writeArchive } from "../../dist/sandbox/index.js";
import { ACCOUNT, archive } from "../fixtures/keys.ts";
import { vectorFile, vectors } from "../fixtures/vectors.ts";
import { devProgram, project, ROOT, runModule, runToEnd } from "../package/installed.ts";
import { findExamples, toModule } from "./examples.ts";

const STRICT = {
  allowImportingTsExtensions: true,
  exactOptionalPropertyTypes: true,
  lib: ["es2024", "esnext.disposable", "dom", "dom.iterable"],
  module: "nodenext",
  moduleResolution: "nodenext",
  noEmit: true,
  noUncheckedIndexedAccess: true,
  strict: true,
  target: "es2024",
  types: ["node"],
  verbatimModuleSyntax: true,
};

/** A server would never end, and the Worker's module is Cloudflare's alone. */
const RUNS_NOT = /\.listen\(|"alikassa-edge\/worker"/;

/** What they print, where they say so. */
const PRINTS: readonly string[] = [
  "paid true 300.00",
  "bad_key the key contains no PEM block",
  "paid 3",
  "6422494 paid",
  "6422495 is unknown: upstream_status",
];

const examples = findExamples();
// What they use besides the package.
await mkdir(join(project, "node_modules", "@types"), { recursive: true });
for (const name of ["@types/node", "standardwebhooks"])
  await symlink(join(ROOT, "node_modules", name), join(project, "node_modules", name));
for (const example of examples) await writeFile(join(project, example.file), toModule(example));
await copyFile(fileURLToPath(new URL("../fixtures/globals.ts", import.meta.url)), join(project, "globals.ts"));

describe("the examples", { timeout: 120_000 }, () => {
  test("are found, in README.md and in the doc comments", () => {
    assert.ok(examples.length > 30, String(examples.length));
    assert.ok(examples.some(({ name }) => name.startsWith("README.md:")));
  });

  test("have no fault for TypeScript", async () => {
    const config = { compilerOptions: STRICT, files: ["globals.ts", ...examples.map(({ file }) => file)] };
    await writeFile(join(project, "tsconfig.json"), JSON.stringify(config));
    const args = [devProgram("typescript/bin/tsc"), "-p", "tsconfig.json", "--pretty", "false"];
    const { status, stdout } = await runToEnd(process.execPath, args, project);
    const said = examples.reduce((text, { file, name }) => text.replaceAll(file, `${name} (${file})`), stdout);
    assert.deepEqual([status, said], [0, ""]);
  });

  test("run, and print what they say", async (context) => {
    const sandbox = await startSandbox({ account: ACCOUNT, publicPem: archive.publicPem });
    context.after(() => sandbox.close());
    await writeArchive(join(project, "cert", "payout"), archive);
    const [notification = assert.fail()] = vectors<{ key: string; query: string }>("notifications");
    await mkdir(join(project, "cert", "notification"), { recursive: true });
    await writeFile(join(project, "cert", "notification", "public.pem"), vectorFile(`public/${notification.key}`));
    const running = examples.filter(({ source }) => !RUNS_NOT.test(source));
    assert.ok(running.length > examples.length - 8);
    const calls = running.map(
      ({ file, name }) => `
      try { await (await import("./${file}")).example(); } catch (error) { console.log("thrown:", ${JSON.stringify(name)}, error); }`,
    );
    const env = { SANDBOX: sandbox.baseUrl, NOTIFICATION: notification.query };
    const { status, stdout, stderr } = await runModule(`${calls.join("")}\nawait globalThis.sandbox.close();\n`, env);
    assert.equal(status, 0, stderr);
    assert.doesNotMatch(stdout, /thrown:/);
    for (const line of PRINTS) assert.ok(`${stdout}${stderr}`.includes(line), `${line} is not in\n${stdout}${stderr}`);
  });
});

/** The suite in every supported runtime, with the package from its tarball. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { startSandbox, writeArchive } from "../../dist/sandbox/index.js";
import { setUpOnDemand } from "../../scripts/setup/on-demand.mjs";
import { ACCOUNT, archive } from "../fixtures/keys.ts";
import { suiteData } from "../fixtures/suite-data.ts";
import { fingerprintOf } from "../fixtures/vectors.ts";
import { project, ROOT, runToEnd } from "../package/installed.ts";
import type { Result } from "../suite/cases.ts";
import { writeProgram } from "./bundle.ts";
import { assertRequests, assertResults } from "./results.ts";
import { runInWorkerd } from "./workerd.ts";

const programs = join(await setUpOnDemand(), "node_modules");

interface Runtime {
  readonly file: string;
  /** What goes before the program. */
  readonly args: readonly string[];
  /** What it prints of itself with `--version`. */
  readonly version: RegExp;
}

const node = (folder: string, version: RegExp): Runtime => ({ file: join(folder, "bin", "node"), args: [], version });

const RUNTIMES: Readonly<Record<string, Runtime>> = {
  "Node 22": node(join(programs, "node-22"), /^v22\./),
  "Node 24": node(join(ROOT, "node_modules", "node"), /^v24\./),
  "Node 26": node(join(programs, "node-26"), /^v26\./),
  // Without the permission to read a file: the package needs none.
  Deno: { file: join(programs, "deno", "deno"), args: ["run", "--no-prompt", "--allow-net"], version: /^deno 2\./ },
  Bun: { file: join(programs, "bun", "bin", "bun.exe"), args: [], version: /^1\./ },
  // The last one whose own fetch sends a request again.
  "Bun 1.3": {
    file: join(programs, `bun-1.3-${process.platform}-${process.arch}`, "bin", "bun"),
    args: [],
    version: /^1\.3\.13$/m,
  },
};

const ENVIRONMENT = { DENO_DIR: join(project, ".deno"), DENO_NO_UPDATE_CHECK: "1", NODE_NO_WARNINGS: undefined };

describe("the suite", { concurrency: 2, timeout: 180_000 }, () => {
  for (const [name, { file, args, version }] of Object.entries(RUNTIMES)) {
    test(`in ${name}`, async (context) => {
      const { stdout: printed } = await runToEnd(file, ["--version"], project, ENVIRONMENT);
      assert.match(printed, version);
      const sandbox = await startSandbox({ account: ACCOUNT, publicPem: archive.publicPem, dripIntervalMs: 100 });
      context.after(() => sandbox.close());
      const program = await writeProgram(name.replace(" ", "-"), suiteData(sandbox.baseUrl));
      const { status, stdout, stderr } = await runToEnd(file, [...args, program], project, ENVIRONMENT);
      assert.deepEqual([status, stderr], [0, ""]);
      await assertResults(context, JSON.parse(stdout) as Result[]);
      assertRequests(sandbox);
    });
  }

  for (const [name, { file, args }] of Object.entries(RUNTIMES)) {
    test(`has an archive in a folder to open, in ${name}`, async () => {
      const cert = join(project, `cert-${name.replace(" ", "-")}`);
      await writeArchive(cert, archive);
      const source = `import { fromArchive } from "alikassa-edge/node";
        const alikassa = await fromArchive(${JSON.stringify(cert)}, { account: "${ACCOUNT}" });
        console.log(alikassa.keyFingerprint);`;
      const program = `${cert}.mjs`;
      await writeFile(program, source);
      const permission = name === "Deno" ? [`--allow-read=${cert}`] : [];
      const ended = await runToEnd(file, [...args, ...permission, program], project, ENVIRONMENT);
      assert.deepEqual(ended, { status: 0, stdout: `${fingerprintOf(archive.publicPem)}\n`, stderr: "" });
    });
  }

  test("in workerd", async (context) => {
    const sandbox = await startSandbox({ account: ACCOUNT, publicPem: archive.publicPem, dripIntervalMs: 100 });
    context.after(() => sandbox.close());
    await assertResults(context, await runInWorkerd(suiteData(sandbox.baseUrl)));
    assertRequests(sandbox);
  });
});

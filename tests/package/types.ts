/** The types, in the strictest projects of the two kinds that there are. */
import assert from "node:assert/strict";
import { copyFile, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { setUpOnDemand } from "../../scripts/setup/on-demand.mjs";
import { devProgram, project, ROOT, runToEnd, tarball } from "./installed.ts";

interface Project {
  /** Whether its files are CommonJS. */
  readonly commonjs?: boolean;
  readonly compilerOptions: Readonly<Record<string, unknown>>;
  readonly files: readonly string[];
}

const STRICT = {
  target: "es2024",
  noEmit: true,
  strict: true,
  skipLibCheck: false,
  exactOptionalPropertyTypes: true,
  noImplicitOverride: true,
  noPropertyAccessFromIndexSignature: true,
  noUncheckedIndexedAccess: true,
  verbatimModuleSyntax: true,
  isolatedModules: true,
};

const NODE = { lib: ["es2024", "esnext.disposable"], types: ["node"] };
const WEB = { lib: ["es2024", "esnext.disposable", "dom"], types: [] };
const NODENEXT = { module: "nodenext", moduleResolution: "nodenext" };
const BUNDLER = { module: "preserve", moduleResolution: "bundler" };

const PROJECTS: Readonly<Record<string, Project>> = {
  "Node, nodenext": {
    compilerOptions: { ...NODE, ...NODENEXT },
    files: ["usage.ts", "usage-node.ts", "usage-sandbox.ts"],
  },
  "Node, bundler": {
    compilerOptions: { ...NODE, ...BUNDLER },
    files: ["usage.ts", "usage-node.ts", "usage-sandbox.ts"],
  },
  // Node has been able to require ES modules since 22.12, and TypeScript knows.
  "Node, nodenext, CommonJS": {
    commonjs: true,
    compilerOptions: { ...NODE, ...NODENEXT, verbatimModuleSyntax: false },
    files: ["usage.ts", "usage-node.ts", "usage-sandbox.ts"],
  },
  "DOM, nodenext": { compilerOptions: { ...WEB, ...NODENEXT }, files: ["usage.ts"] },
  "DOM, bundler, as for Workers": {
    compilerOptions: { ...WEB, ...BUNDLER, customConditions: ["workerd", "worker", "browser"] },
    files: ["usage.ts", "usage-worker.ts", "worker.ts"],
  },
};

/** Compiles a project of these files beside the installed package. */
async function compile(name: string, { commonjs = false, compilerOptions, files }: Project): Promise<string> {
  const folder = join(project, "types", name.replaceAll(/\W+/g, "-"));
  await mkdir(folder, { recursive: true });
  for (const file of files)
    await copyFile(fileURLToPath(new URL(`fixtures/${file}`, import.meta.url)), join(folder, file));
  await mkdir(join(folder, "node_modules", "@types"), { recursive: true });
  await symlink(join(ROOT, "node_modules", "@types", "node"), join(folder, "node_modules", "@types", "node"));
  await writeFile(join(folder, "package.json"), JSON.stringify({ type: commonjs ? "commonjs" : "module" }));
  const config = { compilerOptions: { ...STRICT, ...compilerOptions }, files };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
  const tsc = devProgram("typescript/bin/tsc");
  const { stdout, stderr } = await runToEnd(
    process.execPath,
    [tsc, "-p", "tsconfig.json", "--pretty", "false"],
    folder,
  );
  return stdout + stderr;
}

describe("the types", { concurrency: 2 }, () => {
  for (const [name, settings] of Object.entries(PROJECTS)) {
    test(`fit the whole API in a strict project: ${name}`, async () => {
      assert.equal(await compile(name, settings), "");
    });
  }

  test("resolve as Are the Types Wrong wants it, in Node and in bundlers", async () => {
    const attw = join(await setUpOnDemand(), "node_modules", "@arethetypeswrong", "cli", "dist", "index.js");
    // That a require gets an ES module is no fault any more: a test of its own requires it.
    const settings = ["--profile", "node16", "--ignore-rules", "cjs-resolves-to-esm"];
    const { status, stdout } = await runToEnd(
      process.execPath,
      [attw, tarball, ...settings, "--format", "json"],
      project,
    );
    const { analysis } = JSON.parse(stdout) as { analysis: { problems: { kind: string; resolutionKind: string }[] } };
    const problems = analysis.problems.filter(
      ({ kind, resolutionKind }) => resolutionKind !== "node10" && kind !== "CJSResolvesToESM",
    );
    assert.deepEqual([status, problems], [0, []]);
  });
});

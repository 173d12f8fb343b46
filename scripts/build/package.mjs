/** Completes the npm package in `dist/`: the TypeScript, the command line, the built Worker, and the crates' licences. */
import { copyFile, cp, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../paths.mjs";
import { mustRun, runMain } from "../process.mjs";
import { bundleCli } from "./cli.mjs";
import { thirdPartyLicences } from "./licences.mjs";

const DIST = join(ROOT, "dist");

const WORKER_FILES = {
  "build/index.js": "index.js",
  "build/index_bg.wasm": "index_bg.wasm",
  "js/src/worker/index.d.ts": "index.d.ts",
};

await runMain(async () => {
  // The command line is only checked by tsc; esbuild bundles it.
  for (const project of ["js", "js/sandbox", "js/cli"]) await mustRun("tsc", ["-p", project, "--pretty", "false"]);
  await rm(join(DIST, "cli"), { recursive: true, force: true });
  await bundleCli();
  await mkdir(join(DIST, "worker"), { recursive: true });
  for (const [from, to] of Object.entries(WORKER_FILES)) await copyFile(join(ROOT, from), join(DIST, "worker", to));
  await rm(join(DIST, "worker", "assets"), { recursive: true, force: true });
  await cp(join(ROOT, "build", "assets"), join(DIST, "worker", "assets"), { recursive: true });
  await writeFile(join(DIST, "THIRD-PARTY-LICENSES.txt"), await thirdPartyLicences());
});

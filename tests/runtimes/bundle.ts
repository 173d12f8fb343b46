/** The suite as one file for every runtime, in the project into which the package is installed. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { project } from "../package/installed.ts";
import type { Given } from "../suite/given.ts";

/** Its name there. Without the package, which each runtime finds for itself. */
export const SUITE = "suite.js";

await build({
  entryPoints: [fileURLToPath(new URL("../suite/suite.ts", import.meta.url))],
  outfile: join(project, SUITE),
  bundle: true,
  external: ["alikassa-edge"],
  format: "esm",
  logLevel: "error",
  platform: "neutral",
  target: "es2024",
});

/** Writes a module that exports what the suite is told, and gives its name. */
export async function writeGiven(name: string, given: Given): Promise<string> {
  const file = `given-${name}.js`;
  await writeFile(join(project, file), `export default ${JSON.stringify(given)};\n`);
  return file;
}

/** Writes a program that runs the suite and prints what became of it as JSON, and gives its name. */
export async function writeProgram(name: string, given: Given): Promise<string> {
  const file = `program-${name}.js`;
  const source = `import { runSuite } from "./${SUITE}";
import given from "./${await writeGiven(name, given)}";

console.log(JSON.stringify(await runSuite(given)));
`;
  await writeFile(join(project, file), source);
  return file;
}

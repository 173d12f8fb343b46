/** Bundles the suite into one file, in the project in which the package is installed. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { project } from "../package/installed.ts";
import type { SuiteData } from "../suite/suite-data.ts";

/** The name of the file. The package is not in it: each runtime resolves it. */
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

/** Writes a module that exports the data of the suite, and returns its name. */
export async function writeData(name: string, data: SuiteData): Promise<string> {
  const file = `data-${name}.js`;
  await writeFile(join(project, file), `export default ${JSON.stringify(data)};\n`);
  return file;
}

/** Writes a program that runs the suite and prints its results as JSON, and returns its name. */
export async function writeProgram(name: string, data: SuiteData): Promise<string> {
  const file = `program-${name}.js`;
  const source = `import { runSuite } from "./${SUITE}";
import data from "./${await writeData(name, data)}";

console.log(JSON.stringify(await runSuite(data)));
`;
  await writeFile(join(project, file), source);
  return file;
}

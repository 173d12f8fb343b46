/**
 * The package as a user has it: packed, and installed into a project that has nothing else, without a network.
 *
 * Importing this file does it, once for the process.
 */
import { execFile } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { mkdir, mkdtemp, realpath, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

type Main = typeof import("../../dist/index.js");
type Node = typeof import("../../dist/node.js");

/** What a program that ran to its end said. */
export interface Finished {
  /** Its exit status, or `null` if a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The repository's folder. */
export const ROOT: string = fileURLToPath(new URL("../../", import.meta.url));

/** A program of the repository's devDependencies, by its file: a link to it would take whatever Node is first in the PATH. */
export function devProgram(file: string): string {
  return join(ROOT, "node_modules", file);
}

/** Runs a program to its end, whatever that is; after a minute and a half it is killed. */
export function runToEnd(
  file: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): Promise<Finished> {
  return new Promise((resolve) => {
    const options = { cwd, env: { ...process.env, ...env }, timeout: 90_000, maxBuffer: 64 << 20 };
    const child = execFile(file, args, options, (_error, stdout, stderr) =>
      resolve({ status: child.exitCode, stdout, stderr }),
    );
  });
}

async function npm(args: readonly string[], cwd: string): Promise<string> {
  const ended = await runToEnd("npm", ["--no-audit", "--no-fund", "--ignore-scripts", "--offline", ...args], cwd);
  if (ended.status !== 0) throw new Error(`npm ${args.join(" ")} failed:\n${ended.stderr}`);
  return ended.stdout;
}

/** A folder outside of the repository: what the package does not bring itself is not found from there. */
export const folder: string = await mkdtemp(join(await realpath(tmpdir()), "alikassa-edge-package-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));

/** The project into which the package is installed. */
export const project: string = join(folder, "project");
await mkdir(project);

const [packed] = JSON.parse(await npm(["pack", "--json", "--pack-destination", folder], ROOT)) as [
  { filename: string; files: { path: string }[] },
];

/** The tarball. */
export const tarball: string = join(folder, packed.filename);

/** The names of the files in the tarball. */
export const files: readonly string[] = packed.files.map(({ path }) => path).sort();

await writeFile(join(project, "package.json"), '{ "name": "shop", "private": true, "type": "module" }');
await npm(["install", tarball], project);

/** The installed package's folder. */
export const home: string = join(project, "node_modules", "alikassa-edge");

/** The package.json that is published. */
export const manifest = JSON.parse(readFileSync(join(home, "package.json"), "utf8")) as Readonly<
  Record<string, unknown>
>;

async function importFromProject<T>(specifier: string): Promise<T> {
  const file = join(project, `${specifier.replaceAll("/", "-")}.js`);
  await writeFile(file, `export * from ${JSON.stringify(specifier)};\n`);
  return (await import(pathToFileURL(file).href)) as T;
}

/** What `import … from "alikassa-edge"` gives in that project. */
export const main: Main = await importFromProject<Main>("alikassa-edge");

/** What `import … from "alikassa-edge/node"` gives there. */
export const node: Node = await importFromProject<Node>("alikassa-edge/node");

let programs = 0;

/** Runs an ES module in that project, in a Node of its own. */
export async function runModule(source: string, env: NodeJS.ProcessEnv = {}): Promise<Finished> {
  programs += 1;
  const file = join(project, `program-${programs}.mjs`);
  await writeFile(file, source);
  return runToEnd(process.execPath, [file], project, env);
}

/** What Vite, esbuild and webpack make of a program that has the package in it, without a word of configuration. */
import assert from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setUpOnDemand } from "../../scripts/setup/on-demand.mjs";
import { devProgram, project, runToEnd } from "../package/installed.ts";

const programs = join(await setUpOnDemand(), "node_modules");

export const BUNDLERS = ["esbuild", "vite", "webpack"] as const;
export type Bundler = (typeof BUNDLERS)[number];
/** Where the bundle is to run. */
export type Target = "browser" | "node";

const PAGE = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><link rel="icon" href="data:,"><title>A shop</title></head>
<body><script type="module" src="./app.js"></script></body></html>
`;

/** For a Vite that bundles for Node: what is not the program's own stays outside of it, unless that is asked for. */
const SSR = "ssr.mjs";

/** Vite's program. */
export const VITE = join(programs, "vite", "bin", "vite.js");

interface Command {
  /** The program, and what it is started with. */
  readonly program: readonly [string, ...string[]];
  readonly args: Readonly<Record<Target, readonly string[]>>;
}

const COMMANDS: Readonly<Record<Bundler, Command>> = {
  esbuild: {
    // Its installation puts the native program there.
    program: [devProgram("esbuild/bin/esbuild")],
    args: {
      browser: ["app.js", "--bundle", "--outdir=out"],
      node: ["app.js", "--bundle", "--platform=node", "--outfile=out/app.cjs"],
    },
  },
  vite: {
    program: [process.execPath, VITE],
    args: {
      browser: ["build", "--outDir", "out", "--logLevel", "warn"],
      node: ["build", "--ssr", "app.js", "--outDir", "out", "--logLevel", "warn", "--config", SSR],
    },
  },
  webpack: {
    program: [process.execPath, join(programs, "webpack-cli", "bin", "cli.js")],
    args: {
      browser: ["--mode", "production", "--entry", "./app.js", "--output-path", "out"],
      node: ["--mode", "production", "--entry", "./app.js", "--output-path", "out", "--target", "node"],
    },
  },
};

/** Hints that a page of more than 244 or 500 kB is large, and how to make it smaller. */
const HINT = /larger than 500 kB|size limit|performance recommendations|compiled with 3 warnings/;

let bundles = 0;

/** An empty folder beside the installed package, with a program and a page. */
export async function writeApp(source: string): Promise<string> {
  bundles += 1;
  const folder = join(project, `bundle-${bundles}`);
  await mkdir(folder);
  await writeFile(join(folder, "app.js"), source);
  await writeFile(join(folder, "index.html"), PAGE);
  await writeFile(join(folder, SSR), "export default { ssr: { noExternal: true } };\n");
  return folder;
}

/** Bundles that program, and gives the folder into which the bundle went. */
export async function bundle(folder: string, bundler: Bundler, target: Target): Promise<string> {
  const { program, args } = COMMANDS[bundler];
  const [file, ...first] = program;
  const { status, stdout, stderr } = await runToEnd(file, [...first, ...args[target]], folder, { NO_COLOR: "1" });
  assert.equal(status, 0, stdout + stderr);
  const troubles = (stdout + stderr).split("\n").filter((line) => /warning|error|\[!\]|\(!\)/i.test(line));
  assert.deepEqual(
    troubles.filter((line) => !HINT.test(line)),
    [],
    stdout + stderr,
  );
  return join(folder, "out");
}

/** The JavaScript of a bundle: the names of its files, and their text. */
export async function scriptsOf(out: string): Promise<ReadonlyMap<string, string>> {
  const files = await readdir(out, { recursive: true });
  const scripts = files.filter((file) => /\.[cm]?js$/.test(file)).sort();
  return new Map(
    await Promise.all(scripts.map(async (file) => [file, await readFile(join(out, file), "utf8")] as const)),
  );
}

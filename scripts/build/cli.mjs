/**
 * The command line in `dist/cli/`: one file with the packages that it is made of, so that whoever imports the library
 * installs none of them; and their licences, which ask to go where their code goes.
 */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../paths.mjs";

const SOURCE = join(ROOT, "js", "src", "cli");
const PROGRAM = "dist/cli/main.js";
const LICENCES = "dist/cli/LICENSES.txt";

/** Where the command line is, with a slash at its end. */
export const CLI_FOLDER = "dist/cli/";

/** Files that the build makes, from the project's folder. */
export const CLI_FILES = [PROGRAM, LICENCES];

/** Bundles the command line. */
export async function bundleCli() {
  // Installed by now, and not before: so it can't be imported at the top.
  const { build } = await import("esbuild");
  const { metafile } = await build({
    entryPoints: [join(SOURCE, "main.ts")],
    outfile: join(ROOT, PROGRAM),
    bundle: true,
    platform: "node",
    format: "esm",
    // The oldest one of package.json's "engines".
    target: "node22.12",
    plugins: [{ name: "library", setup: leaveLibraryOut }],
    legalComments: "none",
    metafile: true,
    logLevel: "silent",
    absWorkingDir: ROOT,
  });
  await writeFile(join(ROOT, LICENCES), await licences(bundledPackages(metafile)));
}

/** The library stands beside the command line in the package, and must not be there twice. */
function leaveLibraryOut({ onResolve }) {
  onResolve({ filter: /^\.\.\// }, ({ path, resolveDir }) =>
    resolveDir === SOURCE ? { path, external: true } : undefined,
  );
}

/** The folders of the packages that left something in the bundle. */
function bundledPackages({ outputs }) {
  const inputs = Object.entries(outputs[PROGRAM]?.inputs ?? {});
  const folders = inputs
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .flatMap(([path]) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []);
  return [...new Set(folders)].sort();
}

async function licences(folders) {
  const parts = await Promise.all(folders.map(licence));
  return `dist/cli/main.js holds parts of these packages.\n\n${parts.join("\n")}`;
}

async function licence(folder) {
  const { name, version, license } = JSON.parse(await readFile(join(ROOT, folder, "package.json"), "utf8"));
  const file = (await readdir(join(ROOT, folder))).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) throw new Error(`${name} comes without a licence file: its text can't be passed on`);
  const text = await readFile(join(ROOT, folder, file), "utf8");
  return `${name} ${version} (${license})\n${"-".repeat(72)}\n${text.trim()}\n`;
}

/**
 * The command line in `dist/cli/`: one file with the packages that it uses, so that who imports the library installs none of
 * them, and the licences of those packages.
 */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { ROOT } from "../paths.mjs";

const SOURCE = join(ROOT, "js", "cli");
const PROGRAM = "dist/cli/main.js";
const LICENCES = "dist/cli/LICENSES.txt";

/** Bundles the command line. */
export async function bundleCli() {
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
  const parts = await Promise.all(bundledPackages(metafile).map(licence));
  await writeFile(join(ROOT, LICENCES), `dist/cli/main.js holds parts of these packages.\n\n${parts.join("\n")}`);
}

/** The library stands beside the command line in the package, and must not be there twice. */
function leaveLibraryOut({ onResolve }) {
  // js/src becomes dist, js/sandbox becomes dist/sandbox.
  onResolve({ filter: /^\.\.\// }, ({ path, resolveDir }) =>
    resolveDir === SOURCE ? { path: path.replace("../src/", "../"), external: true } : undefined,
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

async function licence(folder) {
  const { name, version, license } = JSON.parse(await readFile(join(ROOT, folder, "package.json"), "utf8"));
  const file = (await readdir(join(ROOT, folder))).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) throw new Error(`${name} comes without a licence file: its text can't be passed on`);
  const text = await readFile(join(ROOT, folder, file), "utf8");
  return `${name} ${version} (${license})\n${"-".repeat(72)}\n${text.trim()}\n`;
}

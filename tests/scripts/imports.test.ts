/**
 * What sets a bare machine up needs nothing that is only there afterwards.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { describe, test } from "node:test";
import { ROOT } from "../../scripts/paths.mjs";

/** What npm starts on a fresh clone, and the release workflow before anything is installed. */
const ENTRIES = ["start", "test", "build", "setup", "format", "release/check"].map((name) => `scripts/${name}.mjs`);

/** `import "…"`, `import … from "…"`, `export … from "…"`, over several lines too. */
const IMPORT = /^(?:import|(?:import|export) [\w\s{},*]+ from) "([^"]+)";/gm;

/** Packages that are imported at the top of a module, or of one that it imports so: one sentence for each. */
function findPackages(entries: readonly string[], read: (path: string) => string): string[] {
  const seen = new Set(entries);
  const found: string[] = [];
  // A set that is added to while it is walked through is walked to its new end.
  for (const path of seen) {
    for (const [, specifier = ""] of read(path).matchAll(IMPORT)) {
      if (specifier.startsWith(".")) seen.add(posix.join(posix.dirname(path), specifier));
      else if (!specifier.startsWith("node:")) found.push(`${path} imports ${specifier}`);
    }
  }
  return found;
}

describe("the scripts that run on a fresh clone", () => {
  test("import no package before it is installed", () => {
    const read: string[] = [];
    const packages = findPackages(ENTRIES, (path) => {
      read.push(path);
      return readFileSync(posix.join(ROOT, path), "utf8");
    });
    assert.deepEqual(packages, []);
    // So that it is known to have followed them.
    for (const path of ["scripts/setup/packages.mjs", "scripts/build/worker.mjs"]) assert.ok(read.includes(path), path);
  });

  test("would be found", () => {
    const files: Record<string, string> = {
      "a.mjs": 'import { b } from "./b/c.mjs";\nimport {\n  d,\n} from "node:fs";\n',
      "b/c.mjs": 'export { e } from "../f.mjs";\nconst { g } = await import("lazy");\n',
      "f.mjs": 'import {\n  build,\n} from "esbuild";\n/** @type {import("x")} */\n',
    };
    assert.deepEqual(
      findPackages(["a.mjs"], (path) => files[path] ?? ""),
      ["f.mjs imports esbuild"],
    );
  });
});

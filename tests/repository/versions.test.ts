/** The manifests agree. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";

interface RustPackage {
  readonly name: string;
  readonly version: string;
  readonly publish: readonly string[] | null;
}

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

describe("the manifests", () => {
  test("have one version", () => {
    const args = ["metadata", "--no-deps", "--format-version=1"];
    const { packages }: { packages: RustPackage[] } = JSON.parse(
      execFileSync("cargo", args, { cwd: ROOT, encoding: "utf8" }),
    );
    const { version } = JSON.parse(read("package.json"));
    const lock = JSON.parse(read("package-lock.json"));
    const published = packages.filter(({ publish }) => publish === null);
    assert.ok(published.length > 0);
    for (const { name, version: found } of published) assert.equal(found, version, name);
    assert.deepEqual([lock.version, lock.packages[""].version], [version, version]);
  });

  test("name no registry in a lock file", () => {
    for (const path of globSync("{,scripts/setup/on-demand/}package-lock.json", { cwd: ROOT }))
      assert.doesNotMatch(read(path), /^\s*"resolved": "http/m, path);
    const sources = new Set(read("Cargo.lock").match(/^source = .*$/gm));
    assert.deepEqual([...sources], ['source = "registry+https://github.com/rust-lang/crates.io-index"']);
  });
});

/**
 * The crates as they are published: their content, that they build from it alone, and that their minimum Rust is enough.
 */
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { globSync, readFileSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { TARGET } from "../../scripts/paths.mjs";
import { findTooNew, isNewer, type Metadata } from "./versions.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const CRATES = ["relaxed-rsa", "alikassa"];
const PACKAGES = CRATES.map((name) => `--package=${name}`);
// In a folder of its own: in the common one it would replace the library under the tests that cargo runs at the same time.
const ENVIRONMENT = {
  ...process.env,
  CARGO_PROFILE_DEV_DEBUG: "false",
  CARGO_TARGET_DIR: join(TARGET, "packaged"),
};
const BUILD = { timeout: 900_000 };

function cargo(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  return promisify(execFile)("cargo", args, { cwd: ROOT, env: ENVIRONMENT, maxBuffer: 64 << 20 });
}

describe("the packed crates", () => {
  test("carry their tests and vectors", async () => {
    for (const name of CRATES) {
      const { stdout } = await cargo("package", `--package=${name}`, "--list", "--allow-dirty");
      const files = stdout.trimEnd().split("\n");
      assert.ok(files.includes("src/lib.rs"), name);
      assert.ok(files.includes("README.md"), name);
      assert.ok(files.includes("LICENSE-MIT") && files.includes("LICENSE-APACHE"), name);
      assert.ok(files.filter((file) => file.startsWith("tests/vectors/")).length > 0, name);
      const tracked = execFileSync("git", ["ls-files", `crates/${name}/src`], { cwd: ROOT, encoding: "utf8" });
      for (const path of tracked.trimEnd().split("\n"))
        assert.ok(files.includes(path.replace(`crates/${name}/`, "")), path);
    }
  });

  test("build from what is in them, without a warning", BUILD, async () => {
    // cargo unpacks and builds a version that it has packed once, and uses that again after the crate has changed.
    const home = process.env["CARGO_HOME"] ?? join(homedir(), ".cargo");
    const stale = [
      ...globSync(join(home, `registry/{src,cache}/-*/{${CRATES}}-*`)),
      ...globSync(join(ENVIRONMENT.CARGO_TARGET_DIR, `debug/.fingerprint/{${CRATES}}-*`)),
    ];
    for (const path of stale) rmSync(path, { recursive: true });
    const { stderr } = await cargo("package", ...PACKAGES, "--allow-dirty");
    for (const name of CRATES) assert.match(stderr, new RegExp(`^ +Verifying ${name} v`, "m"));
    assert.doesNotMatch(stderr, /^warning/m);
  });
});

describe("the Rust that is asked for", () => {
  const manifest = (path: string): string => readFileSync(join(ROOT, path), "utf8");
  const promised = /^rust-version = "([\d.]+)"$/m.exec(manifest("Cargo.toml"))?.[1] ?? "";

  test("is enough for every dependency, by what it says itself", async () => {
    const { stdout } = await cargo("metadata", "--format-version=1");
    const metadata: Metadata = JSON.parse(stdout);
    assert.ok(metadata.packages.length > 50);
    assert.deepEqual(findTooNew(metadata, promised), []);
  });

  test("is the same in the documentation and in CI", () => {
    for (const text of ["crates/alikassa/src/lib.rs", "CONTRIBUTING.md"])
      assert.match(manifest(text), new RegExp(`\\b${promised.replace(".", "\\.")}\\b`), text);
    assert.match(manifest(".github/workflows/ci.yml"), new RegExp(`^ +RUST: "${promised.replace(".", "\\.")}"$`, "m"));
  });

  test("is compared as versions are", () => {
    assert.ok(isNewer("1.100", "1.91"));
    assert.ok(isNewer("2.0", "1.91.3"));
    assert.ok(isNewer("1.91.1", "1.91"));
    assert.ok(!isNewer("1.91.0", "1.91"));
    assert.ok(!isNewer("1.9", "1.91"));
  });

  test("is found to be too old", () => {
    const dependency = { id: "b", name: "b", version: "1.2.3" };
    const metadata = (rust_version: string | null): Metadata => ({
      packages: [
        { id: "a", name: "a", version: "0.1.0", rust_version: "1.99" },
        { ...dependency, rust_version },
      ],
      workspace_members: ["a"],
    });
    assert.deepEqual(findTooNew(metadata("1.92"), "1.91"), ["b 1.2.3 needs Rust 1.92, and 1.91 is promised"]);
    for (const enough of ["1.91", "1.91.0", "1.85", null]) assert.deepEqual(findTooNew(metadata(enough), "1.91"), []);
  });
});

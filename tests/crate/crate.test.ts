/**
 * The crate as it would be published: what is in it, that it builds from that alone, and that the Rust it asks for is enough.
 */
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { LOCKED, targetFolder } from "../../scripts/build/cargo.mjs";
import { findTooNew, isNewer, type Metadata } from "./versions.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** Written by cargo, or by hand at the top. */
const TOP = ["Cargo.toml", "Cargo.lock", "README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"];
const GENERATED = [".cargo_vcs_info.json", "Cargo.toml.orig"];
const FOLDERS = ["src", "tests/native", "tests/vectors"];
// In a folder of its own: in the common one it would replace the library under the tests that cargo runs at the same time.
const ENVIRONMENT = {
  ...process.env,
  CARGO_PROFILE_DEV_DEBUG: "false",
  CARGO_TARGET_DIR: targetFolder("packaged"),
};
const BUILD = { timeout: 900_000 };

function cargo(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  return promisify(execFile)("cargo", args, { cwd: ROOT, env: ENVIRONMENT, maxBuffer: 64 << 20 });
}

/** What git tracks, and what is new and not ignored: so that a mistake is found before it is committed. */
function filesOfGit(...folders: string[]): string[] {
  const args = ["ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", ...folders];
  return execFileSync("git", args, { cwd: ROOT, encoding: "utf8" })
    .split("\0")
    .filter((path) => path !== "");
}

describe("the packed crate", () => {
  test("holds the sources, the tests with their vectors, the texts, and nothing else", BUILD, async () => {
    const { stdout } = await cargo("package", "--list", "--allow-dirty");
    const expected = [...TOP, ...GENERATED, ...filesOfGit(...FOLDERS)];
    // A clone without git, or one whose state git can't tell, has no such file.
    const found = new Set([...stdout.trimEnd().split("\n"), ".cargo_vcs_info.json"]);
    assert.deepEqual([...found].sort(), expected.sort());
  });

  test("builds from what is in it, and cargo has nothing to say about it", BUILD, async () => {
    const { stderr } = await cargo("package", "--allow-dirty");
    assert.match(stderr, /^ +Verifying alikassa-edge v/m);
    assert.doesNotMatch(stderr, /^warning/m);
  });
});

describe("the Rust that is asked for", () => {
  const manifest = (path: string): string => readFileSync(join(ROOT, path), "utf8");
  const promised = /^rust-version = "([\d.]+)"$/m.exec(manifest("Cargo.toml"))?.[1] ?? "";

  test("is enough for every dependency, by what it says itself", async () => {
    const { stdout } = await cargo("metadata", "--format-version=1", ...LOCKED);
    const metadata: Metadata = JSON.parse(stdout);
    assert.ok(metadata.packages.length > 50);
    assert.deepEqual(findTooNew(metadata, promised), []);
  });

  test("is the same for the example, in the documentation and in CI", () => {
    const example = /^rust-version = "([\d.]+)"$/m.exec(manifest("examples/reqwest/Cargo.toml"))?.[1];
    assert.equal(example, promised);
    for (const text of ["src/lib.rs", "README.md"])
      assert.match(manifest(text), new RegExp(`stable Rust ${promised.replace(".", "\\.")} or newer`), text);
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

/** The licence texts of the Rust crates in the wasm. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { isAccepted, thirdPartyLicences } from "../../scripts/build/licences.mjs";
import { home, ROOT, runToEnd } from "./installed.ts";

const text = readFileSync(join(home, "dist/THIRD-PARTY-LICENSES.txt"), "utf8");
const [list = "", ...texts] = text.split(/^-{100}$/m);

/** What cargo itself prints as a tree: `name version`. */
async function cratesOf(name: string): Promise<string[]> {
  const args = ["tree", "--target", "wasm32-unknown-unknown", "--package", name, "--edges", "normal,no-proc-macro"];
  const { status, stdout, stderr } = await runToEnd("cargo", [...args, "--prefix", "none", "--format", "{p}"], ROOT);
  assert.equal(status, 0, stderr);
  const crates = stdout.matchAll(/^(\S+) v(\S+)$/gm);
  return [...crates].map(([, name, version]) => `${name} ${version}`);
}

describe("the licences of the Rust crates", () => {
  test("name every crate that cargo's own tree has for the Worker and for the package, with a licence", async () => {
    const expected = new Set([...(await cratesOf("alikassa-edge")), ...(await cratesOf("alikassa-bindings"))]);
    const listed = new Set([...list.matchAll(/^- (\S+ [\d.]\S*): [^\n]+$/gm)].map(([, crate]) => crate));
    assert.ok(expected.size > 60);
    for (const crate of expected) assert.ok(listed.has(crate), crate);
  });

  test("have a text for each crate, and for Rust's own library", () => {
    const textsOf = new Map<string, string>();
    for (const section of texts) {
      for (const name of (section.split("\n")[1] ?? "").split(", "))
        textsOf.set(name, `${textsOf.get(name) ?? ""}${section}`);
    }
    const crates = [...list.matchAll(/^- (.+?)(?: \d[\d.]*\S*)?: /gm)].map(([, name = ""]) => name);
    assert.deepEqual([...textsOf.keys()].sort(), crates.sort());
    // Each of the accepted licences asks for nothing and warrants nothing, and says so.
    for (const [name, text] of textsOf) assert.match(text, /AS\s+IS/, name);
  });

  test("are the same each time, and tell nothing of the machine", async () => {
    assert.equal(await thirdPartyLicences(), text);
    assert.ok(!text.includes(ROOT) && !/\.cargo|registry/.test(text) && !text.includes("\r"));
  });

  test("are accepted where they ask for no more than a notice", () => {
    for (const licence of ["MIT", "MIT OR GPL-3.0-only", "MIT/Apache-2.0", "(MIT OR Apache-2.0) AND Unicode-3.0"])
      assert.equal(isAccepted(licence), true, licence);
    for (const licence of ["GPL-3.0-only", "MIT AND GPL-3.0-only", "MPL-2.0", "AGPL-3.0-or-later", "LGPL-2.1-only"])
      assert.equal(isAccepted(licence), false, licence);
  });
});

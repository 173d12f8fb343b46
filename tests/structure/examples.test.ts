/**
 * What is public has an example. That each of them is right is what the doctests are for.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { findWithoutExample } from "./examples.ts";
import { listFiles, readTextFiles } from "./repository.ts";

describe("the Rust library", () => {
  // The edges are private: what is public in them is so for the macros of their runtime.
  const rust = listFiles().filter((path) => /^src\/(?:lib\.rs|ground|gateway)/.test(path) && path.endsWith(".rs"));

  test("has an example for whatever is public", () => {
    assert.ok(rust.length > 30);
    assert.deepEqual(findWithoutExample(readTextFiles(rust)), []);
  });
});

describe("the check for examples", () => {
  const check = (text: string): string[] => findWithoutExample([{ path: "src/a.rs", text }]);

  test("finds what has none", () => {
    assert.deepEqual(check("/// Adds.\npub fn add() {}\n"), ["src/a.rs:2: fn add is in no example"]);
    for (const item of [
      "struct A;",
      "enum A {}",
      "trait A {}",
      "const A: u8 = 1;",
      "async fn a() {}",
      "const fn a() {}",
    ])
      assert.equal(check(`/// Says.\n#[must_use]\npub ${item}\n`).length, 1, item);
  });

  test("finds what is only spoken of, or used in code", () => {
    assert.equal(check("/// `add` adds, as in `x.add(1)`.\npub fn add() {}\nfn f() { x.add(1) }\n").length, 1);
    assert.equal(check("/// ```\n/// x.address();\n/// ```\nfn f() {}\n/// Adds.\npub fn add() {}\n").length, 1);
  });

  test("finds what follows an item that has one", () => {
    assert.equal(check("/// ```\n/// a();\n/// ```\npub fn a() {}\npub fn b() {}\n").length, 1);
  });

  test("lets pass what has one, over attributes, and what takes part in one", () => {
    assert.deepEqual(check("/// ```\n/// add();\n/// ```\n#[must_use]\npub fn add() {}\n"), []);
    assert.deepEqual(
      check("/// ```\n/// A::new(1).size();\n/// ```\npub struct A;\npub fn new() {}\npub fn size() {}\n"),
      [],
    );
    assert.deepEqual(check("//! ```\n//! let a: A = b;\n//! ```\n/// A thing.\npub struct A;\n"), []);
  });

  test("does not mind what is not public", () => {
    assert.deepEqual(check("pub(crate) fn f() {}\nfn g() {}\npub(super) struct A;\npub mod a;\npub use a::B;\n"), []);
  });
});

/**
 * The house is in order, and each check is shown to find what it looks for.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { findDeadLinks, findEmptyNames, findLongFiles, findTraces } from "./files.ts";
import { listFiles, readTextFiles } from "./repository.ts";
import { findUnsafe, findUpwardCalls, onlyCode } from "./rust.ts";

/** Files of src/ that may have `unsafe`. */
const MAY_BE_UNSAFE: readonly string[] = [];

const paths = listFiles();
const files = readTextFiles(paths);
const rust = files.filter(({ path }) => path.startsWith("src/") && path.endsWith(".rs"));

describe("the repository", () => {
  test("has files to check", () => {
    assert.ok(rust.length > 10);
    for (const path of ["src/ground.rs", "src/gateway.rs", "src/edges.rs", "README.md"])
      assert.ok(paths.includes(path));
  });

  test("has no storey that calls upward", () => assert.deepEqual(findUpwardCalls(rust), []));

  test("has no unsafe code", () => assert.deepEqual(findUnsafe(rust, MAY_BE_UNSAFE), []));

  test("has no long file", () => {
    const code = files.filter(({ path }) => /^(?:src|js\/src|scripts)\//.test(path) || /^tests\/.*\.rs$/.test(path));
    const written = code.filter(({ path }) => !path.endsWith("/package-lock.json"));
    assert.deepEqual(findLongFiles(written), []);
  });

  test("has no file or module with a name that says nothing", () => assert.deepEqual(findEmptyNames(paths), []));

  test("has no dead link in README and docs", () => {
    const texts = files.filter(({ path }) => /^(?:[^/]+\.md|docs\/.*\.md)$/.test(path));
    assert.deepEqual(findDeadLinks(texts, paths), []);
  });

  test("has no trace of the machine that it was written on", () => assert.deepEqual(findTraces(files), []));
});

describe("the check of the storeys", () => {
  const check = (path: string, text: string) => findUpwardCalls([{ path, text }]);

  test("finds every way up", () => {
    const ground = "src/ground/key/pem.rs";
    assert.equal(check(ground, "use crate::gateway::client::Gateway;").length, 1);
    assert.equal(check(ground, "fn f() { crate :: edges :: worker::g() }").length, 1);
    assert.equal(check(ground, "use crate::{ground::key::{Key, gateway}, edges};").length, 1);
    assert.equal(check(ground, "use crate::{gateway, edges::worker};").length, 2);
    assert.equal(check(ground, "use super::super::super::gateway::client;").length, 1);
    assert.equal(check(ground, "use super::super::{error, gateway::client};").length, 1);
    assert.equal(check(ground, "use crate::Gateway;").length, 1);
    assert.equal(check(ground, "use crate::*;").length, 1);
    assert.equal(check(ground, "pub(in crate::gateway) fn f() {}").length, 1);
    assert.equal(check("src/ground.rs", "use super::gateway::client;").length, 1);
    assert.equal(check("src/gateway/client.rs", "use crate::edges::fetch::Fetch;").length, 1);
    assert.equal(check("src/gateway/client.rs", "use crate::PrivateKey;").length, 1);
  });

  test("says where", () => {
    const [sentence] = check("src/ground/key.rs", "//! Keys.\n\nuse crate::gateway::client;\n");
    assert.equal(sentence, "src/ground/key.rs:3: ground uses crate::gateway");
  });

  test("lets every way down pass, and what is only said", () => {
    assert.deepEqual(check("src/gateway/client.rs", "use crate::ground::{key::Key, query};\nuse super::retry;"), []);
    assert.deepEqual(check("src/edges/worker.rs", "use crate::gateway::client;\nuse crate::Gateway;"), []);
    assert.deepEqual(check("src/lib.rs", "mod edges;\npub use gateway::client::Gateway;"), []);
    assert.deepEqual(check("src/ground/key.rs", "// crate::gateway calls this\nlet gateway = 1;"), []);
    assert.deepEqual(check("src/ground/key.rs", 'let text = "crate::gateway";\n/* crate::edges */'), []);
  });
});

describe("the check for unsafe code", () => {
  const bad = { path: "src/ground/simd.rs", text: "fn f() {\n  unsafe { g() }\n}" };

  test("finds it", () => assert.deepEqual(findUnsafe([bad], []), ["src/ground/simd.rs:2: unsafe"]));

  test("lets an allowed file pass", () => assert.deepEqual(findUnsafe([bad], [bad.path]), []));

  test("lets words and lints pass", () => {
    const text = '#![forbid(unsafe_code)]\n// unsafe\nconst WORD: &str = "unsafe \\" unsafe";\n';
    assert.deepEqual(findUnsafe([{ path: "src/lib.rs", text }], []), []);
  });

  test("is not misled by quotes", () => {
    assert.match(onlyCode(`let a = '"'; unsafe {} let b = '"';`), /unsafe/);
    assert.match(onlyCode("fn f<'a>(x: &'a str) -> &'a str { unsafe { x } }"), /unsafe/);
    assert.match(onlyCode(`let a = '\\''; unsafe {}`), /unsafe/);
    assert.match(onlyCode('let a = r#"a " b"#; unsafe {}'), /unsafe/);
    assert.doesNotMatch(onlyCode('let a = r#"a " unsafe"#;'), /unsafe/);
  });
});

describe("the checks of files", () => {
  test("find a long file", () => {
    assert.equal(findLongFiles([{ path: "src/a.rs", text: "\n".repeat(401) }]).length, 1);
    assert.deepEqual(findLongFiles([{ path: "src/a.rs", text: "\n".repeat(400) }]), []);
  });

  test("find an empty name", () => {
    const bad = ["src/ground/utils.rs", "js/src/helpers/a.ts", "src/common/mod.rs", "scripts/manager.test.mjs"];
    assert.deepEqual(findEmptyNames([...bad, "src/ground/manage.rs", "src/utility_bill.rs"]), bad);
  });

  test("find a dead link", () => {
    const text =
      "[a](docs/a.md) [b](docs/missing.md#part) ![c](<docs/c.svg>) <img src='x' src=\"docs/no.svg\">\n" +
      "[web](https://example.com/x) [here](#here) `[code](nowhere.md)`\n[r]: ./gone.md\n";
    assert.deepEqual(findDeadLinks([{ path: "README.md", text }], ["README.md", "docs/a.md", "docs/c.svg"]), [
      "README.md: docs/missing.md#part leads nowhere",
      "README.md: ./gone.md leads nowhere",
      "README.md: docs/no.svg leads nowhere",
    ]);
    assert.deepEqual(
      findDeadLinks([{ path: "docs/a.md", text: "[up](../README.md) [all](../docs/)" }], ["README.md", "docs/a.md"]),
      [],
    );
  });

  test("find a trace", () => {
    const folder = ["", "work", "main"].join("/");
    const host = ["https:", "", "registry.example.com", "x"].join("/");
    const bad = [`see ${folder}/src`, `cd ${folder}`, `url = "${host}"`, `  "resolved": "anything"`];
    for (const text of bad) assert.equal(findTraces([{ path: "a.md", text }]).length, 1, text);
    const good = [
      "framework/main",
      `tests${folder}`,
      'source = "registry+https://github.com/rust-lang/crates.io-index"',
    ];
    for (const text of good) assert.deepEqual(findTraces([{ path: "a.md", text }]), [], text);
  });
});

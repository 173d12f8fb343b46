/**
 * The parts of the scripts that decide something: what is counted, chosen, found and skipped.
 */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { describe, test } from "node:test";
import { buildIfChanged } from "../../scripts/build/fingerprint.mjs";
import { ROOT } from "../../scripts/paths.mjs";
import { isCurrentNode } from "../../scripts/setup/node.mjs";
import { lockedVersion } from "../../scripts/setup/tools.mjs";
import { readOptions } from "../../scripts/start/options.mjs";
import { curlLine } from "../../scripts/start/question.mjs";
import { countCargo, countNode } from "../../scripts/test/count.mjs";
import { chooseSteps, runLanes } from "../../scripts/test/schedule.mjs";

const DONE = { ok: true, stdout: "", output: "", missing: false };

describe("counting", () => {
  test("adds up cargo's test programs, those that failed too", () => {
    const output =
      "running 2 tests\n\ntest result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.1s\n" +
      "test result: FAILED. 10 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s\n";
    assert.deepEqual(countCargo(output), { passed: 12, failed: 3 });
  });

  test("takes Node's last lines, and a cancelled test for a failed one", () => {
    const output = "ℹ pass 99\n✔ a (1ms)\nℹ tests 6\nℹ suites 1\nℹ pass 3\nℹ fail 1\nℹ cancelled 2\nℹ skipped 0\n";
    assert.deepEqual(countNode(output), { passed: 3, failed: 3 });
  });

  test("does not guess", () => {
    assert.equal(countCargo("error: could not compile"), undefined);
    assert.equal(countNode("ℹ pass 3\n"), undefined);
  });
});

describe("the steps of a test run", () => {
  const ran: string[] = [];
  const step = (name: string, needs: string[] = [], ok = true) => ({
    name,
    needs,
    counts: false,
    run: async () => {
      ran.push(name);
      return { ...DONE, ok };
    },
  });
  const lanes = [
    { steps: [step("format"), step("lint", [], false)], width: 1 },
    { steps: [step("types", ["package"]), step("links"), step("package", ["build"])], width: 2 },
    { steps: [step("build", [], false)], width: 1 },
  ];

  test("are chosen by words, with all that they need", () => {
    const names = (words: string[]) => chooseSteps(lanes, words).map(({ steps }) => steps.map(({ name }) => name));
    assert.deepEqual(names(["type"]), [[], ["types", "package"], ["build"]]);
    assert.deepEqual(names(["lin"]), [["lint"], ["links"], []]);
    assert.deepEqual(names([]), [["format", "lint"], ["types", "links", "package"], ["build"]]);
  });

  test("go on after a failure, but for those that need what failed", async () => {
    ran.length = 0;
    const failed: string[] = [];
    await runLanes(lanes, ({ name }, { ok }) => void (ok || failed.push(name)));
    assert.deepEqual(ran.sort(), ["build", "format", "links", "lint"]);
    assert.deepEqual(failed.sort(), ["build", "lint", "package", "types"]);
  });
});

describe("set-up", () => {
  test("knows which Node is new enough", () => {
    assert.deepEqual(
      ["20.20.2", "22.11.0", "22.12.0", "24.0.0"].map((version) => isCurrentNode(version)),
      [false, false, true, true],
    );
  });

  test("reads versions from Cargo.lock", () => {
    const lock =
      '[[package]]\nname = "wasm-bindgen-macro"\nversion = "1.0.0"\n\n[[package]]\nname = "wasm-bindgen"\nversion = "0.2.130"\n';
    assert.equal(lockedVersion(lock, "wasm-bindgen"), "0.2.130");
    assert.throws(() => lockedVersion(lock, "worker"), /no worker/);
  });
});

describe("a build", () => {
  test("is skipped only while neither its inputs nor its outputs have changed", async () => {
    const folder = await mkdtemp(join(tmpdir(), "fingerprint-"));
    const file = (name: string) => join(folder, name);
    const fromRoot = (name: string) => relative(ROOT, file(name));
    let builds = 0;
    const build = async () => {
      builds += 1;
      await writeFile(file("output"), "built");
    };
    const name = `test-${process.pid}`;
    const run = () => buildIfChanged({ name, inputs: [fromRoot("input")], outputs: [fromRoot("output")], build });
    try {
      await writeFile(file("input"), "one");
      assert.equal(await run(), true);
      assert.equal(await run(), false);
      await writeFile(file("input"), "two");
      assert.equal(await run(), true);
      await writeFile(file("output"), "spoilt");
      assert.equal(await run(), true);
      await rm(file("output"));
      assert.equal(await run(), true);
      assert.equal(await run(), false);
      assert.equal(builds, 4);
    } finally {
      await rm(folder, { recursive: true });
      await rm(join(ROOT, "node_modules", ".cache", "alikassa-edge", `${name}.json`), { force: true });
    }
  });
});

describe("npm start", () => {
  test("reads its options", () => {
    assert.deepEqual(readOptions([]), { port: undefined, query: undefined, once: false, help: false });
    assert.deepEqual(readOptions(["--port", "8080", "--once", "--order-id", "a b"]), {
      port: 8080,
      query: { order_id: "a b" },
      once: true,
      help: false,
    });
    for (const port of ["0", "65536", "8e3", "-1", ""])
      assert.throws(() => readOptions([`--port=${port}`]), /whole number/);
  });

  test("writes a curl line that a shell reads as it is meant", () => {
    const query = { order_id: "it's $HOME" };
    const line = curlLine({ url: "http://127.0.0.1:1", token: "t", query });
    assert.match(line, /-d '\{"order_id":"it'\\''s \$HOME"\}'/);
  });
});

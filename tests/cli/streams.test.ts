/** Standard output and standard error that are closed. */
import assert from "node:assert/strict";
import { closeSync, openSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { connection, fileWith, fresh, jsonLines, start, suiteSandbox } from "./command.ts";

describe("standard error without a reader", () => {
  const sandbox = suiteSandbox();

  test("loses no answer", async () => {
    const output = fresh("results.jsonl");
    // A line that is there twice is remarked upon.
    const input = fileWith("order_id\nsandbox-paid\nsandbox-paid\nsandbox-fail\n");
    const { child, ended } = start(["status", "--file", input, "--output", output, ...connection(sandbox())]);
    child.stderr?.destroy();
    const { status, stdout } = await ended;
    assert.equal(status, 0);
    assert.match(stdout, /answered: 1 paid, 1 fail/);
    assert.equal(jsonLines(readFileSync(output, "utf8")).length, 2);
  });

  test("does not keep an error from its exit status", async () => {
    const { child, ended } = start(["status", "--id", "1"]);
    child.stderr?.destroy();
    assert.equal((await ended).status, 2);
  });
});

describe("standard output that can't be written", { concurrency: 2 }, () => {
  const sandbox = suiteSandbox();
  const commands: Readonly<Record<string, () => string[]>> = {
    "status of one payout": () => ["status", "--id", "100000602", ...connection(sandbox())],
    "status of a file": () => [
      "status",
      "--file",
      fileWith("100000602\n100000603\n"),
      "--json",
      ...connection(sandbox()),
    ],
    doctor: () => ["doctor", ...connection(sandbox())],
  };
  for (const [name, args] of Object.entries(commands)) {
    test(`is one line of error: ${name}`, async () => {
      const stdout = openSync(fresh("out"), "w");
      const { status, stderr } = await start(args(), { stdout, fileBlocks: 0 }).ended;
      closeSync(stdout);
      assert.equal(status, 1);
      assert.match(stderr, /^error: standard output can't be written \(EFBIG\): free some space[^\n]+\n/);
      assert.doesNotMatch(stderr, /\n +at |Unexpected internal error/);
    });
  }
});

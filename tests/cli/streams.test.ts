/** Standard output and standard error that are closed or full. */
import assert from "node:assert/strict";
import { closeSync, openSync } from "node:fs";
import { describe, test } from "node:test";
import { connection, fileWith, fresh, jsonLinesIn, start, useStatus } from "./command.ts";

describe("a closed standard error", () => {
  const { command } = useStatus();

  test("loses no answer", async () => {
    const output = fresh("results.jsonl");
    // A repeated payout causes a remark.
    const list = fileWith("order_id\nsandbox-paid\nsandbox-paid\nsandbox-fail\n");
    const { child, ended } = start(command("--file", list, "--output", output));
    child.stderr?.destroy();
    const { status, stdout } = await ended;
    assert.equal(status, 0);
    assert.match(stdout, /answered: 1 paid, 1 fail/);
    assert.equal(jsonLinesIn(output).length, 2);
  });

  test("does not change the exit status of an error", async () => {
    const { child, ended } = start(["status", "--id", "1"]);
    child.stderr?.destroy();
    assert.equal((await ended).status, 2);
  });
});

describe("a standard output that can't be written", { concurrency: 2 }, () => {
  const { sandbox, command } = useStatus();
  for (const [name, args] of Object.entries<() => string[]>({
    "status of one payout": () => command("--id", "100000602"),
    "status of a file": () => command("--file", fileWith("100000602\n100000603\n"), "--json"),
    doctor: () => ["doctor", ...connection(sandbox())],
  })) {
    test(`is reported in one line: ${name}`, async () => {
      const stdout = openSync(fresh("out"), "w");
      const { status, stderr } = await start(args(), { stdout, fileBlocks: 0 }).ended;
      closeSync(stdout);
      assert.equal(status, 1);
      assert.match(stderr, /^error: standard output can't be written \(EFBIG\): free some space[^\n]+\n/);
      assert.doesNotMatch(stderr, /\n +at |Unexpected internal error/);
    });
  }
});

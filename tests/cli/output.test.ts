/** The output of `status --file`, and which payouts a later run requests. */
import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { assertRefused, fileWith, fresh, jsonLines, namesBeside, resultsIn, start, useStatus } from "./command.ts";

const LIST = "order_id\nsandbox-paid\nsandbox-fail\nfault-500\nsandbox-wait\n";
const ORDER_IDS = ["sandbox-paid", "sandbox-fail", "fault-500", "sandbox-wait"];

const RESULTS = [
  ["sandbox-paid", "known", "paid"],
  ["sandbox-fail", "known", "fail"],
  ["fault-500", "unknown", undefined],
  ["sandbox-wait", "known", "wait"],
];

/** As on Windows, where a file that was opened to append to can't be cut. */
const WINDOWS = `
  import fs from "node:fs";
  import { syncBuiltinESMExports } from "node:module";
  const { openSync, ftruncateSync } = fs;
  const appending = new Set();
  fs.openSync = (path, flags, mode) => {
    const descriptor = openSync(path, flags, mode);
    if (String(flags).startsWith("a")) appending.add(descriptor);
    else appending.delete(descriptor);
    return descriptor;
  };
  fs.ftruncateSync = (descriptor, length) => {
    if (appending.has(descriptor)) throw Object.assign(new Error("EPERM"), { code: "EPERM" });
    ftruncateSync(descriptor, length);
  };
  syncBuiltinESMExports();`;
const NO_CUT_WHILE_APPENDING = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(WINDOWS)}` };

describe("the output of a list", { concurrency: 2 }, () => {
  const { command, status: ask } = useStatus();
  const list = ["--file", fileWith(LIST), "--concurrency", "1"];

  test("is a table with a summary", async () => {
    const { status, stdout, stderr } = await ask(...list);
    assert.deepEqual([status, stderr], [1, ""]);
    assert.match(stdout, /│ 100000602 │ sandbox-paid │ paid +│ true +│ 300\.00 │ known +│/);
    assert.match(stdout, /│ +│ fault-500 +│ +│ +│ +│ unknown: upstream_status │/);
    assert.match(stdout, /4 payouts\n {2}answered: 1 paid, 1 fail, 1 wait\n {2}unknown: 1; do not cancel or repeat/);
  });

  for (const [form, extension] of [
    ["--csv", "csv"],
    ["--json", "jsonl"],
  ] as const) {
    test(`has the summary on standard error with ${form}`, async () => {
      const { stdout, stderr } = await ask(...list, form);
      assert.deepEqual(resultsIn(fileWith(stdout, `x.${extension}`)), RESULTS);
      if (form === "--json") assert.doesNotMatch(stdout, /"fault-500".*payment_status|payment_status.*"fault-500"/);
      assert.match(stderr, /answered: 1 paid, 1 fail, 1 wait\n {2}unknown: 1/);
    });
  }

  test("ends without an error if the reader closes the pipe", async () => {
    const { child, ended } = start(command(...list, "--json"));
    child.stdout?.once("data", () => child.stdout?.destroy());
    const { status, stderr } = await ended;
    assert.deepEqual([status, stderr], [1, ""]);
  });
});

for (const [extension, ...form] of [["jsonl"], ["csv"], ["txt", "--csv"]] as const) {
  describe(`results in .${extension} ${form}`, () => {
    const { sandbox, statusInto } = useStatus();
    const output = fresh(`results.${extension}`);
    const results = () => resultsIn(output, extension !== "jsonl");

    /** Runs the command, and returns also the payouts that it requested. */
    const ask = async (...args: string[]) => {
      const before = sandbox().requests.length;
      const ended = await statusInto(output, LIST, [...form, ...args]);
      const requests = sandbox().requests.slice(before);
      return { ...ended, asked: requests.map(({ key }) => key !== undefined && "order_id" in key && key.order_id) };
    };

    test("have a line for each payout, and the summary is printed", async () => {
      const { status, stdout, asked } = await ask();
      assert.equal(status, 1);
      assert.deepEqual(asked, ORDER_IDS);
      assert.deepEqual(results(), RESULTS);
      assert.match(stdout, /^4 payouts\n/);
    });

    test("are not requested again", async () => {
      const before = readFileSync(output, "utf8");
      const { status, stderr, asked } = await ask();
      assert.deepEqual([status, asked], [1, []]);
      assert.match(stderr, /has 4 of 4 already\. --again requests those that are not final/);
      assert.equal(readFileSync(output, "utf8"), before);
    });

    test("are resumed after a line that was cut off", async () => {
      const lines = readFileSync(output, "utf8").split("\n");
      const kept = extension === "jsonl" ? 2 : 3;
      const cut = lines[kept]?.slice(0, 12) ?? assert.fail();
      writeFileSync(output, `${lines.slice(0, kept).join("\n")}\n${cut}`);
      const { asked, stderr } = await ask();
      assert.deepEqual(asked, ["fault-500", "sandbox-wait"]);
      assert.match(stderr, /has 2 of 4 already: requesting the other 2/);
      assert.deepEqual(results(), RESULTS);
    });

    test("are replaced with --again if they are not final", async () => {
      sandbox().addPayout('{"payment_status":"paid","id":7,"order_id":"fault-500"}');
      sandbox().script("fault-500", ["payout"]);
      const { status, asked, stdout } = await ask("--again");
      assert.equal(status, 0, stdout);
      assert.deepEqual(asked, ["fault-500", "sandbox-wait"]);
      const expected = RESULTS.map((row) => (row[0] === "fault-500" ? ["fault-500", "known", "paid"] : row));
      assert.deepEqual(results(), expected);
    });

    test("leave no other file behind", () => {
      assert.deepEqual(namesBeside(output), []);
      assert.equal(statSync(output).mode & 0o111, 0);
    });
  });
}

describe("status --output", { concurrency: 2 }, () => {
  const { statusInto } = useStatus();

  test("takes the form from the extension in capitals", async () => {
    const output = fresh("results.CSV");
    await statusInto(output, LIST);
    assert.deepEqual(resultsIn(output, true), RESULTS);
  });

  test("takes the form from an option, also for the summary", async () => {
    const output = fresh("results.log");
    const { stdout } = await statusInto(output, LIST, ["--json"]);
    assert.deepEqual(resultsIn(output), RESULTS);
    const summary = { payouts: 4, by_status: { paid: 1, fail: 1, wait: 1 }, unknown: 1, not_asked: 0 };
    assert.deepEqual(jsonLines(stdout), [summary]);
  });

  for (const [name, text, end] of [
    ["the list of ids itself", LIST, "ids.csv"],
    ["CSV with other columns", "id,order_id,payment_status\n1,2,paid\n", "x.csv"],
    ["JSON that is no result", '{"id":"1"}\n', "x.jsonl"],
    ["JSON of another query", '{"payment_status":"paid"}\n', "x.jsonl"],
    ["a text", "Dear all,\n", "x.jsonl"],
    ["a text without a line break", "Dear all", "x.jsonl"],
    ["a file with a key", "-----BEGIN PRIVATE KEY-----", "x.csv"],
  ] as const) {
    test(`refuses and keeps ${name}`, async () => {
      const output = fileWith(text, end);
      const pattern = /^error: [^\n]+ is not a file of results \([^\n]+\): give --output another file[^\n]*\n$/;
      assertRefused(await statusInto(output, LIST), pattern);
      assert.equal(readFileSync(output, "utf8"), text);
    });
  }

  for (const [name, output, pattern] of [
    ["a missing folder", fresh("none/x.jsonl"), /the file for the results, does not exist/],
    ["an unknown format", fresh("results"), /name it \.jsonl or \.csv, or give --json or --csv/],
  ] as const) {
    test(`refuses ${name}`, async () => assertRefused(await statusInto(output, LIST), pattern));
  }

  test("keeps lines of payouts that are not listed", async () => {
    const other = '{"payment_status":"wait","id":"42","order_id":"another list","is_final":false}';
    const output = fileWith(`${other}\n`, "x.jsonl");
    await statusInto(output, LIST);
    assert.deepEqual(resultsIn(output), [["another list", "known", "wait"], ...RESULTS]);
  });

  const paid = '{"payment_status":"paid","id":"100000602","order_id":"sandbox-paid","desc":"Ёж","is_final":true}';
  const [untilCharacter = ""] = paid.replace("602", "604").split("Ё");
  for (const [name, text] of [
    ["completes a last line without its line break", paid],
    ["replaces a line that was cut off", `${paid}\n{"payment_st`],
    ["replaces a line that was cut off within a character", Buffer.from(`${paid}\n${untilCharacter}Ё`).subarray(0, -1)],
  ] as const) {
    test(name, async () => {
      const output = fileWith(text, "x.jsonl");
      await statusInto(output, LIST, [], { env: NO_CUT_WHILE_APPENDING });
      assert.deepEqual(resultsIn(output), RESULTS);
      assert.ok(readFileSync(output, "utf8").startsWith(`${paid}\n{"`));
    });
  }
});

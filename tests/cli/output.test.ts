/** `status --file`: what it writes, and that what it has written is not asked for again. */
import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { parse } from "csv-parse/sync";
import {
  connection,
  type Ended,
  fileWith,
  fresh,
  jsonLines,
  namesBeside,
  run,
  start,
  suiteSandbox,
} from "./command.ts";

const LIST = "order_id\nsandbox-paid\nsandbox-fail\nfault-500\nsandbox-wait\n";
const ORDER_IDS = ["sandbox-paid", "sandbox-fail", "fault-500", "sandbox-wait"];

/** The forms of a file of results: its extension, and the options that are needed with it. */
const FORMS: readonly (readonly ["csv" | "json", string, readonly string[]])[] = [
  ["json", "jsonl", []],
  ["csv", "txt", ["--csv"]],
];

/** What a file of results says, in either form: the name, the state, the status. */
function readResults(path: string, form: "csv" | "json"): (readonly unknown[])[] {
  const text = readFileSync(path, "utf8");
  const rows = form === "csv" ? (parse(text, { columns: true }) as Record<string, unknown>[]) : jsonLines(text);
  // An empty cell is as good as a field that is not there.
  return rows.map((row) => [row["order_id"], row["payout_state"] || "known", row["payment_status"] || undefined]);
}

const RESULTS = [
  ["sandbox-paid", "known", "paid"],
  ["sandbox-fail", "known", "fail"],
  ["fault-500", "unknown", undefined],
  ["sandbox-wait", "known", "wait"],
];

describe("the output of a file", () => {
  const sandbox = suiteSandbox();
  const ask = (...args: string[]) =>
    run(["status", "--file", fileWith(LIST), "--concurrency", "1", ...args, ...connection(sandbox())]);

  test("is a table and a summary", async () => {
    const { status, stdout, stderr } = await ask();
    assert.deepEqual([status, stderr], [1, ""]);
    assert.match(stdout, /│ 100000602 │ sandbox-paid │ paid +│ true +│ 300\.00 │ known +│/);
    assert.match(stdout, /│ +│ fault-500 +│ +│ +│ +│ unknown: upstream_status │/);
    assert.match(stdout, /4 payouts\n {2}answered: 1 paid, 1 fail, 1 wait\n {2}unknown: 1; do not cancel or repeat/);
  });

  test("is CSV, with the summary beside it", async () => {
    const { stdout, stderr } = await ask("--csv");
    const path = fileWith(stdout);
    assert.deepEqual(readResults(path, "csv"), RESULTS);
    assert.match(stderr, /answered: 1 paid/);
  });

  test("is JSON, a line for each, with the summary beside it", async () => {
    const { stdout, stderr } = await ask("--json");
    assert.deepEqual(readResults(fileWith(stdout), "json"), RESULTS);
    assert.deepEqual(
      jsonLines(stdout).map((line) => "payment_status" in line),
      [true, true, false, true],
    );
    assert.match(stderr, /unknown: 1/);
  });

  test("ends without an error if the reader closes the pipe", async () => {
    const args = ["status", "--file", fileWith(LIST), "--json", "--concurrency", "1", ...connection(sandbox())];
    const { child, ended } = start(args);
    child.stdout?.once("data", () => child.stdout?.destroy());
    const { status, stderr } = await ended;
    assert.deepEqual([status, stderr], [1, ""]);
  });
});

for (const [form, extension, args] of FORMS) {
  describe(`a file of results .${extension} ${args.join(" ")}`, () => {
    const sandbox = suiteSandbox();
    const [input, output] = [fileWith(LIST), fresh(`results.${extension}`)];

    /** Runs the command, and tells for which payouts it asked. */
    const ask = async (...more: string[]): Promise<Ended & { asked: unknown[] }> => {
      const before = sandbox().requests.length;
      const options = ["--file", input, "--output", output, "--concurrency", "1", ...args, ...more];
      const ended = await run(["status", ...options, ...connection(sandbox())]);
      const asked = sandbox().requests.slice(before);
      return { ...ended, asked: asked.map(({ key }) => key !== undefined && "order_id" in key && key.order_id) };
    };

    test("has a line for each, and the summary alone is shown", async () => {
      const { status, stdout, asked } = await ask();
      assert.equal(status, 1);
      assert.deepEqual(asked, ORDER_IDS);
      assert.deepEqual(readResults(output, form), RESULTS);
      assert.match(stdout, /^4 payouts\n/);
    });

    test("is not requested again", async () => {
      const before = readFileSync(output, "utf8");
      const { status, stderr, asked } = await ask();
      assert.deepEqual([status, asked], [1, []]);
      assert.match(stderr, /has 4 of 4 already\. --again requests those that are not final/);
      assert.equal(readFileSync(output, "utf8"), before);
    });

    test("that was cut off in the middle of a line goes on with what is missing", async () => {
      const lines = readFileSync(output, "utf8").split("\n");
      const kept = form === "csv" ? 3 : 2;
      const cut = lines[kept]?.slice(0, 12) ?? assert.fail();
      writeFileSync(output, `${lines.slice(0, kept).join("\n")}\n${cut}`);
      const { asked, stderr } = await ask();
      assert.deepEqual(asked, ["fault-500", "sandbox-wait"]);
      assert.match(stderr, /has 2 of 4 already: requesting the other 2/);
      assert.deepEqual(readResults(output, form), RESULTS);
    });

    test("requests only what is not final with --again, with one line for each payout", async () => {
      sandbox().addPayout('{"payment_status":"paid","id":7,"order_id":"fault-500"}');
      sandbox().script("fault-500", ["payout"]);
      const { status, asked, stdout } = await ask("--again");
      assert.equal(status, 0, stdout);
      assert.deepEqual(asked, ["fault-500", "sandbox-wait"]);
      const expected = RESULTS.map((row) => (row[0] === "fault-500" ? ["fault-500", "known", "paid"] : row));
      assert.deepEqual(readResults(output, form), expected);
    });

    test("has nothing beside it", () => {
      assert.deepEqual(namesBeside(output), []);
      assert.equal(statSync(output).mode & 0o111, 0);
    });
  });
}

describe("a file for results", { concurrency: 2 }, () => {
  const sandbox = suiteSandbox();
  const ask = (...args: string[]) => run(["status", "--file", fileWith(LIST), ...args, ...connection(sandbox())]);

  test("has the form that its name says, in capitals, too", async () => {
    const output = fresh("results.CSV");
    await ask("--output", output, "--concurrency", "1");
    assert.deepEqual(readResults(output, "csv"), RESULTS);
  });

  test("has the form that is wanted, and so has the summary", async () => {
    const output = fresh("results.log");
    const { stdout } = await ask("--output", output, "--concurrency", "1", "--json");
    assert.deepEqual(readResults(output, "json"), RESULTS);
    const summary = { payouts: 4, by_status: { paid: 1, fail: 1, wait: 1 }, unknown: 1, not_asked: 0 };
    assert.deepEqual(jsonLines(stdout), [summary]);
  });

  const foreign: Readonly<Record<string, readonly [string, string]>> = {
    "the list of ids itself": [LIST, "ids.csv"],
    "CSV with other columns": ["id,order_id,payment_status\n1,2,paid\n", "x.csv"],
    "JSON that is no result": ['{"id":"1"}\n', "x.jsonl"],
    "JSON of another query": ['{"payment_status":"paid"}\n', "x.jsonl"],
    "a text": ["Dear all,\n", "x.jsonl"],
    "a text without a line break": ["Dear all", "x.jsonl"],
    "a file with a key": ["-----BEGIN PRIVATE KEY-----", "x.csv"],
  };
  for (const [name, [text, end]] of Object.entries(foreign)) {
    test(`that is ${name} is refused, and left as it was`, async () => {
      const output = fileWith(text, end);
      const { status, stderr } = await ask("--output", output);
      assert.equal(status, 2);
      assert.match(stderr, /^error: [^\n]+ is not a file of results \([^\n]+\): give --output another file[^\n]*\n$/);
      assert.equal(readFileSync(output, "utf8"), text);
    });
  }

  test("keeps lines of payouts that are not listed", async () => {
    const other = '{"payment_status":"wait","id":"42","order_id":"another list","is_final":false}';
    const output = fileWith(`${other}\n`, "x.jsonl");
    await ask("--output", output);
    assert.deepEqual(readResults(output, "json"), [["another list", "known", "wait"], ...RESULTS]);
  });

  test("keeps a last line that lacks its line break", async () => {
    const whole = '{"payment_status":"paid","id":"100000602","order_id":"sandbox-paid","is_final":true}';
    const output = fileWith(whole, "x.jsonl");
    await ask("--output", output, "--concurrency", "1");
    assert.deepEqual(readResults(output, "json"), RESULTS);
    assert.ok(readFileSync(output, "utf8").startsWith(`${whole}\n`));
  });

  test("that was cut off within a character goes on before it", async () => {
    const whole = '{"payment_status":"paid","id":"100000602","order_id":"sandbox-paid","desc":"Ёж","is_final":true}\n';
    const cut = Buffer.from(whole.replace("602", "604")).subarray(0, Buffer.from(whole.split("Ё")[0] ?? "").length + 1);
    assert.equal(cut.at(-1), 0xd0);
    const output = fileWith(Buffer.concat([Buffer.from(whole), cut]), "x.jsonl");
    await ask("--output", output, "--concurrency", "1");
    assert.deepEqual(readResults(output, "json"), RESULTS);
    assert.ok(readFileSync(output, "utf8").startsWith(`${whole}{"`));
  });

  test("in a folder that is not there is refused", async () => {
    const { status, stderr } = await ask("--output", fresh("none/x.jsonl"));
    assert.equal(status, 2);
    assert.match(stderr, /the file for the results, does not exist/);
  });

  test("of an unknown format is refused", async () => {
    const { status, stderr } = await ask("--output", fresh("results"));
    assert.equal(status, 2);
    assert.match(stderr, /name it \.jsonl or \.csv, or give --json or --csv/);
  });
});

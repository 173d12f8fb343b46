/** The file of `--output` as a journal: whatever happens to a run, no answer is lost, and no old one comes back. */
import assert from "node:assert/strict";
import { readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, test } from "node:test";
import { parse } from "csv-parse/sync";
import { payoutJson } from "../../dist/sandbox/index.js";
import { connection, fileWith, fresh, jsonLines, namesBeside, type Start, start, suiteSandbox } from "./command.ts";

const RESULTS_HEADER =
  "id,order_id,payout_state,payment_status,is_final,amount,payment_amount,is_partial_payment,account_payment_amount," +
  "commission_amount,service_code,card_mask,rrn,account_old_balance,account_new_balance,code,detail";

const unknownLine = (order_id: string) =>
  `{"order_id":"${order_id}","payout_state":"unknown","code":"upstream_timeout"}\n`;
const waitLine = (id: string, order_id: string) =>
  `{"payment_status":"wait","id":"${id}","order_id":"${order_id}","is_final":false}\n`;

/** The order_id, the state and the status of each line. */
const told = (output: string) =>
  jsonLines(readFileSync(output, "utf8")).map((line) => [
    line["order_id"],
    line["payout_state"] ?? "known",
    line["payment_status"],
  ]);

describe("a payout that was known and is unknown now", { concurrency: 2 }, () => {
  const sandbox = suiteSandbox();
  const ask = (input: string, output: string, ...args: string[]) =>
    start(["status", "--file", fileWith(input), "--output", output, ...args, ...connection(sandbox())]).ended;

  for (const [name, before] of [
    ["once", (order_id: string) => waitLine("5", order_id)],
    [
      "after a run that was killed before it took out the line",
      (order_id: string) => unknownLine(order_id) + waitLine("5", order_id),
    ],
  ] as const) {
    test(`has one line, which says so, if it stood there ${name}`, async () => {
      const order_id = fresh("X").split("/").at(-1) ?? assert.fail();
      sandbox().script(order_id, Array(3).fill({ status: 500 }));
      const output = fileWith(before(order_id), "results.jsonl");
      const again = await ask(`order_id\n${order_id}\n`, output, "--again");
      assert.equal(again.status, 1);
      assert.deepEqual(told(output), [[order_id, "unknown", undefined]]);
      // Nor has it come back for another run, under either name.
      const after = await ask(`order_id\n${order_id}\n`, output);
      assert.deepEqual([after.status, /unknown: 1/.test(after.stdout)], [1, true]);
      assert.deepEqual(told(output), [[order_id, "unknown", undefined]]);
    });
  }

  test("has one line in CSV, too", async () => {
    sandbox().script("X-csv", Array(3).fill({ status: 500 }));
    const output = fileWith(`${RESULTS_HEADER}\n5,X-csv,known,wait,false${",".repeat(12)}\n`, "results.csv");
    assert.equal((await ask("order_id\nX-csv\n", output, "--again")).status, 1);
    const rows = parse(readFileSync(output, "utf8"), { columns: true }) as Record<string, string>[];
    assert.deepEqual(
      rows.map((row) => [row["order_id"], row["payout_state"], row["payment_status"]]),
      [["X-csv", "unknown", ""]],
    );
  });

  test("keeps a final status if a list has both names of the payout", async () => {
    sandbox().script("sandbox-paid", Array(3).fill({ status: 500 }));
    const output = fresh("results.jsonl");
    const { status } = await ask("id,order_id\n100000602,\n,sandbox-paid\n", output, "--concurrency", "1");
    assert.equal(status, 1);
    assert.deepEqual(told(output), [["sandbox-paid", "known", "paid"]]);
  });
});

describe("two payouts under one order_id", () => {
  const sandbox = suiteSandbox();

  test("have a line each, also after a later run", async () => {
    const output = fresh("results.jsonl");
    const ids = ["400000001", "400000002", "400000003"];
    for (const id of ids) sandbox().addPayout(payoutJson({ id, order_id: "shared", statusJson: '"wait"' }));
    const args = ["--file", fileWith(ids.join("\n")), "--output", output, "--concurrency", "1"];
    const ask = (...more: string[]) => start(["status", ...args, ...more, ...connection(sandbox())]).ended;
    assert.equal((await ask()).status, 0);
    sandbox().script("400000002", Array(3).fill({ status: 500 }));
    const { status, stdout } = await ask("--again");
    assert.equal(status, 1);
    assert.match(stdout, /answered: 2 wait\n {2}unknown: 1/);
    const lines = jsonLines(readFileSync(output, "utf8"));
    assert.deepEqual(
      lines.map(({ id, payment_status }) => [id, payment_status]),
      ids.map((id) => [id, id === "400000002" ? undefined : "wait"]),
    );
  });
});

describe("a disk that is full", { concurrency: 2 }, () => {
  const sandbox = suiteSandbox();
  const others = Array.from({ length: 20 }, (_, at) => waitLine(String(at + 1), `other-${at}`)).join("");
  const journal = others + unknownLine("sandbox-wait") + waitLine("100000601", "sandbox-wait");
  const ask = (input: string, output: string, options: Start = {}) =>
    start(["status", "--file", fileWith(input), "--output", output, ...connection(sandbox())], options).ended;
  const kept = Array.from({ length: 20 }, (_, at) => [`other-${at}`, "known", "wait"]);

  test("while answers arrive is one line of error, and the file can be resumed", async () => {
    const output = fileWith(journal, "results.jsonl");
    const input = "order_id\nsandbox-wait\nsandbox-paid\n";
    const { status, stdout, stderr } = await ask(input, output, { fileBlocks: 1 });
    assert.deepEqual([status, stdout], [2, ""]);
    assert.match(
      stderr,
      /\nerror: \S+ can't be written \(EFBIG\): free some space[^\n]+ the same command again[^\n]+\n$/,
    );
    assert.doesNotMatch(stderr, /Unexpected internal error/);
    assert.equal(readFileSync(output, "utf8"), journal);
    assert.deepEqual(namesBeside(output), []);

    assert.equal((await ask(input, output)).status, 0);
    assert.deepEqual(told(output), [...kept, ["sandbox-wait", "known", "wait"], ["sandbox-paid", "known", "paid"]]);
  });

  test("in the middle of a line leaves what a later run can read", async () => {
    const output = fresh("results.jsonl");
    const input = "order_id\nsandbox-wait\nsandbox-paid\nsandbox-fail\nsandbox-cancel\n";
    const { status, stderr } = await ask(input, output, { fileBlocks: 1 });
    assert.equal(status, 2);
    assert.match(stderr, /can't be written \(EFBIG\)/);
    assert.equal(statSync(output).size, 512);
    assert.deepEqual(namesBeside(output), []);
    assert.equal((await ask(input, output)).status, 0);
    assert.equal(told(output).length, 4);
  });

  test("while replaced lines are removed is one line of error, and keeps all lines", async () => {
    const output = fileWith(journal, "results.jsonl");
    const { status, stderr } = await ask("order_id\nsandbox-wait\n", output, { fileBlocks: 1 });
    assert.equal(status, 2);
    assert.match(stderr, /\nerror: \S+ can't be written \(EFBIG\): free some space[^\n]+\n$/);
    assert.equal(readFileSync(output, "utf8"), journal);
    assert.deepEqual(namesBeside(output), []);

    assert.equal((await ask("order_id\nsandbox-wait\n", output)).status, 0);
    assert.deepEqual(told(output), [...kept, ["sandbox-wait", "known", "wait"]]);
  });
});

describe("two runs on one file", () => {
  const sandbox = suiteSandbox();
  const args = (output: string) => [
    ...["status", "--file", fileWith("order_id\nsandbox-paid\nfault-hang\n"), "--output", output],
    ...["--concurrency", "1", "--timeout-ms", "20000", ...connection(sandbox())],
  ];

  test("are refused, under another name of it, too, until the first one has ended, be it killed", async () => {
    const output = fresh("results.jsonl");
    const link = fresh("link.jsonl");
    symlinkSync(output, link);
    const first = start(args(output));
    while (sandbox().requests.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    for (const path of [output, link]) {
      const { status, stdout, stderr } = await start(args(path)).ended;
      assert.deepEqual([status, stdout], [2, ""]);
      assert.match(
        stderr,
        new RegExp(`^error: another run, process ${first.child.pid}, writes to \\S+: wait for its end; [^\n]+\n$`),
      );
      assert.equal(sandbox().requests.length, 2);
      assert.deepEqual(namesBeside(link), []);
      assert.equal(namesBeside(output).length, 1);
    }
    first.child.kill("SIGKILL");
    assert.equal((await first.ended).signal, "SIGKILL");
    assert.equal(namesBeside(output).length, 1);

    sandbox().script("fault-hang", ["payout"]);
    const { status, stderr } = await start(args(link)).ended;
    assert.equal(status, 0, stderr);
    assert.match(stderr, /has 1 of 2 already: requesting the other 1/);
    assert.equal(told(output).length, 2);
    assert.deepEqual([...namesBeside(output), ...namesBeside(link)], []);
  });

  test("are refused where the other one is another user's or of an earlier number, with what to delete", async () => {
    const output = fileWith("", "results.jsonl");
    // Process 1 is always there.
    const lock = `${output}.1.lock`;
    writeFileSync(lock, "");
    const { status, stderr } = await start(args(output)).ended;
    assert.equal(status, 2);
    assert.ok(stderr.includes(`if process 1 is not alikassa-edge, delete ${lock}`), stderr);
    assert.equal(namesBeside(output).length, 1);
  });

  test("are none where the number is another process's by now: of the one that started this, or of none", async () => {
    const output = fileWith("", "results.jsonl");
    // No system has a process of this number: it does not fit.
    for (const pid of [process.pid, 4_294_967_295]) writeFileSync(`${output}.${pid}.lock`, "");
    const others = [`${output}.lock`, `${output}.x.lock`];
    for (const other of others) writeFileSync(other, "");
    const input = fileWith("order_id\nsandbox-paid\n");
    const { status, stderr } = await start(["status", "--file", input, "--output", output, ...connection(sandbox())])
      .ended;
    assert.equal(status, 0, stderr);
    // What is not of this kind is another program's lock, and stays.
    const left = others.map((other) => basename(other));
    assert.deepEqual(namesBeside(output).sort(), left);
  });
});

describe("a line that was cut off", () => {
  const sandbox = suiteSandbox();

  test("is taken away on Windows, too, where a file that was opened to append to can't be cut", async () => {
    const whole = '{"payment_status":"paid","id":"100000602","order_id":"sandbox-paid","is_final":true}\n';
    const output = fileWith(`${whole}{"payment_st`, "results.jsonl");
    const windows = `
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
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(windows)}` };
    const input = fileWith("order_id\nsandbox-paid\nsandbox-fail\n");
    const options = ["--file", input, "--output", output, ...connection(sandbox())];
    const { status, stderr } = await start(["status", ...options], { env }).ended;
    assert.equal(status, 0, stderr);
    assert.ok(readFileSync(output, "utf8").startsWith(`${whole}{"`));
    assert.equal(told(output).length, 2);
  });
});

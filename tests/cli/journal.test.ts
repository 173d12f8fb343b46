/** A file of results after failures: no answer is lost, and no outdated one comes back. */
import assert from "node:assert/strict";
import { readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, test } from "node:test";
import { payoutJson } from "../../dist/sandbox/index.js";
import { sleep } from "../fixtures/mock-api.ts";
import {
  assertRefused,
  fileWith,
  fresh,
  jsonLinesIn,
  namesBeside,
  resultsIn,
  run,
  start,
  useStatus,
} from "./command.ts";

const CSV_HEADER =
  "id,order_id,payout_state,payment_status,is_final,amount,payment_amount,is_partial_payment,account_payment_amount," +
  "commission_amount,service_code,card_mask,rrn,account_old_balance,account_new_balance,code,detail";
const FAILING = Array(3).fill({ status: 500 });

const unknownLine = (order_id: string) =>
  `{"order_id":"${order_id}","payout_state":"unknown","code":"upstream_timeout"}\n`;
const waitLine = (id: string, order_id: string) =>
  `{"payment_status":"wait","id":"${id}","order_id":"${order_id}","is_final":false}\n`;

describe("a payout that was known and is unknown now", { concurrency: 2 }, () => {
  const { sandbox, statusInto } = useStatus();

  for (const [name, order_id, end, before] of [
    ["one earlier line", "X-once", "x.jsonl", waitLine("5", "X-once")],
    ["a killed run's two earlier lines", "X-killed", "x.jsonl", unknownLine("X-killed") + waitLine("5", "X-killed")],
    ["CSV", "X-csv", "x.csv", `${CSV_HEADER}\n5,X-csv,known,wait,false${",".repeat(12)}\n`],
  ] as const) {
    test(`has one line, also after later runs: ${name}`, async () => {
      sandbox().script(order_id, FAILING);
      const output = fileWith(before, end);
      assert.equal((await statusInto(output, `order_id\n${order_id}\n`, ["--again"])).status, 1);
      assert.deepEqual(resultsIn(output), [[order_id, "unknown", undefined]]);
      const { status, stdout } = await statusInto(output, `order_id\n${order_id}\n`);
      assert.equal(status, 1);
      assert.match(stdout, /unknown: 1/);
      assert.deepEqual(resultsIn(output), [[order_id, "unknown", undefined]]);
    });
  }

  test("keeps a final status if a list has both names of the payout", async () => {
    sandbox().script("sandbox-paid", FAILING);
    const output = fresh("results.jsonl");
    assert.equal((await statusInto(output, "id,order_id\n100000602,\n,sandbox-paid\n")).status, 1);
    assert.deepEqual(resultsIn(output), [["sandbox-paid", "known", "paid"]]);
  });

  test("shares its order_id with other payouts, which keep their lines", async () => {
    const output = fresh("results.jsonl");
    const ids = ["400000001", "400000002", "400000003"];
    for (const id of ids) sandbox().addPayout(payoutJson({ id, order_id: "shared", statusJson: '"wait"' }));
    assert.equal((await statusInto(output, ids.join("\n"))).status, 0);
    sandbox().script("400000002", FAILING);
    const { status, stdout } = await statusInto(output, ids.join("\n"), ["--again"]);
    assert.equal(status, 1);
    assert.match(stdout, /answered: 2 wait\n {2}unknown: 1/);
    assert.deepEqual(
      jsonLinesIn(output).map(({ id, payment_status }) => [id, payment_status]),
      ids.map((id) => [id, id === "400000002" ? undefined : "wait"]),
    );
  });
});

describe("a full disk", { concurrency: 2 }, () => {
  const { statusInto } = useStatus();
  const others = Array.from({ length: 20 }, (_, at) => waitLine(String(at + 1), `other-${at}`)).join("");
  const journal = others + unknownLine("sandbox-wait") + waitLine("100000601", "sandbox-wait");
  const kept = Array.from({ length: 20 }, (_, at) => [`other-${at}`, "known", "wait"]);

  for (const [name, orderIds, statuses] of [
    ["while answers arrive", ["sandbox-wait", "sandbox-paid"], ["wait", "paid"]],
    ["while replaced lines are removed", ["sandbox-wait"], ["wait"]],
  ] as const) {
    test(`keeps all lines for a later run: ${name}`, async () => {
      const output = fileWith(journal, "results.jsonl");
      const list = ["order_id", ...orderIds].join("\n");
      const { status, stdout, stderr } = await statusInto(output, list, [], { fileBlocks: 1 });
      assert.deepEqual([status, stdout], [2, ""]);
      assert.match(
        stderr,
        /\nerror: \S+ can't be written \(EFBIG\): free some space[^\n]+ the same command again[^\n]+\n$/,
      );
      assert.doesNotMatch(stderr, /Unexpected internal error/);
      assert.equal(readFileSync(output, "utf8"), journal);
      assert.deepEqual(namesBeside(output), []);

      assert.equal((await statusInto(output, list)).status, 0);
      const found = orderIds.map((order_id, at) => [order_id, "known", statuses[at]]);
      assert.deepEqual(resultsIn(output), [...kept, ...found]);
    });
  }

  test("leaves a part of a line, after which a later run resumes", async () => {
    const output = fresh("results.jsonl");
    const list = "order_id\nsandbox-wait\nsandbox-paid\nsandbox-fail\nsandbox-cancel\n";
    const { status, stderr } = await statusInto(output, list, [], { fileBlocks: 1 });
    assert.equal(status, 2);
    assert.match(stderr, /can't be written \(EFBIG\)/);
    assert.equal(statSync(output).size, 512);
    assert.deepEqual(namesBeside(output), []);
    assert.equal((await statusInto(output, list)).status, 0);
    assert.equal(resultsIn(output).length, 4);
  });
});

describe("the lock of a file of results", () => {
  const { sandbox, command, statusInto } = useStatus();
  const list = "order_id\nsandbox-paid\nfault-hang\n";

  test("refuses a second run, also by a link, until the first has ended or was killed", async () => {
    const output = fresh("results.jsonl");
    const link = fresh("link.jsonl");
    symlinkSync(output, link);
    const args = ["--file", fileWith(list), "--concurrency", "1", "--timeout-ms", "20000"];
    const first = start(command(...args, "--output", output));
    while (sandbox().requests.length < 2) await sleep(5);
    for (const path of [output, link]) {
      const pattern = `^error: another run, process ${first.child.pid}, writes to \\S+: wait for its end; [^\n]+\n$`;
      assertRefused(await statusInto(path, list), new RegExp(pattern));
      assert.equal(sandbox().requests.length, 2);
      assert.deepEqual(namesBeside(link), []);
      assert.equal(namesBeside(output).length, 1);
    }
    first.child.kill("SIGKILL");
    assert.equal((await first.ended).signal, "SIGKILL");
    assert.equal(namesBeside(output).length, 1);

    sandbox().script("fault-hang", ["payout"]);
    const { status, stderr } = await run(command(...args, "--output", link));
    assert.equal(status, 0, stderr);
    assert.match(stderr, /has 1 of 2 already: requesting the other 1/);
    assert.equal(resultsIn(output).length, 2);
    assert.deepEqual([...namesBeside(output), ...namesBeside(link)], []);
  });

  test("names the file to delete if its process may be another program", async () => {
    const output = fileWith("", "results.jsonl");
    // Process 1 always runs.
    const lock = `${output}.1.lock`;
    writeFileSync(lock, "");
    const { status, stderr } = await statusInto(output, list);
    assert.equal(status, 2);
    assert.ok(stderr.includes(`if process 1 is not alikassa-edge, delete ${lock}`), stderr);
    assert.equal(namesBeside(output).length, 1);
  });

  test("is removed if its process is the parent or does not exist, and other locks are kept", async () => {
    const output = fileWith("", "results.jsonl");
    // No system has a process with the last number.
    for (const pid of [process.pid, 4_294_967_295]) writeFileSync(`${output}.${pid}.lock`, "");
    const others = [`${output}.lock`, `${output}.x.lock`];
    for (const other of others) writeFileSync(other, "");
    const { status, stderr } = await statusInto(output, "order_id\nsandbox-paid\n");
    assert.equal(status, 0, stderr);
    assert.deepEqual(
      namesBeside(output).sort(),
      others.map((other) => basename(other)),
    );
  });
});

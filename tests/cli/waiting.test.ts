/** `status --wait`. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connection, jsonLines, run, start, suiteSandbox } from "./command.ts";
import { CTRL_C, openSession } from "./terminal.ts";

describe("waiting for a payout", { concurrency: 3 }, () => {
  const sandbox = suiteSandbox();
  const wait = (...args: string[]) => [
    ...["status", "--wait", "--wait-interval-ms", "50", ...args],
    ...connection(sandbox()),
  ];

  test("ends when it is final, and prints earlier states", async () => {
    const { status, stdout, stderr } = await run(wait("--order-id", "wait-2-cancel", "--json"));
    assert.equal(status, 0);
    const [{ payment_status, is_final } = {}, ...more] = jsonLines(stdout);
    assert.deepEqual([payment_status, is_final, more], ["cancel", true, []]);
    assert.match(stderr, /^0:\d\d {2}wait\n$/);
  });

  test("goes on over an answer that is missing", async () => {
    sandbox().script("wait-over-500", [{ status: 500 }, "payout"]);
    const { status, stdout, stderr } = await run(wait("--order-id", "wait-over-500", "--json"));
    assert.deepEqual([status, jsonLines(stdout)[0]?.["payment_status"]], [0, "paid"]);
    assert.match(stderr, /^0:\d\d {2}unknown for now: upstream_status\n$/);
  });

  test("that takes too long leaves the state unknown", async () => {
    const { status, stdout } = await run(wait("--id", "100000601", "--wait-timeout-ms", "300", "--json"));
    const [document] = jsonLines(stdout);
    assert.equal(status, 1);
    assert.deepEqual([document?.["payout_state"], document?.["code"]], ["unknown", "wait_timeout"]);
    assert.ok(!stdout.includes("payment_status"));
  });

  test("ends with a refusal, which leaves the state unknown", async () => {
    const { status, stdout } = await run(wait("--id", "unlisted", "--json"));
    assert.deepEqual([status, jsonLines(stdout)[0]?.["upstream_status"]], [1, 400]);
  });

  test("ends with a signal, which leaves the state unknown", async () => {
    const running = start(wait("--id", "100000601", "--json"));
    running.child.stderr?.once("data", () => running.child.kill("SIGTERM"));
    const { status, stdout } = await running.ended;
    assert.deepEqual([status, jsonLines(stdout)[0]?.["code"]], [1, "aborted"]);
  });

  test("ends with Ctrl-C on a terminal", async () => {
    const session = openSession(wait("--id", "100000601"));
    await session.seen(/0:\d\d {2}wait/);
    session.pty.write(CTRL_C);
    const { status, screen } = await session.ended;
    assert.equal(status, 1);
    assert.match(screen, /│ payout_state +│ unknown +│\n.*│ code +│ aborted /);
  });
});

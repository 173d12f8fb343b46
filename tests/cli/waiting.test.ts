/** `status --wait`. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { jsonLines, run, start, useStatus } from "./command.ts";
import { CTRL_C, openSession } from "./terminal.ts";

describe("status --wait", { concurrency: 3 }, () => {
  const { sandbox, command } = useStatus();
  const wait = (...args: string[]) => command("--wait", "--wait-interval-ms", "50", ...args);

  for (const [name, order_id, payment_status, progress] of [
    ["prints earlier states and ends with a final one", "wait-2-cancel", "cancel", /^0:\d\d {2}wait\n$/],
    ["continues after a failed request", "wait-over-500", "paid", /^0:\d\d {2}unknown for now: upstream_status\n$/],
  ] as const) {
    test(name, async () => {
      if (order_id === "wait-over-500") sandbox().script(order_id, [{ status: 500 }, "payout"]);
      const { status, stdout, stderr } = await run(wait("--order-id", order_id, "--json"));
      const [document, ...more] = jsonLines(stdout);
      assert.deepEqual([status, document?.["payment_status"], more], [0, payment_status, []]);
      assert.equal(document?.["is_final"], true);
      assert.match(stderr, progress);
    });
  }

  test("leaves the state unknown at the time limit", async () => {
    const { status, stdout } = await run(wait("--id", "100000601", "--wait-timeout-ms", "300", "--json"));
    const [document] = jsonLines(stdout);
    assert.equal(status, 1);
    assert.deepEqual([document?.["payout_state"], document?.["code"]], ["unknown", "wait_timeout"]);
    assert.ok(!stdout.includes("payment_status"));
  });

  test("leaves the state unknown after a refusal", async () => {
    const { status, stdout } = await run(wait("--id", "unlisted", "--json"));
    assert.deepEqual([status, jsonLines(stdout)[0]?.["upstream_status"]], [1, 400]);
  });

  test("leaves the state unknown after a signal", async () => {
    const { child, ended } = start(wait("--id", "100000601", "--json"));
    child.stderr?.once("data", () => child.kill("SIGTERM"));
    const { status, stdout } = await ended;
    assert.deepEqual([status, jsonLines(stdout)[0]?.["code"]], [1, "aborted"]);
  });

  test("leaves the state unknown after Ctrl-C on a terminal", async () => {
    const session = openSession(wait("--id", "100000601"));
    await session.seen(/0:\d\d {2}wait/);
    session.pty.write(CTRL_C);
    const { status, screen } = await session.ended;
    assert.equal(status, 1);
    assert.match(screen, /│ payout_state +│ unknown +│\n.*│ code +│ aborted /);
  });
});

/** The command in a pseudo-terminal: progress, colours, Ctrl-C, and no secret on the screen. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { payoutJson } from "../../dist/sandbox/index.js";
import {
  ACCOUNT,
  archive,
  assertNoSecret,
  cert,
  connection,
  fileWith,
  fresh,
  jsonLines,
  suiteSandbox,
} from "./command.ts";
import { CTRL_C, ESC, openSession } from "./terminal.ts";

const COLOUR = new RegExp(`${ESC}\\[3\\d(?:;\\d+)*m`);
const IDS = Array.from({ length: 40 }, (_, at) => String(300_000_000 + at));

describe("on a terminal", { concurrency: 2, timeout: 60_000 }, () => {
  const sandbox = suiteSandbox();

  /** A list of forty payouts, each of which takes a while. */
  function slowList(delayMs = 60): string {
    const prefix = fresh("").split("/").at(-1);
    const ids = IDS.map((id) => `${prefix}${id}`);
    for (const id of ids) {
      sandbox().addPayout(payoutJson({ id, statusJson: '"paid"' }), { id });
      sandbox().script(id, [{ delayMs }]);
    }
    return fileWith(ids.join("\n"));
  }

  test("a file has a progress bar with rate and time left, and nothing of it stays", async () => {
    const { ended } = openSession(["status", "--file", slowList(), "--concurrency", "2", ...connection(sandbox())]);
    const { status, written, screen } = await ended;
    assert.equal(status, 0, screen);
    assert.match(written, /[█░]{24}/);
    assert.match(written, /\d+\/40 {2}\d+% {2}\d+\.\d\/s {2}0:\d\d left/);
    assert.doesNotMatch(screen, /[█░]|\/s|left/);
    assert.match(screen, /40 payouts\n {2}answered: 40 paid\n$/);
    assert.equal(screen.match(/│ paid +│ true/g)?.length, 40);
    assert.match(written, COLOUR);
    // The cursor was never taken away, so that no end leaves a terminal without one.
    assert.ok(!written.includes(`${ESC}[?25l`));
  });

  test("lines of JSON go by above the bar, each whole", async () => {
    const args = ["--json", "--concurrency", "3", ...connection(sandbox())];
    const { ended } = openSession(["status", "--file", slowList(), ...args], { cols: 400 });
    const { status, screen } = await ended;
    assert.equal(status, 0);
    const lines = screen.split("\n").filter((line) => line.startsWith("{"));
    assert.equal(jsonLines(`${lines.join("\n")}\n`).length, 40);
    assert.doesNotMatch(screen, /[█░]/);
  });

  test("a narrow one has no bar that would wrap", async () => {
    const args = ["status", "--file", slowList(20), "--output", fresh("r.jsonl"), ...connection(sandbox())];
    const { status, written, screen } = await openSession(args, { cols: 40 }).ended;
    assert.equal(status, 0);
    assert.match(written, /\d+\/40/);
    assert.doesNotMatch(written, /[█░]/);
    assert.doesNotMatch(screen, /\/40 /);
  });

  for (const env of [{ NO_COLOR: "1" }, { TERM: "dumb" }] as const) {
    test(`with ${Object.entries(env).join().replace(",", "=")} there is no colour`, async () => {
      const { ended } = openSession(["status", "--id", "100000602", ...connection(sandbox())], { env });
      const { status, written } = await ended;
      assert.equal(status, 0);
      assert.match(written, /paid/);
      assert.doesNotMatch(written, COLOUR);
    });
  }

  test("that can't be drawn over has no progress", async () => {
    const args = ["status", "--file", slowList(5), ...connection(sandbox())];
    const { written } = await openSession(args, { env: { TERM: "dumb" } }).ended;
    assert.ok(!written.includes(ESC) && !written.includes("/40"));
  });

  test("Ctrl-C keeps the results and says how to resume", async () => {
    const output = fresh("results.jsonl");
    const args = [
      ...["status", "--file", slowList(), "--output", output, "--concurrency", "2"],
      ...connection(sandbox()),
    ];
    const session = openSession(args);
    await session.seen(/ (?:[5-9]|1\d)\/40 /);
    session.pty.write(CTRL_C);
    const { status, screen } = await session.ended;
    assert.equal(status, 1, screen);
    assert.match(screen, /Stopping: \d requests in progress/);
    assert.match(screen, /Interrupted\. To resume: the same command again/);
    assert.doesNotMatch(screen, /[█░]/);
    const found = jsonLines(readFileSync(output, "utf8")).length;
    assert.ok(found >= 5 && found < 40, String(found));
    assert.match(screen, new RegExp(`answered: ${found} paid\n {2}not requested: ${40 - found}\n`));

    const second = await openSession(args).ended;
    assert.equal(second.status, 0);
    const lines = jsonLines(readFileSync(output, "utf8"));
    assert.equal(new Set(lines.map(({ id }) => id)).size, 40);
    assert.equal(lines.length, 40);
    // What was there before counts as done, from the first bar on.
    assert.doesNotMatch(second.written, new RegExp(` ${found - 1}/40 `));
  });

  test("a second Ctrl-C ends at once", async () => {
    const input = fileWith("order_id\nfault-hang\n");
    const session = openSession(["status", "--file", input, ...connection(sandbox())]);
    await session.seen(/0\/1 /);
    session.pty.write(CTRL_C);
    await session.seen(/Ctrl-C again ends at once/);
    const begin = performance.now();
    session.pty.write(CTRL_C);
    const { signal } = await session.ended;
    assert.equal(signal, 2);
    assert.ok(performance.now() - begin < 5000);
  });

  test("doctor has colours and marks", async () => {
    const { status, written, screen } = await openSession(["doctor", ...connection(sandbox()), "--live"]).ended;
    assert.equal(status, 0, screen);
    assert.ok(written.includes(`${ESC}[32m✔${ESC}[39m`));
    assertNoSecret(written);
  });

  test("secrets are not shown", async () => {
    const { status, screen } = await openSession(["secrets", "--cert", cert, "--account", ACCOUNT], { cols: 300 })
      .ended;
    assert.equal(status, 2);
    assert.match(screen, /^error: the terminal would show the private key .*npx wrangler secret bulk.*\n$/);
    assertNoSecret(screen);
  });

  test("secrets are shown with --force, and a warning", async () => {
    const args = ["secrets", "--cert", cert, "--account", ACCOUNT, "--force"];
    const { status, screen } = await openSession(args, { cols: 4000 }).ended;
    assert.equal(status, 0);
    assert.match(screen, /^Warning: /);
    assert.ok(screen.includes(JSON.stringify(archive.privatePem)));
  });

  test("help has bold titles", async () => {
    const { status, written, screen } = await openSession(["status", "--help"]).ended;
    assert.equal(status, 0);
    assert.ok(written.includes(`${ESC}[1mUsage:`));
    assert.match(screen, /Examples:\n {2}alikassa-edge status /);
  });
});

/** The command in a pseudo-terminal: progress, colours, Ctrl-C and secrets. */
import assert from "node:assert/strict";
import { basename } from "node:path";
import { describe, test } from "node:test";
import { payoutJson } from "../../dist/sandbox/index.js";
import { archive, assertNoSecret, cert, fileWith, fresh, jsonLines, jsonLinesIn, useStatus } from "./command.ts";
import { CTRL_C, ESC, openSession, type TerminalOptions } from "./terminal.ts";

const COLOUR = new RegExp(`${ESC}\\[3\\d(?:;\\d+)*m`);

describe("on a terminal", { concurrency: 2, timeout: 60_000 }, () => {
  const { sandbox, command } = useStatus();

  /** Starts `status` for a list of forty payouts, each of which takes a while. */
  function openList(
    args: readonly string[],
    { delayMs = 60, ...options }: TerminalOptions & { delayMs?: number } = {},
  ) {
    const prefix = basename(fresh(""));
    const ids = Array.from({ length: 40 }, (_, at) => `${prefix}${300_000_000 + at}`);
    for (const id of ids) {
      sandbox().addPayout(payoutJson({ id, statusJson: '"paid"' }), { id });
      sandbox().script(id, [{ delayMs }]);
    }
    const list = command("--file", fileWith(ids.join("\n")), ...args);
    return { command: list, ...openSession(list, options) };
  }

  test("a list has a progress bar until its end", async () => {
    const { status, written, screen } = await openList(["--concurrency", "2"]).ended;
    assert.equal(status, 0, screen);
    assert.match(written, /[█░]{24}/);
    assert.match(written, /\d+\/40 {2}\d+% {2}\d+\.\d\/s {2}0:\d\d left/);
    assert.doesNotMatch(screen, /[█░]|\/s|left/);
    assert.match(screen, /40 payouts\n {2}answered: 40 paid\n$/);
    assert.equal(screen.match(/│ paid +│ true/g)?.length, 40);
    assert.match(written, COLOUR);
    // A command that hides the cursor could leave a terminal without one.
    assert.ok(!written.includes(`${ESC}[?25l`));
  });

  test("lines of JSON appear above the bar, each whole", async () => {
    const { status, screen } = await openList(["--json", "--concurrency", "3"], { cols: 400 }).ended;
    assert.equal(status, 0);
    const lines = screen.split("\n").filter((line) => line.startsWith("{"));
    assert.equal(jsonLines(`${lines.join("\n")}\n`).length, 40);
    assert.doesNotMatch(screen, /[█░]/);
  });

  test("a narrow one has progress without a bar", async () => {
    const session = openList(["--output", fresh("r.jsonl")], { cols: 40, delayMs: 20 });
    const { status, written, screen } = await session.ended;
    assert.equal(status, 0);
    assert.match(written, /\d+\/40/);
    assert.doesNotMatch(written, /[█░]/);
    assert.doesNotMatch(screen, /\/40 /);
  });

  test("there is no progress with TERM=dumb", async () => {
    const { written } = await openList([], { env: { TERM: "dumb" }, delayMs: 5 }).ended;
    assert.ok(!written.includes(ESC) && !written.includes("/40"));
  });

  for (const env of [{ NO_COLOR: "1" }, { TERM: "dumb" }]) {
    test(`there is no colour with ${JSON.stringify(env)}`, async () => {
      const { status, written } = await openSession(command("--id", "100000602"), { env }).ended;
      assert.equal(status, 0);
      assert.match(written, /paid/);
      assert.doesNotMatch(written, COLOUR);
    });
  }

  test("Ctrl-C keeps the results and says how to resume", async () => {
    const output = fresh("results.jsonl");
    const session = openList(["--output", output, "--concurrency", "2"]);
    await session.seen(/ (?:[5-9]|1\d)\/40 /);
    session.pty.write(CTRL_C);
    const { status, screen } = await session.ended;
    assert.equal(status, 1, screen);
    assert.match(screen, /Stopping: \d requests in progress/);
    assert.match(screen, /Interrupted\. To resume: the same command again/);
    assert.doesNotMatch(screen, /[█░]/);
    const found = jsonLinesIn(output).length;
    assert.ok(found >= 5 && found < 40, String(found));
    assert.match(screen, new RegExp(`answered: ${found} paid\n {2}not requested: ${40 - found}\n`));

    const second = await openSession(session.command).ended;
    assert.equal(second.status, 0);
    const lines = jsonLinesIn(output);
    assert.deepEqual([lines.length, new Set(lines.map(({ id }) => id)).size], [40, 40]);
    // The first bar counts earlier results as done.
    assert.doesNotMatch(second.written, new RegExp(` ${found - 1}/40 `));
  });

  test("a second Ctrl-C ends at once", async () => {
    const session = openSession(command("--file", fileWith("order_id\nfault-hang\n")));
    await session.seen(/0\/1 /);
    session.pty.write(CTRL_C);
    await session.seen(/Ctrl-C again ends at once/);
    const begin = performance.now();
    session.pty.write(CTRL_C);
    assert.equal((await session.ended).signal, 2);
    assert.ok(performance.now() - begin < 5000);
  });

  test("doctor has colours and marks", async () => {
    const [, ...connection] = command();
    const { status, written, screen } = await openSession(["doctor", ...connection, "--live"]).ended;
    assert.equal(status, 0, screen);
    assert.ok(written.includes(`${ESC}[32m✔${ESC}[39m`));
    assertNoSecret(written);
  });

  test("secrets are not printed", async () => {
    const { status, screen } = await openSession(["secrets", "--cert", cert], { cols: 300 }).ended;
    assert.equal(status, 2);
    assert.match(screen, /^error: the terminal would show the private key .*npx wrangler secret bulk.*\n$/);
    assertNoSecret(screen);
  });

  test("secrets are printed with --force, after a warning", async () => {
    const { status, screen } = await openSession(["secrets", "--cert", cert, "--force"], { cols: 4000 }).ended;
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

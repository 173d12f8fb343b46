/**
 * `npm start` as a person runs it: it sets up, builds, serves, asks, and tells how to ask again.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { readArchive, startSandbox } from "../../dist/sandbox/index.js";
import { ACCOUNT } from "../fixtures/keys.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const ARCHIVE = join(ROOT, ".sandbox", "cert");
/** AliKassa's own key pair, with which the sandbox signs notifications. */
const NOTIFICATION_ARCHIVE = join(ROOT, ".sandbox", "notification-cert");
const MINUTES_5 = { timeout: 300_000 };

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

interface Start {
  /** Resolves once the output matches, rejects if the process ends before. */
  readonly seen: (pattern: RegExp) => Promise<RegExpMatchArray>;
  readonly ended: Promise<Ended>;
  /** Sends a signal to npm and all that it has started, as a terminal does. */
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Sends a signal to npm alone, as a supervisor does. */
  readonly killNpm: (signal: NodeJS.Signals) => void;
}

describe("npm start -- --once", () => {
  let port: number;
  let ended: Ended;

  before(async () => {
    port = await freePort();
    ended = await start(["--once", "--port", String(port)]).ended;
  }, MINUTES_5);

  test("ends well", () => assert.equal(ended.code, 0, ended.output));

  test("shows the payout's status", () => {
    assert.match(ended.output, /HTTP 200/);
    assert.match(ended.output, /"payment_status": "paid"/);
    assert.match(ended.output, /"id": "100000536"/);
  });

  test("says that it is the sandbox, and what else to try", () => {
    assert.match(ended.output, /sandbox/);
    assert.match(ended.output, /-d '\{"order_id":"sandbox-wait"\}'/);
    assert.match(ended.output, /-d '\{"order_id":"wait-1-a"\}'/);
    assert.match(ended.output, /-d '\{"order_id":"fault-500"\}'/);
  });

  test("shows a curl line that asks the same", () => {
    const { headers, body, url } = readCurl(ended.output);
    assert.match(headers["Authorization"] ?? "", /^Bearer [\w-]{32}$/);
    assert.equal(headers["Content-Type"], "application/json");
    assert.equal(body, '{"id":"100000536"}');
    assert.equal(url, `http://127.0.0.1:${port}/v1/payout/status`);
  });

  test("shows no secret, and keeps them from other users", async () => {
    assert.doesNotMatch(ended.output, /PRIVATE KEY/);
    for (const folder of [ARCHIVE, NOTIFICATION_ARCHIVE]) {
      const { password, privatePem } = await readArchive(folder);
      assert.ok(!ended.output.includes(password.trim()));
      for (const line of privatePem.trim().split("\n").slice(1, -1)) assert.ok(!ended.output.includes(line));
      for (const file of await readdir(folder)) assert.equal((await stat(join(folder, file))).mode & 0o077, 0, file);
    }
  });
});

describe("npm start", () => {
  test("serves until it is told to stop, and leaves nothing behind", MINUTES_5, async () => {
    const before = await filesOfWorkers();
    const port = await freePort();
    const running = start(["--port", String(port)]);
    await running.seen(/Serving until Ctrl-C/);
    const { headers, url } = readCurl((await running.seen(/^[\s\S]*$/))[0]);
    const ask = (query: object) => fetch(url, { method: "POST", headers, body: JSON.stringify(query) });

    const waiting = await ask({ order_id: "sandbox-wait" });
    assert.equal(waiting.status, 200);
    assert.match(await waiting.text(), /"payment_status":"wait"/);
    const failed = await ask({ order_id: "fault-500" });
    assert.equal(failed.status, 502);
    assert.doesNotMatch(await failed.text(), /payment_status/);
    await running.seen(/order_id sandbox-wait → 200 \(payout\)/);
    await running.seen(/order_id fault-500 → 500 \(500\)/);

    running.kill("SIGINT");
    const { code, signal, output } = await running.ended;
    // npm may end by the signal that it got too; what it has started must have ended in its own way.
    assert.ok(code === 0 || signal === "SIGINT", output);
    assert.match(output, /Stopped\./);
    assert.match(output, /verified payout\.wait[\s\S]*verified payout\.paid/);
    assert.match(output, /followed\n.*reading wait\n.*payout\.wait\n.*reading paid\n.*payout\.paid\n/);
    await nothingLeft(url, before);
  });

  test("notifies the Worker, which takes what is signed, and nothing else", MINUTES_5, async (context) => {
    const running = start(["--port", String(await freePort())]);
    context.after(async () => {
      running.kill("SIGINT");
      await running.ended;
    });
    await running.seen(/Serving until Ctrl-C/);
    const { headers, url } = readCurl((await running.seen(/^[\s\S]*$/))[0]);

    // As it says itself: the question finds it in wait, and is what makes it final.
    const waiting = await fetch(url, { method: "POST", headers, body: '{"order_id":"wait-1-a"}' });
    assert.match(await waiting.text(), /"payment_status":"wait"/);
    const [, outcome] = await running.seen(/notification: order_id wait-1-a is paid → (.*)\n/);
    assert.equal(outcome, "200 (verified; the ledger reads the payout again)");

    // A second sandbox with the same key and the same payouts, since npm's own tampers with nothing.
    const { publicPem } = await readArchive(ARCHIVE);
    const notificationArchive = await readArchive(NOTIFICATION_ARCHIVE);
    const other = await startSandbox({
      account: ACCOUNT,
      publicPem,
      notificationArchive,
    });
    context.after(() => other.close());
    const to = new URL("/webhooks/alikassa", url);
    for (const as of ["query", "form", "json"] as const) {
      const taken = await other.notify("6422494", { to, as });
      assert.equal(taken.status, 200, taken.body);
      assert.match(taken.body, /^\{"notification":\{"type":"payout","id":"100000536",[^{]*\}$/);
      const refused = await other.notify("6422494", { to, as, tamper: { amount: "3000.00" } });
      assert.equal(refused.status, 403, refused.body);
      assert.match(refused.body, /"code":"invalid_signature"/);
    }
    const history = new URL("/v1/payout/history?id=100000536", url);
    for (let found = ""; !found.includes('"state":"final"'); await sleep(100))
      found = await (await fetch(history, { headers })).text();
  });

  test("leaves nothing behind when only npm is told to stop", MINUTES_5, async () => {
    const before = await filesOfWorkers();
    const running = start(["--port", String(await freePort())]);
    await running.seen(/Serving until Ctrl-C/);
    const { url } = readCurl((await running.seen(/^[\s\S]*$/))[0]);
    running.killNpm("SIGTERM");
    // Its output is closed once the last of its children has ended.
    await running.ended;
    await nothingLeft(url, before);
  });

  test("ends with status 1 if there was no payout", MINUTES_5, async () => {
    const { code, output } = await start(["--once", "--port", String(await freePort()), "--order-id", "fault-500"])
      .ended;
    assert.equal(code, 1, output);
    assert.match(output, /HTTP 502/);
    assert.match(output, /"payout_state": "unknown"/);
    assert.doesNotMatch(output, /payment_status/);
  });

  test("says what is wrong with its options", async () => {
    for (const [args, message] of [
      [["--port", "many"], /whole number/],
      [["--id", "1", "--order-id", "2"], /cannot be used with/],
      [["--colour"], /--colour/],
    ] as const) {
      const { code, output } = await start(args).ended;
      assert.equal(code, 1);
      assert.match(output, message);
      assert.doesNotMatch(output, /\n {4}at /, "a stack trace is for programmers");
    }
  });

  test("explains itself", async () => {
    const { code, output } = await start(["--help"]).ended;
    assert.equal(code, 0);
    for (const option of ["--port", "--once", "--id", "--order-id"]) assert.ok(output.includes(option));
  });
});

async function nothingLeft(url: string, before: readonly string[]): Promise<void> {
  await assert.rejects(fetch(url), "the Worker still serves");
  const left = (await filesOfWorkers()).filter((file) => !before.includes(file));
  assert.deepEqual(left, [], "secrets or a ledger are left");
}

/** The Worker's secrets and its ledger; somebody may be running `npm start` beside these tests. */
async function filesOfWorkers(): Promise<string[]> {
  return (await readdir(join(ROOT, ".sandbox"))).filter((file) => file.startsWith("worker-"));
}

function start(args: readonly string[]): Start {
  const child = spawn("npm", ["start", "--silent", "--", ...args], {
    cwd: ROOT,
    // As from a terminal: npm hands the group's signals on, and so does Ctrl-C.
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let over = false;
  const take = (text: string): void => {
    output += text;
    child.emit("output");
  };
  child.stdout.setEncoding("utf8").on("data", take);
  child.stderr.setEncoding("utf8").on("data", take);
  const ended = once(child, "close").then(([code, signal]): Ended => {
    over = true;
    child.emit("output");
    return { code, signal, output };
  });
  const seen = async (pattern: RegExp): Promise<RegExpMatchArray> => {
    for (;;) {
      const match = output.match(pattern);
      if (match !== null) return match;
      if (over) throw new Error(`ended before ${pattern} was seen:\n${output}`);
      await once(child, "output");
    }
  };
  const kill = (signal: NodeJS.Signals): void => {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  };
  const killNpm = (signal: NodeJS.Signals): void => void child.kill(signal);
  return { seen, ended, kill, killNpm };
}

interface CurlLine {
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly url: string;
}

function readCurl(output: string): CurlLine {
  const line = /^ *curl .*$/m.exec(output)?.[0] ?? "";
  const headers = [...line.matchAll(/-H "([^:"]+): ([^"]+)"/g)].map(([, name = "", value = ""]) => [name, value]);
  const [, body = "", url = ""] = /-d '([^']*)' (\S+)$/.exec(line) ?? [];
  return { headers: Object.fromEntries(headers), body, url };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

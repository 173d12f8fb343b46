/** The sandbox as a process. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createPrivateKey } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { describe, type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { phpJson, readArchive } from "../../dist/sandbox/index.js";
import { ACCOUNT } from "../fixtures/keys.ts";
import { startNotificationEndpoint, verifies } from "../fixtures/notification-endpoint.ts";
import { Client, STATUS, signature, statusIn, temporaryFolder } from "./client.ts";

const endpoint = await startNotificationEndpoint();
const COMMAND = [fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url)), "sandbox"];

async function outcome(args: readonly string[]) {
  const child = spawn(process.execPath, [...COMMAND, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code: code as number, out, err };
}

/** A running command with an archive in a new folder, a client for it, and its lines. */
async function start(context: TestContext, args: (root: string) => readonly string[]) {
  const root = await temporaryFolder(context);
  const directory = join(root, "cert");
  const all = [...COMMAND, "--account", ACCOUNT, "--archive", directory, ...args(root)];
  const child = spawn(process.execPath, all, { stdio: ["ignore", "pipe", "inherit"] });
  context.after(() => child.kill("SIGKILL"));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const printed: string[] = [];
  const line = async (): Promise<string> => {
    printed.push(String((await lines.next()).value));
    return printed.at(-1) ?? "";
  };
  /** The next line without its time. */
  const record = async () => {
    const { time, ...rest } = JSON.parse(await line()) as Record<string, unknown>;
    assert.ok(!Number.isNaN(Date.parse(String(time))));
    return rest;
  };
  const url = await line();
  assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/);
  const archive = await readArchive(directory);
  const key = createPrivateKey({ key: archive.privatePem, passphrase: archive.password });
  return { root, child, archive, key, printed, record, client: new Client(url, key) };
}

/** The options that notify the endpoint, with a query that is a secret. */
const notify = (root: string): string[] => {
  return ["--notify", `${endpoint.url}?token=secret-token`, "--notification-archive", join(root, "notification")];
};

describe("the command", () => {
  test("prints its URL, then a line for each request, and no secret", async (context) => {
    const { child, archive, key, record, printed, client } = await start(context, () => ["--drip-ms", "1"]);
    assert.equal((await client.ask({ order_id: "sandbox-wait" })).status, 200);
    const rest = await record();
    const expected = { method: "POST", path: STATUS, order_id: "sandbox-wait", status: 200, outcome: "payout" };
    assert.deepEqual(rest, expected);
    const sign = signature('{"order_id":"sandbox-wait"}', "RSA-SHA1", key);
    for (const secret of [sign, archive.password, ACCOUNT]) assert.ok(!printed.join().includes(secret));
    const exit = once(child, "exit");
    child.kill("SIGTERM");
    assert.deepEqual(await exit, [0, null]);
  });

  test("notifies an endpoint of a final payout, keeps the key, and prints a line for each attempt", async (context) => {
    endpoint.answers = [500];
    const { root, record, printed, client } = await start(context, (folder) => [
      ...notify(folder),
      "--notify-as",
      "json",
    ]);
    assert.equal(statusIn(await client.ask({ order_id: "wait-1" })), "wait");
    assert.equal((await record())["outcome"], "payout");
    const payout = { id: "100001000", order_id: "wait-1", payment_status: "paid" };
    for (const [attempt, status] of [500, 200].entries())
      assert.deepEqual(await record(), { notification: endpoint.url, ...payout, attempt: attempt + 1, status });
    assert.ok(!printed.join().includes("secret-token"));
    const [{ method, parameters } = assert.fail()] = endpoint.received;
    assert.equal(method, "POST");
    const { publicPem } = await readArchive(join(root, "notification"));
    const { sign, id = "", type = "", ...rest } = parameters;
    assert.ok(verifies(phpJson({ type, id: BigInt(id), ...rest }), sign, publicPem));
  });

  test("has faults by a schedule", async (context) => {
    const { client } = await start(context, () => ["--schedule", "2:500,404", "--seed", "3"]);
    const statuses: number[] = [];
    for (let turn = 0; turn < 8; turn++) statuses.push((await client.ask({ id: "100000536" })).status);
    const faults = statuses.filter((status) => status !== 200);
    assert.deepEqual(faults, [500, 404, 500, 404]);
  });

  test("loses, doubles and delays notifications by a schedule, of payouts that end after a time", async (context) => {
    const schedule = ["--notify-schedule", "1:lost,doubled,late", "--late-ms", "1500", "--seed", "3"];
    const { record, client } = await start(context, (root) => [...notify(root), ...schedule]);
    const found: unknown[] = [];
    for (const [turn, records] of [1, 2, 1].entries()) {
      const start = performance.now();
      await client.ask({ order_id: `wait-10ms-fail-${turn}` });
      await record();
      for (let i = 0; i < records; i++) {
        const { fault, status, payment_status } = await record();
        found.push(`${fault} ${status} ${payment_status}`);
        if (fault === "late") assert.ok(performance.now() - start >= 1500);
      }
    }
    assert.deepEqual(found, ["lost null fail", "doubled 200 fail", "doubled 200 fail", "late 200 fail"]);
    assert.equal(endpoint.received.length, 3);
  });

  test("prints its help", async () => {
    const { code, out } = await outcome(["--help"]);
    assert.equal(code, 0);
    const words = ["fault-drip", "sandbox-wait", "6422494", "--archive", "--notify", "--schedule", "wait-3", "wait-3s"];
    for (const word of [...words, "--notify-schedule", "--late-ms", "out-of-order"])
      assert.ok(out.includes(word), word);
  });

  test("refuses wrong arguments", async () => {
    const some = "--account A --public a";
    const wrong = [
      ["--account", ""],
      ["--public", "--account A"],
      ["--archive", `${some} --archive b`],
      ["/does/not/exist", "--account A --public /does/not/exist"],
      ["--port", `${some} --port 99999`],
      ["--digest", `${some} --digest md5`],
      ["--notification-archive", `${some} --notify http://127.0.0.1/`],
      ...["ftp://127.0.0.1/", "http:"].map((to) => ["--notify ", `${some} --notify ${to} --notification-archive b`]),
      ["--notify-as", `${some} --notify-as xml`],
      ...["0", "often", "10:", "10:500,nonsense"].map((text) => ["--schedule", `${some} --schedule ${text}`]),
      ...["0", "3:", "3:500"].map((text) => ["--notify-schedule", `${some} --notify-schedule ${text}`]),
      ["--seed", `${some} --schedule 10 --seed x`],
      ["--late-ms", `${some} --notify-schedule 3 --late-ms x`],
      ["--nonsense", "--nonsense"],
    ];
    const refusals = wrong.map(async ([named = "", args = ""]) => {
      const { code, out, err } = await outcome(args.split(" ").filter((word) => word !== ""));
      assert.deepEqual([code, out], [2, ""]);
      assert.match(err, /^.+\n$/);
      assert.ok(err.includes(named), `${args}: ${err}`);
    });
    await Promise.all(refusals);
  });
});

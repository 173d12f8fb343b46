/** The sandbox as a process. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createPrivateKey, sign as cryptoSign } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { phpJson, readArchive } from "../../dist/sandbox/index.js";
import { startWebhookReceiver, verifies } from "../fixtures/webhook-receiver.ts";
import { ACCOUNT, STATUS, send } from "./merchant.ts";

const endpoint = await startWebhookReceiver();

describe("command", () => {
  const COMMAND = [fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url)), "sandbox"];

  async function outcome(args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
    const child = spawn(process.execPath, [...COMMAND, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    let out = "";
    let err = "";
    child.stdout.on("data", (chunk) => (out += String(chunk)));
    child.stderr.on("data", (chunk) => (err += String(chunk)));
    const [code] = (await once(child, "close")) as [number];
    return { code, out, err };
  }

  /** A running command with an archive in a new folder, and what it prints, line by line. */
  async function start(context: TestContext, args: (root: string) => readonly string[]) {
    const root = await mkdtemp(join(tmpdir(), "sandbox-"));
    const directory = join(root, "cert");
    const all = [...COMMAND, "--account", ACCOUNT, "--archive", directory, ...args(root)];
    const child = spawn(process.execPath, all, { stdio: ["ignore", "pipe", "inherit"] });
    context.after(async () => {
      child.kill("SIGKILL");
      await rm(root, { recursive: true });
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const line = async (): Promise<string> => String((await lines.next()).value);
    const url = await line();
    assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/);
    const archive = await readArchive(directory);
    const key = createPrivateKey({ key: archive.privatePem, passphrase: archive.password });
    const signed = (body: string) => cryptoSign("RSA-SHA1", Buffer.from(body), key).toString("base64");
    const ask = (body: string) => send(url, body, { headers: { sign: signed(body) } });
    return { root, child, archive, line, signed, ask };
  }

  test("prints its URL, then a line for each request, and no secret", async (context) => {
    const { child, archive, line, signed, ask } = await start(context, () => ["--drip-ms", "1"]);
    const body = '{"order_id":"sandbox-wait"}';
    assert.equal((await ask(body)).status, 200);
    const logged = await line();
    const { time, ...rest } = JSON.parse(logged) as Record<string, unknown>;
    assert.ok(!Number.isNaN(Date.parse(String(time))));
    const expected = { method: "POST", path: STATUS, order_id: "sandbox-wait", status: 200, outcome: "payout" };
    assert.deepEqual(rest, expected);
    for (const secret of [signed(body), archive.password, ACCOUNT]) assert.ok(!logged.includes(secret));
    const exit = once(child, "exit");
    child.kill("SIGTERM");
    assert.deepEqual(await exit, [0, null]);
  });

  test("notifies an endpoint of a final payout, with a key that is kept, and prints a line", async (context) => {
    endpoint.answers = [500];
    const notify = `${endpoint.url}?token=of-mine`;
    const { root, line, ask } = await start(context, (folder) => {
      return ["--notify", notify, "--notify-as", "json", "--notification-archive", join(folder, "notification")];
    });
    assert.match((await ask('{"order_id":"wait-1"}')).text, /"wait"/);
    assert.equal((JSON.parse(await line()) as { outcome: string }).outcome, "payout");
    for (const [attempt, status] of [500, 200].entries()) {
      const logged = await line();
      assert.doesNotMatch(logged, /of-mine/);
      const { time, ...rest } = JSON.parse(logged) as Record<string, unknown>;
      assert.ok(!Number.isNaN(Date.parse(String(time))));
      const told = { id: "100001000", order_id: "wait-1", payment_status: "paid" };
      assert.deepEqual(rest, { notification: endpoint.url, ...told, attempt: attempt + 1, status });
    }
    const [{ method, parameters } = assert.fail()] = endpoint.received;
    assert.equal(method, "POST");
    const { publicPem } = await readArchive(join(root, "notification"));
    const { sign, id = "", type = "", ...rest } = parameters;
    assert.ok(verifies(phpJson({ type, id: BigInt(id), ...rest }), sign, publicPem));
  });

  test("misbehaves on a schedule", async (context) => {
    const { ask } = await start(context, () => ["--schedule", "2:500,404", "--seed", "3"]);
    const statuses: number[] = [];
    for (let turn = 0; turn < 8; turn++) statuses.push((await ask('{"id":"100000536"}')).status);
    assert.deepEqual(
      statuses.filter((status) => status !== 200),
      [500, 404, 500, 404],
    );
  });

  test("--help, and wrong arguments", async () => {
    const help = await outcome(["--help"]);
    assert.equal(help.code, 0);
    const words = ["fault-drip", "sandbox-wait", "6422494", "--archive", "--notify", "--schedule", "wait-3"];
    for (const word of words) assert.ok(help.out.includes(word), word);
    const wrong = [
      [],
      ["--account", ACCOUNT],
      ["--account", ACCOUNT, "--public", "a", "--archive", "b"],
      ["--account", ACCOUNT, "--public", "/does/not/exist"],
      ["--account", ACCOUNT, "--public", "a", "--port", "99999"],
      ["--account", ACCOUNT, "--public", "a", "--digest", "md5"],
      ["--account", ACCOUNT, "--public", "a", "--notify", "http://127.0.0.1/"],
      ["--account", ACCOUNT, "--public", "a", "--notify", "ftp://127.0.0.1/", "--notification-archive", "b"],
      ["--account", ACCOUNT, "--public", "a", "--notify", "http:", "--notification-archive", "b"],
      ["--account", ACCOUNT, "--public", "a", "--notify-as", "xml"],
      ["--account", ACCOUNT, "--public", "a", "--schedule", "0"],
      ["--account", ACCOUNT, "--public", "a", "--schedule", "often"],
      ["--account", ACCOUNT, "--public", "a", "--schedule", "10:"],
      ["--account", ACCOUNT, "--public", "a", "--schedule", "10:500,nonsense"],
      ["--account", ACCOUNT, "--public", "a", "--schedule", "10", "--seed", "x"],
      ["--nonsense"],
    ];
    for (const { code, out, err } of await Promise.all(wrong.map(outcome))) {
      assert.deepEqual([code, out], [2, ""]);
      assert.match(err, /^.+\n$/);
    }
  });
});

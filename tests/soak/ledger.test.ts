/**
 * Payouts that are followed while everything breaks: workerd is killed at random moments with its storage on disk, a tenth of AliKassa's
 * answers is faulty, a third of its notifications is lost or comes twice, and the merchant is down for a while. In the end every payout has
 * exactly one final event with AliKassa's status, and the merchant has each.
 *
 * `PAYOUTS=2000` runs it with so many; `npm test` with fewer.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { payoutJson, type Sandbox } from "../../dist/sandbox/index.js";
import { jsonOf, WEBHOOK, WorkerClient } from "../worker/client.ts";
import {
  builtModules,
  LEDGER,
  newArchive,
  openSandbox,
  RecordedLog,
  secrets,
  TOKEN,
  validBindings,
  watchSecrets,
  worker,
} from "../worker/harness.ts";
import { LogLevel, Miniflare } from "../worker/miniflare.ts";
import { notificationKey } from "../worker/notifications.ts";
import { newSecret, WebhookReceiver } from "../worker/webhook-receiver.ts";

const PAYOUTS = Number(process.env["PAYOUTS"] ?? 100);
/** How many payouts are made between two kills. */
const BETWEEN_KILLS = Math.max(20, Math.ceil(PAYOUTS / 20));
const FINAL = ["paid", "cancel", "fail"];
/** How long the end may take after the last kill: readings whose first pause is 10 seconds, and then twice as long each time. */
const END_MS = 240_000;
/** Of AliKassa's faults, those that end at once. */
const FAULTS = ["500", "503", "cut", "reset", "html", "message", "empty"] as const;

interface Event {
  readonly seq: number;
  readonly type: string;
  readonly data: { readonly payout: { readonly id: string } };
  readonly delivery: { readonly state: string };
}

const folder = mkdtempSync(join(tmpdir(), "ledger-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const archive = newArchive(1024);
const secret = newSecret();
const merchant = await WebhookReceiver.start(secret);
const port = await freePort();
const sandbox: Sandbox = await openSandbox({
  publicPem: archive.publicPem,
  notificationArchive: notificationKey,
  notify: { to: `http://127.0.0.1:${port}${WEBHOOK}`, pauseMs: 100 },
  schedule: { oneIn: 10, faults: FAULTS, seed: randomInt(1, 1e6) },
  notificationSchedule: { oneIn: 3, faults: ["lost", "doubled"], seed: randomInt(1, 1e6) },
  maxRecords: 0,
});
after(() => sandbox.close());
const bindings = validBindings(archive, sandbox, {
  ALIKASSA_NOTIFICATION_KEY: notificationKey.publicPem,
  ALIKASSA_TIMEOUT_MS: "2000",
  FORWARD_URL: merchant.url,
  FORWARD_SECRET: secret,
  LEDGER,
});
watchSecrets(bindings);

test(`${PAYOUTS} payouts end, and the merchant knows each end`, { timeout: 600_000 }, async () => {
  const expected = new Map<string, string>();
  let running = await start();
  let kills = 0;
  for (let made = 0; made < PAYOUTS; made += 1) {
    const id = String(100_100_000 + made);
    const status = FINAL[made % FINAL.length] ?? "paid";
    expected.set(id, `payout.${status}`);
    const json = (text: string) => payoutJson({ id, order_id: `order-${id}`, statusJson: JSON.stringify(text) });
    sandbox.addPayout([json("wait"), { json: json(status), afterMs: randomInt(0, 4_000) }]);
    // A merchant whose request is broken off by the kill sends it again.
    const body = made % 2 === 0 ? { id } : { order_id: `order-${id}` };
    while ((await follow(running.client, body)) !== 202) await sleep(50);
    if (made === Math.floor(PAYOUTS / 3)) await merchant.close();
    if (made === Math.floor((2 * PAYOUTS) / 3)) await merchant.reopen();
    if (made % BETWEEN_KILLS === BETWEEN_KILLS - 1) {
      await sleep(randomInt(0, 1_500));
      await running.kill();
      kills += 1;
      running = await start();
    }
  }
  const { client } = running;
  const deadline = Date.now() + END_MS;
  for (;;) {
    const health = jsonOf<{ ledger: Record<string, { count: number }> }>(await client.ask({ path: "/healthz" })).ledger;
    if (health["open"]?.count === 0 && health["pending"]?.count === 0) break;
    assert.ok(Date.now() < deadline, `not at the end: ${JSON.stringify(health)}`);
    await sleep(500);
  }
  const events = await allEvents(client);
  const finals = new Map<string, string[]>();
  for (const { type, data, delivery } of events) {
    assert.equal(delivery.state, "delivered");
    if (type !== "payout.wait") finals.set(data.payout.id, [...(finals.get(data.payout.id) ?? []), type]);
  }
  assert.deepEqual(new Map([...finals].sort()), new Map([...expected].sort().map(([id, type]) => [id, [type]])));
  const told = new Set(merchant.deliveries.filter(({ status }) => status === 204).map(({ id }) => id));
  assert.equal(merchant.rejected.length, 0);
  for (const { seq, type, data } of events)
    assert.ok(
      [...told].some((id) => id.endsWith(`_${seq}`)),
      `${type} of ${data.payout.id} was not delivered`,
    );
  for (const { event } of merchant.deliveries.filter(({ event }) => event.type !== "payout.wait"))
    assert.equal(event.type, expected.get(String(event.data.payout["id"])));
  assert.equal(kills, Math.floor(PAYOUTS / BETWEEN_KILLS));
  await running.kill();
  secrets.assertNoLeaks();
});

async function follow(client: WorkerClient, body: object): Promise<number> {
  try {
    return (await client.post(body, { path: "/v1/payout/follow" })).status;
  } catch {
    return 0;
  }
}

async function allEvents(client: WorkerClient): Promise<Event[]> {
  const all: Event[] = [];
  for (let after = 0; ; ) {
    const { events, next } = jsonOf<{ events: Event[]; next: number }>(
      await client.ask({ path: `/v1/events?after=${after}&limit=100` }),
    );
    if (events.length === 0) return all;
    all.push(...events);
    after = next;
  }
}

/** Starts workerd with the storage that is there. */
async function start(): Promise<{ readonly client: WorkerClient; readonly kill: () => Promise<void> }> {
  const before = workerds();
  const options = worker("ledger", builtModules(), bindings);
  const miniflare = new Miniflare({
    verbose: true,
    log: new RecordedLog(LogLevel.VERBOSE),
    handleStructuredLogs: ({ message }) => secrets.record("the log", message),
    resourcePersistencePath: folder,
    workers: [{ ...options, dev: { unsafeDirectSockets: [{ host: "127.0.0.1", port }] } }],
  });
  const client = new WorkerClient("ledger", await miniflare.unsafeGetDirectURL("ledger"), TOKEN, secrets);
  const pids = workerds().filter((pid) => !before.includes(pid));
  assert.ok(pids.length > 0, "workerd is not a child of this process");
  return {
    client,
    kill: async () => {
      for (const pid of pids) process.kill(pid, "SIGKILL");
      await miniflare.dispose();
    },
  };
}

/** The processes of workerd that this process has started. */
function workerds(): number[] {
  try {
    return execFileSync("pgrep", ["-P", String(process.pid), "workerd"], { encoding: "utf8" })
      .trim()
      .split("\n")
      .map(Number);
  } catch {
    return [];
  }
}

/** A port that is free now. The sandbox has to know it before workerd listens. */
async function freePort(): Promise<number> {
  const { createServer } = await import("node:net");
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as import("node:net").AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

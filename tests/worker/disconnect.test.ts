/** Whoever asks may go away before the answer: what was begun is brought to its end all the same. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Sandbox } from "../../dist/sandbox/index.js";
import type { Edge } from "./edge.ts";
import {
  newArchive,
  openSandbox,
  requestsFor,
  soundBindings,
  startWorkers,
  untilCached,
  type Workers,
} from "./harness.ts";
import { type Line, newRay } from "./lines.ts";
import { Merchant } from "./merchant.ts";
import { newPayout, notificationKey, WEBHOOK } from "./notify.ts";

const SECRET = `whsec_${randomBytes(32).toString("base64")}`;
/** How long AliKassa takes: long beside the moment in which it is seen that the caller is gone. */
const DELAY_MS = 800;

let sandbox: Sandbox;
let merchant: Merchant;
let workers: Workers<"sound">;
let edge: Edge;

before(async () => {
  const archive = newArchive(1024);
  sandbox = await openSandbox({ publicPem: archive.publicPem, notificationKey });
  merchant = await Merchant.open(SECRET);
  const changes = {
    ALIKASSA_NOTIFICATION_KEY: notificationKey.publicPem,
    FORWARD_URL: merchant.url,
    FORWARD_SECRET: SECRET,
  };
  workers = await startWorkers({ sound: soundBindings(archive, sandbox, changes) });
  edge = workers.edges.sound;
});

after(async () => {
  await sandbox.close();
  await merchant.close();
  await workers.stop();
});

/** Asks, and goes away as soon as AliKassa has been asked for this payout. Returns the request's line. */
async function askAndGo(id: string, path: string): Promise<Line> {
  sandbox.script(id, [{ delayMs: DELAY_MS }]);
  const ray = newRay();
  const asked = async () => {
    while (requestsFor(sandbox, id).length === 0) await sleep(5);
  };
  await edge.askAndGo({ path, headers: { "CF-Ray": ray } }, asked());
  for (let patience = 200; ; patience -= 1) {
    const [line, ...more] = await workers.lines((line) => line["ray"] === ray);
    if (line !== undefined) {
      assert.deepEqual(more, []);
      return line;
    }
    assert.ok(patience > 0, "no line tells of the request");
    await sleep(25);
  }
}

describe("a caller who goes away before the answer", () => {
  test("leaves a line in the log, and what AliKassa said in the cache", async () => {
    const { id } = newPayout(sandbox);
    const line = await askAndGo(id, `/v1/payout/status?id=${id}`);
    assert.deepEqual([line["outcome"], line["status"], line["payout_id"]], ["ok", 200, id]);
    await untilCached(() => edge.get(`?id=${id}`));
    assert.equal(requestsFor(sandbox, id).length, 1);
  });

  test("is AliKassa itself: the merchant is told of the payout", async () => {
    const { id } = newPayout(sandbox);
    const { pathname, search } = sandbox.notificationUrl(id, { to: new URL(WEBHOOK, edge.url) });
    const line = await askAndGo(id, pathname + search);
    assert.deepEqual([line["outcome"], line["forwarded"], line["forward_status"]], ["ok", "merchant", 204]);
    const [delivery, ...more] = await merchant.taken(id);
    assert.deepEqual([delivery?.id, more], [`payout_${id}_paid`, []]);
  });
});

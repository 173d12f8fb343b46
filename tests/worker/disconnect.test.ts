/** A caller that disconnects before the answer: the request is completed all the same. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { STATUS, type WorkerClient } from "./client.ts";
import { LEDGER, requestsFor, setUp, until, untilRecorded } from "./harness.ts";
import { type LogLine, newRay } from "./log-lines.ts";
import { newPayout, notificationKey, notificationPath } from "./notifications.ts";
import { newSecret, WebhookReceiver } from "./webhook-receiver.ts";

const FORWARD_SECRET = newSecret();
/** How long AliKassa takes: much longer than a disconnect takes to be noticed. */
const DELAY_MS = 800;

const receiver = await WebhookReceiver.start(FORWARD_SECRET);
const changes = {
  ALIKASSA_NOTIFICATION_KEY: notificationKey.publicPem,
  FORWARD_URL: receiver.url,
  FORWARD_SECRET,
};
const { sandbox, workers, clients } = await setUp(
  { forwarding: changes, recording: { LEDGER } },
  { notificationArchive: notificationKey },
);

/** Disconnects as soon as AliKassa has the request for this payout. Returns the request's log line. */
async function disconnect(client: WorkerClient, id: string, path: string): Promise<LogLine> {
  sandbox.script(id, [{ delayMs: DELAY_MS }]);
  const ray = newRay();
  const isAsked = until("AliKassa is asked", () => requestsFor(sandbox, id).length > 0);
  await client.askAndDisconnect({ path, headers: { "CF-Ray": ray } }, isAsked);
  const lines = () => workers.lines((line) => line["ray"] === ray);
  const line = await until("the request is logged", async () => (await lines())[0]);
  assert.equal((await lines()).length, 1);
  return line;
}

describe("a caller that disconnects", () => {
  test("has a line in the log, and AliKassa's answer is recorded", async () => {
    const { id } = newPayout(sandbox);
    const line = await disconnect(clients.recording, id, `${STATUS}?id=${id}`);
    assert.deepEqual([line["outcome"], line["status"], line["payout_id"]], ["ok", 200, id]);
    await untilRecorded(() => clients.recording.get(`?id=${id}`));
    assert.equal(requestsFor(sandbox, id).length, 1);
  });

  test("may be AliKassa: the notification is forwarded", async () => {
    const { id } = newPayout(sandbox);
    const line = await disconnect(clients.forwarding, id, notificationPath(sandbox, id));
    assert.deepEqual([line["outcome"], line["forwarded"], line["forward_status"]], ["ok", "merchant", 204]);
    const [delivery, ...more] = await receiver.accepted(id);
    assert.deepEqual([delivery?.id, more], [`payout_${id}_paid`, []]);
  });
});

/** AliKassa's last answer replaces earlier ones in the cache, under both names of a payout. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { BATCH, cacheStatusOf, jsonOf, NO_CACHE, paymentStatusOf, type WorkerClient } from "./client.ts";
import { fake } from "./fakes.ts";
import { kvNamespace, notificationQueue, requestsFor, setUp, until, untilCached } from "./harness.ts";
import { messageOf, newPayout, notificationKey, notify, type PayoutNames, setPayout } from "./notifications.ts";
import { newSecret, WebhookReceiver } from "./webhook-receiver.ts";

/** The number of payouts in one request that always leave the Cache API what it needs. */
const SAFE_BATCH = { lookedUp: 9, bypassed: 15 };
const FORWARD_SECRET = newSecret();

const receiver = await WebhookReceiver.start(FORWARD_SECRET);
const ALIKASSA_NOTIFICATION_KEY = notificationKey.publicPem;
const { sandbox, workers, clients } = await setUp(
  {
    cacheApi: { ALIKASSA_NOTIFICATION_KEY },
    kv: {
      ALIKASSA_NOTIFICATION_KEY,
      PAYOUTS: kvNamespace("last-word"),
      NOTIFICATIONS: notificationQueue("last-word"),
      FORWARD_URL: receiver.url,
      FORWARD_SECRET,
    },
    late: { PAYOUTS: fake("LateNamespace") },
  },
  { notificationArchive: notificationKey },
);

const byId = ({ id }: PayoutNames) => `?id=${id}`;
const byOrder = ({ order_id }: PayoutNames) => `?order_id=${encodeURIComponent(order_id)}`;
/** The names of a payout, each with the other. */
const NAMES = [
  ["its id", byId, byOrder],
  ["its order id", byOrder, byId],
] as const;

/** Waits until a payout is answered with this status, without a bypass of the cache. */
const untilAnswered = (client: WorkerClient, query: string, status: string) =>
  until(`${query} is ${status}`, async () => paymentStatusOf(await client.get(query)) === status);

for (const store of ["cacheApi", "kv"] as const) {
  describe(`AliKassa's last answer (${store})`, { concurrency: true }, () => {
    const client = clients[store];

    for (const [name, asked, other] of NAMES) {
      for (const status of ["paid", "wait", "refund"]) {
        for (const options of [{}, NO_CACHE]) {
          const how = options === NO_CACHE ? "with no-cache" : "for the first time";
          test(`by ${name}, asked ${how}, replaces both entries: ${status}`, async () => {
            const payout = newPayout(sandbox, "fail");
            if (options === NO_CACHE) await untilCached(() => client.get(asked(payout)));
            await untilCached(() => client.get(other(payout)));
            setPayout(sandbox, status, payout);
            assert.equal(paymentStatusOf(await client.get(asked(payout), options)), status);
            await untilAnswered(client, other(payout), status);
            await untilAnswered(client, asked(payout), status);
          });
        }
      }

      test(`by ${name} keeps an equal entry under the other name`, async () => {
        const payout = newPayout(sandbox, "fail");
        await untilCached(() => client.get(other(payout)));
        await untilCached(() => client.get(asked(payout)));
        await sleep(200);
        for (const query of [asked(payout), other(payout)]) assert.equal(cacheStatusOf(await client.get(query)), "hit");
      });

      test(`by ${name} is not written under the other name`, async () => {
        const payout = newPayout(sandbox, "fail");
        await untilCached(() => client.get(asked(payout)));
        await sleep(200);
        assert.equal(cacheStatusOf(await client.get(other(payout))), "miss");
      });
    }

    for (const options of [{}, NO_CACHE]) {
      test(`in a batch replaces both entries${options === NO_CACHE ? ", with no-cache" : ""}`, async () => {
        const length = options === NO_CACHE ? SAFE_BATCH.bypassed : SAFE_BATCH.lookedUp;
        const payouts = Array.from({ length }, () => newPayout(sandbox, "fail"));
        await Promise.all(payouts.map((payout) => untilCached(() => client.get(byOrder(payout)))));
        for (const payout of payouts) setPayout(sandbox, "paid", payout);
        // Retries use the same subrequests, and these use all.
        for (const { id } of payouts.slice(length / 2)) sandbox.script(id, [{ status: 503 }, { status: 503 }]);
        const answer = await client.post({ payouts: payouts.map(({ id }) => ({ id })) }, { path: BATCH, ...options });
        const { payouts: items } = jsonOf(answer) as { payouts: { payout?: object }[] };
        // Without a subrequest for a retry there is no answer.
        const known = payouts.filter((_, place) => items[place]?.payout !== undefined);
        assert.ok(known.length > 0, answer.text);
        await Promise.all(known.map((payout) => untilAnswered(client, byOrder(payout), "paid")));
        await Promise.all(known.map((payout) => untilCached(() => client.get(byId(payout)))));
      });
    }

    test("after a notification replaces both entries", async () => {
      const payout = newPayout(sandbox, "fail");
      for (const [, asked] of NAMES) await untilCached(() => client.get(asked(payout)));
      setPayout(sandbox, "paid", payout);
      assert.equal((await notify(sandbox, client, payout.id)).status, 200);
      for (const [, asked] of NAMES) await untilAnswered(client, asked(payout), "paid");
    });
  });
}

describe("a KV namespace", () => {
  test("is updated by a message of the queue", async () => {
    const payout = newPayout(sandbox, "fail");
    const client = clients.kv;
    for (const [, asked] of NAMES) await untilCached(() => client.get(asked(payout)));
    setPayout(sandbox, "paid", payout);
    await (await workers.queue("kv")).send(messageOf(sandbox, payout.id), { contentType: "json" });
    await receiver.accepted(payout.id);
    for (const [, asked] of NAMES) await untilAnswered(client, asked(payout), "paid");
  });

  test("keeps an equal entry after a message of the queue", async () => {
    const payout = newPayout(sandbox, "fail");
    const client = clients.kv;
    await untilCached(() => client.get(byOrder(payout)));
    receiver.planFor(payout.id, 503);
    await (await workers.queue("kv")).send(messageOf(sandbox, payout.id), { contentType: "json" });
    await receiver.accepted(payout.id);
    for (const [, asked] of NAMES) assert.equal(cacheStatusOf(await client.get(asked(payout))), "hit");
    assert.equal(requestsFor(sandbox, payout.id).length, 2);
  });

  test("that returns an old value is changed all the same, with no-cache", async () => {
    const changesOf = async (status: string, options: object) => {
      const before = await written();
      await clients.late.get(byId(newPayout(sandbox, status)), options);
      await sleep(200);
      return (await written()).slice(before.length).map(({ event }) => event);
    };
    const written = () => workers.lines(({ event }) => event === "put" || event === "delete");
    assert.deepEqual(await changesOf("wait", {}), []);
    assert.deepEqual(await changesOf("fail", {}), ["put"]);
    assert.deepEqual(await changesOf("wait", NO_CACHE), ["delete", "delete"]);
    assert.deepEqual((await changesOf("fail", NO_CACHE)).sort(), ["delete", "put"]);
  });
});

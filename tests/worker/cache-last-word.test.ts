/** AliKassa's last word counts: what it said before is not answered any more, by whichever name it was asked for. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Sandbox } from "../../dist/sandbox/index.js";
import { payoutJson } from "../../dist/sandbox/index.js";
import { type Answer, type Edge, jsonOf } from "./edge.ts";
import {
  kvNamespace,
  newArchive,
  notificationQueue,
  openSandbox,
  requestsFor,
  soundBindings,
  startWorkers,
  untilCached,
  type Workers,
} from "./harness.ts";
import { Merchant } from "./merchant.ts";
import { newPayout, notificationKey, notify } from "./notify.ts";
import { standIn } from "./stand-ins.ts";

const BATCH = "/v1/payout/status/batch";
const NO_CACHE = { headers: { "Cache-Control": "no-cache" } };
/** So many payouts in one request always leave the Cache API what it needs, by whether it is looked into first. */
const SAFE_BATCH = { looked: 9, bypassed: 15 };
const SECRET = `whsec_${randomBytes(32).toString("base64")}`;

let sandbox: Sandbox;
let merchant: Merchant;
let workers: Workers<"cacheApi" | "kv" | "late">;

before(async () => {
  const archive = newArchive(1024);
  sandbox = await openSandbox({ publicPem: archive.publicPem, notificationKey });
  merchant = await Merchant.open(SECRET);
  const ALIKASSA_NOTIFICATION_KEY = notificationKey.publicPem;
  workers = await startWorkers({
    cacheApi: soundBindings(archive, sandbox, { ALIKASSA_NOTIFICATION_KEY }),
    kv: soundBindings(archive, sandbox, {
      ALIKASSA_NOTIFICATION_KEY,
      PAYOUTS: kvNamespace("last-word"),
      NOTIFICATIONS: notificationQueue("last-word"),
      FORWARD_URL: merchant.url,
      FORWARD_SECRET: SECRET,
    }),
    late: soundBindings(archive, sandbox, { PAYOUTS: standIn("LateNamespace") }),
  });
});

after(async () => {
  await sandbox.close();
  await merchant.close();
  await workers.stop();
});

type Names = ReturnType<typeof newPayout>;

const useOf = ({ headers }: Answer) => headers.get("X-AliKassa-Cache");
const statusOf = (answer: Answer) => (jsonOf(answer) as { payment_status?: string }).payment_status;
const byId = ({ id }: Names) => `?id=${id}`;
const byOrder = ({ orderId }: Names) => `?order_id=${encodeURIComponent(orderId)}`;
/** Each name of a payout, with the other. */
const NAMES = [
  ["its id", byId, byOrder],
  ["its order id", byOrder, byId],
] as const;

/** What AliKassa says of a payout from now on. */
function becomes(status: string, { id, orderId }: Names): void {
  sandbox.addPayout(payoutJson({ id, orderId, statusJson: JSON.stringify(status) }));
}

/** Waits until a payout is answered with this status, without a word that the cache be passed by. */
async function untilAnswered(edge: Edge, query: string, status: string): Promise<void> {
  for (const deadline = Date.now() + 5000; ; await sleep(10)) {
    const answer = await edge.get(query);
    if (statusOf(answer) === status) return;
    assert.ok(Date.now() < deadline, `${query} is still ${useOf(answer)}: ${answer.text}`);
  }
}

for (const store of ["cacheApi", "kv"] as const) {
  describe(`what AliKassa said last (${store})`, { concurrency: true }, () => {
    let edge: Edge;
    before(() => {
      edge = workers.edges[store];
    });

    for (const [name, asked, other] of NAMES) {
      for (const status of ["paid", "wait", "refund"]) {
        for (const question of [{}, NO_CACHE]) {
          const how = question === NO_CACHE ? "with no-cache" : "for the first time";
          test(`by ${name}, asked ${how}, counts for both names: ${status}`, async () => {
            const payout = newPayout(sandbox, "fail");
            if (question === NO_CACHE) await untilCached(() => edge.get(asked(payout)));
            await untilCached(() => edge.get(other(payout)));
            becomes(status, payout);
            assert.equal(statusOf(await edge.get(asked(payout), question)), status);
            await untilAnswered(edge, other(payout), status);
            await untilAnswered(edge, asked(payout), status);
          });
        }
      }

      test(`by ${name} leaves alone what says the same under the other`, async () => {
        const payout = newPayout(sandbox, "fail");
        await untilCached(() => edge.get(other(payout)));
        await untilCached(() => edge.get(asked(payout)));
        await sleep(200);
        for (const query of [asked(payout), other(payout)]) assert.equal(useOf(await edge.get(query)), "hit");
      });

      test(`by ${name} is kept under no name that was not asked by`, async () => {
        const payout = newPayout(sandbox, "fail");
        await untilCached(() => edge.get(asked(payout)));
        await sleep(200);
        assert.equal(useOf(await edge.get(other(payout))), "miss");
      });
    }

    for (const question of [{}, NO_CACHE]) {
      test(`to a batch counts for both names${question === NO_CACHE ? ", with no-cache" : ""}`, async () => {
        const length = question === NO_CACHE ? SAFE_BATCH.bypassed : SAFE_BATCH.looked;
        const payouts = Array.from({ length }, () => newPayout(sandbox, "fail"));
        await Promise.all(payouts.map((payout) => untilCached(() => edge.get(byOrder(payout)))));
        for (const payout of payouts) becomes("paid", payout);
        // Retries take of the same requests, and these take all that there are.
        for (const { id } of payouts.slice(length / 2)) sandbox.script(id, [{ status: 503 }, { status: 503 }]);
        const answer = await edge.post({ payouts: payouts.map(({ id }) => ({ id })) }, { path: BATCH, ...question });
        const { payouts: items } = jsonOf(answer) as { payouts: { payout?: object }[] };
        // Where there was no request left for a retry nothing is known, and nothing is learned.
        const known = payouts.filter((_, place) => items[place]?.payout !== undefined);
        assert.ok(known.length > 0, answer.text);
        await Promise.all(known.map((payout) => untilAnswered(edge, byOrder(payout), "paid")));
        await Promise.all(known.map((payout) => untilCached(() => edge.get(byId(payout)))));
      });
    }

    test("after a notification counts for both names", async () => {
      const payout = newPayout(sandbox, "fail");
      for (const [, asked] of NAMES) await untilCached(() => edge.get(asked(payout)));
      becomes("paid", payout);
      assert.equal((await notify(sandbox, edge, payout.id)).status, 200);
      for (const [, asked] of NAMES) await untilAnswered(edge, asked(payout), "paid");
    });
  });
}

describe("a KV namespace", () => {
  test("learns of what is read when a notification comes out of the queue", async () => {
    const payout = newPayout(sandbox, "fail");
    const edge = workers.edges.kv;
    for (const [, asked] of NAMES) await untilCached(() => edge.get(asked(payout)));
    becomes("paid", payout);
    const { search } = sandbox.notificationUrl(payout.id, { to: "http://localhost" });
    const queue = await workers.queue("kv");
    await queue.send(Object.fromEntries(new URLSearchParams(search)), { contentType: "json" });
    await merchant.taken(payout.id);
    for (const [, asked] of NAMES) await untilAnswered(edge, asked(payout), "paid");
  });

  test("is left as it is by a message that says the same", async () => {
    const payout = newPayout(sandbox, "fail");
    const edge = workers.edges.kv;
    await untilCached(() => edge.get(byOrder(payout)));
    merchant.planFor(payout.id, 503);
    const { search } = sandbox.notificationUrl(payout.id, { to: "http://localhost" });
    const queue = await workers.queue("kv");
    await queue.send(Object.fromEntries(new URLSearchParams(search)), { contentType: "json" });
    await merchant.taken(payout.id);
    for (const [, asked] of NAMES) assert.equal(useOf(await edge.get(asked(payout))), "hit");
    assert.equal(requestsFor(sandbox, payout.id).length, 2);
  });

  test("that does not tell of an entry yet loses it all the same, with no-cache", async () => {
    const changesOf = async (status: string, question: object) => {
      const before = await written();
      await workers.edges.late.get(byId(newPayout(sandbox, status)), question);
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

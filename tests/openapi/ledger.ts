/** The routes of the ledger. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Answer, JSON_HEADERS, jsonOf, NO_CACHE, type RequestOptions } from "../worker/client.ts";
import { SECOND_ACCOUNT, until } from "../worker/harness.ts";
import { newPayout, notify, type PayoutNames, setPayout } from "../worker/notifications.ts";
import { check, checkBodies, checkLimit, checkRefusals, clients, merchant, sandbox } from "./check.ts";

const post = (body: unknown): RequestOptions => ({ body: JSON.stringify(body), headers: JSON_HEADERS });

/** A request to each route that is right. */
const REQUESTS: Readonly<Record<string, RequestOptions>> = {
  followPayout: post({ order_id: "sandbox-wait" }),
  payouts: {},
  payoutHistory: { path: "/v1/payout/history?order_id=sandbox-wait" },
  events: {},
  redeliverEvents: post({ after: 0 }),
  redeliverEvent: { path: "/v1/events/1/redeliver" },
};

const follow = (body: unknown) => check("followPayout", clients.sound, post(body), "202");

/** The timeline of a payout that the ledger knows. */
async function historyOf(query: string): Promise<{ readonly timeline: readonly { readonly type: string }[] }> {
  const path = `/v1/payout/history?${query}`;
  return jsonOf(await check("payoutHistory", clients.sound, { path }, "200"));
}

/** The types of the entries in the timeline of a payout, once there is one of this type. */
const timelineWith = (type: string, { id }: PayoutNames) =>
  until(`${id}: ${type}`, async () => {
    const types = (await historyOf(`id=${id}`)).timeline.map(({ type }) => type);
    return types.includes(type) && types;
  });

/** The ledger in the answer of `/healthz`, once it has this field. */
const healthWith = (field: string, headers = {}) =>
  until(`/healthz says ${field}`, async () => {
    const { ledger } = jsonOf<{ ledger: object }>(await check("health", clients.sound, { headers }, "200"));
    return field in ledger;
  });

describe("the ledger", { concurrency: true }, () => {
  for (const status of ["wait", "paid", "cancel", "fail", "refund"]) {
    test(`matches the document when it follows a payout: ${status}`, async () => {
      const payout = newPayout(sandbox, status);
      await follow({ id: Number(payout.id) });
      await timelineWith("event", payout);
      await merchant.accepted(payout.id);
      await notify(sandbox, clients.sound, payout.id, { status: "paid" });
      const types = await timelineWith("notification", payout);
      assert.deepEqual(types.slice(0, 3), ["followed", "reading", "event"]);
      await follow({ order_id: payout.order_id });
    });
  }

  test("matches the document when a notification contradicts the payout", async () => {
    const payout = newPayout(sandbox, "wait");
    await notify(sandbox, clients.sound, payout.id, { status: "paid" });
    const [delivery] = await merchant.accepted(payout.id);
    assert.deepEqual(delivery?.event.data.contradictions, ["payment_status"]);
  });

  test("matches the document when AliKassa changes what was final", async () => {
    const payout = newPayout(sandbox, "fail");
    await follow({ id: payout.id });
    await merchant.accepted(payout.id);
    setPayout(sandbox, "paid", payout);
    await check(
      "payoutStatusByQuery",
      clients.sound,
      { path: `/v1/payout/status?id=${payout.id}`, ...NO_CACHE },
      "200",
    );
    await until("it is paid", () => merchant.deliveriesOf(payout.id).some(({ event }) => event.type === "payout.paid"));
  });

  test("matches the document when a payout is overdue, and when AliKassa does not know it", async () => {
    const waiting = newPayout(sandbox, "wait");
    const soon = () => new Date(Date.now() + 4000).toISOString();
    await Promise.all([follow({ id: waiting.id, until: soon() }), follow({ order_id: "not known", until: soon() })]);
    await until("they are overdue", async () => {
      const page = await check("payouts", clients.sound, { path: "/v1/payouts?state=overdue" }, "200");
      return jsonOf<{ payouts: unknown[] }>(page).payouts.length === 2;
    });
    const overdue = () => merchant.deliveries.filter(({ event }) => event.type === "payout.overdue");
    await until("the merchant knows", () => overdue().length === 2);
    assert.deepEqual(
      overdue()
        .map(({ event }) => event.data.payout["payment_status"])
        .sort(),
      ["wait", undefined],
    );
    await historyOf("order_id=not+known");
    await follow({ order_id: "not known" });
  });

  test("matches the document when AliKassa fails", async () => {
    const headers = { Account: SECOND_ACCOUNT };
    for (const status of [500, 501, 502, 505, 599]) {
      const question = post({ order_id: `fault-${status}` });
      await check("followPayout", clients.sound, { ...question, headers: { ...JSON_HEADERS, ...headers } }, "202");
    }
    await healthWith("breaker_open_until", headers);
    await check("payouts", clients.sound, { headers }, "200");
  });

  test("matches the document when the merchant wants no events, and when they are sent again", async () => {
    const payout = newPayout(sandbox);
    merchant.planFor(payout.id, 410);
    await follow({ id: payout.id });
    await healthWith("paused_since");
    const { timeline } = await historyOf(`id=${payout.id}`);
    const { seq } = timeline.find(({ type }) => type === "event") as unknown as { seq: number };
    const path = `/v1/events/${seq}/redeliver`;
    assert.equal((await check("redeliverEvent", clients.sound, { path }, "202")).text, '{"events":1}');
    await merchant.accepted(payout.id);
    await check("redeliverEvents", clients.sound, post({ after: seq - 1 }), "202");
    await check("redeliverEvents", clients.sound, post({ after: 1_000_000 }), "202");
  });

  test("matches the document when it lists payouts and events", async () => {
    const payout = newPayout(sandbox);
    await follow({ id: payout.id });
    await merchant.accepted(payout.id);
    for (const [id, first] of [
      ["payouts", "/v1/payouts?limit=2"],
      ["events", "/v1/events?limit=2"],
    ] as const) {
      const next = (answer: Answer) => jsonOf<{ next: number | null }>(answer).next;
      let after = next(await check(id, clients.sound, { path: first }, "200"));
      for (let page = 0; page < 3 && after !== null; page += 1)
        after = next(await check(id, clients.sound, { path: `${first}&after=${after}` }, "200"));
    }
    for (const state of ["open", "overdue", "final"])
      await check("payouts", clients.sound, { path: `/v1/payouts?state=${state}` }, "200");
    for (const query of ["", "?after=latest", "?after=1000000", "?limit=100"])
      await check("events", clients.sound, { path: `/v1/events${query}` }, "200");
  });

  for (const [id, question] of Object.entries(REQUESTS)) {
    test(`matches the document when it is refused, fails or is missing: ${id}`, async () => {
      await checkRefusals(id, question);
      await check(id, clients.without, question, "503 not_configured");
      await check(id, clients.failing, question, "503 ledger_unavailable");
      await checkLimit(id, question);
    });
  }

  test("matches the document when a request is wrong", async () => {
    const { sound } = clients;
    await checkBodies("followPayout");
    for (const until of ["tomorrow", "2020-01-01T00:00:00Z", "2090-01-01T00:00:00Z"])
      await check("followPayout", sound, post({ id: "1", until }), "400 invalid_request");
    await checkBodies("redeliverEvents");
    await check("redeliverEvents", sound, post({ after: -1 }), "400 invalid_request");
    for (const [id, path] of [
      ["payouts", "/v1/payouts?state=lost"],
      ["payouts", "/v1/payouts?limit=0"],
      ["payouts", "/v1/payouts?after=latest"],
      ["events", "/v1/events?limit=101"],
      ["events", "/v1/events?after=-1"],
      ["payoutHistory", "/v1/payout/history"],
      ["payoutHistory", "/v1/payout/history?id=1&order_id=1"],
    ] as const)
      await check(id, sound, { path }, "400 invalid_request");
    await check("payoutHistory", sound, { path: "/v1/payout/history?id=1" }, "404 unknown_payout");
    await check("redeliverEvent", sound, { path: "/v1/events/1000000/redeliver" }, "404 unknown_event");
    await check("redeliverEvent", sound, { path: "/v1/events/first/redeliver" }, "404 not_found");
  });
});

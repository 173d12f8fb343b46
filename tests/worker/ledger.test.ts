/** The ledger: payouts are followed to their end, and the merchant is told of each change. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  type Answer,
  assertProblem,
  cacheStatusOf,
  jsonOf,
  NO_CACHE,
  paymentStatusOf,
  type WorkerClient,
} from "./client.ts";
import { fake } from "./fakes.ts";
import { ACCOUNT, LEDGER, requestsFor, SECOND_ACCOUNT, setUp, until, untilRecorded } from "./harness.ts";
import { newPayout, notificationKey, notify, type PayoutNames, payoutOf, setPayout } from "./notifications.ts";
import { newSecret, WebhookReceiver } from "./webhook-receiver.ts";

const secret = newSecret();
const merchant = await WebhookReceiver.start(secret);
const forward = { FORWARD_URL: merchant.url, FORWARD_SECRET: secret };
const own = { ALIKASSA_NOTIFICATION_KEY: notificationKey.publicPem, ALIKASSA_ACCOUNT: `${ACCOUNT},${SECOND_ACCOUNT}` };
const { sandbox, clients, workers } = await setUp(
  {
    following: { ...own, ...forward, LEDGER },
    polling: { ...own, LEDGER },
    without: { ...own, ...forward },
    failing: { ...own, ...forward, LEDGER: fake("FailingLedger") },
    hanging: { ...own, ...forward, LEDGER: fake("HangingLedger"), ALIKASSA_TIMEOUT_MS: "20000" },
    confused: { ...own, ...forward, LEDGER: fake("ConfusedLedger") },
  },
  { notificationArchive: notificationKey },
);
const client = clients.following;

interface Event {
  readonly seq: number;
  readonly type: string;
  readonly timestamp: string;
  readonly data: { readonly payout: Readonly<Record<string, unknown>> } & Readonly<Record<string, unknown>>;
  readonly delivery: { readonly state: string; readonly attempts: number; readonly last_status?: number };
}

const follow = (body: unknown, to: WorkerClient = client) => to.post(body, { path: "/v1/payout/follow" });
const get = (path: string, to: WorkerClient = client) => to.ask({ path });
const historyOf = async ({ id }: PayoutNames, to = client) =>
  jsonOf<{ state: string; is_followed: boolean; timeline: { type: string; event?: string }[] }>(
    await get(`/v1/payout/history?id=${id}`, to),
  );

/** All events about a payout. */
async function eventsOf({ id }: PayoutNames, to = client): Promise<Event[]> {
  const all: Event[] = [];
  for (let after = 0; ; ) {
    const page = jsonOf<{ events: Event[]; next: number }>(await get(`/v1/events?after=${after}&limit=100`, to));
    all.push(...page.events);
    if (page.events.length === 0) return all.filter(({ data }) => data.payout["id"] === id);
    after = page.next;
  }
}

const delivered = (payout: PayoutNames) =>
  until("the event is delivered", async () => {
    const events = await eventsOf(payout);
    return events.length > 0 && events.every(({ delivery }) => delivery.state === "delivered") && events;
  });

describe("a payout that is followed", () => {
  test("is read at once, and its end is delivered", async () => {
    const payout = newPayout(sandbox, "paid");
    const answer = await follow({ order_id: payout.order_id });
    assert.equal(answer.status, 202, answer.text);
    const record = jsonOf<Record<string, unknown>>(answer);
    assert.deepEqual([record["state"], record["payout_state"], record["is_followed"]], ["open", "unknown", true]);
    await merchant.accepted(payout.id);
    const [event] = await delivered(payout);
    assert.deepEqual(
      [event?.type, event?.data, event?.delivery.last_status],
      ["payout.paid", { payout: payoutOf(payout) }, 204],
    );
    const [delivery] = merchant.deliveriesOf(payout.id);
    assert.match(String(delivery?.id), new RegExp(`^evt_[0-9a-f]{24}_${event?.seq}$`));
    assert.equal((await historyOf(payout)).state, "final");
  });

  test("is read until it is final", async () => {
    const payout = newPayout(sandbox, "wait");
    await follow({ id: payout.id });
    await merchant.accepted(payout.id);
    setPayout(sandbox, "fail", payout);
    await until("the end is delivered", () => merchant.deliveriesOf(payout.id).length === 2);
    const types = merchant.deliveriesOf(payout.id).map(({ event }) => event.type);
    assert.deepEqual(types, ["payout.wait", "payout.fail"]);
    const { timeline, is_followed } = await historyOf(payout);
    assert.deepEqual(
      timeline.map(({ type, event }) => event ?? type),
      ["followed", "reading", "payout.wait", "reading", "payout.fail"],
    );
    assert.equal(is_followed, false);
  });

  test("stays unknown while AliKassa does not know it", async () => {
    const payout = { id: "799999999", order_id: "not yet" };
    await follow({ order_id: payout.order_id });
    const record = await until("it was read", async () => {
      const found = jsonOf<Record<string, unknown>>(await get(`/v1/payout/history?order_id=not+yet`));
      return found["last_failure"] !== undefined && found;
    });
    assert.deepEqual([record["payout_state"], record["payout"], record["is_followed"]], ["unknown", undefined, true]);
    setPayout(sandbox, "paid", payout);
    await until("it is found", () => merchant.deliveriesOf(payout.id).length > 0);
  });

  test("is followed because a route read it as wait, if somebody is to be told", async () => {
    const payout = newPayout(sandbox, "wait");
    await client.get(`?id=${payout.id}`);
    await clients.polling.get(`?id=${payout.id}`);
    const recorded = (to: WorkerClient) =>
      until("it is recorded", async () => {
        const answer = await get(`/v1/payout/history?id=${payout.id}`, to);
        return answer.status === 200 && jsonOf<{ is_followed: boolean }>(answer).is_followed;
      }).catch(() => false);
    assert.equal(await recorded(client), true);
    assert.deepEqual(
      (await eventsOf(payout, clients.polling)).map(({ type }) => type),
      ["payout.wait"],
    );
  });
});

describe("a final payout", () => {
  test("is answered without asking AliKassa, by the name that was asked", async () => {
    const payout = newPayout(sandbox);
    for (const query of [`?id=${payout.id}`, `?order_id=${encodeURIComponent(payout.order_id)}`]) {
      const asked = await client.get(query);
      assert.equal(cacheStatusOf(asked), "miss");
      const kept = await untilRecorded(() => client.get(query));
      assert.equal(kept.text, asked.text);
    }
    const before = requestsFor(sandbox, payout.id).length;
    await untilRecorded(() => client.post({ id: payout.id }));
    assert.equal(requestsFor(sandbox, payout.id).length, before);
    assert.equal(cacheStatusOf(await client.get(`?id=${payout.id}`, NO_CACHE)), "bypass");
    assert.equal(cacheStatusOf(await clients.without.get(`?id=${payout.id}`)), null);
  });

  test("is replaced by AliKassa's last word, with an event of its own", async () => {
    const payout = newPayout(sandbox, "fail");
    await client.get(`?id=${payout.id}`);
    await untilRecorded(() => client.get(`?id=${payout.id}`));
    setPayout(sandbox, "paid", payout);
    await client.get(`?id=${payout.id}`, NO_CACHE);
    await until(
      "the ledger has the last word",
      async () => paymentStatusOf(await client.get(`?id=${payout.id}`)) === "paid",
    );
    assert.deepEqual(
      (await eventsOf(payout)).map(({ type }) => type),
      ["payout.fail", "payout.paid"],
    );
  });

  test("of another account is not answered", async () => {
    const payout = newPayout(sandbox);
    await client.get(`?id=${payout.id}`);
    await untilRecorded(() => client.get(`?id=${payout.id}`));
    const other = await client.get(`?id=${payout.id}`, { headers: { Account: SECOND_ACCOUNT } });
    assert.equal(cacheStatusOf(other), "miss");
  });
});

describe("a notification", () => {
  test("is answered once it is written down, and read and delivered after that", async () => {
    const payout = newPayout(sandbox);
    const answer = await notify(sandbox, client, payout.id);
    assert.equal(answer.status, 200);
    assert.deepEqual(Object.keys(jsonOf(answer)), ["notification"]);
    const [delivery] = await merchant.accepted(payout.id);
    const data = delivery?.event.data;
    assert.deepEqual([data?.payout, data?.agrees, data?.notification["id"]], [payoutOf(payout), true, payout.id]);
    assert.deepEqual(
      (await historyOf(payout)).timeline.map(({ type }) => type),
      ["notification", "reading", "event"],
    );
  });

  test("makes one event, however often it comes, and none from its own status", async () => {
    const payout = newPayout(sandbox, "wait");
    for (let i = 0; i < 5; i += 1) await notify(sandbox, client, payout.id, { fields: { payment_status: "paid" } });
    await delivered(payout);
    const events = await eventsOf(payout);
    assert.deepEqual(
      events.map(({ type }) => type),
      ["payout.wait"],
    );
    assert.deepEqual(events[0]?.data["contradictions"], ["payment_status"]);
  });

  for (const name of ["failing", "confused"] as const) {
    test(`is forwarded within its request if the ledger is ${name}`, async () => {
      const payout = newPayout(sandbox);
      const { answer, incidents } = await workers.withLog((headers) => notifyWith(name, payout, headers));
      assert.equal(answer.status, 200, answer.text);
      assert.equal(merchant.deliveriesOf(payout.id).length, 1);
      assert.deepEqual(
        incidents.map(({ event }) => event),
        ["ledger_notify_failed"],
      );
    });
  }

  function notifyWith(
    name: "failing" | "confused",
    payout: PayoutNames,
    headers: Record<string, string>,
  ): Promise<Answer> {
    const { pathname, search } = sandbox.notificationUrl(payout.id, {
      to: new URL("/webhooks/alikassa", "http://localhost"),
    });
    return clients[name].ask({ path: pathname + search, headers, token: null });
  }
});

describe("without an answer of the ledger", () => {
  for (const name of ["failing", "hanging", "confused"] as const) {
    test(`AliKassa is asked: ${name}`, async () => {
      const payout = newPayout(sandbox);
      const { answer, incidents } = await workers.withLog((headers) =>
        clients[name].get(`?id=${payout.id}`, { headers }),
      );
      assert.equal(paymentStatusOf(answer), "paid");
      assert.deepEqual(
        incidents.map(({ event }) => event),
        ["ledger_look_up_failed"],
      );
    });
  }

  test("the routes of the ledger say so", async () => {
    const expected = { status: 503, code: "ledger_unavailable", retryable: true };
    assertProblem(await follow({ id: "1" }, clients.failing), expected);
    assertProblem(await get("/healthz", clients.failing), expected);
  });

  test("the routes say how to get one", async () => {
    for (const path of ["/v1/payouts", "/v1/events", "/v1/payout/history?id=1"])
      assertProblem(await get(path, clients.without), { status: 503, code: "not_configured", detail: /LEDGER/ });
  });
});

describe("a page", () => {
  test("of payouts is newest first, and goes on where it ended", async () => {
    const payouts = [newPayout(sandbox), newPayout(sandbox), newPayout(sandbox)];
    for (const { id } of payouts) {
      await client.get(`?id=${id}`);
      await untilRecorded(() => client.get(`?id=${id}`));
    }
    const ids: string[] = [];
    for (let after = ""; ids.length < 3; ) {
      const page = jsonOf<{ payouts: { id: string }[]; next: number }>(
        await get(`/v1/payouts?state=final&limit=1${after}`),
      );
      assert.equal(page.payouts.length, 1);
      ids.push(String(page.payouts[0]?.id));
      after = `&after=${page.next}`;
    }
    assert.deepEqual(ids, payouts.map(({ id }) => id).reverse());
  });

  for (const path of [
    "/v1/payouts?state=lost",
    "/v1/payouts?after=x",
    "/v1/payouts?limit=0",
    "/v1/payouts?limit=101",
    "/v1/payouts?limit=1&limit=2",
    "/v1/events?state=open",
    "/v1/events?after=-1",
    "/v1/events?after=1e3",
    "/v1/payout/history",
    "/v1/payout/history?id=1&order_id=2",
  ])
    test(`is refused: ${path}`, async () => {
      assertProblem(await get(path), { status: 400, code: "invalid_request" });
    });

  test("of the timeline says that the payout is not in the ledger", async () => {
    assertProblem(await get("/v1/payout/history?id=798000000"), {
      status: 404,
      code: "unknown_payout",
      detail: /nothing about its state/,
    });
  });
});

describe("the body of a request to follow", () => {
  for (const [body, detail] of [
    ["{}", /id/],
    ['{"until":"2030-01-01T00:00:00Z"}', /id/],
    ['{"id":"1","order_id":"2","until":null}', /./],
    ['{"id":"1","until":"tomorrow"}', /RFC 3339/],
    ['{"id":"1","until":1}', /RFC 3339/],
    ['{"id":"1","until":"2020-01-01T00:00:00Z"}', /future/],
    ['{"id":"1","until":"2090-01-01T00:00:00Z"}', /90 days/],
    ['{"id":"1","more":1}', /more/],
    ["[]", /object/],
  ] as const)
    test(`is refused: ${body}`, async () => {
      assertProblem(await follow(body), { status: 400, code: "invalid_request", detail });
    });

  test("may hold a deadline", async () => {
    const until = new Date(Date.now() + 3_600_000).toISOString();
    const answer = await follow({ id: newPayout(sandbox).id, until });
    assert.equal(jsonOf<{ follow_until: string }>(answer).follow_until, until);
  });
});

describe("an event", () => {
  test("is sent again on demand, after its payout was read again", async () => {
    const payout = newPayout(sandbox);
    await follow({ id: payout.id });
    const [event] = await delivered(payout);
    const read = requestsFor(sandbox, payout.id).length;
    const answer = await client.post("", { path: `/v1/events/${event?.seq}/redeliver` });
    assert.deepEqual([answer.status, answer.text], [202, '{"events":1}']);
    await until("it is delivered again", () => merchant.deliveriesOf(payout.id).length === 2);
    const [first, second] = merchant.deliveriesOf(payout.id);
    assert.deepEqual([second?.id, second?.event], [first?.id, first?.event]);
    assert.equal(requestsFor(sandbox, payout.id).length, read + 1);
  });

  test("is sent until the merchant accepts it, and is visible until then", async () => {
    const payout = newPayout(sandbox);
    merchant.planFor(payout.id, 500, "cut");
    await follow({ id: payout.id });
    await until("it was refused", async () => (await eventsOf(payout))[0]?.delivery.last_status === 500);
    await merchant.accepted(payout.id);
    const [event] = await delivered(payout);
    assert.equal(event?.delivery.attempts, 3);
  });

  test("of no number is refused", async () => {
    assertProblem(await client.post("", { path: "/v1/events/99999999/redeliver" }), {
      status: 404,
      code: "unknown_event",
    });
    for (const body of ["", "{}", '{"after":-1}', '{"after":"1"}', '{"after":1,"more":2}'])
      assertProblem(await client.post(body, { path: "/v1/events/redeliver" }), {
        status: 400,
        code: "invalid_request",
      });
    assertProblem(await client.post("", { path: "/v1/events/x/redeliver" }), { status: 404, code: "not_found" });
    const answer = await client.post({ after: 99_999_999 }, { path: "/v1/events/redeliver" });
    assert.equal(answer.text, '{"events":0}');
  });

  test("is not sent again without an endpoint", async () => {
    const expected = { status: 503, code: "not_configured", detail: /FORWARD_URL/ };
    assertProblem(await clients.polling.post({ after: 0 }, { path: "/v1/events/redeliver" }), expected);
  });
});

test("the events after the newest one begin with the next", async () => {
  const { events, next } = jsonOf<{ events: unknown[]; next: number }>(await get("/v1/events?after=latest"));
  const payout = newPayout(sandbox);
  await follow({ id: payout.id });
  await delivered(payout);
  assert.deepEqual(events, []);
  const page = jsonOf<{ events: { seq: number }[] }>(await get(`/v1/events?after=${next}`));
  assert.equal(page.events[0]?.seq, next + 1);
});

describe("every route of the ledger", () => {
  for (const [method, path] of [
    ["POST", "/v1/payout/follow"],
    ["GET", "/v1/payouts"],
    ["GET", "/v1/payout/history?id=1"],
    ["GET", "/v1/events"],
    ["POST", "/v1/events/1/redeliver"],
    ["POST", "/v1/events/redeliver"],
  ] as const)
    test(`needs a token and a known account: ${method} ${path}`, async () => {
      assertProblem(await client.ask({ method, path, token: null }), { status: 401, code: "unauthorized" });
      const headers = { Account: "00000000-0000-4000-8000-00000000000f" };
      assertProblem(await client.ask({ method, path, headers }), { status: 403, code: "unknown_account" });
      assertProblem(await client.ask({ method: "DELETE", path }), { status: 405, code: "method_not_allowed" });
    });
});

test("/healthz counts what needs attention, for a caller with a token", async () => {
  const health = jsonOf<{ ledger: Record<string, { count: number }> }>(await get("/healthz"));
  assert.deepEqual(Object.keys(health.ledger).slice(0, 4), ["open", "overdue", "pending", "undelivered"]);
  assert.ok((health.ledger["open"]?.count ?? 0) > 0);
  const open = jsonOf<{ ledger?: unknown }>(await client.ask({ path: "/healthz", token: null }));
  assert.equal(open.ledger, undefined);
  assert.equal(jsonOf<{ ledger: unknown }>(await get("/healthz", clients.without)).ledger, null);
});

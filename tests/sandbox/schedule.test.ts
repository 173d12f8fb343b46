/** Scheduled faults of status requests and of notifications. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { DEFAULT_FAULTS, NOTIFICATION_FAULTS, type Schedule, startSandbox } from "../../dist/sandbox/index.js";
import { startNotificationEndpoint } from "../fixtures/notification-endpoint.ts";
import { inStatuses, openSandbox } from "./client.ts";

/** The outcomes of so many status requests for one payout of a new sandbox with this schedule. */
async function outcomes(schedule: Schedule, count: number): Promise<string[]> {
  const { sandbox, client } = await openSandbox({ schedule });
  for (let i = 0; i < count; i++) await client.ask({ id: "100000536" }).catch(() => undefined);
  return sandbox.requests.map(({ answer }) => answer.outcome);
}

const placesOf = (found: readonly string[]) =>
  found.flatMap((outcome, place) => (outcome === "payout" ? [] : [[place, outcome] as const]));

describe("a schedule", () => {
  test("has one fault in each block of requests, and takes the faults in turn", async () => {
    const faults = ["500", "cut", "html"] as const;
    const found = placesOf(await outcomes({ oneIn: 10, faults }, 200));
    const expected = Array.from({ length: 20 }, (_, block) => [block, faults[block % 3]]);
    assert.deepEqual(
      found.map(([place, outcome]) => [Math.floor(place / 10), outcome]),
      expected,
    );
    // At varying places, so that faults may follow each other.
    assert.ok(new Set(found.map(([place]) => place % 10)).size > 4);
  });

  test("depends on the seed alone", async () => {
    const places = async (seed?: number) =>
      placesOf(await outcomes({ oneIn: 5, faults: ["500"], ...(seed === undefined ? {} : { seed }) }, 100));
    const first = await places(1);
    assert.deepEqual(await places(), first);
    assert.deepEqual(await places(1), first);
    for (const seed of [0, 2, -1]) assert.notDeepEqual(await places(seed), first);
  });

  test("of one in one makes every answer faulty, also with scripted answers", async () => {
    const slow = { status: 503, headers: { "Retry-After": "7" } };
    assert.deepEqual(await outcomes({ oneIn: 1, faults: ["500", slow] }, 4), ["500", "scripted", "500", "scripted"]);
  });

  test("has every fault that withholds the payout by default", async () => {
    for (const name of ["hang", "cut", "html", "429", "503"] as const) assert.ok(DEFAULT_FAULTS.includes(name), name);
    assert.ok(!DEFAULT_FAULTS.includes("drip"));
    const faults = DEFAULT_FAULTS.filter((name) => name !== "hang" && name !== "endless");
    assert.deepEqual(await outcomes({ oneIn: 1, faults }, faults.length), faults);
  });

  test("does not apply to scripts, requested faults, invalid requests and other methods", async () => {
    const { sandbox, client } = await openSandbox({ schedule: { oneIn: 1, faults: ["500"] } });
    sandbox.script("6422494", ["payout", "404"]);
    const statuses = [
      await client.ask({ order_id: "6422494" }),
      await client.ask({ order_id: "6422494" }),
      await client.fault("503"),
      await client.ask({ order_id: "unlisted" }),
      await client.ask({ id: "100000536" }, { headers: { sign: "AAAA" } }),
      await client.send("[]", { path: "/v1/account/balance" }),
      await client.ask({ order_id: "6422494" }),
    ].map(({ status }) => status);
    assert.deepEqual(statuses, [200, 404, 503, 400, 400, 200, 500]);
  });
});

test("an invalid schedule is refused", async () => {
  const wrong = [
    ...[0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY].map((oneIn) => ({ oneIn })),
    { oneIn: 10, faults: [] },
    { oneIn: 10, seed: 0.5 },
  ];
  for (const schedule of [...wrong, { oneIn: 10, faults: ["1000" as const] }])
    await assert.rejects(startSandbox({ schedule }), RangeError);
  const wrongTimes = [-1, Number.NaN, 2 ** 31].map((lateMs) => ({ oneIn: 10, lateMs }));
  for (const notificationSchedule of [...wrong, ...wrongTimes])
    await assert.rejects(startSandbox({ notificationSchedule }), RangeError);
  // @ts-expect-error: a name that the types know to be wrong
  await assert.rejects(startSandbox({ notificationSchedule: { oneIn: 1, faults: ["cut"] } }), RangeError);
});

describe("a schedule of notifications", async () => {
  const endpoint = await startNotificationEndpoint();
  const received = () => endpoint.received.map(({ parameters }) => String(parameters["order_id"]));

  /** A sandbox with this schedule, and a function that makes payouts final, one after the other or at the same time. */
  async function open(schedule: Parameters<typeof startSandbox>[0] & object) {
    const { sandbox } = await openSandbox({ notify: { to: endpoint.url, pauseMs: 1 }, ...schedule });
    const end = (...names: readonly string[]) => {
      for (const [at, order_id] of names.entries())
        for (const json of inStatuses(String(at + 1), order_id, "wait", "paid")) sandbox.addPayout(json);
    };
    const endInTurn = async (...names: readonly string[]) => {
      for (const name of names) {
        end(name);
        await sandbox.notificationsSettled();
      }
    };
    return { sandbox, end, endInTurn };
  }

  const names = Array.from({ length: 60 }, (_, at) => `payout-${at}`);

  test("loses and doubles one of three, in turn and by the seed", async () => {
    const hit = async (seed: number) => {
      const { sandbox, endInTurn } = await open({
        notificationSchedule: { oneIn: 3, faults: ["lost", "doubled"], seed },
      });
      await endInTurn(...names);
      const faults = names.map((name) => sandbox.notifications.filter(({ order_id }) => order_id === name));
      const counts = names.map((name) => received().filter((order_id) => order_id === name).length);
      endpoint.received.length = 0;
      // A lost notification has a record, but no request.
      for (const [at, records] of faults.entries()) {
        const fault = records[0]?.fault;
        assert.ok(
          records.every((record) => record.fault === fault && record.status === (fault === "lost" ? null : 200)),
        );
        assert.equal(records.length, fault === "doubled" ? 2 : 1);
        assert.equal(counts[at], fault === "lost" ? 0 : fault === "doubled" ? 2 : 1);
      }
      return faults.map((records) => records[0]?.fault);
    };
    const first = await hit(1);
    const expected = Array.from({ length: 20 }, (_, block) => (block % 2 === 0 ? "lost" : "doubled"));
    assert.deepEqual(
      first.filter((fault) => fault !== undefined),
      expected,
    );
    for (let block = 0; block < 20; block++)
      assert.equal(first.slice(block * 3, block * 3 + 3).filter((fault) => fault !== undefined).length, 1);
    assert.deepEqual(await hit(1), first);
    assert.notDeepEqual(await hit(2), first);
  });

  test("sends doubled notifications at the same time, each until it is answered 200", async () => {
    endpoint.answers = [null, null];
    const { sandbox, end } = await open({ notificationSchedule: { oneIn: 1, faults: ["doubled"] } });
    sandbox.setEndpoint({ to: endpoint.url, timeoutMs: 300, pauseMs: 1 });
    end("doubled");
    await sandbox.notificationsSettled();
    const attempts = sandbox.notifications.map(({ attempt, status }) => [attempt, status]);
    assert.deepEqual(attempts.sort(), [
      [1, null],
      [1, null],
      [2, 200],
      [2, 200],
    ]);
    assert.equal(new Set(endpoint.received.map(({ path }) => path)).size, 1);
  });

  test("sends late ones after lateMs, and the others at once", async () => {
    const { sandbox, end } = await open({ notificationSchedule: { oneIn: 2, faults: ["late"], lateMs: 300, seed: 3 } });
    const start = performance.now();
    end("one", "two");
    await sandbox.notificationsSettled();
    const late = sandbox.notifications.map(({ fault }) => fault);
    assert.deepEqual(late, [undefined, "late"]);
    assert.ok((endpoint.received[1]?.time ?? 0) - start >= 298);
  });

  test("sends those out of order after the next one was delivered", async () => {
    // The second one is held; the first one is delivered before the third one, which is refused once more.
    const notificationSchedule = { oneIn: 3, faults: ["out-of-order"], lateMs: 60_000 } as const;
    const { sandbox, end } = await open({ notificationSchedule });
    endpoint.answers = [200, 500, 500];
    end("one", "two");
    while (endpoint.received.length === 0) await sleep(1);
    end("three");
    await sandbox.notificationsSettled();
    const records = sandbox.notifications.map(({ order_id, status, fault }) => `${order_id} ${status} ${fault}`);
    const three = ["three 500 undefined", "three 500 undefined", "three 200 undefined"];
    assert.deepEqual(records, ["one 200 undefined", ...three, "two 200 out-of-order"]);
  });

  test("sends those out of order after lateMs if no other one follows", async () => {
    const { sandbox, end } = await open({ notificationSchedule: { oneIn: 1, faults: ["out-of-order"], lateMs: 20 } });
    end("one", "two");
    await sandbox.notificationsSettled();
    assert.deepEqual(received().sort(), ["one", "two"]);
    assert.deepEqual(
      sandbox.notifications.map(({ fault }) => fault),
      ["out-of-order", "out-of-order"],
    );
  });

  test("has every fault by default, and does not apply to notify()", async () => {
    const { sandbox, endInTurn } = await open({ notificationSchedule: { oneIn: 1, lateMs: 1 } });
    await sandbox.notify("6422494", { to: endpoint.url });
    await endInTurn("one", "two", "three", "four");
    const faults = sandbox.notifications.map(({ fault }) => fault);
    assert.deepEqual(faults, [undefined, "lost", "doubled", "doubled", "late", "out-of-order"]);
    assert.deepEqual(NOTIFICATION_FAULTS, ["lost", "doubled", "late", "out-of-order"]);
  });

  test("is aborted by close(), and nothing is sent after it", async () => {
    const faults = ["late", "out-of-order"] as const;
    const { sandbox, end } = await open({ notificationSchedule: { oneIn: 1, faults, lateMs: 60_000 } });
    end("one", "two");
    const start = performance.now();
    await sandbox.close();
    assert.ok(performance.now() - start < 5_000);
    assert.deepEqual([received(), sandbox.notifications], [[], []]);
  });
});

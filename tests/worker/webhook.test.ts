/** A notification of AliKassa: verified, read again, and answered with both. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Sandbox } from "../../dist/sandbox/index.js";
import { type Answer, assertProblem, type Edge, jsonOf } from "./edge.ts";
import {
  ACCOUNT,
  newArchive,
  openSandbox,
  requestsFor,
  SECOND_ACCOUNT,
  soundBindings,
  startWorkers,
  untilCached,
  type Workers,
} from "./harness.ts";
import { keyOfPhp, newPayout, notificationKey, notify, signedByPhp, WEBHOOK } from "./notify.ts";
import { standIn } from "./stand-ins.ts";

const FORM = "application/x-www-form-urlencoded";

let sandbox: Sandbox;
let workers: Workers<"sound" | "php" | "short" | "limited" | "broken">;
let edge: Edge;

before(async () => {
  const archive = newArchive(1024);
  sandbox = await openSandbox({ publicPem: archive.publicPem, notificationKey });
  const own = {
    ALIKASSA_NOTIFICATION_KEY: notificationKey.publicPem,
    ALIKASSA_ACCOUNT: `${ACCOUNT},${SECOND_ACCOUNT}`,
  };
  workers = await startWorkers({
    sound: soundBindings(archive, sandbox, own),
    php: soundBindings(archive, sandbox, { ALIKASSA_NOTIFICATION_KEY: keyOfPhp }),
    short: soundBindings(archive, sandbox, { ...own, ALIKASSA_TIMEOUT_MS: "300" }),
    broken: soundBindings(archive, sandbox, { ...own, RATE_LIMITER: standIn("FailingLimiter") }),
    limited: soundBindings(archive, sandbox, {
      ...own,
      RATE_LIMITER: { type: "rate-limit", namespace: "3001", simple: { limit: 5, period: 60 } },
    }),
  });
  edge = workers.edges.sound;
});

after(async () => {
  await sandbox.close();
  await workers.stop();
});

/** What is told of a payout to whom has no token. Balances, the card, the RRN are not, though the sandbox answers with them. */
const statusOf = ({ id }: { id: string }, status = "paid", isFinal = true) => ({
  payment_status: status,
  id,
  is_final: isFinal,
});

interface Confirmed {
  readonly notification: Record<string, unknown>;
  readonly payout: Record<string, unknown>;
  readonly agrees: boolean;
  readonly contradictions?: readonly string[];
}

function confirmedBy(answer: Answer): Confirmed {
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.headers.get("Content-Type"), "application/json");
  assert.equal(answer.headers.get("Cache-Control"), "no-store");
  return jsonOf(answer) as Confirmed;
}

describe("a notification of a payout", () => {
  test("is answered with what it says, and with what became of the payout by AliKassa's API", async () => {
    const payout = newPayout(sandbox);
    const answer = await notify(sandbox, edge, payout.id, { fields: { desc: "Оплата/1" } });
    assert.deepEqual(confirmedBy(answer), {
      notification: {
        type: "payout",
        id: payout.id,
        order_id: payout.orderId,
        payment_status: "paid",
        amount: "300.00",
        payment_amount: "300.00",
        commission_amount: "10",
        is_partial_payment: false,
        account: ACCOUNT,
        service: "payment_card_rub",
        desc: "Оплата/1",
      },
      payout: statusOf(payout),
      agrees: true,
    });
    assert.match(answer.text, /^\{"notification":\{"type":"payout","id":"\d+",.*\},"payout":\{.*\},"agrees":true\}$/);
    const [asked, ...more] = requestsFor(sandbox, payout.id);
    assert.deepEqual(
      [asked?.body.toString(), asked?.headers["account"], more.length],
      [`{"id":"${payout.id}"}`, ACCOUNT, 0],
    );
  });

  for (const as of ["query", "form", "json"] as const) {
    for (const digest of ["sha1", "sha256"] as const) {
      for (const signCommissionAmount of [true, false]) {
        const commission = signCommissionAmount ? "with" : "without";
        test(`verifies as ${as}, with ${digest}, ${commission} commission_amount`, async () => {
          const { id } = newPayout(sandbox);
          const { notification, agrees } = confirmedBy(
            await notify(sandbox, edge, id, { as, digest, signCommissionAmount, plusAsBlank: true }),
          );
          assert.equal(agrees, true);
          // What was not signed is not told.
          assert.equal(notification["commission_amount"], signCommissionAmount ? "10" : undefined);
        });
      }
    }
  }

  test("that PHP signed verifies, in each form", async () => {
    const { php } = workers.edges;
    const { sign, ...told } = signedByPhp;
    const query = new URLSearchParams(signedByPhp).toString();
    for (const question of [
      { path: `${WEBHOOK}?${query}` },
      // A plus that nobody encoded.
      { path: `${WEBHOOK}?${new URLSearchParams(told)}&sign=${sign}` },
      { method: "POST", path: WEBHOOK, headers: { "Content-Type": `${FORM}; charset=UTF-8` }, body: query },
      {
        method: "POST",
        path: WEBHOOK,
        headers: { "Content-Type": "Application/JSON" },
        body: JSON.stringify(signedByPhp),
      },
    ]) {
      const { notification, payout } = confirmedBy(await php.ask({ ...question, token: null }));
      assert.deepEqual(notification, { ...told, is_partial_payment: false });
      assert.equal(payout["id"], told["id"]);
    }
  });

  test("may hold any text", async () => {
    const desc = 'a+b&c=d%20;e#f\\"/<>\u0000\u007f\u2028ё𝄞\n';
    for (const as of ["query", "form", "json"] as const) {
      const { id } = newPayout(sandbox);
      assert.equal(confirmedBy(await notify(sandbox, edge, id, { as, fields: { desc } })).notification["desc"], desc);
    }
  });

  test("may leave fields out, which are signed as null then", async () => {
    const { id } = newPayout(sandbox);
    const fields = { order_id: null, amount: null, commission_amount: null, account: null, service: null, desc: null };
    const { notification, agrees } = confirmedBy(await notify(sandbox, edge, id, { fields }));
    assert.deepEqual(Object.keys(notification), [
      "type",
      "id",
      "payment_status",
      "payment_amount",
      "is_partial_payment",
    ]);
    assert.equal(agrees, true);
  });

  test("needs no token, and minds none", async () => {
    const { id } = newPayout(sandbox);
    const { pathname, search } = sandbox.notificationUrl(id, { to: new URL(WEBHOOK, edge.url) });
    for (const token of [null, "wrong"]) confirmedBy(await edge.ask({ path: pathname + search, token }));
    const head = await edge.ask({ method: "HEAD", path: pathname + search, token: null });
    assert.deepEqual([head.status, head.text], [200, ""]);
  });

  test("is read again each time that it comes, and is answered alike", async () => {
    const { id } = newPayout(sandbox);
    const first = await notify(sandbox, edge, id);
    for (let i = 0; i < 3; i++) assert.equal((await notify(sandbox, edge, id)).text, first.text);
    assert.equal(requestsFor(sandbox, id).length, 4);
  });
});

describe("a notification that AliKassa's API contradicts", () => {
  for (const [told, status, isFinal] of [
    ["paid", "wait", false],
    ["paid", "cancel", true],
    ["fail", "paid", true],
    ["cancel", "refund", false],
  ] as const) {
    test(`says ${told} where it is ${status}`, async () => {
      const payout = newPayout(sandbox, status);
      const confirmed = confirmedBy(await notify(sandbox, edge, payout.id, { status: told }));
      assert.equal(confirmed.notification["payment_status"], told);
      assert.deepEqual(confirmed.payout, statusOf(payout, status, isFinal));
      assert.deepEqual([confirmed.agrees, confirmed.contradictions], [false, ["payment_status"]]);
    });
  }

  test("says something else of the order and of the amounts", async () => {
    const { id } = newPayout(sandbox);
    const fields = { order_id: "other", amount: "300.01", payment_amount: "30.000", is_partial_payment: "1" };
    const { contradictions } = confirmedBy(await notify(sandbox, edge, id, { fields }));
    assert.deepEqual(contradictions, ["order_id", "amount", "payment_amount", "is_partial_payment"]);
  });

  test("does not contradict itself in how it writes an amount", async () => {
    const { id } = newPayout(sandbox);
    const fields = {
      amount: "300",
      payment_amount: "0300.000",
      commission_amount: "10.00000000",
      is_partial_payment: "false",
    };
    assert.equal(confirmedBy(await notify(sandbox, edge, id, { fields })).agrees, true);
  });
});

describe("the payout's account is", () => {
  for (const [name, account, asked] of [
    ["the notification's, where that is one of ours", SECOND_ACCOUNT, SECOND_ACCOUNT],
    ["the default, where the notification names another", "411111******1111", ACCOUNT],
    ["the default, where the notification names none", null, ACCOUNT],
  ] as const) {
    test(name, async () => {
      const { id } = newPayout(sandbox);
      confirmedBy(await notify(sandbox, edge, id, { fields: { account } }));
      assert.deepEqual(
        requestsFor(sandbox, id).map(({ headers }) => headers["account"]),
        [asked],
      );
    });
  }
});

describe("a payout that can't be read again", () => {
  const UNKNOWN = { retryable: true };

  for (const [name, steps, expected] of [
    [
      "AliKassa fails",
      [{ status: 500 }],
      { ...UNKNOWN, status: 502, code: "upstream_status", upstream: { status: 500, message: "Sandbox: HTTP 500." } },
    ],
    [
      "AliKassa answers with a page",
      ["html"],
      { ...UNKNOWN, status: 502, code: "upstream_invalid", upstream: { status: 200 } },
    ],
    [
      "the connection breaks",
      ["cut", "cut", "cut"],
      { ...UNKNOWN, status: 502, code: "upstream_unreachable", upstream: {} },
    ],
  ] as const) {
    test(`is of an unknown state, and AliKassa gets no 200: ${name}`, async () => {
      const { id } = newPayout(sandbox);
      sandbox.script(id, steps);
      assertProblem(await notify(sandbox, edge, id), expected);
      assert.equal(confirmedBy(await notify(sandbox, edge, id)).agrees, true);
    });
  }

  test("is of an unknown state when the time is over", async () => {
    const { id } = newPayout(sandbox);
    sandbox.script(id, ["hang"]);
    const expected = { ...UNKNOWN, status: 504, code: "upstream_timeout", upstream: {} };
    assertProblem(await notify(sandbox, workers.edges.short, id), expected);
  });
});

describe("a notification of something else", () => {
  for (const type of ["payment", "refund"]) {
    test(`is acknowledged and not read: ${type}`, async () => {
      const { id } = newPayout(sandbox);
      const answer = await notify(sandbox, edge, id, { fields: { type } });
      const { notification, ...more } = confirmedBy(answer);
      assert.equal(notification["type"], type);
      assert.deepEqual(more, {});
      assert.equal(requestsFor(sandbox, id).length, 0);
    });
  }
});

describe("the cache", () => {
  const ask = (id: string) => edge.get(`?id=${id}`);
  const addPayout = (id: string, status: string) =>
    sandbox.addPayout(`{"id":${id},"payment_status":"${status}"}`, { id });

  test("is not believed, and learns what AliKassa says", async () => {
    const { id } = newPayout(sandbox);
    await notify(sandbox, edge, id);
    const cached = await untilCached(() => ask(id));
    assert.equal((jsonOf(cached) as Record<string, unknown>)["payment_status"], "paid");
    addPayout(id, "cancel");
    const before = requestsFor(sandbox, id).length;
    const { payout, contradictions } = confirmedBy(await notify(sandbox, edge, id, { status: "paid" }));
    assert.deepEqual([payout["payment_status"], contradictions], ["cancel", ["payment_status"]]);
    assert.equal(requestsFor(sandbox, id).length, before + 1);
    const again = await untilCached(async () => {
      const answer = await ask(id);
      // What was known before may be there until it is written over.
      return answer.text.includes('"cancel"') ? answer : { ...answer, headers: new Headers() };
    });
    assert.equal((jsonOf(again) as Record<string, unknown>)["payment_status"], "cancel");
  });

  test("forgets a final status that AliKassa takes back", async () => {
    const { id } = newPayout(sandbox);
    await ask(id);
    await untilCached(() => ask(id));
    addPayout(id, "wait");
    confirmedBy(await notify(sandbox, edge, id, { status: "paid" }));
    for (let patience = 200; (await ask(id)).headers.get("X-AliKassa-Cache") === "hit"; patience -= 1) {
      assert.ok(patience > 0, "it was never forgotten");
      await sleep(25);
    }
    assert.equal((jsonOf(await ask(id)) as Record<string, unknown>)["payment_status"], "wait");
  });
});

describe("a rate limiter", () => {
  const LIMITED = {
    status: 429,
    code: "rate_limited",
    retryable: true,
    detail: /or about this payout/,
  };
  const from = (address: string, path: string) =>
    workers.edges.limited.ask({ path, headers: { "CF-Connecting-IP": address }, token: null });
  const pathOf = (id: string) => {
    const { pathname, search } = sandbox.notificationUrl(id, { to: new URL(WEBHOOK, edge.url) });
    return pathname + search;
  };

  /** The first answer to many that is refused, and how many were not. A minute may end in between, and another begin. */
  async function untilLimited(address: string, path: string): Promise<{ answer: Answer; passed: number }> {
    for (let passed = 0; ; passed++) {
      const answer = await from(address, path);
      if (answer.status === 429) return { answer, passed };
      assert.ok(passed <= 10, "nothing is refused");
    }
  }

  test("holds up whoever sends the same again and again", async () => {
    const { id } = newPayout(sandbox);
    const { answer, passed } = await untilLimited("192.0.2.1", pathOf(id));
    assertProblem(answer, LIMITED);
    assert.equal(requestsFor(sandbox, id).length, passed);
  });

  test("is not asked about what does not verify, each of which is refused and has its line", async () => {
    for (let i = 0; i < 12; i++) {
      const { answer, line, incidents } = await workers.told((headers) =>
        workers.edges.broken.ask({ path: `${WEBHOOK}?sign=`, headers, token: null }),
      );
      assertProblem(answer, { status: 403, code: "invalid_signature" });
      assert.deepEqual([line["outcome"], incidents], ["invalid_signature", []]);
    }
    const { incidents } = await workers.told((headers) =>
      workers.edges.broken.ask({ path: pathOf(newPayout(sandbox).id), headers, token: null }),
    );
    assert.deepEqual(
      incidents.map(({ event }) => event),
      ["rate_limiter_failed"],
    );
  });

  test("never holds up AliKassa, however many payouts it tells of from one address", async () => {
    await untilLimited("192.0.2.5", pathOf(newPayout(sandbox).id));
    for (let i = 0; i < 12; i++) assert.equal((await from("192.0.2.5", pathOf(newPayout(sandbox).id))).status, 200);
  });
});

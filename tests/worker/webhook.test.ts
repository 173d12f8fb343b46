/** A notification: verified, its payout read again, and answered with both. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { NotificationForm, SignedForm } from "../../dist/sandbox/index.js";
import { type Answer, assertProblem, jsonOf, WEBHOOK } from "./client.ts";
import { fake } from "./fakes.ts";
import { ACCOUNT, requestsFor, SECOND_ACCOUNT, setUp } from "./harness.ts";
import { keyOfPhp, newPayout, notificationKey, notificationPath, notify, signedByPhp } from "./notifications.ts";

const FORM = "application/x-www-form-urlencoded";

const own = {
  ALIKASSA_NOTIFICATION_KEY: notificationKey.publicPem,
  ALIKASSA_ACCOUNT: `${ACCOUNT},${SECOND_ACCOUNT}`,
};
const limiter = { type: "rate-limit", namespace: "3001", simple: { limit: 5, period: 60 } } as const;
const { sandbox, workers, clients } = await setUp(
  {
    sound: own,
    php: { ALIKASSA_NOTIFICATION_KEY: keyOfPhp },
    short: { ...own, ALIKASSA_TIMEOUT_MS: "300" },
    broken: { ...own, RATE_LIMITER: fake("FailingLimiter") },
    limited: { ...own, RATE_LIMITER: limiter },
  },
  { notificationArchive: notificationKey },
);
const client = clients.sound;

/** What the answer to a notification holds of the payout: no balances, card or RRN. */
const statusOf = ({ id }: { id: string }, status = "paid", isFinal = true) => ({
  payment_status: status,
  id,
  is_final: isFinal,
});

interface Reconciled {
  readonly notification: Record<string, unknown>;
  readonly payout: Record<string, unknown>;
  readonly agrees: boolean;
  readonly contradictions?: readonly string[];
}

function reconciledOf(answer: Answer): Reconciled {
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.headers.get("Content-Type"), "application/json");
  assert.equal(answer.headers.get("Cache-Control"), "no-store");
  return jsonOf(answer) as Reconciled;
}

describe("a notification of a payout", () => {
  test("is answered with its fields and the payout's status", async () => {
    const payout = newPayout(sandbox);
    const answer = await notify(sandbox, client, payout.id, { fields: { desc: "Оплата/1" } });
    assert.deepEqual(reconciledOf(answer), {
      notification: {
        type: "payout",
        id: payout.id,
        order_id: payout.order_id,
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

  const fieldsOf = ["documented", "without_commission", "card_brand", "card_brand_without_commission"] as const;
  const forms = fieldsOf.flatMap((fields) =>
    (["", "_boolean"] as const).flatMap((boolean) =>
      (["", "_unescaped"] as const).map((unescaped) => `${fields}${boolean}${unescaped}` as const),
    ),
  );
  const sendings: readonly (readonly [SignedForm, NotificationForm])[] = [
    ...forms.flatMap((form) => (["query", "form", "json"] as const).map((as) => [form, as] as const)),
    ...(["whole_body", "whole_body_unescaped"] as const).map((form) => [form, "json"] as const),
  ];
  for (const [form, as] of sendings) {
    for (const digest of ["sha1", "sha256"] as const) {
      test(`verifies as ${as} in the form ${form}, with ${digest}, and the log names the form`, async () => {
        const { id } = newPayout(sandbox);
        const { notification, agrees } = reconciledOf(
          await notify(sandbox, client, id, { as, digest, form, plusAsBlank: true }),
        );
        assert.equal(agrees, true);
        const lines = await workers.lines((line) => line["payout_id"] === id);
        assert.deepEqual(
          lines.map((line) => line["notification_form"]),
          [`${form}_${digest}`],
        );
        // A field that was not signed is left out.
        assert.equal(notification["commission_amount"], form.includes("without_commission") ? undefined : "10");
        assert.equal(notification["card_brand"], /^(card_brand|whole_body)/.test(form) ? "VISA" : undefined);
        assert.equal(notification["currency"], form.startsWith("whole_body") ? "RUB" : undefined);
        assert.deepEqual([notification["id"], notification["is_partial_payment"]], [id, false]);
      });
    }
  }

  test("of a whole body does not verify as a query or a form, nor after a change", async () => {
    const { id } = newPayout(sandbox);
    const whole = { form: "whole_body" } as const;
    for (const options of [
      { as: "query", ...whole },
      { as: "form", ...whole },
      { as: "json", ...whole, tamper: { desc: null } },
      { as: "json", ...whole, tamper: { amount: "1" } },
    ] as const)
      assertProblem(await notify(sandbox, client, id, options), { status: 403, code: "invalid_signature" });
    assert.equal(requestsFor(sandbox, id).length, 0);
  });

  test("signed by PHP verifies, in each form", async () => {
    const { php } = clients;
    const { sign, ...told } = signedByPhp;
    const query = new URLSearchParams(signedByPhp).toString();
    for (const options of [
      { path: `${WEBHOOK}?${query}` },
      // A plus that is not encoded.
      { path: `${WEBHOOK}?${new URLSearchParams(told)}&sign=${sign}` },
      { method: "POST", path: WEBHOOK, headers: { "Content-Type": `${FORM}; charset=UTF-8` }, body: query },
      {
        method: "POST",
        path: WEBHOOK,
        headers: { "Content-Type": "Application/JSON" },
        body: JSON.stringify(signedByPhp),
      },
    ]) {
      const { notification, payout } = reconciledOf(await php.ask({ ...options, token: null }));
      assert.deepEqual(notification, { ...told, is_partial_payment: false });
      assert.equal(payout["id"], told["id"]);
    }
  });

  test("may hold any text", async () => {
    const desc = 'a+b&c=d%20;e#f\\"/<>\u0000\u007f\u2028ё𝄞\n';
    for (const as of ["query", "form", "json"] as const) {
      const { id } = newPayout(sandbox);
      assert.equal(
        reconciledOf(await notify(sandbox, client, id, { as, fields: { desc } })).notification["desc"],
        desc,
      );
    }
  });

  test("may lack fields, which are signed as null", async () => {
    const { id } = newPayout(sandbox);
    const fields = { order_id: null, amount: null, commission_amount: null, account: null, service: null, desc: null };
    const { notification, agrees } = reconciledOf(await notify(sandbox, client, id, { fields }));
    assert.deepEqual(Object.keys(notification), [
      "type",
      "id",
      "payment_status",
      "payment_amount",
      "is_partial_payment",
    ]);
    assert.equal(agrees, true);
  });

  test("needs no token, and ignores one", async () => {
    const { id } = newPayout(sandbox);
    const path = notificationPath(sandbox, id);
    for (const token of [null, "wrong"]) reconciledOf(await client.ask({ path, token }));
    const head = await client.ask({ method: "HEAD", path, token: null });
    assert.deepEqual([head.status, head.text], [200, ""]);
  });

  test("is read again each time", async () => {
    const { id } = newPayout(sandbox);
    const first = await notify(sandbox, client, id);
    for (let i = 0; i < 3; i++) assert.equal((await notify(sandbox, client, id)).text, first.text);
    assert.equal(requestsFor(sandbox, id).length, 4);
  });
});

describe("a notification that contradicts the payout", () => {
  for (const [told, status, isFinal] of [
    ["paid", "wait", false],
    ["paid", "cancel", true],
    ["fail", "paid", true],
    ["cancel", "refund", false],
  ] as const) {
    test(`says ${told} and the payout is ${status}`, async () => {
      const payout = newPayout(sandbox, status);
      const reconciled = reconciledOf(await notify(sandbox, client, payout.id, { status: told }));
      assert.equal(reconciled.notification["payment_status"], told);
      assert.deepEqual(reconciled.payout, statusOf(payout, status, isFinal));
      assert.deepEqual([reconciled.agrees, reconciled.contradictions], [false, ["payment_status"]]);
    });
  }

  test("differs in the order id and the amounts", async () => {
    const { id } = newPayout(sandbox);
    const fields = { order_id: "other", amount: "300.01", payment_amount: "30.000", is_partial_payment: "1" };
    const { contradictions } = reconciledOf(await notify(sandbox, client, id, { fields }));
    assert.deepEqual(contradictions, ["order_id", "amount", "payment_amount", "is_partial_payment"]);
  });

  test("agrees with another spelling of an amount", async () => {
    const { id } = newPayout(sandbox);
    const fields = {
      amount: "300",
      payment_amount: "0300.000",
      commission_amount: "10.00000000",
      is_partial_payment: "false",
    };
    assert.equal(reconciledOf(await notify(sandbox, client, id, { fields })).agrees, true);
  });
});

describe("the payout's account is", () => {
  for (const [name, account, asked] of [
    ["the notification's if it is configured", SECOND_ACCOUNT, SECOND_ACCOUNT],
    ["the default if the notification has another", "411111******1111", ACCOUNT],
    ["the default if the notification has none", null, ACCOUNT],
  ] as const) {
    test(name, async () => {
      const { id } = newPayout(sandbox);
      reconciledOf(await notify(sandbox, client, id, { fields: { account } }));
      assert.deepEqual(
        requestsFor(sandbox, id).map(({ headers }) => headers["account"]),
        [asked],
      );
    });
  }
});

describe("a payout that can't be read", () => {
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
    test(`is unknown, and AliKassa gets no 200: ${name}`, async () => {
      const { id } = newPayout(sandbox);
      sandbox.script(id, steps);
      assertProblem(await notify(sandbox, client, id), expected);
      assert.equal(reconciledOf(await notify(sandbox, client, id)).agrees, true);
    });
  }

  test("is unknown after the timeout", async () => {
    const { id } = newPayout(sandbox);
    sandbox.script(id, ["hang"]);
    const expected = { ...UNKNOWN, status: 504, code: "upstream_timeout", upstream: {} };
    assertProblem(await notify(sandbox, clients.short, id), expected);
  });
});

describe("a notification of another type", () => {
  for (const type of ["payment", "refund"]) {
    test(`is acknowledged, and nothing is read: ${type}`, async () => {
      const { id } = newPayout(sandbox);
      const answer = await notify(sandbox, client, id, { fields: { type } });
      const { notification, ...more } = reconciledOf(answer);
      assert.equal(notification["type"], type);
      assert.deepEqual(more, {});
      assert.equal(requestsFor(sandbox, id).length, 0);
    });
  }
});

describe("a rate limiter", () => {
  const LIMITED = {
    status: 429,
    code: "rate_limited",
    retryable: true,
    detail: /or about this payout/,
  };
  const from = (address: string, path: string) =>
    clients.limited.ask({ path, headers: { "CF-Connecting-IP": address }, token: null });
  const pathOf = (id: string) => notificationPath(sandbox, id);

  /** The first refused answer, and the number of answers before it. The limiter's window may end in between. */
  async function untilLimited(address: string, path: string): Promise<{ answer: Answer; passed: number }> {
    for (let passed = 0; ; passed++) {
      const answer = await from(address, path);
      if (answer.status === 429) return { answer, passed };
      assert.ok(passed <= 10, "no answer is refused");
    }
  }

  test("refuses many notifications of one payout", async () => {
    const { id } = newPayout(sandbox);
    const { answer, passed } = await untilLimited("192.0.2.1", pathOf(id));
    assertProblem(answer, LIMITED);
    assert.equal(requestsFor(sandbox, id).length, passed);
  });

  test("is not called for a notification that does not verify", async () => {
    for (let i = 0; i < 12; i++) {
      const { answer, line, incidents } = await workers.withLog((headers) =>
        clients.broken.ask({ path: `${WEBHOOK}?sign=`, headers, token: null }),
      );
      assertProblem(answer, { status: 403, code: "invalid_signature" });
      assert.deepEqual([line["outcome"], incidents], ["invalid_signature", []]);
    }
    const { incidents } = await workers.withLog((headers) =>
      clients.broken.ask({ path: pathOf(newPayout(sandbox).id), headers, token: null }),
    );
    assert.deepEqual(
      incidents.map(({ event }) => event),
      ["rate_limiter_failed"],
    );
  });

  test("does not count by address", async () => {
    await untilLimited("192.0.2.5", pathOf(newPayout(sandbox).id));
    for (let i = 0; i < 12; i++) assert.equal((await from("192.0.2.5", pathOf(newPayout(sandbox).id))).status, 200);
  });
});

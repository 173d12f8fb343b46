/** `POST /v1/payout/status/batch`: many payouts in one request. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { payoutJson, SANDBOX_PAYOUTS, type Step } from "../../dist/sandbox/index.js";
import {
  type Answer,
  assertNoPaymentStatus,
  assertPayout,
  assertProblem,
  BATCH,
  type Expected,
  NO_CACHE,
} from "./client.ts";
import { ACCOUNT, requestsFor, SECOND_ACCOUNT, setUp } from "./harness.ts";

const INVALID = { status: 400, code: "invalid_request", retryable: false } as const;
const TIMEOUT = { status: 504, code: "upstream_timeout", retryable: true, upstream: {} } as const;
const UNREACHABLE = { status: 502, code: "upstream_unreachable", retryable: true, upstream: {} } as const;
const BUSY = { status: 503, message: "Sandbox: HTTP 503." };
const UPSTREAM_503 = { status: 502, code: "upstream_status", retryable: true, upstream: BUSY } as const;

/** The most payouts in a batch, requests in flight, and requests for one batch. */
const MAX_BATCH = 40;
const CONCURRENCY = 6;
const MAX_SUBREQUESTS = 50;
/** The longest body. */
const LIMIT = 16 * 1024;
/** The time limit of the Worker `short`, and what a busy machine may add to it. */
const SHORT_MS = 1500;
const BUSY_MS = 5000;

/** The specification's example, written by hand. */
const EXAMPLE =
  '{"payment_status":"paid","id":"100000536","order_id":"6422494","amount":"300.00","payment_amount":"300.00",' +
  '"is_partial_payment":false,"account_payment_amount":"290","commission_amount":"10","service_code":"payment_card_rub",' +
  '"rrn":"11111111111","account_old_balance":"1290","account_new_balance":"1000","is_final":true}';

type Query = { readonly id: string | number } | { readonly order_id: string };

const { sandbox, clients } = await setUp({
  sound: {},
  short: { ALIKASSA_TIMEOUT_MS: String(SHORT_MS) },
  twoAccounts: { ALIKASSA_ACCOUNT: `${ACCOUNT},${SECOND_ACCOUNT}` },
  noTokens: { API_TOKENS: undefined },
  badKey: { ALIKASSA_PRIVATE_KEY: "no key" },
});
const client = clients.sound;

/** Posts a batch of these. */
const askAll = (payouts: readonly unknown[], from = client) => from.post({ payouts }, { path: BATCH });

/** The same without look-ups in the cache, which use subrequests too. */
const askUncached = (payouts: readonly unknown[]) => client.post({ payouts }, { path: BATCH, ...NO_CACHE });

/** Posts this body; a string is sent as it is. */
const askWith = (body: unknown, from = client) => from.post(body, { path: BATCH });

/** The items of a batch's answer, as the Worker's JSON text. */
function itemsOf(answer: Answer): string[] {
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.headers.get("Content-Type"), "application/json");
  assert.equal(answer.headers.get("Cache-Control"), "no-store");
  assert.equal(answer.headers.get("X-Content-Type-Options"), "nosniff");
  const items = /^\{"payouts":\[(.*)\]\}$/s.exec(answer.text)?.[1];
  assert.ok(items, answer.text);
  return split(items);
}

/** The elements of a JSON list without its brackets. */
function split(list: string): string[] {
  const elements: string[] = [];
  let depth = 0;
  let start = 0;
  for (const { 0: token, index } of list.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{},]/gs)) {
    if (token === "{" || token === "[") depth++;
    else if (token === "}" || token === "]") depth--;
    else if (token === "," && depth === 0) {
      elements.push(list.slice(start, index));
      start = index + 1;
    }
  }
  return [...elements, list.slice(start)];
}

/** An item as the answer of `/v1/payout/status`. */
function aloneOf(item: string): Answer {
  const [, kind, text = ""] = /^\{"(payout|problem)":(\{.*\})\}$/s.exec(item) ?? [];
  assert.ok(kind, item);
  const type = kind === "payout" ? "application/json" : "application/problem+json";
  const headers = new Headers({ "Content-Type": type, "Cache-Control": "no-store" });
  const status = kind === "payout" ? 200 : (JSON.parse(text) as { status: number }).status;
  return { status, headers, text };
}

/** Fails unless the items are these: the JSON of a payout, or a problem. */
function assertItems(answer: Answer, expected: readonly (string | Expected)[]): void {
  const items = itemsOf(answer).map(aloneOf);
  assert.equal(items.length, expected.length, answer.text);
  for (const [place, item] of items.entries()) {
    const wanted = expected[place] ?? "";
    if (typeof wanted === "string") assertPayout(item, wanted);
    else assertProblem(item, wanted);
  }
}

/** Fails unless the items are these payouts. */
function assertPayouts(answer: Answer, added: readonly { readonly json: string }[]): void {
  const expected = added.map(({ json }) => json);
  assertItems(answer, expected);
}

/** Fails unless there are so many items, each with this problem. */
function assertEach(answer: Answer, count: number, expected: Expected): void {
  assertItems(answer, Array(count).fill(expected));
}

/** Adds a payout with scripted answers, and returns its query and the Worker's JSON. */
function add(number: number, name: string, steps: readonly Step[] = []): { query: Query; key: string; json: string } {
  const id = String(800_000_000 + number);
  const order_id = `${name}-${number}`;
  const status = ["wait", "paid", "cancel", "fail", "new-one"][number % 5] ?? "";
  const sent = payoutJson({ id, order_id, statusJson: JSON.stringify(status) });
  sandbox.addPayout(sent);
  const key = number % 2 === 0 ? id : order_id;
  sandbox.script(key, steps);
  const final = ["paid", "cancel", "fail"].includes(status);
  const json = sent.replace(`"id":${id}`, `"id":"${id}"`).replace(/\}$/, `,"is_final":${final}}`);
  return { query: number % 2 === 0 ? { id } : { order_id }, key, json };
}

const addAll = (count: number, first: number, name: string, steps: readonly Step[] = []) =>
  Array.from({ length: count }, (_, place) => add(first + place, name, steps));

/** The requests for these payouts, in order. */
function requestsForAll(keys: readonly string[]) {
  return sandbox.requests.filter(({ key }) => key !== undefined && keys.includes(Object.values(key)[0] ?? ""));
}

describe("a batch", () => {
  test("answers by id and by order_id", async () => {
    const expected = `{"payouts":[${Array(3).fill(`{"payout":${EXAMPLE}}`).join(",")}]}`;
    const answer = await askAll([{ id: "100000536" }, { order_id: "6422494" }, { id: 100000536 }]);
    assert.equal(answer.text, expected);
    assertItems(answer, [EXAMPLE, EXAMPLE, EXAMPLE]);
  });

  test("may hold one query", async () => {
    assertItems(await askAll([{ id: "100000536" }]), [EXAMPLE]);
  });

  test(`of ${MAX_BATCH} queries answers each in its place, as if it were alone`, async () => {
    const sound: Query[] = SANDBOX_PAYOUTS.map(({ order_id = "" }) => ({ order_id }));
    const byId: Query[] = SANDBOX_PAYOUTS.map(({ id = "" }) => ({ id }));
    const faults: Query[] = ["html", "400", "404", "500", "302", "message", "duplicate", "other-payout", "cut"].map(
      (fault) => ({ order_id: `fault-${fault}` }),
    );
    const unknown: Query[] = [{ id: "7" }, { order_id: "unlisted" }, { order_id: "никто" }];
    const invalid = [{}, { id: "" }, null, 7, "100000536", [], [{ id: "1" }], { id: "1", order_id: "2" }, { id: -1 }];
    const kinds: unknown[][] = [sound, faults, byId, invalid, unknown];
    // One of each kind in turn.
    const all = Array.from({ length: 9 }, (_, turn) => kinds.flatMap((kind) => kind.slice(turn, turn + 1))).flat();
    const payouts = [...all, { id: "100000536" }];
    assert.equal(payouts.length, MAX_BATCH);

    const items = itemsOf(await askAll(payouts));
    assert.equal(items.length, MAX_BATCH);
    for (const [place, query] of payouts.entries()) {
      const item = aloneOf(items[place] ?? "");
      const alone = await client.post(JSON.stringify(query));
      const asked = JSON.stringify(query);
      assert.equal(item.text, alone.text, asked);
      assert.equal(item.status, alone.status, asked);
      if (item.status === 200) continue;
      assertNoPaymentStatus(item);
      const problem = JSON.parse(item.text) as Record<string, unknown>;
      if (invalid.includes(query as never)) assert.equal(problem["code"], "invalid_request", asked);
      else assert.equal(problem["payout_state"], "unknown", asked);
    }
    const found = items.filter((item) => item.startsWith('{"payout":'));
    assert.equal(found.length, 2 * SANDBOX_PAYOUTS.length + 1);
    assert.equal(items.at(-1), `{"payout":${EXAMPLE}}`);
  });

  test("keeps the order of the queries, whatever the order of AliKassa's answers", async () => {
    const asked = Array.from({ length: MAX_BATCH }, (_, place) =>
      add(place, "shuffled", [{ delayMs: ((place * 17) % 7) * 40 }]),
    );
    const answer = await askAll(asked.map(({ query }) => query));
    assertPayouts(answer, asked);
    for (const { key } of asked) assert.equal(requestsFor(sandbox, key).length, 1);
  });

  test("is separate from concurrent batches", async () => {
    const batches = Array.from({ length: 5 }, (_, batch) => addAll(12, 100 + 20 * batch, "beside", [{ delayMs: 20 }]));
    const answers = await Promise.all(batches.map((asked) => askAll(asked.map(({ query }) => query))));
    for (const [batch, asked] of batches.entries()) {
      const answer = answers[batch];
      assert.ok(answer);
      assertPayouts(answer, asked);
    }
  });

  test("answers a repeated query as often as it is repeated", async () => {
    const { query, key, json } = add(300, "same", [{ delayMs: 50 }, { status: 400, body: "{}" }]);
    const items = itemsOf(await askAll(Array(8).fill(query))).map(aloneOf);
    const [failed, ...others] = items.filter(({ status }) => status !== 200);
    assert.ok(failed);
    assert.deepEqual(others, []);
    assertProblem(failed, { status: 502, code: "upstream_status", retryable: false, upstream: { status: 400 } });
    for (const item of items.filter((item) => item !== failed)) assertPayout(item, json);
    assert.equal(requestsFor(sandbox, key).length, 8);
  });

  test("takes order ids in Cyrillic, with quotes and slashes", async () => {
    const names = ["Заказ № 7", 'ООО "Ромашка"/3', "ж".repeat(128), "a\\b", "]}],{", "😀", "\u0000\u007f", "__proto__"];
    const expected = names.map((name) => {
      const text = JSON.stringify(name);
      sandbox.addPayout(`{"payment_status":"wait","order_id":${text}}`, { order_id: name });
      return `{"payment_status":"wait","order_id":${text},"is_final":false}`;
    });
    const items = itemsOf(await askAll(names.map((order_id) => ({ order_id })))).map(aloneOf);
    for (const [place, item] of items.entries()) {
      assert.equal(item.status, 200, item.text);
      assert.deepEqual(JSON.parse(item.text), JSON.parse(expected[place] ?? ""));
    }
  });

  test(`may hold ${MAX_BATCH} order ids of 128 Cyrillic letters`, async () => {
    const names = Array.from({ length: MAX_BATCH }, (_, place) => `${"ж".repeat(126)}${10 + place}`);
    for (const name of names) sandbox.script(name, []);
    const items = itemsOf(await askAll(names.map((order_id) => ({ order_id }))));
    for (const [place, item] of items.entries()) assert.match(item, new RegExp(`"order_id":"${names[place]}"`));
  });

  test("uses the account of the header", async () => {
    const { query, key, json } = add(310, "account");
    for (const Account of [SECOND_ACCOUNT, ACCOUNT]) {
      const options = { path: BATCH, headers: { Account } };
      assertItems(await clients.twoAccounts.post({ payouts: [query] }, options), [json]);
      assert.equal(requestsFor(sandbox, key).at(-1)?.headers["account"], Account);
    }
  });

  test("has each failure as the problem of its item", async () => {
    const laravel = { status: 400, message: "The given data was invalid." };
    const refused = { status: 502, code: "upstream_status", retryable: false };
    const { query, json } = add(320, "partial");
    assertItems(
      await askAll([
        { id: "100000536" },
        { order_id: "fault-message" },
        { id: 1.5 },
        { order_id: "fault-html" },
        query,
        { order_id: "fault-400" },
        { orderId: "1" },
        { order_id: "ж".repeat(129) },
        { order_id: "fault-503" },
        { order_id: "fault-reset" },
        { id: "100000536", "": null },
        { id: "100000536" },
      ]),
      [
        EXAMPLE,
        { ...refused, upstream: laravel },
        { ...INVALID, detail: /"id" has the wrong type/ },
        { status: 502, code: "upstream_invalid", retryable: true, upstream: { status: 200 } },
        json,
        { ...refused, upstream: { ...laravel, errors: { order_id: ["Sandbox: HTTP 400."] } } },
        { ...INVALID, detail: /"orderId" is not a field/ },
        { ...INVALID, detail: /"order_id" has 129 characters/ },
        UPSTREAM_503,
        UNREACHABLE,
        { ...INVALID, detail: /"" is not a field/ },
        EXAMPLE,
      ],
    );
  });

  test("of invalid queries causes no request to AliKassa", async () => {
    const before = sandbox.requests.length;
    const bad = [{}, null, true, "", [], { id: {} }, { payouts: [{ id: "1" }] }, { id: [1] }, { order_id: 7 }];
    assertEach(await askAll(bad), bad.length, INVALID);
    assert.equal(sandbox.requests.length, before);
  });

  test("never has a payment status in a problem", async () => {
    const bodies = [
      '{"message":"No.","payment_status":"fail"}',
      '{"message":"No.","errors":{"payment_status":["cancel"]}}',
      payoutJson({ order_id: "leak-2", statusJson: '"fail"' }),
    ];
    const names = bodies.map((body, place) => {
      sandbox.script(`leak-${place}`, [{ status: 422, body }]);
      return { order_id: `leak-${place}` };
    });
    const items = itemsOf(await askAll(names)).map(aloneOf);
    for (const item of items) {
      assertNoPaymentStatus(item);
      assert.doesNotMatch(item.text, /"(?:fail|cancel)"/);
      assert.equal((JSON.parse(item.text) as Record<string, unknown>)["payout_state"], "unknown");
    }
  });
});

describe("the requests of a batch", () => {
  test(`are ${CONCURRENCY} at a time`, async () => {
    const delayMs = 200;
    const asked = addAll(MAX_BATCH, 1000, "at-once", [{ delayMs }]);
    const answer = await askAll(asked.map(({ query }) => query));
    assertPayouts(answer, asked);
    const times = requestsForAll(asked.map(({ key }) => key)).map(({ time }) => time.getTime());
    assert.equal(times.length, MAX_BATCH);
    // In flight at each arrival. A timer may fire a millisecond or two early.
    const inFlight = times.map((now) => times.filter((time) => time <= now && now < time + delayMs - 5).length);
    assert.equal(Math.max(...inFlight), CONCURRENCY, inFlight.join(" "));
  });

  test(`are at most ${MAX_SUBREQUESTS}, and at least one for each, if all answers are 503`, async () => {
    const asked = addAll(MAX_BATCH, 1100, "busy", Array(5).fill({ status: 503 }));
    const answer = await askUncached(asked.map(({ query }) => query));
    assertEach(answer, asked.length, UPSTREAM_503);
    for (const { key } of asked) assert.ok(requestsFor(sandbox, key).length >= 1, key);
    assert.equal(requestsForAll(asked.map(({ key }) => key)).length, MAX_SUBREQUESTS);
  });

  test(`are at most ${MAX_SUBREQUESTS} if every connection breaks`, async () => {
    const asked = addAll(MAX_BATCH, 1200, "broken", Array(5).fill("cut"));
    const answer = await askUncached(asked.map(({ query }) => query));
    assertEach(answer, asked.length, UNREACHABLE);
    assert.equal(requestsForAll(asked.map(({ key }) => key)).length, MAX_SUBREQUESTS);
  });

  test("are up to three for each of a few payouts", async () => {
    const asked = addAll(4, 1300, "few", Array(5).fill({ status: 503 }));
    const answer = await askAll([null, ...asked.map(({ query }) => query)]);
    assertItems(answer, [INVALID, ...asked.map(() => UPSTREAM_503)]);
    for (const { key } of asked) assert.equal(requestsFor(sandbox, key).length, 3);
  });

  test("include retries, which each batch has of its own", async () => {
    for (const first of [1400, 1500]) {
      const asked = Array.from({ length: MAX_BATCH }, (_, place) =>
        add(first + place, "again", place % 4 === 0 ? [{ status: 503 }] : []),
      );
      const answer = await askUncached(asked.map(({ query }) => query));
      assertPayouts(answer, asked);
      assert.equal(requestsForAll(asked.map(({ key }) => key)).length, MAX_SUBREQUESTS);
    }
  });
});

describe("the timeout of a batch", () => {
  /** Asks the Worker `short`, and measures the time. */
  async function askShort(payouts: readonly Query[]): Promise<[answer: Answer, milliseconds: number]> {
    const begin = performance.now();
    const answer = await askAll(payouts, clients.short);
    return [answer, performance.now() - begin];
  }

  function assertInTime(milliseconds: number): void {
    assert.ok(milliseconds > SHORT_MS - 50, `after ${milliseconds} ms`);
    assert.ok(milliseconds < SHORT_MS + BUSY_MS, `after ${milliseconds} ms`);
  }

  test("ends the queries without an answer, and the others are answered", async () => {
    const asked = addAll(MAX_BATCH - 3, 2000, "in-time");
    const hanging = { order_id: "fault-hang" };
    const queries: Query[] = asked.map(({ query }) => query);
    const expected: (string | Expected)[] = asked.map(({ json }) => json);
    for (const place of [0, 20, 39]) {
      queries.splice(place, 0, hanging);
      expected.splice(place, 0, TIMEOUT);
    }
    const [answer, milliseconds] = await askShort(queries);
    assertItems(answer, expected);
    assertInTime(milliseconds);
    assert.equal(requestsFor(sandbox, "fault-hang").length, 3);
  });

  test("covers all queries together, those that were not sent too", async () => {
    const asked = addAll(MAX_BATCH, 2100, "hanging", Array(5).fill("hang"));
    const [answer, milliseconds] = await askShort(asked.map(({ query }) => query));
    assertEach(answer, asked.length, TIMEOUT);
    assertInTime(milliseconds);
  });

  test("is in the detail, of a query that was not sent too", async () => {
    const asked = addAll(CONCURRENCY + 2, 2200, "named", Array(5).fill("hang"));
    const [answer] = await askShort(asked.map(({ query }) => query));
    const expected = { ...TIMEOUT, detail: /1500 ms/ };
    assertEach(answer, asked.length, expected);
  });

  test("prevents further requests", async () => {
    const asked = addAll(MAX_BATCH, 2300, "late", Array(5).fill("hang"));
    await askShort(asked.map(({ query }) => query));
    // A request that was sent may still arrive.
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.equal(requestsForAll(asked.map(({ key }) => key)).length, CONCURRENCY);
  });

  test("does not affect the next batch", async () => {
    assertItems(await askAll([{ id: "100000536" }], clients.short), [EXAMPLE]);
  });
});

// The crate `alikassa` tests every way in which a batch can be invalid; these are one of each kind.
describe("an invalid body", () => {
  const one = '{"id":"100000536"}';
  const bad: Readonly<Record<string, readonly [body: string | Uint8Array, detail: RegExp]>> = {
    "is empty": ["", /not JSON.*"payouts"/],
    "is cut off": ['{"payouts":[{"id":"1"}', /not JSON.*"payouts"/],
    "has a byte order mark": [`\ufeff{"payouts":[${one}]}`, /not JSON/],
    "is the list itself": [`[${one}]`, /not a batch.*"payouts"/],
    "is a single query": [one, /not a batch.*"payouts"/],
    "has an object as its list": [`{"payouts":{"0":${one},"length":1}}`, /not a batch/],
    "has a list in __proto__": [`{"__proto__":{"payouts":[${one}]}}`, /not a batch/],
    "has another field": [`{"payouts":[${one}],"concurrency":40}`, /not a batch/],
    "has two lists": [`{"payouts":[${one}],"payouts":[${one}]}`, /not a batch/],
    "has no query": ['{"payouts":[]}', /"payouts" has 0 queries: give 1 to 40/],
    "has 41 queries": [`{"payouts":[${Array(41).fill(one).join(",")}]}`, /"payouts" has 41 queries/],
    "has 8,000 bad ones": [`{"payouts":[${Array(8000).fill("0").join(",")}]}`, /"payouts" has 8000 queries/],
    "is not UTF-8 in one of its queries": [Buffer.from('{"payouts":[{"id":"\xff"}]}', "latin1"), /not UTF-8/],
    "is 8,000 arrays deep": ["[".repeat(8000), /not (?:JSON|a batch)/],
    "is 1,000 batches in each other": [`${'{"payouts":'.repeat(1000)}1${"}".repeat(1000)}`, /not (?:JSON|a batch)/],
  };
  for (const [what, [body, detail]] of Object.entries(bad)) {
    test(`is refused if it ${what}`, async () => {
      const before = sandbox.requests.length;
      assertProblem(await askWith(body), { ...INVALID, detail });
      assert.equal(sandbox.requests.length, before);
    });
  }
});

describe("an invalid query", () => {
  for (const [what, query] of Object.entries({
    "4,000 arrays": `${"[".repeat(4000)}${"]".repeat(4000)}`,
    "an id of 4,000 arrays": `{"id":${"[".repeat(4000)}${"]".repeat(4000)}}`,
    "another batch": '{"payouts":[{"id":"100000536"}]}',
    "an id of 10,000 digits": `{"id":${"7".repeat(10_000)}}`,
    "a lone surrogate": '{"id":"\\ud800"}',
    "a name twice": '{"id":"1","\\u0069d":"2"}',
  })) {
    test(`is a problem of its own: ${what}`, async () => {
      const good = '{"id":"100000536"}';
      assertItems(await askWith(`{"payouts":[${good},${query},${good}]}`), [EXAMPLE, INVALID, EXAMPLE]);
    });
  }
});

describe("the route", () => {
  test("requires a token before anything else", async () => {
    const before = sandbox.requests.length;
    const unauthorized = { status: 401, code: "unauthorized", retryable: false };
    for (const token of [null, "", "wrong"]) {
      for (const body of ['{"payouts":[{"id":"100000536"}]}', "{", " ".repeat(LIMIT + 1)]) {
        const answer = await client.post(body, { path: BATCH, token });
        assertProblem(answer, unauthorized);
        assert.match(answer.headers.get("WWW-Authenticate") ?? "", /^Bearer\b/);
      }
    }
    const headers = { "Content-Type": "text/plain", Account: "unknown" };
    assertProblem(await client.post("", { path: BATCH, token: "wrong", headers }), unauthorized);
    assertProblem(await clients.badKey.post("{}", { path: BATCH, token: "wrong" }), unauthorized);
    assert.equal(sandbox.requests.length, before);
  });

  test("is 503 without tokens and with a bad key", async () => {
    const body = { payouts: [{ id: "100000536" }] };
    const closed = { status: 503, code: "not_configured", detail: /API_TOKENS/, retryable: false };
    assertProblem(await clients.noTokens.post(body, { path: BATCH }), closed);
    const badKey = { status: 503, code: "bad_key", detail: /ALIKASSA_PRIVATE_KEY/, retryable: false };
    assertProblem(await clients.badKey.post(body, { path: BATCH }), badKey);
  });

  test("is 403 with another account", async () => {
    const before = sandbox.requests.length;
    for (const Account of [SECOND_ACCOUNT, "*", ACCOUNT.toUpperCase()]) {
      const answer = await client.post({ payouts: [{ id: "100000536" }] }, { path: BATCH, headers: { Account } });
      assertProblem(answer, { status: 403, code: "unknown_account", detail: /ALIKASSA_ACCOUNT/, retryable: false });
    }
    assert.equal(sandbox.requests.length, before);
  });
});

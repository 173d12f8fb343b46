/** Many payouts in one request. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { payoutJson, SANDBOX_PAYOUTS, type Sandbox, type Step } from "../../dist/sandbox/index.js";
import { type Answer, assertNoPaymentStatus, assertPayout, assertProblem, type Edge, type Expected } from "./edge.ts";
import {
  ACCOUNT,
  newArchive,
  openSandbox,
  requestsFor,
  SECOND_ACCOUNT,
  soundBindings,
  startWorkers,
  type Workers,
} from "./harness.ts";

const BATCH = "/v1/payout/status/batch";
const JSON_HEADERS = { "Content-Type": "application/json" };
const INVALID = { status: 400, code: "invalid_request", retryable: false } as const;
const TIMEOUT = { status: 504, code: "upstream_timeout", retryable: true, upstream: {} } as const;
const UPSTREAM_503 = {
  status: 502,
  code: "upstream_status",
  retryable: true,
  upstream: { status: 503, message: "Sandbox: HTTP 503." },
} as const;

/** The most that a batch may hold, that may be asked for at once, and that may be sent for one batch. */
const MAX_BATCH = 40;
const AT_ONCE = 6;
const MAX_SUBREQUESTS = 50;
/** The longest body. */
const LIMIT = 16 * 1024;
/** The total time of the Worker that has little of it, and what a busy machine may add to it. */
const SHORT_MS = 1500;
const BUSY_MS = 5000;

/** The specification's example, written by hand. */
const EXAMPLE =
  '{"payment_status":"paid","id":"100000536","order_id":"6422494","amount":"300.00","payment_amount":"300.00",' +
  '"is_partial_payment":false,"account_payment_amount":"290","commission_amount":"10","service_code":"payment_card_rub",' +
  '"rrn":"11111111111","account_old_balance":"1290","account_new_balance":"1000","is_final":true}';

/** One payout that is asked for. */
type Query = { readonly id: string | number } | { readonly order_id: string };

let sandbox: Sandbox;
let workers: Workers<"sound" | "short" | "twoAccounts" | "noTokens" | "badKey">;
let edge: Edge;

before(async () => {
  const archive = newArchive(1024);
  sandbox = await openSandbox({ publicPem: archive.publicPem });
  workers = await startWorkers({
    sound: soundBindings(archive, sandbox),
    short: soundBindings(archive, sandbox, { ALIKASSA_TIMEOUT_MS: String(SHORT_MS) }),
    twoAccounts: soundBindings(archive, sandbox, { ALIKASSA_ACCOUNT: `${ACCOUNT},${SECOND_ACCOUNT}` }),
    noTokens: soundBindings(archive, sandbox, { API_TOKENS: undefined }),
    badKey: soundBindings(archive, sandbox, { ALIKASSA_PRIVATE_KEY: "no key" }),
  });
  edge = workers.edges.sound;
});

after(async () => {
  await sandbox.close();
  await workers.stop();
});

/** Asks for these, whatever they are. */
const askAll = (payouts: readonly unknown[], from = edge) => from.post({ payouts }, { path: BATCH });

/** The same without a look into the cache, for which requests are kept. */
const askAnew = (payouts: readonly unknown[], from = edge) =>
  from.post({ payouts }, { path: BATCH, headers: { "Cache-Control": "no-cache" } });

/** Asks with this body; a text is sent as it is. */
const askWith = (body: unknown, from = edge) => from.post(body, { path: BATCH });

/** The items of a batch's answer, each as JSON text in the Worker's own characters. */
function itemsOf(answer: Answer): string[] {
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.headers.get("Content-Type"), "application/json");
  assert.equal(answer.headers.get("Cache-Control"), "no-store");
  assert.equal(answer.headers.get("X-Content-Type-Options"), "nosniff");
  const items = /^\{"payouts":\[(.*)\]\}$/s.exec(answer.text)?.[1];
  assert.ok(items, answer.text);
  return split(items);
}

/** The elements of a JSON list, between whose braces they stand. */
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

/** An item, as the answer that it would be if its payout had been asked for alone. */
function aloneOf(item: string): Answer {
  const [, kind, text = ""] = /^\{"(payout|problem)":(\{.*\})\}$/s.exec(item) ?? [];
  assert.ok(kind, item);
  const type = kind === "payout" ? "application/json" : "application/problem+json";
  const headers = new Headers({ "Content-Type": type, "Cache-Control": "no-store" });
  const status = kind === "payout" ? 200 : (JSON.parse(text) as { status: number }).status;
  return { status, headers, text };
}

/** Fails unless the items are these: the JSON of a payout, or a failure. */
function assertItems(answer: Answer, expected: readonly (string | Expected)[]): void {
  const items = itemsOf(answer).map(aloneOf);
  assert.equal(items.length, expected.length, answer.text);
  for (const [place, item] of items.entries()) {
    const wanted = expected[place] ?? "";
    if (typeof wanted === "string") assertPayout(item, wanted);
    else assertProblem(item, wanted);
  }
}

/** A payout of this order in the sandbox, with an answer that the sandbox plays for it, and what the Worker makes of it. */
function add(number: number, name: string, steps: readonly Step[] = []): { query: Query; key: string; json: string } {
  const id = String(800_000_000 + number);
  const orderId = `${name}-${number}`;
  const status = ["wait", "paid", "cancel", "fail", "new-one"][number % 5] ?? "";
  const sent = payoutJson({ id, orderId, statusJson: JSON.stringify(status) });
  sandbox.addPayout(sent);
  const key = number % 2 === 0 ? id : orderId;
  sandbox.script(key, steps);
  const final = ["paid", "cancel", "fail"].includes(status);
  const json = sent.replace(`"id":${id}`, `"id":"${id}"`).replace(/\}$/, `,"is_final":${final}}`);
  return { query: number % 2 === 0 ? { id } : { order_id: orderId }, key, json };
}

/** So many of them, each with its own number. */
const addAll = (count: number, first: number, name: string, steps: readonly Step[] = []) =>
  Array.from({ length: count }, (_, place) => add(first + place, name, steps));

/** All requests that the sandbox got for these, in the order in which they came. */
function requestsForAll(keys: readonly string[]) {
  return sandbox.requests.filter(({ key }) => key !== undefined && keys.includes(Object.values(key)[0] ?? ""));
}

describe("a batch", () => {
  test("answers the specification's example, by id and by order_id", async () => {
    const expected = `{"payouts":[${Array(3).fill(`{"payout":${EXAMPLE}}`).join(",")}]}`;
    const answer = await askAll([{ id: "100000536" }, { order_id: "6422494" }, { id: 100000536 }]);
    assert.equal(answer.text, expected);
    assertItems(answer, [EXAMPLE, EXAMPLE, EXAMPLE]);
  });

  test("of one is a list of one", async () => {
    assertItems(await askAll([{ id: "100000536" }]), [EXAMPLE]);
  });

  test(`of ${MAX_BATCH} of every kind answers each as if it had been asked for alone, in its place`, async () => {
    const sound: Query[] = SANDBOX_PAYOUTS.map(({ orderId = "" }) => ({ order_id: orderId }));
    const byId: Query[] = SANDBOX_PAYOUTS.map(({ id = "" }) => ({ id }));
    const faults: Query[] = ["html", "400", "404", "500", "302", "message", "duplicate", "other-payout", "cut"].map(
      (fault) => ({ order_id: `fault-${fault}` }),
    );
    const unknown: Query[] = [{ id: "7" }, { order_id: "nobody's" }, { order_id: "никто" }];
    const invalid = [{}, { id: "" }, null, 7, "100000536", [], [{ id: "1" }], { id: "1", order_id: "2" }, { id: -1 }];
    const kinds: unknown[][] = [sound, faults, byId, invalid, unknown];
    // One of each kind in turn, so that none stands beside its like.
    const all = Array.from({ length: 9 }, (_, turn) => kinds.flatMap((kind) => kind.slice(turn, turn + 1))).flat();
    const payouts = [...all, { id: "100000536" }];
    assert.equal(payouts.length, MAX_BATCH);

    const items = itemsOf(await askAll(payouts));
    assert.equal(items.length, MAX_BATCH);
    for (const [place, query] of payouts.entries()) {
      const item = aloneOf(items[place] ?? "");
      const alone = await edge.post(JSON.stringify(query));
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

  test("mixes none up, in whatever order AliKassa answers", async () => {
    const asked = Array.from({ length: MAX_BATCH }, (_, place) =>
      add(place, "shuffled", [{ delayMs: ((place * 17) % 7) * 40 }]),
    );
    const answer = await askAll(asked.map(({ query }) => query));
    assertItems(
      answer,
      asked.map(({ json }) => json),
    );
    for (const { key } of asked) assert.equal(requestsFor(sandbox, key).length, 1);
  });

  test("mixes none up with those of other batches", async () => {
    const batches = Array.from({ length: 5 }, (_, batch) => addAll(12, 100 + 20 * batch, "beside", [{ delayMs: 20 }]));
    const answers = await Promise.all(batches.map((asked) => askAll(asked.map(({ query }) => query))));
    for (const [batch, asked] of batches.entries()) {
      const answer = answers[batch];
      assert.ok(answer);
      assertItems(
        answer,
        asked.map(({ json }) => json),
      );
    }
  });

  test("answers the same question as often as it is asked", async () => {
    const { query, key, json } = add(300, "same", [{ delayMs: 50 }, { status: 400, body: "{}" }]);
    const items = itemsOf(await askAll(Array(8).fill(query))).map(aloneOf);
    const [failed, ...others] = items.filter(({ status }) => status !== 200);
    assert.ok(failed);
    assert.deepEqual(others, []);
    assertProblem(failed, { status: 502, code: "upstream_status", retryable: false, upstream: { status: 400 } });
    for (const item of items.filter((item) => item !== failed)) assertPayout(item, json);
    assert.equal(requestsFor(sandbox, key).length, 8);
  });

  test("takes names in Cyrillic, with quotes and slashes", async () => {
    const names = ["Заказ № 7", 'ООО "Ромашка"/3', "ж".repeat(128), "a\\b", "]}],{", "😀", "\u0000\u007f", "__proto__"];
    const expected = names.map((name) => {
      const text = JSON.stringify(name);
      sandbox.addPayout(`{"payment_status":"wait","order_id":${text}}`, { orderId: name });
      return `{"payment_status":"wait","order_id":${text},"is_final":false}`;
    });
    const items = itemsOf(await askAll(names.map((order_id) => ({ order_id })))).map(aloneOf);
    for (const [place, item] of items.entries()) {
      assert.equal(item.status, 200, item.text);
      assert.deepEqual(JSON.parse(item.text), JSON.parse(expected[place] ?? ""));
    }
  });

  test(`may hold ${MAX_BATCH} names of 128 Cyrillic letters`, async () => {
    const names = Array.from({ length: MAX_BATCH }, (_, place) => `${"ж".repeat(126)}${10 + place}`);
    for (const name of names) sandbox.script(name, []);
    const items = itemsOf(await askAll(names.map((order_id) => ({ order_id }))));
    for (const [place, item] of items.entries()) assert.match(item, new RegExp(`"order_id":"${names[place]}"`));
  });

  test("may be asked for in the name of another account", async () => {
    const { query, key, json } = add(310, "account");
    for (const Account of [SECOND_ACCOUNT, ACCOUNT]) {
      const question = { path: BATCH, headers: { Account } };
      assertItems(await workers.edges.twoAccounts.post({ payouts: [query] }, question), [json]);
      assert.equal(requestsFor(sandbox, key).at(-1)?.headers["account"], Account);
    }
  });

  test("has partial failures: each is the problem of its own item", async () => {
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
        { status: 502, code: "upstream_unreachable", retryable: true, upstream: {} },
        { ...INVALID, detail: /"" is not a field/ },
        EXAMPLE,
      ],
    );
  });

  test("of nothing but bad queries is answered without a question to AliKassa", async () => {
    const before = sandbox.requests.length;
    const bad = [{}, null, true, "", [], { id: {} }, { payouts: [{ id: "1" }] }, { id: [1] }, { order_id: 7 }];
    assertItems(
      await askAll(bad),
      bad.map(() => INVALID),
    );
    assert.equal(sandbox.requests.length, before);
  });

  test("never has a payment status in a problem, whatever AliKassa says", async () => {
    const bodies = [
      '{"message":"No.","payment_status":"fail"}',
      '{"message":"No.","errors":{"payment_status":["cancel"]}}',
      payoutJson({ orderId: "leak-2", statusJson: '"fail"' }),
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

describe("what a batch sends to AliKassa", () => {
  test(`is never more than ${AT_ONCE} requests at once, and ${AT_ONCE} where there are so many`, async () => {
    const delayMs = 200;
    const asked = addAll(MAX_BATCH, 1000, "at-once", [{ delayMs }]);
    const answer = await askAll(asked.map(({ query }) => query));
    assertItems(
      answer,
      asked.map(({ json }) => json),
    );
    const times = requestsForAll(asked.map(({ key }) => key)).map(({ time }) => time.getTime());
    assert.equal(times.length, MAX_BATCH);
    // Under way when another came in: those that had not yet had their delay. A timer may be early by a millisecond or two.
    const underWay = times.map((now) => times.filter((time) => time <= now && now < time + delayMs - 5).length);
    assert.equal(Math.max(...underWay), AT_ONCE, underWay.join(" "));
  });

  test(`is no more than ${MAX_SUBREQUESTS} requests if all are answered by 503, and one for each at least`, async () => {
    const asked = addAll(MAX_BATCH, 1100, "busy", Array(5).fill({ status: 503 }));
    const answer = await askAnew(asked.map(({ query }) => query));
    assertItems(
      answer,
      asked.map(() => UPSTREAM_503),
    );
    for (const { key } of asked) assert.ok(requestsFor(sandbox, key).length >= 1, `${key} was never asked for`);
    // What the first attempts leave over is used.
    assert.equal(requestsForAll(asked.map(({ key }) => key)).length, MAX_SUBREQUESTS);
  });

  test(`is no more than ${MAX_SUBREQUESTS} requests if every connection breaks`, async () => {
    const asked = addAll(MAX_BATCH, 1200, "broken", Array(5).fill("cut"));
    const answer = await askAnew(asked.map(({ query }) => query));
    const expected = { status: 502, code: "upstream_unreachable", retryable: true, upstream: {} };
    assertItems(
      answer,
      asked.map(() => expected),
    );
    assert.equal(requestsForAll(asked.map(({ key }) => key)).length, MAX_SUBREQUESTS);
  });

  test("is three requests for each payout, where there are few of them", async () => {
    const asked = addAll(4, 1300, "few", Array(5).fill({ status: 503 }));
    const answer = await askAll([null, ...asked.map(({ query }) => query)]);
    assertItems(answer, [INVALID, ...asked.map(() => UPSTREAM_503)]);
    for (const { key } of asked) assert.equal(requestsFor(sandbox, key).length, 3);
  });

  test("brings the payout by a retry, and each batch has its own retries", async () => {
    for (const first of [1400, 1500]) {
      const asked = Array.from({ length: MAX_BATCH }, (_, place) =>
        add(first + place, "again", place % 4 === 0 ? [{ status: 503 }] : []),
      );
      const answer = await askAnew(asked.map(({ query }) => query));
      assertItems(
        answer,
        asked.map(({ json }) => json),
      );
      assert.equal(requestsForAll(asked.map(({ key }) => key)).length, MAX_SUBREQUESTS);
    }
  });
});

describe("the time of a batch", () => {
  /** Asks the Worker that has little time, and says how much it took. */
  async function askShort(payouts: readonly Query[]): Promise<[answer: Answer, milliseconds: number]> {
    const begin = performance.now();
    const answer = await askAll(payouts, workers.edges.short);
    return [answer, performance.now() - begin];
  }

  function assertInTime(milliseconds: number): void {
    assert.ok(milliseconds > SHORT_MS - 50, `after ${milliseconds} ms`);
    assert.ok(milliseconds < SHORT_MS + BUSY_MS, `after ${milliseconds} ms`);
  }

  test("ends the waiting for those that hang, and all others are answered", async () => {
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

  test("is one for all: what could not be asked for within it is a time limit too", async () => {
    const asked = addAll(MAX_BATCH, 2100, "hanging", Array(5).fill("hang"));
    const [answer, milliseconds] = await askShort(asked.map(({ query }) => query));
    assertItems(
      answer,
      asked.map(() => TIMEOUT),
    );
    assertInTime(milliseconds);
  });

  test("is named in a time limit, even of what was never asked for", async () => {
    const asked = addAll(AT_ONCE + 2, 2200, "named", Array(5).fill("hang"));
    const [answer] = await askShort(asked.map(({ query }) => query));
    const expected = { ...TIMEOUT, detail: /1500 ms/ };
    assertItems(
      answer,
      asked.map(() => expected),
    );
  });

  test("is over for those that were never asked for: nothing is sent for them", async () => {
    const asked = addAll(MAX_BATCH, 2300, "late", Array(5).fill("hang"));
    await askShort(asked.map(({ query }) => query));
    // What was sent in vain may still be on its way.
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.equal(requestsForAll(asked.map(({ key }) => key)).length, AT_ONCE);
  });

  test("leaves the isolate able to answer the next", async () => {
    assertItems(await askAll([{ id: "100000536" }], workers.edges.short), [EXAMPLE]);
  });
});

describe("a body that is no batch", () => {
  const one = '{"id":"100000536"}';
  const bad: Readonly<Record<string, readonly [body: string | Uint8Array, detail: RegExp]>> = {
    "is empty": ["", /not JSON/],
    "is broken off": ['{"payouts":[{"id":"1"}', /not JSON/],
    "is broken off in a query": ['{"payouts":[{"id":', /not JSON/],
    "has something after it": [`{"payouts":[${one}]}x`, /not JSON/],
    "has a comma too many": [`{"payouts":[${one},]}`, /not JSON/],
    "has a byte order mark": [`\ufeff{"payouts":[${one}]}`, /not JSON/],
    "is a form": ["payouts[]=1", /not JSON/],
    "is the list itself": [`[${one}]`, /not a batch/],
    "is null": ["null", /not a batch/],
    "is a string": ['"payouts"', /not a batch/],
    "is empty as an object": ["{}", /not a batch/],
    "is a single query": [one, /not a batch/],
    "has no list but null": ['{"payouts":null}', /not a batch/],
    "has no list but a query": [`{"payouts":${one}}`, /not a batch/],
    "has no list but an object with numbers": [`{"payouts":{"0":${one},"length":1}}`, /not a batch/],
    "has no list but a string": ['{"payouts":"100000536"}', /not a batch/],
    "has no list but a number": ['{"payouts":100000536}', /not a batch/],
    "has a list under another name": [`{"payout":[${one}]}`, /not a batch/],
    "has a list in upper case": [`{"PAYOUTS":[${one}]}`, /not a batch/],
    "has a list in __proto__": [`{"__proto__":{"payouts":[${one}]}}`, /not a batch/],
    "has a field besides": [`{"payouts":[${one}],"concurrency":40}`, /not a batch/],
    "has a field before": [`{"account":"x","payouts":[${one}]}`, /not a batch/],
    "has a query besides": [`{"payouts":[${one}],"id":"100000536"}`, /not a batch/],
    "has two lists": [`{"payouts":[${one}],"payouts":[${one}]}`, /not a batch/],
    "has two lists, one with an escape": [`{"payouts":[${one}],"\\u0070ayouts":[]}`, /not a batch/],
    "has no query": ['{"payouts":[]}', /"payouts" has 0 queries: it takes 1 to 40/],
    "has 41 queries": [`{"payouts":[${Array(41).fill(one).join(",")}]}`, /"payouts" has 41 queries/],
    "has 41 bad ones": [`{"payouts":[${Array(41).fill("0").join(",")}]}`, /"payouts" has 41 queries/],
    "has 8,000 bad ones": [`{"payouts":[${Array(8000).fill("0").join(",")}]}`, /"payouts" has 8000 queries/],
    "is not UTF-8 in one of its queries": [Buffer.from('{"payouts":[{"id":"\xff"}]}', "latin1"), /not UTF-8/],
    "is 8,000 arrays deep": ["[".repeat(8000), /not (?:JSON|a batch)/],
    "is 8,000 arrays deep in its list": [`{"payouts":${"[".repeat(8000)}`, /not JSON/],
    "is 1,000 batches in each other": [`${'{"payouts":'.repeat(1000)}1${"}".repeat(1000)}`, /not (?:JSON|a batch)/],
  };
  for (const [what, [body, detail]] of Object.entries(bad)) {
    test(`is refused as a whole if it ${what}`, async () => {
      const before = sandbox.requests.length;
      assertProblem(await askWith(body), { ...INVALID, detail });
      assert.equal(sandbox.requests.length, before, "AliKassa was asked");
    });
  }

  for (const body of ["", "[]", "{}", one, '{"payouts":{}}', '{"payouts":[]}']) {
    test(`is refused with the advice to send a list of payouts: ${body || "nothing"}`, async () => {
      assertProblem(await askWith(body), { ...INVALID, detail: /"payouts"/ });
    });
  }
});

describe("garbage in a query of a batch", () => {
  const garbage: Readonly<Record<string, string>> = {
    "4,000 arrays": `${"[".repeat(4000)}${"]".repeat(4000)}`,
    "an id of 4,000 arrays": `{"id":${"[".repeat(4000)}${"]".repeat(4000)}}`,
    "1,000 objects": `${'{"id":'.repeat(1000)}1${"}".repeat(1000)}`,
    "another batch": '{"payouts":[{"id":"100000536"}]}',
    "an id of 10,000 digits": `{"id":${"7".repeat(10_000)}}`,
    "a lone surrogate": '{"id":"\\ud800"}',
    "a lone surrogate as a name": '{"\\udfff":"1"}',
    "a name twice": '{"id":"1","\\u0069d":"2"}',
    "a number without bounds": '{"id":1e99999}',
    __proto__: '{"__proto__":{"id":"100000536"}}',
  };
  for (const [what, query] of Object.entries(garbage)) {
    test(`is the problem of that query: ${what}`, async () => {
      const good = '{"id":"100000536"}';
      assertItems(await askWith(`{"payouts":[${good},${query},${good}]}`), [EXAMPLE, INVALID, EXAMPLE]);
    });
  }
});

describe("the route of a batch", () => {
  const refused = { status: 405, code: "method_not_allowed", retryable: false, detail: /POST/ } as const;
  for (const method of ["GET", "PUT", "DELETE", "OPTIONS", "PATCH"]) {
    test(`takes POST alone, and not ${method}`, async () => {
      const answer = await edge.askRaw({ method, path: `${BATCH}?id=100000536` });
      assertProblem(answer, refused);
      assert.equal(answer.headers.get("Allow"), "POST");
    });
  }

  test("takes no HEAD either", async () => {
    const answer = await edge.ask({ method: "HEAD", path: BATCH });
    assert.equal(answer.status, 405);
    assert.equal(answer.headers.get("Allow"), "POST");
  });

  for (const path of [`${BATCH}/`, `${BATCH}/1`, BATCH.toUpperCase(), "/v1/payout/batch", "/v1/payout/status//batch"]) {
    test(`is not ${path}`, async () => {
      assertProblem(await edge.post({ payouts: [{ id: "100000536" }] }, { path }), {
        status: 404,
        code: "not_found",
        retryable: false,
      });
    });
  }

  test("needs a token, before anything else is looked at", async () => {
    const before = sandbox.requests.length;
    const unauthorized = { status: 401, code: "unauthorized", retryable: false };
    for (const token of [null, "", "wrong"]) {
      for (const body of ['{"payouts":[{"id":"100000536"}]}', "{", " ".repeat(LIMIT + 1)]) {
        const answer = await edge.post(body, { path: BATCH, token });
        assertProblem(answer, unauthorized);
        assert.match(answer.headers.get("WWW-Authenticate") ?? "", /^Bearer\b/);
      }
    }
    const headers = { "Content-Type": "text/plain", Account: "unknown" };
    assertProblem(await edge.post("", { path: BATCH, token: "wrong", headers }), unauthorized);
    assertProblem(await workers.edges.badKey.post("{}", { path: BATCH, token: "wrong" }), unauthorized);
    assert.equal(sandbox.requests.length, before);
  });

  test("is closed without tokens, and says what is wrong with the key", async () => {
    const body = { payouts: [{ id: "100000536" }] };
    const closed = { status: 503, code: "not_configured", detail: /API_TOKENS/, retryable: false };
    assertProblem(await workers.edges.noTokens.post(body, { path: BATCH }), closed);
    const badKey = { status: 503, code: "bad_key", detail: /ALIKASSA_PRIVATE_KEY/, retryable: false };
    assertProblem(await workers.edges.badKey.post(body, { path: BATCH }), badKey);
  });

  test("takes no account but ours", async () => {
    const before = sandbox.requests.length;
    for (const Account of [SECOND_ACCOUNT, "*", ACCOUNT.toUpperCase()]) {
      const answer = await edge.post({ payouts: [{ id: "100000536" }] }, { path: BATCH, headers: { Account } });
      assertProblem(answer, { status: 403, code: "unknown_account", detail: /ALIKASSA_ACCOUNT/, retryable: false });
    }
    assert.equal(sandbox.requests.length, before);
  });

  test("takes a body of 16 KiB to the byte, and no more", async () => {
    const bodyOf = (length: number) => `{"payouts":[{"id":"100000536"}${" ".repeat(length - 32)}]}`;
    const tooLarge = { status: 413, code: "payload_too_large", detail: /16384 bytes/, retryable: false } as const;
    assert.equal(bodyOf(LIMIT).length, LIMIT);
    assertItems(await askWith(bodyOf(LIMIT)), [EXAMPLE]);
    assertProblem(await askWith(bodyOf(LIMIT + 1)), tooLarge);
    const pieces = [bodyOf(LIMIT), " "];
    assertProblem(await edge.askRaw({ method: "POST", path: BATCH, headers: JSON_HEADERS, pieces }), tooLarge);
    assertProblem(await askWith(Buffer.alloc(LIMIT + 1, 0xff)), tooLarge);
  });

  for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/json-seq", "*/*"]) {
    test(`takes JSON alone, and not ${type}`, async () => {
      const answer = await edge.post(
        { payouts: [{ id: "100000536" }] },
        { path: BATCH, headers: { "Content-Type": type } },
      );
      assertProblem(answer, { status: 415, code: "unsupported_media_type", retryable: false });
    });
  }

  test("takes JSON that is called so", async () => {
    const body = '{"payouts":[{"id":"100000536"}]}';
    const answer = await edge.askRaw({ method: "POST", path: BATCH, pieces: [body] });
    assertProblem(answer, { status: 415, code: "unsupported_media_type" });
    const headers = { "Content-Type": "Application/JSON; charset=utf-8" };
    assertItems(await edge.post(body, { path: BATCH, headers }), [EXAMPLE]);
  });
});

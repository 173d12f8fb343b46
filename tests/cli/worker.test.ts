/** `follow`, `payouts`, `history`, `events` and `redeliver` against a mock of the Worker. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ACCOUNT, jsonLines, run } from "./command.ts";
import { type Answer, ask, startWorkerApi, TOKEN, workerEnvironment } from "./worker-api.ts";

const TIME = "2026-11-01T08:00:00.000Z";
/** An amount that no JavaScript number holds. */
const AMOUNT = "12345678901234567890.10";

const PAID = { payment_status: "paid", id: "100000536", order_id: "6422494", amount: AMOUNT, is_final: true };
const FINAL = {
  id: "100000536",
  order_id: "6422494",
  state: "final",
  payout: PAID,
  asked_at: TIME,
  is_followed: false,
};
const UNKNOWN = { order_id: "6422495", state: "open", payout_state: "unknown", is_followed: true, readings: 2 };
const FAILED = { ...UNKNOWN, state: "overdue", last_failure: "upstream_status" };

const PAID_EVENT = {
  seq: 7,
  type: "payout.paid",
  timestamp: TIME,
  data: { payout: PAID },
  delivery: { state: "delivered", attempts: 1, last_status: 204, delivered_at: TIME },
};
const OVERDUE_EVENT = {
  seq: 8,
  type: "payout.overdue",
  timestamp: TIME,
  data: {
    payout: { payment_status: "wait", id: "100000537" },
    payout_state: "unknown",
    advice: "Ask AliKassa's support.",
  },
  delivery: { state: "pending", attempts: 0 },
};
const TIMELINE = [
  { type: "followed", timestamp: TIME, follow: { until: "2026-11-04T08:00:00.000Z" } },
  { type: "notification", timestamp: TIME, notification: { type: "payout", id: "100000536", payment_status: "wait" } },
  { type: "reading", timestamp: TIME, payout: PAID },
  { type: "event", timestamp: TIME, seq: 7, event: "payout.paid", delivery: { state: "pending", last_status: 503 } },
];

interface Case {
  readonly args: readonly string[];
  readonly answer: unknown;
  readonly line: string;
  readonly body?: unknown;
  readonly text: readonly RegExp[];
  readonly json: readonly unknown[];
}

const CASES: Readonly<Record<string, Case>> = {
  "follow by AliKassa's id": {
    args: ["follow", "--id", "100000536"],
    answer: FINAL,
    line: "POST /v1/payout/follow",
    body: { id: "100000536" },
    text: [/│ payment_status +│ paid +│/, /│ amount +│ 12345678901234567890\.10 +│/, /│ state +│ final +│/],
    json: [FINAL],
  },
  "follow by order id until a time": {
    args: ["follow", "--order-id", "6422495", "--until", "2026-12-01T00:00:00Z"],
    answer: UNKNOWN,
    line: "POST /v1/payout/follow",
    body: { order_id: "6422495", until: "2026-12-01T00:00:00Z" },
    text: [/│ payout_state +│ unknown +│/, /│ readings +│ 2 +│/],
    json: [UNKNOWN],
  },
  payouts: {
    args: ["payouts", "--state", "open", "--limit", "3"],
    answer: { payouts: [FINAL, UNKNOWN, FAILED], next: null },
    line: "GET /v1/payouts?state=open&limit=3",
    text: [
      /│ 100000536 │ 6422494 +│ final +│ paid +│ 12345678901234567890\.10 │ 2026-11-01T08:00:00\.000Z │ known +│/,
      /│ +│ 6422495 +│ open +│ +│ +│ +│ unknown +│/,
      /│ +│ 6422495 +│ overdue +│ +│ +│ +│ unknown: upstream_status │/,
    ],
    json: [FINAL, UNKNOWN, FAILED],
  },
  "history by AliKassa's id": {
    args: ["history", "--id", "100000536"],
    answer: { ...FINAL, timeline: TIMELINE },
    line: "GET /v1/payout/history?id=100000536",
    text: [
      /│ state +│ final +│/,
      /│ followed +│ +│ until 2026-11-04T08:00:00\.000Z +│/,
      /│ notification +│ wait +│ +│/,
      /│ reading +│ paid +│ +│/,
      /│ event +│ +│ event 7, payout\.paid, pending, HTTP 503 +│/,
    ],
    json: [{ ...FINAL, timeline: TIMELINE }],
  },
  "history by order id": {
    args: ["history", "--order-id", "Ё&id=1"],
    answer: { ...UNKNOWN, timeline: [] },
    line: "GET /v1/payout/history?order_id=%D0%81%26id%3D1",
    text: [/│ payout_state +│ unknown +│/],
    json: [{ ...UNKNOWN, timeline: [] }],
  },
  events: {
    args: ["events", "--after", "6", "--limit", "3"],
    answer: { events: [PAID_EVENT, OVERDUE_EVENT], next: 8 },
    line: "GET /v1/events?after=6&limit=3",
    text: [
      /│ 7 +│ 2026-11-01T08:00:00\.000Z │ payout\.paid +│ 100000536 │ 6422494 +│ paid +│ 12345678901234567890\.10 │ delivered, HTTP 204 │/,
      // The status in it is old.
      /│ 8 +│ 2026-11-01T08:00:00\.000Z │ payout\.overdue +│ 100000537 │ +│ +│ +│ pending +│/,
    ],
    json: [PAID_EVENT, OVERDUE_EVENT],
  },
  "redeliver one event": {
    args: ["redeliver", "7"],
    answer: { events: 1 },
    line: "POST /v1/events/7/redeliver",
    body: {},
    text: [/^1 event is delivered again, after the payout is read again\.\n$/],
    json: [{ events: 1 }],
  },
  "redeliver a range": {
    args: ["redeliver", "--after", "0"],
    answer: { events: 12 },
    line: "POST /v1/events/redeliver",
    body: { after: 0 },
    text: [/^12 events are delivered again/],
    json: [{ events: 12 }],
  },
};

describe("a command of the ledger", { concurrency: 2 }, () => {
  for (const [name, { args, answer, line, body, text, json }] of Object.entries(CASES)) {
    test(`prints text, or exactly the Worker's JSON: ${name}`, async () => {
      await using api = await startWorkerApi({ body: answer });
      const readable = await ask(api, ...args);
      assert.deepEqual([readable.status, readable.stderr], [0, ""]);
      for (const pattern of text) assert.match(readable.stdout, pattern);
      const machine = await ask(api, ...args, "--json", "--account", ACCOUNT);
      assert.deepEqual([machine.status, machine.stderr], [0, ""]);
      assert.deepEqual(jsonLines(machine.stdout), json);
      const common = { line, body, authorization: `Bearer ${TOKEN}` };
      assert.deepEqual(
        api.requests.map(({ time: _, ...request }) => request),
        [
          { ...common, account: undefined },
          { ...common, account: ACCOUNT },
        ],
      );
    });
  }

  test("takes the URL of --url before that of the environment, with or without a slash", async () => {
    await using api = await startWorkerApi({ body: { events: 1 } });
    const { status } = await ask({ url: "https://elsewhere.example" }, "redeliver", "7", "--url", `${api.url}/`);
    assert.deepEqual([status, api.requests.map(({ line }) => line)], [0, ["POST /v1/events/7/redeliver"]]);
  });

  test("prints no control characters of an answer", async () => {
    const text = "\u001b[2J\u009b31m\r\n\u0007\u202epaid";
    const payout = { id: text, payment_status: text, [text]: text };
    const event = { seq: text, type: text, data: { payout }, delivery: { state: text } };
    const record = { state: text, payout };
    for (const [args, body] of [
      [["follow", "--id", "1"], record],
      [["payouts"], { payouts: [record], next: null }],
      [["history", "--id", "1"], { ...record, timeline: [{ type: text, event: text }] }],
      [["events"], { events: [event], next: 1 }],
    ] as const) {
      await using api = await startWorkerApi({ body });
      const { status, stdout } = await ask(api, ...args);
      assert.equal(status, 0);
      assert.ok(stdout.includes("[2J"));
      assert.doesNotMatch(stdout, /[^\P{C}\n]/u);
    }
  });
});

describe("pages", { concurrency: 2 }, () => {
  const pages: readonly Answer[] = [
    { body: { payouts: [FINAL], next: 41 } },
    { body: { payouts: [UNKNOWN], next: 12 } },
    { body: { payouts: [FAILED], next: null } },
  ];

  for (const form of ["text", "json"]) {
    test(`of payouts are all printed with --all: ${form}`, async () => {
      await using api = await startWorkerApi(...pages);
      const args = ["payouts", "--all", "--limit", "1", ...(form === "json" ? ["--json"] : [])];
      const { status, stdout, stderr } = await ask(api, ...args);
      assert.deepEqual([status, stderr], [0, ""]);
      if (form === "json") assert.deepEqual(jsonLines(stdout), [FINAL, UNKNOWN, FAILED]);
      else assert.deepEqual(stdout.match(/\b(?:final|open|overdue)\b/g), ["final", "open", "overdue"]);
      assert.deepEqual(
        api.requests.map(({ line }) => line),
        ["GET /v1/payouts?limit=1", "GET /v1/payouts?limit=1&after=41", "GET /v1/payouts?limit=1&after=12"],
      );
    });
  }

  test("of payouts that are left out are mentioned", async () => {
    await using api = await startWorkerApi(...pages);
    const { status, stdout, stderr } = await ask(api, "payouts", "--json");
    assert.deepEqual([status, jsonLines(stdout)], [0, [FINAL]]);
    assert.equal(stderr, "There are more payouts. --all prints all of them.\n");
  });

  test("of payouts that can't be read are an error, after those that can", async () => {
    await using api = await startWorkerApi(pages[0] ?? assert.fail(), "cut");
    const { status, stdout, stderr } = await ask(api, "payouts", "--all", "--json");
    assert.deepEqual([status, jsonLines(stdout)], [1, [FINAL]]);
    assert.match(stderr, /can't be reached/);
  });

  test("of events name the cursor of the next one", async () => {
    await using api = await startWorkerApi({ body: { events: [PAID_EVENT], next: 7 } });
    const { status, stderr } = await ask(api, "events", "--limit", "1");
    assert.deepEqual([status, stderr], [0, "There may be more events: --after 7\n"]);
    assert.equal(api.requests[0]?.line, "GET /v1/events?after=0&limit=1");
  });
});

describe("a failure of the Worker", { concurrency: 2 }, () => {
  const problem = (status: number, code: string): Answer => ({
    status,
    body: { type: `urn:problem-type:alikassa-edge:${code}`, status, code, detail: `What to do about ${code}.` },
  });
  const problems: readonly (readonly [number, string, 1 | 2])[] = [
    [400, "invalid_request", 2],
    [401, "unauthorized", 2],
    [403, "unknown_account", 2],
    [404, "unknown_payout", 1],
    [429, "rate_limited", 1],
    [500, "internal_error", 1],
    [503, "ledger_unavailable", 1],
    [503, "not_configured", 2],
  ];
  for (const [httpStatus, code, exitStatus] of problems) {
    test(`${httpStatus} ${code} is one line of error and exit status ${exitStatus}`, async () => {
      await using api = await startWorkerApi(problem(httpStatus, code));
      const { status, stdout, stderr } = await ask(api, "history", "--id", "1", "--json");
      assert.deepEqual([status, stdout], [exitStatus, ""]);
      assert.equal(stderr, `error: the Worker answered HTTP ${httpStatus} (${code}): What to do about ${code}.\n`);
      assert.equal(api.requests.length, 1);
    });
  }

  const others: Readonly<Record<string, readonly [Answer, RegExp]>> = {
    "a broken connection": ["cut", /can't be reached \(UND_ERR_SOCKET\): check the network and --url/],
    "HTML with an error": [{ status: 502, body: "<html>" }, /answered HTTP 502 without a reason/],
    "HTML with success": [{ body: "<html>" }, /answered HTTP 200, but not as the Worker does: check --url/],
    "other JSON": [{ body: { headers: { Authorization: TOKEN } } }, /not as the Worker does/],
    "a list in JSON": [{ body: [FINAL] }, /not as the Worker does/],
    "a redirect": [{ status: 302, location: "/elsewhere", body: "" }, /answered HTTP 302 without a reason/],
  };
  for (const [name, [answer, pattern]] of Object.entries(others)) {
    for (const args of [["follow", "--id", "1"], ["payouts"], ["history", "--id", "1"], ["events"], ["redeliver", "1"]])
      test(`with ${name} leaves the state unknown: ${args[0]}`, async () => {
        await using api = await startWorkerApi(answer);
        const { status, stdout, stderr } = await ask(api, ...args, "--verbose");
        assert.deepEqual([status, stdout, api.requests.length], [1, "", 1]);
        assert.match(stderr, pattern);
        assert.doesNotMatch(stderr, /Unexpected internal error/);
      });
  }
});

describe("the connection to a Worker", { concurrency: 2 }, () => {
  const wrong: Readonly<Record<string, readonly [Record<string, string>, RegExp]>> = {
    "no URL": [{ ALIKASSA_EDGE_URL: "" }, /there is no URL of a Worker: give --url [^\n]+ALIKASSA_EDGE_URL/],
    "a URL without TLS": [{ ALIKASSA_EDGE_URL: "http://worker.example" }, /is not the address of a Worker/],
    "a password in the URL": [{ ALIKASSA_EDGE_URL: `https://u:${TOKEN}@worker.example` }, /not the address of a/],
    "a token in the URL": [{ ALIKASSA_EDGE_URL: `https://worker.example/?t=${TOKEN}` }, /not the address of a Worker/],
    "no token": [{ ALIKASSA_EDGE_TOKEN: " " }, /there is no token for the Worker: set ALIKASSA_EDGE_TOKEN/],
    "a token over two lines": [{ ALIKASSA_EDGE_TOKEN: `${TOKEN}\n${TOKEN}` }, /contains a character that a token/],
    "a token with a letter that no header has": [{ ALIKASSA_EDGE_TOKEN: `${TOKEN}Ё` }, /contains a character that/],
  };
  for (const [name, [env, pattern]] of Object.entries(wrong)) {
    test(`with ${name} is refused with status 2, and nothing is sent`, async () => {
      await using api = await startWorkerApi({ body: {} });
      const { status, stdout, stderr } = await run(["payouts", "--verbose"], {
        env: { ...workerEnvironment(api), ...env },
      });
      assert.deepEqual([status, stdout, api.requests.length], [2, "", 0]);
      assert.match(stderr, pattern);
      assert.ok(!stderr.includes(TOKEN));
    });
  }

  const usage: Readonly<Record<string, readonly string[]>> = {
    "a token on the command line": ["payouts", "--token", "31337"],
    "no payout to follow": ["follow"],
    "two payouts to follow": ["follow", "--id", "1", "--order-id", "2"],
    "no payout for a history": ["history"],
    "an unknown state": ["payouts", "--state", "lost"],
    "a page that is too long": ["payouts", "--limit", "101"],
    "a cursor that is no number": ["events", "--after", "-1"],
    "a pause without --watch": ["events", "--watch-interval-ms", "1000"],
    "nothing to deliver": ["redeliver"],
    "an event and a range": ["redeliver", "7", "--after", "6"],
    "an event that is no number": ["redeliver", "../status"],
    "an account that no header can have": ["payouts", "--account", "Ё"],
  };
  for (const [name, args] of Object.entries(usage)) {
    test(`with ${name} ends with status 2, and nothing is sent`, async () => {
      await using api = await startWorkerApi({ body: {} });
      const { status, stdout, stderr } = await ask(api, ...args);
      assert.deepEqual([status, stdout, api.requests.length], [2, "", 0]);
      assert.match(stderr, /^error: [^\n]+\n$/);
      assert.ok(!stderr.includes("31337"));
    });
  }

  for (const name of ["follow", "payouts", "history", "events", "redeliver"]) {
    test(`is in the help with examples: ${name}`, async () => {
      const { status, stdout } = await run([name, "--help"]);
      assert.equal(status, 0);
      assert.match(stdout, new RegExp(`Examples:\\n +alikassa-edge ${name} `));
      for (const word of ["ALIKASSA_EDGE_URL", "ALIKASSA_EDGE_TOKEN"]) assert.ok(stdout.includes(word));
      assert.match((await run(["--help"])).stdout, new RegExp(`^ {2}${name} `, "m"));
    });
  }
});

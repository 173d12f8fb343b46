/** Requests, valid and invalid. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertPayout, assertProblem, BATCH, JSON_HEADERS, STATUS, WEBHOOK } from "./client.ts";
import { requestsFor, setUp } from "./harness.ts";

const INVALID = { status: 400, code: "invalid_request", retryable: false } as const;
/** The longest body. */
const LIMIT = 16 * 1024;

const { sandbox, clients } = await setUp({ sound: {} });
const client = clients.sound;

// The crate `alikassa` tests every way in which a query can be invalid; these are one of each kind.
describe("a query string", () => {
  const bad: Readonly<Record<string, RegExp>> = {
    "": /names no payout/,
    "?id=": /"id" is empty/,
    "?order_id": /"order_id" is empty/,
    "?id=1&id=1": /more than one payout/,
    "?id=1&order_id=2": /more than one payout/,
    "?id[]=1": /"id\[\]" is not a field/,
    "?=1": /"" is not a field/,
    [`?order_id=${encodeURIComponent("ж".repeat(129))}`]: /"order_id" has 129 characters/,
    [`?order_id=${"a".repeat(15_000)}`]: /"order_id" has 15000 characters/,
  };
  for (const [query, detail] of Object.entries(bad)) {
    test(`is refused: ${query.slice(0, 40)}`, async () => {
      assertProblem(await client.get(query), { ...INVALID, detail });
    });
  }

  for (const [query, name] of Object.entries({
    "?order_id=%zz": "%zz",
    "?order_id=100%25+sure": "100% sure",
    "?order_id=a%26id%3D2": "a&id=2",
    "?order_id=a=b": "a=b",
    "?&&order_id=amp&": "amp",
    "?order%5Fid=coded": "coded",
    "?id=%2B7": "+7",
  })) {
    test(`is decoded as a browser encodes it: ${query}`, async () => {
      sandbox.script(name, []);
      assert.equal((await client.get(query)).status, 200);
      assert.equal(requestsFor(sandbox, name).length, 1);
    });
  }

  test("is refused if it is not UTF-8", async () => {
    assertProblem(await client.askRaw({ path: `${STATUS}?order_id=%ff%fe` }), { ...INVALID, detail: /not UTF-8/ });
  });
});

describe("a body", () => {
  const bad: Readonly<Record<string, readonly [body: string | Uint8Array, detail: RegExp]>> = {
    "is empty": ["", /not JSON/],
    "is cut off": ['{"id":"1"', /not JSON/],
    "is a form": ["id=1", /not JSON/],
    "has a byte order mark": ['\ufeff{"id":"1"}', /not JSON/],
    "has a NUL after it": ['{"id":"1"}\0', /not JSON/],
    "is an array with a query": ['[{"id":"1"}]', /not a JSON object/],
    "names no payout": ["{}", /names no payout/],
    "names two": ['{"id":"1","order_id":"2"}', /more than one payout/],
    "has an unknown field": ['{"id":"1","amount":"1"}', /"amount" is not a field/],
    "has __proto__": ['{"__proto__":{"id":"1"}}', /"__proto__" is not a field/],
    "has an empty id": ['{"id":""}', /"id" is empty/],
    "has an id of another type": ['{"id":1.0}', /"id" has the wrong type/],
    "has an order_id of another type": ['{"order_id":1}', /"order_id" has the wrong type/],
    "has 129 emoji": [`{"order_id":"${"😀".repeat(129)}"}`, /"order_id" has 129 characters/],
    "has an id of 10,000 digits": [`{"id":${"7".repeat(10_000)}}`, /"id" has 10000 characters/],
    "has a lone surrogate": ['{"id":"\\ud800"}', /"id" has the wrong type|not JSON/],
    "is not UTF-8": [Buffer.from('{"id":"\xff"}', "latin1"), /not UTF-8/],
    "is UTF-16": [Buffer.from('{"id":"1"}', "utf16le"), /not JSON/],
    "is 8,000 arrays deep": ["[".repeat(8000), /not (?:JSON|a JSON object)/],
    "has an id that is 4,000 arrays deep": [`{"id":${"[".repeat(4000)}${"]".repeat(4000)}}`, /"id"|not JSON/],
  };
  for (const [what, [body, detail]] of Object.entries(bad)) {
    test(`is refused if it ${what}`, async () => {
      const before = sandbox.requests.length;
      assertProblem(await client.post(body), { ...INVALID, detail });
      assert.equal(sandbox.requests.length, before);
    });
  }

  for (const [what, name] of Object.entries({
    "128 Cyrillic letters": "ж".repeat(128),
    "128 emoji": "😀".repeat(128),
    "one character": "x",
  })) {
    test(`may name a payout with ${what}`, async () => {
      sandbox.script(name, []);
      assert.equal((await client.post({ order_id: name })).status, 200);
      assert.equal((await client.post({ id: name })).status, 200);
      assert.equal((await client.get(`?order_id=${encodeURIComponent(name)}`)).status, 200);
    });
  }

  test("may have any spelling of JSON", async () => {
    const { text } = await client.post('{"id":"100000536"}');
    assertPayout(await client.post(' {\r\n\t"id" :\n"100000536" } \n'), text);
    assertPayout(await client.post('{"\\u0069\\u0064":"\\u0031\\u0030\\u0030000536"}'), text);
    assertPayout(await client.post('{"id":100000536}'), text);
  });
});

/** The routes that take JSON, each with a valid body. */
for (const [path, body] of [
  [STATUS, '{"order_id":"6422494"}'],
  [BATCH, '{"payouts":[{"id":"100000536"}]}'],
] as const) {
  describe(`the length of a body for ${path}`, () => {
    const tooLarge = { status: 413, code: "payload_too_large", detail: /16384 bytes/, retryable: false } as const;
    const padded = (length: number) => body + " ".repeat(length - body.length);
    const chunked = (...pieces: string[]) => client.askRaw({ method: "POST", path, headers: JSON_HEADERS, pieces });

    test("may be 16 KiB", async () => {
      assert.equal((await client.post(padded(LIMIT), { path })).status, 200);
      assert.equal((await chunked(padded(LIMIT).slice(0, 9000), padded(LIMIT).slice(9000))).status, 200);
    });

    test("may not be a byte longer", async () => {
      assertProblem(await client.post(padded(LIMIT + 1), { path }), tooLarge);
      assertProblem(await chunked(padded(LIMIT), " "), tooLarge);
    });

    test("is limited without a Content-Length", async () => {
      assertProblem(await chunked(...Array(64).fill(" ".repeat(16_000))), tooLarge);
    });

    test("is checked before the content", async () => {
      for (const bad of [`{"id":${"7".repeat(100_000)}}`, Buffer.alloc(LIMIT + 1, 0xff), "[".repeat(100_000)])
        assertProblem(await client.post(bad, { path }), tooLarge);
    });
  });

  describe(`the Content-Type for ${path}`, () => {
    const unsupported = { status: 415, code: "unsupported_media_type", retryable: false } as const;

    for (const type of ["application/json", "application/json;charset=UTF-8", "APPLICATION/JSON ; a=b"]) {
      test(`may be ${type}`, async () => {
        assert.equal((await client.post(body, { path, headers: { "Content-Type": type } })).status, 200);
      });
    }

    for (const type of [
      ...[
        "text/plain",
        "text/plain; a=application/json",
        "application/x-www-form-urlencoded",
        "text/json",
        "json",
        "*/*",
      ],
      ...["application/jsonp", "application/json-seq", "application/problem+json", "multipart/form-data; boundary=x"],
    ]) {
      test(`may not be ${type}`, async () => {
        const answer = await client.post(body, { path, headers: { "Content-Type": type } });
        assertProblem(answer, { ...unsupported, detail: /Content-Type: application\/json/ });
      });
    }

    test("may not be missing", async () => {
      assertProblem(await client.askRaw({ method: "POST", path, pieces: [body] }), unsupported);
    });
  });
}

describe("a method", () => {
  const refused = { status: 405, code: "method_not_allowed", retryable: false } as const;

  for (const [path, allow, methods] of [
    [STATUS, "GET, HEAD, POST", ["PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "PROPFIND"]],
    [BATCH, "POST", ["GET", "PUT", "DELETE", "OPTIONS", "PATCH"]],
    [WEBHOOK, "GET, HEAD, POST", ["PUT", "DELETE", "OPTIONS"]],
    ["/healthz", "GET, HEAD", ["POST", "PUT", "DELETE", "OPTIONS"]],
  ] as const) {
    for (const method of methods) {
      test(`${method} is refused for ${path}`, async () => {
        const answer = await client.askRaw({ method, path: `${path}?id=100000536` });
        assertProblem(answer, { ...refused, detail: new RegExp(allow) });
        assert.equal(answer.headers.get("Allow"), allow);
      });
    }
  }

  test(`HEAD is refused for ${BATCH}`, async () => {
    const { status, headers } = await client.ask({ method: "HEAD", path: BATCH });
    assert.deepEqual([status, headers.get("Allow")], [405, "POST"]);
  });

  test("in a header is ignored", async () => {
    const answer = await client.get("", { headers: { "X-HTTP-Method-Override": "POST" } });
    assertProblem(answer, INVALID);
  });
});

describe("a path", () => {
  for (const path of [
    ...["/", "/reference", "/openapi.json", "/v1/payout/status/", "//v1/payout/status", "/v1/payout"],
    ...["/v1/payout/status/1", "/V1/PAYOUT/STATUS", "/v1/payout/status%2F", "/v1/payout/status;a=b"],
    ...["/v1/payout%2Fstatus", "/v1/account/balance", "/healthz/", "/health", "/favicon.ico"],
    ...[`/${"a".repeat(4000)}`, `${BATCH}/`, `${BATCH}/1`, "/v1/payout/batch", "/v1/payout/status//batch"],
    ...["/V1/PAYOUT/STATUS/BATCH"],
  ]) {
    test(`without a route is 404: ${path.slice(0, 40)}`, async () => {
      const expected = { status: 404, code: "not_found", retryable: false } as const;
      assertProblem(await client.askRaw({ path: `${path}?id=100000536` }), expected);
      assertProblem(
        await client.askRaw({ method: "POST", path, headers: JSON_HEADERS, pieces: ['{"id":"1"}'] }),
        expected,
      );
    });
  }

  test("that would move money is 404", async () => {
    const before = sandbox.requests.length;
    const answer = await client.post("{}", { path: "/v1/payout" });
    assertProblem(answer, { status: 404, code: "not_found" });
    assert.equal(sandbox.requests.length, before);
  });
});

/** Questions, good and bad, as the Worker reads them. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Sandbox } from "../../dist/sandbox/index.js";
import { assertPayout, assertProblem, type Edge, type Question } from "./edge.ts";
import { newArchive, openSandbox, requestsFor, soundBindings, startWorkers, TOKEN, type Workers } from "./harness.ts";

const INVALID = { status: 400, code: "invalid_request", retryable: false } as const;
const STATUS = "/v1/payout/status";
const JSON_HEADERS = { "Content-Type": "application/json" };
/** The most that a body may have. */
const LIMIT = 16 * 1024;

let sandbox: Sandbox;
let workers: Workers<"sound">;
let edge: Edge;

before(async () => {
  const archive = newArchive(1024);
  sandbox = await openSandbox({ publicPem: archive.publicPem });
  workers = await startWorkers({ sound: soundBindings(archive, sandbox) });
  edge = workers.edges.sound;
});

after(async () => {
  await sandbox.close();
  await workers.stop();
});

/** A question for the specification's example, filled up with blanks to this length. */
const questionOf = (length: number) => `{"order_id":"6422494"${" ".repeat(length - 22)}}`;

describe("a query in the URL", () => {
  const bad: Readonly<Record<string, RegExp>> = {
    "": /names no payout/,
    "?": /names no payout/,
    "?id=": /"id" is empty/,
    "?order_id=": /"order_id" is empty/,
    "?id": /"id" is empty/,
    "?id=1&id=2": /more than one payout/,
    "?id=1&id=1": /more than one payout/,
    "?id=1&order_id=2": /more than one payout/,
    "?order_id=1&order_id=2": /more than one payout/,
    "?ID=1": /"ID" is not a field/,
    "?orderId=1": /"orderId" is not a field/,
    "?id[]=1": /"id\[\]" is not a field/,
    "?id=1&_=2": /"_" is not a field/,
    "?=1": /"" is not a field/,
    [`?id=${"1".repeat(129)}`]: /"id" has 129 characters/,
    [`?order_id=${encodeURIComponent("ж".repeat(129))}`]: /"order_id" has 129 characters/,
    [`?order_id=${"a".repeat(15_000)}`]: /"order_id" has 15000 characters/,
  };
  for (const [query, detail] of Object.entries(bad)) {
    test(`is refused: ${query.slice(0, 40)}`, async () => {
      assertProblem(await edge.get(query), { ...INVALID, detail });
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
    test(`is read as every browser writes it: ${query}`, async () => {
      sandbox.script(name, []);
      assert.equal((await edge.get(query)).status, 200);
      assert.equal(requestsFor(sandbox, name).length, 1);
    });
  }

  test("that is no UTF-8 is refused before it could name another payout", async () => {
    const { status } = await edge.askRaw({ path: `${STATUS}?order_id=%ff%fe` });
    assert.equal(status, 400);
  });
});

describe("a body", () => {
  const bad: Readonly<Record<string, readonly [body: string | Uint8Array, detail: RegExp]>> = {
    "is empty": ["", /not JSON/],
    "is blank": [" \n", /not JSON/],
    "is broken off": ['{"id":"1"', /not JSON/],
    "has something after it": ['{"id":"1"}x', /not JSON/],
    "is a form": ["id=1", /not JSON/],
    "has a comma too many": ['{"id":"1",}', /not JSON/],
    "has quotes of another kind": ["{'id':'1'}", /not JSON/],
    "has a comment": ['{"id":"1"/**/}', /not JSON/],
    "has a byte order mark": ['\ufeff{"id":"1"}', /not JSON/],
    "has a raw NUL in a string": ['{"id":"1\0"}', /not JSON/],
    "has a raw NUL after it": ['{"id":"1"}\0', /not JSON/],
    "has a raw line break in a string": ['{"id":"1\n"}', /not JSON/],
    "is null": ["null", /not a JSON object/],
    "is an array": ["[]", /not a JSON object/],
    "is an array with a question": ['[{"id":"1"}]', /not a JSON object/],
    "is a string": ['"1"', /not a JSON object/],
    "is a number": ["1", /not a JSON object/],
    "names no payout": ["{}", /names no payout/],
    "names two": ['{"id":"1","order_id":"2"}', /more than one payout/],
    "names one twice": ['{"id":"1","id":"2"}', /more than one payout/],
    "names one twice, once with an escape": ['{"id":"1","\\u0069d":"1"}', /more than one payout/],
    "has an unknown field": ['{"id":"1","amount":"1"}', /"amount" is not a field/],
    "has an unknown field alone": ['{"orderId":"1"}', /"orderId" is not a field/],
    "has __proto__": ['{"__proto__":{"id":"1"}}', /"__proto__" is not a field/],
    "has an empty id": ['{"id":""}', /"id" is empty/],
    "has an empty order_id": ['{"order_id":""}', /"order_id" is empty/],
    "has 129 Cyrillic characters": [`{"order_id":"${"ж".repeat(129)}"}`, /"order_id" has 129 characters/],
    "has 129 emoji": [`{"order_id":"${"😀".repeat(129)}"}`, /"order_id" has 129 characters/],
    "has an id of 10,000 digits": [`{"id":${"7".repeat(10_000)}}`, /"id" has 10000 characters/],
    "is not UTF-8": [Buffer.from('{"id":"\xff"}', "latin1"), /not UTF-8/],
    "has an overlong sequence": [Buffer.from('{"id":"\xc0\xaf"}', "latin1"), /not UTF-8/],
    "has a surrogate in UTF-8": [Buffer.from('{"id":"\xed\xa0\x80"}', "latin1"), /not UTF-8/],
    "is UTF-16": [Buffer.from('{"id":"1"}', "utf16le"), /not JSON/],
    "is 8,000 arrays deep": ["[".repeat(8000), /not (?:JSON|a JSON object)/],
    "is 8,000 objects deep": ['{"a":'.repeat(3000), /not JSON|not a field/],
    "has an id that is 4,000 arrays deep": [`{"id":${"[".repeat(4000)}${"]".repeat(4000)}}`, /"id"|not JSON/],
  };
  for (const [what, [body, detail]] of Object.entries(bad)) {
    test(`is refused if it ${what}`, async () => {
      assertProblem(await edge.post(body), { ...INVALID, detail });
    });
  }

  for (const value of [
    "null",
    "true",
    "1.0",
    "1e5",
    "-1",
    "-0",
    "[]",
    "{}",
    '["1"]',
    '"\\ud800"',
    '"\\udc00\\ud800"',
  ]) {
    test(`is refused if its id is ${value}`, async () => {
      assertProblem(await edge.post(`{"id":${value}}`), { ...INVALID, detail: /"id" has the wrong type|not JSON/ });
    });
  }

  for (const value of ["1", "null", "false", "1.5", '["a"]', "{}"]) {
    test(`is refused if its order_id is ${value}`, async () => {
      assertProblem(await edge.post(`{"order_id":${value}}`), { ...INVALID, detail: /"order_id" has the wrong type/ });
    });
  }

  for (const [what, name] of Object.entries({
    "128 Latin letters": "a".repeat(128),
    "128 Cyrillic letters": "ж".repeat(128),
    "128 emoji": "😀".repeat(128),
    "one character": "x",
  })) {
    test(`may name a payout with ${what}`, async () => {
      sandbox.script(name, []);
      assert.equal((await edge.post({ order_id: name })).status, 200);
      assert.equal((await edge.post({ id: name })).status, 200);
      assert.equal((await edge.get(`?order_id=${encodeURIComponent(name)}`)).status, 200);
    });
  }

  test("may be written in any style of JSON", async () => {
    const { text } = await edge.post('{"id":"100000536"}');
    assertPayout(await edge.post(' {\r\n\t"id" :\n"100000536" } \n'), text);
    assertPayout(await edge.post('{"\\u0069\\u0064":"\\u0031\\u0030\\u0030000536"}'), text);
    assertPayout(await edge.post('{"id":100000536}'), text);
  });

  test("never reaches AliKassa if it is refused", async () => {
    const before = sandbox.requests.length;
    for (const [body] of Object.values(bad)) await edge.post(body);
    assert.equal(sandbox.requests.length, before);
  });
});

describe("the length of a body", () => {
  const tooLarge = { status: 413, code: "payload_too_large", detail: /16384 bytes/, retryable: false } as const;
  const chunked = (...pieces: string[]) => edge.askRaw({ method: "POST", headers: JSON_HEADERS, pieces });

  test("may be 16 KiB to the byte", async () => {
    assert.equal((await edge.post(questionOf(LIMIT))).status, 200);
    assert.equal((await chunked(questionOf(LIMIT).slice(0, 9000), questionOf(LIMIT).slice(9000))).status, 200);
  });

  test("may not be a byte more", async () => {
    assertProblem(await edge.post(questionOf(LIMIT + 1)), tooLarge);
    assertProblem(await chunked(questionOf(LIMIT), " "), tooLarge);
  });

  test("may not be more even if nobody said so before", async () => {
    assertProblem(await chunked(...Array(64).fill(" ".repeat(16_000))), tooLarge);
  });

  test("counts before anything in it is read", async () => {
    assertProblem(await edge.post(`{"id":${"7".repeat(100_000)}}`), tooLarge);
    assertProblem(await edge.post(Buffer.alloc(LIMIT + 1, 0xff)), tooLarge);
    assertProblem(await edge.post("[".repeat(100_000)), tooLarge);
  });
});

describe("the Content-Type of a body", () => {
  for (const type of [
    "application/json",
    "application/json; charset=utf-8",
    "application/json;charset=UTF-8",
    "APPLICATION/JSON",
    "application/json ; a=b",
  ]) {
    test(`may be ${type}`, async () => {
      assert.equal((await edge.post({ id: "100000536" }, { headers: { "Content-Type": type } })).status, 200);
    });
  }

  for (const type of [
    "text/plain",
    "text/plain; a=application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/jsonp",
    "application/json-patch+json",
    "application/problem+json",
    "text/json",
    "json",
    "*/*",
  ]) {
    test(`may not be ${type}`, async () => {
      const answer = await edge.post({ id: "100000536" }, { headers: { "Content-Type": type } });
      const detail = /Content-Type: application\/json/;
      assertProblem(answer, { status: 415, code: "unsupported_media_type", detail, retryable: false });
    });
  }

  test("may not be missing", async () => {
    const answer = await edge.askRaw({ method: "POST", pieces: ['{"id":"100000536"}'] });
    assertProblem(answer, { status: 415, code: "unsupported_media_type" });
  });
});

describe("a method", () => {
  const refused = { status: 405, code: "method_not_allowed", retryable: false } as const;
  const ask = (method: string, path: string, question: Question = {}) => edge.askRaw({ method, path, ...question });

  for (const method of ["PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "PROPFIND"]) {
    test(`other than GET, HEAD and POST is refused for a payout's status: ${method}`, async () => {
      const answer = await ask(method, `${STATUS}?id=100000536`);
      assertProblem(answer, { ...refused, detail: /GET, HEAD, POST/ });
      assert.equal(answer.headers.get("Allow"), "GET, HEAD, POST");
    });
  }

  for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
    test(`other than GET and HEAD is refused for the Worker's health: ${method}`, async () => {
      const answer = await ask(method, "/healthz");
      assertProblem(answer, { ...refused, detail: /GET, HEAD/ });
      assert.equal(answer.headers.get("Allow"), "GET, HEAD");
    });
  }

  test("in a header is not believed", async () => {
    const answer = await edge.get("", { headers: { "X-HTTP-Method-Override": "POST" } });
    assertProblem(answer, INVALID);
  });
});

describe("a path", () => {
  for (const path of [
    "/page",
    "/page/",
    "/page/index.html",
    "/openapi.json/",
    "/v1/payout/status/",
    "//v1/payout/status",
    "/v1/payout",
    "/v1/payout/status/1",
    "/V1/PAYOUT/STATUS",
    "/v1/payout/status%2F",
    "/v1/payout/status;a=b",
    "/v1/payout%2Fstatus",
    "/v1/account/balance",
    "/healthz/",
    "/health",
    "/favicon.ico",
    `/${"a".repeat(4000)}`,
  ]) {
    test(`that leads nowhere is 404: ${path.slice(0, 40)}`, async () => {
      const expected = { status: 404, code: "not_found", retryable: false } as const;
      assertProblem(await edge.askRaw({ path: `${path}?id=100000536` }), expected);
      assertProblem(
        await edge.askRaw({ method: "POST", path, headers: JSON_HEADERS, pieces: ['{"id":"1"}'] }),
        expected,
      );
    });
  }

  test("that would move money is not there", async () => {
    const before = sandbox.requests.length;
    const answer = await edge.ask({
      method: "POST",
      path: "/v1/payout",
      headers: JSON_HEADERS,
      body: "{}",
      token: TOKEN,
    });
    assertProblem(answer, { status: 404, code: "not_found" });
    assert.equal(sandbox.requests.length, before);
  });
});

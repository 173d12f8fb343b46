/** `signedRequest` and `request`: any method of AliKassa's API. */
import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import { afterEach, describe, test } from "node:test";
import { ACCOUNT, answering, archive, client, refusalOf, suiteSandbox, unknownOf, vectors } from "./support.ts";

interface JsonVector {
  readonly name: string;
  readonly json: string;
  readonly php: string;
}

/** What JavaScript reads and writes as it was: no number, and no key that JavaScript would put in another place. */
function survivesJavaScript({ json }: JsonVector): boolean {
  const value: unknown = JSON.parse(json);
  const text = JSON.stringify(value);
  const keys: string[] = [];
  let hasNumber = false;
  JSON.parse(text, (key, item: unknown) => {
    keys.push(key);
    hasNumber ||= typeof item === "number" && !Number.isSafeInteger(item);
    return item;
  });
  // An object's own __proto__, and keys like array indices, are what JavaScript has rules of its own for.
  return !hasNumber && text.isWellFormed() && !/"(__proto__|\d+)"\s*:/.test(json) && !/-0\b|[0-9][.eE]/.test(json);
}

describe("a signed request", () => {
  test("has method, URL, all headers and the body that was signed", () => {
    const { method, url, headers, body } = client().signedRequest("v1/payout/status", { id: "100000536" });
    assert.equal(method, "POST");
    assert.equal(url, "https://api-merchant.alikassa.com/v1/payout/status");
    assert.equal(body, '{"id":"100000536"}');
    assert.deepEqual(Object.keys(headers).sort(), ["Accept", "Account", "Content-Type", "Sign", "User-Agent"]);
    assert.equal(headers["Account"], ACCOUNT);
    assert.equal(headers["Content-Type"], "application/json");
    const sign = Buffer.from(headers["Sign"] ?? "", "base64");
    assert.ok(verify("sha1", Buffer.from(body), createPublicKey(archive.publicPem), sign));
    assert.equal(headers["Sign"], client().sign(body));
  });

  test("is a plain object, which survives JSON and fetch's own Request", () => {
    const signed = client().signedRequest("v1/account/balance", []);
    assert.equal(Object.getPrototypeOf(signed), Object.prototype);
    assert.deepEqual(JSON.parse(JSON.stringify(signed)), signed);
    const { url, ...init } = signed;
    assert.equal(new Request(url, init).headers.get("sign"), signed.headers["Sign"]);
  });

  test("goes to the base URL, whatever slashes are at its end and before the method", () => {
    for (const baseUrl of ["http://127.0.0.1:8080/proxy", "http://127.0.0.1:8080/proxy/"]) {
      for (const method of ["v1/account/info", "/v1/account/info"]) {
        const { url } = client({ baseUrl }).signedRequest(method, []);
        assert.equal(url, "http://127.0.0.1:8080/proxy/v1/account/info");
      }
    }
  });

  test("has the body that PHP would have written, for every vector that JavaScript itself does not change", () => {
    const alikassa = client();
    const rows = vectors<JsonVector>("php_json").filter(survivesJavaScript);
    assert.ok(rows.length > 250, String(rows.length));
    for (const { name, json, php } of rows) {
      assert.equal(alikassa.signedRequest("v1/payout", JSON.parse(json)).body, php, name);
    }
  });

  test("has slashes, Cyrillic and emoji as PHP escapes them", () => {
    const { body } = client().signedRequest("v1/payout", { "https://a/б": "«Ёж» 🔑" });
    assert.equal(body, '{"https:\\/\\/a\\/\\u0431":"\\u00ab\\u0401\\u0436\\u00bb \\ud83d\\udd11"}');
  });

  test("leaves out what JSON.stringify leaves out, and keeps the order", () => {
    const data = { z: "1", a: undefined, b: () => 1, m: [undefined], date: new Date(0), n: null };
    const { body } = client().signedRequest("v1/payout", data);
    assert.equal(body, '{"z":"1","m":[null],"date":"1970-01-01T00:00:00.000Z","n":null}');
  });

  const circular: Record<string, unknown> = {};
  circular["self"] = circular;
  const deep: unknown = JSON.parse(`${"[".repeat(600)}${"]".repeat(600)}`);
  const unwritable: readonly (readonly [string, unknown])[] = [
    ["undefined", undefined],
    ["a function", () => 1],
    ["a symbol", Symbol("s")],
    ["a bigint", { amount: 1n }],
    ["a circle", circular],
    ["half of a surrogate pair", { a: "\ud800" }],
    ["nesting deeper than PHP's", deep],
    ["a key that begins with NUL, which PHP has no object for", { "\0a": 1 }],
  ];
  for (const [name, data] of unwritable) {
    test(`is refused for data that is no JSON for PHP: ${name}`, async () => {
      const error = await refusalOf(() => client().signedRequest("v1/payout", data), "InvalidRequestError");
      assert.equal(error.code, "invalid_request");
      const { fetch, count } = answering("{}");
      await refusalOf(() => client({ fetch }).request("v1/payout", data), "InvalidRequestError");
      assert.equal(count(), 0);
    });
  }

  for (const method of [undefined, null, 5, {}, Symbol("s")]) {
    test(`is refused for a method that is no string: ${String(method)}`, async () => {
      await refusalOf(() => client().signedRequest(method as unknown as string, []), "InvalidRequestError");
      await refusalOf(() => client().request(method as unknown as string, []), "InvalidRequestError");
    });
  }

  const elsewhere = ["", "/", "../../admin", "v1/a b", "v1/a?b=1", "v1/a#b", "v1/a\r\nX: y", "@evil.example/", "v1/ё"];
  for (const method of elsewhere) {
    test(`stays at AliKassa's host for a method like ${JSON.stringify(method)}, or is refused`, async () => {
      let url: string | undefined;
      try {
        url = client().signedRequest(method, []).url;
      } catch (error) {
        assert.equal((error as { code?: string }).code, "invalid_request");
      }
      if (url !== undefined) assert.equal(new URL(url).origin, "https://api-merchant.alikassa.com");
    });
  }
});

describe("a request", () => {
  const sandbox = suiteSandbox();
  afterEach(() => sandbox().reset());

  test("answers with AliKassa's JSON, parsed", async () => {
    const balance = await client({ baseUrl: sandbox().url }).request("v1/account/balance", []);
    assert.equal((balance as { balance: string }).balance, "93.84000000");
    assert.equal(sandbox().requests[0]?.body.toString(), "[]");
    assert.equal(sandbox().requests[0]?.headers["account"], ACCOUNT);
  });

  test("is accepted with the digest of the account alone", async () => {
    const alikassa = client({ baseUrl: sandbox().url, digest: "sha256" });
    const error = await unknownOf(() => alikassa.request("v1/account/balance", []));
    assert.equal(error.upstreamStatus, 400);
    assert.deepEqual(error.errors, {
      sign: ["The sign is invalid. It was made with sha256; this account signs with sha1."],
    });
  });

  test("is sent once and never again, for it may move money: 503", async () => {
    sandbox().script("6422494", [{ status: 503 }, { status: 503 }]);
    const alikassa = client({ baseUrl: sandbox().url, retries: 5 });
    const error = await unknownOf(() => alikassa.request("v1/payout/status", { order_id: "6422494" }));
    assert.deepEqual([error.code, error.upstreamStatus, error.attempts], ["upstream_status", 503, 1]);
    assert.equal(sandbox().requests.length, 1);
  });

  test("is sent once and never again, for it may move money: a broken connection", async () => {
    sandbox().script("6422494", ["cut", "cut"]);
    const alikassa = client({ baseUrl: sandbox().url, retries: 5 });
    const error = await unknownOf(() => alikassa.request("v1/payout/status", { order_id: "6422494" }));
    assert.deepEqual([error.code, error.attempts], ["upstream_unreachable", 1]);
    assert.equal(sandbox().requests.length, 1);
  });

  test("passes AliKassa's refusal on", async () => {
    const alikassa = client({ baseUrl: sandbox().url });
    const error = await unknownOf(() => alikassa.request("v1/account/balance", { a: 1 }));
    assert.deepEqual([error.upstreamStatus, error.upstreamMessage], [400, "The given data was invalid."]);
    assert.deepEqual(error.errors, { body: ["The body must be an empty JSON array."] });
    assert.equal(error.retryable, false);
  });

  for (const json of ["null", "true", '"text"', "5", "[]", '{"a":[1,{"b":null}]}', ' {"blanks" : 1}\n']) {
    test(`answers with any JSON as JSON.parse reads it: ${json.trim()}`, async () => {
      assert.deepEqual(await client(answering(json)).request("v1/x", []), JSON.parse(json));
    });
  }

  for (const text of ["", "not json", "{", "[1,]", "NaN", "\ufeff{}", "{} {}"]) {
    test(`is of unknown outcome where 200 came without JSON: ${JSON.stringify(text)}`, async () => {
      const error = await unknownOf(() => client(answering(text)).request("v1/x", []));
      assert.equal(error.code, "upstream_invalid");
    });
  }
});

/** `signedRequest` and `request`: any method of AliKassa's API. */
import { assert } from "chai";
import { answering } from "../fixtures/mock-api.ts";
import { describe, test } from "./cases.ts";
import type { SuiteContext } from "./context.ts";
import type { JsonRow } from "./suite-data.ts";

/** What JavaScript reads and writes as it was: no number, and no key that JavaScript would put in another place. */
function survivesJavaScript({ json }: JsonRow): boolean {
  const text = JSON.stringify(JSON.parse(json));
  let hasNumber = false;
  JSON.parse(text, (_key, item: unknown) => {
    hasNumber ||= typeof item === "number" && !Number.isSafeInteger(item);
    return item;
  });
  // An object's own __proto__, and keys like array indices, are what JavaScript has rules of its own for.
  return !hasNumber && text.isWellFormed() && !/"(__proto__|\d+)"\s*:/.test(json) && !/-0\b|[0-9][.eE]/.test(json);
}

export function requestCases(context: SuiteContext): void {
  const { account, json: vectors, signed } = context.data;

  describe("a signed request", () => {
    test("has method, URL, all headers and the body that was signed", () => {
      const { method, url, headers, body } = context.client().signedRequest("v1/payout/status", { id: "100000536" });
      assert.strictEqual(method, "POST");
      assert.strictEqual(url, "https://api-merchant.alikassa.com/v1/payout/status");
      assert.strictEqual(body, '{"id":"100000536"}');
      assert.deepEqual(Object.keys(headers).sort(), ["Accept", "Account", "Content-Type", "Sign", "User-Agent"]);
      assert.strictEqual(headers["Account"], account);
      assert.strictEqual(headers["Content-Type"], "application/json");
      assert.strictEqual(headers["Sign"], signed.find(({ message }) => atob(message) === body)?.sha1);
    });

    test("is a plain object, which survives JSON and fetch's own Request", () => {
      const made = context.client().signedRequest("v1/account/balance", []);
      assert.strictEqual(Object.getPrototypeOf(made), Object.prototype);
      assert.deepEqual(JSON.parse(JSON.stringify(made)), made);
      const { url, ...init } = made;
      assert.strictEqual(new Request(url, init).headers.get("sign"), made.headers["Sign"] ?? "");
    });

    test("goes to the base URL, whatever slashes are at its end and before the method", () => {
      for (const baseUrl of ["http://127.0.0.1:8080/proxy", "http://127.0.0.1:8080/proxy/"]) {
        for (const method of ["v1/account/info", "/v1/account/info"]) {
          const { url } = context.client({ baseUrl }).signedRequest(method, []);
          assert.strictEqual(url, "http://127.0.0.1:8080/proxy/v1/account/info");
        }
      }
    });

    test("has the body that PHP would have written, for every vector that JavaScript itself does not change", () => {
      const alikassa = context.client();
      const rows = vectors.filter(survivesJavaScript);
      assert.isAbove(rows.length, 60);
      for (const { name, json, php } of rows) {
        assert.strictEqual(alikassa.signedRequest("v1/payout", JSON.parse(json)).body, php, name);
      }
    });

    test("has slashes, Cyrillic and emoji as PHP escapes them", () => {
      const { body } = context.client().signedRequest("v1/payout", { "https://a/б": "«Ёж» 🔑" });
      assert.strictEqual(body, '{"https:\\/\\/a\\/\\u0431":"\\u00ab\\u0401\\u0436\\u00bb \\ud83d\\udd11"}');
    });

    test("leaves out what JSON.stringify leaves out, and keeps the order", () => {
      const data = { z: "1", a: undefined, b: () => 1, m: [undefined], date: new Date(0), n: null };
      const { body } = context.client().signedRequest("v1/payout", data);
      assert.strictEqual(body, '{"z":"1","m":[null],"date":"1970-01-01T00:00:00.000Z","n":null}');
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
        const call = () => context.client().signedRequest("v1/payout", data);
        assert.strictEqual((await context.refusalOf(call, "InvalidRequestError")).code, "invalid_request");
        const { fetch, count } = answering("{}");
        await context.refusalOf(() => context.client({ fetch }).request("v1/payout", data), "InvalidRequestError");
        assert.strictEqual(count(), 0);
      });
    }

    for (const method of [undefined, null, 5, {}, Symbol("s")]) {
      test(`is refused for a method that is no string: ${String(method)}`, async () => {
        const given = method as unknown as string;
        await context.refusalOf(() => context.client().signedRequest(given, []), "InvalidRequestError");
        await context.refusalOf(() => context.client().request(given, []), "InvalidRequestError");
      });
    }

    const elsewhere = [
      "",
      "/",
      "../../admin",
      "v1/a b",
      "v1/a?b=1",
      "v1/a#b",
      "v1/a\r\nX: y",
      "@evil.example/",
      "v1/ё",
    ];
    for (const method of elsewhere) {
      test(`stays at AliKassa's host for a method like ${JSON.stringify(method)}, or is refused`, async () => {
        let url: string | undefined;
        try {
          url = context.client().signedRequest(method, []).url;
        } catch (error) {
          assert.strictEqual((error as { code?: string }).code, "invalid_request");
        }
        if (url !== undefined) assert.strictEqual(new URL(url).origin, "https://api-merchant.alikassa.com");
      });
    }
  });

  describe("a request", () => {
    // The same JSON with each number in quotation marks.
    const answers: Readonly<Record<string, string>> = {
      null: "null",
      true: "true",
      '"text"': '"text"',
      "[]": "[]",
      ' {"blanks" : [ ] }\n': '{"blanks":[]}',
      "5": '"5"',
      "-0": '"-0"',
      "[0.0300,1e3,12345678901234567890,1.10]": '["0.0300","1e3","12345678901234567890","1.10"]',
      "[1E-3,1.5e+10 , -1.10,\n0]": '["1E-3","1.5e+10","-1.10","0"]',
      '{"a":[1,{"b":null,"1":true}],"e":false}': '{"a":["1",{"b":null,"1":true}],"e":false}',
      '["1","\\"2\\\\",3,"\\\\",4,"Ё5🔑6","\\u0031e1"]': '["1","\\"2\\\\","3","\\\\","4","Ё5🔑6","1e1"]',
    };
    for (const [json, expected] of Object.entries(answers)) {
      test(`returns AliKassa's JSON, with the digits of each number as a string: ${json.trim()}`, async () => {
        const answer = await context.client(answering(json)).request("v1/x", []);
        assert.deepEqual<unknown>(answer, JSON.parse(expected));
      });
    }

    test("returns an object's own __proto__ as a field", async () => {
      const answer = await context.client(answering('{"__proto__":{"a":1}}')).request("v1/x", []);
      assert.strictEqual(Object.getPrototypeOf(answer), Object.prototype);
      assert.strictEqual(JSON.stringify(answer), '{"__proto__":{"a":"1"}}');
    });

    test("fails with AliKassa's message and errors", async () => {
      const json = '{"message":"Invalid.","errors":{"body":["Wrong."]}}';
      const error = await context.requestErrorOf(() => context.client(answering(json, 400)).request("v1/x", []));
      assert.deepEqual([error.code, error.upstreamStatus, error.retryable], ["upstream_status", 400, false]);
      assert.deepEqual([error.upstreamMessage, error.errors], ["Invalid.", { body: ["Wrong."] }]);
    });

    for (const text of ["", "not json", "{", "[1,]", "NaN", "\ufeff{}", "{} {}"]) {
      test(`fails for HTTP 200 without JSON: ${JSON.stringify(text)}`, async () => {
        const error = await context.requestErrorOf(() => context.client(answering(text)).request("v1/x", []));
        assert.strictEqual(error.code, "upstream_invalid");
      });
    }
  });
}

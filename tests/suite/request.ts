/** `signedRequest` and `request`: any method of AliKassa's API. */
import { assert } from "chai";
import { describe, test } from "./cases.ts";
import type { JsonGiven } from "./given.ts";
import { answering, type Merchant } from "./merchant.ts";

/** What JavaScript reads and writes as it was: no number, and no key that JavaScript would put in another place. */
function survivesJavaScript({ json }: JsonGiven): boolean {
  const text = JSON.stringify(JSON.parse(json));
  let hasNumber = false;
  JSON.parse(text, (_key, item: unknown) => {
    hasNumber ||= typeof item === "number" && !Number.isSafeInteger(item);
    return item;
  });
  // An object's own __proto__, and keys like array indices, are what JavaScript has rules of its own for.
  return !hasNumber && text.isWellFormed() && !/"(__proto__|\d+)"\s*:/.test(json) && !/-0\b|[0-9][.eE]/.test(json);
}

export function requestCases(merchant: Merchant): void {
  const { account, json: vectors, signed } = merchant.given;

  describe("a signed request", () => {
    test("has method, URL, all headers and the body that was signed", () => {
      const { method, url, headers, body } = merchant.client().signedRequest("v1/payout/status", { id: "100000536" });
      assert.strictEqual(method, "POST");
      assert.strictEqual(url, "https://api-merchant.alikassa.com/v1/payout/status");
      assert.strictEqual(body, '{"id":"100000536"}');
      assert.deepEqual(Object.keys(headers).sort(), ["Accept", "Account", "Content-Type", "Sign", "User-Agent"]);
      assert.strictEqual(headers["Account"], account);
      assert.strictEqual(headers["Content-Type"], "application/json");
      assert.strictEqual(headers["Sign"], signed.find(({ message }) => atob(message) === body)?.sha1);
    });

    test("is a plain object, which survives JSON and fetch's own Request", () => {
      const made = merchant.client().signedRequest("v1/account/balance", []);
      assert.strictEqual(Object.getPrototypeOf(made), Object.prototype);
      assert.deepEqual(JSON.parse(JSON.stringify(made)), made);
      const { url, ...init } = made;
      assert.strictEqual(new Request(url, init).headers.get("sign"), made.headers["Sign"] ?? "");
    });

    test("goes to the base URL, whatever slashes are at its end and before the method", () => {
      for (const baseUrl of ["http://127.0.0.1:8080/proxy", "http://127.0.0.1:8080/proxy/"]) {
        for (const method of ["v1/account/info", "/v1/account/info"]) {
          const { url } = merchant.client({ baseUrl }).signedRequest(method, []);
          assert.strictEqual(url, "http://127.0.0.1:8080/proxy/v1/account/info");
        }
      }
    });

    test("has the body that PHP would have written, for every vector that JavaScript itself does not change", () => {
      const alikassa = merchant.client();
      const rows = vectors.filter(survivesJavaScript);
      assert.isAbove(rows.length, 60);
      for (const { name, json, php } of rows) {
        assert.strictEqual(alikassa.signedRequest("v1/payout", JSON.parse(json)).body, php, name);
      }
    });

    test("has slashes, Cyrillic and emoji as PHP escapes them", () => {
      const { body } = merchant.client().signedRequest("v1/payout", { "https://a/б": "«Ёж» 🔑" });
      assert.strictEqual(body, '{"https:\\/\\/a\\/\\u0431":"\\u00ab\\u0401\\u0436\\u00bb \\ud83d\\udd11"}');
    });

    test("leaves out what JSON.stringify leaves out, and keeps the order", () => {
      const data = { z: "1", a: undefined, b: () => 1, m: [undefined], date: new Date(0), n: null };
      const { body } = merchant.client().signedRequest("v1/payout", data);
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
        const call = () => merchant.client().signedRequest("v1/payout", data);
        assert.strictEqual((await merchant.refusalOf(call, "InvalidRequestError")).code, "invalid_request");
        const { fetch, count } = answering("{}");
        await merchant.refusalOf(() => merchant.client({ fetch }).request("v1/payout", data), "InvalidRequestError");
        assert.strictEqual(count(), 0);
      });
    }

    for (const method of [undefined, null, 5, {}, Symbol("s")]) {
      test(`is refused for a method that is no string: ${String(method)}`, async () => {
        const given = method as unknown as string;
        await merchant.refusalOf(() => merchant.client().signedRequest(given, []), "InvalidRequestError");
        await merchant.refusalOf(() => merchant.client().request(given, []), "InvalidRequestError");
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
          url = merchant.client().signedRequest(method, []).url;
        } catch (error) {
          assert.strictEqual((error as { code?: string }).code, "invalid_request");
        }
        if (url !== undefined) assert.strictEqual(new URL(url).origin, "https://api-merchant.alikassa.com");
      });
    }
  });

  describe("a request", () => {
    for (const json of ["null", "true", '"text"', "5", "[]", '{"a":[1,{"b":null}]}', ' {"blanks" : 1}\n']) {
      test(`answers with any JSON as JSON.parse reads it: ${json.trim()}`, async () => {
        assert.deepEqual(await merchant.client(answering(json)).request("v1/x", []), JSON.parse(json));
      });
    }

    test("answers with numbers that are JavaScript's, whatever digits came", async () => {
      const answer = merchant.client(answering("[0.0300,123456789012345678.90,9007199254740993]")).request("v1/x", []);
      assert.deepEqual(await answer, [0.03, 123456789012345680, 9007199254740992]);
    });

    for (const text of ["", "not json", "{", "[1,]", "NaN", "\ufeff{}", "{} {}"]) {
      test(`is of unknown outcome where 200 came without JSON: ${JSON.stringify(text)}`, async () => {
        const error = await merchant.unknownOf(() => merchant.client(answering(text)).request("v1/x", []));
        assert.strictEqual(error.code, "upstream_invalid");
      });
    }
  });
}

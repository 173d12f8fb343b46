/** `new AliKassa(options)`: refused and accepted options. A refusal quotes no value. */
import { AliKassa, type AliKassaOptions } from "alikassa-edge";
import { assert } from "chai";
import { everythingOf } from "../fixtures/errors.ts";
import { describe, test } from "./cases.ts";
import type { SuiteContext } from "./context.ts";

type Wrong = { readonly [Name in keyof AliKassaOptions]?: unknown };

function make(options: Wrong | undefined | null | string) {
  return new AliKassa(options as unknown as AliKassaOptions);
}

export function optionCases(context: SuiteContext): void {
  const { account } = context.data;
  const good = context.options;

  describe("the options", () => {
    const refused: (readonly [string, Wrong, RegExp])[] = [
      ["no account", { account: undefined }, /account is missing/],
      ["an account that is null", { account: null }, /account is missing/],
      ["an empty account", { account: "" }, /account/],
      ["a blank account", { account: "  \n" }, /account/],
      ["an account that is a number", { account: 93 }, /account must be a string/],
      ["an account with a blank inside", { account: "a b" }, /account/],
      ["an account that would end the header", { account: "a\r\nX-Evil: 1" }, /account/],
      ["an account that is not ASCII", { account: "счёт" }, /account/],
      ["an account of 129 characters", { account: "a".repeat(129) }, /account/],
      ["no private key", { privateKey: undefined }, /privateKey is missing/],
      ["a private key that is a number", { privateKey: 31337 }, /privateKey must be a string/],
      [
        "a private key that is bytes",
        { privateKey: new TextEncoder().encode(good.privateKey) },
        /privateKey must be a string/,
      ],
      ["a password that is a number", { password: 31337 }, /password must be a string/],
      ["a password that is an object", { password: { text: 31337 } }, /password must be a string/],
      ["a password that is a String object", { password: Object("31337") }, /password must be a string/],
      ["a digest of another name", { digest: "md5" }, /sha1.*sha256/],
      ["an empty digest", { digest: "" }, /sha1.*sha256/],
      ["a digest that is a number", { digest: 1 }, /digest must be a string/],
      ["a base URL over http", { baseUrl: "http://example.com" }, /https/],
      ["a base URL over http that only begins like loopback", { baseUrl: "http://127.0.0.1.example.com" }, /https/],
      ["a base URL with a password in it", { baseUrl: "https://user:31337@example.com" }, /user name or a password/],
      ["a base URL with a query", { baseUrl: "https://example.com/?a=31337" }, /query/],
      ["a base URL with a fragment", { baseUrl: "https://example.com/#31337" }, /fragment/],
      ["a base URL without a scheme", { baseUrl: "api-merchant.alikassa.com" }, /base URL must be/],
      ["a base URL that is no URL", { baseUrl: "a b" }, /base URL must be/],
      ["an empty base URL", { baseUrl: "" }, /base URL must be/],
      ["a base URL that is a URL object", { baseUrl: new URL("https://example.com") }, /baseUrl must be a string/],
      ["another scheme", { baseUrl: "ftp://127.0.0.1" }, /base URL must be/],
      ["a fetch that is no function", { fetch: "fetch" }, /fetch must be a function/],
    ];
    for (const timeoutMs of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 600_001, "5", 5n, true, {}]) {
      refused.push([
        `a time limit of ${typeof timeoutMs} ${String(timeoutMs)}`,
        { timeoutMs },
        /timeoutMs must be a whole/,
      ]);
    }
    for (const retries of [-1, 11, 0.5, Number.NaN, "2", false]) {
      refused.push([`retries of ${typeof retries} ${String(retries)}`, { retries }, /retries must be a whole number/]);
    }

    for (const [name, wrong, message] of refused) {
      test(`are refused for ${name}`, async () => {
        const error = await context.refusalOf(() => make({ ...good, ...wrong }), "InvalidRequestError");
        assert.strictEqual(error.code, "invalid_request");
        assert.match(error.message, message);
        assert.isFalse(everythingOf(error).includes("31337"), "the value is quoted");
      });
    }

    for (const [name, options] of [
      ["undefined", undefined],
      ["null", null],
      ["a string", "options"],
    ] as const) {
      test(`are refused if they are ${name}`, async () => {
        await context.refusalOf(() => make(options), "InvalidRequestError");
      });
    }

    test("are checked before the key is opened", async () => {
      await context.refusalOf(() => make({ ...good, privateKey: "no key", retries: 11 }), "InvalidRequestError");
    });

    const accepted: readonly (readonly [string, Partial<AliKassaOptions>])[] = [
      ["the least time limit and no retries", { timeoutMs: 1, retries: 0 }],
      ["the largest time limit and the most retries", { timeoutMs: 600_000, retries: 10 }],
      ["undefined for all that may be left out", { digest: undefined, baseUrl: undefined, timeoutMs: undefined }],
      ["undefined for the rest", { retries: undefined, fetch: undefined }],
      ["blanks around the account, as people paste it", { account: ` ${account}\n` }],
      ["loopback over http: name", { baseUrl: "http://localhost:8787" }],
      ["loopback over http: IPv6", { baseUrl: "http://[::1]:8787" }],
    ];
    for (const [name, options] of accepted) {
      test(`are taken with ${name}`, () => {
        assert.strictEqual(context.client(options).keyBits, 1024);
      });
    }

    test("of the account reach the header without the blanks around it", () => {
      assert.strictEqual(
        context.client({ account: ` ${account}\n` }).signedRequest("v1/x", []).headers["Account"],
        account,
      );
    });

    test("may have a password that ends with the line break of password.txt", () => {
      for (const end of ["\n", "\r\n"])
        assert.strictEqual(context.client({ password: good.password + end }).keyBits, 1024);
    });
  });
}

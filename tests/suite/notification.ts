/** `verifyNotification`: accepts exactly what PHP verifies, in every form of its parameters. */
import { AliKassaError, VerificationError, verifyNotification } from "alikassa-edge";
import { assert } from "chai";
import { assertNoSecret, everythingOf, thrownBy } from "../fixtures/errors.ts";
import { describe, test } from "./cases.ts";
import type { SuiteContext } from "./context.ts";

/** The `VerificationError` of a call. */
async function refusalOf(call: () => unknown): Promise<VerificationError> {
  const error = await thrownBy(call);
  assert.instanceOf(error, VerificationError, everythingOf(error));
  assert.isTrue(error instanceof AliKassaError);
  assert.deepEqual([error.name, error.code], ["VerificationError", "invalid_signature"]);
  assert.isFalse("payment_status" in error);
  assert.notMatch(everythingOf(error), /unreachable|panicked|RuntimeError/);
  return error;
}

export function notificationCases(context: SuiteContext): void {
  const { archive, notifications } = context.data;
  const { pem, input: query, shown } = notifications[0] ?? assert.fail("no notification");
  const parameters = Object.fromEntries(new URLSearchParams(query));

  describe("a notification", () => {
    test("has the fields that PHP verifies, in AliKassa's order, or is refused, for every vector", async () => {
      assert.isAbove(notifications.length, 400);
      for (const row of notifications) {
        const isBody = row.input.trimStart().startsWith("{");
        const call = () => verifyNotification(isBody ? row.input : `https://shop.example/?${row.input}`, row.pem);
        if (row.shown === undefined) await refusalOf(call);
        else assert.strictEqual(JSON.stringify(call()), JSON.stringify(row.shown), row.name);
      }
    });

    const form = new FormData();
    for (const [name, value] of Object.entries(parameters)) form.append(name, value);
    const inputs: Readonly<Record<string, string | object>> = {
      "an absolute URL with a fragment": `https://shop.example/a=b?${query}#a?b=c`,
      "a URL as Node's http has it": `/hook?${query}`,
      "a URL without a path": `?${query}`,
      "a URL without a scheme": `shop.example/hook?${query}`,
      "a query string": query,
      "a query string with a question mark": `${query}&note=why?&a=b`,
      "JSON text": ` ${JSON.stringify(parameters)}\n`,
      "JSON text with a number": JSON.stringify({ ...parameters, id: 0 }).replace('"id":0', `"id":${parameters["id"]}`),
      "a URL object": new URL(`https://shop.example/hook?${query}`),
      "the URL of a Request": new Request(`https://shop.example/hook?${query}`).url,
      URLSearchParams: new URLSearchParams(query),
      FormData: form,
      "a Map": new Map(Object.entries(parameters)),
      "an array of pairs": Object.entries(parameters),
      "an object": parameters,
      "an object without a prototype": Object.assign(Object.create(null), parameters),
      "an object with other types": {
        ...parameters,
        id: Number(parameters["id"]),
        is_partial_payment: false,
        a: { b: [1] },
      },
      "an object with a bigint": { ...parameters, id: BigInt(parameters["id"] ?? "") },
      "an object with more": { ...parameters, utm_source: "a", is_final: true, new: undefined, [Symbol("s")]: 1 },
    };
    for (const [name, input] of Object.entries(inputs)) {
      test(`is accepted as ${name}`, () => assert.deepEqual<unknown>(verifyNotification(input, pem), shown));
    }

    test("is what JSON.stringify makes of an object with toJSON", () => {
      const input = { ...parameters, amount: "1", toJSON: () => parameters };
      assert.deepEqual<unknown>(verifyNotification(input, pem), shown);
    });

    for (const name of Object.keys(parameters)) {
      test(`is refused if ${name} is changed or sent twice`, async () => {
        const value = name === "id" ? "100000537" : name === "sign" ? "QUJD" : `${parameters[name]}x`;
        const changed = await refusalOf(() => verifyNotification({ ...parameters, [name]: value }, pem));
        assert.match(changed.message, /does not verify/);
        const twice = `${query}&${name}=${encodeURIComponent(parameters[name] ?? "")}`;
        for (const input of [twice, `/hook?${twice}`, new URLSearchParams(twice)])
          assert.include((await refusalOf(() => verifyNotification(input, pem))).message, `"${name}"`);
        const json = JSON.stringify(parameters).replace(/}$/, `,"${name}":${JSON.stringify(parameters[name])}}`);
        await refusalOf(() => verifyNotification(json, pem));
        await refusalOf(() => verifyNotification({ ...parameters, [name]: [parameters[name], parameters[name]] }, pem));
      });
    }

    const whole = notifications.find(({ name }) => name === "whole body: every type") ?? assert.fail("no whole body");
    test("of a whole body is refused if a field is changed, added, left out or moved", async () => {
      const parts = Object.entries(JSON.parse(whole.input) as Record<string, unknown>);
      const bodyOf = (fields: readonly (readonly [string, unknown])[]) => JSON.stringify(Object.fromEntries(fields));
      assert.deepEqual<unknown>(verifyNotification(bodyOf(parts), whole.pem), whole.shown);
      for (const [at, [name, value]] of parts.entries()) {
        if (name === "sign") continue;
        for (const changed of [
          parts.with(at, [name, typeof value === "string" ? `${value}x` : "x"]),
          parts.toSpliced(at, 1),
          parts.toSpliced(at, 0, ["more", null]),
          [...parts.toSpliced(at, 1), [name === "s" ? "S" : name, value] as const],
        ])
          await refusalOf(() => verifyNotification(bodyOf(changed), whole.pem));
      }
      // Pairs have no types.
      await refusalOf(() => verifyNotification(parts, whole.pem));
    });

    test("is refused without sign, and the error quotes no value", async () => {
      const unsigned = { ...parameters, sign: undefined, account: "4111111111111111" };
      const error = await refusalOf(() => verifyNotification(unsigned, pem));
      assert.match(error.message, /no "sign"/);
      assertNoSecret(error, pem, "4111111111111111");
    });

    const cyclic: Record<string, unknown> = {};
    cyclic["type"] = cyclic;
    const nothing: readonly unknown[] = [
      ...[
        undefined,
        null,
        true,
        5,
        5n,
        Symbol("s"),
        "",
        "?",
        "/",
        "https://shop.example/",
        "not a URL",
        "\0",
        "{}",
        "{",
      ],
      ...[{}, [], [1], [null], [[]], [["sign"]], new Map([[{}, {}]]), new Set([1]), new Date(0), () => 0, cyclic, JSON],
      ...[new URLSearchParams(), new FormData(), new URL("https://shop.example/"), { sign: {} }, { sign: null }],
      ...[{ toJSON: () => "text" }, { toJSON: () => undefined }, Object.create(parameters)],
      ...[new Proxy({}, { ownKeys: () => ["a", "a"] }), { ...parameters, desc: "half of a pair \ud800" }],
      Object.defineProperty({}, "type", { enumerable: true, get: () => assert.fail("a getter") }),
    ];
    test("is refused if it is none", async () => {
      for (const input of nothing) await refusalOf(() => verifyNotification(input as object, pem));
      assert.deepEqual<unknown>(verifyNotification(parameters, pem), shown);
    });
  });

  describe("the key of notifications", () => {
    test("may be pasted with other line breaks, blanks and quotation marks", () => {
      for (const text of [pem.replaceAll("\n", "\\n"), `\ufeff  "${pem.trim()}"`, pem.replaceAll("\n", " ")])
        assert.deepEqual<unknown>(verifyNotification(query, text), shown);
    });

    test("may be another one with each call", () => {
      const rows = notifications.filter(({ name }) => name.startsWith("the sample, "));
      assert.isAbove(rows.length, 10);
      for (const row of [...rows, ...rows.toReversed()])
        assert.deepEqual<unknown>(verifyNotification(row.input, row.pem), row.shown);
    });

    test("is refused if it is no public key, and is not quoted", async () => {
      for (const key of ["", "public.pem", "\ud800", pem.slice(0, 60)]) {
        const error = await context.refusalOf(() => verifyNotification(query, key), "KeyError");
        assert.strictEqual(error.code, "bad_key");
      }
      const { message } = await context.refusalOf(() => verifyNotification(query, archive.privatePem), "KeyError");
      assert.match(message, /private key/);
      for (const key of [undefined, null, 5, {}, new TextEncoder().encode(pem)] as unknown as string[]) {
        const error = await context.refusalOf(() => verifyNotification(query, key), "InvalidRequestError");
        assert.match(error.message, /text of public\.pem/);
      }
    });
  });
}

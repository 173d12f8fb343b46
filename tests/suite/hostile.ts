/** Hostile input: a clear error, and a client that works afterwards. */
import { AliKassa, type AliKassaOptions, KeyError, type PayoutQuery } from "alikassa-edge";
import { assert } from "chai";
import { everythingOf, thrownBy } from "../fixtures/errors.ts";
import { answering, PAID } from "../fixtures/mock-api.ts";
import { describe, test as plainTest } from "./cases.ts";
import { base64Of, type SuiteContext } from "./context.ts";

/** Asserts that an error is not a panic of the module. */
function assertNoPanic(error: unknown): void {
  assert.isFalse(error instanceof Error && error.name === "RuntimeError", everythingOf(error));
  assert.notMatch(
    everythingOf(error),
    /unreachable executed|panicked|recursive use|while it was borrowed|null pointer/,
  );
}

function pem(der: readonly number[]): string {
  return `-----BEGIN PRIVATE KEY-----\n${base64Of(der)}\n-----END PRIVATE KEY-----\n`;
}

export function hostileCases(context: SuiteContext): void {
  const { account, archive } = context.data;
  const alikassa = context.client();
  const signature = alikassa.sign("[]");
  const test = (name: string, run: () => unknown): void =>
    plainTest(name, async () => {
      await run();
      assert.strictEqual(alikassa.sign("[]"), signature);
    });

  describe("hostile inputs do not end the module", () => {
    const pems: Readonly<Record<string, string>> = {
      "ten megabytes of nothing": " ".repeat(10 << 20),
      "a megabyte of BEGIN lines": "-----BEGIN PRIVATE KEY-----\n".repeat(40_000),
      "a megabyte of base64": `-----BEGIN PRIVATE KEY-----\n${"QUJD".repeat(250_000)}\n-----END PRIVATE KEY-----`,
      "a DER length of 4 GiB": pem([0x30, 0x84, 0xff, 0xff, 0xff, 0xff]),
      "a DER without end": pem([0x30, 0x80, 0x30, 0x80]),
      "sequences within each other": pem(
        Array.from({ length: 20_000 }, (_, at) => [0x30, 0x82, 0xff, 0xff][at % 4] ?? 0),
      ),
      "half of a surrogate pair": archive.privatePem.replace("\n", "\n\ud800"),
      NULs: "\0".repeat(1000),
      "the key twice, mixed": archive.privatePem.replaceAll("\n", `\n${archive.privatePem}`),
    };
    for (const [name, privateKey] of Object.entries(pems)) {
      test(`as a private key: ${name}`, async () => {
        try {
          context.client({ privateKey });
        } catch (error) {
          assert.instanceOf(error, KeyError, everythingOf(error));
          assertNoPanic(error);
        }
      });
    }

    test("as a password: ten megabytes, and half of a surrogate pair", async () => {
      for (const password of ["x".repeat(10 << 20), "\ud800", "\0"]) {
        await context.refusalOf(() => context.client({ password }), "KeyError");
      }
    });

    const mine = new Error("mine");
    const throwing = (): never => {
      throw mine;
    };
    const queries: Readonly<Record<string, () => unknown>> = {
      "a getter that throws": () => Object.defineProperty({}, "id", { enumerable: true, get: throwing }),
      "a Proxy that throws": () => new Proxy({}, { ownKeys: throwing }),
      "a revoked Proxy": () => {
        const { proxy, revoke } = Proxy.revocable({}, {});
        revoke();
        return proxy;
      },
      "an id whose toString throws": () => ({ id: { toString: throwing, valueOf: throwing } }),
      "ten thousand properties": () => Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`p${at}`, at])),
      "an id of ten megabytes": () => ({ id: "1".repeat(10 << 20) }),
      "a property of ten megabytes": () => ({ ["x".repeat(10 << 20)]: "1" }),
    };
    for (const [name, query] of Object.entries(queries)) {
      test(`as a query: ${name}`, async () => {
        const { fetch, count } = answering(PAID);
        const asked = context.client({ fetch });
        const error = await thrownBy(() => asked.payoutStatus(query() as PayoutQuery));
        assertNoPanic(error);
        assert.strictEqual(count(), 0);
        // An exception must not keep the client borrowed.
        assert.doesNotThrow(() => asked[Symbol.dispose]());
      });
    }

    test("as a query: a getter that asks the same client", async () => {
      const asked = context.client(answering(PAID));
      let inner: Promise<unknown> = Promise.resolve();
      const query = {
        get id(): string {
          inner = asked.payoutStatus({ id: "1" });
          asked.sign("[]");
          return "1";
        },
      };
      assert.strictEqual((await asked.payoutStatus(query)).payment_status, "paid");
      assert.deepEqual(await inner, { payment_status: "paid", id: "1", is_final: true });
    });

    test("as options: getters that throw", async () => {
      for (const name of ["account", "privateKey", "password", "digest", "baseUrl", "timeoutMs", "retries", "fetch"]) {
        const options = { account, privateKey: archive.privatePem, password: archive.password };
        Object.defineProperty(options, name, { get: throwing });
        const error = await thrownBy(() => new AliKassa(options as AliKassaOptions));
        assertNoPanic(error);
      }
    });

    test("as a fetch: one that asks the same client", async () => {
      let depth = 0;
      const asked = context.client({
        fetch: async () => {
          depth += 1;
          if (depth < 5) await asked.payoutStatus({ id: "1" });
          return new Response(PAID);
        },
      });
      assert.strictEqual((await asked.payoutStatus({ id: "1" })).payment_status, "paid");
      assert.strictEqual(depth, 5);
    });

    const answers: Readonly<Record<string, string>> = {
      "an id of sixty thousand digits": `{"payment_status":"paid","id":${"1".repeat(60_000)}}`,
      "an exponent": '{"payment_status":"paid","id":1e0}',
      "sixty thousand brackets": "[".repeat(60_000),
      "ten thousand fields": `{"payment_status":"paid","id":"2"${',"":1'.repeat(10_000)}}`,
      "half of a surrogate pair in a status": '{"payment_status":"\\ud800","id":"1"}',
      "an escaped duplicate": '{"payment_status":"paid","payment\\u005fstatus":"fail","id":"1"}',
      "an empty status": '{"payment_status":"","id":"1"}',
      "a status of null": '{"payment_status":null,"id":"1"}',
      NULs: "\0".repeat(60_000),
    };
    for (const [name, json] of Object.entries(answers)) {
      test(`as an answer: ${name}`, async () => {
        const error = await context.unknownOf(() => context.client(answering(json)).payoutStatus({ id: "1" }));
        assert.strictEqual(error.code, "upstream_invalid");
        assertNoPanic(error);
      });
    }

    test("as a refusal: payment_status in every place that is passed on", async () => {
      const json =
        '{"payment_status":"fail","message":["x"],"errors":{"payment_status":["fail"],"a":{"payment_status":"fail"}}}';
      const error = await context.unknownOf(() => context.client(answering(json, 400)).payoutStatus({ id: "1" }));
      assert.deepEqual([error.upstreamMessage, error.errors], [undefined, undefined]);
    });

    test("as a refusal: errors with a field named __proto__", async () => {
      const json = '{"message":"m","errors":{"__proto__":["x"],"constructor":["y"]}}';
      const error = await context.unknownOf(() => context.client(answering(json, 400)).payoutStatus({ id: "1" }));
      assert.strictEqual(Object.getPrototypeOf(error.errors), Object.prototype);
      assert.strictEqual(Object.hasOwn(error.errors ?? {}, "constructor"), true);
    });
  });
}

/** A custom `fetch`. */
import { assert } from "chai";
import { everythingOf } from "../fixtures/errors.ts";
import { answering, sending, WAIT } from "../fixtures/mock-api.ts";
import { describe, test } from "./cases.ts";
import type { SuiteContext } from "./context.ts";

export function fetchCases(context: SuiteContext): void {
  const { account, archive } = context.data;

  describe("a custom fetch", () => {
    test("is called once with the URL and all that makes the request", async () => {
      const calls: [unknown, RequestInit][] = [];
      const send = sending(async (url, init) => {
        calls.push([url, init]);
        return new Response(WAIT);
      });
      await context.client({ fetch: send }).payoutStatus({ id: "1" });
      const [[url, init] = assert.fail(), ...more] = calls;
      assert.deepEqual(more, []);
      assert.strictEqual(url, "https://api-merchant.alikassa.com/v1/payout/status");
      assert.deepEqual([init.method, init.body, init.redirect], ["POST", '{"id":"1"}', "manual"]);
      const headers = new Headers(init.headers);
      assert.strictEqual(headers.get("account"), account);
      assert.strictEqual(headers.get("sign"), context.client().sign('{"id":"1"}'));
      assert.isOk(init.signal instanceof AbortSignal);
    });

    test("is called without a receiver that would betray or break anything", async () => {
      let receiver: unknown;
      const send = function (this: unknown): Promise<Response> {
        receiver = this;
        return Promise.resolve(new Response(WAIT));
      };
      await context.client({ fetch: send }).payoutStatus({ id: "1" });
      assert.isOk(receiver === undefined || receiver === globalThis);
    });

    const secrets = `${archive.password} Bearer 31337 ${archive.privatePem}`;
    const failing: Readonly<Record<string, typeof fetch>> = {
      "throws at once": sending(() => {
        throw new Error(secrets);
      }),
      "rejects with secrets in its message": sending(() => Promise.reject(new TypeError(secrets))),
      "rejects with a string": sending(() => Promise.reject(secrets)),
      "rejects with undefined": sending(() => Promise.reject(undefined)),
      "rejects with secrets in the cause": sending(() =>
        Promise.reject(new Error("failed", { cause: Object.assign(new Error(secrets), { code: secrets }) })),
      ),
      "rejects with an object that throws when it is looked at": sending(() =>
        Promise.reject(
          new Proxy(
            {},
            {
              get() {
                throw new Error(secrets);
              },
            },
          ),
        ),
      ),
      "answers with a body that breaks off": sending(
        async () => new Response(new ReadableStream({ pull: (controller) => controller.error(new Error(secrets)) })),
      ),
      "answers with a body of strings": sending(
        async () =>
          new Response(
            new ReadableStream({ start: (controller) => controller.enqueue("text" as unknown as Uint8Array) }),
          ),
      ),
    };
    for (const [name, send] of Object.entries(failing)) {
      test(`that ${name} leaves the state unknown, and the error quotes nothing`, async () => {
        const error = await context.unknownOf(() =>
          context.client({ fetch: send, timeoutMs: 2000 }).payoutStatus({ id: "1" }),
        );
        assert.strictEqual(error.code, "upstream_unreachable");
        assert.isFalse(everythingOf(error).includes("31337"));
      });
    }

    test("that rejects with the system's word for it has that word in the error", async () => {
      const cause = Object.assign(new Error("connect"), { code: "ECONNRESET" });
      const send = sending(() => Promise.reject(new TypeError("fetch failed", { cause })));
      const error = await context.unknownOf(() => context.client({ fetch: send }).payoutStatus({ id: "1" }));
      assert.match(error.message, /ECONNRESET/);
    });

    test("that fails is asked again, as often as the built-in one", async () => {
      let count = 0;
      const send = sending(() => {
        count += 1;
        return Promise.reject(new Error("broken"));
      });
      const error = await context.unknownOf(() =>
        context.client({ fetch: send, retries: 2 }).payoutStatus({ id: "1" }),
      );
      assert.deepEqual([count, error.attempts], [3, 3]);
    });

    const bodiless: Readonly<Record<string, () => Response>> = {
      null: () => new Response(null),
      "an empty string": () => new Response(""),
    };
    for (const [name, respond] of Object.entries(bodiless)) {
      test(`that answers 200 with a body of ${name} leaves the state unknown`, async () => {
        const error = await context.unknownOf(() =>
          context.client({ fetch: sending(async () => respond()) }).payoutStatus({ id: "1" }),
        );
        assert.deepEqual([error.code, error.upstreamStatus], ["upstream_invalid", 200]);
      });
    }

    test("that hides a redirection, as a browser does, leaves the state unknown", async () => {
      const error = await context.unknownOf(() =>
        context.client({ fetch: sending(async () => Response.error()) }).payoutStatus({ id: "1" }),
      );
      assert.deepEqual([error.code, error.retryable], ["upstream_status", false]);
    });

    test("that answers with a redirection is not followed", async () => {
      let count = 0;
      const send = sending(async () => {
        count += 1;
        return Response.redirect("https://evil.example/v1/payout/status", 307);
      });
      const error = await context.unknownOf(() => context.client({ fetch: send }).payoutStatus({ id: "1" }));
      assert.deepEqual([error.upstreamStatus, count], [307, 1]);
    });

    test("that answers in many pieces is put together, inside of a character too", async () => {
      const bytes = new TextEncoder().encode('{"payment_status":"wait","id":"1","note":"Ёж 🔑"}');
      const body = new ReadableStream({
        start(controller) {
          for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
          controller.close();
        },
      });
      const payout = await context.client({ fetch: sending(async () => new Response(body)) }).payoutStatus({ id: "1" });
      assert.strictEqual(payout["note"], "Ёж 🔑");
    });

    test("that answers with 64 KiB is read, and with one byte more is not", async () => {
      const padded = (length: number) => WAIT + " ".repeat(length - WAIT.length);
      assert.strictEqual(
        (await context.client(answering(padded(65_536))).payoutStatus({ id: "1" })).payment_status,
        "wait",
      );
      const error = await context.unknownOf(() => context.client(answering(padded(65_537))).payoutStatus({ id: "1" }));
      assert.strictEqual(error.code, "upstream_invalid");
    });
  });
}

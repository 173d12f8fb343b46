/** A `fetch` of the caller's own, however it behaves. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runInNewContext } from "node:vm";
import { runModule } from "./installed.ts";
import { ACCOUNT, answering, archive, assertTellsNothing, client, everythingOf, unknownOf } from "./support.ts";

const PAYOUT = '{"payment_status":"wait","id":"1"}';

/** A `fetch` that does this, whatever its type says. */
function sending(send: (url: string, init: RequestInit) => unknown): typeof fetch {
  return send as unknown as typeof fetch;
}

describe("a fetch of the caller's own", () => {
  test("is called once with the URL and all that makes the request", async () => {
    const calls: [unknown, RequestInit][] = [];
    const send = sending(async (url, init) => {
      calls.push([url, init]);
      return new Response(PAYOUT);
    });
    await client({ fetch: send }).payoutStatus({ id: "1" });
    const [[url, init] = assert.fail(), ...more] = calls;
    assert.deepEqual(more, []);
    assert.equal(url, "https://api-merchant.alikassa.com/v1/payout/status");
    assert.deepEqual([init.method, init.body, init.redirect], ["POST", '{"id":"1"}', "manual"]);
    const headers = new Headers(init.headers);
    assert.equal(headers.get("account"), ACCOUNT);
    assert.equal(headers.get("sign"), client().sign('{"id":"1"}'));
    assert.ok(init.signal instanceof AbortSignal);
  });

  test("is called without a receiver that would betray or break anything", async () => {
    let receiver: unknown;
    const send = function (this: unknown): Promise<Response> {
      receiver = this;
      return Promise.resolve(new Response(PAYOUT));
    };
    await client({ fetch: send }).payoutStatus({ id: "1" });
    assert.ok(receiver === undefined || receiver === globalThis);
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
    test(`that ${name} leaves the state unknown, and passes nothing of it on`, async () => {
      const error = await unknownOf(() => client({ fetch: send, timeoutMs: 2000 }).payoutStatus({ id: "1" }));
      assert.equal(error.code, "upstream_unreachable");
      assertTellsNothing(error, archive.privatePem, archive.password);
      assert.ok(!everythingOf(error).includes("31337"));
    });
  }

  test("that rejects with the system's word for it has that word in the error", async () => {
    const cause = Object.assign(new Error("connect"), { code: "ECONNRESET" });
    const send = sending(() => Promise.reject(new TypeError("fetch failed", { cause })));
    const error = await unknownOf(() => client({ fetch: send }).payoutStatus({ id: "1" }));
    assert.match(error.message, /ECONNRESET/);
  });

  test("that fails is asked again, as often as the built-in one", async () => {
    let count = 0;
    const send = sending(() => {
      count += 1;
      return Promise.reject(new Error("broken"));
    });
    const error = await unknownOf(() => client({ fetch: send, retries: 2 }).payoutStatus({ id: "1" }));
    assert.deepEqual([count, error.attempts], [3, 3]);
  });

  const bodiless: Readonly<Record<string, () => Response>> = {
    null: () => new Response(null),
    "an empty string": () => new Response(""),
  };
  for (const [name, respond] of Object.entries(bodiless)) {
    test(`that answers 200 with a body of ${name} leaves the state unknown`, async () => {
      const error = await unknownOf(() => client({ fetch: sending(async () => respond()) }).payoutStatus({ id: "1" }));
      assert.deepEqual([error.code, error.upstreamStatus], ["upstream_invalid", 200]);
    });
  }

  test("that hides a redirection, as a browser does, leaves the state unknown", async () => {
    const error = await unknownOf(() =>
      client({ fetch: sending(async () => Response.error()) }).payoutStatus({ id: "1" }),
    );
    assert.deepEqual([error.code, error.retryable], ["upstream_status", false]);
  });

  test("that answers with a redirection is not followed", async () => {
    let count = 0;
    const send = sending(async () => {
      count += 1;
      return Response.redirect("https://evil.example/v1/payout/status", 307);
    });
    const error = await unknownOf(() => client({ fetch: send }).payoutStatus({ id: "1" }));
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
    const payout = await client({ fetch: sending(async () => new Response(body)) }).payoutStatus({ id: "1" });
    assert.equal(payout["note"], "Ёж 🔑");
  });

  test("that answers with 64 KiB is read, and with one byte more is not", async () => {
    const padded = (length: number) => PAYOUT + " ".repeat(length - PAYOUT.length);
    assert.equal((await client(answering(padded(65_536))).payoutStatus({ id: "1" })).payment_status, "wait");
    const error = await unknownOf(() => client(answering(padded(65_537))).payoutStatus({ id: "1" }));
    assert.equal(error.code, "upstream_invalid");
  });

  test("that promises in another realm, as Jest's environment has it, is understood", async () => {
    const foreign = runInNewContext("(work) => new Promise((resolve, reject) => work().then(resolve, reject))") as (
      work: () => Promise<Response>,
    ) => Promise<Response>;
    const send = sending(() => foreign(async () => new Response(PAYOUT)));
    assert.equal((await client({ fetch: send }).payoutStatus({ id: "1" })).payment_status, "wait");
  });

  // Each in a program of its own, since what goes wrong here might take the whole process with it.
  const broken: Readonly<Record<string, string>> = {
    "answers with undefined": "async () => undefined",
    "answers with null": "async () => null",
    "answers with an empty object": "async () => ({})",
    "answers with a body that is a string": "async () => ({ status: 200, headers: new Headers(), body: 'text' })",
    "answers with a response that it has read already":
      "async () => { const response = new Response('{}'); await response.text(); return response; }",
    "answers with a response whose body is locked":
      "async () => { const response = new Response('{}'); response.body.getReader(); return response; }",
    "answers with a response that throws when it is looked at":
      "async () => new Proxy({}, { get(_target, name) { if (name !== 'then') throw new Error('no'); } })",
  };
  describe("that is broken", { concurrency: 2 }, () => {
    for (const [name, send] of Object.entries(broken)) {
      test(`and ${name} leaves the state unknown, and the process alive`, async () => {
        const source = `import { AliKassa } from "alikassa-edge";
          const { PEM: privateKey, PASSWORD: password } = process.env;
          const alikassa = new AliKassa({ account: "${ACCOUNT}", privateKey, password, retries: 0, timeoutMs: 1000, fetch: ${send} });
          const watch = setTimeout(() => { console.log("hangs"); process.exit(3); }, 3000);
          await alikassa.payoutStatus({ id: "1" }).catch((error) => console.log(error.name, error.code));
          clearTimeout(watch);
          console.log(alikassa.sign("[]").length);`;
        const ended = await runModule(source, { PEM: archive.privatePem, PASSWORD: archive.password });
        assert.equal(ended.stderr, "");
        assert.match(ended.stdout, /^GatewayError upstream_(unreachable|invalid|status)\n172\n$/);
        assert.equal(ended.status, 0);
      });
    }
  });
});

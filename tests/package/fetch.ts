/** A custom `fetch` of another realm, or one that is broken in ways that could end the process. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runInNewContext } from "node:vm";
import { ACCOUNT, archive } from "../fixtures/keys.ts";
import { WAIT } from "../fixtures/mock-api.ts";
import { context } from "./context.ts";
import { runModule } from "./installed.ts";

describe("a custom fetch", () => {
  test("may return a promise of another realm, as in Jest's environment", async () => {
    const foreign = runInNewContext("(work) => new Promise((resolve, reject) => work().then(resolve, reject))") as (
      work: () => Promise<Response>,
    ) => Promise<Response>;
    const send: typeof fetch = () => foreign(async () => new Response(WAIT));
    assert.equal((await context.client({ fetch: send }).payoutStatus({ id: "1" })).payment_status, "wait");
  });

  const responding = (body: string) => `async () => ({ status: 200, headers: new Headers(), body: ${body} })`;
  const reading = (reader: string) => responding(`{ getReader: () => (${reader}) }`);
  const LONG = "({ value: new Uint8Array(65_537) })";
  const throwing = "() { throw new Error('no'); }";

  // Each in a process of its own, which a fault could end.
  const broken: Readonly<Record<string, string>> = {
    "answers with undefined": "async () => undefined",
    "answers with null": "async () => null",
    "answers with an empty object": "async () => ({})",
    "answers with a promise whose then throws": `() => Object.assign(Promise.resolve(new Response("{}")), { then${throwing} })`,
    "answers with a body that is a string": responding("'text'"),
    "answers with a response that it has read already":
      "async () => { const response = new Response('{}'); await response.text(); return response; }",
    "answers with a response whose body is locked":
      "async () => { const response = new Response('{}'); response.body.getReader(); return response; }",
    "answers with a response that throws when it is looked at":
      "async () => new Proxy({}, { get(_target, name) { if (name !== 'then') throw new Error('no'); } })",
    "answers with a body too long, whose cancelling rejects": `async () => new Response(new ReadableStream({
      start: (controller) => controller.enqueue(new Uint8Array(65_537)), cancel: () => Promise.reject(new Error("no")) }))`,
    "answers with a body too long, whose cancelling throws": reading(
      `{ read: async () => ${LONG}, cancel${throwing} }`,
    ),
    "answers with a body too long that can't be cancelled": reading(`{ read: async () => ${LONG} }`),
    "answers with a body without a reader": reading("undefined"),
    "answers with a body whose reader can't read": reading("{}"),
    "answers with a body whose reader throws": reading(`{ read${throwing} }`),
    "answers with a body whose reader promises nothing": reading("{ read: () => undefined }"),
    "answers with a body whose reader's promise throws": reading(
      `{ read: () => Object.assign(Promise.resolve(), { then${throwing} }) }`,
    ),
    "answers with a body whose pieces throw": reading(`{ read: async () => ({ get done${throwing} }) }`),
    "answers with a body whose bytes were transferred": reading(`{ read: async () => {
      const value = new Uint8Array(9); structuredClone(value.buffer, { transfer: [value.buffer] }); return { value }; } }`),
    "answers with a body whose bytes are behind a Proxy": reading(
      "{ read: async () => ({ value: new Proxy(new Uint8Array(9), {}) }) }",
    ),
    "answers with a body of nothing, for ever": reading("{ read: async () => ({ value: new Uint8Array() }) }"),
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

/** A `fetch` of the caller's own that belongs to another realm, or might take the process with it. The rest is in tests/suite. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runInNewContext } from "node:vm";
import { runModule } from "./installed.ts";
import { ACCOUNT, archive, client } from "./support.ts";

const PAYOUT = '{"payment_status":"wait","id":"1"}';

describe("a fetch of the caller's own", () => {
  test("that promises in another realm, as Jest's environment has it, is understood", async () => {
    const foreign = runInNewContext("(work) => new Promise((resolve, reject) => work().then(resolve, reject))") as (
      work: () => Promise<Response>,
    ) => Promise<Response>;
    const send: typeof fetch = () => foreign(async () => new Response(PAYOUT));
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

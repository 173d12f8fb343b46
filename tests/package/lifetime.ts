/** From the making of a client to its end, and the end of the process: what a process can be asked about. The rest is in tests/suite. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runModule } from "./installed.ts";
import { ACCOUNT, archive, client, everythingOf, suiteSandbox, vectorFile } from "./support.ts";

const PAYOUT = '{"payment_status":"paid","id":"1"}';

describe("a client that is disposed of", () => {
  test("is disposed of where a using declaration ends", async () => {
    const source = `import { AliKassa } from "alikassa-edge";
      const { PEM: privateKey, PASSWORD: password } = process.env;
      let kept;
      { using alikassa = new AliKassa({ account: "${ACCOUNT}", privateKey, password }); kept = alikassa; kept.sign("[]"); }
      try { kept.sign("[]"); console.log("still there"); } catch { console.log("gone"); }`;
    const ended = await runModule(source, { PEM: archive.privatePem, PASSWORD: archive.password });
    assert.deepEqual(ended, { status: 0, stdout: "gone\n", stderr: "" });
  });
});

describe("the memory of the module", { concurrency: 2 }, () => {
  /** A program that does something 100 times, and then 1000 times, and prints by how many bytes the memory grew then. */
  const program = (turn: string) => `import { setFlagsFromString } from "node:v8";
    import { runInNewContext } from "node:vm";
    let memory;
    WebAssembly.Instance = class extends WebAssembly.Instance {
      constructor(...given) { super(...given); memory = this.exports.memory; }
    };
    const { AliKassa } = await import("alikassa-edge");
    setFlagsFromString("--expose-gc");
    const gc = runInNewContext("gc");
    const options = { account: "${ACCOUNT}", privateKey: process.env.PEM, retries: 0 };
    const payout = async () => new Response('${PAYOUT}');
    const hang = (_url, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    const alikassa = new AliKassa({ ...options, fetch: payout });
    const failing = new AliKassa({ ...options, fetch: () => Promise.reject(new Error("broken")) });
    const hanging = new AliKassa({ ...options, fetch: hang });
    const body = () => new ReadableStream({ start: (to) => to.enqueue(new Uint8Array(65_537)), cancel: () => new Promise(() => {}) });
    const long = new AliKassa({ ...options, fetch: async () => new Response(body()) });
    async function turns(count) {
      for (let turn = 0; turn < count; turn++) {
        ${turn};
        if (turn % 50 === 0) { gc(); await new Promise(setImmediate); }
      }
      return memory.buffer.byteLength;
    }
    const before = await turns(100);
    console.log(await turns(1000) - before);`;

  const given: Readonly<Record<string, string>> = {
    "clients that are disposed of": "new AliKassa(options)[Symbol.dispose]()",
    "clients that are only forgotten": "new AliKassa(options).keyBits",
    "keys that do not open": 'try { new AliKassa({ ...options, privateKey: "no key" }) } catch {}',
    "calls that went well": 'await alikassa.payoutStatus({ id: "1" })',
    "many payouts": 'for await (const _ of alikassa.payoutStatuses([{ id: "1" }, { id: "2" }, { id: "" }]));',
    "payouts that are not waited for any longer": `const controller = new AbortController();
        const onUpdate = () => controller.abort();
        await failing.waitForPayout({ id: "1" }, { signal: controller.signal, onUpdate }).catch(() => {})`,
    "calls that were refused": 'await alikassa.payoutStatus({ id: "" }).catch(() => {})',
    "calls that failed": 'await failing.payoutStatus({ id: "1" }).catch(() => {})',
    "bodies that are too long, and whose cancelling never ends": 'await long.payoutStatus({ id: "1" }).catch(() => {})',
    "calls that were given up": `const controller = new AbortController();
        const calling = hanging.payoutStatus({ id: "1" }, { signal: controller.signal }).catch(() => {});
        controller.abort();
        await calling`,
  };
  for (const [name, turn] of Object.entries(given)) {
    test(`does not fill up with ${name}`, async () => {
      const ended = await runModule(program(turn), { PEM: vectorFile("keys/plain-1024.pem") });
      assert.deepEqual([ended.status, ended.stderr], [0, ""]);
      // Memory grows by pages of 64 KiB: one is chance, two are a leak of a hundred bytes each time.
      assert.ok(Number(ended.stdout) <= 65_536, `${ended.stdout} bytes`);
    });
  }
});

describe("the stack of the module", () => {
  test("does not fill up with queries whose getter throws, fifty thousand times", async () => {
    // In a program of its own, since a stack that leaks would take all other clients with it.
    const source = `import { AliKassa } from "alikassa-edge";
      const { PEM: privateKey, PASSWORD: password } = process.env;
      const alikassa = new AliKassa({ account: "${ACCOUNT}", privateKey, password });
      const query = { get id() { throw new Error("mine"); } };
      for (let turn = 0; turn < 50_000; turn++) await alikassa.payoutStatus(query).catch(() => {});
      console.log(alikassa.sign("[]"));`;
    const ended = await runModule(source, { PEM: archive.privatePem, PASSWORD: archive.password });
    assert.deepEqual(ended, { status: 0, stdout: `${client().sign("[]")}\n`, stderr: "" });
  });
});

describe("a client that is looked at", () => {
  test("shows neither key nor password nor anything of the module's inside", () => {
    const alikassa = client();
    const shown = everythingOf(alikassa);
    assert.ok(!shown.includes(archive.password));
    assert.doesNotMatch(shown, /PRIVATE KEY|__wbg_ptr/);
    assert.equal(JSON.stringify(alikassa), "{}");
    assert.deepEqual(Reflect.ownKeys(alikassa), []);
  });
});

describe("a program that asks once", { concurrency: 2 }, () => {
  const sandbox = suiteSandbox();
  const program = (call: string) => `import { AliKassa } from "alikassa-edge";
    const { PEM: privateKey, PASSWORD: password, BASE_URL: baseUrl } = process.env;
    const alikassa = new AliKassa({ account: "${ACCOUNT}", privateKey, password, baseUrl, timeoutMs: 20_000 });
    const signal = new AbortController().signal;
    await ${call};
    const asked = Date.now();
    process.once("exit", () => console.log(Date.now() - asked));`;

  const calls: Readonly<Record<string, string>> = {
    "after a payout": 'alikassa.payoutStatus({ id: "100000536" }, { signal })',
    "after an error": 'alikassa.payoutStatus({ orderId: "fault-500" }, { signal }).catch(() => {})',
    "after a call that was given up":
      'alikassa.payoutStatus({ orderId: "fault-hang" }, { signal: AbortSignal.timeout(200) }).catch(() => {})',
    "after a body without end": 'alikassa.payoutStatus({ orderId: "fault-endless" }).catch(() => {})',
  };
  for (const [name, call] of Object.entries(calls)) {
    test(`ends by itself and at once ${name}: no timer keeps Node running`, async () => {
      const env = { PEM: archive.privatePem, PASSWORD: archive.password, BASE_URL: sandbox().url };
      const { status, stdout, stderr } = await runModule(program(call), env);
      assert.deepEqual([status, stderr], [0, ""]);
      assert.ok(Number(stdout) < 2500, `${stdout} ms`);
    });
  }
});

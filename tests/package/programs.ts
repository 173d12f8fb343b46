/** Programs with the installed package: what they leave in memory, and when they end. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ACCOUNT, archive } from "../fixtures/keys.ts";
import { useSandbox } from "../fixtures/sandbox.ts";
import { vectorFile } from "../fixtures/vectors.ts";
import { context } from "./context.ts";
import { runModule } from "./installed.ts";

const PAYOUT = '{"payment_status":"paid","id":"1"}';
const SECRETS = { PEM: archive.privatePem, PASSWORD: archive.password };

/** The beginning of a program, with the options of a client. */
const BEGIN = `import { AliKassa } from "alikassa-edge";
  const { PEM: privateKey, PASSWORD: password, BASE_URL: baseUrl } = process.env;
  const options = { account: "${ACCOUNT}", privateKey, password, baseUrl };`;

test("a using declaration closes the client", async () => {
  const source = `${BEGIN}
    let kept;
    { using alikassa = new AliKassa(options); kept = alikassa; kept.sign("[]"); }
    try { kept.sign("[]"); } catch (error) { console.log(error.code); }`;
  assert.deepEqual(await runModule(source, SECRETS), { status: 0, stdout: "disposed\n", stderr: "" });
});

describe("the memory of the module", { concurrency: 2 }, () => {
  /** A program that does something 100 times and then 1000 times, and prints the growth of the memory in bytes. */
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
    "closed clients": "new AliKassa(options)[Symbol.dispose]()",
    "clients that are not closed": "new AliKassa(options).keyBits",
    "keys that do not open": 'try { new AliKassa({ ...options, privateKey: "no key" }) } catch {}',
    "successful calls": 'await alikassa.payoutStatus({ id: "1" })',
    "many payouts": 'for await (const _ of alikassa.payoutStatuses([{ id: "1" }, { id: "2" }, { id: "" }]));',
    "aborted waits": `const controller = new AbortController();
        const onUpdate = () => controller.abort();
        await failing.waitForPayout({ id: "1" }, { signal: controller.signal, onUpdate }).catch(() => {})`,
    "refused calls": 'await alikassa.payoutStatus({ id: "" }).catch(() => {})',
    "failed calls": 'await failing.payoutStatus({ id: "1" }).catch(() => {})',
    "bodies that are too long and can't be cancelled": 'await long.payoutStatus({ id: "1" }).catch(() => {})',
    "aborted calls": `const controller = new AbortController();
        const calling = hanging.payoutStatus({ id: "1" }, { signal: controller.signal }).catch(() => {});
        controller.abort();
        await calling`,
  };
  for (const [name, turn] of Object.entries(given)) {
    test(`does not grow with ${name}`, async () => {
      const ended = await runModule(program(turn), { PEM: vectorFile("keys/plain-1024.pem") });
      assert.deepEqual([ended.status, ended.stderr], [0, ""]);
      // Memory grows by pages of 64 KiB: two pages are a leak of a hundred bytes each time.
      assert.ok(Number(ended.stdout) <= 65_536, `${ended.stdout} bytes`);
    });
  }
});

test("the stack of the module does not grow with failing queries", async () => {
  const source = `${BEGIN}
    const alikassa = new AliKassa(options);
    const query = { get id() { throw new Error("mine"); } };
    for (let turn = 0; turn < 50_000; turn++) await alikassa.payoutStatus(query).catch(() => {});
    console.log(alikassa.sign("[]"));`;
  const stdout = `${context.client().sign("[]")}\n`;
  assert.deepEqual(await runModule(source, SECRETS), { status: 0, stdout, stderr: "" });
});

describe("a program ends at once, without a timer that keeps Node running", { concurrency: 2 }, () => {
  const sandbox = useSandbox();
  const program = (call: string) => `${BEGIN}
    const alikassa = new AliKassa({ ...options, timeoutMs: 20_000 });
    const inTurn = (...statuses) => new AliKassa({ ...options, fetch: async () =>
      Response.json({ payment_status: statuses.length > 1 ? statuses.shift() : statuses[0], id: "1" }) });
    const controller = new AbortController();
    const { signal } = controller;
    const { payment_status, code } = await ${call}.catch((error) => error);
    const ended = Date.now();
    process.once("exit", () => console.log(payment_status ?? code, Date.now() - ended < 2000));`;

  const calls: Readonly<Record<string, readonly [call: string, said: string]>> = {
    "a payout": ['alikassa.payoutStatus({ id: "100000536" }, { signal })', "paid"],
    "an error": ['alikassa.payoutStatus({ order_id: "fault-500" }, { signal })', "upstream_status"],
    "an aborted call": [
      'alikassa.payoutStatus({ order_id: "fault-hang" }, { signal: AbortSignal.timeout(200) })',
      "aborted",
    ],
    "a body without end": ['alikassa.payoutStatus({ order_id: "fault-endless" })', "upstream_invalid"],
    waiting: ['inTurn("wait", "wait", "paid").waitForPayout({ id: "1" }, { signal, intervalMs: 100 })', "paid"],
    "a wait past its time limit": [
      'inTurn("wait").waitForPayout({ id: "1" }, { signal, timeoutMs: 100 })',
      "wait_timeout",
    ],
    "a wait that is aborted in a pause": [
      'inTurn("wait").waitForPayout({ id: "1" }, { signal, intervalMs: 60_000, onUpdate: () => setTimeout(() => controller.abort(), 50) })',
      "aborted",
    ],
    "leaving the loop over many payouts": [
      `(async () => { for await (const { payout } of alikassa.payoutStatuses(
        [{ id: "100000536" }, ...Array(20).fill({ order_id: "fault-hang" })])) return payout; })()`,
      "paid",
    ],
  };
  for (const [name, [call, said]] of Object.entries(calls)) {
    test(`after ${name}`, async () => {
      const ended = await runModule(program(call), { ...SECRETS, BASE_URL: sandbox().baseUrl });
      assert.deepEqual(ended, { status: 0, stdout: `${said} true\n`, stderr: "" });
    });
  }
});

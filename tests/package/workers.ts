/** A client in a user's Worker, kept between requests. */
import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { copyFile, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Miniflare } from "miniflare";
import { ACCOUNT, archive } from "../fixtures/keys.ts";
import { useSandbox } from "../fixtures/sandbox.ts";
import { context } from "./context.ts";
import { project } from "./installed.ts";
import { bundleWorker, settings, startWorker } from "./wrangler.ts";

/** AliKassa's keys for its notifications. */
const notifications = generateKeyPairSync("rsa", { modulusLength: 2048 });

describe("a Worker that imports the package", { timeout: 30_000 }, () => {
  const sandbox = useSandbox();
  let out: string;
  let worker: Miniflare | undefined;

  before(async () => {
    await copyFile(fileURLToPath(new URL("fixtures/worker.ts", import.meta.url)), join(project, "worker.ts"));
    out = await bundleWorker(settings("worker.ts"));
    worker = await startWorker(out, {
      ALIKASSA_ACCOUNT: ACCOUNT,
      ALIKASSA_BASE_URL: sandbox().baseUrl,
      ALIKASSA_KEY_PASSWORD: archive.password,
      ALIKASSA_NOTIFICATION_KEY: notifications.publicKey.export({ type: "spki", format: "pem" }).toString(),
      ALIKASSA_PRIVATE_KEY: archive.privatePem,
    });
  });
  after(() => worker?.dispose());

  async function ask(order_id: string, more = ""): Promise<readonly [number, Record<string, unknown>]> {
    assert.ok(worker !== undefined);
    const response = await worker.dispatchFetch(`http://shop.example/?order_id=${encodeURIComponent(order_id)}${more}`);
    return [response.status, (await response.json()) as Record<string, unknown>];
  }

  test("is bundled with one wasm beside it, and with nothing of Node", async () => {
    const files = (await readdir(out)).filter((file) => !/\.map$|README/.test(file));
    assert.equal(files.length, 2, files.join(", "));
    assert.doesNotMatch(await readFile(join(out, "worker.js"), "utf8"), /from "node:|readFileSync|import\.meta\.url/);
  });

  test("answers with a payout and with Node's own signature", async () => {
    const [status, payout] = await ask("6422494");
    assert.equal(status, 200);
    assert.deepEqual([payout["payment_status"], payout["id"], payout["is_final"]], ["paid", "100000536", true]);
    assert.equal(payout["sign"], context.client().sign("[]"));
  });

  for (const [fault, code] of [
    ["500", "upstream_status"],
    ["redirect", "upstream_status"],
    ["html", "upstream_invalid"],
    ["endless", "upstream_invalid"],
    ["cut", "upstream_unreachable"],
    ["hang", "upstream_timeout"],
  ]) {
    test(`answers that the state is unknown: ${fault}`, async () => {
      assert.deepEqual(await ask(`fault-${fault}`), [502, { code, state: "unknown" }]);
    });
  }

  test("answers with a payout within the time limit of a signal", async () => {
    const [status, payout] = await ask("6422494", "&give_up_after=10000");
    assert.deepEqual([status, payout["payment_status"]], [200, "paid"]);
  });

  test("answers that an aborted request leaves the state unknown", async () => {
    assert.deepEqual(await ask("fault-hang", "&give_up_after=100"), [502, { code: "aborted", state: "unknown" }]);
  });

  test("verifies notifications in a query string and in a form, and refuses changed ones", async () => {
    assert.ok(worker !== undefined);
    const shown = { type: "payout", id: "100000536", payment_status: "paid" };
    const nulls = (names: string) => names.replace(/\w+/g, '"$&":null');
    const text =
      `{"type":"payout","id":100000536,${nulls("order_id")},"payment_status":"paid",` +
      `${nulls("amount,payment_amount,commission_amount,is_partial_payment,account,service,desc")}}`;
    for (const digest of ["sha1", "sha256"]) {
      const signature = sign(digest, Buffer.from(text), notifications.privateKey).toString("base64");
      const query = new URLSearchParams({ ...shown, sign: signature });
      const changed = new URLSearchParams({ ...shown, id: "100000537", sign: signature });
      for (const [body, status, answer] of [
        [query, 200, shown],
        [changed, 403, { code: "invalid_signature" }],
      ] as const) {
        const got = await worker.dispatchFetch(`http://shop.example/hook?${body}`);
        assert.deepEqual([got.status, await got.json()], [status, answer]);
        // The Content-Type of a form follows from the body.
        const init = { method: "POST", body: new URLSearchParams(body) };
        const posted = await worker.dispatchFetch("http://shop.example/hook", init);
        assert.deepEqual([posted.status, await posted.json()], [status, answer]);
      }
    }
  });

  test("waits for a payout until a time limit or an abort", async () => {
    const [status, payout] = await ask("wait-2-in-a-worker", "&wait=20000");
    assert.deepEqual([status, payout["payment_status"], payout["is_final"]], [200, "paid", true]);
    assert.deepEqual(await ask("sandbox-wait", "&wait=200"), [502, { code: "wait_timeout", state: "unknown" }]);
    const givenUp = await ask("sandbox-wait", "&wait=20000&give_up_after=100");
    assert.deepEqual(givenUp, [502, { code: "aborted", state: "unknown" }]);
  });

  test("reads many payouts", async () => {
    const names = [
      "sandbox-paid",
      "fault-500",
      "sandbox-wait",
      "fault-html",
      "sandbox-fail",
      "",
      "fault-cut",
      "6422494",
    ];
    const [status, { found }] = await ask("", names.map((name) => `&many=${name}`).join(""));
    const expected = ["paid", "upstream_status", "wait", "upstream_invalid", "fail", "invalid_request"];
    assert.deepEqual([status, found], [200, [...expected, "upstream_unreachable", "paid"]]);
  });

  test("refuses an invalid query", async () => {
    assert.deepEqual(await ask(""), [400, { code: "invalid_request" }]);
  });
});

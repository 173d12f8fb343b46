/** The package in a Worker of somebody else's: bundled by wrangler, run in workerd. */
import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { copyFile, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { ACCOUNT, archive } from "../fixtures/keys.ts";
import { useSandbox } from "../fixtures/sandbox.ts";
import { context } from "./context.ts";
import { devProgram, project, runToEnd } from "./installed.ts";

/** AliKassa's keys for its notifications. */
const notifications = generateKeyPairSync("rsa", { modulusLength: 2048 });

const COMPATIBILITY_DATE = "2026-10-23";

describe("a Worker that imports the package", { timeout: 30_000 }, () => {
  const sandbox = useSandbox();
  const out = join(project, "out");
  let worker: Miniflare | undefined;

  before(async () => {
    await copyFile(fileURLToPath(new URL("fixtures/worker.ts", import.meta.url)), join(project, "worker.ts"));
    const config = { name: "shop", main: "worker.ts", compatibility_date: COMPATIBILITY_DATE };
    await writeFile(join(project, "wrangler.json"), JSON.stringify(config));
    const env = { CI: "1", WRANGLER_SEND_METRICS: "false", WRANGLER_LOG_PATH: join(project, "log") };
    const args = [devProgram("wrangler/bin/wrangler.js"), "deploy", "--dry-run", "--outdir", out];
    const built = await runToEnd(process.execPath, args, project, env);
    assert.equal(built.status, 0, built.stdout + built.stderr);
    assert.doesNotMatch(built.stdout + built.stderr, /warning/i);
    const wasm = (await readdir(out)).filter((file) => file.endsWith(".wasm"));
    const modules = [
      { type: "ESModule", path: join(out, "worker.js") },
      ...wasm.map((file) => ({ type: "CompiledWasm" as const, path: join(out, file) })),
    ] as const;
    worker = new Miniflare(
      convertV4MiniflareOptions({
        modules: [...modules],
        modulesRoot: out,
        compatibilityDate: COMPATIBILITY_DATE,
        bindings: {
          ALIKASSA_ACCOUNT: ACCOUNT,
          ALIKASSA_BASE_URL: sandbox().baseUrl,
          ALIKASSA_KEY_PASSWORD: archive.password,
          ALIKASSA_NOTIFICATION_KEY: notifications.publicKey.export({ type: "spki", format: "pem" }).toString(),
          ALIKASSA_PRIVATE_KEY: archive.privatePem,
        },
      }),
    );
    await worker.ready;
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

  test("answers with a payout, though the call could be given up", async () => {
    const [status, payout] = await ask("6422494", "&give_up_after=10000");
    assert.deepEqual([status, payout["payment_status"]], [200, "paid"]);
  });

  test("gives a call up", async () => {
    assert.deepEqual(await ask("fault-hang", "&give_up_after=100"), [502, { code: "aborted", state: "unknown" }]);
  });

  test("verifies a notification, from a query string and from a form, and refuses a changed one", async () => {
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
        const headers = { "Content-Type": "application/x-www-form-urlencoded" };
        const posted = await worker.dispatchFetch("http://shop.example/hook", {
          method: "POST",
          headers,
          body: String(body),
        });
        assert.deepEqual([posted.status, await posted.json()], [status, answer]);
      }
    }
  });

  test("waits for a payout, and not too long", async () => {
    const [status, payout] = await ask("wait-2-in-a-worker", "&wait=20000");
    assert.deepEqual([status, payout["payment_status"], payout["is_final"]], [200, "paid", true]);
    assert.deepEqual(await ask("sandbox-wait", "&wait=200"), [502, { code: "wait_timeout", state: "unknown" }]);
    const givenUp = await ask("sandbox-wait", "&wait=20000&give_up_after=100");
    assert.deepEqual(givenUp, [502, { code: "aborted", state: "unknown" }]);
  });

  test("asks for many", async () => {
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

  test("tells a query of no use from an unknown state", async () => {
    assert.deepEqual(await ask(""), [400, { code: "invalid_request" }]);
  });
});

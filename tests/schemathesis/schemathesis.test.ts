/**
 * schemathesis sends requests that the OpenAPI document allows, and requests that it does not allow. It finds no answer that differs
 * from the document. `EXAMPLES` is the number of requests of each kind.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Document } from "../openapi/document.ts";
import { LEDGER, secrets, setUp, TOKEN } from "../worker/harness.ts";
import { notificationKey } from "../worker/notifications.ts";
import { newSecret, WebhookReceiver } from "../worker/webhook-receiver.ts";

/** The program. `npm test` sets its path. */
const PROGRAM = process.env["SCHEMATHESIS"] ?? "schemathesis";
const CONFIGURATION = fileURLToPath(new URL("schemathesis.toml", import.meta.url));
const HOOKS = fileURLToPath(new URL("hooks.py", import.meta.url));
const EXAMPLES = process.env["EXAMPLES"] ?? "40";

const secret = newSecret();
const merchant = await WebhookReceiver.start(secret);
const changes = {
  // A short time limit, because there are many requests.
  ALIKASSA_TIMEOUT_MS: "400",
  ALIKASSA_NOTIFICATION_KEY: notificationKey.publicPem,
  FORWARD_SECRET: secret,
  FORWARD_URL: merchant.url,
  LEDGER,
};
const { sandbox, clients } = await setUp({ sound: changes }, { assets: true });
const document = await Document.of(clients.sound);
const folder = await mkdtemp(join(tmpdir(), "schemathesis-"));
after(() => rm(folder, { recursive: true }));
// From a file: schemathesis does not test the URL that it loads a document from.
await writeFile(join(folder, "openapi.json"), JSON.stringify(document.json));

/** Runs schemathesis against a server. */
async function run(
  url: string,
  args: readonly string[],
): Promise<{ readonly code: number | null; readonly output: string }> {
  const all = ["--config-file", CONFIGURATION, "run", join(folder, "openapi.json"), "--url", url, ...args];
  const child = spawn(PROGRAM, all, {
    cwd: folder,
    env: { ...process.env, API_TOKEN: TOKEN, HOOKS, PYTHONDONTWRITEBYTECODE: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const [code] = (await once(child, "close")) as [number | null];
  secrets.record("what schemathesis says", output);
  return { code, output };
}

describe("schemathesis", () => {
  test("finds no difference between the Worker and the document", async () => {
    const { code, output } = await run(clients.sound.url.href, ["--max-examples", EXAMPLES]);
    assert.equal(code, 0, output);
    assert.match(output, new RegExp(`Tested: ${document.operations.length}\\b`), output);
    const [, generated] = /(\d+) generated/.exec(output) ?? [];
    assert.ok(Number(generated) >= 300, output);
    assert.ok(sandbox.requests.length > 50, "most requests were refused");
    assert.ok(merchant.deliveries.length > 0, "the ledger has delivered nothing");
    assert.deepEqual(merchant.rejected, []);
  });

  test("finds the faults of another server", async () => {
    const wrong: Readonly<Record<string, readonly [status: number, type: string, body: string]>> = {
      "/healthz": [500, "application/json", "{}"],
      "/": [418, "text/html", ""],
      "/openapi.json": [200, "application/json", "[]"],
      "/v1/payout/status/batch": [200, "text/plain", "ok"],
      "/v1/payout/status": [502, "application/problem+json", '{"payment_status":"fail"}'],
    };
    const server = createServer((request, response) => {
      const [status, type, body] = wrong[request.url?.split("?")[0] ?? ""] ?? [404, "text/plain", ""];
      response.writeHead(status, { "Content-Type": type }).end(body);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const { code, output } = await run(`http://127.0.0.1:${port}`, [
      "--phases",
      "examples,fuzzing",
      "--max-examples",
      "2",
    ]);
    server.close();
    assert.equal(code, 1, output);
    // A server error, an undocumented status, an undocumented type, a missing header, another schema, no authentication.
    for (const found of ["ST101", "ST103", "ST105", "ST107", "ST108", "ST401"]) {
      assert.ok(output.includes(`❌ ${found} `), `${found}\n${output}`);
    }
  });
});

/**
 * schemathesis asks the Worker everything that its document allows, and much that it doesn't, and finds no failure of the Worker
 * and nothing that is not as the document has it. `EXAMPLES` is how often it asks in each way.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Sandbox } from "../../dist/sandbox/index.js";
import { Document } from "../openapi/document.ts";
import {
  newArchive,
  openSandbox,
  secrets,
  soundBindings,
  startWorkers,
  TOKEN,
  type Workers,
} from "../worker/harness.ts";
import { notificationKey } from "../worker/notify.ts";

/** `npm test` says where it is. */
const PROGRAM = process.env["SCHEMATHESIS"] ?? "schemathesis";
const CONFIGURATION = fileURLToPath(new URL("schemathesis.toml", import.meta.url));
const HOOKS = fileURLToPath(new URL("hooks.py", import.meta.url));
const EXAMPLES = process.env["EXAMPLES"] ?? "40";

let sandbox: Sandbox;
let workers: Workers<"sound">;
let document: Document;
let folder: string;

before(async () => {
  const archive = newArchive(1024);
  sandbox = await openSandbox({ publicPem: archive.publicPem });
  // What AliKassa holds back is given up soon: there is much to ask.
  const changes = { ALIKASSA_TIMEOUT_MS: "400", ALIKASSA_NOTIFICATION_KEY: notificationKey.publicPem };
  workers = await startWorkers({ sound: soundBindings(archive, sandbox, changes) });
  document = await Document.of(workers.edges.sound);
  folder = await mkdtemp(join(tmpdir(), "schemathesis-"));
  // From a file: of a document by its address it leaves out that address.
  await writeFile(join(folder, "openapi.json"), JSON.stringify(document.json));
});

after(async () => {
  await rm(folder, { recursive: true });
  await sandbox.close();
  await workers.stop();
});

/** Runs it against a server, and yields its exit status and all that it said. */
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
  secrets.hear("what schemathesis says", output);
  return { code, output };
}

describe("schemathesis", () => {
  test("finds nothing wrong with the Worker", async () => {
    const { code, output } = await run(workers.edges.sound.url.href, ["--max-examples", EXAMPLES]);
    assert.equal(code, 0, output);
    assert.match(output, new RegExp(`Tested: ${document.operations.length}\\b`), output);
    const [, generated] = /(\d+) generated/.exec(output) ?? [];
    assert.ok(Number(generated) >= 300, output);
    assert.ok(sandbox.requests.length > 50, "most of what it asked came to nothing");
  });

  test("would find it", async () => {
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
    // A server error, and an undocumented status, an undocumented type, a header too few, another schema, and no authentication.
    for (const found of ["ST101", "ST103", "ST105", "ST107", "ST108", "ST401"]) {
      assert.ok(output.includes(`❌ ${found} `), `${found}\n${output}`);
    }
  });
});

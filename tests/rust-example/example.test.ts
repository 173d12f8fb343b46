/**
 * The example of the Rust crate, reqwest under the gateway, against the sandbox: what its `Transport` promises, it keeps.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { makeArchive, type Sandbox, startSandbox, writeArchive } from "../../dist/sandbox/index.js";
import { AUTHORITY, CERTIFICATE, KEY } from "./certificate.ts";
import { buildExample, type Ended, runExample } from "./program.ts";

const ACCOUNT = "93d5df06-996c-48c3-9847-348d6b580b80";
const ADVICE = /^The state of this payout is unknown: do not cancel or repeat it/m;
const LIMIT = 64 * 1024;
// The first build compiles reqwest and what is under it.
const BUILD = { timeout: 900_000 };

const archive = makeArchive({ bits: 2048 });
let program: string;
let folder: string;
let sandbox: Sandbox;

before(async () => {
  program = await buildExample();
  folder = await mkdtemp(join(tmpdir(), "alikassa-edge-example-"));
  await writeArchive(join(folder, "cert"), archive);
  sandbox = await startSandbox({ account: ACCOUNT, publicPem: archive.publicPem });
}, BUILD);

after(async () => {
  await sandbox.close();
  await rm(folder, { recursive: true });
});

beforeEach(() => sandbox.reset());

function ask(field: string, value: string, env: Record<string, string> = {}): Promise<Ended> {
  return runExample(program, [join(folder, "cert"), ACCOUNT, field, value], { ALIKASSA_BASE_URL: sandbox.url, ...env });
}

function assertPaid({ code, stdout, stderr }: Ended): void {
  assert.equal(code, 0, stderr);
  assert.equal(stderr, "");
  const payout: Record<string, unknown> = JSON.parse(stdout);
  assert.equal(payout["payment_status"], "paid");
  assert.equal(payout["is_final"], true);
}

function assertUnknown({ code, stdout, stderr }: Ended, expected: RegExp): void {
  assert.equal(code, 1, stdout + stderr);
  assert.equal(stdout, "", "nothing that looks like an answer");
  assert.match(stderr, expected);
  assert.match(stderr, ADVICE);
  assert.doesNotMatch(stderr, /payment_status|panicked/);
}

describe("a payout", () => {
  test("is asked for by id, with the signature that the sandbox checks, and printed", async () => {
    const ended = await ask("id", "100000536");
    assertPaid(ended);
    assert.equal(JSON.parse(ended.stdout).id, "100000536");
    assert.equal(sandbox.requests.length, 1);
    assert.equal(sandbox.requests[0]?.body.toString(), '{"id":"100000536"}');
    assert.equal(sandbox.requests[0]?.headers["content-type"], "application/json");
    assert.equal(sandbox.requests[0]?.headers["user-agent"], "AliKassa2.0 API");
  });

  test("is asked for by order_id, and is not final while it waits", async () => {
    const { code, stdout } = await ask("order_id", "sandbox-wait");
    assert.equal(code, 0);
    assert.deepEqual((({ payment_status, is_final }) => ({ payment_status, is_final }))(JSON.parse(stdout)), {
      payment_status: "wait",
      is_final: false,
    });
  });

  test("is asked for again after what may be over by then", async () => {
    sandbox.script("100000536", ["cut", { status: 503 }, "payout"]);
    assertPaid(await ask("id", "100000536"));
    assert.deepEqual(
      sandbox.requests.map(({ answer }) => answer.status),
      [null, 503, 200],
    );
  });

  test("is asked for again when Retry-After says so, and not before", async () => {
    sandbox.script("100000536", [{ status: 429, headers: { "Retry-After": "1" } }, "payout"]);
    assertPaid(await ask("id", "100000536"));
    const [first, second] = sandbox.requests.map(({ time }) => time.getTime());
    assert.ok(first !== undefined && second !== undefined && second - first >= 1000, `${first} ${second}`);
  });

  test("may have 64 KiB, and not a byte more", async () => {
    const padded = (length: number): string => {
      const [begin, end] = ['{"id":"100000536","payment_status":"paid","note":"', '"}'];
      return `${begin}${"x".repeat(length - begin.length - end.length)}${end}`;
    };
    sandbox.script("100000536", [{ body: padded(LIMIT) }, { body: padded(LIMIT + 1) }]);
    assertPaid(await ask("id", "100000536"));
    assertUnknown(await ask("id", "100000536"), /^upstream_invalid: .*longer than 65536 bytes/);
  });
});

describe("everything else", () => {
  for (const [fault, expected, requests] of [
    ["500", /^upstream_status: .*500/, 1],
    ["502", /^upstream_status: .*502/, 3],
    ["cut", /^upstream_unreachable: /, 3],
    ["reset", /^upstream_unreachable: .*\(ConnectionReset\)/, 3],
    ["cut-body", /^upstream_unreachable: /, 3],
    ["cut-chunked", /^upstream_unreachable: /, 3],
    ["html", /^upstream_invalid: /, 1],
    ["empty", /^upstream_invalid: /, 1],
    ["other-payout", /^upstream_invalid: /, 1],
    ["message", /^upstream_status: .*400/, 1],
    ["endless", /^upstream_invalid: .*longer than 65536 bytes/, 1],
    // To the place where it leads, the signature would go along.
    ["redirect", /^upstream_status: .*302/, 1],
  ] as const) {
    test(`is unknown: ${fault}`, async () => {
      assertUnknown(await ask("order_id", `fault-${fault}`), expected);
      assert.equal(sandbox.requests.length, requests);
    });
  }

  for (const fault of ["hang", "drip"]) {
    test(`is unknown when its time is over: ${fault}`, async () => {
      const begin = Date.now();
      const ended = await ask("order_id", `fault-${fault}`, { ALIKASSA_TIMEOUT_MS: "400" });
      assertUnknown(ended, /^upstream_timeout: .*within 400 ms/);
      assert.ok(Date.now() - begin < 5000);
    });
  }

  test("is unknown: nobody listens", async () => {
    const closed = await startSandbox({ account: ACCOUNT, publicPem: archive.publicPem });
    await closed.close();
    assertUnknown(
      await ask("id", "100000536", { ALIKASSA_BASE_URL: closed.url }),
      /^upstream_unreachable: .*\(ConnectionRefused\)/,
    );
  });
});

describe("https", () => {
  test("is spoken with those alone whose certificate somebody vouches for", async () => {
    let asked = 0;
    const server = createServer({ cert: CERTIFICATE, key: KEY }, (_, response) => {
      asked += 1;
      response.end('{"id":"100000536","payment_status":"paid"}');
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const authority = join(folder, "authority.pem");
    await writeFile(authority, AUTHORITY);
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      assertUnknown(await ask("id", "100000536", { ALIKASSA_BASE_URL: url }), /^upstream_unreachable: /);
      assert.equal(asked, 0);
      assertPaid(await ask("id", "100000536", { ALIKASSA_BASE_URL: url, SSL_CERT_FILE: authority }));
      assert.equal(asked, 1);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });
});

describe("what can't be asked", () => {
  test("ends with status 2 and one line, without a request and without a secret", async () => {
    const cert = join(folder, "cert");
    const run = (...args: string[]): Promise<Ended> => runExample(program, args, { ALIKASSA_BASE_URL: sandbox.url });
    const wrong = join(folder, "wrong");
    await writeArchive(wrong, { ...archive, password: "another password" });
    for (const [ended, expected] of [
      [await run(), /^usage: /],
      [await run(cert, ACCOUNT, "orderId", "1"), /^usage: /],
      [await run(cert, ACCOUNT, "id", ""), /"id" is empty/],
      [await run(cert, "two words", "id", "1"), /account's UUID/],
      [await run(join(folder, "nowhere"), ACCOUNT, "id", "1"), /nowhere.private\.pem: /],
      [await run(wrong, ACCOUNT, "id", "1"), /private\.pem: the password does not open the key/],
      [await ask("id", "1", { ALIKASSA_BASE_URL: "http://example.com" }), /must be https/],
      [await ask("id", "1", { ALIKASSA_TIMEOUT_MS: "soon" }), /ALIKASSA_TIMEOUT_MS/],
    ] as const) {
      assert.equal(ended.code, 2, ended.stderr);
      assert.equal(ended.stdout, "");
      assert.match(ended.stderr, expected);
      assert.equal(ended.stderr.trimEnd().split("\n").length, 1, ended.stderr);
      assert.ok(!ended.stderr.includes("another password"));
    }
    assert.equal(sandbox.requests.length, 0);
  });
});

/**
 * The sandbox, asked by a client that is made of Node's own crypto and http: what it accepts, what it refuses, and that each
 * fault is the fault that it claims to be.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createPrivateKey, sign as cryptoSign, type KeyObject, verify } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, afterEach, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  FAULTS,
  type KeyArchive,
  makeArchive,
  payoutJson,
  readArchive,
  SANDBOX_PAYOUTS,
  type Sandbox,
  startSandbox,
  writeArchive,
} from "../../dist/sandbox/index.js";

const ACCOUNT = "93d5df06-996c-48c3-9847-348d6b580b80";
const SECOND_ACCOUNT = "00000000-0000-4000-8000-000000000002";
const STATUS = "/v1/payout/status";

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
  /** Data events: how many pieces the body came in. */
  readonly pieces: number;
}

interface Sending {
  readonly method?: string;
  readonly path?: string;
  readonly digest?: "RSA-SHA1" | "RSA-SHA256";
  /** Replaces headers; `null` leaves one out. */
  readonly headers?: Readonly<Record<string, string | null>>;
  /** Stops reading after so many bytes. */
  readonly maxBytes?: number;
  readonly timeoutMs?: number;
}

let archive: KeyArchive;
let privateKey: KeyObject;
let sandbox: Sandbox;

before(async () => {
  archive = makeArchive({ bits: 1024, password: "pa ss" });
  privateKey = createPrivateKey({ key: archive.privatePem, passphrase: archive.password });
  sandbox = await startSandbox({ account: [ACCOUNT, SECOND_ACCOUNT], publicPem: archive.publicPem, dripIntervalMs: 1 });
});
after(() => sandbox.close());
afterEach(() => sandbox.reset());

function signature(body: string | Buffer, digest = "RSA-SHA1"): string {
  return cryptoSign(digest, Buffer.from(body), privateKey).toString("base64");
}

/** Sends a signed request over a connection of its own, so that a spoilt one cannot spoil the next. */
function send(body: string | Buffer, sending: Sending = {}, base = sandbox.url): Promise<Answer> {
  const {
    method = "POST",
    path = STATUS,
    digest = "RSA-SHA1",
    maxBytes = Number.POSITIVE_INFINITY,
    timeoutMs = 10_000,
  } = sending;
  const all = {
    "content-type": "application/json",
    account: ACCOUNT,
    sign: signature(body, digest),
    "content-length": String(Buffer.byteLength(body)),
    ...sending.headers,
  };
  const headers = Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null),
  );
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const request = httpRequest(new URL(path, base), { method, headers, agent: false, signal }, (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      const done = (): void => {
        const bytes = Buffer.concat(chunks);
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, bytes, text: bytes.toString(), pieces: chunks.length });
      };
      response.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        length += chunk.length;
        if (length < maxBytes) return;
        done();
        request.destroy();
      });
      response.once("end", done).once("error", reject);
    });
    request.once("error", reject).end(body);
  });
}

const ask = (question: Readonly<Record<string, unknown>>, sending?: Sending): Promise<Answer> =>
  send(JSON.stringify(question), sending);
const fault = (name: string, sending?: Sending): Promise<Answer> => ask({ order_id: `fault-${name}` }, sending);

function assertInvalid(answer: Answer, field: string, message?: RegExp): void {
  assert.equal(answer.status, 400);
  assert.equal(answer.headers["content-type"], "application/json");
  const body = JSON.parse(answer.text) as { message: string; errors: Record<string, string[]> };
  assert.equal(body.message, "The given data was invalid.");
  assert.ok(Object.keys(body.errors).includes(field), answer.text);
  if (message !== undefined) assert.match(body.errors[field]?.[0] ?? "", message);
  assert.ok(!("payment_status" in body));
}

describe("payouts", () => {
  test("the specification's example, field by field", async () => {
    const answer = await send('{"id":"100000536"}');
    assert.equal(answer.status, 200);
    assert.equal(answer.headers["content-type"], "application/json");
    assert.deepEqual(Object.entries(JSON.parse(answer.text) as object), [
      ["payment_status", "paid"],
      ["id", 100000536],
      ["order_id", "6422494"],
      ["amount", "300.00"],
      ["payment_amount", "300.00"],
      ["is_partial_payment", false],
      ["account_payment_amount", "290"],
      ["commission_amount", "10"],
      ["service_code", "payment_card_rub"],
      ["rrn", "11111111111"],
      ["account_old_balance", "1290"],
      ["account_new_balance", "1000"],
    ]);
  });

  test("each by id and by order_id, byte for byte", async () => {
    const statuses = new Set<string>();
    for (const { about, id, orderId, json } of SANDBOX_PAYOUTS) {
      assert.equal((await ask({ id })).text, json, about);
      assert.equal((await ask({ order_id: orderId })).text, json, about);
      statuses.add((JSON.parse(json) as { payment_status: string }).payment_status);
    }
    assert.deepEqual([...statuses].sort(), ["cancel", "fail", "paid", "refund", "wait"]);
  });

  test("digits of amounts survive", async () => {
    assert.match(
      (await ask({ order_id: "sandbox-numbers" })).text,
      /"amount":300,.*:93\.84000000,.*:123456789012345678\.90,/,
    );
  });

  test("added ones", async () => {
    sandbox.addPayout('{"id":77,"order_id":"mine \u00e9/1","amount":1.10}');
    assert.equal((await ask({ id: "77" })).text, '{"id":77,"order_id":"mine \u00e9/1","amount":1.10}');
    assert.equal((await ask({ order_id: "mine \u00e9/1" })).status, 200);
    sandbox.addPayout("not JSON", { orderId: "broken" });
    assert.equal((await ask({ order_id: "broken" })).text, "not JSON");
    assert.throws(() => sandbox.addPayout('{"id":12345678901234567890}'), /safe integer/);
    assert.throws(() => sandbox.addPayout('{"id":null}'), /needs an id or an order_id/);
  });

  test("an unknown one is a 400 that names the field", async () => {
    assertInvalid(await ask({ id: "1" }), "id");
    assertInvalid(await ask({ order_id: "1" }), "order_id");
    assertInvalid(await ask({ order_id: "fault-nonsense" }), "order_id", /knows no fault/);
  });
});

describe("checks", () => {
  const body = '{"id":"100000536"}';

  test("method and path", async () => {
    for (const method of ["GET", "PUT", "DELETE"]) {
      const answer = await send(body, { method });
      assert.equal(answer.status, 405);
      assert.equal(answer.headers.allow, "POST");
    }
    for (const path of ["/", "/v1/payout", "/v1/payout/status/", "//v1/payout/status"]) {
      const answer = await send(body, { path: sandbox.url + path });
      assert.equal(answer.status, 404, path);
      assert.equal(answer.headers["content-type"], "application/json");
    }
  });

  test("Content-Type", async () => {
    for (const type of [null, "", "text/plain", "application/x-www-form-urlencoded", "application/jsonp"]) {
      assertInvalid(await send(body, { headers: { "content-type": type } }), "content-type");
    }
    for (const type of ["Application/JSON", "application/json; charset=utf-8"]) {
      assert.equal((await send(body, { headers: { "content-type": type } })).status, 200);
    }
  });

  test("Account", async () => {
    assertInvalid(await send(body, { headers: { account: null } }), "account", /required/);
    assertInvalid(await send(body, { headers: { account: ACCOUNT.toUpperCase() } }), "account", /invalid/);
    assert.equal((await send(body, { headers: { account: SECOND_ACCOUNT } })).status, 200);
  });

  test("Sign", async () => {
    const good = signature(body);
    const sign = (value: string | null) => send(body, { headers: { sign: value } });
    assert.equal((await sign(good)).status, 200);
    assertInvalid(await sign(null), "sign", /required/);
    const malformed = [good.replace(/=+$/, ""), `${good.slice(0, 64)} ${good.slice(64)}`, "****", `${good}AAAA=`];
    for (const value of malformed) assertInvalid(await sign(value), "sign", /base64/);
    // A signature that needs the characters in which the alphabets differ.
    let n = 0;
    while (!/[+/]/.test(signature(`{"id":"100000536","n":${n}}`))) n++;
    const other = `{"id":"100000536","n":${n}}`;
    const urlAlphabet = signature(other).replaceAll("+", "-").replaceAll("/", "_");
    assertInvalid(await send(other, { headers: { sign: urlAlphabet } }), "sign", /base64/);
    const flipped = Buffer.from(good, "base64");
    flipped[0] = (flipped[0] ?? 0) ^ 1;
    assertInvalid(await sign(flipped.toString("base64")), "sign", /invalid/);
    assertInvalid(await sign(Buffer.from(good, "base64").subarray(1).toString("base64")), "sign", /invalid/);
    assertInvalid(await sign(signature(`${body} `)), "sign", /invalid/);
  });

  test("a tampered body, also where JSON is the same", async () => {
    const sign = signature(body);
    for (const tampered of ['{"id":"100000601"}', '{"id": "100000536"}', '{"id":"10000053\\u0036"}', `${body}\n`, ""]) {
      assertInvalid(await send(tampered, { headers: { sign } }), "sign");
    }
  });

  test("the signature is over raw bytes, whatever they are", async () => {
    assertInvalid(await send(Buffer.from([0xff, 0xfe, 0x00])), "body");
    const unicode = JSON.stringify({ order_id: "\u00e9\u{1f600}/" });
    sandbox.addPayout("{}", { orderId: "\u00e9\u{1f600}/" });
    const escaped = '{"order_id":"\\u00e9\\ud83d\\ude00\\/"}';
    for (const text of [unicode, escaped]) assert.equal((await send(text)).text, "{}");
  });

  test("digest", async () => {
    assertInvalid(await send(body, { digest: "RSA-SHA256" }), "sign", /made with sha256/);
    const sha256 = await startSandbox({ account: ACCOUNT, publicPem: archive.publicPem, digest: "sha256" });
    try {
      assert.equal((await send(body, { digest: "RSA-SHA256" }, sha256.url)).status, 200);
      assertInvalid(await send(body, {}, sha256.url), "sign", /made with sha1/);
    } finally {
      await sha256.close();
    }
  });

  test("the question", async () => {
    for (const text of ["", "[]", "null", "1", '"id"', "{", '[{"id":"100000536"}]', `\ufeff${body}`]) {
      assertInvalid(await send(text), "body");
    }
    assertInvalid(await send("{}"), "order_id", /required/);
    assertInvalid(await send('{"id":"100000536","order_id":"6422494"}'), "id", /must not be present/);
    for (const id of [100000536, true, [], {}, 1.5]) assertInvalid(await ask({ id }), "id", /must be a string/);
    for (const order_id of [null, ""]) assertInvalid(await ask({ order_id }), "order_id", /required/);
    assertInvalid(await ask({ order_id: "x".repeat(129) }), "order_id", /128/);
    // 128 characters, though 256 UTF-16 units.
    assertInvalid(await ask({ order_id: "\u{1f600}".repeat(128) }), "order_id", /selected/);
    const huge = await send(JSON.stringify({ order_id: "x".repeat(70_000) }));
    assert.equal(huge.status, 413);
  });

  test("balance and info", async () => {
    const balance = await send("[]", { path: "/v1/account/balance" });
    assert.equal(balance.status, 200);
    assert.equal((JSON.parse(balance.text) as { balance: string }).balance, "93.84000000");
    const info = await send("{}", { path: "/v1/account/info" });
    assert.equal((JSON.parse(info.text) as { is_allowed_payout: boolean }).is_allowed_payout, true);
    assertInvalid(await send('{"x":1}', { path: "/v1/account/info" }), "body");
    assertInvalid(await send("[]", { path: "/v1/account/balance", headers: { sign: "AAAA" } }), "sign");
  });
});

describe("faults", () => {
  test("need a valid signature, like everything else", async () => {
    assertInvalid(await fault("500", { headers: { sign: "AAAA" } }), "sign");
  });

  test("any status", async () => {
    for (const status of [201, 204, 304, 401, 403, 404, 418, 500, 502, 503, 504, 599, 600, 999]) {
      assert.equal((await fault(String(status))).status, status);
    }
    assertInvalid(await fault("400"), "order_id");
    assert.equal((await ask({ id: "fault-500" })).status, 500);
    const limited = await fault("429");
    assert.deepEqual([limited.status, limited.headers["retry-after"]], [429, "1"]);
    assert.equal((await fault("307")).headers.location, STATUS);
    // Node's parser lets these through, although HTTP has no such statuses, or no such answer to this question.
    for (const status of ["000", "099", "101"]) assert.equal((await fault(status)).status, Number(status));
    // Interim ones, after which no answer follows.
    for (const status of ["100", "102", "199"]) await assert.rejects(() => fault(status), status);
  });

  test("retry-date", async () => {
    const { status, headers } = await fault("retry-date");
    assert.equal(status, 503);
    const ahead = Date.parse(String(headers["retry-after"])) - Date.now();
    assert.ok(ahead > 0 && ahead <= 2000, String(ahead));
    assert.match(String(headers["retry-after"]), /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/);
  });

  test("redirect", async () => {
    const { status, headers } = await fault("redirect");
    assert.deepEqual([status, headers.location], [302, STATUS]);
  });

  test("hang", async () => {
    await assert.rejects(() => fault("hang", { timeoutMs: 200 }), { name: "AbortError" });
    assert.deepEqual(sandbox.requests[0]?.answer, { status: null, outcome: "hang" });
  });

  test("broken connections", async () => {
    for (const name of ["cut", "reset"]) await assert.rejects(() => fault(name), { code: "ECONNRESET" }, name);
    for (const name of ["cut-body", "cut-chunked"])
      await assert.rejects(() => fault(name), { message: "aborted" }, name);
    // The half does arrive before the cut.
    assert.match((await fault("cut-body", { maxBytes: 10 })).text, /^\{"payment_status":"paid"/);
  });

  test("drip", async () => {
    const { text, pieces } = await fault("drip");
    assert.equal((JSON.parse(text) as { order_id: string }).order_id, "fault-drip");
    assert.ok(pieces > 20, String(pieces));
  });

  test("endless", async () => {
    assert.ok((await fault("endless", { maxBytes: 5_000_000 })).bytes.length >= 5_000_000);
  });

  test("bodies that are no payout", async () => {
    const text = async (name: string): Promise<string> => {
      const answer = await fault(name);
      assert.equal(answer.status, 200, name);
      return answer.text;
    };
    assert.equal(await text("empty"), "");
    assert.equal(await text("array"), "[]");
    assert.match(await text("html"), /^<!DOCTYPE html>/);
    assert.equal((await fault("html")).headers["content-type"], "text/html; charset=utf-8");
    for (const name of ["half", "php-warning"]) {
      const broken = await text(name);
      assert.throws(() => JSON.parse(broken), SyntaxError, name);
    }
    assert.ok(!(await text("no-status")).includes("payment_status"));
    assert.equal((JSON.parse(await text("number-status")) as { payment_status: unknown }).payment_status, 1);
    const error = JSON.parse(await text("error-200")) as object;
    assert.deepEqual(Object.keys(error), ["message", "errors"]);
    const other = JSON.parse(await text("other-payout")) as { order_id: string; id: number };
    assert.deepEqual([other.id, other.order_id], [900000001, "somebody-elses-order"]);
    const duplicate = await text("duplicate");
    assert.deepEqual(
      [...duplicate.matchAll(/"payment_status":"(\w+)"/g)].map((match) => match[1]),
      ["wait", "paid", "fail"],
    );
    assert.equal(await text("deep"), "[".repeat(100_000) + "]".repeat(100_000));
  });

  test("payouts that are hard to read", async () => {
    const large = await fault("large");
    assert.ok(large.bytes.length > 65_536);
    const deep = await fault("deep-field");
    assert.ok(deep.bytes.length < 65_536);
    for (const { text } of [large, deep]) assert.match(text, /^\{"payment_status":"paid".*\}$/);
    JSON.parse(large.text);
    const { bytes } = await fault("utf8");
    assert.throws(() => new TextDecoder("utf-8", { fatal: true }).decode(bytes), TypeError);
  });

  test("message: a 400 that says fail", async () => {
    const { status, text } = await fault("message");
    assert.equal(status, 400);
    const body = JSON.parse(text) as { payment_status: string; order_id: string; message: string };
    assert.deepEqual([body.payment_status, body.order_id], ["fail", "fault-message"]);
  });

  test("each says what it does and which status it sends", async () => {
    for (const [name, { about, status }] of Object.entries(FAULTS)) {
      assert.ok(about.length > 0);
      const answer = await fault(name, { maxBytes: 1, timeoutMs: 300 }).catch(() => null);
      if (answer !== null || status === null) assert.equal(answer?.status ?? null, status, name);
    }
  });
});

describe("scripts", () => {
  test("one step for each request, then the payout", async () => {
    sandbox.script("6422494", [
      { status: 503 },
      "cut",
      { status: 429, headers: { "retry-after": "0" } },
      { body: payoutJson({ statusJson: '"wait"' }) },
      "payout",
    ]);
    const seen: (number | string)[] = [];
    for (let i = 0; i < 6; i++) {
      const answer = await ask({ order_id: "6422494" }).catch(() => null);
      seen.push(answer === null ? "cut" : answer.status);
      if (i === 2) assert.equal(answer?.headers["retry-after"], "0");
      if (i === 3) assert.match(answer?.text ?? "", /"payment_status":"wait"/);
      if (i >= 4) assert.match(answer?.text ?? "", /"payment_status": "paid"/);
    }
    assert.deepEqual(seen, [503, "cut", 429, 200, 200, 200]);
    assert.deepEqual(
      sandbox.requests.map(({ answer }) => answer),
      [
        { status: 503, outcome: "scripted" },
        { status: null, outcome: "cut" },
        { status: 429, outcome: "scripted" },
        { status: 200, outcome: "scripted" },
        { status: 200, outcome: "payout" },
        { status: 200, outcome: "payout" },
      ],
    );
  });

  test("a wrong signature takes no step", async () => {
    sandbox.script("6422494", ["500"]);
    assertInvalid(await ask({ order_id: "6422494" }, { headers: { sign: "AAAA" } }), "sign");
    assert.equal((await ask({ order_id: "6422494" })).status, 500);
  });

  test("an unknown payout becomes known, by either name", async () => {
    sandbox.script("script-new", [{ delayMs: 50 }]);
    const start = performance.now();
    assert.match((await ask({ order_id: "script-new" })).text, /"order_id":"script-new"/);
    assert.ok(performance.now() - start >= 45);
    assert.match((await ask({ id: "script-new" })).text, /"id":"script-new"/);
  });

  test("before a fault, which stays", async () => {
    sandbox.script("fault-500", ["payout"]);
    assert.equal((await fault("500")).status, 200);
    assert.equal((await fault("500")).status, 500);
  });

  test("a step that does not exist is refused at once", () => {
    // @ts-expect-error: a name that the types know to be wrong
    assert.throws(() => sandbox.script("x", ["nonsense"]), RangeError);
    assert.throws(() => sandbox.script("x", ["1000"]), RangeError);
  });
});

test("requests are recorded with their raw bytes", async () => {
  const body = '{ "id" : "100000536" }';
  await send(body, { headers: { "user-agent": "AliKassa2.0 API" } });
  const [recorded] = sandbox.requests;
  assert.ok(recorded !== undefined);
  assert.deepEqual([recorded.method, recorded.path, recorded.body.toString()], ["POST", STATUS, body]);
  assert.equal(recorded.headers["user-agent"], "AliKassa2.0 API");
  const sign = Buffer.from(String(recorded.headers["sign"]), "base64");
  assert.ok(verify("RSA-SHA1", recorded.body, archive.publicPem, sign));
  assert.deepEqual(recorded.key, { id: "100000536" });
});

test("close ends hanging connections, and may be called twice", async () => {
  const own = await startSandbox({ account: ACCOUNT, publicPem: archive.publicPem });
  const hanging = ["hang", "drip", "endless"].map((name) =>
    assert.rejects(send(`{"order_id":"fault-${name}"}`, {}, own.url), name),
  );
  while (own.requests.length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
  const start = performance.now();
  await Promise.all([own.close(), own.close(), ...hanging]);
  assert.ok(performance.now() - start < 2000);
});

test("a key that is not RSA, and a port that is taken, are errors", async () => {
  await assert.rejects(startSandbox({ account: ACCOUNT, publicPem: "nonsense" }));
  const port = Number(new URL(sandbox.url).port);
  await assert.rejects(startSandbox({ account: ACCOUNT, publicPem: archive.publicPem, port }), { code: "EADDRINUSE" });
});

describe("archive", () => {
  test("is what openssl_pkey_export makes", () => {
    assert.match(
      archive.privatePem,
      /^-----BEGIN ENCRYPTED PRIVATE KEY-----\n[\w+/=\n]+\n-----END ENCRYPTED PRIVATE KEY-----\n$/,
    );
    assert.match(archive.publicPem, /^-----BEGIN PUBLIC KEY-----\n/);
    const der = Buffer.from(archive.privatePem.replace(/-----.*-----|\n/g, ""), "base64").toString("hex");
    const parts = {
      PBES2: "06092a864886f70d01050d",
      PBKDF2: "06092a864886f70d01050c",
      "2048 iterations, HMAC-SHA-256": "02020800300c06082a864886f70d02090500",
      "DES-EDE3-CBC": "06082a864886f70d0307",
    };
    for (const [name, hex] of Object.entries(parts)) assert.ok(der.includes(hex), name);
    assert.throws(() => createPrivateKey({ key: archive.privatePem, passphrase: "wrong" }));
    assert.notEqual(makeArchive({ bits: 1024 }).password, makeArchive({ bits: 1024 }).password);
  });

  test("is written once, readable by its owner alone", async () => {
    const root = await mkdtemp(join(tmpdir(), "sandbox-"));
    try {
      const directory = join(root, "cert");
      await writeArchive(directory, archive);
      assert.deepEqual(await readArchive(directory), archive);
      if (process.platform !== "win32") {
        assert.equal((await stat(directory)).mode & 0o777, 0o700);
        for (const name of ["private.pem", "password.txt", "public.pem"]) {
          assert.equal((await stat(join(directory, name))).mode & 0o777, 0o600, name);
        }
      }
      await assert.rejects(writeArchive(directory, makeArchive({ bits: 1024 })), { code: "EEXIST" });
      assert.deepEqual(await readArchive(directory), archive);
      await writeFile(join(root, "public.pem"), "");
      await assert.rejects(writeArchive(root, archive), { code: "EEXIST" });
      await assert.rejects(readArchive(root), { code: "ENOENT" });
    } finally {
      await rm(root, { recursive: true });
    }
  });
});

describe("command", () => {
  const COMMAND = fileURLToPath(new URL("../../dist/sandbox/command.js", import.meta.url));

  async function outcome(args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
    const child = spawn(process.execPath, [COMMAND, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    let out = "";
    let err = "";
    child.stdout.on("data", (chunk) => (out += String(chunk)));
    child.stderr.on("data", (chunk) => (err += String(chunk)));
    const [code] = (await once(child, "close")) as [number];
    return { code, out, err };
  }

  test("prints its URL, then a line for each request, and no secret", async () => {
    const root = await mkdtemp(join(tmpdir(), "sandbox-"));
    const directory = join(root, "cert");
    const args = ["--account", ACCOUNT, "--archive", directory, "--drip-ms", "1"];
    const child = spawn(process.execPath, [COMMAND, ...args], { stdio: ["ignore", "pipe", "inherit"] });
    try {
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
      const line = async (): Promise<string> => String((await lines.next()).value);
      const url = await line();
      assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/);
      const own = await readArchive(directory);
      const key = createPrivateKey({ key: own.privatePem, passphrase: own.password });
      const body = '{"order_id":"sandbox-wait"}';
      const sign = cryptoSign("RSA-SHA1", Buffer.from(body), key).toString("base64");
      assert.equal((await send(body, { headers: { sign } }, url)).status, 200);
      const logged = await line();
      const { time, ...rest } = JSON.parse(logged) as Record<string, unknown>;
      assert.ok(!Number.isNaN(Date.parse(String(time))));
      assert.deepEqual(rest, {
        method: "POST",
        path: STATUS,
        order_id: "sandbox-wait",
        status: 200,
        outcome: "payout",
      });
      for (const secret of [sign, own.password, ACCOUNT]) assert.ok(!logged.includes(secret));
      const exit = once(child, "exit");
      child.kill("SIGTERM");
      assert.deepEqual(await exit, [0, null]);
    } finally {
      child.kill("SIGKILL");
      await rm(root, { recursive: true });
    }
  });

  test("--help, and wrong arguments", async () => {
    const help = await outcome(["--help"]);
    assert.equal(help.code, 0);
    for (const word of ["fault-drip", "sandbox-wait", "6422494", "--archive"]) assert.ok(help.out.includes(word), word);
    const wrong = [
      [],
      ["--account", ACCOUNT],
      ["--account", ACCOUNT, "--public", "a", "--archive", "b"],
      ["--account", ACCOUNT, "--public", "/does/not/exist"],
      ["--account", ACCOUNT, "--public", "a", "--port", "99999"],
      ["--account", ACCOUNT, "--public", "a", "--digest", "md5"],
      ["--nonsense"],
    ];
    for (const { code, out, err } of await Promise.all(wrong.map(outcome))) {
      assert.deepEqual([code, out], [2, ""]);
      assert.match(err, /^.+\n$/);
    }
  });
});

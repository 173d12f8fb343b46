/** No answer, log line or request holds a piece of a key, a password or a token. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import { type KeyArchive, makeArchive } from "../../dist/sandbox/index.js";
import { NO_CACHE } from "./client.ts";
import { type Bindings, secrets, setUp, TOKEN } from "./harness.ts";
import { SecretScanner } from "./secret-scanner.ts";

const secret = (what: string) => `${what}-${randomBytes(12).toString("hex")}`;
const PASSWORD = secret("password");
const OTHER_TOKEN = secret("token");
/** Variables that a password may be put into by mistake. Not the account, which is sent and shown. */
const MISPLACED_PASSWORD = [
  "ALIKASSA_BASE_URL",
  "ALIKASSA_DIGEST",
  "ALIKASSA_TIMEOUT_MS",
  "ALIKASSA_PRIVATE_KEY",
  "ALIKASSA_NOTIFICATION_KEY",
  "FORWARD_URL",
  "FORWARD_SECRET",
];
/** Variables that a key may be put into by mistake. */
const MISPLACED_KEY = [
  "ALIKASSA_ACCOUNT",
  "ALIKASSA_BASE_URL",
  "ALIKASSA_DIGEST",
  "ALIKASSA_TIMEOUT_MS",
  "ALIKASSA_NOTIFICATION_KEY",
  "FORWARD_URL",
  "FORWARD_SECRET",
];

/** Keys that are damaged so that a part of the base64 could be taken for a name, and shown. */
function damagedKeys({ privatePem }: KeyArchive): Record<string, string> {
  const body = privatePem.split("\n").slice(1, -2);
  const all = body.join("");
  const dek = (rest: string) => `-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: ${rest}`;
  const end = "\n-----END RSA PRIVATE KEY-----\n";
  return {
    "dashes are missing": privatePem.replace("KEY-----", "KEY"),
    "dashes are missing at the end": privatePem.replace(/-----\n$/, ""),
    "label holds the key": `-----BEGIN ${all}-----\n${body.join("\n")}\n-----END ${all}-----`,
    "label holds a line of the key": `-----BEGIN ${body[2]} KEY-----\n${body[3]}\n-----END ${body[2]} KEY-----`,
    "line breaks and dashes are missing": privatePem.replaceAll("\n", " ").replaceAll("-----", ""),
    "cipher is the key": `${dek(`${all},0011223344556677`)}\n\n${body.join("\n")}${end}`,
    "cipher is a line of the key": `${dek(`${body[4]},0011223344556677`)}\n\n${body.join("\n")}${end}`,
    "cipher and key are one line": `${dek(`DES-EDE3-CBC,0011223344556677${all}`)}${end}`,
    "cipher is cut off by the key": `${dek(all)}${end}`,
    "Proc-Type is the key": `-----BEGIN RSA PRIVATE KEY-----\nProc-Type: ${all}\nDEK-Info: ${all}\n\n${all}${end}`,
    "base64 is damaged": privatePem.replace(body[5] ?? "", `*${body[5]}`),
    "half is missing": `${privatePem.slice(0, privatePem.length / 2)}\n-----END ENCRYPTED PRIVATE KEY-----\n`,
    "end is missing": privatePem.slice(0, -60),
    "order of its lines is another": [
      "-----BEGIN PRIVATE KEY-----",
      ...body.reverse(),
      "-----END PRIVATE KEY-----",
    ].join("\n"),
  };
}

const other = makeArchive({ bits: 1024, password: PASSWORD });
const { sandbox, workers, clients, clientOf } = await setUp<string>(({ archive }) => {
  const { privatePem } = archive;
  secrets.watch("a misplaced password", PASSWORD);
  secrets.watchPem("a damaged key", privatePem);
  const changes: Record<string, Bindings> = {
    sound: { API_TOKENS: `${TOKEN},${OTHER_TOKEN}` },
    "a wrong password": { ALIKASSA_KEY_PASSWORD: PASSWORD },
    "another merchant's archive": { ALIKASSA_PRIVATE_KEY: other.privatePem, ALIKASSA_KEY_PASSWORD: other.password },
    "an AliKassa that is not there": { ALIKASSA_BASE_URL: "http://127.0.0.1:9" },
    "little time": { ALIKASSA_TIMEOUT_MS: "1" },
    "the password in a URL": { ALIKASSA_BASE_URL: `https://user:${PASSWORD}@example.com` },
    "the key as the password": { ALIKASSA_KEY_PASSWORD: privatePem },
  };
  for (const [how, pem] of Object.entries(damagedKeys(archive)))
    changes[`a key whose ${how}`] = { ALIKASSA_PRIVATE_KEY: pem };
  for (const name of MISPLACED_PASSWORD) changes[`the password in ${name}`] = { [name]: PASSWORD };
  for (const name of MISPLACED_KEY) changes[`the key in ${name}`] = { [name]: privatePem };
  return changes;
});

describe("the scanner", () => {
  const { privatePem, password } = makeArchive({ bits: 1024 });
  const token = secret("token");
  const body = privatePem.split("\n").slice(1, -2).join("");

  /** The leaks in a text. */
  function find(text: string): string[] {
    const searched = new SecretScanner();
    searched.watchPem("key", privatePem);
    searched.watchNumbers("numbers", privatePem, password);
    searched.watch("password", password);
    searched.watch("token", token);
    searched.record("here", text);
    return searched.leaks();
  }

  test("finds secrets in every encoding", () => {
    const coded = (text: string) => [text, encodeURIComponent(text), Buffer.from(text).toString("base64"), `"${text}"`];
    for (const text of coded(password)) assert.deepEqual(find(`x${text}y`), ["password in here"]);
    for (const text of coded(token)) assert.deepEqual(find(`x${text}y`), ["token in here"]);
    assert.deepEqual(find(JSON.stringify({ detail: privatePem })), ["key in here"]);
  });

  test("finds any 12 characters of a key, also across a line break", () => {
    for (let i = 0; i + 12 <= body.length; i += 7)
      assert.deepEqual(find(`"${body.slice(i, i + 12)}"`), ["key in here"]);
    assert.deepEqual(find(`${body.slice(0, 6)}\n${body.slice(6, 12)}`), ["key in here"]);
    assert.deepEqual(find(`${body.slice(0, 6)}\\n${body.slice(6, 12)}`), ["key in here"]);
  });

  test("finds nothing in a text without secrets", () => {
    assert.deepEqual(find(`${body.slice(0, 11)} ${token.slice(1)} ${password.slice(0, -1)}`), []);
    assert.deepEqual(find("ALIKASSA_KEY_PASSWORD does not decrypt ALIKASSA_PRIVATE_KEY"), []);
  });

  test("fails without records and without secrets", () => {
    assert.throws(() => new SecretScanner().assertNoLeaks(), /nothing was recorded/);
    const silent = new SecretScanner();
    silent.record("here", "a text");
    assert.throws(() => silent.assertNoLeaks(), /no secret is watched/);
  });

  test("gets answers, and both streams of the log", async () => {
    const planted = `planted-${randomBytes(8).toString("hex")}`;
    await workers.echo.ask({ method: "POST", path: "/", body: planted });
    await workers.flushLogs();
    assert.ok(secrets.hasRecorded("an answer of «echo»", planted));
    assert.ok(secrets.hasRecorded("the log", `log ${planted}`));
    assert.ok(secrets.hasRecorded("the log", `error ${planted}`));
  });

  test("gets requests to AliKassa", async () => {
    await clients["sound"]?.get("?id=100000536");
    assert.ok(secrets.hasRecorded("a request to AliKassa", '{"id":"100000536"}'));
  });
});

describe("no secret leaks", () => {
  /** Sends every kind of request, with the valid token, another and none. */
  async function askEverything(name: string): Promise<number[]> {
    const client = clientOf(name);
    const answers = [];
    for (const token of [TOKEN, `${TOKEN}x`, null]) {
      answers.push(
        await client.get("?id=100000536", { token }),
        await client.post({ order_id: "6422494" }, { token }),
        await client.post("{", { token }),
        await client.get(`?id=1&token=${encodeURIComponent("x")}`, { token }),
        await client.ask({ path: "/healthz", token }),
        await client.ask({ path: "/webhooks/alikassa", token }),
        await client.ask({ path: "/nowhere", token }),
        await client.ask({ method: "PUT", token }),
        await client.get("?id=1", { token, headers: { Account: "unknown" } }),
      );
    }
    return answers.map(({ status }) => status);
  }

  test("with any invalid configuration", async () => {
    const names = Object.keys(clients);
    assert.ok(names.length > 25);
    for (const name of names) {
      const statuses = await askEverything(name);
      if (name !== "sound")
        assert.ok(
          statuses.some((status) => status >= 500),
          `${name} is valid: ${statuses}`,
        );
    }
    await workers.flushLogs();
    assert.deepEqual(secrets.leaks(), []);
  });

  test("when AliKassa fails", async () => {
    const sound = clientOf("sound");
    for (const fault of ["html", "cut", "reset", "cut-body", "message", "500", "302", "endless", "utf8"] as const) {
      sandbox.script("6422494", Array(3).fill(fault));
      const answer = await sound.post({ order_id: "6422494" }, { token: OTHER_TOKEN, ...NO_CACHE });
      assert.notEqual(answer.status, 200, fault);
    }
    await workers.flushLogs();
    assert.deepEqual(secrets.leaks(), []);
  });

  test("on paths that could show variables", async () => {
    const sound = clientOf("sound");
    for (const path of ["/.env", "/.dev.vars", "/cdn-cgi/mf/scheduled", "/__proto__", "/env", "/index_bg.wasm"]) {
      assert.equal((await sound.ask({ path })).status, 404, path);
    }
    assert.deepEqual(secrets.leaks(), []);
  });
});

/** No answer, no log line and no request to AliKassa holds a piece of a key, a password or a token. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { type KeyArchive, makeArchive, type Sandbox } from "../../dist/sandbox/index.js";
import {
  type Bindings,
  newArchive,
  openSandbox,
  secrets,
  soundBindings,
  startWorkers,
  TOKEN,
  type Workers,
} from "./harness.ts";
import { Secrets } from "./secrets.ts";

const secret = (what: string) => `${what}-${randomBytes(12).toString("hex")}`;
const PASSWORD = secret("password");
const OTHER_TOKEN = secret("token");
/** Where the password may end up by mistake. Not in the account: that is sent and shown, and a password could be one. */
const MISPLACED_PASSWORD = [
  "ALIKASSA_BASE_URL",
  "ALIKASSA_DIGEST",
  "ALIKASSA_TIMEOUT_MS",
  "ALIKASSA_PRIVATE_KEY",
  "ALIKASSA_NOTIFICATION_KEY",
  "FORWARD_URL",
  "FORWARD_SECRET",
];
/** Where the key may. */
const MISPLACED_KEY = [
  "ALIKASSA_ACCOUNT",
  "ALIKASSA_BASE_URL",
  "ALIKASSA_DIGEST",
  "ALIKASSA_TIMEOUT_MS",
  "ALIKASSA_NOTIFICATION_KEY",
  "FORWARD_URL",
  "FORWARD_SECRET",
];

let archive: KeyArchive;
let sandbox: Sandbox;
let workers: Workers<string>;

/** Keys that are damaged so that a part of the base64 might be taken for a name. */
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

before(async () => {
  archive = newArchive(1024);
  sandbox = await openSandbox({ publicPem: archive.publicPem });
  const configurations: Record<string, Bindings> = {
    sound: soundBindings(archive, sandbox, { API_TOKENS: `${TOKEN},${OTHER_TOKEN}` }),
    "a wrong password": soundBindings(archive, sandbox, { ALIKASSA_KEY_PASSWORD: PASSWORD }),
    "another merchant's archive": soundBindings(makeArchive({ bits: 1024, password: PASSWORD }), sandbox),
    "an AliKassa that is not there": soundBindings(archive, { url: "http://127.0.0.1:9" }),
    "little time": soundBindings(archive, sandbox, { ALIKASSA_TIMEOUT_MS: "1" }),
  };
  secrets.keep("a misplaced password", PASSWORD);
  secrets.keepPem("a damaged key", archive.privatePem);
  for (const [how, pem] of Object.entries(damagedKeys(archive)))
    configurations[`a key whose ${how}`] = soundBindings(archive, sandbox, { ALIKASSA_PRIVATE_KEY: pem });
  for (const name of MISPLACED_PASSWORD)
    configurations[`the password in ${name}`] = soundBindings(archive, sandbox, { [name]: PASSWORD });
  for (const name of MISPLACED_KEY)
    configurations[`the key in ${name}`] = soundBindings(archive, sandbox, { [name]: archive.privatePem });
  configurations["the password in a URL"] = soundBindings(archive, { url: `https://user:${PASSWORD}@example.com` });
  configurations["the key as the password"] = soundBindings(archive, sandbox, {
    ALIKASSA_KEY_PASSWORD: archive.privatePem,
  });
  workers = await startWorkers(configurations);
});

after(async () => {
  await sandbox.close();
  await workers.stop();
});

describe("the search for secrets", () => {
  const { privatePem, password } = makeArchive({ bits: 1024 });
  const token = secret("token");
  const body = privatePem.split("\n").slice(1, -2).join("");

  /** What a search with these secrets finds in a text. */
  function find(text: string): string[] {
    const searched = new Secrets();
    searched.keepPem("key", privatePem);
    searched.keepNumbers("numbers", privatePem, password);
    searched.keep("password", password);
    searched.keep("token", token);
    searched.hear("here", text);
    return searched.leaks();
  }

  test("finds each of them, in whatever spelling", () => {
    const coded = (text: string) => [text, encodeURIComponent(text), Buffer.from(text).toString("base64"), `"${text}"`];
    for (const text of coded(password)) assert.deepEqual(find(`x${text}y`), ["password in here"]);
    for (const text of coded(token)) assert.deepEqual(find(`x${text}y`), ["token in here"]);
    assert.deepEqual(find(JSON.stringify({ detail: privatePem })), ["key in here"]);
  });

  test("finds any 12 characters of a key, broken by a line or not", () => {
    for (let i = 0; i + 12 <= body.length; i += 7)
      assert.deepEqual(find(`"${body.slice(i, i + 12)}"`), ["key in here"]);
    assert.deepEqual(find(`${body.slice(0, 6)}\n${body.slice(6, 12)}`), ["key in here"]);
    assert.deepEqual(find(`${body.slice(0, 6)}\\n${body.slice(6, 12)}`), ["key in here"]);
  });

  test("finds nothing where there is nothing", () => {
    assert.deepEqual(find(`${body.slice(0, 11)} ${token.slice(1)} ${password.slice(0, -1)}`), []);
    assert.deepEqual(find("ALIKASSA_PRIVATE_KEY: the password does not open the key"), []);
  });

  test("fails if there was nothing to search", () => {
    assert.throws(() => new Secrets().assertKept(), /nothing was said/);
    const silent = new Secrets();
    silent.hear("here", "a text");
    assert.throws(() => silent.assertKept(), /no secret/);
  });

  test("hears what a Worker answers, and what it logs on both streams", async () => {
    const planted = `planted-${randomBytes(8).toString("hex")}`;
    await workers.echo.ask({ method: "POST", path: "/", body: planted });
    await workers.allHeard();
    assert.ok(secrets.heard("an answer of «echo»", planted));
    assert.ok(secrets.heard("the log", `log ${planted}`));
    assert.ok(secrets.heard("the log", `error ${planted}`));
  });

  test("hears what AliKassa is asked", async () => {
    await workers.edges["sound"]?.get("?id=100000536");
    assert.ok(secrets.heard("a request to AliKassa", '{"id":"100000536"}'));
  });
});

describe("no secret is said", () => {
  /** All that one can ask of a Worker, with the right token, another and none. */
  async function askEverything(name: string): Promise<number[]> {
    const edge = workers.edges[name];
    assert.ok(edge);
    const answers = [];
    for (const token of [TOKEN, `${TOKEN}x`, null]) {
      answers.push(
        await edge.get("?id=100000536", { token }),
        await edge.post({ order_id: "6422494" }, { token }),
        await edge.post("{", { token }),
        await edge.get(`?id=1&token=${encodeURIComponent("x")}`, { token }),
        await edge.ask({ path: "/healthz", token }),
        await edge.ask({ path: "/webhooks/alikassa", token }),
        await edge.ask({ path: "/nowhere", token }),
        await edge.ask({ method: "PUT", token }),
        await edge.get("?id=1", { token, headers: { Account: "unknown" } }),
      );
    }
    return answers.map(({ status }) => status);
  }

  test("by a Worker, whatever is wrong with its configuration", async () => {
    const names = Object.keys(workers.edges);
    assert.ok(names.length > 25);
    for (const name of names) {
      const statuses = await askEverything(name);
      if (name !== "sound")
        assert.ok(
          statuses.some((status) => status >= 500),
          `${name} is not wrong: ${statuses}`,
        );
    }
    await workers.allHeard();
    assert.deepEqual(secrets.leaks(), []);
  });

  test("by a Worker that AliKassa fails", async () => {
    const { sound } = workers.edges;
    for (const fault of ["html", "cut", "reset", "cut-body", "message", "500", "302", "endless", "utf8"] as const) {
      sandbox.script("6422494", Array(3).fill(fault));
      const headers = { "Cache-Control": "no-cache" };
      const answer = await sound?.post({ order_id: "6422494" }, { token: OTHER_TOKEN, headers });
      assert.notEqual(answer?.status, 200, fault);
    }
    await workers.allHeard();
    assert.deepEqual(secrets.leaks(), []);
  });

  test("by a Worker that is asked for its own variables", async () => {
    const { sound } = workers.edges;
    for (const path of ["/.env", "/.dev.vars", "/cdn-cgi/mf/scheduled", "/__proto__", "/env", "/index_bg.wasm"]) {
      assert.equal((await sound?.ask({ path }))?.status, 404, path);
    }
    assert.deepEqual(secrets.leaks(), []);
  });
});
